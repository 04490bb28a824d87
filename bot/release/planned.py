"""Keep what a person meant by a time (wall clock and zone) beside the instant derived from it.

Daylight saving makes some wall times happen never or twice. Those become a `TimeQuestion` with both
instants to choose from; a chosen one of two carries its UTC offset ("2026-10-25T02:30+01:00").
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache

from whenever import PlainDateTime, RepeatedTime, SkippedTime, ZonedDateTime

from bot.release.zones import (
    TZDATA,
    is_zone,
    local,
    place_name,
    say_clock,
    say_day,
    say_offset,
    utc_offset,
)


@dataclass(frozen=True)
class PlannedTime:
    """A wall time in a zone, and the instant it is under the rules of one tzdata version."""

    wall: str  # "2026-12-01T14:00"; with an offset where the clock shows it twice
    zone: str  # IANA name
    at: datetime  # aware, UTC
    tzdata: str  # "2026f"

    @property
    def typed(self) -> str:
        """The time as text that means it and nothing else."""
        return f"{self.wall.replace('T', ' ')} {self.zone}"


@dataclass(frozen=True)
class TimeQuestion:
    """What was unclear about a time, in words for the person, and at most three times to offer.

    `fact`: what daylight saving does to that wall time, where that is what was unclear.
    """

    text: str
    options: tuple[PlannedTime, ...] = ()
    fact: str = ""


def plan_at(at: datetime, zone: str) -> PlannedTime:
    """An aware instant as the wall clock of `zone` shows it. Raises ValueError when there is no such zone."""
    there = local(at, zone)
    whole_minute = there.second == 0 and there.nanosecond == 0
    wall = there.to_plain().format_iso(unit="minute" if whole_minute else "auto")
    if there.is_repeated():
        wall += say_offset(utc_offset(there))
    return PlannedTime(wall=wall, zone=zone, at=at.astimezone(UTC), tzdata=TZDATA)


def plan_wall(day: date, clock: time, zone: str, *, now: datetime) -> PlannedTime | TimeQuestion:
    """The instant of a wall time in `zone`, or a question when its clock shows it never or twice.

    `now` only decides how the question words its dates. Raises ValueError when there is no such zone.
    """
    if not is_zone(zone):
        raise ValueError(f'there is no time zone "{zone}"; an example is "Europe/Berlin"')
    plain = PlainDateTime(day.year, day.month, day.day, clock.hour, clock.minute)
    try:
        return plan_at(plain.assume_tz(zone, disambiguation="raise").to_stdlib(), zone)
    except (SkippedTime, RepeatedTime) as found:
        skipped = isinstance(found, SkippedTime)
    earlier, later = (plain.assume_tz(zone, disambiguation=which) for which in ("earlier", "later"))
    options = (plan_at(earlier.to_stdlib(), zone), plan_at(later.to_stdlib(), zone))
    fact, ask = _never(plain, earlier, later, zone, now) if skipped else _twice(clock, earlier, later, zone)
    return TimeQuestion(f"{fact} {ask}", options, fact)


def replan(planned: PlannedTime) -> PlannedTime:
    """The same intent under today's rules.

    Nobody is there to be asked: should new rules make the wall time vanish, the clock's next reading
    is taken (03:30 for 02:30); should they make it happen twice, the instant nearest to the one agreed.
    """
    text, offset = _split_offset(planned.wall)
    plain = PlainDateTime.parse_iso(text)
    try:
        return plan_at(plain.assume_tz(planned.zone, disambiguation="raise").to_stdlib(), planned.zone)
    except SkippedTime:
        return plan_at(plain.assume_tz(planned.zone, disambiguation="later").to_stdlib(), planned.zone)
    except RepeatedTime:
        both = [plain.assume_tz(planned.zone, disambiguation=which) for which in ("earlier", "later")]
        named = [there for there in both if say_offset(utc_offset(there)) == offset] or both
        instants = [there.to_stdlib() for there in named]
        return plan_at(min(instants, key=lambda at: abs(at - planned.at)), planned.zone)


@lru_cache(maxsize=1024)
def otherwise_now(planned: PlannedTime) -> PlannedTime | None:
    """What the wall time that was agreed is under today's rules; None where that is when it is planned anyway."""
    meant = replan(planned)
    return meant if meant.at != planned.at else None


def at_wall(day: date, clock: time, zone: str) -> datetime:
    """The UTC instant of a wall time nobody typed: past a gap, and the first of two."""
    plain = PlainDateTime(day.year, day.month, day.day, clock.hour, clock.minute)
    return plain.assume_tz(zone, disambiguation="compatible").to_stdlib().astimezone(UTC)


def _split_offset(wall: str) -> tuple[str, str | None]:
    found = re.search(r"T.*?([+-]\d\d:\d\d)$", wall)
    return (wall[: found.start(1)], found[1]) if found else (wall, None)


def _never(
    plain: PlainDateTime, earlier: ZonedDateTime, later: ZonedDateTime, zone: str, now: datetime
) -> tuple[str, str]:
    jump = earlier.next_transition()
    change = jump.to_stdlib() if jump else later.to_stdlib()
    before = (change.astimezone(UTC) + utc_offset(earlier)).strftime("%H:%M")
    options = [say_clock(there.to_stdlib(), zone) for there in (earlier, later)]
    if earlier.date() != later.date():  # clocks that jump at midnight
        options = [
            f"{say_day(there.to_stdlib(), zone, now=now)} {shown}"
            for there, shown in zip((earlier, later), options, strict=True)
        ]
    on_that_day = earlier if earlier.date() == plain.date() else later  # clocks may jump into the next one
    return (
        f"{plain.hour:02}:{plain.minute:02} does not exist on {_full_day(on_that_day.to_stdlib(), zone)} "
        f"in {place_name(zone)}: "
        f"clocks go from {before} to {say_clock(change, zone)}.",
        f"Did you mean {options[0]} or {options[1]}?",
    )


def _twice(clock: time, earlier: ZonedDateTime, later: ZonedDateTime, zone: str) -> tuple[str, str]:
    names = [there.tz_abbrev() for there in (earlier, later)]
    if all(name.isalpha() for name in names) and names[0] != names[1]:
        first, second = f"summer time ({names[0]})", f"winter time ({names[1]})"
    else:
        first, second = (f"UTC{say_offset(utc_offset(there))}" for there in (earlier, later))
    return (
        f"{clock:%H:%M} happens twice on {_full_day(earlier.to_stdlib(), zone)} in {place_name(zone)}.",
        f"Did you mean {clock:%H:%M} {first} or {clock:%H:%M} {second}?",
    )


def _full_day(at: datetime, zone: str) -> str:
    day = say_day(at, zone, now=at)
    return f"{day} {local(at, zone).year}"
