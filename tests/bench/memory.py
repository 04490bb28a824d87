"""Measure memory: against bare Bolt, and whether it grows with the clicks, beside many stored releases."""

import asyncio
import statistics
import time
from pathlib import Path

from tests.bench import load, servers, sizes, stage, who
from tests.bench.clicks import count
from tests.bench.rounds import Row, Spread

STORED = 100_000
CONCURRENCY = 16
#: Memory is looked at after each so many clicks; so many releases are opened at a time, with the clicks for them.
EACH, BATCH = 300, 500


def measure(directory: Path, clicks: int, seconds: float) -> list[Row]:
    """So many clicks, or as many as there are in that time."""
    file = directory / "memory.sqlite3"
    url = f"sqlite:///{file}"
    sizes.fill(file, STORED, 1)
    slack, bare = servers.slack(directory), servers.bare(directory)
    bot = servers.bot("memory", url, slack.port, directory)
    try:
        bot.settle()
        _, before = count(url)
        seen = _click(url, bot, slack, clicks, seconds)
        done = seen[-1][0]
        keys, votes = count(url)
        assert (keys, votes - before) == (done, done), f"{done} clicks, {keys} keys, {votes - before} votes"
        _click_bare(bare, slack, url)
        ratio = bot.memory() / bare.memory()
        detail = (
            f"{bot.memory():.0f} MB after {done:,} clicks with {STORED:,} releases stored, bare {bare.memory():.0f} MB"
        )
    finally:
        for one in (bot, bare, slack):
            one.stop()
    later = [(at, mb) for at, mb in seen if at >= done / 3]
    slope = statistics.linear_regression([at for at, _ in later], [mb for _, mb in later]).slope * 10_000
    path = ", ".join(f"{mb:.0f}" for _, mb in seen[:: max(1, len(seen) // 8)])
    return [
        Row("memory against bare", Spread.of([ratio]), 2.5, 1.8, more_is_better=False, detail=detail),
        Row("memory gained in 10,000 clicks", Spread.of([slope]), 1.0, 0.2, unit="MB", more_is_better=False,
            detail=f"over the last two thirds of {done:,} clicks; on the way: {path} MB"),
    ]  # fmt: skip


def _click(
    url: str, bot: servers.ServerProcess, slack: servers.ServerProcess, clicks: int, seconds: float
) -> list[tuple[int, float]]:
    """(clicks made, memory in MB) along the way."""
    seen: list[tuple[int, float]] = []
    done, spent, batch = 0, 0.0, 0
    while done < clicks and spent < seconds:
        batch += 1
        shown = stage.open_more(url, BATCH, f"batch{batch}")
        waiting = stage.Clicks(shown, slack.port, batch, first_trigger=batch * 1_000_000)
        for _ in range(BATCH * len(who.VOTERS) // EACH):
            if done >= clicks or spent >= seconds:
                break
            requests = [load.signed(body, who.SIGNING_SECRET) for body in waiting.take(EACH)]
            began = time.monotonic()
            got = asyncio.run(load.press(bot.port, requests, CONCURRENCY))
            spent += time.monotonic() - began
            assert set(got.statuses) == {200}, f"{got.statuses} after {done:,} clicks\n{bot.log.read_text()[-4000:]}"
            done += EACH
            seen.append((done, bot.memory()))
    return seen


def _click_bare(bare: servers.ServerProcess, slack: servers.ServerProcess, url: str) -> None:
    shown = stage.open_more(url, 1, "bare")
    bodies = [stage.no_op(shown[0], who.VOTERS[0], at, f"http://127.0.0.1:{slack.port}") for at in range(3_000)]
    asyncio.run(load.press(bare.port, [load.signed(body, who.SIGNING_SECRET) for body in bodies], CONCURRENCY))
