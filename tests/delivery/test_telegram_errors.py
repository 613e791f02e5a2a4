"""What Telegram's refusals mean."""

from __future__ import annotations

from datetime import timedelta

import pytest
from telegram import error as ptb

from bot import errors
from bot.delivery.telegram_errors import from_answer, map_telegram_error, retry_seconds

GONE = errors.DestinationGoneError
TOPIC = errors.TopicGoneError
MESSAGE = errors.MessageGoneError
REFUSED = errors.RefusedError

BAD_REQUESTS = [
    ("chat not found", GONE),
    ("user not found", GONE),
    ("PEER_ID_INVALID", GONE),
    ("need administrator rights in the channel chat", GONE),
    ("not enough rights to send text messages to the chat", GONE),
    ("have no rights to send a message", GONE),
    ("CHAT_WRITE_FORBIDDEN", GONE),
    ("message thread not found", TOPIC),
    ("TOPIC_CLOSED", TOPIC),
    ("TOPIC_DELETED", TOPIC),
    ("message to edit not found", MESSAGE),
    ("message can't be edited", MESSAGE),
    ("message to delete not found", MESSAGE),
    ("MESSAGE_ID_INVALID", MESSAGE),
    (
        "message is not modified: specified new message content and reply markup are exactly the "
        "same as a current content and reply markup of the message",
        errors.NotModifiedError,
    ),
    ("message text is empty", REFUSED),
    ("text must be non-empty", REFUSED),
    ("message is too long", REFUSED),
    ("can't parse entities: unsupported start tag", REFUSED),
    ("ENTITIES_TOO_LONG", REFUSED),
    ("BUTTON_DATA_INVALID", REFUSED),
    ("BUTTON_URL_INVALID", REFUSED),
    ("something Telegram says for the first time", REFUSED),
]
FORBIDDEN = [
    "bot was blocked by the user",
    "user is deactivated",
    "bot can't initiate conversation with a user",
    "the group chat was deleted",
    "bot was kicked from the supergroup chat",
    "bot is not a member of the channel chat",
]
REFUSALS = [
    ("wrong file identifier/HTTP URL specified", "picture"),
    ("failed to get HTTP URL content", "picture"),
    ("wrong type of the web page content", "picture"),
    ("message caption is too long", "picture"),
    ("WEBPAGE_MEDIA_EMPTY", "picture"),
    ("not enough rights to send photos to the chat", "rights"),
    ("there is no text in the message to edit", "kind"),
    ("there is no caption in the message to edit", "kind"),
    ("message is too long", "message"),
]


@pytest.mark.parametrize(("description", "kind"), BAD_REQUESTS)
def test_bad_requests(description: str, kind: type[errors.DeliveryError]) -> None:
    """Each documented 400 means the same raw and as python-telegram-bot's exception."""
    raw = from_answer(400, f"Bad Request: {description}")
    assert type(raw) is kind
    # The library drops the prefix and lowers every letter but the first.
    assert type(map_telegram_error(ptb.BadRequest(f"Bad Request: {description}"))) is kind


@pytest.mark.parametrize("description", FORBIDDEN)
def test_every_403_means_that_the_chat_is_gone(description: str) -> None:
    """Blocked, kicked, deleted: raw and as an exception."""
    assert type(from_answer(403, f"Forbidden: {description}")) is GONE
    assert type(map_telegram_error(ptb.Forbidden(f"Forbidden: {description}"))) is GONE


@pytest.mark.parametrize(("description", "about"), REFUSALS)
def test_refusals_say_what_they_are_about(description: str, about: str) -> None:
    """The picture, the right to send one, the kind of message, or the message itself."""
    error = from_answer(400, f"Bad Request: {description}")
    assert isinstance(error, REFUSED)
    assert error.about == about


def test_a_migration_carries_the_new_id() -> None:
    """Both from `parameters` and from the library's exception."""
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    raw = from_answer(400, text, {"migrate_to_chat_id": -1001234})
    mapped = map_telegram_error(ptb.ChatMigrated(-1001234))
    for error in (raw, mapped):
        assert isinstance(error, errors.ChatMigratedError)
        assert error.new_chat_id == -1001234


@pytest.mark.parametrize("setting", ["", "1"])
@pytest.mark.parametrize("wait", [35, timedelta(hours=5)])
def test_a_flood_carries_its_wait(
    monkeypatch: pytest.MonkeyPatch, setting: str, wait: int | timedelta
) -> None:
    """Seconds, whatever PTB_TIMEDELTA makes of them."""
    monkeypatch.setenv("PTB_TIMEDELTA", setting)
    monkeypatch.setattr("warnings.showwarning", lambda *_: None)
    seconds = wait.total_seconds() if isinstance(wait, timedelta) else wait
    with pytest.warns() if not setting else _nothing():
        error = ptb.RetryAfter(wait)
    assert retry_seconds(error) == seconds
    mapped = map_telegram_error(error)
    assert isinstance(mapped, errors.FloodError)
    assert mapped.retry_after == seconds


@pytest.mark.parametrize(
    ("parameters", "text", "wait"),
    [
        ({"retry_after": 14}, "Too Many Requests: retry after 14", 14),
        (None, "Too Many Requests: retry after 12345", 12345),
        (None, "Too Many Requests", 5),
    ],
)
def test_raw_floods(parameters: dict[str, object] | None, text: str, wait: float) -> None:
    """The wait is found in the parameters, else in the text, else a few seconds are assumed."""
    error = from_answer(429, text, parameters)
    assert isinstance(error, errors.FloodError)
    assert error.retry_after == wait


@pytest.mark.parametrize(
    ("status", "maybe"), [(500, True), (502, False), (503, False), (504, True), (200, True)]
)
def test_broken_servers_pass(status: int, maybe: bool) -> None:  # from the table
    """5xx and answers that cannot be read are tried again; most may have sent the message."""
    error = from_answer(status, "")
    assert isinstance(error, errors.TransientError)
    assert error.maybe_sent is maybe


@pytest.mark.parametrize(
    ("foreign", "kind"),
    [
        (ptb.TimedOut(), errors.TransientError),
        (ptb.NetworkError("Bad Gateway (502). Parsing failed"), errors.TransientError),
        (ptb.TelegramError("Invalid server response"), errors.TransientError),
        (ptb.Conflict("terminated by other getUpdates request"), errors.TransientError),
        (ptb.InvalidToken(), errors.TokenError),
        (ptb.EndPointNotFound("no such method"), errors.TokenError),
    ],
)
def test_the_librarys_other_exceptions(
    foreign: ptb.TelegramError, kind: type[errors.DeliveryError]
) -> None:
    """Time-outs and broken connections pass; a wrong token does not."""
    assert type(map_telegram_error(foreign)) is kind


@pytest.mark.parametrize("status", [401, 404])
def test_a_wrong_token_says_what_to_do(status: int) -> None:
    """The sentence names the setting."""
    error = from_answer(status, "Unauthorized")
    assert isinstance(error, errors.TokenError)
    assert "telegram.token" in str(error)


class _nothing:  # noqa: N801  # a context manager reads like a function
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None
