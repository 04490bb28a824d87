"""Slack's limits are those of a workspace: three bots keep them together, are never told 429, and waste nothing."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from bot.clock import Clock, Wire
from bot.sandbox.limits import CALLS_PER_MINUTE
from bot.sandbox.person import Person
from bot.sandbox.server import Sandbox
from bot.sandbox.traffic import Entry
from bot.slack.pacing import FOR_ONE, SHARE
from storage.tables import rounds, timers
from storage.work import Work
from tests.replicas.fleet import WORKSPACE, fleet, insists

#: With a card for each room, and a direct message for each of a crew, far more cards than Slack lets edit in a minute.
ROOMS, CREW = 7, 6
#: Edits of cards that it does let a bot make at once: what one person sees leaves room for what a channel sees.
AT_ONCE = int(CALLS_PER_MINUTE["chat.update"] * SHARE * FOR_ONE)
#: Seconds in which each bot has looked again for what may be sent.
A_WHILE = 3
#: Seconds within which they are made, on a busy machine; Slack would let none follow before a minute is over.
SOON = 60


class Calls:
    """What Slack was asked, by method, and what it answered 429."""

    def __init__(self, box: Sandbox) -> None:
        self.made: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        box.traffic.listeners.append(self._heard)

    def _heard(self, entry: Entry) -> None:
        if entry.dir == "from app":
            (self.refused if entry.summary == "ratelimited" else self.made)[entry.kind] += 1

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        began = Wire().monotonic()
        while not holds():
            assert Wire().monotonic() < began + SOON, f"{what}: {self.made}, answered 429: {self.refused}"
            await asyncio.sleep(0.05)


async def test_three_bots_know_together_how_much_slack_takes(postgres_database: str, tmp_path: Path) -> None:
    async with fleet("http", postgres_database, tmp_path, replicas=3) as bots:
        box, calls = bots.box, Calls(bots.box)
        rooms = [f"#team{number}" for number in range(ROOMS)]
        for number, room in enumerate(rooms):
            box.found(room, ["ana"])
            for member in range(CREW):
                box.hire(f"p{number}_{member}", f"P{member} of {room}", tz=evening(), rooms=[room])
        ana = box.person("ana")
        await bots.starts()
        await asyncio.gather(*(plans(ana, number, room) for number, room in enumerate(rooms)))
        cards = ROOMS * (1 + CREW)
        await bots.quiet()  # nothing is planned any more: what is written below stays
        assert calls.made["chat.postMessage"] >= cards, "every card is posted"
        assert calls.made["chat.update"] == 0

        # Every card has something new to show, at once: a channel's is current soon, one that one person sees waits.
        await bots.store.write(deadlines_come, workspace=WORKSPACE)
        await calls.until(
            lambda: all("⚪ No decision" in ana.reads(room) for room in rooms), "every channel's card is current"
        )
        await calls.until(lambda: calls.made["chat.update"] >= AT_ONCE, "the others, as far as Slack takes them")
        await asyncio.sleep(A_WHILE)
        assert calls.refused == {}
        assert (await bots.look(lambda work: work.outbox.counts()))["queued"], "the rest waits"


def evening() -> str:
    """Where it is ten in the evening by now: nobody there is asked only when their day begins."""
    ahead = 22 - Clock().now().hour
    return f"Etc/GMT{-ahead:+d}" if ahead <= 14 else f"Etc/GMT{24 - ahead:+d}"


async def plans(captain: Person, number: int, room: str) -> None:
    ask = f"/release new service{number} 1.0 in 2h"
    await insists(lambda: captain.types(ask, in_=room), hears=f"service{number}", within=SOON)


def deadlines_come(work: Work) -> None:
    """Every go/no-go closes a second from now."""
    soon = Clock().now() + timedelta(seconds=1)
    work.conn.execute(update(rounds).values(closes_at=soon))
    work.conn.execute(update(timers).where(timers.c.name == "poll closes").values(due_at=soon, next_try_at=soon))
