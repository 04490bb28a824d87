"""A click is answered at once and once; whatever happens to the answer, the person gets it in the end."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.slack import answering, failing, gateway
from storage.engine import Busy
from tests.replicas.fleet import insists
from tests.story import Story
from tests.story_process import PATIENCE, bot_process

pytestmark = pytest.mark.both

WHY_NOT = "You are the captain of payments 2.14.0"


def answers(work: Any) -> list[Any]:
    return [row for row in work.outbox.unsettled(10) if row.kind == "ephemeral"]


@pytest.mark.everywhere
async def test_an_answer_is_sent_and_settled_without_a_look_into_the_outbox(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    for _ in range(3):
        assert WHY_NOT in (await ana.clicks("Go", in_="#payments")).text
    done = [line["event"] for line in story.lines if line.get("kind") == "ephemeral"]
    assert done == ["delivered"] * 3
    assert await story.app.store.read(answers) == []


async def test_answers_wait_for_acks_but_not_for_long(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    bot, told = story.app, len(ana.ephemerals)
    monkeypatch.setattr(gateway, "ACKS_FIRST", 60.0)
    with bot.gateway._under_way():  # somebody else's click
        assert (await ana.at_once.clicks("Go", in_="#payments")).error is None
        done, waiting = await asyncio.wait(bot.answers._under_way, timeout=0.3)
        assert (len(done), len(waiting), len(ana.ephemerals)) == (0, 1, told)
    await story.quiet()
    assert len(ana.ephemerals) == told + 1
    monkeypatch.setattr(gateway, "ACKS_FIRST", 0.05)
    with bot.gateway._under_way():
        await ana.at_once.clicks("Go", in_="#payments")
        await bot.answers.quiet()
        assert len(ana.ephemerals) == told + 2


@pytest.mark.parametrize(
    "trouble", [{"effect": "server_error"}, {"effect": "rate_limited", "retry_after": 3}, {"effect": "error"}]
)
async def test_an_answer_that_slack_does_not_take_is_tried_again(story: Story, trouble: dict[str, Any]) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    story.box.faults.add("response_url", **trouble)
    story.endings.may_be_refused("response_url", "internal_error")
    story.endings.may_be_refused("response_url", "ratelimited")
    seen = await ana.clicks("Go", in_="#payments")
    assert WHY_NOT in seen.text
    assert await story.app.store.read(answers) == []


async def test_a_database_that_is_away_when_answers_are_settled(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are settled when it is back; nobody is answered twice."""
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    real, failed = answering._all_sent, []

    def once(ids: list[int], owner: str) -> Any:
        if failed:
            return real(ids, owner)
        failed.append(ids)
        raise ConnectionError("the database is away")

    monkeypatch.setattr(answering, "_all_sent", once)
    story.endings.may_log("answers_not_settled")
    told = len(ana.ephemerals)
    assert WHY_NOT in (await ana.clicks("Go", in_="#payments")).text
    assert len(failed) == 1 and await story.app.store.read(answers) == []
    assert len(ana.ephemerals) == told + 1


@pytest.mark.once
@pytest.mark.usefixtures("in_life")
async def test_a_bot_dies_before_it_has_answered(stage: tuple[Any, str], tmp_path: Path) -> None:
    """The click counts; the next bot answers it when the lease of the dead one is over."""
    mode, database_url = stage
    async with bot_process(mode, database_url, tmp_path) as bot:
        await bot.starts()
        ana = bot.box.person("ana")
        await insists(lambda: ana.types("/release new payments 2.14.0 in 3h"), hears="is planned", within=PATIENCE)
        await bot.box.room("#payments").sees("[Go] [No-go]", within=PATIENCE)
        card = bot.box.room("#payments").card("[Go] [No-go]")
        bot.box.faults.add("response_url", "slow", seconds=5.0)
        assert (await ana.clicks("Go", on=card)).ok
        await bot.until(lambda work: len(answers(work)) == 1, what="the answer is under way")
        await bot.dies()
        bot.box.faults.clear()
        await bot.starts()
        await bot.until(lambda work: answers(work) == [], within=40, what="somebody has answered")
        assert WHY_NOT in str(ana.ephemerals)


async def test_a_process_that_stood_still_after_the_commit_answers_nobody_twice(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease is over when it goes on, and another has answered."""
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    held: list[Any] = []
    monkeypatch.setattr(story.app.dispatcher, "send", lambda *given: held.append(given))
    told = len(ana.ephemerals)
    await ana.at_once.clicks("Go", in_="#payments")
    other = await story.gains_a_replica()
    await story.wire.sleep(answering.LEASE + 1)
    await other.delivery.quiet()
    assert len(ana.ephemerals) == told + 1
    for given in held:
        story.app.answers.send(*given)
    await story.quiet()
    assert len(held) == 1 and len(ana.ephemerals) == told + 1


async def test_an_answer_that_waited_for_long_is_not_begun_so_late_that_another_sends_it_too(story: Story) -> None:
    """A call that Slack takes its time for ends before the lease does, or is not made by us."""
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 in 3h")
    bot, held, told = story.app, [], len(ana.ephemerals)
    send, bot.dispatcher.send = bot.dispatcher.send, lambda *given: held.append(given)
    await ana.at_once.clicks("Go", in_="#payments")
    other = await story.gains_a_replica()
    ((row, hold),) = held
    await story.wire.sleep((hold.until - story.wire.instant()).total_seconds() - 1)
    story.box.faults.add("response_url", "slow", seconds=0.5)
    send(row, hold)
    await asyncio.wait(bot.answers._under_way, timeout=0.1)
    await story.wire.sleep(2)
    await other.delivery.quiet()
    await story.quiet()
    assert len(held) == 1 and len(ana.ephemerals) == told + 1


async def test_whoever_goes_on_clicking_does_not_put_off_a_stop(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is told that nothing could be stored, the next one clicks, and so on."""
    bot, told = story.app, []

    async def is_refused() -> None:
        await bot.gateway._error(Busy("shutting down"), {"type": "block_actions", "response_url": "https://x"})

    async def tell(*of: Any) -> None:
        told.append(of)
        if len(told) < 9:
            await is_refused()

    monkeypatch.setattr(failing, "tell", tell)
    await is_refused()
    await bot.gateway.drain()
    assert 0 < len(told) < 9
    await bot.gateway.quiet()
    assert len(told) == 9
    bot.gateway.closing = False
