"""Deadlines that move, and people who are away."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.policy import LIGHT, Milestone, SignOff
from tests.story import Story

pytestmark = pytest.mark.once
TOO_FEW = "too few are left who can answer"


@pytest.mark.parametrize("meanwhile", ["12:00", "16:00"])
async def test_a_condition_with_a_time_of_its_own_keeps_it(story: Story, meanwhile: str) -> None:
    """Tom's go depends on it by 16:00, whatever the go/no-go does: at 18:00 it would count."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 3.1 today 22:00")
    await tom.types("/release go-if docs are there, @bo by 16:00")
    await ana.types(f"/release reschedule payments today {meanwhile}")
    await ana.types("/release reschedule payments today 20:00")
    await story.until("17:00")  # 18:00 in Berlin
    seen = await bo.types("/release condition done payments")
    assert (await story.release("payments")).state != "approved", seen.text


async def test_a_condition_without_one_moves_with_the_close(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 3.1 today 16:00")
    await tom.types("/release go-if docs are there, @bo")
    await ana.types("/release reschedule payments today 12:00")
    await ana.types("/release reschedule payments today 20:00")
    await story.until("17:00")  # 18:00 in Berlin
    seen = await bo.types("/release condition done payments")
    assert (await story.release("payments")).state == "approved", seen.text


async def test_where_the_delegate_goes_away_too_the_captain_is_called(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    qa = SignOff("QA", people=frozenset({bo.id}), delegates=True)
    await story.follows(replace(LIGHT, name="qa", is_default=True, sign_offs=(qa,)))
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release away until fri 9:00 @tom")
    await tom.types("/release away until fri 9:00")
    assert TOO_FEW in " ".join(story.room("#payments").threads())


async def test_nobody_is_said_to_answer_for_another_who_is_away_too(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    qa = SignOff("QA", people=frozenset({bo.id}), delegates=True)
    await story.follows(replace(LIGHT, name="qa", is_default=True, sign_offs=(qa,)))
    await ana.types("/release new payments 3.1 today 15:00")
    await bo.types("/release away until fri 9:00 @tom")
    await tom.types("/release away until fri 9:00")
    assert "Bo (Tom answers)" not in story.room("#payments").reads()


async def test_a_captain_has_one_reminder_of_what_closes_soon(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    qa = SignOff("QA", people=frozenset({tom.id}))
    closes = Milestone(before=timedelta(hours=2))
    await story.follows(replace(LIGHT, name="qa", is_default=True, sign_offs=(qa,), closes=closes))
    await ana.types("/release new payments 3.1 today 15:00")
    await story.until("11:31")
    await ana.types("/release extend until 14:00")
    await story.until("12:31")
    assert ana.dm.reads().count("its go/no-go closes at 14:00") == 1, ana.dm.reads()


async def test_a_condition_that_is_due_ten_hours_sooner_is_told_at_once(story: Story) -> None:
    """An edited message notifies nobody (decision 92); the next is half an hour before."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 3.1 today 22:00")
    await bo.types("/release go-if the load test is green, @tom")
    await story.advance(hours=1)
    before = len(tom.dm.messages)
    await ana.types("/release reschedule payments today 12:00")
    assert len(tom.dm.messages) > before, tom.dm.reads()


@pytest.mark.parametrize("own", [" by 16:00", ""])
async def test_what_is_not_done_by_a_sooner_close_is_missed(story: Story, own: str) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 3.1 today 22:00")
    await tom.types(f"/release go-if docs are there, @bo{own}")
    await ana.types("/release reschedule payments today 12:00")
    await story.until("12:30")
    assert "condition_missed" in (await story.release("payments")).history
    assert "has until" not in (await ana.types("/release why payments")).text
