"""Turn an outbox row into the call to Slack that it means now: cards and Home are drawn from the rows of now."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from bot.kit import render
from bot.kit.access import NOT_A_GUESTS, NOT_YOURS, is_guest, may_see
from bot.kit.blocks import Message
from bot.kit.declare import Catalogue
from bot.kit.desk import HOME_LANE, MAIN_CARD, Desk
from bot.kit.follow import read
from bot.kit.reminding import CARD as REMINDER
from bot.kit.votes import asked_again
from bot.release import record
from bot.release.release import Release
from bot.release.words import Said, words
from storage.cards import CardRow
from storage.outbox_rows import OutboxRow
from storage.work import Work

#: Marks our posts with the outbox row's id, so that one of unknown outcome can be found again.
METADATA = "tminus_delivery"
POST, UPDATE, HOME = "chat.postMessage", "chat.update", "views.publish"
#: What a card says when a newer one of its kind has taken its place.
_ASKED = ": asked about again below."
_AGAIN = {"reminder.still": _ASKED, "condition": _ASKED, "late": _ASKED}
EPHEMERAL, RESPONSE = "chat.postEphemeral", "response_url"
#: The last of the three steps of an upload, and the only one that shows something; and what is asked before it.
UPLOAD, BEFORE_UPLOAD = "files.completeUploadExternal", ("conversations.open", "files.getUploadURLExternal")


@dataclass(frozen=True)
class Call:
    """One call to Slack: its method, its arguments, and the channel (or person) it goes to.

    `final`: the card behind it says its last; a newer one of its kind has taken its place. `moot`: it is not worth
    posting any more, and was not, as far as is known.
    """

    method: str
    arguments: dict[str, Any]
    channel: str
    final: bool = False
    moot: bool = False

    @property
    def methods(self) -> tuple[str, ...]:
        """What Slack is asked for it, at most."""
        return (*BEFORE_UPLOAD, UPLOAD) if self.method == UPLOAD else (self.method,)

    @property
    def look(self) -> str:
        """Equal for calls that show the same, in every process."""
        shown = json.dumps([self.arguments.get("text"), self.arguments.get("blocks")], sort_keys=True)
        return sha256(shown.encode()).hexdigest()[:16]


def draw(row: OutboxRow, work: Work, catalogue: Catalogue) -> Call | None:
    """The call, or None when there is nothing to show any more."""
    payload = row.payload
    match row.kind:
        case "card":
            return _card(row, work, catalogue)
        case "home":
            return _home(row, work, catalogue)
        case "file":
            return _record(row, work, catalogue) if "record" in payload else Call(UPLOAD, payload, row.lane)
        case "ephemeral" if "response_url" in payload:
            return draw_answer(row)
        case "ephemeral":
            place = {key: payload[key] for key in ("channel", "user", "thread_ts") if payload.get(key)}
            return Call(EPHEMERAL, {**place, **payload["message"]}, payload["channel"])
    where = _in_thread(row, work, bool(payload.get("broadcast")))
    if payload.get("thread_ts"):
        where = {"thread_ts": payload["thread_ts"]}
    return _post(row, row.lane, {**payload["message"], **where})


def draw_answer(row: OutboxRow) -> Call:
    """The call of a row with a `response_url`: all that it shows stands in the row."""
    payload = row.payload
    message = {**payload["message"], "response_type": "ephemeral", "replace_original": bool(payload.get("replaces"))}
    if payload.get("thread_ts"):
        message["thread_ts"] = payload["thread_ts"]
    return Call(RESPONSE, {"url": payload["response_url"], "body": message}, row.lane)


def _post(row: OutboxRow, channel: str, message: Mapping[str, Any]) -> Call:
    metadata = {"event_type": METADATA, "event_payload": {"id": row.id}}
    return Call(POST, {"channel": channel, **message, "metadata": metadata, "unfurl_links": False}, channel)


def _in_thread(row: OutboxRow, work: Work, broadcast: bool = False) -> dict[str, Any]:
    """Where a message goes that belongs under a card; on its own where that card could not be posted."""
    root = work.cards.get(row.after_card_id) if row.after_card_id else None
    if root is None or root.ts is None:
        return {}
    return {"thread_ts": root.ts} | ({"reply_broadcast": True} if broadcast else {})


def _under_main_card(card: CardRow, work: Work) -> dict[str, Any]:
    """In a channel, every card but the main one stands in its thread, also when it has to be posted again."""
    if card.kind == MAIN_CARD or card.recipient.startswith(("U", "W")):
        return {}
    main = next((one for one in work.cards.of(card.release_id) if one.kind == MAIN_CARD and one.ts is not None), None)
    return {"thread_ts": main.ts} if main is not None else {}


def _card(row: OutboxRow, work: Work, catalogue: Catalogue) -> Call | None:
    card = work.cards.get(row.card_id) if row.card_id else None
    release = work.releases.get(card.release_id) if card is not None else None
    if card is None or release is None or card.state != "live":
        return None
    desk = Desk(work, catalogue, unasked=True, card=card)
    alike = [one for one in work.cards.of(release.id) if (one.kind, one.recipient) == (card.kind, card.recipient)]
    again, hidden = any(one.id > card.id for one in alike), False
    if again:
        drawn = _retired(card, release, work)
    elif hidden := _is_hidden(card, release, desk):
        drawn = Message(NOT_YOURS if release.is_private else NOT_A_GUESTS)
    else:
        drawn = catalogue.cards[card.kind].draw(read(release, desk), desk, card.recipient)
    message = desk.message(drawn, card.recipient if card.recipient.startswith(("U", "W")) else None)
    if card.ts is None or card.channel is None:
        if not desk.is_reachable(card.recipient):
            return None
        call = _post(row, card.recipient, {**message, **_under_main_card(card, work)})
        return replace(call, final=again, moot=again or hidden)
    return Call(UPDATE, {"channel": card.channel, "ts": card.ts, "parse": "none", **message}, card.channel, again)


def _is_hidden(card: CardRow, release: Release, desk: Desk) -> bool:
    """Whether it is one person's, who may not know of the release any more. A reminder of several says that itself."""
    if not card.recipient.startswith(("U", "W")) or not (release.is_private or is_guest(desk, card.recipient)):
        return False
    several = desk.catalogue.cards[card.kind].kind == REMINDER
    return not several and not may_see(desk, card.recipient, read(release, desk))


def _record(row: OutboxRow, work: Work, catalogue: Catalogue) -> Call | None:
    """All that happened to a release until now, as a file."""
    release = work.releases.get(int(row.payload["record"]))
    if release is None:
        return None
    ref = f"{catalogue.prefix}-{release.number}"
    entries = work.audit.entries(release.id)
    known = work.people.many(record.people_in(entries))
    text = record.write(entries, release.policy, {id: one.name for id, one in known.items()})
    file = {"filename": f"{ref}-record.json", "title": f"{ref} {release.title}: the record", "content": text}
    return Call(UPLOAD, file, row.lane)


def _retired(card: CardRow, release: Release, work: Work) -> Message:
    """The one line that is left where a newer one of its kind has taken its place."""
    if card.kind in ("ask", "ask.delegate"):
        return Message(asked_again(release, card.tag, work))
    return Message(words(Said(release.title), _AGAIN.get(card.kind, ": reminded again below.")))


def _home(row: OutboxRow, work: Work, catalogue: Catalogue) -> Call | None:
    if catalogue.home is None:
        return None
    desk = Desk(work, catalogue, unasked=True)
    user = row.lane.removeprefix(HOME_LANE)
    view = render.home(catalogue.home.draw(desk, user), desk.voice(user))
    notice = row.payload.get("notice")
    if notice:  # what the click did, in its own words, above the tab
        said = [{**block, "block_id": f"notice-{block['block_id']}"} for block in notice["blocks"]]
        view["blocks"] = [*said, {"type": "divider"}, *view["blocks"]][: render.MAX_BLOCKS_VIEW]
    return Call(HOME, {"user_id": user, "view": view}, user)
