"""Modals, the Home tab, and what people choose in a message."""

from typing import Any

from playwright.async_api import expect

from tests.sandbox.browsing import PHONE, composer, message, say, visit
from tests.sandbox.sample import actions, bolt, button, field, plain, sandbox, section

RISKS = [{"text": plain(word), "value": word} for word in ("low", "medium", "high")]


def modal(title: str, *blocks: Any, **more: Any) -> Any:
    return {
        "type": "modal", "callback_id": title.lower(), "title": plain(title), "submit": plain("Next"),
        "close": plain("Cancel"), "blocks": list(blocks), **more,
    }  # fmt: skip


def text(name: str, **more: Any) -> Any:
    return field(name.capitalize(), {"type": "plain_text_input", "action_id": "v", **more}, block_id=name)


PLAN = modal(
    "Plan",
    text("service"),
    field("When", {"type": "datetimepicker", "action_id": "v"}, block_id="when", optional=True),
    field("Risk", {"type": "static_select", "action_id": "v", "options": RISKS}, block_id="risk"),
    field("Crew", {"type": "multi_users_select", "action_id": "v"}, block_id="crew", optional=True),
    field("Ready", {"type": "checkboxes", "action_id": "v", "options": RISKS[:2]}, block_id="ready", optional=True),
)


def with_a_form(app: Any, view: Any) -> list[Any]:
    """`/release` opens the modal; what is submitted is collected."""
    got: list[Any] = []

    @app.command("/release")
    async def release(ack: Any, client: Any, body: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=view)
        await ack()

    @app.view("plan")
    async def planned(ack: Any, body: Any) -> None:
        values = body["view"]["state"]["values"]
        if values["service"]["v"]["value"] == "wrong":
            await ack(response_action="errors", errors={"service": "There is no such service."})
        elif values["service"]["v"]["value"] == "two steps":
            await ack(response_action="push", view=modal("Rollback", text("plan")))
        else:
            got.append(values)
            await ack()

    @app.view("rollback")
    async def rollback(ack: Any, body: Any) -> None:
        got.append(body["view"]["state"]["values"])
        await ack(response_action="clear")

    return got


async def test_a_form_is_filled_by_keyboard_refused_corrected_and_sent(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:
        got = with_a_form(app, PLAN)
        async with visit(browser, slack, "ana") as page:
            await composer(page).fill("/release")
            await page.keyboard.press("Enter")
            form = page.get_by_role("dialog", name="Plan")
            await expect(form.get_by_label("Service")).to_be_focused()
            await form.get_by_role("button", name="Next").click()
            await expect(form.get_by_role("alert")).to_have_text(["Please complete this required field."] * 2)

            await form.get_by_label("Service").fill("wrong")
            await form.get_by_label("Risk").press("Enter")
            await page.keyboard.type("med")
            await page.keyboard.press("Enter")
            await form.get_by_label("Crew").click()
            await page.keyboard.type("tom")
            await page.keyboard.press("Enter")
            await page.keyboard.press("Escape")
            await form.get_by_label("Date").fill("2026-12-01")
            await form.get_by_label("Time").fill("14:00")
            await form.get_by_label("low").check()
            await form.get_by_role("button", name="Next").click()
            await expect(form.get_by_role("alert")).to_have_text("There is no such service.")
            await expect(form.get_by_label("Service")).to_be_focused()

            await form.get_by_label("Service").fill("payments")
            await page.keyboard.press("Enter")
            await expect(form).to_have_count(0)
            await expect(composer(page)).to_be_focused()
        held = {key: entry["v"] for key, entry in got[0].items()}
        assert held["service"]["value"] == "payments"
        assert held["when"]["selected_date_time"] == 1796130000  # 14:00 where Ana is
        assert held["risk"]["selected_option"]["value"] == "medium"
        assert held["crew"]["selected_users"] == [slack.person("tom").id]
        assert [option["value"] for option in held["ready"]["selected_options"]] == ["low"]


async def test_a_dialog_covers_only_the_tab_in_which_it_was_asked_for(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:
        got = with_a_form(app, modal("Plan", text("service")))
        async with visit(browser, slack, "ana") as asking, visit(browser, slack, "ana") as other:
            await composer(asking).fill("/release")
            await composer(asking).press("Enter")
            dialog = asking.get_by_role("dialog", name="Plan")
            await expect(dialog).to_be_visible()
            say(slack, "#payments", "Meanwhile", by="tom")
            await expect(message(other, "Meanwhile")).to_be_visible()
            await other.reload()
            await composer(other).fill("I can still write")
            await composer(other).press("Enter")
            await expect(message(asking, "I can still write")).to_have_count(1)
            await expect(other.get_by_role("dialog")).to_have_count(0)
            await asking.reload()
            await dialog.get_by_label("Service").fill("payments")
            await dialog.get_by_role("button", name="Next").click()
            await expect(dialog).to_have_count(0)
            assert got[0]["service"]["v"]["value"] == "payments"
            # What nobody asked for in a tab is shown in each.
            await slack.person("ana").types("/release")
            for page in (asking, other):
                await expect(page.get_by_role("dialog", name="Plan")).to_be_visible()


async def test_a_second_step_lies_on_the_first_and_going_back_keeps_what_was_typed(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:
        got = with_a_form(app, modal("Plan", text("service")))
        async with visit(browser, slack, "ana") as page:
            await composer(page).fill("/release")
            await page.keyboard.press("Enter")
            await page.get_by_label("Service").fill("two steps")
            await page.keyboard.press("Enter")
            second = page.get_by_role("dialog", name="Rollback")
            await second.get_by_role("button", name="Back").click()
            await expect(second).to_have_count(0)
            await expect(page.get_by_label("Service")).to_have_value("two steps")
            await page.get_by_role("button", name="Next").click()
            await second.get_by_role("textbox", name="Plan").fill("redeploy")
            await second.get_by_role("button", name="Next").click()
            await expect(page.get_by_role("dialog")).to_have_count(0)
        assert got == [{"plan": {"v": {"type": "plain_text_input", "value": "redeploy"}}}]


async def test_focus_stays_in_a_modal_and_escape_closes_it(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:
        with_a_form(app, modal("Plan", text("service")))
        async with visit(browser, slack, "ana") as page:
            await composer(page).fill("/release")
            await page.keyboard.press("Enter")
            form = page.get_by_role("dialog", name="Plan")
            await expect(form).to_be_visible()
            for _ in range(6):
                await page.keyboard.press("Tab")
                assert await page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
            await page.keyboard.press("Escape")
            await expect(form).to_have_count(0)
        assert slack.person("ana").modal is None


async def test_a_long_form_is_filled_and_sent_on_a_phone(browser: Any) -> None:
    """Its head and foot stay on the screen, what is between them scrolls, upright and lying on its side."""
    fields = [text(f"question{n}", multiline=True) for n in range(12)]
    async with sandbox() as slack, bolt(slack) as app:
        with_a_form(app, modal("Plan", text("service"), *fields))
        for size in ({"width": 390, "height": 844}, {"width": 740, "height": 360}):
            async with visit(browser, slack, "ana", **{**PHONE, "viewport": size}) as page:
                await composer(page).fill("/release")
                await page.get_by_role("button", name="Send").tap()
                form = page.get_by_role("dialog", name="Plan")
                for button in ("Next", "Cancel", "Close"):
                    await expect(form.get_by_role("button", name=button)).to_be_in_viewport(ratio=1)
                await form.get_by_label("Question11").scroll_into_view_if_needed()
                await expect(form.get_by_label("Question11")).to_be_in_viewport(ratio=1)
                await form.get_by_role("button", name="Next").tap()
                await expect(form.get_by_role("alert")).to_have_count(13)
                await expect(form.get_by_label("Service")).to_be_in_viewport(ratio=1)
                await form.get_by_role("button", name="Cancel").tap()
                await expect(form).to_have_count(0)


async def test_the_home_tab_is_published_when_opened_and_its_buttons_work(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:

        async def publish(client: Any, user: str, words: str) -> None:
            view = {"type": "home", "blocks": [section(words), actions(button("Go", "vote", value="go"))]}
            await client.views_publish(user_id=user, view=view)

        @app.event("app_home_opened")
        async def opened(event: Any, client: Any) -> None:
            await publish(client, event["user"], "Waiting on me (1)")

        @app.action("vote")
        async def vote(ack: Any, body: Any, client: Any) -> None:
            await publish(client, body["user"]["id"], "Nothing waits on you.")
            await ack()

        async with visit(browser, slack, "ana") as page:
            await page.get_by_role("navigation").get_by_role("button", name="T-Minus").click()
            home = page.get_by_role("region", name="T-Minus Home")
            await expect(home).to_contain_text("Waiting on me (1)")
            await home.get_by_role("button", name="Go").click()
            await expect(home).to_contain_text("Nothing waits on you.")
            await page.get_by_role("tab", name="Messages").click()
            await expect(page.get_by_role("textbox", name="Message T-Minus")).to_be_visible()


async def test_a_dangerous_button_asks_first_and_a_menu_tells_the_app_what_was_chosen(browser: Any) -> None:
    confirm = {
        "title": plain("Roll back?"),
        "text": plain("2.13.4 goes live."),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }
    blocks = [
        {
            "block_id": "b",
            **actions(
                button("Roll back", "back", style="danger", confirm=confirm),
                {"type": "overflow", "action_id": "more", "options": RISKS},
                {"type": "static_select", "action_id": "risk", "placeholder": plain("Risk"), "options": RISKS},
            ),
        }
    ]
    async with sandbox() as slack, bolt(slack) as app:
        got: list[Any] = []
        for name in ("back", "more", "risk"):

            @app.action(name)
            async def acted(ack: Any, action: Any) -> None:
                got.append((action["action_id"], action.get("selected_option", {}).get("value")))
                await ack()

        say(slack, "#payments", "card", blocks=blocks)
        async with visit(browser, slack, "ana") as page:
            row = message(page, "Roll back")
            for answer in ("No", "Yes"):
                await row.get_by_role("button", name="Roll back").click()
                dialog = page.get_by_role("alertdialog", name="Roll back?")
                await expect(dialog).to_contain_text("2.13.4 goes live.")
                await dialog.get_by_role("button", name=answer).click()
            await expect(row.get_by_role("button", name="Roll back")).to_be_enabled()
            await row.get_by_role("button", name="More options").click()
            await page.get_by_role("menuitem", name="high").click()
            await row.get_by_role("combobox", name="Risk").click()
            await page.get_by_role("option", name="low").click()
            await expect(row.get_by_role("combobox", name="Risk")).to_have_text("low")
            await expect(row.locator("[aria-busy=true], .is-busy")).to_have_count(0)
        assert got == [("back", None), ("more", "high"), ("risk", "low")]
