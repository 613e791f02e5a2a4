"""The words LiveRelay says to people, by language: gettext catalogues beside this file.

A catalogue is ``<language>/LC_MESSAGES/liverelay.mo``. The message ids are the English texts, so
English needs no catalogue and a missing translation shows English.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

DOMAIN = "liverelay"
DIRECTORY = Path(__file__).parent

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


@lru_cache(maxsize=256)
def translation(language: str) -> Callable[[str], str]:
    """What turns an English text into `language`; texts it does not know stay English.

    Args:
        language: a language tag as Telegram or a setting gives it ("de", "pt-br", "pt_BR").
            Anything else, also a hostile one, means English.
    """
    return _catalogue(language).gettext


def plural(language: str, one: str, many: str, count: int) -> str:
    """The form of a text that `language` uses for so many; both texts are English."""
    return _catalogue(language).ngettext(one, many, count)


@lru_cache(maxsize=256)
def _catalogue(language: str) -> gettext.NullTranslations:
    if _TAG.fullmatch(language) is None:
        return gettext.NullTranslations()
    main, _, rest = language.replace("-", "_").partition("_")
    tags = [f"{main.lower()}_{rest.upper()}", main.lower()] if rest else [main.lower()]
    return gettext.translation(DOMAIN, DIRECTORY, languages=tags, fallback=True)
