"""Bytes to text, as far as possible as a browser does it.

The labels are those of https://encoding.spec.whatwg.org/#names-and-labels; Python's own table
would also accept "hex", "rot13" or "utf-7" from a page.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

_SCAN = 4096  # bytes searched for a declaration; the HTML standard asks for 1,024

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16 LE, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LABELS = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 x-unicode20utf8",
    "utf-16-le": "utf-16 utf-16le csunicode iso-10646-ucs-2 ucs-2 unicode",
    "utf-16-be": "utf-16be unicodefffe",
    "cp1252": (
        "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso_8859-1 iso88591 latin1 latin-1 l1 "
        "ascii us-ascii ansi_x3.4-1968 cp819 ibm819 iso-ir-100"
    ),
    "cp1250": "windows-1250 cp1250 x-cp1250",
    "cp1251": "windows-1251 cp1251 x-cp1251",
    "cp1253": "windows-1253 cp1253 x-cp1253",
    "cp1254": ("windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso_8859-9 iso88599 latin5 l5"),
    "cp1255": "windows-1255 cp1255 x-cp1255",
    "cp1256": "windows-1256 cp1256 x-cp1256",
    "cp1257": "windows-1257 cp1257 x-cp1257",
    "cp1258": "windows-1258 cp1258 x-cp1258",
    "iso8859-2": "iso-8859-2 iso8859-2 iso_8859-2 iso88592 latin2 l2",
    "iso8859-3": "iso-8859-3 iso8859-3 latin3 l3",
    "iso8859-4": "iso-8859-4 iso8859-4 latin4 l4",
    "iso8859-5": "iso-8859-5 iso8859-5 iso_8859-5 cyrillic",
    "iso8859-6": "iso-8859-6 iso8859-6 iso_8859-6 arabic asmo-708 ecma-114",
    "iso8859-7": "iso-8859-7 iso8859-7 iso_8859-7 greek greek8 ecma-118 elot_928",
    "iso8859-8": "iso-8859-8 iso8859-8 iso_8859-8 iso-8859-8-i hebrew visual logical",
    "iso8859-10": "iso-8859-10 iso8859-10 latin6 l6",
    "iso8859-13": "iso-8859-13 iso8859-13",
    "iso8859-14": "iso-8859-14 iso8859-14",
    "iso8859-15": "iso-8859-15 iso8859-15 iso_8859-15 latin9 l9",
    "iso8859-16": "iso-8859-16",
    "cp866": "ibm866 cp866 866 csibm866",
    "cp874": "windows-874 tis-620 iso-8859-11 iso8859-11 dos-874",
    "koi8-r": "koi8-r koi koi8 koi8_r cskoi8r",
    "koi8-u": "koi8-u koi8-ru",
    "mac-roman": "macintosh mac x-mac-roman csmacintosh",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gb18030": "gb18030 gbk gb2312 gb_2312 gb_2312-80 x-gbk chinese csgb2312 iso-ir-58",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc_jp": "euc-jp x-euc-jp cseucpkdfmtjapanese",
    "iso2022_jp": "iso-2022-jp csiso2022jp",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji ms932 windows-31j csshiftjis",
    "cp949": "euc-kr euckr korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949",
}
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}
_MULTIBYTE = {"gb18030", "big5hkscs", "euc_jp", "iso2022_jp", "cp932", "cp949"}

_PARAMETER = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';,>/]+)""", re.IGNORECASE)
_XML = re.compile(rb"""\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_META = re.compile(
    rb"""<meta\s[^>]{0,400}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE
)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)


def decode(body: bytes, content_type: str) -> str:
    """The text of a page, a feed or an API's answer. Never raises; NUL is removed.

    In order: byte order mark, the header's charset, the XML declaration or ``<meta>``, UTF-8,
    Windows-1252. A declaration that the bytes contradict gives way to one they do not.

    Args:
        body: the inflated bytes.
        content_type: the HTTP header, "" where there was none.
    """
    text = _decode(body, content_type)
    return text.replace("\0", "") if "\0" in text else text  # looking is far cheaper


def _decode(body: bytes, content_type: str) -> str:
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    declared = list(dict.fromkeys(_declared(body, content_type)))
    as_utf8 = _strictly(body, "utf-8")
    for codec in declared:
        # Valid UTF-8 beyond ASCII is no accident: a one-byte charset declared for it is wrong.
        if as_utf8 is not None and codec.startswith(("cp12", "iso8859", "mac", "koi8")):
            return as_utf8
        text = as_utf8 if codec == "utf-8" else _strictly(body, codec)
        if text is not None:
            return text
    if as_utf8 is not None:
        return as_utf8
    loose = body.decode("utf-8", "replace")
    if _damaged_utf8(loose):
        return loose
    fallback = next((codec for codec in declared if codec != "utf-8"), "cp1252")
    return body.decode(fallback, "replace")


def _declared(body: bytes, content_type: str) -> Iterator[str]:
    header = _PARAMETER.search(content_type)
    if header and (codec := _codec(header[1])):
        yield codec
    head = body[:_SCAN]
    if head.startswith(b"<\x00?\x00"):
        yield "utf-16-le"
    elif head.startswith(b"\x00<\x00?"):
        yield "utf-16-be"
    in_page = _META.search(_COMMENT.sub(b"", head)) if b"charset" in head.lower() else None
    for match in (_XML.match(head), in_page):
        codec = _codec(match[1].decode("ascii")) if match else None
        if codec:
            # It could be read as ASCII, so it is not UTF-16, whatever it says (HTML standard).
            yield "utf-8" if codec.startswith("utf-16") else codec


def _codec(label: str) -> str | None:
    return _CODECS.get(label.strip().lower())


def _strictly(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        return None


def _damaged_utf8(loose: str) -> bool:
    """Whether a text with replacement characters is UTF-8 with flaws rather than another charset.

    In another charset hardly any byte above 127 happens to form a valid sequence.
    """
    flaws = loose.count("\ufffd")
    return sum(not char.isascii() for char in loose) - flaws >= flaws
