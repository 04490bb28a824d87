"""How a release is told of: the same true words wherever it stands."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.kit.telling import timing
from bot.release.when import PlannedTime
from tests.release.life import read
from tests.storage.given import a_release

AT_TWO = datetime(2026, 12, 2, 13, 0, tzinfo=UTC)


def planned(at: datetime) -> PlannedTime:
    return PlannedTime(f"{at:%Y-%m-%dT%H:%M}", "Europe/Berlin", at, "2026a")


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "on time"),
        (15, "on time"),
        (-15, "on time"),
        (16, "16 min late"),
        (51, "51 min late"),
        (-16, "16 min early"),
        (-28 * 60, "28 h early"),
        (26 * 60, "26 h late"),
    ],
)
def test_on_time_is_a_quarter_of_an_hour_either_way(minutes: int, said: str) -> None:
    live = a_release(
        1, planned=planned(AT_TWO), first_planned_at=AT_TWO, outcome_at=AT_TWO + timedelta(minutes=minutes)
    )
    assert read(timing(live)) == said


def test_a_moved_one_is_measured_by_its_new_time_and_says_from_when() -> None:
    first = AT_TWO - timedelta(days=1)
    moved = a_release(1, planned=planned(AT_TWO), first_planned_at=first, outcome_at=AT_TWO)
    assert read(timing(moved)) == "on time for Wed 14:00, moved from Tue 14:00"
    assert timing(a_release(1)) == (), "nothing is known before the outcome"
