"""A timer that failed for good is seen by admins, who run it again once its cause is gone, or drop it."""

from dataclasses import replace

import aiohttp
import pytest

from bot.kit.desk import Desk
from bot.release.release import Release
from tests.story import Story

ASKED = "was due 14:00 today and has not started."


def fails(release: Release, desk: Desk, recipient: str) -> None:
    raise ValueError("a defect")


async def metrics(story: Story) -> str:
    async with aiohttp.ClientSession() as session:
        return await (await session.get(f"http://127.0.0.1:{story.app.port}/metrics")).text()


async def test_admins_run_again_what_failed_for_good_and_drop_what_is_too_late(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bo = story.people("ana", "bo")
    story.endings.may_log("timer_failed")
    prompts = story.app.catalogue.prompts
    with monkeypatch.context() as broken:
        for name in ("remind.deploy", "remind.overdue"):
            broken.setitem(prompts, name, replace(prompts[name], run=fails))
        await ana.types("/release new payments 2.14.0 today 14:00")
        await bo.types("/release go payments")
        await story.until("15:00")
        for _ in range(20):
            await story.advance(minutes=1)
    assert ASKED not in ana.dm.reads("ana")

    assert "Only release admins can do this: Ana." in (await bo.types("/release health")).text
    seen = await ana.types("/release health")
    assert seen.text.startswith("⚠️ Something needs a look.\nNothing waits to be sent.\n")
    late = "A timer failed for good: the reminder ten minutes before of REL-1 (ValueError)."
    assert f"{late} It would not help any more: it is too late for it." in seen.text
    assert "A timer failed for good: the question why nobody has started of REL-1 (ValueError)." in seen.text
    assert "tminus_timers_dead 2.0" in await metrics(story)

    assert "It runs now." in (await ana.clicks("Run again", on=seen.message)).text
    await story.quiet()
    assert ana.dm.reads("ana").count(ASKED) == 1
    again = await ana.clicks("Run again", on=seen.message, stale=True)
    assert "That has been settled meanwhile." in again.text
    await story.quiet()
    assert ana.dm.reads("ana").count(ASKED) == 1, "once"

    left = await ana.types("/release health")
    assert "nobody has started" not in left.text
    await ana.clicks("Drop", on=left.message)
    assert (await ana.types("/release health")).text == "✅ Nothing was given up.\nNothing waits to be sent."
    assert "tminus_timers_dead 0.0" in await metrics(story)


async def test_what_would_not_help_any_more_is_not_run_again(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, bo = story.people("ana", "bo")
    story.endings.may_log("timer_failed")
    prompts = story.app.catalogue.prompts
    with monkeypatch.context() as broken:
        broken.setitem(prompts, "remind.overdue", replace(prompts["remind.overdue"], run=fails))
        await ana.types("/release new payments 2.14.0 today 14:00")
        await bo.types("/release go payments")
        await story.until("15:00")
        for _ in range(10):
            await story.advance(minutes=1)
    seen = await ana.types("/release health")
    await ana.types("/release deploy start payments")
    refused = await ana.clicks("Run again", on=seen.message, stale=True)
    assert "That would not help any more: the release is deploying." in refused.text
    assert ASKED not in ana.dm.reads("ana")


async def test_a_question_that_failed_for_good_is_asked_again_at_its_next_time(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On every working day at ten in the morning, long after the deploy has started, it is asked whether it is done."""
    ana, bo = story.people("ana", "bo")
    story.endings.may_log("timer_failed")
    prompts = story.app.catalogue.prompts
    await ana.types("/release new payments 2.14.0 today 14:00")
    await bo.types("/release go payments")
    await story.until("13:00")
    await ana.types("/release deploy start payments")
    await story.until("2026-12-02 10:00")
    asked = "payments 2.14.0: asked about again below."
    before = ana.dm.reads("ana").count(asked)
    with monkeypatch.context() as broken:
        broken.setitem(prompts, "still.deploying", replace(prompts["still.deploying"], run=fails))
        await story.until("2026-12-03 09:00")
        for _ in range(8):
            await story.advance(minutes=1)
    assert ana.dm.reads("ana").count(asked) == before
    await story.until("2026-12-04 09:01")
    assert ana.dm.reads("ana").count(asked) == before + 1
    await ana.types("/release setup")
    assert "the question whether it still deploys of REL-1 (ValueError)" in (await ana.types("/release health")).text
