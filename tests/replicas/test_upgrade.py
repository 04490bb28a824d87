"""Replicas are upgraded one after the other: the older ones go on working on a schema that only grew."""

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import insert, text

from bot.release.release import Choice
from storage.tables import timers
from storage.work import Work
from tests.replicas.fleet import WORKSPACE, Fleet, fleet, insists
from tests.story_process import BotProcess

#: Seconds in which a bot with nothing to do is watched.
A_WHILE = 2.0


def grow(work: Work) -> None:
    """What a later version's migration may do: a table and columns that nobody has to fill."""
    for step in (
        "CREATE TABLE wagons (id BIGINT PRIMARY KEY, release_id BIGINT NOT NULL REFERENCES releases (id))",
        "ALTER TABLE releases ADD COLUMN wagon_id BIGINT REFERENCES wagons (id)",
        "ALTER TABLE votes ADD COLUMN weight INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE outbox ADD COLUMN priority INTEGER",
        "UPDATE alembic_version SET version_num = '9998'",
    ):
        work.conn.execute(text(step))


def plan_something_new(work: Work) -> None:
    """A replica of the later version plans what this one has never heard of; it is due already."""
    (release,) = work.releases.find("ledger", "1.0")
    due = {"due_at": work.now, "next_try_at": work.now, "state": "planned", "reason": "", "attempts": 0}
    row = {"workspace_id": WORKSPACE, "release_id": release.id, "name": "wagons.couple", "recipient": ""}
    work.conn.execute(insert(timers).values(plan_revision=1, **row, **due))


def waits_for_the_later_version(work: Work) -> bool:
    (release,) = work.releases.find("ledger", "1.0")
    return ("wagons.couple", "planned") in [(row.name, row.state) for row in work.timers.of(release.id)]


def shrink(work: Work) -> None:
    """A version after that takes something away, and its migration says whom it leaves behind."""
    work.conn.execute(text("UPDATE alembic_version SET version_num = '9999-since-9998'"))


async def page(bot: BotProcess, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(bot.url.replace("/slack/events", path)) as answer:
        return answer.status, await answer.text()


async def writes(bot: BotProcess) -> float:
    """How many transactions it has run."""
    _, metrics = await page(bot, "/metrics")
    return sum(map(float, re.findall(r"^tminus_transaction_seconds_count\{.*\} (\S+)$", metrics, re.MULTILINE)))


async def votes_are_counted(bots: Fleet, service: str) -> None:
    """People plan and vote, and the other socket repeats what one has heard."""
    box = bots.box
    ana, eve, tom, clara = (box.person(name) for name in ("ana", "eve", "tom", "clara"))
    room = box.room("#payments")
    await insists(lambda: ana.types(f"/release new {service} 1.0 in 2h"), hears=service, within=15)
    await room.sees(f"{service} 1.0: go/no-go is open until", within=20)
    card = room.card("[Go] [No-go]")  # the newest
    await insists(lambda: eve.types(f"/release no-go {service} secret scan still red"), hears="no-go", within=15)
    await asyncio.gather(*(insists(lambda p=p: p.clicks("Go", on=card, stale=True), within=15) for p in (tom, clara)))
    assert all(ack.ok for ack in await box.replay(box.deliveries[-1], 4))

    def votes(work: Work) -> dict[str, Choice]:
        (release,) = work.releases.find(service, "1.0")
        return {vote.user: vote.choice for vote in release.votes}

    assert await bots.look(votes) == {eve.id: Choice.NO_GO, tom.id: Choice.GO, clara.id: Choice.GO}


async def test_two_processes_on_socket_mode_outlive_a_migration(postgres_database: str, tmp_path: Path) -> None:
    async with fleet("socket", postgres_database, tmp_path, replicas=2) as bots:
        await bots.starts()
        first, second = bots.bots
        assert len(bots.box.sockets) == 2, "Slack gives each of them its share"
        await votes_are_counted(bots, "payments")

        # Expand: the later version's migration runs, and one of its replicas is at work beside these.
        await bots.store.write(grow)
        await votes_are_counted(bots, "ledger")
        await bots.store.write(plan_something_new, workspace=WORKSPACE)
        before = await writes(first)
        await asyncio.sleep(A_WHILE)
        assert await writes(first) - before < 100, "what it does not know does not keep it busy"
        assert await bots.look(waits_for_the_later_version)
        for bot in bots.bots:
            status, said = await page(bot, "/readyz")
            assert (status, '"problems": {}' in said) == (200, True), said

        # A replica of this version that starts again starts, and one that is told to stop does.
        await second.stops()
        await bots.gains_one()
        await votes_are_counted(bots, "checkout")

        # Contract: this version is over, and says so.
        await bots.store.write(shrink)
        status, said = await page(first, "/readyz")
        assert status == 503
        assert "not migrated" in said
        with pytest.raises(AssertionError, match="did not start"):
            await bots.gains_one()
        assert not bots.bots[-1].lives
