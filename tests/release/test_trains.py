"""When a train makes its releases, what they are called, and whose turn it is."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.release.errors import FieldRefusal
from bot.release.planned import PlannedTime
from bot.release.policy import LIGHT, REGULATED, TEAM
from bot.release.recurrence import Rule
from bot.release.trains import Train as ATrain
from bot.release.trains import in_turn, is_reachable, made_at, require_pattern, version_of

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
#: A Tuesday, 14:00 in Berlin.
TUESDAY = PlannedTime("2026-12-08T14:00", "Europe/Berlin", datetime(2026, 12, 8, 13, 0, tzinfo=UTC), "2026a")
TRAIN = ATrain(
    service="payments", environment="production", channel="C1", rule=Rule("week", 1, (1,)), clock=time(14, 0),
    zone="Europe/Berlin", starts_on=date(2026, 12, 8), created_by="UANA", created_at=NOW, settled_until=NOW,
    tzdata="2026a",
)  # fmt: skip


def berlin(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    """In winter."""
    return datetime(2026, month, day, hour - 1, minute, tzinfo=UTC)


def test_a_release_is_made_two_working_days_before_its_go_no_go_opens() -> None:
    assert made_at(TUESDAY, None, LIGHT) == berlin(4, 14), "asked at once: Friday, two working days before"
    assert made_at(TUESDAY, None, TEAM) == berlin(3, 10), "asked on Monday at 10:00"
    assert made_at(TUESDAY, None, REGULATED) == berlin(2, 10)
    assert made_at(TUESDAY, None, LIGHT, {date(2026, 12, 7)}) == berlin(3, 14), "a holiday is no working day"


def test_a_lead_of_days_goes_by_the_calendar() -> None:
    spring = PlannedTime("2027-03-30T14:00", "Europe/Berlin", datetime(2027, 3, 30, 12, 0, tzinfo=UTC), "2026a")
    assert made_at(spring, timedelta(days=3), LIGHT) == datetime(2027, 3, 27, 13, 0, tzinfo=UTC), "14:00 all the same"
    assert made_at(TUESDAY, timedelta(hours=12), LIGHT) == berlin(8, 2)
    assert made_at(TUESDAY, timedelta(), LIGHT) == TUESDAY.at


def test_what_is_past_or_too_late_to_ask_about_cannot_be_made() -> None:
    assert is_reachable(TUESDAY, TEAM, berlin(8, 13, 29))
    assert not is_reachable(TUESDAY, TEAM, berlin(8, 13, 30)), "its go/no-go closes half an hour before"
    assert not is_reachable(TUESDAY, LIGHT, TUESDAY.at)


@pytest.mark.parametrize(
    ("pattern", "version"),
    [
        ("2026.{n}", "2026.7"),
        ("{yyyy}.{mm}.{dd}", "2027.01.01"),
        ("{yy}{mm}", "2701"),
        ("{yyyy}w{week}", "2026w53"),
        ("", "2027-01-01"),
    ],
)
def test_a_version_follows_its_pattern(pattern: str, version: str) -> None:
    assert version_of(pattern, date(2027, 1, 1), 7) == version


def test_each_departure_has_a_version_of_its_own() -> None:
    weekly = [date(2026, 12, 8) + timedelta(days=7 * step) for step in range(5)]
    for pattern in ("2026.{n}", "{yyyy}w{week}", ""):
        require_pattern(pattern, weekly)
    for pattern, why in (("2026.4", "a version of its own"), ("{yyyy}.{mm}", "a version of its own"),
                         ("{build}", "I don't know"), ("x" * 60 + "{n}", "longer than")):  # fmt: skip
        with pytest.raises(FieldRefusal) as no:
            require_pattern(pattern, weekly)
        assert why in str(no.value)
    with pytest.raises(FieldRefusal):
        require_pattern("{week}", [date(2026, 12, 8), date(2026, 12, 9)])


def test_who_is_not_able_is_passed_over_and_keeps_their_place() -> None:
    people = ["UANA", "UBO", "UCLARA"]
    assert list(in_turn(people, 4, lambda user: True)) == [(4, "UBO"), (5, "UCLARA"), (6, "UANA")]
    assert list(in_turn(people, 4, lambda user: user != "UBO")) == [(5, "UCLARA"), (6, "UANA")]
    assert list(in_turn(people, 0, lambda user: False)) == []
    assert list(in_turn([], 0, lambda user: True)) == []


def test_a_pause_ends_with_its_day() -> None:
    paused = ATrain(**{**vars(TRAIN), "paused_until": date(2026, 12, 15)})
    assert [paused.is_paused(date(2026, 12, day)) for day in (8, 14, 15)] == [True, True, False]
    assert not TRAIN.is_paused(date(2026, 12, 8))
