"""An admin pastes a section page; it is followed, and shown as a tree."""

from __future__ import annotations

from bot.errors import NoLiveBlogError
from bot.model import SourceKind, SourceState
from bot.sandbox.state import Message
from bot.store import following, sources
from tests.support.chat import NOW, Room, page

URL = "https://news.example/harbour"
LINKS = [f"https://news.example/live/{number}" for number in range(7)]


async def offered(room: Room, text: str = URL, links: list[str] = LINKS) -> Message:
    """What an admin sees after pasting the address of a section."""
    room.pages[URL] = NoLiveBlogError("This page holds no live blog: an ordinary article.")
    room.sections[URL] = links
    operator, desk = room.operator()
    return await room.ask(operator, desk, f"/addsource {text}")


async def test_a_section_is_offered_to_be_followed(room: Room) -> None:
    """Some of its links, how many more there are, and a button beside Cancel."""
    offer = await offered(room)
    assert "no live blog, but it links to some" in offer.text
    assert "news.example/live/0" in offer.text
    assert "and 2 more" in offer.text
    assert offer.button_texts[:2] == ["🔎 Follow this page", "Cancel"]
    source = await room.source(1)
    assert (source.state, source.kind) == (SourceState.PROPOSED, SourceKind.FOLLOW)


async def test_following_starts(room: Room) -> None:
    """The press starts it, under the admin's own name, and says what happens next."""
    offer = await offered(room, f"{URL} My section")
    operator, _desk = room.operator()
    notice = await room.press(operator, offer, "🔎 Follow this page")
    assert "Following" in notice["text"]
    assert "Following My section" in offer.text
    assert "added by themselves" in offer.text
    assert offer.buttons == []
    source = await room.source(1)
    assert (source.state, source.name) == (SourceState.ACTIVE, "My section")
    assert len(room.woken) == 1
    again = await offered(room)
    assert "watch this one already" in again.text


async def test_following_by_pattern(room: Room) -> None:
    """An admin says which links count; a page that is a live blog itself can be followed, too."""
    room.sections[URL] = (*LINKS, f"{URL}/events/regatta")
    room.pages[URL] = page()
    operator, desk = room.operator()
    offer = await room.ask(operator, desk, f"/addsource {URL} Events pattern=/events/")
    assert "Its links that fit /events/:" in offer.text
    assert "events/regatta" in offer.text
    assert LINKS[0] not in offer.text
    await room.press(operator, offer, "🔎 Follow this page")
    source = await room.source(1)
    assert (source.name, source.kind, source.pattern) == ("Events", SourceKind.FOLLOW, "/events/")
    refusal = await room.ask(operator, desk, "/addsource https://a.example pattern=*")
    assert "fits every link" in refusal.text
    empty = await room.ask(operator, desk, "/addsource https://a.example/feed --follow")
    assert "none yet" in empty.text
    assert "🔎 Follow this page" in empty.button_texts


async def test_cancelling_follows_nothing(room: Room) -> None:
    """The proposal goes; the page can be added again."""
    offer = await offered(room)
    operator, desk = room.operator()
    assert (await room.press(operator, offer, "Cancel"))["text"] == "Cancelled."
    assert "No live blog" in (await room.ask(operator, desk, "/sources")).text
    assert (await offered(room)).button_texts[:2] == ["🔎 Follow this page", "Cancel"]


async def test_a_page_without_such_links_is_refused_as_before(room: Room) -> None:
    """An article is no section."""
    answer = await offered(room, links=[])
    assert "I cannot watch this" in answer.text
    assert "Nothing was added" in answer.text


async def test_sources_shows_the_tree(room: Room) -> None:
    """What was found stands under its section, for admins too; what is over is only counted."""
    await room.add_source("City Desk")
    offer = await offered(room, f"{URL} Section")
    operator, desk = room.operator()
    await room.press(operator, offer, "🔎 Follow this page")
    await room.add_source("Harbour Radio", url="https://radio.example/")
    parent = await room.source(2)
    async with room.db.write() as connection:
        for number, url in enumerate(LINKS[:4]):
            child = await following.adopt(
                connection,
                parent,
                url=url,
                same_as=url,
                poll_url=url,
                name=f"Storm {number}",
                adapter="schemaorg",
                title="",
                interval=5.0,
                now=NOW,
            )
            assert child is not None
            if number >= 2:
                await sources.end(connection, child.id)
    reader, chat = room.person()
    lines = (await room.ask(reader, chat, "/sources")).text.splitlines()
    assert lines[1:-2] == [
        "🟢 City Desk – last looked at 0 s ago",
        "🔎 Section – about to be read for the first time",
        "   └ 🟢 Storm 0 – about to be read for the first time",
        "   └ 🟢 Storm 1 – about to be read for the first time",
        "   └ 🏁 2 more, their coverage is over",
        "🟢 Harbour Radio – last looked at 0 s ago",
    ]
    tree = (await room.ask(operator, desk, "/sources")).text.splitlines()
    assert tree[2].startswith("🟡 #2 🔎 Section – about to be read for the first time · 🏁 2")
    assert [line.split(" – ")[0] for line in tree[3:6]] == [
        "└ 🟡 #4 Storm 0",
        "└ 🟡 #5 Storm 1",
        "🟢 #3 Harbour Radio",
    ]


async def test_status_of_a_chat_that_follows_a_section(room: Room) -> None:
    """What its alerts come from includes the live blogs that were found."""
    offer = await offered(room, f"{URL} Section", LINKS[:1])
    operator, _desk = room.operator()
    await room.press(operator, offer, "🔎 Follow this page")
    parent = await room.source(1)
    async with room.db.write() as connection:
        await following.adopt(
            connection,
            parent,
            url=LINKS[0],
            same_as=LINKS[0],
            poll_url=LINKS[0],
            name="Storm",
            adapter="schemaorg",
            title="",
            interval=5.0,
            now=NOW,
        )
    await room.add_source("City Desk")
    reader, chat = room.person()
    await room.ask(reader, chat, "/subscribe Section")
    answer = await room.ask(reader, chat, "/status")
    assert "Storm" in answer.text
    assert "City Desk" not in answer.text
