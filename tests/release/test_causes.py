"""What stands in the way, in words and in rows."""

import json
from dataclasses import replace

from bot.release.causes import Cause, Check, Fix, causes_from_data, causes_to_data, explain
from bot.release.decision import Result, decide
from bot.release.poll import cast_vote
from bot.release.release import Choice
from bot.release.states import State
from bot.release.words import At, Who, words
from tests.release.life import ANA, QI, Life, read, when


def test_a_cause_comes_back_from_a_row_as_it_was() -> None:
    fixes = (Fix("condition done", "Done", (("k", 1), ("s", "QA"))), Fix("extend"))
    said = words("QA — ", Who(QI), " said go if, until ", At(when("Wed 13:00"), "time", "Europe/Berlin"))
    stored = (
        Cause("condition", "QA", said, frozenset({QI, ANA}), when("Wed 10:00"), short=("not yet",), fixes=fixes,
              about="1"),
        Cause("missing", "", ("Nobody has said go yet",), frozenset()),
    )  # fmt: skip
    assert causes_from_data(json.loads(json.dumps(causes_to_data(stored)))) == stored


def test_a_no_go_is_explained_with_who_alone_can_lift_it() -> None:
    life = Life().at("Tue 10:00")
    life.no_go(QI, "the scan is red")
    cause, _ = life.verdict().causes
    assert read(explain(cause)).startswith("🛑 ")
    assert read(explain(cause)).endswith("Only Qi can change that.")


def test_what_others_found_stands_in_the_way_of_a_go() -> None:
    life = Life().at("Tue 10:00")
    freeze = Check("freeze 1", ("A freeze lasts until Friday",), frozenset({ANA}))
    frozen = replace(life.electorate, checks=(freeze,))
    cast_vote(life.release, frozen, user=QI, choice=Choice.GO, why="", now=life.now, path="button")
    assert life.state is State.OPEN
    verdict = decide(life.release, frozen, life.now)
    assert [(cause.kind, cause.about) for cause in verdict.causes] == [("check", "freeze 1")]
    assert decide(life.release, frozen, when("Wed 13:30")).result is Result.NO_DECISION
    assert life.verdict().result is Result.GO, "it was all that was in the way"
