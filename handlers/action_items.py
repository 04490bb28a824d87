"""Close an action item of a retrospective, or give it another owner or day."""

from datetime import date

from bot.kit.action_items import hold_up, open_item, require_owner, short, todo, whose_and_when
from bot.kit.ask import Ask
from bot.kit.blocks import Input, Message, Modal, Option, Para, Reply, say
from bot.kit.declare import press
from bot.kit.desk import Desk
from bot.kit.fitting import cut
from bot.kit.interaction import Kind
from bot.release import planning
from bot.release.errors import FieldRefusal, Refusal
from bot.release.words import Said, Who, words
from bot.release.zones import local
from storage.retros import ActionItem

#: So many open ones can be chosen from, and so much of each is shown there.
MOST_CHOICES, MOST_LABEL = 100, 75


@press("retro.done")
def done(ask: Ask, desk: Desk) -> Reply:
    """An action item is done: its owner says so, or who may answer the retrospective."""
    release, item = ask.release, open_item(ask, ask.data.get("a"), desk)
    desk.work.retros.close_action(item.id, ask.user, desk.now)
    planning.close_action(release, item.id, item.text, now=desk.now, by=ask.user)
    hold_up(release, desk)
    return say("✅ Done: ", Said(short(item.text)))


@press("retro.change")
def change(ask: Ask, desk: Desk) -> Reply:
    """Ask which and what, then change it; a new owner is told."""
    if ask.did.kind is not Kind.MODAL:
        return Reply(modal=_dialog(ask, desk))
    item, release = open_item(ask, int(str(ask.did.values.get("item") or 0)), desk), ask.release
    owner, day = ask.did.values.get("owner"), ask.did.values.get("due")
    changed = str(owner) if owner else item.owner, date.fromisoformat(str(day)) if day else item.due_on
    if changed == (item.owner, item.due_on):
        raise FieldRefusal("owner", "Choose another owner or another day.", code="nothing_changed")
    if changed[0] != item.owner:
        require_owner(changed[0], "owner", release, desk)
    if changed[1] != item.due_on and changed[1] < local(desk.now, desk.voice(ask.user).zone).date().to_stdlib():
        raise FieldRefusal("due", "That day is past. Choose today or a later one.", code="past")
    desk.work.retros.change_action(item.id, *changed)
    planning.change_action(release, item.id, item.text, *changed, now=desk.now, by=ask.user)
    hold_up(release, desk)
    new = next(one for one in desk.work.retros.actions(release.id) if one.id == item.id)
    if new.owner not in (item.owner, ask.user):
        head = words(Who(ask.user), " gave you an action item of the retrospective of ", Said(release.title), ".")
        desk.direct(new.owner, Message(head, (Para(head), todo(new, desk, to_owner=True))), release)
    return say("Changed: “", Said(short(new.text)), "”", whose_and_when(new), ".")


def _dialog(ask: Ask, desk: Desk) -> Modal:
    every = [one for one in desk.work.retros.actions(ask.release.id) if one.closed_by is None][:MOST_CHOICES]
    if not every:
        raise Refusal("Every action item of ", Said(ask.release.title), " is done.", code="action_closed")
    fields = (
        Input("item", "Which one?", kind="choice", options=tuple(_option(one, desk) for one in every),
              initial=str(every[0].id) if len(every) == 1 else None),
        Input("owner", "Who does it?", kind="user", optional=True, hint="As it is, if left empty."),
        Input("due", "By when?", kind="date", optional=True, hint="As it is, if left empty."),
    )  # fmt: skip
    return Modal("retro.change", "Change an action item", fields, submit="Change", data={"r": ask.release.id})


def _option(one: ActionItem, desk: Desk) -> Option:
    end = f" — {desk.name(one.owner)}, by {one.due_on.day} {one.due_on:%b}"
    return Option(str(one.id), cut(" ".join(one.text.split()), MOST_LABEL - len(end)) + end)
