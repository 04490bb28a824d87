"""Warn whoever plans or moves a release of what speaks against its time, with one button that takes a better one."""

from datetime import timedelta

from bot.kit.access import may, may_see
from bot.kit.blocks import Actions, Block, Lines
from bot.kit.desk import Desk
from bot.kit.freezes import freezing
from bot.kit.reach import Reach, reach
from bot.kit.times import say_time
from bot.release.clashes import Around
from bot.release.freeze import Freezing, met
from bot.release.frozen import lasts_until
from bot.release.planned import PlannedTime
from bot.release.release import Kind, PartState, Release
from bot.release.slots import LOOKS_AHEAD, STEP, slots
from bot.release.states import BEFORE_DEPLOY, Move
from bot.release.words import At, Said, Words, words

#: So many are shown, the worst.
MOST = 3
#: So many releases around it are looked through.
MOST_LOOKED = 200
#: So many of the service's last ones are looked through for what is live.
MOST_BEFORE = 5
_DAY = timedelta(days=1)


class Lookout:
    """What speaks for and against times of one release, by what its captain and `user`, who reads it, may know now."""

    def __init__(self, release: Release, user: str, desk: Desk) -> None:
        self.release, self.desk = release, desk
        self.readers = {release.captain, user}
        self.freezing: Freezing = freezing(release, desk)
        self.reach: Reach = reach(release, desk)
        person = desk.work.people.get(release.deployer or release.captain)
        self.zone = person.zone if person is not None else None
        self._around: dict[bool, Around] = {}

    def warnings(self) -> list[Words]:
        """Against its present time, the worst first: what keeps it from its deploy or its go, then the rest."""
        release, zone = self.release, self.release.planned.zone
        when = max(release.target_at, self.desk.now)
        blocked = [one for one in met(release, self.freezing, when) if one.way is None]
        frozen = [words(lasts_until(one, zone, self.desk.now), ".") for one in blocked]
        found = self._look(far=False).clashes(release.planned)
        if release.kind is Kind.HOTFIX:  # it cannot wait for better hours
            found = [one for one in found if one.kind == "same"]
        same = [one.said for one in found if one.kind == "same"]
        return [*frozen, *same, *([self.reach.gap] if self.reach.gap else []),
                *(one.said for one in found if one.kind != "same")]  # fmt: skip

    def live_already(self) -> list[Words]:
        """Its first part is live in that version where it goes: somebody may have planned it twice."""
        part = self.release.active_parts[0]
        service, version, environment = part.key
        last = self.desk.work.releases.find(part.service, open_only=False, limit=MOST_BEFORE, seen=self._was_deployed)
        live = [
            (other.finished_at or one.target_at, one, other)
            for one in last
            for other in one.active_parts
            if other.state is PartState.LIVE and (other.key[0], other.key[2]) == (service, environment)
        ]
        since, one, other = max(live, key=lambda found: found[0], default=(None, None, None))
        if since is None or one is None or other is None or other.key[1] != version:
            return []
        at = At(since, "day", self.release.planned.zone)
        return [words(Said(one.part_title(other)), " is live already, since ", at, f" ({self.desk.ref(one)}).")]

    def suggested(self, count: int, *, after: PlannedTime | None = None) -> list[PlannedTime]:
        """The next times against which nothing speaks, at most one of a half-day; fewer where there are few."""
        since = after.at + STEP if after is not None else self.desk.now + STEP
        chosen: list[PlannedTime] = []
        for slot in slots(self.release, self.freezing.freezes, since, self.desk.now, self._fits):
            if not chosen or slot.at - chosen[-1].at >= APART:
                chosen.append(slot)
            if len(chosen) == count:
                break
        return chosen

    def _fits(self, planned: PlannedTime) -> bool:
        return self.reach.fits(planned) and not self._look(far=True).clashes(planned)

    def _look(self, *, far: bool) -> Around:
        """What is planned around it, as far as its readers may know of it; or as far as is looked ahead."""
        if far not in self._around:
            planned, near = self.release.target_at, self.release.policy.clash_distance
            until = max(planned, self.desk.now) + (LOOKS_AHEAD * 2 if far else _DAY)
            since = min(planned, self.desk.now) if far else planned - _DAY
            look = self.desk.work.releases.between
            found = look(since - near, until + near, MOST_LOOKED, seen=self._is_known)
            self._around[far] = Around(self.release, found, self.zone)
        return self._around[far]

    def _was_deployed(self, other: Release) -> bool:
        return other.state not in BEFORE_DEPLOY and self._is_known(other)

    def _is_known(self, other: Release) -> bool:
        return all(may_see(self.desk, reader, other) for reader in self.readers)


#: Times that are suggested lie so far apart.
APART = timedelta(hours=3)


def warnings(release: Release, user: str, desk: Desk) -> tuple[Block, ...]:
    """At most the worst three, and the button that takes a better time; empty where nothing speaks against it."""
    lookout = Lookout(release, user, desk)
    found = lookout.warnings()
    live = lookout.live_already()
    if not found and not live:
        return ()
    rows = Lines(tuple(words("⚠️ ", row) for row in (*live, *found[: MOST - len(live)])))
    better = lookout.suggested(1, after=release.planned) if found else []
    if not better or not may(desk, user, Move.RESCHEDULE, release):
        return (rows,)
    label = f"Take {say_time(better[0], desk.zone_of(user), desk)}"
    return rows, Actions((desk.offer("reschedule", release, label=label, t=better[0].typed),))
