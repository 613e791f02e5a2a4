"""The dashboard's pages as HTML. Pure: values in, text out; every value is escaped."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime

from bot.model import Source, SourceState
from bot.store.audit import Recorded
from bot.store.statistics import Statistics
from bot.store.vitals import Vitals

STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8889}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:1rem}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}
table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid var(--line);padding:.35rem .5rem;text-align:start;
vertical-align:top;overflow-wrap:anywhere}
th{color:var(--soft);font-weight:500}
.tiles{display:flex;flex-wrap:wrap;gap:.6rem}.tile{border:1px solid var(--line);border-radius:.6rem;
padding:.5rem .9rem;min-width:8rem}.tile b{display:block;font-size:1.3rem}
form{display:inline}button{font:inherit;padding:.15rem .6rem;border-radius:.4rem;border:1px solid
var(--line);background:none;cursor:pointer}.error{color:#c33}small{color:var(--soft)}
"""
_VERBS = {
    SourceState.ACTIVE: (("poll", "Poll"), ("pause", "Pause")),
    SourceState.PAUSED: (("resume", "Resume"),),
    SourceState.ENDED: (("resume", "Resume"),),
}


def entrance(key: str) -> str:
    """The page a link leads to: only a press opens the dashboard, no preview of the link does."""
    return _page(
        "LiveRelay",
        "<h1>LiveRelay</h1><p>This link works once, for five minutes.</p>"
        f'<form method="post" action="/dashboard/enter"><input type="hidden" name="key" '
        f'value="{_text(key)}"><button>Open the dashboard</button></form>',
    )


def refusal(text: str) -> str:
    """A page that says why nothing is shown."""
    return _page("LiveRelay", f"<h1>LiveRelay</h1><p>{_text(text)}</p>")


def dashboard(
    found: Vitals,
    numbers: Statistics,
    counts: dict[int, int],
    recorded: Sequence[Recorded],
    *,
    csrf: str,
    now: datetime,
) -> str:
    """The dashboard itself.

    Args:
        found: how the whole is doing.
        numbers: of the last day.
        counts: source -> entries within the last hour.
        recorded: what admins did last.
        csrf: goes with every form.
        now: UTC.
    """
    parts = [
        f"<h1>LiveRelay <small>{now:%Y-%m-%d %H:%M:%S} UTC</small></h1>",
        _tiles(found, numbers),
        "<h2>Sources</h2>",
        _sources(found.sources, counts, csrf, now),
        "<h2>Processes and errors</h2>",
        _processes(found, now),
        "<h2>What admins did</h2>",
        _table(
            ("when (UTC)", "who", "what", "to what"),
            [
                (
                    f"{each.at:%m-%d %H:%M}",
                    _text(str(each.user_id or "command line")),
                    _text(each.deed),
                    _text(each.target),
                )
                for each in recorded
            ],
        ),
        _form("/dashboard/leave", csrf, "Sign out"),
    ]
    return _page("LiveRelay", "\n".join(parts), refresh=True)


def _tiles(found: Vitals, numbers: Statistics) -> str:
    took = numbers.overall
    values = (
        ("waiting to be sent", f"{found.waiting:,}"),
        ("the oldest waits", f"{found.oldest:,.0f} s"),
        ("messages a second", f"{found.rate:.1f}"),
        ("entries, 24 h", f"{sum(numbers.entries):,}"),
        ("deliveries, 24 h", f"{sum(numbers.deliveries):,}"),
        ("half within", f"{took[0]:.1f} s" if took else "–"),
        ("95 of 100 within", f"{took[1]:.1f} s" if took else "–"),
        ("most overdue poll", f"{found.poll_lag:,.0f} s"),
        ("database", f"{found.database / 1e6:,.1f} MB"),
        ("disk free", "–" if found.disk_free is None else f"{found.disk_free / 1e9:,.1f} GB"),
    )
    tiles = "".join(f'<div class="tile"><b>{value}</b>{label}</div>' for label, value in values)
    return f'<div class="tiles">{tiles}</div>'


def _sources(listed: Sequence[Source], counts: dict[int, int], csrf: str, now: datetime) -> str:
    rows = []
    for each in listed:
        state = _text(str(each.state))
        if each.failures:
            state += f'<br><span class="error">{_text(each.last_error[:300])}</span>'
        polled = "never"
        if each.last_polled_at is not None:
            polled = f"{(now - each.last_polled_at).total_seconds():,.0f} s ago"
        buttons = " ".join(
            _form(f"/dashboard/sources/{each.id}/{verb}", csrf, label)
            for verb, label in _VERBS.get(each.state, ())
        )
        dot = "🔴" if each.failures else "🟢" if each.state is SourceState.ACTIVE else "⚪"
        rows.append(
            (f"{dot} {each.id}", _link(each.url, each.name), state, polled,
             f"{counts.get(each.id, 0):,}", buttons)
        )  # fmt: skip
    return _table(("", "name", "state", "looked at", "entries/h", ""), rows)


def _processes(found: Vitals, now: datetime) -> str:
    rows = [
        (
            _text(each.owner),
            _text(each.roles),
            _text(each.version),
            f"{(now - each.started_at).total_seconds() / 3600:,.1f} h",
            f"{each.errors:,}",
            _text(each.last_error),
        )
        for each in found.alive
    ]
    return _table(("process", "roles", "version", "up", "errors/h", "last error"), rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the cells are HTML already."""
    if not rows:
        return "<p>None.</p>"
    head = "".join(f"<th>{each}</th>" for each in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _form(action: str, csrf: str, label: str) -> str:
    return (
        f'<form method="post" action="{action}"><input type="hidden" name="csrf" '
        f'value="{_text(csrf)}"><button>{label}</button></form>'
    )


def _link(url: str, text: str) -> str:
    if not url.startswith(("http://", "https://")):
        return _text(text)
    return f'<a href="{_text(url)}" rel="noreferrer noopener">{_text(text)}</a>'


def _text(value: str) -> str:
    return html.escape(value, quote=True)


def _page(title: str, body: str, *, refresh: bool = False) -> str:
    again = '<meta http-equiv="refresh" content="15">' if refresh else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'{again}<title>{_text(title)}</title><link rel="stylesheet" href="/dashboard/style.css">'
        f"</head><body>{body}</body></html>"
    )
