"""List the freezes that stand; lift one, and put it back."""

from bot.kit import access
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Message, Para, Reply, Small, say
from bot.kit.declare import press, verb
from bot.kit.desk import Desk
from bot.kit.freeze_saying import (
    BEGINS,
    ENDS,
    announce,
    described,
    lift_button,
    note,
    numbered,
    plan_times,
    require_as_shown,
    require_room,
)
from bot.kit.freezes import hit_by
from bot.release.errors import Refusal
from bot.release.frozen import scope
from bot.release.words import Bold, Who, Words, words

#: So many are listed.
MOST_LISTED = 10


@verb(
    "freezes",
    usage="freezes",
    summary="The freezes that stand, and when each lasts",
    who="everyone",
    examples=("freezes",),
    aliases=("freeze list",),
    subject="none",
    reads=True,
    label="Freezes",
)
def freezes(ask: Ask, desk: Desk) -> Reply:
    found = [one for one in desk.work.freezes.standing() if next(one.windows(desk.now), None) is not None]
    is_admin = ask.user in desk.work.roles.admins()
    new = Actions((Button("New freeze", "do.freeze"),)) if is_admin else None
    if not found:
        row: Words = ("Nothing is frozen, now or later.",)
        return Reply(Message(row, (Para(row), *((new,) if new else ()))))
    blocks: list[Block] = []
    for one in sorted(found, key=lambda one: next(one.windows(desk.now)).starts_at)[:MOST_LISTED]:
        now = " · now" if one.window_at(desk.now) is not None else ""
        row = words(
            "❄️ ", Bold(f"Freeze {one.number}"), now, "  a ", described(one, desk.now), " · ", Who(one.created_by)
        )
        blocks.append(Para(row))
        if is_admin:
            blocks.append(Actions((Button("Change", "do.freeze change", {"t": str(one.number)}), lift_button(one))))
    if len(found) > MOST_LISTED:
        blocks.append(Small((f"and {len(found) - MOST_LISTED} more",)))
    text = "1 freeze stands." if len(found) == 1 else f"{len(found)} freezes stand."
    return Reply(Message((text,), (*blocks, *((new,) if new else ()))))


@verb(
    "freeze lift",
    usage="freeze lift <number>",
    summary="Lift a freeze: deploying goes on",
    who="admins",
    examples=("freeze lift 3",),
    aliases=("unfreeze", "freeze end", "end freeze", "lift freeze", "freeze off"),
    subject="none",
    label="Lift",
)
def lift(ask: Ask, desk: Desk) -> Reply:
    access.require_admin(desk, ask.user)
    found, _ = numbered(ask.text, desk)
    require_as_shown(found, ask, desk)
    touched = hit_by(found, desk)
    desk.work.freezes.end(found.id, ask.user)
    desk.work.appointments.replan(BEGINS, str(found.id), ())
    desk.work.appointments.replan(ENDS, str(found.id), ())
    note("lifted", found, ask, desk)
    announce(found, words(Who(ask.user), " lifted the ", described(found, desk.now)), desk)
    for release in touched:
        desk.redraw(release)
    row = words("Lifted: the freeze", scope(found), f" (freeze {found.number}).")
    return Reply(Message(row, (Para(row), Actions((restore.button("Put it back", k=found.id),)))))


@press("freeze.restore")
def restore(ask: Ask, desk: Desk) -> Reply:
    access.require_admin(desk, ask.user)
    found = desk.work.freezes.get(int(str(ask.data.get("k", 0))))
    require_room(desk)
    over = found is None or next(found.windows(desk.now), None) is None
    if found is None or over or not desk.work.freezes.restore(found.id):
        raise Refusal("That freeze stands already, or is over.", code="not_lifted")
    note("restored", found, ask, desk)
    plan_times(found, desk)
    announce(found, words(Who(ask.user), " put back the ", described(found, desk.now)), desk)
    for release in hit_by(found, desk):
        desk.redraw(release)
    return say("It holds again: a ", described(found, desk.now), f" (freeze {found.number}).")
