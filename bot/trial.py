"""Let a newcomer try it: the bot and a local Slack in one process, with a first release on its way.

The only place that knows both. It hands both sides one clock, and tells the bot by its settings where Slack
is; everything between them goes over the wire. A `.env` meant for a real workspace is never read.
"""

import errno
import json
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import storage
from bot import logs
from bot.app import App, load_catalogue
from bot.clock import Clock, StoryClock, Wire
from bot.sandbox.page_state import Tip
from bot.sandbox.server import Sandbox, SandboxConfig
from bot.serve import serve
from bot.settings import Settings, load_settings
from bot.slack import manifest

#: True on any day of the story, and each command works as typed, wherever the hint leaves one.
HINT = [
    Tip("Begin with payments 2.14.0 in #payments: act as Bo (top right), and say Go on its card.",
        ("Go", "/release go"), but_not="Ana"),
    Tip("Plan one of your own: type `/release new checkout 1.4.0 tomorrow 14:00`, or just `/release`.",
        ("/release new", "New release")),
    Tip("Move the clock with +10 min, +1 h, +1 day, and act as Ana again: payments is hers to deploy.",
        ("Start deploy", "/release deploy start", "/release shipped")),
]  # fmt: skip
#: What a fresh start forgets; other files in the directory are none of our business.
_OURS = ("tminus.sqlite3*", "slack.sqlite3*", "secret.key", "clock.json")


class PortTaken(Exception):
    """Something else listens on the page's port."""


async def live(*, port: int, data: Path, fresh: bool, say: Callable[[str], None]) -> None:
    """Run bot and local Slack until stopped; the state in `data` survives. Raises PortTaken."""
    logs.configure("console", level="WARNING")
    _must_be_free(port)  # before anything is forgotten: it may be this very sandbox that runs there
    first_time = prepare(data, fresh=fresh)
    clock, wire = resumed_clock(data / "clock.json"), Wire()
    box = Sandbox(
        SandboxConfig(
            manifest=manifest.build(),
            commands=command_hints(),
            clock=clock,
            wire=wire,
            host="127.0.0.1",
            port=port,
            data=data / "slack.sqlite3",
            mode="socket",
            hint=HINT,
        )
    )
    try:
        await box.start()
        settings = settings_for(box, data)
        storage.migrate(settings.database_url)
        app = await App.open(settings, clock=clock, wire=wire)

        async def announce() -> None:
            app.catalogue.public_url = f"http://127.0.0.1:{app.port}"
            await _welcome(box, first_time, say)

        await serve(app, announce)
    finally:
        await box.stop()


def _must_be_free(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken from error
        raise


def settings_for(box: Sandbox, data: Path) -> Settings:
    """Return a configuration that takes the local Slack for the real one."""
    return load_settings(
        {
            "SLACK_BOT_TOKEN": box.bot_token,
            "SLACK_APP_TOKEN": box.app_token,
            "SLACK_API_URL": box.api_url,
            "TMINUS_DATA": str(data),
            "TMINUS_LOG": "console",
            "TMINUS_DEFAULT_TZ": "Europe/Berlin",
            "TMINUS_ADMINS": box.person("ana").id,
            "PORT": "0",
        }
    )


def command_hints() -> list[dict[str, object]]:
    """What the page completes while a command is typed, as plain data."""
    catalogue = load_catalogue()
    described = manifest.build(catalogue.command)["features"]["slash_commands"][0]
    verbs = [{"verb": known.verb, "usage": known.usage, "help": known.summary} for known in catalogue.commands]
    return [
        {
            "command": described["command"],
            "hint": described["usage_hint"],
            "description": described["description"],
            "verbs": verbs,
        }
    ]


def resumed_clock(file: Path) -> StoryClock:
    """Return a running clock that is as far ahead of real time as the last run left it, and notes every move."""
    ahead = timedelta(seconds=json.loads(file.read_text())["ahead_seconds"]) if file.exists() else timedelta()
    clock = StoryClock(Clock().now() + ahead, running=True)

    async def nothing_due(_: datetime) -> None:
        return None

    async def note() -> None:
        _write_offset(file, clock)

    clock.stop_at(nothing_due, note)
    return clock


def _write_offset(file: Path, clock: StoryClock) -> None:
    file.write_text(json.dumps({"ahead_seconds": clock.offset.total_seconds()}))


def prepare(data: Path, *, fresh: bool) -> bool:
    """Make the directory, emptied of what earlier runs left when `fresh`; return whether this is a first time."""
    for path in [file for pattern in _OURS for file in data.glob(pattern)] if fresh else []:
        path.unlink()
    data.mkdir(parents=True, exist_ok=True)
    return not (data / "tminus.sqlite3").exists()


async def _welcome(box: Sandbox, first_time: bool, say: Callable[[str], None]) -> None:
    if first_time:
        ana = box.person("ana")
        await ana.types("/release setup", in_="#payments")
        await box.watch.until(lambda: ana.modal, what="the setup dialog")
        await ana.submits({"Status channel": "#releases"})
        await ana.closes_modal()
        await ana.types("/release new payments 2.14.0 in 2h", in_="#payments")
    say(f"\nT-Minus and a local Slack are up. Open {box.url}")
    if first_time:
        say("You are Ana, in #payments: a release is due in two hours, and it waits for somebody's go.")
    else:
        say("Everything is as you left it, the clock too.")
    say("Ctrl-C ends it; the next start goes on where you left. FRESH=1 begins anew.\n")
