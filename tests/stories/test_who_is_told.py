"""Whoever leads a release is told what is theirs to do; where they have left, who is still there is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.policy import LIGHT, Milestone, Policy, Role, SignOff, steps
from bot.release.states import Move
from bot.sandbox.reading import threads
from tests.story import Story

#: The rules alone: they are the same in every mode and on every database.
pytestmark = pytest.mark.once


def closing_early(*givers: str) -> Policy:
    """The go/no-go is due three hours before the deploy, and these people may give it."""
    qa = SignOff("QA", people=frozenset(givers))
    return replace(LIGHT, name="early", is_default=True, sign_offs=(qa,), closes=Milestone(before=timedelta(hours=3)))


async def test_a_round_that_ends_without_go_calls_the_captain_each_time(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await story.follows(closing_early(bo.id))
    await ana.types("/release new payments 2.14.0 today 18:00")
    await story.until("14:05")
    room = story.room("#payments")
    ended = "payments 2.14.0: No decision: nobody has said go yet. Next: extend, reschedule or cancel, @Ana."
    assert f"(to channel): {ended}" in room.reads()
    assert ana.unread("#payments").mentions == 1
    await ana.types("/release extend payments 30m")
    await story.until("14:40")
    assert sum(ended in line for line in room.threads()) == 2, "the second round is told in the thread alone"
    assert room.reads().count(f"(to channel): {ended}") == 2, "of the first: there, and in the channel"

    await ana.types("/release extend payments 30m")
    await ana.types("/release poll close payments")
    assert room.threads()[-1].endswith("Next: extend, reschedule or cancel."), "who closed it knows"


async def test_ten_minutes_before_each_is_offered_what_they_may_do(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await story.follows(closing_early(bo.id))
    await ana.types("/release new payments 2.14.0 today 18:00")
    await ana.types("/release edit payments")
    await ana.submits(deployer="tom")
    await ana.closes_modal()
    await story.until("16:55")
    not_go = "payments 2.14.0: deploy is planned for 18:00, and it is not go. ⚪ No decision — nobody has said go yet."
    assert f"{not_go}\n    [Why?] [Reschedule]" in ana.dm.reads("ana")
    assert not_go in tom.dm.reads("tom") and "Reschedule" not in tom.dm.reads("tom")
    assert "is now planned for" in (await ana.types("/release reschedule payments tomorrow 18:00")).text
    await bo.types("/release go payments")
    await story.until("2026-12-02 16:55")
    assert "deploy at 18:00. It's go." in tom.dm.reads("tom")
    assert "deploy at 18:00. It's go." not in ana.dm.reads("ana"), "the deploy is Tom's"


async def test_a_release_whose_captain_left_is_led_from_its_thread_until_somebody_takes_over(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    room = story.room("#payments")
    await tom.types("/release new payments 2.14.0 2026-12-03 18:00")
    await bo.types("/release go payments")
    await tom.changes(deleted=True)
    await story.quiet()
    gone = "Tom, its captain, left this workspace."
    assert f"⚠️ {gone}" in str(room.card("REL-1")), "the card says so"
    assert f"⚠️ {gone}" in (await ana.types("/release status payments")).text
    await story.until("2026-12-02 17:05")
    assert "↳ T-Minus: @Ana payments 2.14.0 goes live 18:00 tomorrow. ✅ Go" in room.reads("ana")
    await story.until("2026-12-03 16:55")
    assert f"@Ana payments 2.14.0: deploy at 18:00. It's go. {gone}" in room.reads("ana")
    assert threads(story.box.workspace, ana.id)[0].mentions == 2
    await story.until("2026-12-03 17:16")
    late = "@Ana payments 2.14.0 was due 18:00 today and has not started. It's go."
    assert late in room.reads("ana") and "reminded again below" in room.reads("ana")

    await bo.clicks("Take over", in_="#payments")
    assert (await story.release("payments 2.14.0")).captain == "bo"
    assert "left this workspace" not in str(room.card("REL-1"))
    assert "has not started. It's go. Start it" in bo.dm.reads("bo"), "it is told whoever leads it now"


async def test_what_waits_for_a_captain_who_left_is_asked_of_who_is_left(story: Story) -> None:
    """A step of the timeline, a late change, and an approval that has expired."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    told = steps((Milestone(before=timedelta(hours=2)), "prompt", "Update the changelog", frozenset({"captain"})))
    may_edit = {Move.EDIT: frozenset({Role.CREW, Role.ADMIN})}
    lived = replace(LIGHT, name="lived", is_default=True, timeline=told, rights=may_edit)
    await story.follows(replace(lived, code_cut_off=Milestone(before=timedelta(hours=4))))
    room = story.room("#payments")
    await tom.types("/release new payments 2.14.0 today 18:00")
    await tom.changes(deleted=True)
    await story.until("13:30")
    await bo.types("/release edit payments")
    await bo.submits(changes="one more fix", why="customers wait")
    assert "↳ T-Minus: @Ana payments 2.14.0: accept a late change? Bo: “customers wait”" in room.reads("ana")
    await ana.clicks("Accept", in_="#payments")
    assert "one more fix" in room.reads("ana")
    await story.until("15:05")
    assert "☐ payments 2.14.0: “Update the changelog” — is it done?" in ana.dm.reads("ana")
    await bo.types("/release go payments")
    await story.until("21:05")
    assert "the approval has expired. Open another go/no-go to deploy it, @Ana." in room.reads("ana")


async def test_a_round_without_go_calls_who_is_left_where_the_captain_is_not(story: Story) -> None:
    bo, tom = story.people("bo", "tom")
    await story.follows(closing_early(bo.id))
    await tom.types("/release new payments 2.14.0 today 18:00")
    await tom.types("/release edit payments")
    await tom.submits(deployer="eve")
    await tom.closes_modal()
    await tom.changes(deleted=True)
    await story.until("14:05")
    said = story.room("#payments").reads("ana")
    assert "Next: extend, reschedule or cancel, @Ana and @Eve." in said


async def test_a_deployer_who_left_is_reminded_no_more_and_the_captain_is(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    await ana.types("/release new payments 2.14.0 today 18:00")
    await ana.types("/release edit payments")
    await ana.submits(deployer="tom")
    await ana.closes_modal()
    await bo.types("/release go payments")
    await tom.changes(deleted=True)
    await story.until("16:55")
    assert "payments 2.14.0: deploy at 18:00. It's go." in ana.dm.reads("ana")
    assert "deploy at" not in tom.dm.reads("ana")


async def test_the_day_before_comes_on_a_working_day_in_the_captains_hours(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.clicks("Save", on=(await ana.types("/release holidays me DE-BE")).message)
    await ana.types("/release new payments 2.14.0 2026-12-07 03:00")
    await ana.types("/release new web 5.1 2026-12-28 14:00")
    await story.until("2026-12-04 07:55")
    assert "goes live" not in ana.dm.reads("ana")
    await story.until("2026-12-04 08:05")
    assert "payments 2.14.0 goes live 03:00 Dec 7." in ana.dm.reads("ana"), "on Friday at nine; on Sunday she is off"
    await story.until("2026-12-24 13:05")
    assert "web 5.1 goes live 14:00 Dec 28." in ana.dm.reads("ana"), "the 25th is Christmas Day, and then it is weekend"
    assert ana.dm.reads("ana").count("web 5.1 goes live") == 1


async def test_what_could_not_be_told_the_day_before_comes_in_the_morning_and_only_then(story: Story) -> None:
    """T-Minus was down in the hour of the reminder, and back when nobody worked."""
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 2026-12-10 17:30 Berlin")
    await ana.types("/release new web 5.1 2026-12-10 13:30 Berlin")
    await story.until("2026-12-09 15:30")
    assert ana.dm.reads("ana").count("web 5.1 goes live") == 1
    await story.restarts(after=timedelta(hours=2))
    await story.quiet()
    assert "payments 2.14.0 goes live" not in ana.dm.reads("ana"), "it is 18:30"
    await story.until("2026-12-10 08:05")
    assert ana.dm.reads("ana").count("payments 2.14.0 goes live 17:30 today") == 1
    assert ana.dm.reads("ana").count("web 5.1 goes live") == 1, "what was told the day before is not told again"


async def test_nobody_is_woken_to_hear_that_it_is_tomorrow(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await bo.types("/release new payments 2.14.0 2026-12-09 14:00 Berlin")
    await story.until("2026-12-02 04:00")
    await ana.types("/release reschedule payments 2026-12-02 20:00 Berlin")
    assert "goes live" not in bo.dm.reads("bo"), "it is eleven in the evening in New York"


async def test_a_captain_is_called_where_somebody_else_moves_holds_or_cancels_their_release(story: Story) -> None:
    """A reply in a thread that calls nobody notifies nobody who has not written there."""
    ana, bo = story.people("ana", "bo")
    await bo.types("/release new payments 2.14.0 fri 16:00")
    await ana.types("/release reschedule payments fri 17:00")
    await ana.types("/release hold payments the scan hangs")
    await ana.types("/release resume payments")
    await ana.types("/release cancel payments no longer needed")
    thread = " ".join(story.room("#payments").threads())
    for said in ("moved payments 2.14.0 to", "put payments 2.14.0 on hold", "resumed", "cancelled payments 2.14.0"):
        assert f"@Bo Ana {said}" in thread or f"@Bo Ana {said}" in story.room("#payments").reads(), said
    await ana.types("/release new payments 2.15.0 fri 16:00")
    await ana.types("/release hold payments a doubt")
    assert "@Ana Ana" not in " ".join(story.room("#payments").threads())
