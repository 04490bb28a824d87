"""`tminus migrate`, `doctor` and `run` as processes of their own, against the local Slack."""

import asyncio
import json
import os
import re
import signal
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
    assert [line for line in lines if line["level"] in ("error", "critical")] == []
    for secret in (code[1], env["SLACK_BOT_TOKEN"], env["SLACK_APP_TOKEN"]):
        assert secret not in logged.decode()


async def test_run_with_a_token_slack_does_not_know_points_to_doctor(env: dict[str, str]) -> None:
    assert (await tminus(env, "migrate"))[0] == 0
    code, _, errors = await tminus(env | {"SLACK_BOT_TOKEN": "xoxb-nobody"}, "run")
    assert code == 1
    assert "tminus doctor" in errors
    assert "invalid_auth" in errors
