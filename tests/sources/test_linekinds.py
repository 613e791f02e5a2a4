"""What a line of a live blog is, told by its wording."""

import pytest

from bot.sources.linekinds import (
    ends_with_credit,
    follows_the_blog,
    is_agency_line,
    is_headline,
    is_load_more,
    is_newsletter,
    is_page_furniture,
    read_more,
    says_ended,
    title_says_ended,
)


@pytest.mark.parametrize(
    "line",
    [
        "Boats at dawnImage: agency/F. Otter",
        "The ferry lies near the light. Image: coastguard/handout",
        "Image: agency",
        "Boote im HafenBild: agentur",
        "Barcos en el puertoFoto: agencia/X. Y",
        "Boats © agency",
    ],
)
def test_credits_end_captions(line: str) -> None:
    """A credit at the end, glued or spaced, in several languages."""
    assert ends_with_credit(line)


@pytest.mark.parametrize(
    "line",
    ["The new image: a study of fog", "She posted a photo.", "Photo: He came. Then he left again."],
)
def test_sentences_about_pictures_are_no_credits(line: str) -> None:
    """A picture in a sentence is news."""
    assert not ends_with_credit(line)


@pytest.mark.parametrize("line", ["Harbor master: Fog will lift", "Boats on Mill Street", "Fog"])
def test_headlines(line: str) -> None:
    """Short, no full stop."""
    assert is_headline(line)


@pytest.mark.parametrize(
    "line",
    [
        "The fog is gone.",
        "He said:",
        '"Fog," he said',
        "more fog",
        "More to follow",
        "x" * 200,
        "12",
    ],
)
def test_no_headlines(line: str) -> None:
    """Sentences, quotations, announcements and long lines belong to the text."""
    assert not is_headline(line)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Read more: Why fog comes", "Why fog comes"),
        ("READ MORE: Why fog comes", "Why fog comes"),
        ("Lesen Sie auch: Nebel", "Nebel"),
        ("À lire aussi : La brume", "La brume"),
        ("Lea también: La niebla", "La niebla"),
        ("Leia também: A névoa", "A névoa"),
        ("Leggi anche: La nebbia", "La nebbia"),
        ("Czytaj też: Mgła", "Mgła"),
        ("Читайте также: Туман", "Туман"),
        ("Читайте також: Туман", "Туман"),
        ("اقرأ المزيد: الضباب", "الضباب"),
        ("Lire aussi :", ""),
    ],
)
def test_read_more(line: str, title: str) -> None:
    """The invitation ends where the title begins."""
    at = read_more(line)
    assert at is not None
    assert line[at:] == title


@pytest.mark.parametrize("line", ["Read", "Readers wrote in.", "He read more than: ten books"])
def test_no_read_more(line: str) -> None:
    """The word alone invites to nothing."""
    assert read_more(line) is None


@pytest.mark.parametrize(
    "line",
    ["ed, ls, jsi/stb (Reuters, AP, AFP, dpa)", "dpa/AFP", "(dpa, AFP)", "ab/cd", "Quelle: dpa"],
)
def test_agency_lines(line: str) -> None:
    """Initials and agencies sign a text."""
    assert is_agency_line(line)


@pytest.mark.parametrize("line", ["AP said the boat sank.", "ok", "The agencies (AP, AFP) agree"])
def test_no_agency_lines(line: str) -> None:
    """A sentence with an agency in it is a report."""
    assert not is_agency_line(line)


def test_lines_of_the_page_itself() -> None:
    """Newsletter, labels, comment heads and buttons are told from reports."""
    assert is_newsletter("Each evening our editors send out a selection. Sign up here.")
    assert not is_newsletter("The harbour office sent a letter with news.")
    assert is_page_furniture("Skip next section Explore more")
    assert not is_page_furniture("Skip the ferry, the harbour master says.")
    assert follows_the_blog("12 Comments")
    assert follows_the_blog("!@#$ COMMENTS")
    assert not follows_the_blog("Comments by the mayor have caused anger.")
    assert is_load_more("Load more")
    assert is_load_more("Weitere Beiträge laden")
    assert not is_load_more("Show more courage, she said")


@pytest.mark.parametrize(
    "sentence",
    [
        "This concludes our live coverage. Thank you for following along.",
        "This live blog is now closed.",
        "We're closing this live blog now.",
        "Damit beenden wir diesen Liveticker.",
        "Dieser Liveblog ist beendet.",
        "Ce direct est maintenant terminé.",
        "Finalizamos aquí nuestra cobertura en directo.",
    ],
)
def test_the_end_of_coverage(sentence: str) -> None:
    """Newsrooms say when they stop."""
    assert says_ended(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "We are closing our live coverage for tonight but will be back at first light.",
        "The mayor says the blog post was closed to comments.",
        "Live coverage of the match continues.",
    ],
)
def test_a_pause_is_no_end(sentence: str) -> None:
    """A newsroom that comes back in the morning has not ended."""
    assert not says_ended(sentence)


def test_a_headline_in_the_past() -> None:
    """The words "as it happened" are said when all is over."""
    assert title_says_ended("Storm hits the bay — as it happened")
    assert not title_says_ended("Storm hits the bay: live updates")
