"""``make corpus``: a table of the corpus of real pages, found against expected."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.corpus.report import Score, scores

DEFAULT = Path(__file__).parents[3] / "shared" / "corpus"


DOCUMENT = Path(__file__).parents[2] / "docs" / "corpus.md"
COLUMNS = ("page", "format", "found", "expected", "recall", "precision", "bodies")


def main() -> int:
    """Print the table; exit status 1 when recall or precision over all is below 0.99.

    With ``--write`` the table in docs/corpus.md becomes this one.
    """
    corpus = Path(os.environ.get("LIVERELAY_CORPUS") or DEFAULT)
    console = Console(width=120)
    if not corpus.is_dir():
        console.print("The corpus of real pages is not here; LIVERELAY_CORPUS names its folder.")
        return 0
    table = Table(*COLUMNS, box=None)
    found = scores(corpus)
    for score in found:
        table.add_row(*row(score))
    console.print(table)
    matched = sum(score.matched for score in found)
    recall = matched / sum(score.expected for score in found)
    precision = matched / max(1, sum(score.found for score in found))
    console.print(f"recall {recall:.3f}, precision {precision:.3f}")
    if "--write" in sys.argv[1:]:
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(text[: text.index("| page |")] + markdown(found), encoding="utf-8")
        console.print(f"{DOCUMENT.name} is written.")
    return int(min(recall, precision) < 0.99)


def row(score: Score) -> tuple[str, ...]:
    """One line of the table, in the order of `COLUMNS`."""
    return (
        score.page,
        score.adapter,
        str(score.found),
        str(score.expected),
        f"{score.recall:.2f}",
        f"{score.precision:.2f}",
        "–" if score.bodies is None else f"{score.bodies:.0%}",
    )


def markdown(found: Sequence[Score]) -> str:
    """The table as docs/corpus.md has it."""
    lines = [COLUMNS, ("---",) * len(COLUMNS), *map(row, found)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
