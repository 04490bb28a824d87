"""Declare a change freeze: in a line or a dialog, shown before it is saved; list, change and lift them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from bot.kit import access
from bot.kit.ask import Ask
from bot.kit.blocks import (
    Actions,
    Block,
    Button,
    Confirm,
    Input,
    Lines,
    Message,
    Modal,
    Option,
    Para,
    Reply,
    Small,
    say,
)
from bot.kit.declare import appointment, press, verb
from bot.kit.desk import Desk
from bot.kit.fixes import fixes
from bot.kit.forms import Form
from bot.kit.freeze_text import (
    MAX_NAME,
    MAX_WHY,
    ONCE,
    WEEKLY,
    as_fields,
    fields_of,
    freeze_from,
    packed,
    unpacked,
)
from bot.kit.freezes import freezing, hit_by
from bot.kit.interaction import Kind
from bot.kit.naming import split_word
from bot.release.errors import Refusal
from bot.release.freeze import Freeze, Window
from bot.release.frozen import because, causes, lasts, scope
from bot.release.policy import service_key
from bot.release.release import Release
from bot.release.words import At, Bold, Channel, Code, Said, Who, Words, listing, words
from bot.release.zones import place_name, say_clock, say_day

#: So many releases that a freeze hits are named before it is saved; so many freezes are listed.
MOST_NAMED, MOST_LISTED = 5, 10
#: So many begins of a weekly one are shown.
MOST_BEGINS = 4
SAVE, EDIT = "freeze.save", "freeze.edit"
BEGINS, ENDS = "freeze.begins", "freeze.ends"
#: Said so late, it helps nobody any more.
LATE = timedelta(hours=2)
_REPEATS = (Option(ONCE, "Once"), Option(WEEKLY, "Every week"))
FORM = Form(
    "Freeze",
    (
        Input("starts", "From", placeholder="fri 16:00", hint="In your time zone; now, 20 dec, 2026-12-18 18:00"),
        Input("ends", "Until", placeholder="mon 08:00", hint="A day alone is frozen to its end."),
        Input("repeats", "Repeats", kind="choice", options=_REPEATS, initial=ONCE),
        Input("service", "Service", optional=True, hint="Nothing here means all of them.", max_length=MAX_NAME),
        Input("environment", "Environment", optional=True, hint="Nothing here means all of them.", max_length=MAX_NAME),
        Input("why", "Why?", optional=True, max_length=MAX_WHY, hint="Whoever is refused a deploy reads it."),
        Input("channel", "Announced in", kind="channel", optional=True),
    ),
    submit="Next",
)  # fmt: skip


def _parse(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    return _fields(ask.text, ask, desk)


def _fields(text: str, ask: Ask, desk: Desk) -> dict[str, str]:
    known = desk.work.releases.open_services() | {service_key(one) for one in desk.work.policies.known_services()}
    here = ask.did.channel
    return fields_of(text, known) | {"channel": here if here and not here.startswith("D") else ""}


def _check(ask: Ask, desk: Desk) -> None:
    access.require_admin(desk, ask.user)


@verb(
    "freeze",
    usage="freeze <from> to <until> [service] [environment] [because …]",
    summary="Let nothing be deployed for a while; without arguments, in a dialog",
    who="admins",
    examples=("freeze fri 16:00 to mon 08:00 payments because inventory", "freeze 20 dec to 4 jan production",
              "freeze every fri 16:00 to mon 08:00"),
    subject="none",
    form=FORM,
    parse=_parse,
    check=_check,
    label="New freeze",
)  # fmt: skip
def freeze(ask: Ask, desk: Desk) -> Reply:
    """What it would do; it is stored when that is confirmed."""
    access.require_admin(desk, ask.user)
    return _preview(_meant(ask, desk), ask, desk)


def _meant(ask: Ask, desk: Desk) -> Freeze:
    channel = ask.arg("channel") or desk.workspace.status_channel or ""
    return freeze_from({name: str(value or "") for name, value in ask.args.items()}, channel, ask.user, desk)


def _preview(found: Freeze, ask: Ask, desk: Desk) -> Reply:
    head = words(Bold("Not saved yet" if not found.id else "Not changed yet"), ": a ", described(found, desk.now))
    rows = [head, *([_repeats(found, desk)] if found.weekly else [])]
    rows.append(_hits([one for one in hit_by(found, desk) if access.may_see(desk, ask.user, one)], desk))
    where = words("in ", Channel(found.channel)) if found.channel else ("nowhere: no channel is named",)
    blocks: tuple[Block, ...] = (Lines(tuple(rows)), Small(words("Its begin and end are announced ", where, ".")))
    label = "Freeze it" if not found.id else "Change it"
    if ask.did.kind is Kind.MODAL:
        return Reply(modal=Modal(SAVE, FORM.title, blocks, submit=label, data=packed(found), confirms=True))
    return Reply(Message(head, (*blocks, Actions((save.button(label, style="primary", **packed(found)),)))))


def described(found: Freeze, now: datetime) -> Words:
    """`freeze of payments in staging, Fri 16:00 – Mon 08:00: “inventory”`."""
    window = next(found.windows(now), Window(found.starts.at, found.ends.at))
    every = " every week, next" if found.weekly else ""
    return words("freeze", scope(found), f",{every} ", lasts(found, window), because(found))


def _repeats(found: Freeze, desk: Desk) -> Words:
    """Its begins as wall times, so that nobody wonders about the next change of clocks."""
    zone = found.starts.zone
    begins = [window.starts_at for window in islice(found.windows(desk.now), MOST_BEGINS)]
    said = [f"{say_day(at, zone, now=desk.now)} {say_clock(at, zone)}" for at in begins]
    return (f"Begins {', '.join(said)} … ({place_name(zone)}).",)


def _hits(found: list[Release], desk: Desk) -> Words:
    if not found:
        return ("No open release is planned inside it.",)
    are = "1 release is" if len(found) == 1 else f"{len(found)} releases are"
    named = [words(Said(one.title), f" ({desk.ref(one)}) ", At(one.target_at, "day", one.planned.zone))
             for one in found]  # fmt: skip
    whose = "Its captain is" if len(found) == 1 else "Their captains are"
    return words(f"{are} planned inside it: ", listing(named, most=MOST_NAMED), f". {whose} told.")


@press(SAVE)
def save(ask: Ask, desk: Desk) -> Reply:
    access.require_admin(desk, ask.user)
    found = unpacked(ask.data, ask.user)
    did = "changed" if found.id else "declared"
    if found.id:
        before = _standing(found.id, desk)
        touched = hit_by(before, desk)
        found = replace(found, number=before.number)
        desk.work.freezes.change(found)
    else:
        touched = []
        found = desk.work.freezes.add(found)
    _note(did, found, ask, desk)
    _plan(found, desk)
    _announce(found, words(Who(ask.user), f" {did} a ", described(found, desk.now)), desk)
    hit = hit_by(found, desk)
    for release in sorted({one.id: one for one in (*touched, *hit)}.values(), key=lambda one: one.id):
        desk.redraw(release)
    for release in hit:
        _tell(release, found, ask.user, desk)
    row = words("It holds: a ", described(found, desk.now), f" (freeze {found.number}). ", _hits(hit, desk))
    return Reply(Message(row, (Para(row), Actions((_lift(found),)))))


def _tell(release: Release, found: Freeze, by: str, desk: Desk) -> None:
    """To its captain: what is in the way, with what they can do."""
    cause = next((one for one in causes(release, freezing(release, desk), desk.now) if one.about == str(found.number)),
                 None)  # fmt: skip
    if cause is None or release.captain == by:
        return
    row = words(Bold(release.title), " (", desk.ref(release), ") is planned for ",
                At(release.target_at, "day", release.planned.zone), ", inside a freeze that ", Who(by), " declared. ",
                cause.said, ".")  # fmt: skip
    buttons = tuple(fixes(cause, release, release.captain, desk))
    desk.direct(release.captain, Message(row, (Para(row), *((Actions(buttons),) if buttons else ()))), release)


# ---- listing, changing, lifting ----------------------------------------------------------------


@verb(
    "freezes",
    usage="freezes",
    summary="The freezes that stand, and when each lasts",
    who="everyone",
    examples=("freezes",),
    aliases=("freeze list",),
    subject="none",
    reads=True,
    label="Freezes",
)
def freezes(ask: Ask, desk: Desk) -> Reply:
    found = [one for one in desk.work.freezes.standing() if next(one.windows(desk.now), None) is not None]
    is_admin = ask.user in desk.work.roles.admins()
    new = Actions((Button("New freeze", "do.freeze"),)) if is_admin else None
    if not found:
        row: Words = ("Nothing is frozen, now or later.",)
        return Reply(Message(row, (Para(row), *((new,) if new else ()))))
    blocks: list[Block] = []
    for one in sorted(found, key=lambda one: next(one.windows(desk.now)).starts_at)[:MOST_LISTED]:
        now = " · now" if one.window_at(desk.now) is not None else ""
        row = words(
            "❄️ ", Bold(f"Freeze {one.number}"), now, "  a ", described(one, desk.now), " · ", Who(one.created_by)
        )
        blocks.append(Para(row))
        if is_admin:
            blocks.append(Actions((Button("Change", "do.freeze change", {"t": str(one.number)}), _lift(one))))
    if len(found) > MOST_LISTED:
        blocks.append(Small((f"and {len(found) - MOST_LISTED} more",)))
    text = "1 freeze stands." if len(found) == 1 else f"{len(found)} freezes stand."
    return Reply(Message((text,), (*blocks, *((new,) if new else ()))))


def _lift(found: Freeze) -> Button:
    asked = words("From then on everything may be deployed that it keeps back: a freeze", scope(found), ".")
    return Button("Lift", "do.freeze lift", {"t": str(found.number)}, None, Confirm("Lift the freeze?", asked, "Lift"))


@verb(
    "freeze change",
    usage="freeze change <number> [<from> to <until> …]",
    summary="Change a freeze that stands",
    who="admins",
    examples=("freeze change 3", "freeze change 3 fri 18:00 to mon 08:00"),
    subject="none",
    label="Change",
)
def change(ask: Ask, desk: Desk) -> Reply:
    access.require_admin(desk, ask.user)
    before, rest = _numbered(ask.text, desk)
    if not rest and ask.did.trigger is not None:
        data = {"k": before.id, "c": ask.did.channel}
        return Reply(modal=FORM.modal(EDIT, data=data, initial=as_fields(before)))
    fields = {**as_fields(before), **{name: value for name, value in _fields(rest, ask, desk).items() if value}}
    fields["channel"] = before.channel
    return _preview(replace(freeze_from(fields, before.channel, ask.user, desk), id=before.id), ask, desk)


@press(EDIT)
def edited(ask: Ask, desk: Desk) -> Reply:
    access.require_admin(desk, ask.user)
    before = _standing(int(str(ask.data.get("k", 0))), desk)
    fields = {name: str(value or "") for name, value in FORM.read(ask.did.values).items()}
    return _preview(replace(freeze_from(fields, fields["channel"], ask.user, desk), id=before.id), ask, desk)


@verb(
    "freeze lift",
    usage="freeze lift <number>",
    summary="Lift a freeze: deploying goes on",
    who="admins",
    examples=("freeze lift 3",),
    aliases=("unfreeze",),
    subject="none",
    label="Lift",
)
def lift(ask: Ask, desk: Desk) -> Reply:
    access.require_admin(desk, ask.user)
    found, _ = _numbered(ask.text, desk)
    touched = hit_by(found, desk)
    desk.work.freezes.end(found.id, ask.user)
    desk.work.appointments.replan(BEGINS, str(found.id), ())
    desk.work.appointments.replan(ENDS, str(found.id), ())
    _note("lifted", found, ask, desk)
    _announce(found, words(Who(ask.user), " lifted the ", described(found, desk.now)), desk)
    for release in touched:
        desk.redraw(release)
    row = words("Lifted: the freeze", scope(found), f" (freeze {found.number}).")
    return Reply(Message(row, (Para(row), Actions((restore.button("Put it back", k=found.id),)))))


@press("freeze.restore")
def restore(ask: Ask, desk: Desk) -> Reply:
    access.require_admin(desk, ask.user)
    found = desk.work.freezes.get(int(str(ask.data.get("k", 0))))
    over = found is None or next(found.windows(desk.now), None) is None
    if found is None or over or not desk.work.freezes.restore(found.id):
        raise Refusal("That freeze stands already, or is over.", code="not_lifted")
    _note("restored", found, ask, desk)
    _plan(found, desk)
    _announce(found, words(Who(ask.user), " put back the ", described(found, desk.now)), desk)
    for release in hit_by(found, desk):
        desk.redraw(release)
    return say("It holds again: a ", described(found, desk.now), f" (freeze {found.number}).")


def _numbered(text: str, desk: Desk) -> tuple[Freeze, str]:
    """The freeze that the text begins with, and the rest. Raises Refusal where none is called so."""
    typed, rest = split_word(text.removeprefix("freeze ").removeprefix("#"))
    found = desk.work.freezes.numbered(int(typed)) if typed.isdecimal() and len(typed) < 10 else None
    if found is None or found.ended_at is not None:
        listed = Code(f"{desk.catalogue.command} freezes")
        raise Refusal("No freeze of that number stands. ", listed, " shows their numbers.", code="no_such_freeze")
    return found, rest


def _standing(id: int, desk: Desk) -> Freeze:
    found = desk.work.freezes.get(id)
    if found is None or found.ended_at is not None:
        raise Refusal("That freeze was lifted or is over by now.", code="no_such_freeze")
    return found


def _note(did: str, found: Freeze, ask: Ask, desk: Desk) -> None:
    facts = {"freeze": found.number, "service": found.service, "environment": found.environment,
             "starts": found.starts.typed, "ends": found.ends.typed, "weekly": found.weekly}  # fmt: skip
    desk.work.audit.note(f"freeze_{did}", ask.user, ask.did.path, facts)


# ---- begin and end -----------------------------------------------------------------------------


def _plan(found: Freeze, desk: Desk) -> None:
    """Its next begin and end are announced."""
    window = next(found.windows(desk.now), None)
    begins = [window.starts_at] if window is not None and window.starts_at > desk.now else []
    desk.work.appointments.replan(BEGINS, str(found.id), begins)
    desk.work.appointments.replan(ENDS, str(found.id), [window.ends_at] if window is not None else [])


def _announce(found: Freeze, row: Words, desk: Desk) -> None:
    if found.channel:
        desk.in_channel(found.channel, Message(words("❄️ ", row, f" (freeze {found.number}).")))


@appointment(BEGINS, grace=LATE, called="the begin of a freeze")
def begins(desk: Desk, subject: str, due_at: datetime) -> None:
    found = desk.work.freezes.get(int(subject))
    window = found.window_at(desk.now) if found is not None and found.ended_at is None else None
    if found is None or window is None:
        return
    until = At(window.ends_at, "day", found.starts.zone)
    row = words("Frozen until ", until, ": nothing", scope(found, all_=()), " is deployed meanwhile", because(found))
    _announce(found, row, desk)
    for release in hit_by(found, desk):
        desk.redraw(release)


def _go_on(desk: Desk, subject: str, due_at: datetime) -> Freeze | None:
    """One that does not recur is over, and the next begin of another is planned."""
    found = desk.work.freezes.get(int(subject))
    if found is None or found.ended_at is not None:
        return None
    if next(found.windows(desk.now), None) is None:
        desk.work.freezes.end(found.id, None)
    else:
        _plan(found, desk)
    return found


def _unannounced(desk: Desk, subject: str, due_at: datetime) -> None:
    _go_on(desk, subject, due_at)


@appointment(ENDS, grace=LATE, missed=_unannounced, called="the end of a freeze")
def ends(desk: Desk, subject: str, due_at: datetime) -> None:
    found = _go_on(desk, subject, due_at)
    if found is not None:
        _announce(found, words("The freeze", scope(found), " is over: deploying goes on"), desk)
