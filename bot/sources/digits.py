"""Digits of other scripts as the ones that clock times and dates are read in."""

from __future__ import annotations

_DIGITS = str.maketrans(
    {
        **{chr(0x0660 + digit): str(digit) for digit in range(10)},  # Arabic-Indic
        **{chr(0x06F0 + digit): str(digit) for digit in range(10)},  # Persian, Urdu
        **{chr(0x0966 + digit): str(digit) for digit in range(10)},  # Devanagari
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},  # full width
        "\u200e": " ",
        "\u200f": " ",
        "٫": ".",
        "،": ",",
    }
)


def western(text: str) -> str:
    """The text with 0 to 9 for digits, as long as before; marks of direction become spaces."""
    return text if text.isascii() else text.translate(_DIGITS)
