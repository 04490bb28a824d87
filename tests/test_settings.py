"""The configuration: what is missing or wrong is said at once, in words, and nothing secret is repeated."""

import stat
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.keys import new_key, token_keys
from bot.settings import SettingsError, documented_variables, load_local_settings, load_settings
from storage.vault import Vault

ENOUGH = {"SLACK_BOT_TOKEN": "xoxb-1-2-3", "SLACK_APP_TOKEN": "xapp-1-2-3"}


def problems(env: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(env)
    return "\n".join(refused.value.problems)


def test_a_bot_token_and_an_app_token_are_enough() -> None:
    settings = load_settings(ENOUGH)
    assert settings.socket_mode
    assert settings.database_url == "sqlite:///data/tminus.sqlite3"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert (settings.port, settings.log, settings.default_tz) == (3000, "json", "UTC")
    assert (settings.command, settings.id_prefix, settings.admins) == ("/release", "REL", ())


def test_a_signing_secret_instead_of_an_app_token_means_http() -> None:
    settings = load_settings({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "8f74"})
    assert not settings.socket_mode
    assert settings.signing_secret == "8f74"


def test_everything_missing_and_wrong_is_said_at_once_with_an_example_each() -> None:
    env = {
        "PORT": "http",
        "TMINUS_LOG": "xml",
        "TMINUS_DEFAULT_TZ": "europe/berlin",
        "TMINUS_COMMAND": "Release",
        "TMINUS_ID_PREFIX": "R",
        "TMINUS_ADMINS": "@ana",
        "TMINUS_SECRET_KEY": "hunter2",
        "DATABASE_URL": "mysql://h/d",
        "SLACK_API_URL": "slack.com",
    }
    said = problems(env)
    for name in [*env, "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET or SLACK_APP_TOKEN"]:
        assert name in said
    assert said.count("example: ") == len(env) + 2
    assert "did you mean Europe/Berlin?" in said


def test_a_wrong_token_is_not_repeated() -> None:
    said = problems({"SLACK_BOT_TOKEN": "xoxp-very-secret", "SLACK_APP_TOKEN": "xoxb-very-secret"})
    assert "SLACK_BOT_TOKEN is not a bot token" in said
    assert "SLACK_APP_TOKEN is not an app-level token" in said
    assert "SLACK_SIGNING_SECRET" not in said
    assert "very-secret" not in said


def test_a_misspelt_name_is_pointed_out_but_a_strangers_is_not() -> None:
    assert "did you mean TMINUS_ADMINS?" in problems({**ENOUGH, "TMINUS_ADMIN": "U1"})
    load_settings({**ENOUGH, "TMINUS_SERVICE_HOST": "10.0.0.1", "TMINUS_PORT": "tcp://10.0.0.1:3000"})


def test_an_empty_variable_is_a_missing_one() -> None:
    assert "SLACK_BOT_TOKEN is missing" in problems({**ENOUGH, "SLACK_BOT_TOKEN": "  "})
    assert load_settings({**ENOUGH, "PORT": ""}).port == 3000


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d?sslmode=require", "postgresql+psycopg://u:p@h/d?sslmode=require"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
        ("sqlite:///here.sqlite3", "sqlite:///here.sqlite3"),
        ("sqlite:////var/lib/here.sqlite3", "sqlite:////var/lib/here.sqlite3"),
    ],
)
def test_database_urls_are_understood(given: str, used: str) -> None:
    assert load_local_settings({"DATABASE_URL": given}).database_url == used


@pytest.mark.parametrize("given", ["sqlite://", "sqlite:///:memory:", "sqlite:///"])
def test_a_database_in_memory_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match="forgets everything"):
        load_local_settings({"DATABASE_URL": given})


@pytest.mark.parametrize("given", ["u:p@ss:w0rd@h:1/d", "u:w0rd@h:port/d", "u:w0rd@[::1/d"])
def test_a_database_url_that_cannot_be_read_says_how_it_is_written_and_not_the_password(given: str) -> None:
    said = problems({**ENOUGH, "DATABASE_URL": f"postgresql://{given}"})
    assert "DATABASE_URL is no address that can be read" in said and "@ is written %40" in said
    assert "w0rd" not in said


@pytest.mark.parametrize(
    "given",
    [
        "/d?host=/run/pg",
        "u:p:w@h/d",
        "u:p%40w@[::1]:5432/d",
        "h",
        "u@h?sslmode=require",
        "u:p/q?r@h/d",
        "adm@srv:x@/d?host=/run",
    ],
)
def test_a_database_url_that_can_be_read_is_left_as_it_is(given: str) -> None:
    url = load_local_settings({"DATABASE_URL": f"postgresql://{given}"}).database_url
    assert url == f"postgresql+psycopg://{given}"
    assert make_url(url).drivername == "postgresql+psycopg"


def test_the_data_directory_is_made_and_holds_the_default_database(tmp_path: Path) -> None:
    settings = load_local_settings({"TMINUS_DATA": str(tmp_path / "deep" / "data")}, makes_directory=True)
    assert settings.data.is_dir()
    assert settings.database_url == f"sqlite:///{tmp_path}/deep/data/tminus.sqlite3"


@pytest.mark.parametrize("data", ["{}/file/data", "/proc"])
def test_a_data_directory_that_cannot_be_used_is_told_with_all_else(tmp_path: Path, data: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError) as told:
        load_settings({"TMINUS_DATA": data.format(tmp_path)}, makes_directory=True)
    assert "TMINUS_DATA: nothing can be written to the directory" in str(told.value)
    assert "SLACK_BOT_TOKEN is missing" in str(told.value)


def test_postgres_needs_no_data_directory() -> None:
    elsewhere = {"TMINUS_DATA": "/proc/nope", "DATABASE_URL": "postgresql://h/d"}
    assert not load_local_settings(elsewhere, makes_directory=True).uses_sqlite


def test_tokens_do_not_travel_over_plain_http_except_to_this_machine() -> None:
    assert "must be https" in problems({**ENOUGH, "SLACK_API_URL": "http://slack.com/api"})
    local = load_settings({**ENOUGH, "SLACK_API_URL": "http://127.0.0.1:4000/api"})
    assert local.slack_api_url == "http://127.0.0.1:4000/api/"


def test_calendars_are_not_published_over_plain_http_except_to_this_machine() -> None:
    assert load_settings(ENOUGH).public_url == ""
    assert load_settings({**ENOUGH, "TMINUS_PUBLIC_URL": "https://t.example.com/bot/"}).public_url == (
        "https://t.example.com/bot"
    )
    assert load_settings({**ENOUGH, "TMINUS_PUBLIC_URL": "http://127.0.0.1:3000"}).public_url == "http://127.0.0.1:3000"
    for wrong in ("http://t.example.com", "t.example.com", "https://t.example.com/?x=1"):
        assert "TMINUS_PUBLIC_URL" in problems({**ENOUGH, "TMINUS_PUBLIC_URL": wrong})


def test_lists_are_comma_separated_and_the_prefix_is_upper_case() -> None:
    settings = load_settings({**ENOUGH, "TMINUS_ADMINS": "U1, W2 ,", "TMINUS_ID_PREFIX": "ship"})
    assert settings.admins == ("U1", "W2")
    assert settings.id_prefix == "SHIP"


def test_printing_the_settings_shows_no_secret() -> None:
    env = {
        "SLACK_BOT_TOKEN": "xoxb-secret",
        "SLACK_SIGNING_SECRET": "sign-secret",
        "DATABASE_URL": "postgresql://u:pass-secret@h/d",
        "TMINUS_SECRET_KEY": new_key(),
    }
    shown = repr(load_settings(env))
    assert "secret" not in shown
    assert env["TMINUS_SECRET_KEY"] not in shown


def test_without_an_argument_the_process_and_dotenv_are_read_and_the_process_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("TMINUS_ID_PREFIX=DOT\nTMINUS_COMMAND=/dot\n")
    monkeypatch.setenv("TMINUS_COMMAND", "/process")
    settings = load_local_settings()
    assert (settings.id_prefix, settings.command) == ("DOT", "/process")


def test_every_variable_has_a_description_and_an_example_that_works() -> None:
    for one in documented_variables():
        assert one.description, one.name
        assert one.example, one.name
    examples = {one.name: one.example for one in documented_variables()}
    load_settings({**examples, "TMINUS_SECRET_KEY": new_key()})  # a published key would be used by somebody


def cipher(env: dict[str, str]) -> Vault:
    keys = token_keys(load_local_settings(env))
    assert keys is not None
    return Vault(keys)


def test_a_sqlite_installation_makes_itself_a_key_only_its_owner_can_read(tmp_path: Path) -> None:
    env = {"TMINUS_DATA": str(tmp_path / "data")}
    sealed = cipher(env).encrypt("xoxb-1")
    assert cipher(env).decrypt(sealed) == "xoxb-1"
    [file] = (tmp_path / "data").iterdir()
    assert file.name == "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_new_key_in_front_still_opens_what_the_old_one_sealed() -> None:
    old, new = new_key(), new_key()
    sealed = cipher({"TMINUS_SECRET_KEY": old}).encrypt("xoxb-1")
    assert cipher({"TMINUS_SECRET_KEY": f"{new},{old}"}).decrypt(sealed) == "xoxb-1"
    with pytest.raises(ValueError, match="none of the keys"):
        cipher({"TMINUS_SECRET_KEY": new}).decrypt(sealed)


def test_on_postgres_there_is_no_key_until_one_is_configured() -> None:
    assert token_keys(load_local_settings({"DATABASE_URL": "postgresql://h/d"})) is None
    assert token_keys(load_local_settings({"DATABASE_URL": "postgresql://h/d", "TMINUS_SECRET_KEY": new_key()}))
