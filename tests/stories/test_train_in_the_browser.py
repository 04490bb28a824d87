"""A train from its dialog to its first release, in the sandbox's page; its clock buttons drive it."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Browser, Page, expect

from tests.sandbox.browsing import composer, message, visit
from tests.story import Story

Picture = Callable[[Page, str], Awaitable[None]]


async def test_a_train_is_previewed_saved_and_departs_in_the_browser(
    story: Story, browser: Browser, picture: Picture
) -> None:
    async with visit(browser, story.box, "ana") as ana:
        await composer(ana).fill("/release train")
        await composer(ana).press("Enter")
        dialog = ana.get_by_role("dialog", name="A train")
        await dialog.get_by_label("Service").fill("payments")
        await dialog.get_by_label("When does it depart?").fill("every 2nd tue 14:00 starting 8 dec")
        await dialog.get_by_label("Version").fill("2026.{n}")
        await dialog.get_by_role("button", name="Preview").click()
        sure = ana.get_by_role("dialog", name="Save this train?")
        await expect(sure).to_contain_text("Tue 8 Dec 14:00 — payments 2026.1; made Fri 4 Dec 14:00")
        await expect(sure).to_contain_text("14:00 stays 14:00, and is 12:00 UTC instead of 13:00 UTC")
        await picture(ana, "train")
        await sure.get_by_role("button", name="Save").click()
        saved = ana.get_by_role("dialog").filter(has_text="train is saved")
        await saved.get_by_role("button", name="Close").first.click()
        for _ in range(4):
            await ana.get_by_role("button", name="+1 day").click()
            await story.quiet()
        card = message(ana, "REL-1")
        await expect(card).to_contain_text("payments 2026.1")
        await expect(card).to_contain_text("Train: every 2 weeks on Tuesday 14:00 Berlin")
