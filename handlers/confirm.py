"""Ask before a menu entry acts whose button would ask: Slack lets no entry of a menu carry a confirm of its own."""

from dataclasses import replace

from bot.kit import access, parts
from bot.kit.ask import Ask
from bot.kit.blocks import ASK_FIRST, Actions, Message, Para, Reply
from bot.kit.declare import press
from bot.kit.desk import Desk
from bot.release.errors import Refusal
from bot.release.part_names import find_parts
from bot.release.words import Bold, words


@press(ASK_FIRST)
def ask_first(ask: Ask, desk: Desk) -> Reply:
    """The question of the button, with the button that says yes to it."""
    release, verb = ask.release, desk.catalogue.words.get(str(ask.data.get("do", "")).removeprefix("do."))
    if verb is None or verb.confirm is None:
        raise Refusal("This menu is from an older version. Please use the card's buttons.", code="old_button")
    if verb.move is not None:
        access.require(desk, ask.user, verb.move, release)
        access.require_as_shown(release, verb.move, ask.data)
        release.require(verb.move)
    part = parts.called(release, str(ask.data.get("t", "")))
    asked = parts.confirm_start(release, find_parts(release, part)) if part else verb.confirm(release)
    drawn = {key: value for key, value in ask.data.items() if key != "do"}
    yes = replace(desk.offer(verb.verb, release), data=drawn).asked()
    if asked is None:
        return Reply(Message((yes.label,), (Actions((yes,)),)))
    row = words(Bold(asked.title), " ", asked.text)
    return Reply(Message(row, (Para(row), Actions((replace(yes, label=asked.yes),)))))
