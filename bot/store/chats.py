"""Queries about chats and destinations: meeting, leaving, coming back, migrating."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import ChatKind, Destination
from bot.store import locks
from bot.store.belongings import keys_besides, of_destinations, tables_with
from bot.store.columns import DeliveryState as State
from bot.store.inserting import insert_new
from bot.store.schema import DUE, chats, deliveries, destinations, fanouts

DESTINATION_COLUMNS = (
    destinations.c.id,
    chats.c.telegram_id,
    destinations.c.thread_id,
    chats.c.kind,
    chats.c.title,
    chats.c.language,
    destinations.c.timezone,
    destinations.c.edits,
    destinations.c.active,
    destinations.c.threads,
    destinations.c.pins,
    destinations.c.style,
    destinations.c.duplicates,
)


class KnownChat(NamedTuple):
    """A chat as it is listed.

    Attributes:
        id: our own.
        telegram_id: Telegram's.
        kind: one of `ChatKind`.
        title: of the group or channel.
    """

    id: int
    telegram_id: int
    kind: str
    title: str


async def meet(
    connection: AsyncConnection,
    *,
    telegram_id: int,
    thread_id: int | None,
    kind: ChatKind,
    title: str,
    language: str,
    timezone: str,
    now: datetime,
    username: str = "",
) -> Destination:
    """The destination for a chat (or one forum topic of it), made at the first meeting.

    The chat's kind, title and @name are brought up to date; a language, zone or choice made
    earlier stays.
    """
    chat_id = await _chat_id(connection, telegram_id)
    if chat_id is None:
        chat = {"telegram_id": telegram_id, "kind": kind, "title": title, "language": language}
        await insert_new(connection, chats, {**chat, "username": username.lower(), "met_at": now})
        chat_id = await _chat_id(connection, telegram_id)
    else:
        values = {"kind": kind, "title": title, "username": username.lower()}
        outdated = sa.or_(*(chats.c[name] != value for name, value in values.items()))
        await connection.execute(
            chats.update().where(chats.c.id == chat_id, outdated).values(values)
        )
    found = await find(connection, telegram_id, thread_id)
    if found is None:
        place = {"chat_id": chat_id, "thread_id": thread_id or 0, "timezone": timezone}
        await insert_new(connection, destinations, {**place, "edits": "all", "created_at": now})
        found = await find(connection, telegram_id, thread_id)
    assert found is not None
    return found


async def find(
    connection: AsyncConnection, telegram_id: int, thread_id: int | None
) -> Destination | None:
    """The destination for a chat, or one forum topic of it."""
    row = (
        await connection.execute(
            _select().where(
                chats.c.telegram_id == telegram_id, destinations.c.thread_id == (thread_id or 0)
            )
        )
    ).one_or_none()
    return None if row is None else as_destination(row)


async def get(connection: AsyncConnection, destination_id: int) -> Destination | None:
    """The destination with this id."""
    row = (
        await connection.execute(_select().where(destinations.c.id == destination_id))
    ).one_or_none()
    return None if row is None else as_destination(row)


async def of_chat(connection: AsyncConnection, telegram_id: int) -> list[Destination]:
    """Every destination within a chat."""
    rows = await connection.execute(
        _select().where(chats.c.telegram_id == telegram_id).order_by(destinations.c.thread_id)
    )
    return [as_destination(row) for row in rows]


async def by_username(connection: AsyncConnection, username: str) -> list[int]:
    """Telegram's ids of the people who were met under an @name; it may be another's by now."""
    return list(
        await connection.scalars(
            sa.select(chats.c.telegram_id).where(
                chats.c.kind == ChatKind.PRIVATE, chats.c.username == username.lower()
            )
        )
    )


async def titles(connection: AsyncConnection, telegram_ids: Iterable[int]) -> dict[int, str]:
    """What chats are called, by Telegram's ids; those never met are left out."""
    rows = await connection.execute(
        sa.select(chats.c.telegram_id, chats.c.title).where(
            chats.c.telegram_id.in_(list(telegram_ids)), chats.c.title != ""
        )
    )
    return dict(rows.all())


async def prefer(connection: AsyncConnection, destination_id: int, **settings: str | bool) -> None:
    """Change how a destination wants its alerts: `edits`, `threads`, `pins`, `style`."""
    await connection.execute(
        destinations.update().where(destinations.c.id == destination_id).values(settings)
    )


async def own_id(connection: AsyncConnection, telegram_id: int) -> int | None:
    """Our own id of a chat."""
    return await _chat_id(connection, telegram_id)


async def steer(connection: AsyncConnection, telegram_id: int, chat_id: int | None) -> None:
    """Let the settings commands of a private chat mean another chat, by our own id of it."""
    await connection.execute(
        chats.update().where(chats.c.telegram_id == telegram_id).values(steers=chat_id)
    )


async def steered_from(connection: AsyncConnection, telegram_id: int) -> KnownChat | None:
    """The chat that is steered from a private one."""
    private = chats.alias()
    rows = await connection.execute(
        sa.select(chats.c.id, chats.c.telegram_id, chats.c.kind, chats.c.title)
        .join(private, private.c.steers == chats.c.id)
        .where(private.c.telegram_id == telegram_id)
    )
    row = rows.one_or_none()
    return None if row is None else KnownChat(*row)


async def of_kind(connection: AsyncConnection, kinds: Iterable[ChatKind]) -> list[KnownChat]:
    """The chats of some kinds, newest first, at most 50."""
    rows = await connection.execute(
        sa.select(chats.c.id, chats.c.telegram_id, chats.c.kind, chats.c.title)
        .where(chats.c.kind.in_(list(kinds)))
        .order_by(chats.c.met_at.desc())
        .limit(50)
    )
    return [KnownChat(*row) for row in rows]


async def languages(connection: AsyncConnection, telegram_ids: Iterable[int]) -> dict[int, str]:
    """The languages of some chats, by Telegram's id; those the bot has not met are left out."""
    rows = await connection.execute(
        sa.select(chats.c.telegram_id, chats.c.language).where(
            chats.c.telegram_id.in_(list(telegram_ids))
        )
    )
    return dict(rows.all())


async def speak(connection: AsyncConnection, telegram_id: int, language: str) -> None:
    """Change a chat's language."""
    await connection.execute(
        chats.update().where(chats.c.telegram_id == telegram_id).values(language=language)
    )


async def switch_off(
    connection: AsyncConnection, destination_id: int, *, reason: str, now: datetime
) -> None:
    """Stop delivering to a destination; its subscriptions and settings are kept for a return.

    What waited for it is dropped: nobody wants yesterday's alerts on coming back. What it was
    sent stays sent, so that a later correction reaches it after a return.
    """
    await _switch_off(connection, [destination_id], reason, now)


async def switch_off_chat(
    connection: AsyncConnection, telegram_id: int, *, reason: str, now: datetime
) -> None:
    """Stop delivering to every destination within a chat."""
    ids = [destination.id for destination in await of_chat(connection, telegram_id)]
    await _switch_off(connection, ids, reason, now)


async def _switch_off(
    connection: AsyncConnection, ids: list[int], reason: str, now: datetime
) -> None:
    # Deliveries first, as `outbox.record` does: who locks both in one order never waits in a ring.
    await connection.execute(
        deliveries.update()
        .where(deliveries.c.destination_id.in_(ids), DUE)
        .values(
            state=sa.case(
                (deliveries.c.state == State.EDIT, int(State.SENT)), else_=int(State.DROPPED)
            ),
            error=reason,
        )
    )
    await connection.execute(
        destinations.update()
        .where(destinations.c.id.in_(ids))
        .values(active=False, off_reason=reason, off_at=now)
    )


async def switch_on(connection: AsyncConnection, destination_id: int) -> None:
    """Deliver to a destination again."""
    await connection.execute(
        destinations.update()
        .where(destinations.c.id == destination_id)
        .values(active=True, off_reason="", off_at=None)
    )


async def switch_on_chat(connection: AsyncConnection, telegram_id: int) -> bool:
    """Deliver again to every destination within a chat; whether any was off."""
    ids = [d.id for d in await of_chat(connection, telegram_id) if not d.active]
    if ids:
        await connection.execute(
            destinations.update()
            .where(destinations.c.id.in_(ids))
            .values(active=True, off_reason="", off_at=None)
        )
    return bool(ids)


async def migrate(connection: AsyncConnection, old_id: int, new_id: int) -> bool:
    """Give a group its supergroup's id; whether anything changed.

    Telegram announces a migration up to three times (two service messages and the failed send),
    in any order, and the supergroup may have been met already, or the group once more after it.
    Then the younger of the two rows joins the elder: its settings are those people chose, its
    destinations keep their ids, and the subscriptions and deliveries of both come together.
    """
    old = await _chat_id(connection, old_id)
    if old is None:
        return False
    new = await _chat_id(connection, new_id)
    if new is not None:
        await _join_chats(connection, kept=min(old, new), gone=max(old, new))
        old = min(old, new)
    await connection.execute(
        chats.update().where(chats.c.id == old).values(telegram_id=new_id, kind=ChatKind.SUPERGROUP)
    )
    return True


async def _chat_id(connection: AsyncConnection, telegram_id: int) -> int | None:
    found: int | None = await connection.scalar(
        sa.select(chats.c.id).where(chats.c.telegram_id == telegram_id)
    )
    return found


async def _join_chats(connection: AsyncConnection, *, kept: int, gone: int) -> None:
    """Move the destinations of one chat into another, then delete the first."""
    # A planner must not add deliveries to a destination that is about to go.
    await locks.take(connection, locks.Lock.PLANNING)
    rows = await connection.execute(
        sa.select(destinations.c.id, destinations.c.thread_id).where(destinations.c.chat_id == gone)
    )
    for destination_id, thread_id in rows.all():
        target = await connection.scalar(
            sa.select(destinations.c.id).where(
                destinations.c.chat_id == kept, destinations.c.thread_id == thread_id
            )
        )
        if target is None:
            await connection.execute(
                destinations.update()
                .where(destinations.c.id == destination_id)
                .values(chat_id=kept)
            )
        else:
            await _join(connection, kept=target, gone=destination_id)
    title = await connection.scalar(sa.select(chats.c.title).where(chats.c.id == gone))
    await connection.execute(chats.delete().where(chats.c.id == gone))
    await connection.execute(
        chats.update().where(chats.c.id == kept, chats.c.title == "").values(title=title)
    )


async def _join(connection: AsyncConnection, *, kept: int, gone: int) -> None:
    """Move what hangs on one destination to another, then delete the first.

    Where both have a delivery of an entry, the one that was sent stays, so that nothing is sent
    twice; else the one that waits, so that nothing is lost.
    """
    twin = deliveries.alias()
    waits = twin.c.state < State.SENT
    loses = sa.or_(
        twin.c.message_ids.is_not(sa.null()), sa.and_(deliveries.c.state >= State.SENT, waits)
    )
    await connection.execute(
        deliveries.delete().where(
            of_destinations(deliveries, [kept]),
            deliveries.c.message_ids.is_(sa.null()),
            sa.exists().where(
                twin.c.destination_id == gone, twin.c.entry_id == deliveries.c.entry_id, loses
            ),
        )
    )
    for table in tables_with("destination_id"):
        twin = table.alias()
        keys = keys_besides(table, "destination_id")
        both = sa.and_(sa.true(), *(twin.c[key] == table.c[key] for key in keys))
        await connection.execute(
            table.delete().where(
                of_destinations(table, [gone]),
                sa.exists().where(twin.c.destination_id == kept, both),
            )
        )
        await connection.execute(
            table.update().where(of_destinations(table, [gone])).values(destination_id=kept)
        )
    # A fan-out under way may have passed the elder before it followed what the younger follows.
    await connection.execute(
        fanouts.update()
        .where(sa.text("fanouts.done_at IS NULL"), fanouts.c.cursor >= kept)
        .values(cursor=kept - 1)
    )
    is_on = sa.select(destinations.c.active).where(destinations.c.id == gone).scalar_subquery()
    await connection.execute(
        destinations.update()
        .where(destinations.c.id == kept, is_on)
        .values(active=True, off_reason="", off_at=None)
    )
    await connection.execute(destinations.delete().where(destinations.c.id == gone))


def as_destination(row: Any) -> Destination:
    """A destination from a SQLAlchemy row that holds `DESTINATION_COLUMNS`."""
    return Destination(
        id=row.id,
        chat_id=row.telegram_id,
        thread_id=row.thread_id or None,
        kind=ChatKind(row.kind),
        title=row.title,
        language=row.language,
        timezone=row.timezone,
        edits=row.edits,
        active=row.active,
        threads=row.threads,
        pins=row.pins,
        style=row.style,
        duplicates=row.duplicates,
    )


def _select() -> sa.Select[Any]:
    return sa.select(*DESTINATION_COLUMNS).join(chats, chats.c.id == destinations.c.chat_id)
