"""Take the question further where a sign-off is still missing at the time its policy names, and say so."""

from collections.abc import Iterator
from datetime import datetime

from bot.kit.blocks import Message
from bot.kit.declare import notice, prompt
from bot.kit.desk import Desk
from bot.release.escalation import escalate, escalates_at, whom
from bot.release.events import Event
from bot.release.release import Release
from bot.release.states import State
from bot.release.words import Said, words


def _times(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    """For each sign-off that has further people, whatever was answered: that is looked at then."""
    if release.state is State.OPEN:
        for one in release.sign_offs:
            if (at := escalates_at(release, one)) is not None:
                yield one.role, at


@prompt(
    "poll.escalate", at=_times, while_in=[State.OPEN], called="the question to further people of a sign-off"
)  # fmt: skip
def ask_further(release: Release, desk: Desk, recipient: str) -> None:
    """`recipient` is the sign-off's name. Who is asked now gets the same direct message as the others."""
    escalate(release, recipient, desk.electorate(release), now=desk.now)


@notice("escalated")
def told(event: Event, release: Release, desk: Desk) -> None:
    """Those who could have answered read in the thread who may now, too."""
    sign_off = release.sign_off(str(event.details.get("role", "")))
    if sign_off is not None:
        role = words(Said(sign_off.role)) if len(release.sign_offs) > 1 else words("The go/no-go")
        desk.in_thread(release, Message(words(role, " is still missing: ", whom(sign_off), " may give it now, too.")))
