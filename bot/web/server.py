"""Serve the process's own port: /healthz, /readyz, and whatever else the app mounts before it starts."""

import socket
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bot.meters import CONTENT_TYPE

#: Each check gives None when it is well, or what is wrong.
Check = Callable[[], Awaitable[str | None]]
#: Gives numbers by name.
Measures = Callable[[], Awaitable[dict[str, float]]]
#: Seconds a request that was only half sent may hold up the end of the process.
DRAIN = 5.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_EVERYWHERE = "0.0.0.0"  # noqa: S104


def why_not(port: int) -> str | None:
    """Why nothing can listen on this port, None when it is free."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((_EVERYWHERE, port))
        except OSError as problem:
            return (problem.strerror or str(problem)).lower()
    return None


class Server:
    """`port` is the one that is listened on, once started."""

    def __init__(self) -> None:
        self.port = 0
        self._app = web.Application()
        self._runner: web.AppRunner | None = None

    def add_post(self, path: str, handler: Handler) -> None:
        self._app.router.add_post(path, handler)

    def add_get(self, path: str, handler: Handler) -> None:
        """Also answers HEAD."""
        self._app.router.add_get(path, handler)

    def add_health(self, checks: Mapping[str, Check], notes: Mapping[str, Check], measures: Measures) -> None:
        """/healthz: the process is alive. /readyz: it can do its work; if not, which check says so.

        `notes` say what somebody should look at although the work goes on; `measures` how much waits.
        """

        async def alive(_: web.Request) -> web.StreamResponse:
            return web.json_response({"status": "ok"})

        async def ready(_: web.Request) -> web.StreamResponse:
            wrong, noted = await _said(checks), await _said(notes)
            body = {"status": "not ready" if wrong else "ready", "problems": wrong, "notes": noted,
                    "checked": list(checks), "measures": await _measured(measures)}  # fmt: skip
            return web.json_response(body, status=503 if wrong else 200)

        self._app.router.add_get("/healthz", alive)
        self._app.router.add_get("/readyz", ready)

    def add_metrics(self, page: Callable[[], Awaitable[bytes]]) -> None:
        """/metrics, as Prometheus reads it."""

        async def metrics(_: web.Request) -> web.StreamResponse:
            return web.Response(body=await page(), headers={"Content-Type": CONTENT_TYPE})

        self._app.router.add_get("/metrics", metrics)

    async def start(self, port: int) -> None:
        """Listen on all addresses (a container's port is published from outside); port 0 takes any free one."""
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=DRAIN)
        await self._runner.setup()
        site = web.TCPSite(self._runner, _EVERYWHERE, port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


async def _said(checks: Mapping[str, Check]) -> dict[str, str]:
    return {name: said for name, check in checks.items() if (said := await _look(check)) is not None}


async def _measured(measures: Measures) -> dict[str, float]:
    try:
        return await measures()
    except Exception:  # the check of the database says why
        return {}


async def _look(check: Check) -> str | None:
    try:
        return await check()
    except Exception as error:  # a check that fails is a finding, not a failure of the page
        return type(error).__name__
