"""``make catalogues``: brings the lists of texts to be translated up to date."""

from __future__ import annotations

import sys

from tests.locales.catalogues import TRANSLATED, problems, update


def main() -> int:
    """Print how many texts each language lacks, and what is wrong; exit status 1 if anything is."""
    wrong = 0
    for language in TRANSLATED:
        missing = update(language)
        found = list(problems(language))
        wrong += len(found)
        print(f"{language}: {missing} to be translated")  # noqa: T201  # a tool's answer
        for problem in found[:20] if "-v" in sys.argv else ():
            print(f"    {problem}")  # noqa: T201  # a tool's answer
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
