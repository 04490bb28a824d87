"""Who owes a go/no-go is reminded: once for all that waits, in their hours, and later where they put it off."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.policy import LIGHT, Milestone, Policy, SignOff
from tests.story import Actor, Story

LAST = "T-Minus: "


async def qa_is_reminded(story: Story, *people: Actor, before: tuple[timedelta, ...] = (timedelta(hours=2),)) -> Policy:
    """QA says go, asked at once until T, and is reminded."""
    qa = SignOff("QA", people=frozenset(person.id for person in people))
    policy = replace(LIGHT, name="qa", is_default=True, sign_offs=(qa,), closes=Milestone(), nudges=before)
    await story.follows(policy)
    return policy


def messages(person: Actor) -> list[str]:
    """What the bot has written to them, each message as they read it now."""
    return person.dm.reads(person.name).split(LAST)[1:]


async def test_one_message_for_all_that_waits_with_buttons_that_work(story: Story) -> None:
    ana, clara, tom = story.people("ana", "clara", "tom")
    await qa_is_reminded(story, tom, clara)
    await ana.types("/release new payments 2.14.0 today 14:00")
    await ana.types("/release new web 5.1 today 14:05")
    asked = len(messages(tom))
    await story.until("10:59")
    assert len(messages(tom)) == asked, "not before its time"
    await story.advance(minutes=10)
    assert len(messages(tom)) == asked + 1
    reminder = messages(tom)[-1]
    assert "🔔 payments 2.14.0 still waits for your go/no-go, until 14:00 today. Medium risk." in reminder
    assert "🔔 web 5.1 still waits for your go/no-go, until 14:05 today." in reminder
    assert reminder.count("[Go] [No-go] [⋯ Go if … · Why? · Snooze 1 h") == 2

    await tom.clicks("Go", in_="dm")
    after = messages(tom)[asked]
    assert "You said go" in after and "payments 2.14.0" in after and "🔔 web 5.1" in after
    await tom.types("/release go web")
    assert "🔔" not in messages(tom)[asked], "all is answered"
    assert [(await story.release(name)).state for name in ("payments 2.14.0", "web 5.1")] == ["approved", "approved"]


async def test_who_has_answered_is_left_in_peace_and_the_others_hear_it_in_their_hours(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    both = replace(await qa_is_reminded(story, bo, tom, before=(timedelta(hours=5),)), version=2)
    needs_both = tuple(replace(one, needs=2) for one in both.sign_offs)
    await story.follows(replace(both, sign_offs=needs_both))
    await ana.types("/release new payments 2.14.0 today 17:30")
    await tom.types("/release go payments")
    await story.until("12:35")
    assert "🔔" not in tom.dm.reads("tom") + bo.dm.reads("bo"), "it is half past six where Bo lives"
    await story.until("14:05")
    assert "🔔" not in bo.dm.reads("bo"), "he was asked a moment ago"
    assert "your go/no-go by 11:30" in bo.dm.reads("bo")


async def test_it_can_be_put_off_until_shortly_before_the_close(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await qa_is_reminded(story, tom)
    await ana.types("/release new payments 2.14.0 today 14:00")
    asked = len(messages(tom))
    seen = await tom.clicks("Snooze 1 h", in_="dm")
    assert "You are reminded at 10:00." in seen.text
    await story.until("09:05")
    assert len(messages(tom)) == asked + 1 and "🔔 payments 2.14.0" in messages(tom)[-1]
    seen = await tom.types("/release snooze payments 5h")
    assert "You are reminded at 13:45, a quarter of an hour before it closes." in seen.text
    await story.until("12:30")
    assert len(messages(tom)) == asked + 1, "the reminder of the policy keeps to that, too"
    await story.until("12:46")
    assert len(messages(tom)) == asked + 2
    assert "🔔 payments 2.14.0 still waits" in messages(tom)[-1]
    seen = await tom.clicks("Snooze 1 h", in_="dm")
    assert "closes 14:00: that can't wait any more. Please answer now." in seen.text and "[Go] [No-go]" in seen.text
    await tom.clicks("No-go", in_="dm")
    await tom.submits(why="scan is red")
    assert "does not wait for an answer of yours" in (await tom.types("/release snooze payments")).text


@pytest.mark.once
async def test_a_moved_deadline_moves_the_reminder_and_what_was_put_off_stays(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await qa_is_reminded(story, tom)
    await ana.types("/release new payments 2.14.0 today 14:00")
    await tom.types("/release snooze payments 2h")
    await ana.types("/release reschedule payments today 16:00")
    asked = len(messages(tom))
    await story.until("10:01")
    assert len(messages(tom)) == asked + 1 and "until 16:00 today" in messages(tom)[-1], "as he asked"
    await story.until("12:30")
    assert len(messages(tom)) == asked + 1
    await story.until("13:05")
    assert len(messages(tom)) == asked + 2, "two hours before the new deadline"


@pytest.mark.once
async def test_a_reminder_waits_until_their_day_begins(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    policy = await qa_is_reminded(story, bo, before=(timedelta(hours=5),))
    await story.follows(replace(policy, opens=Milestone(working_days=1, at="10:00")))
    await ana.types("/release new payments 2.14.0 tomorrow 17:30")
    await story.until("2026-12-02 13:55")
    assert "🔔" not in bo.dm.reads("bo"), "five hours before was half past six where he lives"
    await story.until("2026-12-02 14:01")
    assert "🔔 payments 2.14.0 still waits for your go/no-go, until 11:30 today." in bo.dm.reads("bo")


async def test_the_crew_reminds_those_who_owe_and_hears_whom(story: Story) -> None:
    ana, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    sign_offs = tuple(SignOff(role, people=frozenset({one.id})) for role, one in (("QA", tom), ("Ops", bo)))
    await story.follows(replace(LIGHT, name="two", is_default=True, sign_offs=sign_offs, closes=Milestone()))
    await ana.types("/release new payments 2.14.0 today 18:00")
    seen = await ana.types("/release remind")
    assert "Tom was asked at 09:00; again from 09:15 on." in seen.text
    assert "Bo is asked when their day begins, at 15:00 today." in seen.text
    await story.until("08:20")
    asked = len(messages(tom))
    why = await clara.types("/release why")
    assert "[Remind them]" in why.text
    seen = await clara.clicks("Remind them")
    assert "Reminded: Tom." in seen.text
    assert (
        len(messages(tom)) == asked + 1 and "🔔 payments 2.14.0 still waits for your QA go/no-go" in messages(tom)[-1]
    )
    assert "again from 09:35 on" in (await ana.types("/release remind")).text, "not again at once"
    await tom.clicks("Go", in_="dm")
    await story.until("14:01")
    assert "payments 2.14.0: your Ops go/no-go by 12:00 today." in bo.dm.reads("bo") and len(messages(bo)) == 1
    seen = await bo.types("/release remind")
    assert "Your own answer is missing, too." in seen.text and "[Go] [No-go]" in seen.text
    await bo.clicks("Go", in_="dm")
    assert "Nobody is asked about payments 2.14.0 now: ✅ Go" in (await ana.types("/release remind")).text


async def test_a_row_of_a_reminder_that_is_decided_by_now_says_so_and_goes(story: Story) -> None:
    ana, clara, tom = story.people("ana", "clara", "tom")
    await qa_is_reminded(story, tom, clara, before=())
    await ana.types("/release new payments 2.14.0 today 14:05")
    await ana.types("/release new web 5.1 today 14:00")
    await story.until("09:00")
    await ana.types("/release remind payments")
    reminder = tom.dm.messages[-1]
    assert messages(tom)[-1].startswith("🔔 web 5.1") and "🔔 payments 2.14.0" in messages(tom)[-1], (
        "the first to close"
    )
    await clara.types("/release go web")
    seen = await tom.clicks("Go", on=reminder, stale=True)
    assert "web 5.1 was decided at 10:00: go." in seen.text
    assert messages(tom)[-1].startswith("🔔 payments 2.14.0") and "🔔 web" not in messages(tom)[-1]
    assert (await story.release("payments 2.14.0")).votes == {}, "nothing was done to the other one"


@pytest.mark.once
async def test_who_is_away_is_not_reminded(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await qa_is_reminded(story, tom)
    await ana.types("/release new payments 2.14.0 today 14:00")
    await tom.types("/release away tomorrow 09:00")
    assert "Tom is away until" in (await ana.types("/release remind")).text
    asked = len(messages(tom))
    await story.until("11:05")
    assert len(messages(tom)) == asked
