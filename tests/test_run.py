"""`tminus migrate`, `doctor` and `run` as processes of their own, against the local Slack."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.clock import Clock, Wire
from bot.sandbox.server import Sandbox, SandboxConfig
from bot.slack import manifest

ROOT = Path(__file__).parent.parent


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    box = Sandbox(SandboxConfig(manifest=manifest.build(), clock=Clock(), wire=Wire()))
    await box.start()
    yield box
    await box.stop()


@pytest.fixture
def env(slack: Sandbox, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "data").mkdir()
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "TMINUS_DATA": str(tmp_path / "data"),
        "PORT": "0",
    }


async def begin(env: dict[str, str], command: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", command, env=env, cwd=env["TMINUS_DATA"], stdout=pipe, stderr=pipe
    )


async def tminus(env: dict[str, str], command: str) -> tuple[int, str, str]:
    """Run to the end; return the exit code and what was printed and logged."""
    process = await begin(env, command)
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_doctor_says_to_migrate_and_then_is_content(env: dict[str, str]) -> None:
    code, before, _ = await tminus(env, "doctor")
    assert code == 1
    assert "→ Run: tminus migrate" in before
    assert (await tminus(env, "migrate"))[:2] == (0, "The database is up to date.\n")
    code, after, errors = await tminus(env, "doctor")
    assert code == 0, after + errors
    assert "✗" not in after
    for topic in ("database: SQLite, migrated", "token:", "scopes:", "clock:", "Socket Mode:"):
        assert topic in after


async def test_run_greets_is_ready_and_drains_when_told_to(env: dict[str, str], empty_database: str) -> None:
    env["DATABASE_URL"] = empty_database
    assert (await tminus(env, "migrate"))[0] == 0
    process = await begin(env, "run")
    assert process.stdout
    greeting = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    admin = (await asyncio.wait_for(process.stdout.readline(), 5)).decode()
    port = re.search(r"localhost:(\d+)/readyz", greeting)
    code = re.search(r"/release setup (\S+)", admin)
    assert port, greeting
    assert code, admin
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port[1]}/healthz") as alive:
            assert alive.status == 200
        async with session.get(f"http://127.0.0.1:{port[1]}/readyz") as ready:
            assert ready.status == 200, await ready.text()
    process.send_signal(signal.SIGTERM)
    _, logged = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, logged.decode()
    lines = [json.loads(line) for line in logged.decode().splitlines()]
    assert [line for line in lines if line["level"] in ("warning", "error", "critical")] == []
    for secret in (code[1], env["SLACK_BOT_TOKEN"], env["SLACK_APP_TOKEN"]):
        assert secret not in logged.decode()


async def test_a_bot_that_runs_loads_nothing_that_only_a_command_or_a_migration_needs(env: dict[str, str]) -> None:
    assert (await tminus(env, "migrate"))[0] == 0
    process = await begin(env | {"PYTHONPROFILEIMPORTTIME": "1"}, "run")
    await until(process, "T-Minus is up")
    process.send_signal(signal.SIGTERM)
    _, told = await asyncio.wait_for(process.communicate(), 30)
    loaded = set(re.findall(r"^import time:.*\| +([\w.]+)$", told.decode(), re.MULTILINE))
    assert {"bot.dispatch", "sqlalchemy", "structlog.stdlib"} <= loaded
    assert {"alembic", "pydantic", "rich.console", "typer", "yaml"} & loaded == set()


async def test_run_says_at_once_all_that_is_wrong_and_ends_with_2(env: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = str(other.getsockname()[1])
        wrong = {"PORT": port, "SLACK_BOT_TOKEN": "xoxb-nobody", "SLACK_APP_TOKEN": "xapp-1-nobody"}
        code, out, errors = await tminus(env | wrong, "run")
    assert (code, out) == (2, "")
    assert "T-Minus cannot go on: 4 things are not right." in errors
    for what, todo in (
        ("✗   database: SQLite is not at this version's schema", "→ Run: tminus migrate"),
        (f"✗   port {port}: address already in use", "→ Stop what listens there, or set PORT."),
        ("✗   token: Slack says invalid_auth", "to SLACK_BOT_TOKEN."),
        ("✗   Socket Mode: Slack says invalid_auth", "SLACK_APP_TOKEN"),
    ):
        assert what in errors and todo in errors, errors
    assert "Traceback" not in errors


async def test_run_says_so_when_slack_cannot_be_reached(env: dict[str, str]) -> None:
    assert (await tminus(env, "migrate"))[0] == 0
    code, _, errors = await tminus(env | {"SLACK_API_URL": "http://127.0.0.1:1/api/"}, "run")
    assert code == 2
    assert "✗   Slack: http://127.0.0.1:1/api/ cannot be reached" in errors
    assert "1 thing is not right" in errors and "Traceback" not in errors


async def until(process: asyncio.subprocess.Process, words: str) -> str:
    """What is printed until these words stand in a line: that line."""
    assert process.stdout
    while line := (await asyncio.wait_for(process.stdout.readline(), 30)).decode():
        if words in line:
            return line
    raise AssertionError(f"ended without saying {words!r}")


async def ends(process: asyncio.subprocess.Process) -> str:
    process.send_signal(signal.SIGTERM)
    _, logged = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, logged.decode()
    return logged.decode()


async def test_a_slack_that_stumbles_at_the_start_is_asked_again(env: dict[str, str], slack: Sandbox) -> None:
    assert (await tminus(env, "migrate"))[0] == 0
    for method in ("auth.test", "apps.connections.open"):
        slack.faults.add(method, "server_error", times=2)
    slack.faults.add("bots.info", "rate_limited")
    process = await begin(env, "run")
    await until(process, "T-Minus is up")
    logged = await ends(process)
    assert "slack_awaited" in logged and "Traceback" not in logged


async def test_sigterm_ends_a_start_that_waits_for_slack(env: dict[str, str], slack: Sandbox) -> None:
    assert (await tminus(env, "migrate"))[0] == 0
    slack.faults.add("apps.connections.open", "rate_limited", times=None, retry_after=60)
    process = await begin(env, "run")
    assert process.stderr
    while b"slack_awaited" not in await asyncio.wait_for(process.stderr.readline(), 30):
        continue
    await ends(process)


async def test_the_one_time_code_is_never_lost(env: dict[str, str], empty_database: str) -> None:
    """Nothing that fails swallows it. SQLite belongs to one process, which prints another; of replicas one prints."""
    env["DATABASE_URL"] = empty_database
    assert (await tminus(env, "migrate"))[0] == 0
    assert (await tminus(env | {"SLACK_BOT_TOKEN": "xoxb-nobody"}, "run"))[0] == 2
    process = await begin(env, "run")
    first = await until(process, "No admin yet. In Slack, type: /release setup ")
    await ends(process)
    process = await begin(env, "run")
    again = await until(process, "No admin yet.")
    await ends(process)
    if empty_database.startswith("sqlite"):
        assert "/release setup " in again and again != first
    else:
        assert "printed by another process or an earlier start, and is good until 2" in again
        assert "TMINUS_ADMINS" in again
