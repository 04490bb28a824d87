"""See what speaks against a time that a release is planned for: other releases, nights, weekends, too many in a day."""

from collections import Counter
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

#: Nobody likes to deploy from then on, and until then, by their own clock.
NIGHT_FROM, NIGHT_UNTIL = time(20), time(7)

Kind = Literal["same", "night", "weekend", "holiday", "friday", "many"]


@dataclass(frozen=True)
class Clash:
    """One thing that speaks against it, as a sentence."""

    kind: Kind
    said: Words


class Around:
    """What is planned around a release, counted once for all the times that are looked at.

    `others` that were cancelled do not count. `deployers_zone`: IANA name; where it is not known, the release's own.
    """

    def __init__(self, release: Release, others: Collection[Release], deployers_zone: str | None) -> None:
        live = [one for one in others if one.id != release.id and one.state is not State.CANCELLED]
        places = _places(release)
        self.release, self.zone = release, deployers_zone
        self.same = [one for one in live if not places.isdisjoint(_places(one))]
        self.days = Counter(local(one.target_at, release.planned.zone).date().to_stdlib() for one in live)

    def clashes(self, planned: PlannedTime) -> list[Clash]:
        """All that speaks against that time (in the release's zone), the worst first."""
        release, there = self.release, local(planned.at, planned.zone).to_stdlib()
        near = [one for one in self.same if abs(one.target_at - planned.at) < release.policy.clash_distance]
        found = [Clash("same", _near(one, planned.at)) for one in near[:1]]
        zone = self.zone or planned.zone
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
        if (count := self.days[there.date()]) >= release.policy.releases_a_day:
            others = "1 other release is" if count == 1 else f"{count} other releases are"
            found.append(Clash("many", (f"{others} planned for that day.",)))
        return found


def _places(release: Release) -> set[tuple[str, str]]:
    """The services and environments that it goes to, as compared."""
    return {(part.key[0], part.key[2]) for part in release.active_parts}


def _near(other: Release, at: datetime) -> Words:
    apart = other.target_at - at
    if not apart:
        return words(Said(other.title), " goes live at the same time.")
    side = "after" if apart > timedelta() else "before"
    return words(Said(other.title), f" goes live {say_length(abs(apart))} {side} it.")
