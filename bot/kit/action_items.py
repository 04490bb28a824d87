"""Show the action items of a retrospective, and know who may have one."""

from bot.kit import access
from bot.kit.ask import Ask
from bot.kit.blocks import Para
from bot.kit.desk import Desk
from bot.release.errors import FieldRefusal, Refusal
from bot.release.release import Release
from bot.release.states import Move
from bot.release.words import Said, Who, Words, words
from storage.retros import ActionItem

#: The card shows so many characters of what was said; [Show all] shows the rest.
SHORT = 280
#: So many planned releases of a service show its open action items anew at once.
MOST_NEXT = 10


def short(text: str) -> str:
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def todo(one: ActionItem, desk: Desk, *, to_owner: bool = False) -> Para:
    """An action item, with its button while it is open; its owner is not named to themselves."""
    if one.closed_by is not None:
        return Para(words("✅ ", Said(short(one.text)), " — done by ", Who(one.closed_by)))
    done = desk.catalogue.presses["retro.done"].button("Done", r=one.release_id, a=one.id)
    return Para(words("◻️ ", Said(short(one.text)), whose_and_when(one, to_owner=to_owner)), done)


def whose_and_when(one: ActionItem, *, to_owner: bool = False) -> Words:
    """` — Bo, by Fri 4 Dec`."""
    return words(
        *(() if to_owner else (" — ", Who(one.owner))), f", by {one.due_on:%a} {one.due_on.day} {one.due_on:%b}"
    )


def open_item(ask: Ask, number: object, desk: Desk) -> ActionItem:
    """The one of this number (its row's id), for its owner and whoever may answer the retrospective.

    Raises Refusal for others, and where it is closed or not there.
    """
    release = ask.release
    item = next((one for one in desk.work.retros.actions(release.id) if one.id == number), None)
    if item is None:
        raise Refusal("That action item is not there any more.", code="no_such_action")
    if ask.user != item.owner:
        access.require(desk, ask.user, Move.RETRO, release)
    if item.closed_by is not None:
        said = words("“", Said(short(item.text)), "” was closed already by ", Who(item.closed_by), ".")
        raise Refusal(*said, code="action_closed")
    return item


def require_owner(owner: str, field: str, release: Release, desk: Desk) -> None:
    """Raise FieldRefusal where somebody cannot have one."""
    if not desk.is_full_member(owner):
        raise FieldRefusal(field, Who(owner), " can't own an action item: full members can, no guests and no bots.",
                           code="not_full_member")  # fmt: skip
    if not access.may_see(desk, owner, release):
        raise FieldRefusal(field, Who(owner), " is not in this release's channel, which is private.",
                           code="may_not_see")  # fmt: skip


def hold_up(release: Release, desk: Desk) -> None:
    """What is planned next of its services shows what there is to do."""
    for service in dict.fromkeys(part.service for part in release.parts):
        for one in desk.work.releases.find(service, limit=MOST_NEXT):
            desk.redraw(one)
