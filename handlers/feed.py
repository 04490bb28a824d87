"""Make a calendar to subscribe to in Google, Apple or Outlook: by a secret address that is shown once and revocable."""

import secrets
from typing import Any

from bot.kit import feeds
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Confirm, Input, Message, Modal, Option, Para, Reply, Small, say
from bot.kit.declare import press, verb
from bot.kit.desk import Desk
from bot.kit.in_force import policy_for
from bot.kit.interaction import Kind
from bot.kit.naming import tidy
from bot.release.errors import FieldRefusal, Refusal
from bot.release.policy import service_key
from bot.release.words import At, Bold, Channel, Code, Said, Words, words
from storage.feeds import FeedKind, FeedRow

#: So many somebody has at most: each is looked at again and again.
MOST = 20
#: Characters of a service's name.
MOST_NAME = 80
_MINE, _HERE = ("me", "mine", "my"), ("channel", "here", "this channel")


@verb(
    "feed",
    usage="feed [<me, channel or a service>]",
    summary="A private calendar address for Google, Apple or Outlook",
    who="everyone, for themselves",
    examples=("feed me", "feed channel", "feed payments"),
    aliases=("feeds", "ics", "ical"),
    subject="none",
    label="Calendar feed",
)
def feed(ask: Ask, desk: Desk) -> Reply:
    wanted = tidy(ask.text).removeprefix("for ").strip()
    if not wanted or wanted.casefold() == "list":
        return _list(ask, desk)
    if wanted.casefold() in _MINE:
        return _make("person", ask.user, ask, desk)
    if wanted.casefold() in _HERE:
        return _make("channel", ask.did.channel or "", ask, desk)
    return _make("service", wanted, ask, desk)


def _make(kind: FeedKind, subject: str, ask: Ask, desk: Desk) -> Reply:
    """Store a new one and show its address. Only where the answer is stored nowhere: in a command's or a dialog's."""
    if ask.did.kind not in (Kind.COMMAND, Kind.MODAL):
        raise Refusal("The address is a secret. Make it with the slash command: ",
                      Code(f"{desk.catalogue.command} feed me"), ".", code="not_by_mention")  # fmt: skip
    _require_address(desk)
    _require_known(kind, subject, desk)
    if len(desk.work.feeds.of(ask.user)) >= MOST:
        raise Refusal(f"You have {MOST} calendar feeds, and that is the most. Revoke one that you do not use: ",
                      Code(f"{desk.catalogue.command} feed list"), ".", code="too_many")  # fmt: skip
    token = secrets.token_urlsafe(32)
    id = desk.work.feeds.add(kind, subject, ask.user, feeds.hash_of(token))
    desk.work.audit.note("feed_made", ask.user, ask.did.path, {"feed": id, "kind": kind, "subject": subject})
    shows = _shows(kind, subject)
    head = words("Your calendar of ", shows, ":")
    address = words(Code(f"{desk.catalogue.public_url}{feeds.PATH}{token}.ics"))
    once = words("It is shown this once. Whoever has it can read this calendar, so keep it to yourself; ",
                 Code(f"{desk.catalogue.command} feed revoke"), " ends it.")  # fmt: skip
    how = words("Google: Other calendars, From URL. Apple: File, New Calendar Subscription. Outlook: Add calendar, "
                "Subscribe from web. It changes as soon as a release moves; how soon your calendar looks again is up "
                "to it: Google takes hours.")  # fmt: skip
    row = words("Here is your calendar of ", shows, ". Its address is shown this once.")
    kept = words("Your calendar of ", shows, " was made, and its address was shown. It can't be shown again: revoke it "
                 "with ", Code(f"{desk.catalogue.command} feed revoke"), " and make another.")  # fmt: skip
    return Reply(Message(row, (Para(head), Para(address), Para(once), Small(how))), kept=Message(kept, (Para(kept),)))


def _require_address(desk: Desk) -> None:
    if not desk.catalogue.public_url:
        raise Refusal("Calendars can't reach me yet: nobody has told me my address. Whoever runs T-Minus sets ",
                      Code("TMINUS_PUBLIC_URL"), ", such as ", Code("https://tminus.example.com"),
                      ", and routes ", Code(feeds.PATH), " to its port.", code="no_public_url")  # fmt: skip


def _require_known(kind: FeedKind, subject: str, desk: Desk) -> None:
    """Raise the Refusal that says what would be possible, unless there can be something to show."""
    if kind == "channel" and (not subject or subject.startswith("D")):
        raise Refusal("Type this in the channel whose releases you want in your calendar, or name a service: ",
                      Code(f"{desk.catalogue.command} feed payments"), ".", code="no_channel")  # fmt: skip
    if kind != "service":
        return
    if len(subject) > MOST_NAME or not service_key(subject):
        raise FieldRefusal("service", f"Please name a service, in at most {MOST_NAME} characters.", code="bad_service")
    planned = desk.work.releases.find(subject, open_only=False, limit=1, seen=lambda one: not one.is_private)
    if not planned:
        policy_for(subject, desk)  # raises where policies say which services there are, and this is none


def _shows(kind: FeedKind, subject: str) -> Words:
    match kind:
        case "person":
            return words("the releases that concern you: what you lead, deploy or owe an answer to, and what your "
                         "channels plan")  # fmt: skip
        case "channel":
            return words("the releases of ", Channel(subject))
        case "service":
            return words("the releases of ", Said(subject), ", without those of private channels")


# ---- what there is, and no more ------------------------------------------------------------


def _list(ask: Ask, desk: Desk) -> Reply:
    mine = desk.work.feeds.of(ask.user)
    new = Actions((make.button("New calendar feed", style=None if mine else "primary", c=ask.did.channel),))
    if not mine:
        row = words("You have no calendar feed. One is a private address that Google, Apple or Outlook subscribe to.")
        return Reply(Message(row, (Para(row), new)))
    row = words(Bold(f"Your calendar feeds ({len(mine)})"))
    blocks: list[Block] = [Para(row)]
    blocks += [Para(_told(one, desk), accessory=_revoke_button(one)) for one in mine]
    return Reply(Message(row, (*blocks, Small(("Their addresses were shown once, and can't be shown again.",)), new)))


def _told(one: FeedRow, desk: Desk) -> Words:
    zone = desk.workspace.zone
    names = {"person": words("Yours"), "channel": words(Channel(one.subject)), "service": words(Said(one.subject))}
    read = words("last read ", At(one.seen_at, "day", zone)) if one.seen_at is not None else words("not read yet")
    return words(names[one.kind], " · made ", At(one.created_at, "date", zone), " · ", read)


def _revoke_button(one: FeedRow) -> Button:
    sure = Confirm("Revoke this calendar?", words("Its address shows nothing from then on, to nobody. You can make "
                                                  "another one."), "Revoke", no="Keep it")  # fmt: skip
    return revoke.button("Revoke", confirm=sure, i=one.id)


@press("feed.revoke")
def revoke(ask: Ask, desk: Desk) -> Reply:
    mine = {one.id: one for one in desk.work.feeds.of(ask.user)}
    one = mine.get(int(ask.data.get("i", 0)))
    if one is None:
        return say("That calendar was revoked already, or is not yours.")
    return _revoked([one], ask, desk)


@verb(
    "feed revoke",
    usage="feed revoke [<all>]",
    summary="End a calendar feed: its address shows nothing any more",
    who="everyone, their own",
    examples=("feed revoke", "feed revoke all"),
    subject="none",
    hidden=True,
)
def end(ask: Ask, desk: Desk) -> Reply:
    mine = desk.work.feeds.of(ask.user)
    if mine and (len(mine) == 1 or ask.text.strip().casefold() == "all"):
        return _revoked(mine, ask, desk)
    return _list(ask, desk)


def _revoked(some: list[FeedRow], ask: Ask, desk: Desk) -> Reply:
    for one in some:
        desk.work.feeds.revoke(one.id)
        desk.work.audit.note("feed_revoked", ask.user, ask.did.path, {"feed": one.id})
    which = words("That calendar is") if len(some) == 1 else words(f"All your {len(some)} calendars are")
    return say(which, " revoked: the address shows nothing any more. Make another with ",
               Code(f"{desk.catalogue.command} feed me"), ".")  # fmt: skip


@press("feed.new")
def make(ask: Ask, desk: Desk) -> Reply:
    """Ask what it shall show, then make it."""
    _require_address(desk)
    if ask.did.kind is not Kind.MODAL:
        return Reply(modal=_dialog(ask, desk))
    values = ask.did.values
    match str(values.get("shows") or "person"):
        case "channel":
            return _make("channel", str(ask.data.get("c") or ""), ask, desk)
        case "service":
            return _make("service", tidy(str(values.get("service") or "")), ask, desk)
        case _:
            return _make("person", ask.user, ask, desk)


def _dialog(ask: Ask, desk: Desk) -> Modal:
    channel = str(ask.data.get("c") or "")
    options: list[Option] = [Option("person", "My releases", "what I lead, deploy or answer, and my channels'")]
    if channel and not channel.startswith("D"):
        options.append(Option("channel", "This channel's releases"))
    options.append(Option("service", "A service's releases", "public ones, in whichever channel"))
    shows = Input("shows", "What shall it show?", kind="radio", options=tuple(options), initial="person")
    service = Input("service", "Which service?", optional=True, placeholder="payments", max_length=MOST_NAME,
                    hint="Only for a service's releases.")  # fmt: skip
    data: dict[str, Any] = {"c": channel}
    return Modal("feed.new", "Calendar feed", (shows, service), submit="Make it", data=data)
