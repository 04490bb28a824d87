"""Check the channel in which what is planned shall live."""

from bot.kit.ask import Ask
from bot.kit.blocks import Block, Small
from bot.kit.desk import Desk
from bot.kit.interaction import Kind
from bot.release.errors import FieldRefusal
from bot.release.words import Code, words


def require_place(channel: str, ask: Ask, desk: Desk) -> bool:
    """Whether the channel is private. Raises Refusal for one where no card can live, or this person is not."""
    if not channel or channel.startswith("D"):
        raise FieldRefusal(
            "channel", "Choose the channel in which its card shall live, for example #payments.", code="no_channel"
        )
    members = desk.members(channel)
    row = desk.work.people.channel(channel)
    if row is not None and row.is_archived:
        raise FieldRefusal("channel", "That channel is archived. Choose another one.", code="archived")
    acted_there = ask.did.channel == channel and ask.did.kind is Kind.COMMAND
    if members is not None and ask.user not in members and not acted_there:
        raise FieldRefusal("channel", "Only members of a channel can plan releases there.", code="not_in_channel")
    return is_private(channel, desk)


def is_private(channel: str, desk: Desk) -> bool:
    """What is not known to be public is private."""
    row = desk.work.people.channel(channel)
    return row.is_private if row is not None else True


def not_there(channel: str, desk: Desk) -> tuple[Block, ...]:
    """What to do where the bot is not in that channel, and so can show nothing there."""
    row = desk.work.people.channel(channel)
    if row is not None and row.bot_is_member:
        return ()
    typed = Code("/invite @T-Minus")
    return (Small(words("I'm not in that channel: type ", typed, " there, so that I can show cards.")),)
