"""Say which days recur ("every 2 weeks on Tuesday"), and derive the instants of a wall time on those days.

The wall time and its zone are what is meant: an instant is derived under the tz rules of today. Days are computed by
python-dateutil, on the calendar alone; daylight saving can therefore neither skip nor double one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, Literal

from dateutil import rrule
from whenever import ZonedDateTime

from bot.release.planned import PlannedTime, at_wall, plan_at, plan_wall
from bot.release.zones import local, place_name, say_clock, say_day, utc_offset

Unit = Literal["day", "week", "month"]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ALL_DAYS, WORKDAYS = tuple(range(7)), tuple(range(5))
ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
#: The longest pauses there are.
MOST: dict[Unit, int] = {"day": 366, "week": 53, "month": 12}
#: A month has no 29th to 31st every time; its last day is -1.
LAST_SAFE_DAY = 28
_FREQUENCIES: dict[Unit, Literal[1, 2, 3]] = {"day": rrule.DAILY, "week": rrule.WEEKLY, "month": rrule.MONTHLY}
_SHORT = tuple(name[:3].casefold() for name in WEEKDAYS)
#: A change of the clocks further ahead than this is not worth a word.
_CHANGE_WITHIN = timedelta(days=400)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """Days that recur: every `interval` days, weeks or months.

    Weeks (from Monday on) have their `weekdays`, Monday is 0. Months have a `day` of the month (1 to 28, -1 the last),
    or the `nth` (1 to 4, -1 the last) of `weekdays`: one weekday, or Monday to Friday for "working day".
    Raises ValueError for what cannot be: every rule has a day in each of its weeks or months.
    """

    unit: Unit
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    nth: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.interval <= MOST[self.unit]:
            raise ValueError(f"every {self.interval} {self.unit}s is not possible")
        if self.weekdays != tuple(sorted(set(self.weekdays) & set(ALL_DAYS))):
            raise ValueError("weekdays are 0 to 6, in order, each once")
        by_weekday = self.nth in ORDINALS and self.day is None
        by_weekday = by_weekday and (len(self.weekdays) == 1 or self.weekdays == WORKDAYS)
        by_day = self.day in (-1, *range(1, LAST_SAFE_DAY + 1)) and self.nth is None and not self.weekdays
        plain = self.nth is None and self.day is None
        possible = {
            "day": plain and not self.weekdays,
            "week": plain and bool(self.weekdays),
            "month": by_weekday or by_day,
        }
        if not possible[self.unit]:
            raise ValueError(f"no rule for a {self.unit}: {self}")


@dataclass(frozen=True)
class Occurrence:
    """One of the days, by the calendar, and what the clock there makes of the wall time.

    `note` says, in words, when daylight saving has no such time on that day, or has it twice.
    """

    day: date
    planned: PlannedTime
    note: str = ""

    @property
    def at(self) -> datetime:
        return self.planned.at


@dataclass(frozen=True)
class ClockChange:
    """When the clocks of a zone change, and their UTC offsets before and after."""

    at: datetime
    before: timedelta
    after: timedelta


# ---- days and instants ------------------------------------------------------------------------


def days(rule: Rule, starts_on: date, not_before: date) -> Iterator[date]:
    """Its days in order, without end, none before either date. Weeks and months are counted from `starts_on`."""
    begin = _near(rule, starts_on, not_before)
    start = datetime(begin.year, begin.month, begin.day, tzinfo=UTC)
    found = rrule.rrule(
        _FREQUENCIES[rule.unit],
        dtstart=start,
        interval=rule.interval,
        wkst=rrule.MO,
        byweekday=rule.weekdays or None,
        bysetpos=rule.nth,
        bymonthday=rule.day,
    )
    since = datetime(not_before.year, not_before.month, not_before.day, tzinfo=UTC)
    return (one.date() for one in found.xafter(since, inc=True))


def _near(rule: Rule, starts_on: date, not_before: date) -> date:
    """From where the rule has the same days from `not_before` on: what is long past need not be counted through."""
    if not_before <= starts_on:
        return starts_on
    if rule.unit == "month":
        months = (not_before.year - starts_on.year) * 12 + not_before.month - starts_on.month
        pauses = months // rule.interval
        later, month = divmod(starts_on.month - 1 + pauses * rule.interval, 12)
        return date(starts_on.year + later, month + 1, 1) if pauses else starts_on
    pause = timedelta(days=rule.interval * (7 if rule.unit == "week" else 1))
    return starts_on + (not_before - starts_on) // pause * pause


def first_day(rule: Rule, not_before: date) -> date:
    """The first day that the rule can begin with: `starts_on` for what is said to recur from then on."""
    return next(days(Rule(rule.unit, 1, rule.weekdays, rule.nth, rule.day), not_before, not_before))


def occurrence(day: date, clock: time, zone: str) -> Occurrence:
    """The wall time on that day: past a gap of daylight saving, and the first of two.

    Raises ValueError when there is no such zone.
    """
    found = plan_wall(day, clock, zone, now=at_wall(day, clock, zone))
    if isinstance(found, PlannedTime):
        return Occurrence(day, found)
    planned = plan_at(at_wall(day, clock, zone), zone)
    taken = say_clock(planned.at, zone)
    if local(planned.at, zone).date().to_stdlib() != day:
        taken = f"{say_day(planned.at, zone, now=planned.at)} {taken}"
    return Occurrence(day, planned, f"{found.fact} It is {taken} then.")


def occurrences(
    rule: Rule, clock: time, zone: str, *, starts_on: date, after: datetime, count: int
) -> list[Occurrence]:
    """The next `count` of them whose instant is later than `after` (aware)."""
    # A day begins up to 15 h earlier or later by UTC, and a gap can move an instant past midnight.
    since = after.astimezone(UTC).date() - timedelta(days=2)
    found = (occurrence(day, clock, zone) for day in days(rule, starts_on, since))
    return list(islice((one for one in found if one.at > after), count))


def note_of_changes(rule: Rule, clock: time, zone: str, *, starts_on: date, after: datetime) -> str:
    """What is said of the wall time where the next two changes of the clocks skip it or show it twice; else nothing."""
    at = after
    for _ in range(2):
        change = clock_change(zone, at)
        if change is None:
            break
        at = change.at
        for one in occurrences(rule, clock, zone, starts_on=starts_on, after=at - _DAY, count=2):
            if one.note and abs(one.at - at) <= _DAY:
                return one.note
    return ""


def clock_change(zone: str, after: datetime) -> ClockChange | None:
    """The next time that the clocks of the zone change, within about a year."""
    there: ZonedDateTime | None = local(after, zone)
    while there is not None:
        before = utc_offset(there)
        there = there.next_transition()
        if there is None or there.to_stdlib() - after > _CHANGE_WITHIN:
            return None
        if utc_offset(there) != before:
            return ClockChange(there.to_stdlib().astimezone(UTC), before, utc_offset(there))
    return None


def say_change(change: ClockChange, clock: time, zone: str, *, now: datetime) -> str:
    """ "Clocks in Berlin change on Sun 28 Mar 2027: 14:00 stays 14:00, and is 12:00 UTC instead of 13:00 UTC." """
    day = say_day(change.at, zone, now=now)
    was, will = (_in_utc(clock, offset) for offset in (change.before, change.after))
    return (
        f"Clocks in {place_name(zone)} change on {day}: {clock:%H:%M} stays {clock:%H:%M}, "
        f"and is {will} UTC instead of {was} UTC."
    )


def _in_utc(clock: time, offset: timedelta) -> str:
    return (datetime.combine(date(2000, 1, 1), clock, tzinfo=UTC) - offset).strftime("%H:%M")


# ---- words ------------------------------------------------------------------------------------


def say_rule(rule: Rule) -> str:
    """In words that read back as the same rule: "every 2 weeks on Tuesday", "on the second Tuesday of every month"."""
    if rule.unit == "day":
        return "every day" if rule.interval == 1 else f"every {rule.interval} days"
    if rule.unit == "week":
        named = say_weekdays(rule.weekdays)
        if rule.interval > 1:
            return f"every {rule.interval} weeks on {named}"
        return f"every {'weekday' if rule.weekdays == WORKDAYS else named}"
    months = "every month" if rule.interval == 1 else f"every {rule.interval} months"
    if rule.day is not None:
        return f"{months} on the {'last day' if rule.day == -1 else say_ordinal(rule.day)}"
    what = "working day" if rule.weekdays == WORKDAYS else WEEKDAYS[rule.weekdays[0]]
    return f"{months} on the {ORDINALS[rule.nth or 0]} {what}"


def say_recurring(rule: Rule, clock: time, zone: str) -> str:
    """ "every 2 weeks on Tuesday 14:00 Berlin", which reads back as the same."""
    return f"{say_rule(rule)} {clock:%H:%M} {place_name(zone)}"


def say_weekdays(weekdays: Sequence[int]) -> str:
    """ "Monday, Tuesday and Friday"."""
    names = [WEEKDAYS[one] for one in weekdays]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def say_ordinal(number: int) -> str:
    """ "1st", "22nd", "13th"."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 <= number % 100 <= 20 else ending}"


# ---- plain data -------------------------------------------------------------------------------


def rule_data(rule: Rule) -> dict[str, Any]:
    """As JSON can keep it: {"unit": "week", "interval": 2, "weekdays": ["tue"]}. `rule_of` reads it back."""
    data: dict[str, Any] = {"unit": rule.unit, "interval": rule.interval}
    if rule.weekdays:
        data["weekdays"] = [_SHORT[one] for one in rule.weekdays]
    extra = {"nth": rule.nth, "day": rule.day}
    return data | {name: value for name, value in extra.items() if value is not None}


def rule_of(data: Mapping[str, Any]) -> Rule:
    """A rule from its data. Raises ValueError or KeyError for what is none."""
    weekdays = tuple(_SHORT.index(name) for name in data.get("weekdays", ()))
    return Rule(data["unit"], data["interval"], weekdays, data.get("nth"), data.get("day"))
