"""Answer clicks from memory: what a click is answered privately goes out after COMMIT, as soon as no ack waits.

The row is born *sending*, under this process's lease, in the transaction of the click, and is settled together with
others. If the process dies in between, the lease runs out, and whoever finds the row sends it: twice at worst, which
is better than a click without an answer. What Slack refuses goes the way of every other delivery.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import structlog

from bot.slack.delivery import TIMEOUT, Delivery
from bot.slack.drawing import draw_answer
from storage.outbox_rows import Hold, OutboxRow
from storage.work import Work

log = structlog.get_logger(__name__)

#: Seconds that an answer is ours; longer than the call with its settling, after a wait for acks and for a limit.
LEASE = TIMEOUT + 10.0
#: Real seconds in which answers are gathered to be settled in one transaction, unless somebody waits for that.
TOGETHER = 0.2
#: Seconds of the lease that settling may take.
SETTLED_IN = 1.0
#: Real seconds before settling is tried again.
AGAIN = 1.0


class Answers:
    """Give `hold` to who stores the answer, and the row it becomes to `send` once that is committed."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._under_way: set[asyncio.Task[None]] = set()
        self._sent: list[int] = []
        self._settling: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self._closing = False
        self.acks_first: Callable[[], Awaitable[None]] | None = None  # what is urgent goes before answers

    def hold(self) -> Hold | None:
        """What makes a row ours from its birth; None when it is better queued."""
        if self._closing:
            return None
        return Hold(self._delivery.owner, self._delivery.wire.instant() + timedelta(seconds=LEASE))

    def send(self, row: OutboxRow, hold: Hold) -> None:
        """Begin to send it."""
        task = asyncio.ensure_future(self._send(row, hold))
        self._under_way.add(task)
        task.add_done_callback(self._done)

    async def quiet(self) -> None:
        """Wait until all that was begun is sent and settled, or has gone the other way."""
        self._hurry.set()
        while self._under_way or self._settling is not None:
            await asyncio.gather(*self._under_way, *filter(None, [self._settling]), return_exceptions=True)
        self._hurry.clear()

    async def stop(self) -> None:
        """Finish what is under way."""
        self._closing = True
        await self.quiet()

    async def _send(self, row: OutboxRow, hold: Hold) -> None:
        if self.acks_first is not None:
            await self.acks_first()
        call = draw_answer(row)
        if not await self._delivery.may_call(row, call):
            return
        # It waited for long, or this process stood still: a call that outlasts the lease would be made by others too.
        if self._delivery.wire.instant() > hold.until - timedelta(seconds=TIMEOUT + SETTLED_IN):
            return
        if await self._delivery.attempt(row, call) is None:
            return
        self._sent.append(row.id)
        if self._settling is None:
            self._settling = asyncio.ensure_future(self._settle())

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("answer_not_settled", exc_info=problem)

    async def _settle(self) -> None:
        """Settle what was sent, some at a time. Raises nothing: what is not settled is sent again."""
        try:
            while self._sent:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._hurry.wait(), TOGETHER)
                ids, self._sent = self._sent, []
                try:
                    await self._delivery.store.write(_all_sent(ids, self._delivery.owner))
                except Exception:
                    log.exception("answers_not_settled", count=len(ids))
                    if self._closing:
                        return
                    self._sent = ids + self._sent
                    await asyncio.sleep(AGAIN)
        finally:
            self._settling = None


def _all_sent(ids: list[int], owner: str) -> Callable[[Work], None]:
    return lambda work: work.outbox.all_sent(ids, owner)
