"""Whether blocks that repeat on a page with a time each are a live blog, and why not.

Teasers, comments, forum threads, programmes and archives all look like one from afar.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bot.model import SourceEntry
from bot.sources.base import Recognition
from bot.sources.domentry import DomEntry, leads_away
from bot.sources.domgroups import Group
from bot.wording import Wording, listed

NEEDED = 3
"""Entries; two are enough on a page that calls itself a live blog, one with a vendor's mark."""

_AHEAD = timedelta(minutes=30)
_APART = timedelta(hours=20)  # in the middle between neighbours: an archive
_SHORT = 400  # characters of a teaser's summary
_READS = 60  # characters of a report
_PART = 0.25  # of a text that a line of it makes up which is its headline
_EDGES = " •–—-|>»›→…."
_COMMENTS = frozenset({
    "comment", "comments", "commentlist", "commentthread", "reply", "replies", "discussion",
    "discussions", "forum", "forums", "thread", "threads", "disqus", "respond", "review",
    "reviews", "guestbook", "kommentar", "kommentare", "commentaire", "commentaires", "comentario",
    "comentarios", "commenti", "komentarze", "phpbb", "vbulletin",
})  # fmt: skip
_PROGRAMME = frozenset({
    "schedule", "schedules", "programme", "programmes", "program", "epg", "guide", "listings",
    "agenda", "timetable", "fixture", "fixtures", "calendar", "kalender", "sendung", "sendungen",
    "fernsehprogramm", "tvguide", "departures", "arrivals", "showtimes", "session", "sessions",
})  # fmt: skip
_LIVE = frozenset({
    "live", "liveblog", "liveblogs", "ticker", "liveticker", "livestream", "newsblog", "entry",
    "entries", "update", "updates", "timeline", "stream", "minute", "post", "posts", "event",
    "events", "blog", "feed", "direct", "directo", "diretta", "vivo",
})  # fmt: skip
_CERTAIN = frozenset({"liveblog", "liveblogs", "liveticker", "newsblog"})
_SAYS_LIVE = _CERTAIN | {"live", "ticker", "directo", "diretta", "vivo"}
_ANSWER = re.compile(
    r">\s*(?:reply|quote|report|report (?:comment|abuse|post)|antworten|zitieren|melden|répondre"
    r"|citer|signaler|responder|citar|rispondi|cita|segnala|odpowiedz|cytuj|ответить|цитировать"
    r"|відповісти|yanıtla|رد)\s*(?:\(\d{1,4}\)\s*)?<",
    re.IGNORECASE,
)
_PROFILE = re.compile(
    r"""href=["']?((?:[^"'\s>]{0,200}/)?(?:u|users?|members?|profiles?|profil)/[^"'\s>/?]{1,80})""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is weighed.

    Attributes:
        group: the elements.
        read: what each says.
        entries: the same as entries, with their instants and ids.
        cue: how plainly the page calls itself a live blog, 0 to 2.
        page_url: the page's own address.
        fetched_at: UTC.
        dated: the times are instants in the markup, not worked out from clock times.
    """

    group: Group
    read: Sequence[DomEntry]
    entries: Sequence[SourceEntry]
    cue: int
    page_url: str
    fetched_at: datetime
    dated: bool


def judge(evidence: Evidence) -> Recognition:
    """Weigh one group of a page; a refusal's reason is a sentence's part for a person."""
    count = len(evidence.entries)
    vendor = bool(evidence.group.vendor)
    needed = 1 if vendor else 2 if evidence.cue == 2 else NEEDED
    if count < needed:
        reason = Wording.counted(
            "only {n} block with a time, too few for a live blog",
            "only {n} blocks with a time, too few for a live blog",
            count,
        )
        return Recognition(0.1, reason)
    words = evidence.group.surroundings()
    refusal = _links(evidence) or (None if vendor else _other(evidence, words))
    if refusal:
        return Recognition(0.2, refusal)
    named = sum(entry.id is not None for entry in evidence.entries)
    if vendor:
        reason = Wording.counted("{n} known live-blog entry", "{n} known live-blog entries", count)
    else:
        reason = Wording.counted(
            "{n} block with a time", "{n} blocks that repeat with a time each", count
        )
    if named and count > 1:
        with_id = Wording.counted("{n} of them with an id", "{n} of them with an id", named)
        reason = listed(reason, with_id)
    if vendor:
        return Recognition(0.88 if evidence.dated else 0.86, reason)
    score = 0.35 + 0.1 * evidence.cue + 0.05 * min(count, 10) / 10
    score += 0.1 * bool(words & _LIVE) + 0.1 * (2 * named > count)
    score += 0.1 * (_median([_length(entry) for entry in evidence.entries]) >= _READS)
    score += 0.05 * (_disorder(evidence.entries) == 0)
    score += 0.1 * (evidence.dated and evidence.cue > 0)
    # Where each block has an id of its own, its shape is surer than a clock time in its text.
    most = 0.87 if evidence.dated else 0.78 if 10 * named >= 8 * count else 0.62
    if score < 0.5:
        reason = listed(reason, Wording("but nothing else speaks for a live blog"))
    return Recognition(round(min(score, most), 3), reason)


def _links(evidence: Evidence) -> str:
    """A reason to take the blocks for teasers, "" without."""
    count = len(evidence.entries)
    live = bool(evidence.group.vendor) or evidence.cue == 2
    away = sum(_is_teaser(one, evidence.page_url, live=live) for one in evidence.read)
    share = 0.8 if live else 0.5
    if count > 1 and away >= share * count:
        return Wording(
            "{away} of {all} blocks with a time lead to other pages: a list of links",
            away=away,
            all=count,
        )
    return ""


def _is_teaser(one: DomEntry, page_url: str, *, live: bool) -> bool:
    """Whether a block only leads to a page that tells more.

    Args:
        one: the block.
        page_url: of its own page.
        live: the page calls itself a live blog; then a long text under a linked title is a report.
    """
    text = one.body.text
    away = [link for link in one.body.links if leads_away(link.url, page_url)]
    if (
        one.leads_to
        and not one.leads_to_itself
        and leads_away(one.leads_to, page_url)
        and not (live and len(text) > _SHORT)
    ):
        return True
    if len(text) > _SHORT or not away:
        return False
    if sum(len(link.text) for link in away) >= 0.8 * len(text):
        return True
    lines = {line.strip(_EDGES): number for number, line in enumerate(text.splitlines())}
    for link in away:
        line = lines.get(link.text.strip(_EDGES))
        if line is None:
            continue
        first = line == 0 and not one.title  # the title, in whatever tag it stands
        if first or len(link.text) >= _PART * len(text):
            return True
        if text.endswith(link.text) and len(link.text.split()) <= 4:
            return True  # "Read more" in a line of its own
    return False


def _other(evidence: Evidence, words: frozenset[str]) -> str:
    """What else the blocks may be, "" if nothing."""
    count = len(evidence.entries)
    if answer := _talk(evidence, words):
        return answer
    instants = [entry.published_at for entry in evidence.entries if entry.published_at]
    if len(instants) * 2 < count:
        return Wording.counted(
            "{n} block that repeats, but with no time of day",
            "{n} blocks that repeat, but most of them with no time of day",
            count,
        )
    ahead = sum(moment > evidence.fetched_at + _AHEAD for moment in instants)
    if ahead > 1 and ahead * 4 >= count:
        return Wording(
            "{all} blocks with a time, but {ahead} lie in the future: a programme",
            all=count,
            ahead=ahead,
        )
    if evidence.cue < 2:
        if words & _PROGRAMME and not words & _CERTAIN:
            return Wording.counted(
                "{n} block with a time, marked up as a programme or a timetable",
                "{n} blocks with a time, marked up as a programme or a timetable",
                count,
            )
        if _is_timetable(evidence.entries, instants):
            return Wording.counted(
                "{n} short line at full five minutes: a programme or a timetable",
                "{n} short lines at full five minutes: a programme or a timetable",
                count,
            )
    steps = [abs(later - earlier) for earlier, later in pairwise(sorted(instants))]
    if steps and sorted(steps)[len(steps) // 2] > _APART:
        return Wording.counted(
            "{n} block with a time, but days lie between them: an archive",
            "{n} blocks with a time, but days lie between them: an archive",
            count,
        )
    if (count > 4 and len(set(instants)) * 4 < count) or (count > 2 and len(set(instants)) == 1):
        return Wording.counted(
            "{n} block that repeats, but nearly all carry the same time",
            "{n} blocks that repeat, but nearly all carry the same time",
            count,
        )
    if _disorder(evidence.entries) > 0.34 and count > 3:
        return Wording.counted(
            "{n} block with a time, but in no order",
            "{n} blocks with a time, but in no order",
            count,
        )
    if sum(len(f"{e.title} {e.text}".split()) >= 4 for e in evidence.entries) * 2 < count:
        return Wording.counted(
            "{n} block with a time, but hardly a word in it: a table",
            "{n} blocks with a time, but hardly a word in them: a table",
            count,
        )
    if evidence.cue == 0 and not words & _SAYS_LIVE and _rises(instants):
        return Wording.counted(
            "{n} block with a time, oldest first, and nothing says that it is written live: a "
            "chronicle or a discussion",
            "{n} blocks with a time, oldest first, and nothing says that it is written live: a "
            "chronicle or a discussion",
            count,
        )
    return ""


def _talk(evidence: Evidence, words: frozenset[str]) -> str:
    """Whether readers speak here and not a newsroom."""
    count = len(evidence.entries)
    marked = words & _COMMENTS and not words & _CERTAIN
    answers = sum(_ANSWER.search(markup) is not None for markup in evidence.group.markup)
    if marked or answers * 2 >= count:
        return Wording.counted(
            "{n} comment or post of a reader, with a time",
            "{n} comments or posts of readers, each with a time",
            count,
        )
    if evidence.cue < 2 and count > 3:
        people = [set(_PROFILE.findall(markup)) for markup in evidence.group.markup]
        named = {entry.author for entry in evidence.entries if entry.author}
        different = max(len(named), len(set().union(*people)))
        # A newsroom has few authors, a forum many.
        if sum(map(bool, people)) >= 0.7 * count and different >= 0.4 * count:
            return Wording(
                "{all} blocks with a time by {people} people: a discussion",
                all=count,
                people=different,
            )
    return ""


def _is_timetable(entries: Sequence[SourceEntry], instants: Sequence[datetime]) -> bool:
    rising = sum(later > earlier for earlier, later in pairwise(instants))
    full = all(moment.minute % 5 == 0 and moment.second == 0 for moment in instants)
    short = _median([_length(entry) for entry in entries]) < 2 * _READS
    return full and short and rising == len(instants) - 1 and len(instants) > 2


def _rises(instants: Sequence[datetime]) -> bool:
    """Whether the oldest entry stands on top."""
    steps = [later - earlier for earlier, later in pairwise(instants)]
    return sum(step > timedelta() for step in steps) > sum(step < timedelta() for step in steps)


def _disorder(entries: Sequence[SourceEntry]) -> float:
    """Share of steps that go against the page's order, pinned entries left out."""
    moments = [one.published_at for one in entries if one.published_at and not one.pinned]
    steps = [later - earlier for earlier, later in pairwise(moments)]
    if not steps:
        return 0.0
    falling = sum(step < -_AHEAD for step in steps)
    rising = sum(step > _AHEAD for step in steps)
    return min(falling, rising) / len(steps)


def _length(entry: SourceEntry) -> int:
    return len(entry.title) + len(entry.text)


def _median(numbers: Sequence[int]) -> int:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0
