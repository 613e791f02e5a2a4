"""Settings: every wrong key or value is one line that names it; the environment wins."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import config
from bot.config import Settings, describe, environment_name, load
from bot.errors import ConfigError

SHIPPED = Path(__file__).parents[1] / "config" / "liverelay.toml"
SECRET = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but the test's: an empty folder, no variables, no mounted secrets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config, "SECRETS_DIR", tmp_path / "secrets")
    for name in list(os.environ):
        if name.upper().startswith("LIVERELAY_"):
            monkeypatch.delenv(name)


def write(text: str, name: str = "relay.toml") -> Path:
    """A settings file in the test's folder."""
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def mount(**secrets: str) -> None:
    """Secrets as Docker mounts them."""
    config.SECRETS_DIR.mkdir()
    for name, value in secrets.items():
        (config.SECRETS_DIR / name).write_text(value)


def refusal(path: Path | None = None) -> str:
    """The one line of a refused start."""
    with pytest.raises(ConfigError) as caught:
        load(path)
    line = str(caught.value)
    assert "\n" not in line
    assert SECRET not in line
    return line


def test_nothing_is_needed() -> None:
    """Without a file and without variables everything has its default."""
    assert load() == Settings()


def test_empty_file() -> None:
    """An empty file changes nothing, nor does one with only comments and a byte order mark."""
    assert load(write("")) == Settings()
    path = Path("bom.toml")
    path.write_bytes(b"\xef\xbb\xbf# only this\n[poll]\n")
    assert load(path) == Settings()


def test_the_usual_file_is_found() -> None:
    """config/liverelay.toml is read where it is there, without being named."""
    write("timezone = 'Europe/Berlin'", "config/liverelay.toml")
    assert load().timezone == "Europe/Berlin"


def test_a_file_can_be_named_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """LIVERELAY_CONFIG names another one; a path given wins over it; empty names none."""
    write("timezone = 'Europe/Berlin'", "config/liverelay.toml")
    monkeypatch.setenv("LIVERELAY_CONFIG", str(write("timezone = 'Asia/Tokyo'", "other.toml")))
    assert load().timezone == "Asia/Tokyo"
    assert load(write("timezone = 'Africa/Lagos'")).timezone == "Africa/Lagos"
    monkeypatch.setenv("LIVERELAY_CONFIG", "")
    assert load().timezone == "Europe/Berlin"


def test_a_named_file_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was named and is missing, or is a folder, stops the start."""
    assert refusal(Path("nowhere.toml")) == "nowhere.toml: there is no such settings file"
    monkeypatch.setenv("LIVERELAY_CONFIG", "gone.toml")
    assert refusal().startswith("gone.toml: there is no such settings file")
    assert refusal(Path.cwd()).startswith(f"{Path.cwd()}: cannot be read")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("= 3", "is not valid TOML"),
        ("timezone = ", "is not valid TOML"),
        ("[poll]\nmin_interval = 1\nmin_interval = 2", "is not valid TOML"),
        ("a = " + "[" * 5_000, "is not valid TOML"),
    ],
)
def test_broken_toml(text: str, words: str) -> None:
    """A file that is not TOML is named."""
    assert f"relay.toml: {words}" in refusal(write(text))


def test_not_text() -> None:
    """A file that is not UTF-8 is named."""
    Path("latin.toml").write_bytes("timezone = 'Zürich'".encode("latin-1"))
    assert refusal(Path("latin.toml")).startswith("latin.toml: cannot be read")


UNKNOWN = [
    ("poll = {min_interal = 3}", "poll.min_interal", "poll.min_interval"),
    ("[pol]\nmin_interval = 3", "pol", "poll"),
    ("timezon = 'UTC'", "timezon", "timezone"),
    ("[telegram]\ntokn = 'x'", "telegram.tokn", "telegram.token"),
    ("[web]\nzzz = 1", "web.zzz", ""),
    ("config = 'x.toml'", "config", ""),
]


@pytest.mark.parametrize(("text", "key", "meant"), UNKNOWN)
def test_unknown_keys(text: str, key: str, meant: str) -> None:
    """An unknown key is named, with the one that was probably meant."""
    line = refusal(write(text))
    assert line.startswith(f"relay.toml: {key}: there is no such setting")
    assert line.endswith(f"did you mean {meant}?" if meant else "no such setting")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("LIVERELAY_POL__MIN_INTERVAL", "LIVERELAY_POLL__MIN_INTERVAL"),
        ("LIVERELAY_TELEGRAM_TOKEN", "LIVERELAY_TELEGRAM__TOKEN"),
        ("LIVERELAY_TELEGRAM", "LIVERELAY_TELEGRAM__TOKEN"),
        ("LIVERELAY_QQQQQQQQQQQQQ", ""),
    ],
)
def test_unknown_variables(monkeypatch: pytest.MonkeyPatch, name: str, meant: str) -> None:
    """A misspelt variable stops the start and never shows its value."""
    monkeypatch.setenv(name, SECRET)
    line = refusal()
    assert line.startswith(f"{name}: there is no such setting")
    assert line.endswith(f"did you mean {meant}?" if meant else "no such setting")


def test_other_variables_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only our prefix is looked at, and the variable of the tests is no setting."""
    monkeypatch.setenv("LIVERELAYS_X", "1")
    monkeypatch.setenv("LIVERELAY_CORPUS", "/somewhere")
    assert load() == Settings()


WRONG: list[tuple[str, Any, str]] = [
    ("admins", "12,x", "'x'"),
    ("admins", "-5", "positive"),
    ("admins", "1.5", "'1.5'"),
    ("timezone", "Mars/Base", "Mars/Base"),
    ("timezone", "../etc/passwd", "time zone"),
    ("telegram.api_root", "api.telegram.org", "http://"),
    ("telegram.api_root", "", "http://"),
    ("telegram.api_root", "https://", "names a host"),
    ("telegram.webhook_url", "relay.example.org", "http://"),
    ("telegram.webhook_secret", "two words", "A-Z a-z 0-9"),
    ("telegram.webhook_secret", "x" * 257, "1 to 256"),
    ("database.url", "", "at least 1 character"),
    ("fetch.deadline", "0", "greater than 0"),
    ("fetch.deadline", "soon", "'soon'"),
    ("fetch.max_bytes", "10", "1024"),
    ("fetch.max_bytes", "1.5", "'1.5'"),
    ("poll.min_interval", "0", "greater than 0"),
    ("poll.min_interval", "nan", "finite"),
    ("poll.max_interval", "86401", "86400"),
    ("poll.max_interval", "", "number"),
    ("pacing.global_rate", "inf", "finite"),
    ("pacing.global_rate", "-1", "greater than 0"),
    ("pacing.per_chat_rate", "0", "greater than 0"),
    ("pacing.group_per_minute", "0", "greater than or equal to 1"),
    ("web.port", "65536", "65535"),
    ("web.port", "http", "'http'"),
    ("log.level", "LOUD", "'LOUD'"),
    ("log.json_lines", "perhaps", "'perhaps'"),
    ("retention.edit_days", "1e300", "36500"),
    ("retention.entry_days", "0", "greater than 0"),
]


@pytest.mark.parametrize(("key", "value", "words"), WRONG)
def test_wrong_values(monkeypatch: pytest.MonkeyPatch, key: str, value: str, words: str) -> None:
    """A wrong value is named by its variable, or by file and key, wherever it stands."""
    section, _, name = key.rpartition(".")
    path = write((f"[{section}]\n" if section else "") + f"{name or key} = {value!r}")
    line = refusal(path)
    assert line.startswith((f"relay.toml: {key}: ", f"relay.toml: {section}: "))
    assert words in line
    path.unlink()
    monkeypatch.setenv(environment_name(key), value)
    line = refusal()
    assert line.startswith(f"{environment_name(key)}: ")
    assert words in line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("admins = [true]", "relay.toml: admins: user ids"),
        ("admins = {a = 1}", "relay.toml: admins"),
        ("timezone = 3", "relay.toml: timezone: Input should be a valid string (it is 3)"),
        ("poll = 5", "relay.toml: poll: this is a section: write [poll]"),
        ("[[poll]]\nmin_interval = 3", "relay.toml: poll: this is a section"),
        ("[fetch]\nallow_hosts = [3]", "relay.toml: fetch.allow_hosts"),
        ("[web]\nport = 80.5", "relay.toml: web.port"),
        (
            "[poll]\nmin_interval = true",
            "relay.toml: poll.min_interval: is not something to switch",
        ),
        ("[poll]\nmin_interval = 'x'\nmax_interval = []", "(and 1 more)"),
        ("topics_file = 3", "relay.toml: topics_file"),
    ],
)
def test_wrong_types(text: str, words: str) -> None:
    """A value of another kind is named; if there are several, the first and how many more."""
    assert words in refusal(write(text))


@pytest.mark.parametrize(
    "text",
    [
        f"telegram = '{SECRET}'",
        f"[[telegram]]\ntoken = '{SECRET}'",
        f"[telegram]\ntoken = ['{SECRET}']",
        f"[telegram.token]\nvalue = '{SECRET}'",
        f"[telegram]\ntokn = '{SECRET}'",
        f"[telegram]\napi_root = 'localhost/bot{SECRET}'",
        f"[telegram]\nwebhook_secret = '{SECRET} '",
        f"[database]\nurl = ['postgresql://relay:{SECRET}@db/live']",
        f"database = 'postgresql://relay:{SECRET}@db/live'",
    ],
)
def test_secrets_are_not_repeated(text: str) -> None:
    """However a token or password is misplaced, the message does not hold it."""
    assert refusal(write(text)).startswith("relay.toml: ")


def test_secrets_do_not_print(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings can be printed without showing the token."""
    monkeypatch.setenv("LIVERELAY_TELEGRAM__TOKEN", SECRET)
    settings = load()
    assert settings.telegram.token.get_secret_value() == SECRET
    assert SECRET not in f"{settings!r} {settings} {settings.telegram!r} {settings.model_dump()}"


def test_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable wins over the file for its own key, in either case; the other keys stay."""
    path = write("timezone = 'Asia/Tokyo'\n[poll]\nmin_interval = 9\nmax_interval = 33")
    monkeypatch.setenv("LIVERELAY_POLL__MIN_INTERVAL", "0.25")
    monkeypatch.setenv("liverelay_web__port", "9000")
    settings = load(path)
    assert (settings.poll.min_interval, settings.poll.max_interval) == (0.25, 33)
    assert (settings.timezone, settings.web.port) == ("Asia/Tokyo", 9000)


def test_wrong_file_right_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable in lower case is named as it was written."""
    monkeypatch.setenv("liverelay_web__port", "x")
    assert refusal().startswith("liverelay_web__port: ")


def test_mounted_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mounted secret wins over the file, a variable over it; others' secrets are ignored."""
    path = write("[telegram]\ntoken = 'file'")
    mount(liverelay_telegram__token="mounted\n", db_password="x", liverelay="y")
    assert load(path).telegram.token == SecretStr("mounted")
    monkeypatch.setenv("LIVERELAY_TELEGRAM__TOKEN", "variable")
    assert load(path).telegram.token == SecretStr("variable")


def test_wrong_secrets() -> None:
    """A mounted secret with a wrong name or value is named by its path."""
    mount(liverelay_telegram__tokn=SECRET)
    line = refusal()
    assert line.startswith(f"{config.SECRETS_DIR}/liverelay_telegram__tokn: there is no such")
    (config.SECRETS_DIR / "liverelay_telegram__tokn").unlink()
    (config.SECRETS_DIR / "liverelay_web__port").write_text("x")
    assert refusal().startswith(f"{config.SECRETS_DIR}/liverelay_web__port: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1,2", (1, 2)), (" 1 , 2 ,", (1, 2)), ("7", (7,)), ("", ())],
)
def test_lists_of_ids(
    monkeypatch: pytest.MonkeyPatch, text: str, expected: tuple[int, ...]
) -> None:
    """Admins come comma-separated, in a variable as in the file, or as a list or one number."""
    monkeypatch.setenv("LIVERELAY_ADMINS", text)
    assert load().admins == expected
    monkeypatch.delenv("LIVERELAY_ADMINS")
    assert load(write(f"admins = '{text}'")).admins == expected
    assert load(write(f"admins = {list(expected)}")).admins == expected
    assert load(write("admins = 9")).admins == (9,)


def test_lists_of_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts come comma-separated, too."""
    monkeypatch.setenv("LIVERELAY_FETCH__ALLOW_HOSTS", "127.0.0.1, intranet.example ,10.0.0.0/8")
    assert load().fetch.allow_hosts == ("127.0.0.1", "intranet.example", "10.0.0.0/8")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"MIN_INTERVAL": "0.2", "MAX_INTERVAL": "0.4"}, (0.2, 0.4)),
        ({"MIN_INTERVAL": "120"}, (120, 120)),
        ({"MAX_INTERVAL": "2"}, (2, 2)),
    ],
)
def test_one_bound_moves_the_other_default(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: tuple[float, float]
) -> None:
    """One bound alone may be chosen freely."""
    for name, value in variables.items():
        monkeypatch.setenv(f"LIVERELAY_POLL__{name}", value)
    poll = load().poll
    assert (poll.min_interval, poll.max_interval) == expected


def test_bounds_the_wrong_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both chosen and crossed: refused, with both."""
    monkeypatch.setenv("LIVERELAY_POLL__MIN_INTERVAL", "50")
    monkeypatch.setenv("LIVERELAY_POLL__MAX_INTERVAL", "5")
    line = refusal()
    assert line.startswith("LIVERELAY_POLL__")
    assert "max_interval (5) is shorter than poll.min_interval (50)" in line
    monkeypatch.delenv("LIVERELAY_POLL__MIN_INTERVAL")
    monkeypatch.delenv("LIVERELAY_POLL__MAX_INTERVAL")
    line = refusal(write("[poll]\nmin_interval = 50\nmax_interval = 5"))
    assert line.startswith("relay.toml: poll: ")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://api.example.org/", "https://api.example.org"),
        ("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
    ],
)
def test_api_root(monkeypatch: pytest.MonkeyPatch, given: str, expected: str) -> None:
    """Any server's address, without the slash at its end."""
    monkeypatch.setenv("LIVERELAY_TELEGRAM__API_ROOT", given)
    assert load().telegram.api_root == expected


def test_level_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """The level may be written small."""
    monkeypatch.setenv("LIVERELAY_LOG__LEVEL", "debug")
    assert load().log.level == "DEBUG"


def test_topics_beside_a_named_file() -> None:
    """A named settings file brings the topics file beside it, unless it names one."""
    path = write("", "elsewhere/relay.toml")
    assert load(path).topics_file == Path("config/topics.toml")
    write("", "elsewhere/topics.toml")
    assert load(path).topics_file == Path("elsewhere/topics.toml")
    assert load(write("topics_file = 'x.toml'", "elsewhere/relay.toml")).topics_file == Path(
        "x.toml"
    )


def test_user_agent() -> None:
    """Fetches say who they are and how to reach the operator, where that is told."""
    assert re.fullmatch(r"LiveRelay/[\d.]+ \(live blog relay\)", load().user_agent())
    path = write("[fetch]\ncontact = 'https://relay.example.org'")
    assert load(path).user_agent().endswith("(live blog relay; https://relay.example.org)")


def test_settings_cannot_be_changed() -> None:
    """What was loaded stays."""
    settings = load()
    with pytest.raises(ValueError, match="frozen"):
        settings.timezone = "Europe/Berlin"  # type: ignore[misc]  # the point of the test
    with pytest.raises(ValueError, match="frozen"):
        settings.poll.min_interval = 1  # type: ignore[misc]  # the point of the test


def test_shipped_file_lists_every_key_with_its_default() -> None:
    """Uncommented as a whole, the shipped file holds every key, and equals the defaults."""
    uncommented = re.sub(r"(?m)^# (?=[a-z_]+ = )", "", SHIPPED.read_text(encoding="utf-8"))
    values = tomllib.loads(uncommented)
    found = {
        f"{name}.{key}" if isinstance(value, dict) else name
        for name, value in values.items()
        for key in (value if isinstance(value, dict) else [""])
    }
    assert found == {key for key, _, _ in describe()}
    assert load(write(uncommented)) == Settings()


def test_shipped_file_changes_nothing() -> None:
    """As shipped, everything in it is a comment."""
    assert load(write(SHIPPED.read_text(encoding="utf-8"))) == Settings()


def test_describe() -> None:
    """Every setting has a description, a default that is valid, and one variable."""
    described = list(describe())
    assert all(text and text.endswith(".") for _, _, text in described)
    names = [environment_name(key) for key, _, _ in described]
    assert len(set(names)) == len(names)
    assert "LIVERELAY_POLL__MIN_INTERVAL" in names
