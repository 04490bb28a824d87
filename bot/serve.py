"""Run the app until somebody says stop, then let it finish what it has begun."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable

from bot.app import App

_STOP = (signal.SIGTERM, signal.SIGINT)
#: So many objects are made, and kept so far, before those that refer to each other are looked for among them.
MOST_UNSEEN = 20_000


async def serve(app: App, announce: Callable[[], Awaitable[None]]) -> None:
    """Start `app`, announce it, and drain it after SIGTERM or Ctrl-C; a second signal ends it at once."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        told.set()
        for sign in _STOP:
            loop.remove_signal_handler(sign)

    for sign in _STOP:
        loop.add_signal_handler(sign, stop)
    living = asyncio.ensure_future(_live(app, announce))
    stopped = asyncio.ensure_future(told.wait())
    try:
        await asyncio.wait((living, stopped), return_when=asyncio.FIRST_COMPLETED)
        if living.done():
            await living  # which failed: it ends by itself in no other way
    finally:
        stopped.cancel()
        living.cancel()  # also while it still waits for Slack
        await asyncio.gather(living, stopped, return_exceptions=True)
        await app.stop()


async def _live(app: App, announce: Callable[[], Awaitable[None]]) -> None:
    await app.start()
    # What has been loaded stays for good: looking for garbage among it would stop everybody for a tenth of a second.
    gc.collect()
    gc.freeze()
    # Nearly all that a gesture makes is gone by itself; looking it through several times a gesture costs a tenth of it.
    gc.set_threshold(MOST_UNSEEN)
    await announce()
    await asyncio.Event().wait()
