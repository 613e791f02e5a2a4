"""BBC live pages: the streams of 2016 to 2023 and since, their markup, and that of before."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from bot.errors import SourceError
from bot.sources import detect
from bot.sources.base import Hints, Page
from bot.sources.bbc import OLDER_PAGES
from bot.sources.schemaorg import SchemaOrg
from bot.sources.validate import validated
from tests.sources.bbc_pages import (
    ADAPTER,
    GOLDEN,
    LATER,
    NEW_URL,
    STREAM,
    URI,
    URL,
    block,
    fragment,
    html_page,
    ids,
    initial_page,
    json_page,
    morph,
    new_data,
    new_post,
    next_page,
    paragraph,
    payload,
    post,
    read,
    row,
    talk,
    whole,
)
from tests.support.broken import broken, replaced_values
from tests.support.pages import corpus, page


@pytest.mark.parametrize(
    "source",
    [
        html_page(whole(payload({"body": None}, "/data/bbc-morph-x/y"), payload(STREAM))),
        json_page({"uri": URI, "payload": STREAM}),
    ],
    ids=["page", "data alone"],
)
def test_golden_stream(source: Page) -> None:
    """A whole stream reads as a careful reader would copy it, in the page and by itself."""
    snapshot = read(source)
    want = json.loads((GOLDEN / "stream.expected.json").read_text(encoding="utf-8"))
    assert [row(entry) for entry in snapshot.entries] == want
    assert (snapshot.url, snapshot.language) == (URL, "en-gb")
    assert (snapshot.complete, snapshot.ended) == (False, False)


def test_it_is_preferred_to_the_json_ld_and_keeps_its_ids() -> None:
    """A source that was read by its JSON-LD knows the same posts by the same ids."""
    updates = [
        {
            "@type": "BlogPosting",
            "url": f"{URL}#post_{p['assetId']}",
            "headline": "x",
            "articleBody": "y",
            "datePublished": p["firstPublished"],
        }
        for p in STREAM["body"]["results"]
    ]
    ld = json.dumps({"@type": "LiveBlogPosting", "url": URL, "liveBlogUpdate": updates})
    source = html_page(whole(f'<script type="application/ld+json">{ld}</script>', payload(STREAM)))
    assert detect(source).adapter.name == "bbc"
    assert ids(SchemaOrg().read(source, Hints())) == ids(read(source))


@pytest.mark.parametrize("wrap", [next_page, initial_page, json_page])
def test_streams_since_2023(wrap: Any) -> None:
    """The same posts are found wherever the page keeps its data."""
    breaking = new_post(9, options={"isBreakingNews": True})
    edited = new_post(8)
    edited["dates"]["lastPublished"] = "2024-03-05T11:20:00.000Z"
    snapshot = read(wrap(new_data(breaking, edited), NEW_URL))
    first, second = snapshot.entries
    assert first.id == "asset:0f3c7a52-1111-4222-8333-444455550009"
    assert (first.title, first.text) == ("Title 9", "Report 9.")
    assert first.published_at == datetime(2024, 3, 5, 11, 9, 1, tzinfo=UTC)
    assert (first.key_event, first.updated_at) == (True, None)
    assert first.url == f"{NEW_URL}?post=asset%3A0f3c7a52-1111-4222-8333-444455550009#post"
    assert (second.key_event, second.updated_at) == (
        False,
        datetime(2024, 3, 5, 11, 20, tzinfo=UTC),
    )
    assert (snapshot.title, snapshot.complete, snapshot.ended) == (
        "Harbour wall breach",
        True,
        False,
    )


def test_a_named_container_of_data() -> None:
    """Pages that key their data by request are read alike; their header tells of the end."""
    results = {"results": [new_post(1)], "page": {"index": 1, "total": 1}}
    data = {
        "data": {
            "live-header?assetId=c0": {"name": "live-header", "data": {"isLive": False}},
            "stream?assetId=c0&liveTextStreamId=X": {"name": "stream", "data": results},
        }
    }
    snapshot = read(initial_page(data))
    assert (len(snapshot.entries), snapshot.ended) == (1, True)


LINK = block("urlLink", fragment("the chart"), locator="https://port.example/chart", text="")
CAPTION = block("caption", block("text", paragraph(fragment("The breach"))))


@pytest.mark.parametrize(
    ("content", "html", "media"),
    [
        (
            paragraph(fragment("See "), LINK, fragment(" now", "bold", "italic")),
            '<p>See <a href="https://port.example/chart">the chart</a> '
            "<strong><em>now</em></strong></p>",
            [],
        ),
        (
            block("unorderedList", block("listItem", paragraph(fragment("One & two")))),
            "<ul><li>One &amp; two</li></ul>",
            [],
        ),
        (
            block("quote", paragraph(fragment("Stay away."))),
            "<blockquote><p>Stay away.</p></blockquote>",
            [],
        ),
        (block("text", paragraph(fragment("Nested."))), "<p>Nested.</p>", []),
        (block("paragraph", text="Plain <words>"), "<p>Plain &lt;words&gt;</p>", []),
        (
            block(
                "image", block("rawImage", locator="a1/wall.jpg", originCode="cpsprodpb"), CAPTION
            ),
            "",
            [
                [
                    "photo",
                    "https://ichef.bbci.co.uk/ace/standard/976/cpsprodpb/a1/wall.jpg",
                    "The breach",
                ]
            ],
        ),
        (
            block("video", block("clipMedia", link={"path": "/programmes/p0wall"}), CAPTION),
            "",
            [["embed", "https://www.bbc.co.uk/programmes/p0wall", "The breach"]],
        ),
        (
            block("social", source="https://twitter.com/port/status/17"),
            "",
            [["embed", "https://twitter.com/port/status/17", ""]],
        ),
        (block("unheardOf", paragraph(fragment("Words."))), "<p>Words.</p>", []),
    ],
)
def test_blocks(content: dict[str, Any], html: str, media: list[list[str]]) -> None:
    """Each type of block is read as what a reader sees of it."""
    (entry,) = read(next_page(new_data(new_post(1, content)))).entries
    assert entry.html == html
    assert [[one.kind, one.url, one.caption] for one in entry.media] == media


def test_the_head_of_a_post() -> None:
    """Its headline is the title, what stands below it begins the text, contributors sign it."""
    heads = [
        block("headline", block("text", paragraph(fragment("Wall gives way")))),
        block("subheadline", block("text", paragraph(fragment("Near the fish market")))),
        {"type": "contributor", "model": {"name": "The coast correspondent", "blocks": []}},
    ]
    (entry,) = read(next_page(new_data(new_post(1, header={"model": {"blocks": heads}})))).entries
    assert (entry.title, entry.author) == ("Wall gives way", "The coast correspondent")
    assert entry.text == "Near the fish market\n\nReport 1."


ARTICLE = (
    '<article aria-labelledby="title_65e6f2f05c8cf7066bdfaa02" id="post_65e6f2f05c8cf7066bdfaa02" '
    'class="qa-post lx-stream-post lx-stream-post--breaking"><time><span class="gs-u-vh">Posted at '
    '10:30</span><span aria-hidden="true">10:30</span></time><header><h3 class="lx-stream-post__'
    'header-title"><span class="lx-tag">Breaking</span><span class="lx-stream-post__header-text">'
    'Quay Street evacuated</span></h3></header><p class="lx-stream-post__contributor-name">The '
    'coast correspondent</p><div class="qa-post-body"><div class="lx-stream-post-body"><figure>'
    '<img src="data:image/gif;base64,R" data-src="https://ichef.example/cps/{width}/quay.jpg"><div '
    'class="lx-media-asset__copyright"><span aria-hidden="true">Port</span><span class="gs-u-vh">'
    'Copyright: Port</span></div><figcaption><span aria-hidden="true">The quay</span><span class='
    '"gs-u-vh">Image caption: The quay</span></figcaption></figure><p>Everyone is asked to leave.'
    '</p><div class="lx-stream-post-body lx-stream-post-body--embed"><a class="cta" href="https://'
    'twitter.com/port/status/17"><span>View more on twitter</span></a></div></div></div><footer>'
    "<button>Share</button></footer></article>"
)


def test_a_page_without_its_data() -> None:
    """The markup alone is read; times come from the JSON-LD, or from the post's id."""
    ld = json.dumps(
        {
            "@type": "LiveBlogPosting",
            "liveBlogUpdate": [
                {
                    "@type": "BlogPosting",
                    "url": f"{URL}#post_65e6f2f05c8cf7066bdfaa02",
                    "datePublished": "2024-03-05T10:30:00Z",
                    "headline": "Quay Street evacuated",
                }
            ],
        }
    )
    script = f'<script type="application/ld+json">{ld}</script>'
    for body, minute in ((whole(script, ARTICLE), 30), (whole(ARTICLE), 24)):
        (entry,) = read(html_page(body)).entries
        assert row(entry) == {
            "id": "post_65e6f2f05c8cf7066bdfaa02",
            "published_at": f"2024-03-05T10:{minute}:{'00' if minute == 30 else '48'}+00:00",
            "updated_at": None,
            "title": "Quay Street evacuated",
            "text": ["Everyone is asked to leave."],
            "html": "<p>Everyone is asked to leave.</p>",
            "author": "The coast correspondent",
            "key_event": True,
            "media": [
                ["photo", "https://ichef.example/cps/976/quay.jpg", "The quay"],
                ["embed", "https://twitter.com/port/status/17", ""],
            ],
            "url": f"{URL}#post_65e6f2f05c8cf7066bdfaa02",
        }


def test_pages_of_before_2016() -> None:
    """Local times without a zone are London's, which a warning says, or the source's own."""
    items = "".join(
        f'<li class="scroll-box-item" id="pulsar_{number}_HighWeb" '
        f'data-datetime="2015-07-05T1{number}:00:00"><h3>Title {number}</h3>'
        f'<p>Report {number}.</p><div class="share-tools"><a href="/x">Share</a></div></li>'
        for number in (2, 1)
    )
    snapshot = read(html_page(whole(f"<ul>{items}</ul>")))
    assert ids(snapshot) == ["pulsar_2", "pulsar_1"]
    first = snapshot.entries[0]
    assert first.published_at == datetime(2015, 7, 5, 11, 0, tzinfo=UTC)
    assert (first.title, first.text) == ("Title 2", "Report 2.")
    assert first.url == f"{URL}#pulsar_2_HighWeb"
    assert snapshot.timezone == "Europe/London"
    assert "without a zone" in snapshot.warnings[0]
    abroad = read(html_page(whole(f"<ul>{items}</ul>")), Hints(timezone="UTC"))
    assert abroad.entries[0].published_at == datetime(2015, 7, 5, 12, 0, tzinfo=UTC)


def test_older_pages_are_read_at_the_first_poll_only() -> None:
    """Backfill is bounded, and a source that knows its posts reads the first page alone."""
    front = html_page(whole(payload(morph([post(50), post(49)], pages=9))))
    addresses = [f"{URL}/page/{number}" for number in range(2, 2 + OLDER_PAGES)]
    answers = {
        address: html_page(whole(payload(morph([post(50 - n)], pages=9, current=n))), address)
        for n, address in enumerate(addresses, 2)
    }
    first, asked = talk(front, answers, Hints())
    assert asked == addresses
    assert (len(first.entries), first.complete) == (2 + OLDER_PAGES, False)
    known = frozenset({str(first.entries[1].id)})
    later, asked = talk(front, answers, Hints(known=known))
    assert (len(later.entries), asked) == (2, [])


def test_a_burst_longer_than_a_page_is_read_whole() -> None:
    """Where no post of the first page is known, more came than it holds: further ones are read."""
    front = html_page(whole(payload(morph([post(50), post(49)], pages=2))))
    older = html_page(whole(payload(morph([post(48), post(47)], pages=2, current=2))))
    known = frozenset({f"post_{post(47)['assetId']}"})
    snapshot, asked = talk(front, {f"{URL}/page/2": older}, Hints(known=known))
    assert (len(snapshot.entries), len(asked)) == (4, 1)


@pytest.mark.parametrize(
    ("answer", "count", "complete"),
    [
        (html_page(whole(payload(morph([post(1)], pages=2, current=2)))), 2, True),
        (html_page(whole(payload(morph([post(9)], pages=2)))), 1, False),
        (html_page(whole("Not found")), 1, False),
        (None, 1, False),
    ],
    ids=["the second page", "the first once more", "another page", "a failure"],
)
def test_the_second_page(answer: Page | None, count: int, complete: bool) -> None:
    """Complete is what was read whole."""
    front = html_page(whole(payload(morph([post(9)], pages=2))))
    answers = {f"{URL}/page/2": answer} if answer else {}
    snapshot, _ = talk(front, answers, Hints())
    assert (len(snapshot.entries), snapshot.complete) == (count, complete)


def test_where_further_pages_stand() -> None:
    """Each spelling has addresses of its own."""
    data = {"uri": URI, "payload": morph([post(1)], pages=2)}
    for source, address in (
        (next_page(new_data(new_post(1), pages=2)), f"{NEW_URL}?page=2"),
        (json_page(data, f"https://push.example{URI}"), f"https://push.example{URI}"),
        (json_page(data), f"{URL}/page/2"),
    ):
        assert talk(source, {}, Hints())[1] == [address.replace("pageNumber/1", "pageNumber/2")]


@pytest.mark.parametrize(
    "url", [f"{URL}/page/3", f"{URL}?page=3", f"{URL}?pinned_post_locator=urn:asset:x", f"{URL}#p"]
)
def test_other_addresses_of_a_live_page_are_polled_at_its_front_page(url: str) -> None:
    """Older pages and links to one post never show what is new."""
    source = html_page(whole(payload(morph([post(1)]))), url)
    assert ADAPTER.recognises(source).poll_url == URL


@pytest.mark.parametrize(
    ("source", "ended"),
    [
        (next_page(new_data(new_post(1))), False),
        (next_page(new_data(new_post(1), live=False)), True),
        (html_page(whole(payload(STREAM), title="Wall breach: As it happened")), True),
        (
            html_page(
                whole(
                    payload(
                        {"statuses": {"overall": "CATCHUP"}},
                        "/data/bbc-morph-lx-page-component-data/x",
                    ),
                    payload(STREAM),
                )
            ),
            True,
        ),
        (
            html_page(
                whole(
                    payload(morph([post(5, title="We are ending our live coverage"), post(4)])),
                )
            ),
            True,
        ),
    ],
)
def test_the_end_of_coverage(source: Page, ended: bool) -> None:
    """The data tells, the headline, or the newest post."""
    assert read(source).ended is ended


def test_a_page_cut_off_is_not_complete() -> None:
    """What the end of a page would have held is not taken for withdrawn, nor half a post told."""
    body = whole(ARTICLE, ARTICLE.replace("aa02", "aa01"))
    cut = read(html_page(body[: body.rindex("<p>Everyone") + 12]))
    assert (ids(cut), cut.complete) == (["post_65e6f2f05c8cf7066bdfaa02"], False)
    data = whole(payload(morph([post(2), post(1)])))
    assert not read(html_page(data.removesuffix("</body></html>"))).complete


def test_a_post_that_stands_twice_is_counted_once() -> None:
    """A post that was pinned stands on top as well."""
    assert ids(read(html_page(whole(payload(morph([post(1), post(2), post(1)])))))) == [
        "post_65e6f7a05c8cf7066bdf0001",
        "post_65e6f7a05c8cf7066bdf0002",
    ]


@pytest.mark.parametrize(
    "source",
    [
        html_page(whole("<article><p>An ordinary article.</p></article>")),
        html_page(whole('<script>"liveTextStream"</script>')),
        html_page(whole(ARTICLE).replace("post_", "x_")),
        page(whole(ARTICLE), "https://other.example/live", "text/html", LATER),
        json_page({"results": [{"title": "x"}]}),
        json_page([]),
        page('{"results', NEW_URL, "application/json", LATER),
        next_page(new_data()),
    ],
)
def test_other_pages_are_not_taken(source: Page) -> None:
    """Articles, other sites and other data are left to others."""
    assert ADAPTER.recognises(source).confidence == 0


WHOLE_PAGE = whole(payload(STREAM), ARTICLE).encode()
NEW_PAGE = next_page(new_data(new_post(2, paragraph(LINK)), new_post(1))).document.body


@given(broken(WHOLE_PAGE))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=2000)
def test_a_broken_page_is_read_or_refused(body: bytes) -> None:
    """Whatever becomes of a page, reading it ends soon, in a snapshot or in an error of ours."""
    survives(html_page(body))


@given(broken(NEW_PAGE))
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=2000)
def test_a_broken_new_page_is_read_or_refused(body: bytes) -> None:
    """The same for pages since 2023."""
    survives(html_page(body, NEW_URL))


@given(replaced_values(STREAM))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=2000)
def test_broken_data_is_read_or_refused(value: object) -> None:
    """Any property may be missing or of another type."""
    survives(page(json.dumps(value), NEW_URL, "application/json", LATER))


@given(replaced_values(new_data(new_post(2, paragraph(LINK), CAPTION), new_post(1))))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=2000)
def test_broken_new_data_is_read_or_refused(value: object) -> None:
    """The same for data since 2023."""
    survives(page(json.dumps(value), NEW_URL, "application/json", LATER))


def test_depth_is_bounded() -> None:
    """A tree of a hundred levels, or of ten thousand, is read as far as a reader would follow."""
    deep: dict[str, Any] = {"name": "text", "text": "down there"}
    inner: dict[str, Any] = fragment("down there")
    for _ in range(100):
        deep = {"name": "quote", "children": [deep]}
        inner = block("x", inner)
    assert read(html_page(whole(payload(morph([post(1, body=[deep])]))))).entries[0].text == ""
    assert read(next_page(new_data(new_post(1, inner)))).entries[0].text == ""
    endless = f"<script>Morph.setPayload('{URI}', {'[' * 10_000});</script>"
    survives(html_page(whole(endless, ARTICLE)))
    survives(html_page(whole(f"<script>__INITIAL_DATA__={'{' * 9}{'[' * 10_000}</script>")))


@pytest.mark.parametrize(
    "part",
    ['<div class="x__copyright">', "<article id=x ", '<span class="gs-u-vh">', "setPayload('"],
)
def test_markup_made_to_be_slow_is_read_in_time(part: str) -> None:
    """Searching a page costs no more than its size."""
    survives(html_page(whole(ARTICLE.replace("<p>Every", f"{part * 15_000}<p>Every"))))


def survives(source: Page) -> None:
    """Recognise and read; only our errors may come, and soon."""
    start = time.perf_counter()
    try:
        ADAPTER.recognises(source)
        validated(ADAPTER.read(source, Hints()), source.fetched_at)
        talk(source, {}, Hints())
    except SourceError:
        pass
    assert time.perf_counter() - start < 4


def test_the_corpus_page() -> None:
    """A real page and its data alone agree with what an independent reader found."""
    folder = corpus("bbc-coronavirus-2020-05-12")
    lines = (folder / "oracle.jsonld.jsonl").read_text(encoding="utf-8").splitlines()
    want = [json.loads(line) for line in lines]
    body = (folder / "page.html").read_bytes()
    alone = json_page(json.loads((folder / "page-data.json").read_bytes()))
    without_data = html_page(body.replace(b"data-paged/", b"data-gone/"))
    for source in (html_page(body), alone, without_data):
        snapshot = read(source)
        assert not snapshot.complete
        assert [(e.id, e.title) for e in snapshot.entries] == [(w["id"], w["title"]) for w in want]
        for entry, known in zip(snapshot.entries, want, strict=True):
            assert entry.published_at == datetime.fromisoformat(known["published"])
    texts = [entry.text for entry in read(html_page(body)).entries]
    assert texts == [entry.text for entry in read(without_data).entries]
