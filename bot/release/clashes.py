"""See what speaks against a time that a release is planned for: other releases, nights, weekends, too many in a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from bot.release.durations import say_length
from bot.release.planned import PlannedTime
from bot.release.release import Release
from bot.release.slots import is_late_on_friday
from bot.release.states import State
from bot.release.words import Said, Who, Words, words
from bot.release.zones import local, place_name, say_clock

#: Releases of the same service in the same environment keep so far apart.
DISTANCE = timedelta(hours=1)
#: So many releases of a day are as many as people can follow.
MOST_A_DAY = 5
#: Nobody likes to deploy from then on, and until then, by their own clock.
NIGHT_FROM, NIGHT_UNTIL = time(20), time(7)

Kind = Literal["same", "night", "weekend", "holiday", "friday", "many"]


@dataclass(frozen=True)
class Clash:
    """One thing that speaks against it, as a sentence."""

    kind: Kind
    said: Words


def clashes(
    release: Release, planned: PlannedTime, others: Collection[Release], deployers_zone: str | None
) -> list[Clash]:
    """All that speaks against that time, the worst first. `others` are planned around it; cancelled ones do not count.

    `deployers_zone`: IANA name; where it is not known, the release's own.
    """
    there = local(planned.at, planned.zone).to_stdlib()
    live = [one for one in others if one.id != release.id and one.state is not State.CANCELLED]
    found = [Clash("same", _near(one, planned.at)) for one in live if _is_same(one, release, planned.at)][:1]
    zone = deployers_zone or planned.zone
    theirs = local(planned.at, zone).time().to_stdlib()
    if theirs >= NIGHT_FROM or theirs < NIGHT_UNTIL:
        whose = Who(release.deployer or release.captain)
        at = f" would deploy it at {say_clock(planned.at, zone)} ({place_name(zone)})."
        found.append(Clash("night", words(whose, at)))
    if there.date() in release.days_off:
        found.append(Clash("holiday", ("It would go live on a public holiday.",)))
    elif there.weekday() >= 5:
        found.append(Clash("weekend", (f"It would go live on a {there:%A}.",)))
    elif is_late_on_friday(planned.at, planned.zone):
        found.append(Clash("friday", ("It would go live on a Friday afternoon.",)))
    day = local(planned.at, planned.zone).date()
    same_day = [one for one in live if local(one.target_at, planned.zone).date() == day]
    if len(same_day) >= MOST_A_DAY:
        found.append(Clash("many", (f"{len(same_day)} other releases are planned for that day.",)))
    return found


def _is_same(other: Release, release: Release, at: datetime) -> bool:
    """Whether a part of it goes to the same place shortly before or after."""
    places = {(part.key[0], part.key[2]) for part in release.active_parts}
    there = {(part.key[0], part.key[2]) for part in other.active_parts}
    return abs(other.target_at - at) < DISTANCE and not places.isdisjoint(there)


def _near(other: Release, at: datetime) -> Words:
    apart = other.target_at - at
    if not apart:
        return words(Said(other.title), " goes live at the same time.")
    side = "after" if apart > timedelta() else "before"
    return words(Said(other.title), f" goes live {say_length(abs(apart))} {side} it.")
