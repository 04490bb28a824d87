"""A plan as it is seen in the browser: what is done, next and left out; and on a phone the question that waits."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from playwright.async_api import Browser, Page, expect

from bot.release.policy import TEAM, Milestone, staffed, steps
from tests.sandbox.browsing import PHONE, composer, message, visit
from tests.story import Story

Picture = Callable[[Page, str], Awaitable[None]]


async def test_a_plan_and_what_is_asked_for_it(story: Story, browser: Browser, picture: Picture) -> None:
    _, bo, clara, tom = story.people("ana", "bo", "clara", "tom")
    captain = frozenset({"captain"})
    told = steps(
        (Milestone(working_days=4, at="10:00"), "post", "Four days to go", frozenset()),
        (Milestone(working_days=2, at="09:30"), "prompt", "Update the changelog", captain),
        (Milestone(before=timedelta(hours=2)), "broadcast", "payments is read-only from 16:00", frozenset()),
        (Milestone(working_days=-1, at="09:00"), "remind", "Look at yesterday's error rates", captain),
    )
    givers = {role: frozenset({one.id}) for role, one in (("QA", tom), ("Operations", bo), ("Product", clara))}
    policy = replace(staffed(TEAM, givers), name="payments", is_default=True, timeline=told,
                     code_cut_off=Milestone(working_days=1, at="16:00"))  # fmt: skip
    await story.follows(policy)
    async with visit(browser, story.box, "ana") as ana:
        await composer(ana).fill("/release new payments 2.14.0 thu 16:00")
        await composer(ana).press("Enter")
        await story.quiet()
        await expect(message(ana, "is planned for")).to_contain_text("Code cut-off")
        await story.advance(hours=1)
        await composer(ana).fill("/release timeline payments")
        await composer(ana).press("Enter")
        await story.quiet()
        plan = message(ana, "Retrospective")
        await expect(plan).to_contain_text(
            "“Four days to go” · in the thread — left out: it was planned when that time was over"
        )
        await expect(plan).to_contain_text("“Update the changelog” · to do for the captain — asked since")
        await expect(plan).to_contain_text("Monitoring ends — if it goes live on time")
        await plan.scroll_into_view_if_needed()
        await picture(ana, "timeline")
    async with visit(browser, story.box, "ana", **PHONE) as phone:
        await phone.goto(f"{story.box.url}/#as={story.box.person('ana').id}&in={story.box.dm('ana').channel.id}")
        await phone.reload()
        asked = message(phone, "Update the changelog")
        await expect(asked).to_contain_text("is it done?")
        await picture(phone, "to-do-phone")
        await asked.get_by_role("button", name="Done").click()
        await story.quiet()
        await expect(message(phone, "Update the changelog")).to_contain_text("☑")
