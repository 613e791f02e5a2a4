"""Relative times: "5 minutes ago", "vor einer Stunde", "il y a 2 h", "5 минут назад", "قبل ساعة".

They say something only against the moment of fetching, and less with every hour: an age of two
hours may be one of almost three. So they give a time to show, and never an identity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sources.digits import western

LONGEST = 60
"""Characters of a line that says only how old something is."""

_UNITS = (
    (1, "s|secs?|seconds?|sek|sekunden?|secondes?|segundos?|segs?|second[oi]|sekund[ęay]?"
        "|секунд[уаи]?|сек|saniye|sn|ثانية|ثانيتين|ثوان|ثواني|sekunder|seconden"),
    (60, "m|mins?|minutes?|minuten?|minutos?|minut[oi]|minut[ęay]?|минут[уаы]?|мин"
         "|хвилин[уаи]?|хв|dakika|dk|دقيقة|دقيقتين|دقائق|minuter|minutter|minuut"),
    (3600, "h|hrs?|hours?|std|stunden?|heures?|horas?|or[ae]|godzin[ęay]?|godz|час(?:а|ов)?|ч"
           "|годин[уаи]?|год|saat|sa|ساعة|ساعتين|ساعات|uur|uren|timm(?:e|ar)|timer?"),
    (86_400, "d|days?|tage?n?|jours?|d[ií]as?|giorn[oi]|dni|dzień|дн(?:я|ей|і|ів)|день|gün"
             "|يوم|يومين|أيام|dagen|dagar|dager"),
    (604_800, "w|weeks?|wochen?|semaines?|semanas?|settiman[ae]|tydzień|tygodni[ea]?|недел[юиь]"
              "|тиж(?:день|ні|нів)|hafta|أسبوع|أسبوعين|أسابيع"),
    (2_592_000, "months?|monat(?:en?)?|mois|mes(?:es)?|mês|mesi|mese|miesiąc[ea]?|miesięcy"
                "|месяц(?:а|ев)?|місяц[іь]в?|місяць|ay|شهر|شهرين|أشهر|شهور"),
    (31_536_000, "years?|yrs?|jahre?n?|ans?|années?|años?|anos?|anni|anno|rok|lata?|год[ау]?|лет"
                 "|рок[иу]|років|рік|yıl|سنة|سنتين|سنوات|عام"),
)  # fmt: skip
_UNIT = "|".join(words for _, words in _UNITS)
_SECONDS = tuple((re.compile(words), seconds) for seconds, words in _UNITS)
_TWO = re.compile(r".*تين|يومين|شهرين")  # the Arabic dual
_ONE = r"an?|one|eine[rmn]?|une?|una|uno|uma?|um|jedną|jedna|одну|один|bir"
_HALF = r"half an?|einer halben|une demi-?|media|mezz['’]|meia|pół|пол|пів|yarım|نصف"
_FEW = (
    r"a few|some|wenigen|einigen|quelques|unos|unas|pochi|poche|alguns|algumas|poucos|kilka"
    r"|несколько|кілька|birkaç|بضع"
)
_SIZE = {"few": 3.0, "half": 0.5}
_PART = re.compile(
    rf"(?:(?P<number>\d{{1,3}})\s?|(?P<half>{_HALF})\s?|(?:(?P<few>{_FEW})|{_ONE})\s|un['’])?"
    rf"(?P<unit>{_UNIT})(?![^\W\d_])\.?(?:\sواحدة)?"
)
_JOINT = re.compile(r"\s?(?:,|and|und|et|y|e|i|и|й|та|ve|و)?\s?")
_BEFORE = re.compile(r"(?:vor|il y a|hace|há|منذ|قبل)\s+")
_AFTER = re.compile(r"\s?(?:ago|fa|atrás|temu|назад|тому(?: назад)?|önce|geleden|sedan|siden)")
_ABOUT = re.compile(
    r"(?:about|around|over|almost|nearly|less than|etwa|rund|ca\.?|weniger als|environ|moins d['’]"
    r"|unos(?=\s\d)|alrededor de|menos de|circa|meno di|cerca de|około|ok\.|около|менее|близько"
    r"|yaklaşık|حوالي|نحو|أقل من)\s?"
)
_NOW = re.compile(
    r"(?:just now|now|right now|(?:a )?moments? ago|(?:gerade |so)?eben|jetzt|gerade|à l['’]instant"
    r"|maintenant|ahora(?: mismo)?|hace (?:instantes|un (?:momento|instante))|agora(?: mesmo)?"
    r"|há (?:instantes|pouco|um momento)|adesso|poco fa|pochi istanti fa|teraz|przed chwilą"
    r"|только что|сейчас|щойно|зараз|az önce|şimdi|الآن|(?:منذ|قبل) (?:لحظات|قليل)|nu|zojuist)"
)
_EDGES = " .,:;|·•–—-()[]"
_DOTTED_I = "i\u0307"  # what a Turkish capital becomes
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Age:
    """How old something is.

    Attributes:
        seconds: at least.
        unit: in which it is told, seconds: it may be that much older.
    """

    seconds: int
    unit: int

    @property
    def tells_time(self) -> bool:
        """Whether it says more than a day."""
        return self.unit <= HOUR

    def before(self, fetched_at: datetime) -> datetime:
        """The latest moment it can mean, to the minute.

        Args:
            fetched_at: when the page was complete, UTC.
        """
        at = fetched_at - timedelta(seconds=self.seconds)
        return at.replace(second=0, microsecond=0)


def read_age(text: str, *, bare: bool = False) -> Age | None:
    """The age that a short line tells, or None if it tells anything else.

    Args:
        text: white space collapsed.
        bare: take "5m" and "2 h" for ages, too, which may be lengths or times elsewhere.
    """
    if len(text) > LONGEST:
        return None
    words = western(text).casefold().replace(_DOTTED_I, "i").strip(_EDGES)
    if _NOW.fullmatch(words):
        return Age(0, 60)
    before = _BEFORE.match(words)
    at = before.end() if before else 0
    if about := _ABOUT.match(words, at):
        at = about.end()
    seconds, unit, parts = 0.0, 0, 0
    while (part := _PART.match(words, at)) and parts < 3:
        counted = part["number"] or before or parts or part.start("unit") > at
        if not counted and _AFTER.fullmatch(words, part.end()) is None:
            return None  # Slavic languages leave a one out, but not alone: "минуту назад"
        unit = next(size for words_, size in _SECONDS if words_.fullmatch(part["unit"]))
        seconds += _count(part) * unit
        parts += 1
        joint = _JOINT.match(words, part.end())
        following = joint.end() if joint else part.end()
        at = following if _PART.match(words, following) else part.end()
    if not parts:
        return None
    after = _AFTER.fullmatch(words, at)
    if (after is None and words[at:]) or not (before or after or bare):
        return None
    return Age(round(seconds), unit)


def _count(part: re.Match[str]) -> float:
    if part["number"]:
        return int(part["number"])
    if part["half"]:
        return 0.5
    if part["few"]:
        return 3
    return 2 if _TWO.fullmatch(part["unit"]) else 1
