"""``make corpus``: a table of the corpus of real pages, found against expected."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.corpus.report import scores

DEFAULT = Path(__file__).parents[3] / "shared" / "corpus"


def main() -> int:
    """Print the table; exit status 1 when recall or precision over all is below 0.99."""
    corpus = Path(os.environ.get("LIVERELAY_CORPUS") or DEFAULT)
    console = Console(width=120)
    if not corpus.is_dir():
        console.print("The corpus of real pages is not here; LIVERELAY_CORPUS names its folder.")
        return 0
    table = Table("page", "adapter", "found", "expected", "recall", "precision", "bodies", box=None)
    found = scores(corpus)
    for score in found:
        table.add_row(
            score.page,
            score.adapter,
            str(score.found),
            str(score.expected),
            f"{score.recall:.2f}",
            f"{score.precision:.2f}",
            "–" if score.bodies is None else f"{score.bodies:.0%}",
        )
    console.print(table)
    matched = sum(score.matched for score in found)
    recall = matched / sum(score.expected for score in found)
    precision = matched / max(1, sum(score.found for score in found))
    console.print(f"recall {recall:.3f}, precision {precision:.3f}")
    return int(min(recall, precision) < 0.99)


if __name__ == "__main__":
    sys.exit(main())
