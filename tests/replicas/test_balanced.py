"""Three bots behind a plain round-robin balancer, Postgres the only thing they share; one is killed, one freezes."""

import asyncio
import collections
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from bot.clock import Clock, Wire
from bot.release.release import Choice, Release
from bot.sandbox.person import Person
from storage.connecting import IDLE_LIMIT
from storage.tables import rounds, timers
from storage.work import Work
from tests.replicas.fleet import WORKSPACE, fleet, insists

#: So many that nobody is asked by direct message.
VOTERS = 30
ROOMS = ("#payments", "#releases", "#general")
PLANNED = 9


def votes(work: Work) -> dict[str, Choice]:
    (release,) = work.releases.find("payments", "2.14.0")
    return {vote.user: vote.choice for vote in release.votes}


def the_others(work: Work) -> list[Release]:
    return [release for release in work.releases.all_open(100) if release.parts[0].service != "payments"]


def deadlines_come(work: Work) -> None:
    """The go/no-go of the others closes a second from now."""
    soon, ids = Clock().now() + timedelta(seconds=1), [release.id for release in the_others(work)]
    work.conn.execute(update(rounds).where(rounds.c.release_id.in_(ids)).values(closes_at=soon))
    closing = update(timers).where(timers.c.name == "poll closes", timers.c.release_id.in_(ids))
    work.conn.execute(closing.values(due_at=soon, next_try_at=soon))


def outcomes(work: Work) -> list[tuple[int, str, int]]:
    """Of each of the others: how many closings ran, its state, how often it was decided."""
    ran = select(timers.c.release_id).where(timers.c.name == "poll closes", timers.c.state == "done")
    times = collections.Counter(work.conn.execute(ran).scalars())
    decided = [[row.name for row in work.audit.tail(one.id, 1000)].count("decided") for one in the_others(work)]
    return [(times[one.id], one.state.value, many) for one, many in zip(the_others(work), decided, strict=True)]


async def test_three_bots_do_everything_once_although_one_dies_and_one_freezes(
    postgres_database: str, tmp_path: Path
) -> None:
    async with fleet("http", postgres_database, tmp_path, replicas=3) as bots:
        crowd = bots.crowd(VOTERS, ROOMS)
        await bots.starts()
        box, (_, frozen, killed) = bots.box, bots.bots
        ana, bo, eve, tom = (box.person(name) for name in ("ana", "bo", "eve", "tom"))
        payments = box.room("#payments")

        # Everybody votes at once, over all three; somebody plans more meanwhile.
        assert (await ana.types("/release new payments 2.14.0 in 2h")).ok
        await payments.sees("go/no-go is open until", within=10)
        assert (await eve.types("/release no-go secret scan still red")).ok
        card = payments.card("[Go] [No-go]")
        await asyncio.gather(
            *(insists(lambda p=p: p.clicks("Go", on=card, stale=True), within=20) for p in crowd),
            *(plans(ana, f"service{n}", ROOMS[n % len(ROOMS)]) for n in range(PLANNED)),
        )
        assert set(bots.balancer.given) == {bot.url for bot in bots.bots}, "all three are active"
        expected = {person.id: Choice.GO for person in crowd} | {eve.id: Choice.NO_GO}
        assert await bots.look(votes) == expected

        # One is killed while much falls due.
        await bots.store.write(deadlines_come, workspace=WORKSPACE)
        await bots.until(lambda work: any(ran for ran, _, _ in outcomes(work)), what="the first go/no-go is closed")
        await killed.dies()
        await bots.until(lambda work: all(ran for ran, _, _ in outcomes(work)), what="every go/no-go is closed")

        # One freezes while it holds the release.
        box.request_url = frozen.url
        async with bots.nobody_writes_history() as somebody_waits:
            late = asyncio.ensure_future(bo.clicks("Go", on=card, stale=True))
            await somebody_waits()
            frozen.freezes()
        box.request_url = bots.balancer.url
        began = Wire().monotonic()
        await insists(lambda: tom.clicks("Go", on=card, stale=True), within=20)
        assert Wire().monotonic() - began < IDLE_LIMIT + 5, "its peers are free within seconds"
        assert not (await late).ok, "Slack told them that it did not work"
        expected[tom.id] = Choice.GO
        assert await bots.look(votes) == expected

        # It wakes up, and is one of them again; what it had begun is not stored.
        frozen.wakes()
        box.request_url = frozen.url
        await insists(lambda: bo.types("/release status"), hears="payments 2.14.0", within=15)
        await bots.all_is_well()
        assert await bots.look(votes) == expected
        assert await bots.look(outcomes) == [(1, "stopped", 1)] * PLANNED
        said = [message["text"] for room in ROOMS for message in box.room(room).messages]
        for n in range(PLANNED):
            assert len([text for text in said if text.startswith(f"service{n} 1.0: No decision:")]) == 1


async def plans(captain: Person, service: str, room: str) -> None:
    await insists(lambda: captain.types(f"/release new {service} 1.0 in 2h", in_=room), hears=service, within=20)
