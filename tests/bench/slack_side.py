"""Stand in for Slack while speed is measured: as little as the bot needs, answered at once, in a process of its own.

The sandbox is the Slack for everything else; it keeps messages and checks blocks, and would take its share of the
machine from what is measured. `GET /told` says what was called how often, and when each channel was posted to.
With `strict` it keeps the sandbox's rate limits of posting and answers 429 to what is faster.
"""

import asyncio
import json
import math
import sys
import time
from collections import Counter, defaultdict
from typing import Any
from urllib.parse import parse_qsl

from bot.clock import Wire
from bot.sandbox.limits import RateLimiter
from tests.bench.load import ByHand
from tests.bench.who import APP, BOT, BOT_USER, CREW, TEAM, channels, person

_JSON = "Content-Type: application/json\r\n"


class Stand:
    """Counts everything. `strict`: keeps the rate limits of what is posted and edited."""

    def __init__(self, *, strict: bool) -> None:
        self._limits = RateLimiter(Wire()) if strict else None
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.posted: dict[str, list[float]] = defaultdict(list)
        self._ts = 0

    def hear(self, head: bytes, body: bytes) -> bytes:
        """What a request is answered."""
        status, lines, answer = self._answered(head.split(b" ", 2)[1].decode(), head, body)
        return f"HTTP/1.1 {status} -\r\n{lines}Content-Length: {len(answer)}\r\n\r\n".encode() + answer

    def _answered(self, path: str, head: bytes, body: bytes) -> tuple[int, str, bytes]:
        """The status, further lines of the head, and the body."""
        place, _, query = path.partition("?")
        if place.startswith("/response/"):
            self.calls["response_url"] += 1
            return 200, "", b"ok"
        if place == "/told":
            told = {"calls": self.calls, "refused": self.refused, "posted": self.posted}
            return 200, _JSON, json.dumps(told).encode()
        method = place.removeprefix("/api/")
        typed = b"application/json" in head
        asked: dict[str, Any] = json.loads(body or b"{}") if typed else dict(parse_qsl(body.decode()))
        asked |= dict(parse_qsl(query))
        self.calls[method] += 1
        if method.startswith("chat.") and (wait := self._wait(method, str(asked["channel"]))):
            self.refused[method] += 1
            return 429, f"{_JSON}Retry-After: {math.ceil(wait)}\r\n", b'{"ok": false, "error": "ratelimited"}'
        return 200, _JSON, json.dumps({"ok": True, **self._answer(method, asked)}).encode()

    def _wait(self, method: str, channel: str) -> float:
        wait = self._limits.wait(method, channel) if self._limits is not None else 0.0
        if method == "chat.postMessage" and not wait:
            self.posted[channel].append(time.time())
        return wait

    def _answer(self, method: str, asked: dict[str, Any]) -> dict[str, Any]:
        self._ts += 1
        ts = f"{1_790_000_000 + self._ts // 1000}.{self._ts % 1000:06d}"
        match method:
            case "auth.test":
                return {"team_id": TEAM, "team": "Bench", "user_id": BOT_USER, "user": "tminus", "bot_id": BOT}
            case "bots.info":
                return {"bot": {"id": BOT, "app_id": APP}}
            case "users.list":
                return {"members": [person(user) for user in CREW], "response_metadata": {}}
            case "users.info":
                return {"user": person(str(asked["user"]))}
            case "usergroups.list":
                return {"usergroups": []}
            case "conversations.list":
                return {"channels": channels(), "response_metadata": {}}
            case "conversations.info":
                return {"channel": {"id": asked["channel"], "name": "releases", "is_member": True}}
            case "conversations.members":
                return {"members": CREW, "response_metadata": {}}
            case "chat.postMessage":
                return {"channel": asked["channel"], "ts": ts}
            case "chat.update":
                return {"channel": asked["channel"], "ts": asked["ts"]}
        return {}


async def serve(*, strict: bool) -> None:
    stand = Stand(strict=strict)
    server = await asyncio.get_running_loop().create_server(lambda: ByHand(stand.hear), "127.0.0.1", 0)
    print(f"up http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(strict="strict" in sys.argv))
