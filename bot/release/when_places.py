"""Turn a day and a clock time into instants, where a zone, an offset or an abbreviation may stand beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from bot.release.planned import PlannedTime, TimeQuestion, plan_at, plan_wall
from bot.release.zone_names import ABBREVIATIONS
from bot.release.zones import find_offset, local, place_name, say_offset, utc_offset


@dataclass(frozen=True)
class Place:
    """Whose clock is meant."""

    zone: str  # named, or the person's own
    named: bool
    offset: timedelta | None = None
    abbreviation: str | None = None


@dataclass(frozen=True)
class Meant:
    """What a day and a clock time may be; exactly one plan and no doubt is an answer."""

    plans: tuple[PlannedTime, ...]
    doubt: str | None = None
    complete: bool = False  # the doubt already names the plans


def plan_in(place: Place, day: date, clock: time, now: datetime, *, begins: bool = False) -> Meant:
    """The instants a wall time may be on the clock of that place; with `begins` the first of them on that day."""
    if place.offset is not None:
        return _by_offset(place, place.offset, day, clock, now)
    if place.abbreviation is not None:
        return _by_abbreviation(place, place.abbreviation, day, clock, now)
    found = plan_wall(day, clock, place.zone, now=now)
    if isinstance(found, PlannedTime):
        return Meant((found,))
    if begins:
        there = (plan for plan in found.options if local(plan.at, place.zone).date().to_stdlib() == day)
        return Meant((next(there, found.options[-1]),))
    return Meant(found.options, found.text, complete=True)


def zones_spoken_of(place: Place, own: str) -> tuple[str, ...]:
    """The person's own zone first, then those whose calendar the text may follow."""
    return tuple(dict.fromkeys((own, place.zone, *ABBREVIATIONS.get(place.abbreviation or "", ())[:1])))


def _by_offset(place: Place, offset: timedelta, day: date, clock: time, now: datetime) -> Meant:
    """An offset fixes the instant; beside a named zone it has to agree with that zone's clock."""
    fixed = plan_at(datetime.combine(day, clock, tzinfo=timezone(offset)), place.zone)
    if not place.named or utc_offset(local(fixed.at, place.zone)) == offset:
        return Meant((fixed,))
    plain = _plans(plan_wall(day, clock, place.zone, now=now))
    return Meant((*plain, fixed), f"{place_name(place.zone)} is not at UTC{say_offset(offset)} then.")


def _by_abbreviation(place: Place, name: str, day: date, clock: time, now: datetime) -> Meant:
    """An abbreviation counts where clocks go by it at that very time; the person's own clock comes first."""
    own = _called(name, day, clock, place.zone, now)
    if len(own) == 1:
        return Meant(own)
    zones = (place.zone,) if place.named else ABBREVIATIONS.get(name, (place.zone,))
    called = {zone: _called(name, day, clock, zone, now) for zone in zones}
    instants = {plan.at: plan for plans in called.values() for plan in plans}
    if len(instants) == 1 and all(called.values()):
        return Meant(tuple(instants.values()))
    if instants:
        plain = [plans or _plans(plan_wall(day, clock, zone, now=now)) for zone, plans in called.items()]
        return Meant(tuple(plan for plans in plain for plan in plans), f"{name.upper()} means different times.")
    zone = zones[0]
    options = _plans(plan_wall(day, clock, zone, now=now))
    if (offset := find_offset(name, zone, now)) is not None:
        options = (*options, plan_at(datetime.combine(day, clock, tzinfo=timezone(offset)), zone))
    return Meant(options, f"Clocks in {place_name(zone)} are not on {name.upper()} then.")


def _called(name: str, day: date, clock: time, zone: str, now: datetime) -> tuple[PlannedTime, ...]:
    """The plans for exactly this wall time at which the clocks of the zone go by that name."""
    wall = f"{day.isoformat()}T{clock:%H:%M}"
    plans = _plans(plan_wall(day, clock, zone, now=now))
    return tuple(
        plan for plan in plans if plan.wall.startswith(wall) and local(plan.at, zone).tz_abbrev().casefold() == name
    )


def _plans(found: PlannedTime | TimeQuestion) -> tuple[PlannedTime, ...]:
    return (found,) if isinstance(found, PlannedTime) else found.options


def soonest(plans: Iterable[PlannedTime]) -> tuple[PlannedTime, ...]:
    """Each instant once, the earliest first."""
    by_instant: dict[datetime, PlannedTime] = {}
    for plan in plans:
        by_instant.setdefault(plan.at, plan)
    return tuple(by_instant[at] for at in sorted(by_instant))
