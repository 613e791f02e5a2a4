"""Holds the catalogues against the texts in the code."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from bot.errors import SourceError
from bot.locales import DIRECTORY, LANGUAGES

CODE = DIRECTORY.parent
TRANSLATED = [language for language in LANGUAGES if language != "en"]


def _errors_of(kind: type[Exception]) -> set[str]:
    """An error's name, and those of all its kinds."""
    return {kind.__name__}.union(*(_errors_of(one) for one in kind.__subclasses__()))


# How the code calls what translates a text; the index of the text among the arguments.
_TRANSLATORS = {"_": 0, "words": 0, "_words": 0, "translate": 0, "Wording": 0}
_PLURALS = {"plural": 1, "counted": 0}  # the other form stands behind it
# What carries a reason for people.
_REASONED = {"Recognition", "_report", *_errors_of(SourceError)}
_TAG = re.compile(r"</?[a-z]+[^>]*>")
_COMMAND = re.compile(r"(?<![\w/}])/[a-z]+")


@cache
def texts() -> Catalog:
    """Every text in the code that people see.

    Read once, from the syntax tree: Babel's own reader takes variables that are called like a
    translator for one.
    """
    found = Catalog(charset="utf-8")
    for path in sorted(CODE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (text := _text(node)) is not None:
                found.add(text)
    return found


def untold(folder: Path = CODE) -> Iterator[str]:
    """Wordings whose text is not written out where they are made, so that nobody can find it.

    Also reasons of sources that are no wordings at all: people would read them in English.
    """
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            place = f"{path.relative_to(folder)}:{node.lineno}"
            called = node.args[0] if name == "partial" and node.args else node.func
            if ast.unparse(called) in ("Wording", "Wording.counted") and _text(node) is None:
                yield place
            if "sources" in path.parts or "intake" in path.parts:
                given = node.args if name in _REASONED else []
                if any(isinstance(one, ast.JoinedStr) or _is_text(one) for one in given):
                    yield place


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(node.value)


def _text(call: ast.Call) -> str | tuple[str, str] | None:
    """The text of a call that translates one: of both numbers where it has a plural."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name in _PLURALS and len(call.args) > _PLURALS[name] + 1:
        one, many = call.args[_PLURALS[name] : _PLURALS[name] + 2]
        if isinstance(one, ast.Constant) and isinstance(many, ast.Constant):
            return str(one.value), str(many.value)
    arguments = call.args
    if name == "partial" and arguments:  # of a translator, to be called with the values
        name, arguments = ast.unparse(arguments[0]), arguments[1:]
    if name in _TRANSLATORS and arguments:
        said = arguments[_TRANSLATORS[name]]
        if isinstance(said, ast.Constant) and isinstance(said.value, str) and said.value:
            return said.value
    return None


def catalogue(language: str) -> Catalog:
    """What is translated into a language; nothing where there is no file yet."""
    path = _path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> int:
    """Bring a catalogue's list of texts up to date; the number of those to be translated."""
    new, old = Catalog(locale=language, charset="utf-8", fuzzy=False), catalogue(language)
    for message in sorted(_messages(texts()), key=lambda message: str(message.id)):
        known = old.get(message.id) if message.id in old else None
        if known is not None and known.pluralizable != message.pluralizable:
            known = None  # a text that has a plural now is to be said anew
        new.add(message.id, known.string if known and not known.fuzzy else None)
    with _path(language).open("wb") as file:
        write_po(file, new, width=100, omit_header=False, no_location=True)
    lines = _path(language).read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(_NOISE)]
    _path(language).write_text("\n".join(_header(kept, language)) + "\n", "utf-8")
    return sum(1 for message in _messages(new) if not _is_translated(message))


def problems(language: str) -> Iterator[str]:
    """What is wrong with a catalogue, for whoever translates."""
    there, wanted = catalogue(language), texts()
    known = {str(message.id) for message in _messages(there)}
    for message in _messages(wanted):
        found = there.get(message.id)
        if str(message.id) not in known or found is None or not _is_translated(found):
            yield f"not translated: {message.id!r}"
        elif found.fuzzy:
            yield f"marked fuzzy: {message.id!r}"
        else:
            yield from _slips(found, there.num_plurals)
    for text in known - {str(message.id) for message in _messages(wanted)}:
        yield f"no longer in the code: {text}"


def _slips(message: Message, forms: int) -> Iterator[str]:
    """What a translation lost or added: placeholders, markup, commands, white space."""
    ids, strings = _all(message.id), _all(message.string)
    if len(ids) > 1 and len(strings) != forms:
        yield f"{forms} plural forms are needed: {ids[0]!r}"
    for said in strings:
        for kind, marks in (("placeholders", _fields), ("markup", _tags), ("commands", _commands)):
            if marks(said) not in (marks(ids[0]), marks(ids[-1])):
                yield f"other {kind} in {said!r} than in {ids[-1]!r}"
        if (
            said[:1].isspace() != ids[0][:1].isspace()
            or said[-1:].isspace() != ids[0][-1:].isspace()
        ):
            yield f"white space at an end: {said!r}"


def _all(said: object) -> list[str]:
    """One text, or all forms of it."""
    return [str(one) for one in (said if isinstance(said, tuple | list) else (said,))]


def _fields(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(text) if name is not None})


def _tags(text: str) -> list[str]:
    return sorted(_TAG.findall(text))


def _commands(text: str) -> list[str]:
    return sorted(_COMMAND.findall(text))


def _messages(of: Catalog) -> Iterator[Message]:
    return (message for message in of if message.id)


def _is_translated(message: Message) -> bool:
    said = message.string
    return all(said) if isinstance(said, tuple | list) else bool(said)


def _path(language: str) -> Path:
    return DIRECTORY / f"{language}.po"


_NOISE = (
    '"Project-Id-Version',
    '"Report-Msgid',
    '"POT-Creation',
    '"PO-Revision',
    '"Last-Translator',
    '"Language-Team',
    '"Generated-By',
    '"MIME-Version',
    '"Content-Transfer',
    "#",
)


def _header(lines: list[str], language: str) -> list[str]:
    return [f"# LiveRelay in {LANGUAGES[language]}", *lines]
