"""How plainly a page calls itself a live blog: in its headline, its address and its markup.

A cue is 0 without any sign, 1 for a faint one ("live" in the headline), 2 for a plain one. Words
that mean broadcasting as often as a live blog ("онлайн", "canlı") are faint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_PLAIN = re.compile(
    # Before a colon, or alone after a dash, in whatever language
    r"^\W*(?:live|direct|directo|diretta|direto|na żywo|наживо|онлайн|canlı|مباشر)\s?[:|–—.-]\s"
    r"|\s[–—|-]\s?(?:live|direct|ticker)\W*$"
    # English
    r"|\blive[\s-]?(?:blog|ticker|updates?|coverage|text|reports?)\b|\bliveblog|\bnewsblog"
    r"|\bas (?:it|they) happen(?:ed|s)\b|\b(?:minute|ball|play)[\s-]by[\s-](?:minute|ball|play)\b"
    r"|\brolling (?:coverage|updates|news|blog)|\b(?:latest|all|our|more|real-?time) updates\b"
    r"|\ball the latest\b|\bevents as they happened\b|\bfollow (?:it )?live\b|\bup-to-the-minute\b"
    # German, Dutch, the North
    r"|\bliveticker|\b(?:live|news|nachrichten|eil)-?ticker\b|\b(?:im|zum) (?:news|live)-?(?:ticker"
    r"|blog)\b|\bim ticker\b|\bticker\s?:|\bminutenprotokoll|\+\+\+|\bminuut (?:tot|voor|na) minuut"
    r"|\bminut (?:för|for) minut\b|\bdirektrapport|\bhetki hetkeltä\b"
    # French
    r"|\ben direct\b|\bdirect\s?[:.–—]|\bminute (?:par|après) minute\b|\ble (?:fil|live)\b"
    r"|\bfil (?:info|d['’]actu)|\bau fil de la|\ben continu\b|\ben temps réel\b"
    # Spanish, Portuguese, Italian
    r"|\ben (?:vivo|directo)\b|\bdirecto\s?:|\bminuto a minuto\b|\bal minuto\b|\bao (?:vivo|minuto)"
    r"|\bem (?:direto|tempo real|atualização)\b|\bdireto\s?:|\bminuto por minuto\b|\bin diretta\b"
    r"|\b(?:la )?diretta\s?(?:[:.–—]|live\b|news\b|testuale\b)|\bla diretta\b"
    r"|\bminuto per minuto\b|\bin tempo reale\b|\ben tiempo real\b"
    # Polish, Russian, Ukrainian
    r"|\bna żywo\b|\brelacj[aęi]\b|\bminuta po minucie\b|\bминута за минутой\b|\bхроника\b"
    r"|\bхроніка\b|\bхвилина за хвилиною\b|\b(?:онлайн|текстовая)[\s-]трансляци|\bнаживо\b"
    r"|\b(?:онлайн|текстова)[\s-]трансляці|\bпрям(?:ой эфир|ая трансляция|а трансляція|ий ефір)"
    # Turkish, Arabic
    r"|\bcanlı (?:anlatım|blog|takip|yayın)|\bdakika dakika\b|\banlık gelişmeler\b"
    r"|تغطية (?:مباشرة|حية|مستمرة|خاصة)|لحظة بلحظة|أولا بأول|مباشر\s?[:|]|البث الحي",
    re.IGNORECASE | re.MULTILINE,
)
_FAINT = re.compile(
    r"\blive\b|\bupdates?\b|\bticker\b|protokoll\b|\bnewsfeed\b|\blatest\b|\brecap\b|\bovernight\b"
    r"|\bdirect\b|\bdiretta\b|\bdirecto\b|\bdireto\b|\baggiornamenti\b|\bactualizaciones\b"
    r"|\bultim'ora\b|\bültima hora\b|\búltima hora\b|\baktuell\b|\bнаживо\b|\bонлайн\b"
    r"|\bпрямо сейчас\b|\bcanlı\b|\bson dakika\b|\bna bieżąco\b|مباشر|عاجل",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"/(?:live|direct|ticker|liveblogs?|lives)/"  # a part of its own
    r"|(?:^|[/_-])(?:live-?blog|live-?ticker|newsblog|live-?updates?|live-?news"
    r"|live-?coverage|le-fil(?:-info|-actu)?|as-it-happened|en-direct|en-vivo|en-directo|ao-vivo|ao-minuto"
    r"|minuto-a-minuto|in-diretta|minute-by-minute|na-zywo|canli-anlatim|im-ticker|im-liveticker"
    r"|text-?translyaciya|online-?translyaciya|as-it-happens)(?:$|[/_.-])"
    r"|(?:^|[/_-])news-?ticker(?:$|[_.-])"  # as a part of its own it is a section of short news
    r"|/(?:live|direct|diretta|directo|ticker)-[^/]{8,}$"  # a headline that begins so …
    r"|[^/]{8}-(?:live|ticker|liveblog)(?:[-_.,/]\w{0,12})?(?:\.\w{2,5})?/?$",  # … or ends so
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"live-?_?(?:blog|ticker|update|entry|entries|post|story|stream-?item|feed-?item|card)"
    r"|(?:^|[\s_-])(?:ticker|newsblog|minute-?by-?minute)[\s_-]{0,2}(?:entry|entries|item|post)?"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_PLAN = re.compile(
    r"\b(?:tv|television|radio|broadcast|viewing)[\s-](?:guide|listings?|schedules?|times?|today"
    r"|programmes?)\b|\b(?:schedule|fixtures?|timetable|line-?up|showtimes|running order|agenda"
    r"|now playing|play-?list|track-?list|on air|chapters?|transcript|episode|podcast|time-?codes?"
    r"|what['’]s on|programme of|opening hours|itinerary|order of (?:service|play)|live scores?)\b"
    r"|\b(?:fernseh|tv-?|kino|radio|veranstaltungs)programm|\bspielplan\b|\bfahrplan\b"
    r"|\bsendeplan\b|\bablauf(?:plan)?\b|\bprogramme (?:tv|télé)|\bhoraires\b|\bgrille des"
    r"|\bprogramación\b|\bguía (?:de )?tv|\bhorarios?\b|\bpalinsesto\b|\bguida tv\b|\borari\b"
    r"|\bprograma(?:ção)? (?:de |da )?(?:tv|televisi[óo]n|televisão)|\bprogram (?:tv|telewizyjny)"
    r"|\brozkład\b|\bharmonogram\b|\bтелепрограмм|\bпрограмма (?:передач|тв)|\bрасписание\b"
    r"|\bрозклад\b|\bтелепрограма\b|\byayın akışı\b|\btv rehberi\b|\bsaatleri\b|جدول|مواعيد|مواقيت",
    re.IGNORECASE,
)


def in_words(text: str) -> int:
    """How plainly a headline, or a line below it, speaks of a live blog: 0 to 2."""
    text = text[:600]
    return 2 if _PLAIN.search(text) else 1 if _FAINT.search(text) else 0


def in_address(url: str) -> bool:
    """Whether a page's address says that it is a live blog."""
    try:
        path = urlsplit(url).path[:500]
    except ValueError:
        return False
    return _ADDRESS.search(path) is not None


def in_classes(words: Iterable[str]) -> bool:
    """Whether class names around entries say that they are a live blog's.

    Args:
        words: the ``class`` attributes of an entry's elements and of what holds all entries.
    """
    return any(_MARKUP.search(names[:500]) for names in words if names)


def is_plan(headline: str) -> bool:
    """Whether a headline announces a programme, a timetable, a playlist or a recording."""
    return len(headline) <= 300 and _PLAN.search(headline) is not None
