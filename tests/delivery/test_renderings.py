"""What is loaded for rendering, and when it counts."""

from __future__ import annotations

from functools import partial

from bot.delivery.render import render_alert
from bot.delivery.renderings import KEPT, Loaded, Renderings, load
from bot.model import ChatKind, Destination
from bot.store.engine import Database
from tests.support.store import add_entries, add_source

_CHAT = Destination(
    id=1,
    chat_id=7,
    thread_id=None,
    kind=ChatKind.PRIVATE,
    title="",
    language="en",
    timezone="UTC",
    edits="all",
    active=True,
)


def _text(kept: Renderings, one: Loaded) -> str:
    (out,) = kept.alert(one.entry, _CHAT)
    return out.text


async def test_loading_keeps_nothing(db: Database) -> None:
    """It runs in the database's thread, where what is being rendered must not change."""
    (entry_id,) = await add_entries(db, await add_source(db, name="Harbour Gazette"), ["One"])
    kept = Renderings(render_alert)
    loaded = await db.transact(partial(load, ids=[entry_id], known=kept.known()))
    assert kept.known() == {}
    kept.keep(loaded.values())
    assert "Harbour Gazette" in _text(kept, loaded[entry_id])
    assert await db.transact(partial(load, ids=[entry_id], known=kept.known())) == loaded


async def test_an_entry_is_not_kept_without_its_source(db: Database) -> None:
    """However many were loaded since, an alert names where it is from."""
    source = await add_source(db, name="Harbour Gazette")
    ids = await add_entries(db, source, [f"Entry {number}" for number in range(KEPT + 1)])
    kept = Renderings(render_alert)
    for group in (ids[:1], ids[1:KEPT], ids[:1], ids[KEPT:], ids[:1]):
        loaded = await db.transact(partial(load, ids=group, known=kept.known()))
        kept.keep(loaded.values())
    assert "Harbour Gazette" in _text(kept, loaded[ids[0]])
