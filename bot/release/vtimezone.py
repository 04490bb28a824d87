"""Write down a time zone's rules for calendars, as RFC 5545 has them, so that none has to know the zone by its name.

Clocks that change by a yearly rule get that rule, which every calendar program reads; the others each change by itself.
"""

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from bot.release.zones import local, utc_offset

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: So many years in a row make a rule.
_ENOUGH = 3


@dataclass(frozen=True)
class _Onset:
    """The clocks change: at that wall time as it was before, from one offset to another."""

    wall: datetime
    before: timedelta
    after: timedelta
    name: str

    @property
    def key(self) -> tuple[timedelta, timedelta, str]:
        return self.before, self.after, self.name


@lru_cache(1024)
def rules_of(zone: str, first_year: int, last_year: int) -> Timezone:
    """A VTIMEZONE that holds for every instant of those years. Raises ValueError when there is no such zone."""
    begin = datetime.fromisoformat(f"{first_year - 1}-01-01T00:00:00+00:00")
    onsets = _onsets(zone, begin, last_year + 1)
    rules = Timezone()
    rules.add("TZID", zone)
    there = local(begin, zone)
    first = utc_offset(there)
    goes_back = any(one.after < one.before for one in onsets)
    if not onsets or onsets[0].wall.year >= first_year:
        since = datetime.fromisoformat(f"{first_year - 1}-01-01T00:00:00")
        _add(rules, _Onset(since, first, first, there.tz_abbrev()), daylight=False)
    for _, same in groupby(sorted(onsets, key=lambda one: (one.key, one.wall)), key=lambda one: one.key):
        group = list(same)
        daylight = goes_back and group[0].after > group[0].before
        if group[-1].wall.year > last_year and (rule := _yearly(group)) is not None:  # it goes on
            _add(rules, group[0], daylight=daylight, rule=rule)
        else:
            for one in group:
                _add(rules, one, daylight=daylight)
    return rules


def _onsets(zone: str, begin: datetime, last_year: int) -> list[_Onset]:
    found: list[_Onset] = []
    there = local(begin, zone)
    while (change := there.next_transition()) is not None and change.year <= last_year:
        before, after = utc_offset(there), utc_offset(change)
        if before != after:
            found.append(_Onset(change.to_plain().to_stdlib() - after + before, before, after, change.tz_abbrev()))
        there = change
    return found


def _yearly(group: list[_Onset]) -> dict[str, object] | None:
    """The rule by which these come round, once a year each; None where there is none."""
    walls = [one.wall for one in group]
    years = [wall.year for wall in walls]
    same = {(wall.month, wall.weekday(), wall.time()) for wall in walls}
    if len(walls) < _ENOUGH or len(same) > 1 or years != list(range(years[0], years[0] + len(years))):
        return None
    places = {(wall.day - 1) // 7 + 1 for wall in walls}
    if all(wall.day + 7 > calendar.monthrange(wall.year, wall.month)[1] for wall in walls):
        places = {-1}
    if len(places) > 1:
        return None
    return {"FREQ": "YEARLY", "BYMONTH": walls[0].month, "BYDAY": f"{places.pop()}{_DAYS[walls[0].weekday()]}"}


def _add(rules: Timezone, onset: _Onset, *, daylight: bool, rule: dict[str, object] | None = None) -> None:
    part = TimezoneDaylight() if daylight else TimezoneStandard()
    part.add("DTSTART", onset.wall)
    part.add("TZOFFSETFROM", onset.before)
    part.add("TZOFFSETTO", onset.after)
    part.add("TZNAME", onset.name)
    if rule is not None:
        part.add("RRULE", rule)
    rules.add_component(part)
