"""Whoever was asked for a go and has less time than they were told hears of it in a message of its own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.policy import LIGHT, Cover, Milestone, SignOff
from tests.story import Actor, Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


def told(someone: Actor) -> int:
    return len(someone.dm.messages)


async def test_however_short_a_time_ago_they_were_asked(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 3.1 today 22:00")
    await story.until("09:05")
    before = told(tom)
    await ana.types("/release reschedule payments today 11:00")
    assert told(tom) == before + 1
    assert "payments 3.1 still waits for your go/no-go, until 11:00 today" in tom.dm.reads("tom")
    await ana.types("/release reschedule payments today 16:00")
    assert told(tom) == before + 1, "more time is told by the message that they have"


async def test_also_where_it_was_moved_while_it_was_on_hold(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 3.1 today 22:00")
    await story.until("10:00")
    await ana.types("/release hold payments incident")
    await ana.types("/release reschedule payments today 13:00")
    before = told(tom)
    await ana.types("/release resume payments")
    assert told(tom) == before + 1
    assert "payments 3.1 still waits for your go/no-go, until 13:00 today" in tom.dm.reads("tom")
    await ana.types("/release hold payments incident")
    await ana.types("/release resume payments")
    assert told(tom) == before + 1, "nothing was moved this time"


async def test_whoever_was_not_asked_yet_is_asked_once_with_the_right_deadline(story: Story) -> None:
    """It is four in the morning where Bo is: he would have been asked when his day begins."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 22:00")
    await story.until("10:00")
    before = told(bo)
    await ana.types("/release reschedule payments today 12:00")
    assert told(bo) == before + 1
    assert "payments 3.1: your go/no-go by 06:00 today" in bo.dm.reads("bo") and "🔔" not in bo.dm.reads("bo")


async def test_of_two_releases_neither_keeps_an_old_deadline(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 3.1 today 22:00")
    await ana.types("/release new web 3.1 today 22:00")
    await story.until("10:00")
    await ana.types("/release reschedule payments today 13:00")
    await story.until("10:05")
    before = told(tom)
    await ana.types("/release reschedule web today 14:00")
    assert told(tom) == before + 1
    newest = tom.dm.reads("tom").split("You are reminded again below.")[1]
    assert "payments 3.1 still waits for your go/no-go, until 13:00 today" in newest
    assert "web 3.1 still waits for your go/no-go, until 14:00 today" in newest


async def test_whoever_is_asked_anew_for_the_new_time_is_not_reminded_as_well(story: Story) -> None:
    ana, tom, clara = story.people("ana", "tom", "clara")
    signed = (SignOff("QA", people=frozenset({tom.id}), covers=frozenset({Cover.SCHEDULE})),
              SignOff("Ops", people=frozenset({clara.id})))  # fmt: skip
    await story.follows(replace(LIGHT, name="cs", is_default=True, sign_offs=signed))
    await ana.types("/release new payments 3.1 today 18:00")
    await tom.types("/release go payments")
    await story.until("10:00")
    before = told(tom)
    await ana.types("/release reschedule payments today 16:00")
    assert told(tom) == before + 1


async def test_less_time_by_a_policy_is_told_too(story: Story) -> None:
    """The deadline falls from 18:00 to 12:00, and nobody hears of it."""
    ana, tom = story.people("ana", "tom")
    qa = replace(LIGHT, name="qa", is_default=True, sign_offs=(SignOff("QA", people=frozenset({tom.id})),))
    await story.follows(qa)
    await ana.types("/release new payments 3.1 today 18:00")
    await story.until("10:00")
    before = len(tom.dm.messages)
    await story.follows(replace(qa, version=2, closes=Milestone(before=timedelta(hours=6))))
    seen = await ana.types("/release re-apply payments")
    await ana.clicks("Take it over", on=seen.message)
    assert "your go/no-go by 12:00 today" in tom.dm.reads("tom")
    assert len(tom.dm.messages) == before + 1, "asked until 18:00, and in two hours it closes"


async def test_a_delegate_who_is_asked_anew_for_the_new_time_is_not_reminded_as_well(story: Story) -> None:
    ana, bo, tom, clara = story.people("ana", "bo", "tom", "clara")
    signed = (SignOff("QA", people=frozenset({bo.id}), delegates=True, covers=frozenset({Cover.SCHEDULE})),
              SignOff("Ops", people=frozenset({clara.id})))  # fmt: skip
    await story.follows(replace(LIGHT, name="cs", is_default=True, sign_offs=signed))
    await bo.types("/release away until fri 9:00 @tom")
    await ana.types("/release new payments 3.1 today 18:00")
    await tom.types("/release go payments")
    await story.until("10:00")
    before = len(tom.dm.messages)
    await ana.types("/release reschedule payments today 16:00")
    assert len(tom.dm.messages) == before + 1, tom.dm.reads("tom")


async def test_less_time_is_told_where_the_deadline_is_nearer_only(story: Story) -> None:
    """A go/no-go is open for an hour at least: it closes at 10:00, before and after."""
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 3.1 today 09:50")
    before = len(tom.dm.messages)
    await story.advance(minutes=5)
    await ana.types("/release reschedule payments today 09:30")
    assert "until 10:00 today" in story.room("#payments").reads()
    assert len(tom.dm.messages) == before, tom.dm.reads("tom")
