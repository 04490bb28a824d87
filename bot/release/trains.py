"""Hold what a train is: a recurring release, whose departures each become a release of their own."""

import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.release.errors import FieldRefusal
from bot.release.planned import PlannedTime, at_wall
from bot.release.policy import Policy, service_key
from bot.release.recurrence import Occurrence, Rule, occurrences, say_recurring
from bot.release.timeline import deadline, milestone_at
from bot.release.words import Code, Said
from bot.release.workdays import add_working_days
from bot.release.zones import local

#: A release is made so many working days before its go/no-go opens, unless the train says otherwise.
LEAD_WORKING_DAYS = 2
#: And so long before it departs at most: nobody looks at it earlier.
LONGEST_LEAD = timedelta(days=30)
#: So many departures are looked at in one go.
AT_ONCE = 50
#: What may stand in a version's pattern, and what it becomes.
PLACES = ("n", "yyyy", "yy", "mm", "dd", "week")
_PLACE = re.compile(r"\{(\w*)\}")
_LONGEST_VERSION = 60


@dataclass(frozen=True)
class Departure:
    """What became of one of a train's days: it made its release, or was skipped, by whom, why and when."""

    on_date: date
    state: Literal["made", "skipped"]
    release_id: int | None = None
    captain: str | None = None
    by: str | None = None
    why: str = ""
    at: datetime | None = field(default=None, compare=False)  # when that was; None before it is stored


@dataclass(frozen=True)
class Train:
    """`id` and `number` are 0 before it is stored. Captains are ids, in turn; `turn` counts on.

    `lead`: how long before its departure a release is made; None: as its policy needs. `version`: a pattern; "": each
    release is called by its day until its captain says otherwise. Departures up to `settled_until` have an outcome.
    """

    service: str
    environment: str
    channel: str
    rule: Rule
    clock: time
    zone: str
    starts_on: date
    created_by: str
    created_at: datetime
    settled_until: datetime
    tzdata: str
    lead: timedelta | None = None
    version: str = ""
    captains: tuple[str, ...] = ()
    turn: int = 0
    paused_until: date | None = None
    paused_by: str | None = None
    revision: int = 0
    ended_at: datetime | None = None
    ended_by: str | None = None
    id: int = 0
    number: int = 0
    changed_at: datetime | None = field(default=None, compare=False)  # since when it is of this revision, once stored

    @property
    def when(self) -> str:
        """ "every 2 weeks on Tuesday 14:00 Berlin"."""
        return say_recurring(self.rule, self.clock, self.zone)

    def departs_like(self, other: "Train") -> bool:
        """Whether both would make the same releases."""
        mine, theirs = ((one.rule, one.clock, one.zone, one.starts_on) for one in (self, other))
        return mine == theirs and self.goes_like(other)

    def goes_like(self, other: "Train") -> bool:
        """Whether both make releases of the same service for the same environment, in the same channel."""
        mine, theirs = ((service_key(one.service), service_key(one.environment), one.channel) for one in (self, other))
        return mine == theirs

    def to_come(self, after: datetime, count: int = AT_ONCE) -> list[Occurrence]:
        """Its next departures, whatever becomes of them."""
        return occurrences(self.rule, self.clock, self.zone, starts_on=self.starts_on, after=after, count=count)

    def is_paused(self, day: date) -> bool:
        return self.paused_until is not None and day < self.paused_until


def made_at(planned: PlannedTime, lead: timedelta | None, policy: Policy, days_off: Container[date] = ()) -> datetime:
    """When the release of a departure is made. Whole days of a lead go by the calendar."""
    if lead is None:
        opens = planned.at if policy.opens == "at once" else milestone_at(policy.opens, planned, days_off)
        return add_working_days(opens, planned.zone, -LEAD_WORKING_DAYS, days_off=days_off)
    there = local(planned.at, planned.zone)
    day = there.date().to_stdlib() - timedelta(days=lead.days)
    return at_wall(day, there.time().to_stdlib(), planned.zone) - timedelta(seconds=lead.seconds)


def is_reachable(planned: PlannedTime, policy: Policy, at: datetime, days_off: Container[date] = ()) -> bool:
    """Whether people can still be asked about a release that is made then."""
    return planned.at > at and deadline(policy, planned, at, days_off) > at


def require_pattern(pattern: str, days: Sequence[date]) -> None:
    """Raise FieldRefusal unless it gives each of these days a version of its own."""
    unknown = [name for name in _PLACE.findall(pattern) if name not in PLACES]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACES)
        raise FieldRefusal("version", "I don't know ", Code(f"{{{unknown[0]}}}"), f". A version may have {known}.",
                           code="bad_pattern")  # fmt: skip
    versions = [service_key(version_of(pattern, day, number)) for number, day in enumerate(days, 1)]
    if len(set(versions)) < len(versions):
        raise FieldRefusal("version", "Each departure needs a version of its own, and “", Said(pattern), "” would give "
                           "two the same. Try ", Code("2026.{n}"), " or ", Code("{yyyy}.{mm}.{dd}"), ".",
                           code="same_version")  # fmt: skip
    if max(map(len, versions), default=0) > _LONGEST_VERSION:
        raise FieldRefusal("version", f"That version is longer than {_LONGEST_VERSION} characters.", code="too_long")


def version_of(pattern: str, day: date, number: int) -> str:
    """The version of the departure of that day, the train's so-manieth (from 1). No pattern: the day itself."""
    year, week, _ = day.isocalendar()
    of_week = "week" in _PLACE.findall(pattern)  # the 1st of January may be in the last week of the year before
    places = {"n": str(number), "yyyy": f"{year if of_week else day.year}", "mm": f"{day.month:02}",
              "dd": f"{day.day:02}", "week": f"{week:02}"}  # fmt: skip
    places["yy"] = places["yyyy"][-2:]
    return _PLACE.sub(lambda found: places.get(found[1], found[0]), pattern) or day.isoformat()


def in_turn(people: Sequence[str], turn: int, able: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """Whose turn it is, and who would be next, of those who are able: (turn, id)."""
    for step in range(len(people)):
        user = people[(turn + step) % len(people)]
        if able(user):
            yield turn + step, user
