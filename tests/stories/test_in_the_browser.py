"""The release day in the sandbox's page, as four people, one on a phone. `make screenshots` keeps what is seen."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from bot.app import load_catalogue
from bot.trial import HINT
from tests.sandbox.browsing import PHONE, composer, message, visit
from tests.story import Story

Picture = Callable[[Page, str], Awaitable[None]]


async def settled(story: Story, page: Page, words: str) -> Any:
    """The message with these words, once the bot is at rest and the page shows it."""
    await story.quiet()
    found = message(page, words)
    await expect(found).to_be_visible()
    return found


async def opens_home(page: Page, story: Story, name: str) -> Any:
    """The app's Home tab of that person, published anew."""
    person = story.box.person(name)
    await page.goto(f"{story.box.url}/#as={person.id}&in={story.box.dm(name).channel.id}&tab=home")
    await page.reload()
    await story.quiet()
    return page.get_by_role("region", name="T-Minus Home")


@pytest.mark.parametrize("name", ["ana", "bo"])
async def test_every_command_in_the_newcomers_hint_works_as_typed(story: Story, name: str) -> None:
    """Ana is who one is at first, Bo who the hint makes of one; both stand in #payments."""
    person = story.box.person(name)
    plan, bare = re.findall(r"`(/[^`]+)`", "\n".join(tip.text for tip in HINT))
    assert "checkout 1.4.0 is planned" in (await person.types(plan)).text
    assert "checkout 1.4.0" in (await person.types(bare)).text


def test_what_follows_the_hint_is_there_to_be_pressed_or_typed() -> None:
    catalogue = load_catalogue()
    labels = {verb.button_label for verb in catalogue.commands}
    typed = {f"{catalogue.command} {word}" for word in catalogue.words}
    assert [does for tip in HINT for does in tip.followed_by if does not in labels | typed] == []
    assert all(tip.followed_by for tip in HINT), "else it would never go by itself"


async def test_the_release_day_in_the_browser(story: Story, browser: Browser, picture: Picture) -> None:
    async with (
        visit(browser, story.box, "ana") as ana,
        visit(browser, story.box, "clara") as clara,
        visit(browser, story.box, "bo") as bo,
        visit(browser, story.box, "tom", **PHONE) as tom,
    ):
        # Ana plans it in a dialog.
        await composer(ana).fill("/release new")
        await composer(ana).press("Enter")
        dialog = ana.get_by_role("dialog", name="New release")
        await dialog.get_by_label("Service").fill("payments")
        await dialog.get_by_label("Version").fill("2.14.0")
        await dialog.get_by_label("When", exact=True).fill("in 3h")
        await dialog.get_by_label("What's in it?").fill("Faster refunds, new fraud rules")
        await dialog.get_by_label("How would you roll it back?").fill("Redeploy 2.13.4 (6 min)")
        await picture(ana, "new")
        await dialog.get_by_role("button", name="Plan it").click()
        done = ana.get_by_role("dialog", name="New release")
        await expect(done).to_contain_text("payments 2.14.0 is planned for Tue 1 Dec 12:00 Berlin")
        await done.get_by_role("button", name="Close").first.click()
        card = await settled(story, ana, "REL-1")
        await picture(ana, "channel")

        # Clara says no-go and why; the go of Tom and Bo does not outweigh it; then Clara changes her mind.
        await message(clara, "REL-1").get_by_role("button", name="No-go").click()
        reason = clara.get_by_role("dialog", name="No-go")
        await reason.get_by_label("Why is it a no-go?").fill("secret scan still red")
        await reason.get_by_role("button", name="Say no-go").click()
        await expect(reason).to_be_hidden()
        await story.quiet()
        await expect(card).to_contain_text("no-go from Clara")
        await picture(tom, "phone")
        await message(tom, "REL-1").get_by_role("button", name="Go", exact=True).click()
        await message(bo, "REL-1").get_by_role("button", name="Go", exact=True).click()
        await story.quiet()
        await expect(card).to_contain_text("secret scan still red")
        await message(clara, "REL-1").get_by_role("button", name="Go", exact=True).click()
        await settled(story, ana, "payments 2.14.0: go. Deploy starts")
        await expect(card).to_contain_text("✅ Go — decided")

        # Time passes; Ana deploys.
        await ana.get_by_role("button", name="+1 h").click()
        await ana.get_by_role("button", name="+1 h").click()
        await message(ana, "REL-1").get_by_role("button", name="Start deploy").click()
        await ana.get_by_role("alertdialog").get_by_role("button", name="Start deploy").click()
        await story.quiet()
        await expect(card).to_contain_text("🚀 Deploying since")
        await message(ana, "REL-1").get_by_role("button", name="Done").click()
        await settled(story, ana, "is live since")
        await picture(ana, "live")
        await card.get_by_text("replies").click()
        thread = ana.get_by_role("complementary", name="Thread")
        await expect(thread).to_contain_text("said no-go")
        await picture(ana, "thread")

        # The next working day: one line, one tap, and the answers become one card.
        await ana.get_by_role("button", name="+1 day").click()
        await story.quiet()
        await expect(thread).to_contain_text("how did payments 2.14.0 go?")
        await thread.get_by_role("button", name="Answer").click()
        answer = ana.get_by_role("dialog", name="Retrospective")
        await answer.get_by_label("What went well?").fill("Refunds were faster within minutes")
        await answer.get_by_label("What did not?").fill("The secret scan was red for two hours")
        await answer.get_by_label("Action items").fill("Run the scan before the poll")
        await picture(ana, "retrospective")
        await answer.get_by_role("button", name="Answer").click()
        await expect(answer).to_be_hidden()
        await story.quiet()
        await expect(thread).to_contain_text("Ana: Refunds were faster within minutes")
        await expect(thread).to_contain_text("Run the scan before the poll — Ana")
        assert (await story.release("payments 2.14.0")).state == "closed"

        # Ana's Home tab: a release of tomorrow that waits for Tom stands in his.
        await composer(ana).fill("/release new checkout 1.4.0 tomorrow 14:00")
        await composer(ana).press("Enter")
        await settled(story, ana, "REL-2")
        home = await opens_home(tom, story, "tom")
        await expect(home).to_contain_text("Waiting on me (1)")
        await picture(tom, "home-phone")
        await home.get_by_role("button", name="Go", exact=True).click()
        await story.quiet()
        await expect(home).to_contain_text("Waiting on me (0)")
