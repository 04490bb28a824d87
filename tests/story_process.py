"""Run the bot as an operator does, as a process of its own in real time, and kill it without warning."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.clock import Clock, Wire
from bot.sandbox.server import Sandbox, SandboxConfig
from bot.slack import manifest
from storage.engine import Store, open_store

ROOT = Path(__file__).parent.parent
#: Real seconds that the bot may take for what it does, on a busy machine.
PATIENCE = 30.0
_UP = re.compile(r"http://localhost:(\d+)/readyz")


class BotProcess:
    """`python -m bot run` with nothing but its environment, talking to a local Slack. `store` looks at its database."""

    def __init__(self, box: Sandbox, mode: str, database_url: str, directory: Path) -> None:
        self.box = box
        self.mode = mode
        self.directory = directory
        self.store: Store = open_store(database_url, clock=Clock())
        way_in = (
            {"SLACK_APP_TOKEN": box.app_token} if mode == "socket" else {"SLACK_SIGNING_SECRET": box.signing_secret}
        )
        self._env = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "PYTHONUNBUFFERED": "1",
            "SLACK_BOT_TOKEN": box.bot_token,
            "SLACK_API_URL": box.api_url,
            "DATABASE_URL": database_url,
            "TMINUS_DATA": str(directory),
            "TMINUS_ADMINS": box.person("ana").id,
            "PORT": "0",
            **way_in,
        }
        self.url = ""  # where it hears Slack, once it is up
        self._process: asyncio.subprocess.Process | None = None

    async def starts(self) -> None:
        """Start it and wait until it says that it is up. AssertionError with its log when it does not."""
        log = (self.directory / "bot.log").open("ab")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run",
            cwd=self.directory, env=self._env, stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip
        log.close()
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := (await self._process.stdout.readline()).decode():
                if found := _UP.search(line):
                    self.url = f"http://127.0.0.1:{found[1]}/slack/events"
                    self.box.request_url = self.url
                    return
            await self._process.wait()
        raise AssertionError(f"the bot did not start:\n{self.log}")

    def freezes(self) -> None:
        """SIGSTOP: it stands still in the middle of whatever it does, and its connections stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        # One of its threads is told, and the others go on until that one runs: on a busy machine far enough to COMMIT.
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)

    def wakes(self) -> None:
        """SIGCONT: it goes on, as if no time had passed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def dies(self) -> None:
        """SIGKILL: no farewell, nothing finished."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def stops(self) -> None:
        """SIGTERM: it drains and ends by itself. AssertionError when it fails at that."""
        if self._process is not None and self.lives:
            self._process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE):
                await self._process.communicate()
            assert self._process.returncode == 0, self.log

    @property
    def lives(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def log(self) -> str:
        return (self.directory / "bot.log").read_text()

    async def until(self, holds: Any, *, within: float = PATIENCE, what: str = "") -> None:
        """Look at the database (`holds(work)`) until it is so. AssertionError after `within` seconds."""
        try:
            async with asyncio.timeout(within):
                while not await self.store.read(holds):  # noqa: ASYNC110 - another process cannot wake us
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"this did not come to be within {within} s: {what}\n{self.log}") from None

    async def until_said(self, event: str, *, within: float = PATIENCE) -> None:
        """Wait for a line in its log. AssertionError after `within` seconds."""
        async with asyncio.timeout(within):
            while event not in self.log:  # noqa: ASYNC110 - another process cannot wake us
                await asyncio.sleep(0.02)


@asynccontextmanager
async def bot_process(mode: Any, database_url: str, directory: Path) -> AsyncIterator[BotProcess]:
    """A local Slack in real time, and a bot that is not started yet; it is stopped at the end."""
    base = "http://127.0.0.1" if mode == "http" else None
    box = Sandbox(SandboxConfig(manifest=manifest.build(base_url=base), clock=Clock(), wire=Wire(), mode=mode))
    await box.start()
    bot = BotProcess(box, mode, database_url, directory)
    try:
        yield bot
        await bot.stops()
    finally:
        if bot.lives:
            await bot.dies()
        await bot.store.close()
        await box.stop()
