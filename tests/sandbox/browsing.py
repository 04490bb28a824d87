"""Look at the sandbox's page as one of its people, in a real browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from playwright.async_api import Browser, Page, expect

from bot.sandbox.server import Sandbox

Json = dict[str, Any]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@asynccontextmanager
async def visit(
    browser: Browser, slack: Sandbox, name: str, room: str | None = "#payments", **look: Any
) -> AsyncIterator[Page]:
    """A tab of that person with `room` open ("#channel", or None for the first screen).

    `look` goes to the browser context (viewport, color_scheme …). AssertionError at the end if the page
    reported an error or asked another host for anything.
    """
    context = await browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **look})
    page = await context.new_page()
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    page.on("request", lambda sent: None if sent.url.startswith((slack.url, "data:")) else trouble.append(sent.url))
    place = {"as": slack.person(name).id}
    if room is not None:
        place["in"] = slack.room(room).channel.id
    try:
        await page.goto(f"{slack.url}/#{urlencode(place)}")
        await expect(page.get_by_role("button", name="Acting as")).to_be_visible()
        yield page
        assert trouble == [], trouble
    finally:
        await context.close()


def say(slack: Sandbox, room: str, text: str, *, by: str | None = None, **more: Any) -> Json:
    """Put a message into a channel past all checks, by somebody or by the app; the message with its ts."""
    workspace = slack.workspace
    author: Json = {"user": slack.person(by).id} if by else {"user": workspace.bot_user_id, "bot_id": workspace.bot_id}
    return workspace.post(workspace.channel_called(room), {**author, "text": text, **more})


def message(page: Page, words: str) -> Any:
    """The row of the message that contains these words."""
    return page.get_by_role("listitem").filter(has_text=words).last


def composer(page: Page, room: str = "#payments") -> Any:
    return page.get_by_role("textbox", name=f"Message {room}")
