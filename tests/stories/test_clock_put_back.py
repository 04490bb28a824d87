"""A machine's clock that is put back holds nothing up: what waits for an instant waits no longer than it would have."""

from datetime import timedelta

import pytest

from bot.slack.delivery import LEASE
from storage.work import Work
from tests.story import Story

HOUR = timedelta(hours=1)


async def waits(story: Story, room: str) -> None:
    """Two things are to be said, and Slack has just refused the first."""
    story.box.faults.add("chat.postMessage", "error", code="service_unavailable", times=1)
    story.endings.may_be_refused("chat.postMessage", "service_unavailable")

    def put(work: Work) -> None:
        for text in ("one", "two"):
            work.outbox.put("notice", room, payload={"message": {"text": text}})

    await story.app.store.write(put, workspace=story.app.workspace)
    story.app.delivery.nudge()
    while not await story.app.store.read(lambda work: [row for row in work.outbox.unsettled(9) if row.error]):
        pass


@pytest.mark.both
@pytest.mark.parametrize("starts_anew", [False, True])
async def test_what_waits_to_be_tried_again_is_not_kept_for_as_long(story: Story, starts_anew: bool) -> None:
    room = story.box.found("#web", ["ana"])
    await waits(story, room.id)
    if starts_anew:
        await story.app.stop()
    began = story.wire.monotonic()
    story.wire._began -= HOUR  # type: ignore[attr-defined]
    if starts_anew:
        story.app = await story.another_bot()
    await story.quiet()
    assert [message["text"] for message in room.messages[-2:]] == ["one", "two"]
    assert story.wire.monotonic() - began < LEASE
