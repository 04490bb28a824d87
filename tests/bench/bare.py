"""Be the anchor: the least that Bolt can be. One listener that only acks, before the response, signature checked.

`python -m tests.bench.bare PORT`; with `nothing` instead of Bolt: a server that answers every request at once, which
shows how fast the load generator is.
"""

import asyncio
import re
import sys
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from tests.bench.load import ByHand
from tests.bench.who import BOT, BOT_TOKEN, BOT_USER, SIGNING_SECRET, TEAM

_KNOWN = AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_user_id=BOT_USER, bot_id=BOT, bot_token=BOT_TOKEN)
_NOTHING = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def bolt() -> AsyncApp:
    """The anchor's app."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return _KNOWN

    app = AsyncApp(signing_secret=SIGNING_SECRET, authorize=authorize, process_before_response=True)

    @app.block_action(re.compile(".*"))
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    return app


async def serve_bolt() -> None:
    runner = web.AppRunner(bolt().web_app(path="/slack/events"), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"up http://127.0.0.1:{runner.addresses[0][1]}/", flush=True)
    await asyncio.Event().wait()


async def serve_nothing() -> None:
    server = await asyncio.get_running_loop().create_server(lambda: ByHand(lambda *_: _NOTHING), "127.0.0.1", 0)
    print(f"up http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve_nothing() if "nothing" in sys.argv else serve_bolt())
