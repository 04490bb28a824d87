"""Whoever comes, fails, gives up or closes in whatever order: each is told their own outcome, and nothing is left."""

import asyncio
import time
from collections import Counter
from random import Random
from typing import Any

import pytest

from storage.lane import Closed, Lane, Unit, drain

ENDS = ("stored", "stored", "stored", "fails", "exits", "runs dry", "gives up")
GROUPS = (None, "a", "b", "c")


class Enough(BaseException):
    pass


class Shop:
    """A lane of some kind. What waits together is served one by one, as where it cannot share a transaction."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.inside: Counter[str] = Counter()
        self.met: set[str] = set()  # groups of which two were served at once
        threads = chance.choice((1, 2, 8))
        alike = chance.random() < 0.5
        serves = self._serve_each if alike or chance.random() < 0.7 else None
        usual = chance.choice((None, 1, min(3, threads)))
        self.lane = Lane("test", threads, serves, chance.choice((2, 8)), alike=alike, usual=usual)

    @staticmethod
    def _serve_each(units: list[Unit[Any]]) -> None:
        for unit in units:
            unit.serve()

    def _is_served(self, unit: Unit[int]) -> None:
        if unit.group is not None:
            self.met |= {unit.group} if self.inside[unit.group] else set()
            self.inside[unit.group] += 1
            time.sleep(0)  # let others go on, if any may
            self.inside[unit.group] -= 1

    async def visited(self, number: int) -> str:
        """Come some time, want something; how that ended."""
        for _ in range(self.chance.randrange(40)):
            await asyncio.sleep(0)
        end = self.chance.choice(ENDS)

        def do(unit: Unit[int]) -> int:
            self._is_served(unit)
            if end == "fails":
                raise ZeroDivisionError(number)
            if end == "exits":
                raise Enough(number)
            return next(iter(())) if end == "runs dry" else number

        try:
            asked = asyncio.ensure_future(self.lane.run(do, 20, group=self.chance.choice(GROUPS)))
        except Closed:
            return "closed"
        if end == "gives up":
            asyncio.get_running_loop().call_soon(asked.cancel)
        (answer,) = await asyncio.wait_for(asyncio.gather(asked, return_exceptions=True), 10)
        if end == "gives up":
            return "as it should" if isinstance(answer, asyncio.CancelledError) or answer == number else repr(answer)
        if end == "runs dry":
            return "as it should" if isinstance(answer, RuntimeError) else repr(answer)
        if end in ("fails", "exits"):
            right = isinstance(answer, ZeroDivisionError | Enough) and answer.args == (number,)
            return "as it should" if right else repr(answer)
        return "as it should" if answer == number else repr(answer)


@pytest.mark.parametrize("seed", range(40))
async def test_nobody_is_forgotten(seed: int) -> None:
    shop, troubles = Shop(Random(seed)), []
    asyncio.get_running_loop().set_exception_handler(lambda _, trouble: troubles.append(trouble))
    visits = [asyncio.ensure_future(shop.visited(number)) for number in range(80)]
    for _ in range(shop.chance.randrange(60)):
        await asyncio.sleep(0)
    await drain(shop.lane)
    assert set(await asyncio.gather(*visits)) <= {"as it should", "closed"}
    lane = shop.lane
    assert (lane._working, list(lane._waiting), list(lane._settled), lane._busy) == (0, [], [], set())
    assert not shop.met
    assert not troubles
