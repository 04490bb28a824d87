"""Read the configuration: the only reader of the environment and of `.env`.

Everything that is missing or wrong is reported at once, in words. The field descriptions and examples
below are also the configuration table of the README and `.env.example` (`make docs` writes both).
"""

import difflib
import os
import re
import tempfile
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

_Kind = TypeVar("_Kind", bound="LocalSettings")
#: A Fernet key, as bytes (github.com/fernet/spec).
_KEY_BYTES = 32
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SettingsError(Exception):
    """The configuration cannot be used. `problems` names everything that is missing or wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _variable(name: str, default: Any, description: str, example: str, *, secret: bool = False) -> Any:
    return Field(
        default,
        validation_alias=name,
        description=description,
        examples=[example],
        repr=not secret,
        validate_default=True,
    )


class LocalSettings(BaseModel):
    """What can be configured without Slack: enough to migrate, to print the manifest, to apply a policy."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    data: Path = _variable(
        "TMINUS_DATA",
        Path("data"),
        "Directory for the SQLite file and the key file; created if missing.",
        "/var/lib/tminus",
    )
    database_url: str = _variable(
        "DATABASE_URL",
        "",
        "SQLite (`sqlite:///path`) or Postgres (`postgresql://…`, spoken to with psycopg 3). "
        "Without it: `tminus.sqlite3` in the data directory.",
        "postgresql://tminus:secret@db.example.com/tminus",
        secret=True,
    )
    log: Literal["json", "console"] = _variable(
        "TMINUS_LOG", "json", "Log lines for machines (`json`) or for people (`console`).", "console"
    )
    default_tz: str = _variable(
        "TMINUS_DEFAULT_TZ", "UTC", "Time zone (IANA name) where nobody's own zone is known.", "Europe/Berlin"
    )
    command: str = _variable(
        "TMINUS_COMMAND",
        "/release",
        "The slash command. Rename it when another app already owns the name; manifest, help and doctor follow.",
        "/ship",
    )
    id_prefix: str = _variable(
        "TMINUS_ID_PREFIX",
        "REL",
        "Prefix of release ids, as in `REL-12`: 2 to 10 letters and digits, a letter first.",
        "SHIP",
    )
    secret_key: tuple[str, ...] = _variable(
        "TMINUS_SECRET_KEY",
        (),
        "Fernet keys that encrypt stored tokens, comma separated: the first encrypts, all decrypt. "
        "Without it a SQLite installation keeps a key file beside its data; "
        "Postgres needs it once tokens are stored.",
        "…",
        secret=True,
    )

    @field_validator("database_url")
    @classmethod
    def _database(cls, url: str, info: ValidationInfo) -> str:
        if not url:
            return f"sqlite:///{info.data.get('data', Path('data')) / 'tminus.sqlite3'}"
        scheme, _, rest = url.partition("://")
        if scheme in ("postgres", "postgresql", "postgresql+psycopg"):
            return f"postgresql+psycopg://{rest}"
        if scheme in ("sqlite", "sqlite+pysqlite"):
            if not rest.strip("/") or ":memory:" in rest:
                raise ValueError("names no file: a database in memory forgets everything at the next restart")
            return f"sqlite://{rest}"
        raise ValueError("must start with postgresql:// or sqlite:///")

    @field_validator("log", mode="before")
    @classmethod
    def _log(cls, style: str) -> str:
        if style not in ("json", "console"):
            raise ValueError(f"{style!r} is not a way to log: json or console")
        return style

    @field_validator("default_tz")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            by_fold = {zone.casefold(): zone for zone in available_timezones()}
            near = difflib.get_close_matches(name.casefold().replace(" ", "_"), by_fold, n=1)
            hint = f"; did you mean {by_fold[near[0]]}?" if near else ""
            raise ValueError(f"{name!r} is not a time zone of the IANA list{hint}") from None
        return name

    @field_validator("command")
    @classmethod
    def _slash_command(cls, command: str) -> str:
        if not re.fullmatch(r"/[a-z0-9][a-z0-9_-]{0,30}", command):
            raise ValueError(
                f"{command!r} is not a command Slack accepts: a slash, then lower case letters, digits, "
                "- or _, at most 32 characters in all"
            )
        return command

    @field_validator("id_prefix")
    @classmethod
    def _prefix(cls, prefix: str) -> str:
        if not re.fullmatch(r"[A-Z][A-Z0-9]{1,9}", prefix.upper()):
            raise ValueError(f"{prefix!r} is not 2 to 10 letters and digits with a letter first")
        return prefix.upper()

    @field_validator("secret_key", mode="before")
    @classmethod
    def _keys(cls, given: str | tuple[str, ...]) -> tuple[str, ...]:
        keys = _listed(given)
        for key in keys:
            try:
                is_key = len(urlsafe_b64decode(key)) == _KEY_BYTES
            except ValueError:
                is_key = False
            if not is_key:
                raise ValueError(
                    "is not a Fernet key (44 characters of URL-safe base64); make one with: python -c "
                    "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
                )
        return keys

    @property
    def uses_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")


class Settings(LocalSettings):
    """All that `tminus run` needs."""

    bot_token: str = _variable(
        "SLACK_BOT_TOKEN",
        ...,
        "The bot's token, from *OAuth & Permissions* of your Slack app.",
        "xoxb-…",
        secret=True,
    )
    app_token: str | None = _variable(
        "SLACK_APP_TOKEN",
        None,
        "App-level token with `connections:write`. When present: Socket Mode, no public URL needed.",
        "xapp-…",
        secret=True,
    )
    signing_secret: str | None = _variable(
        "SLACK_SIGNING_SECRET",
        None,
        "Signing secret, for HTTP mode (Slack posts to `/slack/events` on `PORT`). Either this or `SLACK_APP_TOKEN`.",
        "8f742231b10e8888abcd99yyyzzz85a5",
        secret=True,
    )
    slack_api_url: str = _variable(
        "SLACK_API_URL",
        "https://slack.com/api/",
        "Where Slack's Web API is; another one for GovSlack or the sandbox.",
        "https://slack-gov.com/api/",
    )
    port: int = _variable(
        "PORT",
        3000,
        "Port of `/healthz`, `/readyz` and, in HTTP mode, `/slack/events`.",
        "8080",
    )
    public_url: str = _variable(
        "TMINUS_PUBLIC_URL",
        "",
        "Where `PORT` is reached from outside, behind TLS: the address of calendar feeds begins with it. "
        "Without it there are none.",
        "https://tminus.example.com",
    )
    admins: tuple[str, ...] = _variable(
        "TMINUS_ADMINS",
        (),
        "Slack user ids of T-Minus admins, comma separated. Without it: the one-time code.",
        "U024BE7LH,U0G9QF9C6",
    )

    @property
    def socket_mode(self) -> bool:
        return self.app_token is not None

    @field_validator("bot_token")
    @classmethod
    def _bot_token(cls, token: str) -> str:
        if not token.startswith("xoxb-"):
            raise ValueError("is not a bot token: those start with xoxb-")
        return token

    @field_validator("app_token")
    @classmethod
    def _app_token(cls, token: str | None) -> str | None:
        if token is not None and not token.startswith("xapp-"):
            raise ValueError("is not an app-level token: those start with xapp-")
        return token

    @field_validator("signing_secret")
    @classmethod
    def _one_way_in(cls, secret: str | None, info: ValidationInfo) -> str | None:
        if secret is None and info.data.get("app_token", "wrong") is None:
            raise ValueError(
                "or SLACK_APP_TOKEN is missing: the app-level token (xapp-…) for Socket Mode, "
                "or the signing secret for HTTP mode"
            )
        return secret

    @field_validator("slack_api_url")
    @classmethod
    def _api_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is not a web address")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("must be https: the bot's token would travel unprotected")
        return url.rstrip("/") + "/"

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{url!r} is not a web address")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("must be https: the addresses of private calendars would travel unprotected")
        return url.rstrip("/")

    @field_validator("port", mode="before")
    @classmethod
    def _port(cls, given: str | int) -> int:
        if not str(given).isascii() or not str(given).isdigit() or int(given) > 65535:
            raise ValueError(f"{given!r} is not a port: a number up to 65535")
        return int(given)

    @field_validator("admins", mode="before")
    @classmethod
    def _admins(cls, given: str | tuple[str, ...]) -> tuple[str, ...]:
        ids = _listed(given)
        for one in ids:
            if not re.fullmatch(r"[UW][A-Z0-9]+", one):
                raise ValueError(f"{one!r} is not a Slack user id (in Slack: profile, the three dots, Copy member ID)")
        return ids


def load_settings(env: Mapping[str, str] | None = None, *, makes_directory: bool = False) -> Settings:
    """Return the whole configuration, from `env` alone or else from the process and `.env`.

    `makes_directory`: where SQLite is used, the data directory is made if missing, readable by its owner alone.
    Raises SettingsError with everything that is missing or wrong.
    """
    return _read(Settings, env, makes_directory)


def load_local_settings(env: Mapping[str, str] | None = None, *, makes_directory: bool = False) -> LocalSettings:
    """Return the part of the configuration that needs no Slack. Raises SettingsError."""
    return _read(LocalSettings, env, makes_directory)


def documented_fields() -> dict[str, FieldInfo]:
    """Return every variable by its name, Slack's first, for the README and `.env.example`."""
    fields = _fields(Settings)
    return dict(sorted(fields.items(), key=lambda item: item[0].startswith(("TMINUS_", "DATABASE_"))))


def _fields(kind: type[BaseModel]) -> dict[str, FieldInfo]:
    return {str(field.validation_alias): field for field in kind.model_fields.values()}


def _read(kind: type[_Kind], env: Mapping[str, str] | None, makes_directory: bool) -> _Kind:
    if env is None:
        env = {name: value or "" for name, value in {**dotenv_values(".env"), **os.environ}.items()}
    given = {name: value.strip() for name, value in env.items() if value.strip()}
    fields = _fields(kind)
    problems = _misspelt(given)
    makes_directory = makes_directory and not given.get("DATABASE_URL", "").startswith("postgres")
    if makes_directory:
        problems += _unwritable(Path(given.get("TMINUS_DATA", "data")))
    try:
        settings = kind.model_validate({name: given[name] for name in fields if name in given})
    except ValidationError as error:
        names = {attribute: str(field.validation_alias) for attribute, field in kind.model_fields.items()}
        for one in error.errors():
            name = str(one["loc"][0])  # the attribute where its default is at fault, else the variable
            problems.append(_in_words(names.get(name, name), one["type"], one["msg"], fields))
        raise SettingsError(problems) from None
    if problems:
        raise SettingsError(problems)
    if makes_directory:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return settings


def _unwritable(data: Path) -> list[str]:
    """What is wrong with the directory, or with the one in which it would be made; leaves nothing behind."""
    there = next(place for place in (data.resolve(), *data.resolve().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            return []
    except OSError as error:
        return [f"TMINUS_DATA: nothing can be written to the directory {data}: {error.strerror}."]


def _in_words(name: str, kind: str, message: str, fields: dict[str, FieldInfo]) -> str:
    field = fields[name]
    said = f"is missing: {field.description}" if kind == "missing" else message.removeprefix("Value error, ")
    return f"{name} {said} (example: {name}={(field.examples or [''])[0]})"


def _misspelt(given: Mapping[str, str]) -> list[str]:
    """Catch TMINUS_ADMIN for TMINUS_ADMINS; a name far from ours is not our business (clusters set some)."""
    ours = _fields(Settings)
    problems = []
    for name in given:
        if name.startswith("TMINUS_") and name not in ours:
            near = difflib.get_close_matches(name, [known for known in ours if known not in given], 1, 0.87)
            problems += [f"{name} is not a setting; did you mean {near[0]}?"] if near else []
    return problems


def _listed(given: str | tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(given, str):
        return given
    return tuple(one.strip() for one in given.split(",") if one.strip())
