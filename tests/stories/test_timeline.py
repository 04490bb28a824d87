"""A policy's timeline is lived through: said, told, asked, ticked off; once, however often the release is moved."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.policy import LIGHT, Do, Milestone, steps
from tests.story import Actor, Story

THREE_DAYS = Milestone(working_days=3, at="10:00")
CHANGELOG = (THREE_DAYS, "prompt", "Update the changelog", frozenset({"captain"}))


async def planned_with(story: Story, *given: tuple[Milestone, Do, str, frozenset[str]]) -> list[Actor]:
    """Everything is asked at once and goes live at T, and the timeline has these steps."""
    people = story.people("ana", "bo")
    await story.follows(replace(LIGHT, name="lived", is_default=True, timeline=steps(*given)))
    return people


async def test_each_does_what_it_says_at_its_time_and_once(story: Story) -> None:
    ana, bo = await planned_with(
        story,
        (Milestone(before=timedelta(hours=4)), "post", "Release notes are final", frozenset()),
        (Milestone(before=timedelta(hours=2)), "broadcast", "payments is read-only from 14:00", frozenset()),
        (Milestone(before=timedelta(hours=1)), "remind", "Warm the caches", frozenset({"deployer"})),
        (Milestone(working_days=-1, at="09:00"), "remind", "Look at the dashboards", frozenset({"captain"})),
    )
    room = story.room("#payments")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    await bo.types("/release go")
    await story.until("2026-12-02 08:59")
    assert "Release notes" not in room.reads()
    await story.until("2026-12-02 09:01")
    assert [line for line in room.threads() if "📌 payments 2.14.0 — Release notes are final" in line]
    await story.until("2026-12-02 11:01")
    assert room.reads().count("payments is read-only from 14:00") == 2, "in the thread, and broadcast to the channel"
    await story.until("2026-12-02 12:01")
    assert "🔔 payments 2.14.0 (14:00 today): Warm the caches" in ana.dm.reads("ana")
    await story.until("2026-12-02 13:00")
    await ana.types("/release shipped")
    await story.until("2026-12-03 08:01")
    assert "Look at the dashboards" in ana.dm.reads("ana")
    history = (await story.release("payments 2.14.0")).history
    assert history.count("milestone_reached") == 4


@pytest.mark.everywhere
async def test_a_to_do_is_asked_again_until_it_is_done(story: Story) -> None:
    ana, _ = await planned_with(story, CHANGELOG)
    await ana.types("/release new payments 2.14.0 thu 14:00")  # three working days before was yesterday
    assert "☐ payments 2.14.0: “Update the changelog” — is it done?" in ana.dm.reads("ana"), (
        "its time is over, and somebody has to do it"
    )
    seen = await ana.clicks("Not yet", in_="dm")
    assert "All right. I ask you again at 10:00" in seen.text
    await story.until("2026-12-02 09:05")
    said = ana.dm.reads("ana")
    assert said.count("☐ payments 2.14.0") == 1 and "reminded again below" in said
    await ana.clicks("Done", in_="dm")
    assert "☑ Update the changelog — Ana" in ana.dm.reads("ana")
    await ana.clicks("Take back", in_="dm")
    assert "☐ payments 2.14.0" in ana.dm.reads("ana")
    await ana.clicks("Done", in_="dm")
    await story.until("2026-12-03 12:30")
    assert "☐" not in ana.dm.reads("ana")
    assert (await story.release("payments 2.14.0")).history.count("milestone_done") == 2


async def test_a_to_do_is_asked_every_working_morning_until_t(story: Story) -> None:
    early = Milestone(working_days=10, at="10:00"), "prompt", "Update the changelog", frozenset({"captain"})
    ana, _ = await planned_with(story, early)  # type: ignore[arg-type]

    def questions() -> int:
        return ana.dm.reads("ana").count("reminded again below") + ana.dm.reads("ana").count("— is it done?")

    await ana.types("/release new payments 2.14.0 2026-12-21 17:00")
    await story.until("2026-12-07 09:05")
    assert questions() == 1
    await story.until("2026-12-18 09:05")
    assert questions() == 10, "on each working day of two weeks"
    assert "I ask you again at 10:00 Dec 21" in (await ana.clicks("Not yet", in_="dm")).text
    await story.until("2026-12-21 15:30")
    assert questions() == 12, "in the morning, and two hours before"


async def test_a_to_do_is_asked_at_its_new_time_when_the_release_has_moved(story: Story) -> None:
    ana, _ = await planned_with(story, CHANGELOG)
    await ana.types("/release new payments 2.14.0 2026-12-04 14:00")
    await story.until("2026-12-01 09:05")
    await ana.types("/release reschedule payments 2026-12-18 14:00")
    assert ana.dm.reads("ana").count("— is it done?") == 1
    await story.until("2026-12-14 12:00")
    assert "reminded again below" not in ana.dm.reads("ana"), "there is time until Tuesday"
    await story.until("2026-12-15 09:05")
    assert ana.dm.reads("ana").count("reminded again below") == 1
    await story.until("2026-12-16 09:05")
    assert ana.dm.reads("ana").count("reminded again below") == 2


async def test_who_was_asked_this_morning_is_not_asked_anew_because_the_release_moves(story: Story) -> None:
    ana, _ = await planned_with(story, CHANGELOG)
    await ana.types("/release new payments 2.14.0 2026-12-04 14:00")
    await story.until("2026-12-02 11:00")
    assert ana.dm.reads("ana").count("reminded again below") == 1
    await ana.types("/release reschedule payments 2026-12-04 16:00")
    assert ana.dm.reads("ana").count("reminded again below") == 1
    assert "It goes live 16:00 Dec 4." in ana.dm.reads("ana")


async def test_what_was_done_under_an_earlier_plan_is_not_asked_again(story: Story) -> None:
    ana, _ = await planned_with(story, CHANGELOG)
    await ana.types("/release new payments 2.14.0 2026-12-09 14:00")
    await story.until("2026-12-04 09:05")
    assert ana.dm.reads("ana").count("☐ payments 2.14.0") == 1
    await ana.clicks("Done", in_="dm")
    await ana.types("/release reschedule 2026-12-16 14:00")
    await ana.types("/release reschedule 2026-12-09 14:00")
    await ana.types("/release reschedule 2026-12-18 14:00")
    await story.until("2026-12-16 09:05")
    history = (await story.release("payments 2.14.0")).history
    assert (history.count("milestone_asked"), history.count("milestone_done")) == (1, 1)
    assert "☐" not in ana.dm.reads("ana")


async def test_the_whole_plan_is_shown_with_what_is_done_next_and_left_out(story: Story) -> None:
    ana, bo = await planned_with(
        story,
        (Milestone(working_days=1, at="12:00"), "post", "Tomorrow we ship", frozenset()),
        (Milestone(before=timedelta(hours=8)), "prompt", "Update the changelog", frozenset({"captain"})),
        (Milestone(before=timedelta(hours=1)), "broadcast", "Read-only in an hour", frozenset()),
        (Milestone(working_days=-1, at="09:00"), "remind", "Look at the dashboards", frozenset({"captain"})),
    )
    seen = await ana.types("/release new payments 2.14.0 today 18:00")
    assert "Plan  “Update the changelog” 10:00 today · “Read-only in an hour” 17:00 today · " in seen.text
    await bo.types("/release go")
    await story.until("09:01")
    seen = await ana.types("/release timeline")
    assert seen.text.splitlines()[2:] == [
        "Plan",
        "⏭ 12:00 yesterday  “Tomorrow we ship” · in the thread — left out: it was planned when that time was over",
        "✓ 09:00 today  Go/no-go opened",
        "✓ 09:00 today  Go",
        "☐ 10:00 today  “Update the changelog” · to do for the captain — asked since 10:00 today, not done yet",
        "▶ 17:00 today  “Read-only in an hour” · in the channel",
        "· 18:00 today  Deploy",
        "· 22:00 today  Its approval expires, if nobody has started it",
        "· 09:00 tomorrow  “Look at the dashboards” · reminder for the captain",
        "· 10:00 tomorrow  Retrospective",
    ]
    await ana.clicks("Done", in_="dm")
    status = (await ana.types("/release status")).text
    assert "✓ 10:01 today  “Update the changelog” · to do for the captain — Ana" in status and "▶ 17:00 today" in status
    await ana.types("/release reschedule tomorrow 18:00")
    moved = (await ana.types("/release timeline")).text
    assert "✓ 10:01 today  “Update the changelog” · to do for the captain — Ana, under an earlier plan" in moved
    assert "▶ 12:00 today  “Tomorrow we ship”" in moved


async def test_a_retrospective_that_was_asked_for_is_no_longer_ahead(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 today 18:00")
    await bo.types("/release go")
    await story.until("17:00")
    await ana.types("/release shipped")
    assert "▶ 10:00 tomorrow  Retrospective" in (await ana.types("/release timeline payments")).text
    await story.until("2026-12-02 09:05")
    assert "✓ 10:00 today  Retrospective asked for\n▶ " in (await ana.types("/release timeline payments")).text


async def test_a_captain_is_asked_to_look_back_on_a_morning_of_theirs_and_the_plan_says_so(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.clicks("Save", on=(await ana.types("/release holidays me DE-BE")).message)
    await story.until("2026-12-24 09:00")
    await ana.types("/release new payments 2.14.0 today 20:00 Asia/Tokyo")
    await bo.types("/release go payments")
    await ana.types("/release shipped payments")
    asked = "▶ 10:00 Dec 28  Retrospective"  # Friday is Christmas Day; not at 10:00 of Tokyo, which is 02:00 here
    assert asked in (await ana.types("/release timeline payments")).text
    await story.until("2026-12-28 08:30")
    assert "▶ 10:00 today  Retrospective" in (await ana.types("/release timeline payments")).text
    assert "went out" not in " ".join(story.room("#payments").threads())
    await story.until("2026-12-28 09:05")
    assert "Retrospective asked for" in (await ana.types("/release timeline payments")).text
    assert "went out" in " ".join(story.room("#payments").threads())


async def test_stakeholders_do_not_hear_of_the_deploy_of_what_was_stopped(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    last = Milestone(before=timedelta(minutes=30))  # the go/no-go closes at the same moment
    told = steps(
        (last, "broadcast", "payments is read-only from now on", frozenset({"channel"})),
        (last, "remind", "Page the on-call", frozenset({"captain"})),
        (last, "prompt", "Back up the ledger", frozenset({"captain"})),
    )
    await story.follows(replace(LIGHT, name="lived", is_default=True, timeline=told, closes=last))
    await ana.types("/release new payments 2.14.0 today 18:00")
    await bo.types("/release no-go payments the migration loses data")
    await story.until("16:31")
    assert "read-only" not in story.room("#payments").reads() and "Page the on-call" not in ana.dm.reads("ana")
    assert "☐ payments 2.14.0: “Back up the ledger”" in ana.dm.reads("ana"), "what is asked still is"
    plan = (await ana.types("/release timeline payments")).text
    assert "“payments is read-only from now on” · in the channel — left out: it was stopped then" in plan


async def test_a_code_cut_off_that_the_deploy_has_overtaken_is_not_ahead(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    cut = Milestone(before=timedelta(hours=1))
    await story.follows(replace(LIGHT, name="cut", is_default=True, code_cut_off=cut))
    await ana.types("/release new payments 2.14.0 today 18:00")
    await bo.types("/release go payments")
    assert "Code cut-off" in (await ana.types("/release timeline payments")).text
    await ana.types("/release shipped payments")
    assert "Code cut-off" not in (await ana.types("/release timeline payments")).text


async def test_nobody_is_asked_about_what_was_cancelled(story: Story) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 today 18:00")
    await ana.types("/release cancel payments because of the scan")
    await story.until("2026-12-02 09:05")
    seen = await ana.types("/release timeline REL-1")
    assert "Cancelled" in seen.text and "Retrospective" not in seen.text


async def test_what_was_left_out_comes_again_when_the_release_moves_away(story: Story) -> None:
    post = (Milestone(working_days=1, at="12:00"), "post", "Tomorrow we ship", frozenset[str]())
    ana, _ = await planned_with(story, post)  # type: ignore[arg-type]
    room = story.room("#payments")
    await ana.types("/release new payments 2.14.0 today 18:00")
    assert (await story.release("payments 2.14.0")).history.count("milestone_skipped") == 1
    await ana.types("/release reschedule fri 14:00")
    await story.until("2026-12-03 11:05")
    assert sum("— Tomorrow we ship" in line for line in room.threads()) == 1


async def test_a_move_tells_whom_it_touches_and_what_the_plan_is_now(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    told = steps(
        (THREE_DAYS, "prompt", "Update the changelog", frozenset({tom.id})),
        (Milestone(working_days=1, at="16:00"), "remind", "Warm the caches", frozenset({"captain", tom.id})),
        (Milestone(before=timedelta(hours=30)), "post", "Tomorrow we ship", frozenset()),
    )
    await story.follows(replace(LIGHT, name="lived", is_default=True, timeline=told))
    await ana.types("/release new payments 2.14.0 2026-12-09 14:00")
    await ana.types("/release reschedule tomorrow 15:00")
    said = tom.dm.reads("tom")
    assert (
        "Ana moved payments 2.14.0 to 15:00 tomorrow. Yours in it: “Update the changelog” and “Warm the caches”, 16:00"
        in said
    )
    assert "☐ payments 2.14.0: “Update the changelog” — is it done? It goes live 15:00 tomorrow." in said
    assert "Yours in it" not in ana.dm.reads("ana") + bo.dm.reads("bo"), "who moved it knows; Bo is not in it"
    room = story.room("#payments").reads()
    assert "Plan  “Warm the caches” 16:00 today · " in room and "Left out: “Tomorrow we ship”" in room


async def test_what_waits_for_the_captain_waits_for_the_next_one(story: Story) -> None:
    await planned_with(story, CHANGELOG)
    ana, tom = story.people("ana", "tom")
    await ana.types("/release new payments 2.14.0 thu 14:00")
    assert "[Done: Update the changelog]" in (await ana.types("/release")).text
    asked = ana.dm.messages[-1]
    await tom.types("/release take-over")
    assert "☐ payments 2.14.0: “Update the changelog” — is it done?" in tom.dm.reads("tom")
    assert "[Done: Update the changelog]" in (await tom.types("/release")).text
    assert "[Done: Update the changelog]" not in (await ana.types("/release")).text
    refused = await ana.clicks("Done", on=asked, stale=True)
    assert "is not yours to tick off. Tom can." in refused.text
    await tom.types("/release cancel not this week")
    assert "nothing of its plan waits for you" in tom.dm.reads("tom")
    assert "Done: Update" not in (await tom.types("/release")).text
    assert (await story.release("payments 2.14.0")).history.count("milestone_skipped") == 1


async def test_a_to_do_is_put_off_until_the_next_working_morning(story: Story) -> None:
    ana, _ = await planned_with(story, CHANGELOG)
    seen = await ana.types("/release holidays me DE-BE")
    await ana.clicks("Save", on=seen.message)
    await story.until("2026-12-24 10:00")
    await ana.types("/release new payments 2.14.0 2026-12-29 14:00")
    asked = ana.dm.reads("ana").count("T-Minus: ")
    seen = await ana.clicks("Tomorrow morning", in_="dm")
    assert "You are reminded at 09:00 Dec 28" in seen.text, "Christmas Day is Friday, and then it is the weekend"
    await story.until("2026-12-28 07:55")
    assert ana.dm.reads("ana").count("T-Minus: ") == asked
    await story.until("2026-12-28 08:05")
    assert ana.dm.reads("ana").count("T-Minus: ") == asked + 1
    seen = await ana.types("/release snooze payments 3 days")
    assert "payments 2.14.0 goes live 14:00" in seen.text and "that can't wait so long" in seen.text


async def test_the_steps_of_a_policy_are_edited_a_line_each(story: Story) -> None:
    (ana,) = story.people("ana")
    await story.follows(replace(LIGHT, name="core", services=("payments",), timeline=steps(CHANGELOG)))
    page = await ana.types("/release policy payments")
    assert (
        "☑️ 3 working days before at 10:00, the captain is asked whether it is done: “Update the changelog”" in page.text
    )
    dialog = await ana.clicks("Edit", on=page.message)
    assert "T-3 working days 10:00 prompt captain: Update the changelog" in dialog.text
    wrong = await ana.submits(timeline="T-3h poll: open it")
    assert "the go/no-go opens when poll says" in wrong.errors["timeline"]
    seen = await ana.submits(timeline="T-2wd 9:00 prompt captain: Update the changelog\nT-1h post: It begins")
    assert "now: 2 working days before at 09:00, the captain is asked" in seen.text
    assert "now: 1 h before T, it is said in the thread: “It begins”" in seen.text
    await ana.submits()
    await ana.closes_modal()
    assert "1 h before T, it is said in the thread" in (await ana.types("/release policy payments")).text


@pytest.mark.everywhere
async def test_what_the_bot_slept_through_is_left_out_and_what_has_to_be_done_is_asked(story: Story) -> None:
    ana, bo = await planned_with(
        story,
        (Milestone(before=timedelta(hours=6)), "broadcast", "Read-only in five minutes", frozenset()),
        (Milestone(before=timedelta(hours=5)), "prompt", "Update the changelog", frozenset({"captain"})),
        (Milestone(before=timedelta(minutes=30)), "post", "Everybody in the call", frozenset()),
    )
    room = story.room("#payments")
    await ana.types("/release new payments 2.14.0 today 18:00")
    await bo.types("/release go")
    await story.restarts(after=timedelta(hours=6))  # from nine to three
    await story.quiet()
    await story.advance(minutes=1)
    assert "Read-only in five minutes" not in room.reads(), "it would mislead by now"
    assert "☐ payments 2.14.0: “Update the changelog” — is it done?" in ana.dm.reads("ana")
    plan = (await ana.types("/release timeline")).text
    assert "“Read-only in five minutes” · in the channel — left out: T-Minus was not running then" in plan
    await story.until("16:31")
    assert "Everybody in the call" in room.reads()
    assert ana.dm.reads("ana").count("☐") == 1, "asked again two hours before T, in one message that counts"


async def test_what_follows_is_left_out_once_it_is_rolled_back(story: Story) -> None:
    after = (Milestone(working_days=-1, at="12:00"), "remind", "Look at the dashboards", frozenset({"captain"}))
    ana, bo = await planned_with(story, after)  # type: ignore[arg-type]
    await ana.types("/release new payments 2.14.0 today 10:00")
    await bo.types("/release go")
    await ana.types("/release shipped")
    await ana.types("/release rollback payments")
    await ana.types("/release rolled-back")
    await story.until("2026-12-02 11:05")
    assert "Look at the dashboards" not in ana.dm.reads("ana")
    plan = (await ana.types("/release timeline payments")).text
    assert "“Look at the dashboards” · reminder for the captain — left out: it was rolled back by then" in plan


async def test_a_private_release_is_told_to_nobody_who_may_not_know_of_it(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    elsewhere = story.room("#general").id
    told = steps(
        (Milestone(before=timedelta(hours=5)), "remind", "Warm the caches", frozenset({bo.id, tom.id})),
        (Milestone(before=timedelta(hours=4)), "prompt", "Update the changelog", frozenset({tom.id})),
        (Milestone(before=timedelta(hours=3)), "broadcast", "Soon", frozenset({"channel", elsewhere})),
    )
    await story.follows(replace(LIGHT, name="lived", is_default=True, timeline=told))
    await ana.types("/release new payments 3.0.0 tomorrow 20:00", in_="#secret-launch")
    await story.until("2026-12-02 16:05")
    assert "Warm the caches" in bo.dm.reads("bo"), "at three in the afternoon, and nine in the morning in New York"
    assert "Update the changelog" in ana.dm.reads("ana"), "the captain, for somebody who may not know"
    await ana.types("/release reschedule payments 3.0.0 fri 20:00", in_="#secret-launch")
    assert "payments" not in tom.dm.reads("tom") + story.room("#general").reads()
    assert "Soon" in story.room("#secret-launch").reads("ana")


async def test_a_reminder_that_waits_for_the_morning_moves_with_the_release(story: Story) -> None:
    before = Milestone(before=timedelta(hours=16))
    ana, _ = await planned_with(story, (before, "remind", "Live tomorrow: warm the caches", frozenset({"deployer"})))
    await ana.types("/release new payments 2.14.0 tomorrow 14:00 Berlin")
    await story.until("2026-12-01 23:00")
    assert "warm the caches" not in ana.dm.reads("ana"), "she sleeps"
    await ana.types("/release reschedule REL-1 2026-12-16 14:00 Berlin")
    await story.until("2026-12-15 20:00")
    assert "🔔" not in ana.dm.reads("ana"), "it would mislead"
    await story.until("2026-12-16 12:00")
    told = "🔔 payments 2.14.0 (14:00 today), meant for 22:00 yesterday: Live tomorrow: warm the caches"
    assert ana.dm.reads("ana").count(told) == 1


async def test_a_reminder_that_comes_later_than_its_time_says_when_it_was_meant(story: Story) -> None:
    """Each reads it in their own zone: three in the afternoon in Berlin is half past seven in the evening for Clara."""
    ana, clara = story.people("ana", "clara")
    frozen = Milestone(working_days=1, at="15:00"), "remind", "Code is frozen in an hour", frozenset({ana.id, clara.id})
    await planned_with(story, frozen)  # type: ignore[arg-type]
    await story.until("2026-12-03 09:00")
    await ana.types("/release new payments 2.14.0 2026-12-07 17:00")
    await story.until("2026-12-07 09:00")
    assert "🔔 payments 2.14.0 (17:00 today): Code is frozen in an hour" in ana.dm.reads("ana"), "it was in time"
    late = "🔔 payments 2.14.0 (21:30 today), meant for 19:30 Dec 4: Code is frozen in an hour"
    assert late in clara.dm.reads("clara"), "on Monday, when her day begins"
