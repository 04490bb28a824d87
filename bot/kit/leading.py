"""Know whom to tell what is for a release's captain or deployer; where they can't do it any more, its thread.

So it is with whoever has left the workspace, or is a guest now.
"""

from bot.kit.access import can, how_lost, is_lost, lost
from bot.kit.blocks import Block, Para
from bot.kit.desk import Desk
from bot.release.release import Release
from bot.release.states import BEFORE_DEPLOY, Move
from bot.release.words import Mention, Piece, Who, Words, listing, words

#: As many are called in place of a captain who was lost.
MOST_CALLED = 8


def told_of_captains(release: Release, desk: Desk) -> str:
    """Who is told what is the captain's: they, or the channel where the release lives."""
    return release.channel if is_lost(release.captain, desk) else release.captain


def told_of_deploy(release: Release, desk: Desk) -> str:
    """Who is told what is the deployer's: they, or the captain."""
    deploys = release.deployer
    return deploys if deploys and not is_lost(deploys, desk) else told_of_captains(release, desk)


def calls(release: Release, desk: Desk, but: str | None = None) -> Words:
    """Mentions of the captain; of the deployer and the admins, where the captain is lost. Nobody is told what they did
    themselves: not who is named by `but`.
    """
    return listing([Mention(user) for user in sorted(leads(release, desk) - {but})[:MOST_CALLED]])


def calling(release: Release, desk: Desk, *row: Words | Piece, but: str | None = None) -> Words:
    """What is said, behind those mentions."""
    whose = calls(release, desk, but)
    return words(whose, " " if whose else "", *row)


def was_announced(release: Release, desk: Desk) -> bool:
    """Whether its channel was told of its go/no-go or its go: what makes that untrue is told there too."""
    return bool(desk.work.audit.named(release.id, ("poll_opened", "decided")))


def leads(release: Release, desk: Desk) -> set[str]:
    """The captain; the deployer and the admins, where the captain is lost."""
    if not is_lost(release.captain, desk):
        return {release.captain}
    others = desk.work.roles.admins() | ({release.deployer} if release.deployer else set())
    return set(desk.work.people.full_members(others))


def lost_rows(release: Release, desk: Desk, reader: str | None = None) -> list[Block]:
    """That its captain or deployer is lost, with the button to take over, where `reader` may; None: a channel."""
    if release.state in BEFORE_DEPLOY and release.deployer is not None and is_lost(release.deployer, desk):
        gone = words("⚠️ ", Who(release.deployer), f", its deployer, {how_lost(release.deployer, desk)}: ")
        return [Para(words(gone, "the captain deploys it.")), *_captain_rows(release, desk, reader)]
    return _captain_rows(release, desk, reader)


def _captain_rows(release: Release, desk: Desk, reader: str | None) -> list[Block]:
    if Move.TAKE_OVER not in release.possible or not is_lost(release.captain, desk):
        return []
    able = reader is None or can(desk, reader, Move.TAKE_OVER, release)
    button = desk.offer("take-over", release, l=release.captain) if able else None
    return [Para(words("⚠️ ", lost(release, desk)), button)]
