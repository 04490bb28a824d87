"""The log: readable by machines and people, without secrets and without what people wrote."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog

from bot import logs


@pytest.fixture(autouse=True)
def _leave_logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def out() -> io.StringIO:
    stream = io.StringIO()
    logs.configure("json", level="DEBUG", stream=stream)
    return stream


def line(out: io.StringIO) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(out.getvalue().splitlines()[-1])
    return parsed


def test_a_line_says_when_what_and_how_bad(out: io.StringIO) -> None:
    structlog.get_logger("bot.example").warning("outbox.stuck", release="REL-12", waiting=3)
    said = line(out)
    assert said["event"] == "outbox.stuck"
    assert (said["level"], said["release"], said["waiting"]) == ("warning", "REL-12", 3)
    assert str(said["timestamp"]).endswith("Z")


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-123-456-abcDEF",
        "xoxe.xoxp-1-Mi0yLTEyMzQ",
        "xapp-1-A012-345-abcdef",
        "https://hooks.slack.com/commands/T1/2/abcdef",
        "wss://wss-primary.slack.com/link/?ticket=abcdef&app_id=1",
        "postgresql://tminus:abcdef@db/tminus",
        "v0=" + "a" * 64,
        "GET /calendar/abcdef_-" + "a" * 36 + ".ics",
    ],
)
def test_secrets_are_masked_wherever_they_stand(out: io.StringIO, secret: str) -> None:
    log = structlog.get_logger("bot.example")
    log.info(f"calling with {secret}", header=[{"deep": secret}])
    logging.getLogger("some.library").error("failed: %s", secret)
    try:
        raise ValueError(secret)
    except ValueError:
        log.exception("broken")
    assert secret not in out.getvalue()
    assert "abcdef" not in out.getvalue()
    assert out.getvalue().count(logs.MASK) >= 4


@pytest.mark.parametrize("key", ["bot_token", "SIGNING_SECRET", "password", "Authorization", "response_url"])
def test_a_field_named_like_a_secret_is_masked_whatever_is_in_it(out: io.StringIO, key: str) -> None:
    structlog.get_logger().info("x", **{key: "plain", "headers": {key: "plain"}})
    assert "plain" not in out.getvalue()


def test_what_people_wrote_is_a_length_in_every_line_but_debug(out: io.StringIO) -> None:
    log = structlog.get_logger()
    log.info("command", text="no-go because of Bo", verb="no-go")
    assert line(out)["text"] == "<19 characters>"
    assert line(out)["verb"] == "no-go"
    log.debug("command", text="no-go because of Bo")
    assert line(out)["text"] == "no-go because of Bo"


def test_libraries_that_repeat_payloads_are_quiet(out: io.StringIO) -> None:
    logging.getLogger("slack_bolt.AsyncApp").info("a whole payload")
    logging.getLogger("slack_sdk.web").debug("a whole payload")
    assert out.getvalue() == ""


def test_people_can_read_the_console_style() -> None:
    stream = io.StringIO()
    logs.configure("console", stream=stream)
    structlog.get_logger("bot.example").info("started", port=3000)
    assert "started" in stream.getvalue()
    assert "port=3000" in stream.getvalue()
    assert "{" not in stream.getvalue()


class _FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_log_that_cannot_be_written_fails_nothing_else() -> None:
    logs.configure("json", stream=_FullDisk())
    assert structlog.get_logger("bot.example").info("started") is None


def test_our_lines_and_those_of_libraries_have_the_same_form(out: io.StringIO) -> None:
    structlog.get_logger("bot.example").info("started", since=datetime(2026, 12, 1, tzinfo=UTC))
    logging.getLogger("some.library").info("started")
    ours, theirs = (json.loads(one) for one in out.getvalue().splitlines())
    assert ours.keys() - theirs.keys() == {"since"}
    assert (ours["logger"], theirs["logger"]) == ("bot.example", "some.library")
    assert "2026" in ours["since"]
