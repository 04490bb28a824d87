"""Measure gestures against the bare anchor: acknowledged only, stored on SQLite and Postgres, and read."""

import asyncio
import random
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psycopg

from tests.bench import load, servers, stage, who
from tests.bench.rounds import Measured, Row, Spread, interleave

#: Seconds of load in one slice, and as many unmeasured ones first, so that every path has run once.
SECONDS, WARM = 1.0, 0.3
#: Requests prepared for the first slice, and how many more than the fastest one used for the others.
FIRST, SPARE = 1_000, 1.4
RELEASES = 2_000
#: (kind, concurrency) → (floor, target) of the ratio to bare.
AIMS = {
    ("ack", 1): (0.9, 1.0), ("ack", 16): (0.9, 1.0), ("ack", 64): (0.9, 1.0),
    ("click sqlite", 1): (0.30, 0.45), ("click sqlite", 16): (0.25, 0.40), ("click sqlite", 64): (0.25, 0.40),
    ("click postgres", 1): (0.12, 0.20), ("click postgres", 16): (0.18, 0.30),
    ("status sqlite", 1): (0.30, 0.50), ("status sqlite", 16): (0.25, 0.40),
}  # fmt: skip
TITLES = {
    "ack": "acknowledging only, all abilities registered",
    "click sqlite": "a click stored, SQLite",
    "click postgres": "a click stored, Postgres",
    "status sqlite": "slash read (`status`), SQLite",
}


def measure(directory: Path, figures: list[str], rounds: int, rng: random.Random) -> list[Row]:
    """The figures that are compared with bare Bolt: "ack", "click-sqlite", "click-postgres", "status-sqlite"."""
    kinds = [one.replace("-", " ") for one in figures]
    with ExitStack() as ends:
        urls: dict[str, str] = {}
        if any(kind != "click postgres" for kind in kinds):
            urls["sqlite"] = f"sqlite:///{directory}/bench.sqlite3"
        if "click postgres" in kinds:
            create, _ = ends.enter_context(servers.postgres(directory))
            urls["postgres"] = create("bench")
        course = Course(directory, kinds, rng)
        ends.callback(course.close)
        for dialect, url in urls.items():
            course.open(dialect, url)
        return course.run(rounds)


class Course:
    """The servers of one comparison, and what each slice gave. `kinds` are those of AIMS to run."""

    def __init__(self, directory: Path, kinds: list[str], rng: random.Random) -> None:
        self.measured = Measured()
        self.stored: dict[str, int] = {"sqlite": 0, "postgres": 0}
        self._directory = directory
        self._kinds = kinds
        self._rng = rng
        self._used: dict[str, int] = {}
        self._trigger = 10_000_000
        self._slack = servers.slack(directory)
        self._bare = servers.bare(directory)
        self._bots: dict[str, servers.ServerProcess] = {}
        self._urls: dict[str, str] = {}
        self._clicks: dict[str, stage.Clicks] = {}
        self._shown: dict[str, list[stage.Shown]] = {}

    def open(self, dialect: str, url: str) -> None:
        """Set the stage there and start a bot on it."""
        self._shown[dialect] = stage.build(url, RELEASES)
        self._urls[dialect] = url
        self._clicks[dialect] = stage.Clicks(self._shown[dialect], self._slack.port, self._rng.randrange(2**32))
        self._bots[dialect] = servers.bot(f"bot-{dialect}", url, self._slack.port, self._directory)

    def run(self, rounds: int) -> list[Row]:
        """Measure, and count what was stored. Raises AssertionError where that is not what was acknowledged."""
        for bot in self._bots.values():
            bot.settle()
        levels = sorted({level for kind, level in AIMS if kind in self._kinds})
        slices = [partial(self._slice, "bare", level) for level in levels]
        slices += [partial(self._slice, kind, level) for kind, level in AIMS if kind in self._kinds]
        for run in slices:
            run(warm=True)
        before = self._facts_asked()
        interleave([partial(run, warm=False) for run in slices], rounds, self._rng)
        for dialect, url in self._urls.items():
            keys, votes = count(url)
            assert (keys, votes) == (self.stored[dialect],) * 2, (
                f"{dialect}: {keys} keys, {votes} votes, not {self.stored[dialect]}"
            )
        asked = self._facts_asked() - before
        rows = [self._row(kind, level) for kind, level in AIMS if kind in self._kinds]
        return [*rows, Row("Slack calls before an ack, caches warm", Spread.of([asked]), 0, 0, unit="calls",
                           more_is_better=False, detail="calls that read facts, over all slices")]  # fmt: skip

    def _facts_asked(self) -> int:
        """How often Slack was asked for something, rather than told: the only calls that an ack can wait for.

        Whether we are still installed is asked every few minutes, for nobody's sake.
        """
        calls = servers.told(self._slack.port)["calls"]
        told = ("chat.", "views.", "response_url", "auth.test")
        return sum(count for method, count in calls.items() if not method.startswith(told))

    def close(self) -> None:
        for one in (*self._bots.values(), self._bare, self._slack):
            one.stop()

    def _slice(self, kind: str, level: int, *, warm: bool) -> None:
        name = f"{kind} {level}"
        count = int(self._used.get(name, FIRST) * SPARE) + 100
        make, dialect = self._bodies(kind)
        bodies = make(count)
        requests = [load.signed(body, who.SIGNING_SECRET) for body in bodies]
        server = self._bare if kind == "bare" else self._bots[dialect]
        busy = server.busy_for()
        got = asyncio.run(load.press(server.port, requests, level, WARM if warm else SECONDS))
        busy = server.busy_for() - busy
        if kind.startswith("click"):
            self._clicks[dialect].put_back(bodies[len(got.waits) :])
            self.stored[dialect] += len(got.waits)
        assert set(got.statuses) == {200}, f"{name}: {dict(got.statuses)}"
        if kind.startswith("status"):
            assert b"Go/no-go open" in got.sample, got.sample
        for bot in self._bots.values():
            bot.settle()
        self._used[name] = max(self._used.get(name, 0), int(got.rate * SECONDS))
        if warm:
            return
        self.measured.add(f"{name} rate", got.rate)
        self.measured.add(f"{name} busy", busy / len(got.waits) * 1000)
        for share in (50, 95, 99):
            self.measured.add(f"{name} p{share}", got.wait(share / 100) * 1000)

    def _bodies(self, kind: str) -> tuple[Callable[[int], list[bytes]], str]:
        dialect = kind.partition(" ")[2] or next(iter(self._bots))
        if kind.startswith("click"):
            return self._clicks[dialect].take, dialect
        if kind.startswith("status"):
            return lambda count: [stage.command("status", self._next(), self._url) for _ in range(count)], dialect
        shown = self._shown[dialect][0]
        return lambda count: [stage.no_op(shown, who.VOTERS[0], self._next(), self._url) for _ in range(count)], dialect

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self._slack.port}"

    def _next(self) -> int:
        self._trigger += 1
        return self._trigger

    def _row(self, kind: str, level: int) -> Row:
        name, bare = f"{kind} {level}", f"bare {level}"
        rate, other = self.measured.spread(f"{name} rate"), self.measured.spread(f"{bare} rate")
        waits = " / ".join(f"{self.measured.spread(f'{name} p{share}').median:.2f}" for share in (50, 95, 99))
        busy, idle = self.measured.spread(f"{name} busy"), self.measured.spread(f"{bare} busy")
        tail = self.measured.ratio(f"{name} p99", f"{bare} p99")
        return Row(
            f"{TITLES[kind]}, concurrency {level}",
            self.measured.ratio(f"{name} rate", f"{bare} rate"),
            *AIMS[kind, level],
            detail=f"{rate.median:,.0f}/s (bare {other.median:,.0f}/s), p50/95/99 {waits} ms, "
            f"p99 {tail.median:.1f}× bare; processor {busy.median:.2f} ms each (bare {idle.median:.2f})",
        )


def count(url: str) -> tuple[int, int]:
    """Gestures kept with their answers, and votes: (keys of clicks, votes)."""
    queries = (
        "SELECT count(*) FROM keys WHERE key LIKE 'action:%' AND reply IS NOT NULL",
        "SELECT count(*) FROM votes",
    )
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        keys, votes = (connection.execute(query).fetchone()[0] for query in queries)
        connection.close()
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as pg:
            keys, votes = (pg.execute(query).fetchall()[0][0] for query in queries)
    return keys, votes
