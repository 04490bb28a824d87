"""The version before this one, frozen here as it reads policies, can read ours, and approves nothing unchecked."""

from typing import Any

import pytest

from bot.release.policy import LIGHT, REGULATED, TEAM
from bot.release.policy_data import to_data
from bot.release.policy_older import NEWER, for_older

PROCESS = ("sign_offs", "opens", "closes", "open_at_least", "close", "approval_lasts", "monitoring")
REST = ("name", "version", "create", "services", "is_default", "status_channels", "kinds")
SIGN_OFF = (
    "role", "needs", "people", "channels", "groups", "whole_channel", "captain_may", "deployer_may", "alone_may",
)  # fmt: skip
COVERS = ("changes", "schedule", "rollback_plan")
MOVES = (
    "poll", "poll close", "extend", "vote", "hold", "resume", "reschedule", "take-over", "deploy start", "deploy done",
    "deploy fail", "drop", "rollback", "rolled-back", "cancel", "retro",
)  # fmt: skip
ROLES = ("anyone", "crew", "approver", "deployer", "captain", "holder", "admin")
ITEM = {"key": "runbook", "text": "Runbook updated", "owner": [], "mandatory": True}
CUT_OFF = {"before": 7200.0, "working_days": 0, "at": None}


class Unknown(Exception):
    """The version before this one fails on it."""


def as_it_was(data: Any) -> dict[str, Any]:
    """What the version before this one stores again after it read a policy. Raises Unknown, KeyError."""
    out = _process({name: data[name] for name in PROCESS}) | {name: data[name] for name in REST}
    out["create"] = [_one_of(ROLES, role) for role in data["create"]]
    out["rights"] = {
        _one_of(MOVES, move): [_one_of(ROLES, role) for role in roles] for move, roles in data["rights"].items()
    }
    return out | {"lanes": {kind: _process(lane) for kind, lane in data["lanes"].items()}}


def _process(data: Any) -> dict[str, Any]:
    out = {name: data[name] for name in PROCESS if data.get(name) is not None}
    if "sign_offs" in out:
        out["sign_offs"] = [
            {name: one[name] for name in SIGN_OFF} | {"covers": [_one_of(COVERS, cover) for cover in one["covers"]]}
            for one in out["sign_offs"]
        ]
    return out


def _one_of(known: tuple[str, ...], name: str) -> str:
    if name not in known:
        raise Unknown(name)
    return name


def roles(process: Any) -> list[str]:
    return [one["role"] for one in process["sign_offs"]]


def whole() -> dict[str, Any]:
    """A policy that uses all that the version before this one does not know."""
    data = to_data(TEAM)
    data |= {"checklist": [ITEM], "code_cut_off": CUT_OFF, "nudges": [7200.0], "freeze_exception": True}
    data |= {"open_review_blocks": True, "rights": {**data["rights"], "edit": ["captain"], "override": ["admin"]}}
    data["lanes"]["hotfix"] |= {"checklist": [], "nudges": []}
    asked = {"outside": ["UFAY"], "recorded": 1, "delegates": True, "escalation": None}
    data["sign_offs"] = [one | asked | {"covers": ["changes", "checklist"]} for one in data["sign_offs"]]
    return data


@pytest.mark.parametrize("policy", [LIGHT, TEAM, REGULATED], ids=lambda policy: policy.name)
def test_what_is_read_is_stored_again_as_it_was(policy: Any) -> None:
    older = for_older(to_data(policy))
    assert as_it_was(older) == older
    assert NEWER not in roles(older)


def test_what_it_does_not_know_is_left_out() -> None:
    with pytest.raises(Unknown):
        as_it_was(whole())
    older = for_older(whole())
    assert as_it_was(older) == older
    assert older["rights"] == to_data(TEAM)["rights"]
    assert [one["covers"] for one in older["sign_offs"]] == [["changes"]] * 3 + [[]]


def test_a_policy_of_its_own_time_is_not_touched() -> None:
    assert for_older(to_data(LIGHT)) == to_data(LIGHT)


@pytest.mark.parametrize(
    ("of_policy", "of_hotfix", "all_guarded", "hotfix_guarded"),
    [
        ({}, {}, False, False),
        ({"checklist": [ITEM]}, {}, True, True),
        ({"code_cut_off": CUT_OFF}, {}, True, True),
        ({"checklist": [ITEM | {"mandatory": False}]}, {}, False, False),
        ({"checklist": [ITEM]}, {"checklist": []}, True, False),
        ({"code_cut_off": CUT_OFF}, {"code_cut_off": CUT_OFF | {"before": 0.0}}, True, False),
        ({}, {"checklist": [ITEM]}, False, True),
    ],
)
@pytest.mark.parametrize("own_sign_offs", [True, False])
def test_it_approves_nothing_with_a_checklist_or_a_cut_off(
    of_policy: dict[str, Any], of_hotfix: dict[str, Any], all_guarded: bool, hotfix_guarded: bool, own_sign_offs: bool
) -> None:
    data = to_data(TEAM) | of_policy
    data["lanes"]["hotfix"] |= of_hotfix
    if not own_sign_offs:
        del data["lanes"]["hotfix"]["sign_offs"]
    older = for_older(data)
    assert as_it_was(older) == older
    assert (NEWER in roles(older)) is all_guarded
    under_hotfix = older | older["lanes"]["hotfix"]
    assert (NEWER in roles(under_hotfix)) is hotfix_guarded
    asked = ["Operations"] if own_sign_offs else ["QA", "Operations", "Product"]
    assert [role for role in roles(under_hotfix) if role != NEWER] == asked


def test_nobody_can_give_what_it_asks_for() -> None:
    *_, last = for_older(whole())["sign_offs"]
    assert last["role"] == NEWER
    assert not any(last[who] for who in ("people", "channels", "groups", "whole_channel", "alone_may"))
