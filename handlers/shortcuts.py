"""Offer the verbs where nobody types: a global shortcut and one on messages."""

from bot.kit import subject
from bot.kit.ask import Ask
from bot.kit.blocks import Reply
from bot.kit.declare import press
from bot.kit.desk import Desk
from bot.kit.possible import all_possible
from bot.release.errors import Refusal


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
    return Reply(all_possible(release, ask.user, desk))
