"""Explain what can be typed: six verbs first, the others by name, and each with an example and who may use it."""

import re

from bot.kit import pages
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Lines, Message, Para, Reply, Small
from bot.kit.declare import GROUPS, Verb, verb
from bot.kit.desk import Desk
from bot.kit.naming import split_word, tidy
from bot.release.states import RULED
from bot.release.words import Bold, Code, Words, listing, words

_PLEASE = re.compile(r"^(?:me|please|us)\b\s*|\s*\bplease$")


@verb(
    "help",
    usage="help [verb]",
    summary="What can be typed; with a verb, how",
    who="everyone",
    examples=("help", "help hold"),
    aliases=("?", "-h", "--help", "hilfe"),
    subject="none",
    reads=True,
)
def explain(ask: Ask, desk: Desk) -> Reply:
    asked = _PLEASE.sub("", tidy(ask.text).casefold())
    known = desk.catalogue.words.get(asked) or desk.catalogue.words.get(split_word(asked)[0])
    if asked and known is not None:
        return _one(known, desk)
    return _all(desk, pages.not_known(ask.text, desk) if asked else ())


def _one(known: Verb, desk: Desk) -> Reply:
    command = desk.catalogue.command
    also = words("Also: ", listing([Code(alias) for alias in known.aliases]), ".") if known.aliases else ()
    otherwise = ", unless its policy says otherwise" if known.move not in (None, *RULED) else ""
    more = [
        one for one in desk.catalogue.commands if one.verb.startswith(f"{known.verb} ") or one.verb == f"un{known.verb}"
    ]
    rows: list[Words] = [
        words(Code(f"{command} {known.usage}".strip()), " — ", known.summary, "."),
        words("Who may: ", known.who, otherwise, "."),
        words("For example: ", listing([Code(f"{command} {example}".strip()) for example in known.examples])),
    ]
    rows += [also] if also else []
    rows += [words(Code(f"{command} {one.usage}"), "  ", one.summary, ".") for one in more]
    return Reply(Message(rows[0], (Lines(tuple(rows)),)))


def _all(desk: Desk, first_line: Words) -> Reply:
    """Everything, by what it is for; `deploy start` and its like stand in the line of `deploy`."""
    command = desk.catalogue.command
    first = [one for one in desk.catalogue.commands if one.first]
    text = words(
        "I take releases from plan to retrospective. Try ", Code(f"{command} new payments 2.14.0 tomorrow 14:00")
    )
    blocks: list[Block] = [
        *([Para(first_line)] if first_line else []),
        Para(text),
        Lines(tuple(words(Code(f"{command} {one.usage}"), "  ", one.summary) for one in first)),
    ]
    named = ((group, listing((Code(one.verb) for one in known), last=", ")) for group, known in _groups(desk))
    blocks.append(Lines(tuple(words(Bold(group), "  ", verbs) for group, verbs in named)))
    about = words(
        "What a verb does: ", Code(f"{command} help retro"), ". In a release's thread: ", Code("@T-Minus why"), "."
    )
    blocks += [Small(about), Actions((Button("New release", "do.new"),))]
    return Reply(Message(first_line or text, tuple(blocks)))


def _groups(desk: Desk) -> list[tuple[str, list[Verb]]]:
    """The verbs that are not among the first, by what they are for."""
    every = [one for one in desk.catalogue.commands if not one.first]
    names = {one.verb for one in desk.catalogue.commands}
    shown = {one.verb: one for one in every if one.verb.split()[0] not in names - {one.verb}}
    grouped = [(group, [shown.pop(name) for name in named if name in shown]) for group, named in GROUPS.items()]
    grouped.append(("More", list(shown.values())))
    return [(group, known) for group, known in grouped if known]
