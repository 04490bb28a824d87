"""Send what the outbox holds: in order per channel, cards rendered when sent, never blindly twice.

A row is marked *sending* under a lease before the call and settled after it. A process that dies in between leaves
the row's outcome unknown: a post is then looked for by the outbox id in its metadata before it is posted again.
Slack trouble delays or ends a delivery in a named state; it never fails the state change behind it.
"""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.clock import Clock, Wire
from bot.kit.declare import Catalogue
from bot.slack.drawing import EPHEMERAL, HOME, METADATA, POST, RESPONSE, UPDATE, Call, draw
from bot.slack.pacing import Pacing
from storage.engine import Store
from storage.outbox import OutboxRow
from storage.work import Work

log = structlog.get_logger()

#: Seconds a call to Slack may take before its outcome counts as unknown.
TIMEOUT = 10.0
#: Seconds a row stays ours; longer than a call with the wait before it.
LEASE = 30.0
#: Seconds a row may wait in hand for its turn.
LONGEST_WAIT = 5.0
#: Seconds before an unknown post is looked for: the call may still be under way.
SETTLE = TIMEOUT + 5.0
LOOK_BACK = 60.0
BATCH = 20
MOST_REMEMBERED = 10_000
BACKOFF = (1.0, 5.0, 30.0, 120.0, 600.0)

#: Errors that no repetition mends, with what an admin can do.
FINAL = {
    "channel_not_found": "the channel is gone, or the bot was never invited",
    "not_in_channel": "invite the bot to the channel",
    "is_archived": "unarchive the channel",
    "account_inactive": "the bot's token belongs to a deactivated account: install again",
    "token_revoked": "install the app again",
    "invalid_auth": "check SLACK_BOT_TOKEN",
    "not_authed": "check SLACK_BOT_TOKEN",
    "missing_scope": "run tminus doctor",
    "user_not_in_channel": "the person left the channel",
    "user_not_found": "the person is gone",
    "user_disabled": "the person was deactivated",
    "cannot_dm_bot": "bots get no direct messages",
    "restricted_action": "the workspace does not let the bot post there",
    "invalid_blocks": "a defect: please report it",
    "msg_too_long": "a defect: please report it",
    "msg_blocks_too_long": "a defect: please report it",
    "used_url": "the answer came too late to be shown",
    "expired_url": "the answer came too late to be shown",
    "cant_update_message": "the message belongs to somebody else",
    "edit_window_closed": "the workspace does not let messages be edited any more",
}


class Delivery:
    """`client` must not retry by itself: a repeated post is a doubled post."""

    def __init__(self, store: Store, catalogue: Catalogue, client: AsyncWebClient, clock: Clock, wire: Wire) -> None:
        self.store = store
        self.catalogue = catalogue
        self.client = client
        self.clock = clock
        self.wire = wire
        self.owner = secrets.token_hex(8)
        self.pacing = Pacing(wire)
        self.last_round_at: float = Wire().monotonic()
        self._drawn: dict[int, int] = {}  # what each card last showed, so that equal drawings are not sent again
        self._nudged = asyncio.Event()
        self._claiming = asyncio.Lock()
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._loop: asyncio.Task[None] | None = None
        self._closing = False

    def nudge(self) -> None:
        """There may be something to send."""
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
        await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    async def _run(self) -> None:
        while not self._closing:
            self._nudged.clear()
            try:
                await self._round()
            except Exception:
                log.exception("delivery_round_failed")
            self.last_round_at = Wire().monotonic()
            try:
                async with asyncio.timeout(1.0):
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
                if wait is None:
                    return
                # In small steps: what waits may be in the hands of another replica, and done sooner.
                await self.wire.sleep(min(1.0, max(0.0, (wait - self._time()).total_seconds())))

    async def _round(self) -> int:
        async with self._claiming:  # whoever looks for lanes sees all that was claimed
            now = self._time()
            busy = tuple(self._lanes)
            rows = await self.store.write(
                lambda work: work.outbox.claim(now, self.owner, now + timedelta(seconds=LEASE), BATCH, busy)
            )
            for row in rows:
                task = asyncio.ensure_future(self._deliver(row))
                self._lanes[row.lane] = task
                task.add_done_callback(partial(self._lane_free, row.lane))
            return len(rows)

    def _lane_free(self, lane: str, task: asyncio.Task[None]) -> None:
        self._lanes.pop(lane, None)
        if not task.cancelled() and (problem := task.exception()) is not None:
            # The row stays *sending*: when its lease runs out, it is looked for before it is sent again.
            log.error("delivery_not_settled", lane=lane, exc_info=problem)
        self.nudge()

    def _time(self) -> datetime:
        """Real protocol time as an instant: leases and retries do not move with a story's clock."""
        return self.wire.instant()

    # ---- one row --------------------------------------------------------------------------
    async def _deliver(self, row: OutboxRow) -> None:
        try:
            if row.kind in ("ephemeral",) and row.expires_at is not None and self.clock.now() >= row.expires_at:
                await self._settle(lambda work: work.outbox.dead(row.id, "the answer came too late to be shown"))
                return
            if row.ambiguous and not await self._repeatable(row):
                return
            call = await self.store.read(lambda work: draw(row, work, self.catalogue), workspace=row.workspace_id)
            same = call is not None and call.method == UPDATE and self._drawn.get(row.card_id or 0) == call.look
            if call is None or (same and not row.ambiguous):
                await self._settle(lambda work: work.outbox.sent(row.id, self.owner, "nothing to show"))
                return
            if not await self._pace(row, call):
                return
        except Exception as problem:
            await self._failed(row, "", problem)
            return
        try:
            answer = await self._send(call)
        except Exception as problem:
            if call.method == UPDATE and _error(problem) in ("message_not_found", "is_inactive"):
                await self._settle(lambda work: self._lost(work, row))
            else:
                await self._failed(row, call.method, problem)
            return
        await self._settle(lambda work: self._sent(work, row, call, answer))
        if row.card_id is not None:
            self._remember(row.card_id, call.look)

    def _remember(self, card: int, drawn: int) -> None:
        if len(self._drawn) > MOST_REMEMBERED:
            self._drawn.clear()
        self._drawn[card] = drawn

    async def _pace(self, row: OutboxRow, call: Call) -> bool:
        """Wait for Slack's limits; False when that takes so long that the row is put back."""
        while (seconds := self.pacing.wait(row.workspace_id, call.method, call.channel)) > 0:
            if seconds > LONGEST_WAIT:
                await self._put_back(row, seconds)
                return False
            await self.wire.sleep(seconds)
        return True

    async def _put_back(self, row: OutboxRow, seconds: float) -> None:
        later = self._time() + timedelta(seconds=seconds)
        await self._settle(lambda work: work.outbox.retry(row.id, self.owner, later, "paced", counts=False))

    async def _send(self, call: Call) -> dict[str, Any]:
        if call.method == RESPONSE:
            return await self._respond(call)
        async with asyncio.timeout(TIMEOUT):
            answer = await self.client.api_call(call.method, json=call.arguments)
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    async def _respond(self, call: Call) -> dict[str, Any]:
        webhook = AsyncWebhookClient(call.arguments["url"], session=self.client.session, retry_handlers=[])
        async with asyncio.timeout(TIMEOUT):
            answer = await webhook.send_dict(call.arguments["body"])
        if answer.status_code == 429:
            raise _Limited(float(answer.headers.get("Retry-After", 1)))
        if answer.status_code >= 500:
            raise _Refused(f"http_{answer.status_code}", final=False)
        if answer.status_code != 200:
            raise _Refused(answer.body.strip() or f"http_{answer.status_code}", final=True)
        return {}

    # ---- settling -------------------------------------------------------------------------
    async def _settle(self, do: Any) -> None:
        await self.store.write(do)

    def _sent(self, work: Work, row: OutboxRow, call: Call, answer: Mapping[str, Any]) -> None:
        if row.card_id is not None and call.method == POST:
            work.cards.posted(row.card_id, answer["channel"], answer["ts"])
        work.outbox.sent(row.id, self.owner, str(answer.get("ts") or "ok"))

    def _lost(self, work: Work, row: OutboxRow) -> None:
        """The message behind a card was deleted: forget it, so that the next try posts a new one."""
        if row.card_id is not None:
            work.cards.lost(row.card_id)
            self._drawn.pop(row.card_id, None)
        work.outbox.retry(row.id, self.owner, self._time(), "message_not_found")

    async def _failed(self, row: OutboxRow, method: str, problem: Exception) -> None:
        limited = _retry_after(problem)
        error = _error(problem)
        now = self._time()
        if limited is not None:
            self.pacing.stop(row.workspace_id, method, limited)
            await self._settle(
                lambda work: work.outbox.retry(
                    row.id, self.owner, now + timedelta(seconds=limited), "ratelimited", counts=False
                )
            )
        elif method and _unknown_outcome(problem) and row.kind != "home":
            look_at = now + timedelta(seconds=SETTLE)
            await self._settle(lambda work: work.outbox.unsure(row.id, self.owner, look_at, error))
        elif error in FINAL or (isinstance(problem, _Refused) and problem.final) or row.attempts >= len(BACKOFF):
            if method:
                log.warning("undeliverable", outbox=row.id, kind=row.kind, error=error, todo=FINAL.get(error, ""))
            else:
                log.error("not_drawn", outbox=row.id, kind=row.kind, exc_info=problem)
            await self._settle(lambda work: work.outbox.dead(row.id, error))
        else:
            wait = timedelta(seconds=BACKOFF[min(row.attempts, len(BACKOFF) - 1)])
            log.info("delivery_retry", outbox=row.id, kind=row.kind, error=error)
            await self._settle(lambda work: work.outbox.retry(row.id, self.owner, now + wait, error))

    # ---- what may have been sent already ---------------------------------------------------
    async def _repeatable(self, row: OutboxRow) -> bool:
        """Whether a delivery of unknown outcome may be made again: harmless ones yes, posts after a look for them."""
        call = await self.store.read(lambda work: draw(row, work, self.catalogue), workspace=row.workspace_id)
        if call is None or call.method in (UPDATE, HOME):
            return True
        if call.method in (RESPONSE, EPHEMERAL):
            await self._settle(lambda work: work.outbox.sent(row.id, self.owner, "perhaps shown"))
            return False
        try:
            found = await self._look_for(row, call)
        except Exception as problem:
            error = _error(problem)
            log.warning("ambiguous_post", outbox=row.id, kind=row.kind, error=error)
            if row.kind == "card":
                return True
            await self._settle(lambda work: work.outbox.ambiguous(row.id, self.owner, error))
            return False
        if found is None:
            return True
        await self._settle(lambda work: self._sent(work, row, call, found))
        return False

    async def _look_for(self, row: OutboxRow, call: Call) -> dict[str, Any] | None:
        """The message that carries this row's id, if Slack has it."""
        channel = call.channel
        if channel.startswith(("U", "W")):
            opened = await self.client.conversations_open(users=channel)
            channel = opened["channel"]["id"]
        since = row.put_at - timedelta(seconds=LOOK_BACK)
        window: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{since.timestamp():.6f}",
            "include_all_metadata": True,
            "limit": 100,
        }
        thread = call.arguments.get("thread_ts")
        if thread:
            answer = await self.client.conversations_replies(ts=thread, **window)
        else:
            answer = await self.client.conversations_history(**window)
        for message in answer["messages"]:
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == METADATA and metadata.get("event_payload", {}).get("id") == row.id:
                return {"channel": channel, "ts": message["ts"]}
        return None


class _Limited(Exception):
    """A response_url said 429."""

    def __init__(self, seconds: float) -> None:
        super().__init__("ratelimited")
        self.seconds = seconds


class _Refused(Exception):
    """A response_url said no."""

    def __init__(self, error: str, *, final: bool) -> None:
        super().__init__(error)
        self.final = final


def _retry_after(problem: Exception) -> float | None:
    """Seconds, when Slack said 429."""
    if isinstance(problem, _Limited):
        return problem.seconds
    if isinstance(problem, SlackApiError) and problem.response.status_code == 429:
        return float(problem.response.headers.get("Retry-After", 1))
    return None


def _unknown_outcome(problem: Exception) -> bool:
    """Whether Slack may have done it although no answer came."""
    if isinstance(problem, aiohttp.ClientConnectorError):
        return False
    return isinstance(problem, TimeoutError | aiohttp.ClientError | ConnectionError)


def _error(problem: Exception) -> str:
    if isinstance(problem, SlackApiError):
        return str(problem.response.get("error") or f"http_{problem.response.status_code}")
    return str(problem) if isinstance(problem, _Refused) else type(problem).__name__
