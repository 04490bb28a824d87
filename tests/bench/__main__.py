"""Measure how fast the bot is: `make bench`, or a part of it: `make bench ARGS="--only click-sqlite --rounds 3"`.

Without `--only` everything is measured, and docs/benchmarks.md and its plot are written. Ends with 1 where a figure
could not be measured, or something happened that must not.
"""

import argparse
import asyncio
import platform
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bot import logs
from tests.bench import alone, answers, clicks, clockwork, load, memory, posting, report, servers, sizes, stage, who
from tests.bench.rounds import Row, Spread

GESTURES = ("ack", "click-sqlite", "click-postgres", "status-sqlite")
OTHERS = ("generator", "storage", "timers", "wake-up", "commands", "crowd", "posting", "memory")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=[*GESTURES, *OTHERS], metavar="FIGURE",
                        help=f"one of {', '.join((*GESTURES, *OTHERS))}; may be given again")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=5, help="rounds of interleaved slices (5)")
    parser.add_argument("--seed", type=int, default=1, help="of the order of slices and clicks")
    parser.add_argument("--clicks", type=int, default=50_000, help="of the memory figure (50,000)")
    parser.add_argument("--minutes", type=float, default=2.5, help="after which the memory figure ends anyway (2.5)")
    asked = parser.parse_args()
    logs.configure("console", level="ERROR")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped too
    began = time.monotonic()
    rows = measure(asked)
    if asked.only is None:
        report.write(rows, _facts(asked.rounds, time.monotonic() - began))
        print(f"written: {report.PAGE.relative_to(report.ROOT)}, {report.PLOT.relative_to(report.ROOT)}")
    if any(row.failed for row in rows):
        sys.exit(1)


def measure(asked: argparse.Namespace) -> list[Row]:
    """Each figure that was asked for, printed as soon as it is known."""
    rng = random.Random(asked.seed)
    wanted = asked.only or [*GESTURES, *OTHERS]
    speed_alone: list[float] = []

    def storage(place: Path) -> list[Row]:
        rows = alone.measure(place, asked.rounds, rng)
        speed_alone.append(rows[0].speed)
        return rows

    figures: dict[str, Callable[[Path], list[Row]]] = {
        "generator": _generator,
        "gestures": lambda place: clicks.measure(place, [one for one in GESTURES if one in wanted], asked.rounds, rng),
        "storage": storage,
        "timers": lambda place: clockwork.lateness(place) + clockwork.flood(place, *speed_alone),
        "wake-up": lambda place: sizes.wake_ups(place, asked.rounds, rng),
        "commands": lambda place: sizes.commands(place, asked.rounds, rng),
        "crowd": lambda place: answers.measure(place, asked.rounds),
        "posting": posting.measure,
        "memory": lambda place: memory.measure(place, asked.clicks, asked.minutes * 60),
    }
    rows: list[Row] = []
    for name, figure in figures.items():
        if name in wanted or (name == "gestures" and set(GESTURES) & set(wanted)):
            with servers.workspace() as place:
                try:
                    found = figure(place)
                except Exception:  # the others are worth their time all the same
                    traceback.print_exc()
                    found = [Row(name, Spread.of([0]), failed="could not be measured")]
            for row in found:
                print(report.line(row), flush=True)
            rows += found
    return rows


def _generator(place: Path) -> list[Row]:
    """What the load generator reaches where the server does next to nothing: it must not be what is measured."""
    nothing, bare = servers.nothing(place), servers.bare(place)
    body = stage.no_op(stage.Shown(1, 1, "C1", "1.1", {"text": "x" * 5_000}), who.CAPTAIN, 1, "http://127.0.0.1:1")
    try:
        rates = {}
        for server in (nothing, bare):
            requests = [load.signed(body, who.SIGNING_SECRET) for _ in range(20_000)]
            rates[server.name] = asyncio.run(load.press(server.port, requests, 16, 1.0)).rate
    finally:
        nothing.stop()
        bare.stop()
    return [Row("the load generator against a server that does nothing, concurrency 16",
                Spread.of([rates["nothing"] / rates["bare"]]), 3, 3,
                detail=f"{rates['nothing']:,.0f} requests/s")]  # fmt: skip


def _facts(rounds: int, seconds: float) -> dict[str, str]:
    return {
        "When": f"{datetime.now(UTC):%Y-%m-%d}, in {seconds / 60:.0f} minutes, {rounds} rounds",
        "Machine": f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB, {platform.system()}, "
                   f"Python {platform.python_version()}; load while it ran: {psutil.getloadavg()[2]:.1f}",
    }  # fmt: skip


if __name__ == "__main__":
    main()
