"""``make bench``: every figure of the goals, as ratios within one run, as a table and as JSON."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot import event_loop
from bot.observe import configure_logging
from tests.bench.figures import Options, Row

# In this order; each module has `rows`.
GROUPS = (
    "reading",
    "alerts",
    "peers",
    "store",
    "planning",
    "pacing",
    "broadcast",
    "relay",
    "trouble",
    "watching",
)
_PEERS = Path(".bench/bin/python")  # made by `make bench`


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the groups; 0 unless one of them could not be run to its end."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append", choices=GROUPS, default=[])
    parser.add_argument("--json", metavar="FILE", type=Path, help='"-" for standard output')
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="the table, for the docs")
    parser.add_argument("--full", action="store_true", help="the sizes of the goals: longer")
    given = parser.parse_args(arguments)
    configure_logging("error", False, [])
    console = Console(width=None if sys.stdout.isatty() else 160, stderr=given.json == Path("-"))
    rows: dict[str, list[Row]] = {}
    crashed = []
    for group in given.only or GROUPS:
        started = time.perf_counter()
        console.print(f"[dim]{group} …[/dim]", end=" ")
        try:
            rows[group] = _run(group, full=given.full)
        except Exception:  # noqa: BLE001  # the other groups are wanted all the same
            crashed.append(group)
            console.print(f"[red]crashed[/red]\n{traceback.format_exc()}", markup=False)
        console.print(f"[dim]{time.perf_counter() - started:.0f} s[/dim]")
        # After each group, so that what was measured is kept where a later one is cut off.
        report = json.dumps(_report(rows, crashed, full=given.full), indent=1, ensure_ascii=False)
        if given.json not in (None, Path("-")):
            given.json.write_text(f"{report}\n", encoding="utf-8")
        if given.markdown is not None:
            given.markdown.write_text(_markdown(rows), encoding="utf-8")
    console.print(_table(rows))
    if given.json == Path("-"):
        sys.stdout.write(f"{report}\n")
    return 1 if crashed else 0


def _run(group: str, *, full: bool) -> list[Row]:
    name = f"tests.bench.{group}"
    if find_spec(name) is None:
        return []
    with tempfile.TemporaryDirectory(prefix="liverelay-bench-") as folder:
        peers = _PEERS.absolute() if _PEERS.exists() else None
        options = Options(full, Path(folder), peers)
        found: list[Row] = event_loop.run(importlib.import_module(name).rows(options))
    return found


def _table(rows: dict[str, list[Row]]) -> Table:
    table = Table("what", "reference", "measured", "ratio", "goal", "met", box=None)
    for column in (3, 4):
        table.columns[column].no_wrap = True
    table.columns[3].justify = "right"
    for group in rows.values():
        for row in group:
            met = {"": "", "yes": "[green]yes[/green]", "NO": "[red]NO[/red]"}
            *cells, last = _cells(row)
            table.add_row(*cells, met[last])
        table.add_section()
    return table


def _markdown(rows: dict[str, list[Row]]) -> str:
    lines = ["| what | reference | measured | ratio | goal | met |", "|---|---|---|--:|---|---|"]
    lines += [f"| {' | '.join(_cells(row))} |" for group in rows.values() for row in group]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else _short(row.ratio)
    met = {None: "", True: "yes", False: "NO"}[row.met]
    return row.what.strip(), row.reference, row.measured, ratio, row.goal, met


def _short(ratio: float) -> str:
    """As people write it: 1.37, 12, 1/240."""
    if 0 < ratio < 0.01:
        return f"1/{1 / ratio:,.0f}"
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"


def _report(rows: dict[str, list[Row]], crashed: list[str], *, full: bool) -> dict[str, object]:
    return {
        "machine": platform.platform(),
        "python": platform.python_version(),
        "full": full,
        "crashed": crashed,
        "groups": {group: [asdict(row) for row in found] for group, found in rows.items()},
    }


if __name__ == "__main__":
    sys.exit(main())
