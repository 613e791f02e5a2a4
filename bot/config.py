"""Settings: ``config/liverelay.toml``, overridden by ``LIVERELAY_*`` in the environment.

A wrong key or value stops the start with one line that names it. Values that are secret are
``SecretStr``: they do not print.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from bot import __version__
from bot.errors import ConfigError

PREFIX = "LIVERELAY_"
DEFAULT_FILE = Path("config/liverelay.toml")
_NO_SETTINGS = {f"{PREFIX}CONFIG", f"{PREFIX}CORPUS"}  # the second one is the tests'
SECRETS_DIR = Path("/run/secrets")  # where Docker and Podman mount them


def _split(value: Any) -> Any:
    """Comma-separated text, as it comes from the environment, becomes a list."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, int) and not isinstance(value, bool):
        return [value]
    return value


def _upper_case(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_switch(cls, value: Any, info: ValidationInfo) -> Any:
        """In TOML ``true`` is not a number, whatever Python thinks."""
        field = cls.model_fields[info.field_name or ""]
        if isinstance(value, bool) and field.annotation is not bool:
            msg = "is not something to switch on or off"
            raise ValueError(msg)
        return value


class TelegramSettings(_Section):
    """How to reach Telegram."""

    token: SecretStr = Field(SecretStr(""), description="The bot's token from @BotFather.")
    api_root: str = Field(
        "https://api.telegram.org", description="Address of the Bot API server, any."
    )
    webhook_url: str = Field(
        "",
        description="Public HTTPS address for updates; empty: long polling. Its path is served.",
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""),
        description="1 to 256 of A-Z a-z 0-9 _ -; made from the token where it is empty.",
    )

    @field_validator("api_root", "webhook_url")
    @classmethod
    def _is_address(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.field_name == "webhook_url":
            return ""
        if not re.match(r"https?://[^\s/?#]", value):
            msg = "must be an address that starts with http:// or https:// and names a host"
            raise ValueError(msg)
        return value.rstrip("/")

    @field_validator("webhook_secret")
    @classmethod
    def _is_header(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", value.get_secret_value()):
            msg = "must be 1 to 256 of A-Z a-z 0-9 _ -"
            raise ValueError(msg)
        return value


class DatabaseSettings(_Section):
    """Where everything is stored."""

    url: str = Field(
        "data/liverelay.sqlite3", min_length=1, description="A SQLite file, or a database address."
    )


class FetchSettings(_Section):
    """How pages are fetched."""

    allow_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Hosts, addresses or networks that may be private (comma-separated)."
    )
    contact: str = Field(
        "", description="An address or URL newsrooms can write to; goes into the User-Agent."
    )
    deadline: float = Field(20.0, gt=0, le=300, description="Seconds for a whole fetch.")
    max_bytes: int = Field(
        8 * 1024 * 1024, ge=1024, description="Bytes of a page at most, after inflating."
    )
    respect_robots: bool = Field(
        True, description="Ask each site's robots.txt and keep to it; not of allow_hosts."
    )

    _split_hosts = field_validator("allow_hosts", mode="before")(_split)


class PollSettings(_Section):
    """How often sources are asked."""

    min_interval: float = Field(
        5.0, gt=0, le=86400, description="Seconds between polls of a live blog that is hot."
    )
    max_interval: float = Field(
        60.0, gt=0, le=86400, description="Seconds between polls of one that is quiet."
    )

    @model_validator(mode="after")
    def _is_ordered(self) -> PollSettings:
        """Where only one of the two was chosen, it moves the other one's default along."""
        if self.max_interval >= self.min_interval:
            return self
        if "max_interval" not in self.model_fields_set:
            object.__setattr__(self, "max_interval", self.min_interval)
        elif "min_interval" not in self.model_fields_set:
            object.__setattr__(self, "min_interval", self.max_interval)
        else:
            msg = (
                f"poll.max_interval ({self.max_interval:g}) is shorter than "
                f"poll.min_interval ({self.min_interval:g})"
            )
            raise ValueError(msg)
        return self


class PacingSettings(_Section):
    """How fast messages may go out; the defaults are Telegram's documented limits."""

    global_rate: float = Field(30.0, gt=0, le=10_000, description="Messages a second, in all.")
    per_chat_rate: float = Field(1.0, gt=0, le=1_000, description="Messages a second, per chat.")
    group_per_minute: int = Field(
        20, ge=1, le=60_000, description="Messages a minute, per group or channel."
    )
    paid_broadcast: Literal["off", "key", "all"] = Field(
        "off",
        description="Beyond global_rate pay Telegram Stars: never, for key events, for all alerts.",
    )
    paid_rate: float = Field(
        1_000.0, gt=0, le=10_000, description="Messages a second, in all, where some are paid for."
    )
    paid_daily_budget: int = Field(
        10_000, ge=0, description="Messages a day that may be paid for, at 0.1 Star each; UTC days."
    )

    @model_validator(mode="after")
    def _pays_for_more(self) -> PacingSettings:
        if self.paid_broadcast != "off" and self.paid_rate <= self.global_rate:
            msg = (
                f"pacing.paid_rate ({self.paid_rate:g}) must be more than "
                f"pacing.global_rate ({self.global_rate:g}), which is free"
            )
            raise ValueError(msg)
        return self


class DeliverySettings(_Section):
    """How alerts are put together."""

    digest_after: float = Field(
        900.0,
        ge=0,
        le=604_800,
        description="Seconds an entry may wait before a chat's backlog becomes a digest.",
    )
    lease: float = Field(
        60.0,
        ge=2,
        le=3_600,
        description="Seconds after which another process takes over from one that was killed; "
        "on PostgreSQL at least 30.",
    )


class WatchesSettings(_Section):
    """What people may watch for."""

    per_chat: int = Field(
        20, ge=0, le=1_000, description="Watches a chat, or a topic of one, may have."
    )


class WebSettings(_Section):
    """Where health, metrics and the webhook are served."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port; 0 picks a free one.")
    public_url: str = Field(
        "", description="Address under which people reach it, for /dashboard; empty: host and port."
    )

    @field_validator("public_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not re.match(r"https?://[^\s/?#]", value):
            msg = "must be an address that starts with http:// or https:// and names a host"
            raise ValueError(msg)
        return value.rstrip("/")


class LogSettings(_Section):
    """What is written to standard error."""

    _upper = field_validator("level", mode="before")(_upper_case)

    level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR."
    )
    json_lines: bool = Field(False, description="One JSON object a line, for machines.")


class RetentionSettings(_Section):
    """How long things are kept."""

    edit_days: float = Field(
        2.0, gt=0, le=36_500, description="Days in which a correction still edits what was sent."
    )
    entry_days: float = Field(
        90.0,
        gt=0,
        le=36_500,
        description="Days after which an entry's text goes; a tombstone stays.",
    )


class Settings(BaseSettings):
    """All settings; `load` makes one."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    admins: Annotated[tuple[int, ...], NoDecode] = Field(
        (), description="Telegram user ids of the admins (comma-separated)."
    )
    timezone: str = Field("UTC", description="Zone of new chats, such as Europe/Berlin.")
    topics_file: Path = Field(Path("config/topics.toml"), description="The topics people choose.")
    telegram: TelegramSettings = TelegramSettings()
    database: DatabaseSettings = DatabaseSettings()
    fetch: FetchSettings = FetchSettings()
    poll: PollSettings = PollSettings()
    pacing: PacingSettings = PacingSettings()
    delivery: DeliverySettings = DeliverySettings()
    watches: WatchesSettings = WatchesSettings()
    web: WebSettings = WebSettings()
    log: LogSettings = LogSettings()
    retention: RetentionSettings = RetentionSettings()

    _split_admins = field_validator("admins", mode="before")(_split)

    @field_validator("admins", mode="before")
    @classmethod
    def _are_ids(cls, value: Any) -> Any:
        if isinstance(value, (list, tuple)) and any(isinstance(item, bool) for item in value):
            msg = "user ids are whole numbers"
            raise ValueError(msg)
        return value

    @field_validator("admins")
    @classmethod
    def _are_people(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(item <= 0 for item in value):
            msg = "user ids are positive numbers; groups cannot be admins"
            raise ValueError(msg)
        return value

    def user_agent(self) -> str:
        """How fetches introduce themselves: honest, with a way to reach the operator."""
        contact = f"; {self.fetch.contact}" if self.fetch.contact else ""
        return f"LiveRelay/{__version__} (live blog relay{contact})"

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            msg = f"{value!r} is not a time zone; write Area/City, such as Europe/Berlin"
            raise ValueError(msg) from error
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment, then mounted secrets, then the file, whose values `load` passes in."""
        del dotenv_settings, file_secret_settings
        if not SECRETS_DIR.is_dir():
            return (env_settings, init_settings)
        secrets = NestedSecretsSettingsSource(
            SecretsSettingsSource(settings_cls),
            secrets_dir=SECRETS_DIR,
            secrets_nested_delimiter="__",
        )
        return (env_settings, secrets, init_settings)


def load(path: Path | None = None) -> Settings:
    """Read the settings.

    Args:
        path: the file; None takes ``LIVERELAY_CONFIG``, else ``config/liverelay.toml`` if it is
            there.

    Raises:
        ConfigError: a file that was named is missing, or a key or value is wrong; one line.
    """
    named = path or (Path(name) if (name := os.environ.get(f"{PREFIX}CONFIG")) else None)
    file = named or DEFAULT_FILE
    values = _read_file(file) if named or file.exists() else {}
    _refuse_unknown_environment()
    try:
        settings = Settings(**values)
    except SettingsError as error:
        raise ConfigError(f"the environment cannot be read: {error}") from error
    except ValidationError as error:
        raise ConfigError(_one_line(error, file)) from error
    if "topics_file" not in settings.model_fields_set and named:
        beside = named.parent / "topics.toml"
        if beside.exists():
            return settings.model_copy(update={"topics_file": beside})
    return settings


def describe() -> Iterator[tuple[str, Any, str]]:
    """Every setting in order: key ("poll.min_interval"), default, description."""
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, _Section):
            for key, inner in field.annotation.model_fields.items():
                yield f"{name}.{key}", inner.default, inner.description or ""
        else:
            yield name, field.default, field.description or ""


def environment_name(key: str) -> str:
    """The variable of a setting: "poll.min_interval" -> "LIVERELAY_POLL__MIN_INTERVAL"."""
    return PREFIX + key.replace(".", "__").upper()


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such settings file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is not valid TOML: nested too deeply") from error


def _refuse_unknown_environment() -> None:
    known = {environment_name(key) for key, _, _ in describe()}
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known | _NO_SETTINGS:
            near = get_close_matches(name.upper(), known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"{name}: there is no such setting{hint}")


def _one_line(error: ValidationError, file: Path) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join([part for part in first["loc"] if isinstance(part, str)][:2])
    known = [name for name, _, _ in describe()]
    sections = {name.partition(".")[0] for name in known if "." in name}
    if first["type"] == "extra_forbidden":
        near = get_close_matches(key, known if "." in key else [*known, *sections], n=1)
        problem = "there is no such setting" + (f"; did you mean {near[0]}?" if near else "")
    elif key in sections and first["type"] != "value_error":
        problem = f"this is a section: write [{key}] and its keys below"
    else:
        problem = first["msg"].removeprefix("Value error, ")
        value = first["input"]
        if first["type"] != "value_error" and isinstance(value, (str, int, float)):
            problem += "" if _is_secret(key) else f" (it is {value!r})"
    others = error.error_count() - 1
    return f"{_origin(key, file)}: {problem}" + (f" (and {others} more)" if others else "")


def _is_secret(key: str) -> bool:
    """Whether a value may hold a password: a message must not repeat it."""
    return key.startswith(("telegram", "database"))


def _origin(key: str, file: Path) -> str:
    """Where a value came from: the variable, the mounted secret, or the file and key."""
    variable = environment_name(key)
    secrets = SECRETS_DIR.iterdir() if SECRETS_DIR.is_dir() else ()
    places = {name.upper(): name for name in os.environ} | {
        path.name.upper(): str(path) for path in secrets if path.name.upper() not in os.environ
    }
    for name in sorted(places):
        if name == variable or ("." not in key and name.startswith(f"{variable}__")):
            return places[name]
    return f"{file}: {key}" if key else str(file)
