"""A policy written as a file is the same policy when the file is read."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.policy_file import read_policies
from bot.policy_writing import as_file
from bot.release.policy import BUILT_IN, Cover, Item, Lane, Milestone, Policy, SignOff, item_key, staffed, steps

EXAMPLE = Path(__file__).parents[1] / "docs" / "policies.example.yml"


@pytest.mark.parametrize("policy", read_policies(EXAMPLE.read_text(encoding="utf-8")), ids=lambda one: one.name)
def test_the_examples_come_back_as_they_were(policy: Policy) -> None:
    assert read_policies(as_file(policy)) == [policy]


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_policy_comes_back_under_a_name_of_its_own(name: str) -> None:
    roles = ("QA", "Operations", "Product", "Security")
    policy = staffed(replace(BUILT_IN[name], is_default=True), {
        role: frozenset({f"U{at}", f"U{at}0"}) for at, role in enumerate(roles)
    })  # fmt: skip
    assert read_policies(as_file(policy)) == [replace(policy, name=f"our {name}")]
    assert as_file(policy).startswith(f"# {name}, version 1. Change it here")


def test_words_that_yaml_would_take_for_something_else_stay_words() -> None:
    odd = Policy(
        "no", services=("1.0", "yes", "a: b", "# c"), is_default=True,
        sign_offs=(SignOff("null", people=frozenset({"U1"}), covers=frozenset()),
                   SignOff("2026-11-21", whole_channel=True, covers=frozenset(Cover))),
        checklist=(Item(item_key("- tests: 5"), "- tests: 5", mandatory=False),),
        closes=Milestone(working_days=0, at="09:30"), opens=Milestone(working_days=2, at="10:00"),
        nudges=(timedelta(hours=2), timedelta(minutes=90)),
        lanes={"hotfix": Lane(checklist=(), nudges=(), timeline=())},
        timeline=steps((Milestone(before=timedelta(hours=-2)), "post", "no: # 'quoted'", frozenset()),
                       (Milestone(working_days=3, at="09:30"), "remind", "- yes", frozenset({"captain", "U1"}))),
    )  # fmt: skip
    assert read_policies(as_file(odd)) == [odd]
    assert "&" not in as_file(odd) and "*" not in as_file(odd)
