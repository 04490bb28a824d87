"""Nobody knows whether a post arrived: it is found however late, and whatever the machine's clock says."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import App
from bot.clock import Clock, SteppedWire, Wire
from bot.slack.delivery import LEASE, TIMEOUT
from storage.outbox_rows import OutboxRow
from storage.tables import outbox
from storage.work import Work
from tests.story import Story

pytestmark = pytest.mark.both

CARD = "payments 2.14.0 → production"
#: So long after it was sent a post is certainly there, or never will be: no sooner it is looked for.
OVER = TIMEOUT + 5


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


async def test_a_post_is_looked_for_again_when_slack_says_and_not_minutes_later(story: Story) -> None:
    """Whatever stands behind it in its channel waits with it."""
    story.box.faults.add("conversations.history", "rate_limited", retry_after=2, times=6)
    story.endings.may_be_refused("conversations.history", "ratelimited")
    began = story.wire.monotonic()
    await post_gets_lost(story)
    await story.quiet()
    assert OVER <= story.wire.monotonic() - began < 60
    assert story.room("#payments").reads().count(CARD) == 1


@pytest.mark.parametrize("minutes", [-4, 4])
async def test_a_machine_whose_clock_is_wrong_finds_what_it_posted(story: Story, minutes: int) -> None:
    """Slack's messages carry Slack's time, so that is the time by which they are looked for."""
    off = timedelta(minutes=minutes)
    await goes_on_with(story, WrongClock(story.clock, off), WrongWire(off))
    await post_gets_lost(story)
    await story.quiet()
    assert story.room("#payments").reads().count(CARD) == 1


@pytest.mark.parametrize(("status", "seconds"), [(200, OVER), (502, 0), (504, OVER)])
async def test_an_answer_that_is_not_slacks_own_says_nothing_about_the_post(
    story: Story, status: int, seconds: float
) -> None:
    """A page comes instead: the post may be there, or come soon where whoever stands between waited no longer."""
    (ana,) = story.people("ana")
    for _ in range(2):
        story.box.faults.add("chat.postMessage", "server_error_after", status=status, page=True)
    story.endings.may_be_refused("chat.postMessage", "internal_error")
    began = story.wire.monotonic()
    await ana.types("/release new payments 2.14.0 in 3h")
    assert story.wire.monotonic() - began >= seconds
    said = [message["text"] for message in story.room("#payments").messages]
    assert len(said) == len(set(said)) == 2, said


async def test_what_a_proxy_answers_is_no_reason_to_say_it_twice_where_nobody_can_look(story: Story) -> None:
    """The card comes again; of the rest people are told that it may be there or not."""
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    story.box.faults.add("chat.postMessage", "server_error_after", status=502, page=True)
    story.box.faults.add("conversations.replies", "error", code="missing_scope")
    story.endings.may_be_refused("chat.postMessage", "internal_error")
    story.endings.may_be_refused("conversations.replies", "missing_scope")
    story.endings.may_stay_undelivered("ambiguous")
    await story.people("bo")[0].clicks("Go", in_="#payments")
    said = [message["text"] for message in story.room("#payments").messages]
    assert len(said) == len(set(said)) == 3, said


async def test_a_token_that_is_refused_while_a_post_is_looked_for_costs_no_second_one(story: Story) -> None:
    """It is looked for when Slack lets the bot in again."""
    (ana,) = story.people("ana")
    for method, times in (("conversations.history", 3), ("conversations.replies", 3)):
        story.box.faults.add(method, "error", code="account_inactive", times=times)
        story.endings.may_be_refused(method, "account_inactive")
    for _ in range(2):
        story.box.faults.add("chat.postMessage", "drop_after")
    await ana.types("/release new payments 2.14.0 in 3h")
    said = [message["text"] for message in story.room("#payments").messages]
    assert len(said) == len(set(said)) == 2, said


async def test_a_reply_is_found_though_its_card_was_deleted_and_came_again_meanwhile(story: Story) -> None:
    """It stands under the card of before, and in the channel: nobody reads it there twice."""
    ana, bo = story.people("ana", "bo")
    payments, here = story.room("#payments"), story.app.delivery.client
    await ana.types("/release new payments 2.14.0 in 3h")
    (card,) = [message for message in payments.messages if message["text"].startswith("payments 2.14.0: 🟡")]
    story.box.faults.add("chat.postMessage", "drop_after")
    story.endings.may_be_refused("chat.update", "cant_update_message")
    await bo.at_once.clicks("Go", in_="#payments")
    async with asyncio.timeout(30):
        while not await story.app.store.read(lambda work: [row for row in work.outbox.unsettled(10) if row.error]):
            continue
    await here.chat_delete(channel=payments.id, ts=card["ts"])
    await ana.at_once.types("/release hold payments wait for the bank")
    await story.quiet()
    said = [message["text"] for message in payments.messages]
    assert len(said) == len(set(said)), said
    assert sum("go. Deploy starts" in text for text in said) == 1


async def test_a_sender_that_stood_still_sends_only_what_others_will_not_look_for_too_soon(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may die while it sends: then the next one looks for the post when the lease is over."""
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    delivery, left = story.app.delivery, []
    draw, send = delivery._draw, delivery.client.api_call

    async def slowly(row: OutboxRow) -> Any:
        drawn = await draw(row)
        if row.kind == "notice" and not left:
            left.append(timedelta.max)
            await story.wire.sleep(LEASE - OVER + 1)
        return drawn

    async def says(method: str, **arguments: Any) -> Any:
        if method == "chat.postMessage":
            left.append(await story.app.store.read(lease) - story.wire.instant())
        return await send(method, **arguments)

    def lease(work: Work) -> datetime:
        held = select(outbox.c.lease_until).where(outbox.c.state == "sending", outbox.c.kind == "notice")
        until: datetime = work.conn.execute(held).scalar_one()
        return until

    monkeypatch.setattr(delivery, "_draw", slowly)
    monkeypatch.setattr(delivery.client, "api_call", says)
    await ana.types("/release hold database")
    assert len(left) == 2 and min(left) >= timedelta(seconds=OVER)
    assert story.room("#payments").reads().count("↳ T-Minus (to channel): Ana put payments 2.14.0 on hold") == 1
