"""Names of months and weekdays as newsrooms write them, in eleven languages.

Own tables instead of a date parser: a parser guesses, and a wrong guess moves a whole live blog
by months. Names are compared case-folded and without a closing full stop. Languages: English,
German, French, Spanish, Italian, Portuguese, Polish, Russian, Ukrainian (the Slavic ones also in
the genitive, as dates have it), Turkish, Arabic (both traditions).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_MONTHS = (
    # One row a month; the languages stand in the order named above.
    "january januar jänner janvier enero gennaio janeiro styczeń stycznia январь января січень"
    " січня ocak يناير كانون_الثاني",
    "february februar feber février febrero febbraio fevereiro luty lutego февраль февраля лютий"
    " лютого şubat فبراير شباط",
    "march märz mars marzo março marzec marca март марта березень березня mart مارس آذار",
    "april avril abril aprile kwiecień kwietnia апрель апреля квітень квітня nisan أبريل"
    " إبريل نيسان",
    "may mai mayo maggio maio maj maja май мая травень травня mayıs مايو أيار",
    "june juni juin junio giugno junho czerwiec czerwca июнь июня червень червня haziran"
    " يونيو حزيران",
    "july juli juillet julio luglio julho lipiec lipca июль июля липень липня temmuz يوليو تموز",
    "august août aout agosto sierpień sierpnia август августа серпень серпня ağustos أغسطس آب",
    "september septembre septiembre setiembre settembre setembro wrzesień września сентябрь"
    " сентября вересень вересня eylül سبتمبر أيلول",
    "october oktober octobre octubre ottobre outubro październik października октябрь октября"
    " жовтень жовтня ekim أكتوبر تشرين_الأول",
    "november novembre noviembre novembro listopad listopada ноябрь ноября листопад листопада"
    " kasım نوفمبر تشرين_الثاني",
    "december dezember décembre diciembre dicembre dezembro grudzień grudnia декабрь декабря"
    " грудень грудня aralık ديسمبر كانون_الأول",
)

_SHORT_MONTHS = (
    "jan jän janv ene gen sty янв січ oca",
    "feb fév févr fev febbr lut фев лют şub",
    "mar mär mrz мар бер",
    "apr avr abr kwi апр квіт nis",
    "mag трав",
    "jun giu cze июн черв haz",
    "jul juil lug lip июл лип tem",
    "aug aoû ago sie авг серп ağu",
    "sep sept set wrz сен вер eyl",
    "oct okt ott out paź окт жовт eki",
    "nov lis ноя лист kas",
    "dec dez déc dic gru дек груд ara",
)

_WEEKDAYS = (
    "monday montag lundi lunes lunedì segunda segunda-feira poniedziałek понедельник понеділок"
    " pazartesi الاثنين الإثنين mon",
    "tuesday dienstag mardi martes martedì terça terça-feira wtorek вторник вівторок salı"
    " الثلاثاء tue tues",
    "wednesday mittwoch mercredi miércoles mercoledì quarta quarta-feira środa среда середа"
    " çarşamba الأربعاء wed",
    "thursday donnerstag jeudi jueves giovedì quinta quinta-feira czwartek четверг четвер"
    " perşembe الخميس thu thur thurs",
    "friday freitag vendredi viernes venerdì sexta sexta-feira piątek пятница п'ятниця п’ятниця"
    " cuma الجمعة fri",
    "saturday samstag sonnabend samedi sábado sabato sobota суббота субота cumartesi السبت sat",
    "sunday sonntag dimanche domingo domenica niedziela воскресенье неділя pazar الأحد sun",
)


_SHORT_WEEKDAYS = (
    # Most are words or months as well: they count beside a date or a time only.
    "mo lun seg pon пн pzt",
    "di mar ter wt вт sal",
    "mi mer mié mie qua śr ср çar",
    "do jeu jue gio qui czw чт per",
    "fr ven vie sex pt пт cum",
    "sa sam sáb sab sob сб cmt",
    "so dim dom nd niedz вс нд paz",
)


def _table(rows: tuple[str, ...], first: int) -> Mapping[str, int]:
    return MappingProxyType(
        {
            name.replace("_", " "): number
            for number, row in enumerate(rows, first)
            for name in row.split()
        }
    )


MONTHS: Mapping[str, int] = MappingProxyType(
    {**_table(_SHORT_MONTHS, 1), **_table(_MONTHS, 1)},
)
"""Case-folded name or abbreviation -> 1 (January) to 12."""

WEEKDAYS: Mapping[str, int] = _table(_WEEKDAYS, 0)
"""Case-folded name -> 0 (Monday) to 6, as `datetime.date.weekday` counts."""


SHORT_WEEKDAYS: Mapping[str, int] = _table(_SHORT_WEEKDAYS, 0)
"""Case-folded abbreviation of two or three letters -> 0 (Monday) to 6."""


def month(name: str) -> int | None:
    """The number of a month, 1 to 12, or None if the word is no month's name."""
    return _find(MONTHS, name)


def weekday(name: str, *, abbreviated: bool = False) -> int | None:
    """The number of a weekday, 0 (Monday) to 6, or None if the word is no weekday's name.

    Args:
        name: one word.
        abbreviated: take "Di", "mer." and "пт" for weekdays as well, as they are beside a date.
    """
    found = _find(WEEKDAYS, name)
    return _find(SHORT_WEEKDAYS, name) if found is None and abbreviated else found


def _find(names: Mapping[str, int], name: str) -> int | None:
    """Look a name up; a Turkish capital I may be a dotless one."""
    bare = name.rstrip(".")
    found = names.get(bare.casefold())
    if found is None and ("I" in bare or "İ" in bare):
        found = names.get(bare.replace("I", "ı").replace("İ", "i").casefold())
    return found
