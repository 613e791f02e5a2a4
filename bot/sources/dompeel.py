"""Takes out of an entry's element what stands beside its words: time, author, labels, buttons.

Each function changes the tree it is given, which is a copy; what is left is the entry's body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from bot.sources import furniture
from bot.sources.ages import Age
from bot.sources.characters import plain
from bot.sources.clock import leading_clock
from bot.sources.domstamp import ANY, Spelling, Stamp, is_stamp, read_stamp
from bot.sources.domtree import SMALL, Tree, is_inside, is_quoted, linked, own_words, parts
from bot.sources.linekinds import is_page_furniture, is_teaser, read_more
from bot.sources.pictures import absolute_url

_TITLE = 300  # characters
_BEFORE_TITLE = 40  # characters of a label that may stand above a title
_LABEL = 40  # characters of a label: "Key event", "L'essentiel"

TIMES = frozenset({
    "time", "timestamp", "timestamps", "clock", "uhrzeit", "hora", "heure", "hour", "ora", "stamp",
    "date", "datetime", "datum", "fecha", "dateline", "published", "zeit", "godzina", "saat", "day",
})  # fmt: skip
"""Words of the classes of elements that show a time."""

_META = TIMES | {"meta", "metadata", "info"}
_AUTHOR = frozenset(
    {":author", "author", "authors", "byline", "autor", "auteur", "autore", "writer"}
)
_READERS = frozenset({"comment", "question", "quote", "reader", "tweet"})
_SOURCE = "attribution"  # an author's where it is no quotation's and no picture's
_AUTHORS_PAGE = re.compile(
    r"/(?:authors?|autor(?:es|en)?|auteurs?|autori?|by|profiles?|people|person|journalists?"
    r"|redakteure?|redaktion|correspondents?|reporters?|equipe|signature|firmas?)/[^/?#]",
    re.IGNORECASE,
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_HEAD = frozenset(
    {":headline", "head", "headline", "title", "titel", "titre", "titulo", "titolo", "heading"}
)
_LABELS = frozenset({"label", "badge", "cartridge", "flag", "pill", "chip", "pin", "pinned"})
_CAPTION = frozenset({"caption", "captions", "bildunterschrift", "legende", "legend"})
_CREDITS = frozenset({"credit", "credits", "copyright"})
_FURNITURE = frozenset({"share", "sharing", "copylink", "toolbar", "breadcrumb", "breadcrumbs"})
_RELATED = frozenset({"related", "teaser", "readalso", "recommended", "recommendation", "promo"})
_FILMED = frozenset({"video", "player", "videoplayer"})
_CREDIT = re.compile(
    r"\(?(?:image|photo|picture|pic|foto|bild|quelle|source|credit|crédits?|copyright|©)s?"
    r"(?:\s+(?:by|von|par|de|source)\b|\s*[:.|]|\s*©|\b(?=\s*$))|©",
    re.IGNORECASE,
)
_MARK = re.compile(r"(?:Image|Photo|Video|Credit|Bild|Foto)(?: (?:source|caption))?[.,:]{0,3}")
_BY = re.compile(
    r"\A(?:(?i:by|von|par|por|from|text|autor|автор|yazan)|d[aei])\s*:?\s+(?=\S)"
    r"(?:[A-Z][\w.]{1,20}['’]s\s+(?=[A-Z]))?"
)
_PLACE = re.compile(r"\s*,?\s*(?:reporting (?:from|in)|aus|depuis|desde)\s.{2,60}\Z", re.IGNORECASE)
_IMPORTANT = re.compile(
    r"(?:breaking(?: news)?|key (?:event|moment|post|update)s?|important|urgent|highlight"
    r"|l['’]essentiel|essentiel|alerte|à retenir|wichtig\w*|eilmeldung|eil|destacado|importante"
    r"|última hora|in evidenza|destaque|ważne|pilne|важно|срочно|важливо|терміново|son dakika"
    r"|önemli|عاجل|مهم)\W*",
    re.IGNORECASE,
)
_PINNED = re.compile(
    r"(?:pinned|pinned post|épinglé|angepinnt|angeheftet|fijado|destacado|fissato|fixado|przypięte"
    r"|przypięty|закреплено|закріплено|sabitlendi|مثبت)\W*",
    re.IGNORECASE,
)
_LEAVES = ("a", "span", "p", "div", "small", "em", "li", "summary", "abbr", "figcaption")
_LENIENT = Spelling(bare_hours=True)
_SHARES = re.compile(
    r"(?:https?:)?//(?:www\.|m\.|api\.)?(?:facebook\.com/(?:sharer|dialog|share\.php)"
    r"|(?:twitter|x)\.com/(?:intent|share|home\?status)|wa\.me/\?|api\.whatsapp\.com/send"
    r"|whatsapp\.com/send|t\.me/share|telegram\.me/share|linkedin\.com/(?:share|cws/share)"
    r"|reddit\.com/submit|pinterest\.\w{2,3}/pin/create|bsky\.app/intent|threads\.net/intent"
    r"|threads\.com/intent|vk\.com/share|connect\.ok\.ru|getpocket\.com/save|xing\.com/spi"
    r"|flipboard\.com/bookmarklet)|(?:whatsapp|fb-messenger|tg|viber|sms):|mailto:\?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Labels:
    """What short labels of an entry said of it."""

    important: bool = False
    pinned: bool = False
    age: Age | None = None


def take_times(tree: Tree, spelling: Spelling = ANY) -> Stamp:
    """Take the times out; returns what the first ones say."""
    stamp = Stamp()
    said = []
    for node in tree.named(_META, "time"):
        text = tree.text(node)
        if len(text) > SMALL or _in_sentence(node, text, tree):
            continue
        whole = read_stamp(text, spelling)
        for words in reversed(own_words(node)):
            if (part := read_stamp(words, spelling)) is not None:
                stamp = stamp.filled(part)
        if whole is not None:
            stamp = stamp.filled(whole)
        if node.tag == "time" or whole is not None:
            said.append(node)
    tree.drop(said)
    return stamp


def take_author(tree: Tree) -> str:
    """Take the authors out; returns their names."""
    author = ""
    found = []
    for node in tree.named(_AUTHOR | {_SOURCE}, "address"):
        text = tree.text(node)
        words = set(parts(node.attributes))
        if _SOURCE in words and (node.parent is None or node.parent.mem_id != tree.root.mem_id):
            continue
        if len(text) <= SMALL and not _READERS & words:
            author = author or _named(text)
            found.append(node)
    tree.drop(found)
    found = []
    for node in tree.tagged("a")[:60]:
        if not _AUTHORS_PAGE.search(node.attributes.get("href") or "") or is_quoted(
            node, tree.root
        ):
            continue
        text = tree.text(node)
        box = _box_of(node, text, tree) if 0 < len(text) <= SMALL else None
        if box is not None:
            author = author or _named(text)
            found.append(box)
    tree.drop(found)
    found = []
    for node in tree.named(_META):
        text = tree.text(node)
        if len(text) <= SMALL and not _holds_content(node):
            author = author or _name(text)
            found.append(node)
    tree.drop(found)
    return author


def take_title(tree: Tree, page_url: str) -> tuple[str, str]:
    """Take the title out; returns it and where it leads."""
    for node in tree.named(_HEAD, *_HEADINGS):
        text = tree.text(node)
        if not text or len(text) > _TITLE or is_page_furniture(text) or is_stamp(text):
            continue
        if _words_before(node, tree.root) > _BEFORE_TITLE:
            return "", ""
        leads_to = ""
        if linked(node) >= 0.8 * len(text):
            longest = max(node.css("a[href]"), key=lambda link: len(link.text()))
            leads_to = absolute_url(longest.attributes.get("href"), page_url) or ""
        parent = node.parent
        for _ in range(4):
            if leads_to or parent is None or parent.mem_id == tree.root.mem_id:
                break
            if parent.tag == "a":
                leads_to = absolute_url(parent.attributes.get("href"), page_url) or ""
            parent = parent.parent
        tree.drop([node])
        return text, leads_to
    return "", ""


def drop_furniture(tree: Tree, page_url: str) -> str:
    """Take out share buttons and lists of them, and boxes that recommend other pages.

    Returns:
        Where a bare "Read more" leads, as teasers end; "" without one.
    """
    found = []
    for node in tree.tagged("a")[:200]:
        if _SHARES.match(node.attributes.get("href") or ""):
            parent = node.parent
            found.append(parent if parent is not None and parent.tag == "li" else node)
    tree.drop(found)
    found = []
    for node in tree.named(_FURNITURE | _RELATED | _FILMED):
        words = set(parts(node.attributes))
        text = tree.text(node)
        if words & _FILMED:
            # What stands in a player's box besides the film is its label.
            bare = node.css_first("p, video, iframe, img, blockquote") is None
            if bare and len(text) < 2 * SMALL:
                found.append(node)
        elif words & _FURNITURE:
            if len(text) <= SMALL and node.css_first("p, img") is None:
                found.append(node)
        elif linked(node) >= 0.6 * len(text):
            found.append(node)
    tree.drop(found)
    return _drop_read_more(tree, page_url) if tree.tagged("a") else ""


def take_labels(tree: Tree) -> Labels:
    """Take out what only says when, is a button, or marks the entry: "Share", "Key event"."""
    important = pinned = False
    age: Age | None = None
    found = []
    for node in tree.named(_LABELS):
        text = tree.text(node)
        small = len(text) <= _LABEL and node.css_first("a[href], p, img, h2, h3") is None
        if small and node.tag not in _HEADINGS and not _in_sentence(node, text, tree):
            important = important or _IMPORTANT.fullmatch(text) is not None
            pinned = pinned or _PINNED.fullmatch(text) is not None
            found.append(node)
    tree.drop(found)
    found = []
    for node in tree.tagged(*_LEAVES):
        child = node.first_child
        if child is None or child.next is not None or not child.is_text_node:
            continue
        text = plain((child.text_content or "")[: 2 * SMALL])
        if not text or len(text) > SMALL or _in_sentence(node, text, tree):
            continue
        if _PINNED.fullmatch(text) and node.tag != "p":
            pinned = True
            found.append(node)
        elif _MARK.fullmatch(text) or is_page_furniture(text):
            found.append(node)
        elif is_quoted(node, tree.root):
            continue  # the date of a quoted post carries its address
        elif (stamp := read_stamp(text)) is not None:
            age = age or stamp.age
            found.append(node)
    tree.drop(found)
    return Labels(important, pinned, age)


def mark_captions(tree: Tree) -> None:
    """Give captions the one class that `bot.sources.canonical` knows, and drop their credits."""
    captions = tree.named(_CAPTION, "figcaption", quoted=True)
    credited = {
        node.mem_id: node
        for node in tree.named(_CREDITS, quoted=True)
        if len(tree.text(node)) <= SMALL and node.css_first("img, picture") is None
    }
    for node in captions:
        for inner in node.css("*")[:60]:
            text = tree.text(inner)
            if inner.mem_id != node.mem_id and len(text) <= SMALL and _CREDIT.match(text):
                credited[inner.mem_id] = inner
    captions = [node for node in captions if not is_inside(node, credited)]
    tree.drop(list(credited.values()))
    for node in captions:
        if "aria-hidden" in node.attributes:
            del node.attrs["aria-hidden"]  # told to screen readers by the picture itself
        if node.tag in ("figcaption", "figure"):
            continue
        if node.css_first("img, picture, video, p + p") is None:
            node.attrs["class"] = "caption-text"


def shows_clock(node: LexborNode, text: str) -> bool:
    """Whether a node with a time's name shows a time of day or an age, alone or in a piece."""
    stamp = read_stamp(text, _LENIENT)
    if stamp is not None:
        pieces = (read_stamp(words, _LENIENT) for words in own_words(node))
        if stamp.clock is not None or (stamp.age is not None and stamp.age.tells_time):
            return True
        return any(piece and piece.clock for piece in pieces)
    if leading_clock(text) is not None:
        return False
    return any(leading_clock(words) is not None for words in own_words(node))


def _in_sentence(node: LexborNode, text: str, tree: Tree) -> bool:
    parent = node.parent
    if parent is None or parent.tag not in ("p", "li", "blockquote"):
        return False
    if parent.tag == "li" and parent.mem_id == tree.root.mem_id:
        return False  # an entry that is an item of a list
    return len(tree.text(parent)) > len(text) + _BEFORE_TITLE


def _named(text: str) -> str:
    return _PLACE.sub("", _BY.sub("", text)).strip(" ,|·–—-")


def _name(text: str) -> str:
    """The name that is left in a line of time and author: "21:22 Name Surname"."""
    name = _named(text)
    words = name.split()
    if not 2 <= len(words) <= 4 or any(map(str.isdigit, name)) or is_page_furniture(name):
        return ""
    return name if all(word[0].isupper() for word in words if len(word) > 3) else ""


def _box_of(link: LexborNode, text: str, tree: Tree) -> LexborNode | None:
    """The outermost element that holds nothing but the link to an author, perhaps a portrait.

    None where the link stands in a sentence.
    """
    node = link
    for _ in range(5):
        parent = node.parent
        if parent is None or parent.tag in ("article", "section", "body", "li", "header"):
            break
        words = _named(tree.text(parent))
        if words != _named(text):
            return None if parent.tag == "p" else node
        node = parent
    return node


def _drop_read_more(tree: Tree, page_url: str) -> str:
    """Take out lines such as "Lire aussi: ..."; returns where a bare "Read more" leads."""
    leads_to = ""
    found = []
    for node in tree.tagged("p", "div", "li", "a"):
        text = tree.text(node)
        if not text or len(text) > 2 * SMALL or (begin := _label_end(node, text)) is None:
            continue
        if begin >= len(text):
            found += [node, *_linked_after(node, tree)]
            link = node if node.tag == "a" else node.css_first("a[href]")
            if link is not None:
                leads_to = absolute_url(link.attributes.get("href"), page_url) or leads_to
        elif linked(node) >= 0.8 * (len(text) - begin) and not is_teaser(text, linked(node)):
            found.append(node)  # what is a teaser by its words loses them later, not its link
    tree.drop(found)
    return leads_to


def _label_end(node: LexborNode, text: str) -> int | None:
    """Where the title begins in a line such as "Read more: ...", also where only its link tells."""
    if (begin := read_more(text)) is not None:
        return begin
    link = node.css_first("a[href]") if node.tag != "a" else None
    title = plain(link.text(separator=" ")) if link is not None else ""
    if not title or not text.endswith(title) or read_more(text.removesuffix(title).strip()) is None:
        return None
    return len(text) - len(title)


def _linked_after(node: LexborNode, tree: Tree) -> Iterator[LexborNode]:
    """What comes after a bare "Lire aussi", if it is nothing but links."""
    following = node.next
    while following is not None and not following.is_element_node:
        following = following.next
    if following is not None:
        text = tree.text(following)
        if text and linked(following) >= 0.9 * len(text):
            yield following


def _holds_content(node: LexborNode) -> bool:
    """Whether a small line has more in it than time and author: a title, a caption, a picture."""
    if node.css_first("p, h1, h2, h3, h4, h5, h6, blockquote, img, figcaption") is not None:
        return True
    return any(_CAPTION & set(parts(inner.attributes)) for inner in node.css("[class]")[:20])


def _words_before(node: LexborNode, root: LexborNode) -> int:
    """Characters of text that stand before a node in its entry, up to a few hundred."""
    count = 0
    inner: LexborNode | None = node
    for _ in range(60):
        if inner is None or inner.mem_id == root.mem_id:
            break
        sibling = inner.prev
        while sibling is not None and count <= _BEFORE_TITLE:
            if not (sibling.tag in furniture.DROPPED or sibling.tag in ("figure", "picture")):
                count += len(plain(sibling.text(separator=" ")))
            sibling = sibling.prev
        inner = inner.parent
    return count
