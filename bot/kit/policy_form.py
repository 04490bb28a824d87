"""Ask in a dialog who says go and what happens when, and read the answers into the policy they make.

What a dialog has no room for stays as it is; policy_dialogs.py has the others, and names what none asks.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from bot.kit.blocks import Block, Input, Option
from bot.kit.desk import Desk
from bot.kit.policy_answers import MOST_GROUPS, Values, full_members, groups_chosen, has_givers, typed
from bot.release.errors import FieldRefusal
from bot.release.milestones import read_length, read_milestone, say_milestone, say_span
from bot.release.policy import (
    AtOnce,
    Cover,
    Item,
    Lane,
    Milestone,
    Policy,
    SignOff,
    Step,
    for_kind,
    item_key,
    service_key,
)
from bot.release.policy_checks import problems_of
from bot.release.words import Code, Said
from storage.people import GroupRow

#: Where a problem is told that belongs to no field of this dialog.
OTHERWISE = "opens"
#: As many go of one sign-off can be chosen.
MOST_NEEDS = 9
#: What the dialog asks that a kind of releases may have otherwise.
_ASKED = ("sign_offs", "opens", "closes", "close", "code_cut_off", "nudges", "monitoring", "approval_lasts",
          "checklist", "timeline")  # fmt: skip
#: What is longer than Slack lets a field begin with is changed in the file.
MAX_BEGUN = 2_900
#: Chosen for a sign-off that shall not be asked any more.
NOT_ASKED = "0"
_CLOSE = (
    Option("first-go", "The moment go is reached"),
    Option("deadline", "At its deadline"),
)

_COVERS = (
    Option(Cover.CHANGES, "What's in it"),
    Option(Cover.SCHEDULE, "Its time"),
    Option(Cover.ROLLBACK_PLAN, "The rollback plan"),
    Option(Cover.CHECKLIST, "The checklist"),
)
#: Ends a line of the checklist that go does not wait for.
_OPTIONAL = "(optional)"
#: Characters that an item may have.
MAX_ITEM = 100

T = TypeVar("T")


def of_kind(policy: Policy, kind: str) -> Policy:
    """What the dialog shows: the policy, or as it is for one kind of releases."""
    return for_kind(policy, kind) if kind else policy


def with_kind(policy: Policy, kind: str, after: Policy) -> Policy:
    """The policy with what was edited for that kind alone. Raises FieldRefusal where that could not be lived."""
    if not kind:
        return after
    before, lane = for_kind(policy, kind), policy.lanes.get(kind, Lane())
    edited = {name: value for name in _ASKED if (value := getattr(after, name)) != getattr(before, name)}
    made = replace(policy, lanes={**policy.lanes, kind: replace(lane, **edited)})
    if problems := problems_of(made):
        raise FieldRefusal(_field_of(problems[0].removeprefix(f"{kind}: "), before), problems[0], ".")
    return made


def fields(policy: Policy, groups: list[GroupRow], kind: str = "") -> tuple[Block, ...]:
    """The dialog's fields, filled with what the policy says."""
    known = groups[:MOST_GROUPS]
    asked = [one for at, sign_off in enumerate(policy.sign_offs) for one in _of_sign_off(at, sign_off, known)]
    said = filled(policy, groups)
    services = Input("services", "Which services follow it?", kind="lines", optional=True,
                     initial=said["services"] or None, hint="One on each line.")  # fmt: skip
    return (
        *asked,
        Input("role.new", "One more sign-off", optional=True, placeholder="Security", max_length=60,
              hint="Its name; left empty, there is none more."),
        Input("people.new", "Who gives it?", kind="users", optional=True),
        Input("opens", "When does the go/no-go open?", initial=said["opens"],
              hint="at once, T-4h, or T-1 working day 10:00. T is the planned time."),
        Input("closes", "When does it close?", initial=said["closes"], hint="For example T-30m, or T."),
        Input("close", "When is it decided?", kind="radio", options=_CLOSE, initial=said["close"]),
        Input("code_cut_off", "From when is an edit a late change?", optional=True,
              initial=said["code_cut_off"] or None, placeholder="T-1 working day 16:00",
              hint="The captain accepts or refuses it; left empty, there are none."),
        Input("nudges", "When are those reminded who have not answered?", optional=True, initial=said["nudges"] or None,
              placeholder="2h, 30m", hint="So long before it closes; left empty, nobody is."),
        Input("monitoring", "How long is it watched after the deploy?", initial=said["monitoring"],
              hint="For example 30m; 0m: live at once."),
        Input("approval_lasts", "How long does an approval last after T?", initial=said["approval_lasts"],
              hint="For example 4h."),
        Input("checklist", "The checklist", kind="lines", optional=True, initial=said["checklist"] or None,
              hint=f"One item on each line; go waits for each that does not end in {_OPTIONAL}. New ones are the "
                   "captain's to tick."),
        *(
            [Input("timeline", "What else happens, and when?", kind="lines", optional=True,
                   initial=said["timeline"] or None, placeholder="T-3wd 10:00 prompt captain: Update the changelog",
                   hint="One on each line: when; post, broadcast, remind or prompt; to whom; and the words.")]
            if len(said["timeline"]) <= MAX_BEGUN else []
        ),
        *(() if kind or len(said["services"]) > MAX_BEGUN else (services,)),
    )  # fmt: skip


def _of_sign_off(at: int, one: SignOff, groups: list[GroupRow]) -> list[Input]:
    numbers = range(1, max(MOST_NEEDS, one.needs) + 1)
    needs = (*(Option(str(number), f"{number} go") for number in numbers), Option(NOT_ASKED, "Not asked any more"))
    people = Input(f"people.{at}", f"{one.role}: who gives it?", kind="users", optional=True,
                   initial=tuple(sorted(one.people)) or None, hint=_besides(one))  # fmt: skip
    rows = [people, Input(f"needs.{at}", f"{one.role}: how many gos?", kind="choice", options=needs,
                          initial=str(one.needs))]  # fmt: skip
    rows.append(
        Input(f"covers.{at}", f"{one.role}: asked again when this changes", kind="checks", options=_COVERS,
              optional=True, initial=tuple(sorted(one.covers)) or None)
    )  # fmt: skip
    if groups:
        options = tuple(Option(group.id, f"@{group.handle}", group.name[:75]) for group in groups)
        rows.insert(
            1,
            Input(
                f"groups.{at}",
                f"{one.role}: which groups give it?",
                kind="checks",
                options=options,
                optional=True,
                initial=tuple(sorted(one.groups & {group.id for group in groups})) or None,
            ),
        )
    return rows


def _besides(one: SignOff) -> str:
    others = [f"the members of {len(one.channels)} channels" if len(one.channels) > 1 else "the members of a channel"]
    others = others if one.channels else []
    others += ["anybody in the release's channel"] if one.whole_channel else []
    others += [f"{len(one.outside)} of other workspaces"] if one.outside else []
    return f"Besides: {' and '.join(others)}, by what Sign-offs asks." if others else ""


def filled(policy: Policy, groups: list[GroupRow]) -> dict[str, Any]:
    """What the fields say for this policy, by name."""
    from bot.policy_steps import lines_of  # with what reads files: loaded where somebody looks at a policy

    said: dict[str, Any] = {
        "opens": say_milestone(policy.opens), "closes": say_milestone(policy.closes), "close": policy.close,
        "monitoring": say_span(policy.monitoring), "approval_lasts": say_span(policy.approval_lasts),
        "nudges": ", ".join(say_span(one) for one in policy.nudges), "services": "\n".join(policy.services),
        "code_cut_off": say_milestone(policy.code_cut_off) if policy.code_cut_off is not None else "",
        "checklist": "\n".join(one.text if one.mandatory else f"{one.text} {_OPTIONAL}" for one in policy.checklist),
        "timeline": lines_of(policy),
    }  # fmt: skip
    shown = {group.id for group in groups[:MOST_GROUPS]}
    for at, one in enumerate(policy.sign_offs):
        said |= {
            f"people.{at}": sorted(one.people),
            f"groups.{at}": sorted(one.groups & shown),
            f"needs.{at}": str(one.needs),
            f"covers.{at}": sorted(one.covers),
        }
    return said


def edited(policy: Policy, values: Values, desk: Desk) -> Policy:
    """The policy with these answers; what is not among them stays. Raises FieldRefusal for what cannot be."""
    sign_offs = [
        made for at, one in enumerate(policy.sign_offs) if (made := _sign_off(at, one, values, desk)) is not None
    ]
    if (role := typed(values, "role.new")) or values.get("people.new"):
        sign_offs.append(_another(role, sign_offs, values, desk))
    if not sign_offs:
        raise FieldRefusal("needs.0", "Somebody has to say go: keep at least one sign-off.")
    after = replace(
        policy,
        sign_offs=tuple(sign_offs),
        opens=_read(values, "opens", _opening, policy.opens, "at once, T-4h or T-1 working day 10:00"),
        closes=_read(values, "closes", read_milestone, policy.closes, "T-30m, or T"),
        close=values.get("close") or policy.close,
        monitoring=_read(values, "monitoring", read_length, policy.monitoring, "30m, or 0m"),
        approval_lasts=_read(values, "approval_lasts", read_length, policy.approval_lasts, "4h"),
        code_cut_off=_cut_off(values, policy),
        nudges=_nudges(values, policy),
        checklist=_checklist(values, policy),
        timeline=_steps(values, policy),
        services=_services(values, policy, desk),
    )
    if problems := problems_of(after):
        raise FieldRefusal(_field_of(problems[0], policy), problems[0].split(": ", 1)[-1], ".")
    return after


def _sign_off(at: int, one: SignOff, values: Values, desk: Desk) -> SignOff | None:
    """As answered; None where it is not asked any more."""
    needs = values.get(f"needs.{at}") or str(one.needs)
    if needs == NOT_ASKED:
        return None
    people, covers = one.people, one.covers
    if f"covers.{at}" in values:
        covers = frozenset(map(Cover, values.get(f"covers.{at}") or ()))
    if f"people.{at}" in values:
        people = full_members(f"people.{at}", values, desk, known=one.people)
    groups = groups_chosen(f"groups.{at}", values, one.groups, desk)
    made = replace(one, needs=int(needs), people=people, groups=groups, covers=covers)
    if not has_givers(made):
        raise FieldRefusal(f"people.{at}", f"Nobody could give {one.role} then. Choose somebody, or choose below that "
                           "it is not asked any more.")  # fmt: skip
    return made


def _another(role: str, there: list[SignOff], values: Values, desk: Desk) -> SignOff:
    if not role:
        raise FieldRefusal("role.new", "Give it a name, for example Security.")
    people = full_members("people.new", values, desk)
    if not people:
        raise FieldRefusal("people.new", f"Choose who gives {role}.")
    like = there[-1] if there else SignOff(role)
    return SignOff(role, people=people, captain_may=like.captain_may, deployer_may=like.deployer_may,
                   covers=like.covers)  # fmt: skip


def _opening(text: str) -> Milestone | AtOnce | None:
    return "at once" if text.casefold() == "at once" else read_milestone(text)


def _read(values: Values, field: str, read: Callable[[str], T | None], otherwise: T, example: str) -> T:
    if field not in values:
        return otherwise
    found = read(typed(values, field))
    if found is None:
        raise FieldRefusal(
            field, "“", Said(typed(values, field)), "” can't be read. Write for example ", Code(example), "."
        )
    return found


def _cut_off(values: Values, policy: Policy) -> Milestone | None:
    if "code_cut_off" in values and not typed(values, "code_cut_off"):
        return Milestone() if policy.code_cut_off is not None else None  # a kind takes it away with T
    return _read(values, "code_cut_off", read_milestone, policy.code_cut_off, "T-1 working day 16:00")


def _nudges(values: Values, policy: Policy) -> tuple[timedelta, ...]:
    if "nudges" not in values:
        return policy.nudges
    found = set()
    for piece in filter(None, (one.strip() for one in typed(values, "nudges").split(","))):
        length = read_length(piece)
        if length is None:
            raise FieldRefusal("nudges", "“", Said(piece), "” is not a length of time. Write for example 2h, 30m.")
        found.add(length)
    return tuple(sorted(found, reverse=True))


def _checklist(values: Values, policy: Policy) -> tuple[Item, ...]:
    """The items in the order of their lines. One that was there already keeps whose it is."""
    if "checklist" not in values:
        return policy.checklist
    before = {one.key: one for one in policy.checklist}
    found = []
    for line in filter(None, (one.strip() for one in typed(values, "checklist").splitlines())):
        text = line.removesuffix(_OPTIONAL).strip()
        if len(text) > MAX_ITEM:
            raise FieldRefusal("checklist", f"Say each item in at most {MAX_ITEM} characters: “", Said(text), "”")
        known = before.get(item_key(text), Item(item_key(text), text))
        found.append(replace(known, text=text, mandatory=text == line))
    return tuple(found)


def _steps(values: Values, policy: Policy) -> tuple[Step, ...]:
    """The steps in the order of their lines."""
    from bot.policy_steps import read_line, timeline

    if "timeline" not in values:
        return policy.timeline
    try:
        given = [read_line(line) for line in typed(values, "timeline").splitlines() if line.strip()]
    except ValueError as problem:
        raise FieldRefusal("timeline", Said(str(problem)), ".") from problem
    if any(one.do == "freeze code" for one in given):
        raise FieldRefusal("timeline", "When the code is frozen has a field of its own, above.")
    return timeline(given).steps


def _services(values: Values, policy: Policy, desk: Desk) -> tuple[str, ...]:
    if "services" not in values:
        return policy.services
    found = tuple(dict.fromkeys(service_key(line) for line in typed(values, "services").splitlines() if line.strip()))
    if not found and not policy.is_default:
        raise FieldRefusal("services", "Name at least one service; without any, nothing would follow it.")
    for other in desk.work.policies.all_latest():
        taken = {service_key(one) for one in other.services} & {*found} if other.name != policy.name else set()
        for service in sorted(taken):
            raise FieldRefusal("services", Said(service), " follows the policy ", Said(other.name), ". Take it out "
                               "there first.")  # fmt: skip
    return found


def _field_of(problem: str, policy: Policy) -> str:
    """Under which field a problem of the whole is shown."""
    for section, field in (("approval_lasts", "approval_lasts"), ("poll", "closes"), ("nudges", "nudges"),
                           ("checklist", "checklist"), ("timeline", "timeline")):  # fmt: skip
        if problem.startswith(section):
            return field
    named = [at for at, one in enumerate(policy.sign_offs) if one.role in problem]
    return f"needs.{named[0]}" if named else "role.new"
