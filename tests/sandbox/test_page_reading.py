"""Reading further up: nothing that arrives at the end goes unnoticed, and one gets there by one press."""

import re
from datetime import UTC, datetime
from typing import Any

from playwright.async_api import Page, expect

from bot.clock import StoryClock
from tests.sandbox.browsing import composer, message, say, visit
from tests.sandbox.sample import actions, bolt, button, sandbox, section

CARD: Any = [{"block_id": "s", **section("the card")}, {"block_id": "b", **actions(button("Why?", "why"))}]


def a_long_day(slack: Any) -> None:
    say(slack, "#payments", "the card", blocks=CARD)
    for n in range(60):
        say(slack, "#payments", f"Note {n}", by="tom")


async def reads_the_card(page: Page) -> Any:
    await expect(message(page, "Note 59")).to_be_in_viewport()
    card = message(page, "the card")
    await card.scroll_into_view_if_needed()
    await expect(page.get_by_role("button", name="Latest messages")).to_be_visible()
    return card


async def test_the_answer_to_a_click_further_up_is_pointed_at(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:

        @app.action("why")
        async def why(ack: Any, respond: Any) -> None:
            await ack()
            await respond(text="QA has not answered.", replace_original=False)

        a_long_day(slack)
        async with visit(browser, slack, "ana") as page:
            card = await reads_the_card(page)
            await card.get_by_role("button", name="Why?").click()
            await expect(card).to_be_in_viewport()
            jump = page.get_by_role("button", name="An answer for you is below")
            await expect(jump).to_have_class(re.compile("is-news"))
            await jump.click()
            await expect(message(page, "QA has not answered.")).to_be_in_viewport()
            await expect(jump).to_have_count(0)


async def test_what_others_say_meanwhile_is_counted_and_edits_are_not(browser: Any) -> None:
    async with sandbox() as slack, visit(browser, slack, "ana") as page:
        a_long_day(slack)
        await reads_the_card(page)
        say(slack, "#payments", "It is go", by="bo")
        await expect(page.get_by_role("button", name="1 new message")).to_be_visible()
        said = say(slack, "#payments", "Deploy starts", by="tom")
        jump = page.get_by_role("button", name="2 new messages")
        await expect(jump).to_be_visible()
        slack.workspace.edit(slack.room("#payments").channel, {**said, "text": "Deploy starts now"})
        await expect(message(page, "Deploy starts now")).to_have_count(1)
        await jump.click()
        await expect(message(page, "Deploy starts now")).to_be_in_viewport()


async def test_who_writes_while_reading_further_up_sees_it_at_the_end(browser: Any) -> None:
    async with sandbox() as slack, visit(browser, slack, "ana") as page:
        a_long_day(slack)
        await reads_the_card(page)
        await composer(page).fill("On it")
        await page.keyboard.press("Enter")
        await expect(message(page, "On it")).to_be_in_viewport()


async def test_a_burst_of_messages_is_drawn_and_read_together(browser: Any) -> None:
    async with sandbox() as slack, visit(browser, slack, "ana") as page:
        await expect(page.get_by_text("This is where #payments begins.")).to_be_visible()
        read: list[str] = []
        page.on("request", lambda sent: read.append(sent.url) if sent.url.endswith("/sandbox/gesture") else None)
        a_long_day(slack)
        await expect(message(page, "Note 59")).to_be_in_viewport()
        assert 0 < len(read) < 20, f"61 messages were marked as read {len(read)} times"


async def test_a_long_thread_points_at_its_end_too(browser: Any) -> None:
    async with sandbox() as slack:
        head = say(slack, "#payments", "the card")
        for n in range(60):
            say(slack, "#payments", f"Reply {n}", by="tom", thread_ts=head["ts"])
        async with visit(browser, slack, "ana") as page:
            await page.get_by_role("button", name="60 replies").click()
            thread = page.get_by_role("complementary", name="Thread")
            await expect(thread.get_by_text("Reply 59")).to_be_in_viewport()
            await thread.get_by_text("Reply 3", exact=True).scroll_into_view_if_needed()
            await expect(thread.get_by_role("button", name="Latest messages")).to_be_visible()
            say(slack, "#payments", "Reply 60", by="tom", thread_ts=head["ts"])
            await thread.get_by_role("button", name="1 new message").click()
            await expect(thread.get_by_text("Reply 60")).to_be_in_viewport()


async def test_a_thread_says_the_day_when_it_goes_on_on_another_one(browser: Any) -> None:
    clock = StoryClock(datetime(2026, 12, 1, 9, 0, tzinfo=UTC), running=False)
    async with sandbox(clock=clock) as slack, visit(browser, slack, "ana") as page:
        head = say(slack, "#payments", "the card")
        say(slack, "#payments", "the same day", by="tom", thread_ts=head["ts"])
        await page.get_by_role("button", name="1 reply").click()
        days = page.get_by_role("complementary", name="Thread").get_by_role("separator")
        await expect(days).to_have_count(0)
        await page.get_by_role("button", name="+1 day").click()
        say(slack, "#payments", "the next day", by="tom", thread_ts=head["ts"])
        await expect(days).to_have_text(["Yesterday", "Today"])


async def test_the_line_that_leads_to_a_thread_has_the_readers_own_time(browser: Any) -> None:
    words = f"payments 2.14.0: open until <!date^{1796130000}^{{time}}|14:00 (Berlin)>, see <https://example.com|notes>"
    async with sandbox() as slack:
        head = say(slack, "#payments", words)
        say(slack, "#payments", "Deploy starts", thread_ts=head["ts"], subtype="thread_broadcast")
        for name, time in (("ana", "14:00"), ("bo", "08:00")):
            async with visit(browser, slack, name) as page:
                lead = message(page, "Deploy starts")
                await expect(lead).to_contain_text(f"thread: payments 2.14.0: open until {time}, see notes")
