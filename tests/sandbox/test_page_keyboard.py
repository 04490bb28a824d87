"""Without a mouse: where the focus is before, in and after a dialog, whatever the app does to it meanwhile."""

from typing import Any

from playwright.async_api import Page, expect

from tests.sandbox.browsing import composer, message, say, visit
from tests.sandbox.sample import actions, bolt, button, plain, sandbox, section
from tests.sandbox.test_page_forms import modal, text

DONE: Any = {"type": "modal", "callback_id": "done", "title": plain("Done"), "blocks": [section("It is planned.")]}
PLAN: Any = {"block_id": "b", **actions(button("Plan it", "plan"))}
IN_DIALOG = "document.activeElement.closest('[role$=dialog]') !== null"


def answers_with(app: Any, **answer: Any) -> None:
    """A message's button and `/release` open a form; what is submitted is answered so."""

    @app.command("/release")
    @app.action("plan")
    async def release(ack: Any, client: Any, body: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=modal("Plan", text("service")))
        await ack()

    @app.view("plan")
    async def planned(ack: Any) -> None:
        await ack(**answer)


async def tabs_stay_inside(page: Page) -> None:
    for key in ["Tab"] * 4 + ["Shift+Tab"] * 5:
        await page.keyboard.press(key)
        assert await page.evaluate(IN_DIALOG), key


async def test_an_answer_in_place_of_the_form_is_closed_by_escape(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:
        answers_with(app, response_action="update", view=DONE)
        async with visit(browser, slack, "ana") as page:
            for send in ("Enter", "click"):
                await composer(page).fill("/release")
                await page.keyboard.press("Enter")
                form = page.get_by_role("dialog", name="Plan")
                await form.get_by_label("Service").fill("payments")
                if send == "Enter":
                    await page.keyboard.press("Enter")
                else:
                    await form.get_by_role("button", name="Next").click()
                done = page.get_by_role("dialog", name="Done")
                await expect(done).to_be_focused()
                await tabs_stay_inside(page)
                await page.keyboard.press("Escape")
                await expect(done).to_have_count(0)
                await expect(composer(page)).to_be_focused()


async def test_a_refused_form_keeps_the_focus_where_it_can_be_sent_again(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:
        answers_with(app, response_action="errors", errors={"service": "There is no such service."})
        async with visit(browser, slack, "ana") as page:
            await composer(page).fill("/release")
            await page.keyboard.press("Enter")
            form = page.get_by_role("dialog", name="Plan")
            await form.get_by_label("Service").fill("paymnets")
            for _ in range(2):
                await page.keyboard.press("Tab")
            await expect(form.get_by_role("button", name="Next")).to_be_focused()
            await page.keyboard.press("Enter")
            await expect(form.get_by_role("alert")).to_have_text("There is no such service.")
            await expect(form.get_by_label("Service")).to_be_focused()
            await tabs_stay_inside(page)
            await page.keyboard.press("Escape")
            await expect(form).to_have_count(0)


async def test_after_a_dialog_the_focus_is_back_on_the_button_that_opened_it(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:
        answers_with(app, response_action="clear")
        say(slack, "#payments", "card", blocks=[PLAN])
        async with visit(browser, slack, "ana") as page:
            opener = page.get_by_role("button", name="Plan it")
            await opener.press("Enter")
            form = page.get_by_role("dialog", name="Plan")
            await expect(form.get_by_label("Service")).to_be_focused()
            await page.keyboard.press("Escape")
            await expect(opener).to_be_focused()
            await opener.press("Enter")
            await form.get_by_label("Service").fill("payments")
            await page.keyboard.press("Enter")
            await expect(form).to_have_count(0)
            await expect(opener).to_be_focused()


async def test_when_the_button_is_gone_the_focus_goes_where_one_writes_next(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:
        answers_with(app)
        card = say(slack, "#payments", "card", blocks=[PLAN])
        async with visit(browser, slack, "ana") as page:
            await page.get_by_role("button", name="Plan it").press("Enter")
            await expect(page.get_by_label("Service")).to_be_focused()
            slack.workspace.edit(slack.room("#payments").channel, {**card, "text": "gone", "blocks": [section("gone")]})
            await expect(message(page, "gone")).to_have_count(1)
            await page.keyboard.press("Escape")
            await expect(composer(page)).to_be_focused()


async def test_a_key_pressed_when_nothing_has_the_focus_is_the_dialogs(browser: Any) -> None:
    confirm = {"title": plain("Sure?"), "text": plain("It starts."), "confirm": plain("Yes"), "deny": plain("No")}
    async with sandbox() as slack, bolt(slack):
        say(slack, "#payments", "card", blocks=[section("card"), actions(button("Start", "go", confirm=confirm))])
        async with visit(browser, slack, "ana") as page:
            opener = message(page, "card").get_by_role("button", name="Start")
            await opener.press("Enter")
            sure = page.get_by_role("alertdialog", name="Sure?")
            await expect(sure.get_by_role("button", name="No")).to_be_focused()
            await page.evaluate("document.activeElement.blur()")
            await page.keyboard.press("Tab")
            assert await page.evaluate(IN_DIALOG)
            await page.evaluate("document.activeElement.blur()")
            await page.keyboard.press("Escape")
            await expect(sure).to_have_count(0)
            await expect(opener).to_be_focused()


async def test_a_closed_thread_and_a_closed_inspector_give_the_focus_back(browser: Any) -> None:
    async with sandbox() as slack:
        head = say(slack, "#payments", "card")
        say(slack, "#payments", "a reply", by="tom", thread_ts=head["ts"])
        async with visit(browser, slack, "ana") as page:
            replies = page.get_by_role("button", name="1 reply")
            await replies.press("Enter")
            await expect(page.get_by_role("textbox", name="Reply in thread")).to_be_focused()
            await page.keyboard.press("Escape")
            await expect(replies).to_be_focused()
            traffic = page.get_by_role("button", name="Traffic inspector")
            await traffic.press("Enter")
            await expect(page.get_by_label("Filter traffic")).to_be_focused()
            await page.keyboard.press("Escape")
            await expect(traffic).to_be_focused()


async def test_the_clock_is_moved_twice_by_the_same_key(browser: Any) -> None:
    async with sandbox() as slack, visit(browser, slack, "ana") as page:
        step = page.get_by_role("button", name="+1 h")
        await step.press("Enter")
        await expect(page.get_by_role("button", name="Story time")).to_contain_text("11:00")
        await expect(step).to_have_attribute("aria-disabled", "false")  # while the first is under way, more is ignored
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Story time")).to_contain_text("12:00")
