"""Let somebody answer for a colleague who is away, where the policy allows it; one human counts once."""

from bot.release.electorate import Electorate, barred, is_recorded
from bot.release.errors import Refusal
from bot.release.policy import SignOff
from bot.release.release import Release
from bot.release.words import At, Said, Who


def principals(release: Release, electorate: Electorate, delegate: str) -> list[str]:
    """For whom this person may answer now, as far as the policy goes."""
    mine = sorted(user for user, other in electorate.delegates.items() if other == delegate)
    return [user for user in mine if any(_may(one, user, delegate, release, electorate) for one in release.sign_offs)]


def _may(sign_off: SignOff, user: str, delegate: str, release: Release, electorate: Electorate) -> bool:
    able = electorate.may_give(sign_off, user, release)
    return sign_off.delegates and able and not barred(sign_off, delegate, release)


def stood_in(release: Release, electorate: Electorate) -> dict[str, str]:
    """Who need not be asked themselves, and who answers for them: somebody who has given no other answer, and is not
    away themselves until it is over.
    """
    if not electorate.delegates:
        return {}
    closes = release.round.closes_at if release.round is not None else release.target_at
    gone = {one for one, back in electorate.away(electorate.delegates.values()).items() if back >= closes}
    human = {vote.cast_by or vote.user: vote.user for vote in release.round_votes() if not is_recorded(vote.user)}
    return {
        user: delegate
        for user, delegate in electorate.delegates.items()
        if delegate not in gone
        and human.get(delegate, user) == user
        and user in principals(release, electorate, delegate)
    }


def require_once(release: Release, human: str, whose: str) -> None:
    """Raise where this human stands behind another answer of the round already."""
    for vote in release.round_votes():
        if vote.user == whose or is_recorded(vote.user) or (vote.cast_by or vote.user) != human:
            continue
        for_whom = () if vote.user == human else (" for ", Who(vote.user))
        raise Refusal("You answered", *for_whom, " already: ", vote.choice.value, " ",
                      At(vote.at, "time", release.planned.zone), ". One person counts once, so somebody else has to "
                      "give the other answer.", code="counts_once", offers=("why",))  # fmt: skip


def require_delegate(release: Release, electorate: Electorate, sign_off: SignOff, user: str, delegate: str) -> None:
    """Raise the Refusal that says why this person may not answer for the other, unless they may."""
    if electorate.delegates.get(user) != delegate:
        raise Refusal(Who(user), " is not away, or has named somebody else. Only ", Who(user), " can answer for "
                      "themselves now.", code="no_delegate", offers=("why",))  # fmt: skip
    if not sign_off.delegates:
        raise Refusal("The ", Said(release.policy.name), " policy leaves ", Said(sign_off.role), " to those who are "
                      "asked; nobody answers for them.", code="no_delegates", offers=("why",))  # fmt: skip
    if barred(sign_off, delegate, release):
        raise Refusal("You lead, deploy or planned ", Said(release.title), ", and its ", Said(release.policy.name),
                      " policy keeps that apart from ", Said(sign_off.role), ". Somebody else has to answer.",
                      code="duties_separated", offers=("why",))  # fmt: skip
    own = [vote for vote in release.standing(release.round_votes()) if vote.user == user and vote.cast_by is None]
    if own and not own[0].kept:
        raise Refusal(Who(user), " has answered themselves: ", own[0].choice.value, " ",
                      At(own[0].at, "time", release.planned.zone), ".",
                      code="answered_themselves", offers=("why",))  # fmt: skip
