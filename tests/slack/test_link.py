"""All calls to Slack share one session, and one kind does not hold up another."""

import asyncio

import pytest
from aiohttp import web

from bot.clock import Wire
from bot.settings import SettingsError
from bot.slack import calling
from bot.slack.drawing import RESPONSE, Call
from bot.slack.link import MOST_AT_ONCE, SlackLink


@pytest.mark.parametrize(
    ("answer", "app"),
    [
        ({"ok": True, "bot": {"id": "B1", "app_id": "A1"}}, "A1"),
        ({"ok": True, "bot": {"id": "B1"}}, "unknown"),
        ({"ok": False, "error": "unknown_method"}, "unknown"),
        ({"ok": False, "error": "bot_not_found"}, "unknown"),
    ],
)
async def test_a_slack_that_does_not_tell_our_app_lets_us_work(answer: dict[str, object], app: str) -> None:
    async def told(request: web.Request) -> web.Response:
        known = {"ok": True, "team_id": "T1", "user_id": "UBOT", "bot_id": "B1"}
        return web.json_response(known if request.path.endswith("auth.test") else answer)

    served = web.Application()
    served.router.add_route("*", "/api/{method}", told)
    await (runner := web.AppRunner(served)).setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    link = SlackLink("xoxb-1", f"http://127.0.0.1:{runner.addresses[0][1]}/api/", Wire())
    try:
        await link.introduce()
        assert (link.team, link.app_id) == ("T1", app)
        answer = {"ok": False, "error": "missing_scope"}
        with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN: Slack says missing_scope: run tminus doctor"):
            await link.introduce()
    finally:
        await link.close()
        await runner.cleanup()


async def test_a_dialog_opens_while_answers_hang() -> None:
    """Slack takes answers to clicks on another host than calls of methods."""
    many, full, released = 0, asyncio.Event(), asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        nonlocal many
        many += 1
        if many == MOST_AT_ONCE:
            full.set()
        await released.wait()
        return web.Response(text="ok")

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    runners = []
    for path, handler in (("/answer", hang), ("/api/views.open", answer)):
        app = web.Application()
        app.router.add_post(path, handler)
        runners.append(runner := web.AppRunner(app))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
    hooks, api = (f"http://127.0.0.1:{runner.addresses[0][1]}" for runner in runners)
    link = SlackLink("xoxb-1", f"{api}/api/", Wire())
    to = Call(RESPONSE, {"url": f"{hooks}/answer", "body": {}}, "")
    waiting = [asyncio.ensure_future(calling.make(link.posting, to, 10.0)) for _ in range(MOST_AT_ONCE + 1)]
    try:
        async with asyncio.timeout(10.0):
            await full.wait()
            assert (await link.posting.api_call("views.open"))["ok"]
        released.set()
        assert await asyncio.gather(*waiting) == [{}] * len(waiting)
    finally:
        released.set()
        await link.close()
        for runner in runners:
            await runner.cleanup()
