"""Find who may give each sign-off: the people, channels and groups it names, as known at the moment of asking."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from bot.release.conditions import open_now
from bot.release.electorate import FRESH, Electorate, sources
from bot.release.policy import SignOff
from bot.release.release import Release
from bot.release.states import State
from storage.people import is_group
from storage.work import Work

if TYPE_CHECKING:
    from bot.kit.desk import Desk

#: The lists of so many open go/no-gos are kept fresh.
MOST_POLLS = 500


def electorate(desk: "Desk", release: Release) -> Electorate:
    """Who may give each sign-off of the release, as known now."""
    eligible: dict[str, frozenset[str]] = {}
    as_of: dict[str, datetime] = {}
    alone = False
    for sign_off in release.sign_offs:
        ids = _named(desk, sign_off)
        if sign_off.whole_channel:
            ids |= _channel_voters(desk, release)
            alone = alone or (sign_off.alone_may and _captain_alone(desk, release))
        if sign_off.role in release.escalated:
            ids |= further(desk, sign_off)
        eligible[sign_off.role] = desk.work.people.full_members(ids) | _from_outside(desk, sign_off)
        read = [desk.work.people.as_of(source) for source in sources(sign_off, release)]
        if known := [at for at in read if at is not None]:  # what cannot be read says of nobody that they may
            as_of[sign_off.role] = min(known)
    return Electorate(eligible, alone, as_of, desk.now - FRESH, _delegates(desk, release, eligible),
                      away=partial(_away, desk.work))  # fmt: skip


def _away(work: Work, users: Iterable[str]) -> dict[str, datetime]:
    known = work.decisions.attention(users)
    return {user: one.away_until for user, one in known.items() if one.away_until and one.away_until > work.now}


def _delegates(desk: "Desk", release: Release, eligible: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """Who answers for whom now, where a policy allows that: full members who may know of the release."""
    roles = [sign_off.role for sign_off in release.sign_offs if sign_off.delegates]
    if not roles:
        return {}
    asked = frozenset[str]().union(*(eligible[role] for role in roles))
    named = {user: one.delegate for user, one in desk.stood_in_for().items() if user in asked and one.delegate}
    able = desk.work.people.full_members(frozenset(named.values()))
    if release.is_private:
        able &= desk.members(release.channel) or frozenset()
    return {user: delegate for user, delegate in named.items() if delegate in able}


def freshly(desk: "Desk", release: Release, found: Electorate, user: str) -> None:
    """For an answer of this person: where a list that may decide it is too old, it is read again first."""
    unsure = [one for one in release.sign_offs if user not in one.people and not found.is_fresh(one)]
    read_again(desk, release, unsure)


def read_again(desk: "Desk", release: Release, which: Iterable[SignOff]) -> None:
    """Ask for the lists of these sign-offs that are too old, unless they were asked for, or nobody is waiting."""
    old = {
        source
        for sign_off in which
        for source in sources(sign_off, release)
        if (at := desk.work.people.as_of(source)) is not None and at < desk.now - FRESH
    }
    desk.want(channels=old)


def ageing(work: Work, since: datetime) -> frozenset[str]:
    """Channels and groups whose members may answer an open go/no-go, and that were read before then."""
    polls = work.releases.each_awaiting(MOST_POLLS)
    named = {source for one in polls for sign_off in one.sign_offs for source in sources(sign_off, one)}
    return frozenset(one for one in named if (at := work.people.as_of(one)) is not None and at < since)


def concerned(work: Work, read: frozenset[str], changed: frozenset[str]) -> list[Release]:
    """The releases with a go/no-go that is open, or may be again, where it matters who is in these; in id order.

    Where others are in one than before (`changed`): all that name it. Where it is the same people, but they are
    `read` anew: those with an answer that waits to be confirmed.
    """

    def wanted(one: Release) -> bool:
        if one.round is None or one.stage not in (State.OPEN, State.STOPPED):
            return False
        lists = frozenset({one.channel}).union(*(sources(by, one) for by in one.sign_offs))
        return bool(lists & changed or (lists & read and any(vote.provisional for vote in one.round_votes())))

    found = {one.id: one for one in work.releases.each_awaiting(MOST_POLLS, held=True) if wanted(one)}
    for channel in changed:
        if not is_group(channel):
            found |= {one.id: one for one in work.releases.open_in_channel(channel, MOST_POLLS) if wanted(one)}
    return [found[id] for id in sorted(found)]


def asking(desk: "Desk", user: str) -> list[Release]:
    """The releases with an open go/no-go, on hold or not, that asks this person or whom they answer for, or that has
    an answer of theirs.
    """
    asked = {user, *(id for id, one in desk.stood_in_for().items() if one.delegate == user)}

    def theirs(one: Release) -> bool:
        if one.stage is not State.OPEN:
            return False
        given = any(vote.user == user for vote in one.round_votes()) or any(it.owner == user for it in open_now(one))
        named = any(asked & (_named(desk, by) | by.outside) for by in one.sign_offs)
        everybody = any(by.whole_channel for by in one.sign_offs)
        return given or named or (everybody and bool(asked & (desk.members(one.channel) or frozenset())))

    return [one for one in desk.work.releases.each_awaiting(MOST_POLLS, held=True) if theirs(one)]


def made_from(desk: "Desk", release: Release) -> object:
    """All that `electorate` is made from, besides what is known of people: the same gives the same."""
    number = release.round.number if release.round is not None else 0
    where, who = (release.channel, release.is_private), (release.captain, release.escalated)
    return desk.now, desk.unasked, desk.tried, release.sign_offs, where, who, number, tuple(release.votes)


def _named(desk: "Desk", sign_off: SignOff) -> frozenset[str]:
    ids = sign_off.people
    for channel in sign_off.channels:
        ids |= desk.members(channel) or frozenset()
    for group in sign_off.groups:
        ids |= desk.group_members(group)
    return ids


def _from_outside(desk: "Desk", sign_off: SignOff) -> frozenset[str]:
    """People of other workspaces whom the policy names, while they are there; never guests."""
    if not sign_off.outside:
        return frozenset()
    known = desk.work.people.many(sign_off.outside)
    if unknown := sign_off.outside - known.keys():
        desk.want(people=set(unknown))
    return frozenset(id for id, person in known.items() if person.may_act)


def further(desk: "Desk", sign_off: SignOff) -> frozenset[str]:
    """Whom its question goes to, in groups and by name, once it is still missing at the time its policy names."""
    asked = sign_off.escalation
    if asked is None:
        return frozenset()
    return asked.people.union(*(desk.group_members(group) for group in asked.groups))


def only_further(desk: "Desk", release: Release, user: str) -> SignOff | None:
    """The sign-off that somebody may give for no other reason than that its question went further."""
    others = [one for one in release.sign_offs if one.whole_channel or user in _named(desk, one)]
    if others:
        return None
    asked = (one for one in release.sign_offs if one.role in release.escalated and user in further(desk, one))
    return next(asked, None)


def _channel_voters(desk: "Desk", release: Release) -> frozenset[str]:
    members = desk.members(release.channel)
    if members is not None:
        return members
    shown = {vote.user for vote in release.round_votes()}
    if desk.did is not None and desk.did.channel == release.channel:
        shown.add(desk.did.user)
    return frozenset(shown)


def _captain_alone(desk: "Desk", release: Release) -> bool:
    row = desk.work.people.channel(release.channel)
    if row is None or row.members_as_of is None or not row.members_complete:
        return False
    members = desk.work.people.members(release.channel)
    known = desk.work.people.many(members)
    unknown = members - known.keys()
    others = desk.work.people.full_members(members) - {release.captain}
    if others:
        return False
    if row.members_as_of < desk.now - FRESH or unknown:
        desk.want(people=set(unknown), channels={release.channel})
        # The clock and the cards ask nobody: what was given alone stands while nobody else is known to be there.
        given = any(vote.alone and vote.user == release.captain for vote in release.round_votes())
        return desk.unasked and given and not unknown and release.captain in members
    return release.captain in members
