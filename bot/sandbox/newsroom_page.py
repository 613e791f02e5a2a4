"""The live blog as a page and as a feed, written like the clock-time blogs of big newsrooms.

A page is one article: headline, date, summary, "All updates in Coordinated Universal Time (UTC)",
then the entries, newest first, each "HH:MM text" with its further paragraphs, picture and
"Read more" line; and round it what stands on such pages without being an entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from bot.sandbox.scenes import HEIGHT, WIDTH
from bot.sandbox.script import Picture, Script, ScriptEntry

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

_STYLE = """
:root { color-scheme: light dark; --ink: #16202c; --dim: #5b6876; --line: #d8dee5;
  --paper: #fff; --accent: #0a5c8f; --alert: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --dim: #9aa7b4; --line: #2f3a46;
  --paper: #12181f; --accent: #6fb7e6; --alert: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 17px/1.55 Georgia, "Times New Roman", serif; }
header, footer, aside, nav { font-family: system-ui, sans-serif; font-size: 15px; }
header { border-bottom: 3px solid var(--accent); padding: .8rem 1rem; }
header a { color: inherit; font-weight: 700; text-decoration: none; margin-right: 1.4rem; }
header nav { display: inline; }
header nav a { font-weight: 400; color: var(--dim); margin-right: .9rem; }
main, footer, aside { max-width: 42rem; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 1.6rem 0 .3rem; }
a { color: var(--accent); }
.date, .zone, figcaption, footer { color: var(--dim); }
.standfirst { font-size: 1.15rem; font-weight: 700; }
.zone { font-style: italic; }
.stamp { border-top: 1px solid var(--line); padding-top: 1rem; margin-top: 1.4rem; }
.stamp > strong:first-child { color: var(--accent); font-family: system-ui, sans-serif; }
.key-event { border-top: 3px solid var(--alert); }
.key-event::before { content: "KEY EVENT"; display: block; color: var(--alert);
  font: 700 .75rem/2 system-ui, sans-serif; letter-spacing: .08em; }
figure { margin: 1rem 0; }
figure img { width: 100%; height: auto; display: block; }
figcaption { font-size: .85rem; padding-top: .3rem; }
blockquote { border-left: 4px solid var(--line); margin: 1rem 0; padding-left: 1rem; }
aside { margin-top: 2.5rem; border-top: 3px solid var(--line); }
footer { padding-bottom: 3rem; font-size: .85rem; }
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry on the page.

    Attributes:
        number: of the entry, stable over its wordings.
        published_at: UTC, a whole minute.
        entry: in the wording shown.
    """

    number: int
    published_at: datetime
    entry: ScriptEntry


def page(script: Script, shown: Sequence[Shown], *, changed_at: datetime, ended: bool) -> str:
    """The page as HTML.

    Args:
        script: what stands round the entries.
        shown: the entries, oldest first.
        changed_at: when the page last changed, UTC.
        ended: whether coverage is over.
    """
    title = escape(script.title_ended if ended else script.title)
    first, last = (shown[0], shown[-1]) if shown else (None, None)
    day = last.published_at if last else changed_at
    begun = first.published_at if first else changed_at
    lead = [f'<p class="standfirst">{escape(script.standfirst)}</p>'] if script.standfirst else []
    if script.lead_picture:
        lead.append(_figure(script.lead_picture))
    if script.summary:
        items = "".join(f"<li>{escape(point)}</li>" for point in script.summary)
        lead.append(f"<ul>{items}</ul>")
    if script.lead_read_more:
        lead.append(_read_more(script.lead_read_more))
    entries = "\n".join(block for item in reversed(shown) for block in _entry(item))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – {escape(script.site)}</title>
<meta property="og:title" content="{title}">
<meta property="article:published_time" content="{_iso(begun)}">
<meta property="article:modified_time" content="{_iso(changed_at)}">
<style>{_STYLE}</style>
</head>
<body>
<header><a href="/">{escape(script.site)}</a>
<nav><a href="/">News</a> <a href="/">Weather</a> <a href="/">Harbour</a></nav>
</header>
<main>
<article>
<h1>{title}</h1>
<p class="date">{MONTHS[day.month - 1]} {day.day}, {day.year}</p>
{chr(10).join(lead)}
<p class="zone">All updates in Coordinated Universal Time (UTC)</p>
{entries}
<p class="credits">{escape(script.credits)}</p>
</article>
</main>
<aside class="teaser">
<h2>More from the {escape(script.site)}</h2>
<ul>
<li><a href="/background/a-walk-along-the-sea-wall">A walk along the sea wall</a></li>
<li><a href="/background/the-keepers-of-candle-rock">The keepers of Candle Rock</a></li>
</ul>
</aside>
<footer>
<p>Each evening at 1830 UTC, our editors send out a selection of the day's news. \
Sign up to receive it here.</p>
<p>{escape(script.site)} is an invented newspaper in an invented place. \
<a href="/feed.xml">Feed</a></p>
</footer>
</body>
</html>
"""


def feed(script: Script, shown: Sequence[Shown], *, url: str, changed_at: datetime) -> str:
    """The same as RSS 2.0 (https://www.rssboard.org/rss-specification), newest first.

    Args:
        script: names the channel.
        shown: the entries, oldest first.
        url: the page's address.
        changed_at: when it last changed, UTC.
    """
    items = "\n".join(
        f'<item><guid isPermaLink="false">entry-{item.number}</guid>'
        f"<title>{escape(_headline(item.entry.plain))}</title>"
        f"<link>{escape(url)}</link>"
        f"<pubDate>{format_datetime(item.published_at, usegmt=True)}</pubDate>"
        f"<description>{escape(''.join(_body(item.entry.text)))}</description></item>"
        for item in reversed(shown)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel>
<title>{escape(script.title)}</title>
<link>{escape(url)}</link>
<description>{escape(script.standfirst)}</description>
<language>en</language>
<lastBuildDate>{format_datetime(changed_at, usegmt=True)}</lastBuildDate>
{items}
</channel></rss>
"""


def background(script: Script, slug: str) -> str:
    """What a "Read more" link leads to."""
    title = slug.replace("-", " ").capitalize()
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>
<body><header><a href="/">{escape(script.site)}</a></header>
<main><h1>{escape(title)}</h1>
<p>Of this invented newspaper only the live blog is written out.</p>
<p><a href="/">Back to the live blog</a></p></main></body></html>
"""


def slug(words: str) -> str:
    """Words as the end of an address."""
    return "-".join(re.findall(r"[a-z0-9]+", words.lower()))


def _entry(item: Shown) -> Iterable[str]:
    stamp = f"<strong>{item.published_at:%H:%M}</strong>"
    blocks = _body(item.entry.text)
    css = "stamp key-event" if item.entry.key else "stamp"
    yield blocks[0].replace("<p>", f'<p class="{css}">{stamp} ', 1)
    yield from blocks[1:]
    if item.entry.picture:
        yield _figure(item.entry.picture)
    if item.entry.read_more:
        yield _read_more(item.entry.read_more)


def _body(text: str) -> list[str]:
    """The paragraphs, lists and quotations of an entry; the first is always a paragraph."""
    blocks: list[str] = []
    for part in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in part.strip().splitlines()]
        if lines[0].startswith("- "):
            items = "".join(f"<li>{escape(line[2:], quote=False)}</li>" for line in lines)
            blocks.append(f"<ul>{items}</ul>")
        elif lines[0].startswith("> "):
            said = " ".join(line.removeprefix("> ") for line in lines)
            blocks.append(f"<blockquote><p>{escape(said, quote=False)}</p></blockquote>")
        else:
            blocks.append(f"<p>{escape(' '.join(lines), quote=False)}</p>")
    return blocks if blocks[0].startswith("<p>") else ["<p></p>", *blocks]


def _figure(picture: Picture) -> str:
    caption = escape(picture.caption, quote=False)
    return (
        f'<figure><img src="/media/{escape(picture.scene)}.png" width="{WIDTH}" height="{HEIGHT}"'
        f' alt="{escape(picture.caption)}"><figcaption>{caption}'
        f' <small class="copyright">Image: {escape(picture.credit)}</small></figcaption></figure>'
    )


def _read_more(words: str) -> str:
    target = f"/background/{slug(words)}"
    return f'<p><strong>Read more:</strong> <a href="{target}">{escape(words, quote=False)}</a></p>'


def _headline(text: str) -> str:
    """The first sentence, for a feed reader's list."""
    first = text.split("\n", 1)[0]
    sentence = re.match(r".{20,160}?[.!?](?=\s|$)", first)
    return sentence[0] if sentence else first[:160]


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")
