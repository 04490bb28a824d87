"""Trouble: restarts, a database that stalls, Slack that refuses. What was promised is kept, the rest is said."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError

from bot.dispatch import DEADLINE
from bot.release.release import Release
from storage.engine import Busy, Unknown
from storage.releases import Releases
from storage.tables import people
from storage.work import Work
from tests.patience import as_in_life
from tests.story import Story, together

pytestmark = pytest.mark.both


@contextmanager
def stalled(story: Story) -> Iterator[None]:
    """Somebody else holds the database: nothing can be stored until they let go. Slack waits as long as in life."""
    with as_in_life(), _held(story):
        yield


@contextmanager
def _held(story: Story) -> Iterator[None]:
    if story.database_url.startswith("sqlite"):
        other = sqlite3.connect(story.database_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.rollback()
            other.close()
        return
    with psycopg.connect(story.database_url.replace("+psycopg", "")) as connection:
        connection.execute("LOCK TABLE keys IN EXCLUSIVE MODE")
        yield
        connection.rollback()


@pytest.mark.everywhere
async def test_the_database_stalls_past_the_deadline(story: Story) -> None:
    """A command is answered in words, a button is never shown as accepted, and nothing is stored."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    with stalled(story):
        seen, clicked = await together(
            ana.at_once.types("/release new web 5.1 tomorrow 14:00"),
            bo.at_once.in_vain.clicks("Go", in_="#payments"),
        )
    await story.quiet()
    assert seen.ok, "Slack has an answer before its three seconds are over"
    assert "I couldn't store that: the database did not answer in time. Nothing changed; please try again." in seen.text
    assert not clicked.ok, "Slack shows that the click failed"
    [told] = bo.ephemerals
    assert "the database did not answer in time. Nothing changed; please try again." in told["text"], "and we say why"
    assert not await story.has_release("web 5.1")
    assert (await story.release("payments")).votes == {}

    assert "You said go" in (await bo.clicks("Go", in_="#payments")).text, "and again, now it works"
    assert "web 5.1 is planned" in (await ana.types("/release new web 5.1 tomorrow 14:00")).text


async def test_a_short_stall_is_waited_for(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    assert "payments 2.14.0 → production" in story.room("#payments").reads()
    with stalled(story):
        click = asyncio.ensure_future(bo.at_once.clicks("Go", in_="#payments"))
        await asyncio.sleep(1.0)
        assert not click.done(), "an ack is a promise: it waits for COMMIT"
    assert (await click).ok
    await story.quiet()
    assert (await story.release("payments")).votes == {"bo": "go"}


async def test_what_waited_for_facts_past_the_deadline_is_not_stored(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the process stood still meanwhile: Slack has shown it as failed, and it must not come after all."""
    (ana,) = story.people("ana")
    fetch = story.app.dispatcher.fetch

    def forget(work: Work) -> None:
        work.conn.execute(delete(people))
        work.people.changed()

    async def in_vain(*wanted: Any) -> None:
        await asyncio.sleep(DEADLINE)

    await story.app.store.write(forget, workspace=story.app.workspace)

    monkeypatch.setattr(story.app.dispatcher, "fetch", in_vain)
    with as_in_life():
        seen = await ana.at_once.types("/release new web 5.1 tomorrow 14:00")
    await story.quiet()
    assert "I couldn't store that" in seen.text
    assert not await story.has_release("web 5.1")

    monkeypatch.setattr(story.app.dispatcher, "fetch", fetch)
    assert "web 5.1 is planned" in (await ana.types("/release new web 5.1 tomorrow 14:00")).text


async def test_what_may_be_stored_is_not_said_to_be_lost(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """COMMIT lost its answer with the database, which is not back yet when it is asked what became of it."""
    (ana,) = story.people("ana")
    write = story.app.store.write

    async def loses_its_answer(*given: Any, **named: Any) -> None:
        await write(*given, **named)
        raise Unknown("the connection was lost while storing")

    async def away(*given: Any, **named: Any) -> None:
        raise Busy("the database did not answer in time; nothing was stored")

    story.endings.may_log("command_uncertain")
    with monkeypatch.context() as patched:
        patched.setattr(story.app.dispatcher, "store", SimpleNamespace(write=loses_its_answer, read=away))
        seen = await ana.at_once.types("/release new web 5.1 tomorrow 14:00")
    assert "I can't tell yet whether that was stored" in seen.text
    assert await story.has_release("web 5.1")


@pytest.mark.everywhere
async def test_restart_in_the_middle(story: Story) -> None:
    """Old buttons work, what was due meanwhile happens once, and nothing is said twice."""
    ana, bo, tom = story.people("ana", "bo", "tom")
    payments = story.room("#payments")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await story.until("14:05")
    before = payments.reads()
    await story.restarts()
    assert payments.reads() == before, "a restart is not seen"
    assert "You said go" in (await bo.clicks("Go", in_="dm")).text, "the button from before"
    assert "It's go." in bo.dm.reads("bo")

    await story.restarts(after=timedelta(minutes=52))  # across the reminder at T-10m, to T-3m
    assert ana.dm.reads("ana").count("deploy at 16:00") == 1, "late, and still of use"
    await story.restarts()
    assert ana.dm.reads("ana").count("deploy at 16:00") == 1
    await ana.clicks("Start deploy", in_="dm")
    assert (await story.release("payments")).state == "deploying"
    await story.restarts(after=timedelta(hours=9))
    stand = await story.release("payments")
    assert stand.state == "deploying"
    assert ana.dm.reads("ana").count("Still deploying payments 2.14.0?") == 1, "of all that was missed, the last"
    await ana.types("/release done")
    assert stand.history.count("decided") == 1
    assert payments.reads().count("T-Minus (to channel): payments 2.14.0: go. Deploy starts") == 2
    assert tom.dm.reads("tom").count("your go/no-go by") <= 1


async def test_a_poll_whose_deadline_passed_while_the_bot_was_down_is_closed_as_of_then(story: Story) -> None:
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 today 16:00")
    await story.restarts(after=timedelta(hours=8))
    stand = await story.release("payments")
    assert (stand.state, stand.stopped) == ("stopped", "no decision")
    seen = await bo.types("/release go payments")
    assert "You said go" not in seen.text
    assert (await story.release("payments")).votes == {}


async def test_slack_says_429_and_is_obeyed(story: Story) -> None:
    """Posts wait as long as told; decisions do not wait for posts."""
    ana, bo = story.people("ana", "bo")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    story.box.faults.add("chat.update", "rate_limited", retry_after=30, times=2)
    story.box.faults.add("chat.postMessage", "rate_limited", retry_after=7)
    began = story.wire.monotonic()
    await bo.clicks("Go", in_="#payments")
    assert story.wire.monotonic() - began >= 30, "as long as Slack said"
    assert (await story.release("payments")).state == "approved"
    assert "✅ Go — decided 09:00" in story.room("#payments").reads()


async def test_an_answer_that_got_lost_is_not_posted_twice(story: Story) -> None:
    """The connection breaks after Slack has posted: it is looked for before it is posted again."""
    ana, bo = story.people("ana", "bo")
    story.box.faults.add("chat.postMessage", "drop_after")
    await ana.types("/release new payments 2.14.0 tomorrow 14:00")
    payments = story.room("#payments")
    assert payments.reads().count("payments 2.14.0 → production") == 1
    await bo.clicks("Go", in_="#payments")
    story.box.faults.add("chat.postMessage", "drop_after")
    await ana.types("/release new payments 2.15.0 in 3h")
    story.endings.may_stay_undelivered("ambiguous")
    await story.quiet()
    assert payments.reads().count("payments 2.15.0 → production") == 1


async def test_a_channel_the_bot_was_never_invited_to(story: Story) -> None:
    """The release is planned and decided; only its card has to wait."""
    tom, eve = story.people("tom", "eve")
    story.endings.may_be_refused("chat.postMessage", "not_in_channel")
    story.endings.may_stay_undelivered("dead")
    seen = await tom.types("/release new checkout 1.4.0 tomorrow 14:00", in_="#checkout")
    assert "is planned" in seen.text and "/invite @T-Minus" in seen.text
    seen = await eve.types("/release go", in_="#checkout")
    assert "It's go." in seen.text
    assert (await story.release("checkout")).state == "approved"
    await tom.types("/invite @T-Minus", in_="#checkout")
    await story.quiet()
    assert "✅ Go — decided 09:00" in story.room("#checkout").reads()


def no_room() -> OperationalError:
    """What SQLite says when the disk is full."""
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    return OperationalError("INSERT", None, full)


#: So long the database is away.
AWHILE = timedelta(minutes=1)


@pytest.mark.once
@pytest.mark.parametrize("problem", [Busy("the database did not answer in time; nothing was stored"), no_room()])
async def test_a_timer_outlives_a_database_that_is_away_again_and_again(
    story: Story, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    """That is no fault of the timer: it is not given up, and comes late."""
    (ana,) = story.people("ana")
    story.endings.may_log("timer_failed")
    await ana.types("/release new payments 2.14.0 in 3h")
    lock, tries = Releases.lock, []

    def away(self: Releases, release_id: int) -> Release | None:
        tries.append(story.clock.now())
        if tries[-1] < tries[0] + AWHILE:
            raise problem
        return lock(self, release_id)

    monkeypatch.setattr(Releases, "lock", away)
    await story.advance(hours=4)
    assert sum(at < tries[0] + AWHILE for at in tries) > 10, "more often than a defect would be tried again"
    assert (await story.release("payments")).state == "stopped", "its go/no-go was closed"
    assert "⚪ No decision" in story.room("#payments").reads(), "and the channel has heard of it"
