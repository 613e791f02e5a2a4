"""New, revised, withdrawn: what a snapshot means against what is stored."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.intake.decide import REVISIONS_AT_MOST, decide
from bot.model import ChangeKind, Decision, Snapshot, SourceEntry
from tests.intake.pages import Memory, at, entry, page, remembered, told
from tests.support.replay.words import reworded, sentence

GATES = "The harbour master has closed the gates of the inner harbour until the evening"
FERRY = "No ferry will leave for the islands before six, the shipping line says"
BRIDGE = "Police have closed the swing bridge to lorries because of strong gusts"


def blog(count: int, *, named: bool = True, start: int = 0) -> list[SourceEntry]:
    """A page of so many unlike entries a minute apart, newest first."""
    source = random.Random(7)
    texts = [sentence(source) for _ in range(start + count)][start:]
    return [
        entry(start + n, text, id=f"e{start + n}" if named else None)
        for n, text in enumerate(texts)
    ][::-1]


@pytest.mark.parametrize("named", [True, False])
def test_first_page(named: bool) -> None:
    """Everything on a first page is new, told oldest first, whichever way the page is sorted."""
    entries = blog(5, named=named)
    oldest_first = [("new", each.text) for each in entries[::-1]]
    assert told(Memory().poll(entries)) == oldest_first
    assert told(Memory().poll(entries[::-1])) == oldest_first


def test_one_minute_in_the_pages_order() -> None:
    """Entries of one minute are told in the order in which the page was written."""
    newest_first = [entry(3, "d"), entry(2, "c"), entry(2, "b"), entry(1, "a")]
    assert [text for _, text in told(Memory().poll(newest_first))] == ["a", "b", "c", "d"]
    assert [text for _, text in told(Memory().poll(newest_first[::-1]))] == ["a", "b", "c", "d"]
    undated = [entry(None, "b"), entry(None, "a")]
    assert [text for _, text in told(Memory().poll(undated))] == ["a", "b"]


def test_undated_after_dated() -> None:
    """Entries without a time come after those with one."""
    decision = Memory().poll([entry(None, "undated", id="u"), entry(3, "dated", id="d")])
    assert [text for _, text in told(decision)] == ["dated", "undated"]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("complete", [True, False])
def test_nothing_changed(named: bool, complete: bool) -> None:
    """The same page again brings nothing, whole or not, in any order."""
    entries = blog(12, named=named)
    memory = remembered(entries)
    for shown in (entries, entries[::-1], entries[3:] + entries[:3]):
        assert memory.poll(shown, complete=complete) == Decision()


@pytest.mark.parametrize("minute", [-50, 3, 99, None])
def test_found_wherever_it_stands(minute: int | None) -> None:
    """Back-dated, late, pinned and undated entries are new: newness is membership."""
    entries = blog(8)
    memory = remembered(entries)
    late = entry(minute, GATES, id="late", pinned=True)
    for place in (0, 4, 8):
        decision = decide(
            list(memory.known.values()), page([*entries[:place], late, *entries[place:]])
        )
        assert told(decision) == [("new", GATES)]


def test_revised() -> None:
    """Other words are a revision; white space is not; the same id with another time is not."""
    memory = remembered([entry(0, GATES, id="a")])
    assert memory.poll([entry(5, f" {GATES}\n", id="a")]).changes == ()
    (change,) = memory.poll([entry(0, FERRY, id="a")]).changes
    assert (change.kind, change.identity, change.material) == ("revised", "a", True)
    (change,) = memory.poll([entry(0, FERRY, id="a", title="Ferries")]).changes
    assert change.kind is ChangeKind.REVISED


MATERIAL = [
    (GATES, GATES.replace("closed", "opened"), True),
    (GATES, GATES.replace("evening", "morning"), True),
    (GATES, GATES + ". One pilot was hurt.", True),
    ("Three people are missing off the pier", "Two people are missing off the pier", True),
    ("The water stands at 312 cm at the pier", "The water stands at 342 cm at the pier", True),
    ("At 10.30 the gates close", "At 10:30 the gates close", False),
    (GATES, GATES.replace("harbour master", "harbour-master"), False),
    (GATES, GATES + ".", False),
    (GATES, GATES.replace("gates", "gatse"), False),
    (GATES, GATES.upper(), False),
    ("The gates are closed", "The gates are not closed", True),
    ("A ship from Iran", "A ship from Iraq", True),
    ("The gates are closed now", "Now the gates are closed", True),
    ("Гавань закрыта до утра", "Гавань закрыта до вечера", True),
    ("港は朝まで閉鎖", "港は夜まで閉鎖", True),
]


@pytest.mark.parametrize(("before", "after", "expected"), MATERIAL)
def test_material(before: str, after: str, expected: bool) -> None:
    """A slip of the pen is not material; a number, a name, a sentence is."""
    memory = remembered([entry(0, before, id="a")])
    (change,) = memory.poll([entry(0, after, id="a")]).changes
    assert change.material is expected


def test_withdrawn_by_the_format() -> None:
    """Where the format says that an entry was taken back, it is believed at once, and once."""
    entries = blog(5)
    memory = remembered(entries)
    entries[0] = replace(entries[0], withdrawn=True, text="")
    decision = memory.poll(entries)
    assert told(decision) == [("withdrawn", "e4")]
    assert memory.poll(entries) == Decision()


def test_withdrawn_before_it_was_seen() -> None:
    """An entry that arrives as taken back is nothing."""
    assert Memory().poll([entry(0, GATES, id="a", withdrawn=True)]) == Decision()


@pytest.mark.parametrize("named", [True, False])
def test_withdrawn_by_absence(named: bool) -> None:
    """Gone from a whole page between older and newer ones, twice running: withdrawn."""
    entries = blog(9, named=named)
    memory = remembered(entries)
    without = entries[:4] + entries[5:]
    first = memory.poll(without)
    assert first.changes == ()
    (identity,) = first.missing
    assert first.missing == {identity: 1}
    second = memory.poll(without)
    assert told(second) == [("withdrawn", identity)]
    assert memory.known[identity].text == entries[4].text
    assert memory.poll(without) == Decision()


def test_back_after_one_poll() -> None:
    """Missing once, there again, missing once: never withdrawn."""
    entries = blog(9)
    memory = remembered(entries)
    without = entries[:4] + entries[5:]
    for _ in range(4):
        assert memory.poll(without).missing == {"e4": 1}
        assert memory.poll(entries) == Decision(missing={"e4": 0})


def test_missing_polls_survive_what_says_nothing() -> None:
    """A page that is not whole in between neither counts nor clears."""
    entries = blog(9)
    memory = remembered(entries)
    without = entries[:4] + entries[5:]
    memory.poll(without)
    assert memory.poll(without[:3], complete=False) == Decision()
    assert told(memory.poll(without)) == [("withdrawn", "e4")]


NOT_WITHDRAWN = {
    "the newest few": (lambda entries: entries[:4], True),
    "the oldest few": (lambda entries: entries[6:], True),
    "not whole": (lambda entries: entries[:3] + entries[8:], False),
    "the ends are gone": (lambda entries: entries[1:-1], True),
    "one is left": (lambda entries: entries[4:5], True),
    "nothing is left": (lambda _: [], True),
    "a flash": (lambda entries: entries[:3] + entries[-3:], True),
    "an old one pinned on top": (
        lambda entries: [replace(entries[-1], pinned=True), *entries[:4]],
        True,
    ),
    "no times": (lambda entries: [replace(each, published_at=None) for each in entries[:4]], True),
}


@pytest.mark.parametrize("name", NOT_WITHDRAWN)
@pytest.mark.parametrize("named", [True, False])
def test_never_withdrawn(name: str, named: bool) -> None:
    """Whatever part of a page arrives, for however long: what is merely missing stays."""
    cut, complete = NOT_WITHDRAWN[name]
    if name == "no times" and not named:
        pytest.skip("without ids and times entries are others")
    entries = blog(12, named=named)
    memory = remembered(entries)
    for _ in range(5):
        decision = memory.poll(cut(entries), complete=complete)  # type: ignore[no-untyped-call]  # lambdas of the table
        assert [change for change in decision.changes if change.kind == "withdrawn"] == []
    assert memory.poll(entries).changes == ()


def test_a_flash_is_reported() -> None:
    """Many gone at once are a fault of the page; the admins are told so."""
    entries = blog(20)
    memory = remembered(entries)
    decision = memory.poll(entries[:6] + entries[-6:])
    assert decision.changes == ()
    assert decision.missing == {}
    assert decision.warnings[0].startswith("8 of 18 entries vanished at once")


def test_a_few_at_once_are_withdrawn() -> None:
    """Three of many may be taken back together."""
    entries = blog(20)
    memory = remembered(entries)
    without = entries[:5] + entries[8:]
    memory.poll(without)
    assert sorted(told(memory.poll(without))) == [
        ("withdrawn", "e12"),
        ("withdrawn", "e13"),
        ("withdrawn", "e14"),
    ]


@pytest.mark.parametrize("named", [True, False])
def test_reinstated(named: bool) -> None:
    """What was withdrawn and returns is revised, in its identity, though it reads the same."""
    entries = blog(9, named=named)
    memory = remembered(entries)
    identity = next(key for key, item in memory.known.items() if item.text == entries[4].text)
    for _ in range(2):
        memory.poll(entries[:4] + entries[5:])
    assert memory.known[identity].withdrawn
    (change,) = memory.poll(entries).changes
    assert (change.kind, change.identity, change.material) == ("revised", identity, True)
    assert memory.poll(entries) == Decision()


@pytest.mark.parametrize("named", [True, False])
def test_tombstones_stay_away(named: bool) -> None:
    """Forgotten entries are neither new, revised nor withdrawn."""
    entries = blog(9, named=named)
    memory = remembered(entries)
    memory.prune(*memory.known)
    assert memory.poll(entries) == Decision()
    source = random.Random(1)
    changed = [replace(each, text=reworded(source, each.text)) for each in entries]
    assert memory.poll(changed) == Decision()
    assert memory.poll(entries[:2] + entries[6:]) == Decision()
    assert memory.poll([replace(each, withdrawn=True) for each in entries]) == Decision()


@pytest.mark.parametrize("named", [True, False])
def test_a_corrected_time_is_kept_silently(named: bool) -> None:
    """Nobody is told, but from then on the entry is where the page has it."""
    entries = blog(9, named=named)
    memory = remembered(entries)
    identity = next(key for key, item in memory.known.items() if item.text == entries[4].text)
    entries[4] = replace(entries[4], published_at=at(-7))
    moved = sorted(entries, key=lambda each: each.published_at or at(0), reverse=True)
    assert memory.poll(moved) == Decision(retimed={identity: at(-7)})
    assert memory.poll(moved) == Decision()
    # A page of the newest lacks it now without having withdrawn it.
    for _ in range(3):
        assert memory.poll(moved[:6]) == Decision()
    entries[4] = replace(entries[4], text=f"{entries[4].text} More of it is to come, they say.")
    assert told(memory.poll(entries)) == [("revised", entries[4].text)]


def test_a_corrected_date() -> None:
    """A whole page that moves by a day is corrected as a whole."""
    entries = blog(9)
    memory = remembered(entries)
    moved = [
        replace(each, published_at=(each.published_at or at(0)) + timedelta(days=1))
        for each in entries
    ]
    decision = memory.poll(moved)
    assert (len(decision.retimed), decision.changes) == (9, ())
    assert memory.poll(moved) == Decision()


def test_times_that_say_nothing() -> None:
    """Where the page writes its latest time into every entry, the first one seen is kept."""
    entries = blog(9)
    memory = remembered(entries)
    for minute in (30, 31):
        latest = [replace(each, published_at=at(minute)) for each in entries]
        assert memory.poll(latest) == Decision()
    assert {item.published_at for item in memory.known.values()} == {
        each.published_at for each in entries
    }


@pytest.mark.parametrize(("count", "silent"), [(3, 0), (4, 4)])
def test_a_page_that_shows_more_of_its_past(count: int, silent: int) -> None:
    """A few entries dated before all others are told; a page made longer floods nobody."""
    entries = blog(20)
    entries.sort(key=lambda each: each.published_at or at(0), reverse=True)
    memory = remembered(entries[: 20 - count])
    changes = memory.poll(entries).changes
    assert len(changes) == count
    assert sum(change.silent for change in changes) == silent


def test_ids_twice_count_once() -> None:
    """An entry that is pinned on top and stands in its place, too, is told once."""
    memory = Memory()
    entries = blog(4)
    doubled = [replace(entries[2], pinned=True), *entries]
    assert len(memory.poll(doubled).changes) == 4
    assert memory.poll(doubled) == Decision()
    assert memory.poll(entries) == Decision()


def test_a_cut_entry_is_no_revision() -> None:
    """The first and last entry of a page that is not whole may be cut: that is no news."""
    entries = blog(6)
    memory = remembered(entries)
    for place in (0, 5):
        cut = list(entries)
        cut[place] = replace(cut[place], text=cut[place].text[:20] + "…")
        assert memory.poll(cut, complete=False) == Decision()
        assert told(decide(list(memory.known.values()), page(cut))) == [
            ("revised", cut[place].text)
        ]
    middle = list(entries)
    middle[3] = replace(middle[3], text=middle[3].text[:20])
    assert len(memory.poll(middle, complete=False).changes) == 1


def test_a_restless_entry_is_capped() -> None:
    """What changes at every poll is a clock, not news: told for a while, then reported."""
    entries = blog(3)
    memory = remembered(entries)
    relayed, warned = 0, 0
    for number in range(REVISIONS_AT_MOST + 20):
        decision = memory.poll([*entries, entry(-1, f"Updated {number} seconds ago", id="clock")])
        relayed += len(decision.changes)
        warned += any("change at every poll" in warning for warning in decision.warnings)
    assert relayed == REVISIONS_AT_MOST
    assert warned == 20
    (change,) = memory.poll([*blog(4), entry(-1, "Updated just now", id="clock")]).changes
    assert change.identity == "e3"  # the others go on


def test_a_new_format_tells_nothing_twice() -> None:
    """Read by another adapter, the page brings news only where it is newer than everything."""
    entries = blog(5, named=False)
    memory = remembered(entries)
    other = [replace(each, id=f"post-{n}", text=each.text + " …") for n, each in enumerate(entries)]
    older, news = entry(2, GATES, id="older"), entry(30, FERRY, id="news")
    snapshot = page([news, *other, older])
    decision = decide(list(memory.known.values()), snapshot, reformatted=True)
    assert [(change.identity, change.silent) for change in decision.changes] == [
        ("older", True),
        ("news", False),
    ]
    assert sorted(new for new, _ in decision.adopted.values()) == [f"post-{n}" for n in range(5)]
    memory.apply(decision)
    assert decide(list(memory.known.values()), snapshot) == Decision()


def test_a_new_format_withdraws_nothing() -> None:
    """What another adapter does not read is not taken for withdrawn."""
    entries = blog(9, named=False)
    memory = remembered(entries)
    for _ in range(3):
        snapshot = page(entries[:4] + entries[5:])
        decision = decide(list(memory.known.values()), snapshot, reformatted=True)
        assert (decision.changes, decision.missing) == ((), {})


TEXTS = st.sampled_from([GATES, FERRY, BRIDGE, GATES + " again", "Goal!", "Goal! Another."])
ENTRIES = st.lists(
    st.builds(entry, st.none() | st.integers(0, 9), TEXTS, id=st.none() | st.sampled_from("abcd")),
    max_size=10,
)


def summary(decision: Decision) -> list[tuple[str, str, str]]:
    """The changes, without their order."""
    return sorted(
        (str(each.kind), each.identity, each.entry.text if each.entry else "")
        for each in decision.changes
    )


def without_doubled_ids(entries: list[SourceEntry]) -> list[SourceEntry]:
    """Which of two with the same id counts is the page's order: leave the first."""
    seen: set[str] = set()
    return [e for e in entries if e.id is None or (e.id not in seen and not seen.add(e.id))]  # type: ignore[func-returns-value]  # add


@given(ENTRIES)
def test_reading_again_changes_nothing(entries: list[SourceEntry]) -> None:
    """Any page at all, read twice, says nothing the second time."""
    memory = remembered(entries)
    assert memory.poll(entries).changes == ()


@settings(max_examples=300)
@given(ENTRIES, ENTRIES, st.randoms(use_true_random=False))
def test_order_does_not_matter(
    before: list[SourceEntry], now: list[SourceEntry], source: random.Random
) -> None:
    """A shuffled page means what the sorted one means."""
    memory = remembered(before)
    now = without_doubled_ids(now)
    shuffled = list(now)
    source.shuffle(shuffled)
    known = list(memory.known.values())
    source.shuffle(known)
    assert summary(decide(known, page(shuffled))) == summary(
        decide(list(memory.known.values()), page(now))
    )


@given(ENTRIES, ENTRIES)
def test_told_oldest_first(before: list[SourceEntry], now: list[SourceEntry]) -> None:
    """Whatever the page's order, what is told with a time is told in its order."""
    memory = remembered(before)
    times = [
        change.entry.published_at
        for change in memory.poll(now).changes
        if change.entry is not None and change.entry.published_at is not None
    ]
    assert times == sorted(times)


def test_a_long_page_is_quick() -> None:
    """Five hundred entries against five thousand stored ones take well under a second."""
    entries = blog(3_000, named=False)
    memory = remembered(entries)
    source = random.Random(3)
    shown = [
        replace(each, text=reworded(source, each.text)) if n % 10 == 0 else each
        for n, each in enumerate(entries[:500])
    ]
    snapshot = Snapshot("t", "", "", (entry(4_000, GATES), *shown))
    started = time.perf_counter()
    decision = decide(list(memory.known.values()), snapshot)
    assert time.perf_counter() - started < 2
    assert len(decision.changes) == 51
    assert decision.changes[-1].entry is not None
    assert decision.changes[-1].entry.published_at == at(0) + timedelta(minutes=4_000)
