"""Find in Slack what may have been posted already: a post carries its outbox row's id, so it need not be made twice."""

from datetime import timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.drawing import METADATA, Call
from storage.outbox_rows import OutboxRow

#: A post of unknown outcome is looked for from so long before it was first tried, by Slack's clock.
LOOK_BEFORE = timedelta(seconds=60)
#: So many pages of a hundred messages are looked through.
MOST_PAGES = 20


async def find_post(client: AsyncWebClient, row: OutboxRow, call: Call) -> dict[str, Any] | None:
    """`{"channel", "ts"}` of the message that carries this row's id, None where Slack has none.

    Raises what Slack or the network raise, and LookupError when too much was said meanwhile.
    """
    channel = call.channel
    if channel.startswith(("U", "W")):
        opened = await client.conversations_open(users=channel)
        channel = opened["channel"]["id"]
    # A thread's reply may stand elsewhere: its card was not there yet, or was deleted since and came again.
    for place in dict.fromkeys((call.arguments.get("thread_ts"), None)):
        if (ts := await _among(client, row, channel, place)) is not None:
            return {"channel": channel, "ts": ts}
    return None


async def _among(client: AsyncWebClient, row: OutboxRow, channel: str, thread: str | None) -> str | None:
    """The ts of the message that carries the row's id, in this thread or else in the channel (with its broadcasts)."""
    window: dict[str, Any] = {
        "channel": channel,
        "oldest": f"{((row.tried_at or row.put_at) - LOOK_BEFORE).timestamp():.6f}",
        "include_all_metadata": True,
        "limit": 100,
    }
    for _ in range(MOST_PAGES):
        if thread:
            answer = await client.conversations_replies(ts=thread, **window)
        else:
            answer = await client.conversations_history(**window)
        for message in answer["messages"]:
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == METADATA and metadata.get("event_payload", {}).get("id") == row.id:
                return str(message["ts"])
        window["cursor"] = (answer.get("response_metadata") or {}).get("next_cursor")
        if not window["cursor"]:
            return None
    raise LookupError("too much was said meanwhile to be looked through")
