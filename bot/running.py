"""Run the bot as it is configured, until it is told to stop: what `tminus run` does.

What it needs is imported only once the configuration is right: a mistake in it is answered at once.
"""

import asyncio
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from bot.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from bot.app import App

_Made = TypeVar("_Made")


def run() -> int:
    """Returns the exit status: 0 when it was told to stop. Raises SystemExit as `configured` does."""
    settings = configured(lambda: load_settings(makes_directory=True))
    structlog = _structlog_alone()
    from bot import logs
    from bot.app import App
    from bot.clock import Clock, Wire
    from bot.doctor import obstacles
    from bot.serve import serve

    logs.configure(settings.log)

    async def live() -> int:
        clock, wire = Clock(), Wire()
        if found := await obstacles(settings, clock=clock, wire=wire):
            _say_wrong([str(finding).strip() for finding in found])
            return 2
        try:
            app = await App.open(settings, clock=clock, wire=wire)
            await serve(app, lambda: _greet(settings, app))
        except SettingsError:
            raise
        except Exception:  # nothing that was looked for before: the log has it
            structlog.get_logger(__name__).exception("could not go on")
            print("T-Minus had to end. What is wrong and what to do: tminus doctor", file=sys.stderr)
            return 1
        return 0

    return configured(lambda: asyncio.run(live()))


def _structlog_alone() -> Any:
    """It loads rich where it finds it, for tracebacks that our logs never draw: 3 MB."""
    there = "rich" in sys.modules
    if not there:
        sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        return import_module("structlog")
    finally:
        if not there:
            del sys.modules["rich"]


async def _greet(settings: Settings, app: "App") -> None:
    mode = "Socket Mode" if settings.socket_mode else "HTTP mode, /slack/events"
    _say(f"T-Minus is up ({mode}); health on http://localhost:{app.port}/readyz")
    made = await app.admin_code()
    if made is None:
        return
    if made.code:  # To the terminal and never to the log: whoever types it first becomes the admin.
        _say(f"No admin yet. In Slack, type: {settings.command} setup {made.code}  (once, within 24 hours)")
    else:
        _say(
            f"No admin yet. The one-time code was printed by another process or an earlier start, and is good until "
            f"{made.until:%Y-%m-%d %H:%M} UTC. Is it lost? Name an admin in TMINUS_ADMINS, or start again after that."
        )


def configured(load: Callable[[], _Made]) -> _Made:
    """What `load` makes of the settings. Where they are wrong: says everything that is, and raises SystemExit(2)."""
    try:
        return load()
    except SettingsError as error:
        _say_wrong([f"✗ {problem}" for problem in error.problems])
        print("Set them in the environment or in a file named .env; .env.example shows all.", file=sys.stderr)
        raise SystemExit(2) from None


def _say(line: str) -> None:
    print(line, flush=True)  # whoever started it may read from a pipe


def _say_wrong(lines: list[str]) -> None:
    count = len(lines)
    print(f"T-Minus cannot go on: {count} {'thing is' if count == 1 else 'things are'} not right.", file=sys.stderr)
    for line in lines:
        print(f"  {line.replace('*', '')}", file=sys.stderr)
