"""Give each story its stage: a mode of Slack's and a kind of database, one of two pairs in turn, both, or all four."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from zlib import crc32

import pytest
import structlog
from structlog.testing import capture_logs

from tests.conftest import HAS_POSTGRES, IN_CI
from tests.story import Mode, Story

SECOND = "postgres" if HAS_POSTGRES or IN_CI else "sqlite"
PAIRS = [("http", SECOND), ("socket", "sqlite")]
EVERYWHERE = list(dict.fromkeys([(mode, kind) for mode in ("http", "socket") for kind in ("sqlite", SECOND)]))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "once: a long story about the rules alone; one stage shows it")
    config.addinivalue_line("markers", "both: about trouble, or whatever may happen: both pairs play it")
    config.addinivalue_line("markers", "everywhere: play this story in both modes, on both kinds of database")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each story plays on one of the pairs, by its name; marked `both`, or with `--every-stage`, on the two.

    Marked `everywhere` it plays on all four; marked `once`, or in the browser, on the second pair alone.
    """
    if "seed" in metafunc.fixturenames:
        first = metafunc.config.getoption("--first-seed")
        metafunc.parametrize("seed", range(first, first + metafunc.config.getoption("--seeds")))
    if "stage" in metafunc.fixturenames:
        turn = crc32(metafunc.definition.name.encode()) % len(PAIRS)
        both = metafunc.definition.get_closest_marker("both") or metafunc.config.getoption("--every-stage")
        chosen = PAIRS if both else PAIRS[turn : turn + 1]
        chosen = EVERYWHERE if metafunc.definition.get_closest_marker("everywhere") else chosen
        once = metafunc.definition.get_closest_marker("once") or "browser" in metafunc.fixturenames
        chosen = PAIRS[-1:] if once else chosen
        metafunc.parametrize("stage", chosen, ids=["-".join(one) for one in chosen], indirect=True)


@pytest.fixture
def steps(request: pytest.FixtureRequest) -> int:
    """How many things are done in a story of people who do anything at all."""
    many: int = request.config.getoption("--steps")
    return many


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> tuple[Mode, str]:
    """(socket or http, DATABASE_URL of a migrated database)."""
    mode, kind = request.param
    return mode, request.getfixturevalue(f"{kind}_database")


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture
def logged() -> Iterator[tuple[list[structlog.types.EventDict], list[str]]]:
    """What the bot logs, and what libraries log as errors."""
    handler = _Errors()
    root = logging.getLogger()
    root.addHandler(handler)
    with capture_logs(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.format_exc_info]
    ) as lines:
        yield lines, handler.lines
    root.removeHandler(handler)


@pytest.fixture
async def story(
    stage: tuple[Mode, str], tmp_path: Path, logged: tuple[list[structlog.types.EventDict], list[str]]
) -> AsyncIterator[Story]:
    """A story about to begin; at its end it is checked for what holds in all of them."""
    told = Story(*stage, tmp_path, *logged)
    await told.begins_with()
    try:
        yield told
        await told.ends()
    finally:
        await told.stops()
