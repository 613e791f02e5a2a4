"""bot.observe: logs that hold no secret and stay one line, metrics that belong to one instance."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.observe import Metrics, configure_logging, redactor

TOKEN = "123456789:AAaaBBbbCCccDDddEEeeFFffGGggHHhhIIi"
PASSWORD = 'p"ä s/s'


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    """Logging as it was before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "aiohttp", "telegram")}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, one in levels.items():
        logging.getLogger(name).setLevel(one)
    structlog.reset_defaults()


def fail_with(text: str) -> None:
    """Raise an error that holds `text`, from an error that holds it too."""
    try:
        raise ValueError(f"inner {text}")
    except ValueError as error:
        raise RuntimeError(f"outer {text}") from error


@pytest.mark.parametrize("as_json", [False, True])
def test_secrets_never_show(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    """No secret shows in an event, a value, a URL, a traceback or a library's line."""
    configure_logging("debug", as_json, [TOKEN, PASSWORD, ""])
    log = structlog.get_logger("bot.somewhere")
    event = f"token {TOKEN}"
    log.info(event, password=PASSWORD, nested={"list": [TOKEN, PASSWORD]})
    log.warning("posting", url=f"https://api.telegram.org/bot{TOKEN}/sendMessage")
    try:
        fail_with(f"{TOKEN} {PASSWORD}")
    except RuntimeError as error:
        log.exception("failed")
        logging.getLogger("library").warning("failed with %s", error)
    logging.getLogger("library").warning("url %s", f"postgresql://u:{PASSWORD}@db/x")
    err = capsys.readouterr().err
    assert TOKEN not in err
    assert TOKEN[10:] not in err
    for spelling in (PASSWORD, PASSWORD.replace('"', '\\"')):
        assert spelling not in err
    assert err.count("[secret]") >= 10
    assert "RuntimeError" in err
    assert "https://api.telegram.org/bot[secret]/sendMessage" in err


def test_unknown_tokens() -> None:
    """What looks like a bot token is masked also when nobody named it."""
    assert redactor([])(f"GET /bot{TOKEN}/getMe") == "GET /bot[secret]/getMe"


@given(st.text(min_size=4, max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_secret(secret: str, before: str, after: str) -> None:
    """Whatever characters a secret has, it does not survive in any text."""
    masked = redactor([secret])(before + secret + after)
    assert "[secret]" in masked
    if secret not in "[secret]" and secret not in f"{before}[secret]{after}":
        assert secret not in masked


def test_a_secret_within_another() -> None:
    """The longer of two secrets is masked whole."""
    assert redactor(["abcd", "abcdef"])("x abcdef y") == "x [secret] y"


def test_tiny_secrets_are_ignored() -> None:
    """An empty or one-letter secret does not eat the log."""
    assert redactor(["", "a"])("a cat") == "a cat"


def test_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """A record is one line that holds time, level, module, event and values."""
    configure_logging("info", False, [])
    structlog.get_logger("bot.intake.poller").info("source added", source=7, name="Harbour live")
    (line,) = capsys.readouterr().err.splitlines()
    for part in ("source added", "source=7", "Harbour live", "info", "bot.intake.poller", "Z"):
        assert part in line


def test_hostile_values(capsys: pytest.CaptureFixture[str]) -> None:
    """A page's text can neither start a line of its own nor send codes to a terminal."""
    configure_logging("info", False, [])
    evil = "a\nb\rc\x1b[31md\x9b\u2028e"
    structlog.get_logger("x").info(evil, title=evil)
    logging.getLogger("library").warning(evil)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert not any(set(line) & set("\r\x1b\x9b\u2028") for line in lines)


def test_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line is a JSON object, a traceback within it, from either way of logging."""
    configure_logging("info", True, [])
    structlog.get_logger("bot.x").info("ünï", value={"a": object})
    try:
        fail_with("x")
    except RuntimeError:
        logging.getLogger("library").exception("broken")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["event"], first["level"], first["logger"]) == ("ünï", "info", "bot.x")
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["level"], second["logger"]) == ("broken", "error", "library")
    assert "outer x" in second["exception"]


def test_levels(capsys: pytest.CaptureFixture[str]) -> None:
    """Records under the level are dropped; chatty libraries speak from warnings up."""
    configure_logging("debug", False, [])
    structlog.get_logger("bot.x").debug("ours")
    for name in ("httpx", "httpcore.connection", "aiohttp.access", "telegram.ext", "apscheduler"):
        logging.getLogger(name).info("chatter")
    assert capsys.readouterr().err.count("\n") == 1
    configure_logging("error", False, [])
    structlog.get_logger("bot.x").warning("quiet")
    logging.getLogger("httpx").warning("quiet")
    assert capsys.readouterr().err == ""


def test_twice(capsys: pytest.CaptureFixture[str]) -> None:
    """Configuring again replaces the first, also for loggers already in use."""
    log = structlog.get_logger("bot.x")
    configure_logging("info", False, [])
    log.info("one")
    configure_logging("info", True, [])
    log.info("two")
    one, two = capsys.readouterr().err.splitlines()
    assert "one" in one
    assert json.loads(two)["event"] == "two"


def test_unknown_level() -> None:
    """A wrong level stops the start with a line that names it and the right ones."""
    with pytest.raises(ConfigError, match=r"'loud'.*debug, info"):
        configure_logging("loud", False, [])


def test_a_record_that_cannot_be_formatted(capsys: pytest.CaptureFixture[str]) -> None:
    """A broken record neither stops its caller nor shows what it holds."""
    configure_logging("info", False, [TOKEN])
    root = logging.getLogger()
    root.handlers[:] = root.handlers[-1:]  # without pytest's own, which fails the test instead
    logging.getLogger("library").warning("%d", TOKEN)
    err = capsys.readouterr().err
    assert "could not be written" in err
    assert TOKEN not in err


def test_metrics() -> None:
    """What is counted is rendered for Prometheus."""
    metrics = Metrics()
    metrics.polls.labels(result="changed").inc()
    metrics.entries.labels(change="new").inc(3)
    metrics.deliveries.labels(outcome="sent").inc(2)
    metrics.telegram_errors.labels(kind="flood").inc()
    metrics.possible_repeats.inc()
    metrics.pending_deliveries.set(12)
    metrics.publish_to_seen.observe(1.5)
    metrics.seen_to_sent.observe(0.2)
    body, content_type = metrics.render()
    lines = body.decode().splitlines()
    for line in (
        'liverelay_polls_total{result="changed"} 1.0',
        'liverelay_entries_total{change="new"} 3.0',
        'liverelay_entries_total{change="withdrawn"} 0.0',
        'liverelay_deliveries_total{outcome="sent"} 2.0',
        'liverelay_telegram_errors_total{kind="flood"} 1.0',
        "liverelay_possible_repeats_total 1.0",
        "liverelay_pending_deliveries 12.0",
        'liverelay_publish_to_seen_seconds_bucket{le="2.0"} 1.0',
        'liverelay_publish_to_seen_seconds_bucket{le="1.0"} 0.0',
        'liverelay_seen_to_sent_seconds_bucket{le="0.25"} 1.0',
    ):
        assert line in lines
    assert content_type.startswith("text/plain; version=0.0.4")


def test_metrics_are_apart() -> None:
    """Two instances in one process do not count for each other."""
    first, second = Metrics(), Metrics()
    first.possible_repeats.inc()
    assert b"liverelay_possible_repeats_total 0.0" in second.render()[0]
