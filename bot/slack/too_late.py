"""Take back what was posted too late: by a sender that stood still, and lost its row to another meanwhile."""

import asyncio
from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.pacing import Pacing
from bot.slack.patience import passes
from bot.slack.trouble import judge
from storage.engine import Store
from storage.outbox_rows import OutboxRow

DELETE = "chat.delete"
#: Seconds between two looks at what became of the row, and after trouble.
PAUSE, PAUSE_AFTER_TROUBLE = 1.0, 5.0


class TooLate:
    """The posts that are being taken back; each until it is settled who keeps it."""

    def __init__(self, store: Store, client: AsyncWebClient, pacing: Pacing) -> None:
        self._store = store
        self._client = client
        self._pacing = pacing
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    @property
    def is_busy(self) -> bool:
        return bool(self._tasks)

    def take_back(self, row: OutboxRow, answer: Mapping[str, Any]) -> None:
        """`answer`: what Slack said to the post."""
        task = asyncio.ensure_future(self._take_back(row, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Finish what is under way."""
        self._closing = True
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take_back(self, row: OutboxRow, answer: Mapping[str, Any]) -> None:
        """Delete it, unless whoever took the row over found it, and kept it."""
        while not self._closing:
            try:
                now = await self._store.read(lambda work: work.outbox.get(row.id))
                if now is None or now.settled_at is not None:
                    if now is not None and (now.state != "sent" or now.answer == answer["ts"]):
                        return
                    if not self._pacing.wait(row.workspace_id, DELETE, answer["channel"]):
                        await self._client.chat_delete(channel=answer["channel"], ts=answer["ts"])
                        return
            except Exception as problem:
                if not passes(problem):  # such as message_not_found: somebody was quicker
                    return
                self._pacing.stop(row.workspace_id, DELETE, max(judge(problem).seconds, PAUSE_AFTER_TROUBLE))
            await self._pacing.wire.sleep(PAUSE)
