"""What is due is done once, in order, and what fails fails for itself: by one process or two, however much it is."""

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from structlog.testing import capture_logs

from bot.app import load_catalogue
from bot.due import BATCH, RETRY, SOON, Due
from bot.kit.blocks import Message
from bot.kit.declare import Appointment, Catalogue, Prompt
from bot.kit.desk import Desk
from bot.meters import Meters
from bot.release.release import Release
from bot.release.states import State
from storage import Busy
from storage.settling import MOST_ATTEMPTS
from storage.timers import TimerRow
from storage.work import Work
from tests.handlers.office import ANA, BO, Office
from tests.storage.given import HOUR, MINUTE, NOW, a_release

BELLS = {"first": NOW + HOUR, "second": NOW + HOUR + MINUTE, "third": NOW + 2 * HOUR}


@dataclass
class Tower:
    """A bot that rings bells for releases, and fails to for those that are `cracked`, or whose rows are `locked`."""

    office: Office
    cracked: set[str] = field(default_factory=set)
    locked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.catalogue = Catalogue()
        self.catalogue.add(Prompt("bell", lambda *_: BELLS.items(), self._ring, frozenset(State)))

    def due(self) -> Due:
        """What rings them: one for each process."""
        return Due(self.catalogue, self.office.store, self.office.clock, Meters())

    def _ring(self, release: Release, desk: Desk, bell: str) -> None:
        desk.in_channel(release.parts[0].service, Message((bell,)), release)
        if release.parts[0].service in self.cracked:
            raise ValueError("it is cracked")
        if release.parts[0].service in self.locked:
            raise Busy("somebody holds its row")

    async def hang(self, count: int, bells: dict[str, datetime]) -> None:
        """Plan them for so many new releases: service 0, service 1, …"""

        def plan(work: Work) -> None:
            for number in range(count):
                release = work.releases.add(a_release(self.office.workspace, f"service {number}"))
                wanted = [("bell", bell, at) for bell, at in bells.items()]
                work.timers.replan(release.id, release.plan_revision, wanted)

        await self.office.store.write(plan, workspace=self.office.workspace, deadline=60)

    async def rung(self) -> dict[str, list[str]]:
        """What was heard, by service."""
        heard: dict[str, list[str]] = defaultdict(list)
        for row in await self.office.asks(lambda work: work.outbox.unsettled(10_000)):
            heard[row.lane].append(row.payload["message"]["text"])
        return dict(heard)

    async def rows(self, count: int) -> list[TimerRow]:
        """All of those releases, by release and due time."""
        return await self.office.asks(lambda work: [row for id in range(1, count + 1) for row in work.timers.of(id)])


async def test_many_at_once_each_have_one_outcome_in_order_per_release_none_before_its_time(office: Office) -> None:
    tower, many = Tower(office), BATCH + 20
    await tower.hang(many, BELLS)
    one, other = tower.due(), tower.due()
    assert await one.drain() == 0, "nothing is due yet"
    await office.clock.advance(timedelta(minutes=90))
    while sum(await asyncio.gather(one.drain(), other.drain())):  # two processes
        pass
    assert Counter(map(tuple, (await tower.rung()).values())) == {("first", "second"): many}
    await office.clock.advance(HOUR)
    while await other.drain():
        pass
    assert Counter(map(tuple, (await tower.rung()).values())) == {("first", "second", "third"): many}
    assert Counter(row.state for row in await tower.rows(many)) == {"done": 3 * many}


async def test_one_drain_says_how_many_it_settled_and_leaves_none_of_a_great_many(office: Office) -> None:
    tower, many = Tower(office), BATCH // 2 + 20
    await tower.hang(many, {"first": NOW + HOUR})
    await office.clock.advance(HOUR)
    due = tower.due()
    assert await due.drain() == many
    assert await due.drain() == 0


async def test_one_that_fails_takes_no_other_with_it_and_is_dead_in_the_end(office: Office) -> None:
    tower, many = Tower(office, cracked={"service 3", "service 7"}), 20
    await tower.hang(many, BELLS)
    await office.clock.advance(timedelta(hours=3))
    due = tower.due()
    with capture_logs() as lines:
        await due.drain()
        heard = await tower.rung()
        assert Counter(map(tuple, heard.values())) == {("first", "second", "third"): many - 2}
        assert not heard.keys() & tower.cracked, "what a failed one said is not said"
        for _ in range(3 * MOST_ATTEMPTS):
            await office.clock.advance(RETRY)
            await due.drain()
    assert {line["event"] for line in lines} == {"timer_failed"}
    cracked = [row for row in await tower.rows(many) if row.state != "done"]
    assert {(row.state, row.reason, row.attempts) for row in cracked} == {("dead", "ValueError", MOST_ATTEMPTS)}
    assert [row.recipient for row in cracked] == [*BELLS, *BELLS]


async def test_one_that_failed_holds_up_what_comes_after_it_until_it_works(office: Office) -> None:
    tower = Tower(office, cracked={"service 0"})
    await tower.hang(2, BELLS)
    await office.clock.advance(timedelta(hours=3))
    due = tower.due()
    with capture_logs():
        await due.drain()
    assert await tower.rung() == {"service 1": [*BELLS]}
    tower.cracked.clear()
    assert await due.drain() == 0, "not yet"
    await office.clock.advance(RETRY)
    await due.drain()
    assert await tower.rung() == {"service 0": [*BELLS], "service 1": [*BELLS]}


async def test_one_that_met_a_lock_is_tried_again_soon_and_never_given_up_for_that(office: Office) -> None:
    tower = Tower(office, locked={"service 0"})
    await tower.hang(1, BELLS)
    await office.clock.advance(timedelta(hours=3))
    due = tower.due()
    with capture_logs():
        for _ in range(2 * MOST_ATTEMPTS):
            await due.drain()
            await office.clock.advance(SOON)
    tower.locked.clear()
    await due.drain()
    assert await tower.rung() == {"service 0": [*BELLS]}
    assert {row.attempts for row in await tower.rows(1)} == {0}


def of_the_next_version(office: Office, rung: list[datetime]) -> Office:
    """The same workspace, served by a version that rings a bell an hour before a release; this one knows no bells."""
    catalogue = load_catalogue()

    def ring(release: Release, desk: Desk, recipient: str) -> None:
        rung.append(desk.now)

    def an_hour_before(release: Release, desk: Desk) -> list[tuple[str, datetime]]:
        return [("", release.target_at - HOUR)]

    catalogue.add(Prompt("bell", an_hour_before, ring, frozenset(State)))
    return Office(office.store, office.clock, office.workspace, catalogue)


async def bells(office: Office) -> list[tuple[datetime, str, str]]:
    """When the bell of the only release is due, and what became of it."""
    rows = await office.asks(lambda work: work.timers.of(work.releases.get_number(1).id))
    return [(row.due_at, row.state, row.reason) for row in rows if row.name == "bell"]


async def test_what_a_newer_version_planned_outlives_an_older_one_and_moves_with_the_release(office: Office) -> None:
    rung: list[datetime] = []
    newer = of_the_next_version(office, rung)
    ours, theirs = (Due(one.catalogue, one.store, one.clock, Meters()) for one in (office, newer))
    await newer.types(ANA, "new payments 2.14.0 tomorrow 14:00")
    at = NOW + timedelta(days=1, hours=3)  # 13:00 in Berlin
    assert await bells(office) == [(at, "planned", "")]
    await office.types(BO, "no-go payments not yet")
    assert await bells(office) == [(at, "planned", "")], "who does not know it leaves it alone"

    await office.types(ANA, "reschedule payments tomorrow 11:00")
    await ours.drain()
    assert [state for _, state, _ in await bells(office)] == ["planned"], "and leaves it to those who do"
    await theirs.drain()
    moved = NOW + timedelta(days=1)
    assert await bells(office) == [(NOW, "skipped", "the release was planned anew"), (moved, "planned", "")]
    await office.clock.advance(timedelta(days=1, hours=5))
    while await ours.drain() + await theirs.drain():
        pass
    assert len(rung) == 1
    assert [state for _, state, _ in await bells(office)] == ["skipped", "done"]


async def test_appointments_are_kept_once_by_one_process_or_two_and_missed_ones_say_so(office: Office) -> None:
    kept: list[tuple[str, datetime]] = []
    missed: list[str] = []

    def keep(desk: Desk, subject: str, due_at: datetime) -> None:
        if subject == "cracked":
            raise ValueError("it is cracked")
        kept.append((subject, due_at))
        desk.work.appointments.replan("bell", subject, [due_at + timedelta(days=1)])

    def miss(desk: Desk, subject: str, due_at: datetime) -> None:
        missed.append(subject)

    catalogue = Catalogue()
    catalogue.add(Appointment("bell", keep, grace=HOUR, missed=miss))
    one, other = (Due(catalogue, office.store, office.clock, Meters()) for _ in range(2))

    def plan(work: Work) -> None:
        for subject, at in (("a", NOW + HOUR), ("late", NOW), ("cracked", NOW + HOUR), ("strange", NOW)):
            work.appointments.replan("drum" if subject == "strange" else "bell", subject, [at])
        work.appointments.replan("bell", "often", [NOW + MINUTE * number for number in (31, 32, 90)])

    await office.store.write(plan, workspace=office.workspace)
    await office.clock.advance(timedelta(minutes=90))
    with capture_logs() as lines:
        await asyncio.gather(one.drain(), other.drain())
    assert {line["event"] for line in lines} == {"timer_failed"}
    assert sorted(kept) == [("a", NOW + HOUR), ("often", NOW + MINUTE * 90)], "of several, the last"
    assert missed == ["late"]

    async def states(subject: str) -> list[tuple[str, str]]:
        rows = await office.asks(lambda work: work.appointments.of("bell", subject))
        return [(row.state, row.reason) for row in rows]

    away = "T-Minus was not running then"
    assert await states("often") == [("skipped", f"{away}; the next one came instead")] * 2 + [
        ("done", ""), ("planned", ""),
    ]  # fmt: skip
    assert await states("late") == [("skipped", f"{away}, and afterwards it was too late to help")]
    assert await states("cracked") == [("planned", "ValueError")], "it is tried again"
