"""Find what stands in a calendar between two instants: few at a time, by index, whatever became of it."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, exists, or_, select

from bot.release.calendar import Span
from bot.release.policy import service_key
from bot.release.release import Release
from storage.seen import Seen
from storage.tables import audit, release_parts, releases

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from storage.work import Work


class Agenda:
    """Within the unit's workspace. Bounded by the span and a limit, never by how many releases there are."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._conn = work.conn

    def planned(
        self,
        start: datetime,
        end: datetime,
        limit: int,
        *,
        channel: str | None = None,
        service: str | None = None,
        concerns: "tuple[str, Collection[str]] | None" = None,
        outcome: Span | None = None,
        still_open: bool = False,
        public: bool = False,
        backwards: bool = False,
        seen: Seen | None = None,
    ) -> list[Release]:
        """Those planned from `start` up to before `end`, in the order of their times, or from the last one backwards.

        Of one `channel`, with a part of one `service`; or what `concerns` somebody: a person who leads or deploys it,
        or any of these channels, in which it lives. `outcome`: when it came; `still_open`: not over.
        `public`: no private ones; else `seen` says which of them count.
        """
        which: list[ColumnElement[bool]] = [~releases.c.is_private] if public else []
        if outcome is not None:
            which += [releases.c.outcome_at >= outcome.start, releases.c.outcome_at < outcome.end]
        if still_open:
            which.append(releases.c.ended_at.is_(None))
        if channel is not None:
            which.append(releases.c.channel == channel)
        if service is not None:
            part = release_parts.c
            its = (part.release_id == releases.c.id, part.service_key == service_key(service), ~part.dropped)
            which.append(exists().where(*its))
        if concerns is not None:
            user, channels = concerns
            lives = releases.c.channel.in_(sorted(channels))
            which.append(or_(releases.c.captain == user, releases.c.deployer == user, lives))
        return self._work.releases.between(start, end, limit, *which, backwards=backwards, seen=seen)

    def channels(self, start: datetime, end: datetime) -> list[str]:
        """The channels in which something planned in that span lives."""
        there = (releases.c.workspace_id == self._work.workspace_id, releases.c.planned_at >= start)
        query = select(releases.c.channel).distinct().where(*there, releases.c.planned_at < end)
        return list(self._conn.scalars(query.order_by(releases.c.channel)))

    def changed_at(self, ids: "Iterable[int]") -> dict[int, datetime]:
        """When something happened to each of these releases last, by its record."""
        last = (
            select(audit.c.at)
            .where(audit.c.workspace_id == releases.c.workspace_id, audit.c.release_id == releases.c.id)
            .order_by(audit.c.seq.desc()).limit(1).scalar_subquery().correlate(releases)
        )  # fmt: skip
        query = select(releases.c.id, last.label("at")).where(releases.c.id.in_(list(ids)))
        return {row.id: row.at for row in self._conn.execute(query) if row.at is not None}
