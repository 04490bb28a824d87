"""Ask further people where a sign-off is still missing: its policy says when, and whom."""

from datetime import datetime

from bot.release.decision import tally
from bot.release.electorate import Electorate
from bot.release.policy import SignOff
from bot.release.release import Release
from bot.release.states import State
from bot.release.words import Group, Piece, Said, Who, Words, listing, words


def escalates_at(release: Release, sign_off: SignOff) -> datetime | None:
    """When its question goes further in the present round; None where it does not, or would only at the close."""
    further, held = sign_off.escalation, release.round
    if further is None or held is None or not (further.people or further.groups):
        return None
    if further.after_opening is not None:
        at = held.opened_at + further.after_opening
    elif further.before_close is not None:
        at = max(held.opened_at, held.closes_at - further.before_close)
    else:
        return None
    return at if at < held.closes_at else None


def escalate(release: Release, role: str, electorate: Electorate, *, now: datetime) -> bool:
    """Let the further people of a sign-off give it, too, if it is still missing. Returns whether it came to that.

    Who leads or deploys the release is kept from it as before.
    """
    if release.state is not State.OPEN or role in release.escalated:
        return False
    row = next((one for one in tally(release, electorate) if one.sign_off.role == role), None)
    if row is None or not row.lacks or row.sign_off.escalation is None:
        return False
    release.escalated |= {role}
    number = release.round.number if release.round is not None else 0
    release.happened("escalated", now, None, "asked ", whom(row.sign_off), " too, as ", Said(role), " is still missing",
                     role=role, round=number)  # fmt: skip
    return True


def whom(sign_off: SignOff) -> Words:
    """The people and groups whom its question goes to."""
    further = sign_off.escalation
    if further is None:
        return ()
    named: list[Piece | Words] = [Who(user) for user in sorted(further.people)]
    named += [Group(group) for group in sorted(further.groups)]
    return listing([words(one) for one in named])
