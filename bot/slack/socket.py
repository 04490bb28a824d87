"""Keep the connection of Socket Mode: the next one is there before the last one goes, and each is answered over itself.

Slack replaces connections every few hours and says so some seconds before (`disconnect`); the network ends others
without a word. What somebody clicks while none is open fails, and an answer counts on the connection that asked.
Source: docs.slack.dev, "Using Socket Mode".
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import aiohttp
import structlog

from bot.slack.trouble import judge

log = structlog.get_logger(__name__)

#: Seconds between two looks whether the other end is still there; half of that for its answer.
HEARTBEAT = 10.0
#: Seconds that a connection which is replaced is kept, for what is still on its way.
LINGER = 10.0
#: Where one ends that lived longer than GOOD, the next is opened at once. Else, and where none could be opened: seconds
#: before each next try, the last one again and again.
AGAIN, GOOD = (0.5, 1.0, 2.0, 5.0), 10.0

Json = dict[str, Any]
#: What to answer an envelope with: None is no acknowledgement, and nothing in it an acknowledgement alone.
Hear = Callable[[Json], Awaitable[Json | None]]


class Socket:
    """`find` asks Slack for an address to connect to. Made inside a running loop."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        find: Callable[[], Awaitable[str]],
        hear: Hear,
        *,
        proxy: str | None = None,
    ) -> None:
        self._session = session
        self._find = find
        self._hear = hear
        self._proxy = proxy
        self._open: set[aiohttp.ClientWebSocketResponse] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def connected(self) -> bool:
        """Whether anything can come in."""
        return any(not one.closed for one in self._open)

    async def connect(self, address: str) -> None:
        """Open the first connection there, and from then on keep one open. Returns when it is."""
        self._later(self._keep(address))
        await asyncio.shield(self._first)

    async def close(self) -> None:
        """Hear nothing more; what was heard is answered first."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---- one after the other --------------------------------------------------------------
    async def _keep(self, address: str) -> None:
        tries, loop = 0, asyncio.get_running_loop()
        while True:
            lived, wait = 0.0, AGAIN[min(tries, len(AGAIN) - 1)]
            try:
                url = address or await self._find()
                connection = await self._session.ws_connect(url, heartbeat=HEARTBEAT, proxy=self._proxy)
            except Exception as problem:
                trouble = judge(problem)
                wait = max(wait, trouble.seconds)
                log.warning("socket_not_open", error=trouble.error, todo=trouble.todo, seconds=wait)
            else:
                began = loop.time()
                self._open.add(connection)
                if not self._first.done():
                    self._first.set_result(None)
                leaving = asyncio.Event()
                self._later(self._listen(connection, leaving))
                await leaving.wait()
                lived = loop.time() - began
            tries, wait = (0, 0.0) if lived > GOOD else (tries + 1, wait)
            address = ""
            await asyncio.sleep(wait)

    async def _listen(self, connection: aiohttp.ClientWebSocketResponse, leaving: asyncio.Event) -> None:
        """Hear what comes over this one until it ends. `leaving`: it is time for another."""
        answering: set[asyncio.Task[None]] = set()
        until: float | None = None
        try:
            while True:
                try:
                    async with asyncio.timeout_at(until):
                        message = await connection.receive()
                except TimeoutError:
                    break
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                said = _read(message.data)
                if said.get("type") == "disconnect":
                    log.info("socket_replaced", reason=str(said.get("reason")))
                    until = until or asyncio.get_running_loop().time() + LINGER
                    leaving.set()
                elif "envelope_id" in said:
                    task = asyncio.ensure_future(self._answer(connection, said))
                    answering.add(task)
                    task.add_done_callback(partial(self._done, answering))
        finally:
            leaving.set()
            await asyncio.gather(*answering, return_exceptions=True)
            await connection.close()
            self._open.discard(connection)

    async def _answer(self, connection: aiohttp.ClientWebSocketResponse, envelope: Json) -> None:
        payload = await self._hear(envelope)
        if payload is None:
            return
        answer = {"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload else {})
        try:
            await connection.send_str(json.dumps(answer))
        except (ConnectionError, aiohttp.ClientError):
            # Slack has shown it as failed, or sends it again: then it meets its key.
            log.info("ack_lost", kind=str(envelope.get("type")))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(partial(self._done, self._tasks))

    @staticmethod
    def _done(tasks: set[asyncio.Task[None]], task: asyncio.Task[None]) -> None:
        tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("socket_trouble", exc_info=problem)


def _read(text: str) -> Json:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
