"""Public holidays are no working days: of the workspace for plans, of a person for their reminders."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.policy import LIGHT, Milestone, SignOff, steps
from tests.story import Story


@pytest.mark.everywhere
async def test_an_admin_previews_saves_and_takes_back_the_holidays_of_the_workspace(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    seen = await bo.types("/release holidays")
    assert "This workspace  no public holidays; weekends only" in seen.text and "You  as the workspace" in seen.text
    seen = await ana.types("/release holidays DE-BE")
    assert seen.text.splitlines()[:6] == [
        "This workspace's public holidays would be those of Germany (BE):",
        "• Fri 25 Dec 2026  Christmas Day",
        "• Sat 26 Dec 2026  Second Day of Christmas",
        "• Fri 1 Jan 2027  New Year's Day",
        "• Mon 8 Mar 2027  Women's Day",
        "• Fri 26 Mar 2027  Good Friday",
    ]
    assert "no public holidays" in (await ana.types("/release holidays")).text, "nothing is stored before"
    seen = await ana.clicks("Save", on=seen.message)
    assert "Saved: Germany (BE) for this workspace." in seen.text
    assert "This workspace  Germany (BE)" in (await bo.types("/release holidays")).text
    await ana.clicks("Back as it was", on=seen.message)
    assert "no public holidays" in (await ana.types("/release holidays")).text


async def test_who_may_and_what_is_not_known(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    assert "admin" in (await bo.types("/release holidays FR")).text
    seen = await bo.types("/release holidays me Germany Bayern")
    assert "Your public holidays would be those of Germany (BY):" in seen.text
    await bo.clicks("Save", on=seen.message)
    assert "You  Germany (BY)" in (await bo.types("/release holidays")).text
    assert "Germany has no part “DE-XX”. It has: BB, BE, BW" in (await ana.types("/release holidays DE-XX")).text
    assert "I know no holidays of “Atlantis”" in (await ana.types("/release holidays Atlantis")).text
    assert "I know no holidays of “-”" in (await bo.types("/release holidays me -")).text
    seen = await bo.types("/release holidays me off")
    await bo.clicks("Save", on=seen.message)
    assert "You  as the workspace" in (await bo.types("/release holidays")).text


async def test_the_dialog_shows_them_before_they_are_saved(story: Story) -> None:
    (ana,) = story.people("ana")
    seen = await ana.types("/release holidays")
    await ana.clicks("Change", on=seen.message)
    seen = await ana.submits(place="FR", whose="For this workspace")
    assert "Fri 25 Dec 2026  Christmas Day" in seen.text
    seen = await ana.submits()
    assert "Saved: France for this workspace." in seen.text


async def test_milestones_and_go_no_gos_count_without_holidays(story: Story) -> None:
    (ana,) = story.people("ana")
    told = steps((Milestone(working_days=2, at="12:00"), "post", "Two days left", frozenset()))
    opens = Milestone(working_days=1, at="10:00")
    await story.follows(replace(LIGHT, name="days", is_default=True, timeline=told, opens=opens))
    await ana.types("/release new payments 2.14.0 2026-12-28 14:00")  # a Monday after Christmas
    plan = (await ana.types("/release timeline")).text
    assert "12:00 Dec 24  “Two days left”" in plan and "10:00 Dec 25  Go/no-go opens" in plan
    seen = await ana.types("/release holidays DE-BE")
    await ana.clicks("Save", on=seen.message)
    await story.advance(minutes=1)
    plan = (await ana.types("/release timeline")).text
    assert "12:00 Dec 23  “Two days left”" in plan, "a milestone counts without them at once"
    assert "10:00 Dec 25  Go/no-go opens" in plan, "what people were told stays until somebody moves it"
    await ana.types("/release reschedule 2026-12-28 15:00")
    assert "10:00 Dec 24  Go/no-go opens" in (await ana.types("/release timeline")).text
    await story.until("2026-12-23 11:05")
    assert sum("— Two days left" in line for line in story.room("#payments").threads()) == 1


async def test_nobody_is_reminded_on_their_own_holiday(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    seen = await tom.types("/release holidays me DE-BE")
    await tom.clicks("Save", on=seen.message)
    qa = SignOff("QA", people=frozenset({tom.id}))
    policy = replace(
        LIGHT, name="qa", is_default=True, sign_offs=(qa,), closes=Milestone(), nudges=(timedelta(days=3),)
    )
    await story.follows(policy)
    await story.until("2026-12-24 09:00")
    await ana.types("/release new payments 2.14.0 2026-12-28 12:00")  # three days before is Christmas Day
    asked = tom.dm.reads("tom").count("T-Minus: ")
    await story.until("2026-12-26 12:00")
    assert tom.dm.reads("tom").count("T-Minus: ") == asked, "it is Christmas"
    await story.until("2026-12-28 08:05")
    assert "🔔 payments 2.14.0 still waits for your go/no-go" in tom.dm.reads("tom")
