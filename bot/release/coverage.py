"""See, when a go/no-go is planned, whether enough people of each sign-off are there and awake before it closes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from bot.release.electorate import Electorate
from bot.release.planned import PlannedTime, at_wall
from bot.release.release import Kind, Release
from bot.release.timeline import deadline, opening
from bot.release.zones import local

#: People can be reached from then on, and until then, on any day.
AWAKE_FROM, AWAKE_UNTIL = time(8), time(22)
#: Who is awake for less than this before the close is not reached.
LEAST = timedelta(minutes=30)


@dataclass(frozen=True)
class Gap:
    """A sign-off of which too few can be reached: who can, who sleeps or is away, and how many go it needs."""

    role: str
    needs: int
    reachable: frozenset[str]
    missed: frozenset[str]


@dataclass(frozen=True)
class Whereabouts:
    """What is known of people: their IANA zones, and until when those who are away are away."""

    zones: Mapping[str, str]
    away: Mapping[str, datetime] = field(default_factory=dict)

    def are_there(self, user: str, release: Release, opens: datetime, closes: datetime) -> bool:
        """Whether somebody can be reached in between; where their zone is not known, it is the release's."""
        back = max(opens, self.away.get(user, opens))
        return is_awake(self.zones.get(user, release.planned.zone), back, closes)


def window(release: Release, now: datetime) -> tuple[datetime, datetime] | None:
    """From when until when its go/no-go is open, as planned; None where nobody is asked any more."""
    if release.kind is Kind.STANDARD:
        return None
    if release.opens_at is not None:
        return release.opens_at, deadline(release.policy, release.planned, release.opens_at, release.days_off)
    held = release.round
    return None if held is None or held.closed_at is not None else (max(now, held.opened_at), held.closes_at)


def uncovered(
    release: Release, electorate: Electorate, known: Whereabouts, opens: datetime, closes: datetime
) -> list[Gap]:
    """The sign-offs that cannot be given by people who are there and awake in between.

    Who has answered already is not waited for; a sign-off of nobody at all is not a question of time.
    """
    answered = {vote.user for vote in release.standing(release.round_votes())}
    gaps = []
    for sign_off in release.sign_offs:
        givers = electorate.givers(sign_off, release)
        there = {user for user in givers if user in answered or known.are_there(user, release, opens, closes)}
        for user in givers - there if sign_off.delegates else ():
            other = electorate.delegates.get(user)
            if other is not None and other not in givers and known.are_there(other, release, opens, closes):
                there.add(user)
        if len(there) < sign_off.needs <= len(givers):
            gaps.append(Gap(sign_off.role, sign_off.needs, frozenset(there), frozenset(givers - there)))
    return gaps


def is_awake(zone: str, opens: datetime, closes: datetime) -> bool:
    """Whether people there are up for a while between these instants."""
    day, last = local(opens, zone).date().to_stdlib(), local(closes, zone).date().to_stdlib()
    while day <= last:
        up = max(opens, at_wall(day, AWAKE_FROM, zone)), min(closes, at_wall(day, AWAKE_UNTIL, zone))
        if up[1] - up[0] >= LEAST:
            return True
        day += timedelta(days=1)
    return False


def is_covered(
    release: Release, electorate: Electorate, known: Whereabouts, planned: PlannedTime, now: datetime
) -> bool:
    """Whether nothing would be uncovered, were it planned for that time."""
    if release.kind is Kind.STANDARD:
        return True
    opens = opening(release.policy, planned, now, release.days_off)
    return not uncovered(release, electorate, known, opens, deadline(release.policy, planned, opens, release.days_off))
