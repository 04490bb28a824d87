"""Wait for a Slack that is slow, limits or stumbles: what passes by itself is asked for again, ever more seldom."""

import random
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain, repeat
from typing import TypeVar

import structlog

from bot.clock import Wire
from bot.slack.pacing import Pacing
from bot.slack.trouble import Kind, judge

log = structlog.get_logger(__name__)

#: Seconds before each next try; the last one again and again.
WAITS = (1.0, 5.0, 15.0, 60.0, 300.0)
#: The same for what is delivered: people wait for it.
BACKOFF = (1.0, 5.0, 30.0, 120.0)
#: By so much of itself a wait may be longer: what failed together is not tried again together.
JITTER = 0.2
#: Seconds at most where nothing goes on before the answer, as at the start.
LONGEST = 15.0

#: Facts are asked for with the one token there is: to Slack that is one workspace, whichever they are of.
TOKEN = 0

T = TypeVar("T")


def waits() -> Iterator[float]:
    return chain(WAITS, repeat(WAITS[-1]))


def backoff(failed: int) -> float:
    """Seconds before the next try of what has failed so often already."""
    return BACKOFF[min(failed, len(BACKOFF) - 1)] * random.uniform(1.0, 1.0 + JITTER)


def passes(problem: Exception) -> bool:
    """Whether the same may well be answered later."""
    return judge(problem).kind in (Kind.LIMITED, Kind.AWAY, Kind.UNKNOWN)


async def patiently(ask: Callable[[], Awaitable[T]], wire: Wire, what: str) -> T:
    """The answer, however long it takes. Raises what no waiting mends."""
    for wait in waits():
        try:
            return await ask()
        except Exception as problem:
            if not passes(problem):
                raise
            trouble = judge(problem)
            seconds = max(1.0, trouble.seconds) if trouble.kind is Kind.LIMITED else min(wait, LONGEST)
            log.warning("slack_awaited", what=what, error=trouble.error, seconds=seconds)
            await wire.sleep(seconds)
    raise AssertionError("there is always a next try")


async def as_told(ask: Callable[[], Awaitable[T]], pacing: Pacing, method: str) -> T:
    """The answer to a call of a method, as slowly as Slack limits it. Raises everything else."""
    while True:
        if (seconds := pacing.wait(TOKEN, method, "")) > 0:
            await pacing.wire.sleep(seconds)
            continue
        try:
            return await ask()
        except Exception as problem:
            trouble = judge(problem)
            if trouble.kind is not Kind.LIMITED:
                raise
            pacing.stop(TOKEN, method, max(1.0, trouble.seconds))  # also for whoever else asks
