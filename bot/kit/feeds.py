"""Know what a calendar feed shows to whoever has its address: what its owner may see now, and nothing else."""

import hashlib
from datetime import timedelta

from bot.kit import agenda
from bot.kit.desk import Desk
from bot.release.calendar import Entry, Scope, Span
from storage.feeds import FeedRow

#: So far back and ahead a feed reaches.
BACK, AHEAD = timedelta(days=30), timedelta(days=400)
#: Where the web server has them; behind it stand the secret and ".ics".
PATH = "/calendar/"


def hash_of(token: str) -> str:
    """A feed's secret as it is stored. Nobody can guess what it is made from, so it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_owned(feed: FeedRow, desk: Desk) -> bool:
    """Whether its owner is still a full member here, and the app still installed: else nobody is shown anything."""
    if desk.workspace.uninstalled_at is not None:
        return False
    person = desk.work.people.get(feed.owner)
    return person is not None and person.is_full_member and not person.deleted


def name_of(feed: FeedRow, desk: Desk) -> str:
    """What the calendar is called: a private channel's name is for its members alone."""
    match feed.kind:
        case "service":
            return f"{feed.subject} releases"
        case "channel":
            known = desk.work.people.channel(feed.subject)
            if known is None or not known.name:
                return "Releases"
            hidden = known.is_private and feed.owner not in (desk.members(feed.subject) or ())
            return "Releases" if hidden else f"#{known.name} releases"
        case "person":
            return "My releases"


def entries_of(feed: FeedRow, desk: Desk) -> list[Entry]:
    """What it shows now, in the order of times."""
    scope = Scope(feed.kind, feed.subject, feed.owner, file=True)
    return agenda.entries(desk, scope, Span(desk.now - BACK, desk.now + AHEAD))
