"""Made-up sentences, and corrections of them."""

from __future__ import annotations

import random

_SYLLABLES = (
    "ba de fi go hu ka le mi no pu ra se ti vo wa xe yi zo bra cle dri flo gru".split()  # noqa: SIM905 - legible
)


def sentence(source: random.Random, words: int | None = None) -> str:
    """A sentence of made-up words: two of them have little in common."""
    made = (
        "".join(source.choices(_SYLLABLES, k=source.randint(1, 4)))
        for _ in range(words or source.randint(8, 30))
    )
    return " ".join(made).capitalize() + "."


def reworded(source: random.Random, text: str) -> str:
    """A correction: a word exchanged, dropped or added, or a sentence more."""
    words = text.split()
    place = source.randrange(1, len(words))
    kind = source.randrange(4)
    if kind == 0:
        words[place] = sentence(source, 1).lower().rstrip(".")
    elif kind == 1 and 6 < len(words) != place + 1:  # without its end it would look cut off
        del words[place]
    elif kind == 2:
        words.insert(place, sentence(source, 1).lower().rstrip("."))
    else:
        words.append(sentence(source, 8))
    changed = " ".join(words)
    return changed if changed != text else text + " Corrected."
