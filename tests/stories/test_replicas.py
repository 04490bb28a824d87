"""Two bots on one database: every replica is the same, and together they do everything once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.types import EventDict

from bot.clock import Wire
from bot.release.policy import Policy, SignOff
from tests.story import Mode, Story, together

pytestmark = pytest.mark.both


@pytest.fixture
async def two_bots(
    stage: tuple[Mode, str], tmp_path: Path, logged: tuple[list[EventDict], list[str]]
) -> AsyncIterator[Story]:
    """A story told to two bots. In HTTP mode Slack posts to one of them, in Socket Mode to each in turn."""
    told = Story(*stage, tmp_path, *logged, wire=Wire())
    await told.begins_with()
    await told.gains_a_replica()
    try:
        yield told
        await told.ends()
    finally:
        await told.stops()


async def test_what_two_bots_hear_many_times_happens_once(two_bots: Story) -> None:
    story = two_bots
    ana, bo, eve = story.people("ana", "bo", "eve")
    payments = story.room("#payments")

    planned = await ana.types("/release new payments 2.14.0 today 16:00")
    assert planned.delivery is not None
    acks = await story.box.replay(planned.delivery, 6)
    assert {str(ack.body) for ack in acks} == {str(acks[0].body)}, "either bot gives the same reply"

    await story.until("14:00")
    assert bo.dm.reads("bo").count("your go/no-go by") == 1, "asked once"
    await together(bo.at_once.clicks("Go", in_="dm"), eve.at_once.clicks("Go", in_="dm"))
    clicked = story.box.deliveries[-1]
    if story.mode == "http":
        story.box.request_url = f"http://127.0.0.1:{story.app.port}/slack/events"  # the other one
    await story.box.replay(clicked, 6)
    await story.quiet()

    stand = await story.release("payments")
    assert stand.state == "approved"
    assert stand.history == ["planned", "poll_opened", "voted", "decided"]
    said = [message["text"] for message in payments.messages]
    assert len(said) == len(set(said)) == 3, "the card and two announcements"
    await story.until("14:51")
    assert ana.dm.reads("ana").count("deploy at 16:00") == 1, "reminded once"


async def test_two_bots_hear_at_once_that_a_condition_is_done(two_bots: Story) -> None:
    story = two_bots
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await bo.clicks("Go if …", in_="#payments")
    await bo.submits(condition="smoke test green", owner="tom")
    seen = await tom.clicks("Done", in_="dm")
    assert seen.delivery is not None
    if story.mode == "http":
        story.box.request_url = f"http://127.0.0.1:{story.app.port}/slack/events"  # the other one
    await together(story.box.replay(seen.delivery, 5), bo.at_once.types("/release condition done"))
    await story.quiet()
    stand = await story.release("payments")
    assert stand.history == ["planned", "poll_opened", "voted", "condition_set", "condition_met", "decided"]
    assert sum("Done: “smoke test green”" in line for line in story.room("#payments").threads()) == 1


async def test_what_one_bot_could_not_confirm_the_other_does(two_bots: Story) -> None:
    """A go waits for Slack's word on who may answer; both bots hear that word, and it is decided and told once."""
    story = two_bots
    ana, bo = story.people("ana", "bo")
    payments = story.room("#payments")
    qa = next(group.id for group in story.box.workspace.groups.values())
    await story.follows(Policy("qa", is_default=True, sign_offs=(SignOff("QA", groups=frozenset({qa})),)))
    await ana.types("/release new payments 2.14.0 in 3h")
    await story.advance(minutes=16)
    story.box.faults.add("usergroups.users.list", "error", code="internal_error", times=None)
    story.endings.may_be_refused("usergroups.users.list", "internal_error")
    await bo.clicks("Go", in_="#payments")
    assert (await story.release("payments")).state == "open"
    story.box.faults.clear()
    for app in (story.app, *story.replicas):
        app.people.refresh(app.workspace, frozenset({qa}))
    await story.quiet()
    stand = await story.release("payments")
    assert stand.history == ["planned", "poll_opened", "voted", "votes_confirmed", "decided"]
    said = [message["text"] for message in payments.messages]
    assert len(said) == len(set(said)) == 3, "the card and two announcements"


async def test_of_two_bots_one_makes_what_departs_and_one_hands_a_rotation_on(two_bots: Story) -> None:
    story = two_bots
    ana, bo, tom = story.people("ana", "bo", "tom")
    seen = await ana.types("/release train payments every weekday 14:00 version 2026.{n} lead 6h starting 2 dec")
    await ana.clicks("Save", on=seen.message)
    seen = await ana.types(f"/release rotation payments deployer <@{bo.id}> <@{tom.id}> every wed 06:30")
    await ana.clicks("Save", on=seen.message)
    await story.until("2026-12-02 07:05")
    stand = await story.release("payments 2026.1")
    assert (stand.history, stand.captain) == (["planned", "poll_opened"], "ana")
    assert not await story.has_release("payments 2026.2")
    assert ana.dm.reads("ana").count("You lead payments 2026.1") == 1
    assert story.room("#payments").reads().count("Tom deploys payments releases") == 1
    made = await story.app.store.read(lambda work: work.trains.how_many(1), workspace=story.app.workspace)
    assert made == 1
