"""Know who may answer when it is decided: lists are read again before, and who is not asked any more hears of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.kit.blocks import Actions, Message, Para
from bot.kit.declare import notice, prompt
from bot.kit.desk import Desk
from bot.kit.votes import called
from bot.release.electorate import sources
from bot.release.events import Event
from bot.release.release import Release
from bot.release.states import State
from bot.release.words import Said, words

#: So long before its close, so that what Slack answers slowly still counts.
BEFORE_CLOSE = timedelta(minutes=3)


def _before_close(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    if release.state is State.OPEN and release.round is not None and _lists(release):
        yield "lists", max(release.round.opened_at, release.round.closes_at - BEFORE_CLOSE)


def _lists(release: Release) -> frozenset[str]:
    return frozenset[str]().union(*(sources(sign_off, release) for sign_off in release.sign_offs))


@prompt("poll.lists", at=_before_close, while_in=[State.OPEN], called="reading who may answer")
def read_lists(release: Release, desk: Desk, recipient: str) -> None:
    """Whoever came or left unheard of is known at the close, and answers that wait for it are confirmed."""
    desk.stale |= _lists(release)


@notice("votes_confirmed")
def dropped(event: Event, release: Release, desk: Desk) -> None:
    """What was confirmed stands on the card. Who is not among those who may answer hears that from us."""
    votes = {vote.user: vote for vote in release.round_votes()}
    for user in event.details.get("dropped", ()):
        if (vote := votes.get(user)) is None:
            continue
        role = f" for {vote.sign_off}" if len(release.sign_offs) > 1 else ""
        row = words("Your ", called(vote.choice), " on ", Said(release.title), " does not count: Slack says now that "
                    f"you are not among those who may answer{role}.")  # fmt: skip
        desk.direct(user, Message(row, (Para(row), Actions((desk.offer("why", release),)))), release)
