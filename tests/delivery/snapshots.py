"""What alerts look like in each style, kept as files: the exact text, entities and buttons.

``python -m tests.delivery.snapshots`` writes the files anew; look at their difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot import locales
from bot.delivery.bundles import render_bundle
from bot.delivery.pieces import AlertContext
from bot.delivery.render import render_alert
from bot.model import Entry, Form, Media
from bot.outgoing import Outgoing
from tests.delivery.entries import NOON, entry

FOLDER = Path(__file__).parent / "golden"
STYLES = ("full", "compact", "plain")

CONTEXT = AlertContext("Harbour Gazette", (("🌊", "Weather"), ("🚋", "Power & water")))
PHOTO = Media("photo", "https://i.example/lighthouse.jpg", "The lighthouse at dusk")
TIDE = (
    "The tide is rising faster than forecast. The harbour master has closed the inner basin. "
    "Ferries wait outside until the evening, and the quay is closed to cars."
)
PARAGRAPHS = [
    f"Paragraph {n}: the water stands at the steps of the old customs house. "
    "Volunteers carry sandbags from the market square, and the bridge is open to walkers only. "
    "The council meets again in the evening."
    for n in range(1, 10)
]
MARKED_UP = (
    '<p>The pilots write <a href="https://pilots.example/7">in a post</a>:</p>'
    "<blockquote><p>All ships are in. <strong>Thank you, tugs!</strong></p>"
    '<p>— Harbour pilots, <a href="https://pilots.example/7">14 January</a></p></blockquote>'
    "<p>The gauge answers in code:</p><pre>level = 4.12\n  trend = UP</pre>"
    "<ul><li>Pier 1 is <em>closed</em></li><li>Set <code>mode=storm</code> on pier 2</li></ul>"
    "<p>The station of Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch is shut.</p>"
)
ARABIC = (
    "قال المتحدث إن الميناء أغلق مساء اليوم.",
    "Harbour Control أعلنت أن العبارات تعود غدا. رقم الطوارئ 112 يعمل.",
)


def long_text(count: int) -> str:
    """Markup of so many paragraphs."""
    return "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[:count])


ALERTS: dict[str, tuple[Entry, AlertContext, str]] = {
    "entry": (entry(1, TIDE, title="Inner basin closed"), CONTEXT, "en"),
    "key-event": (entry(2, TIDE, title="Inner basin closed", key_event=True), CONTEXT, "en"),
    "revised": (
        entry(3, TIDE, title="", revision=2, revised_at=NOON + timedelta(minutes=40)),
        CONTEXT,
        "en",
    ),
    "withdrawn": (
        entry(
            4,
            TIDE,
            title="Ferry aground",
            withdrawn=True,
            revision=2,
            revised_at=NOON + timedelta(days=1),
            media=(PHOTO,),
        ),
        CONTEXT,
        "en",
    ),
    "photo": (entry(5, TIDE, title="", media=(PHOTO,)), CONTEXT, "en"),
    "album": (
        entry(6, TIDE, media=(PHOTO, replace(PHOTO, url="https://i.example/b.jpg"))),
        CONTEXT,
        "en",
    ),
    "long": (entry(7, html=long_text(7), title="A night of water"), CONTEXT, "en"),
    "long-without-link": (entry(8, html=long_text(7), title="", url=""), CONTEXT, "en"),
    "marked-up": (entry(9, html=MARKED_UP, title=""), CONTEXT, "en"),
    "right-to-left": (
        entry(
            10,
            "\n\n".join(ARABIC),
            title="إغلاق ميناء Port Alder حتى الغد",
            key_event=True,
            revision=2,
            revised_at=NOON + timedelta(minutes=40),
        ),
        AlertContext("Harbour Gazette", (("🌊", "الطقس"), ("🚋", "النقل"))),
        "ar",
    ),
    "right-to-left-source": (
        entry(11, ARABIC[0], title="", key_event=True),
        AlertContext("جريدة الميناء 24", CONTEXT.topics),
        "en",
    ),
}

SEVERAL = (
    entry(20, TIDE, title="Inner basin closed", key_event=True),
    entry(21, "The night ferry sails at nine.", title="", media=(PHOTO,)),
    entry(22, html=long_text(5), title="A night of water"),
    entry(23, TIDE, title="Ferry aground", withdrawn=True),
)
BUNDLES: dict[str, tuple[Form, AlertContext, str]] = {
    "merged": (Form.MERGED, CONTEXT, "en"),
    "digest": (Form.DIGEST, CONTEXT, "en"),
    "digest-right-to-left": (Form.DIGEST, CONTEXT, "ar"),
}


def _alert(name: str, style: str) -> Sequence[Outgoing]:
    item, context, language = ALERTS[name]
    return render_alert(item, context, language=language, style=style, menu=True)


def _bundle(name: str, style: str) -> Sequence[Outgoing]:
    form, context, language = BUNDLES[name]
    contexts = {one.id: context for one in SEVERAL}
    bundled = render_bundle(SEVERAL, contexts, form, language=language, style=style, menu=True)
    assert bundled.count == len(SEVERAL)
    return [bundled.out]


CASES: dict[str, Callable[[str, str], Sequence[Outgoing]]] = {
    **dict.fromkeys(ALERTS, _alert),
    **dict.fromkeys(BUNDLES, _bundle),
}


@contextmanager
def untranslated() -> Iterator[None]:
    """The bot's own words in English, whatever the language: a translation changes no design."""
    known = locales.DIRECTORY
    locales.DIRECTORY = FOLDER  # holds no catalogue
    locales._catalogue.cache_clear()  # or else what was read before stays
    try:
        yield
    finally:
        locales.DIRECTORY = known
        locales._catalogue.cache_clear()


def snapshot(name: str) -> str:
    """A case in each style, as it is kept."""
    blocks = []
    for style in STYLES:
        with untranslated():
            parts = CASES[name](name, style)
        for number, out in enumerate(parts, 1):
            of = f", message {number} of {len(parts)}" if len(parts) > 1 else ""
            blocks.append(f"=== {style}{of}\n{_written(out)}")
    return "\n".join(blocks)


def _written(out: Outgoing) -> str:
    """A message; invisible marks are spelt."""
    text = out.text
    for mark, spelt in {
        "\u2068": "<FSI>",
        "\u2069": "<PDI>",
        "\u200f": "<RLM>",
        "\u200e": "<LRM>",
    }.items():
        text = text.replace(mark, spelt)
    lines = [text, "--- entities"]
    raw = out.text.encode("utf-16-le")
    for one in out.entities:
        words = raw[2 * one.offset : 2 * (one.offset + one.length)].decode("utf-16-le")
        said = words if len(words) <= 40 else f"{words[:20]}…{words[-18:]}"
        more = one.url or (one.date_time_format and f"{one.unix_time} {one.date_time_format}") or ""
        lines.append(f"{one.type} {one.offset}+{one.length} {said!r} {more}".rstrip())
    for name, value in {
        "photo": out.photo_url,
        "more photos": " ".join(out.more_photos),
        "small preview" if out.small_preview else "preview": out.preview_url,
        "link button": out.button and f"{out.button.text} {out.button.url}",
        "menu button": out.menu and f"{out.menu.text} {out.menu.data}",
    }.items():
        if value:
            lines.append(f"--- {name}: {value}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write every case."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.txt"):
        path.unlink()
    for name in CASES:
        (FOLDER / f"{name}.txt").write_text(snapshot(name), encoding="utf-8")


if __name__ == "__main__":
    main()
