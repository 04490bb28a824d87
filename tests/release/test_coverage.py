"""Who sleeps through a go/no-go: which sign-offs are concerned, and the next time at which none is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.coverage import Whereabouts, is_awake, is_covered, uncovered, window
from bot.release.planned import PlannedTime
from bot.release.policy import LIGHT, Milestone, SignOff
from bot.release.release import Kind
from bot.release.slots import STEP, slots
from bot.release.states import State
from tests.release.life import BERLIN, QI, QUINN, SEC, Life, when

NEW_YORK, TOKYO = "America/New_York", "Asia/Tokyo"
AT_ONCE = replace(LIGHT, name="at once", sign_offs=(SignOff("QA", people=frozenset({QI, QUINN})),), closes=Milestone())


def gaps(life: Life, away: dict[str, str] | None = None, **zones: str) -> list[tuple[str, frozenset[str]]]:
    times = window(life.release, life.now)
    assert times is not None
    until = {user: when(text) for user, text in (away or {}).items()}
    there = Whereabouts(zones, until)
    return [(gap.role, gap.reachable) for gap in uncovered(life.release, life.electorate, there, *times)]


def better(life: Life, known: Whereabouts) -> PlannedTime | None:
    """The next time that would suit everybody."""
    release, now = life.release, life.now

    def fits(planned: PlannedTime) -> bool:
        return is_covered(release, life.electorate, known, planned, now)

    return next(slots(release, (), release.target_at + STEP, now, fits), None)


@pytest.mark.parametrize(
    ("zone", "opens", "closes", "awake"),
    [(BERLIN, "Tue 09:00", "Tue 09:30", True), (BERLIN, "Tue 22:00", "Wed 08:00", False),
     (BERLIN, "Tue 22:00", "Wed 08:29", False), (BERLIN, "Tue 22:00", "Wed 08:30", True),
     (NEW_YORK, "Tue 09:00", "Tue 14:00", False), (NEW_YORK, "Tue 09:00", "Tue 14:30", True),
     (TOKYO, "Tue 14:00", "Tue 23:30", False), (BERLIN, "Sat 10:00", "Sat 11:00", True)],
)  # fmt: skip
def test_people_are_up_from_eight_to_ten_in_the_evening_where_they_are(
    zone: str, opens: str, closes: str, awake: bool
) -> None:
    assert is_awake(zone, when(opens), when(closes)) is awake


def test_a_sign_off_of_people_who_sleep_is_named_until_one_of_them_has_answered() -> None:
    life = Life(policy=AT_ONCE, t="Tue 13:00", now="Tue 09:00")
    assert gaps(life, UQI=NEW_YORK, UQUINN=NEW_YORK) == [("QA", frozenset())]
    assert gaps(life, UQI=NEW_YORK) == [], "the other one lives where the release does, as far as anybody knows"
    both = replace(AT_ONCE, sign_offs=(replace(AT_ONCE.sign_offs[0], needs=2),))
    needs_both = Life(policy=both, t="Tue 13:00", now="Tue 09:00")
    assert gaps(needs_both, UQI=NEW_YORK) == [("QA", frozenset({QUINN}))]
    needs_both.vote(QI)
    assert gaps(needs_both, UQI=NEW_YORK) == []


def test_what_nobody_may_give_or_nobody_is_asked_for_is_no_question_of_time() -> None:
    nobody = replace(AT_ONCE, sign_offs=(SignOff("QA"),))
    assert gaps(Life(policy=nobody, t="Tue 13:00", now="Tue 09:00")) == []
    standard = Life(policy=AT_ONCE, t="Tue 13:00", now="Tue 09:00", kind=Kind.STANDARD)
    assert window(standard.release, standard.now) is None
    decided = Life(policy=AT_ONCE, t="Tue 13:00", now="Tue 09:00")
    decided.vote(QI)
    assert decided.state is State.APPROVED and window(decided.release, decided.now) is None


def test_a_better_time_is_the_next_in_working_hours_at_which_all_are_up() -> None:
    life = Life(policy=AT_ONCE, t="Tue 13:00", now="Tue 09:00")
    zones = {QI: NEW_YORK, QUINN: NEW_YORK}
    found = better(life, Whereabouts(zones))
    assert found is not None and (found.at, found.zone) == (when("Tue 14:30"), BERLIN)
    late = Life(policy=AT_ONCE, t="Tue 21:00", now="Tue 20:00")
    found = better(late, Whereabouts({QI: TOKYO, QUINN: TOKYO}))
    assert found is not None and found.at == when("Wed 09:00"), "not in the night of those who deploy it"


def test_there_may_be_none_within_a_week() -> None:
    short = replace(AT_ONCE, opens=Milestone(before=timedelta(hours=1)))
    life = Life(policy=short, t="Wed 10:00", now="Tue 09:00")
    zones = {QI: "America/Anchorage", QUINN: "America/Anchorage"}
    assert [
        gap.role
        for gap in uncovered(life.release, life.electorate, Whereabouts(zones), when("Wed 09:00"), when("Wed 10:00"))
    ]
    assert better(life, Whereabouts(zones)) is None


def test_who_is_away_cannot_be_reached_unless_they_are_back_in_time_or_somebody_answers_for_them() -> None:
    life = Life(policy=AT_ONCE, t="Tue 18:00", now="Tue 09:00")
    assert gaps(life, {QI: "Wed 09:00"}) == [], "the other one is there"
    assert gaps(life, {QI: "Wed 09:00", QUINN: "Wed 09:00"}) == [("QA", frozenset())]
    assert gaps(life, {QI: "Wed 09:00", QUINN: "Tue 17:30"}) == []
    assert gaps(life, {QI: "Wed 09:00", QUINN: "Tue 17:31"}) == [("QA", frozenset())]
    delegating = replace(AT_ONCE, sign_offs=(replace(AT_ONCE.sign_offs[0], delegates=True),))
    covered = Life(policy=delegating, t="Tue 13:00", now="Tue 09:00")
    covered.delegates = {QI: SEC}
    assert gaps(covered, {QI: "Wed 09:00", QUINN: "Wed 09:00"}) == []
    assert gaps(covered, {QI: "Wed 09:00", QUINN: "Wed 09:00"}, USEC=NEW_YORK) == [("QA", frozenset())], "asleep"


def test_a_better_time_waits_for_who_is_away() -> None:
    life = Life(policy=AT_ONCE, t="Tue 18:00", now="Tue 09:00")
    away = dict.fromkeys((QI, QUINN), when("Thu 09:00"))
    found = better(life, Whereabouts({}, away))
    assert found is not None and found.at == when("Thu 09:30")
