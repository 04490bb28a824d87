"""A crowd answers at once (`--voters 200`), and some change their minds: all count, the card is right, one is told."""

import asyncio
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.release.policy import LIGHT
from bot.release.release import Choice
from bot.sandbox.person import Person
from storage.work import Work
from tests.replicas.fleet import WORKSPACE, fleet, insists

CHANGE = 8
ROOM = "#payments"
#: Seconds in which everybody has been heard who insists; how fast it is, the benchmark says.
PATIENCE = 60


def at_the_deadline(work: Work) -> None:
    slow = replace(LIGHT, name="slow", is_default=True, close="deadline")
    work.policies.put(slow, "test", work.now)


def votes(work: Work) -> dict[str, Choice]:
    (release,) = work.releases.find("payments", "2.14.0")
    return {vote.user: vote.choice for vote in release.votes}


@pytest.mark.parametrize(("kind", "replicas"), [("sqlite", 1), ("postgres", 2)])
async def test_a_crowd_at_once(kind: str, replicas: int, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    rng, many = Random(200), request.config.getoption("--voters")
    async with fleet("http", request.getfixturevalue(f"{kind}_database"), tmp_path, replicas=replicas) as bots:
        crowd = bots.crowd(many, (ROOM,))
        await bots.starts()
        await bots.store.write(at_the_deadline, workspace=WORKSPACE)
        ana, room = bots.box.person("ana"), bots.box.room(ROOM)
        assert (await ana.types("/release new payments 2.14.0 in 2h")).ok
        await room.sees("go/no-go is open until", within=10)
        card = room.card("[Go] [No-go]")
        minds = {person.id: [Choice.GO] for person in crowd}
        for person in rng.sample(crowd, CHANGE):
            minds[person.id] = rng.choice(([Choice.ABSTAIN, Choice.GO], [Choice.GO, Choice.ABSTAIN]))
        await asyncio.gather(*(says(person, minds[person.id], card) for person in crowd))
        assert await bots.look(votes) == {user: said[-1] for user, said in minds.items()}

        await insists(lambda: ana.types("/release poll close payments"), within=20)
        await room.sees("go. Deploy starts", within=PATIENCE)
        await bots.all_is_well()
        announced = [message["text"] for message in room.messages if "go. Deploy starts" in message["text"]]
        assert len(announced) == 1
        shown = bots.box.person("ana").reads(room.card("✅ Go — decided"))
        given = sum(said[-1] is Choice.GO for said in minds.values())
        assert f"{given - 4} more" in shown, shown


async def says(person: Person, choices: list[Choice], card: Any) -> None:
    """One after the other; again where Slack shows that it did not work, as people do."""
    for choice in choices:
        if choice is Choice.GO:
            await insists(lambda: person.clicks("Go", on=card, stale=True), within=PATIENCE)
        else:
            await insists(lambda: person.types("/release abstain payments"), hears="abstained", within=PATIENCE)
