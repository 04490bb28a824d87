"""A reminder that a newer one of its kind overtakes before Slack has it, or before anybody knows that Slack has it."""

import asyncio

import pytest

from bot.kit.desk import Desk
from bot.kit.follow import lock
from storage.work import Work
from tests.story import Story

pytestmark = pytest.mark.both

CARD = "reminder.deploy"


async def reminded(story: Story, *tags: str) -> None:
    """The captain is reminded in one transaction, once for each tag; nobody waits for Slack."""

    def remind(work: Work) -> None:
        desk = Desk(work, story.app.catalogue, unasked=True)
        for tag in tags:
            release = lock(work.releases.get(1), desk)
            desk.draw(CARD, release, release.captain, tag=tag)

    await story.app.store.write(remind, workspace=story.app.workspace)
    story.app.delivery.nudge()


async def cards(story: Story) -> list[tuple[str, bool]]:
    """(state, whether it was posted) of each reminder."""

    def look(work: Work) -> list[tuple[str, bool]]:
        return [(one.state, one.ts is not None) for one in work.cards.of(1) if one.kind == CARD]

    return await story.app.store.read(look, workspace=story.app.workspace)


async def test_what_was_overtaken_before_it_was_posted_is_not_posted_and_not_drawn_any_more(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    await reminded(story, "first", "second")
    await story.quiet()
    assert await cards(story) == [("gone", False), ("live", True)]
    assert ana.dm.reads("ana").count("payments 2.14.0") == 1


async def test_what_was_overtaken_after_it_was_posted_and_nobody_knew_is_found_and_retired(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    story.box.faults.add("chat.postMessage", "drop_after")
    await reminded(story, "first")
    async with asyncio.timeout(30):
        while not await story.app.store.read(lambda work: [row for row in work.outbox.unsettled(10) if row.error]):
            continue
    await reminded(story, "second")
    await story.quiet()
    assert await cards(story) == [("gone", True), ("live", True)]
    assert ana.dm.reads("ana").count("payments 2.14.0: reminded again below.") == 1
