"""Ask in a dialog who may do and plan what, which kinds there are, and where outcomes are told."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.kit.blocks import Block, Input, Option
from bot.kit.policy_answers import Values, typed
from bot.release.errors import FieldRefusal
from bot.release.milestones import read_length, say_span
from bot.release.policy import Lane, Policy, Role, for_kind
from bot.release.policy_checks import problems_of
from bot.release.release import Kind
from bot.release.states import GIVEN
from bot.release.words import Code, Said, listing, words

#: Where a problem is told that belongs to no field of this dialog.
OTHERWISE = "rights"
#: Who may plan a release stands in the first line, as a verb of no release yet.
_CREATE = "create"
_MOVES = {move.value: move for move in GIVEN}
#: The sections of a policy that have a field of that name.
_SECTIONS = ("kinds", "clash_distance", "releases_a_day")
_KINDS = tuple(Option(kind.value, kind.value) for kind in Kind)
_BLOCKS = Option("blocks", "No override while the review of an earlier one is open")


def fields(policy: Policy) -> tuple[Block, ...]:
    said = filled(policy)
    named = ", ".join(role.value for role in Role)
    return (
        Input("rights", "Who may do what?", kind="lines", initial=said["rights"],
              hint=f"One on each line. Who: {named}. A line that is left out stays as it is."),
        Input("kinds", "Which kinds of releases are there?", kind="checks", options=_KINDS, optional=True,
              initial=tuple(said["kinds"])),
        Input("freezes", "Which of them are deployed inside a change freeze, too?", kind="checks", options=_KINDS,
              optional=True, initial=tuple(said["freezes"]) or None, hint="Each time, that is on record."),
        Input("review", "Overrides", kind="checks", options=(_BLOCKS,), optional=True,
              initial=tuple(said["review"]) or None),
        Input("status", "Where else are outcomes told?", kind="channels", optional=True,
              initial=tuple(said["status"]) or None, hint="Never votes, nor reasons."),
        Input("clash_distance", "How near is too near to another release of the service?", hint="For example 1h.",
              initial=said["clash_distance"]),
        Input("releases_a_day", "How many other releases of a day are too many?", initial=said["releases_a_day"],
              hint="Both are warned of, when one is planned."),
    )  # fmt: skip


def filled(policy: Policy) -> dict[str, Any]:
    """What the fields say for this policy, by name."""
    rows = [(_CREATE, policy.create), *((name, policy.who_may(move)) for name, move in _MOVES.items())]
    return {
        "rights": "\n".join(f"{name}: {', '.join(_in_order(roles))}" for name, roles in rows),
        "kinds": sorted(policy.kinds),
        "freezes": [kind.value for kind in Kind if _passes(policy, kind)],
        "review": [_BLOCKS.value] if policy.open_review_blocks else [],
        "status": list(policy.status_channels),
        "clash_distance": say_span(policy.clash_distance),
        "releases_a_day": str(policy.releases_a_day),
    }


def edited(policy: Policy, values: Values) -> Policy:
    """The policy with these answers; what is not among them stays. Raises FieldRefusal for what cannot be."""
    given = _read(values)
    create = given.pop(_CREATE, policy.create)
    rights = {_MOVES[name]: roles for name, roles in given.items() if roles != policy.who_may(_MOVES[name])}
    kinds = frozenset(values.get("kinds") or ()) if "kinds" in values else policy.kinds
    if not kinds:
        raise FieldRefusal("kinds", "Choose at least one: nothing could be planned otherwise.")
    after = replace(
        policy,
        create=create,
        rights={**policy.rights, **rights},
        kinds=kinds,
        open_review_blocks=bool(values.get("review")) if "review" in values else policy.open_review_blocks,
        status_channels=_status(values, policy),
        clash_distance=_distance(values, policy),
        releases_a_day=_a_day(values, policy),
    )
    for kind in Kind if "freezes" in values else ():
        if (passes := kind.value in (values.get("freezes") or ())) != _passes(after, kind):
            lane = replace(after.lanes.get(kind, Lane()), freeze_exception=passes)
            after = replace(after, lanes={**after.lanes, kind.value: lane})
    if problems := problems_of(after):
        section = problems[0].partition(":")[0]
        raise FieldRefusal(section if section in _SECTIONS else OTHERWISE, problems[0].split(": ", 1)[-1], ".")
    return after


def _passes(policy: Policy, kind: str) -> bool:
    return for_kind(replace(policy, kinds=policy.kinds | {kind}), kind).freeze_exception


def _in_order(roles: Iterable[Role]) -> list[str]:
    asked = frozenset(roles)
    return [role.value for role in Role if role in asked]


def _status(values: Values, policy: Policy) -> tuple[str, ...]:
    if "status" not in values:
        return policy.status_channels
    chosen = values.get("status") or ()
    return (*(one for one in policy.status_channels if one in chosen),
            *(one for one in chosen if one not in policy.status_channels))  # fmt: skip


def _distance(values: Values, policy: Policy) -> timedelta:
    found = read_length(typed(values, "clash_distance")) if "clash_distance" in values else policy.clash_distance
    if found is None:
        raise FieldRefusal("clash_distance", "“", Said(typed(values, "clash_distance")), "” is not a length of time. "
                           "Write for example 1h.")  # fmt: skip
    return found


def _a_day(values: Values, policy: Policy) -> int:
    if "releases_a_day" not in values:
        return policy.releases_a_day
    given = typed(values, "releases_a_day")
    if not given.isdecimal() or not 0 < int(given) < 1_000:
        raise FieldRefusal("releases_a_day", "Please give a number, for example 5.")
    return int(given)


def _read(values: Values) -> dict[str, frozenset[Role]]:
    """The roles by what stands before the colon."""
    found: dict[str, frozenset[Role]] = {}
    for line in filter(None, (one.strip() for one in typed(values, "rights").splitlines())):
        name, colon, named = line.partition(":")
        name = " ".join(name.casefold().split())
        if not colon:
            raise FieldRefusal("rights", "“", Said(line), "” can't be read. Write for example ",
                               Code("hold: captain, admin"), ".")  # fmt: skip
        if name != _CREATE and name not in _MOVES:
            near = difflib.get_close_matches(name, [_CREATE, *_MOVES], 1)
            meant = words(" Did you mean ", Code(near[0]), "?") if near else ()
            raise FieldRefusal("rights", "“", Said(name), "” is nothing that a policy gives to somebody.", meant)
        if name in found:
            raise FieldRefusal("rights", Code(name), " is there twice. Say it once.")
        found[name] = _roles(name, named)
    return found


def _roles(name: str, named: str) -> frozenset[Role]:
    given = [one for one in (each.strip() for each in re.split(r",|\bor\b|\band\b", named.casefold())) if one]
    known = [role.value for role in Role]
    for one in given:
        if one not in known:
            every = listing([(role,) for role in known], last=" or ")
            raise FieldRefusal("rights", "“", Said(one), "” is none of ", every, ".")
    if not given:
        raise FieldRefusal("rights", f"Somebody has to be able to: {name}.")
    return frozenset(map(Role, given))
