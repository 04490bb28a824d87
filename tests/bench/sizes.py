"""Measure what must not grow: commands and wake-ups on a large database against the same on a small one."""

import asyncio
import random
import sqlite3
import statistics
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from bot.clock import Clock, StoryClock
from tests.bench import stage, who
from tests.bench.crowd import Copies, add_workspaces, multiply
from tests.bench.office import Office, words
from tests.bench.rounds import Row, Spread

LARGE, WORKSPACES, SMALL = 100_000, 1_000, 100
#: Releases that are open at once in channels where the asking people are not, in the large and the small workspace;
#: with fewer than are ever looked through at once (50), the small one would show less.
OPEN_IN_LARGE, OPEN_IN_SMALL = 500, 60
MANY_TIMERS, FEW_TIMERS = 1_000_000, 1_000
#: Runs of the day, and wake-ups, in each round.
DAYS, WAKES = 4, 10
_CAPTAIN, _VOTER, _OTHER = who.CAPTAIN, who.VOTERS[0], who.VOTERS[1]
#: A release's day: who types what, and how the answer begins. {ref} is the release, {name} its service.
DAY: list[tuple[str, str, str]] = [
    (_CAPTAIN, "new {name} 1.0 in 2h", "{name} 1.0 is planned"),
    (_VOTER, "status {ref}", "{name} 1.0: "),
    (_VOTER, "status {name}", "{name} 1.0: "),
    (_VOTER, "why {ref}", "{name} 1.0 is not go"),
    (_VOTER, "history {ref}", "{name} 1.0"),
    (_VOTER, "list", ""),
    (_VOTER, "", ""),
    (_VOTER, "help", "I take releases"),
    (_VOTER, "no-go {ref} the scan is red", "You said no-go"),
    (_CAPTAIN, "hold {ref} the scan is red", "{name} 1.0 is on hold"),
    (_CAPTAIN, "resume {ref}", "{name} 1.0: "),
    (_CAPTAIN, "reschedule {ref} in 3h", "{name} 1.0 is now planned"),
    (_VOTER, "go {ref}", "You said go"),
    (_OTHER, "go {ref}", "{name} 1.0 was decided"),
    (_OTHER, "take-over {ref}", "You are the captain"),
    ("", "+3h", ""),
    (_OTHER, "deploy start {ref}", "{name} 1.0: 🚀 Deploying"),
    (_OTHER, "deploy done {ref}", "{name} 1.0: 🟢 Live"),
    (_OTHER, "rollback {ref}", "{name} 1.0: "),
    (_OTHER, "rolled-back {ref}", "{name} 1.0: "),
    (_OTHER, "retro {ref}", ""),
    (_CAPTAIN, "new {name}-b 1.0 in 2h", "{name}-b 1.0 is planned"),
    (_CAPTAIN, "cancel {next} not needed", "{name}-b 1.0 is cancelled"),
]


def commands(directory: Path, rounds: int, rng: random.Random) -> list[Row]:
    """Every command with many releases and workspaces against few: the worst verb's ratio, and all of them."""
    small, large = directory / "small.sqlite3", directory / "large.sqlite3"
    for file, count, workspaces in ((small, SMALL, 1), (large, LARGE, WORKSPACES)):
        fill(file, count, workspaces)
    took = asyncio.run(_days({"small": f"sqlite:///{small}", "large": f"sqlite:///{large}"}, rounds, rng))
    ratios = {
        verb: Spread.of(big / little for big, little in zip(took["large"][verb], took["small"][verb], strict=True))
        for verb in took["small"]
    }
    ranked = sorted(ratios.items(), key=lambda item: -item[1].median)
    others = ", ".join(f"`{verb}` {spread.median:.2f}" for verb, spread in ranked[1:4])
    usual = statistics.median(spread.median for spread in ratios.values())
    verb, worst = ranked[0]
    return [
        Row(f"every command, {LARGE:,} releases and {WORKSPACES:,} workspaces against {SMALL} and 1 (the worst)", worst,
            1.5, 1.2, unit="× small", more_is_better=False,
            detail=f"`{verb}` {statistics.median(took['large'][verb]):.1f} ms; then {others}; "
                   f"the median of {len(ratios)} is {usual:.2f}")
    ]  # fmt: skip


def fill(file: Path, count: int, workspaces: int) -> None:
    """One finished release and an open one, played, and their copies."""
    url = f"sqlite:///{file}"
    stage.build(url, 4)
    finished = asyncio.run(_play_one(url))
    in_first = count // 2 if workspaces > 1 else count
    strangers = {"releases.captain": "'U1P' || (n % 500)", "releases.deployer": "'U1P' || (n % 500)"}
    elsewhere = {**strangers, "releases.channel": "'C1BIG' || (n % 50)", "cards.channel": "'C1BIG' || (n % 50)"}
    if workspaces > 1:
        add_workspaces(str(file), workspaces - 1)
    with closing(sqlite3.connect(file)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(channels)")]
        for number in range(50):
            given = {"id": f"'C1BIG{number}'", "members": '\'["U1P1","U1P2"]\''}
            values = ", ".join(given.get(name, name) for name in columns)
            connection.execute(f"INSERT INTO channels SELECT {values} FROM channels WHERE workspace_id = 1 LIMIT 1")
        connection.commit()
    open_ones = OPEN_IN_LARGE if workspaces > 1 else OPEN_IN_SMALL
    spread = {
        "releases.planned_at": "datetime(planned_at, '-' || (n % 1000) || ' days') || '.000000'",
        "release_parts.service": "'svc-' || (n % 200)", "release_parts.service_key": "'svc-' || (n % 200)",
    }  # fmt: skip
    past = {
        **elsewhere,
        **spread,
        "releases.channel": f"CASE n % 100 WHEN 0 THEN '{who.CHANNELS[0]}' ELSE 'C1BIG' || (n % 50) END",
    }
    copies = [Copies(finished, in_first - open_ones, past), Copies(1, open_ones, elsewhere)]
    if workspaces > 1:
        others = {**spread, "workspace": f"2 + n % {workspaces - 1}"}
        copies += [Copies(finished, (count - in_first) * 9 // 10, others), Copies(1, (count - in_first) // 10, others)]
    multiply(str(file), *copies)


async def _play_one(url: str) -> int:
    """A release from plan to its close; its id."""
    clock = StoryClock(Clock().now() - timedelta(days=20), running=False)
    office = Office(url, clock)
    await _day(office, "sample")
    await clock.advance(timedelta(days=15))
    while await office.due.drain():
        pass
    ids = [release.id for release in await office.store.read(lambda work: work.releases.find("sample", open_only=False),
                                                             workspace=1)]  # fmt: skip
    await office.close()
    return ids[0]


async def _days(urls: dict[str, str], rounds: int, rng: random.Random) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of each verb, by database: the best of each round, which other work disturbs least."""
    offices = {name: Office(url, StoryClock(running=False)) for name, url in urls.items()}
    took: dict[str, dict[str, list[float]]] = {name: {} for name in urls}
    for number in range(rounds + 1):
        found: dict[str, list[dict[str, float]]] = {name: [] for name in urls}
        for day in range(DAYS):
            for name in rng.sample(list(urls), len(urls)):
                found[name].append(await _day(offices[name], f"round{number}-{day}"))
        for name, days in found.items() if number else ():  # the first round is not counted
            for verb in days[0]:
                took[name].setdefault(verb, []).append(min(one[verb] for one in days))
    for office in offices.values():
        await office.close()
    return took


async def _day(office: Office, name: str) -> dict[str, float]:
    """Play the day of one release; milliseconds by command. AssertionError when an answer is not as expected."""
    took: dict[str, float] = {}
    ref = after = ""
    await office.store.write(stage.tell_members, workspace=1)
    for user, typed, expected in DAY:
        if not user:
            assert isinstance(office.clock, StoryClock)
            await office.clock.advance(timedelta(hours=int(typed[1:-1])))
            await office.store.write(stage.tell_members, workspace=1)
            continue
        said = typed.format(name=name, ref=ref, next=after)
        began = time.perf_counter()
        answer = await office.says(user, said)
        took[typed.replace(" {ref}", "").replace("{name}", "…").replace("{next}", "…") or "/release"] = (
            time.perf_counter() - began
        ) * 1000
        heard = words(answer)
        assert heard.startswith(expected.format(name=name)), f"{said} → {heard}"
        if typed.startswith("new"):
            number = heard.rpartition("REL-")[2].partition(")")[0]
            ref, after = (ref or f"REL-{number}"), f"REL-{number}"
    return took


def wake_ups(directory: Path, rounds: int, rng: random.Random) -> list[Row]:
    """One wake-up (the next due instant, and one due timer run) with many future timers against few."""
    files = {"few": (directory / "few.sqlite3", FEW_TIMERS), "many": (directory / "many.sqlite3", MANY_TIMERS)}
    start = Clock().now() + timedelta(days=1)
    for file, count in files.values():
        _plan_many(file, count, rounds, start)
    took = asyncio.run(_wakes({name: f"sqlite:///{file}" for name, (file, _) in files.items()}, rounds, rng, start))
    ratio = Spread.of(many / few for many, few in zip(took["many"], took["few"], strict=True))
    return [
        Row(f"a wake-up, {MANY_TIMERS:,} future timers against {FEW_TIMERS:,}", ratio, 1.5, 1.2, unit="× few",
            more_is_better=False,
            detail=f"{statistics.median(took['many']):.1f} ms, with few {statistics.median(took['few']):.1f} ms")
    ]  # fmt: skip


def _plan_many(file: Path, timers: int, rounds: int, start: datetime) -> None:
    """Open releases with ten timers each that are far away, and a few whose go/no-go closes second by second."""
    stage.build(f"sqlite:///{file}", 1)
    soon = f"strftime('%Y-%m-%d %H:%M:%f', '{start:%Y-%m-%d %H:%M:%S}', '+' || n || ' seconds') || '000'"
    closing_soon = {
        "rounds.closes_at": soon,
        "timers.due_at": f"CASE name WHEN 'poll closes' THEN {soon} ELSE due_at END",
        "timers.next_try_at": f"CASE name WHEN 'poll closes' THEN {soon} ELSE next_try_at END",
    }
    multiply(str(file), Copies(1, timers // 10), Copies(1, (rounds + 1) * WAKES, closing_soon))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(
            "WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < 7) "
            "INSERT INTO timers (workspace_id, release_id, name, recipient, plan_revision, due_at, state, reason, "
            "attempts, next_try_at) SELECT workspace_id, release_id, name, recipient, plan_revision + n, "
            "datetime(due_at, '+' || n || ' hours') || '.000000', state, reason, attempts, "
            "datetime(due_at, '+' || n || ' hours') || '.000000' FROM timers, copies WHERE name = 'remind.deploy' "
            f"AND release_id <= {timers // 10}"
        )
        connection.commit()


async def _wakes(urls: dict[str, str], rounds: int, rng: random.Random, start: datetime) -> dict[str, list[float]]:
    """Milliseconds of a wake-up: the best of each round."""
    clock = StoryClock(start, running=False)
    offices = {name: Office(url, clock) for name, url in urls.items()}
    took: dict[str, list[float]] = {name: [] for name in urls}
    for number in range(rounds + 1):
        found: dict[str, list[float]] = {name: [] for name in urls}
        for _ in range(WAKES):
            await clock.advance(timedelta(seconds=1))
            for name in rng.sample(list(urls), len(urls)):
                began = time.perf_counter()
                await offices[name].store.read(lambda work: work.timers.next_due())
                ran = await offices[name].due.drain()
                found[name].append((time.perf_counter() - began) * 1000)
                assert ran == 1, f"{ran} timers were due, not 1"
        for name in urls if number else ():
            took[name].append(min(found[name]))
    for office in offices.values():
        await office.close()
    return took
