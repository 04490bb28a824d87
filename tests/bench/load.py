"""Press buttons as fast as they are answered: a lean HTTP client that costs the measured server as little as it can.

Raw sockets with keep-alive; every request is built and signed before the first is sent. `python -m tests.bench
--only generator` shows what it reaches against a server that does nothing.
"""

import asyncio
import hashlib
import hmac
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

#: Seconds after which an unanswered request ends the run.
PATIENCE = 15.0


@dataclass
class Slice:
    """What one stretch of load gave. `seconds` it lasted; `waits` are seconds from request to answer, in order."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    sample: bytes = b""  # one answer, whole, so that somebody can look at it

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds

    def wait(self, share: float) -> float:
        """The wait (seconds) that this share of the requests did not exceed."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def signed(body: bytes, secret: str, *, path: str = "/slack/events", at: float | None = None) -> bytes:
    """The whole request that Slack would send for this form body, signed now (good for five minutes)."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
        "Accept-Encoding: gzip,deflate\r\n"
        "Accept: application/json,*/*\r\n"
        f"X-Slack-Signature: v0={digest}\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Presser(asyncio.Protocol):
    """One connection: sends the next request when the last is answered."""

    def __init__(self, take: Callable[[], bytes | None], into: Slice) -> None:
        self._take = take
        self._into = into
        self._answer = b""
        self._missing = -1
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = self._take()
        if request is None:
            self._transport.close()
            self.done.set_result(None)
            return
        self._answer, self._missing = b"", -1
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if self._missing < 0:
            end = self._answer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._missing = end + 4 + length(self._answer[:end])
        if len(self._answer) >= self._missing:
            self._into.waits.append(time.perf_counter() - self._sent_at)
            self._into.statuses[int(self._answer[9:12])] += 1
            self._into.sample = self._answer
            self._next()

    def connection_lost(self, problem: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(problem or ConnectionError("the server hung up with a request unanswered"))


def length(head: bytes) -> int:
    """How many bytes follow this head of an HTTP message."""
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    return 0


class ByHand(asyncio.Protocol):
    """A server's side of a connection: HTTP with keep-alive and nothing else. `answer(head, body)` gives the answer.

    Its time is taken from what is measured beside it, as nobody far away would take it.
    """

    def __init__(self, answer: Callable[[bytes, bytes], bytes]) -> None:
        self._answer = answer
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, whole, body = self._got.partition(b"\r\n\r\n")
        if whole and len(body) >= (size := length(head)):
            self._got = body[size:]
            self._transport.write(self._answer(head, body[:size]))


async def press(port: int, requests: Iterable[bytes], concurrency: int, seconds: float = float("inf")) -> Slice:
    """Send requests over so many connections for so long; each connection waits for its answer before the next.

    What was sent is answered before this returns: as many requests are used up as there are waits. It ends early when
    all of them are. Raises TimeoutError or ConnectionError when an answer stays away.
    """
    waiting = deque(requests)
    result = Slice()
    loop = asyncio.get_running_loop()
    ends = 0.0

    def take() -> bytes | None:
        return waiting.popleft() if waiting and time.perf_counter() < ends else None

    began = time.perf_counter()
    ends = began + seconds
    pressers = []
    for _ in range(concurrency):
        _, presser = await loop.create_connection(lambda: _Presser(take, result), "127.0.0.1", port)
        pressers.append(presser)
    async with asyncio.timeout(seconds + PATIENCE if seconds < float("inf") else None):
        await asyncio.gather(*(presser.done for presser in pressers))
    result.seconds = time.perf_counter() - began
    return result
