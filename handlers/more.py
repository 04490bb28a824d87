"""Show a person all that they can do to a release now: the menu of its card holds only a few."""

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Message, Para, Reply
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.fixes import offers
from bot.kit.in_force import newer_for
from bot.kit.reviews import open_reviews
from bot.kit.telling import headline
from bot.release.states import UNSAID
from bot.release.words import Bold, words

#: In a row stand so many buttons; more are hard to read on a phone.
IN_A_ROW = 4


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
    release = ask.release
    said = [known for known in desk.catalogue.commands if known.move is not None and known.move not in UNSAID]
    can_do = [known.verb for known in said]
    can_do += ["review done"] if open_reviews(release, desk) else []
    can_do += ["late accept", "late refuse"] if release.late is not None else []
    can_do += ["tick"] if release.policy.checklist else []
    can_do += ["re-apply"] if newer_for(release, desk) is not None else []
    looks = [name for name in ("why", "status", "history") if name in desk.catalogue.verbs]
    buttons = offers([*can_do, *looks], release, ask.user, desk)
    row = words(Bold(release.title), ": ", headline(release, desk.electorate(release)), ". What you can do now:")
    rows: list[Block] = [Actions(tuple(buttons[at : at + IN_A_ROW])) for at in range(0, len(buttons), IN_A_ROW)]
    return Reply(Message(row, (Para(row), *rows)))
