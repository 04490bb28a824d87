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
    tried = row.tried_at or row.put_at
    window: dict[str, Any] = {
        "channel": channel,
        "oldest": f"{(tried - LOOK_BEFORE).timestamp():.6f}",
        "include_all_metadata": True,
        "limit": 100,
    }
    thread = call.arguments.get("thread_ts")
    for _ in range(MOST_PAGES):
        if thread:
            answer = await client.conversations_replies(ts=thread, **window)
        else:
            answer = await client.conversations_history(**window)
        for message in answer["messages"]:
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == METADATA and metadata.get("event_payload", {}).get("id") == row.id:
                return {"channel": channel, "ts": message["ts"]}
        window["cursor"] = (answer.get("response_metadata") or {}).get("next_cursor")
        if not window["cursor"]:
            return None
    raise LookupError("too much was said meanwhile to be looked through")
