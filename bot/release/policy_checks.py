"""Find what would make a release process impossible to live, before any release is created under it."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations

from bot.release.policy import AtOnce, Item, Milestone, Policy, Role, SignOff, for_kind
from bot.release.states import RULED, Move

#: More sign-offs than this in one poll would be a mistake; it also keeps the check of their people quick.
MOST_SIGN_OFFS = 12
#: As many as can be read, and shown, on one card.
MOST_ITEMS = 20
#: More would be noise.
MOST_NUDGES = 5
#: Releases that lie further apart have nothing to do with each other.
LONGEST_DISTANCE = timedelta(days=7)
#: More would be noise, and too much for one plan.
MOST_STEPS = 20
#: What belongs to somebody by name.
_OWNED = RULED - {Move.VOTE}
#: Whom there is before a release.
_BEFORE_IT_IS_PLANNED = frozenset({Role.ANYONE, Role.CREW, Role.APPROVER, Role.ADMIN})


def problems_of(policy: Policy) -> list[str]:
    """Say everything that could never work in this policy, kind by kind; empty when there is nothing."""
    problems = []
    if Move.VOTE in policy.rights:
        problems.append("rights: leave out vote; who may vote is what sign_offs say")
    problems += [f"rights: leave out {move}; its owner and the captain may" for move in _OWNED & policy.rights.keys()]
    if not policy.create & _BEFORE_IT_IS_PLANNED:
        problems.append("create: nobody is captain, deployer or holder of what is not planned yet; name one of "
                        + ", ".join(sorted(_BEFORE_IT_IS_PLANNED)))  # fmt: skip
    if not timedelta(0) < policy.clash_distance <= LONGEST_DISTANCE:
        problems.append("clash_distance: some time, and a week at most, for example 2h")
    standard = policy.lanes.get("standard")
    if standard is not None and standard.sign_offs is not None:
        problems.append("standard: leave out sign_offs; a standard release is announced, not voted")
    plain = list(_of_kind(policy))
    problems += plain
    for kind in sorted(policy.kinds & policy.lanes.keys()):
        problems += [f"{kind}: {said}" for said in _of_kind(for_kind(policy, kind)) if said not in plain]
    return problems


def _of_kind(policy: Policy) -> Iterator[str]:
    if policy.approval_lasts <= timedelta(0):
        yield "approval_lasts: an approval has to last some time after T, for example 4h"
    if not _in_order(policy.opens, policy.closes):
        yield "poll: it would close before it opens; let opens be the earlier one"
    counts = Counter(" ".join(one.role.casefold().split()) for one in policy.sign_offs)
    yield from (
        f"sign_offs: {role} is there {count} times; name each once" for role, count in counts.items() if count > 1
    )
    if "" in counts:
        yield "sign_offs: a role needs a name, for example QA"
    if len(policy.sign_offs) > MOST_SIGN_OFFS:
        yield f"sign_offs: {len(policy.sign_offs)} are too many; {MOST_SIGN_OFFS} are possible"
        return
    yield from too_few(policy.sign_offs)
    yield from _checklist(policy.checklist)
    for one in policy.sign_offs:
        yield from _never_escalated(one)
    if any(before <= timedelta(0) for before in policy.nudges):
        yield "nudges: name times before the deadline, for example 2h and 30m"
    if len(policy.nudges) > MOST_NUDGES:
        yield f"nudges: {len(policy.nudges)} are too many; {MOST_NUDGES} are possible"
    if len(policy.timeline) > MOST_STEPS:
        yield f"timeline: {len(policy.timeline)} are too many; {MOST_STEPS} are possible"


def _in_order(opens: Milestone | AtOnce, closes: Milestone) -> bool:
    """False when the poll would close before it opens whatever T is."""
    if isinstance(opens, str):
        return True
    if opens.at is None and closes.at is None:
        return opens.before > closes.before
    if opens.at is not None and closes.at is not None:
        return (-opens.working_days, opens.at) < (-closes.working_days, closes.at)
    return True


def _checklist(items: tuple[Item, ...]) -> Iterator[str]:
    counts = Counter(item.key for item in items)
    texts = {item.key: item.text for item in items}
    yield from (
        f"checklist: {texts[key]} is there {count} times; say each once" for key, count in counts.items() if count > 1
    )
    if any(not item.text.strip() for item in items):
        yield "checklist: an item needs words, for example Runbook updated"
    if len(items) > MOST_ITEMS:
        yield f"checklist: {len(items)} are too many; {MOST_ITEMS} are possible"


def _never_escalated(one: SignOff) -> Iterator[str]:
    further = one.escalation
    if further is None:
        return
    if (further.after_opening is None) is (further.before_close is None):
        yield f"sign_offs: say for the escalation of {one.role} one of after and before_close"
    if not further.people and not further.groups:
        yield f"sign_offs: name people or groups for the escalation of {one.role}"


def too_few(sign_offs: tuple[SignOff, ...]) -> Iterator[str]:
    """Sign-offs that share too few people: each person counts for one sign-off only.

    A go that the captain may record for somebody outside Slack is one of a person more.
    """
    named = [
        one
        for one in sign_offs
        if (one.people or one.outside or one.recorded) and not (one.channels or one.groups or one.whole_channel)
    ]
    found: list[set[str]] = []
    for size in range(1, len(named) + 1):
        for some in combinations(named, size):
            roles = {one.role for one in some}
            people = frozenset[str]().union(*(one.people | one.outside for one in some))
            there = len(people) + sum(one.recorded for one in some)
            needed = sum(one.needs for one in some)
            if needed > there and not any(smaller <= roles for smaller in found):
                found.append(roles)
                names = " and ".join(one.role for one in some)
                verbs = ("needs", "names") if size == 1 else ("need", "name")
                yield (
                    f"sign_offs: {names} {verbs[0]} {needed} people and {verbs[1]} {there}; "
                    "each person counts for one sign-off only"
                )
