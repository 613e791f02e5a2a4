"""Brings messages that were sent to what their entries say now.

What cannot be changed any more (deleted by the reader, too old, of another kind) is noted in
`Errand.problem`, not raised: nobody is helped by trying again.
"""

from __future__ import annotations

from dataclasses import replace

from bot.delivery.courier import Courier
from bot.delivery.errand import Errand
from bot.delivery.lesser import as_caption, fitted
from bot.delivery.lru import Lru
from bot.delivery.render import Picture, plain
from bot.delivery.renderings import Renderings
from bot.delivery.shape import Piece, pieces_of
from bot.delivery.transport import Transport
from bot.delivery.trouble import Reports
from bot.delivery.turns import Turns
from bot.errors import (
    ChatMigratedError,
    DeliveryError,
    FloodError,
    MessageGoneError,
    NotModifiedError,
    RefusedError,
    TokenError,
    TopicGoneError,
    TransientError,
)
from bot.outgoing import Outgoing
from bot.wording import Wording

NOTHING = Outgoing("(…)")
_REMEMBERED = 1_000


class Corrector:
    """Edits and deletes; shared by all errands.

    Args:
        transport: to Telegram.
        turns: when a request may leave.
        renderings: give the messages.
        courier: sends what an entry has grown by.
        reports: tells people.
    """

    def __init__(
        self,
        transport: Transport,
        turns: Turns,
        renderings: Renderings,
        courier: Courier,
        reports: Reports,
    ) -> None:
        self._transport = transport
        self._turns = turns
        self._renderings = renderings
        self._courier = courier
        self._reports = reports
        # Messages of an unknown kind that proved to be texts, by what they show.
        self._texts: Lru[tuple[tuple[int, int], ...], bool] = Lru(_REMEMBERED)

    async def edit(self, errand: Errand) -> None:
        """Show the entries as they are now; take away what an admin had deleted.

        Raises:
            DeliveryError: the try failed and may be repeated.
            NotYetError: the rest has to wait.
        """
        if errand.work.is_deleted:
            await self._delete_all(errand)
        elif errand.work.form is not None:
            out = self._renderings.sent_bundle(
                errand.work.entries, errand.work.form, errand.destination
            )
            await self._edit_text(errand, errand.message_ids[0], out)
        else:
            await self._edit_alert(errand)

    async def _edit_alert(self, errand: Errand) -> None:
        first = errand.pieces[0]
        picture: Picture = "auto"
        if first.kind == "t":
            picture = "never"
        elif first.is_photo:
            picture = "always"
        parts = self._renderings.alert(errand.entry, errand.destination, picture)
        # What was sent as an album is several messages and still the first part.
        album = max(1, sum(piece.kind == "a" for piece in errand.pieces))
        texts = errand.message_ids[album:]
        shown = 1 + len(texts)
        first_part, *rest = parts if _may_grow(errand) else fitted(parts, shown)
        if first.kind == "a":
            await self._edit_album(errand, album, first_part)
        else:
            await self._edit_first(errand, first_part)
        for message_id, out in zip(texts, rest, strict=False):
            await self._edit_text(errand, message_id, out)
        for message_id in texts[len(rest) :]:
            await self._take_away(errand, message_id)
        if len(rest) > len(texts):
            await self._go_on(errand, parts, shown)

    async def _edit_first(self, errand: Errand, out: Outgoing) -> None:
        first = errand.pieces[0]
        if first.is_photo:
            await self._edit_photo(errand, 0, as_caption(out))
        elif first.kind == "?":
            await self._edit_unknown(errand, errand.message_ids[0], out)
        else:
            await self._edit_text(errand, errand.message_ids[0], out)

    async def _go_on(self, errand: Errand, parts: tuple[Outgoing, ...], shown: int) -> None:
        """Send the parts that the entry has grown by; if they are refused, say that there is more.

        Not to a chat that put away what they would answer.
        """
        for number in range(shown, len(parts)):
            if errand.out_of_reach:
                return
            try:
                await self._courier.send_further(errand, parts[number])
            except RefusedError as error:
                errand.problem = error.reason
                last = fitted(parts, number)[-1]
                if number == 1:
                    await self._edit_first(errand, last)
                else:
                    await self._edit_text(errand, errand.message_ids[-1], last)
                return

    # -- by kind --------------------------------------------------------------------------------

    async def _edit_text(self, errand: Errand, message_id: int, out: Outgoing) -> None:
        await self._change(errand, message_id, out, caption=False)

    async def _edit_photo(self, errand: Errand, number: int, out: Outgoing) -> None:
        """The photo with its caption, where the source exchanged it; else the caption alone."""
        message_id, piece = errand.message_ids[number], errand.pieces[number]
        wanted = _photo_of(out)
        if wanted is not None and piece.picture and wanted.picture != piece.picture:
            try:
                async with self._turns.take(errand, edit=True) as turn:
                    await self._transport.edit_photo(
                        errand.chat_id, message_id, out, on_left=turn.left
                    )
            except RefusedError as error:  # the old picture stays, with the new words
                errand.problem = error.reason
                errand.pieces[number] = Piece(piece.kind, wanted.picture)
            except NotModifiedError:
                errand.pieces[number] = Piece(piece.kind, wanted.picture)
                return
            except (MessageGoneError, TopicGoneError, ChatMigratedError) as error:
                errand.problem, errand.out_of_reach = error.reason, True
                return
            else:
                errand.pieces[number] = Piece(piece.kind, wanted.picture)
                return
        await self._change(errand, message_id, out, caption=True)

    async def _edit_album(self, errand: Errand, count: int, out: Outgoing) -> None:
        """Caption and pictures of an album of so many; it can lose pictures, not gain any."""
        out = replace(out, button=None, menu=None)  # pictures of an album carry none
        wanted = () if out.photo_url is None else (out.photo_url, *out.more_photos)
        for number in range(1, count):
            if number < len(wanted):
                picture = Outgoing("", photo_url=wanted[number])
                if pieces_of(picture)[0].picture != errand.pieces[number].picture:
                    await self._edit_photo(errand, number, picture)
        await self._edit_photo(errand, 0, as_caption(out))
        if wanted:
            for message_id in errand.message_ids[len(wanted) : count]:
                await self._take_away(errand, message_id)

    async def _edit_unknown(self, errand: Errand, message_id: int, out: Outgoing) -> None:
        """A message of an earlier version, which did not store its kind: try, and learn."""
        key = errand.work.key
        caption = out.photo_url is not None and not self._texts.get(key)
        for _ in range(2):
            said = out if caption == (out.photo_url is not None) else self._as(errand, caption)
            try:
                await self._change(errand, message_id, said, caption=caption, guessed=True)
            except RefusedError:
                caption = not caption
                self._texts.put(key, not caption)
            else:
                return
        self._reports.once(errand, Wording("Its correction is not shown."))

    def _as(self, errand: Errand, caption: bool) -> Outgoing:
        picture: Picture = "always" if caption else "never"
        first = fitted(self._renderings.alert(errand.entry, errand.destination, picture), 1)[0]
        return as_caption(first) if caption else first

    # -- one request ----------------------------------------------------------------------------

    async def _change(
        self,
        errand: Errand,
        message_id: int,
        out: Outgoing,
        *,
        caption: bool,
        guessed: bool = False,
    ) -> None:
        """Edit text or caption; without formatting if Telegram refuses that.

        A `guessed` kind that is wrong is raised.
        """
        for said in (out, plain(out)):
            try:
                async with self._turns.take(errand, edit=True) as turn:
                    await self._transport.edit(
                        errand.chat_id, message_id, said, caption=caption, on_left=turn.left
                    )
            except NotModifiedError:
                return
            except (MessageGoneError, TopicGoneError, ChatMigratedError) as error:
                # Also: what was sent to a group stays there.
                errand.problem, errand.out_of_reach = error.reason, True
                return
            except RefusedError as error:
                errand.problem = error.reason
                if guessed and error.about == "kind":
                    raise
            else:
                return
        self._reports.once(errand, Wording("Its correction is not shown."))

    async def _delete_all(self, errand: Errand) -> None:
        for message_id in list(errand.message_ids):
            await self._take_away(errand, message_id)

    async def _take_away(self, errand: Errand, message_id: int) -> None:
        """Delete a message; an old one cannot be, and is emptied."""
        number = errand.message_ids.index(message_id)
        piece = errand.pieces[number]
        try:
            async with self._turns.take(errand, edit=True):
                await self._transport.delete(errand.chat_id, message_id)
        except (TransientError, FloodError, TokenError):
            raise
        except DeliveryError:
            await self._change(errand, message_id, NOTHING, caption=piece.is_photo)
        del errand.message_ids[number], errand.pieces[number]


def _may_grow(errand: Errand) -> bool:
    """Whether further messages may show what there is no room for: not of what was withdrawn."""
    return not errand.entry.withdrawn and errand.pieces[0].kind != "?"


def _photo_of(out: Outgoing) -> Piece | None:
    return pieces_of(out)[0] if out.photo_url is not None else None
