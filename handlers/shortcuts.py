"""Offer the verbs where nobody types: a global shortcut and one on messages."""

from bot.kit import subject
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Button, Message, Para, Reply
from bot.kit.declare import press
from bot.kit.desk import Desk
from bot.kit.telling import headline
from bot.release.errors import Refusal
from bot.release.words import Bold, words


@press("shortcut.new_release")
def new_release(ask: Ask, desk: Desk) -> Reply:
    """The global shortcut opens the same dialog as the verb."""
    form = desk.catalogue.verbs["new"].form
    if form is None:
        raise Refusal("Type ", desk.catalogue.command, " new", code="usage")
    return Reply(modal=form.modal("form.new", data={}, initial={"risk": "medium", "kind": "normal"}))


@press("shortcut.release_actions")
def release_actions(ask: Ask, desk: Desk) -> Reply:
    """The message shortcut: what can be done to the release this message is about."""
    release, _ = subject.find(ask.did, "", desk)
    if release is None:
        raise subject.nothing_here(desk)
    ask.found = release
    row = words(Bold(release.title), ": ", headline(release, desk.electorate(release)))
    verbs = [move.value for move in release.possible if move.value in desk.catalogue.verbs]
    names = ["why", "status", *verbs]
    buttons: list[Button] = [desk.offer(name, release) for name in names]
    rows = [Actions(tuple(buttons[at : at + 5])) for at in range(0, min(len(buttons), 15), 5)]
    return Reply(Message(row, (Para(row), *rows)))
