"""Measure what must not grow much with the answers given: a go in a crowd, at its beginning and at its end."""

import asyncio
import statistics
import time
from dataclasses import replace
from pathlib import Path

from bot.clock import Clock
from bot.release.policy import SignOff
from storage.people import Person
from storage.work import Work
from tests.bench import stage, who
from tests.bench.office import Office, words
from tests.bench.rounds import Row, Spread

#: All are asked; those who come after so many others are compared, so many of them.
PEOPLE, FEW, MANY, EACH = 200, 10, 190, 10
CROWD = [f"U0CROWD{number:03d}" for number in range(PEOPLE)]


def measure(directory: Path, rounds: int) -> list[Row]:
    """Everybody says go to a release, once a round."""
    url = f"sqlite:///{directory / 'crowd.sqlite3'}"
    stage.build(url, 1)
    early, late = asyncio.run(_rounds(url, rounds))
    ratio = Spread.of(last / first for first, last in zip(early, late, strict=True))
    return [
        Row(f"a go of {PEOPLE} people, {MANY} answered before against {FEW}", ratio, 2.5, 1.5, unit="× few",
            more_is_better=False,
            detail=f"{statistics.median(late):.1f} ms, with few {statistics.median(early):.1f} ms")
    ]  # fmt: skip


async def _rounds(url: str, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of a go among few and among many, by round."""
    office = Office(url, Clock())
    early, late = [], []
    try:
        await office.store.write(_gather, workspace=1)
        for number in range(rounds + 1):
            took = await _everybody(office, f"crowd-{number}")
            if number:  # the first round is not counted
                early.append(statistics.median(took[FEW : FEW + EACH]))
                late.append(statistics.median(took[MANY : MANY + EACH]))
    finally:
        await office.close()
    return early, late


async def _everybody(office: Office, name: str) -> list[float]:
    assert "is planned" in words(await office.says(who.CAPTAIN, f"new {name} 1.0 in 2h"))
    took = []
    for user in CROWD:
        began = time.perf_counter()
        said = words(await office.says(user, f"go {name}"))
        took.append((time.perf_counter() - began) * 1000)
        assert said.startswith("You said go"), said
    return took


def _gather(work: Work) -> None:
    now = work.now
    for user in CROWD:
        work.people.put(Person(user, user.capitalize(), "Europe/Berlin", True, False, False, False, who.TEAM, now))
    work.people.put_members(who.CHANNELS[0], frozenset({*CROWD, *who.CREW}), now, True)
    all_of_them = (SignOff("Sign-off", needs=PEOPLE, whole_channel=True, captain_may=False),)
    work.policies.put(replace(stage.POLICY, name="crowd", sign_offs=all_of_them, is_default=True), "bench", now)
