"""What must hold in every zone of the world, at both edges of daylight saving, and for any text."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.release.planned import at_wall, plan_at
from bot.release.when import PlannedTime, TimeQuestion, read_when, replan, split_when
from bot.release.workdays import add_working_days, next_working_day, previous_working_day
from bot.release.zone_names import ABBREVIATIONS, CITIES, EVERYDAY
from bot.release.zones import all_zones, find_offset, is_zone, local, place_name, read_zone, say_in_zones, say_time

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
ZONES = sorted(all_zones())
QUICK = settings(max_examples=300, deadline=None, derandomize=True, database=None)

minutes_ahead = st.integers(min_value=0, max_value=2 * 365 * 24 * 60)
zones = st.sampled_from(ZONES)


@cache
def changes(zone: str) -> tuple[tuple[datetime, timedelta], ...]:
    """The clock changes of the next two years: when, and by how much."""
    found = []
    there = local(NOW, zone)
    while (jump := there.next_transition()) is not None:
        at = jump.to_stdlib().astimezone(UTC)
        if at > NOW + timedelta(days=720):
            break
        step = jump.offset.to_stdlib() - there.offset.to_stdlib()
        if step:
            found.append((at, step))
        there = jump
    return tuple(found)


def test_daylight_saving_is_there_to_be_tested() -> None:
    assert sum(bool(changes(zone)) for zone in ZONES) > 150


def test_a_wall_time_in_a_gap_is_never_guessed_in_any_zone() -> None:
    for zone in ZONES:
        for at, step in changes(zone):
            if step < timedelta(0):
                continue
            skipped = local(at, zone).to_plain().to_stdlib() - step / 2
            found = read_when(f"{skipped:%Y-%m-%d %H:%M}", zone=zone, now=NOW)
            assert isinstance(found, TimeQuestion), zone
            assert "does not exist" in found.text
            before, after = found.options
            assert before.at < at < after.at
            assert after.at - before.at == step
            assert [replan(option) for option in found.options] == [before, after]


def test_a_wall_time_that_happens_twice_is_never_guessed_in_any_zone() -> None:
    for zone in ZONES:
        for at, step in changes(zone):
            if step > timedelta(0):
                continue
            repeated = local(at, zone).to_plain().to_stdlib() - step / 2
            found = read_when(f"{repeated:%Y-%m-%d %H:%M}", zone=zone, now=NOW)
            assert isinstance(found, TimeQuestion), zone
            assert "happens twice" in found.text
            first, second = found.options
            assert first.at < at <= second.at
            assert second.at - first.at == -step
            assert first.wall != second.wall
            assert [replan(option) for option in found.options] == [first, second]
            for option in found.options:
                read = read_when(say_time(option.at, zone, now=NOW), zone=zone, now=NOW)
                assert isinstance(read, PlannedTime), say_time(option.at, zone, now=NOW)
                assert read.at == option.at


def test_a_day_begins_at_its_first_moment_in_every_zone() -> None:
    without_midnight = 0
    for zone in ZONES:
        for at, _ in changes(zone):
            for day in {local(at + timedelta(hours=off), zone).date().to_stdlib() for off in (-2, 2)}:
                found = read_when(day.isoformat(), zone=zone, now=NOW, begins=True)
                assert isinstance(found, PlannedTime), (zone, day)
                assert local(found.at, zone).date().to_stdlib() == day
                assert local(found.at - timedelta(minutes=1), zone).date().to_stdlib() < day
                without_midnight += local(found.at, zone).hour == 1
    assert without_midnight, "clocks that go forward at midnight are there to be tested"


def test_clocks_run_true_on_both_sides_of_every_change() -> None:
    for zone in ZONES:
        for at, _ in changes(zone):
            for minute in (-121, -61, -1, 0, 1, 61, 121):
                there = at + timedelta(minutes=minute)
                read = read_when(say_time(there, zone, now=NOW), zone=zone, now=NOW)
                assert isinstance(read, PlannedTime), (zone, read)
                assert read.at == there


@QUICK
@given(zone=zones, ahead=minutes_ahead)
def test_what_is_said_reads_back_as_the_same_instant(zone: str, ahead: int) -> None:
    at = NOW + timedelta(minutes=ahead)
    said = say_time(at, zone, now=NOW)
    read = read_when(said, zone=zone, now=NOW)
    assert isinstance(read, PlannedTime), (said, read)
    assert read.at == at
    assert replan(read) == read
    assert split_when(f"2.14.0 {said}") == ("2.14.0", said)


@QUICK
@given(zone=zones, others=st.lists(zones, max_size=5), ahead=minutes_ahead)
def test_what_is_said_in_many_zones_names_one_instant(zone: str, others: list[str], ahead: int) -> None:
    at = NOW + timedelta(minutes=ahead)
    said = say_in_zones(at, [zone, *others], now=NOW).split(" · ")
    assert len(said) == len({local(at, name).offset for name in [zone, *others]})
    day = ""
    for part in said:
        if part[0].isalpha():
            day = part[: part.index(":") - 2]
        else:
            part = day + part
        read = read_when(part, zone=zone, now=NOW)
        assert isinstance(read, PlannedTime), (part, read)
        assert read.at == at


pieces = st.sampled_from(
    [
        "now",
        "in",
        "+2h",
        "2h",
        "90",
        "min",
        "an",
        "hour",
        "and",
        "half",
        "tomorrow",
        "today",
        "tonight",
        "fri",
        "next",
        "this",
        "week",
        "mon",
        "noon",
        "midnight",
        "at",
        "14:00",
        "9",
        "3pm",
        "12am",
        "24:00",
        "2026-12-01",
        "1.12.",
        "31.11.",
        "12/1",
        "29.2.",
        "1",
        "Dec",
        "2027",
        "9999-12-31",
        "0001-01-01",
        "Berlin",
        "New",
        "York",
        "UTC",
        "CET",
        "IST",
        "+02:00",
        "-05:00",
        "UTC+2",
        "morning",
        "eod",
        "Z",
        ",",
        ".",
        "?",
        "2.14.0",
        "00:30",
        "02:30",
        "2027-03-28",
        "2027-10-31",
        "(Berlin)",
        "EST",
        "CST",
        "Auckland",
        "1400",
    ]
)
texts = st.one_of(st.text(max_size=60), st.lists(pieces, min_size=1, max_size=6).map(" ".join))
instants = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2031, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@settings(QUICK, max_examples=1500)
@given(text=texts, zone=st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "Pacific/Apia", "CET"]), now=instants)
def test_no_text_breaks_the_reader_or_yields_a_past_time(text: str, zone: str, now: datetime) -> None:
    found = read_when(text, zone=zone, now=now)
    plans = found.options if isinstance(found, TimeQuestion) else (found,)
    for plan in plans:
        assert plan.at.tzinfo is UTC
        assert now <= plan.at <= now + timedelta(days=732)
        assert is_zone(plan.zone)
        assert replan(plan) == plan
    if isinstance(found, TimeQuestion):
        assert len(found.options) <= 3
        assert sorted({plan.at for plan in plans}) == [plan.at for plan in plans]
        assert found.text[-1] in ".?"
        assert len(found.text) < 250
    head, tail = split_when(text)
    assert f"{head} {tail}".split() == text.split()


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_has_a_name_that_reads_back(zone: str) -> None:
    name = place_name(zone)
    assert read_zone(zone) == zone or zone in ("CET", "EET", "EST", "HST", "MST", "WET", "GMT", "Zulu")
    assert name.startswith("UTC") or local(NOW, read_zone(name) or "").offset == local(NOW, zone).offset


def test_the_names_people_use_mean_zones_that_exist() -> None:
    assert {zone for zone in (*CITIES.values(), *EVERYDAY.values()) if not is_zone(zone)} == set()
    for name, meant in ABBREVIATIONS.items():
        assert any(find_offset(name, zone, NOW) is not None for zone in meant), name


def test_the_machines_own_zones_are_not_asked() -> None:
    import zoneinfo

    import whenever

    assert zoneinfo.TZPATH == ()
    assert whenever.get_tzpath() == ()


def test_working_days_of_400_days() -> None:
    for zone in ("Europe/Berlin", "Pacific/Auckland", "America/St_Johns"):
        for days in range(400):
            at = NOW + timedelta(days=days, hours=days % 24)
            today = local(at, zone).date().to_stdlib()
            after, before = next_working_day(at, zone), previous_working_day(at, zone, 9, 30)
            for instant, clock in ((after, "10:00"), (before, "09:30")):
                there = local(instant, zone)
                assert there.date().to_stdlib().weekday() < 5
                assert f"{there.hour:02}:{there.minute:02}" == clock
            assert 0 < (local(after, zone).date().to_stdlib() - today).days <= 3
            assert 0 < (today - local(before, zone).date().to_stdlib()).days <= 3
            assert add_working_days(at, zone, 0) == at
            assert add_working_days(at, zone, 1, hour=10) == after
            week = add_working_days(at, zone, 5)
            if today.weekday() < 5:
                assert (local(week, zone).date().to_stdlib() - today).days == 7
                assert add_working_days(week, zone, -5) == at


def test_a_planned_time_follows_its_wall_clock_when_the_rules_change() -> None:
    old = plan_at(
        at_wall(date(2026, 12, 1), local(NOW, "Europe/Berlin").time().to_stdlib(), "Europe/Berlin"), "Europe/Berlin"
    )
    outdated = PlannedTime(wall=old.wall, zone=old.zone, at=old.at + timedelta(hours=1), tzdata="2020a")
    assert replan(outdated) == old


def test_a_wall_time_that_new_rules_abolish_or_double_still_has_an_instant() -> None:
    lost = PlannedTime(wall="2027-03-28T02:30", zone="Europe/Berlin", at=NOW, tzdata="2020a")
    assert replan(lost).wall == "2027-03-28T03:30"
    late = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    doubled = PlannedTime(wall="2027-10-31T02:30", zone="Europe/Berlin", at=late, tzdata="2020a")
    assert replan(doubled).at == late
    no_longer_doubled = PlannedTime(wall="2027-10-30T02:30+01:00", zone="Europe/Berlin", at=NOW, tzdata="2020a")
    assert replan(no_longer_doubled).wall == "2027-10-30T02:30"
