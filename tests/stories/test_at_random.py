"""Whatever people do, in whatever order: nobody is left without an answer, and nothing happens to what was not meant.

At the end, as of every story: no block was invalid, every record verifies, and the rule decides over it as it decided.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.release.policy import LIGHT, Item, Milestone, SignOff
from tests.story import Story
from tests.wanderer import Did, Wanderer

pytestmark = pytest.mark.both

_ALWAYS = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))


async def test_whatever_people_do(story: Story, seed: int, steps: int) -> None:
    ana, eve = story.people("ana", "eve")
    ids = {name: story.people(name)[0].id for name in ("ana", "bo", "clara", "eve", "fay", "tom")}
    qa = SignOff("QA", 1, people=frozenset({ids["bo"], ids["clara"]}), outside=frozenset({ids["fay"]}), delegates=True)
    security = SignOff("Security", 1, people=frozenset({ids["eve"]}), captain_may=False, recorded=1)
    await story.follows(
        replace(
            LIGHT, name="busy", services=("checkout", "web", "ledger"), sign_offs=(qa, security), close="deadline",
            checklist=(Item("runbook", "Runbook updated", frozenset({ids["tom"]})),),
            code_cut_off=Milestone(before=timedelta(minutes=30)), nudges=(timedelta(minutes=45),),
        )
    )  # fmt: skip
    await ana.types("/release new payments 1.0 in 2h")
    await ana.types("/release new checkout 2.0 in 3h")
    await eve.types("/release new web 1.0 in 1h")
    wanderer = Wanderer(story, seed)
    before = await _records(story)
    done: list[Did] = []
    for _ in range(steps):
        done.append(await wanderer.step())
        after = await _records(story)
        touched = {id for id, entries in after.items() if _by_people(entries[len(before.get(id, [])) :])}
        told = "\n".join(f"{one.who} {one.what}" for one in done[-15:])
        new = after.keys() - before.keys()
        assert not done[-1].passed or not touched, f"time alone did what people do:\n{told}"
        assert len(touched - new) <= 1 or _is_about_all(done[-1]), f"one gesture, several releases {touched}:\n{told}"
        if done[-1].release is not None:
            assert touched - new <= {done[-1].release}, f"about {done[-1].release}, touched {touched}:\n{told}"
        before = after


def _is_about_all(did: Did) -> bool:
    """What concerns every release that somebody may answer: that they are away."""
    return "away" in did.what


def _by_people(entries: list[dict[str, Any]]) -> bool:
    """Whether a person did any of it; what the clock did meanwhile is nobody's."""
    return any(entry["by"] is not None for entry in entries)


async def _records(story: Story) -> dict[int, list[dict[str, Any]]]:
    """What is on record, by the release's row."""

    def look(work: Any) -> dict[int, list[dict[str, Any]]]:
        found = work.releases.between(*_ALWAYS, 100)
        return {one.id: [{"name": row.name, "by": row.by} for row in work.audit.tail(one.id, 10_000)] for one in found}

    return await story.app.store.read(look, workspace=story.app.workspace)
