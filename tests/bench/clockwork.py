"""Measure the clock's work in the running bot: many timers due at once, and how late one is on a usual day."""

import asyncio
import random
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench import load, servers, stage, who
from tests.bench.crowd import Copies, multiply
from tests.bench.rounds import Row, Spread

FLOOD = 10_000
#: Seconds in which the flood must be over, or the measurement ends with what was done.
FLOOD_PATIENCE = 240.0
#: The usual day: so many timers, one every so often (seconds), beside so many clicks a second.
USUAL, EVERY, CLICKS_A_SECOND = 300, 0.1, 10
#: Seconds between two looks at whether the event loop answers.
LOOK = 0.005
_UNTIL = "strftime('%Y-%m-%d %H:%M:%f', '{at:%Y-%m-%d %H:%M:%S}', '+' || ({of} * {every}) || ' seconds') || '000'"


@dataclass
class Probe:
    """Asks /healthz every few milliseconds on a connection of its own; `waits` are seconds."""

    port: int
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._ask()))
        self._thread.start()

    async def _ask(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while not self._over.is_set():
            began = time.perf_counter()
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(load.length(head))
            self.waits.append(time.perf_counter() - began)
            await asyncio.sleep(LOOK)
        writer.close()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def longest(self) -> float:
        """Milliseconds."""
        return max(self.waits) * 1000


def flood(directory: Path, alone: float | None = None) -> list[Row]:
    """Ten thousand go/no-gos that close in the same second. `alone`: transactions a second of storage by itself."""
    file = directory / "flood.sqlite3"
    url = f"sqlite:///{file}"
    stage.build(url, 1)
    multiply(str(file), Copies(1, FLOOD - 2))  # with the two that the stage has
    slack = servers.slack(directory)
    bot = servers.bot("flood", url, slack.port, directory)
    try:
        bot.settle()
        calm = Probe(bot.port)
        time.sleep(3)
        calm.stop()
        at = datetime.now(UTC) + timedelta(seconds=3)
        _close_at(file, at, every=0.0)
        probe = Probe(bot.port)
        settled = _wait_for(file, FLOOD, FLOOD_PATIENCE)
        probe.stop()
        with closing(sqlite3.connect(file)) as connection:
            (last,) = connection.execute("SELECT max(settled_at) FROM timers WHERE name = 'poll closes'").fetchone()
            (twice,) = connection.execute(
                "SELECT count(*) - count(DISTINCT release_id) FROM audit WHERE name = 'decided'"
            ).fetchone()
            (decided,) = connection.execute("SELECT count(*) FROM audit WHERE name = 'decided'").fetchone()
        assert twice == 0, f"{twice} releases were decided twice"
        seconds = (datetime.fromisoformat(last).replace(tzinfo=UTC) - at.replace(microsecond=0)).total_seconds()
    finally:
        bot.stop()
        slack.stop()
    rate = settled / seconds
    ordered = sorted(probe.waits)
    p99 = ordered[int(0.99 * len(ordered))] * 1000
    once = Spread.of([settled])
    return [
        Row(f"{FLOOD:,} timers due at once: settled once each", once, FLOOD, FLOOD, unit="timers",
            detail=f"in {seconds:.0f} s; {decided:,} decisions, none twice"),
        Row("the longest that the event loop kept anybody waiting meanwhile", Spread.of([probe.longest()]), 50, 50,
            unit="ms", more_is_better=False,
            detail=f"/healthz asked every {LOOK * 1000:.0f} ms: p99 {p99:.1f} ms; with nothing to do "
                   f"{calm.longest():.1f} ms"),
        Row("draining them, against the transactions of storage alone", Spread.of([rate / alone]), None, 0.5,
            unit="× storage alone", detail=f"{rate:,.0f} timers/s")
        if alone else Row("draining them", Spread.of([rate]), unit="timers/s"),
    ]  # fmt: skip


def lateness(directory: Path) -> list[Row]:
    """How late a timer is (from its due instant to the transaction that does it) beside some clicks."""
    file = directory / "usual.sqlite3"
    url = f"sqlite:///{file}"
    seconds = USUAL * EVERY
    shown = stage.build(url, int(seconds * CLICKS_A_SECOND / len(who.VOTERS)) + 20)
    with closing(sqlite3.connect(file)) as connection:
        (first,) = connection.execute("SELECT max(id) FROM releases").fetchone()
    multiply(str(file), Copies(1, USUAL))
    slack = servers.slack(directory)
    bot = servers.bot("usual", url, slack.port, directory)
    try:
        bot.settle()
        at = datetime.now(UTC) + timedelta(seconds=3)
        _close_at(file, at, every=EVERY, above=first)
        clicks = stage.Clicks(shown[1:], slack.port, 1)
        asyncio.run(_click_now_and_then(bot.port, clicks, seconds + 3))
        settled = _wait_for(file, USUAL, 20.0, above=first)
        assert settled == USUAL, f"{settled} of {USUAL} timers were done"
        with closing(sqlite3.connect(file)) as connection:
            rows = connection.execute(
                "SELECT due_at, settled_at FROM timers WHERE name = 'poll closes' AND release_id > ?", (first,)
            ).fetchall()
    finally:
        bot.stop()
        slack.stop()
    late = sorted(
        (datetime.fromisoformat(done) - datetime.fromisoformat(due)).total_seconds() * 1000 for due, done in rows
    )
    p99 = late[int(0.99 * len(late))]
    return [
        Row(f"timer lateness p99, {1 / EVERY:.0f} timers and {CLICKS_A_SECOND} clicks a second",
            Spread(p99, late[0], late[-1]), 100, 20, unit="ms", more_is_better=False,
            detail=f"p50 {late[len(late) // 2]:.1f} ms, {len(late)} timers (from and to: the least and the most)")
    ]  # fmt: skip


async def _click_now_and_then(port: int, clicks: stage.Clicks, seconds: float) -> None:
    ends = time.perf_counter() + seconds
    rng = random.Random(1)
    while time.perf_counter() < ends:
        (body,) = clicks.take(1)
        got = await load.press(port, [load.signed(body, who.SIGNING_SECRET)], 1)
        assert set(got.statuses) == {200}, got.statuses
        await asyncio.sleep(rng.expovariate(CLICKS_A_SECOND))


def _close_at(file: Path, at: datetime, *, every: float, above: int = 0) -> None:
    """Have the go/no-gos of the releases with higher ids close then, one after the other `every` seconds."""
    place = f"(release_id - {above})"
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        due = _UNTIL.format(at=at, of=place, every=every)
        connection.execute(f"UPDATE rounds SET closes_at = {due} WHERE release_id > {above}")
        connection.execute(
            f"UPDATE timers SET due_at = {due}, next_try_at = {due} WHERE name = 'poll closes' AND release_id > {above}"
        )
        connection.commit()


def _wait_for(file: Path, count: int, patience: float, *, above: int = 0) -> int:
    """Wait until so many are settled; returns how many are."""
    until = time.monotonic() + patience
    while True:
        with closing(sqlite3.connect(file, timeout=30)) as connection:
            (settled,) = connection.execute(
                "SELECT count(*) FROM timers WHERE name = 'poll closes' AND settled_at IS NOT NULL AND release_id > ?",
                (above,),
            ).fetchone()
        if settled >= count or time.monotonic() > until:
            return int(settled)
        time.sleep(0.5)
