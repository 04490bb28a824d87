"""Tell somebody how their own vote stands, in the same words wherever it was given."""

from bot.kit.desk import Desk
from bot.kit.telling import headline
from bot.release.release import Release, Vote
from bot.release.states import State
from bot.release.words import At, Bold, Said, Words, words


def you_said(vote: Vote, release: Release, desk: Desk) -> Words:
    """What they said, when, and where the release stands with it."""
    zone = release.planned.zone
    role = f" for {vote.sign_off}" if len(release.sign_offs) > 1 else ""
    row = words(
        "You said ", Bold(vote.choice.value), role, " ", At(vote.at, "time", zone), " on ", Said(release.title), "."
    )
    if release.state is State.APPROVED and release.decided_at == vote.at:
        return words(row, " You were the last. It's go.")
    return words(row, " ", headline(release, desk.electorate(release)), ".")
