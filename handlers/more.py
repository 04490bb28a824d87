"""Show a person all that they can do to a release now: the menu of its card holds only a few."""

from bot.kit.ask import Ask
from bot.kit.blocks import Reply
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.possible import all_possible


@verb(
    "more",
    usage="more [release]",
    summary="All that you can do to it now, as buttons",
    who="everyone in the channel",
    examples=("more", "more REL-12"),
    reads=True,
    hidden=True,
    label="More …",
)
def more(ask: Ask, desk: Desk) -> Reply:
    return Reply(all_possible(ask.release, ask.user, desk))
