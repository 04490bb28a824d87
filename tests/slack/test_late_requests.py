"""What was on its way for so long that Slack shows it as failed does not overtake what the same person did next.

Over HTTP, where Slack's time stamp tells how old it is; what comes by a socket has none.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.story import Story

#: Seconds, certainly longer than Slack waits: a time stamp has whole seconds, and a busy machine its own delays.
LATE = 6.0


@pytest.fixture
async def story(sqlite_database: str, tmp_path: Path) -> AsyncIterator[Story]:
    """A release is planned, on which Bo may vote."""
    with capture_logs() as lines:
        told = Story("http", sqlite_database, tmp_path, lines, [])
        await told.begins_with()
        await told.people("ana")[0].types("/release new payments 2.14.0 in 3h")
        yield told
        await told.stops()


async def all_arrived(story: Story) -> None:
    """Also what nobody waits for any more."""
    await story.box.quiet()
    await story.quiet()


@pytest.mark.parametrize("way", ["button", "command", "the first one after a restart"])
async def test_a_late_go_does_not_overtake_a_no_go(story: Story, way: str) -> None:
    (bo,) = story.people("bo")
    if "restart" in way:
        await story.restarts()
    story.box.faults.add("block_actions" if way == "button" else "slash_commands", "late", seconds=LATE)
    if way == "button":
        await bo.at_once.in_vain.clicks("Go", in_="#payments")
    else:
        await bo.at_once.in_vain.types("/release go payments")
    assert "You said no-go" in (await bo.at_once.types("/release no-go payments the load test failed")).text
    await all_arrived(story)
    assert [line["event"] for line in story.lines].count("too_late") == 1
    assert (await story.release("payments")).votes == {"bo": "no-go"}


async def test_a_late_event_is_stored_whenever_it_comes(story: Story) -> None:
    """Slack sends it again until somebody takes it, and shows nobody that it failed."""
    (bo,) = story.people("bo")
    for _ in range(2):  # it and its first repetition
        story.box.faults.add("app_mention", "late", seconds=LATE)
    await bo.at_once.types("@T-Minus no-go payments the load test failed", in_="#payments")
    await all_arrived(story)
    assert (await story.release("payments")).votes == {"bo": "no-go"}


async def test_one_that_is_slow_and_in_time_is_stored(story: Story) -> None:
    (bo,) = story.people("bo")
    story.box.faults.add("block_actions", "late", seconds=0.5)
    await bo.at_once.clicks("Go", in_="#payments")
    await all_arrived(story)
    assert (await story.release("payments")).votes == {"bo": "go"}
