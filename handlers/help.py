"""Explain what can be typed: six verbs first, each with an example and who may use it."""

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Lines, Message, Para, Reply, Small
from bot.kit.declare import Verb, verb
from bot.kit.desk import Desk
from bot.kit.subject import tidy
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
    known = desk.catalogue.words.get(tidy(ask.text).casefold()) if ask.text else None
    return _one(known, desk) if known is not None and known.verb else _all(desk)


def _one(known: Verb, desk: Desk) -> Reply:
    command = desk.catalogue.command
    also = words("Also: ", listing([Code(alias) for alias in known.aliases]), ".") if known.aliases else ()
    rows: list[Words] = [
        words(Code(f"{command} {known.usage}"), " — ", known.summary, "."),
        words("Who may: ", known.who, "."),
        words("For example: ", listing([Code(f"{command} {example}") for example in known.examples])),
    ]
    return Reply(Message(rows[0], (Lines((*rows, also) if also else tuple(rows)),)))


def _all(desk: Desk) -> Reply:
    command = desk.catalogue.command
    verbs = desk.catalogue.commands
    first = [one for one in verbs if one.first]
    rest = [one for one in verbs if not one.first]
    text = words(
        "I take releases from plan to retrospective. Try ", Code(f"{command} new payments 2.14.0 tomorrow 14:00")
    )
    blocks: list[Block] = [
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
    return Reply(Message(text, tuple(blocks)))
