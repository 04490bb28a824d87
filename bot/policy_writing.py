"""Write a policy as the YAML that `tminus policy apply` reads, so that it can be changed as a file from where it is."""

from collections.abc import Iterable
from typing import Any

import yaml

from bot.release.milestones import say_milestone, say_span
from bot.release.policy import (
    BUILT_IN,
    CLASH_DISTANCE,
    RELEASES_A_DAY,
    Escalation,
    Item,
    Lane,
    Policy,
    SignOff,
    Step,
)

#: Ids stand side by side as far as they fit.
_WIDTH = 110


def as_file(policy: Policy) -> str:
    """All that it says, on what *light* is: reading it back gives the same policy.

    A built-in one gets another name, since a file may not take theirs.
    """
    name = f"our {policy.name}" if policy.name.casefold() in BUILT_IN else policy.name
    said = {
        "name": name,
        "based_on": "light",
        "services": list(policy.services),
        "default": policy.is_default,
        **_process(policy),
        "status_channels": list(policy.status_channels),
        "create": sorted(policy.create),
        "rights": {move.value: sorted(roles) for move, roles in sorted(policy.rights.items())},
        "kinds": sorted(policy.kinds),
        "open_review_blocks": policy.open_review_blocks,
        "clash_distance": [] if policy.clash_distance == CLASH_DISTANCE else say_span(policy.clash_distance),
        "releases_a_day": [] if policy.releases_a_day == RELEASES_A_DAY else policy.releases_a_day,
        **{kind: _process(lane) for kind, lane in sorted(policy.lanes.items()) if kind in policy.kinds},
    }
    kept = {key: value for key, value in said.items() if value not in ([], {}, False)}
    text = yaml.dump({"policies": [_plain(kept)]}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH,
                     default_flow_style=None)  # fmt: skip
    return (
        f"# {policy.name}, version {policy.version}. Change it here, see what that does with\n"
        f"# tminus policy apply FILE --dry-run, and put it in force with tminus policy apply FILE.\n{text}"
    )


class _Dumper(yaml.SafeDumper):
    """Without anchors, which a policy file may not have."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _plain(value: Any) -> Any:
    """What of it is text stays text: no kinds of strings of ours."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, str) else value


def _process(of: Policy | Lane) -> dict[str, Any]:
    poll = {
        "opens": None if of.opens is None else say_milestone(of.opens),
        "closes": None if of.closes is None else say_milestone(of.closes),
        "open_at_least": None if of.open_at_least is None else say_span(of.open_at_least),
        "close": of.close,
    }
    poll = {key: value for key, value in poll.items() if value is not None}
    said = {
        "sign_offs": None if of.sign_offs is None else [_sign_off(one) for one in of.sign_offs],
        "poll": poll or None,
        "code_cut_off": None if of.code_cut_off is None else say_milestone(of.code_cut_off),
        "checklist": None if of.checklist is None else [_item(one) for one in of.checklist],
        "timeline": None if of.timeline is None else [_step(one) for one in of.timeline],
        "nudges": None if of.nudges is None else [say_span(one) for one in of.nudges],
        "approval_lasts": None if of.approval_lasts is None else say_span(of.approval_lasts),
        "monitoring": None if of.monitoring is None else say_span(of.monitoring),
        "freeze_exception": of.freeze_exception,
    }
    return {key: value for key, value in said.items() if value is not None}


def _sign_off(one: SignOff) -> dict[str, Any]:
    plain = SignOff(one.role)
    said = {
        "role": one.role,
        "needs": one.needs,
        **{name: sorted(getattr(one, name)) for name in ("people", "channels", "groups", "outside")},
        **{name: getattr(one, name) for name in ("whole_channel", "captain_may", "deployer_may", "alone_may")},
        "covers": sorted(one.covers),
        "recorded": one.recorded,
        "delegates": one.delegates,
        "escalation": None if one.escalation is None else _escalation(one.escalation),
    }
    usual = {name: _usual(getattr(plain, name)) for name in said if name not in ("role", "covers")}
    return {key: value for key, value in said.items() if key not in usual or value != usual[key]}


def _usual(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _escalation(asked: Escalation) -> dict[str, Any]:
    said: dict[str, Any] = {
        "after": None if asked.after_opening is None else say_span(asked.after_opening),
        "before_close": None if asked.before_close is None else say_span(asked.before_close),
        "people": _some(asked.people),
        "groups": _some(asked.groups),
    }
    return {key: value for key, value in said.items() if value is not None}


def _item(one: Item) -> dict[str, Any]:
    said: dict[str, Any] = {"item": one.text}
    if one.owner:
        [said["owner"], *_] = sorted(one.owner)
    return said if one.mandatory else said | {"mandatory": False}


def _step(one: Step) -> dict[str, Any]:
    said: dict[str, Any] = {"at": say_milestone(one.at), "do": one.do, "to": sorted(one.to), "say": one.say}
    return {key: value for key, value in said.items() if value}


def _some(ids: Iterable[str]) -> list[str] | None:
    return sorted(ids) or None
