"""Ask in a dialog who else gives one sign-off of a policy, who may not, and whom it goes to when it is missing."""

import re
from dataclasses import replace
from typing import Any

from bot.kit.blocks import Block, Input, Option
from bot.kit.desk import Desk
from bot.kit.policy_answers import MOST_GROUPS, Values, full_members, groups_chosen, has_givers, typed
from bot.release.errors import FieldRefusal, Refusal
from bot.release.milestones import read_length, say_span
from bot.release.policy import Escalation, Policy, SignOff
from bot.release.policy_checks import problems_of
from bot.release.words import Code, Said, Who, listing

#: Where a problem is told that belongs to no field of this dialog.
OTHERWISE = "who"
#: As many go of people outside Slack can be chosen.
MOST_RECORDED = 9
_WHO = {
    "whole_channel": "Anybody in the release's channel may give it",
    "captain_may": "The captain may give it",
    "deployer_may": "The deployer may give it",
    "alone_may": "The captain may where there is nobody else",
    "delegates": "Who is away may name a delegate",
}
_WHEN = re.compile(r"(?P<length>.+?)\s+(?P<way>after|before)\b.*", re.IGNORECASE)
_EXAMPLE = "1h before it closes"


def fields(policy: Policy, role: str, desk: Desk) -> tuple[Block, ...]:
    one = _named(policy, role)
    said = filled(policy, role, desk)
    numbers = range(max(MOST_RECORDED, one.recorded) + 1)
    groups = tuple(Option(group.id, f"@{group.handle}", group.name[:75])
                   for group in desk.work.people.groups()[:MOST_GROUPS])  # fmt: skip
    also = [Input("further_groups", "And which groups?", kind="checks", options=groups, optional=True,
                  initial=tuple(said["further_groups"]) or None)] if groups else []  # fmt: skip
    return (
        Input("channels", "Members of which channels may give it?", kind="channels", optional=True,
              initial=tuple(said["channels"]) or None, hint="Invite me there, so that I know who they are."),
        Input("who", "Who else may, and who not?", kind="checks", optional=True,
              options=tuple(Option(name, label) for name, label in _WHO.items()), initial=tuple(said["who"]) or None),
        Input("outside", "Who of other workspaces may give it?", kind="users", optional=True,
              initial=tuple(said["outside"]) or None, hint="In a channel that both workspaces share."),
        Input("recorded", "How many gos of people outside Slack may the captain record?", kind="choice",
              options=tuple(Option(str(number), str(number)) for number in numbers), initial=said["recorded"]),
        Input("further_when", "When does it go to somebody else, if it is still missing?", optional=True,
              initial=said["further_when"] or None, placeholder=_EXAMPLE,
              hint=f"{_EXAMPLE}, or 2h after it opened; left empty, never."),
        Input("further", "To whom?", kind="users", optional=True, initial=tuple(said["further"]) or None,
              hint="They may give it from then on."),
        *also,
    )  # fmt: skip


def filled(policy: Policy, role: str, desk: Desk) -> dict[str, Any]:
    """What the fields say for this sign-off, by name."""
    one = _named(policy, role)
    further = one.escalation or Escalation()
    shown = {group.id for group in desk.work.people.groups()[:MOST_GROUPS]}
    return {
        "channels": sorted(one.channels), "who": [name for name in _WHO if getattr(one, name)],
        "outside": sorted(one.outside), "recorded": str(one.recorded), "further": sorted(further.people),
        "further_groups": sorted(further.groups & shown), "further_when": _say_when(further),
    }  # fmt: skip


def edited(policy: Policy, role: str, values: Values, desk: Desk) -> Policy:
    """The policy with these answers; what is not among them stays. Raises FieldRefusal for what cannot be."""
    one = _named(policy, role)
    ticked = values.get("who") or ()
    who: dict[str, Any] = {name: name in ticked for name in _WHO} if "who" in values else {}
    made = replace(
        one,
        channels=frozenset(values.get("channels") or ()) if "channels" in values else one.channels,
        outside=_partners(values, one.outside, desk) if "outside" in values else one.outside,
        recorded=int(values.get("recorded") or one.recorded),
        escalation=_further(one, values, desk),
        **who,
    )
    if not has_givers(made):
        raise FieldRefusal("channels", f"Nobody could give {one.role} then. Choose somebody.")
    after = replace(policy, sign_offs=tuple(made if each is one else each for each in policy.sign_offs))
    if problems := problems_of(after):
        raise FieldRefusal("recorded", problems[0].split(": ", 1)[-1], ".")
    return after


def _partners(values: Values, known: frozenset[str], desk: Desk) -> frozenset[str]:
    """Who was chosen: people of other workspaces, no guests and no bots. Raises FieldRefusal."""
    chosen = frozenset(values.get("outside") or ())
    ours = desk.full_members(chosen - known)
    found = desk.work.people.many(chosen - known)
    wrong = sorted(ours | {id for id, person in found.items() if person.is_restricted or person.is_bot})
    if wrong:
        raise FieldRefusal("outside", "Choose people of other workspaces, no guests and no bots: not ",
                           listing([Who(user) for user in wrong]), ".")  # fmt: skip
    return chosen


def _named(policy: Policy, role: str) -> SignOff:
    found = next((one for one in policy.sign_offs if one.role == role), None)
    if found is None:
        raise Refusal("The policy ", Said(policy.name), " does not ask for ", Said(role), " any more.",
                      code="no_such_sign_off")  # fmt: skip
    return found


def _further(one: SignOff, values: Values, desk: Desk) -> Escalation | None:
    """Whom it goes to, and when; None where that is nobody."""
    if not {"further", "further_groups", "further_when"} & values.keys():
        return one.escalation
    before = one.escalation or Escalation()
    people = before.people
    if "further" in values:
        people = full_members("further", values, desk, known=before.people)
    groups = groups_chosen("further_groups", values, before.groups, desk)
    text = typed(values, "further_when") if "further_when" in values else _say_when(before)
    if not text and not people and not groups:
        return None
    if not text:
        raise FieldRefusal("further_when", "Say when, for example ", Code(_EXAMPLE), "; or choose nobody below.")
    if not people and not groups:
        raise FieldRefusal("further", "Choose whom to ask then, or leave empty when.")
    found = _WHEN.fullmatch(text)
    length = read_length(found["length"]) if found is not None else None
    if found is None or not length:
        raise FieldRefusal("further_when", "“", Said(text), "” can't be read. Write for example ", Code(_EXAMPLE), ".")
    if found["way"].casefold() == "before":
        return Escalation(before_close=length, people=people, groups=groups)
    return Escalation(after_opening=length, people=people, groups=groups)


def _say_when(asked: Escalation) -> str:
    if asked.after_opening is not None:
        return f"{say_span(asked.after_opening)} after it opened"
    return f"{say_span(asked.before_close)} before it closes" if asked.before_close is not None else ""
