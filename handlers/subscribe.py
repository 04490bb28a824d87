"""Let a channel hear of services: as it happens at a level it chooses, and by a digest at its local time."""

from typing import Any

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Input, Message, Modal, Option, Para, Reply, Small, say
from bot.kit.declare import press, verb
from bot.kit.desk import Desk
from bot.kit.digests import digest_of, plan_next
from bot.kit.in_force import policy_for
from bot.kit.interaction import Kind
from bot.kit.naming import beginnings, split_name, tidy
from bot.release.errors import FieldRefusal, Refusal
from bot.release.policy import service_key
from bot.release.subscribing import DAYS, HEARS, LEVELS, NINE, Digest, Level, read_clock, read_wish
from bot.release.subscribing import say as say_wish
from bot.release.tidy import bare_name
from bot.release.words import Bold, Channel, Code, Said, Who, Words, words
from bot.release.zones import is_zone
from storage.subscriptions import Subscription

#: So many a channel has at most.
MOST = 20
MOST_NAME = 80
_EVERY = ("all", "everything", "*", "all services")
_DIGESTS = (Option("no", "No digest"), Option("daily", "Every day"), Option("weekly", "Every week"))


@verb(
    "subscribe",
    usage="subscribe [<service or all>] [<outcomes, milestones, all or nothing>] [<daily or weekly mon 9:00>]",
    summary="Have this channel hear of a service: as it happens, and by a digest",
    who="everyone in the channel",
    examples=("subscribe payments outcomes", "subscribe all weekly mon 9:00"),
    aliases=("subscriptions", "subscribed"),
    subject="none",
    label="Subscribe …",
)
def subscribe(ask: Ask, desk: Desk) -> Reply:
    channel = _channel(ask.did.channel, desk)
    text = tidy(ask.text).removeprefix("to ").strip()
    if not text or text.casefold() == "list":
        return _list(channel, desk)
    named, rest = split_name(text, desk.work.releases.open_services(beginnings(text)))
    service = _service(named, desk)
    wish = read_wish(rest)
    if wish.unread:
        raise Refusal("I don't understand “", Said(wish.unread), "”. Say what and when, for example ",
                      Code(f"{desk.catalogue.command} subscribe payments milestones weekly mon 9:00"), ".",
                      code="unread")  # fmt: skip
    level, digest = wish.settled(desk.voice(ask.user).zone)
    _require_something(service, level, digest, channel, desk)
    before = _present(channel, service, desk)
    instead = words(" Until now: ", say_wish(before.level, before.digest, desk.now), ".") if before else ()
    not_yet = "Not subscribed yet: " if before is None else "Not changed yet: "
    row = words(not_yet, Channel(channel), " would hear of ", _of(service), ": ", say_wish(level, digest, desk.now),
                ".", instead)  # fmt: skip
    if digest is not None and (odd := digest.note(desk.now)):
        row = words(row, " ", odd)
    data = _data(channel, service, level, digest) | {"o": _stamp(before)}
    buttons = [save.button("Subscribe", style="primary", **data), change.button("Change …", **data)]
    buttons += [preview.button("Show me a digest", **data)] if digest is not None else []
    note = Small(words("Votes and reasons are not told, nor other channels' private releases."))
    return Reply(Message(row, (Para(row), note, Actions(tuple(buttons)))))


def _channel(channel: str | None, desk: Desk) -> str:
    """Where it is to be told. Raises Refusal where nothing can be said."""
    if not channel or channel.startswith("D"):
        raise Refusal("Type this in the channel that shall hear of it.", code="no_channel")
    desk.members(channel)  # has its facts fetched, where they are unknown
    known = desk.work.people.channel(channel)
    if known is None or not known.bot_is_member:
        raise Refusal("I'm not in this channel, so I can't say anything here. Type ", Code("/invite @T-Minus"),
                      " first.", code="not_in_channel")  # fmt: skip
    return channel


def _service(typed: str, desk: Desk) -> str:
    """'' for all of them. Raises Refusal for one that no policy knows, where policies say which there are."""
    named = bare_name(typed)
    if named.casefold() in _EVERY:
        return ""
    if not service_key(named) or len(named) > MOST_NAME:
        raise FieldRefusal("service", f"Please name a service, in at most {MOST_NAME} characters, or “all”.")
    if not desk.work.releases.find(named, open_only=False, limit=1, seen=lambda one: not one.is_private):
        policy_for(named, desk)
    return named


def _same(one: str, other: str) -> bool:
    return service_key(one) == service_key(other)


def _of(service: str) -> Words:
    return words(Said(service)) if service else words("all services")


def _require_something(service: str, level: Level, digest: Digest | None, channel: str, desk: Desk) -> None:
    if level == "none" and digest is None:
        every = any(not one.service and one.level != "none" for one in desk.work.subscriptions.of(channel))
        if not service or not every:
            raise Refusal("Then there is nothing to hear. ", Code(f"{desk.catalogue.command} unsubscribe"),
                          " ends what this channel hears.", code="nothing_to_hear")  # fmt: skip


def _data(channel: str, service: str, level: Level, digest: Digest | None) -> dict[str, Any]:
    data: dict[str, Any] = {"c": channel, "s": service, "l": level}
    if digest is not None:
        data |= {"e": digest.every, "d": digest.weekday, "t": f"{digest.clock:%H:%M}", "z": digest.zone}
    return data


def _read(data: Any) -> tuple[str, Level, Digest | None]:
    """Service, level and digest of what a button carries."""
    level: Level = next((one for one in LEVELS if one == data.get("l")), "milestones")
    digest, zone = None, str(data.get("z") or "")
    if data.get("e") in ("daily", "weekly") and is_zone(zone):
        clock = read_clock(str(data.get("t"))) or NINE
        digest = Digest(data["e"], clock, zone, int(data.get("d") or 0) % 7)
    return str(data.get("s") or ""), level, digest


def _present(channel: str, service: str, desk: Desk) -> Subscription | None:
    """What the channel hears of that service now, where it has chosen something."""
    return next((one for one in desk.work.subscriptions.of(channel) if _same(one.service, service)), None)


def _stamp(row: Subscription | None) -> str:
    """Tells one choice of a channel from a newer one, for a button."""
    return "" if row is None else f"{row.id} {row.level} {row.digest.said if row.digest else ''}"


@press("subscribe.save")
def save(ask: Ask, desk: Desk) -> Reply:
    """What was shown, unless the channel hears it already, or something newer was chosen."""
    channel = _member_of(ask, desk)
    service, level, digest = _read(ask.data)
    before = _present(channel, service, desk)
    if before is not None and (before.level, before.digest) == (level, digest):
        hears = words(_of(service), ": ", say_wish(level, digest, desk.now))
        return say("This channel hears that already: ", hears, ".", blocks=(Actions((_end_button(before),)),))
    if ask.data.get("o", _stamp(before)) != _stamp(before):
        hears = (
            words(_of(service), ": ", say_wish(before.level, before.digest, desk.now))
            if before
            else words("none of it")
        )
        raise Refusal("It was changed since that was shown. Now ", Channel(channel), " hears of ", *hears, ".",
                      code="superseded_subscription")  # fmt: skip
    return _store(channel, service, level, digest, ask, desk)


def _member_of(ask: Ask, desk: Desk) -> str:
    """The channel a button is about; only who is in it changes what it hears."""
    channel = _channel(str(ask.data.get("c") or ""), desk)
    members = desk.members(channel)
    if ask.did.channel != channel and (members is None or ask.user not in members):
        raise Refusal("Only members of ", Channel(channel), " decide what it hears.", code="may_not")
    return channel


def _store(channel: str, service: str, level: Level, digest: Digest | None, ask: Ask, desk: Desk) -> Reply:
    _require_something(service, level, digest, channel, desk)
    there = desk.work.subscriptions.of(channel)
    if len(there) >= MOST and not any(_same(one.service, service) for one in there):
        raise Refusal(f"This channel has {MOST} subscriptions, and that is the most.", code="too_many")
    row = desk.work.subscriptions.put(channel, service, level, digest, ask.user)
    plan_next(row, desk)
    details = {"subscription": row.id, "channel": channel, "service": service_key(service), "level": level,
               "digest": digest.every if digest else ""}  # fmt: skip
    desk.work.audit.note("subscribed", ask.user, ask.did.path, details)
    what = words(_of(service), ": ", say_wish(level, digest, desk.now), ".")
    desk.in_channel(channel, Message(words(Who(ask.user), " subscribed this channel to ", what)))
    said = words("Subscribed. ", Channel(channel), " hears of ", what)
    return Reply(Message(said, (Para(said), Actions((_end_button(row),)))))


@press("subscribe.preview", reads=True)
def preview(ask: Ask, desk: Desk) -> Reply:
    """The digest as it would be now, for the person alone."""
    channel = _member_of(ask, desk)
    service, level, digest = _read(ask.data)
    if digest is None:
        return say("There is no digest to show.")
    row = Subscription(0, channel, service, level, digest, ask.user, desk.now)
    told = digest_of(row, digest, desk, desk.now)
    return Reply(told) if told is not None else say("Today's would have nothing to tell, and would not be sent.")


@press("subscribe.change")
def change(ask: Ask, desk: Desk) -> Reply:
    """The same as a dialog."""
    channel = _member_of(ask, desk)
    service, level, digest = _read(ask.data)
    if ask.did.kind is not Kind.MODAL:
        return Reply(modal=_dialog(channel, service, level, digest, "s" in ask.data, ask, desk))
    values = ask.did.values
    chosen = _service(tidy(str(values.get("service") or "")), desk)
    level = next((one for one in LEVELS if one == values.get("level")), "milestones")
    every, digest = values.get("digest"), None
    if every in ("daily", "weekly"):
        clock = read_clock(str(values.get("time") or "")) or NINE
        weekday = DAYS.index(str(values.get("weekday"))) if values.get("weekday") in DAYS else 0
        digest = Digest(every, clock, str(ask.data.get("z") or desk.voice(ask.user).zone), weekday)
    if level == "none" and digest is None:
        raise FieldRefusal("digest", "Then there is nothing to hear. Choose a digest, or more news.")
    return _store(channel, chosen, level, digest, ask, desk)


def _dialog(
    channel: str, service: str, level: Level, digest: Digest | None, named: bool, ask: Ask, desk: Desk
) -> Modal:
    levels = tuple(Option(one, HEARS[one].partition(":")[0].capitalize(), HEARS[one].partition(": ")[2][:75])
                   for one in reversed(LEVELS))  # fmt: skip
    days = tuple(Option(one, one.capitalize()) for one in DAYS)
    clock, weekday = (digest.clock, digest.weekday) if digest else (NINE, 0)
    zone = digest.zone if digest else desk.voice(ask.user).zone
    fields = (
        Input("service", "Which service?", initial=service or ("all" if named else None), max_length=MOST_NAME,
              placeholder="payments", hint="Or “all”, for all services."),
        Input("level", "What shall be told as it happens?", kind="radio", options=levels, initial=level),
        Input("digest", "And a digest?", kind="radio", options=_DIGESTS, initial=digest.every if digest else "no"),
        Input("weekday", "On which day?", kind="choice", options=days, initial=DAYS[weekday],
              hint="For a weekly digest."),
        Input("time", "At what time?", kind="time", initial=f"{clock:%H:%M}", hint=f"In {zone}."),
    )  # fmt: skip
    return Modal("subscribe.change", "Subscribe", fields, submit="Subscribe", data={"c": channel, "z": zone})


# ---- what there is, and no more ------------------------------------------------------------


def _list(channel: str, desk: Desk) -> Reply:
    there = desk.work.subscriptions.of(channel)
    new = change.button("Subscribe …", style=None if there else "primary", c=channel)
    if not there:
        row = words(Channel(channel), " is subscribed to nothing. It hears only of what is planned in it, and outcomes "
                    "where it is a status channel.")  # fmt: skip
        return Reply(Message(row, (Para(row), Actions((new,)))))
    head = words(Bold(f"What this channel hears ({len(there)})"))
    blocks: list[Block] = [Para(head)]
    for one in there:
        data = _data(channel, one.service, one.level, one.digest)
        told = words(Bold(one.service or "All services"), "  ", say_wish(one.level, one.digest, desk.now))
        blocks += [Para(told), Actions((change.button("Change …", **data), _end_button(one)))]
    return Reply(Message(head, (*blocks, Actions((new,)))))


def _end_button(row: Subscription) -> Button:
    return end.button("Unsubscribe", i=row.id, c=row.channel)


@press("subscribe.end")
def end(ask: Ask, desk: Desk) -> Reply:
    channel = _member_of(ask, desk)
    row = desk.work.subscriptions.get(int(ask.data.get("i") or 0))
    if row is None or row.channel != channel:
        return say("That subscription was ended already.")
    return _ended(row, ask, desk)


@verb(
    "unsubscribe",
    usage="unsubscribe [<service or all>]",
    summary="End what this channel hears of a service",
    who="everyone in the channel",
    examples=("unsubscribe payments",),
    subject="none",
    hidden=True,
)
def unsubscribe(ask: Ask, desk: Desk) -> Reply:
    channel = _channel(ask.did.channel, desk)
    there = desk.work.subscriptions.of(channel)
    typed = tidy(ask.text).removeprefix("from ").strip()
    wanted = "" if typed.casefold() in _EVERY else typed
    meant = [one for one in there if _same(one.service, wanted)] if typed else there
    return _ended(meant[0], ask, desk) if len(meant) == 1 else _list(channel, desk)


def _ended(row: Subscription, ask: Ask, desk: Desk) -> Reply:
    desk.work.subscriptions.remove(row.id)
    desk.work.appointments.replan("digest", str(row.id), [])
    desk.work.audit.note("unsubscribed", ask.user, ask.did.path, {"subscription": row.id, "channel": row.channel})
    desk.in_channel(row.channel, Message(words(Who(ask.user), " ended what this channel heard of ", _of(row.service),
                                               ".")))  # fmt: skip
    again = save.button("Subscribe again", **_data(row.channel, row.service, row.level, row.digest), o="")
    return say(Channel(row.channel), " hears no more of ", _of(row.service), ".", blocks=(Actions((again,)),))
