"""Send what the outbox holds: in order per channel, cards rendered when sent, never blindly twice.

A row is marked *sending* under a lease before the call and settled after it. A process that dies in between leaves
the row's outcome unknown: a post is then looked for by the outbox id in its metadata before it is posted again. One
that was frozen, and wakes when its row is somebody else's, takes back what it posted too late.
Slack trouble delays or ends a delivery in a named state (trouble.py); it never fails the state change behind it.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock, Wire
from bot.kit.declare import Catalogue
from bot.meters import Meters
from bot.slack import calling
from bot.slack.drawing import EPHEMERAL, HOME, POST, RESPONSE, UPDATE, UPLOAD, Call, draw
from bot.slack.lookup import find_post
from bot.slack.pacing import Pacing
from bot.slack.patience import backoff
from bot.slack.too_late import TooLate
from bot.slack.trouble import Kind, Trouble, judge
from storage.engine import Busy, Store, Unknown
from storage.outbox import NOTHING
from storage.outbox_rows import OutboxRow, Tried
from storage.work import Work

log = structlog.get_logger(__name__)

#: Seconds a call to Slack may take before its outcome counts as unknown.
TIMEOUT = 10.0
#: Seconds a row stays ours; longer than a call with the wait before it.
LEASE = 30.0
#: Seconds a row may wait in hand for its turn.
LONGEST_WAIT = 5.0
#: Seconds before an unknown post is looked for, or an unknown edit repeated: the call may still be under way.
SETTLE = TIMEOUT + 5.0
BATCH = 20
#: Real seconds between two looks at the outbox: of many clicks at once, each is no reason of its own to look.
PAUSE = 0.02
#: Real seconds after which the outbox is looked at in any case.
LOOK = 1.0
#: So often what fails for a reason nobody knows is tried again: its channel waits meanwhile.
MOST_TRIES = 2
#: Seconds that all rows of an installation wait that Slack refuses.
REFUSED_FOR = 30.0

#: The message behind a card is gone, or cannot be changed any more: the card is posted anew.
_LOST = {"message_not_found", "edit_window_closed", "cant_update_message"}


class Delivery:
    """`client` must not retry by itself: a repeated post is a doubled post."""

    def __init__(
        self, store: Store, catalogue: Catalogue, client: AsyncWebClient, clock: Clock, wire: Wire, meters: Meters
    ) -> None:
        self.store = store
        self.catalogue = catalogue
        self.client = client
        self.clock = clock
        self.wire = wire
        self.meters = meters
        self.owner = secrets.token_hex(8)
        self.pacing = Pacing(wire)
        self.last_round_at: float = Wire().monotonic()
        self.ahead: Callable[[], timedelta] = timedelta  # how far Slack's clock is ahead of ours
        self.refusals: dict[int, Trouble] = {}  # by workspace: why Slack lets the bot do nothing there
        self._claimed_at: datetime | None = None
        self._nudged = asyncio.Event()
        self._claiming = asyncio.Lock()
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._late = TooLate(store, client, self.pacing)
        self._loop: asyncio.Task[None] | None = None
        self._closing = False

    def nudge(self, *, edits_of: int | None = None) -> None:
        """There may be something to send; if given, nothing but edits of this workspace's cards.

        Where Slack's limits let none of those be sent now, they are found as soon as one may be.
        """
        if edits_of is None or edits_of not in self.pacing.full(UPDATE):
            self._nudged.set()

    # ---- life -----------------------------------------------------------------------------
    def start(self) -> None:
        self._loop = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        """Finish the calls under way; the rest stays in the outbox."""
        self._closing = True
        self.nudge()
        if self._loop is not None:
            await asyncio.gather(self._loop, return_exceptions=True)
        await asyncio.gather(*self._lanes.values(), self._late.stop(), return_exceptions=True)

    async def _run(self) -> None:
        while not self._closing:
            self._nudged.clear()
            try:
                await self._round()
                self.last_round_at = Wire().monotonic()
            except Exception:
                log.exception("delivery_round_failed")
            await asyncio.sleep(PAUSE)
            try:
                async with asyncio.timeout(min((LOOK, *self.pacing.full(UPDATE).values()))):
                    await self._nudged.wait()
            except TimeoutError:
                continue

    async def quiet(self) -> None:
        """Send until nothing can be sent any more, waiting on the wire where Slack's limits ask for it."""
        while True:
            started = await self._round()
            lanes = list(self._lanes.values())
            if lanes:
                await asyncio.gather(*lanes, return_exceptions=True)
            elif not started:
                wait = await self.store.read(lambda work: work.outbox.next_try_at())
                # In small steps: what waits may be in the hands of another replica, and done sooner.
                seconds = [min(1.0, (wait - self._time()).total_seconds())] if wait is not None else []
                if edits := [*self.pacing.full(UPDATE).values(), *self.pacing.full(UPDATE, for_one=True).values()]:
                    seconds += edits if await self.store.read(lambda work: work.outbox.depth()) else []
                seconds += [1.0] * self._late.is_busy
                if not seconds:
                    return
                # An edit whose time has come may still have to wait for room.
                await self.wire.sleep(min((some for some in seconds if some > 0), default=0.0))

    async def _round(self) -> int:
        async with self._claiming:  # whoever looks for lanes sees all that was claimed
            now = self._time()
            busy = tuple(self._lanes)
            held, held_for_one = self.pacing.full(UPDATE), self.pacing.full(UPDATE, for_one=True)
            room = self.pacing.room()

            def claim(work: Work) -> tuple[list[OutboxRow], list[Tried] | None, datetime]:
                others: list[Tried] | None = None
                work.outbox.heed_clock(self._claimed_at, now)

                def fitting(found: list[OutboxRow]) -> list[OutboxRow]:
                    # In this order: what was sent before them in their lanes is known then.
                    nonlocal others
                    others = self.pacing.others(work, self.owner)
                    return room.fitting(found, others)

                claimed = work.outbox.claim(
                    now, self.owner, now + timedelta(seconds=LEASE), BATCH, busy,
                    no_edits=held, no_edits_for_one=held_for_one, ahead=self.ahead(), fitting=fitting,
                )  # fmt: skip
                return claimed, others, work.now

            rows, others, looked_at = await self.store.write(claim)
            self._claimed_at = now
            if others is not None:
                self.pacing.hear(others, looked_at)
            for row in rows:
                self.pacing.takes(row)
                task = asyncio.ensure_future(self._deliver(row, now + timedelta(seconds=LEASE - SETTLE)))
                self._lanes[row.lane] = task
                task.add_done_callback(partial(self._lane_free, row))
            return len(rows) or len(busy)  # those are not looked at, and may be free by now

    def _lane_free(self, row: OutboxRow, task: asyncio.Task[None]) -> None:
        self._lanes.pop(row.lane, None)
        self.pacing.done(row)
        if not task.cancelled() and (problem := task.exception()) is not None:
            # The row stays *sending*: when its lease runs out, it is looked for before it is sent again.
            log.error("delivery_not_settled", lane=row.lane, exc_info=problem)
        self.nudge()

    def _time(self) -> datetime:
        """Real protocol time as an instant: leases and retries do not move with a story's clock."""
        return self.wire.instant()

    # ---- one row --------------------------------------------------------------------------
    async def _deliver(self, row: OutboxRow, ours_until: datetime) -> None:
        """`ours_until`: a call that begins no later is certainly over when the lease is, and somebody looks for it."""
        try:
            if row.kind == "ephemeral" and row.expires_at is not None and self.clock.now() >= row.expires_at:
                await self._dead(row, "the answer came too late to be shown")
                return
            if row.ambiguous and not await self._repeatable(row):
                return
            call, shows = await self._draw(row)
            if call is None or call.moot or (call.method == UPDATE and call.look == shows and not row.ambiguous):
                await self._settle(row, lambda work: self._nothing_sent(work, row, call))
                return
            if not await self.may_call(row, call):
                return
        except Exception as problem:
            await self._not_drawn(row, problem)
            return
        if self._time() > ours_until:  # this process stood still meanwhile: the row may be somebody else's by now
            await self._settle(row, lambda work: work.outbox.retry(row.id, self.owner, self._time(), "", counts=False))
            return
        answer = await self.attempt(row, call)
        if answer is None:
            return
        if not await self._settle(row, lambda work: self._sent(work, row, call, answer, call.look)):
            await self._one_too_many(row, call, answer)

    async def attempt(self, row: OutboxRow, call: Call) -> dict[str, Any] | None:
        """Make the call. Slack's answer, still to be settled; None where it failed, and that is settled."""
        began = Wire().monotonic()
        try:
            try:
                answer = await calling.make(self.client, call, TIMEOUT)
            finally:
                self.pacing.answered(row.workspace_id, call.method, call.channel)
        except Exception as problem:
            trouble = judge(problem)
            self.meters.errors.labels(call.method, trouble.error).inc()
            await self._failed(row, call, trouble)
            return None
        took = Wire().monotonic() - began
        self.meters.calls.labels(call.method).observe(took)
        log.info("delivered", gesture=row.cause, outbox=row.id, kind=row.kind, method=call.method, ms=round(took * 1e3))
        self.refusals.pop(row.workspace_id, None)
        return answer

    async def _draw(self, row: OutboxRow) -> tuple[Call | None, str | None]:
        """The call, and what its card shows in Slack, as far as that is certain."""

        def look(work: Work) -> tuple[Call | None, str | None]:
            card = work.cards.get(row.card_id) if row.card_id is not None else None
            return draw(row, work, self.catalogue), card.shows if card is not None else None

        return await self.store.read(look, workspace=row.workspace_id)

    async def may_call(self, row: OutboxRow, call: Call) -> bool:
        """Wait for Slack's limits; False when that takes so long that the row is put back."""
        for method in call.methods:
            while (seconds := self.pacing.wait(row.workspace_id, method, call.channel)) > 0:
                if seconds > LONGEST_WAIT:
                    await self._put_back(row, seconds)
                    return False
                await self.wire.sleep(seconds)
        return True

    async def _put_back(self, row: OutboxRow, seconds: float, why: str = "paced") -> None:
        self.meters.retries.inc()
        later = self._time() + timedelta(seconds=seconds)
        await self._settle(row, lambda work: work.outbox.retry(row.id, self.owner, later, why, counts=False))

    # ---- settling -------------------------------------------------------------------------
    async def _settle(self, row: OutboxRow, do: Callable[[Work], bool]) -> bool:
        """Whether the row was still ours to settle."""
        return await self.store.write(do, workspace=row.workspace_id)

    def _sent(self, work: Work, row: OutboxRow, call: Call, answer: Mapping[str, Any], shows: str | None) -> bool:
        """`shows`: the look of what Slack holds now, None where that is not certain."""
        if not work.outbox.sent(row.id, self.owner, str(answer.get("ts") or "ok")):
            return False
        if row.card_id is not None and call.method == POST:
            work.cards.posted(row.card_id, answer["channel"], answer["ts"])
        if row.card_id is not None:
            work.cards.now_shows(row.card_id, shows)
            if call.final:
                work.cards.gone(row.card_id)
        return True

    def _nothing_sent(self, work: Work, row: OutboxRow, call: Call | None) -> bool:
        ours = work.outbox.sent(row.id, self.owner, NOTHING)
        if ours and row.card_id is not None and call is not None and call.moot and call.final:
            work.cards.gone(row.card_id)
        return ours

    async def _one_too_many(self, row: OutboxRow, call: Call, answer: Mapping[str, Any]) -> None:
        """The row was taken over while we stood still, and our call came after all: let Slack show the newer one."""
        log.warning("lease_lost", outbox=row.id, kind=row.kind, method=call.method)
        if call.method == UPDATE and row.card_id is not None:
            await self._settle(row, lambda work: self._draw_again(work, row))
        if call.method == POST:
            self._late.take_back(row, answer)

    def _draw_again(self, work: Work, row: OutboxRow) -> bool:
        work.cards.now_shows(row.card_id or 0, None)
        work.outbox.put("card", row.lane, card_id=row.card_id, release_id=row.release_id)
        return True

    def _lost(self, work: Work, row: OutboxRow) -> bool:
        """The message behind a card was deleted: forget it, so that the next try posts a new one."""
        if row.card_id is not None:
            work.cards.lost(row.card_id)
        return work.outbox.retry(row.id, self.owner, self._time(), "message_not_found")

    async def _dead(self, row: OutboxRow, error: str) -> None:
        await self._settle(row, lambda work: work.outbox.dead(row.id, error, self.owner))

    async def _not_drawn(self, row: OutboxRow, problem: Exception) -> None:
        """A defect of ours: a few tries. A database that is away says nothing about the row: until it is back."""
        log.error("not_drawn", outbox=row.id, kind=row.kind, exc_info=problem)
        error = type(problem).__name__
        if row.attempts >= MOST_TRIES and not isinstance(problem, Busy | Unknown):
            await self._dead(row, error)
        elif row.ambiguous:  # it still is: nobody has looked for it, or could store what was found
            look_at = self._time() + timedelta(seconds=backoff(row.attempts))
            await self._settle(row, lambda work: work.outbox.unsure(row.id, self.owner, look_at, row.error or error))
        else:
            await self._try_again(row, error)

    async def _try_again(self, row: OutboxRow, error: str, *, no_sooner: float = 0.0) -> None:
        self.meters.retries.inc()
        log.info("delivery_retry", gesture=row.cause, outbox=row.id, kind=row.kind, error=error)
        later = self._time() + timedelta(seconds=max(no_sooner, backoff(row.attempts)))
        await self._settle(row, lambda work: work.outbox.retry(row.id, self.owner, later, error))

    async def _failed(self, row: OutboxRow, call: Call, trouble: Trouble) -> None:
        if call.method == UPDATE and trouble.error in _LOST:
            await self._settle(row, lambda work: self._lost(work, row))
            return
        match trouble.kind:
            case Kind.LIMITED:
                self.pacing.stop(row.workspace_id, call.method, trouble.seconds)
                await self._put_back(row, trouble.seconds, trouble.error)
            case Kind.REFUSED:
                if row.workspace_id not in self.refusals:
                    log.error("slack_refuses_the_bot", error=trouble.error, todo=trouble.todo)
                self.refusals[row.workspace_id] = trouble
                self.pacing.stop(row.workspace_id, call.method, REFUSED_FOR)
                await self._put_back(row, REFUSED_FOR, trouble.error)
            case Kind.UNKNOWN if call.method == POST:
                await self._unsure(row, trouble)
            case Kind.UNKNOWN if call.method == UPLOAD:
                await self._ambiguous(row, trouble.error)
            case Kind.UNKNOWN | Kind.AWAY if not (_for_one(call) and row.attempts >= MOST_TRIES):
                if row.card_id is not None:  # it may show this already
                    await self._settle(row, lambda work: work.cards.now_shows(row.card_id or 0, None))
                # One that got no answer may still be on its way, and would undo what is shown after it.
                under_way = trouble.kind is Kind.UNKNOWN and not trouble.is_over and not _for_one(call)
                await self._try_again(row, trouble.error, no_sooner=SETTLE if under_way else 0.0)
            case Kind.ODD if row.attempts < MOST_TRIES:
                await self._try_again(row, trouble.error)
            case _:
                log.warning("undeliverable", gesture=row.cause, outbox=row.id, kind=row.kind, error=trouble.error,
                            todo=trouble.todo)  # fmt: skip
                await self._dead(row, f"{trouble.error}: {trouble.todo}" if trouble.todo else trouble.error)

    async def _unsure(self, row: OutboxRow, trouble: Trouble) -> None:
        """Leave it *sending* until it can be looked for: at once where Slack answered, else when the call is over."""
        self.meters.retries.inc()
        wait = backoff(row.attempts) if trouble.done_unlikely else max(SETTLE, backoff(row.attempts))
        look_at = self._time() + timedelta(seconds=wait)
        await self._settle(row, lambda work: work.outbox.unsure(row.id, self.owner, look_at, trouble.error))

    # ---- what may have been sent already ---------------------------------------------------
    async def _repeatable(self, row: OutboxRow) -> bool:
        """Whether a delivery of unknown outcome may be made again: harmless ones yes, posts after a look for them."""
        call, _ = await self._draw(row)
        if call is None or call.method in (UPDATE, HOME) or _for_one(call):
            return True
        if call.method == UPLOAD:  # it carries nothing that it could be found by
            return await self._ambiguous(row, row.error or "no_answer")
        try:
            found = await find_post(self.client, row, call, self.pacing)
        except Exception as problem:
            return await self._not_looked_for(row, judge(problem))
        if found is None:
            return True
        await self._settle(row, lambda work: self._found(work, row, call, found))
        return False

    def _found(self, work: Work, row: OutboxRow, call: Call, found: Mapping[str, Any]) -> bool:
        """It was drawn when it was tried: what happened since then is not on it, whatever would be drawn now."""
        ours = self._sent(work, row, replace(call, final=False), found, None)
        if ours and call.moot:
            work.outbox.put("card", row.lane, card_id=row.card_id, release_id=row.release_id)
        return ours

    async def _not_looked_for(self, row: OutboxRow, trouble: Trouble) -> bool:
        if trouble.may_pass:  # look again later
            wait = max(1.0, trouble.seconds) if trouble.kind is Kind.LIMITED else backoff(row.attempts)
            look_at, error = self._time() + timedelta(seconds=wait), row.error or trouble.error
            await self._settle(row, lambda work: work.outbox.unsure(row.id, self.owner, look_at, error))
            return False
        if row.kind == "card" or row.error == "http_503":  # harmless, or Slack was not there
            return True
        return await self._ambiguous(row, trouble.error)

    async def _ambiguous(self, row: OutboxRow, error: str) -> bool:
        """Leave it to people to look whether it arrived. False: it is not repeated."""
        log.warning("ambiguous_post", gesture=row.cause, outbox=row.id, kind=row.kind, error=error)
        await self._settle(row, lambda work: work.outbox.ambiguous(row.id, self.owner, error))
        return False


def _for_one(call: Call) -> bool:
    """Shown to one person for a while: better twice than a click without an answer."""
    return call.method in (RESPONSE, EPHEMERAL)
