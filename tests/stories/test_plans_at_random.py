"""Whatever people plan, in whatever order, over whichever change of the clocks: it happens once, at its time, or not.

At the end, as of every story: no block was invalid, nobody was left without an answer, and every record verifies.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.release.policy import LIGHT, Milestone, Policy
from bot.release.policy import steps as plan_of
from storage.work import Work
from tests.planner import BEGINNINGS, Planner
from tests.story import Story
from tests.wanderer import Did
from tests.what_holds import broken, stand

pytestmark = pytest.mark.both


async def test_whatever_people_plan(story: Story, seed: int, steps: int) -> None:
    ana, bo = story.people("ana", "bo")
    await story.until(f"{BEGINNINGS[seed % len(BEGINNINGS)]} 08:00")
    story.endings.may_be_refused("chat.postMessage", "not_in_channel")  # #checkout has not invited the bot
    story.endings.may_stay_undelivered("dead")
    await _two_admins(story)
    await story.follows(_with_a_timeline())
    await ana.types(
        "/release train payments every tue, thu and sun 02:30 Europe/Berlin version 1.{n} lead 20h captains @ana @bo"
    )
    await ana.clicks("Save")
    await ana.types("/release freeze every sat 22:00 to sun 05:00 payments because of inventory")
    await ana.clicks("Freeze it")
    await ana.types("/release freeze in 3h to in 40h payments")
    await ana.clicks("Freeze it")
    await ana.types("/release new payments 0.9 in 5h")
    await bo.types("/release go")
    wanderer = Planner(story, seed)
    was = await story.app.store.read(stand, workspace=story.app.workspace)
    done: list[Did] = []
    for number in range(steps):
        done.append(await wanderer.step())
        now = await story.app.store.read(stand, workspace=story.app.workspace)
        wrong = broken(was, now)
        told = "\n".join(f"{one.who} {one.what}" for one in done[-15:])
        assert not wrong, f"step {number}: {wrong}\n{told}"
        was = now
    problems = await story.app.store.read(lambda work: work.audit.verify(None), workspace=story.app.workspace)
    assert not problems, f"the workspace's own record: {problems}"


async def _two_admins(story: Story) -> None:
    [eve] = story.people("eve")

    def add(work: Work) -> None:
        work.roles.add_admin(eve.id, "configuration", work.now)

    await story.app.store.write(add, workspace=story.app.workspace)


def _with_a_timeline() -> Policy:
    hours = timedelta(hours=1)
    plan = plan_of(
        (Milestone(before=3 * hours), "prompt", "is the migration rehearsed?", frozenset({"captain"})),
        (Milestone(before=1 * hours), "remind", "stand by", frozenset({"approvers"})),
        (Milestone(working_days=1, at="10:00"), "post", "code is frozen tomorrow", frozenset()),
        (Milestone(before=-2 * hours), "broadcast", "how did it go?", frozenset({"channel"})),
    )
    return replace(LIGHT, name="planned", is_default=True, services=("payments",), timeline=plan)
