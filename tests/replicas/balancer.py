"""Be the plainest balancer there is: each request goes to the next replica, alive or not; nothing is tried again."""

import itertools
from collections.abc import Sequence

import aiohttp
from aiohttp import web

#: Seconds for an answer, as many as Slack waits.
PATIENCE = 3.0


class Balancer:
    """`url` is where to send requests once started. `replicas` may be changed at any time."""

    def __init__(self) -> None:
        self.replicas: Sequence[str] = ()
        self.url = ""
        #: How many requests each replica was given.
        self.given: dict[str, int] = {}
        self._turn = itertools.count()

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        app = web.Application()
        app.router.add_post("/slack/events", self._pass_on)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"

    async def stop(self) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _pass_on(self, request: web.Request) -> web.Response:
        replica = self.replicas[next(self._turn) % len(self.replicas)]
        self.given[replica] = self.given.get(replica, 0) + 1
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        try:
            async with self._session.post(replica, data=await request.read(), headers=headers) as answer:
                kind = {"Content-Type": answer.headers.get("Content-Type", "text/plain")}
                return web.Response(status=answer.status, body=await answer.read(), headers=kind)
        except TimeoutError:
            return web.Response(status=504)
        except aiohttp.ClientError:
            return web.Response(status=502)
