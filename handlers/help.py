"""Explain what can be typed: six verbs first, each with an example and who may use it."""

from bot.kit import pages
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Lines, Message, Para, Reply, Small
from bot.kit.declare import Verb, verb
from bot.kit.desk import Desk
from bot.kit.naming import split_word, tidy
from bot.release.states import RULED
from bot.release.words import Bold, Code, Words, listing, words


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
    asked = tidy(ask.text).casefold()
    known = desk.catalogue.words.get(asked) or desk.catalogue.words.get(split_word(asked)[0])
    if asked and known is not None:
        return _one(known, desk)
    return _all(desk, pages.not_known(ask.text, desk) if asked else ())


def _one(known: Verb, desk: Desk) -> Reply:
    command = desk.catalogue.command
    also = words("Also: ", listing([Code(alias) for alias in known.aliases]), ".") if known.aliases else ()
    otherwise = ", unless its policy says otherwise" if known.move not in (None, *RULED) else ""
    rows: list[Words] = [
        words(Code(f"{command} {known.usage}".strip()), " — ", known.summary, "."),
        words("Who may: ", known.who, otherwise, "."),
        words("For example: ", listing([Code(f"{command} {example}".strip()) for example in known.examples])),
    ]
    return Reply(Message(rows[0], (Lines((*rows, also) if also else tuple(rows)),)))


def _all(desk: Desk, first_line: Words) -> Reply:
    """Everything; `deploy start` and its like stand in the line of `deploy`."""
    command = desk.catalogue.command
    first = [one for one in desk.catalogue.commands if one.first]
    told = {one.verb for one in first}
    rest = [one for one in desk.catalogue.commands if one.verb.split()[0] not in told]
    text = words(
        "I take releases from plan to retrospective. Try ", Code(f"{command} new payments 2.14.0 tomorrow 14:00")
    )
    blocks: list[Block] = [
        *([Para(first_line)] if first_line else []),
        Para(text),
        Lines(tuple(words(Code(f"{command} {one.usage}"), "  ", one.summary) for one in first)),
        Para((Bold("Also"),)),
        Lines(tuple(words(Code(one.usage), "  ", one.summary) for one in rest)),
        Small(
            words(
                "In a release's thread: ", Code("@T-Minus why"), ". About one verb: ", Code(f"{command} help hold"), "."
            )
        ),
        Actions((Button("New release", "do.new"),)),
    ]
    return Reply(Message(first_line or text, tuple(blocks)))
