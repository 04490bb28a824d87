"""Decide about a late change: what is edited after the code cut-off waits until the captain accepts or refuses it."""

from bot.kit import access
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Confirm, Input, Lines, Message, Para, Reply, say
from bot.kit.declare import card, notice, verb
from bot.kit.desk import Desk
from bot.kit.edits import asked_again, late_rows
from bot.kit.forms import Form
from bot.kit.interaction import Kind
from bot.kit.leading import calls, told_of_captains
from bot.kit.telling import headline
from bot.release import editing as rule
from bot.release.errors import Refusal
from bot.release.events import Event
from bot.release.late import cut_off
from bot.release.release import Release
from bot.release.states import Move, may
from bot.release.words import At, Bold, Said, Who, Words, words
from storage.decisions import LateChangeRow

CARD = "late"
#: As many lines fit into the question before it is accepted.
MOST_CONFIRMED = 2
#: How each end reads after the name of whoever decided.
_ENDED = {"accepted": "accepted", "refused": "refused"}
_WHY = Form(
    "Refuse the late change",
    (Input("why", "Why not in this release?", kind="lines", max_length=1_000, hint="Whoever asked for it reads it."),),
    submit="Refuse it",
)


def _confirm(release: Release) -> Confirm | None:
    """What accepting leads to, said before."""
    if release.late is None:
        return None
    again = asked_again(release, rule.would_ask(release, release.late.wanted), ())
    rows = [words("\n", row) for row in late_rows(release)[:MOST_CONFIRMED]]
    text = words("That changes ", Said(release.title), " at once. ", again or "Nobody has to be asked again.", *rows)
    return Confirm("Accept the late change?", text, "Accept", danger=False)


@verb(
    "late accept",
    usage="late accept [release]",
    summary="Accept a change after the code cut-off",
    who="the captain or an admin",
    examples=("late accept",),
    move=Move.LATE,
    hidden=True,
    confirm=_confirm,
    label="Accept",
    style="primary",
)
def accept(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    _require_waiting(ask, desk)
    late, done = rule.accept_late(release, _number(ask), desk.electorate(release), now=desk.now, by=ask.user)
    desk.work.decisions.end_late_change(release.id, late.number, "accepted", ask.user)
    desk.work.decisions.add_edit(release.id, release.content_revision, done.changed, late.asked_by)
    if _on_its_message(ask, desk):
        return Reply()  # the message changes: that is the answer
    again = asked_again(release, done.touched, done.stand)
    row = words("Accepted: ", Bold(release.title), " is changed. ", again, " " if again else "")
    return say(row, headline(release, desk.electorate(release)), ".")


@verb(
    "late refuse",
    usage="late refuse [release] <why>",
    summary="Refuse a change after the code cut-off",
    who="the captain or an admin",
    examples=("late refuse it can wait for Thursday",),
    move=Move.LATE,
    hidden=True,
    form=_WHY,
    check=lambda ask, desk: _require_waiting(ask, desk),
    label="Refuse",
)
def refuse(ask: Ask, desk: Desk) -> Reply:
    release, why = ask.release, ask.arg("why")
    _require_waiting(ask, desk)
    late = rule.refuse_late(release, _number(ask), why, desk.electorate(release), now=desk.now, by=ask.user)
    desk.work.decisions.end_late_change(release.id, late.number, "refused", ask.user, why)
    return say("Refused. ", Bold(release.title), " stays as it was, and ", Who(late.asked_by), " is told why.")


def _number(ask: Ask) -> int | None:
    number = ask.data.get("k")
    return number if isinstance(number, int) else None


def _require_waiting(ask: Ask, desk: Desk) -> None:
    """Raise the Refusal that says what became of it, unless the request that the button is about still waits."""
    release, number = ask.release, _number(ask)
    rule.require_editable(release)
    if release.late is not None and number in (None, release.late.number):
        return
    if number is None:
        raise Refusal("No late change of ", Said(release.title), " waits.", code="none_waiting", offers=("edit",))
    raise Refusal(_ended(_row(number, release, desk), release), code="already_done", offers=("status",))


def _ended(row: LateChangeRow | None, release: Release) -> Words:
    """What became of a request."""
    if row is None or row.ended_at is None:
        return words("That late change of ", Said(release.title), " does not wait any more.")
    at = At(row.ended_at, "time", release.planned.zone)
    if any(part.started_at == row.ended_at for part in release.parts):
        return words("The late change of ", Who(row.asked_by), " was not accepted before the deploy started ", at,
                     ", so it is not in it.")  # fmt: skip
    if row.outcome not in _ENDED or row.ended_by is None:
        return words("The late change of ", Who(row.asked_by), " was overtaken ", at, ": ", Said(release.title),
                     " was edited again.")  # fmt: skip
    why = words(": “", Said(row.ended_why), "”") if row.ended_why else ()
    return words(Who(row.ended_by), " ", _ENDED[row.outcome], " ", rule.whose(row.asked_by, row.ended_by), " ", at, why,
                 ".")  # fmt: skip


def _on_its_message(ask: Ask, desk: Desk) -> bool:
    if ask.did.kind is not Kind.BUTTON or not ask.did.channel or not ask.did.message_ts:
        return False
    shown = desk.work.cards.by_ts(ask.did.channel, ask.did.message_ts)
    return shown is not None and desk.catalogue.cards[shown.kind].kind == CARD


# ---- asking the captain ------------------------------------------------------------------------


@notice("late_change_asked")
def asked(event: Event, release: Release, desk: Desk) -> None:
    """The thread sees what is wanted; the captain gets it with the buttons."""
    if release.late is None or event.by is None:
        return
    ended = At(cut_off(release) or event.at, "day", release.planned.zone)
    before = " It takes the place of the one that waited." if event.details.get("superseded") else ""
    head = words(Who(event.by), " ", event.said, " (code cut-off was ", ended, "): “", Said(event.why), "”. ",
                 Who(release.captain), " decides.", before)  # fmt: skip
    desk.in_thread(release, Message(head, (Para(head), Lines(tuple(late_rows(release))))))
    whom = told_of_captains(release, desk)
    desk.draw(CARD, release, whom, tag=f"l{release.late.number}", in_thread=whom == release.channel)


@notice("late_change_asked", "edited")
def overtaken(event: Event, release: Release, desk: Desk) -> None:
    """Whoever waits for a decision hears that there will be none."""
    row = _row(event.details.get("superseded"), release, desk)
    if row is not None and row.asked_by != event.by and event.by is not None:
        told = words(Said(release.title), ": ", Who(event.by), " ", event.said, ", so your late change does not wait "
                     "any more. If it is still needed, edit it again.")  # fmt: skip
        edit = access.of_use(desk, row.asked_by, release, (desk.offer("edit", release),))
        desk.direct(row.asked_by, Message(told, (Para(told), *edit)), release)


def _row(number: int | None, release: Release, desk: Desk) -> LateChangeRow | None:
    rows = desk.work.decisions.late_changes(release.id) if number is not None else []
    return next((one for one in rows if one.number == number), None)


@notice("captain_changed")
def handed_over(event: Event, release: Release, desk: Desk) -> None:
    """Who leads it now decides."""
    if release.late is not None and may(release.state, Move.LATE):
        desk.draw(CARD, release, release.captain, tag=f"l{release.late.number}")


@notice("late_change_refused")
def refused(event: Event, release: Release, desk: Desk) -> None:
    if event.by is None:
        return
    desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ": “", Said(event.why), "”.")))
    row = _row(event.details.get("request"), release, desk)
    if row is not None and row.asked_by != event.by:
        told = words(Said(release.title), ": ", Who(event.by), " refused your late change: “", Said(event.why), "”.")
        desk.direct(row.asked_by, Message(told, (Para(told),)), release)


@notice("deploy_started")
def left_out(event: Event, release: Release, desk: Desk) -> None:
    """Whoever asked for it shall not believe that it went live."""
    asked_by = event.details.get("left_out_of")
    if asked_by is not None:
        row = words("The late change of ", Who(asked_by), " was not accepted before the deploy, so it is not in it.")
        desk.in_thread(release, Message(row))
        told = words(Said(release.title), ": your late change was not accepted before the deploy started, so it is not "
                     "in it.")  # fmt: skip
        desk.direct(asked_by, Message(told), release)


@card(CARD)
def late_card(release: Release, desk: Desk, recipient: str) -> Message:
    """The question; afterwards what became of it."""
    late = release.late
    if late is None or not may(release.state, Move.LATE):
        rows = desk.work.decisions.late_changes(release.id)
        row = words(Bold(release.title), ": ", _ended(rows[-1] if rows else None, release))
        return Message(row, (Para(row),))
    if recipient != told_of_captains(release, desk):
        row = words(Bold(release.title), ": ", Who(release.captain), " leads it now and decides about it.")
        return Message(row, (Para(row),))
    whose = calls(release, desk) if recipient == release.channel else ()
    row = words(
        whose,
        " " if whose else "",
        Bold(release.title),
        ": accept a late change? ",
        Who(late.asked_by),
        ": “",
        Said(late.why),
        "”",
    )
    choices = [desk.offer(verb, release, k=late.number) for verb in ("late accept", "late refuse", "status")]
    roles = rule.would_ask(release, late.wanted)
    then: list[Block] = [Para(words("If you accept it: ", asked_again(release, roles, ())))] if roles else []
    return Message(row, (Para(row), Lines(tuple(late_rows(release))), *then, Actions(tuple(choices))))
