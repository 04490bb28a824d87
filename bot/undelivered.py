"""List what waits in the outbox or was given up, send it again or drop it: what `tminus outbox` does.

Shows what it is, for whom and why it waits; never what it says.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from bot.command_line import COMMAND_LINE, Unusable, in_database
from bot.release.durations import say_length
from bot.settings import LocalSettings
from storage.outbox_rows import OutboxRow
from storage.work import Work

#: As many of each are listed.
MOST = 200


async def listing(settings: LocalSettings) -> list[str]:
    """A line each: first what was given up, then what waits. Raises Unusable."""
    return await in_database(settings, _listed)


async def send_again(settings: LocalSettings, ids: Iterable[int], *, every: bool = False) -> list[str]:
    """Queue what was given up once more, these or all of them. Raises Unusable, and then nothing was changed."""
    return await in_database(settings, lambda work: _each(work, ids, every, _again))


async def drop(settings: LocalSettings, ids: Iterable[int]) -> list[str]:
    """Never send these, and do not speak of them any more. Raises Unusable, and then nothing was changed."""
    return await in_database(settings, lambda work: _each(work, ids, False, _dropped))


def _listed(work: Work) -> list[str]:
    lost = work.outbox.undelivered(MOST, everywhere=True)
    waiting = work.outbox.unsettled(MOST)
    lines = [_line(work, row) for row in (*lost, *waiting)]
    counts = work.outbox.counts()
    more = sum(counts.values()) - len(lines)
    if more > 0:
        lines.append(f"and {more} more")
    return lines or ["Nothing waits, and nothing was given up."]


def _line(work: Work, row: OutboxRow) -> str:
    """`41  notice for #payments (C1), release 12: dead since 2026-11-21 10:02 UTC: is_archived: unarchive it`."""
    work.enter(row.workspace_id)
    channel = work.people.channel(row.place)
    place = f"#{channel.name} ({row.place})" if channel is not None and channel.name else row.place or "somebody"
    release = work.releases.get(row.release_id) if row.release_id is not None else None
    about = f", release {release.number}" if release is not None else ""
    return f"{row.id:>6}  {row.kind} for {place}{about}: {_stands(row, work.now)}"


def _stands(row: OutboxRow, now: datetime) -> str:
    error = f": {row.error}" if row.error else ""
    if row.settled_at is not None:
        return f"{row.state} since {row.settled_at:%Y-%m-%d %H:%M} UTC{error}"
    tries = f", {row.attempts} failed tries" if row.attempts else ""
    return f"{row.state}, waits for {say_length(max(now - row.put_at, timedelta()))}{tries}{error}"


def _each(work: Work, ids: Iterable[int], every: bool, do: Callable[[Work, OutboxRow], str]) -> list[str]:
    wanted = list(dict.fromkeys(ids))
    rows = {id: work.outbox.get(id) for id in wanted}
    if every:
        rows |= {row.id: row for row in work.outbox.undelivered(None, everywhere=True, waited_for=True)}
    lines = []
    for id, row in rows.items():
        if row is None:
            raise Unusable(f"there is no post {id}: tminus outbox list shows them")
        work.enter(row.workspace_id)
        lines.append(do(work, row))
    return lines or ["Nothing was given up."]


def _again(work: Work, row: OutboxRow) -> str:
    if _is_over(row, work.now):
        raise Unusable(f"{row.id} answered a click of long ago; nobody waits for it any more: drop it")
    if not work.outbox.send_again(row.id):
        raise Unusable(f"{row.id} is {row.state}, and only what was given up is sent again")
    work.audit.note("post_sent_again", None, COMMAND_LINE, {"post": row.id})
    return f"{row.id} is sent again."


def _dropped(work: Work, row: OutboxRow) -> str:
    if not work.outbox.drop(row.id, work.now):
        raise Unusable(f"{row.id} is {'being sent right now' if row.settled_at is None else row.state}")
    work.audit.note("post_dropped", None, COMMAND_LINE, {"post": row.id})
    return f"{row.id} is dropped."


def _is_over(row: OutboxRow, now: datetime) -> bool:
    return row.expires_at is not None and row.expires_at <= now
