"""Change freezes: when they last, over changes of clocks too, what they are about, and when it is free again."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.release.errors import Refusal
from bot.release.freeze import Exemption, Freeze, Freezing, covering, met, next_free, require_sound
from bot.release.frozen import Frozen, causes, on_record
from bot.release.planned import PlannedTime, at_wall, plan_at, plan_wall
from bot.release.record import DECISIONS
from bot.release.recurrence import WORKDAYS, Rule, days, first_day
from bot.release.release import Part, Release
from bot.release.slots import is_late_on_friday, next_slot
from bot.release.states import State
from bot.release.zones import TZDATA, all_zones, local
from tests.release.life import BERLIN, EVE, TOM, Life, read, when

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PAY = Part("payments", "2.14.0")


def a_freeze(starts: str = "Wed 08:00", ends: str = "Thu 08:00", number: int = 1, **more: object) -> Freeze:
    freeze = Freeze(plan_at(when(starts), BERLIN), plan_at(when(ends), BERLIN), number=number, id=10 + number)
    return replace(freeze, **more)  # type: ignore[arg-type]


def approved(t: str = "Wed 14:00", **more: object) -> Life:
    life = Life(t=t, **more).at("Tue 10:00")  # type: ignore[arg-type]
    life.vote("UQI")
    assert life.state is State.APPROVED
    return life


# ---- what it is about, and when ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "environment", "part", "about"),
    [("", "", PAY, True), ("Payments", "", PAY, True), ("payments", "Production", PAY, True), ("web", "", PAY, False),
     ("", "staging", PAY, False), ("", "staging", Part("payments", "2", "Staging"), True),
     ("payments", "staging", PAY, False)],
)  # fmt: skip
def test_it_is_about_a_service_an_environment_both_or_all(
    service: str, environment: str, part: Part, about: bool
) -> None:
    assert a_freeze(service=service, environment=environment).is_about(part) is about


def test_it_covers_its_first_moment_and_not_its_last() -> None:
    freeze = a_freeze()
    covered = [freeze.window_at(at) is not None for at in (when("Wed 07:59"), when("Wed 08:00"), when("Thu 07:59"))]
    assert covered == [False, True, True]
    assert freeze.window_at(when("Thu 08:00")) is None
    assert list(freeze.windows(when("Thu 08:00"))) == []


def test_a_weekly_one_keeps_its_clock_time_when_clocks_change() -> None:
    starts, ends = (
        plan_at(at_wall(date(2026, 10, day), time(hour), BERLIN), BERLIN) for day, hour in ((16, 16), (19, 8))
    )
    weekly = Freeze(starts, ends, weekly=True)
    windows = [*islice(weekly.windows(starts.at), 3)]
    begins = [local(window.starts_at, BERLIN).to_stdlib().strftime("%a %d %H:%M") for window in windows]
    over = [local(window.ends_at, BERLIN).to_stdlib().strftime("%a %d %H:%M") for window in windows]
    assert begins == ["Fri 16 16:00", "Fri 23 16:00", "Fri 30 16:00"]
    assert over == ["Mon 19 08:00", "Mon 26 08:00", "Mon 02 08:00"]
    assert windows[1].ends_at - windows[1].starts_at == 65 * HOUR, "one hour more: clocks went back"
    assert weekly.window_at(windows[2].ends_at) is None


def test_one_that_recurs_by_a_rule_keeps_its_clock_times_when_clocks_change() -> None:
    starts, ends = plan_at(at_wall(date(2026, 10, 9), time(16), BERLIN), BERLIN), plan_at(
        at_wall(date(2026, 10, 12), time(8), BERLIN), BERLIN)  # fmt: skip
    freeze = Freeze(starts, ends, rule=Rule("week", 2, (4,)))

    def told(since: datetime, count: int) -> list[str]:
        some = ((local(at, BERLIN).to_stdlib() for at in (window.starts_at, window.ends_at))
                for window in islice(freeze.windows(since), count))  # fmt: skip
        return [f"{begins:%d %b %H:%M} - {over:%d %b %H:%M}" for begins, over in some]

    assert told(starts.at - 90 * DAY, 2) == ["09 Oct 16:00 - 12 Oct 08:00", "23 Oct 16:00 - 26 Oct 08:00"]
    assert told(at_wall(date(2026, 10, 26), time(7, 59), BERLIN), 1) == ["23 Oct 16:00 - 26 Oct 08:00"]
    assert told(at_wall(date(2026, 10, 26), time(8), BERLIN), 1) == ["06 Nov 16:00 - 09 Nov 08:00"]
    assert told(at_wall(date(2036, 10, 26), time(8), BERLIN), 1) == ["24 Oct 16:00 - 27 Oct 08:00"], "ten years on"
    assert freeze.window_at(at_wall(date(2026, 10, 31), time(12), BERLIN)) is None


def test_one_that_recurs_leaves_some_time_free() -> None:
    daily = a_freeze("Wed 08:00", "Wed 18:00", rule=Rule("day"))
    require_sound(daily)
    require_sound(a_freeze("Mon 00:00", "Tue 00:00", rule=Rule("week", 1, (0, 1, 2, 3, 4))))
    for ends in ("Thu 08:00", "Thu 09:00"):
        with pytest.raises(Refusal) as always:
            require_sound(a_freeze("Wed 08:00", ends, rule=Rule("day")))
        assert always.value.code == "always_frozen"


def test_what_would_never_end_is_no_freeze() -> None:
    with pytest.raises(Refusal) as backwards:
        require_sound(a_freeze("Thu 08:00", "Wed 08:00"))
    with pytest.raises(Refusal) as always:
        require_sound(a_freeze("Mon 08:00", "Mon+7 08:00", weekly=True))
    assert (backwards.value.code, always.value.code) == ("ends_first", "always_frozen")


zones = st.sampled_from(sorted(all_zones()))
starts_at = st.integers(0, 1_051_200).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE)
lengths = st.timedeltas(MINUTE, timedelta(days=6, hours=22))


@st.composite
def freezes(draw: st.DrawFn) -> Freeze:
    zone, at = draw(zones), draw(starts_at).replace(second=0, microsecond=0)
    ends = at + draw(lengths)
    return Freeze(plan_at(at, zone), plan_at(ends.replace(second=0, microsecond=0) + MINUTE, zone),
                  weekly=draw(st.booleans()), number=draw(st.integers(1, 9)))  # fmt: skip


@given(st.lists(freezes(), max_size=4), starts_at, st.integers(0, 400))
@settings(deadline=None, max_examples=150)
def test_what_is_free_next_is_free_and_nothing_before_it_is(found: list[Freeze], at: datetime, minutes: int) -> None:
    free = next_free(found, [PAY], at)
    if free is None:  # several weekly ones may leave no time at all
        assert sum(freeze.weekly for freeze in found) > 1
        return
    assert free >= at and covering(found, [PAY], free) == []
    between = at + timedelta(minutes=minutes)
    assert between >= free or covering(found, [PAY], between) != []


@given(freezes(), st.integers(1, 60))
@settings(deadline=None, max_examples=150)
def test_a_weekly_window_begins_on_the_same_weekday_at_the_same_clock_time(freeze: Freeze, weeks: int) -> None:
    weekly, zone = replace(freeze, weekly=True), freeze.starts.zone
    first = local(freeze.starts.at, zone).to_stdlib()
    *_, window = islice(weekly.windows(freeze.starts.at), weeks + 1)
    there = local(window.starts_at, zone).to_stdlib()
    wanted = plan_wall(first.date() + timedelta(weeks=weeks), first.time(), zone, now=freeze.starts.at)
    if hasattr(wanted, "at"):  # else the clock shows that time never or twice on that day
        assert (there.date(), there.time().replace(second=0)) == (
            first.date() + timedelta(weeks=weeks), first.time().replace(second=0))  # fmt: skip
    before = [*islice(weekly.windows(freeze.starts.at), weeks + 1)]
    assert all(one.ends_at <= other.starts_at for one, other in pairwise(before))


rules = st.sampled_from([
    Rule("day", 3), Rule("week", 2, (1,)), Rule("week", 1, (0, 3)), Rule("week", 1, WORKDAYS),
    Rule("month", 1, (4,), nth=-1), Rule("month", 2, day=-1), Rule("month", 1, WORKDAYS, nth=1),
])  # fmt: skip


@given(
    rules, zones, st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.times(), st.integers(1, 1439), st.integers(0, 2000)
)
@settings(deadline=None, max_examples=150)
def test_each_window_of_a_rule_has_the_clock_times_that_were_meant_wherever_one_looks(
    rule: Rule, zone: str, day: date, begins: time, minutes: int, later: int
) -> None:
    first = first_day(rule, day)
    wall = datetime.combine(first, begins.replace(second=0, microsecond=0), UTC)
    over = wall + minutes * MINUTE
    starts, ends = (PlannedTime(f"{one:%Y-%m-%dT%H:%M}", zone, at_wall(one.date(), one.time(), zone), TZDATA)
                    for one in (wall, over))  # fmt: skip
    freeze = Freeze(starts, ends, rule=rule)
    all_of_them = [*islice(freeze.edges(starts.at - 2 * DAY), 40)]
    assert all_of_them[0] == (starts, ends)
    for (opens, closes), on in zip(all_of_them, islice(days(rule, first, first), 40), strict=True):
        assert (opens.wall[:10], opens.wall[11:16], closes.wall[11:16]) == (f"{on}", f"{begins:%H:%M}", f"{over:%H:%M}")
        assert opens.at == at_wall(on, begins.replace(second=0, microsecond=0), zone)
    at = starts.at + later * HOUR
    assert next(freeze.edges(at)) == next(one for one in freeze.edges(starts.at - 2 * DAY) if one[1].at > at)


# ---- slots -------------------------------------------------------------------------------------


def test_the_next_slot_is_in_working_hours_and_leaves_time_for_the_go() -> None:
    life = approved()
    slot = next_slot(life.release, Freezing((a_freeze("Wed 08:00", "Fri 15:00"),)), when("Wed 14:00"), life.now)
    assert slot is not None and slot.at == when("Mon+7 09:00"), "neither Friday afternoon nor the weekend"
    early = next_slot(life.release, Freezing(), when("Wed 03:12"), life.now)
    assert early is not None and early.at == when("Wed 09:00")
    assert is_late_on_friday(when("Fri 14:00"), BERLIN) and not is_late_on_friday(when("Fri 13:59"), BERLIN)
    never = a_freeze("Mon 00:00", "Thu 12:00", weekly=True), a_freeze("Thu 12:00", "Sun 23:59", 2, weekly=True)
    gap = next_slot(life.release, Freezing(never), when("Wed 14:00"), life.now)
    assert gap is None, "one minute a week, in the night, is no slot"


# ---- a deploy meets it -------------------------------------------------------------------------


def refused(life: Life) -> str:
    with pytest.raises(Frozen) as no:
        life.start()
    return read(no.value.words)


def test_inside_it_no_deploy_starts_and_what_runs_goes_on() -> None:
    life = approved().at("Wed 09:00")
    life.freezing = Freezing((a_freeze(why="inventory"),))
    assert refused(life) == (
        "You can't start payments 2.14.0 now:\n❄️ The freeze of everything (freeze 1) lasts until Thu 08:00: "
        "“inventory”. An admin can grant an exception. Next free: Thu 09:00"
    )
    assert life.state is State.APPROVED
    runs = approved().at("Wed 07:30")
    runs.start()
    runs.freezing = life.freezing
    runs.at("Wed 08:30").fail()
    assert "You can't start" in refused(runs), "a retry is a new start"
    runs.rollback()
    runs.rolled_back()
    assert runs.state is State.ROLLED_BACK


def test_why_looks_at_the_planned_time_and_a_refusal_at_now() -> None:
    life = approved()
    freezing = Freezing((a_freeze(),))
    [cause] = causes(life.release, freezing, life.now)
    assert (cause.kind, cause.about) == ("freeze", "1")
    assert [(fix.verb, fix.label) for fix in cause.fixes] == [
        ("reschedule", "Take the next free time"), ("exception", "")]  # fmt: skip
    assert causes(life.release, freezing, life.now, at=life.now) == (), "it may be deployed before it begins"
    later = Freezing((a_freeze("Mon 08:00", "Wed 08:00"),))
    assert causes(life.release, later, life.now) == ()
    assert len(causes(life.release, later, life.now, at=life.now)) == 1


def test_only_the_parts_that_start_meet_it() -> None:
    life = approved(parts=("payments 2.14.0", "web 5.1"))
    life.freezing = Freezing((a_freeze(service="web"),))
    life.at("Wed 14:00").start("payments")
    with pytest.raises(Frozen):
        life.start("web 5.1")


def an_exemption(release: Release, **more: object) -> Exemption:
    granted = Exemption(TOM, when("Tue 09:00"), "law", (11,), release.id, 5, "granted", EVE, when("Tue 10:00"),
                        expires_at=when("Wed 18:00"))  # fmt: skip
    return replace(granted, **more)  # type: ignore[arg-type]


def test_an_exception_lets_one_deploy_through_and_says_so_on_record() -> None:
    life = approved().at("Wed 14:00")
    freeze = a_freeze()
    life.freezing = Freezing((freeze,), (an_exemption(life.release),))
    life.start()
    [started] = [one for one in life.release.events if one.name == "deploy_started"]
    assert read(started.said) == "started the deploy, through freeze 1 by an exception of Eve"
    assert started.details["freezes"] == [
        {"freeze": 1, "until": when("Thu 08:00").isoformat(), "by": "exception", "exception": 5, "granted_by": EVE}
    ]
    assert started.name not in DECISIONS, "the rule is not run again over it"
    life.freezing = Freezing((freeze,), (an_exemption(life.release, used_at=life.now),))
    life.fail()
    life.start()
    assert life.state is State.DEPLOYING, "the same deploy is tried again"


@pytest.mark.parametrize(
    "more",
    [{"outcome": None}, {"outcome": "refused"}, {"expires_at": when("Wed 14:00")}, {"used_at": when("Wed 13:00")},
     {"freezes": (12,)}, {"expires_at": None}],
)  # fmt: skip
def test_an_exception_that_is_refused_over_used_or_from_another_freeze_lets_nothing_through(
    more: dict[str, object],
) -> None:
    life = approved().at("Wed 14:00")
    life.freezing = Freezing((a_freeze(),), (an_exemption(life.release, **more),))
    assert "You can't start" in refused(life)


def test_a_lane_and_an_override_pass_and_a_later_freeze_holds() -> None:
    life = approved().at("Wed 14:00")
    life.release.policy = replace(life.release.policy, freeze_exception=True)
    life.freezing = Freezing((a_freeze(),))
    [passed] = met(life.release, life.freezing, life.now)
    assert passed.way == "policy"
    assert on_record([passed])["freezes"][0]["by"] == "policy"

    emergency = Life(now="Tue 09:00").at("Wed 09:00")
    emergency.freezing = Freezing((a_freeze(),))
    emergency.override()
    assert emergency.release.override is not None
    assert emergency.release.override.skipped == (("missing", "QA"), ("freeze", "1"))
    [said] = [one for one in emergency.release.events if one.name == "overridden"]
    assert read(said.said) == "overrode the go/no-go (no answer) and freeze 1 of everything"
    [passed] = met(emergency.release, emergency.freezing, emergency.now)
    assert passed.way == "override"
    emergency.freezing = Freezing((a_freeze(), a_freeze(number=2)))
    assert "freeze 2" in refused(emergency)
