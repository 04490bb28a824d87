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

from aiohttp import web

from bot.clock import Wire
from bot.sandbox.limits import RateLimiter
from tests.bench.who import APP, BOT, BOT_USER, CREW, TEAM, channels, person


class Stand:
    """Counts everything. `strict`: keeps the rate limits of what is posted and edited."""

    def __init__(self, *, strict: bool) -> None:
        self._limits = RateLimiter(Wire()) if strict else None
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.posted: dict[str, list[float]] = defaultdict(list)
        self._ts = 0

    async def api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        raw = await request.read()
        asked: dict[str, Any] = (
            json.loads(raw or b"{}") if request.content_type == "application/json" else dict(await request.post())
        )
        asked |= dict(request.query)
        self.calls[method] += 1
        if method.startswith("chat.") and (wait := self._wait(method, str(asked["channel"]))):
            self.refused[method] += 1
            retry = {"Retry-After": str(math.ceil(wait))}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=retry)
        return web.json_response({"ok": True, **self._answer(method, asked)})

    async def response_url(self, request: web.Request) -> web.Response:
        self.calls["response_url"] += 1
        await request.read()
        return web.Response(text="ok")

    async def told(self, _: web.Request) -> web.Response:
        return web.json_response({"calls": self.calls, "refused": self.refused, "posted": self.posted})

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
    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/api/{method}", stand.api)
    app.router.add_post("/response/{key}", stand.response_url)
    app.router.add_get("/told", stand.told)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"up http://127.0.0.1:{runner.addresses[0][1]}/", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(strict="strict" in sys.argv))
