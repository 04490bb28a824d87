"""`tminus sandbox` as a newcomer meets it: it starts, shows a first release once, and ends cleanly."""

import asyncio
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest

from bot.app import App
from bot.clock import Clock, Wire
from bot.sandbox.server import Sandbox, SandboxConfig
from bot.slack import manifest
from bot.trial import prepare, resumed_clock, settings_for
from storage import migrate

ROOT = Path(__file__).parent.parent


def started(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    # Somebody's real workspace, configured for `tminus run`, is not touched by a trial.
    real = {"SLACK_BOT_TOKEN": "xoxb-real", "DATABASE_URL": "postgresql://nowhere.invalid/real"}
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "sandbox", "--data", "here", *arguments],
        cwd=cwd,
        env={**bare, **real, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(*arguments: str, cwd: Path) -> Iterator[str]:
    """Start it on a free port, yield its address, end it as Ctrl-C does, and see that it ended well."""
    process = started("--port", "0", *arguments, cwd=cwd)
    assert process.stdout
    for line in process.stdout:
        if found := re.search(r"http://\S+", line):
            yield found[0]
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


def planned(cwd: Path) -> int:
    with closing(sqlite3.connect(cwd / "here" / "tminus.sqlite3")) as database:
        count: int = database.execute("SELECT count(*) FROM releases").fetchone()[0]
    return count


def status_channels(cwd: Path) -> int:
    with closing(sqlite3.connect(cwd / "here" / "tminus.sqlite3")) as database:
        query = "SELECT count(*) FROM workspaces WHERE status_channel IS NOT NULL"
        count: int = database.execute(query).fetchone()[0]
    return count


def test_it_starts_with_one_release_that_is_still_the_only_one_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        with running(cwd=tmp_path) as address:
            with urlopen(address) as page:
                assert page.status == 200
            assert planned(tmp_path) == 1
            assert status_channels(tmp_path) == 1, "outcomes are told in #releases"
    with running("--fresh", cwd=tmp_path):
        assert planned(tmp_path) == 1


def test_a_taken_port_is_answered_with_another_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        mine = tmp_path / "here" / "tminus.sqlite3"
        mine.parent.mkdir()
        mine.touch()
        process = started("--port", str(port), "--fresh", cwd=tmp_path)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"Port {port} is taken. Try another one: make sandbox PORT=" in errors
    assert mine.exists(), "what the one on that port may be using is not forgotten"


def test_fresh_forgets_our_files_and_leaves_others_alone(tmp_path: Path) -> None:
    for name in ("tminus.sqlite3", "tminus.sqlite3-wal", "slack.sqlite3", "clock.json", "secret.key", "holiday.jpg"):
        (tmp_path / name).touch()
    assert prepare(tmp_path, fresh=False) is False
    assert prepare(tmp_path, fresh=True) is True
    assert [file.name for file in tmp_path.iterdir()] == ["holiday.jpg"]


async def test_a_clock_that_was_moved_stays_moved_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    await resumed_clock(file).advance(timedelta(days=1))
    ahead = resumed_clock(file).now() - Clock().now()
    assert timedelta(hours=23, minutes=59) < ahead <= timedelta(days=1, seconds=1)


async def test_ended_twice_it_leaves_nothing_open(tmp_path: Path) -> None:
    """The second Ctrl-C cuts the drain short: no complaint of a library may follow in the terminal."""
    clock, wire = Clock(), Wire()
    box = Sandbox(SandboxConfig(manifest=manifest.build(), clock=clock, wire=wire, host="127.0.0.1", mode="socket"))
    await box.start()
    try:
        settings = settings_for(box, tmp_path)
        migrate(settings.database_url)
        app = await App.open(settings, clock=clock, wire=wire)
        await app.start()
        draining = asyncio.create_task(app.stop())
        await asyncio.sleep(0)  # it has begun
        draining.cancel()
        with pytest.raises(asyncio.CancelledError):
            await draining
        session = app.slack.reading.session
        assert session is not None and session.closed
        await app.stop()  # and where there is time for it, the rest
    finally:
        await box.stop()
