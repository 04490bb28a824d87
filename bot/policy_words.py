"""Say a release process, and what changed in it, in words for people: one line per rule, in a fixed order."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.release.escalation import whom
from bot.release.policy import (
    CLASH_DISTANCE,
    RELEASES_A_DAY,
    WHERE,
    WHOM,
    AtOnce,
    Cover,
    Lane,
    Milestone,
    Policy,
    Role,
    SignOff,
    Step,
    for_kind,
)
from bot.release.states import GIVEN
from bot.release.words import Bold, Channel, Group, Piece, Said, Who, Words, listing, words

_COVERS = {
    Cover.CHANGES: "what's in it",
    Cover.SCHEDULE: "the schedule",
    Cover.ROLLBACK_PLAN: "the rollback plan",
    Cover.CHECKLIST: "the checklist",
}
_ROLES = {
    Role.ANYONE: "anyone in the channel",
    Role.CREW: "the crew",
    Role.APPROVER: "the approvers",
    Role.DEPLOYER: "the deployer",
    Role.CAPTAIN: "the captain",
    Role.HOLDER: "whoever put it on hold",
    Role.ADMIN: "an admin",
}


def describe(policy: Policy) -> list[Words]:
    """The whole policy, a line per rule; people, channels and groups are pieces that the reader's side names."""
    return [*(said for rule, said in _rules(policy).items() if not rule.startswith("right ")), *_who_may(policy)]


def _who_may(policy: Policy) -> list[Words]:
    alike: dict[Words, list[str]] = {}
    for move in GIVEN:
        alike.setdefault(_roles(policy.who_may(move)), []).append(move.value)
    return [words(_capital(who), " may: ", ", ".join(verbs)) for who, verbs in alike.items()]


#: What a line of the timeline begins with, by its rule, in the order of a release day.
_TIMELINE = {
    "opens": "🔵 ", "cut-off": "✂️ ", "nudges": "🔔 ", "closes": "🟡 ", "close": "⚖️ ", "T": "🚀 ",
    "monitoring": "👀 ", "approval": "⌛ ",
}  # fmt: skip


@dataclass(frozen=True)
class Sections:
    """A policy in words, by what it is about: who says go, what happens when, what else it asks, who may do what."""

    who: list[Words]
    when: list[Words]
    more: list[Words]
    rights: list[Words]


def sections(policy: Policy) -> Sections:
    """The lines of `describe`, sorted, and the timeline with a mark for each step."""
    rules = {**_rules(policy), "T": words("T, the planned time: the deploy")}
    who = [words("✍️ ", Bold(one.role), rules[f"sign-off {one.role.casefold()}"][1:]) for one in policy.sign_offs]
    when = [words(mark, rules[rule]) for rule, mark in _TIMELINE.items() if rule in rules]
    when += [words(_DOES[one.do], " ", rules[f"step {one.key}"]) for one in policy.timeline]
    told = ("sign-off ", "right ", "step ")
    more = [said for rule, said in rules.items() if rule not in _TIMELINE and not rule.startswith(told)]
    return Sections(who, when, more, _who_may(policy))


def diff(old: Policy, new: Policy) -> list[Words]:
    """What is different, a line per rule: "now: …", "no longer: …"; empty when nothing is."""
    before, after = _rules(old), _rules(new)
    lines = []
    for rule in dict.fromkeys([*before, *after]):
        was, now = before.get(rule), after.get(rule)
        if was == now:
            continue
        if now is not None:
            lines.append(words("now: ", now, words(" (was: ", was, ")") if was is not None else ()))
        elif was is not None:
            lines.append(words("no longer: ", was))
    return lines


def _rules(policy: Policy) -> Mapping[str, Words]:
    """Each rule's line, under a name that stays when its content changes."""
    rules = {"services": _services(policy)}
    rules |= {f"sign-off {one.role.casefold()}": _sign_off(one, policy) for one in policy.sign_offs}
    rules |= _process(policy)
    rules["kinds"] = words("Kinds: ", listing([(kind,) for kind in sorted(policy.kinds)]))
    for kind, lane in sorted(policy.lanes.items()):
        if kind in policy.kinds:
            rules |= _lane(kind, lane, for_kind(policy, kind))
    if policy.open_review_blocks:
        rules["review"] = words("No override while the review of an earlier one is open")
    near, most = policy.clash_distance, policy.releases_a_day
    if (near, most) != (CLASH_DISTANCE, RELEASES_A_DAY):
        rules["clashes"] = words(f"Warned of: another release of its service and environment less than {length(near)} "
                                 f"away, and {most} or more others on its day")  # fmt: skip
    rules["create"] = words("Create: ", _roles(policy.create))
    if policy.status_channels:
        rules["status"] = words("Outcomes are told in ", listing([Channel(one) for one in policy.status_channels]))
    rules |= {f"right {move.value}": words(f"{move.value}: ", _roles(policy.who_may(move))) for move in GIVEN}
    return rules


def _services(policy: Policy) -> Words:
    named = listing([Said(service) for service in policy.services])
    others = "every service that no policy names" if policy.is_default else ""
    rows = [row for row in (named, words(others)) if row]
    return words("For ", listing(rows)) if rows else words("Names no service")


def _sign_off(one: SignOff, policy: Policy) -> Words:
    who: list[Piece | Words] = [Who(user) for user in sorted(one.people)]
    who += [words("the members of ", Channel(channel)) for channel in sorted(one.channels)]
    who += [Group(group) for group in sorted(one.groups)]
    who += [words(Who(user), " of another workspace") for user in sorted(one.outside)]
    who += ["anybody in the release's channel"] if one.whole_channel else []
    barred = [name for name, may in (("the captain", one.captain_may), ("the deployer", one.deployer_may)) if not may]
    not_them = words(", but not ", listing(barred, last=" or ")) if barred else ()
    alone = "; the captain, when there is nobody else" if one.alone_may and not one.captain_may else ""
    there = [cover for cover in Cover if cover is not Cover.CHECKLIST or policy.checklist]
    covers = listing([_COVERS[cover] for cover in there if cover in one.covers], last=" or ")
    again = words("; asked again when ", covers, " is edited") if covers else ()
    return words(
        Said(one.role), f": {one.needs} go of " if one.needs > 1 else ": a go of ",
        listing(who, last=" or ") or ("somebody outside Slack" if one.recorded else "nobody yet"), not_them, alone,
        *_on_behalf(one), again, _further(one),
    )  # fmt: skip


def _on_behalf(one: SignOff) -> Iterator[str]:
    if one.recorded:
        yield f"; the captain may record {one.recorded} of somebody who is not in Slack"
    if one.delegates:
        yield "; who is away may name a delegate"


def _further(one: SignOff) -> Words:
    asked = one.escalation
    if asked is None:
        return ()
    before = asked.before_close or timedelta()
    after = asked.after_opening
    when = f"{length(before)} before it closes" if after is None else f"{length(after)} after it opened"
    return words("; asked too, where it is missing ", when, ": ", whom(one))


def _process(of: Policy | Lane) -> dict[str, Words]:
    rules: dict[str, Words] = {}
    if of.opens is not None:
        rules["opens"] = words("The go/no-go opens ", _when(of.opens))
    if of.closes is not None:
        least = ""
        if of.opens == "at once" and of.open_at_least:
            least = f", and no sooner than {length(of.open_at_least)} after it opened"
        rules["closes"] = words("It closes ", _when(of.closes), least)
    if of.close is not None:
        rules["close"] = words(
            "It is decided ", "the moment go is reached" if of.close == "first-go" else "at its deadline"
        )
    if of.approval_lasts is not None:
        rules["approval"] = words("An approval expires ", length(of.approval_lasts), " after T")
    if of.monitoring is not None:
        rules["monitoring"] = words(
            "Watched for " + length(of.monitoring) + " after the deploy"
            if of.monitoring
            else "Live at once, not watched"
        )
    if of.nudges:
        times = listing([(length(before),) for before in of.nudges])
        rules["nudges"] = words("Who has not answered is reminded ", times, " before it closes")
    elif isinstance(of, Lane) and of.nudges == ():
        rules["nudges"] = words("Nobody is reminded before it closes")
    if of.freeze_exception:
        rules["freezes"] = words("Deployed also inside a change freeze, which is on record")
    elif isinstance(of, Lane) and of.freeze_exception is False:
        rules["freezes"] = words("Not deployed inside a change freeze")
    rules |= {f"step {one.key}": step_said(one) for one in of.timeline or ()}
    if isinstance(of, Lane) and of.timeline == ():
        rules["timeline"] = words("No milestones")
    return rules | _on_the_way(of)


#: What a step's line begins with.
_DOES: Mapping[str, str] = {"post": "💬", "broadcast": "📣", "remind": "🔔", "prompt": "☑️"}


def step_said(step: Step) -> Words:
    """`3 working days before at 10:00, the captain is reminded: “Update the changelog”`."""
    when, what = _when(step.at), words("“", Said(step.say), "”")
    who = listing([_whom(one) for one in sorted(step.to)] or ["the captain"])
    are = " are" if len(step.to) > 1 or "approvers" in step.to else " is"
    where = listing([_where(one) for one in sorted(step.to)] or ["the channel"])
    said = {
        "post": words("it is said in the thread"),
        "broadcast": words("it is told in ", where),
        "remind": words(who, are, " reminded"),
        "prompt": words(who, are, " asked whether it is done"),
    }
    return words(_capital((when,)), ", ", said[step.do], ": ", what)


def _whom(one: str) -> Piece | str:
    return f"the {one}" if one in WHOM else Who(one)


def _where(one: str) -> Piece | str:
    return f"the {one}" if one in WHERE else Channel(one)


def _on_the_way(of: Policy | Lane) -> dict[str, Words]:
    """What is asked between planning and go. A lane says also what it takes away."""
    rules: dict[str, Words] = {}
    for item in of.checklist or ():
        owner = listing([Who(user) for user in sorted(item.owner)], last=" or ") or words("the captain")
        rest = () if item.mandatory else " (go does not wait for it)"
        rules[f"item {item.key}"] = words("Checklist: ", Said(item.text), " — ", owner, rest)
    if of.code_cut_off is not None:
        late = (
            "Code cut-off ",
            _when(of.code_cut_off),
            ", what's in it is a late change then, for the captain to decide",
        )
        rules["cut-off"] = words("No code cut-off" if of.code_cut_off == Milestone() else late)
    if isinstance(of, Lane) and of.checklist == ():
        rules["checklist"] = words("No checklist")
    return rules


def _lane(kind: str, lane: Lane, taken: Policy) -> dict[str, Words]:
    rules = {f"{kind} {name}": words(f"{kind} — ", said) for name, said in _process(lane).items()}
    for one in lane.sign_offs or ():
        rules[f"{kind} sign-off {one.role.casefold()}"] = words(f"{kind} — ", _sign_off(one, taken))
    return rules


def _when(at: Milestone | AtOnce) -> str:
    if isinstance(at, str):
        return at
    if at.at is not None:
        count = abs(at.working_days)
        way = "after" if at.working_days < 0 else "before"
        days = {0: "on the day itself", 1: f"the working day {way}"}
        return f"{days.get(count, f'{count} working days {way}')} at {at.at}"
    return f"{length(abs(at.before))} {'after' if at.before < timedelta() else 'before'} T" if at.before else "at T"


def _roles(roles: Iterable[Role]) -> Words:
    asked = frozenset(roles)
    return listing([_ROLES[role] for role in Role if role in asked], last=" or ") or words("nobody")


def _capital(row: Words) -> Words:
    first, *rest = row
    return words(first[:1].upper() + first[1:] if isinstance(first, str) else first, tuple(rest))


def length(of: timedelta) -> str:
    """A length of time as people say it, and as `read_duration` reads it back: "1 day 2 h 30 min"."""
    minutes = round(of.total_seconds() / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    said = [(days, "day" if days == 1 else "days"), (hours, "h"), (rest, "min")]
    return " ".join(f"{count} {unit}" for count, unit in said if count) or "0 min"
