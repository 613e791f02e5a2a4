"""What an operator sees of a running LiveRelay: log lines without secrets, and metrics.

Modules write ``log = structlog.get_logger(__name__)`` and ``log.info("source added", source=7)``;
nothing is set up until ``configure_logging`` is called, once, by the start.
"""

from __future__ import annotations

import json as json_module
import logging
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from urllib.parse import quote

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.errors import ConfigError
from bot.model import ChangeKind

LEVELS = ("debug", "info", "warning", "error", "critical")

_CHATTY = (
    "alembic",
    "httpx",
    "httpcore",
    "aiohttp",
    "apscheduler",
    "telegram",
    "uvicorn",
    "asyncio",
)
_MASK = "[secret]"
_BOT_TOKEN = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{30,}")  # any bot's token, also an unknown one
_SHORTEST_SECRET = 4  # characters; masking every "a" would hide the log and no secret
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_CONTROL |= {0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def configure_logging(level: str, json: bool, secrets: Sequence[str]) -> None:
    """Send every log record, structlog's and the standard library's, to standard error.

    Calling it again replaces what the last call set up.

    Args:
        level: "debug", "info", "warning", "error" or "critical". Libraries log from "warning" up,
            whatever the level: httpx alone writes each address, token included, at "info".
        json: one JSON object a line for machines; else one tidy line for people.
        secrets: strings that must never appear: tokens, passwords.

    Raises:
        ConfigError: an unknown level.
    """
    if level.lower() not in LEVELS:
        raise ConfigError(f"log.level: {level!r} is unknown; choose one of {', '.join(LEVELS)}.")
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # so that a second call reaches loggers already used
    )
    handler = _StandardError(redactor(secrets))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=_for_machines() if json else _for_people(colors=sys.stderr.isatty()),
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _StandardError)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # It warns of every start it skips because the last one still runs, as it is told to.
    logging.getLogger("apscheduler.scheduler").setLevel(max(logging.ERROR, root.level))


def redactor(secrets: Sequence[str]) -> Callable[[str], str]:
    """A function that masks every secret in a text, and whatever looks like a bot token.

    A secret is found as it is, inside JSON and inside a URL (``/bot<token>/sendMessage``).
    """
    spellings: set[str] = set()
    for secret in secrets:
        if len(secret) < _SHORTEST_SECRET:
            continue
        for plain in (secret, repr(secret)[1:-1]):
            spellings |= {
                plain,
                json_module.dumps(plain)[1:-1],
                json_module.dumps(plain, ensure_ascii=False)[1:-1],
            }
        spellings |= {quote(secret), quote(secret, safe="")}
    # The longest first: one secret may be a part of another.
    words = [re.escape(word) for word in sorted(spellings, key=len, reverse=True)]
    pattern = re.compile("|".join([*words, _BOT_TOKEN.pattern]))
    return lambda text: pattern.sub(_MASK, text)


class _StandardError(logging.Handler):
    """Writes each record to what is standard error at that moment, masked as the last step.

    Masking the finished line covers the event, its values, tracebacks and everything a library
    put into its message.
    """

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__()
        self._redact = redact

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception as error:  # noqa: BLE001  # a record that cannot be formatted must not stop its caller
            # The standard library would print the record as it is, secrets and all.
            line = f"a log record of {record.name} could not be written: {error!r}"
        with suppress(OSError, ValueError):  # standard error is closed: there is nowhere to say so
            sys.stderr.write(f"{self._redact(line)}\n")
            sys.stderr.flush()


def _for_machines() -> list[Processor]:
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _for_people(*, colors: bool) -> list[Processor]:
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        _one_line,
        structlog.dev.ConsoleRenderer(
            colors=colors,
            pad_event_to=0,
            pad_level=False,
            exception_formatter=structlog.dev.plain_traceback,  # rich's would show local variables
        ),
    ]


def _one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape control characters: a page's text can neither break a line nor colour a terminal."""
    for key, value in event.items():
        if isinstance(value, str) and key not in ("stack", "exception"):
            event[key] = value.translate(_CONTROL)
    return event


class Metrics:
    """Counters, gauges and histograms of one LiveRelay, in a registry of their own.

    Attributes:
        polls: by `result` ("changed", "unchanged", "failed" …).
        entries: by `change` ("new", "revised", "withdrawn").
        deliveries: by `outcome` ("sent", "edited", "gone" …).
        telegram_errors: by `kind`.
        possible_repeats: messages that may have been sent twice around a crash or a lost answer.
        pending_deliveries: waiting to be sent.
        publish_to_seen: seconds from the source's own time of an entry until it was stored.
        seen_to_sent: seconds from then until a chat had it.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.polls = self._counter("polls", "Polls of sources.", "result")
        self.entries = self._counter("entries", "Entries that appeared or changed.", "change")
        self.deliveries = self._counter("deliveries", "Deliveries to chats.", "outcome")
        self.telegram_errors = self._counter("telegram_errors", "Errors from Telegram.", "kind")
        self.possible_repeats = self._counter(
            "possible_repeats", "Messages that may have been sent twice."
        )
        self.pending_deliveries = Gauge(
            "liverelay_pending_deliveries",
            "Deliveries waiting to be sent.",
            registry=self.registry,
        )
        self.publish_to_seen = Histogram(
            "liverelay_publish_to_seen_seconds",
            "From an entry's time at the source until it was stored.",
            buckets=(0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900, 3600),
            registry=self.registry,
        )
        self.seen_to_sent = Histogram(
            "liverelay_seen_to_sent_seconds",
            "From an entry being stored until a chat had it.",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900),
            registry=self.registry,
        )
        for change in ChangeKind:  # so that a rate over them is zero and not absent
            self.entries.labels(change=change.value)

    def render(self) -> tuple[bytes, str]:
        """The body and the content type of ``/metrics``."""
        return generate_latest(self.registry), CONTENT_TYPE_PLAIN_0_0_4

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(f"liverelay_{name}", description, labels, registry=self.registry)
