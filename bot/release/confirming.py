"""Confirm the answers that were stored while Slack could not say who may answer, or drop them, once it has said so."""

from dataclasses import replace
from datetime import datetime

from bot.release.electorate import Electorate
from bot.release.release import Release
from bot.release.states import State
from bot.release.words import Who, listing, words


def confirm(release: Release, electorate: Electorate, *, now: datetime) -> bool:
    """Take in what Slack has said since; whether anything changed. What it said after the deadline comes too late.

    An answer of somebody who turns out not to be asked stays stored, and does not count.
    """
    held = release.round
    if held is None or held.closed_at is not None or release.stage is not State.OPEN:
        return False
    found: dict[str, bool] = {}  # the voters, and whether they may
    for vote in [one for one in release.round_votes() if one.provisional]:
        sign_off, as_of = release.sign_off(vote.sign_off), electorate.as_of.get(vote.sign_off)
        late = as_of is not None and as_of >= held.closes_at
        if sign_off is not None and electorate.confirms(sign_off, vote) and not late:
            found[vote.user] = vote.user in electorate.eligible.get(sign_off.role, ())
            known = replace(vote, provisional=False, as_of=electorate.listed_as_of(sign_off, vote.user))
            release.votes = [known if one is vote else one for one in release.votes]
    if not found:
        return False
    confirmed, dropped = ([user for user, may in found.items() if may is wanted] for wanted in (True, False))
    said = words("Slack confirmed: ", listing([Who(user) for user in confirmed]), " may answer") if confirmed else ()
    against = words("not asked any more: ", listing([Who(user) for user in dropped])) if dropped else ()
    release.happened("votes_confirmed", min(now, held.closes_at), None, *said, "; " if said and against else "",
                     *against, confirmed=confirmed, dropped=dropped)  # fmt: skip
    return True
