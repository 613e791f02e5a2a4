"""What Telegram makes of a text and its entities: checked, cleaned, trimmed, sorted, merged.

The order of the steps and the wording of the errors are TDLib's (`fix_formatted_text`); the limits
stand in https://core.telegram.org/bots/api#sendmessage and https://limits.tginfo.me.
Offsets and lengths are UTF-16 units.
"""

from __future__ import annotations

import itertools
import re

from bot.sandbox.answers import Json, bad_request
from bot.sandbox.detected import detect
from bot.sandbox.links import BadLinkError, check_link, user_of
from bot.sandbox.markup import MarkupError, parse_html, utf16_length

MAX_RAW_BYTES = 32_768
MAX_ENTITIES = 100
MAX_ENTITIES_BYTES = 9_500

_SPLITTABLE = ("bold", "italic", "underline", "strikethrough", "spoiler")
_QUOTES = ("blockquote", "expandable_blockquote")
_CODES = ("pre", "code")
_GIVEN = {*_SPLITTABLE, *_QUOTES, *_CODES, "text_link", "text_mention", "custom_emoji", "date_time"}
_FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}
_PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 11,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}
_EXTRA = {
    "text_link": ("url",),
    "pre": ("language",),
    "custom_emoji": ("custom_emoji_id",),
    "date_time": ("unix_time", "date_time_format"),
    "text_mention": ("user_id",),
}
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x0c\x0e-\x1f]")
_DROPPED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_WIDE = re.compile("[\U00010000-\U0010ffff]")
_DATE_FORMAT = re.compile(r"r|w?[dD]?[tT]?")
Formatted = tuple[str, list[Json]]


def formatted(text: str, parse_mode: str, entities: list[Json] | None, *, empty: bool) -> Formatted:
    """Text and entities as a message will show them.

    Args:
        text: as sent.
        parse_mode: "HTML" or "".
        entities: given explicitly; ignored when there is a parse mode.
        empty: whether an empty text is allowed (captions).

    Raises:
        ApiError: 400 with Telegram's description.
    """
    if len(text) > MAX_RAW_BYTES // 4 and len(text.encode("utf-8", "replace")) > MAX_RAW_BYTES:
        raise bad_request("text is too long")
    mode = parse_mode.lower()
    if text and mode == "html":
        try:
            text, given = parse_html(text)
        except MarkupError as error:
            raise bad_request(f"can't parse entities: {error}") from error
    elif text and mode and mode != "none":
        raise bad_request("unsupported parse_mode")  # the sandbox reads HTML only
    else:
        given = _accepted(entities) if entities else []
    return _fixed(text, given, empty=empty)


def _accepted(entities: list[Json]) -> list[Json]:
    """Explicit entities reduced to their known fields, each checked for itself."""
    kept: list[Json] = []
    for entity in entities:
        if not isinstance(entity, dict):
            raise bad_request("can't parse entities: expected an Object")
        kind = entity.get("type")
        place = {"offset": entity.get("offset"), "length": entity.get("length")}
        for name, value in place.items():
            if isinstance(value, bool) or not isinstance(value, int):
                raise bad_request(f'can\'t parse MessageEntity: Field "{name}" must be a Number')
        if kind not in _GIVEN:
            if kind in _FOUND:
                continue  # found by the server itself
            raise bad_request("can't parse MessageEntity: Unsupported type specified")
        made: Json = {"type": kind, **place}
        made.update({key: entity[key] for key in _EXTRA.get(kind, ()) if entity.get(key)})
        _check(made, entity)
        kept.append(made)
    return kept


def _check(made: Json, entity: Json) -> None:
    if made["type"] == "text_link":
        url = str(entity.get("url") or "")
        user = user_of(url)
        if user is not None:
            made.update(type="text_mention", user_id=user)
            del made["url"]
            return
        try:
            made["url"] = check_link(url)
        except BadLinkError as error:
            raise bad_request(f"entity URL '{url}' is invalid: {error}") from error
    elif made["type"] == "text_mention":
        user_object = entity.get("user")
        made["user_id"] = user_object.get("id") if isinstance(user_object, dict) else None
        if not isinstance(made["user_id"], int):
            raise bad_request("can't parse MessageEntity: Can't find field \"user\"")
    elif made["type"] == "date_time":
        if not isinstance(entity.get("unix_time"), int):
            raise bad_request("can't parse MessageEntity: Can't find field \"unix_time\"")
        made["unix_time"] = entity["unix_time"]
        made["date_time_format"] = str(entity.get("date_time_format") or "")
        if _DATE_FORMAT.fullmatch(made["date_time_format"]) is None:
            raise bad_request("invalid date-time format specified")


def _fixed(text: str, entities: list[Json], *, empty: bool) -> Formatted:
    for entity in entities:
        for name in ("offset", "length"):
            if not 0 <= entity[name] <= 1_000_000:
                raise bad_request(f"receive an entity with incorrect {name} {entity[name]}")
    entities = _nested([entity for entity in entities if entity["length"] > 0])
    if entities:
        _check_bounds(text, entities)
    text, entities = _cleaned(text, entities)
    text, entities = _trimmed(text, entities)
    if not text.strip(" \n"):
        if empty:
            return "", []
        raise bad_request("text must be non-empty")
    if len(entities) > 1:
        entities = _nested(entities)
    entities = _limited(entities)
    return text, _with_detected(text, entities)


def _order(entity: Json) -> tuple[int, int, int]:
    return (entity["offset"], -entity["length"], _PRIORITY.get(entity["type"], 50))


def _end(entity: Json) -> int:
    end: int = entity["offset"] + entity["length"]
    return end


def _check_bounds(text: str, entities: list[Json]) -> None:
    """Entities must lie inside the text and not cut a surrogate pair."""
    total = utf16_length(text)
    inside = _pair_middles(text)
    for entity in entities:
        start, end = entity["offset"], _end(entity)
        if start >= total:
            raise bad_request(f"entity begins after the end of the text at UTF-16 offset {start}")
        if end > total:
            raise bad_request(
                f"entity beginning at UTF-16 offset {start} ends after the end of the text at"
                f" UTF-16 offset {end}"
            )
        if start in inside:
            raise bad_request(
                f"entity begins in a middle of a UTF-16 symbol at byte offset"
                f" {_bytes_before(text, inside[start])}"
            )
        if end in inside:
            raise bad_request(
                f"entity beginning at UTF-16 offset {start} ends in a middle of a UTF-16 symbol"
                f" at byte offset {_bytes_before(text, inside[end])}"
            )


def _pair_middles(text: str) -> dict[int, int]:
    """UTF-16 offsets between two surrogates -> index of the character after them."""
    if text.isascii():
        return {}
    return {
        found.start() + 1 + before: found.end() for before, found in enumerate(_WIDE.finditer(text))
    }


def _bytes_before(text: str, index: int) -> int:
    return len(text[:index].encode("utf-8", "surrogatepass"))


def _valid(entities: list[Json]) -> bool:
    """Whether sorted entities nest as Telegram allows and nothing is there twice."""
    stack: list[Json] = []
    ends: dict[str, int] = {}
    for entity in entities:
        kind = entity["type"]
        while stack and entity["offset"] >= _end(stack[-1]):
            stack.pop()
        if stack and _end(entity) > _end(stack[-1]):
            return False
        for outer in stack:
            if outer["type"] == kind or outer["type"] in _CODES:
                return False
            solid = kind not in _SPLITTABLE and outer["type"] not in _SPLITTABLE
            if solid and (outer["type"] not in _QUOTES or kind in _QUOTES):
                return False
        if kind in _SPLITTABLE and ends.get(kind) == entity["offset"]:
            return False
        ends[kind] = _end(entity)
        stack.append(entity)
    return True


def _nested(entities: list[Json]) -> list[Json]:
    """Sorted, and made to nest: later ones that cross are dropped, styles are merged and split."""
    entities = sorted(entities, key=_order)
    if _valid(entities):
        return entities
    quotes = _apart([entity for entity in entities if entity["type"] in _QUOTES])
    solid = _apart(
        [entity for entity in entities if entity["type"] not in (*_QUOTES, *_SPLITTABLE)]
    )
    solid = [entity for entity in solid if not any(_crosses(entity, quote) for quote in quotes)]
    fixed = sorted([*quotes, *solid], key=_order)
    codes = [entity for entity in solid if entity["type"] in _CODES]
    cuts = sorted({edge for entity in fixed for edge in (entity["offset"], _end(entity))})
    styles: list[Json] = []
    for kind in _SPLITTABLE:
        spans = _merged([entity for entity in entities if entity["type"] == kind])
        for start, end in spans:
            styles.extend(_split(kind, start, end, cuts, codes))
    return sorted([*fixed, *_uncrossed(styles)], key=_order)


def _apart(entities: list[Json]) -> list[Json]:
    """The first of each group that overlaps."""
    kept: list[Json] = []
    for entity in entities:
        if not kept or entity["offset"] >= _end(kept[-1]):
            kept.append(entity)
    return kept


def _crosses(entity: Json, quote: Json) -> bool:
    """Whether they overlap without the entity lying inside the quote."""
    if _end(entity) <= quote["offset"] or entity["offset"] >= _end(quote):
        return False
    return not (quote["offset"] <= entity["offset"] and _end(entity) <= _end(quote))


def _merged(entities: list[Json]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for entity in entities:
        if spans and entity["offset"] <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], _end(entity)))
        else:
            spans.append((entity["offset"], _end(entity)))
    return spans


def _split(kind: str, start: int, end: int, cuts: list[int], codes: list[Json]) -> list[Json]:
    """One style cut at the edges of the other entities, without what lies in code."""
    edges = [start, *(cut for cut in cuts if start < cut < end), end]
    pieces: list[Json] = []
    for left, right in itertools.pairwise(edges):
        if not any(code["offset"] <= left and right <= _end(code) for code in codes):
            pieces.append({"type": kind, "offset": left, "length": right - left})
    return pieces


def _uncrossed(styles: list[Json]) -> list[Json]:
    """Styles that cross each other, cut where the later one begins."""
    todo = sorted(styles, key=_order, reverse=True)
    done: list[Json] = []
    while todo:
        entity = todo.pop()
        crossed = next(
            (
                other["offset"]
                for other in reversed(todo)
                if entity["offset"] < other["offset"] < _end(entity) < _end(other)
            ),
            None,
        )
        if crossed is not None:
            rest = _end(entity) - crossed
            todo.append({**entity, "offset": crossed, "length": rest})
            todo.sort(key=_order, reverse=True)
            entity = {**entity, "length": crossed - entity["offset"]}
        done.append(entity)
    return done


def _cleaned(text: str, entities: list[Json]) -> Formatted:
    """Control characters become spaces; carriage returns and direction marks vanish."""
    text = _CONTROL.sub(" ", text)
    if _DROPPED.search(text) is None:
        return text, entities
    dropped: list[int] = []
    offset = 0
    for character in text:
        if _DROPPED.match(character):
            dropped.append(offset)
        offset += 2 if character > "\uffff" else 1

    def moved(place: int) -> int:
        return place - sum(1 for gone in dropped if gone < place)

    kept: list[Json] = []
    for entity in entities:
        start, end = moved(entity["offset"]), moved(_end(entity))
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return _DROPPED.sub("", text), kept


def _trimmed(text: str, entities: list[Json]) -> Formatted:
    """Spaces go at the end, and at the beginning as far as no entity begins there."""
    text = text.rstrip(" \n")
    if not entities:
        return text.lstrip(" \n"), entities
    total = utf16_length(text)
    entities = [
        {**entity, "length": min(entity["length"], total - entity["offset"])}
        for entity in entities
        if entity["offset"] < total
    ]
    first = min((entity["offset"] for entity in entities), default=total)
    blank = min(first, len(text) - len(text.lstrip(" \n")))
    if blank:
        entities = [{**entity, "offset": entity["offset"] - blank} for entity in entities]
    return text[blank:], entities


def _limited(entities: list[Json]) -> list[Json]:
    """At most 100: links, quotes and code before styles; custom emoji do not count."""
    size = sum(12 + len(str(entity.get("url", "")).encode()) for entity in entities)
    if size > MAX_ENTITIES_BYTES:
        raise bad_request("ENTITIES_TOO_LONG")
    if len(entities) <= MAX_ENTITIES:
        return entities
    kept = [entity for entity in entities if entity["type"] == "custom_emoji"]
    counted = [entity for entity in entities if entity["type"] != "custom_emoji"]
    counted.sort(key=lambda entity: entity["type"] in _SPLITTABLE)
    return sorted([*kept, *counted[:MAX_ENTITIES]], key=_order)


def _with_detected(text: str, entities: list[Json]) -> list[Json]:
    """Addresses, commands and hashtags are added where no link, code or mention stands."""
    found = detect(text)
    if not found:
        return entities
    solid = [entity for entity in entities if entity["type"] not in (*_SPLITTABLE, *_QUOTES)]
    quotes = [entity for entity in entities if entity["type"] in _QUOTES]
    added = [
        entity
        for entity in found
        if not any(entity["offset"] < _end(o) and o["offset"] < _end(entity) for o in solid)
        and not any(_crosses(entity, quote) for quote in quotes)
    ]
    return sorted([*entities, *added], key=_order) if added else entities
