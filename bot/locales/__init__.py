"""The words LiveRelay says to people, by language: gettext catalogues beside this file.

A catalogue is ``<language>.po``, read when somebody of that language comes first. The message ids
are the English texts, so English needs no catalogue and a missing translation shows English.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DIRECTORY = Path(__file__).parent
ENGLISH = "en"

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
    "it": "Italiano",
    "pl": "Polski",
    "uk": "Українська",
    "ru": "Русский",
    "tr": "Türkçe",
    "ar": "العربية",
    "fa": "فارسی",
}
"""The languages there are, each by its own name."""

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


def language_of(tag: str) -> str:
    """The language of ours that a tag means; English for what is none of them, also hostile.

    Args:
        tag: as Telegram or a setting gives it ("de", "pt-br", "pt_BR").
    """
    if _TAG.fullmatch(tag) is None:
        return ENGLISH
    main = tag.replace("_", "-").partition("-")[0].lower()
    return main if main in LANGUAGES else ENGLISH


def translation(language: str) -> Callable[[str], str]:
    """What turns an English text into `language`; texts it does not know stay English.

    Args:
        language: any tag, as for `language_of`.
    """
    return _catalogue(language_of(language)).gettext


def plural(language: str, one: str, many: str, count: int) -> str:
    """The form of a text that `language` uses for so many; both texts are English."""
    return _catalogue(language_of(language)).ngettext(one, many, count)


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> gettext.NullTranslations:
    path = DIRECTORY / f"{language}.po"
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
