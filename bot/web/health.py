"""Answer /healthz and /readyz: is the process alive, and can it do its work; if not, what is it that cannot."""

from collections.abc import Awaitable, Callable

from aiohttp import web

#: Each check gives None when it is well, or what is wrong.
Check = Callable[[], Awaitable[str | None]]


def add_health(app: web.Application, checks: dict[str, Check]) -> None:
    """Mount both on an aiohttp application."""

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(_: web.Request) -> web.Response:
        wrong = {}
        for name, check in checks.items():
            try:
                problem = await check()
            except Exception as error:  # a check that fails is a finding, not a failure of the page
                problem = type(error).__name__
            if problem is not None:
                wrong[name] = problem
        body = {"status": "not ready" if wrong else "ready", "problems": wrong, "checked": list(checks)}
        return web.json_response(body, status=503 if wrong else 200)

    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", ready)
