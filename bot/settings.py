"""Read the configuration: the only reader of the environment and of `.env`.

Everything that is missing or wrong is reported at once, in words. The variables' descriptions and examples
below are also the configuration table of the README and `.env.example` (`make docs` writes both).
"""

import difflib
import os
import re
import tempfile
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dotenv import dotenv_values

_Kind = TypeVar("_Kind", bound="LocalSettings")
#: A Fernet key, as bytes (github.com/fernet/spec).
_KEY_BYTES = 32
#: Who, where and at which port, up to the name of a database.
_PLACE = re.compile(r"([^:/]*(:[^@]*)?@)?(\[[^\]@/]*\]|[^@/?:\[\]]*)(:\d{1,5})?(?=[/?]|$)")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SettingsError(Exception):
    """The configuration cannot be used. `problems` names everything that is missing or wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Variable:
    """One setting as the environment has it.

    `read` makes the value of its text, which is stripped and not empty; ValueError says in words what is wrong with it.
    """

    name: str
    description: str
    example: str
    read: Callable[[str], Any]
    default: Any
    required: bool
    unless: str  #: the variable that may stand instead of this one


def _variable(
    name: str,
    default: Any,
    description: str,
    example: str,
    *,
    read: Callable[[str], Any] = str,
    secret: bool = False,
    unless: str = "",
) -> Any:
    required = default is ...
    variable = Variable(name, description, example, read, None if required else default, required, unless)
    return field(default=MISSING if required else default, repr=not secret, metadata={"variable": variable})


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _database(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        if not _PLACE.match(rest):
            raise ValueError(
                "is no address that can be read: it is postgresql://user:password@host:port/name, and in a password "
                "@ is written %40, / %2F, : %3A and % %25"
            )
        return f"postgresql+psycopg://{rest}"
    if scheme in ("sqlite", "sqlite+pysqlite"):
        if not rest.strip("/") or ":memory:" in rest:
            raise ValueError("names no file: a database in memory forgets everything at the next restart")
        return f"sqlite://{rest}"
    raise ValueError("must start with postgresql:// or sqlite:///")


def _log(style: str) -> str:
    if style not in ("json", "console"):
        raise ValueError(f"{style!r} is not a way to log: json or console")
    return style


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        by_fold = {zone.casefold(): zone for zone in available_timezones()}
        near = difflib.get_close_matches(name.casefold().replace(" ", "_"), by_fold, n=1)
        hint = f"; did you mean {by_fold[near[0]]}?" if near else ""
        raise ValueError(f"{name!r} is not a time zone of the IANA list{hint}") from None
    return name


def _slash_command(command: str) -> str:
    if not re.fullmatch(r"/[a-z0-9][a-z0-9_-]{0,30}", command):
        raise ValueError(
            f"{command!r} is not a command Slack accepts: a slash, then lower case letters, digits, "
            "- or _, at most 32 characters in all"
        )
    return command


def _prefix(prefix: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9]{1,9}", prefix.upper()):
        raise ValueError(f"{prefix!r} is not 2 to 10 letters and digits with a letter first")
    return prefix.upper()


def _keys(text: str) -> tuple[str, ...]:
    for key in _listed(text):
        try:
            is_key = len(urlsafe_b64decode(key)) == _KEY_BYTES
        except ValueError:
            is_key = False
        if not is_key:
            raise ValueError(
                "is not a Fernet key (44 characters of URL-safe base64); make one with: python -c "
                "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
            )
    return _listed(text)


def _bot_token(token: str) -> str:
    if not token.startswith("xoxb-"):
        raise ValueError("is not a bot token: those start with xoxb-")
    return token


def _app_token(token: str) -> str:
    if not token.startswith("xapp-"):
        raise ValueError("is not an app-level token: those start with xapp-")
    return token


def _api_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not a web address")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("must be https: the bot's token would travel unprotected")
    return url.rstrip("/") + "/"


def _public_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{url!r} is not a web address")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("must be https: the addresses of private calendars would travel unprotected")
    return url.rstrip("/")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise ValueError(f"{text!r} is not a port: a number up to 65535")
    return int(text)


def _admins(text: str) -> tuple[str, ...]:
    for one in _listed(text):
        if not re.fullmatch(r"[UW][A-Z0-9]+", one):
            raise ValueError(f"{one!r} is not a Slack user id (in Slack: profile, the three dots, Copy member ID)")
    return _listed(text)


@dataclass(frozen=True, kw_only=True)
class LocalSettings:
    """What can be configured without Slack: enough to migrate, to print the manifest, to apply a policy."""

    data: Path = _variable(  # noqa: RUF009 - it makes a field, and Path is immutable
        "TMINUS_DATA",
        Path("data"),
        "Directory for the SQLite file and the key file; created if missing.",
        "/var/lib/tminus",
        read=Path,
    )
    database_url: str = _variable(
        "DATABASE_URL",
        "",
        "SQLite (`sqlite:///path`) or Postgres (`postgresql://…`, spoken to with psycopg 3). "
        "Without it: `tminus.sqlite3` in the data directory.",
        "postgresql://tminus:secret@db.example.com/tminus",
        read=_database,
        secret=True,
    )
    log: Literal["json", "console"] = _variable(
        "TMINUS_LOG", "json", "Log lines for machines (`json`) or for people (`console`).", "console", read=_log
    )
    default_tz: str = _variable(
        "TMINUS_DEFAULT_TZ",
        "UTC",
        "Time zone (IANA name) where nobody's own zone is known.",
        "Europe/Berlin",
        read=_zone,
    )
    command: str = _variable(
        "TMINUS_COMMAND",
        "/release",
        "The slash command. Rename it when another app already owns the name; manifest, help and doctor follow.",
        "/ship",
        read=_slash_command,
    )
    id_prefix: str = _variable(
        "TMINUS_ID_PREFIX",
        "REL",
        "Prefix of release ids, as in `REL-12`: 2 to 10 letters and digits, a letter first.",
        "SHIP",
        read=_prefix,
    )
    secret_key: tuple[str, ...] = _variable(
        "TMINUS_SECRET_KEY",
        (),
        "Fernet keys that encrypt stored tokens, comma separated: the first encrypts, all decrypt. "
        "Without it a SQLite installation keeps a key file beside its data; "
        "Postgres needs it once tokens are stored.",
        "…",
        read=_keys,
        secret=True,
    )

    def __post_init__(self) -> None:
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite:///{self.data / 'tminus.sqlite3'}")

    @property
    def uses_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")


@dataclass(frozen=True, kw_only=True)
class Settings(LocalSettings):
    """All that `tminus run` needs."""

    bot_token: str = _variable(
        "SLACK_BOT_TOKEN",
        ...,
        "The bot's token, from *OAuth & Permissions* of your Slack app.",
        "xoxb-…",
        read=_bot_token,
        secret=True,
    )
    app_token: str | None = _variable(
        "SLACK_APP_TOKEN",
        None,
        "App-level token with `connections:write`. When present: Socket Mode, no public URL needed.",
        "xapp-…",
        read=_app_token,
        secret=True,
    )
    signing_secret: str | None = _variable(
        "SLACK_SIGNING_SECRET",
        None,
        "Signing secret, for HTTP mode (Slack posts to `/slack/events` on `PORT`). Either this or `SLACK_APP_TOKEN`.",
        "8f742231b10e8888abcd99yyyzzz85a5",
        secret=True,
        unless="SLACK_APP_TOKEN",
    )
    slack_api_url: str = _variable(
        "SLACK_API_URL",
        "https://slack.com/api/",
        "Where Slack's Web API is; another one for GovSlack or the sandbox.",
        "https://slack-gov.com/api/",
        read=_api_url,
    )
    port: int = _variable(
        "PORT",
        3000,
        "Port of `/healthz`, `/readyz` and, in HTTP mode, `/slack/events`.",
        "8080",
        read=_port,
    )
    public_url: str = _variable(
        "TMINUS_PUBLIC_URL",
        "",
        "Where `PORT` is reached from outside, behind TLS: the address of calendar feeds begins with it. "
        "Without it there are none.",
        "https://tminus.example.com",
        read=_public_url,
    )
    admins: tuple[str, ...] = _variable(
        "TMINUS_ADMINS",
        (),
        "Slack user ids of T-Minus admins, comma separated. Without it: the one-time code.",
        "U024BE7LH,U0G9QF9C6",
        read=_admins,
    )

    @property
    def socket_mode(self) -> bool:
        return self.app_token is not None


def load_settings(env: Mapping[str, str] | None = None, *, makes_directory: bool = False) -> Settings:
    """Return the whole configuration, from `env` alone or else from the process and `.env`.

    `makes_directory`: where SQLite is used, the data directory is made if missing, readable by its owner alone.
    Raises SettingsError with everything that is missing or wrong.
    """
    return _read(Settings, env, makes_directory)


def load_local_settings(env: Mapping[str, str] | None = None, *, makes_directory: bool = False) -> LocalSettings:
    """Return the part of the configuration that needs no Slack. Raises SettingsError."""
    return _read(LocalSettings, env, makes_directory)


def documented_variables() -> list[Variable]:
    """Return every variable, Slack's first, for the README and `.env.example`."""
    return sorted(_variables(Settings).values(), key=lambda one: one.name.startswith(("TMINUS_", "DATABASE_")))


def _variables(kind: type[LocalSettings]) -> dict[str, Variable]:
    """By attribute."""
    return {one.name: one.metadata["variable"] for one in fields(kind)}


def _read(kind: type[_Kind], env: Mapping[str, str] | None, makes_directory: bool) -> _Kind:
    if env is None:
        env = {name: value or "" for name, value in {**dotenv_values(".env"), **os.environ}.items()}
    given = {name: value.strip() for name, value in env.items() if value.strip()}
    problems = _misspelt(given)
    makes_directory = makes_directory and not given.get("DATABASE_URL", "").startswith("postgres")
    if makes_directory:
        problems += _unwritable(Path(given.get("TMINUS_DATA", "data")))
    read: dict[str, Any] = {}
    for attribute, variable in _variables(kind).items():
        try:
            if variable.name in given:
                read[attribute] = variable.read(given[variable.name])
            elif variable.required:
                raise ValueError(f"is missing: {variable.description}")
            elif variable.unless and variable.unless not in given:
                raise ValueError(
                    f"or {variable.unless} is missing: the app-level token (xapp-…) for Socket Mode, "
                    "or the signing secret for HTTP mode"
                )
        except ValueError as wrong:
            problems.append(_in_words(variable, str(wrong)))
    if problems:
        raise SettingsError(problems)
    settings = kind(**read)
    if makes_directory:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return settings


def _in_words(variable: Variable, said: str) -> str:
    return f"{variable.name} {said} (example: {variable.name}={variable.example})"


def _unwritable(data: Path) -> list[str]:
    """What is wrong with the directory, or with the one in which it would be made; leaves nothing behind."""
    there = next(place for place in (data.resolve(), *data.resolve().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            return []
    except OSError as error:
        return [f"TMINUS_DATA: nothing can be written to the directory {data}: {error.strerror}."]


def _misspelt(given: Mapping[str, str]) -> list[str]:
    """Catch TMINUS_ADMIN for TMINUS_ADMINS; a name far from ours is not our business (clusters set some)."""
    ours = [one.name for one in documented_variables()]
    problems = []
    for name in given:
        if name.startswith("TMINUS_") and name not in ours:
            near = difflib.get_close_matches(name, [known for known in ours if known not in given], 1, 0.87)
            problems += [f"{name} is not a setting; did you mean {near[0]}?"] if near else []
    return problems
