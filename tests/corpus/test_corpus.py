"""Real pages are read as their oracles say; the corpus is not part of the project."""

from __future__ import annotations

import pytest

from tests.corpus.__main__ import DOCUMENT, markdown
from tests.corpus.oracles import NEGATIVE
from tests.corpus.report import Score, scores
from tests.support.pages import corpus


@pytest.fixture(scope="module")
def read() -> list[Score]:
    """Every page of the corpus, read and scored."""
    return scores(corpus(""))


def test_nearly_every_entry_of_real_pages_is_found_and_nothing_else(read: list[Score]) -> None:
    """Recall and precision by time and words are at least 0.99 over the whole corpus."""
    matched = sum(score.matched for score in read)
    assert matched >= 0.99 * sum(score.expected for score in read)
    assert matched >= 0.99 * sum(score.found for score in read)


def test_ordinary_pages_hold_no_entries(read: list[Score]) -> None:
    """Articles, an agenda and a page with "liveblog" in its class names are refused."""
    refused = [score for score in read if score.page.startswith(NEGATIVE)]
    assert refused
    assert all(score.found == 0 for score in refused)


def test_the_reference_page_is_read_to_the_letter(read: list[Score]) -> None:
    """All 107 entries of the Deutsche Welle page, each body equal to the oracle's."""
    reference = next(score for score in read if score.page.startswith("dw-iran"))
    assert (reference.found, reference.matched, reference.bodies) == (107, 107, 1.0)


def test_the_document_tells_what_the_command_prints(read: list[Score]) -> None:
    """docs/corpus.md is as of now: ``python -m tests.corpus --write`` brings it up to date."""
    assert DOCUMENT.read_text(encoding="utf-8").endswith(markdown(read))
