"""What the log tells of gestures: who was refused and why, never what they wrote."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import logs
from tests.handlers.office import GUS, Office


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("json", stream=stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def test_a_refusal_says_why_and_to_whom(office: Office, log: io.StringIO) -> None:
    await office.types(GUS, "hold because of Bo")
    [line] = [json.loads(line) for line in log.getvalue().splitlines() if "refused" in line]
    assert (line["user"], line["why"]) == (GUS, "not_full_member")
    assert "because" not in log.getvalue()
