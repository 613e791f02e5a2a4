"""Blocks that repeat on a page and carry a time each: where a live blog's entries may stand.

An entry is the outermost element that holds one time and has brothers that hold one each. Known
vendors mark theirs, which settles the matter.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from selectolax.lexbor import LexborNode

from bot.sources.ages import read_age
from bot.sources.base import Page
from bot.sources.characters import plain
from bot.sources.domentry import TIME_MARKS, has_instant
from bot.sources.dompeel import TIMES, shows_clock
from bot.sources.domstamp import LONGEST, is_stamp
from bot.sources.domtree import parts

VENDORS = (
    "bsp-liveblog-post",  # Brightspot
    '[data-testid="live-blog-post"], [data-testid="reporter-update"]',
    "article.live-story-post[data-post-id]",
    "[data-ncpost-id]",  # Norkon
    ".live-events__entry",
    ".live-event-entry",
    "amp-live-list [items] > [id]",
    'article.block[id^="block-"]',
    'article.lx-stream-post[id^="post_"]',
    ".liveblog-entry[id]",  # WordPress Liveblog
    "[data-liveblog-entry-id]",
    "div.liveblog--anchor[id]",
)
"""Selectors of the marks by which vendors' live blogs are known."""

MAX_MARKS = 4_000
"""Times looked at on one page."""

MAX_LEAVES = 40_000
"""Elements looked at for an age on a page that shows no times."""

MAX_ELEMENTS = 1_500
"""Entries of one group."""

MAX_CHARACTERS = 20_000_000
"""Of all markup cut out of one page."""

_MAX_LEVELS = 60
_FEWEST = 2
_AGO = re.compile(
    r"\bago\b|\bvor (?:\d|ein)|\bil y a\b|\bhace \w|\bhá \w|\b(?:fa|temu|назад|тому|önce)\b"
    r"|منذ|قبل",
    re.IGNORECASE,
)
_TRIED = 12  # elements that tell whether they are heads
_HEAD = 200  # characters; longer elements are whole entries
_SAYS = 10  # characters, besides its time, of an element that may be an entry
_STAMPED = ", ".join(
    f'[class*="{word}"]'
    for word in (
        "time", "Time", "stamp", "hour", "hora", "heure", "uhr", "date", "Date", "datum", "fecha",
        "zeit", "godzina", "saat", "ora",
    )
)  # fmt: skip
_ENDS = frozenset({"aside", "footer", "nav", "form", "section", "article", "h1"})
_LINES = frozenset(
    {"h2", "h3", "h4", "h5", "h6", "p", "dt", "div", "span", "a", "strong", "header"}
)


@dataclass(frozen=True, slots=True)
class Group:
    """Elements that may be the entries of a live blog.

    Attributes:
        elements: in the page's order; none inside another.
        markup: of each entry, with what follows it where its element is only its head.
        vendor: the mark they are known by, "" for elements that merely repeat.
    """

    elements: tuple[LexborNode, ...]
    markup: tuple[str, ...]
    vendor: str = ""

    def surroundings(self) -> frozenset[str]:
        """Words in the classes and ids of most elements, and of what they stand in."""
        few = self.elements[:_TRIED]
        times = Counter(word for element in few for word in _named(element))
        words = {word for word, count in times.items() if count * 2 >= len(few)}
        for element in few[:3]:
            node = element.parent
            for _ in range(7):
                if node is None or node.tag in ("body", "html"):
                    break
                words.update(_named(node))
                node = node.parent
        return frozenset(words)


def _named(node: LexborNode) -> set[str]:
    attributes = node.attributes
    return {*parts(attributes), *parts({"class": attributes.get("id")}), node.tag or ""}


def find_groups(page: Page) -> list[Group]:
    """Every group of a page, those with a vendor's mark first, then the largest."""
    if not page.is_html:
        return []
    marked = vendor_groups(page)
    known = {node.mem_id for group in marked for node in group.elements}
    # What is marked is found once more by its shape.
    others = (
        group
        for group in _repeated(page)
        if not all(node.mem_id in known for node in group.elements)
    )
    return [*marked, *others]


def vendor_groups(page: Page) -> list[Group]:
    """The groups known by a vendor's mark, the largest first."""
    groups = []
    for selector in VENDORS:
        found = page.html.css(selector)[:MAX_ELEMENTS]
        if found and (group := group_of(_outermost(found), selector)).elements:
            groups.append(group)
    return sorted(groups, key=lambda group: -len(group.elements))


def _repeated(page: Page) -> list[Group]:
    marks = list(_marks(page))
    if len(marks) < _FEWEST:
        marks = list(_ages(page))
    holders: dict[int, dict[int, LexborNode]] = defaultdict(dict)
    chains: list[list[LexborNode]] = []
    for mark in marks:
        chain = [mark]
        for _ in range(_MAX_LEVELS):
            parent = chain[-1].parent
            if parent is None or parent.tag == "html":
                break
            holders[parent.mem_id].setdefault(chain[-1].mem_id, chain[-1])
            chain.append(parent)
        chains.append(chain)
    speech = _Speech()
    lists: dict[tuple[int, str | None], bool] = {}
    found: dict[tuple[object, ...], dict[int, LexborNode]] = defaultdict(dict)
    levels: list[int] = []  # of each chain, where its entry's element stands
    for chain in chains:
        levels.append(len(chain))
        for level, (child, parent) in enumerate(pairwise(chain)):
            brothers = holders[parent.mem_id]
            if len(brothers) < _FEWEST:
                continue
            place = (parent.mem_id, child.tag)
            if place not in lists:
                alike = (one for one in brothers.values() if one.tag == child.tag)
                speaking = (one for one in islice(alike, MAX_ELEMENTS) if speech.of(one))
                lists[place] = len(list(islice(speaking, _FEWEST))) == _FEWEST
            if lists[place] and speech.of(child):
                found[_signature(chain, level)][child.mem_id] = child
                levels[-1] = level
                break
    whole = {key for key, members in found.items() if len(members) >= _FEWEST}
    depths = {key[:2] for key in whole}
    for chain, at in zip(chains, levels, strict=True):
        # An entry that stands alone in its own day's section looks like those of other days.
        for level, node in enumerate(chain[:at]):
            if (len(chain) - level, node.tag) not in depths:
                continue
            key = _signature(chain, level)
            if key in whole and speech.of(node):
                found[key][node.mem_id] = node
                break
    order = {chain[0].mem_id: number for number, chain in enumerate(chains)}
    groups = []
    for members in found.values():
        nodes = _alike(_outermost(list(members.values())))
        groups.append(group_of(_sorted(nodes, chains, order)))
    groups = [group for group in groups if len(group.elements) >= _FEWEST]
    return sorted(groups, key=lambda group: -sum(map(len, group.markup)))[:8]


def _sorted(
    nodes: Sequence[LexborNode], chains: Sequence[Sequence[LexborNode]], order: dict[int, int]
) -> list[LexborNode]:
    """In the page's order: by the first time each holds."""
    first: dict[int, int] = {}
    wanted = {node.mem_id for node in nodes}
    for chain in chains:
        for node in chain:
            if node.mem_id in wanted:
                first.setdefault(node.mem_id, order[chain[0].mem_id])
                break
    return sorted(nodes, key=lambda node: first.get(node.mem_id, 0))


def _alike(nodes: Sequence[LexborNode]) -> list[LexborNode]:
    """Without those that lack every class that most of the others share."""
    names = [frozenset((node.attributes.get("class") or "")[:300].split()) for node in nodes]
    times = Counter(name for own in names for name in own)
    shared = {name for name, count in times.items() if count >= 0.6 * len(nodes)}
    if not shared:
        return list(nodes)
    return [node for node, own in zip(nodes, names, strict=True) if own & shared]


def _signature(chain: Sequence[LexborNode], level: int) -> tuple[object, ...]:
    """What entries of one list have in common, also where each day has its own section."""
    around = [
        (node.tag, *sorted((node.attributes.get("class") or "")[:100].split())[:1])
        for node in chain[level + 1 : level + 4]
    ]
    return (len(chain) - level, chain[level].tag, *around)


def _marks(page: Page) -> Iterator[LexborNode]:
    """Whatever carries a time of day or an instant, in the page's order."""
    for number, node in enumerate(page.html.css(f"{TIME_MARKS}, {_STAMPED}")):
        if number >= MAX_MARKS:
            return
        attributes = node.attributes
        if has_instant(attributes, node.tag):
            yield node
        elif node.tag == "time" or TIMES & set(parts(attributes)):
            text = plain(node.text(separator=" ")[:200])
            if len(text) <= LONGEST and shows_clock(node, text):
                yield node


def _ages(page: Page) -> Iterator[LexborNode]:
    """Elements without a name that say nothing but how old something is ("5 minutes ago")."""
    if len(list(islice(_AGO.finditer(page.text), _FEWEST))) < _FEWEST:
        return
    found = 0
    for node in page.html.css("span, small, p, div, em, i, b, strong, li, a")[:MAX_LEAVES]:
        child = node.first_child
        if child is None or not child.is_text_node or child.next is not None:
            continue
        age = read_age(plain((child.text_content or "")[:LONGEST]))
        if age is not None and age.tells_time:
            yield node
            found += 1
        if found >= MAX_MARKS:
            return


class _Speech:
    """Which elements hold words besides their times; each asked once."""

    def __init__(self) -> None:
        self._known: dict[int, bool] = {}
        self._left = 2 * MAX_CHARACTERS

    def of(self, node: LexborNode) -> bool:
        known = self._known.get(node.mem_id)
        if known is None:
            text = node.text(separator=" ") if self._left > 0 else ""
            self._left -= len(text) + 5_000  # what looking through a small element costs
            text = plain(text[:4_000])
            known = len(text) >= _SAYS and not is_stamp(text)
            self._known[node.mem_id] = known
        return known


def _outermost(nodes: Sequence[LexborNode]) -> list[LexborNode]:
    """Without those that stand in another; in the order given."""
    taken = {node.mem_id for node in nodes}
    kept = []
    for node in nodes:
        inner, inside = node.parent, False
        for _ in range(_MAX_LEVELS):
            if inner is None or inside:
                break
            inside = inner.mem_id in taken
            inner = inner.parent
        if not inside:
            kept.append(node)
    return kept


def group_of(elements: Sequence[LexborNode], vendor: str = "") -> Group:
    """Elements with their markup; where they are only heads, with what follows each."""
    elements = elements[:MAX_ELEMENTS]
    left = MAX_CHARACTERS
    whole: list[str] = []
    for node in elements:
        markup = (node.html or "") if left > 0 else ""
        left -= len(markup)
        whole.append(markup)
    few = [len(plain(node.text(separator=" "))) for node in elements[:_TRIED]]
    if not all(node.tag in _LINES for node in elements) or sum(few) > _HEAD * len(few):
        return Group(tuple(elements), tuple(whole), vendor)
    taken = {node.mem_id for node in elements}
    after = [_following(node, taken) for node in elements]
    heads = sum(len(plain(node.text(separator=" "))) for node in elements)
    words = [sum(len(plain(one.text(separator=" "))) for one in nodes) for nodes in after]
    if sum(words) <= heads or sum(map(bool, words)) * 2 < len(words):
        return Group(tuple(elements), tuple(whole), vendor)
    joined = tuple(
        f'<div id="{_plain_id(node)}">{head}{"".join(one.html or "" for one in nodes)}</div>'
        for node, head, nodes in zip(elements, whole, after, strict=True)
    )
    return Group(tuple(elements), joined, vendor)


def _plain_id(node: LexborNode) -> str:
    return "".join(c for c in node.attributes.get("id") or "" if c.isalnum() or c in "-_.:")


def _following(node: LexborNode, taken: set[int]) -> list[LexborNode]:
    """What stands between an entry's head and the next one's."""
    found: list[LexborNode] = []
    sibling = node.next
    while sibling is not None and len(found) < 80:
        if sibling.mem_id in taken or sibling.tag in _ENDS:
            break
        if any(inner.mem_id in taken for inner in _few(sibling)):
            break
        if sibling.is_element_node:
            found.append(sibling)
        sibling = sibling.next
    return found


def _few(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    for _ in range(8):
        if child is None:
            return
        yield child
        child = child.next
