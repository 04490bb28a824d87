"""Know the reviews that overrides of a release leave behind, and say that one is owed."""

from bot.kit.desk import Desk
from bot.release.override import say_date
from bot.release.release import Release
from bot.release.words import At, Who, Words, words
from storage.decisions import Review


def open_reviews(release: Release, desk: Desk) -> list[Review]:
    """Those that nobody has closed yet."""
    return [one for one in _reviews(release, desk) if one.closed_at is None]


def review_line(release: Release, desk: Desk) -> Words:
    """`The override by Ana is to be reviewed by Thu 3 Dec, by somebody else.`, or who reviewed it; or nothing."""
    every = _reviews(release, desk)
    for one in every:
        if one.closed_at is None:
            due = say_date(one.due_on)
            return words("The override by ", Who(one.opened_by), " is to be reviewed by ", due, ", by somebody else.")
    if every and every[-1].closed_by and every[-1].closed_at is not None:
        by, at = Who(every[-1].closed_by), At(every[-1].closed_at, "day", release.planned.zone)
        return words("The override by ", Who(every[-1].opened_by), " was reviewed by ", by, " ", at, ".")
    return ()


def _reviews(release: Release, desk: Desk) -> list[Review]:
    if release.override is None:  # never overridden: not worth a look into the database
        return []
    return desk.work.decisions.reviews(release.id)
