"""Show the trains: what departs next, who leads it, and the buttons to change that."""

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Confirm, Lines, Message, Para, Reply, Small
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.train_form import row as line_of_departure
from bot.kit.train_named import is_paused
from bot.kit.trains import Coming, coming, may_change, say_departure, seen
from bot.release.errors import Refusal
from bot.release.release import DEFAULT_ENVIRONMENT
from bot.release.trains import Train
from bot.release.words import Bold, Channel, Code, Said, words

#: So many trains are listed, with so many departures each.
MOST, DEPARTURES = 8, 3


@verb(
    "trains",
    usage="trains [service]",
    summary="The trains: what departs next, and who leads it",
    who="everyone",
    examples=("trains", "trains payments"),
    aliases=("train list",),
    subject="none",
    reads=True,
    label="Trains",
)
def trains(ask: Ask, desk: Desk) -> Reply:
    found = seen(ask.user, desk, ask.text or None)
    if not found:
        which = words(" of ", Said(ask.text)) if ask.text else ()
        typed = Code(f"{desk.catalogue.command} train payments every 2nd tue 14:00 Europe/Berlin")
        row = words("There is no train", which, ". ", typed, " makes one.")
        return Reply(Message(row, (Para(row), Actions((Button("New train", "do.train"),)))))
    head = words(f"{len(found)} train{'s' if len(found) > 1 else ''}:")
    blocks: list[Block] = [Para(head)]
    for one in found[:MOST]:
        blocks += _shown(one, ask.user, desk)
    if len(found) > MOST:
        typed = Code(f"{desk.catalogue.command} trains {found[MOST].service}")
        blocks.append(Small(words(f"and {len(found) - MOST} more; ", typed, " shows one service's.")))
    return Reply(Message(head, tuple(blocks)))


def _shown(one: Train, user: str, desk: Desk) -> list[Block]:
    where = "" if one.environment == DEFAULT_ENVIRONMENT else f" → {one.environment}"
    paused = words(f" · paused until {one.paused_until:%d.%m.%Y}") if is_paused(one, desk) else ()
    head = words("🚆 ", Bold(f"{one.service}{where}"), f" · {one.when} · ", Channel(one.channel),
                 f" · train {one.number}", paused)  # fmt: skip
    try:
        days = coming(one, desk, DEPARTURES)
    except Refusal as no:
        return [Lines((head, words("✋ ", no.words)))]
    blocks: list[Block] = [Lines((head, *(words("• ", line_of_departure(day, one, desk)) for day in days)))]
    return [*blocks, _actions(one, days, desk)] if may_change(one, user, desk) else blocks


def _actions(one: Train, days: list[Coming], desk: Desk) -> Actions:
    """The next departure can be skipped, and one that is skipped can depart after all."""
    presses = desk.catalogue.presses
    shown: list[Button] = []
    following = next((day for day in days if not day.off), None)
    if following is not None:
        label = f"Skip {say_departure(following.one, desk)}"
        shown.append(presses["train.skip"].button(label, i=one.id, d=following.one.day.isoformat()))
    skipped = next((day for day in days if day.skipped), None)
    if skipped is not None:
        label = f"Don't skip {say_departure(skipped.one, desk)}"
        shown.append(presses["train.unskip"].button(label, i=one.id, d=skipped.one.day.isoformat()))
    paused = is_paused(one, desk)
    pausing = presses["train.resume"].button("Resume", i=one.id) if paused else None
    pausing = pausing or presses["train.pause"].button("Pause …", i=one.id)
    end = presses["train.end"].button("End the train", i=one.id, confirm=_confirm(one))
    return Actions((*shown, presses["train.edit"].button("Edit …", i=one.id), pausing, end))


def _confirm(one: Train) -> Confirm:
    return Confirm("End this train?", words(Said(one.service), f", {one.when}: it makes no more releases. Those it has "
                                            "made stay."), "End it")  # fmt: skip
