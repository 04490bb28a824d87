"""A machine that was suspended, with all that runs on it: what fell due meanwhile is done once, and as of its time."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import make_url

from bot.clock import Clock
from storage.connecting import IDLE_LIMIT
from storage.tables import outbox, rounds, timers
from storage.work import Work
from tests.replicas.fleet import WORKSPACE, fleet, insists
from tests.story import Mode

#: Real seconds from the suspension until all is due; it lasts longer, as Slack waits for an answer longer.
DUE = 3
#: And until they go on: longer than a transaction may stand still, and a gesture may take.
STILL = IDLE_LIMIT + 1
#: Seconds within which a bot that goes on is spoken to again, on a busy machine.
AWAKE = 40


def all_falls_due(work: Work, at: datetime) -> None:
    """The deadline of the one go/no-go, and the reminder of the other release's deploy."""
    (asked,), (decided,) = work.releases.find("payments"), work.releases.find("ledger")
    work.conn.execute(update(rounds).where(rounds.c.release_id == asked.id).values(closes_at=at))
    closing = (timers.c.name == "poll closes") & (timers.c.release_id == asked.id)
    reminding = (timers.c.name == "remind.deploy") & (timers.c.release_id == decided.id)
    work.conn.execute(update(timers).where(closing | reminding).values(due_at=at, next_try_at=at))


def leases_end(work: Work) -> None:
    work.conn.execute(update(outbox).where(outbox.c.state == "sending").values(lease_until=work.now))


def history(work: Work) -> list[tuple[str, datetime]]:
    """What happened to the release that was asked about, and when."""
    (release,) = work.releases.find("payments")
    return [(entry.name, entry.at) for entry in work.audit.tail(release.id, 1000)]


def reminded(work: Work) -> int:
    """How often the deploy of the decided one was reminded of."""
    (decided,) = work.releases.find("ledger")
    done = select(timers.c.id).where(timers.c.release_id == decided.id, timers.c.name == "remind.deploy")
    return len(work.conn.execute(done.where(timers.c.state == "done")).all())


async def loses_its_database(database_url: str) -> None:
    """The server ends every connection: whoever stands still hears of it when it goes on."""
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
    address = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as server:
        await server.execute(ended, (server.info.backend_pid,))


@pytest.mark.parametrize(("mode", "kind", "replicas"), [("socket", "sqlite", 1), ("http", "postgres", 2)])
async def test_what_fell_due_while_the_machine_was_suspended_is_done_once(
    mode: Mode, kind: str, replicas: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url: str = request.getfixturevalue(f"{kind}_database")
    async with fleet(mode, url, tmp_path, replicas=replicas) as bots:
        await bots.starts()
        box = bots.box
        ana, bo, tom = (box.person(name) for name in ("ana", "bo", "tom"))
        payments = box.room("#payments")
        await insists(lambda: ana.types("/release new payments 2.14.0 in 2h"), hears="payments", within=AWAKE)
        await insists(lambda: ana.types("/release new ledger 1.0 in 2h"), hears="ledger", within=AWAKE)
        await insists(lambda: bo.types("/release go ledger"), hears="ledger", within=AWAKE)
        await payments.sees("payments 2.14.0: go/no-go is open until", within=AWAKE)
        await bots.quiet()
        card = payments.card("payments 2.14.0 → production")

        # Suspended in the middle of a post, and shortly before much is due.
        due = Clock().now() + timedelta(seconds=DUE)
        await bots.store.write(lambda work: all_falls_due(work, due), workspace=WORKSPACE)
        box.faults.add("chat.postMessage", "slow", seconds=1.0)
        await insists(lambda: ana.types("/release new search 3.0 in 2h"), hears="search", within=AWAKE)
        await bots.until(lambda work: work.outbox.counts()["sending"], what="its card is on its way")
        for bot in bots.bots:
            bot.freezes()
        cut = asyncio.ensure_future(box.sockets.cut())
        if kind == "postgres":
            await bots.store.write(leases_end)
            await loses_its_database(url)
        assert not (await bo.clicks("Go", on=card, stale=True)).ok, "nobody moves: Slack says so"
        await asyncio.sleep(STILL)

        for bot in bots.bots:
            bot.wakes()
        await insists(lambda: tom.types("/release status payments"), hears="No decision", within=AWAKE)
        await cut
        await bots.all_is_well()
        happened = await bots.look(history)
        assert [name for name, _ in happened] == ["planned", "poll_opened", "decided"]
        assert happened[-1] == ("decided", due), "as of its deadline, whenever that was done"
        assert await bots.look(reminded) == 1
        assert ana.reads("dm").count("ledger 1.0: deploy at") == 1
        assert payments.reads().count("search 3.0 → production") == 1
