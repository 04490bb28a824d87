"""Tell whoever pressed a button that it failed, and what to do: past the database, which may be why."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.kit import pages, render
from bot.kit.blocks import Message
from storage.engine import Busy, Unknown

log = structlog.get_logger(__name__)

#: Seconds that telling it may take; Slack has shown an error of its own already.
TIMEOUT = 10.0


def said(error: Exception, reference: str, command: str) -> Message:
    """Whether anything is stored, as far as that is known, and what to do now."""
    if isinstance(error, Busy):
        return pages.busy(reference)
    return pages.uncertain(reference, command) if isinstance(error, Unknown) else pages.failed(reference)


async def tell(client: AsyncWebClient, body: Mapping[str, Any], message: Message) -> None:
    """For the person alone, where they pressed it. Never raises: Slack's own error is what they see otherwise."""
    shown = render.message(message, render.Voice(lambda user: user))
    answer = {**shown, "response_type": "ephemeral", "replace_original": False}
    pressed = body.get("message") or {}
    if (thread := pressed.get("thread_ts")) and thread != pressed.get("ts"):
        answer["thread_ts"] = thread
    session = client.session
    assert session is not None  # ours: link.py
    try:
        async with asyncio.timeout(TIMEOUT), session.post(body["response_url"], json=answer, proxy=client.proxy) as got:
            if got.status != 200:
                log.warning("failure_not_told", status=got.status)
    except Exception as problem:
        log.warning("failure_not_told", error=type(problem).__name__)
