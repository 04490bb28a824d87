"""Tell admins how the bot is: what waits to be said, what could not be said and why, which timers failed."""

from datetime import timedelta

from bot.kit import access
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Lines, Message, Para, Reply, Small, say
from bot.kit.declare import press, verb
from bot.kit.desk import Desk
from bot.release.durations import say_length
from bot.release.errors import Refusal
from bot.release.words import At, Channel, Code, Piece, Said, Who, Words, words
from storage.outbox import OutboxRow
from storage.timers import TimerRow

#: So many of what did not arrive are shown, each with its buttons.
MOST = 8
#: Timers that failed longer ago are not spoken of.
LATELY = timedelta(days=7)
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
    lost = desk.work.outbox.undelivered(MOST + 1)
    failed = desk.work.timers.dead_since(desk.now - LATELY, MOST)
    well = not lost and not failed
    rows = [words("✅ Nothing was given up." if well else "⚠️ Something needs a look."), _waits(desk)]
    blocks: list[Block] = [Lines(tuple(rows))]
    for row in reversed(lost[:MOST]):  # the oldest first: in this order it would have been said
        buttons = (again.button("Send again", o=row.id), drop.button("Drop", o=row.id))
        blocks += [Para(_lost(row, desk)), Actions(buttons)]
    if len(lost) > MOST:
        blocks.append(Small(("There are more: tminus outbox lists them all.",)))
    if failed:
        blocks.append(Lines(tuple(_failed(row, desk) for row in failed)))
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


def _meant(ask: Ask, desk: Desk) -> OutboxRow:
    access.require_admin(desk, ask.user)
    id = ask.data.get("o")
    row = desk.work.outbox.get(id) if isinstance(id, int) else None
    if row is None or row.workspace_id != desk.workspace.id or row.state not in ("dead", "ambiguous"):
        typed = Code(f"{desk.catalogue.command} health")
        raise Refusal("That has been settled meanwhile. ", typed, " shows what is left.", code="settled_already")
    return row


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
