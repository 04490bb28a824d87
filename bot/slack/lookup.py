"""Find in Slack what may have been posted already: a post carries its outbox row's id, so it need not be made twice."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.drawing import METADATA, Call
from bot.slack.pacing import Pacing
from bot.slack.trouble import Kind, TooSoon, judge
from storage.outbox_rows import OutboxRow

#: A post of unknown outcome is looked for from so long before it was first tried, by Slack's clock.
LOOK_BEFORE = timedelta(seconds=60)
#: So many pages of a hundred messages are looked through.
MOST_PAGES = 20


async def find_post(client: AsyncWebClient, row: OutboxRow, call: Call, pacing: Pacing) -> dict[str, Any] | None:
    """`{"channel", "ts"}` of the message that carries this row's id, None where Slack has none.

    Raises TooSoon where Slack's limits leave no room for the look, LookupError when too much was said meanwhile, and
    what Slack or the network raise.
    """

    async def ask(method: Callable[..., Awaitable[Any]], **arguments: Any) -> Any:
        name = method.__name__.replace("_", ".")
        if (seconds := pacing.wait(row.workspace_id, name, "")) > 0:
            raise TooSoon(seconds)
        try:
            return await method(**arguments)
        except Exception as problem:
            if (trouble := judge(problem)).kind is Kind.LIMITED:  # also for the looks for others
                pacing.stop(row.workspace_id, name, max(1.0, trouble.seconds))
            raise

    channel = call.channel
    if channel.startswith(("U", "W")):
        opened = await ask(client.conversations_open, users=channel)
        channel = opened["channel"]["id"]
    # A thread's reply may stand elsewhere: its card was not there yet, or was deleted since and came again.
    for thread in dict.fromkeys((call.arguments.get("thread_ts"), None)):
        read = partial(ask, client.conversations_history)  # with the broadcasts of its threads
        if thread:
            read = partial(ask, client.conversations_replies, ts=thread)
        if (ts := await _among(read, row, channel)) is not None:
            return {"channel": channel, "ts": ts}
    return None


async def _among(read: Callable[..., Awaitable[Any]], row: OutboxRow, channel: str) -> str | None:
    """The ts of the message that carries the row's id, among what `read` gives of this channel."""
    window: dict[str, Any] = {
        "channel": channel,
        "oldest": f"{((row.tried_at or row.put_at) - LOOK_BEFORE).timestamp():.6f}",
        "include_all_metadata": True,
        "limit": 100,
    }
    for _ in range(MOST_PAGES):
        answer = await read(**window)
        for message in answer["messages"]:
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == METADATA and metadata.get("event_payload", {}).get("id") == row.id:
                return str(message["ts"])
        window["cursor"] = (answer.get("response_metadata") or {}).get("next_cursor")
        if not window["cursor"]:
            return None
    raise LookupError("too much was said meanwhile to be looked through")
