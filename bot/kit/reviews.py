"""Know the reviews that overrides of a release leave behind, and say that one is owed."""

from bot.kit.desk import Desk
from bot.release.override import say_date
from bot.release.release import Release
from bot.release.words import Who, Words, words
from storage.decisions import Review


def open_reviews(release: Release, desk: Desk) -> list[Review]:
    """Those that nobody has closed yet."""
    if release.override is None:  # never overridden: not worth a look into the database
        return []
    return [one for one in desk.work.decisions.reviews(release.id) if one.closed_at is None]


def review_line(release: Release, desk: Desk) -> Words:
    """`The override by Ana is to be reviewed by Thu 3 Dec, by somebody else.`, or nothing."""
    still = open_reviews(release, desk)
    if not still:
        return ()
    by, due = Who(still[0].opened_by), say_date(still[0].due_on)
    return words("The override by ", by, " is to be reviewed by ", due, ", by somebody else.")
