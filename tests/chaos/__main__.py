"""Run for long: `make chaos RUNS=40 SEED=7`, and print what was done to the bots, and what they did wrong.

Every run has a workspace and a database of its own; its seed decides who dies where. A run in which something was
wrong leaves its bots' log behind, and the whole ends with exit status 1.
"""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.bots import Stable
from tests.chaos.database import Kind, a_database
from tests.chaos.migrating import kill_migrations
from tests.chaos.run import Mode, Tally, a_run


@dataclass(frozen=True)
class Stage:
    """Where a run plays."""

    mode: Mode
    kind: Kind
    replicas: int = 1
    history: bool = True

    def __str__(self) -> str:
        many = f", {self.replicas} bots" if self.replicas > 1 else ""
        return f"{self.mode}, {self.kind}{many}{'' if self.history else ', no history'}"


STAGES = (
    Stage("socket", "sqlite"),
    Stage("http", "postgres", replicas=2),
    Stage("http", "sqlite"),
    Stage("socket", "postgres", replicas=2),
    Stage("http", "postgres"),
    Stage("http", "sqlite", history=False),
)


class Marathon:
    """Many runs, some at a time, and their sum."""

    def __init__(self, stable: Stable, logs: Path, lives: int) -> None:
        self._stable = stable
        self._logs = logs
        self._lives = lives
        self.total = Tally()

    async def runs(self, numbers: list[int], jobs: int) -> None:
        """One run for each number, which is its seed; `jobs` at the same time."""
        left = iter(numbers)

        async def one_after_the_other() -> None:
            for number in left:
                await self._one(number)

        await asyncio.gather(*(one_after_the_other() for _ in range(jobs)))

    async def _one(self, seed: int) -> None:
        stage = STAGES[seed % len(STAGES)]
        async with a_database(stage.kind) as database, a_run(
            self._stable, database, mode=stage.mode, seed=seed, stormy=True, replicas=stage.replicas,
            history=stage.history, pause=0.1,
        ) as run:  # fmt: skip
            try:
                tally = await run.plays(self._lives)
            except Exception as problem:  # such as a bot that does not come up any more: that is a violation too
                tally = run.tally
                tally.violations.append(f"the run broke off: {problem!r}")
            tally.violations = [f"run {seed} ({stage}): {line}" for line in tally.violations]
            if tally.violations:
                shutil.copy(run.directory / "bot.log", self._logs / f"run-{seed}.log")
            self.total.add(tally)
        kills, faults = tally.kills.total(), tally.faults.total()
        wrong = f"{len(tally.violations)} violations"
        print(
            "\n  ".join([f"run {seed} ({stage}): {kills} kills, {faults} faults, {wrong}", *tally.violations]),
            flush=True,
        )


async def main(runs: int, seed: int, jobs: int, lives: int) -> int:
    """The exit status."""
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # a bot that dies while Slack answers it is no news
    logs = Path(tempfile.mkdtemp(prefix="tminus-chaos-logs-"))
    async with Stable() as stable:
        marathon = Marathon(stable, logs, lives)
        for kind in ("sqlite", "postgres"):
            marathon.total.add(await kill_migrations(stable, kind))
            marathon.total.add(await kill_migrations(stable, kind, every=2, holding="0001"))
        await marathon.runs(list(range(seed, seed + runs)), jobs)
    print(marathon.total.report())
    print(f"logs of what went wrong: {logs}" if marathon.total.violations else "every promise was kept")
    return 1 if marathon.total.violations else 0


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    asked.add_argument("--runs", type=int, default=12)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=3)
    asked.add_argument("--lives", type=int, default=30, help="deaths in each run")
    given = asked.parse_args()
    sys.exit(asyncio.run(main(given.runs, given.seed, given.jobs, given.lives)))
