"""Write calendar entries as a file that Google, Apple and Outlook read alike: RFC 5545, published, never an invitation.

Each entry keeps its UID, and says by SEQUENCE and LAST-MODIFIED that it moved; what is called off stays as CANCELLED.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vText

from bot.release.calendar import Entry
from bot.release.vtimezone import rules_of
from bot.release.zones import TZDATA, local, utc_offset

#: How often a program should look again; some do, and Google decides for itself.
LOOK_AGAIN = timedelta(minutes=15)
#: Counts what is changed about the form of the file: what was read in an older form is read again.
_FORM = 2
#: What no calendar file may hold (RFC 5545, section 3.1).
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def etag(name: str, entries: Iterable[Entry], *, space: str) -> str:
    """Tells one content from another before it is written down: another mark, another file."""
    told = repr((_FORM, TZDATA, name, space, list(entries)))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def write(name: str, entries: Sequence[Entry], *, space: str) -> bytes:
    """The whole calendar. `space` makes the entries' ids unique in the world, such as a workspace's id."""
    file = Calendar()
    file.add("PRODID", "-//T-Minus//Release calendar//EN")
    file.add("VERSION", "2.0")
    file.add("CALSCALE", "GREGORIAN")
    file.add("METHOD", "PUBLISH")
    file.add("NAME", vText(_clean(name)))  # the library escapes no text of a kind that it does not know
    file.add("X-WR-CALNAME", vText(_clean(name)))
    file.add("REFRESH-INTERVAL", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    file.add("X-PUBLISHED-TTL", "PT15M")
    for zone in sorted({one.zone for one in entries if not _is_utc(one.zone)}):
        years = [at.year for one in entries if one.zone == zone for at in (one.starts_at, one.ends_at)]
        file.add_component(rules_of(zone, min(years) - 1, max(years) + 1))
    if not entries:  # a calendar without any component is none, by RFC 5545
        file.add_component(rules_of("UTC", 2026, 2026))
    for entry in entries:
        file.add_component(_event(entry, space))
    told: bytes = file.to_ical()
    return told


def _event(entry: Entry, space: str) -> Event:
    event = Event()
    event.add("UID", f"{entry.id}@{space}.tminus")
    event.add("DTSTAMP", _whole(entry.changed_at))
    event.add("LAST-MODIFIED", _whole(entry.changed_at))
    event.add("SEQUENCE", entry.revision)
    _add_time(event, "DTSTART", entry.starts_at, entry.zone)
    _add_time(event, "DTEND", entry.ends_at, entry.zone)
    event.add("SUMMARY", _clean(entry.title))
    event.add("DESCRIPTION", _clean(entry.text))
    event.add("STATUS", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT")  # it is to be known of, and makes nobody busy
    return event


def _add_time(event: Event, name: str, at: datetime, zone: str) -> None:
    """As its clock shows it; in UTC where that clock shows it twice, and the file would mean the first."""
    there = local(at, zone)
    wall = there.to_plain().to_stdlib().replace(microsecond=0)
    second = there.is_repeated() and there.to_plain().assume_tz(zone, disambiguation="earlier") != there
    if _is_utc(zone) or second or utc_offset(there).total_seconds() % 60:
        event.add(name, _whole(at))
    else:
        event.add(name, wall, parameters={"TZID": zone})


def _is_utc(zone: str) -> bool:
    return zone.rpartition("/")[2] in ("UTC", "UCT", "Zulu", "Universal", "GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich")


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)
