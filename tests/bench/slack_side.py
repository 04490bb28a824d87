"""Stand in for Slack while speed is measured: as little as the bot needs, answered at once, in a process of its own.

The sandbox is the Slack for everything else; it keeps messages and checks blocks, and would take its share of the
machine from what is measured. `GET /told` says what was called how often, and when each channel was posted to.
"""

import asyncio
import json
import sys
import time
from collections import Counter, defaultdict
from typing import Any

from aiohttp import web

from tests.bench.who import APP, BOT, BOT_USER, CREW, TEAM, channels, person

#: One message a second and channel, and a small burst: what is faster is answered with 429 (see the sandbox's limits).
POSTS_PER_SECOND, BURST = 1.0, 4.0


class Stand:
    """Counts everything, and keeps the rate limit of posts."""

    def __init__(self, api_port: int) -> None:
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.posted: dict[str, list[float]] = defaultdict(list)
        self._bucket: dict[str, tuple[float, float]] = {}
        self._ts = 0

    async def api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        raw = await request.read()
        asked: dict[str, Any] = (
            json.loads(raw or b"{}") if request.content_type == "application/json" else dict(await request.post())
        )
        asked |= dict(request.query)
        self.calls[method] += 1
        if method == "chat.postMessage" and self._too_fast(str(asked["channel"])):
            self.refused[method] += 1
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"})
        return web.json_response({"ok": True, **self._answer(method, asked)})

    async def response_url(self, request: web.Request) -> web.Response:
        self.calls["response_url"] += 1
        await request.read()
        return web.Response(text="ok")

    async def told(self, _: web.Request) -> web.Response:
        return web.json_response({"calls": self.calls, "refused": self.refused, "posted": self.posted})

    def _too_fast(self, channel: str) -> bool:
        now = time.monotonic()
        tokens, then = self._bucket.get(channel, (BURST, now))
        tokens = min(BURST, tokens + (now - then) * POSTS_PER_SECOND)
        self._bucket[channel] = (tokens - 1 if tokens >= 1 - 1e-6 else tokens, now)
        if tokens < 1 - 1e-6:
            return True
        self.posted[channel].append(time.time())
        return False

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


async def serve(port: int) -> None:
    stand = Stand(port)
    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/api/{method}", stand.api)
    app.router.add_post("/response/{key}", stand.response_url)
    app.router.add_get("/told", stand.told)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    print(f"up http://127.0.0.1:{runner.addresses[0][1]}/", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
