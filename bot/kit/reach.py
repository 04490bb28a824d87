"""Know whether enough people of each sign-off can be reached before a go/no-go closes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.kit.desk import Desk
from bot.kit.reminding import away_until
from bot.release.coverage import LEAST, Gap, Whereabouts, is_covered, uncovered, window
from bot.release.planned import PlannedTime
from bot.release.release import Release
from bot.release.words import At, Said, Who, Words, listing, words
from bot.release.zones import place_name, say_clock

#: Where more people than this may give a sign-off, some of them are awake; they are not looked at one by one.
MOST_LOOKED = 50
#: So many who can be reached are named.
MOST_NAMES = 4


@dataclass(frozen=True)
class Reach:
    """`gap`: the first sign-off of which too few can be reached before the close, in words; empty where all is well.

    `fits` says of another time whether all would be well then.
    """

    gap: Words
    fits: Callable[[PlannedTime], bool]


def reach(release: Release, desk: Desk) -> Reach:
    """Who can be reached before its go/no-go closes. Where very many may answer, some of them can."""
    times = window(release, desk.now)
    electorate = desk.electorate(release)
    people = frozenset(user for one in release.sign_offs for user in electorate.givers(one, release))
    if times is None or len(people) > MOST_LOOKED:
        return Reach((), lambda planned: True)
    zones = {id: person.zone for id, person in desk.work.people.many(people).items() if person.zone}
    away = {
        user: until
        for user, one in desk.work.decisions.attention(people).items()
        if (until := away_until(one, desk)) is not None
    }
    asked = Whereabouts(zones, away)
    gaps = uncovered(release, electorate, asked, *times)
    said = _said(gaps[0], release, asked, times[1]) if gaps else ()
    return Reach(said, lambda planned: is_covered(release, electorate, asked, planned, desk.now))


def _said(gap: Gap, release: Release, known: Whereabouts, closes: datetime) -> Words:
    """Who sleeps through it, with the clock of one of them at its close; and who is away."""
    role = words(Said(gap.role)) if len(release.sign_offs) > 1 else words("The go/no-go")
    away = sorted(user for user in gap.missed & known.away.keys() if known.away[user] > closes - LEAST)
    asleep = sorted(
        {known.zones[user] for user in gap.missed - {*away} if user in known.zones} - {release.planned.zone}
    )
    there = f" ({place_name(asleep[0])} {say_clock(closes, asleep[0])})" if asleep else ""
    until = [words(Who(user), " until ", At(known.away[user], "day", release.planned.zone)) for user in away]
    gone = words(" Away: ", listing(until, most=MOST_NAMES), ".") if until else ()
    before = words(" in waking hours before it closes, ", At(closes, "day", release.planned.zone), there, ".", gone)
    if not gap.reachable:
        return words(role, ": nobody can be reached", before)
    able = listing([Who(user) for user in sorted(gap.reachable)], most=MOST_NAMES)
    return words(role, f" needs {gap.needs} go, and only ", able, " can be reached", before)
