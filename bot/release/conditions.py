"""Follow what somebody's *go if* depends on: met, it counts as a go; missed, its sign-off is open again.

A condition belongs to the vote that it was set with: whoever votes anew withdraws it, and the next round asks again.
"""

from datetime import datetime

from bot.release.attached import Condition
from bot.release.causes import Cause, Fix, Tally, of_role
from bot.release.electorate import barred
from bot.release.errors import FieldRefusal, Refusal
from bot.release.policy import SignOff
from bot.release.release import Choice, Release, Vote
from bot.release.states import Move, State
from bot.release.words import At, Said, Who, Words, words

# ---- how it stands ----------------------------------------------------------------------------


def of_vote(release: Release, vote: Vote) -> Condition | None:
    """What this vote depends on: only the condition that was set with it, the last of those of one instant."""
    if vote.choice is not Choice.GO_IF:
        return None
    mine = (one for one in reversed(release.conditions) if one.user == vote.user and one.vote_at == vote.at)
    return next(mine, None)


def counts_as_go(release: Release, vote: Vote) -> bool:
    """Whether its condition is met."""
    return (one := of_vote(release, vote)) is not None and one.outcome == "met"


def is_missed(release: Release, vote: Vote) -> bool:
    """Whether its condition was not met, or not in time."""
    return (one := of_vote(release, vote)) is not None and one.outcome == "missed"


def is_withdrawn(release: Release, vote: Vote) -> bool:
    """Whether its condition was dropped with its voter, who left: should they come back, they are asked anew."""
    return (one := of_vote(release, vote)) is not None and one.outcome == "withdrawn"


def of_round(release: Release) -> list[Condition]:
    """Those that the votes of the current round depend on, however they went, in the order they were set."""
    found = [of_vote(release, vote) for vote in release.round_votes()] if release.conditions else []
    return sorted((one for one in found if one is not None), key=lambda one: one.number)


def objected_with(release: Release, user: str) -> Choice | None:
    """What this person said last that was no plain go: a no-go, or a go that depended on something."""
    said = [vote for vote in release.votes if vote.user == user and vote.choice in (Choice.NO_GO, Choice.GO_IF)]
    return max(said, key=lambda vote: vote.round).choice if said else None


def until(one: Condition, release: Release) -> At:
    """By when it is due, with its day: where somebody else reads it, that may be another one."""
    return At(due_of(one, release), "day", release.planned.zone)


def due_of(one: Condition, release: Release) -> datetime:
    """Its own time, or the close of its go/no-go where that is sooner: the close may move away again."""
    of_this = release.round is not None and release.round.number == one.round
    return min(one.due_at, release.round.closes_at) if of_this and release.round is not None else one.due_at


def open_now(release: Release) -> list[Condition]:
    """Those that a go still waits for: not where what its vote covered has changed since, for that is asked anew."""
    if release.stage is not State.OPEN:
        return []
    return [one for one in of_round(release) if one.outcome is None and not is_overtaken(release, one)]


def is_overtaken(release: Release, one: Condition) -> bool:
    """Whether what its vote covered has changed since: whatever becomes of it, that vote does not count."""
    return not any(of_vote(release, vote) is one for vote in release.standing(release.round_votes()))


def next_due(release: Release) -> datetime | None:
    """When the first of the open conditions is missed, if nothing happens."""
    return min((due_of(one, release) for one in open_now(release)), default=None)


def may_settle(release: Release, one: Condition, user: str, *, met: bool) -> bool:
    """Its owner and its voter say how it went; the captain may say it is met only where a captain may sign off.

    Where duties are kept apart, nobody who leads or deploys it makes a go of it.
    """
    sign_off = release.sign_off(one.sign_off)
    if met and _is_kept_apart(release, sign_off, user):
        return False
    if user in (one.owner, one.user):
        return True
    return user == release.captain and (not met or (sign_off is not None and sign_off.captain_may))


def _is_kept_apart(release: Release, sign_off: SignOff | None, user: str) -> bool:
    return sign_off is not None and sign_off.separates and barred(sign_off, user, release)


def causes(row: Tally, release: Release) -> list[Cause]:
    """What of this sign-off still depends on something, and what it depended on in vain."""
    found = []
    for vote in row.conditions:
        one = of_vote(release, vote)
        said = words(of_role(row.sign_off.role, release), Who(vote.user), " said go if “", Said(vote.why), "”")
        if one is None:  # of a version that knows no more of it
            found.append(Cause("condition", row.sign_off.role, said, frozenset({vote.user}), vote.at, vote))
            continue
        who = frozenset({one.owner, one.user})
        said = words(said, "; ", Who(one.owner), " has until ", until(one, release))
        done = (Fix("condition done", data=(("k", one.number),)),)
        found.append(
            Cause("condition", row.sign_off.role, said, who, vote.at, vote, _short(row, one, release, " is not done"),
                  done, str(one.number))
        )  # fmt: skip
    for vote in row.missed if row.lacks else ():
        one = of_vote(release, vote)
        if one is None:
            continue
        said = words(of_role(row.sign_off.role, release), "“", Said(one.text), "” was not done",
                     "" if one.ended_by else words(" by ", until(one, release)),
                     "; ", Who(one.user), " is asked again")  # fmt: skip
        short = _short(row, one, release, " was not done")
        found.append(Cause("condition_missed", row.sign_off.role, said, row.waiting_for, one.ended_at, vote, short,
                           (Fix("go"), Fix("no-go")), str(one.number)))  # fmt: skip
    return found


def _short(row: Tally, one: Condition, release: Release, how: str) -> Words:
    role = of_role(row.sign_off.role, release).replace(" — ", ": ")
    return words(role, "“", Said(one.text), "”", how)


# ---- moves ------------------------------------------------------------------------------------


def require_settable(
    release: Release, sign_off: SignOff, why: str, owner: str | None, due_at: datetime | None, now: datetime
) -> None:
    """Raise the Refusal that says what a condition needs, unless it has that."""
    if not why.strip():
        raise Refusal("Please say what your go depends on.", code="reason_missing")
    if owner is not None and _is_kept_apart(release, sign_off, owner):
        raise FieldRefusal("owner", Who(owner), " leads, deploys or planned it, and its ", Said(release.policy.name),
                           f" policy keeps that apart from {sign_off.role}. Please choose somebody else.",
                           code="duties_separated")  # fmt: skip
    closes = release.round.closes_at if release.round is not None else release.target_at
    zone = release.planned.zone
    if due_at is not None and due_at > closes:
        raise FieldRefusal("due", "The go/no-go closes at ", At(closes, "day", zone), ". Please name a time before "
                           "that.", code="due_too_late")  # fmt: skip
    if due_at is not None and due_at <= now:
        raise FieldRefusal("due", At(due_at, "day", zone), " is past. Please name a time between now and ",
                           At(closes, "day", zone), ".", code="past")  # fmt: skip


def is_same(release: Release, vote: Vote, owner: str | None, due_at: datetime | None) -> bool:
    """Whether this vote depends on nothing else than that, as when somebody says the same twice."""
    one = of_vote(release, vote)
    if vote.choice is not Choice.GO_IF or one is None:
        return True
    return one.outcome is None and (one.owner, one.due_at) == _filled(release, vote, owner, due_at)


def _filled(release: Release, vote: Vote, owner: str | None, due_at: datetime | None) -> tuple[str, datetime]:
    closes = release.round.closes_at if release.round is not None else release.target_at
    apart = _is_kept_apart(release, release.sign_off(vote.sign_off), release.captain)
    return owner or ((vote.cast_by or vote.user) if apart else release.captain), due_at or closes


def set_condition(release: Release, vote: Vote, owner: str | None, due_at: datetime | None, now: datetime) -> Condition:
    """Note what this vote depends on. Without an owner the captain sees to it, or its voter where duties are kept
    apart; without a time, until the close.
    """
    number = max((one.number for one in release.conditions), default=0) + 1
    owner, due = _filled(release, vote, owner, due_at)
    one = Condition(number, vote.round, vote.user, vote.at, vote.sign_off, vote.why, owner, due,
                    until_close=due_at is None)  # fmt: skip
    release.conditions.append(one)
    release.happened("condition_set", now, vote.cast_by or vote.user, "asked ", Who(owner), " to see to it by ",
                     until(one, release), why=one.text,
                     whose=vote.user if vote.cast_by else None,
                     condition=number, owner=one.owner, due=one.due_at, role=one.sign_off)  # fmt: skip
    return one


def move_close(release: Release, closes: datetime, now: datetime, by: str | None) -> None:
    """Its go/no-go closes at another time: what had until the close has until then, and nothing has longer."""
    if release.round is None:
        return
    closed = release.round.closes_at
    before = {one.number: due_of(one, release) for one in release.conditions}
    release.round.closes_at = closes
    for one in open_now(release):
        if one.until_close is None:
            one.until_close = one.due_at == closed
        one.due_at = closes if one.until_close else one.due_at
        if due_of(one, release) != before[one.number]:
            was, due = before[one.number], due_of(one, release)
            whom = words("has") if one.owner == by else words("gave ", Who(one.owner))
            release.happened("condition_moved", now, by, *whom, " until ", until(one, release), " to see to it",
                             why=one.text, whose=one.user, condition=one.number, owner=one.owner, due=due,
                             was=was, role=one.sign_off)  # fmt: skip


def withdraw(release: Release, vote: Vote, now: datetime, by: str) -> None:
    """Its voter, or who answers for them, votes anew: nobody has to see to it any more."""
    one = of_vote(release, vote)
    if one is None or one.outcome is not None:
        return
    one.outcome, one.ended_at, one.ended_by = "withdrawn", now, by
    release.happened("condition_withdrawn", now, by, "took back the condition “", Said(one.text), "”",
                     whose=vote.user, condition=one.number, role=one.sign_off)  # fmt: skip


def lose_owner(release: Release, user: str, how: str, now: datetime) -> None:
    """Whoever saw to it `how` ("left this workspace"): whoever said go if does now."""
    for one in open_now(release):
        if one.owner == user and one.user != user:
            one.owner = one.user
            release.happened("condition_set", now, None, Who(one.owner), " sees to it now, by ", until(one, release),
                             ": ", Who(user), f" {how}", why=one.text, whose=one.user,
                             condition=one.number, owner=one.owner, due=one.due_at, role=one.sign_off)  # fmt: skip


def settle(release: Release, number: int | None, met: bool, *, now: datetime, by: str) -> Condition:
    """Say that it is met, or will not be. Raises Refusal where that is over, already said, or not theirs to say.

    Without a number: the only open one. To say the same once more changes nothing.
    """
    release.require(Move.CONDITION)
    one = _named(release, number)
    if not may_settle(release, one, by, met=met):
        raise Refusal("Only ", Who(one.owner), ", who sees to it, or ", Who(one.user), ", whose go depends on it, can "
                      "say that “", Said(one.text), "” is ", "done" if met else "not done", ".",
                      code="not_yours", offers=("why",))  # fmt: skip
    _require_current(release, one)
    if one.outcome == "missed" and met:
        raise Refusal("“", Said(one.text), "” was not done in time, and ", Who(one.user), " was asked again. Only ",
                      Who(one.user), "'s answer counts now.", code="condition_over", offers=("why",))  # fmt: skip
    if one.outcome == ("met" if met else "missed"):
        return one
    one.outcome, one.ended_at, one.ended_by = "met" if met else "missed", now, by
    said = words("said that “", Said(one.text), "” is ", "done" if met else "not done")
    release.happened("condition_met" if met else "condition_not_met", now, by, *said, whose=one.user,
                     condition=one.number, role=one.sign_off)  # fmt: skip
    return one


def _named(release: Release, number: int | None) -> Condition:
    found = [one for one in release.conditions if one.number == number]
    if not found and number is None:
        found = open_now(release)
        if len(found) > 1:
            raise Refusal(Said(release.title), " has several open conditions. Please use the buttons in your message "
                          "from me, or on its card.", code="which_condition", offers=("status",))  # fmt: skip
    if not found:
        raise Refusal("No go of ", Said(release.title), " depends on anything.", code="no_condition", offers=("why",))
    return found[0]


def _require_current(release: Release, one: Condition) -> None:
    if one.outcome is None and one in of_round(release) and is_overtaken(release, one):
        raise Refusal("What ", Who(one.user), " voted on has changed since, and they are asked again: nothing depends "
                      "on “", Said(one.text), "” unless they say so anew.", code="condition_over",
                      offers=("why",))  # fmt: skip
    if one.outcome == "withdrawn":
        why = " has answered anew since then" if one.ended_by is not None else "'s answer does not count any more"
        raise Refusal(Who(one.user), f"{why}: nothing depends on “", Said(one.text), "” any more.",
                      code="condition_over", offers=("why",))  # fmt: skip
    if one not in of_round(release):
        number = release.round.number if release.round is not None else 0
        raise Refusal("“", Said(one.text), f"” was asked in round {one.round}; round {number} has its own answers.",
                      code="superseded_round", offers=("status",))  # fmt: skip


def lapse(release: Release, now: datetime) -> None:
    """Miss what is still open at its time. While it is on hold nothing is missed."""
    for one in open_now(release):
        if due_of(one, release) <= now:
            one.outcome, one.ended_at = "missed", now
            release.happened("condition_missed", now, None, "“", Said(one.text), "” was not done in time",
                             whose=one.user, condition=one.number, role=one.sign_off)  # fmt: skip
