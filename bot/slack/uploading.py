"""Upload a file in Slack's three steps: ask for a place, put the bytes there, share it. Only the last one shows.

Source: docs.slack.dev, "Working with files" and files.completeUploadExternal.
"""

import asyncio
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.drawing import Call
from bot.slack.trouble import NotShared, Refused

#: Share of the time that the two steps may take before which nothing is shown.
BEFORE = 0.6


async def upload(client: AsyncWebClient, call: Call, seconds: float) -> dict[str, Any]:
    """Share a text as a file with a person or in a channel. Slack's answer to the last step.

    Raises NotShared when it failed before that step: then nothing is shown, and it may be tried again. What the last
    step raises may have been done.
    """
    content = str(call.arguments["content"]).encode()
    try:
        async with asyncio.timeout(seconds * BEFORE):
            channel = await _channel(client, call.channel)
            name = call.arguments["filename"]
            place = await client.files_getUploadURLExternal(filename=name, length=len(content))
            await _put(client, place["upload_url"], content)
    except Exception as problem:
        raise NotShared from problem
    async with asyncio.timeout(seconds * (1 - BEFORE)):
        files = [{"id": place["file_id"], "title": call.arguments["title"]}]
        answer = await client.files_completeUploadExternal(files=files, channel_id=channel)
    return dict(answer.data) if isinstance(answer.data, dict) else {}


async def _channel(client: AsyncWebClient, place: str) -> str:
    """Files go to conversations only: a person's is opened first."""
    if not place.startswith(("U", "W")):
        return place
    opened = await client.conversations_open(users=place)
    return str(opened["channel"]["id"])


async def _put(client: AsyncWebClient, url: str, content: bytes) -> None:
    session = client.session
    if session is None:
        raise RuntimeError("the client needs a session of its own to upload with")
    async with session.post(url, data=content, headers={"Content-Type": "application/octet-stream"}) as answer:
        if answer.status != 200:
            raise Refused(answer.status, (await answer.text())[:200], 1.0)
