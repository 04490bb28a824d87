"""Keep rotations' appointments: hand them on when it is time, and tell the next one the working day before."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.kit.ask import Ask
from bot.kit.blocks import Reply, say
from bot.kit.declare import appointment, press
from bot.kit.desk import Desk
from bot.kit.rotations import TELLS_TURN, following, plan_next, settle, tell_next
from bot.release.errors import Refusal
from bot.release.rotations import Duty
from bot.release.words import Bold, Who
from storage.rotations import TURNS, parts_of

#: Told later than this, the next one has heard of the hand-over itself.
_GRACE = timedelta(hours=20)


def go_on(desk: Desk, subject: str, due_at: datetime) -> None:
    """A hand-over that failed for good is done with the next one."""
    if (one := desk.work.rotations.lock(*parts_of(subject))) is not None:
        plan_next(one, desk)


@appointment(TURNS, missed=go_on, called="a rotation's hand-over")
def turns(desk: Desk, subject: str, due_at: datetime) -> None:
    """However late: whose turn it is follows from the clock."""
    if (one := desk.work.rotations.lock(*parts_of(subject))) is not None:
        settle(one, desk)


@appointment(TELLS_TURN, grace=_GRACE, called="telling who is next in a rotation")
def tells(desk: Desk, subject: str, due_at: datetime) -> None:
    if (one := desk.work.rotations.lock(*parts_of(subject))) is not None:
        tell_next(one, pass_on, desk)


@press("rotation.pass")
def pass_on(ask: Ask, desk: Desk) -> Reply:
    """Whoever comes next changes places with the one after them."""
    duty: Duty = "captain" if ask.data.get("k") == "captain" else "deployer"
    one = desk.work.rotations.lock(str(ask.data.get("s", "")), duty, str(ask.data.get("p", "")))
    days = one.to_come(max(one.turned_until, desk.now), 1) if one is not None else []
    after = following(one, days[0].at, desk) if one is not None and days else None
    if one is None or after is None or after != (ask.data.get("n"), ask.data.get("w")):
        raise Refusal("That turn has come, or the rotation has changed.", code="superseded_rotation",
                      offers=("rotations",))  # fmt: skip
    turn, user = after
    if ask.user != user and ask.user not in desk.work.roles.admins():
        raise Refusal("Only ", Who(user), " or a release admin can pass that on.", code="may_not_change_rotation")
    other = following(replace(one, turn=turn), days[0].at, desk)
    if other is None or other[1] == one.people[one.turn % len(one.people)]:
        raise Refusal("Nobody else is there then.", code="nobody_else", offers=("rotations",))
    people = list(one.people)
    mine, theirs = turn % len(people), other[0] % len(people)
    people[mine], people[theirs] = people[theirs], people[mine]
    swapped = settle(replace(one, people=tuple(people)), desk)
    facts = {"service": one.service, "role": one.role, "was": user, "to": other[1]}
    desk.work.audit.note("rotation_passed_on", ask.user, ask.did.path, facts)
    tell_next(swapped, pass_on, desk)
    return say(Who(other[1]), " takes your turn for ", Bold(one.service), " releases, and you take theirs.")
