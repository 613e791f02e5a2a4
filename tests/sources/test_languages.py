"""Live blogs of invented storms in eleven languages, in the designs of newsrooms."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.sources import read
from bot.sources.base import Hints
from tests.support.pages import page

STORMS = {
    # language: headline, day, times as written, in UTC, headlines, texts
    "en": (
        "Storm hits Norwick: live updates", "Tuesday, March 5, 2024",
        ("2:05 p.m. ET", "1:40 p.m. ET", "11:55 a.m. ET"), ("19:05", "18:40", "16:55"),
        ("Bridge closed", "Ferry stays in port", "School shut"),
        (
            "The bridge is closed to lorries.",
            "The ferry stays in port until six.",
            "All schools are shut tomorrow.",
        ),
    ),
    "de": (
        "Sturm in Norwick: Liveticker", "Dienstag, 5. März 2024",
        ("14.05 Uhr", "13.40 Uhr", "11.55 Uhr"), ("13:05", "12:40", "10:55"),
        ("Brücke gesperrt", "Fähre bleibt im Hafen", "Schulen zu"),
        (
            "Die Brücke ist gesperrt.",
            "Die Fähre bleibt bis sechs im Hafen.",
            "Alle Schulen bleiben zu.",
        ),
    ),
    "fr": (
        "EN DIRECT. Tempête à Norwick", "Mardi 5 mars 2024",
        ("14h05", "13h40", "11h55"), ("13:05", "12:40", "10:55"),
        ("Pont fermé", "Le bac reste à quai", "Écoles fermées"),
        (
            "Le pont est fermé.",
            "Le bac reste à quai jusqu’à six heures.",
            "Les écoles sont fermées.",
        ),
    ),
    "es": (
        "Temporal en Norwick, minuto a minuto", "Martes, 5 de marzo de 2024",
        ("14:05 h.", "13:40 h.", "11:55 h."), ("14:05", "13:40", "11:55"),
        ("Puente cerrado", "El ferry no sale", "Escuelas cerradas"),
        (
            "El puente está cerrado.",
            "El ferry no sale hasta las seis.",
            "Las escuelas cierran mañana.",
        ),
    ),
    "it": (
        "Tempesta a Norwick: la diretta", "Martedì 5 marzo 2024",
        ("ore 14.05", "ore 13.40", "ore 11.55"), ("13:05", "12:40", "10:55"),
        ("Ponte chiuso", "Traghetto fermo", "Scuole chiuse"),
        (
            "Il ponte è chiuso.",
            "Il traghetto resta in porto.",
            "Le scuole sono chiuse.",
        ),
    ),
    "pt": (
        "Tempestade em Norwick: ao minuto", "Terça-feira, 5 de março de 2024",
        ("14h05", "13h40", "11h55"), ("14:05", "13:40", "11:55"),
        ("Ponte fechada", "Ferry fica no porto", "Escolas fechadas"),
        (
            "A ponte está fechada.",
            "O ferry fica no porto.",
            "As escolas fecham amanhã.",
        ),
    ),
    "pl": (
        "Burza w Norwick. Relacja na żywo", "wtorek, 5 marca 2024",
        ("godz. 14.05", "godz. 13.40", "godz. 11.55"), ("13:05", "12:40", "10:55"),
        ("Most zamknięty", "Prom stoi w porcie", "Szkoły zamknięte"),
        (
            "Most jest zamknięty.",
            "Prom stoi w porcie do szóstej.",
            "Szkoły są jutro zamknięte.",
        ),
    ),
    "ru": (
        "Шторм в Норвике: онлайн-трансляция", "вторник, 5 марта 2024",
        ("14:05 мск", "13:40 мск", "11:55 мск"), ("11:05", "10:40", "08:55"),
        ("Мост закрыт", "Паром стоит в порту", "Школы закрыты"),
        (
            "Мост закрыт для грузовиков.",
            "Паром стоит в порту до шести.",
            "Школы завтра закрыты.",
        ),
    ),
    "uk": (
        "Шторм у Норвіку: текстова трансляція", "вівторок, 5 березня 2024",
        ("14:05", "13:40", "11:55"), ("12:05", "11:40", "09:55"),
        ("Міст закрито", "Пором стоїть у порту", "Школи закрито"),
        (
            "Міст закрито для вантажівок.",
            "Пором стоїть у порту.",
            "Школи завтра закриті.",
        ),
    ),
    "tr": (
        "Norwick’te fırtına: canlı anlatım", "5 Mart 2024 Salı",
        ("14.05", "13.40", "11.55"), ("11:05", "10:40", "08:55"),
        ("Köprü kapandı", "Feribot limanda", "Okullar tatil"),
        (
            "Köprü kamyonlara kapandı.",
            "Feribot altıya kadar limanda.",
            "Okullar yarın tatil.",
        ),
    ),
    "ar": (
        "مباشر: عاصفة في نورويك", "الثلاثاء ٥ مارس ٢٠٢٤",
        ("١٤:٠٥ بتوقيت غرينتش", "١٣:٤٠ بتوقيت غرينتش", "١١:٥٥ بتوقيت غرينتش"),
        ("14:05", "13:40", "11:55"),
        ("إغلاق الجسر", "العبارة في الميناء", "إغلاق المدارس"),
        (
            "أغلق الجسر أمام الشاحنات.",
            "تبقى العبارة في الميناء حتى السادسة.",
            "ستغلق المدارس غدا.",
        ),
    ),
}  # fmt: skip

DESIGNS = {
    "bold time": "<p><strong>{when}</strong> {text}</p>",
    "bold headline": "<p><b>{when} – {head}</b><br>{text}</p>",
    "heading": "<h3>{when}: {head}</h3><p>{text}</p>",
    "named classes": '<div class="entry"><span class="entry__time">{when}</span>'
    '<h3 class="entry__title">{head}</h3><div class="entry__text"><p>{text}</p></div></div>',
    "hashed classes": '<li class="sc-a1"><div class="sc-b2"><span class="sc-c3">{when}</span></div>'
    "<div><h3>{head}</h3><p>{text}</p></div></li>",
    "time above": "<article><header><time>{when}</time></header><h2>{head}</h2><p>{text}</p>"
    "</article>",
    "time below the headline": "<article><h2>{head}</h2><time>{when}</time><p>{text}</p></article>",
}


@pytest.mark.parametrize("day", ["<p>{}</p>", "<h2>{}</h2>"])
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("language", STORMS)
def test_storm(language: str, design: str, day: str) -> None:
    """Title, text and instant of each entry, whatever the language and the markup."""
    headline, date, whens, instants, heads, texts = STORMS[language]
    rows = "".join(
        DESIGNS[design].format(when=when, head=head, text=text)
        for when, head, text in zip(whens, heads, texts, strict=True)
    )
    body = (
        f'<!doctype html><html lang="{language}"><head><title>{headline}</title></head><body><main>'
        f"<h1>{headline}</h1>{day.format(date)}<div>{rows}</div></main></body></html>"
    )
    later = datetime(2024, 3, 6, 9, tzinfo=UTC)
    found = read(page(body, "https://news.example/a/1", fetched_at=later), Hints())
    assert found.title == headline
    assert [one.published_at and f"{one.published_at:%d %H:%M}" for one in found.entries] == [
        f"05 {instant}" for instant in instants
    ]
    assert [one.text for one in found.entries] == list(texts)
    if design != "bold time":
        assert [one.title for one in found.entries] == list(heads)


LINE = "The watch has written line {} of its log."
TEXT = "<p><b>{when}</b> {line}</p>"
BLOCK = '<article class="post"><span class="time">{when}</span><h3>Line</h3><p>{line}</p></article>'


def _rows(write: str, *whens: str) -> str:
    return "".join(write.format(when=w, line=LINE.format(n)) for n, w in enumerate(whens, 1))


DAYS = [
    # what stands above and between, and what each entry means in UTC; Berlin's clock
    ("<p>6. März 2024</p>{a}", ("01:10", "00:20", "23:40"), (), "0600 0523 0522"),
    ("<p>5. März 2024</p>{a}", ("22:55", "23:40", "00:20"), (), "0521 0522 0523"),
    ("<h2>Mittwoch, 6. März</h2>{a}<h2>Dienstag, 5. März</h2>{b}",
     ("08:10", "07:20"), ("22:10",), "0607 0606 0521"),
    ("{a}<h2>Mittwoch, 6. März</h2>{b}<h2>Dienstag, 5. März</h2>",
     ("08:10", "07:20"), ("22:10", "09:20"), "0607 0606 0521 0508"),
    ("<h2>Heute</h2>{a}<h2>Gestern</h2>{b}", ("08:10", "07:20"), ("22:10",), "0607 0606 0521"),
    ("{a}", ("08:10", "07:20", "Gestern, 22:10"), (), "0607 0606 0521"),
    ("{a}", ("6.3., 08:10", "6.3., 07:20", "5.3., 22:10"), (), "0607 0606 0521"),
    ("{a}", ("Mi 08:10", "Mi 07:20", "Di 22:10"), (), "0607 0606 0521"),
    ("{a}", ("08:10", "07:20", "23:10"), (), "0607 0606 0522"),
]  # fmt: skip


@pytest.mark.parametrize("write", [TEXT, BLOCK], ids=["text", "block"])
@pytest.mark.parametrize(("around", "first", "second", "expected"), DAYS)
def test_days(
    around: str, first: tuple[str, ...], second: tuple[str, ...], expected: str, write: str
) -> None:
    """Midnights in both orders, and days named above, below, within, or by "yesterday"."""
    inner = around.format(a=_rows(write, *first), b=_rows(write, *second))
    body = f'<html lang="de"><body><main><h1>Sturm: Liveticker</h1>{inner}</main></body></html>'
    later = datetime(2024, 3, 6, 9, tzinfo=UTC)
    found = read(page(body, "https://news.example.de/a/1", fetched_at=later), Hints())
    got = [f"{one.published_at:%d%H}" for one in found.entries if one.published_at]
    assert " ".join(got) == expected


@pytest.mark.parametrize("write", [TEXT, BLOCK], ids=["text", "block"])
@pytest.mark.parametrize(
    ("date", "whens", "expected"),
    [
        ("31. März 2024", ("03:10", "02:30", "01:50"), "01:10 01:30 00:50"),
        ("27. Oktober 2024", ("03:05", "02:10", "02:50", "02:20", "01:50"),
         "02:05 01:10 00:50 00:20 23:50"),
        ("27. Oktober 2024", ("01:50", "02:20", "02:50", "02:10", "03:05"),
         "23:50 00:20 00:50 01:10 02:05"),
    ],
)  # fmt: skip
def test_odd_nights(date: str, whens: tuple[str, ...], expected: str, write: str) -> None:
    """The hour that the clocks skip, and the one they show twice, in both orders."""
    body = (
        '<html lang="de"><body><main><h1>Sturm: Liveticker</h1>'
        f"<p>{date}</p>{_rows(write, *whens)}</main></body></html>"
    )
    later = datetime(2024, 11, 1, 9, tzinfo=UTC)
    found = read(page(body, "https://news.example.de/a/1", fetched_at=later), Hints())
    assert " ".join(f"{one.published_at:%H:%M}" for one in found.entries if one.published_at) == (
        expected
    )
