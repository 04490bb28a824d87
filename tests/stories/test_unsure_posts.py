"""Nobody knows whether a post arrived: it is found however late, and whatever the machine's clock says."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.app import App
from bot.clock import Clock, SteppedWire, Wire
from tests.story import Story

pytestmark = pytest.mark.both

CARD = "payments 2.14.0 → production"


class WrongClock(Clock):
    """As far beside the right one as a machine's may be that nobody looks after."""

    def __init__(self, right: Clock, by: timedelta) -> None:
        self._right = right
        self._by = by

    def now(self) -> datetime:
        return self._right.now() + self._by


class PassingClock(Clock):
    """Time passes while the bot waits for Slack."""

    def __init__(self, from_then: Clock, wire: Wire) -> None:
        self._from = from_then
        self._wire = wire
        self._began = wire.monotonic()

    def now(self) -> datetime:
        return self._from.now() + timedelta(seconds=self._wire.monotonic() - self._began)


class WrongWire(SteppedWire):
    """The same machine's real time."""

    def __init__(self, by: timedelta) -> None:
        super().__init__()
        self._by = by

    def unix(self) -> float:
        return super().unix() + self._by.total_seconds()


async def post_gets_lost(story: Story) -> None:
    """Ana plans a release; its card is posted, and the bot does not learn of it."""
    (ana,) = story.people("ana")
    story.box.faults.add("chat.postMessage", "drop_after")
    await ana.at_once.types("/release new payments 2.14.0 in 3h")
    async with asyncio.timeout(30):
        while not await story.app.store.read(lambda work: [row for row in work.outbox.unsettled(10) if row.error]):
            continue


async def goes_on_with(story: Story, clock: Clock, wire: Wire) -> None:
    """The same bot, on a machine with these."""
    await story.app.stop()
    story.app = await App.open(story.settings(), clock=clock, wire=wire)
    await story.app.start(ticking=False)
    story.box.request_url = f"http://127.0.0.1:{story.app.port}/slack/events" if story.mode == "http" else None


async def test_a_post_that_cannot_be_looked_for_for_a_while_is_found_all_the_same(story: Story) -> None:
    """Each look in vain is no new try: what is looked for was posted at the first one."""
    story.box.faults.add("conversations.history", "server_error", times=6)
    story.endings.may_be_refused("conversations.history", "internal_error")
    await goes_on_with(story, PassingClock(story.clock, story.wire), story.wire)
    began = story.wire.monotonic()
    await post_gets_lost(story)
    await story.quiet()
    assert story.wire.monotonic() - began > 300
    assert story.room("#payments").reads().count(CARD) == 1


@pytest.mark.parametrize("minutes", [-4, 4])
async def test_a_machine_whose_clock_is_wrong_finds_what_it_posted(story: Story, minutes: int) -> None:
    """Slack's messages carry Slack's time, so that is the time by which they are looked for."""
    off = timedelta(minutes=minutes)
    await goes_on_with(story, WrongClock(story.clock, off), WrongWire(off))
    await post_gets_lost(story)
    await story.quiet()
    assert story.room("#payments").reads().count(CARD) == 1
