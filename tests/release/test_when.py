"""What people type for a time, and what is understood: one meaning, or a question with buttons."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.release.when import PlannedTime, TimeQuestion, read_duration, read_when, read_when_anywhere, replan, split_when
from bot.release.when_days import looks_like_day

MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)  # 10:00 in Berlin, 04:00 in New York


def understood(text: str, zone: str = "Europe/Berlin", now: datetime = MONDAY) -> str:
    found = read_when(text, zone=zone, now=now)
    assert isinstance(found, PlannedTime), found
    assert replan(found) == found
    return found.wall if found.zone == zone else f"{found.wall} {found.zone}"


def asked(text: str, zone: str = "Europe/Berlin", now: datetime = MONDAY) -> tuple[str, list[str]]:
    found = read_when(text, zone=zone, now=now)
    assert isinstance(found, TimeQuestion), found
    assert all(replan(option) == option for option in found.options)
    walls = [option.wall if option.zone == zone else f"{option.wall} {option.zone}" for option in found.options]
    return found.text, walls


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("now", "2026-11-30T10:00"),
        ("in 2h", "2026-11-30T12:00"),
        ("in 90 min", "2026-11-30T11:30"),
        ("in 1h 30m", "2026-11-30T11:30"),
        ("in an hour", "2026-11-30T11:00"),
        ("in half an hour", "2026-11-30T10:30"),
        ("two hours from now", "2026-11-30T12:00"),
        ("+2h", "2026-11-30T12:00"),
        ("in 2 days", "2026-12-02T10:00"),
        ("in 2 days at 14:00", "2026-12-02T14:00"),
        ("in a week", "2026-12-07T10:00"),
        ("tomorrow 14:00", "2026-12-01T14:00"),
        ("Tomorrow, at 14:00!", "2026-12-01T14:00"),
        ("“tomorrow” 2 p.m.", "2026-12-01T14:00"),
        ("tomorrow １４：００", "2026-12-01T14:00"),
        ("14:00 tomorrow", "2026-12-01T14:00"),
        ("day after tomorrow 08:00", "2026-12-02T08:00"),
        ("tomorrow 14h", "2026-12-01T14:00"),
        ("tomorrow 14h30", "2026-12-01T14:30"),
        ("tomorrow 1400", "2026-12-01T14:00"),
        ("tomorrow 14.00", "2026-12-01T14:00"),
        ("tomorrow at 14", "2026-12-01T14:00"),
        ("tomorrow 9:00", "2026-12-01T09:00"),
        ("tomorrow morning 9", "2026-12-01T09:00"),
        ("tomorrow at 3 in the afternoon", "2026-12-01T15:00"),
        ("today 5pm", "2026-11-30T17:00"),
        ("tonight 20:00", "2026-11-30T20:00"),
        ("tonight at 8", "2026-11-30T20:00"),
        ("tonite at 8", "2026-11-30T20:00"),
        ("tomorrow half past 3 pm", "2026-12-01T15:30"),
        ("tomorrow afternoon, half past 3", "2026-12-01T15:30"),
        ("quarter to 4pm fri", "2026-12-04T15:45"),
        ("fri around 3pm", "2026-12-04T15:00"),
        ("fri 3pm-ish", "2026-12-04T15:00"),
        ("14.30", "2026-11-30T14:30"),
        ("14.00", "2026-11-30T14:00"),
        ("14:00", "2026-11-30T14:00"),
        ("fri 3pm", "2026-12-04T15:00"),
        ("Fri. 3 PM", "2026-12-04T15:00"),
        ("friday at noon", "2026-12-04T12:00"),
        ("next mon 15:00", "2026-12-07T15:00"),
        ("next week fri 10:00", "2026-12-11T10:00"),
        ("2026-12-01 14:00", "2026-12-01T14:00"),
        ("2026-12-01T14:00:00", "2026-12-01T14:00"),
        ("2026-12-01 14:00 Europe/Berlin", "2026-12-01T14:00"),
        ("1 Dec 14:00", "2026-12-01T14:00"),
        ("1st of December 2026, 14:00", "2026-12-01T14:00"),
        ("Dec 1 2pm", "2026-12-01T14:00"),
        ("Tue 1 Dec 14:00 (Berlin)", "2026-12-01T14:00"),
        ("1.12. 14:00", "2026-12-01T14:00"),
        ("1.12.2026 14 Uhr", "2026-12-01T14:00"),
        ("12/25 14:00", "2026-12-25T14:00"),
        ("25/12/2026 14:00", "2026-12-25T14:00"),
        ("Wed 2/12 14:00", "2026-12-02T14:00"),
        ("1 Jan 10:00", "2027-01-01T10:00"),
        ("14:00 Berlin time", "2026-11-30T14:00"),
        ("2pm New York", "2026-11-30T14:00 America/New_York"),
        ("2pm ET", "2026-11-30T14:00 America/New_York"),
        ("2pm EST", "2026-11-30T14:00 America/New_York"),
        ("14:00 CET", "2026-11-30T14:00"),
        ("14:00 UTC", "2026-11-30T14:00 UTC"),
        ("2026-12-01T14:00Z", "2026-12-01T14:00 UTC"),
        ("14:00+02:00", "2026-11-30T13:00"),
        ("14:00 UTC+2", "2026-11-30T13:00"),
        ("2026-12-01T14:00+01:00[Europe/Berlin]", "2026-12-01T14:00"),
        ("18:30 Bangalore", "2026-11-30T18:30 Asia/Kolkata"),
    ],
)
def test_one_meaning_is_taken(text: str, wall: str) -> None:
    assert understood(text) == wall


@pytest.mark.parametrize(
    ("text", "walls"),
    [
        ("31.11. 14:00", ["2026-11-30T14:00", "2026-12-01T14:00"]),
        ("29.2. 14:00", ["2027-02-28T14:00", "2027-03-01T14:00"]),
        ("12/1 14:00", ["2026-12-01T14:00", "2027-01-12T14:00"]),
        ("next fri 15:00", ["2026-12-04T15:00", "2026-12-11T15:00"]),
        ("mon 14:00", ["2026-11-30T14:00", "2026-12-07T14:00"]),
        ("mon 09:00", ["2026-12-07T09:00"]),
        ("mon 1 dec 14:00", ["2026-11-30T14:00", "2026-12-01T14:00"]),
        ("midnight", ["2026-12-01T00:00", "2026-12-02T00:00"]),
        ("friday midnight", ["2026-12-04T00:00", "2026-12-05T00:00"]),
        ("tomorrow 12am", ["2026-12-01T00:00", "2026-12-02T00:00"]),
        ("tomorrow 24:00", ["2026-12-01T00:00", "2026-12-02T00:00"]),
        ("tonight", ["2026-11-30T20:00", "2026-11-30T21:00", "2026-11-30T22:00"]),
        ("tomorrow", ["2026-12-01T10:00", "2026-12-01T14:00"]),
        ("1 Dec", ["2026-12-01T10:00", "2026-12-01T14:00"]),
        ("tomorrow 3:30", ["2026-12-01T03:30", "2026-12-01T15:30"]),
        ("fri 3", ["2026-12-04T03:00", "2026-12-04T15:00"]),
        ("fri half past 9", ["2026-12-04T09:30", "2026-12-04T21:30"]),
        ("fri quarter to 12", ["2026-12-04T11:45", "2026-12-04T23:45"]),
        ("17.12", []),
        ("24.12", []),
        ("half past 13", []),
        ("fri 3 o'clock", ["2026-12-04T03:00", "2026-12-04T15:00"]),
        ("tonight 09:00", ["2026-12-01T09:00"]),
        ("09:30", ["2026-12-01T09:30"]),
        ("today 08:00", ["2026-12-01T08:00"]),
        ("29 Nov 10:00", ["2026-11-30T10:00", "2026-12-01T10:00", "2027-11-29T10:00"]),
        ("2h", ["2026-11-30T12:00", "2026-11-30T14:00"]),
        ("90 min", ["2026-11-30T11:30"]),
        ("tomorrow 14:00 CST", ["2026-12-01T14:00 Asia/Shanghai", "2026-12-01T14:00 America/Chicago"]),
        ("2027-07-01 14:00 CET", ["2027-07-01T14:00", "2027-07-01T15:00"]),
        ("2026-12-01T14:00+02:00 Europe/Berlin", ["2026-12-01T13:00", "2026-12-01T14:00"]),
        ("14:00 Berln", ["2026-11-30T14:00"]),
        ("2029-01-01 10:00", []),
        ("in 900 days", []),
        ("9999-12-31 23:59", []),
        ("0000-00-00 00:00", []),
        ("0001-01-01 10:00", ["2026-11-30T10:00", "2026-12-01T10:00"]),
        ("10:00-12:00", []),
        ("25:00", []),
        ("14", []),
        ("asdf", []),
        ("", []),
        ("1" * 5000, []),
    ],
)
def test_two_meanings_are_asked_about(text: str, walls: list[str]) -> None:
    assert asked(text)[1] == walls


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (
            "31.11. 14:00",
            "“31.11. 14:00” does not exist. Did you mean Mon 30 Nov 14:00 or Tue 1 Dec 14:00?",
        ),
        ("mon 09:00", "Mon 30 Nov 09:00 is past. Did you mean Mon 7 Dec 09:00?"),
        ("14:00 Berln", "I know no place called “Berln”. Did you mean Mon 30 Nov 14:00 Berlin?"),
        (
            "2027-03-28 02:30",
            "02:30 does not exist on Sun 28 Mar 2027 in Berlin: clocks go from 02:00 to 03:00. "
            "Did you mean 01:30 or 03:30?",
        ),
        (
            "2027-10-31 02:30",
            "02:30 happens twice on Sun 31 Oct 2027 in Berlin. "
            "Did you mean 02:30 summer time (CEST) or 02:30 winter time (CET)?",
        ),
        (
            "whenever <!channel>\n",
            "“whenever <!channel>” is not a time I can read. "
            "Try tomorrow 14:00, fri 3pm or 2026-12-01 14:00 Europe/Berlin.",
        ),
        (
            "2026-02-30 10:00",
            "“2026-02-30 10:00” does not exist. Try tomorrow 14:00, fri 3pm or 2026-12-01 14:00 Europe/Berlin.",
        ),
        (
            "2031-02-30 10:00",
            "“2031-02-30 10:00” does not exist. Try tomorrow 14:00, fri 3pm or 2026-12-01 14:00 Europe/Berlin.",
        ),
        (
            "yesterday 14:00",
            "Sun 29 Nov 14:00 is past. Did you mean Mon 30 Nov 14:00 or Tue 1 Dec 14:00?",
        ),
        ("last fri 09:00", "Fri 27 Nov 09:00 is past. Did you mean Tue 1 Dec 09:00 or Fri 4 Dec 09:00?"),
        (
            "2 hours ago",
            "“2 hours ago” is past. Try tomorrow 14:00, fri 3pm or 2026-12-01 14:00 Europe/Berlin.",
        ),
        (
            "2029-01-01 10:00",
            "“2029-01-01 10:00” is more than two years away. "
            "Try tomorrow 14:00, fri 3pm or 2026-12-01 14:00 Europe/Berlin.",
        ),
    ],
)
def test_a_question_says_what_is_unclear(text: str, question: str) -> None:
    assert asked(text)[0] == question


@pytest.mark.parametrize("example", ["tomorrow 14:00", "fri 3pm", "2026-12-01 14:00 Europe/Berlin"])
def test_the_examples_given_can_be_typed(example: str) -> None:
    assert example in asked("asdf")[0]
    assert understood(example)


def test_a_typed_offset_or_name_tells_the_two_half_past_twos_apart() -> None:
    assert understood("2027-10-31 02:30 CEST") == "2027-10-31T02:30+02:00"
    assert understood("2027-10-31 02:30 CET") == "2027-10-31T02:30+01:00"
    assert understood("2027-10-31 02:30+01:00 Berlin") == "2027-10-31T02:30+01:00"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("tomorrow 14:00 New York", "2026-12-01T14:00 America/New_York"),
        ("2026-12-01 14:00 Europe/Berlin", "2026-12-01T14:00 Europe/Berlin"),
        ("14:00 tomorrow cet", "2026-12-01T14:00 Europe/Berlin"),
        ("tomorrow 14:00+05:30", "2026-12-01T09:30 Europe/Berlin"),
        ("in 2h", "2026-11-30T12:00 Europe/Berlin"),
    ],
)
def test_whose_zone_is_unknown_may_say_whose_clock_is_meant(text: str, meant: str) -> None:
    found = read_when_anywhere(text, likely="Europe/Berlin", now=MONDAY)
    assert isinstance(found, PlannedTime) and f"{found.wall} {found.zone}" == meant


def test_whose_zone_is_unknown_is_asked_and_not_guessed() -> None:
    asked = read_when_anywhere("tomorrow 14:00", likely="Europe/Berlin", now=MONDAY)
    assert isinstance(asked, TimeQuestion) and [one.zone for one in asked.options] == ["Europe/Berlin"]
    assert asked.text == (
        "I don't know your time zone. Did you mean Tue 1 Dec 14:00 Berlin? "
        "Or add where you are, for example “tomorrow 14:00 New York”."
    )
    ist = read_when_anywhere("tomorrow 14:00 IST", likely="Europe/Dublin", now=MONDAY)
    assert isinstance(ist, TimeQuestion) and len(ist.options) == 3, "the likely zone does not decide"


def test_a_day_is_the_same_wall_time_and_24_hours_are_24_hours() -> None:
    before = datetime(2027, 3, 27, 13, 0, tzinfo=UTC)  # 14:00 in Berlin, the day before clocks go forward
    assert understood("in 1 day", now=before) == "2027-03-28T14:00"
    assert understood("tomorrow 14:00", now=before) == "2027-03-28T14:00"
    assert understood("in 24h", now=before) == "2027-03-28T15:00"


def test_a_day_later_may_be_a_time_that_does_not_exist() -> None:
    before = datetime(2027, 3, 27, 1, 30, tzinfo=UTC)  # 02:30 in Berlin
    assert asked("in 1 day", now=before)[1] == ["2027-03-28T01:30", "2027-03-28T03:30"]


def test_tomorrow_is_asked_about_where_it_is_already_another_day() -> None:
    night = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)  # Monday in Berlin, Tuesday in Auckland
    text, walls = asked("tomorrow 14:00 Auckland", now=night)
    assert text.startswith("It is Monday where you are and Tuesday in Auckland.")
    assert walls == ["2026-12-01T14:00 Pacific/Auckland", "2026-12-02T14:00 Pacific/Auckland"]


def test_a_lone_clock_time_elsewhere_is_the_next_one_there() -> None:
    night = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)  # Tuesday 02:00 in Berlin, Monday 20:00 in New York
    assert understood("14:00 New York", now=night) == "2026-12-01T14:00 America/New_York"


def test_now_is_this_very_instant_and_in_an_hour_is_a_full_minute() -> None:
    odd = MONDAY + timedelta(seconds=12, microseconds=5)
    found = read_when("now", zone="Europe/Berlin", now=odd)
    assert isinstance(found, PlannedTime)
    assert found.at == odd
    assert replan(found).at == odd
    assert understood("in an hour", now=odd) == "2026-11-30T11:01"


def test_a_zone_nobody_knows_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match='no time zone "Mars/Base"'):
        read_when("tomorrow 14:00", zone="Mars/Base", now=MONDAY)


@pytest.mark.parametrize(
    ("typed", "version", "when"),
    [
        ("2.14.0 tomorrow 14:00 Europe/Berlin", "2.14.0", "tomorrow 14:00 Europe/Berlin"),
        ("2.14.0 in 2 hours", "2.14.0", "in 2 hours"),
        ("2.14.0-rc1 Dec 1 2pm", "2.14.0-rc1", "Dec 1 2pm"),
        ("2.14.0 1.12. 14:00", "2.14.0", "1.12. 14:00"),
        ("1.12 14:00", "1.12", "14:00"),
        ("7 14:00", "7", "14:00"),
        ("v3 fri 3pm", "v3", "fri 3pm"),
        ("14.00.1 14:00", "14.00.1", "14:00"),
        ("2026.12.1 at 14:00", "2026.12.1", "at 14:00"),
        ("20261201 tomorrow 10:00", "20261201", "tomorrow 10:00"),
        ("2.14.0 31.11. 14:00", "2.14.0", "31.11. 14:00"),
        ("2.14.0 now", "2.14.0", "now"),
        ("2.14.0", "2.14.0", ""),
        ("14.00.1", "14.00.1", ""),
        ("14.00", "14.00", ""),
        ("2026.12.1", "2026.12.1", ""),
        ("v3", "v3", ""),
        ("3", "3", ""),
        ("1400", "1400", ""),
        ("beta", "beta", ""),
        ("", "", ""),
    ],
)
def test_versions_are_not_taken_for_times(typed: str, version: str, when: str) -> None:
    assert split_when(typed) == (version, when)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("30m", 30),
        ("1h30m", 90),
        ("1h30", 90),
        ("1.5h", 90),
        ("90 min", 90),
        ("an hour", 60),
        ("half an hour", 30),
        ("an hour and a half", 90),
        ("2 Hours", 120),
        ("2 hours and 15 minutes", 135),
        ("for two days", 2880),
        ("1 minute", 1),
        ("14 days", 20160),
    ],
)
def test_lengths_of_time(text: str, minutes: int) -> None:
    assert read_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "soon", "-5m", "1h 1h x", "0m", "15 days", "99999w", "h", "30"])
def test_other_lengths_are_asked_about(text: str) -> None:
    found = read_duration(text)
    assert isinstance(found, TimeQuestion)
    assert "30m" in found.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [("22 decc", 2), ("22 dce", 2), ("22. Decembr offsite", 2), ("decc 22 x", 2), ("22nd", 1), ("22", 1), ("32.13.", 1),
     ("2026-13-01 x", 1), ("tuseday", 1), ("Wensday, the offsite", 1), ("3 of us are ill", 0), ("3 are ill", 0),
     ("2.14.0 is late", 0), ("money is short", 0), ("the offsite", 0),
     ("next tuseday x", 2), ("on the 22nd", 3), ("teu", 1), ("thus we wait", 0), ("the 3 of us", 0), ("month end", 0),
     ("because 22 decc", 0), ("", 0)],
)  # fmt: skip
def test_a_slip_of_the_fingers_looks_like_a_day_and_a_reason_does_not(typed: str, words: int) -> None:
    assert looks_like_day(typed.split()) == words
