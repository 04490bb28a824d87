"""The frame around it all: who acts, the story's clock, the inspector, light and dark, small windows."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from bot.clock import StoryClock
from bot.sandbox.page_state import Tip
from tests.sandbox.browsing import PHONE, composer, message, say, visit
from tests.sandbox.sample import actions, bolt, button, field, plain, sandbox, section
from tests.sandbox.test_slice import with_a_card

FITS = "document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth"
#: The classes of what is drawn beyond the right edge; only tables scroll sideways, in their own box.
STICKS_OUT = """[...document.querySelectorAll(".main *")]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".table-box"))
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
    .map((e) => e.className)"""
LONG = "Averyveryveryveryveryverylongwordwithoutanyplacetobreakit" * 3


async def test_a_tab_becomes_somebody_else_and_stays_so_when_loaded_again(browser: Any) -> None:
    async with sandbox() as slack, visit(browser, slack, "ana", "#secret-launch") as page:
        await page.get_by_role("button", name="Acting as Ana").click()
        people = page.get_by_role("dialog", name="Act as")
        await expect(people.get_by_role("button", name="Clara")).to_contain_text("Kolkata")
        await expect(people.get_by_role("button", name="Clara")).to_contain_text("14:30")
        await people.get_by_label("Find a person").fill("clara")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Acting as Clara")).to_be_visible()
        await expect(people).to_have_count(0)
        # What she may not see is not there.
        await expect(page.get_by_role("navigation")).not_to_contain_text("secret-launch")
        await page.reload()
        await expect(page.get_by_role("button", name="Acting as Clara")).to_be_visible()
        await composer(page, "#general").fill("It is me")
        await page.keyboard.press("Enter")
        await expect(message(page, "It is me")).to_contain_text("Clara")


async def test_the_story_clock_shows_ones_own_time_and_moves_for_everyone(browser: Any) -> None:
    clock = StoryClock(datetime(2026, 12, 1, 9, 0, tzinfo=UTC), running=False)
    async with sandbox(clock=clock) as slack, visit(browser, slack, "ana") as hers, visit(browser, slack, "bo") as his:
        await expect(hers.get_by_role("button", name="Story time Tue 1 Dec 2026, 10:00, Berlin")).to_be_visible()
        await hers.get_by_role("button", name="+1 h").click()
        await expect(his.get_by_role("button", name="Story time Tue 1 Dec 2026, 05:00, New York")).to_be_visible()
        await his.get_by_role("button", name="+1 day").click()
        await expect(hers.get_by_role("button", name="Story time Wed 2 Dec 2026, 11:00, Berlin")).to_be_visible()
    assert clock.now() == datetime(2026, 12, 2, 10, 0, tzinfo=UTC)


async def test_the_inspector_shows_raw_traffic_and_unknown_methods_in_red(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:
        with_a_card(app)
        async with visit(browser, slack, "ana") as page:
            await page.get_by_role("button", name="Traffic inspector").click()
            entries = page.get_by_role("list", name="Traffic").get_by_role("listitem")
            await slack.person("ana").types("/release new payments")
            command = entries.filter(has_text="slash_commands")
            await command.get_by_role("button").click()
            await expect(command.get_by_label("Request")).to_contain_text('"text": "new payments"')
            with pytest.raises(Exception, match="unknown_method"):
                await app.client.api_call("pins.everything")
            bad = entries.filter(has_text="pins.everything")
            await expect(bad).to_contain_text("unknown method")
            await expect(bad).to_have_class(re.compile("is-bad"))
            await page.get_by_role("button", name="Errors").click()
            await expect(entries).to_have_count(1)
            await page.get_by_role("button", name="All").click()
            await page.get_by_label("Filter traffic").fill("new payments")
            await expect(entries.first).to_contain_text("slash_commands")


async def test_the_inspector_lets_things_go_wrong_and_forgives_them(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app, visit(browser, slack, "ana") as page:
        with_a_card(app)
        await page.get_by_role("button", name="Traffic inspector").click()
        await page.get_by_text("Faults", exact=True).click()
        faults = page.get_by_role("list", name="Faults").get_by_role("listitem")
        slack.faults.add("auth.test", "error")
        await expect(faults).to_have_text(["auth.test error once"])
        await page.get_by_role("button", name="Drop the fault of auth.test").click()
        await expect(faults).to_have_count(0)

        await page.get_by_label("What goes wrong").fill("slash_commands")
        await page.get_by_label("How it goes wrong").select_option("drop_before")
        await page.get_by_role("button", name="Add", exact=True).click()
        await expect(faults).to_have_text(["slash_commands drop before once"])
        assert not (await slack.person("ana").types("/release new payments")).ok
        await expect(faults).to_have_count(0)
        assert (await slack.person("ana").types("/release new payments")).ok

        slack.faults.add("chat.postMessage", "server_error", times=None)
        slack.faults.add("chat.update", "slow", times=3, seconds=1.0)
        await expect(faults).to_have_text(["chat.postMessage server error always", "chat.update slow 3 times"])
        await page.get_by_role("button", name="Clear all faults").click()
        await expect(faults).to_have_count(0)
        assert slack.faults.listed() == []


async def test_an_inspector_opened_late_or_kept_over_a_restart_shows_all_traffic(browser: Any) -> None:
    async with sandbox() as slack, bolt(slack) as app:
        with_a_card(app)
        port = int(slack.url.rpartition(":")[2])
        await slack.person("ana").types("/release new early")
        async with visit(browser, slack, "ana") as page:
            await slack.person("ana").types("/release new late")
            await page.get_by_role("button", name="Traffic inspector").click()
            entries = page.get_by_role("list", name="Traffic").get_by_role("listitem")
            await expect(entries.filter(has_text="new early")).to_have_count(1)
            before = await entries.count()
            # The sandbox ends and starts again; the tab stays.
            await slack.stop()
            async with sandbox(port=port) as again, bolt(again) as its_app:
                with_a_card(its_app)
                await expect(page.get_by_role("alert")).to_have_count(0, timeout=15_000)
                await again.person("ana").types("/release new afterwards")
                await expect(entries.filter(has_text="new afterwards")).to_have_count(1)
                assert await entries.count() < before


async def test_a_thread_and_the_inspector_have_room_beside_each_other_or_the_later_one_is_on_top(browser: Any) -> None:
    async with sandbox() as slack:
        head = say(slack, "#payments", "card")
        say(slack, "#payments", "a reply", by="tom", thread_ts=head["ts"])
        for width, both in ((1280, True), (1100, False), (390, False)):
            async with visit(browser, slack, "ana", viewport={"width": width, "height": 800}) as page:
                traffic = page.get_by_role("complementary", name="Traffic inspector")
                await page.get_by_role("button", name="Traffic inspector").click()
                await expect(traffic).to_be_visible()
                await page.get_by_role("button", name="1 reply").dispatch_event("click")
                await expect(page.get_by_role("complementary", name="Thread")).to_be_in_viewport(ratio=1)
                await expect(traffic).to_have_count(int(both))
                await (
                    page.get_by_role("button", name="Close thread")
                    .or_(page.get_by_role("button", name="Back to the channel"))
                    .locator("visible=true")
                    .click()
                )
                await expect(composer(page)).to_be_visible()


async def test_a_dropped_line_comes_back_with_what_was_missed(browser: Any) -> None:
    up, lines = True, []

    async def connect(line: Any) -> None:
        lines.append(line)
        if up:
            line.connect_to_server()
        else:
            await line.close()

    async with sandbox() as slack, visit(browser, slack, "ana") as page:
        await page.route_web_socket(re.compile("/sandbox/live"), connect)
        await page.reload()
        await expect(composer(page)).to_be_visible()
        await page.evaluate("window.sameTab = true")
        up = False
        await lines[0].close()
        await expect(page.get_by_role("alert")).to_contain_text("does not answer")
        say(slack, "#payments", "Said meanwhile", by="tom")
        up = True
        await expect(message(page, "Said meanwhile")).to_be_visible(timeout=15_000)
        await expect(page.get_by_role("alert")).to_have_count(0)
        assert await page.evaluate("window.sameTab")


async def test_the_hint_is_on_the_first_screen_and_its_example_is_one_click_away(browser: Any) -> None:
    lines = ("Vote on the card.", "Type `/release new checkout` in a channel.", "Act as somebody else.")
    hint = [Tip(line) for line in lines]
    async with sandbox(hint=hint) as slack, visit(browser, slack, "ana") as page:
        box = page.get_by_role("region", name="What to try").locator("visible=true")
        await expect(box.get_by_role("listitem")).to_have_count(3)
        await box.get_by_text("/release new checkout").click()
        await expect(composer(page)).to_have_value("/release new checkout")
        await box.get_by_role("button", name="Close the hint").click()
        await page.reload()
        await expect(composer(page)).to_be_visible()
        await expect(box).to_have_count(0)


async def test_the_hint_goes_by_itself_once_all_of_it_was_followed(browser: Any) -> None:
    hint = [Tip("Say Go, but not as Ana.", ("Go",), but_not="Ana"), Tip("Type `/release new`.", ("/release new",))]
    async with sandbox(hint=hint) as slack, bolt(slack) as app, visit(browser, slack, "ana") as page:
        with_a_card(app)
        box = page.get_by_role("region", name="What to try").locator("visible=true")
        await composer(page).fill("/release new payments")
        await composer(page).press("Enter")
        await expect(box.locator("s")).to_have_text(["Type /release new."])
        await message(page, "payments 2.14.0").get_by_role("button", name="Go").click()
        await expect(message(page, "Ana said go")).to_be_visible()
        await page.reload()
        await expect(box.locator("s")).to_have_text(["Type /release new."])

        await page.get_by_role("button", name="Acting as Ana").click()
        await page.get_by_role("dialog", name="Act as").get_by_role("button", name="Clara").click()
        await expect(page.get_by_role("button", name="Acting as Clara")).to_be_visible()
        await slack.person("clara").types("/release new payments")
        await message(page, "payments 2.14.0").get_by_role("button", name="Go").click()
        await expect(box).to_have_count(0)
        await page.reload()
        await expect(composer(page)).to_be_visible()
        await expect(box).to_have_count(0)


async def test_the_hint_is_struck_out_wherever_it_is_open_once_somebody_followed_it(browser: Any) -> None:
    hint = [Tip("Say Go, but not as Ana.", ("Go",), but_not="Ana"), Tip("Type `/release new`.", ("/release new",))]
    async with (
        sandbox(hint=hint) as slack,
        bolt(slack) as app,
        visit(browser, slack, "ana") as anas,
        visit(browser, slack, "bo") as bos,
    ):
        with_a_card(app)
        box = anas.get_by_role("region", name="What to try").locator("visible=true")
        await composer(bos).fill("/release new payments")
        await composer(bos).press("Enter")
        await expect(box.locator("s")).to_have_text(["Type /release new."])
        await message(bos, "payments 2.14.0").get_by_role("button", name="Go").click()
        await expect(box).to_have_count(0)
        async with visit(browser, slack, "tom") as toms:
            await expect(composer(toms)).to_be_visible()
            await expect(toms.get_by_role("region", name="What to try")).to_have_count(0)


@pytest.mark.parametrize(("scheme", "other", "dark"), [("light", "dark", False), ("dark", "light", True)])
async def test_light_and_dark_follow_the_system_and_can_be_turned(
    browser: Any, scheme: str, other: str, dark: bool
) -> None:
    async def is_dark(page: Any) -> bool:
        color = await page.locator("main").evaluate("element => getComputedStyle(element).backgroundColor")
        return int(re.findall(r"\d+", color)[0]) < 80

    async with sandbox() as slack, visit(browser, slack, "ana", color_scheme=scheme) as page:
        assert await is_dark(page) is dark
        await page.get_by_role("button", name=f"Switch to {other}").click()
        assert await is_dark(page) is not dark
        await page.reload()
        await expect(page.get_by_role("button", name=f"Switch to {scheme}")).to_be_visible()
        assert await is_dark(page) is not dark


async def test_on_a_phone_one_screen_follows_another_and_nothing_is_wider_than_the_window(browser: Any) -> None:
    options = [{"text": plain(f"{LONG[:60]}"), "value": "x"}]
    blocks = [
        section(f"*{LONG}* `{LONG}`", accessory={"type": "overflow", "action_id": "o", "options": options}),
        {"type": "section", "fields": [{"type": "mrkdwn", "text": LONG}, {"type": "mrkdwn", "text": "b"}]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": LONG}] * 4]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": LONG}]},
        actions(*(button(LONG[:70], f"b{n}") for n in range(3))),
        {"type": "markdown", "text": f"# {LONG}\n\n```\n{LONG}\n```"},
    ]
    select = field(LONG, {"type": "static_select", "action_id": "s", "options": options})
    view = {
        "type": "modal",
        "callback_id": "m",
        "title": plain("Plan"),
        "submit": plain("Next"),
        "blocks": [*blocks[:2], select],
    }
    async with sandbox(hint=[Tip(LONG), Tip("b"), Tip("c")]) as slack, bolt(slack) as app:

        @app.command("/release")
        async def release(ack: Any, client: Any, body: Any) -> None:
            await client.views_open(trigger_id=body["trigger_id"], view=view)
            await ack()

        say(slack, "#payments", LONG, by="tom")
        say(slack, "#payments", LONG, blocks=blocks, reply_count=1, reply_users=[slack.person("bo").id])
        async with visit(browser, slack, "ana", None, **PHONE) as page:
            await expect(page.get_by_role("navigation")).to_be_visible()
            await expect(composer(page)).to_be_hidden()
            assert await page.evaluate(FITS)
            await page.get_by_role("navigation").get_by_role("button", name="payments").tap()
            await expect(page.get_by_role("navigation")).to_be_hidden()
            assert await page.evaluate(FITS)
            assert await page.evaluate(STICKS_OUT) == []
            await page.get_by_role("button", name="1 reply").tap()
            await expect(composer(page)).to_be_hidden()
            assert await page.evaluate(FITS)
            await page.get_by_role("button", name="Back to the channel").tap()
            await composer(page).fill("/release")
            await page.get_by_role("button", name="Send").tap()
            form = page.get_by_role("dialog", name="Plan")
            await expect(form).to_be_visible()
            box = await form.bounding_box()
            assert box is not None
            assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 360, 740)
            assert await page.evaluate(FITS)
            await form.get_by_role("button", name="Cancel").tap()
            await page.get_by_role("button", name="Back to channels").tap()
            await expect(page.get_by_role("navigation")).to_be_visible()
            await page.get_by_role("button", name="Acting as Ana").tap()
            await expect(page.get_by_role("dialog", name="Act as")).to_be_visible()
            assert await page.evaluate(FITS)


async def test_a_restart_shuffles_nobody(browser: Any, tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        async with sandbox(data=tmp_path / "slack.sqlite3") as slack, visit(browser, slack, "ana") as page:
            await expect(composer(page)).to_be_visible()
            seen.append(await page.get_by_role("navigation").get_by_role("listitem").all_inner_texts())
    assert seen[0] == seen[1]
    assert seen[0][:6] == ["duo", "general", "payments", "releases", "secret-launch", "checkout"]
