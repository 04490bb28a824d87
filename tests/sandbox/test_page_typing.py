"""Writing: commands and names completed by keyboard, new lines, and what happens when it fails."""

from typing import Any

from playwright.async_api import expect

from tests.sandbox.browsing import composer, message, say, visit
from tests.sandbox.sample import bolt, sandbox
from tests.sandbox.test_slice import with_a_card

COMMANDS = [
    {
        "command": "/release",
        "hint": "new status why",
        "description": "Plan, vote, ship",
        "verbs": [
            {"verb": "new", "usage": "new <service> <version> <when>", "help": "Plan a release"},
            {"verb": "status", "usage": "status [REL-n]", "help": "Where it stands"},
            {"verb": "deploy start", "usage": "deploy start [part]", "help": "Begin the deploy"},
            {"verb": "deploy done", "usage": "deploy done [part]", "help": "It is live"},
        ],
    }
]


async def test_a_command_and_its_verb_are_completed_by_keyboard_and_run(browser: Any) -> None:
    async with sandbox(commands=COMMANDS) as slack, bolt(slack) as app:
        with_a_card(app)
        async with visit(browser, slack, "ana") as page:
            options = page.get_by_role("option")
            await composer(page).press_sequentially("/rel")
            await expect(options).to_have_text(["/release new status whyPlan, vote, ship"])
            await page.keyboard.press("Tab")
            await expect(composer(page)).to_have_value("/release ")
            await expect(options).to_have_count(4)
            await expect(page.get_by_role("option", selected=True)).to_have_count(0)
            await page.keyboard.press("ArrowUp")
            await expect(page.get_by_role("option", selected=True)).to_contain_text("deploy done")
            await page.keyboard.press("ArrowDown")
            await page.keyboard.press("Enter")
            await expect(composer(page)).to_have_value("/release new ")
            await expect(page.get_by_role("status").filter(has_text="Plan a release")).to_contain_text(
                "/release new <service> <version> <when>"
            )
            await page.keyboard.type("payments")
            await page.keyboard.press("Enter")
            await expect(message(page, "You said: new payments")).to_contain_text("Only visible to you")
            await expect(composer(page)).to_have_value("")


async def test_enter_on_a_bare_command_runs_it_and_escape_closes_the_suggestions(browser: Any) -> None:
    async with sandbox(commands=COMMANDS) as slack, bolt(slack) as app:
        with_a_card(app)
        async with visit(browser, slack, "ana") as page:
            await composer(page).press_sequentially("/release deploy")
            await expect(page.get_by_role("option")).to_have_count(2)
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("option")).to_have_count(0)
            await composer(page).fill("/release ")
            await expect(page.get_by_role("option")).to_have_count(4)
            await page.keyboard.press("Enter")
            await expect(message(page, "You said:")).to_be_visible()


async def test_a_completed_name_is_a_real_mention(browser: Any) -> None:
    async with sandbox() as slack:
        async with visit(browser, slack, "ana") as page:
            await composer(page).press_sequentially("Look @cla")
            await expect(page.get_by_role("option", selected=True)).to_contain_text("Clara")
            await page.keyboard.press("Enter")
            await page.keyboard.type("in #rel")
            await page.keyboard.press("Tab")
            await expect(composer(page)).to_have_value("Look @Clara in #releases ")
            await page.keyboard.press("Enter")
            await expect(message(page, "Look").get_by_role("button", name="@Clara")).to_be_visible()
        said = slack.workspace.messages(slack.room("#payments").channel)[-1]["text"]
        assert said.startswith(f"Look <@{slack.person('clara').id}> in <#")


async def test_shift_enter_makes_a_line_and_a_draft_waits_in_its_channel(browser: Any) -> None:
    async with sandbox() as slack, visit(browser, slack, "ana") as page:
        await composer(page).press_sequentially("one")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("two")
        await page.get_by_role("navigation").get_by_role("button", name="releases").click()
        await expect(composer(page, "#releases")).to_have_value("")
        await page.get_by_role("navigation").get_by_role("button", name="payments").click()
        await expect(composer(page)).to_have_value("one\ntwo")
        await page.get_by_role("button", name="Send").click()
        await expect(message(page, "one").locator("br")).to_have_count(1)


async def test_a_command_nobody_answers_fails_in_slackbots_words(browser: Any) -> None:
    async with sandbox() as slack, visit(browser, slack, "ana") as page:
        await composer(page).fill("/release new")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Enter")
        await expect(message(page, "/release failed with the error")).to_contain_text("Slackbot")


async def test_shortcuts_are_in_the_plus_menu_and_on_every_message(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:

        @app.shortcut("actions")
        async def on_message(ack: Any, respond: Any, body: Any) -> None:
            await respond(text=f"About: {body['message']['text']}")
            await ack()

        @app.shortcut("new")
        async def planned(ack: Any, client: Any, body: Any) -> None:
            await client.chat_postMessage(channel=body["user"]["id"], text="Which service?")
            await ack()

        say(slack, "#payments", "payments 2.14.0", by="tom")
        async with visit(browser, slack, "ana") as page:
            await message(page, "payments 2.14.0").hover()
            await page.get_by_role("button", name="More actions").click()
            await page.get_by_role("menuitem", name="Release actions…").click()
            await expect(message(page, "About: payments 2.14.0")).to_contain_text("Only visible to you")
            await page.get_by_role("button", name="Shortcuts").click()
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("navigation").get_by_label("1 mentions")).to_be_visible()
