"""Show a person all that they can do to a release now, as buttons: wherever they ask for it."""

from bot.kit import access
from bot.kit.blocks import Actions, Block, Message, Para
from bot.kit.desk import Desk
from bot.kit.fixes import offers
from bot.kit.in_force import newer_for
from bot.kit.reviews import open_reviews
from bot.release.release import Release
from bot.release.states import UNSAID
from bot.release.words import Bold, words

#: In a row stand so many buttons; more are hard to read on a phone.
IN_A_ROW = 4


def all_possible(release: Release, user: str, desk: Desk) -> Message:
    """How it stands, what they can do to it, and where to look."""
    said = [known for known in desk.catalogue.commands if known.move is not None and known.move not in UNSAID]
    can_do = [known.verb for known in said]
    can_do += ["review done"] if open_reviews(release, desk) else []
    can_do += ["late accept", "late refuse"] if release.late is not None else []
    can_do += ["tick"] if release.policy.checklist else []
    can_do += ["re-apply"] if newer_for(release, desk) is not None else []
    looks = [name for name in ("why", "status", "history") if name in desk.catalogue.verbs]
    buttons = offers([*can_do, *looks], release, user, desk)
    row = words(Bold(release.title), ": ", access.stands(desk, user, release), ". What you can do now:")
    rows: list[Block] = [Actions(tuple(buttons[at : at + IN_A_ROW])) for at in range(0, len(buttons), IN_A_ROW)]
    return Message(row, (Para(row), *rows))
