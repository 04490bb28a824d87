"""Tell admins how the bot is: what waits to be said, what could not be said and why, which timers failed."""

from datetime import timedelta

from bot.kit import access
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Lines, Message, Para, Reply, Small, say
from bot.kit.declare import press, verb
from bot.kit.desk import Desk
from bot.release.durations import say_length
from bot.release.errors import Refusal
from bot.release.states import STATE_WORDS
from bot.release.words import At, Channel, Code, Piece, Said, Who, Words, words
from storage.appointments import AppointmentRow
from storage.outbox_rows import OutboxRow
from storage.timers import TimerRow

#: So many of what did not arrive are shown, each with its buttons.
MOST = 8
#: Timers that failed longer ago are not spoken of.
LATELY = timedelta(days=7)
_RUNS = "It runs now. If it goes on failing, it stands here again in a few minutes."
_DROPPED = "It is dropped: it does not run, and is not spoken of any more."
_WHAT = {"card": "A card", "notice": "An announcement", "direct": "A direct message", "ephemeral": "An answer",
         "file": "A file", "home": "A Home tab"}  # fmt: skip


@verb(
    "health",
    usage="health",
    summary="What waits to be said, and what could not be",
    who="release admins",
    examples=("health",),
    subject="none",
    reads=True,
)
def health(ask: Ask, desk: Desk) -> Reply:
    access.require_admin(desk, ask.user)
    lost = desk.work.outbox.undelivered(MOST + 1, waited_for=True)
    failed = desk.work.timers.dead_since(desk.now - LATELY, MOST)
    missed = desk.work.appointments.dead_since(desk.now - LATELY, MOST)
    well = not lost and not failed and not missed
    rows = [words("✅ Nothing was given up." if well else "⚠️ Something needs a look."), _waits(desk)]
    blocks: list[Block] = [Lines(tuple(rows))]
    for post in reversed(lost[:MOST]):  # the oldest first: in this order it would have been said
        buttons = (again.button("Send again", o=post.id), drop.button("Drop", o=post.id))
        blocks += [Para(_lost(post, desk)), Actions(buttons)]
    if len(lost) > MOST:
        blocks.append(Small(("There are more: tminus outbox lists them all.",)))
    for timer in reversed(failed):
        useless = _useless(timer, desk)
        why = words(" It would not help any more: ", useless, ".") if useless else ()
        ring = () if useless else (timer_again.button("Run again", t=timer.id),)
        blocks += [Para(words(_failed(timer, desk), ".", why)), Actions((*ring, timer_drop.button("Drop", t=timer.id)))]
    for row in reversed(missed):
        useless = _useless_now(row, desk)
        why = words(" It would not help any more: ", useless, ".") if useless else ()
        ring = () if useless else (appointment_again.button("Run again", t=row.id),)
        dropping = appointment_drop.button("Drop", t=row.id)
        blocks += [Para(words(_missed(row, desk), why)), Actions((*ring, dropping))]
    return Reply(Message(words(rows[0], " ", rows[1]), tuple(blocks)))


def _waits(desk: Desk) -> Words:
    """How much waits to be sent, and for how long; of the whole installation, since one queue serves all."""
    oldest = desk.work.outbox.oldest()
    waiting = desk.work.outbox.depth()
    if oldest is None:
        return ("Nothing waits to be sent.",)
    since = max(timedelta(), desk.now - oldest.put_at)
    why = words(" (", Said(oldest.error), ")") if oldest.error else ()
    posts = "One post waits" if waiting == 1 else f"{waiting} posts wait"
    return words(f"{posts} to be sent, the oldest for {say_length(since)}", why, ".")


def _lost(row: OutboxRow, desk: Desk) -> Words:
    """`A card for #payments (REL-12) did not arrive, 10:02: is_archived: unarchive the channel`."""
    place = _place(row.place)
    release = desk.work.releases.get(row.release_id) if row.release_id is not None else None
    ref = f" ({desk.ref(release)})" if release is not None else ""
    at = At(row.settled_at or row.put_at, "day", desk.workspace.zone)
    ended = "may have arrived or not" if row.state == "ambiguous" else "did not arrive"
    return words(_WHAT[row.kind], " for ", place, ref, f" {ended}, ", at, ": ", Said(row.error or "unknown"))


def _place(id: str) -> Piece:
    match id[:1]:
        case "C" | "G":
            return Channel(id)
        case "U" | "W":
            return Who(id)
    return "somebody"


def _failed(row: TimerRow, desk: Desk) -> Words:
    prompt = desk.catalogue.prompts.get(row.name)
    release = desk.work.releases.get(row.release_id)
    what = prompt.called if prompt is not None else row.name
    ref = desk.ref(release) if release is not None else "a release"
    return words("⚠️ A timer failed for good: ", what, f" of {ref} (", Said(row.reason), ")")


def _missed(row: AppointmentRow, desk: Desk) -> Words:
    kept = desk.catalogue.appointments.get(row.kind)
    what = kept.called if kept is not None else row.kind
    return words("⚠️ It failed for good: ", what, ", due ", At(row.due_at, "day", desk.workspace.zone), " (",
                 Said(row.reason), ").")  # fmt: skip


def _useless(row: TimerRow, desk: Desk) -> str:
    """Why running it would do nothing; empty where it would do something."""
    prompt, release = desk.catalogue.prompts.get(row.name), desk.work.releases.get(row.release_id)
    if prompt is None:
        return "this version of T-Minus does not know it"
    if release is None or row.plan_revision != release.plan_revision:
        return "it was for another plan of the release"
    if release.state not in prompt.while_in:
        return f"the release is {STATE_WORDS[release.state]}"
    if prompt.grace is not None and desk.now - row.due_at > prompt.grace:
        return "it is too late for it"
    return ""


def _useless_now(row: AppointmentRow, desk: Desk) -> str:
    """Why keeping that appointment would do nothing; empty where it would do something."""
    kept = desk.catalogue.appointments.get(row.kind)
    if kept is None:
        return "this version of T-Minus does not know it"
    if not kept.each and desk.work.appointments.is_followed(row, desk.now):
        return "the next one has come instead"
    return "it is too late for it" if kept.grace is not None and desk.now - row.due_at > kept.grace else ""


def _meant(ask: Ask, desk: Desk) -> OutboxRow:
    access.require_admin(desk, ask.user)
    id = ask.data.get("o")
    row = desk.work.outbox.get(id) if isinstance(id, int) else None
    if row is None or row.workspace_id != desk.workspace.id or row.state not in ("dead", "ambiguous"):
        raise _settled_already(desk)
    return row


def _meant_timer(ask: Ask, desk: Desk) -> TimerRow:
    access.require_admin(desk, ask.user)
    id = ask.data.get("t")
    row = desk.work.timers.get(id) if isinstance(id, int) else None
    if row is None or row.state != "dead":
        raise _settled_already(desk)
    return row


def _meant_appointment(ask: Ask, desk: Desk) -> AppointmentRow:
    access.require_admin(desk, ask.user)
    id = ask.data.get("t")
    row = desk.work.appointments.get(id) if isinstance(id, int) else None
    if row is None or row.state != "dead":
        raise _settled_already(desk)
    return row


def _settled_already(desk: Desk) -> Refusal:
    typed = Code(f"{desk.catalogue.command} health")
    return Refusal("That has been settled meanwhile. ", typed, " shows what is left.", code="settled_already")


@press("outbox.again")
def again(ask: Ask, desk: Desk) -> Reply:
    """Queue once more what did not arrive."""
    row = _meant(ask, desk)
    if row.expires_at is not None and row.expires_at <= desk.now:
        raise Refusal("That answer was for a click of long ago; nobody waits for it any more.", code="expired")
    desk.work.outbox.send_again(row.id)
    desk.work.audit.note("post_sent_again", ask.user, ask.did.path, {"post": row.id})
    return say("It is sent again. If it fails once more, it stands here again.")


@press("outbox.drop")
def drop(ask: Ask, desk: Desk) -> Reply:
    """Speak of it no more."""
    row = _meant(ask, desk)
    desk.work.outbox.drop(row.id, desk.now)
    desk.work.audit.note("post_dropped", ask.user, ask.did.path, {"post": row.id})
    return say("It is dropped: it is not sent, and not spoken of any more.")


@press("timer.again")
def timer_again(ask: Ask, desk: Desk) -> Reply:
    """Run once more what failed for good."""
    row = _meant_timer(ask, desk)
    if useless := _useless(row, desk):
        raise Refusal("That would not help any more: ", useless, ".", code="useless")
    desk.work.timers.run_again(row.id)
    desk.work.audit.note("timer_run_again", ask.user, ask.did.path, {"timer": row.id, "release": row.release_id})
    return say(_RUNS)


@press("timer.drop")
def timer_drop(ask: Ask, desk: Desk) -> Reply:
    """Speak of it no more."""
    row = _meant_timer(ask, desk)
    desk.work.timers.drop(row.id)
    desk.work.audit.note("timer_dropped", ask.user, ask.did.path, {"timer": row.id, "release": row.release_id})
    return say(_DROPPED)


@press("appointment.again")
def appointment_again(ask: Ask, desk: Desk) -> Reply:
    """Run once more what failed for good and is about no release."""
    row = _meant_appointment(ask, desk)
    if useless := _useless_now(row, desk):
        raise Refusal("That would not help any more: ", useless, ".", code="useless")
    desk.work.appointments.run_again(row.id)
    desk.work.audit.note("appointment_run_again", ask.user, ask.did.path, {"appointment": row.id})
    return say(_RUNS)


@press("appointment.drop")
def appointment_drop(ask: Ask, desk: Desk) -> Reply:
    """Speak of it no more."""
    row = _meant_appointment(ask, desk)
    desk.work.appointments.drop(row.id)
    desk.work.audit.note("appointment_dropped", ask.user, ask.did.path, {"appointment": row.id})
    return say(_DROPPED)
