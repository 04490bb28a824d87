"""A channel one is not in: it can be read, left again, and joined, by the page and by the app's own rules."""

from typing import Any

from playwright.async_api import expect

from tests.sandbox.browsing import composer, message, say, visit
from tests.sandbox.sample import sandbox


async def test_looking_into_a_channel_from_outside_and_going_on(browser: Any) -> None:
    async with sandbox() as slack, visit(browser, slack, "bo") as page:
        say(slack, "#checkout", "Basket is red", by="tom")
        rooms = page.get_by_role("navigation")
        await rooms.get_by_role("button", name="checkout").click()
        await expect(message(page, "Basket is red")).to_be_visible()
        await expect(composer(page, "#checkout")).to_have_count(0)
        await page.reload()
        await expect(message(page, "Basket is red")).to_be_visible()
        await rooms.get_by_role("button", name="payments").click()
        await expect(composer(page)).to_be_focused()


async def test_joining_a_public_channel_opens_its_composer(browser: Any) -> None:
    async with (
        sandbox() as slack,
        visit(browser, slack, "bo", "#checkout") as page,
        visit(browser, slack, "tom") as toms,
    ):
        await page.get_by_role("button", name="Join channel").click()
        await expect(composer(page, "#checkout")).to_be_focused()
        await expect(message(page, "has joined the channel")).to_contain_text("@Bo")
        await page.keyboard.type("Hello checkout")
        await page.keyboard.press("Enter")
        await toms.get_by_role("navigation").get_by_role("button", name="checkout").click()
        await expect(message(toms, "Hello checkout")).to_be_visible()
        assert slack.person("bo").id in slack.room("#checkout").channel.members


async def test_who_is_removed_sees_that_and_can_go_on(browser: Any) -> None:
    async with sandbox() as slack, visit(browser, slack, "bo") as page:
        await slack.person("ana").types("/remove @Bo")
        await expect(page.get_by_role("button", name="Join channel")).to_be_visible()
        await page.get_by_role("navigation").get_by_role("button", name="general").click()
        await expect(composer(page, "#general")).to_be_focused()


async def test_only_full_members_join_and_only_what_is_public_and_alive() -> None:
    async with sandbox() as slack:
        bo, gus, fay, clara = (slack.person(name) for name in ("bo", "gus", "fay", "clara"))
        assert (await bo.joins("#checkout")).ok and (await bo.joins("#checkout")).ok
        assert slack.room("#checkout").channel.members.count(bo.id) == 1
        assert (await gus.joins("#payments")).error == "There is no such conversation."
        assert (await fay.joins("#checkout")).error == "There is no such conversation."
        assert (await clara.joins("#secret-launch")).error == "There is no such conversation."
        await bo.types("/archive", in_="#checkout")
        assert (await clara.joins("#checkout")).error == "This channel is archived."
