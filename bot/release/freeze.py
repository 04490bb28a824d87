"""Know change freezes: when each lasts, what it is about, whom it lets through, and when it is free again.

A freeze is typed as wall times in a zone; a weekly one lasts from the same weekday and clock time until the same, one
that recurs by a rule from its days and the same clock time on.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Literal

from whenever import PlainDateTime

from bot.release.errors import Refusal
from bot.release.planned import PlannedTime, at_wall
from bot.release.policy import service_key
from bot.release.recurrence import Rule, days
from bot.release.release import Part, PartState, Release
from bot.release.states import State
from bot.release.words import Code, words
from bot.release.zones import TZDATA

WEEK = timedelta(days=7)
#: So many windows are looked through for the next free instant: more than that is as good as never.
MOST_WINDOWS = 600
#: In so many of its windows each rule shows all the pauses that it has.
MOST_COMPARED = 60


@dataclass(frozen=True)
class Window:
    """From one instant until before another."""

    starts_at: datetime
    ends_at: datetime

    def covers(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True)
class Freeze:
    """Nothing of the service goes live in the environment meanwhile; '' means all of them.

    Of one that recurs (weekly, or by a `rule`), `starts` and `ends` are those of its first window. `id` is the row's,
    `number` the 3 of “freeze 3”. `ended_at`: lifted, or over. `revision` counts what people did to it, `changed_at` is
    when they last did.
    """

    starts: PlannedTime
    ends: PlannedTime
    service: str = ""
    environment: str = ""
    weekly: bool = False
    why: str = ""
    channel: str = ""
    created_by: str = ""
    number: int = 0
    id: int = 0
    ended_at: datetime | None = None
    revision: int = field(default=0, compare=False)
    changed_at: datetime | None = field(default=None, compare=False)
    rule: Rule | None = None

    @property
    def recurs(self) -> bool:
        return self.weekly or self.rule is not None

    def is_about(self, part: Part) -> bool:
        service, _, environment = part.key
        mine = service_key(self.service), service_key(self.environment)
        return mine[0] in ("", service) and mine[1] in ("", environment)

    def is_same(self, other: "Freeze") -> bool:
        """Whether it lasts as long and is about the same, whoever declared it and why."""
        mine, theirs = (
            (service_key(one.service), service_key(one.environment), one.starts.at, one.ends.at, one.weekly, one.rule)
            for one in (self, other)
        )
        return mine == theirs

    def windows(self, since: datetime) -> Iterator[Window]:
        """Those that end after an instant, in order; without end where it recurs."""
        return (Window(starts.at, ends.at) for starts, ends in self.edges(since))

    def edges(self, since: datetime) -> Iterator[tuple[PlannedTime, PlannedTime]]:
        """Begin and end of each of its windows, as its clock shows them."""
        if self.rule is not None:
            yield from self._by_rule(self.rule, since)
            return
        week = max(0, (since - self.ends.at) // WEEK - 1) if self.weekly else 0
        while True:
            starts, ends = (_weeks_later(one, week) for one in (self.starts, self.ends))
            if ends.at > since:
                yield starts, ends
            if not self.weekly:
                return
            week += 1

    def _by_rule(self, rule: Rule, since: datetime) -> Iterator[tuple[PlannedTime, PlannedTime]]:
        first, last = (PlainDateTime.parse_iso(one.wall[:16]).to_stdlib() for one in (self.starts, self.ends))
        length = last.date() - first.date()
        # A day begins up to 15 h earlier or later by UTC.
        for day in days(rule, first.date(), since.astimezone(UTC).date() - length - timedelta(days=2)):
            starts, ends = self.starts, self.ends
            if day != first.date():
                starts, ends = _on(day, first.time(), starts.zone), _on(day + length, last.time(), ends.zone)
            if ends.at > since:
                yield starts, ends

    def window_at(self, at: datetime) -> Window | None:
        """The one that covers the instant."""
        window = next(self.windows(at), None)
        return window if window is not None and window.covers(at) else None


def _weeks_later(planned: PlannedTime, weeks: int) -> PlannedTime:
    """The same clock time on the same weekday, whatever daylight saving does in between."""
    if not weeks:
        return planned
    there = PlainDateTime.parse_iso(planned.wall[:16]).to_stdlib() + WEEK * weeks
    return _on(there.date(), time(there.hour, there.minute), planned.zone)


def _on(day: date, clock: time, zone: str) -> PlannedTime:
    return PlannedTime(f"{day.isoformat()}T{clock:%H:%M}", zone, at_wall(day, clock, zone), TZDATA)


#: To whoever types its end before its begin.
ENDS_FIRST = words("That freeze would end before it starts. For example: ", Code("freeze fri 16:00 to mon 08:00"), ".")


def require_sound(freeze: Freeze) -> None:
    """Raise Refusal for one that ends before it starts, or that would never end."""
    if freeze.ends.at <= freeze.starts.at:
        raise Refusal(ENDS_FIRST, code="ends_first")
    if freeze.weekly and freeze.ends.at - freeze.starts.at >= WEEK - timedelta(hours=1):
        raise Refusal("A weekly freeze has to leave some time of the week free.", code="always_frozen")
    if freeze.rule is not None:
        windows = islice(freeze.windows(freeze.starts.at), MOST_COMPARED)
        between = [later.starts_at - earlier.ends_at for earlier, later in pairwise(windows)]
        if min(between) < timedelta():
            raise Refusal("A freeze that recurs has to end each time before the next begins.", code="always_frozen")
        if not any(between):
            raise Refusal("A freeze that recurs has to leave some time free.", code="always_frozen")


def covering(freezes: Iterable[Freeze], parts: Collection[Part], at: datetime) -> list[tuple[Freeze, Window]]:
    """The freezes that any of the parts would meet then, the last to end first."""
    found = [
        (freeze, window)
        for freeze in freezes
        if any(freeze.is_about(part) for part in parts) and (window := freeze.window_at(at)) is not None
    ]
    return sorted(found, key=lambda one: (one[1].ends_at, one[0].number), reverse=True)


def next_free(freezes: Collection[Freeze], parts: Collection[Part], at: datetime) -> datetime | None:
    """The first instant from then on at which none of the parts would meet a freeze; None where none is in sight."""
    for _ in range(MOST_WINDOWS):
        met = covering(freezes, parts, at)
        if not met:
            return at
        at = met[0][1].ends_at
    return None


# ---- whom it lets through ----------------------------------------------------------------------

Way = Literal["policy", "override", "exception"]


@dataclass(frozen=True)
class Exemption:
    """A request to deploy inside freezes (ids) all the same: asked, then granted or refused, used once by a deploy."""

    asked_by: str
    asked_at: datetime
    why: str
    freezes: tuple[int, ...]
    release_id: int
    id: int = 0
    outcome: Literal["granted", "refused"] | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    decided_why: str = ""
    expires_at: datetime | None = None
    used_at: datetime | None = None

    @property
    def was_taken_back(self) -> bool:
        """Whether it was granted first."""
        return self.outcome == "refused" and self.expires_at is not None

    def is_granted(self, at: datetime) -> bool:
        """Whether it was granted, and not for an earlier time only."""
        return self.outcome == "granted" and self.expires_at is not None and at < self.expires_at

    def lets(self, release: Release, freeze: Freeze, at: datetime) -> bool:
        """Whether the release may pass: once, with what belongs to the same deploy (a retry, its other parts)."""
        unused = self.used_at is None or release.state is State.DEPLOYING
        return freeze.id in self.freezes and self.is_granted(at) and unused


@dataclass(frozen=True)
class Freezing:
    """What of freezes concerns one release: all that stand in its workspace, and the exceptions asked for it.

    `grantable`: whether somebody may ask for an exception and somebody else is there to grant it. `fits`: whether
    nothing but freezes speaks against a time.
    """

    freezes: tuple[Freeze, ...] = ()
    exceptions: tuple[Exemption, ...] = ()
    grantable: bool = True
    fits: Callable[[PlannedTime], bool] = field(default=lambda planned: True, compare=False)

    def waiting(self, freeze: Freeze) -> Exemption | None:
        """The request for an exception from this freeze that nobody has decided yet."""
        return next((one for one in self.exceptions if one.outcome is None and freeze.id in one.freezes), None)


@dataclass(frozen=True)
class Met:
    """A freeze in the way of a release, and how the release passes it; None where it does not."""

    freeze: Freeze
    window: Window
    way: Way | None = None
    exemption: Exemption | None = None


def met(release: Release, freezing: Freezing, at: datetime, parts: Collection[Part] | None = None) -> list[Met]:
    """The freezes that a deploy of these parts (else of those that are not live) would meet at that time."""
    going = startable(release) if parts is None else parts
    return [
        Met(freeze, window, *_passes(release, freezing, freeze, at))
        for freeze, window in covering(freezing.freezes, going, at)
    ]


def startable(release: Release) -> list[Part]:
    """The parts that a deploy would start."""
    return [part for part in release.active_parts if part.state in (PartState.PENDING, PartState.FAILED)]


def _passes(release: Release, freezing: Freezing, freeze: Freeze, at: datetime) -> tuple[Way | None, Exemption | None]:
    if release.policy.freeze_exception:
        return "policy", None
    if (by := release.overridden) is not None and ("freeze", str(freeze.number)) in by.skipped:
        return "override", None
    granted = next((one for one in freezing.exceptions if one.lets(release, freeze, at)), None)
    return ("exception", granted) if granted is not None else (None, None)
