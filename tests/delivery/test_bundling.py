"""Which of the waiting entries leave together."""

from __future__ import annotations

import pytest

from bot.delivery.bundles import Bundled
from bot.delivery.bundling import ALONE, Load, choose
from bot.model import Form
from bot.outgoing import Outgoing
from tests.delivery.entries import entry


@pytest.mark.parametrize(
    ("waiting", "keys", "late", "merged", "digest", "expected"),
    [
        (1, (), False, 1, 1, ALONE),
        (1, (), True, 1, 1, ALONE),
        (3, (), False, 3, 3, Load(Form.MERGED, 3)),
        (5, (), False, 3, 5, Load(Form.MERGED, 3)),
        (5, (), False, 1, 5, ALONE),
        (5, (1,), False, 3, 5, Load(Form.MERGED, 3)),
        (5, (4,), False, 3, 5, Load(Form.DIGEST, 5)),
        (5, (4,), False, 1, 5, Load(Form.DIGEST, 5)),
        (5, (), True, 5, 5, Load(Form.DIGEST, 5)),
        (40, (), True, 5, 30, Load(Form.DIGEST, 30)),
        (2, (), True, 1, 1, ALONE),
    ],
    ids=[
        "one",
        "one late",
        "all fit",
        "as many as fit",
        "the first is too long to share",
        "a key event among those that fit",
        "a key event would have to wait",
        "a key event behind a long entry",
        "late",
        "late and very many",
        "late and the first is too long to share",
    ],
)
def test_choice(
    waiting: int, keys: tuple[int, ...], late: bool, merged: int, digest: int, expected: Load
) -> None:
    """Merged as long as that keeps nobody behind; a digest where it would."""
    entries = [entry(n, key_event=n in keys) for n in range(waiting)]
    counts = {Form.MERGED: merged, Form.DIGEST: digest}
    found = choose(entries, lambda form: Bundled(Outgoing(""), counts[form]), late=late)
    assert found == expected
