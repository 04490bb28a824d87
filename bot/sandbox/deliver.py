"""Bring what happened to the app, and say whether it was acknowledged within three seconds."""

import asyncio
import copy
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from bot.clock import Wire
from bot.sandbox.faults import ON_DELIVERIES, Faults
from bot.sandbox.limits import ACK_SECONDS, EVENT_RETRY_WAITS
from bot.sandbox.traffic import Traffic

Json = dict[str, Any]
Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True)
class Delivery:
    """One payload on its way to the app."""

    kind: Kind
    payload: Json
    #: May the acknowledgement carry a body (a command's reply, a modal's errors)?
    accepts_response: bool = False

    def __post_init__(self) -> None:
        # What was sent stays as it was, whatever becomes of the message or view in it.
        object.__setattr__(self, "payload", copy.deepcopy(self.payload))

    @property
    def label(self) -> str:
        """What it is: "slash_commands", "block_actions", "view_submission", "app_mention" …"""
        if self.kind == "slash_commands":
            return self.kind
        return str(self.payload["event"]["type"] if self.kind == "events_api" else self.payload["type"])

    @property
    def summary(self) -> str:
        if self.kind == "slash_commands":
            return f"{self.payload['command']} {self.payload['text']}".strip()
        if self.kind == "events_api":
            return f"{self.label} {self.payload['event'].get('text', '')}".strip()
        names = [str(action.get("action_id")) for action in self.payload.get("actions", [])]
        callback = self.payload.get("callback_id") or self.payload.get("view", {}).get("callback_id") or ""
        return " ".join([self.label, *names, *([callback] if callback else [])])


@dataclass(frozen=True)
class Ack:
    """How the app answered. `problem` is None when it acknowledged in time; otherwise Slack's word for it:
    "operation_timeout", "http_service_error", "http_client_error", "dispatch_failed"."""

    problem: str | None = None
    body: Json | str | None = None
    #: why a retry is due, as in x-slack-retry-reason
    reason: str = ""
    no_retry: bool = False
    delivery: Delivery | None = field(default=None, compare=False)

    @property
    def ok(self) -> bool:
        return self.problem is None


#: Acknowledgements are due in three real seconds, whatever a story's clock says.
REAL = Wire()

#: So the traffic names what arrived late.
LATE = "late"

TIMED_OUT = Ack("operation_timeout", reason="http_timeout")
UNREACHABLE = Ack("dispatch_failed", reason="connection_failed")


class Transport(Protocol):
    async def push(self, delivery: Delivery, retry: int, reason: str, *, on_its_way: float = 0.0) -> Ack:
        """Send it and wait for the answer. It arrives after so many real seconds."""
        ...


class Deliverer:
    """Sends deliveries through Socket Mode or HTTP, repeats events, and lets faults strike."""

    def __init__(self, *, wire: Wire, faults: Faults, traffic: Traffic) -> None:
        self._wire = wire
        self._faults = faults
        self._traffic = traffic
        self._tasks: set[asyncio.Task[Any]] = set()
        self.transport: Transport | None = None
        self.recorded: deque[Delivery] = deque(maxlen=1_000)
        self.cut_sockets: Callable[[], Awaitable[None]] | None = None

    async def send(self, delivery: Delivery) -> Ack:
        """Deliver once and wait for the acknowledgement, at most three real seconds."""
        self.recorded.append(delivery)
        return await self._attempt(delivery, 0, "")

    def event(self, delivery: Delivery) -> asyncio.Future[Ack]:
        """Deliver an event, with up to three repetitions; the future is the outcome of the first attempt."""
        self.recorded.append(delivery)
        first: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self.background(self._persist(delivery, first))
        return first

    async def replay(self, delivery: Delivery, times: int, *, parallel: bool = True) -> list[Ack]:
        """Deliver the same payload again, all at the same moment or one after the other."""
        if parallel:
            return list(await asyncio.gather(*(self._attempt(delivery, 0, "") for _ in range(times))))
        return [await self._attempt(delivery, 0, "") for _ in range(times)]

    def background(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something whose end nobody waits for; it is cancelled when the workspace stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def quiet(self) -> None:
        """Wait until nothing is on its way any more."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def stop(self) -> None:
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _persist(self, delivery: Delivery, first: asyncio.Future[Ack]) -> None:
        ack = UNREACHABLE
        try:
            ack = await self._attempt(delivery, 0, "")
        finally:
            # Whoever waits hears of it even when the workspace stops meanwhile.
            if not first.done():
                first.set_result(ack)
        for number, wait in enumerate(EVENT_RETRY_WAITS, start=1):
            if ack.ok or ack.no_retry:
                return
            await self._wire.sleep(wait)
            ack = await self._attempt(delivery, number, ack.reason)

    async def _attempt(self, delivery: Delivery, retry: int, reason: str) -> Ack:
        fault = self._faults.take(delivery.kind, delivery.label, among=ON_DELIVERIES)
        effect = fault.effect if fault else None
        if fault and effect == "delay":
            await asyncio.sleep(fault.seconds)
        if effect == "cut_socket" and self.cut_sockets is not None:
            await self.cut_sockets()
        if effect == "drop_before":
            ack = TIMED_OUT
            self._note(delivery, ack, retry, 0.0)
            return ack
        if effect == "duplicate":
            self.background(self._push(delivery, retry, reason))
        ack = await self._push(delivery, retry, reason, on_its_way=fault.seconds if fault and effect == "late" else 0.0)
        return TIMED_OUT if effect == "drop_after" else ack

    async def _push(self, delivery: Delivery, retry: int, reason: str, *, on_its_way: float = 0.0) -> Ack:
        began = REAL.monotonic()
        ack = UNREACHABLE
        if self.transport is not None:
            # What is under way arrives, also when nobody waits for its answer any more.
            pushing = self.background(self._arrive(self.transport, delivery, retry, reason, on_its_way))
            done, _ = await asyncio.wait({pushing}, timeout=ACK_SECONDS)
            if done or not on_its_way:
                pushing.cancel()
            ack = pushing.result() if done else TIMED_OUT
        self._note(delivery, ack, retry, (REAL.monotonic() - began) * 1000, f" ({LATE})" if on_its_way else "")
        return ack

    async def _arrive(
        self, transport: Transport, delivery: Delivery, retry: int, reason: str, on_its_way: float
    ) -> Ack:  # fmt: skip
        """The answer, which may never come: whoever it was sent to may be gone."""
        try:
            async with asyncio.timeout(on_its_way + 2 * ACK_SECONDS):
                return await transport.push(delivery, retry, reason, on_its_way=on_its_way)
        except TimeoutError:
            return TIMED_OUT

    def _note(self, delivery: Delivery, ack: Ack, retry: int, ms: float, more: str = "") -> None:
        self._traffic.note(
            "to app",
            delivery.label if delivery.kind == "interactive" else delivery.kind,
            summary=delivery.summary + (f" (retry {retry})" if retry else "") + more,
            ok=ack.ok,
            ms=ms,
            request=delivery.payload,
            response=ack.body if ack.ok else ack.problem,
        )
