"""Clock times and zones as newsrooms of many languages write them."""

import pytest

from bot.sources.clock import leading_clock, trailing_clock
from bot.sources.digits import western
from bot.sources.zones import LOCAL, stated_zone, zone_of, zone_of_country

NEW_YORK, LONDON, BERLIN = "America/New_York", "Europe/London", "Europe/Berlin"
PARIS, MADRID, ROME, LISBON = "Europe/Paris", "Europe/Madrid", "Europe/Rome", "Europe/Lisbon"
WARSAW, MOSCOW, KYIV, ISTANBUL = "Europe/Warsaw", "Europe/Moscow", "Europe/Kyiv", "Europe/Istanbul"


@pytest.mark.parametrize(
    ("written", "minute", "zone"),
    [
        # English
        ("2:05PM ET", 845, NEW_YORK), ("2:05 p.m. EDT:", 845, NEW_YORK), ("1405 hrs:", 845, None),
        ("2:05 p.m. Eastern time:", 845, NEW_YORK), ("2:05 pm London time", 845, LONDON),
        ("2:05 p.m. local time:", 845, None), ("2:05pm GMT+1", 845, "Etc/GMT-1"),
        ("14:05 UTC+02:00", 845, "Etc/GMT-2"), ("10.05 AM IST:", 605, "Asia/Kolkata"),
        ("14:05 GMT+5:30", 845, "Asia/Kolkata"), ("12 noon:", 720, None),
        ("Noon ET:", 720, NEW_YORK),
        ("Midnight –", 0, None), ("14:05:33", 845, None), ("14:05h", 845, None),
        ("LIVE 14:05", 845, None), ("NEW 14:05", 845, None), ("🔴 14:05", 845, None),
        ("14:05 /", 845, None), ("【14:05】", 845, None), ("14：05", 845, None),
        # German
        ("14.05 Uhr:", 845, None), ("14:05 Uhr |", 845, None), ("[14.05 Uhr]", 845, None),
        ("Stand: 14:05 Uhr", 845, None), ("um 14.05 Uhr:", 845, None), ("14 Uhr:", 840, None),
        ("14.05 Uhr (MEZ):", 845, BERLIN), ("14:05 Uhr MESZ", 845, BERLIN),
        ("14:05 Uhr deutscher Zeit:", 845, BERLIN), ("14:05 Uhr Ortszeit:", 845, None),
        ("+++ 14:05 Uhr:", 845, None), ("14:05\u202fUhr", 845, None),
        # French
        ("14h05", 845, None), ("14 h 05", 845, None), ("14H05 :", 845, None), ("14h05.", 845, None),
        ("14h :", 840, None), ("(14h05)", 845, None), ("14h05 GMT", 845, "UTC"),
        ("14h05 (heure de Paris) :", 845, PARIS), ("14h05 heure de Paris", 845, PARIS),
        ("14:05 heure locale", 845, None), ("Mis à jour à 14h05 :", 845, None),
        # Spanish
        ("14:05 h.", 845, None), ("14.05 h", 845, None), ("14:05 hs.", 845, None),
        ("14:05 horas.", 845, None), ("2:05 p. m.", 845, None), ("14:05h |", 845, None),
        ("14:05 (hora de España)", 845, MADRID), ("14:05 hora peninsular", 845, MADRID),
        # Italian
        ("ore 14.05", 845, None), ("Ore 14:05 –", 845, None), ("h 14.05", 845, None),
        ("14.05 (ora italiana)", 845, ROME), ("14:05 ora italiana -", 845, ROME),
        # Portuguese
        ("14h05 -", 845, None), ("14h05min -", 845, None), ("14:05 (hora de Lisboa)", 845, LISBON),
        ("14h05 horário de Brasília", 845, "America/Sao_Paulo"),
        # Polish
        ("godz. 14.05", 845, None), ("Godz. 14:05 –", 845, None), ("g. 14.05", 845, None),
        ("Godzina 14:05", 845, None), ("14:05 czasu polskiego", 845, WARSAW),
        # Russian
        ("14:05 мск", 845, MOSCOW), ("14:05 (мск)", 845, MOSCOW), ("14:05 МСК.", 845, MOSCOW),
        ("14:05 по Москве", 845, MOSCOW), ("14:05 по московскому времени", 845, MOSCOW),
        ("14:05 по Киеву", 845, KYIV),
        # Ukrainian
        ("14:05 за Києвом", 845, KYIV), ("14:05 за київським часом", 845, KYIV),
        # Turkish
        ("Saat 14.05", 845, None), ("saat 14:05:", 845, None), ("14:05 TSİ", 845, ISTANBUL),
        ("14:05 (TSİ)", 845, ISTANBUL), ("14:05 GMT+3", 845, "Etc/GMT-3"),
        # Arabic, Persian
        ("الساعة 14:05", 845, None), ("١٤:٠٥", 845, None), ("۱۴:۰۵", 845, None),
        ("2:05 م", 845, None), ("٢:٠٥ م", 845, None), ("9:05 ص", 545, None),
        ("02:05 مساءً", 845, None), ("9:05 صباحا:", 545, None), ("12:05 ظهرا", 725, None),
        ("14:05 بتوقيت غرينتش", 845, "UTC"), ("14:05 (بتوقيت غرينتش)", 845, "UTC"),
        ("14:05 (ت.غ)", 845, "UTC"), ("14:05 بتوقيت القاهرة", 845, "Africa/Cairo"),
        ("14:05 بتوقيت مكة المكرمة", 845, "Asia/Riyadh"), ("\u200f14:05\u200f", 845, None),
    ],
)  # fmt: skip
def test_spelling(written: str, minute: int, zone: str | None) -> None:
    """The time, its zone where one is named, and the text behind; alone it is read as well."""
    for text in ("The tug is here", "Буксир здесь", "القاطرة هنا"):
        line = f"{written} {text}"
        lead = leading_clock(line)
        assert lead is not None
        assert (lead.clock.minute, lead.clock.zone, line[lead.end :]) == (minute, zone, text)
    alone = leading_clock(written)
    assert alone is not None
    assert (alone.clock.minute, alone.end) == (minute, len(written))


@pytest.mark.parametrize(
    "text",
    [
        "At 14:05 the tug left the quay.",
        "Um 14.05 Uhr lief der Schlepper aus.",
        "À 14h05, le remorqueur a quitté le port.",
        "A las 14:05 el remolcador salió.",
        "Alle 14.05 il rimorchiatore parte.",
        "O godz. 14:05 holownik wypłynął.",
        "В 14:05 буксир вышел из порта.",
        "14:05'te römorkör limandan ayrıldı.",
        "14.05 ile 15.10 arasında",
    ],
)
def test_a_time_in_a_sentence(text: str) -> None:
    """A time behind a preposition, or with a suffix, is part of its sentence."""
    assert leading_clock(text) is None


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("Holownik wypłynął – godz. 14.05", 845),
        ("Il rimorchiatore parte | ore 14.05", 845),
        ("Römorkör ayrıldı (14.05)", 845),
        ("القاطرة تغادر - ١٤:٠٥", 845),
    ],
)
def test_after_a_headline(text: str, minute: int) -> None:
    """Headlines of other languages may end in their time, too."""
    lead = trailing_clock(text)
    assert lead is not None
    assert lead.clock.minute == minute


@pytest.mark.parametrize(
    ("line", "zone"),
    [
        ("All times are Kyiv time", KYIV),
        ("All times are in Eastern Time (US)", NEW_YORK),
        ("All times CET", BERLIN),
        ("Alle Zeiten in deutscher Zeit", BERLIN),
        ("Alle Uhrzeiten: Moskauer Zeit", MOSCOW),
        ("Toutes les heures sont données en heure de Paris", PARIS),
        ("Todas las horas son peninsulares", MADRID),
        ("Todas las horas en hora peninsular española", MADRID),
        ("Tutti gli orari sono in ora italiana", ROME),
        ("Todos os horários são de Brasília", "America/Sao_Paulo"),
        ("Wszystkie godziny podano według czasu polskiego", WARSAW),
        ("Все время в хронике указано московское", MOSCOW),
        ("Время указано по Москве", MOSCOW),
        ("Время московское", MOSCOW),
        ("Усі години вказані за київським часом", KYIV),
        ("Tüm saatler TSİ", ISTANBUL),
        ("Tüm saatler Türkiye saatiyle", ISTANBUL),
        ("جميع الأوقات بتوقيت غرينتش", "UTC"),
        ("كل الأوقات بتوقيت مكة المكرمة", "Asia/Riyadh"),
        ("Alle Zeiten Ortszeit", LOCAL),
        ("Toutes les heures sont en heure locale", LOCAL),
        ("Time zone: GMT+3", "Etc/GMT-3"),
        ("All times are GMT+5:30", "Asia/Kolkata"),
        ("The tug left Paris in time", None),
        ("He spent all his time in Berlin", None),
    ],
)
def test_a_line_that_names_the_zone(line: str, zone: str | None) -> None:
    """What pages write above their entries, in the languages they are written in."""
    assert stated_zone(line) == zone


@pytest.mark.parametrize(
    ("name", "country", "zone"),
    [
        ("IST", "ie", "Europe/Dublin"), ("IST", "in", "Asia/Kolkata"),
        ("IST", "com", "Asia/Kolkata"),
        ("IST", "il", "Asia/Jerusalem"), ("BST", "uk", LONDON), ("BST", "bd", "Asia/Dhaka"),
        ("EST", "au", "Australia/Sydney"), ("EST", "com", NEW_YORK), ("МСК", "ru", MOSCOW),
        ("UTC+3:30", "", "Asia/Tehran"), ("UTC+14", "", "Etc/GMT-14"), ("UTC+15", "", None),
    ],
)  # fmt: skip
def test_names_with_several_meanings(name: str, country: str, zone: str | None) -> None:
    """A name means what it means in the country of the page."""
    assert zone_of(name, country=country) == zone


def test_country_of_several_clocks() -> None:
    """A page of a large country is taken to write its capital's clock; "com" says nothing."""
    assert zone_of_country("ru") == MOSCOW
    assert zone_of_country("com") is None


def test_digits_keep_their_places() -> None:
    """Digits of other scripts are exchanged one for one, so that positions stay what they were."""
    text = "\u200f١٤:٠٥ و ۱۴ و １４"
    assert western(text) == " 14:05 و 14 و 14"
    assert len(western(text)) == len(text)
