"""Remind those who owe a go/no-go: one message for all that waits on them, in their hours, which they can put off."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.kit import inbox, milestones
from bot.kit.access import NOT_YOURS, may_see
from bot.kit.ask import Ask
from bot.kit.asked import MOST_OF_ROLE, MOST_OF_TITLE, asked_at, asked_by_message, in_full, in_short, zones
from bot.kit.blocks import Actions, Block, Menu, Message, Para, Reply, Small, say
from bot.kit.declare import card, notice, prompt, verb
from bot.kit.delegated import buttons, for_whom
from bot.kit.desk import Desk
from bot.kit.reminding import LAST_CALL, SOON, away_until, later, put_off, remind, snoozed_until, wanted_until
from bot.kit.telling import headline
from bot.kit.votes import you_said
from bot.release.decision import owing, tally
from bot.release.delegating import stood_in
from bot.release.errors import Refusal
from bot.release.events import Event
from bot.release.hours import in_hours
from bot.release.release import Release
from bot.release.states import State
from bot.release.words import At, Bold, Said, Who, Words, listing, words

#: So many releases stand in one message.
MOST_SHOWN = 5
HALF_A_DAY = timedelta(hours=12)


# ---- when -------------------------------------------------------------------------------------


def _nudges(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    """For everyone who is asked by message, before the close as its policy says.

    Also for those who have answered: whether they still owe is looked at then, so that a vote moves no timers.
    """
    held = release.round
    if release.state is not State.OPEN or held is None or not release.policy.nudges:
        return
    delegates = frozenset(stood_in(release, desk.electorate(release)).values())
    for user, zone in zones(asked_by_message(release, desk) | delegates, release, desk):
        earliest = asked_at(release, user, zone, desk) + SOON
        for before in release.policy.nudges:
            due = in_hours(held.closes_at - before, zone, held.closes_at, desk.days_off(user))
            if due >= earliest:
                yield user, due


@prompt("poll.nudge", at=_nudges, while_in=[State.OPEN], called="a reminder of the go/no-go")
def nudge(release: Release, desk: Desk, recipient: str) -> None:
    """Remind them, unless they have answered or put it off; then they are reminded when they said."""
    if release.round is None or not _is_waited_for(release, recipient, desk):
        return
    known = desk.work.decisions.attention([recipient]).get(recipient)
    if away_until(known, desk) is not None:
        return
    if (until := snoozed_until(known, release, desk)) is not None:
        later(release, recipient, until, desk)
    else:
        remind(release, recipient, desk)


@prompt(
    "poll.remind", at=lambda release, desk: (), while_in=[State.OPEN], by_hand=True,
    called="a reminder of the go/no-go that somebody asked for",
)  # fmt: skip
def remind_as_asked(release: Release, desk: Desk, recipient: str) -> None:
    """What was put off is due, or it is day where they are."""
    if _is_waited_for(release, recipient, desk):
        remind(release, recipient, desk)


def _is_waited_for(release: Release, user: str, desk: Desk) -> bool:
    """For an answer of their own, or for somebody who is away."""
    return user in owing(release, desk.electorate(release)) or bool(for_whom(release, desk, user))


# ---- what it says -----------------------------------------------------------------------------


@card("nudge")
def nudge_card(release: Release, desk: Desk, recipient: str) -> Message:
    """All that waits for their answer, each with its buttons; afterwards what they said."""
    newest = next(iter(desk.work.cards.live_for(recipient, "nudge")), None)
    if desk.card is not None and newest is not None and newest.id > desk.card.id:
        return Message(words("You are reminded again below."))
    waits = inbox.owed(desk, recipient)
    blocks: list[Block] = []
    mine = next((one for one in release.round_votes() if one.user == recipient), None)
    if release.id not in {one.id for one in waits}:
        stands = headline(release, desk.electorate(release))
        over = words(Said(release.title), ": ", stands, ". Your answer is not needed any more.")
        done = you_said(mine, release, desk) if mine is not None else over
        done = done if may_see(desk, recipient, release) else NOT_YOURS
        blocks.append(Para(done))
        if not waits:
            return Message(done, tuple(blocks))
    for one in waits[:MOST_SHOWN]:
        whole = [Small(row)] if (row := in_full(one)) else []
        blocks += [Para(_asked(one, desk, recipient)), *whole, _buttons(one, recipient, desk)]
    if len(waits) > MOST_SHOWN:
        blocks.append(Small(words(f"and {len(waits) - MOST_SHOWN} more: the Home tab shows them all")))
    return Message(_in_short(waits, desk, recipient), tuple(blocks))


def _in_short(waits: list[Release], desk: Desk, user: str) -> Words:
    """What a lock screen shows."""
    first = waits[0]
    if len(waits) == 1 or first.round is None:
        return _asked(first, desk, user)
    named = listing([Said(one.title) for one in waits], most=MOST_SHOWN)
    return words(f"{len(waits)} releases wait for your go/no-go, the first until ",
                 At(first.round.closes_at, "day", first.planned.zone), ": ", named, ".")  # fmt: skip


def _asked(release: Release, desk: Desk, user: str) -> Words:
    roles = [row.sign_off.role for row in tally(release, desk.electorate(release)) if user in row.givers and row.lacks]
    role = f"{in_short(roles[0], MOST_OF_ROLE)} " if roles and len(release.sign_offs) > 1 else ""
    closes = release.round.closes_at if release.round is not None else release.target_at
    others = for_whom(release, desk, user) if user not in owing(release, desk.electorate(release)) else []
    whose = words(" for ", Who(others[0])) if others else ()
    called = Bold(in_short(release.title, MOST_OF_TITLE))
    return words("🔔 ", called, f" still waits for your {role}go/no-go", whose, ", until ",
                 At(closes, "day", release.planned.zone), f". {release.risk.value.capitalize()} risk.")  # fmt: skip


def _buttons(release: Release, user: str, desk: Desk) -> Actions:
    if user not in owing(release, desk.electorate(release)):
        return Actions(tuple(one for other in for_whom(release, desk, user) for one in buttons(release, other, desk)))
    shown = tuple(desk.offer(name, release) for name in ("go", "no-go"))
    go_if, why, abstain = (desk.offer(name, release) for name in ("go-if", "why", "abstain"))
    return Actions(shown, Menu((go_if, why, *put_off(release, desk), abstain)))


@notice("voted")
def answered(event: Event, release: Release, desk: Desk) -> None:
    """A reminder of several hangs on one of them: it is drawn again when another one is answered elsewhere."""
    if release.policy.nudges and event.by is not None:
        for one in desk.work.cards.live_for(event.by, "nudge")[:1]:
            if one.release_id != release.id:
                desk.draw_again(one)


# ---- putting it off ---------------------------------------------------------------------------


@verb(
    "snooze",
    usage="snooze [release] <how long>",
    summary="Be reminded later of what waits for you",
    who="those whose answer is missing",
    examples=("snooze 1h", "snooze REL-12 tomorrow morning"),
    aliases=("later",),
    hidden=True,
    label="Snooze 1 h",
)
def snooze(ask: Ask, desk: Desk) -> Reply:
    release, user = ask.release, ask.user
    owes = release.round is not None and _is_waited_for(release, user, desk)
    to_do = milestones.todos(user, release, desk)
    if not owes and not to_do:
        raise Refusal(Said(release.title), " does not wait for an answer of yours, so there is nothing to put off.",
                      code="not_asked", offers=("status",))  # fmt: skip
    wanted = wanted_until(ask.text, user, release, desk)
    until, cut = _before_its_end(wanted, release, desk) if owes else (wanted, ())
    if not owes and desk.now < release.target_at <= wanted:
        raise Refusal(Said(release.title), " goes live ", At(release.target_at, "day", release.planned.zone),
                      ": that can't wait so long.", code="too_late", offers=("status",))  # fmt: skip
    desk.work.decisions.snooze(user, until)
    if owes:
        later(release, user, until, desk)
    for step in to_do:
        recipient = milestones.later(step, user)
        desk.work.timers.put(release.id, release.plan_revision, milestones.LATER, recipient, until)
    return say("You are reminded at ", At(until, "time" if until - desk.now < HALF_A_DAY else "day"), cut,
               ". Until then I leave you in peace.")  # fmt: skip


def _before_its_end(wanted: datetime, release: Release, desk: Desk) -> tuple[datetime, Words]:
    """Then, or shortly before the go/no-go closes, with the words that say so. Raises Refusal where it is too late."""
    closes_at = release.round.closes_at if release.round is not None else release.target_at
    closes = At(closes_at, "time", release.planned.zone)
    last = closes_at - LAST_CALL
    if last <= desk.now:
        raise Refusal("The go/no-go of ", Said(release.title), " closes ", closes, ": that can't wait any more. Please "
                      "answer now.", code="too_late", offers=("go", "no-go"))  # fmt: skip
    cut = words(", a quarter of an hour before it closes") if wanted >= last else ()
    return min(wanted, last), cut
