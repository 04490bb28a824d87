"""Find who may give each sign-off: the people, channels and groups it names, as known at the moment of asking."""

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.release.electorate import Electorate
from bot.release.policy import SignOff
from bot.release.release import Release

if TYPE_CHECKING:
    from bot.kit.desk import Desk

#: A membership list older than this is not fresh (source: the domain's *light* policy).
FRESH = timedelta(minutes=15)


def electorate(desk: "Desk", release: Release) -> Electorate:
    """Who may give each sign-off of the release, as known now."""
    eligible: dict[str, frozenset[str]] = {}
    alone = False
    for sign_off in release.sign_offs:
        ids = _named(desk, sign_off)
        if sign_off.whole_channel:
            ids |= _channel_voters(desk, release)
            alone = alone or (sign_off.alone_may and _captain_alone(desk, release))
        eligible[sign_off.role] = desk.work.people.full_members(ids)
    return Electorate(eligible, alone)


def made_from(desk: "Desk", release: Release) -> object:
    """All that `electorate` is made from, besides what is known of people: the same gives the same."""
    number = release.round.number if release.round is not None else 0
    voted = [(vote.user, vote.alone) for vote in release.votes if vote.round == number]
    return desk.now, desk.unasked, desk.tried, release.sign_offs, release.channel, release.captain, voted


def _named(desk: "Desk", sign_off: SignOff) -> frozenset[str]:
    ids = sign_off.people
    for channel in sign_off.channels:
        ids |= desk.members(channel) or frozenset()
    for group in sign_off.groups:
        ids |= desk.work.people.group_members(group)
    return ids


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
