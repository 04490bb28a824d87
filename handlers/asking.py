"""Ask those who owe a go/no-go: one direct message each, in their hours, and again when the plan changes."""

from collections.abc import Iterator
from datetime import datetime

from bot.kit.asked import MOST_OF_ROLE, MOST_OF_TITLE, asked_at, asked_by_message, in_full, in_short, zones
from bot.kit.blocks import Actions, Lines, Menu, Message, Para, Small
from bot.kit.declare import card, notice, prompt
from bot.kit.desk import Desk
from bot.kit.edits import changed_since
from bot.kit.freezes import freeze_rows
from bot.kit.telling import details, headline, live_at
from bot.kit.voters import only_further
from bot.kit.votes import called, elsewhere, go_means, you_said
from bot.release.conditions import is_missed, of_round, of_vote
from bot.release.decision import owing, tally
from bot.release.delegating import stood_in
from bot.release.events import Event
from bot.release.hours import in_hours
from bot.release.release import Choice, Release, Vote
from bot.release.states import State
from bot.release.words import At, Bold, Code, Said, Who, Words, words

#: So many of the last events are looked through for what changed.
MOST_LOOKED_BACK = 20
#: What re-opens votes.
_CHANGES = ("rescheduled", "unticked", "policy_reapplied")
#: Nobody's answer is waited for any more.
_DECIDED = set(State) - {State.SCHEDULED, State.OPEN, State.STOPPED, State.ON_HOLD}


def _asks(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    """Everyone who owes an answer, and when to ask: now, or when their day begins unless the deadline would pass."""
    if release.state is not State.OPEN or release.round is None:
        return
    electorate = desk.electorate(release)
    asked, instead = owing(release, electorate) & asked_by_message(release, desk), stood_in(release, electorate)
    for user, zone in zones(asked, release, desk):
        at = asked_at(release, user, zone, desk)
        back = desk.stood_in_for()[user].away_until if user in instead else None
        if back is None:
            yield user, at
        elif back < release.round.closes_at:  # until then their delegate is asked
            yield user, in_hours(max(at, back), zone, release.round.closes_at)


def _can_be_written_to(user: str, desk: Desk) -> bool:
    """Not somebody of another workspace: the card in the channel that they share asks them."""
    person = desk.work.people.get(user)
    return person is None or person.is_full_member


@prompt("poll.ask", at=_asks, while_in=[State.OPEN])
def ask_for_vote(release: Release, desk: Desk, recipient: str) -> None:
    """One direct message with working buttons to one who owes an answer."""
    if recipient in owing(release, desk.electorate(release)):
        _ask(release, recipient, desk)


def _ask(release: Release, recipient: str, desk: Desk) -> None:
    """Once a round; once more where the plan changed after an answer, or what it depended on was not done."""
    if not _can_be_written_to(recipient, desk) or recipient in stood_in(release, desk.electorate(release)):
        return
    number = release.round.number if release.round else 0
    mine = [vote for vote in release.round_votes() if vote.user == recipient]
    undone = sum(tick.undone for tick in release.ticks.values())
    again = f".{release.plan_revision}" + (f"u{undone}" if undone else "")
    again += f"e{release.content_revision}" if release.content_revision else ""
    changed = again if any(not release.stands(vote) for vote in mine) else ""
    missed = "".join(f".c{one.number}" for vote in mine if (one := of_vote(release, vote)) and one.outcome == "missed")
    desk.draw("ask", release, recipient, tag=f"r{number}{changed}{missed}")
    for asked in desk.work.cards.of(release.id):  # one question at a time: the others say so
        if (asked.kind, asked.recipient, asked.state) == ("ask", recipient, "live"):
            desk.draw("ask", release, recipient, tag=asked.tag)


@notice("rescheduled", "unticked", "edited", "late_change_accepted", "resumed", "policy_reapplied")
def ask_again(event: Event, release: Release, desk: Desk) -> None:
    """Whose vote was re-opened, by a new plan, an edit or an item of the checklist taken back, is asked at once."""
    if release.state is State.OPEN:
        still_asked = owing(release, desk.electorate(release))
        touched = event.details.get("touched")  # by this one: those whom another one touched were asked then
        for vote in release.round_votes():
            concerned = touched is None or vote.sign_off in touched
            if concerned and vote.user in still_asked and not release.stands(vote):
                _ask(release, vote.user, desk)


@notice("condition_missed", "condition_not_met")
def ask_once_more(event: Event, release: Release, desk: Desk) -> None:
    """What their go depended on is not done: whoever said so answers anew."""
    for one in of_round(release) if release.state is State.OPEN else ():
        if one.number == event.details.get("condition") and one.user in owing(release, desk.electorate(release)):
            _ask(release, one.user, desk)


@card("ask")
def ask_card(release: Release, desk: Desk, recipient: str) -> Message:
    """The question; afterwards what was answered, or how it went without an answer."""
    vote = next((one for one in release.round_votes() if one.user == recipient), None)
    zone = release.planned.zone
    electorate = desk.electorate(release)
    asked_again = vote is not None and recipient in owing(release, electorate)
    may_answer = any(electorate.may_give(one, recipient, release) for one in release.sign_offs)
    if vote is not None and not asked_again:
        change = [
            desk.offer(
                "no-go" if vote.choice is Choice.GO else "go",
                release,
                label="Change to no-go" if vote.choice is Choice.GO else "Change to go",
            )
        ]
        row = you_said(vote, release, desk, recipient)
        if release.state is State.OPEN and not release.stands(vote):
            row = words("You said ", Bold(called(vote.choice)), " on ", Said(release.title),
                        " before it was changed; that does not count any more.")  # fmt: skip
        able = release.state is State.OPEN and (may_answer or vote.choice is Choice.NO_GO)
        change += elsewhere(vote, release, desk) if may_answer else ()
        return Message(row, (Para(row), Actions(tuple(change))) if able else (Para(row),))
    if release.state is not State.OPEN or release.round is None or not may_answer:
        over = release.state in _DECIDED or (release.state is State.OPEN and not may_answer)
        settled = ". Your answer is not needed any more." if over else "."
        row = words(Said(release.title), ": ", headline(release, desk.electorate(release)), settled)
        return Message(row, (Para(row),))
    roles = [row.sign_off.role for row in tally(release, desk.electorate(release)) if recipient in row.givers]
    role = f"{in_short(roles[0], MOST_OF_ROLE)} " if roles and len(release.sign_offs) > 1 else ""
    asked = words(
        Bold(in_short(release.title, MOST_OF_TITLE)),
        f": your {role}go/no-go by ",
        At(release.round.closes_at, "day", zone),
        f". {release.risk.value.capitalize()} risk.",
    )
    frozen = freeze_rows(release, desk)
    at = live_at(release, desk.now, frozen=bool(frozen))
    when = words(at, " · asked by ", Who(release.captain), f" · {desk.ref(release)}")
    body = details(release, words(Code(f"{desk.catalogue.command} status {desk.ref(release)}")))
    changed = _what_changed(vote, release, desk) if vote is not None else _since_last_time(recipient, release, desk)
    actions = Actions(
        (desk.offer("go", release), desk.offer("no-go", release), desk.offer("go-if", release)),
        Menu(tuple(desk.offer(name, release) for name in ("why", "abstain", "snooze", "status"))),
    )
    besides = only_further(desk, release, recipient) if release.escalated else None
    too = [words("Asked too, as ", Said(besides.role), " is still missing.")] if besides is not None else []
    mine = [one for one in release.sign_offs if one.role in roles]
    means = (Small(said),) if (said := go_means(release, mine[:1])) else ()
    whole = [row] if (row := in_full(release)) else []
    return Message(asked, (Para(asked), Lines((*whole, when, *frozen, *too, *changed)), *body, actions, *means))


def _what_changed(vote: Vote, release: Release, desk: Desk) -> list[Words]:
    """Why somebody is asked again who had answered; after an edit, the lines that it changed for them."""
    said = words("You said ", Bold(called(vote.choice)), " ", At(vote.at, "day", release.planned.zone))
    if is_missed(release, vote):
        return [words(said, ", and “", Said(vote.why), "” is not done.")]
    if release.stands(vote):
        alone = [one.user for one in release.round_votes() if one.choice is Choice.GO] == [vote.user]
        return [words(said, " in an earlier round. It counts once ", "you confirm it." if alone else
                      "one of you confirms it.")]  # fmt: skip
    if edited := changed_since(vote, release, desk):
        return edited
    moved = [row for row in desk.work.audit.tail(release.id, MOST_LOOKED_BACK) if row.name in _CHANGES]
    if not moved:
        return [words(said, ", and it has changed since then.")]
    last = moved[-1]
    return [words(said, ". Since then ", Who(last.by) if last.by else "T-Minus", " ", last.said, ".")]


def _since_last_time(user: str, release: Release, desk: Desk) -> list[Words]:
    """What was edited since they answered in an earlier round; else what they said, and why."""
    before = max((vote for vote in release.votes if vote.user == user), key=lambda vote: vote.round, default=None)
    if before is None:
        return []
    why = words(": “", Said(before.why), "”") if before.why else ()
    said = words(f"In round {before.round} you said ", Bold(called(before.choice)), why, ".")
    return changed_since(before, release, desk) or [said]
