"""Write policies as plain data for rows, and read them back.

What a policy does not have is left out, where it came later than rows without it: they stay as they were.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.release.policy import (
    CLASH_DISTANCE,
    RELEASES_A_DAY,
    AtOnce,
    Cover,
    Escalation,
    Item,
    Lane,
    Milestone,
    Policy,
    Role,
    SignOff,
    Step,
)
from bot.release.states import Move


def to_data(policy: Policy) -> dict[str, Any]:
    """The policy as plain data for a row: the copy a release keeps."""
    data = {
        "name": policy.name,
        "version": policy.version,
        **_process_to_data(policy),
        "rights": {move.value: sorted(roles) for move, roles in sorted(policy.rights.items())},
        "create": sorted(policy.create),
        "services": list(policy.services),
        "is_default": policy.is_default,
        "status_channels": list(policy.status_channels),
        "kinds": sorted(policy.kinds),
        "lanes": {kind: _process_to_data(lane) for kind, lane in sorted(policy.lanes.items())},
        "open_review_blocks": policy.open_review_blocks,
        "clash_distance": None if policy.clash_distance == CLASH_DISTANCE else policy.clash_distance.total_seconds(),
        "releases_a_day": None if policy.releases_a_day == RELEASES_A_DAY else policy.releases_a_day,
    }
    return {name: value for name, value in data.items() if value is not None and (value or name not in _LATER)}


def from_data(data: Mapping[str, Any]) -> Policy:
    """The inverse of `to_data`."""
    return Policy(
        name=data["name"],
        version=data["version"],
        **_process_from_data(data),
        rights={Move(move): frozenset(map(Role, roles)) for move, roles in data["rights"].items()},
        create=frozenset(map(Role, data["create"])),
        services=tuple(data["services"]),
        is_default=data["is_default"],
        status_channels=tuple(data["status_channels"]),
        kinds=frozenset(data["kinds"]),
        lanes={kind: Lane(**_process_from_data(lane)) for kind, lane in data["lanes"].items()},
        open_review_blocks=data.get("open_review_blocks", False),
        clash_distance=_LENGTH.read(data.get("clash_distance", CLASH_DISTANCE.total_seconds())),
        releases_a_day=data.get("releases_a_day", RELEASES_A_DAY),
    )


def sign_off_to_data(sign_off: SignOff) -> dict[str, Any]:
    data = {
        "role": sign_off.role,
        "needs": sign_off.needs,
        "people": sorted(sign_off.people),
        "channels": sorted(sign_off.channels),
        "groups": sorted(sign_off.groups),
        "whole_channel": sign_off.whole_channel,
        "captain_may": sign_off.captain_may,
        "deployer_may": sign_off.deployer_may,
        "alone_may": sign_off.alone_may,
        "covers": sorted(sign_off.covers),
        "outside": sorted(sign_off.outside),
        "recorded": sign_off.recorded,
        "delegates": sign_off.delegates,
        "escalation": sign_off.escalation and _escalation_to_data(sign_off.escalation),
    }
    return {name: value for name, value in data.items() if value or name not in _LATER}


def sign_off_from_data(row: Mapping[str, Any]) -> SignOff:
    """The inverse of `sign_off_to_data`."""
    escalation = row.get("escalation")
    return SignOff(
        role=row["role"],
        needs=row["needs"],
        people=frozenset(row["people"]),
        channels=frozenset(row["channels"]),
        groups=frozenset(row["groups"]),
        whole_channel=row["whole_channel"],
        captain_may=row["captain_may"],
        deployer_may=row["deployer_may"],
        alone_may=row["alone_may"],
        covers=frozenset(map(Cover, row["covers"])),
        outside=frozenset(row.get("outside", ())),
        recorded=row.get("recorded", 0),
        delegates=row.get("delegates", False),
        escalation=escalation and _escalation_from_data(escalation),
    )


@dataclass(frozen=True)
class _Form:
    """How the values of one field are written, and read back."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _each(form: _Form) -> _Form:
    return _Form(lambda values: [form.write(one) for one in values], lambda rows: tuple(form.read(row) for row in rows))


def _milestone_to_data(value: Milestone | AtOnce) -> Any:
    if isinstance(value, str):
        return value
    return {"before": value.before.total_seconds(), "working_days": value.working_days, "at": value.at}


def _milestone_from_data(row: Any) -> Milestone | AtOnce:
    if row == "at once":
        return "at once"
    return Milestone(timedelta(seconds=row["before"]), row["working_days"], row["at"])


def _item_to_data(item: Item) -> dict[str, Any]:
    return {"key": item.key, "text": item.text, "owner": sorted(item.owner), "mandatory": item.mandatory}


def _item_from_data(row: Mapping[str, Any]) -> Item:
    return Item(row["key"], row["text"], frozenset(row["owner"]), row["mandatory"])


def _step_to_data(step: Step) -> dict[str, Any]:
    at = _milestone_to_data(step.at)
    return {"key": step.key, "at": at, "do": step.do, "say": step.say, "to": sorted(step.to)}


def _step_from_data(row: Mapping[str, Any]) -> Step:
    at = row["at"]
    time = Milestone(timedelta(seconds=at["before"]), at["working_days"], at["at"])
    return Step(row["key"], time, row["do"], row["say"], frozenset(row["to"]))


def _escalation_to_data(escalation: Escalation) -> dict[str, Any]:
    after, before = escalation.after_opening, escalation.before_close
    return {
        "after_opening": None if after is None else after.total_seconds(),
        "before_close": None if before is None else before.total_seconds(),
        "people": sorted(escalation.people),
        "groups": sorted(escalation.groups),
    }


def _escalation_from_data(row: Mapping[str, Any]) -> Escalation:
    after, before = row["after_opening"], row["before_close"]
    return Escalation(
        after_opening=None if after is None else timedelta(seconds=after),
        before_close=None if before is None else timedelta(seconds=before),
        people=frozenset(row["people"]),
        groups=frozenset(row["groups"]),
    )


_AS_IT_IS = _Form(lambda value: value, lambda row: row)
_LENGTH = _Form(lambda value: value.total_seconds(), lambda row: timedelta(seconds=row))
_MILESTONE = _Form(_milestone_to_data, _milestone_from_data)

#: What a policy and a lane have in common, by the name of the field.
_PROCESS: Mapping[str, _Form] = {
    "sign_offs": _each(_Form(sign_off_to_data, sign_off_from_data)),
    "opens": _MILESTONE,
    "closes": _MILESTONE,
    "open_at_least": _LENGTH,
    "close": _AS_IT_IS,
    "approval_lasts": _LENGTH,
    "monitoring": _LENGTH,
    "checklist": _each(_Form(_item_to_data, _item_from_data)),
    "code_cut_off": _MILESTONE,
    "nudges": _each(_LENGTH),
    "timeline": _each(_Form(_step_to_data, _step_from_data)),
    "freeze_exception": _AS_IT_IS,
}
#: What the first rows do not have: left out of a policy, and of a sign-off, that does not use it.
_LATER = frozenset(
    {"checklist", "code_cut_off", "nudges", "timeline", "freeze_exception", "open_review_blocks"}
    | {"outside", "recorded", "delegates", "escalation"}
)


def _process_to_data(process: Policy | Lane) -> dict[str, Any]:
    """What a policy and a lane have in common; a lane leaves out what it leaves as it is."""
    given = {name: getattr(process, name) for name in _PROCESS}
    return {name: _PROCESS[name].write(value) for name, value in given.items() if value is not None}


def _process_from_data(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: form.read(data[name]) for name, form in _PROCESS.items() if data.get(name) is not None}
