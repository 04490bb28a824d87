"""Whoever plans a release hears at once what speaks against its time, and takes a better one with one click."""

from dataclasses import replace
from datetime import timedelta

from bot.release.policy import LIGHT, Milestone, SignOff
from tests.story import Story


async def test_the_worst_three_are_named_and_one_click_takes_a_better_time(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release freeze fri 12:00 to mon 08:00 payments because the books close")
    await ana.clicks("Freeze it")
    await tom.types("/release new payments 2.13.0 fri 21:30")
    await tom.types("/release new web 5.1 mon 09:00")
    seen = await tom.types("/release new payments 2.14.0 fri 22:00")
    assert "⚠️ The freeze of payments (freeze 1) lasts from 12:00 Dec 4 until 08:00 Dec 7: “the books close”." in (
        seen.text
    )
    assert "⚠️ payments 2.13.0 goes live 30 min before it." in seen.text
    assert "⚠️ Tom would deploy it at 22:00 (Berlin)." in seen.text
    assert "Friday afternoon" not in seen.text, "the worst three are enough"
    taken = await tom.clicks("Take Mon 7 Dec 09:00")
    assert "is now planned for Mon 7 Dec 09:00 Berlin" in taken.text
    assert "⚠️" not in taken.text, "another service at the same time is no clash"

    urgent = await tom.types("/release new ledger 1.0.1 hotfix sat 23:00")
    assert "⚠️" not in urgent.text, "an emergency does not wait for better hours"

    again = await tom.types("/release reschedule payments 2.13.0 mon 08:30")
    assert "⚠️ payments 2.14.0 goes live 30 min after it." in again.text
    await tom.clicks("Take Mon 7 Dec 10:00")
    assert (await story.release("payments 2.13.0")).planned == "2026-12-07 10:00 Europe/Berlin"


async def test_what_one_may_not_know_of_is_no_clash(story: Story) -> None:
    bo, tom = story.people("bo", "tom")
    await bo.types("/release new payments 2.13.0 today 15:00 Berlin", in_="#secret-launch")
    assert "⚠️" not in (await tom.types("/release new payments 2.14.0 today 15:30")).text
    seen = await bo.types("/release new payments 2.15.0 today 16:00 Berlin")
    assert "⚠️ payments 2.14.0 goes live 30 min before it." in seen.text


async def test_what_the_captain_may_know_is_not_told_to_whoever_plans_it_for_them(story: Story) -> None:
    bo, clara = story.people("bo", "clara")
    turns = await bo.types("/release rotation payments captain @bo")
    await bo.clicks("Save", on=turns.message)
    await bo.types("/release new payments 2.13.0 tomorrow 14:00 Berlin", in_="#secret-launch")
    seen = await clara.types("/release new payments 2.14.0 tomorrow 14:20 Berlin")
    assert "Bo leads it, by rotation." in seen.text
    assert "2.13.0" not in seen.text, "Clara is not in #secret-launch"


async def test_three_times_are_suggested_for_a_service_and_one_is_planned_with_one_click(story: Story) -> None:
    ana, tom = story.people("ana", "tom")
    await ana.types("/release freeze tomorrow 00:00 to wed 12:00 payments")
    await ana.clicks("Freeze it")
    await tom.types("/release new payments 2.13.0 today 12:30")
    seen = await tom.types("/release when checkout")
    assert "These times suit checkout:\n• 09:30 today\n• 12:30 today\n• 15:30 today" in seen.text
    seen = await tom.types("/release when payments?")
    assert "payments 2.13.0 is planned for 12:30 today. These times suit it:" in seen.text
    assert "• 09:30 today\n• 12:30 today\n• 15:30 today" in seen.text
    assert "[Take Tue 1 Dec 12:30]" not in seen.text, "that is where it is"
    await tom.clicks("Take Tue 1 Dec 15:30")
    assert (await story.release("payments 2.13.0")).planned == "2026-12-01 15:30 Europe/Berlin"

    seen = await tom.types("/release when web to staging")
    dialog = await tom.clicks("Plan it Tue 1 Dec 12:30")
    assert dialog.modal is not None
    await tom.submits(version="5.1")
    assert (await story.release("web 5.1", environment="staging")).planned == "2026-12-01 12:30 Europe/Berlin"


async def test_what_is_suggested_leaves_out_freezes_clashes_and_who_sleeps(story: Story) -> None:
    ana, bo, tom = story.people("ana", "bo", "tom")
    roles = (SignOff("QA", people=frozenset({bo.id})),)
    await story.follows(replace(LIGHT, name="qa", is_default=True, sign_offs=roles, closes=Milestone()))
    await ana.types("/release freeze tomorrow 00:00 to thu 12:00 payments")
    await ana.clicks("Freeze it")
    await tom.types("/release new payments 2.13.0 today 14:30")
    await tom.types("/release new payments 2.14.0 today 16:00")
    seen = await tom.types("/release when payments 2.14.0")
    assert "• 15:30 today\n• 12:00 Dec 3\n• 15:00 Dec 3" in seen.text, "Bo is up from 14:00 on, 14:30 is taken"
    seen = await tom.types("/release when payments 2.14.0 to staging")
    assert "These times suit payments in staging:\n• 14:30 today" in seen.text, "nothing is in the way there but sleep"


async def test_a_policy_says_how_near_is_too_near_and_how_many_are_too_many(story: Story) -> None:
    (ana,) = story.people("ana")
    wide = replace(LIGHT, name="wide", services=("payments",), clash_distance=timedelta(days=2), releases_a_day=1)
    await story.follows(replace(wide, version=0))
    await ana.types("/release new payments 2.13.0 tomorrow 14:00")
    seen = await ana.types("/release new payments 2.14.0 thu 15:00")
    assert "⚠️ payments 2.13.0 goes live 25 h before it." in seen.text
    assert "other releases are planned" not in seen.text
    seen = await ana.types("/release new payments 2.15.0 thu 16:00")
    assert "⚠️ 1 other release is planned for that day." in seen.text
    typed = await ana.types("/release policy wide")
    assert "less than 2 days away, and 1 or more others on its day" in typed.text


async def test_what_is_live_already_is_planned_with_a_warning(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 3.1 today 10:00")
    await bo.types("/release go payments")
    await ana.types("/release shipped payments")
    live = "⚠️ payments 3.1 is live already, since 09:00 today (REL-1)."
    again = await ana.types("/release new payments 3.1 thu 11:00")
    assert live in again.text and "[Take" not in again.text
    assert "is live already" not in (await ana.types("/release new payments 3.1 to staging thu 11:00")).text
    assert "is live already" not in (await ana.types("/release new payments 3.2 fri 11:00")).text
    await ana.types("/release rollback REL-1")
    await ana.types("/release rolled-back REL-1")
    await ana.types("/release cancel REL-2 planned twice")
    assert "is live already" not in (await ana.types("/release new payments 3.1 thu 11:00")).text


async def test_what_was_live_before_something_else_may_be_planned_again(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    for version in ("3.1", "3.2"):
        await ana.types(f"/release new payments {version} today 10:00")
        await bo.types(f"/release go payments {version}")
        await ana.types(f"/release shipped payments {version}")
    assert "is live already" not in (await ana.types("/release new payments 3.1 thu 11:00")).text
