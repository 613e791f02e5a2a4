"""No page, however broken, brings a format down."""

from __future__ import annotations

from tests.sources.mutations import HANG, mutants, read_with_everything


def test_a_page_gone_wrong_is_read_or_refused_in_our_words_and_in_time() -> None:
    """400 mutants of the golden pages, every format: only our errors, none hangs."""
    for mutant in mutants(400, seed=1_000_000):
        took, format_name = read_with_everything(mutant)
        assert took < HANG, (format_name, mutant.origin, mutant.seed)
