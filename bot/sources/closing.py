"""The words with which newsrooms say that their coverage is over."""

from __future__ import annotations

import re

_HEADLINE = re.compile(
    r"\bas (?:it|they) happened\b|\bso lief\b|\bder (?:tag|abend) im rückblick\b"
    r"|\bcomme si vous y étiez\b|\basí (?:ocurrió|fue|ha sido)\b"
    r"|\bcom'è andata\b|\bcome è andata\b",
    re.IGNORECASE,
)
_BLOG = r"(?:live ?-?(?:blog|coverage|updates?|page|ticker)|coverage|blog)"
_SENTENCE = re.compile(
    rf"\b(?:this |that )?concludes our (?:\w+ )?{_BLOG}"
    rf"|\b(?:this|our|the) {_BLOG} (?:is|has)(?: been| now){{0,2}} (?:closed|ended|over|finished)\b"
    rf"|\b(?:closing|ending|wrapping up|winding up|pausing) (?:this|our|the) {_BLOG}"
    rf"|\bend of (?:our|the) {_BLOG}"
    r"|\b(?:dieser|der|unser) (?:live-?)?(?:blog|ticker) (?:ist|wird)(?: \w+){0,2}"
    r" (?:beendet|geschlossen)"
    r"|\b(?:wir )?(?:beenden|schließen) (?:an dieser stelle )?(?:diesen|unseren|den)"
    r" (?:live-?)?(?:blog|ticker)"
    r"|\b(?:ce|notre|le) (?:direct|live) (?:est|s'est|s’est) (?:\w+ )?(?:terminé|achevé|clos)",
    re.IGNORECASE,
)
_LONGEST = 2_000  # characters looked at


def headline_says_over(title: str) -> bool:
    """Whether a headline speaks of the live blog as of the past ("– as it happened")."""
    return _HEADLINE.search(title[:_LONGEST]) is not None


def text_says_over(text: str) -> bool:
    """Whether an entry closes the live blog ("This concludes our live coverage")."""
    return _SENTENCE.search(text[:_LONGEST]) is not None
