"""Pages that change their format in the middle of an event: nothing is told again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.model import ChangeKind
from tests.support.replay.changing import CAREFUL, DomRenamed, DomWithJsonLd, JsonLdRenamed
from tests.support.replay.clocks import Clock
from tests.support.replay.markup import NEARLY, DomNamed, DomNameless
from tests.support.replay.replaying import SEEDS, Replay, undisturbed, watched
from tests.support.replay.structured import JsonLd, JsonLdNameless, JsonLdPositions, Microdata
from tests.support.replay.writer import Writer
from tests.support.store import temp_database

POLLS = 30
HABITS = replace(CAREFUL, orders=NEARLY)
CLOCKS = replace(Clock.habits, pins=False)

OTHER_FORMAT = [
    pytest.param([DomNameless, JsonLd, DomNamed], id="JSON-LD comes and goes"),
    pytest.param([JsonLd, DomNameless], id="another layout"),
    pytest.param([JsonLdNameless, DomNamed], id="another layout with ids"),
]
OTHER_IDS = [
    pytest.param([JsonLd, JsonLdNameless, JsonLd], id="ids go and come back"),
    pytest.param([JsonLdPositions, JsonLd, JsonLdPositions], id="positions become ids"),
    pytest.param([JsonLd, JsonLdRenamed], id="ids of another form"),
    pytest.param([DomNameless, DomNamed, DomNameless], id="elements get ids"),
    pytest.param([DomNamed, DomRenamed], id="elements get other ids"),
    pytest.param([DomNamed, Microdata, DomNameless], id="microdata on the elements"),
    pytest.param([DomNameless, DomWithJsonLd, DomNameless], id="JSON-LD beside it"),
]


async def _begin(made: Replay) -> None:
    await made.begin()
    await made.polls(POLLS)
    assert made.told[ChangeKind.NEW] > 10


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("writers", OTHER_FORMAT)
async def test_another_format(tmp_path: Path, writers: list[type[Writer]], seed: int) -> None:
    """What was told stays told; what comes afterwards is told, corrected and struck as before."""
    with undisturbed():
        async with temp_database(tmp_path) as db:
            made = await watched(db, writers[0](), seed, habits=HABITS)
            await _begin(made)
            for writer in writers[1:]:
                assert await made.turn_into(writer()) == []
                assert (await made.desk.source()).adapter == writer.adapter
                await made.polls(POLLS)
            await made.finish()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("writers", [[Clock, JsonLd], [Clock, DomNamed], [JsonLd, Clock]])
async def test_clock_times(tmp_path: Path, writers: list[type[Writer]], seed: int) -> None:
    """A page of clock times gets structured data, or loses them."""
    with undisturbed():
        async with temp_database(tmp_path) as db:
            made = await watched(db, writers[0](), seed, habits=CLOCKS)
            await _begin(made)
            assert await made.turn_into(writers[1]()) == []
            await made.polls(POLLS)
            await made.finish()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("writers", OTHER_IDS)
async def test_other_ids(tmp_path: Path, writers: list[type[Writer]], seed: int) -> None:
    """The same format with other ids, or none: while news come and corrections are made."""
    with undisturbed():
        async with temp_database(tmp_path) as db:
            made = await watched(db, writers[0](), seed, habits=HABITS)
            await _begin(made)
            for writer in writers[1:]:
                await made.turn_into(writer(), turn=True)
                await made.polls(POLLS)
            await made.finish()
