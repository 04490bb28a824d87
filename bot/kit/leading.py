"""Know whom to tell what is for a release's captain or deployer; where they have left the workspace, its thread."""

from bot.kit.access import can
from bot.kit.blocks import Block, Para
from bot.kit.desk import Desk
from bot.release.release import Release
from bot.release.states import Move
from bot.release.words import Mention, Who, Words, listing, words

#: As many are called in place of a captain who left.
MOST_CALLED = 8


def has_left(user: str, desk: Desk) -> bool:
    """Whether this person is known to be in the workspace no more."""
    person = desk.work.people.get(user)
    return person is not None and person.deleted


def told_of_captains(release: Release, desk: Desk) -> str:
    """Who is told what is the captain's: they, or the channel where the release lives."""
    return release.channel if has_left(release.captain, desk) else release.captain


def told_of_deploy(release: Release, desk: Desk) -> str:
    """Who is told what is the deployer's: they, or the captain."""
    deploys = release.deployer
    return deploys if deploys and not has_left(deploys, desk) else told_of_captains(release, desk)


def calls(release: Release, desk: Desk, but: str | None = None) -> Words:
    """Mentions of the captain; of the deployer and the admins, where the captain has left. Nobody is told what they did
    themselves: not who is named by `but`.
    """
    return listing([Mention(user) for user in sorted(leads(release, desk) - {but})[:MOST_CALLED]])


def leads(release: Release, desk: Desk) -> set[str]:
    """The captain; the deployer and the admins, where the captain has left."""
    if not has_left(release.captain, desk):
        return {release.captain}
    others = desk.work.roles.admins() | ({release.deployer} if release.deployer else set())
    return set(desk.work.people.full_members(others))


def left(release: Release) -> Words:
    return words(Who(release.captain), ", its captain, left this workspace.")


def left_rows(release: Release, desk: Desk, reader: str | None = None) -> list[Block]:
    """That its captain has left, with the button to take over, where `reader` may; None: a channel."""
    if Move.TAKE_OVER not in release.possible or not has_left(release.captain, desk):
        return []
    able = reader is None or can(desk, reader, Move.TAKE_OVER, release)
    return [Para(words("⚠️ ", left(release)), desk.offer("take-over", release) if able else None)]
