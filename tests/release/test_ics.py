"""A calendar file means the same to whoever reads it: each zone, each clock change, whatever people typed."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import recurring_ical_events
import vobject
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from bot.release import ics
from bot.release.calendar import Entry
from bot.release.vtimezone import rules_of
from bot.release.zones import all_zones, local, utc_offset

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZONES = sorted(all_zones())
#: What a feed looks at.
SPAN = [NOW - timedelta(days=30), NOW + timedelta(days=400)]
TIMES = st.integers(0, int((SPAN[1] - SPAN[0]).total_seconds()) // 60).map(lambda m: SPAN[0] + timedelta(minutes=m))


def entry(at: datetime, zone: str, title: str = "payments 2.14.0", **more: object) -> Entry:
    text = f"Scheduled.\n{title}"
    return Entry("release-12", title, at, at + HOUR / 2, zone, 3, NOW, text=text, **more)  # type: ignore[arg-type]


def written(*entries: Entry) -> bytes:
    return ics.write("Releases", entries, space="t1")


def by_vobject(file: bytes) -> Any:
    """As a program reads it that was just started: vobject keeps the first rules of a zone for ever."""
    zones = vars(vobject.icalendar)["__tzidMap"]
    for zone in zones.keys() - {"UTC"}:
        del zones[zone]
    return vobject.readOne(file.decode())


def test_the_rules_of_every_zone_are_what_the_zone_does_for_the_whole_span() -> None:
    """Read by dateutil, which knows the zones by nothing but the file."""
    for zone in ZONES:
        if ics._is_utc(zone):
            continue
        rules = rules_of(zone, 2025, 2028).to_ical().decode()
        told = tzical(StringIO(rules)).get()
        at, last = SPAN[0], SPAN[1]
        instants = []
        while at < last:
            there = local(at, zone)
            instants += [at, at + HOUR]
            change = there.next_transition()
            if change is None:
                break
            at = change.to_instant().to_stdlib()
            instants += [at - HOUR, at - timedelta(seconds=1), at, at + HOUR]
        for at in instants:
            there = local(at, zone)
            if there.is_repeated():
                continue  # written in UTC, or meant as the first: see below
            wall = there.to_plain().to_stdlib()
            assert wall.replace(tzinfo=told).utcoffset() == utc_offset(there), f"{zone} {at} in\n{rules}"


def test_a_zone_that_gives_its_summer_time_up_has_none_from_then_on() -> None:
    """Paraguay changed its clocks by a yearly rule until 2024, and keeps summer time since."""
    zone, at = "America/Asuncion", datetime(2021, 1, 1, tzinfo=UTC)
    told = tzical(StringIO(rules_of(zone, 2021, 2026).to_ical().decode())).get()
    while at.year < 2027:
        there = local(at, zone)
        wall = there.to_plain().to_stdlib()
        assert there.is_repeated() or wall.replace(tzinfo=told).utcoffset() == utc_offset(there), at
        at += timedelta(hours=12)


@settings(max_examples=150)
@given(TIMES, st.sampled_from(ZONES))
def test_an_entry_is_read_at_the_instant_that_is_meant(at: datetime, zone: str) -> None:
    file = written(entry(at, zone))
    told = by_vobject(file)
    assert told.vevent.dtstart.value.astimezone(UTC) == at
    assert told.vevent.dtend.value.astimezone(UTC) == at + HOUR / 2
    again = Calendar.from_ical(file)
    (event,) = recurring_ical_events.of(again).between(at - HOUR, at + HOUR)
    assert event["DTSTART"].dt.astimezone(UTC) == at


def test_both_of_a_time_that_the_clock_shows_twice_are_told_apart() -> None:
    for zone, first in (("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
                        ("America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
                        ("Australia/Lord_Howe", datetime(2026, 4, 4, 14, 45, tzinfo=UTC))):  # fmt: skip
        for at in (first, first + (HOUR if zone != "Australia/Lord_Howe" else HOUR / 2)):
            told = by_vobject(written(entry(at, zone)))
            assert told.vevent.dtstart.value.astimezone(UTC) == at, (zone, at)


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_what_people_typed_stays_text_and_comes_back_as_it_was(typed: str) -> None:
    file = written(entry(NOW, "Europe/Berlin", typed))
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    again = Calendar.from_ical(file)
    assert [one.name for one in again.subcomponents] == ["VTIMEZONE", "VEVENT"]
    (event,) = again.walk("VEVENT")
    meant = ics._clean(typed).replace("\r\n", "\n").replace("\r", "\n")
    assert str(event["SUMMARY"]).replace("\r", "\n").strip() == meant.strip()


def test_a_line_break_cannot_begin_a_property_of_its_own() -> None:
    nasty = "pay\r\nATTACH:http://evil\nEND:VEVENT\nBEGIN:VALARM"
    (event,) = Calendar.from_ical(written(entry(NOW, "UTC", nasty))).walk("VEVENT")
    assert "ATTACH" not in event and not event.subcomponents


def test_a_calendars_name_is_text_as_well() -> None:
    told = ics.write("web; api, x\nSTATUS:CANCELLED releases", [], space="t1").decode()
    assert "X-WR-CALNAME:web\\; api\\, x\\nSTATUS:CANCELLED releases\r\n" in told
    assert "\r\nNAME:web\\; api\\, x\\nSTATUS:CANCELLED releases\r\n" in told


def test_a_calendar_with_nothing_in_it_is_a_calendar() -> None:
    """RFC 5545, section 3.4: at least one component; there are programs that refuse a file without."""
    empty = Calendar.from_ical(ics.write("Releases", [], space="t1"))
    assert [one.name for one in empty.subcomponents] == ["VTIMEZONE"] and not empty.walk("VEVENT")


def test_each_line_is_text_by_itself() -> None:
    """Some programs read a line at a time: none ends within a character."""
    for line in written(entry(NOW, "Europe/Berlin", "é😀\u2028" * 60)).split(b"\r\n"):
        assert len(line) <= 75 and "\n" not in line.decode()


def test_under_newer_rules_of_time_zones_it_is_another_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same instant may have another wall time then, and many programs go by their own rules."""
    entries = [entry(NOW, "Europe/Berlin")]
    before = ics.etag("Releases", entries, space="t1")
    assert ics.etag("Releases", entries, space="t1") == before
    monkeypatch.setattr("bot.release.ics.TZDATA", "2099z", raising=False)
    assert ics.etag("Releases", entries, space="t1") != before


def test_what_is_called_off_stays_and_says_so() -> None:
    told = by_vobject(written(entry(NOW, "Europe/Berlin", cancelled=True)))
    assert told.method.value == "PUBLISH"
    assert (told.vevent.status.value, told.vevent.sequence.value) == ("CANCELLED", "3")
    assert told.vevent.uid.value == "release-12@t1.tminus"
