"""What recurs: read as typed, said in words, and right on every wall clock of the world for 400 days."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.release.recurrence import (
    MOST,
    WORKDAYS,
    Rule,
    Unit,
    clock_change,
    days,
    first_day,
    occurrence,
    occurrences,
    rule_data,
    rule_of,
    say_change,
    say_recurring,
    say_rule,
)
from bot.release.recurrence_words import Recurring, RuleQuestion, other_meaning, read_recurring, read_rule
from bot.release.zones import all_zones, local

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)  # a Monday
TODAY = date(2026, 11, 30)
BERLIN = "Europe/Berlin"
ZONES = sorted(all_zones())
QUICK = settings(max_examples=300, deadline=None, derandomize=True, database=None)
TUESDAY = (1,)


# ---- reading and saying ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant", "said"),
    [
        ("every tue", Rule("week", 1, TUESDAY), "every Tuesday"),
        ("tuesdays", Rule("week", 1, TUESDAY), "every Tuesday"),
        ("weekly on Tue", Rule("week", 1, TUESDAY), "every Tuesday"),
        ("every 2nd tue", Rule("week", 2, TUESDAY), "every 2 weeks on Tuesday"),
        ("every other Tuesday", Rule("week", 2, TUESDAY), "every 2 weeks on Tuesday"),
        ("every 2 weeks on tue", Rule("week", 2, TUESDAY), "every 2 weeks on Tuesday"),
        ("fortnightly on tue", Rule("week", 2, TUESDAY), "every 2 weeks on Tuesday"),
        ("every 3rd tue", Rule("week", 3, TUESDAY), "every 3 weeks on Tuesday"),
        ("every mon and thu", Rule("week", 1, (0, 3)), "every Monday and Thursday"),
        ("every mon, wed & fri", Rule("week", 1, (0, 2, 4)), "every Monday, Wednesday and Friday"),
        ("every two weeks on thu and mon", Rule("week", 2, (0, 3)), "every 2 weeks on Monday and Thursday"),
        ("every weekday", Rule("week", 1, WORKDAYS), "every weekday"),
        ("every mon-fri", Rule("week", 1, WORKDAYS), "every weekday"),
        ("every fri to mon", Rule("week", 1, (0, 4, 5, 6)), "every Monday, Friday, Saturday and Sunday"),
        ("every day", Rule("day"), "every day"),
        ("every other day", Rule("day", 2), "every 2 days"),
        ("2nd tue of the month", Rule("month", 1, TUESDAY, 2), "every month on the second Tuesday"),
        ("every second Tuesday of the month", Rule("month", 1, TUESDAY, 2), "every month on the second Tuesday"),
        ("every first mon", Rule("month", 1, (0,), 1), "every month on the first Monday"),
        ("last fri of the month", Rule("month", 1, (4,), -1), "every month on the last Friday"),
        ("last working day of every month", Rule("month", 1, WORKDAYS, -1), "every month on the last working day"),
        ("every month on the 15th", Rule("month", day=15), "every month on the 15th"),
        ("the 1st of every month", Rule("month", day=1), "every month on the 1st"),
        ("every 3 months on the 22nd", Rule("month", 3, day=22), "every 3 months on the 22nd"),
        ("last day of the month", Rule("month", day=-1), "every month on the last day"),
    ],
)
def test_days_are_read_as_people_type_them_and_said_without_doubt(typed: str, meant: Rule, said: str) -> None:
    assert read_rule(typed) == meant
    assert say_rule(meant) == said
    assert read_rule(said) == meant


@pytest.mark.parametrize(
    ("typed", "asked", "offered"),
    [
        ("every 2", "please name weekdays by their names", ()),
        ("weekdays 1-5", "please name weekdays by their names", ()),
        ("every week on 3", "please name weekdays by their names", ()),
        ("every month on the 31st", "Not every month has a 31st", ("every month on the last day",
                                                                  "every month on the 28th")),
        ("every 5th fri of the month", "Not every month has a fifth Friday", ("every month on the last Friday",)),
        ("2nd tue", "did you mean", ("every month on the second Tuesday", "every 2 weeks on Tuesday")),
        ("tue", "did you mean", ("every Tuesday",)),
        ("biweekly on mon", "can mean twice, or every other time", ()),
        ("every 2 weeks", "on which day?", ()),
        ("monthly", "on which day?", ()),
        ("every 60 weeks on tue", "out of reach", ()),
        ("every blue moon", "does not say which days recur", ()),
        ("", "does not say which days recur", ()),
    ],
)  # fmt: skip
def test_what_is_unclear_is_asked_with_what_is_possible(typed: str, asked: str, offered: tuple[str, ...]) -> None:
    found = read_rule(typed)
    assert isinstance(found, RuleQuestion)
    assert asked in found.text
    assert tuple(map(say_rule, found.options)) == offered


def test_every_2nd_tue_is_every_two_weeks_and_its_other_meaning_is_known() -> None:
    assert other_meaning("every 2nd tue") == Rule("month", 1, TUESDAY, 2)
    assert other_meaning("every 2 weeks on tue") is None
    assert other_meaning("every first tue") is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("every 2nd tue 14:00 Europe/Berlin", "every 2 weeks on Tuesday 14:00 Berlin"),
        ("14:00 every month on the 15th, New York", "every month on the 15th 14:00 New York"),
        ("weekly mon at 10:00", "every Monday 10:00 Kolkata"),
        ("every weekday 9:30am", "every weekday 09:30 Kolkata"),
    ],
)
def test_a_time_of_day_and_a_place_are_read_beside_the_days(typed: str, meant: str) -> None:
    found = read_recurring(typed, zone="Asia/Kolkata", now=NOW)
    assert isinstance(found, Recurring), found
    assert say_recurring(found.rule, found.clock, found.zone) == meant


def test_a_first_day_may_be_named() -> None:
    found = read_recurring("every 2 weeks on tue 14:00 Berlin starting 8 Dec", zone=None, now=NOW)
    assert isinstance(found, Recurring)
    assert found.starts_on == date(2026, 12, 8)
    past = read_recurring("every tue 14:00 Berlin from 2026-11-01", zone=None, now=NOW)
    assert isinstance(past, RuleQuestion)
    assert "is past" in past.text


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("every tue", "At what time?"),
        ("every tue 3:00", "before or after noon. Did you mean 03:00 or 15:00?"),
        ("every tue 14:00", "Whose clock?"),
        ("every tue 14:00 CET", "Name a place, for example Europe/Berlin"),
        ("every tue 14:00 +02:00", "Name a place, for example Europe/Berlin"),
        ("every tue midnight Berlin", "Midnight ends one day"),
        ("every tue 14:00 Atlantis", "“14:00 Atlantis” is not a time of day and a place I can read"),
        ("every 2 14:00 Berlin", "please name weekdays by their names"),
        ("hello", "does not say which days recur"),
        ("tue " * 30, "too long"),
    ],
)
def test_an_unclear_time_is_asked(typed: str, asked: str) -> None:
    found = read_recurring(typed, zone=None, now=NOW)
    assert isinstance(found, RuleQuestion)
    assert asked in found.text


def test_a_question_knows_what_was_typed_beside_the_days() -> None:
    found = read_recurring("2nd tue 14:00 Berlin", zone=None, now=NOW)
    assert isinstance(found, RuleQuestion)
    assert [f"{say_rule(option)} {found.rest}" for option in found.options] == [
        "every month on the second Tuesday 14:00 Berlin",
        "every 2 weeks on Tuesday 14:00 Berlin",
    ]


@pytest.mark.parametrize(
    "data",
    [
        {"unit": "week", "interval": 1},
        {"unit": "month", "interval": 1, "day": 31},
        {"unit": "month", "interval": 1, "weekdays": ["mon", "tue"], "nth": 1},
        {"unit": "week", "interval": 0, "weekdays": ["mon"]},
        {"unit": "day", "interval": 1, "weekdays": ["mon"]},
        {"unit": "week", "interval": 1, "weekdays": ["2"]},
    ],
)
def test_what_is_no_rule_is_not_taken_for_one(data: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        rule_of(data)


# ---- laws -------------------------------------------------------------------------------------


def _intervals(unit: Unit) -> st.SearchStrategy[int]:
    return st.integers(1, MOST[unit])


_weekdays = st.sets(st.integers(0, 6), min_size=1, max_size=6).map(lambda some: tuple(sorted(some)))
_one_or_work = st.one_of(st.integers(0, 6).map(lambda one: (one,)), st.just(WORKDAYS))
rules = st.one_of(
    st.builds(Rule, st.just("day"), _intervals("day")),
    st.builds(Rule, st.just("week"), _intervals("week"), _weekdays),
    st.builds(Rule, st.just("month"), _intervals("month"), _one_or_work, st.sampled_from([1, 2, 3, 4, -1])),
    st.builds(Rule, st.just("month"), _intervals("month"), day=st.sampled_from([-1, *range(1, 29)])),
)
clocks = st.times().map(lambda one: one.replace(second=0, microsecond=0))
#: Leap years, and one that is none though it can be divided by four.
starts = st.one_of(st.dates(date(2026, 1, 1), date(2035, 1, 1)), st.dates(date(2099, 1, 1), date(2101, 1, 1)))


@QUICK
@given(rule=rules, clock=clocks, zone=st.sampled_from(ZONES))
def test_words_and_data_read_back_as_the_same_rule(rule: Rule, clock: time, zone: str) -> None:
    assert read_rule(say_rule(rule)) == rule
    assert rule_of(rule_data(rule)) == rule
    read = read_recurring(f"{say_rule(rule)} {clock:%H:%M} {zone}", zone=None, now=NOW)
    if isinstance(read, RuleQuestion):  # 03:00 is before or after noon only where its zero was left out
        assert zone in ("CET", "EET", "EST", "HST", "MST", "WET", "GMT", "GMT+0", "GMT-0", "Zulu"), read.text
    else:
        assert (read.rule, read.clock) == (rule, clock)


@QUICK
@given(rule=rules, start=starts, later=st.integers(0, 400))
def test_no_day_is_skipped_or_doubled_wherever_one_begins_to_look(rule: Rule, start: date, later: int) -> None:
    end = start + timedelta(days=800)
    all_of_them = list(takewhile(lambda day: day < end, days(rule, start, start)))
    since = start + timedelta(days=later)
    seen = list(takewhile(lambda day: day < end, days(rule, start, since)))
    assert seen == [day for day in all_of_them if day >= since]
    assert all_of_them == sorted(set(all_of_them))
    assert all(_fits(rule, start, day) for day in all_of_them)
    missed = [day for n in range(800) if (day := start + timedelta(days=n)) not in all_of_them]
    assert not [day for day in missed if _fits(rule, start, day)]


def _fits(rule: Rule, start: date, day: date) -> bool:
    """The same rule, once more and by counting."""
    if rule.unit == "day":
        return (day - start).days % rule.interval == 0
    if rule.unit == "week":
        monday = start - timedelta(days=start.weekday())
        return (day - monday).days // 7 % rule.interval == 0 and day.weekday() in rule.weekdays
    if ((day.year - start.year) * 12 + day.month - start.month) % rule.interval:
        return False
    month = [one for n in range(31) if (one := day.replace(day=1) + timedelta(days=n)).month == day.month]
    if rule.day is not None:
        return day == (month[-1] if rule.day == -1 else month[rule.day - 1])
    fitting = [one for one in month if one.weekday() in rule.weekdays]
    return day == fitting[rule.nth if rule.nth == -1 else (rule.nth or 0) - 1]


@QUICK
@given(rule=rules, start=starts)
def test_the_first_day_is_one_of_its_days_and_soon(rule: Rule, start: date) -> None:
    first = first_day(rule, start)
    assert timedelta() <= first - start <= timedelta(days=65)
    assert next(days(rule, first, first)) == first


@cache
def _edges(zone: str) -> tuple[datetime, ...]:
    """When the clocks of a zone change within 400 days."""
    found, at = [], NOW
    while (change := clock_change(zone, at)) is not None and change.at < NOW + timedelta(days=400):
        found.append(change.at)
        at = change.at
    return tuple(found)


def test_400_days_of_trains_in_every_zone_skip_double_and_move_nothing() -> None:
    """At a wall time of daytime, and at those that the clocks of the zone skip or show twice."""
    for zone in ZONES:
        clocks = {time(14, 0)}
        for edge in _edges(zone):
            clocks |= {local(edge + timedelta(minutes=step), zone).time().to_stdlib() for step in (-30, 30, -90)}
        for clock in sorted(clocks):
            wanted = [TODAY + timedelta(days=n) for n in range(400)]
            last = TODAY
            for one in occurrences(Rule("day"), clock, zone, starts_on=TODAY, after=NOW - timedelta(days=2), count=400):
                assert one.day == wanted[(one.day - TODAY).days]
                assert one.day == last or one.day == last + timedelta(days=1), (zone, one)
                last = one.day
                there = local(one.at, zone)
                on_the_clock = (there.date().to_stdlib(), there.time().to_stdlib()) == (one.day, clock)
                near = any(abs(one.at - edge) <= timedelta(hours=2) for edge in _edges(zone))
                assert on_the_clock or (near and "does not exist" in one.note), (zone, one)
                assert not one.note or near, (zone, one)
            assert last == TODAY + timedelta(days=399)


@QUICK
@given(rule=rules, clock=clocks, zone=st.sampled_from(ZONES), start=starts, hours=st.integers(0, 24 * 400))
def test_what_comes_after_an_instant_is_the_same_from_wherever_one_looks(
    rule: Rule, clock: time, zone: str, start: date, hours: int
) -> None:
    begin = datetime(start.year, start.month, start.day, tzinfo=UTC) - timedelta(days=2)
    after = begin + timedelta(hours=hours)
    ten = occurrences(rule, clock, zone, starts_on=start, after=after, count=10)
    assert [one.at for one in ten] == sorted({one.at for one in ten})
    assert all(one.at > after for one in ten)
    assert occurrences(rule, clock, zone, starts_on=start, after=ten[0].at, count=9) == ten[1:]
    just_before = ten[3].at - timedelta(microseconds=1)
    assert occurrences(rule, clock, zone, starts_on=start, after=just_before, count=7) == ten[3:]


@QUICK
@given(text=st.text(max_size=60), zone=st.sampled_from([None, BERLIN]))
def test_no_text_breaks_the_reader(text: str, zone: str | None) -> None:
    assert isinstance(read_rule(text), Rule | RuleQuestion)
    assert isinstance(read_recurring(text, zone=zone, now=NOW), Recurring | RuleQuestion)


_PIECES = """every each 2nd 2 first last other two weeks week month months day days tue mon and & - to mon-fri weekday
of the 15th 31st 0 99 on 14:00 3 midnight Berlin CET from starting 8 Dec tomorrow daily weekly monthly fortnightly"""


@settings(QUICK, max_examples=1000)
@given(words=st.lists(st.sampled_from(_PIECES.split()), min_size=1, max_size=9))
def test_no_heap_of_its_own_words_breaks_the_reader(words: list[str]) -> None:
    found = read_recurring(" ".join(words), zone=BERLIN, now=NOW)
    if isinstance(found, Recurring):
        assert read_rule(say_rule(found.rule)) == found.rule
    else:
        assert found.text[-1] in ".?"
        assert all(read_rule(say_rule(option)) == option for option in found.options)


# ---- daylight saving, in words ----------------------------------------------------------------


def test_a_time_that_the_clocks_skip_is_taken_past_the_gap_and_named() -> None:
    found = occurrence(date(2027, 3, 28), time(2, 30), BERLIN)
    assert found.planned.wall == "2027-03-28T03:30"
    assert found.note == (
        "02:30 does not exist on Sun 28 Mar 2027 in Berlin: clocks go from 02:00 to 03:00. It is 03:30 then."
    )


def test_a_time_that_happens_twice_is_the_first_of_the_two_and_named() -> None:
    found = occurrence(date(2027, 10, 31), time(2, 30), BERLIN)
    assert found.at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert found.note == "02:30 happens twice on Sun 31 Oct 2027 in Berlin. It is 02:30 CEST then."


def test_a_time_skipped_into_the_next_day_stays_the_departure_of_its_day() -> None:
    found = occurrence(date(2027, 3, 27), time(23, 30), "America/Nuuk")
    assert found.day == date(2027, 3, 27)
    assert found.planned.wall == "2027-03-28T00:30"
    assert found.note == (
        "23:30 does not exist on Sat 27 Mar 2027 in Nuuk: clocks go from 23:00 to 00:00. It is Sun 28 Mar 00:30 then."
    )


def test_a_change_of_the_clocks_is_told_with_both_utc_times() -> None:
    change = clock_change(BERLIN, NOW)
    assert change is not None
    assert say_change(change, time(14), BERLIN, now=NOW) == (
        "Clocks in Berlin change on Sun 28 Mar 2027: 14:00 stays 14:00, and is 12:00 UTC instead of 13:00 UTC."
    )
    assert clock_change("Asia/Kolkata", NOW) is None
