"""Start, kill, freeze and restart bots, many of them and cheaply: they are forks of one process that is warm."""

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.story_process import ROOT

#: Real seconds that a bot may take to come up on a busy machine.
PATIENCE = 60.0


@dataclass
class Bot:
    """A bot process. `up` is its port once it can be spoken to, `ended` its exit status (negative: a signal)."""

    id: str
    point: str | None
    pid: int = 0
    frozen: bool = False
    up: "asyncio.Future[int]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    ended: "asyncio.Future[int]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def lives(self) -> bool:
        return self.pid > 0 and not self.ended.done()

    @property
    def port(self) -> int | None:
        """Where it listens, while it lives."""
        return self.up.result() if self.lives and self.up.done() and not self.up.cancelled() else None

    async def comes_up(self) -> bool:
        """Wait until it can be spoken to, or has ended before."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait((self.up, self.ended), return_when=asyncio.FIRST_COMPLETED)
        return not self.ended.done()

    async def dies(self) -> None:
        """SIGKILL from outside, if it still lives."""
        self.tell(signal.SIGKILL)
        await self.ended

    def tell(self, sign: signal.Signals) -> None:
        if self.lives:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sign)

    def freezes(self) -> None:
        self.frozen = True
        self.tell(signal.SIGSTOP)

    def thaws(self) -> None:
        self.frozen = False
        self.tell(signal.SIGCONT)


class Stable:
    """All bots of a run. Use as an async context manager: at its end none is left."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._bots: dict[str, Bot] = {}

    async def __aenter__(self) -> "Stable":
        names = ("PATH", "HOME", "LANG")
        env = {name: os.environ[name] for name in names if name in os.environ}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.bot",
            cwd=ROOT, env={**env, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._listening = asyncio.ensure_future(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        for bot in self._bots.values():
            bot.tell(signal.SIGKILL)
        self._process.stdin.close()
        await self._process.wait()
        await self._listening

    async def starts(
        self, env: dict[str, str], directory: Path, *, point: str | None = None, nth: int = 1,
        planted: str | None = None, command: str = "run",
    ) -> Bot:  # fmt: skip
        """Begin one that will kill itself at the `nth` passing of `point`; do not wait until it is up."""
        bot = Bot(f"bot-{next(self._numbers)}", point)
        self._bots[bot.id] = bot
        told = {
            "id": bot.id, "env": env, "directory": str(directory), "point": point, "nth": nth, "planted": planted,
            "command": command,
        }  # fmt: skip
        assert self._process.stdin is not None
        self._process.stdin.write((json.dumps(told) + "\n").encode())
        await self._process.stdin.drain()
        return bot

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            said: dict[str, Any] = json.loads(line)
            match said:
                case {"began": id, "pid": pid}:
                    self._bots[id].pid = pid
                case {"up": id, "port": port}:
                    self._bots[id].up.set_result(port)
                case {"ended": id, "status": status}:
                    self._bots.pop(id).ended.set_result(status)
        for bot in self._bots.values():
            bot.ended.set_result(1)
