"""Let a person hear less of a service, or of all: what is for their information, never what is theirs to do."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Input, Message, Para, Reply, Small, say
from bot.kit.declare import press, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.in_force import policy_for
from bot.kit.naming import beginnings, split_name, tidy
from bot.kit.times import read_until
from bot.release.errors import FieldRefusal
from bot.release.policy import service_key
from bot.release.tidy import bare_name
from bot.release.words import At, Bold, Code, Said, Words, words
from storage.subscriptions import Mute

LONGEST = timedelta(days=366)
MOST, MOST_NAME = 50, 80
_EVERY = ("all", "everything", "*", "all services")
#: No services: what is muted is shown, with a button to end each.
_LOOKS = ("list", "off", "none", "nothing", "stop", "end")
_STILL = ("What is yours to do still comes: go/no-go questions and their reminders, conditions, checklist items, the "
          "deploy, reviews and action items.")  # fmt: skip
_FIELDS = Form(
    "Mute",
    (
        Input("service", "Which service?", placeholder="payments", max_length=MOST_NAME, hint="Or “all”. " + _STILL),
        Input("when", "Until when?", placeholder="mon 9:00", optional=True,
              hint="In your time zone; fri 14:00; a day alone: until it begins. Left empty: until you unmute it."),
    ),
    submit="Mute",
)  # fmt: skip


def _parse(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    """`payments until mon 9:00`."""
    named, rest = split_name(tidy(ask.text), desk.work.releases.open_services(beginnings(tidy(ask.text))))
    if named.casefold() == "until" and rest:
        every = Code(f"{desk.catalogue.command} mute all {tidy(ask.text)}")
        raise FieldRefusal("service", "Which service? ", every, " mutes them all until then.")
    if rest.casefold() == "until":
        raise FieldRefusal("when", "Until when? ", Code(f"{desk.catalogue.command} mute {named} until mon 9:00"),
                           ", or leave “until” out to mute it until you unmute it.", code="bad_time")  # fmt: skip
    return {"service": named, "when": re.sub(r"^(?:until|till?)\s", "", rest).strip()}


@verb(
    "mute",
    usage="mute <service or all> [until <when>]",
    summary="Hear less of a service: only what is yours to do",
    who="everyone, for themselves",
    examples=("mute payments until mon 9:00", "mute all", "mute list"),
    subject="none",
    form=_FIELDS,
    parse=_parse,
    label="Mute …",
)
def mute(ask: Ask, desk: Desk) -> Reply:
    if ask.arg("service").casefold() in _LOOKS and not ask.arg("when"):
        return _list(ask, desk)
    service = _service(ask.arg("service"), desk)
    within_a_year = words("Please name a time ahead, within a year from now, for example ",
                          Code(f"{desk.catalogue.command} mute all until mon 9:00"), ", or none.")  # fmt: skip
    until = read_until(ask, desk, within=LONGEST, else_=within_a_year) if ask.arg("when") else None
    there = desk.work.mutes.of(ask.user)
    if len(there) >= MOST and all(one.service != service_key(service) for one in there):
        every = Code(f"{desk.catalogue.command} mute all")
        raise FieldRefusal("service", f"You mute {MOST} services already: ", every, " mutes all.", code="too_many")
    desk.work.mutes.put(ask.user, service, until)
    at = until.isoformat() if until is not None else None
    desk.work.audit.note("muted", ask.user, ask.did.path, {"service": service_key(service), "until": at})
    row = words("Muted: ", _of(service), _said(until, ask, desk), ". You get no reminders that are only for your "
                "information, such as the one a day before.")  # fmt: skip
    return Reply(Message(row, (Para(row), Small((_STILL,)), Actions((_button(service),)))))


def _service(typed: str, desk: Desk) -> str:
    """'' for all of them. Raises FieldRefusal or Refusal for what is none."""
    named = bare_name(typed.rstrip("?! "))
    if named.casefold() in _EVERY:
        return ""
    if not service_key(named) or len(named) > MOST_NAME:
        raise FieldRefusal("service", f"Please name a service, in at most {MOST_NAME} characters, or “all”.")
    if not desk.work.releases.find(named, open_only=False, limit=1, seen=lambda one: not one.is_private):
        policy_for(named, desk)
    return named


def _of(service: str) -> Words:
    return words(Said(service)) if service else words("all services")


def _said(until: datetime | None, ask: Ask, desk: Desk) -> Words:
    return words(" until ", At(until, "day", desk.voice(ask.user).zone)) if until is not None else ()


def _button(service: str) -> Button:
    return again.button(f"Unmute {service or 'all'}"[:75], s=service)


@press("mute.end")
def again(ask: Ask, desk: Desk) -> Reply:
    return _unmute(str(ask.data.get("s") or ""), ask, desk)


@verb(
    "unmute",
    usage="unmute [<service or all>]",
    summary="Hear of a service as before",
    who="everyone, for themselves",
    examples=("unmute payments",),
    subject="none",
)
def unmute(ask: Ask, desk: Desk) -> Reply:
    typed = tidy(ask.text)
    there = desk.work.mutes.of(ask.user)
    if not typed and len(there) == 1:
        return _unmute(there[0].service, ask, desk)
    if not typed:
        return _list(ask, desk)
    return _unmute("" if typed.casefold() in _EVERY else typed, ask, desk)


def _unmute(service: str, ask: Ask, desk: Desk) -> Reply:
    there = [one.service for one in desk.work.mutes.of(ask.user)]
    if service_key(service) not in there:
        return say("You don't mute ", _of(service), ".", *_by_all(there))
    desk.work.mutes.remove(ask.user, service)
    desk.work.audit.note("unmuted", ask.user, ask.did.path, {"service": service_key(service)})
    left = [one for one in there if one != service_key(service)]
    return say("You hear of ", _of(service), " as before.", *_by_all(left))


def _by_all(there: list[str]) -> Words:
    return words(" You mute all services.") if "" in there else ()


def _list(ask: Ask, desk: Desk) -> Reply:
    there: list[Mute] = desk.work.mutes.of(ask.user)
    if not there:
        return say("You mute nothing. ", Code(f"{desk.catalogue.command} mute payments until mon 9:00"), " does.")
    head = words(Bold(f"What you mute ({len(there)})"))
    blocks: list[Block] = [Para(head)]
    for one in there:
        blocks.append(Para(words(_of(one.service), _said(one.until_at, ask, desk)), accessory=_button(one.service)))
    return Reply(Message(head, (*blocks, Small((_STILL,)))))
