"""Help, and what else says how something is typed: it can be typed as shown, in the order of a release day."""

import re

from bot.app import load_catalogue
from bot.kit.declare import FIRST
from tests.handlers.office import ANA, Office, said


async def shown(office: Office, line: str) -> str:
    answer = await office.types(ANA, line)
    return said(answer.message["blocks"]) if answer.message else ""


async def test_all_that_is_shown_follows_the_command_and_the_prefix(office: Office) -> None:
    ship = Office(office.store, office.clock, office.workspace, load_catalogue("/ship", "SHP"))
    lines = ["", "help", "frob", "drop", "extend", "hold", "status 7 9", "SHP-99", "new payments 1 in 2h", "drop"]
    lines += [f"help {known.verb}" for known in ship.catalogue.commands]
    for line in lines:
        text = await shown(ship, line)
        assert "REL" not in text and "/release" not in text, line
    assert "/ship hold SHP-12 incident" in await shown(ship, "help hold")


async def test_one_verb_is_explained_in_whole_sentences(office: Office) -> None:
    for known in office.catalogue.commands:
        text = await shown(office, f"help {known.verb}")
        assert not re.search(r"[.?!…]\.", text), text
    assert "Who may: the captain or an admin, unless its policy says otherwise." in await shown(office, "help move")
    assert "/release hold [release] <why>" in (await shown(office, "help hold please"))


async def test_an_unknown_verb_is_called_unknown(office: Office) -> None:
    text = await shown(office, "help frob")
    assert text.startswith("I don't know “frob”.\nI take releases from plan to retrospective.")
    assert "I don't know “hodl”. Did you mean hold?" in await shown(office, "help hodl")
    assert "I don't know “neu”. Did you mean new?" in await shown(office, "neu payments 2.14.0 tomorrow 14:00")


async def test_help_shows_all_there_is_by_what_it_is_for_in_the_order_of_a_release_day(office: Office) -> None:
    text = await shown(office, "help")
    everyday, _, also = text.partition("\nLook  ")
    assert re.findall(r"^/release ([a-z]+)", everyday, re.MULTILINE) == list(FIRST)
    groups = [line.split("  ")[-1].split(", ") for line in also.split("\nWhat a verb does:")[0].splitlines()]
    order = [verb.split()[0] for group in groups for verb in group]
    day = ["poll", "go", "no-go", "resume", "cancel", "rollback", "retro", "setup"]
    assert [verb for verb in order if verb in day] == day
    assert "deploy" not in order, "it stands above"
    single = {known.verb.split()[0] for known in office.catalogue.commands}
    told = {*FIRST, *order}
    assert single <= told, f"not shown: {single - told}"
    assert "\nMore " not in text, "each has its group"
    assert len(text.splitlines()) < 20, "it fits a phone's screen or two"


async def test_help_of_a_verb_names_those_that_begin_with_it(office: Office) -> None:
    assert "/release poll close" in await shown(office, "help poll")
