"""Tick the items of a checklist and take ticks back; ask their owners once, when the go/no-go opens."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Input, Message, Option, Para, Reply, say
from bot.kit.checklist_rows import asked, item_row
from bot.kit.declare import card, notice, prompt, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.telling import MOST_NAMES, headline
from bot.release import checklist as rule
from bot.release.errors import Refusal
from bot.release.events import Event
from bot.release.hours import in_hours
from bot.release.policy import Item
from bot.release.poll import look_again
from bot.release.release import Release
from bot.release.states import Move, State
from bot.release.words import At, Bold, Said, Who, Words, listing, words

CARD = "checklist"


def _choices(items: list[Item], label: str) -> tuple[Input, ...]:
    options = tuple(Option(item.key, item.text, "" if item.mandatory else "optional") for item in items)
    return (Input("item", label, kind="choice", options=options),)


def _ticked(release: Release) -> list[Item]:
    return [item for item in release.policy.checklist if rule.is_ticked(item, release)]


def _which(ask: Ask, items: list[Item]) -> Mapping[str, Any]:
    """The item that the button is about, or that was typed; where none was, the dialog asks."""
    if (key := ask.data.get("k")) is not None:
        return {"item": str(key)}
    found = rule.find(ask.release, ask.text, items) or rule.find(ask.release, ask.text)
    return {"item": found.key} if found is not None else {}


def _check_tick(ask: Ask, desk: Desk) -> None:
    rule.require_changeable(ask.release)
    left = rule.to_do(ask.release)
    if not left:
        raise Refusal("Everything on the checklist of ", Said(ask.release.title), " is ticked.", code="all_ticked",
                      offers=("status",))  # fmt: skip
    if not any(rule.may_tick(item, ask.user, ask.release) for item in left):
        able = {user for item in left for user in rule.owners(item, ask.release)} | {ask.release.captain}
        raise Refusal("Nothing that is left on the checklist of ", Said(ask.release.title), " is yours to tick. ",
                      listing([Who(user) for user in sorted(able)], last=" or ", most=MOST_NAMES), " can.",
                      code="may_not", offers=("status",))  # fmt: skip


def _check_untick(ask: Ask, desk: Desk) -> None:
    rule.require_changeable(ask.release)
    if not _ticked(ask.release):
        raise Refusal("Nothing on the checklist of ", Said(ask.release.title), " is ticked yet.", code="none_ticked",
                      offers=("status",))  # fmt: skip


@verb(
    "tick",
    usage="tick [release] <item>",
    summary="Tick an item of the checklist",
    who="its owner and the captain",
    examples=("tick", "tick runbook updated"),
    move=Move.TICK,
    hidden=True,
    form=Form("Tick off", (), "Done", lambda release: _choices(rule.to_do(release), "What is done?")),
    parse=lambda ask, desk: _which(ask, rule.to_do(ask.release)),
    check=_check_tick,
    label="Tick off",
)
def tick(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    item = rule.tick(release, ask.arg("item"), now=desk.now, by=ask.user)
    look_again(release, desk.electorate(release), now=desk.now)
    if _on_its_own_card(ask, desk):
        return Reply()
    return _stands(words("Ticked: ", rule.called(item), ". "), release, desk)


@verb(
    "untick",
    usage="untick [release] <item>",
    summary="Take the tick of an item back",
    who="its owner and the captain",
    examples=("untick runbook updated",),
    move=Move.TICK,
    hidden=True,
    form=Form("Take a tick back", (), "Take back", lambda release: _choices(_ticked(release), "What is not done?")),
    parse=lambda ask, desk: _which(ask, _ticked(ask.release)),
    check=_check_untick,
    label="Take back",
)
def untick(ask: Ask, desk: Desk) -> Reply:
    item = rule.untick(ask.release, ask.arg("item"), now=desk.now, by=ask.user)
    return _stands(words(rule.called(item), " is to do again. "), ask.release, desk)


def _on_its_own_card(ask: Ask, desk: Desk) -> bool:
    """Whether the button stood on the message that asked for it: that changes, and says enough."""
    if not ask.did.channel or not ask.did.message_ts:
        return False
    card = desk.work.cards.by_ts(ask.did.channel, ask.did.message_ts)
    return card is not None and desk.catalogue.cards[card.kind].kind == CARD


def _stands(said: Words, release: Release, desk: Desk) -> Reply:
    return say(said, Bold(release.title), ": ", headline(release, desk.electorate(release)), ".")


@notice("unticked")
def unticked(event: Event, release: Release, desk: Desk) -> None:
    """A tick stands on the card; one that is taken back is told, with who is asked again for it."""
    touched = [Said(role) for role in event.details.get("touched", []) if release.stage is State.OPEN]
    again = words(" ", listing(touched), " is asked again." if len(touched) == 1 else " are asked again.")
    if event.by is not None:
        row = words(Who(event.by), " ", event.said, ".", again if touched else ())
        desk.in_thread(release, Message(row))


# ---- asking ------------------------------------------------------------------------------------


def _mine(user: str, release: Release, desk: Desk) -> list[Item]:
    return [item for item in release.policy.checklist if user in asked(item, release, desk)]


def _at_opening(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    """Whoever has something to tick, when the go/no-go opens or their day begins."""
    if release.state is not State.OPEN or release.round is None:
        return
    owe = {user for item in rule.to_do(release) if item.mandatory for user in asked(item, release, desk)}
    desk.work.people.many(owe)  # at once, not each for itself
    for user in sorted(owe):
        zone = desk.hours_in(user, release)
        yield user, in_hours(release.round.opened_at, zone, release.round.closes_at, desk.days_off(user))


@prompt("checklist.ask", at=_at_opening, while_in=[State.OPEN], called="the question for what is on the checklist")
def ask_for_ticks(release: Release, desk: Desk, recipient: str) -> None:
    if any(item.mandatory for item in rule.to_do(release) if recipient in asked(item, release, desk)):
        desk.draw(CARD, release, recipient, tag=f"r{release.round.number if release.round else 0}")


def _who_ticked(items: list[Item], release: Release, reader: str) -> Words:
    by = {release.ticks[item.key].by for item in items}
    return listing([*(["you"] if reader in by else []), *(Who(user) for user in sorted(by - {reader}))])


@card(CARD)
def checklist_card(release: Release, desk: Desk, recipient: str) -> Message:
    """What is theirs to tick; afterwards that nothing is."""
    mine = _mine(recipient, release, desk)
    left = [item for item in mine if not rule.is_ticked(item, release)]
    if not left or not rule.can_change(release) or release.round is None:
        over = words("its checklist is not open any more")
        done = words(_who_ticked(mine, release, recipient), " ticked all that was yours") if mine and not left else over
        row = words(Said(release.title), ": ", done, ". ", headline(release, desk.electorate(release)), ".")
        return Message(row, (Para(row),))
    by = At(release.round.closes_at, "day", release.planned.zone)
    what = listing([rule.called(item) for item in left], most=3)
    row = words(Bold(release.title), ": ", what, " to tick by ", by, ".")
    rows: list[Block] = [
        Para(item_row(item, release), desk.offer("tick", release, label="Done", k=item.key)) for item in left
    ]
    return Message(row, (Para(row), *rows, Actions((desk.offer("why", release), desk.offer("status", release)))))
