"""Which entry is which: by id, else by minute and words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.identity import content_hash, identify, natural_identity, similarity
from bot.model import Known, SourceEntry
from tests.intake.pages import Memory, at, entry, remembered

GATES = "The harbour master has closed the gates of the inner harbour until the evening"
FERRY = "No ferry will leave for the islands before six, the shipping line says"
BRIDGE = "Police have closed the swing bridge to lorries because of strong gusts"
SCHOOL = "All schools on the waterfront stay shut tomorrow, the city council decided"


def same(memory: Memory, *entries: SourceEntry, reformatted: bool = False) -> list[str | None]:
    """For each entry of a page, the words of the stored one it is taken for, None if it is new."""
    known = memory.known
    found = identify(entries, known.values(), reformatted=reformatted)
    return [known[key].text if key in known else None for key in found]


def test_ids_decide() -> None:
    """An entry with an id is that entry, whatever its time and words."""
    memory = remembered([entry(0, GATES, id="a"), entry(1, FERRY, id="b")])
    assert same(memory, entry(50, FERRY, id="a"), entry(1, FERRY, id="c")) == [GATES, None]


def test_ids_twice() -> None:
    """A pinned copy with the same id counts once."""
    found = identify([entry(0, GATES, id="a"), entry(0, GATES, id="a"), entry(1, FERRY)], [])
    assert found[:2] == ["a", None]
    assert found[2]


def test_all_new() -> None:
    """On a first page every entry has an identity of its own, twins of a few words too."""
    page = [entry(0, "Goal!"), entry(0, "Goal!"), entry(0, FERRY), entry(0, GATES)]
    found = identify([*page, entry(None, GATES), entry(None, GATES)], [])
    assert None not in found
    assert len(set(found)) == 6


def test_a_copy() -> None:
    """The same sentence twice in a minute is one entry, which may be pinned on top as well."""
    page = [entry(0, GATES), entry(1, FERRY), entry(0, GATES)]
    found = identify(page, [])
    assert found[2] is None
    memory = remembered(page)
    assert same(memory, *page) == [GATES, FERRY, None]
    assert same(memory, *page[1:]) == [FERRY, GATES]


def test_twins_of_former_times() -> None:
    """Where both copies are stored, both are on the page: neither is missing."""
    memory = remembered([entry(0, GATES), entry(1, FERRY)])
    first = next(iter(memory.known.values()))
    memory.known["twin"] = replace(first, identity="twin")
    found = identify([entry(0, GATES), entry(0, GATES), entry(1, FERRY)], memory.known.values())
    assert set(found) == set(memory.known)


def test_natural_identity() -> None:
    """It is made of minute and words, so that another process comes to the same."""
    assert natural_identity(entry(0, GATES)) == natural_identity(entry(0, f" {GATES}\n"))
    assert natural_identity(entry(0, GATES)) != natural_identity(entry(1, GATES))
    assert natural_identity(entry(0, GATES)) != natural_identity(entry(0, FERRY))
    assert natural_identity(entry(None, GATES)).startswith("undated/")


@given(st.text(), st.text())
def test_hash_sees_what_readers_see(title: str, text: str) -> None:
    """White space makes no difference; where the title ends does."""
    one = SourceEntry(id=None, published_at=None, title=title, text=text)
    other = SourceEntry(id=None, published_at=None, title=f" {title}\n", text=f"\t{text} ")
    assert content_hash(one) == content_hash(other)
    joined = SourceEntry(id=None, published_at=None, title="", text=f"{title} {text}")
    assert (content_hash(one) == content_hash(joined)) == (not title.split())


REWORDED = [
    (GATES, GATES.replace("evening", "morning")),
    (GATES, GATES + ". Ships wait outside."),
    (GATES, "The gates of the inner harbour are closed until the evening, says the harbour master"),
    (GATES, GATES.replace(" the", " teh")),
    ("Gates closed", "Gates closed. More soon."),
]


@pytest.mark.parametrize(("before", "after"), REWORDED)
def test_reworded(before: str, after: str) -> None:
    """A correction in its minute is the same entry, also beside a neighbour of that minute."""
    assert same(remembered([entry(5, before)]), entry(5, after)) == [before]
    memory = remembered([entry(5, before), entry(5, BRIDGE), entry(4, FERRY)])
    page = [entry(5, SCHOOL), entry(5, BRIDGE), entry(5, after), entry(4, FERRY)]
    assert same(memory, *page) == [None, BRIDGE, before, FERRY]


def test_another_in_the_minute() -> None:
    """A second entry in a minute is a second one, however the page sorts them."""
    memory = remembered([entry(5, GATES)])
    assert same(memory, entry(5, FERRY), entry(5, GATES)) == [None, GATES]
    assert same(memory, entry(5, GATES), entry(5, FERRY)) == [GATES, None]


def test_rewritten_alone_in_its_minute() -> None:
    """One went, one came, in the same minute: largely the same words in another order."""
    before = "Harbour gates closed as storm nears, ferry service to the islands halted for now"
    after = "Ferry service halted for now and harbour gates closed: the storm nears the islands"
    assert same(remembered([entry(5, before), entry(1, GATES)]), entry(5, after), entry(1, GATES))[
        0
    ]


def test_quite_other_words_are_another_entry() -> None:
    """Nothing in common but the minute: not the same."""
    memory = remembered([entry(5, GATES), entry(1, FERRY)])
    assert same(memory, entry(5, "Goal!"), entry(1, FERRY)) == [None, FERRY]


def test_the_oldest_minute_may_be_cut() -> None:
    """Where the page ends, one that is missing was cut off, and another is not its rewording."""
    school = "The schools on the waterfront will be shut until the end of the week"
    memory = remembered([entry(9, FERRY), entry(5, GATES), entry(1, BRIDGE)])
    page = [entry(9, FERRY), entry(5, school)]
    assert same(memory, *page, entry(1, BRIDGE)) == [FERRY, GATES, BRIDGE]
    assert same(memory, *page) == [FERRY, None]


def test_withdrawn_minutes_can_be_used_again() -> None:
    """A new entry in the minute of a withdrawn one is new; the withdrawn one itself is back."""
    memory = remembered([entry(9, FERRY), entry(5, GATES), entry(1, BRIDGE)])
    for _ in range(2):
        memory.poll([entry(9, FERRY), entry(1, BRIDGE)])
    assert sum(item.withdrawn for item in memory.known.values()) == 1
    alike = "The coast guard has closed the beaches of the outer islands until the weekend"
    assert same(memory, entry(9, FERRY), entry(5, alike), entry(1, BRIDGE))[1] is None
    assert same(memory, entry(9, FERRY), entry(5, GATES), entry(1, BRIDGE))[1] == GATES


@pytest.mark.parametrize("minutes", [-40, -1, 3, 60])
def test_a_corrected_time(minutes: int) -> None:
    """An entry whose clock time was corrected is the same entry, even with a word changed."""
    memory = remembered([entry(0, BRIDGE), entry(90, GATES), entry(200, FERRY)])
    page = [entry(200, FERRY), entry(90 + minutes, GATES), entry(0, BRIDGE)]
    assert same(memory, *page) == [FERRY, GATES, BRIDGE]
    page[1] = entry(90 + minutes, GATES.replace("inner", "outer"))
    assert same(memory, *page) == [FERRY, GATES, BRIDGE]


@pytest.mark.parametrize("minutes", [60, -60, 24 * 60])
def test_a_corrected_zone_or_date(minutes: int) -> None:
    """When the whole page moves by an hour or a day, nothing is new."""
    texts = [GATES, FERRY, BRIDGE, SCHOOL]
    memory = remembered([entry(10 * n, text) for n, text in enumerate(texts)])
    page = [entry(10 * n + minutes, text) for n, text in enumerate(texts)]
    assert same(memory, *page) == texts


def test_short_texts_repeat() -> None:
    """The same few words at another minute are another goal."""
    memory = remembered([entry(5, "Goal for the visitors!")])
    assert same(memory, entry(9, "Goal for the visitors!")) == [None]


def test_a_repeated_text_on_a_page_that_moved_on() -> None:
    """An hourly notice is new each hour, though the last one has left the page meanwhile."""
    notice = "This is what we know at this hour; more on all of it below and on our front page"
    memory = remembered([entry(0, notice), entry(1, GATES)])
    assert same(memory, entry(60, notice), entry(50, FERRY)) == [None, None]
    memory = remembered([entry(0, notice), entry(1, GATES)])
    assert same(memory, entry(60, notice), entry(1, GATES), entry(0, notice)) == [
        None,
        GATES,
        notice,
    ]


def test_undated_entries() -> None:
    """Without a time only nearly the same words are the same entry."""
    memory = remembered([entry(None, GATES), entry(None, FERRY)])
    page = [entry(None, GATES.replace("evening", "morning")), entry(None, BRIDGE)]
    assert same(memory, *page) == [GATES, None]


def test_tombstones_are_known_by_their_minute() -> None:
    """A forgotten entry, whose words are gone, is recognised though it was reworded."""
    memory = remembered([entry(0, GATES), entry(5, FERRY)])
    memory.prune(*memory.known)
    known = memory.known.values()
    found = identify([entry(0, SCHOOL), entry(5, FERRY), entry(9, BRIDGE)], known)
    assert [identity in memory.known for identity in found] == [True, True, False]


def test_strange_ids() -> None:
    """A page whose ids all changed is recognised by time and very words; a page of news is not."""
    memory = remembered([entry(0, GATES, id="1"), entry(3, FERRY, id="2")])
    page = [entry(0, GATES, id="x1"), entry(3, FERRY, id="x2"), entry(5, BRIDGE, id="x3")]
    assert same(memory, *page) == [GATES, FERRY, None]
    news = [entry(3, FERRY.replace("six", "nine"), id="3"), entry(60, GATES, id="4")]
    assert same(memory, *news) == [None, None]


def test_reformatted() -> None:
    """Read by another adapter, entries are aligned by time and words although they have ids now."""
    memory = remembered([entry(0, GATES), entry(3, FERRY), entry(4, SCHOOL)])
    page = [
        entry(0, f"{GATES}. Read more"),
        entry(3, FERRY, id="p2"),
        entry(4, SCHOOL.replace("tomorrow", "on Friday"), id="p3"),
        entry(5, BRIDGE, id="p4"),
    ]
    assert same(memory, *page, reformatted=True) == [GATES, FERRY, SCHOOL, None]


MINUTES = st.none() | st.integers(0, 6)
TEXTS = st.sampled_from(
    [GATES, FERRY, BRIDGE, SCHOOL, GATES + " again", "Goal!", "Goal! Another one.", ""]
)
ENTRIES = st.lists(
    st.builds(entry, MINUTES, TEXTS, id=st.none() | st.sampled_from(["a", "b", "c"])), max_size=12
)


@given(ENTRIES, ENTRIES, st.booleans())
def test_each_identity_once(
    before: list[SourceEntry],
    now: list[SourceEntry],
    reformatted: bool,
) -> None:
    """No two entries of a page are taken for the same one; only a doubled id has none."""
    memory = remembered(before)
    found = identify(now, memory.known.values(), reformatted=reformatted)
    given_ids = [identity for identity in found if identity is not None]
    assert len(given_ids) == len(set(given_ids))
    for number, (identity, each) in enumerate(zip(found, now, strict=True)):
        if identity is None:
            before_it = now[:number]
            if each.id is None:
                before_it = [e for e in before_it if e.published_at == each.published_at]
                assert each.text in [earlier.text for earlier in before_it]
            assert each.id in [earlier.id for earlier in before_it]


@given(ENTRIES, st.randoms(use_true_random=False))
def test_a_page_read_again_is_the_same(entries: list[SourceEntry], source: object) -> None:
    """The same page in any order is made of the stored entries, all of them, and nothing else."""
    memory = remembered(entries)
    shuffled = list(entries)
    source.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    found = {each for each in identify(shuffled, memory.known.values()) if each is not None}
    assert found == set(memory.known)


def test_similarity() -> None:
    """What only grew or shrank is fully alike; nothing is like nothing."""
    item = Known("a", "", 1, at(0), text=GATES, title="Storm")
    assert similarity("Storm", GATES + " and longer", item) == 100
    assert similarity("Storm", GATES[:40], item) == 100
    assert similarity("", FERRY, item) < 62
    assert similarity("", "", item) == 0
