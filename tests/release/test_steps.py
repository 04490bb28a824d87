"""The laws of a timeline: wall time and zone are the intent everywhere, and nothing happens twice however T moves."""

import zoneinfo
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.release.hours import WORK_FROM, WORK_UNTIL, at_work, day_before, in_hours
from bot.release.milestones import read_milestone, read_offset, say_milestone
from bot.release.planned import plan_at
from bot.release.policy import LIGHT, Milestone, steps
from bot.release.public_holidays import days_off, name_of, read_place
from bot.release.release import Part, Release
from bot.release.states import State
from bot.release.steps import Mark, asked_again, due, replanned, to_come, why_not
from bot.release.timeline import milestone_at
from bot.release.workdays import add_working_days, is_working_day, move, next_working_day
from bot.release.zones import all_zones, local

ZONES = st.sampled_from(sorted(all_zones()))
#: Around leap days and both edges of daylight saving in most of the world, and any day besides.
DAYS = st.one_of(
    st.dates(date(2024, 1, 1), date(2032, 12, 31)),
    st.sampled_from([date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1), date(2027, 3, 28), date(2026, 10, 25),
                     date(2027, 3, 14), date(2026, 11, 1), date(2027, 4, 4), date(2027, 10, 3)]),
)  # fmt: skip
CLOCKS = st.times().map(lambda at: at.replace(second=0, microsecond=0))
INSTANTS = st.builds(lambda day, at: datetime.combine(day, at, UTC), DAYS, CLOCKS)
#: Some days off, a week in a row at most.
OFF = st.one_of(
    st.frozensets(DAYS, max_size=12),
    st.builds(lambda day, n: frozenset(day + timedelta(days=i) for i in range(n)), DAYS, st.integers(1, 7)),
    st.sampled_from([days_off(place) for place in ("DE-BE", "FR", "US-CA", "IN", "JP")]),
)


@given(ZONES, INSTANTS, st.integers(-20, 20), CLOCKS, OFF)
@example("Europe/Berlin", datetime(2027, 3, 31, 12, tzinfo=UTC), 3, time(2, 30), frozenset())
@example("America/New_York", datetime(2026, 11, 3, 12, tzinfo=UTC), 1, time(1, 30), frozenset())
def test_a_milestone_of_working_days_is_its_wall_time_in_the_zone_of_t(
    zone: str, at: datetime, days: int, clock: time, off: frozenset[date]
) -> None:
    found = milestone_at(Milestone(working_days=days, at=f"{clock:%H:%M}"), plan_at(at, zone), off)
    day = move(local(at, zone).date().to_stdlib(), -days, off)
    # Another library says which instant that wall time is; what never happens is read on past the gap.
    expected = datetime.combine(day, clock, zoneinfo.ZoneInfo(zone)).astimezone(UTC)
    assert found == expected
    assert days == 0 or is_working_day(day, off)


def test_milestones_of_the_days_around_every_change_of_every_clock() -> None:
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 12, 31, tzinfo=UTC)
    looked_at = 0
    for zone in sorted(all_zones()):
        there = local(begin, zone)
        while (change := there.next_transition()) is not None and change.to_stdlib() < end:
            there = change
            looked_at += 1
            planned = plan_at(change.to_stdlib() + timedelta(days=1), zone)
            for clock in (time(0), time(1, 30), time(2, 30), time(9)):
                for days in (1, -1):
                    found = milestone_at(Milestone(working_days=days, at=f"{clock:%H:%M}"), planned)
                    day = move(local(planned.at, zone).date().to_stdlib(), -days)
                    assert found == datetime.combine(day, clock, zoneinfo.ZoneInfo(zone)).astimezone(UTC)
    assert looked_at > 1_000, "six edges of each zone that changes its clocks"


@given(ZONES, INSTANTS, st.integers(-14 * 24 * 60, 14 * 24 * 60))
def test_a_milestone_by_the_clock_is_that_long_before_or_after_t(zone: str, at: datetime, minutes: int) -> None:
    span = timedelta(minutes=minutes)
    assert milestone_at(Milestone(before=span), plan_at(at, zone)) == at - span


@given(DAYS, st.integers(-60, 60), OFF)
def test_working_days_there_and_back(day: date, n: int, off: frozenset[date]) -> None:
    start = day if is_working_day(day, off) else move(day, 1, off)
    assert move(move(start, n, off), -n, off) == start
    assert is_working_day(move(day, n or 1, off), off)


@given(DAYS, st.integers(0, 30), st.integers(0, 30), st.sampled_from([1, -1]), OFF)
def test_working_days_add_up_and_none_is_left_out(day: date, a: int, b: int, way: int, off: frozenset[date]) -> None:
    assert move(move(day, way * a, off), way * b, off) == move(day, way * (a + b), off)
    passed = [move(day, way * n, off) for n in range(1, a + 1)]
    between = sorted(passed) if passed else []
    for one, other in pairwise(between):
        skipped = [one + timedelta(days=n) for n in range(1, (other - one).days)]
        assert not any(is_working_day(between_them, off) for between_them in skipped)


@given(ZONES, INSTANTS, st.integers(-10, 10), OFF)
def test_the_same_wall_time_some_working_days_on(zone: str, at: datetime, n: int, off: frozenset[date]) -> None:
    there = local(at, zone)
    found = add_working_days(at, zone, n, days_off=off)
    day = move(there.date().to_stdlib(), n, off)
    clock = there.time().to_stdlib()
    assert found == datetime.combine(day, clock, zoneinfo.ZoneInfo(zone)).astimezone(UTC).replace(
        second=0, microsecond=0
    )


@given(ZONES, INSTANTS, OFF)
def test_people_are_told_in_their_hours_and_never_on_a_holiday(zone: str, at: datetime, off: frozenset[date]) -> None:
    told = in_hours(at, zone, at + timedelta(days=90), off)
    there = local(told, zone).to_stdlib()
    assert told >= at and is_working_day(there.date(), off)
    assert WORK_FROM <= there.time() < WORK_UNTIL
    assert in_hours(at, zone, at, off) == at, "a deadline that would pass comes first"


@given(ZONES, INSTANTS, OFF)
def test_the_day_before_is_a_working_day_and_in_their_hours(zone: str, at: datetime, off: frozenset[date]) -> None:
    told = day_before(at, zone, off)
    assert told < at and at_work(told, zone, off) and local(told, zone).date() < local(at, zone).date()
    assert day_before(told, zone, off) < told


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("T", "T"), ("T-2h", "T-2h"), ("T+90m", "T+1h30m"), ("t - 3 wd 9:00", "T-3 working days 09:00"),
        ("T+1wd 9:00", "T+1 working day 09:00"), ("T-1 working day 10:00", "T-1 working day 10:00"),
        ("T-0wd 08:15", "T-0 working days 08:15"),
    ],
)  # fmt: skip
def test_offsets_are_read_and_said(typed: str, said: str) -> None:
    found = read_offset(typed)
    assert found is not None and say_milestone(found) == said and read_offset(said) == found


@pytest.mark.parametrize("typed", ["", "2h", "T-", "T-3wd", "T-3wd 25:00", "T+wd 9:00", "T 2h"])
def test_what_is_no_offset_is_not_read(typed: str) -> None:
    assert read_offset(typed) is None


def test_a_go_no_go_is_never_after_t() -> None:
    assert read_milestone("T+1h") is None and read_milestone("T+1wd 9:00") is None
    assert read_milestone("T-1wd 9:00") == Milestone(working_days=1, at="09:00")


@pytest.mark.parametrize(
    ("typed", "place"),
    [("DE-BE", "DE-BE"), ("de be", "DE-BE"), ("Germany", "DE"), ("germany berlin", "DE-BE"), ("France", "FR"),
     ("us-ca", "US-CA"), ("UK", "GB"), ("usa", "US"),
     ("Österreich", "AT"), ("Hong Kong", "HK"), ("Baden", None), ("DE-XX", None), ("", None)],
)  # fmt: skip
def test_places_are_read_as_people_write_them(typed: str, place: str | None) -> None:
    assert read_place(typed) == place
    assert place is None or name_of(place)


# ---- moving it back and forth -------------------------------------------------------------------

TIMELINE = steps(
    (Milestone(working_days=3, at="10:00"), "prompt", "Update the changelog", frozenset({"captain"})),
    (Milestone(working_days=1, at="16:00"), "post", "Tomorrow we ship", frozenset()),
    (Milestone(before=timedelta(hours=2)), "broadcast", "Read-only in an hour", frozenset()),
    (Milestone(before=timedelta(0)), "remind", "Now", frozenset({"captain"})),
    (Milestone(working_days=-1, at="09:00"), "remind", "Look at the dashboards", frozenset({"captain"})),
)
BEGIN = datetime(2027, 3, 22, 9, tzinfo=UTC)  # a week before the clocks change in Europe


class Life:
    """A release whose clock and plan are moved, as the handler lives through its timeline."""

    def __init__(self, zone: str, at: datetime, off: frozenset[date]) -> None:
        policy = replace(LIGHT, timeline=TIMELINE)
        planned = plan_at(at, zone)
        self.release = Release(
            workspace_id=1, channel="C1", is_private=False, captain="U1", created_by="U1", created_at=BEGIN,
            planned=planned, policy=policy, parts=[Part("payments", "1")], state=State.APPROVED, days_off=off,
        )  # fmt: skip
        self.now = BEGIN
        self.marks: dict[str, Mark] = {}
        self.happened: list[str] = []
        self.plan_anew()

    def plan_anew(self) -> None:
        found = replanned(self.release, self.marks, self.now)
        for key in found.come_again:
            del self.marks[key]
        for step in found.asked:
            self._mark(step.key, "asked")
        for step in found.left_out:
            self._mark(step.key, "skipped")

    def moved_to(self, at: datetime) -> None:
        self.release.planned = plan_at(at, self.release.planned.zone)
        self.release.plan_revision += 1
        self.plan_anew()

    def waits_until(self, at: datetime) -> None:
        """Each step at its time, in order; the deploy is on time."""
        while ahead := [(due_at, step) for step, due_at in to_come(self.release, self.marks) if due_at <= at]:
            due_at, step = min(ahead, key=lambda one: one[0])
            assert due_at > self.now or due_at == due(step, self.release), "none before its time"
            self.now = max(self.now, due_at)
            if self.now > self.release.target_at:
                self.release.state = State.RELEASED
            left_out = why_not(step, self.release, self.now) is not None
            self._mark(step.key, "skipped" if left_out else "asked" if step.is_asked else "done")
        self.now = max(self.now, at)

    def _mark(self, key: str, outcome: str) -> None:
        assert key not in self.marks, "each step has one outcome at a time"
        self.marks[key] = Mark(key, outcome, self.now, self.now, self.release.plan_revision)  # type: ignore[arg-type]
        if outcome != "skipped":
            self.happened.append(key)


HOURS = st.integers(1, 24 * 20).map(lambda hours: timedelta(hours=hours))


@given(ZONES, HOURS, st.lists(st.tuples(HOURS, HOURS), max_size=8), OFF)
def test_moving_it_back_and_forth_repeats_nothing(
    zone: str, first: timedelta, moves: list[tuple[timedelta, timedelta]], off: frozenset[date]
) -> None:
    life = Life(zone, BEGIN + first, off)
    for wait, ahead in moves:
        until = life.now + wait
        if until >= life.release.target_at:  # it is live then, and is not moved any more
            break
        life.waits_until(until)
        life.moved_to(life.now + ahead)
    life.waits_until(life.release.target_at + timedelta(days=20))
    assert len(life.happened) == len(set(life.happened)), "nothing is said or asked twice"
    assert life.marks.keys() == {step.key for step in TIMELINE}, "each has an outcome"


@given(ZONES, INSTANTS, st.integers(1, 40 * 24), OFF)
def test_a_question_is_asked_again_every_working_morning_and_never_after_t(
    zone: str, asked: datetime, hours: int, off: frozenset[date]
) -> None:
    life = Life("Europe/Berlin", BEGIN + timedelta(days=1), frozenset())
    life.release.planned = plan_at(asked + timedelta(hours=hours), "Europe/Berlin")
    life.release.days_off = off
    target, step = life.release.target_at, TIMELINE[0]
    mark = Mark(step.key, "asked", asked, asked, 1)
    wanted = (
        {target - timedelta(hours=2)} if target - timedelta(hours=2) > max(asked, due(step, life.release)) else set()
    )
    wanted |= {at for at in (due(step, life.release),) if at > asked}
    morning = next_working_day(max(asked, due(step, life.release)), zone, days_off=off)
    while morning < target:
        wanted.add(morning)
        morning = next_working_day(morning, zone, days_off=off)
    times, now = set(), asked
    while following := [at for at in asked_again(step, mark, life.release, zone, now, off) if at > now]:
        now = min(following)
        times.add(now)
    assert times == wanted and all(at < target for at in times)
