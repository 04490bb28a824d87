"""See to what a go depends on: ask its owner, remind them before it is due, take their word, and tell the others."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Message, Para, Reply, say
from bot.kit.declare import card, notice, prompt, verb
from bot.kit.desk import Desk
from bot.kit.interaction import Kind
from bot.kit.telling import headline
from bot.release import poll as rule
from bot.release.attached import Condition
from bot.release.conditions import due_of, is_overtaken, of_round, open_now, until
from bot.release.events import Event
from bot.release.hours import in_hours
from bot.release.release import Release
from bot.release.states import Move, State
from bot.release.words import At, Bold, Said, Who, Words, words
from storage.cards import CardRow

#: So long before it is due, its owner is reminded.
REMIND_BEFORE = timedelta(minutes=30)
#: So many of one person are shown in one message; a button for each has to find room.
MOST_SHOWN = 10


# ---- saying how it went ------------------------------------------------------------------------


@verb(
    "condition done",
    usage="condition done [release]",
    summary="Say that what a go depends on is done",
    who="whoever sees to it, and whoever said go if",
    examples=("condition done",),
    move=Move.CONDITION,
    label="Done",
    style="primary",
)
def done(ask: Ask, desk: Desk) -> Reply:
    return _settle(ask, desk, met=True)


@verb(
    "condition not-done",
    usage="condition not-done [release]",
    summary="Say that what a go depends on is not done, and will not be in time",
    who="whoever sees to it, and whoever said go if",
    examples=("condition not-done",),
    aliases=("condition not done",),
    move=Move.CONDITION,
    label="Not done",
)
def not_done(ask: Ask, desk: Desk) -> Reply:
    return _settle(ask, desk, met=False)


def _settle(ask: Ask, desk: Desk, *, met: bool) -> Reply:
    release, number = ask.release, ask.data.get("k")
    number = number if isinstance(number, int) else None
    one = rule.settle_condition(release, desk.electorate(release), number, met, now=desk.now, by=ask.user)
    if ask.did.kind is Kind.BUTTON and _on_their_message(ask, desk):
        return Reply()  # the message changes: that is the answer
    row = words("“", Said(one.text), "” is ", "done" if met else "not done", ". ", Bold(release.title), ": ")
    return say(row, headline(release, desk.electorate(release)), ".")


def _on_their_message(ask: Ask, desk: Desk) -> bool:
    if not ask.did.channel or not ask.did.message_ts:
        return False
    shown = desk.work.cards.by_ts(ask.did.channel, ask.did.message_ts)
    return shown is not None and desk.catalogue.cards[shown.kind].kind == "condition"


# ---- asking its owner --------------------------------------------------------------------------


def _asks(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    """Each owner when the condition is set, in their hours unless it would be due by then, and before it is due."""
    for one in open_now(release):
        due = due_of(one, release)
        asked_at = in_hours(one.vote_at, desk.hours_in(one.owner, release), due, desk.days_off(one.owner))
        yield one.owner, asked_at
        if (reminded_at := due - REMIND_BEFORE) > asked_at:
            yield one.owner, reminded_at


@prompt(
    "condition.remind",
    at=_asks,
    while_in=[State.OPEN, State.ON_HOLD],
    called="the question about what a go depends on",
)
def ask_owner(release: Release, desk: Desk, recipient: str) -> None:
    """One message for all that waits on them; a new one, which people are notified of, when another is due."""
    for one in open_now(release):
        if one.owner == recipient:
            soon = desk.now >= due_of(one, release) - REMIND_BEFORE
            desk.draw("condition", release, recipient, tag=f"c{one.number}" + (".due" if soon else ""))
    for asked in _asked_already(release, recipient, desk):  # one question at a time: the others say so
        desk.draw("condition", release, recipient, tag=asked.tag)


def _asked_already(release: Release, recipient: str, desk: Desk) -> list[CardRow]:
    cards = desk.work.cards.of(release.id)
    return [one for one in cards if (one.kind, one.recipient, one.state) == ("condition", recipient, "live")]


@notice("condition_moved")
def ask_sooner(event: Event, release: Release, desk: Desk) -> None:
    """A deadline that comes nearer is a new message: an edited one notifies nobody."""
    one, was = _of(event, release), datetime.fromisoformat(event.details["was"])
    if one is None or event.by == one.owner or due_of(one, release) >= was:
        return
    if before := _asked_already(release, one.owner, desk):
        desk.draw("condition", release, one.owner, tag=f"c{one.number}.{due_of(one, release):%Y%m%d%H%M}")
        for asked in before:
            desk.draw("condition", release, one.owner, tag=asked.tag)


@card("condition")
def condition_card(release: Release, desk: Desk, recipient: str) -> Message:
    """The question to whoever sees to it; afterwards how it went."""
    mine = [one for one in of_round(release) if one.owner == recipient]
    over = release.stage is not State.OPEN
    mine = [one for one in mine if one.outcome is not None] if over else mine
    if not mine:
        row = words(Said(release.title), ": ", headline(release, desk.electorate(release)), ".",
                    " Nobody's go depends on you any more.")  # fmt: skip
        return Message(row, (Para(row),))
    blocks: list[Block] = []
    for one in mine[:MOST_SHOWN]:
        is_asked = one.outcome is None and not is_overtaken(release, one)
        blocks.append(Para(_asked(one, release) if is_asked else ended(one, release)))
        if is_asked:
            choices = ("condition done", "condition not-done")
            blocks.append(Actions(tuple(desk.offer(name, release, k=one.number) for name in choices)))
    asked = [one for one in mine if one.outcome is None and not is_overtaken(release, one)]
    text = _asked(asked[0], release) if asked else ended(mine[-1], release)
    if len(mine) > MOST_SHOWN:
        blocks.append(Para((f"and {len(mine) - MOST_SHOWN} more: why shows them all",)))
    return Message(text, tuple(blocks))


def _asked(one: Condition, release: Release) -> Words:
    whose: Words = ("Your",) if one.user == one.owner else (Who(one.user), "'s")
    due = until(one, release)
    return words(Bold(release.title), ": can you confirm “", Said(one.text), "” by ", due, "? ",
                 whose, " go depends on it.")  # fmt: skip


def ended(one: Condition, release: Release) -> Words:
    """How it went, and what that means."""
    zone = release.planned.zone
    whose: Words = ("Your",) if one.user == one.owner else (Who(one.user), "'s")
    at: Words = (" ", At(one.ended_at, "time", zone)) if one.ended_at is not None else ()
    by = words(" (", Who(one.ended_by), at, ")") if one.ended_by is not None else at
    if one.outcome == "met" and release.stage is State.OPEN and is_overtaken(release, one):
        return words("✅ ", Bold(release.title), ": “", Said(one.text), "” is done", by, ". What ", Who(one.user),
                     " voted on has changed since, and they are asked again.")  # fmt: skip
    if one.outcome == "met":
        last = " It's go." if release.state is State.APPROVED and release.decided_at == one.ended_at else ""
        return words(
            "✅ ", Bold(release.title), ": “", Said(one.text), "” is done", by, ". ", whose, " go counts.", last
        )
    if one.outcome in (None, "withdrawn"):
        return words("⏳ ", Bold(release.title), ": “", Said(one.text), "” — nothing depends on it any more.",
                     words(" What ", Who(one.user), " voted on has changed, and they are asked again.")
                     if one.outcome is None else "")  # fmt: skip
    asked: Words = (
        (" You are asked again.",) if one.user == one.owner else words(" ", Who(one.user), " is asked again.")
    )
    return words("⏳ ", Bold(release.title), ": “", Said(one.text), "” is not done", by, ".",
                 asked if release.stage is State.OPEN else "")  # fmt: skip


# ---- telling the others ------------------------------------------------------------------------


@notice("condition_set")
def told_set(event: Event, release: Release, desk: Desk) -> None:
    one = _of(event, release)
    if one is not None:
        role = f" for {one.sign_off}" if len(release.sign_offs) > 1 else ""
        if event.by is None:  # who saw to it can't any more
            _tell(words("“", Said(one.text), "”: ", event.said, "."), release, desk)
            return
        due = until(one, release)
        whose = words(Who(event.by), " for ", Who(one.user)) if event.by not in (None, one.user) else (Who(one.user),)
        row = words(whose, f" said go{role} if “", Said(one.text), "” — ", Who(one.owner), ", by ", due, ".")
        _tell(row, release, desk)


@notice("condition_met")
def told_met(event: Event, release: Release, desk: Desk) -> None:
    one = _of(event, release)
    if one is not None and event.by is not None:
        at = At(event.at, "time", release.planned.zone)
        row = words("Done: “", Said(one.text), "” (", Who(event.by), " ", at, "). ", _counts(one, release), ".")
        _tell(row, release, desk)


@notice("condition_missed", "condition_not_met")
def told_not_met(event: Event, release: Release, desk: Desk) -> None:
    one = _of(event, release)
    if one is None:
        return
    due = At(one.due_at, "time", release.planned.zone)
    said = words(Who(event.by), ": “", Said(one.text), "” is not done. ") if event.by is not None else words(
        due, " passed, and “", Said(one.text), "” is not done. ")  # fmt: skip
    role = f"{one.sign_off} is open again; " if len(release.sign_offs) > 1 else ""
    asked = words(role, Who(one.user), " is asked again.") if release.stage is State.OPEN else ()
    _tell(words(said, asked), release, desk)


def _tell(row: Words, release: Release, desk: Desk) -> None:
    """In one message with what else of this round's votes waits to be told in the thread, such as changed minds."""
    desk.in_thread_together(release, row, f"votes.{release.round.number if release.round is not None else 0}")


def _counts(one: Condition, release: Release) -> Words:
    return words(Who(one.user), "'s go for ", one.sign_off, " counts") if len(release.sign_offs) > 1 else words(
        Who(one.user), "'s go counts")  # fmt: skip


def _of(event: Event, release: Release) -> Condition | None:
    return next((one for one in release.conditions if one.number == event.details.get("condition")), None)
