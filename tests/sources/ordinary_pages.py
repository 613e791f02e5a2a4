"""Ordinary pages that have times on them and are no live blogs: all places and people invented.

Each is written as sites of its kind write it. `PAGES` maps a name to the page's address and body.
"""

from __future__ import annotations

from collections.abc import Iterable

TODAY = "2024-03-05"
"""The day the pages are of; they are fetched at noon, UTC."""

LINES = (
    "The north basin was shut after a crane leaned over the quay wall.",
    "Two tugs left for the freighter, which had lost its engine.",
    "The ferry stayed in port, and passengers were sent to the hotel.",
    "Divers looked below the waterline and found no leak.",
    "The wind rose to ten on the pier, and the flags came down.",
    "The harbour master spoke to the crews in the old market hall.",
    "A second line was made fast, and the freighter began to turn.",
    "The lights on the mole went out for an hour and came back.",
)
HEADS = (
    "North basin shut after crane leans", "Tugs leave for drifting freighter",
    "Ferry stays in port overnight", "Divers find no leak", "Wind rises to ten on the pier",
    "Harbour master meets the crews", "Second line made fast", "Lights out on the mole",
)  # fmt: skip


def _page(body: str, title: str = "The Norwick Quay", lang: str = "en", head: str = "") -> str:
    return (
        f'<!doctype html><html lang="{lang}"><head><title>{title}</title>{head}</head><body>'
        '<header><nav><a href="/">Home</a> <a href="/live">Live</a> <a href="/news">News</a></nav>'
        f"</header><main>{body}</main><footer>Imprint</footer></body></html>"
    )


def _rows(times: Iterable[str], write: str) -> str:
    return "".join(
        write.format(
            n=n, t=time, head=HEADS[n % 8], line=LINES[n % 8], at=f"{TODAY}T{time}:00+00:00"
        )
        for n, time in enumerate(times)
    )


_FALLING = ("11:52", "11:31", "10:47", "10:12", "09:38", "09:03", "08:26", "07:59")
_RISING = tuple(reversed(_FALLING))
_EVENING = ("17:05", "18:00", "18:55", "20:15", "21:45", "22:10", "22:40", "23:25")
_NOTE = '<meta property="article:published_time" content="2024-03-05T06:30:00Z">'

ARTICLE = f"<p>{'</p><p>'.join(LINES * 2)}</p>"

PAGES: dict[str, tuple[str, str]] = {
    # -- articles with times in them ------------------------------------------------------------
    "chronicle in an article": ("/news/how-the-crane-fell-4412", _page(
        "<h1>How the crane fell: the day in Norwick</h1><p>5 March 2024</p>" + ARTICLE
        + _rows(_RISING, "<p><strong>{t}</strong> {line}</p>"), head=_NOTE)),
    "timeline in a list": ("/wiki/Norwick_crane_accident", _page(
        "<h1>Norwick crane accident</h1>" + ARTICLE + "<h2>Timeline</h2><ul>"
        + _rows(_RISING, "<li>{t}: {line}</li>") + "</ul><h2>Aftermath</h2>" + ARTICLE)),
    "timeline component": ("/longread/crane", _page(
        "<h1>The crane</h1>" + ARTICLE + '<div class="timeline">' + _rows(
            _RISING, '<div class="timeline-item"><span class="time">{t}</span><h3>{head}</h3>'
            "<p>{line}</p></div>") + "</div>" + ARTICLE)),
    "diary of a day": ("/style/my-day-keeper", _page(
        "<h1>My day: the keeper of the Norwick light</h1>" + "".join(
            f"<p><b>{t}</b> I {line}</p>" for t, line in (
                ("6.40am", "get up and put the kettle on. It is dark."),
                ("7.15am", "walk the dog along the mole and count the gulls."),
                ("9.20am", "write the log of the night and answer letters."),
                ("12.35pm", "eat soup with the crew of the pilot boat."),
                ("4.10pm", "wash the lamp, which takes until the light goes."),
            )))),
    "police log": ("/news/police-log-march-5", _page(
        "<h1>Police log, March 5</h1>" + _rows(
            ("7:12", "8:47", "9:31", "10:06", "11:19"),
            "<p>{t} a.m., Mill Street: A caller said that a crane was in the way. {line}</p>"))),
    "how to watch": ("/sport/norwick-regatta-how-to-watch-live-updates", _page(
        "<h1>Norwick regatta: start time, TV channel, live updates and how to follow it</h1>"
        + ARTICLE + "<p>7pm GMT: The first boats leave the mole.</p>" + ARTICLE)),
    "live in the headline": ("/news/people-who-live-on-the-quay", _page(
        "<h1>The people who live on the quay</h1>" + ARTICLE
        + "<p>14:50 It is loud when the ferry comes in.</p><p>16:20 It is quiet again.</p>"
        + ARTICLE)),
    "link to a live blog": ("/news/crane-leans", _page(
        "<h1>Crane leans over quay</h1><p>Follow our <a href='/live/crane'>live updates</a> here."
        "</p><p>09:12 The crane leans.</p><p>10:40 It is still there.</p>" + ARTICLE)),
    "publication stamp": ("/newsticker/crane-77", _page(
        '<h1>Crane leans over quay</h1><div class="stamp"><time datetime="2024-03-05T07:30:00">'
        "05.03.2024 07:30 Uhr</time></div><p>Norwick Review</p>" + ARTICLE, lang="de")),
    "sections of a law": ("/terms", _page(
        "<h1>Terms of use</h1>" + "".join(
            f"<p>6.{n}. Whoever leaves a boat here pays for the berth of that day.</p>"
            for n in range(1, 25)))),
    "verses": ("/book/tide/3", _page(
        "<h1>The Book of Tides, chapter 3</h1>" + "".join(
            f"<p>3:{n} And the water came up to the mole, and they waited.</p>"
            for n in range(10, 30)))),
    "minutes of a meeting": ("/council/minutes-0305", _page(
        "<h1>Minutes of the harbour council</h1><p>5 March 2024</p>" + _rows(
            ("9:02", "9:17", "9:44", "10:31", "11:08"),
            "<p>{t} Agenda item {n}. {line}</p>"))),
    "race results": ("/sport/results", _page(
        "<h1>Results of the harbour run, live timing</h1><ol>" + _rows(
            ("18:41", "18:55", "19:02", "19:20", "20:11"), "<li>{t} Runner of crew {n}</li>")
        + "</ol>")),
    "recording with chapters": ("/podcast/live-from-the-quay", _page(
        "<h1>Live from the quay, episode 12</h1><h2>Chapters</h2><ul>" + _rows(
            ("00:00", "01:47", "06:12", "11:33", "17:58"), "<li>{t} {line}</li>") + "</ul>")),
    "transcript": ("/podcast/12/transcript", _page(
        "<h1>Transcript: live at the market hall</h1>" + _rows(
            ("00:01", "00:34", "01:12", "02:45", "03:31"), "<p>{t} Speaker {n}: {line}</p>"))),
    "chat log": ("/logs/quay-0305", _page(
        "<h1>#quay on 5 March 2024</h1><pre>" + _rows(
            _RISING, "[{t}] &lt;gull{n}&gt; {line}\n") + "</pre>")),
    # -- programmes, timetables, fixtures -------------------------------------------------------
    "television": ("/tv", _page(
        "<h1>On television tonight</h1>" + _rows(
            _EVENING, "<li><b>{t}</b> {head}. {line}</li>"))),
    "television, German": ("/fernsehprogramm", _page(
        "<h1>Fernsehprogramm heute: Livestream und Ticker</h1>" + _rows(
            _EVENING, '<div class="sendung"><span class="uhrzeit">{t} Uhr</span><h3>{head}</h3>'
            "<p>Film, 45 Min.</p></div>"), lang="de")),
    "television, French": ("/programme-tv", _page(
        "<h1>Programme TV de ce soir en direct</h1>" + _rows(
            ("17h05", "18h00", "18h55", "20h15", "21h45"), "<p>{t} {head}. Téléfilm.</p>"),
        lang="fr")),
    "radio tracks": ("/radio/playlist", _page(
        "<h1>Now playing – live</h1><ul>" + _rows(
            ("11:56", "11:52", "11:47", "11:43", "11:38"), "<li>{t} The Gulls – {head}</li>")
        + "</ul>")),
    "departures": ("/station", _page(
        "<h1>Live departures from Norwick</h1><table>" + _rows(
            _RISING, "<tr><td>{t}</td><td>Mole and island</td><td>On time</td></tr>")
        + "</table>")),
    "conference": ("/events/harbour-day", _page(
        "<h1>Harbour day 2024: agenda</h1>" + _rows(
            ("09:00", "09:45", "10:30", "11:15", "12:00"),
            "<p><strong>{t}</strong> {head}. {line}</p>"))),
    "conference with odd times": ("/events/harbour-day", _page(
        "<h1>Harbour day: schedule with live stream</h1>" + _rows(
            ("09:05", "09:40", "10:20", "11:10", "12:35"),
            "<p><strong>{t}</strong> {head}. Talk in the hall.</p>"))),
    "fixtures": ("/sport/fixtures", _page(
        "<h1>Fixtures and live scores</h1>" + _rows(
            ("12:30", "15:00", "15:00", "17:30", "19:45"),
            '<div class="fixture"><time datetime="{at}">{t}</time> Norwick v Eastmole {n}</div>'))),
    "showtimes": ("/cinema", _page(
        "<h1>Showtimes</h1>" + _rows(
            _EVENING, '<div class="film"><h3>{head}</h3><p>{line}</p><span class="time">{t}</span>'
            "</div>"))),
    "weather by the hour": ("/weather", _page(
        "<h1>Norwick weather: live</h1><ul>" + _rows(
            ("11:00", "12:00", "13:00", "14:00", "15:00"),
            "<li>{t} 8° Rain showers and a moderate breeze</li>") + "</ul>")),
    "prayer times": ("/prayer", _page(
        "<h1>مواقيت الصلاة اليوم</h1>" + _rows(
            ("05:12", "06:31", "12:07", "15:24", "17:48"), "<p>{t} صلاة {n}</p>"), lang="ar")),
    "events to come": ("/whats-on", _page(
        "<h1>What's on</h1>" + _rows(
            ("14:10", "15:20", "16:35", "18:05", "19:20"),
            '<div class="event"><time datetime="2024-03-09T14:{n}0:00Z">{t}</time><h3>{head}</h3>'
            "<p>{line}</p></div>"), head='<script type="application/ld+json">{"@type":"Event",'
            '"name":"Regatta","startDate":"2024-03-09T14:00:00Z"}</script>')),
    # -- lists of other pages -------------------------------------------------------------------
    "home page": ("/", _page(
        "<h1>The Norwick Quay</h1>" + _rows(
            _FALLING, '<article class="card live-card"><h2><a href="/n/a-{n}">{head}</a></h2>'
            '<p>{line}</p><time datetime="{at}">{t}</time></article>'))),
    "ticker box on a home page": ("/", _page(
        "<h1>The Norwick Quay</h1>" + ARTICLE + '<div class="ticker"><h2>Live ticker</h2><ul>'
        + _rows(_FALLING, '<li><span class="time">{t}</span> <a href="/n/a-{n}">{head}</a></li>')
        + "</ul></div>")),
    "latest news": ("/latest", _page(
        "<h1>Latest updates</h1>" + _rows(
            _FALLING, '<div class="row"><p class="time">{t}</p><h3><a href="/news/{n}">{head}</a>'
            "</h3><p>{line}</p></div>"))),
    "section below its address": ("/news", _page(
        "<h1>News</h1>" + _rows(
            _FALLING, '<article><h3><a href="/news/story-number-{n}">{head}</a></h3><p>{line}</p>'
            '<time datetime="{at}">{t}</time></article>'))),
    "films with their length": ("/video", _page(
        "<h1>Videos and live updates</h1>" + _rows(
            ("03:43", "03:16", "01:42", "02:05"),
            '<div><a href="/v/{n}"><img src="/{n}.jpg"></a><div>{t}</div><h2><a href="/v/{n}">'
            "{head}</a></h2></div>"))),
    "search results": ("/search?q=live", _page(
        "<h1>Results for “live updates”</h1>" + _rows(
            _FALLING, '<li><a href="/n/{n}"><h3>{head}</h3></a><p>… {line} …</p><span '
            'class="date-time">5 March 2024, {t}</span></li>'), "live updates - search")),
    "blog front page": ("/blog", _page(
        "<h1>The keeper's blog</h1>" + _rows(
            _FALLING, '<article class="post hentry" id="post-{n}071"><h2 class="entry-title"><a '
            'href="/2024/03/keeper-writes-{n}">{head}</a></h2><time class="entry-date" '
            'datetime="{at}">{t}</time><div class="entry-content"><p>{line}</p></div></article>'))),
    "kickers over linked headlines": ("/", _page(_rows(
        _FALLING, '<li class="post"><h3>harbour notes</h3><h2 class="x"><a href="/h/{n}">{head}'
        '</a></h2><p>{line}</p><span class="date" data-time="17096{n}0000">{t}</span></li>'))),
    "subscribers' teasers of one minute": ("/a/b", _page(
        "<h1>Hello</h1>" + ARTICLE + _rows(
            ("11:34",) * 4, '<div class="entry"><time datetime="{at}">{t}</time><p>{line}</p>'
            "</div>"))),
    # -- readers, forums, products --------------------------------------------------------------
    "comments": ("/news/crane", _page(
        "<h1>Crane leans</h1>" + ARTICLE + '<section id="comments">' + _rows(
            _FALLING, '<div class="comment"><b>gull{n}</b> <time datetime="{at}">{t}</time>'
            "<p>{line}</p></div>") + "</section>")),
    "comments under a live blog's name": ("/live/crane-live", _page(
        "<h1>Crane leans: live</h1>" + ARTICLE + '<div class="x">' + _rows(
            _FALLING, '<div><b>gull{n}</b> <time datetime="{at}">{t}</time><p>{line}</p>'
            "<a href='#r'>Reply</a> <a href='#'>Report</a></div>") + "</div>")),
    "forum": ("/forum/t/991", _page(
        "<h1>Who saw the crane?</h1>" + _rows(
            _RISING, '<div class="x"><a href="/members/gull{n}">gull{n}</a><p class="posted">'
            "Posted 5 March 2024 - {t} AM</p><p>{line}</p></div>"))),
    "questions": ("/tasks", _page(
        "<h1>Ask the harbour</h1>" + _rows(
            _FALLING, '<article class="task"><a href="/profile/gull{n}">gull{n}</a><time '
            'datetime="{at}">{t}</time><p>{line}</p></article>'))),
    "ratings in a shop": ("/shop/ropes", _page(
        "<h1>Ropes</h1>" + _rows(
            ("3.45", "4.05", "4.05", "4.55", "5.05"),
            "<div><p>Rope {n}</p><div>{t}</div><p>({n})</p><p>Was: 140.00</p><p>Now: 49.99</p>"
            "</div>"))),
    "recipe": ("/recipes/soup", _page(
        "<h1>Fish soup</h1><ul><li>Prep 0:20</li><li>Cook 1:05</li></ul><ol>" + _rows(
            ("0:00", "0:20", "0:45"), "<li>{t} {line}</li>") + "</ol>")),
    "log of changes": ("/changelog", _page(
        "<h1>Changelog</h1>" + "".join(
            f"<h2>1.{n}.0 – 2024-0{n + 1}-11 14:2{n}</h2><ul><li>{line}</li></ul>"
            for n, line in enumerate(LINES)))),
    "commits": ("/gull/quay/commits", _page(_rows(
        _FALLING, '<li><a href="/gull/quay/commit/a{n}">{head}</a><relative-time datetime="{at}">'
        "5 Mar 2024</relative-time></li>"))),
    "numbers by the minute": ("/market", _page(
        "<h1>Norwick index: live</h1><table>" + _rows(
            _FALLING, '<tr><td><time datetime="{at}">{t}</time></td><td>1.{n}4</td><td>+0.{n}</td>'
            "</tr>") + "</table>")),
    "structured data of an article": ("/news/crane-leans-77", _page(
        "<h1>Crane leans</h1>" + ARTICLE, head='<script type="application/ld+json">{"@type":'
        '"NewsArticle","headline":"Crane leans","datePublished":"2024-03-05T07:30:00Z"}</script>'
        '<script type="application/ld+json">{"@type":"VideoObject","name":"Live from the quay",'
        '"publication":{"@type":"BroadcastEvent","isLiveBroadcast":true,"startDate":'
        '"2024-03-05T08:00:00Z"}}</script>')),
}  # fmt: skip
