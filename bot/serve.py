"""Run the app until somebody says stop, then let it finish what it has begun."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

from bot.app import App

_STOP = (signal.SIGTERM, signal.SIGINT)


async def serve(app: App, announce: Callable[[], Awaitable[None]]) -> None:
    """Start `app`, announce it, and drain it after SIGTERM or Ctrl-C; a second signal ends it at once."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        told.set()
        for sign in _STOP:
            loop.remove_signal_handler(sign)

    for sign in _STOP:
        loop.add_signal_handler(sign, stop)
    try:
        await app.start()
        await announce()
        await told.wait()
    finally:
        await app.stop()
