"""Know the world's time zones: read a zone somebody typed, and say an instant as the clocks there show it.

All rules come from the PyPI package `tzdata`, never from the machine, so that every replica and every
test derives the same instants; importing this module switches the machine's own database off.
"""

import difflib
import importlib
import re
import unicodedata
import zoneinfo
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources

import whenever

from bot.release.zone_names import ABBREVIATIONS, CITIES, CONTINENTS, EVERYDAY

zoneinfo.reset_tzpath(to=[])
zoneinfo.ZoneInfo.clear_cache()
whenever.reset_tzpath([])
whenever.clear_tzcache()

#: The rules in force, e.g. "2026f"; stored beside every instant derived from them.
TZDATA: str = importlib.import_module("tzdata").IANA_VERSION

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@cache
def all_zones() -> frozenset[str]:
    """Every IANA name the rules know, old names included."""
    return frozenset(zoneinfo.available_timezones() - {"Factory"})


def is_zone(name: str) -> bool:
    return name in all_zones()


def read_zone(text: str) -> str | None:
    """The IANA name of a zone or place as typed ("berlin", "New York", "europe/berlin", "ET", "UTC").

    None when nobody knows it or when it means several things ("IST", "CET" in summer); then
    `suggest_zones` knows what to offer.
    """
    key = _key(text)
    if key in EVERYDAY:
        return EVERYDAY[key]
    if key in ABBREVIATIONS:
        return None
    return _names().get(key) or CITIES.get(key)


def suggest_zones(text: str) -> tuple[str, ...]:
    """Up to three IANA names that may have been meant by a text `read_zone` did not take."""
    key = _key(text)
    if key in ABBREVIATIONS:
        return ABBREVIATIONS[key][:3]
    known = {**CITIES, **_names()}
    close = difflib.get_close_matches(key, known, n=3, cutoff=0.8) if len(key) <= 40 else []
    return tuple(dict.fromkeys(known[name] for name in close))


def is_abbreviation(text: str) -> bool:
    """Whether clocks somewhere go by this name ("CET", "ist"), whatever it means there."""
    return _key(text) in ABBREVIATIONS or text.casefold() in _shown_abbreviations()


@cache
def _shown_abbreviations() -> frozenset[str]:
    seasons = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))
    names = {local(at, zone).tz_abbrev() for zone in all_zones() for at in seasons}
    return frozenset(name.casefold() for name in names if name.isalpha())


@cache
def place_name(zone: str) -> str:
    """What people call a zone: "Berlin", "New York", "UTC"; a name that `read_zone` reads back."""
    for name in (zone, _canonical(zone)):
        continent, _, rest = name.partition("/")
        city = rest.rpartition("/")[2].replace("_", " ")
        if continent in CONTINENTS and (meant := read_zone(city)) and _canonical(meant) == _canonical(name):
            return city
    if _canonical(zone) in ("Etc/UTC", "Etc/GMT"):
        return "UTC"
    if fixed := re.fullmatch(r"Etc/GMT([+-])(\d{1,2})", zone):
        return f"UTC{'-' if fixed[1] == '+' else '+'}{fixed[2]}"  # POSIX counts the other way round
    return zone


def local(at: datetime, zone: str) -> whenever.ZonedDateTime:
    """An aware instant as the clocks of `zone` show it. Raises ValueError when there is no such zone."""
    if not is_zone(zone):
        raise ValueError(f'there is no time zone "{zone}"; an example is "Europe/Berlin"')
    return whenever.Instant(at).to_tz(zone)


def say_day(at: datetime, zone: str, *, now: datetime) -> str:
    """ "Tue 1 Dec", with the year when it is not the present one there."""
    there = local(at, zone)
    day = f"{_DAYS[there.date().day_of_week().value - 1]} {there.day} {_MONTHS[there.month - 1]}"
    return day if there.year == local(now, zone).year else f"{day} {there.year}"


def say_clock(at: datetime, zone: str) -> str:
    """ "14:00"; where clocks go back and show a time twice, also which: "02:30 CET", "01:30 UTC-02:00"."""
    there = local(at, zone)
    clock = f"{there.hour:02}:{there.minute:02}"
    if not there.is_repeated():
        return clock
    plain = there.to_plain()
    first, second = (plain.assume_tz(zone, disambiguation=which) for which in ("earlier", "later"))
    name = there.tz_abbrev()
    if name.isalpha() and first.tz_abbrev() != second.tz_abbrev() and read_zone(name) is None:
        return f"{clock} {name}"
    return f"{clock} UTC{say_offset(utc_offset(there))}"


def say_time(at: datetime, zone: str, *, now: datetime, with_zone: bool = True) -> str:
    """ "14:00 (Berlin)" on the same day there, otherwise "Tue 1 Dec 14:00 (Berlin)"."""
    clock = say_clock(at, zone)
    if local(at, zone).date() != local(now, zone).date():
        clock = f"{say_day(at, zone, now=now)} {clock}"
    return f"{clock} ({place_name(zone)})" if with_zone else clock


def say_in_zones(at: datetime, zones: Iterable[str], *, now: datetime) -> str:
    """ "Tue 1 Dec 14:00 Berlin · 08:00 New York · Wed 2 Dec 02:00 Auckland".

    Zones whose clocks agree at that time are named once, by the first; the day is named where it
    changes. No zones at all means UTC.
    """
    said: list[str] = []
    offsets: set[timedelta] = set()
    day = None
    for zone in dict.fromkeys(zones) or ("UTC",):
        there = local(at, zone)
        if utc_offset(there) in offsets:
            continue
        offsets.add(utc_offset(there))
        clock = f"{say_clock(at, zone)} {place_name(zone)}"
        said.append(clock if there.date() == day else f"{say_day(at, zone, now=now)} {clock}")
        day = there.date()
    return " · ".join(said)


def find_offset(abbreviation: str, zone: str, now: datetime) -> timedelta | None:
    """The UTC offset of the clocks of `zone` when they go by that name, within a year of `now`."""
    for months in range(12):
        there = local(now + timedelta(days=30 * months), zone)
        if there.tz_abbrev().casefold() == abbreviation:
            return utc_offset(there)
    return None


def utc_offset(there: whenever.ZonedDateTime) -> timedelta:
    return there.offset.to_stdlib()


def say_offset(offset: timedelta) -> str:
    """ "+05:30", as ISO writes it."""
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _key(text: str) -> str:
    """A typed name without what people leave out: capitals, accents, underscores, double spaces."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[_.]|-(?=[a-z])", " ", plain).split())


@cache
def _names() -> dict[str, str]:
    """Every full name and every city that means one zone only, by `_key`."""
    full = {_key(zone): zone for zone in all_zones()}
    cities: dict[str, set[str]] = {}
    for zone in all_zones():
        if zone.split("/")[0] in CONTINENTS and "/" in zone:
            cities.setdefault(_key(zone.rpartition("/")[2]), set()).add(zone)
    for city, zones in cities.items():
        truly = {_canonical(zone) for zone in zones}
        if len(truly) == 1:
            full.setdefault(city, min(zones, key=lambda zone: (zone not in truly, zone)))
    return full


@cache
def _links() -> dict[str, str]:
    """Old name → present name, from the table shipped with the rules."""
    table = resources.files("tzdata.zoneinfo").joinpath("tzdata.zi").read_text(encoding="utf-8")
    return {link[2]: link[1] for line in table.splitlines() if len(link := line.split()) == 3 and link[0] == "L"}


def _canonical(zone: str) -> str:
    while zone in _links():
        zone = _links()[zone]
    return zone
