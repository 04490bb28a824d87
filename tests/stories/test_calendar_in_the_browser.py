"""The calendar, a subscription and a digest in the sandbox's page; `--pictures DIR` keeps what is seen."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Browser, Page, expect

from tests.sandbox.browsing import composer, message, visit
from tests.story import Story

Picture = Callable[[Page, str], Awaitable[None]]


async def test_a_week_is_turned_in_place_and_a_subscription_made_in_its_dialog(
    story: Story, browser: Browser, picture: Picture
) -> None:
    (ana,) = story.people("ana")
    await ana.types("/release new payments 2.14.0 today 12:00")
    await ana.types("/release new ledger 1.0 thu 14:00")
    await ana.types("/release new checkout 3.1 next tue 10:00")
    await ana.types("/release freeze 10 dec 8:00 to 11 dec 8:00 payments because of the audit")
    await ana.clicks("Freeze it")
    async with visit(browser, story.box, "ana") as page:
        await composer(page).fill("/release calendar")
        await composer(page).press("Enter")
        await story.quiet()
        week = message(page, "Mon 30 Nov – Sun 6 Dec")
        await expect(week).to_contain_text("Today, Tue 1 Dec")
        await expect(week).to_contain_text("ledger 1.0")
        await picture(page, "calendar")
        await week.get_by_role("button", name="Next week →").click()
        await story.quiet()
        after = message(page, "Mon 7 Dec – Sun 13 Dec")
        await expect(after).to_contain_text("Freeze of payments")
        await expect(week).to_have_count(0)

        await composer(page).fill("/release subscribe")
        await composer(page).press("Enter")
        await story.quiet()
        await message(page, "is subscribed to nothing").get_by_role("button", name="Subscribe …").click()
        dialog = page.get_by_role("dialog", name="Subscribe")
        await dialog.get_by_label("Which service?").fill("all")
        await dialog.get_by_label("Every week").check()
        await picture(page, "subscribe")
        await dialog.get_by_role("button", name="Subscribe").click()
        await expect(page.get_by_role("dialog")).to_contain_text("Subscribed.")
        await page.get_by_role("dialog").get_by_role("button", name="Close").first.click()
        await story.until("2026-12-07 08:01")
        await expect(message(page, "All releases: Mon 30 Nov – Mon 14 Dec")).to_contain_text("checkout 3.1")
        await picture(page, "digest")
