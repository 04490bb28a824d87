"""What got another name answers to the former one: typed, on buttons of old messages, in stored rows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.app import load_catalogue
from bot.kit.declare import Card, Catalogue, CatalogueError, Press, Prompt, Verb
from storage.work import Work
from tests.handlers.office import ANA, CHANNEL, Office, said


def renamed(old: str, new: str) -> Catalogue:
    """What the bot can do after one of its things got another name."""
    was, catalogue = load_catalogue(), Catalogue()
    for thing in {id(one): one for one in _things(was)}.values():
        match thing:
            case Verb() if thing.verb == old:
                catalogue.add(replace(thing, verb=new, formerly=(old,)))
            case Press() | Prompt() if thing.name == old:
                catalogue.add(replace(thing, name=new, formerly=(old,)))
            case Card() if thing.kind == old:
                catalogue.add(replace(thing, kind=new, formerly=(old,)))
            case _:
                catalogue.add(thing)
    return catalogue


def _things(catalogue: Catalogue) -> list[Any]:
    every: list[Any] = [*catalogue.verbs.values(), *catalogue.presses.values()]
    every += [*catalogue.cards.values(), *catalogue.prompts.values(), catalogue.home]
    return every + [notice for notices in catalogue.notices.values() for notice in notices[:1]]


@pytest.fixture
def after(office: Office) -> Callable[[str, str], Office]:
    """The same workspace, after a new version renamed something."""
    return lambda old, new: Office(office.store, office.clock, office.workspace, renamed(old, new))


async def test_a_renamed_verb_answers_when_typed_and_on_old_buttons(
    office: Office, after: Callable[[str, str], Office]
) -> None:
    await office.types(ANA, "new payments 2.14.0 in 3h")
    release = await office.asks(lambda work: work.releases.get_number(1))
    ship = after("hold", "halt")
    assert "hold [release] <why>" in said((await ship.types(ANA, "help hold")).message["blocks"])
    assert (await ship.presses(ANA, "do.hold", release)).modal["callback_id"] == "form.halt"
    await ship.submits(ANA, "form.hold", {"r": release.id}, why="incident 42")
    assert (await ship.state(release)).value == "on_hold"
    assert "Did you mean" not in said((await ship.types(ANA, "hodl")).message["blocks"]), "nobody learns it anew"


async def test_a_renamed_press_answers(office: Office, after: Callable[[str, str], Office]) -> None:
    release = await office.has_a_live_one()
    answer = await after("retro.all", "retro.everything").presses(ANA, "retro.all", release)
    assert "Retrospective of payments 2.14.0" in said(answer.modal)


async def test_a_renamed_card_is_the_same_message(office: Office, after: Callable[[str, str], Office]) -> None:
    await office.types(ANA, "new payments 2.14.0 in 3h")

    def cards(work: Work) -> list[tuple[int, str]]:
        return [(row.id, row.kind) for row in work.cards.of(1) if row.recipient == CHANNEL]

    [(id, _)] = await office.asks(cards)
    ship = after("release", "board")

    def draw(work: Work) -> str:
        release = work.releases.get(1)
        assert release is not None
        return work.cards.ensure(1, "board", CHANNEL, "", ship.catalogue.cards["board"].formerly).kind

    assert "payments 2.14.0 → production" in await ship.card("release", await ship.asks(lambda w: w.releases.get(1)))
    assert await ship.store.write(draw, workspace=ship.workspace) == "board"
    assert await ship.asks(cards) == [(id, "board")], "it is edited in place, not posted again"


async def test_a_renamed_prompt_runs_once(office: Office, after: Callable[[str, str], Office]) -> None:
    await office.types(ANA, "new payments 2.14.0 in 3h")

    def states(name: str) -> Callable[[Work], list[str]]:
        return lambda work: [row.state for row in work.timers.of(1) if row.name == name]

    asked = await office.asks(states("poll.ask"))
    assert asked
    await office.store.write(
        lambda work: [work.timers.done(row.id) for row in work.timers.of(1) if row.name == "poll.ask"],
        workspace=office.workspace,
    )
    ship = after("poll.ask", "poll.question")
    await ship.types(ANA, "hold REL-1 wait")
    assert await ship.asks(states("poll.question")) == [], "it ran already, under its former name"
    assert set(await ship.asks(states("poll.ask"))) == {"done"}


def test_a_former_name_can_not_be_given_to_another_thing() -> None:
    catalogue = renamed("hold", "halt")
    with pytest.raises(CatalogueError, match="“hold” is declared twice"):
        catalogue.add(load_catalogue().verbs["hold"])
