"""Make one call to Slack, in whatever form Slack wants it: a method, a file's upload, or a response_url."""

import asyncio
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.drawing import RESPONSE, UPLOAD, Call
from bot.slack.trouble import Refused, refusal, retry_after
from bot.slack.uploading import upload


async def make(client: AsyncWebClient, call: Call, seconds: float) -> dict[str, Any]:
    """What Slack answers. Raises TimeoutError after so many seconds, and whatever trouble.judge knows."""
    if call.method == RESPONSE:
        return await _respond(client, call, seconds)
    if call.method == UPLOAD:
        return await upload(client, call, seconds)
    async with asyncio.timeout(seconds):
        answer = await client.api_call(call.method, json=call.arguments)
    return dict(answer.data) if isinstance(answer.data, dict) else {}


async def _respond(client: AsyncWebClient, call: Call, seconds: float) -> dict[str, Any]:
    session, url, body = client.session, call.arguments["url"], call.arguments["body"]
    assert session is not None  # ours: link.py
    async with asyncio.timeout(seconds), session.post(url, json=body, proxy=client.proxy) as answer:
        said = (await answer.text()).strip()
        if answer.status != 200 or refusal(said):
            raise Refused(answer.status, refusal(said) or said, retry_after(answer.headers))
        return {}
