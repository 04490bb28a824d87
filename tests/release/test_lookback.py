"""The drafted timeline of a retrospective: what happened, in the order and the words people would use."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.durations import say_length
from bot.release.lookback import drafted
from tests.release.life import ONE_QA, OPS, QI, QUINN, SEC, THREE, Life, read

BOTH = ("payments 2.14.0", "web 5.1")


def lines(life: Life) -> list[str]:
    return [read(line) for line in drafted(life.release, life.release.events)]


def approved(life: Life) -> Life:
    life.at("Tue 12:00").vote(QI)
    return life.at("Wed 14:00")


def test_an_uneventful_day_is_one_line() -> None:
    life = approved(Life())
    life.start()
    life.at("Wed 14:12").done()
    assert lines(life) == ["Planned Wed 14:00, started 14:00, live 14:12."]


def test_a_failed_deploy_a_hold_and_a_move_are_named_and_the_first_start_is_kept() -> None:
    life = approved(Life())
    life.hold("scan red")
    life.at("Wed 14:22").resume()
    life.reschedule("Wed 16:00")
    life.at("Wed 16:00").start()
    life.at("Wed 16:40").fail(None, "pods crash")
    life.at("Wed 17:41").start()
    assert life.release.parts[0].started_at == life.at("Wed 16:00").release.parts[0].started_at
    life.at("Wed 17:46").done()
    assert lines(life) == [
        "Planned Wed 14:00, moved to Wed 16:00, started 16:00, failed 16:40 (“pods crash”), restarted 17:41, "
        "live 17:46.",
        "On hold Wed 14:00 for 22 min by Eve: “scan red”.",
    ]


def test_the_deploys_start_is_kept_through_a_rollback() -> None:
    life = approved(Life())
    life.start()
    life.at("Wed 14:20").done()
    life.at("Thu 09:00").rollback()
    life.at("Thu 09:10").rolled_back()
    assert lines(life) == [
        "Planned Wed 14:00, started 14:00, live 14:20, rollback began Thu 09:00, rolled back 09:10.",
        "Rolled back because: “errors”.",
    ]


def test_what_the_deploy_waited_for_and_the_no_go_with_how_long_it_stood() -> None:
    to_the_last = replace(THREE, closes=replace(THREE.closes, before=-timedelta(hours=1)), opens="at once",
                          open_at_least=timedelta(hours=60))  # fmt: skip
    life = Life(to_the_last)
    for role in (QI, OPS):
        life.vote(role)
    life.at("Wed 13:38").no_go(SEC, "secret scan red")
    life.at("Wed 14:19").vote(SEC)
    life.at("Wed 14:20").start()
    life.at("Wed 14:31").done()
    assert lines(life) == [
        "Planned Wed 14:00, started 14:20 (waited 19 min for Security), live 14:31.",
        "No-go (Security) by Sec Wed 13:38: “secret scan red”, resolved in 41 min.",
    ]


def test_no_decision_and_an_expired_approval_are_told() -> None:
    life = Life().at("Wed 13:30")
    life.reschedule("Thu 14:00")
    life.at("Wed 14:30").vote(QUINN)
    life.at("Thu 18:00")
    assert lines(life)[1:] == ["No decision Wed 13:30.", "The approval expired Thu 18:00."]


def test_each_part_has_its_own_steps() -> None:
    life = approved(Life(ONE_QA, parts=BOTH))
    life.start()
    life.at("Wed 14:05").done("payments")
    life.at("Wed 14:06").fail("web", "smoke test red")
    life.at("Wed 14:07").rollback("web")
    life.at("Wed 14:09").rolled_back("web")
    assert lines(life)[0] == (
        "Planned Wed 14:00, payments 2.14.0 and web 5.1 started 14:00, payments 2.14.0 live 14:05, "
        "web 5.1 failed 14:06 (“smoke test red”), web 5.1 rollback began 14:07, web 5.1 rolled back 14:09."
    )


def test_started_before_its_time_says_how_long_before() -> None:
    life = Life().at("Tue 12:00")
    life.vote(QI)
    life.at("Wed 10:00").start()
    assert lines(life)[0] == "Planned Wed 14:00, started 10:00 (4 h early)."


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "less than a minute"), (51, "51 min"), (111, "1 h 51 min"), (120, "2 h"), (1694, "28 h"), (4500, "3 days")],
)
def test_lengths_as_people_say_them(minutes: int, said: str) -> None:
    assert say_length(timedelta(minutes=minutes, seconds=30)) == said


def test_an_override_is_named_with_what_it_skipped() -> None:
    life = Life(THREE).at("Tue 12:00")
    life.vote(QI)
    life.no_go(SEC)
    life.at("Wed 13:00").override()
    life.at("Wed 14:00").start()
    life.at("Wed 14:10").done()
    assert lines(life)[1:] == [
        "No-go (Security) by Sec Tue 12:00: “secret scan is red”, never taken back; go was decided 25 h later.",
        "Eve overrode Security (no-go of Sec) and Operations (no answer) Wed 13:00: “production is down”.",
    ]
