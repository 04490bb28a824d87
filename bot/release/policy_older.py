"""Give replicas of the version before this one policies that they can read, and that let nothing pass unchecked.

While a new version is rolled out, the one before it (of the third schema) works on the same rows. It fails on names
it does not know, and drops what it does not know when it stores a release again. So what it reads is kept apart.
"""

from collections.abc import Iterable, Mapping
from typing import Any

_PROCESS = frozenset({"sign_offs", "opens", "closes", "open_at_least", "close", "approval_lasts", "monitoring"})
_POLICY = _PROCESS | {
    "name", "version", "rights", "create", "services", "is_default", "status_channels", "kinds", "lanes",
}  # fmt: skip
_SIGN_OFF = frozenset({
    "role", "needs", "people", "channels", "groups", "whole_channel", "captain_may", "deployer_may", "alone_may",
    "covers",
})  # fmt: skip
_COVERS = frozenset({"changes", "schedule", "rollback_plan"})
_MOVES = frozenset({
    "poll", "poll close", "extend", "vote", "hold", "resume", "reschedule", "take-over", "deploy start", "deploy done",
    "deploy fail", "drop", "rollback", "rolled-back", "cancel", "retro",
})  # fmt: skip
#: Nobody can give it: the version before this one does not look at checklists and cut-offs, so it approves nothing
#: that has them.
NEWER = "Newer version"
_NOBODYS: Mapping[str, Any] = {
    "role": NEWER, "needs": 1, "people": [], "channels": [], "groups": [], "whole_channel": False, "captain_may": True,
    "deployer_may": True, "alone_may": False, "covers": [],
}  # fmt: skip


def for_older(data: Mapping[str, Any]) -> dict[str, Any]:
    """A policy's plain data, as the version before this one reads and writes it; the same where nothing is new."""
    out = _process(data) | {name: value for name, value in data.items() if name in _POLICY - _PROCESS}
    out["rights"] = {move: roles for move, roles in data["rights"].items() if move in _MOVES}
    guarded = _is_stricter(data)
    lanes = {}
    for kind, lane in data["lanes"].items():
        lanes[kind] = _process(lane)
        stricter = _is_stricter({**data, **lane})
        if stricter != guarded or (stricter and "sign_offs" in lane):
            lanes[kind]["sign_offs"] = _guarded(lane.get("sign_offs", data["sign_offs"]), stricter)
    return out | {"lanes": lanes, "sign_offs": _guarded(data["sign_offs"], guarded)}


def _process(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a policy and a lane have in common; a lane may have no sign-offs of its own."""
    out = {name: value for name, value in data.items() if name in _PROCESS}
    if "sign_offs" in out:
        out["sign_offs"] = _guarded(out["sign_offs"], False)
    return out


def _is_stricter(process: Mapping[str, Any]) -> bool:
    """Whether it asks for what the version before this one does not look at."""
    cut_off = process.get("code_cut_off") or {}  # at T there is none
    return any(cut_off.values()) or any(item["mandatory"] for item in process.get("checklist") or ())


def _guarded(sign_offs: Iterable[Mapping[str, Any]], guarded: bool) -> list[dict[str, Any]]:
    known = [
        {name: value for name, value in one.items() if name in _SIGN_OFF}
        | {"covers": [cover for cover in one["covers"] if cover in _COVERS]}
        for one in sign_offs
    ]
    return [*known, dict(_NOBODYS)] if guarded else known
