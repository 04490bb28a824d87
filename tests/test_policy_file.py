"""Release processes in YAML: what is understood, and what is said about a file that is not right."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.policy_file import _Item, _Policy, _Poll, _SignOff, read_policies
from bot.policy_words import describe, diff, length
from bot.release.policy import LIGHT, TEAM, Cover, Milestone, Policy, Role, for_kind
from bot.release.policy_data import from_data, to_data
from bot.release.states import GIVEN, Move
from bot.strict_yaml import YamlError
from tests.release.life import read

DOCS = Path(__file__).parent.parent / "docs"
EXAMPLE = DOCS / "policies.example.yml"
QA = "sign_offs: [{role: QA, people: [U1]}]"


def one(body: str) -> Policy:
    [policy] = read_policies(f"policies:\n  - {body}\n")
    return policy


def problems(text: str) -> list[str]:
    with pytest.raises(YamlError) as refused:
        read_policies(text)
    return refused.value.problems


def test_a_timeline_says_when_the_code_is_frozen_and_leaves_the_go_no_go_to_poll() -> None:
    step = "{at: T-1wd 16:00, do: freeze code, say: Only fixes from now on}"
    frozen = one(f"{{name: core, services: [core], {QA}, timeline: [{step}]}}")
    assert frozen.code_cut_off == Milestone(working_days=1, at="16:00")
    assert [(step.do, step.at, step.say) for step in frozen.timeline] == [
        ("post", Milestone(working_days=1, at="16:00"), "Only fixes from now on")
    ]
    silent = one(f"{{name: core, services: [core], {QA}, timeline: [{{at: T-4h, do: freeze code}}]}}")
    assert (silent.code_cut_off, silent.timeline) == (Milestone(before=timedelta(hours=4)), ())
    for wrong, said in (
        (f"timeline: [{step}], code_cut_off: T-1h", "the code cut-off is there twice"),
        (f"timeline: [{step}, {step}]", "the code cut-off is there twice"),
        ("timeline: [{at: T+1h, do: freeze code}]", "name a time before T"),
        ("timeline: [{at: T-4h, do: poll, say: open it}]", "the go/no-go opens when poll says"),
    ):
        [problem] = problems(f"policies:\n  - {{name: core, services: [core], {QA}, {wrong}}}\n")
        assert said in problem, problem


def test_the_documented_example_is_understood() -> None:
    payments, rest = read_policies(EXAMPLE.read_text())
    assert payments.services == ("payments", "ledger")
    qa, security, product = payments.sign_offs
    assert (qa.needs, qa.groups) == (2, {"S0615G0KT"})
    assert not security.captain_may
    assert security.covers == set(Cover)
    assert product.channels == {"C024BE91L"}
    assert [(item.text, item.owner, item.mandatory) for item in payments.checklist] == [
        ("Runbook updated", {"U0G9QF9C6"}, True),
        ("Support knows", frozenset(), False),
    ]
    assert payments.code_cut_off == Milestone(working_days=1, at="16:00")
    assert payments.open_review_blocks
    assert (payments.clash_distance, payments.releases_a_day) == (timedelta(hours=2), 3)
    hotfix = for_kind(payments, "hotfix")
    assert (hotfix.checklist, hotfix.code_cut_off) == ((), Milestone())
    assert (product.outside, product.recorded, security.delegates) == ({"U061F7AUR"}, 1, True)
    assert payments.opens == Milestone(working_days=1, at="10:00")
    assert payments.closes == Milestone(before=timedelta(minutes=30))
    assert payments.who_may(Move.HOLD) == {Role.CREW, Role.ADMIN}
    assert payments.status_channels == ("C061EG9SL",)
    assert rest.is_default
    assert rest.open_at_least == timedelta(hours=2)
    assert rest.sign_offs == LIGHT.sign_offs


def test_a_policy_survives_being_stored() -> None:
    for policy in read_policies(EXAMPLE.read_text()):
        assert from_data(to_data(policy)) == policy


def test_what_is_not_said_comes_from_the_policy_it_is_based_on() -> None:
    policy = one(f"{{name: shop, based_on: team, services: [Shop], {QA}, kinds: [normal]}}")
    assert (policy.opens, policy.closes, policy.monitoring) == (TEAM.opens, TEAM.closes, TEAM.monitoring)
    assert policy.services == ("shop",)


def test_an_item_is_the_same_as_long_as_its_words_are() -> None:
    said = ["Runbook updated", "runbook  UPDATED", "Runbook written"]
    keys = [
        one(f"{{name: shop, services: [a], {QA}, checklist: [{{item: {item}}}]}}").checklist[0].key for item in said
    ]
    assert keys[0] == keys[1] != keys[2]


def test_a_go_of_somebody_outside_is_one_more() -> None:
    policy = one(
        "{name: shop, services: [a], sign_offs: [{role: QA, needs: 3, people: [U1], outside: [U2], recorded: 1}]}"
    )
    assert policy.sign_offs[0].needs == 3
    assert not one("{name: shop, services: [a], sign_offs: [{role: QA, recorded: 1}]}").sign_offs[0].people


def test_a_section_for_a_kind_changes_that_kind_only() -> None:
    policy = one(
        f"{{name: shop, services: [a], {QA}, monitoring: 1h, hotfix: {{monitoring: 5m, poll: {{opens: at once}}}}}}"
    )
    assert for_kind(policy, "hotfix").monitoring == timedelta(minutes=5)
    assert for_kind(policy, "normal").monitoring == timedelta(hours=1)


def test_the_emergency_lane_is_given_by_those_who_have_the_same_role() -> None:
    roles = "sign_offs: [{role: Operations, people: [U1]}, {role: QA, people: [U2]}]"
    policy = one(f"{{name: shop, based_on: team, services: [a], {roles}}}")
    [operations] = for_kind(policy, "hotfix").sign_offs
    assert operations.people == {"U1"}


def test_every_problem_is_said_with_its_line() -> None:
    found = problems(
        """policies:
  - name: payments
    services: [payments]
    monitorin: 30m
    approval_lasts: soon
    sign_offs:
      - role: QA
        people: ["@ana"]
      - needs: 0
    rights:
      hold: [everyone]
    poll:
      closes: yesterday
"""
    )
    assert [line.split(":")[0] for line in found] == [f"line {n}" for n in (4, 5, 8, 9, 9, 11, 13)]
    said = "\n".join(found)
    assert "did you mean monitoring?" in said
    assert "'soon' is not a length of time" in said
    assert "'@ana' is not a person's id such as U024BE7LH" in said
    assert "role is missing" in said
    assert "'yesterday' is not a time before T (example: T-30m" in said


def test_unknown_keys_hide_no_other_fault_of_the_file() -> None:
    """What could never be lived is told in the same go, as long as it does not just follow from another fault."""
    found = problems(
        f"""policies:
  - name: payments
    monitorin: 30m
    services: [payments]
    sign_offs:
      - role: QA
        needs: 2
        people: [U1]
    poll: {{opens: T-30m, closes: T-4h}}
    create: [captain]
  - name: team
    name: Team
    servces: [web]
    approval_lasts: soon
    sign_offs: [{{role: QA}}, {{role: Security}}]
  - {{services: [payments], sign_offs: [{{rol: QA}}], hotfix: {{approval_lasts: 0m}}}}
  - {{name: shop, services: [payments], {QA}, colour: red}}
"""
    )
    payments = "payments: "
    assert [line.partition(": ")[::2] for line in found] == [
        ("line 3", "monitorin is not known; did you mean monitoring?"),
        ("line 5", f"{payments}sign_offs: QA needs 2 people and names 1; each person counts for one sign-off only"),
        ("line 9", f"{payments}poll: it would close before it opens; let opens be the earlier one"),
        ("line 10", f"{payments}create: nobody is captain, deployer or holder of what is not planned yet; name one of "
                    "admin, anyone, approver, crew"),
        ("line 12", "Team: Team is the name of a built-in policy; choose another and use based_on"),
        ("line 12", "name is said twice"),
        ("line 13", "servces is not known; did you mean services?"),
        ("line 14", "approval_lasts: 'soon' is not a length of time (example: 30m, 4h, 1h30m)"),
        ("line 15", "Team: nobody may give QA: name people, groups, channels, or whole_channel: true"),
        ("line 15", "Team: nobody may give Security: name people, groups, channels, or whole_channel: true"),
        ("line 16", "name is missing"),
        ("line 16", "policy 3: hotfix: approval_lasts: an approval has to last some time after T, for example 4h"),
        ("line 16", "rol is not known; did you mean role?"),
        ("line 16", "sign_offs[0]: role is missing"),
        ("line 17", "colour is not known: sign_offs, poll, approval_lasts, monitoring, checklist, code_cut_off, "
                    "nudges, timeline, freeze_exception, name, based_on, services, default, status_channels, create, "
                    "rights, kinds, open_review_blocks, clash_distance, releases_a_day, standard, normal, hotfix are"),
        ("line 17", "the service payments is already named by the policy payments in this file; one policy decides"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("{name: shop}", "it is for no service"),
        ("{name: Team, default: true}", "name of a built-in policy"),
        (
            "{name: shop, based_on: team, services: [a]}",
            "say in sign_offs who gives QA, Operations, Product",
        ),
        ("{name: shop, services: [a], sign_offs: [{role: QA}]}", "nobody may give QA"),
        (
            "{name: shop, services: [a], sign_offs: [{role: QA, needs: 2, people: [U1, U1]}]}",
            "QA needs 2 people and names 1",
        ),
        ("{name: shop, services: [a], sign_offs: []}", "sign_offs: name at least one"),
        (f"{{name: shop, services: [a], {QA}, create: [captain]}}", "nobody is captain, deployer or holder of what is"),
        (f"{{name: shop, services: [a], {QA}, rights: {{vote: [anyone]}}}}", "who may vote is what sign_offs say"),
        (
            f"{{name: shop, services: [a], {QA}, poll: {{opens: T-30m, closes: T-4h}}}}",
            "it would close before it opens",
        ),
        (f"{{name: shop, services: [a], {QA}, poll: {{opens: T-1wd 12:00, closes: T-1wd 12:00}}}}", "close before it"),
        (f"{{name: shop, services: [a], {QA}, approval_lasts: 0m}}", "an approval has to last"),
        (f"{{name: shop, services: [a], {QA}, standard: {{{QA}}}}}", "announced, not voted"),
        (
            f"{{name: shop, services: [a], {QA}, kinds: [normal], hotfix: {{monitoring: 1h}}}}",
            "kinds does not allow it",
        ),
        ("{name: shop, services: [a], sign_offs: [{role: ' ', people: [U1]}]}", "a role needs a name"),
        (
            "{name: shop, services: [a], sign_offs: [{role: QA, people: [U1]}, {role: qa, people: [U2]}]}",
            "qa is there 2 times",
        ),
        (
            "{name: shop, services: [a], sign_offs: [{role: QA, people: [U1]}, {role: Security, people: [U1]}]}",
            "QA and Security need 2 people and name 1; each person counts for one sign-off only",
        ),
        (
            f"{{name: shop, services: [a], {QA}, hotfix: {{sign_offs: [{{role: Ops, people: [U1], needs: 2}}]}}}}",
            "hotfix: sign_offs: Ops needs 2 people and names 1",
        ),
        (f"{{name: shop, services: [a], {QA}, checklist: [{{item: Runbook}}, {{item: runbook}}]}}", "there 2 times"),
        (f"{{name: shop, services: [a], {QA}, checklist: [{{item: ' '}}]}}", "an item needs words"),
        (f"{{name: shop, services: [a], {QA}, checklist: [{{item: Runbook, owner: tom}}]}}", "is not a person's id"),
        (f"{{name: shop, services: [a], {QA}, checklist: [{{item: Runbook, ownr: U1}}]}}", "did you mean owner?"),
        ("{name: shop, services: [a], sign_offs: [{role: QA, needs: 3, people: [U1], outside: [U2]}]}", "names 2;"),
        ("{name: shop, services: [a], sign_offs: [{role: QA, people: [U1], outside: [fay]}]}", "is not a person's id"),
        (f"{{name: shop, services: [a], based_on: team, {QA}}}", "say in hotfix: sign_offs who gives Operations"),
    ],
)
def test_a_policy_that_could_never_decide_is_refused(body: str, why: str) -> None:
    assert why in problems(f"policies:\n  - {body}\n")[0]


def test_two_policies_may_not_claim_the_same() -> None:
    found = problems(
        f"""policies:
  - {{name: one, services: [Shop], default: true, {QA}}}
  - {{name: ONE, services: [shop], default: true, {QA}}}
"""
    )
    assert sorted(found) == [
        "line 3: the policy one is the default already in this file; one policy decides",
        "line 3: the service shop is already named by the policy one in this file; one policy decides",
        "line 3: two policies are named ONE",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "line 1: the file is empty"),
        ("policies: [", "this is not YAML"),
        ("policies: 2026-13-45", "month must be in 1..12); put text in quotes"),
        ("policies:\n  - name: a\n    name: b\n    default: true\n", "line 3: name is said twice"),
        ("a: &x 1\nb: *x\n", "line 1: anchors and aliases"),
        ("policies: !!python/object/apply:os.system [ls]\n", "this is not YAML"),
        ("policies: none\n", "line 1: policies: write a list here"),
        ("- 1\n", "line 1: the file: write a section here"),
        ("policies:\n - \0", "line 2: the character '\\x00' is not allowed"),
        ("[" * 3000 + "]" * 3000, "line 1: lists and sections are nested too deeply"),
        ("policies:\n  - {name: a, services: [no]}\n", "line 2: services[0]: write text here; quotes make it text"),
        ("a: 1\n---\nb: 2\n", "line 2: this is not YAML: but found another document"),
    ],
)
def test_yaml_that_is_not_a_policy_file_is_refused(text: str, why: str) -> None:
    assert why in problems(text)[0]


def examples() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", (DOCS / "policies.md").read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("text", examples())
def test_every_example_in_the_documentation_is_understood(text: str) -> None:
    assert read_policies(text)


def test_the_documentation_explains_every_key() -> None:
    explained = (DOCS / "policies.md").read_text()
    models = (_Policy, _SignOff, _Item, _Poll)
    keys = {key for model in models for key in model.model_fields} - {"standard", "normal", "hotfix"}
    assert [key for key in sorted(keys) if f"`{key}`" not in explained] == []
    assert [move for move in GIVEN if f"`{move}`" not in explained] == []
    assert [role for role in Role if f"`{role}`" not in explained] == []


def test_a_policy_is_described_in_words() -> None:
    payments, rest = read_policies(EXAMPLE.read_text())
    said = [read(line) for line in describe(payments)]
    assert said[0] == "For payments and ledger"
    assert "The go/no-go opens the working day before at 10:00" in said
    assert "It closes 30 min before T" in said
    assert "Watched for 30 min after the deploy" in said
    assert "hotfix — Watched for 1 h after the deploy" in said
    assert any(line.startswith("Security: a go of ") and "but not the captain or the deployer" in line for line in said)
    assert any(line.startswith("Checklist: Runbook updated — ") and "captain" not in line for line in said)
    assert "Checklist: Support knows — the captain (go does not wait for it)" in said
    assert "No override while the review of an earlier one is open" in said
    assert (
        "Code cut-off the working day before at 16:00, what's in it is a late change then, for the captain to decide"
        in said
    )
    assert {"hotfix — No checklist", "hotfix — No code cut-off"} <= {*said}
    assert any(line.startswith("The captain or an admin may: poll, poll close, extend") for line in said)
    light = [read(line) for line in describe(rest)]
    assert light[0] == "For every service that no policy names"
    assert "It closes at T, and no sooner than 2 h after it opened" in light
    assert "Live at once, not watched" in light


def test_what_changed_is_said_and_nothing_when_nothing_did() -> None:
    before = one(f"{{name: shop, services: [a], {QA}, monitoring: 1h, status_channels: [C1]}}")
    assert diff(before, replace(before, version=2)) == []
    two = "sign_offs: [{role: QA, people: [U1, U2], needs: 2}, {role: Security, people: [U3]}]"
    after = one(f"{{name: shop, services: [a], {two}, monitoring: 90m, rights: {{hold: [crew]}}}}")
    assert [read(line) for line in diff(before, after)] == [
        "now: QA: 2 go of 1 or 2; asked again when what's in it or the rollback plan is edited "
        "(was: QA: a go of 1; asked again when what's in it or the rollback plan is edited)",
        "now: Watched for 1 h 30 min after the deploy (was: Watched for 1 h after the deploy)",
        "no longer: Outcomes are told in C1",
        "now: hold: the crew (was: hold: anyone in the channel, the deployer, the captain or an admin)",
        "now: Security: a go of 3; asked again when what's in it or the rollback plan is edited",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [("0m", "0 min"), ("30m", "30 min"), ("4h", "4 h"), ("1d", "1 day"), ("2d 1h30m", "2 days 1 h 30 min")],
)
def test_a_length_of_time_reads_back_as_it_was(given: str, said: str) -> None:
    policy = one(f"{{name: shop, services: [a], {QA}, monitoring: {given}}}")
    assert length(policy.monitoring) == said
    assert one(f"{{name: shop, services: [a], {QA}, monitoring: {said}}}").monitoring == policy.monitoring


def test_a_distance_is_some_time_and_not_more_than_a_week() -> None:
    for said in ("0m", "8d"):
        with pytest.raises(YamlError, match="clash_distance: some time, and a week at most"):
            read_policies(f"policies: [{{name: ours, default: true, clash_distance: {said}}}]")
