"""What became of a step of a timeline is kept once per step, and a holiday's country as long as nobody changes it."""

from dataclasses import replace
from datetime import date

from bot.release.steps import Mark
from storage.people import Person
from storage.work import Work
from tests.storage.given import HOUR, NOW, Do, a_release

ASKED = Mark("0a1b2c3d", "asked", NOW, NOW - HOUR, 1)
DONE = replace(ASKED, outcome="done", at=NOW + HOUR, by="UBO")
SKIPPED = Mark("ffffffff", "skipped", NOW, NOW, 2, why="it was on hold then")


async def test_what_became_of_a_step_is_kept_and_can_be_forgotten(write: Do, read: Do, workspace: int) -> None:
    def store(work: Work) -> tuple[int, int]:
        one, other = (work.releases.add(a_release(workspace, version=version)).id for version in ("1", "2"))
        work.milestones.put(one, ASKED)
        work.milestones.put(one, SKIPPED)
        work.milestones.put(other, ASKED)
        for release, user in ((one, "UBO"), (other, "UBO"), (other, "UANA")):
            work.cards.ensure(release, "milestone", user)
        return one, other

    one, other = await write(store)
    assert await read(lambda work: work.milestones.of(one)) == {"0a1b2c3d": ASKED, "ffffffff": SKIPPED}
    assert await read(lambda work: work.milestones.asked("UBO", "milestone", 10)) == [other, one]
    assert await read(lambda work: work.milestones.asked("UANA", "milestone", 10)) == [other]

    await write(lambda work: work.milestones.put(one, DONE))
    assert await read(lambda work: work.milestones.of(one)) == {"0a1b2c3d": DONE, "ffffffff": SKIPPED}
    assert await read(lambda work: work.milestones.asked("UBO", "milestone", 10)) == [other]

    await write(lambda work: work.milestones.forget(one, ["ffffffff"]))
    assert await read(lambda work: work.milestones.of(one)) == {"0a1b2c3d": DONE}


async def test_the_holidays_of_the_workspace_are_days_off_of_its_releases(write: Do, read: Do, workspace: int) -> None:
    added = await write(lambda work: work.releases.add(a_release(workspace)).id)
    days = (date(2027, 1, 1), date(2027, 3, 8), date(2027, 3, 9))

    def off(work: Work) -> list[bool]:
        return [day in work.releases.get(added).days_off for day in days]

    assert await read(off) == [False, False, False]
    await write(lambda work: work.workspaces.update(workspace, country="DE-BE"))
    assert await read(off) == [True, True, False]


async def test_what_slack_tells_of_a_person_leaves_their_country_as_it_is(write: Do, read: Do) -> None:
    bo = Person("UBO", "Bo", "Europe/Berlin", True, False, False, False, "T1", NOW)
    await write(lambda work: work.people.put(bo))
    await write(lambda work: work.people.set_country("UBO", "FR"))
    await write(lambda work: work.people.put(replace(bo, name="Bo O'Neil", as_of=NOW + HOUR)))
    known = await read(lambda work: work.people.get("UBO"))
    assert (known.name, known.country) == ("Bo O'Neil", "FR")
    await write(lambda work: work.erase("UBO"))
    assert (await read(lambda work: work.people.get("UBO"))).country is None
