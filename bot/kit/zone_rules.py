"""Notice that the rules of time zones are others than those a release was planned under, and say what that means."""

from datetime import datetime

from bot.release.durations import say_length
from bot.release.planned import PlannedTime, otherwise_now
from bot.release.release import Release
from bot.release.states import BEFORE_DEPLOY
from bot.release.words import At, Who, Words, words
from bot.release.zones import TZDATA, place_name
from storage.work import Work

#: The appointment that looks; its subject is the version of the rules.
CHANGED = "zones.changed"


def look_for_changes(work: Work) -> None:
    """To be called when the bot starts: with other rules than before, instants may not be what people meant."""
    if work.replanning.of_other_rules(TZDATA, 1):
        work.appointments.replan(CHANGED, TZDATA, [work.now])


def meant(release: Release) -> PlannedTime | None:
    """What the wall time that was agreed is by the present rules; None where nothing is open about it."""
    return otherwise_now(release.planned) if release.state in BEFORE_DEPLOY else None


def settles_at(release: Release, instead: PlannedTime) -> datetime:
    """Until when its captain can say which time stays: the earlier of the two."""
    return min(release.planned.at, instead.at)


def change_of(release: Release, instead: PlannedTime) -> str:
    """`1 h later`: the agreed wall time, by the present rules."""
    way = "later" if instead.at > release.planned.at else "earlier"
    return f"{say_length(abs(instead.at - release.planned.at))} {way}"


def wall_of(planned: PlannedTime) -> str:
    """`14:00`."""
    return planned.wall[11:16]


def in_doubt(release: Release) -> Words:
    """That the rules changed what was agreed, and what holds until its captain says; empty where that is not so."""
    instead, planned = meant(release), release.planned
    if instead is None:
        return ()
    agreed = f"{wall_of(planned)} {place_name(planned.zone)}, which is {change_of(release, instead)}"
    goes, until = (At(at, "day", planned.zone) for at in (planned.at, settles_at(release, instead)))
    row = words(f"🕰️ Agreed for {agreed} under new rules of time zones. It goes live ", goes, " unless ")
    return words(row, Who(release.captain), " says otherwise until ", until, ".")
