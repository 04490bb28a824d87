"""Show the trains: what departs next, who leads it, and the buttons to change that."""

from datetime import datetime, timedelta

from bot.kit import access, follow
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Confirm, Lines, Message, Para, Reply, Small
from bot.kit.declare import verb
from bot.kit.desk import Desk
from bot.kit.telling import headline
from bot.kit.train_form import frozen_rows
from bot.kit.train_form import row as line_of_departure
from bot.kit.train_named import is_paused
from bot.kit.trains import Coming, coming, may_change, say_departure, say_pause, seen
from bot.release.errors import Refusal
from bot.release.planned import at_wall
from bot.release.release import DEFAULT_ENVIRONMENT
from bot.release.states import BEFORE_DEPLOY, State
from bot.release.trains import Train
from bot.release.words import Bold, Channel, Code, Said, Who, Words, words
from bot.release.zones import say_clock, say_day

#: So many trains are listed, with so many departures each.
MOST, DEPARTURES = 8, 3
#: So late a release that has not left yet is still looked for.
LATE = timedelta(days=30)


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
    paused = words(" · ", say_pause(one, desk)) if is_paused(one, desk) else ()
    head = words("🚆 ", Bold(f"{one.service}{where}"), f" · {one.when} · ", Channel(one.channel),
                 f" · train {one.number}", paused)  # fmt: skip
    try:
        days = coming(one, desk, DEPARTURES)
    except Refusal as no:
        return [Lines((head, words("✋ ", no.words)))]
    rows: list[tuple[datetime, tuple[Words, ...]]] = [(at, (row,)) for at, row in _made(one, user, desk)]
    rows += [(day.one.at, (line_of_departure(day, one, desk), *_frozen(day, one, desk))) for day in days]
    said = [words("• " if at == 0 else "", row) for _, its in sorted(rows, key=lambda known: known[0])
            for at, row in enumerate(its)]  # fmt: skip
    blocks: list[Block] = [Lines((head, *said))]
    return [*blocks, _actions(one, days, desk)] if may_change(one, user, desk) else blocks


def _frozen(day: Coming, one: Train, desk: Desk) -> list[Words]:
    return [] if day.off else frozen_rows(day, one, desk)


def _made(one: Train, user: str, desk: Desk) -> list[tuple[datetime, Words]]:
    """The departures whose release is made and that are ahead, or have not left yet: when, and how they stand."""
    rows: list[tuple[datetime, Words]] = []
    known = desk.work.trains.departures(one.id, (desk.now - LATE).date())
    made = desk.work.releases.many({its.release_id for its in known.values() if its.release_id is not None})
    for day, its in known.items():
        release = made.get(its.release_id) if its.release_id is not None else None
        if release is None or not access.may_see(desk, user, release):
            continue
        at, release = at_wall(day, one.clock, one.zone), follow.read(release, desk)
        if at <= desk.now and release.state not in BEFORE_DEPLOY and release.state is not State.DEPLOYING:
            continue
        departs, goes = (
            f"{say_day(then, one.zone, now=desk.now)} {say_clock(then, one.zone)}" for then in (at, release.target_at)
        )
        moved = f", moved to {goes}" if goes != departs else ""
        stands = headline(release, desk.electorate(release))
        rows.append((at, words(Bold(departs), " — ", Said(release.title), f" ({desk.ref(release)}), captain ",
                               Who(release.captain), moved, ": ", stands)))  # fmt: skip
    return rows


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
