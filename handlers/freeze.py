"""Declare a change freeze: in a line or a dialog, shown before it is saved; list, change and lift them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any

from bot.kit import access, follow
from bot.kit.ask import Ask
from bot.kit.blocks import (
    Actions,
    Block,
    Button,
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
from bot.kit.declare import notice, press, verb
from bot.kit.desk import Desk
from bot.kit.fixes import fixes
from bot.kit.forms import Form
from bot.kit.freeze_packed import packed, stamp, unpacked
from bot.kit.freeze_saying import (
    announce,
    described,
    lift_button,
    note,
    numbered,
    plan_times,
    require_as_shown,
    require_room,
    standing,
)
from bot.kit.freeze_text import (
    BY_RULE,
    MAX_NAME,
    MAX_WHY,
    ONCE,
    WEEKLY,
    as_fields,
    fields_of,
    freeze_from,
    known_services,
)
from bot.kit.freezes import freezing, hit_by
from bot.kit.interaction import Kind
from bot.kit.trains import say_departure, seen
from bot.release.causes import Cause
from bot.release.errors import Refusal
from bot.release.events import Event
from bot.release.freeze import Freeze, covering
from bot.release.frozen import causes
from bot.release.policy import service_key
from bot.release.recurrence import Rule, clock_change, occurrence, say_change, say_rule
from bot.release.release import Part, Release
from bot.release.words import At, Bold, Channel, Code, Said, Who, Words, listing, words
from bot.release.zones import local, place_name, say_clock, say_day

#: So many releases that a freeze hits are named before it is saved; so many freezes are listed.
MOST_NAMED, MOST_LISTED = 5, 10
#: So many departures of each train are looked through.
LOOKED = 60
#: So many begins of one that recurs are shown.
MOST_BEGINS = 4
SAVE, EDIT = "freeze.save", "freeze.edit"
BEGINS, ENDS = "freeze.begins", "freeze.ends"
#: Said so late, it helps nobody any more.
LATE = timedelta(hours=2)
_DAY = timedelta(days=1)
_REPEATS = (Option(ONCE, "Once"), Option(WEEKLY, "Every week"), Option(BY_RULE, "As From says"))
FORM = Form(
    "Freeze",
    (
        Input("starts", "From", placeholder="fri 16:00", hint="In your zone; now, 20 dec; or every 2nd tue 14:00"),
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
    found = _fields(ask.text, ask, desk)
    return {"starts": "now", **found} if found.get("ends") else found  # “payments until friday”


def _fields(text: str, ask: Ask, desk: Desk) -> dict[str, str]:
    here = ask.did.channel
    return fields_of(text, known_services(desk)) | {"channel": here if here and not here.startswith("D") else ""}


def _check(ask: Ask, desk: Desk) -> None:
    access.require_admin(desk, ask.user)


@verb(
    "freeze",
    usage="freeze <from> to <until> [service] [environment] [because …]",
    summary="Let nothing be deployed for a while; without arguments, in a dialog",
    who="admins",
    examples=("freeze fri 16:00 to mon 08:00 payments because inventory", "freeze 20 dec to 4 jan production",
              "freeze every fri 16:00 to mon 08:00", "freeze last fri of the month 14:00 to mon 08:00"),
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


def _preview(found: Freeze, ask: Ask, desk: Desk, before: Freeze | None = None) -> Reply:
    """`before`: what it is now, where it is to be changed."""
    head = words(Bold("Not saved yet" if not found.id else "Not changed yet"), ": a ", described(found, desk.now))
    rows = [head, *(_repeats(found, desk) if found.recurs else [])]
    rows.append(_hits([one for one in hit_by(found, desk) if access.may_see(desk, ask.user, one)], ask.user, desk))
    rows += _trains(found, ask.user, desk)
    strange = found.service and not _is_known(found.service, ask.user, desk)
    if strange:
        rows.append(words("⚠️ No service called ", Said(found.service), " was planned here so far."))
    where = words("in ", Channel(found.channel)) if found.channel else ("nowhere: no channel is named",)
    blocks: tuple[Block, ...] = (Lines(tuple(rows)), Small(words("Its begin and end are announced ", where, ".")))
    channel = desk.work.people.channel(found.channel) if found.channel else None
    if found.channel and (channel is None or not channel.bot_is_member):
        blocks += (Small(words("I'm not in that channel yet: type ", Code("/invite @T-Minus"), " there.")),)
    label = "Freeze it" if not found.id else "Change it"
    data = packed(found) | ({"o": stamp(before)} if before is not None else {})
    if ask.did.kind is Kind.MODAL:
        return Reply(modal=Modal(SAVE, FORM.title, blocks, submit=label, data=data, confirms=True))
    buttons: tuple[Button, ...] = (save.button(label, style="primary", **data),)
    if strange and not found.id and not found.why:  # “fri 16:00 to mon 08:00 weekend”
        meant = replace(found, service="", why=found.service)
        buttons += (save.button("Freeze everything", **packed(meant)),)
    return Reply(Message(head, (*blocks, Actions(buttons))))


def _is_known(service: str, user: str, desk: Desk) -> bool:
    """Whether a policy names it, a train has it, or it was ever planned, as far as they may see."""
    if service_key(service) in known_services(desk) | {service_key(one.service) for one in seen(user, desk)}:
        return True
    found = desk.work.releases.find(service, open_only=False, limit=1, seen=lambda one: access.may_see(desk, user, one))
    return bool(found)


def _trains(found: Freeze, user: str, desk: Desk) -> list[Words]:
    """The departures of trains that would meet it, whose releases are not made yet."""
    rows = []
    for train in seen(user, desk):
        part = Part(train.service, "", train.environment)
        days = [
            day for day in train.to_come(max(train.settled_until, desk.now), LOOKED) if not train.is_paused(day.day)
        ]
        settled = desk.work.trains.departures(train.id, days[0].day) if days else {}  # skipped, or made already
        met = [(say_departure(day, desk),) for day in days
               if day.day not in settled and covering([found], [part], day.at)]  # fmt: skip
        if met:
            departs = "a departure" if len(met) == 1 else "departures"
            rows.append(words("🚆 The ", Bold(train.service), f" train has {departs} in it: ",
                              listing(met, most=MOST_BEGINS), "."))  # fmt: skip
    return rows


def _repeats(found: Freeze, desk: Desk) -> list[Words]:
    """Its begins as wall times, over the next change of the clocks; and what else its days could mean."""
    zone = found.starts.zone
    begins = [window.starts_at for window in islice(found.windows(desk.now), MOST_BEGINS)]
    said = [f"{say_day(at, zone, now=desk.now)} {say_clock(at, zone)}" for at in begins]
    rows: list[Words] = [(f"Begins {', '.join(said)} … ({place_name(zone)}).",)]
    if (change := clock_change(zone, desk.now)) is not None:
        rows.append((say_change(change, time.fromisoformat(found.starts.wall[11:16]), zone, now=desk.now),))
        rows += [(note,) for note in _amid_the_change(found, change.at)]
    rule = found.rule
    if rule is not None and rule.unit == "week" and rule.interval in (2, 3, 4) and len(rule.weekdays) == 1:
        other = say_rule(Rule("month", 1, rule.weekdays, rule.interval))
        rows.append(words("Its days are counted in weeks. Once a month would be: ", Code(other), "."))
    return rows


def _amid_the_change(found: Freeze, at: datetime) -> list[str]:
    """What is said of a begin or an end that the clocks skip, or show twice, when they change."""
    said = []
    for starts, ends in islice(found.edges(at - _DAY), 3):
        for one, typed in ((starts, found.starts), (ends, found.ends)):
            if abs(one.at - at) < _DAY:
                day = local(one.at, typed.zone).date().to_stdlib()
                said.append(occurrence(day, time.fromisoformat(typed.wall[11:16]), typed.zone).note)
    return [*dict.fromkeys(note for note in said if note)]


def _hits(found: list[Release], user: str, desk: Desk) -> Words:
    if not found:
        return ("No open release is planned inside it.",)
    are = "1 release is" if len(found) == 1 else f"{len(found)} releases are"
    named = [words(Said(one.title), f" ({desk.ref(one)}) ", At(one.target_at, "day", one.planned.zone))
             for one in found]  # fmt: skip
    others = {one.captain for one in found} - {user}
    told = "" if not others else " Its captain is told." if len(found) == 1 else " Their captains are told."
    return words(f"{are} planned inside it: ", listing(named, most=MOST_NAMED), f".{told}")


@press(SAVE)
def save(ask: Ask, desk: Desk) -> Reply:
    access.require_admin(desk, ask.user)
    found = unpacked(ask.data, ask.user)
    if next(found.windows(desk.now), None) is None:
        raise Refusal("That would be over already. Please type it again.", code="freeze_over")
    did = "changed" if found.id else "declared"
    if found.id:
        before = standing(found.id, desk)
        if stamp(found) == stamp(before):
            return say("It is so already: a ", described(before, desk.now), f" (freeze {before.number}).")
        require_as_shown(before, ask, desk)
        touched = hit_by(before, desk)
        found = replace(found, number=before.number)
        desk.work.freezes.change(found)
        _end_exceptions(found, ask, desk)
    else:
        touched, standing_now = [], desk.work.freezes.standing()
        there = {one.id for one in standing_now}
        if not any(one.is_same(found) for one in standing_now):
            require_room(desk)
        found = desk.work.freezes.add(found)
        if found.id in there:
            return say("It stands already: a ", described(found, desk.now), f" (freeze {found.number}).")
    note(did, found, ask, desk)
    plan_times(found, desk)
    announce(found, words(Who(ask.user), f" {did} a ", described(found, desk.now)), desk)
    hit = hit_by(found, desk)
    for release in sorted({one.id: one for one in (*touched, *hit)}.values(), key=lambda one: one.id):
        desk.redraw(release)
    for release in hit:
        _told(release, found, ask.user, desk)
    begun = found.window_at(desk.now) is not None
    row = words("It holds" if begun else "Saved", ": a ", described(found, desk.now), f" (freeze {found.number}). ",
                "" if begun else "Deploys go on until it begins. ", _hits(hit, ask.user, desk))  # fmt: skip
    return Reply(Message(row, (Para(row), Actions((lift_button(found),)))), replaces=True)


def _end_exceptions(found: Freeze, ask: Ask, desk: Desk) -> None:
    """Take back what was granted for the freeze as it was: nobody has said yes to the one that it is now."""
    why = f"freeze {found.number} was changed"
    for one in desk.work.freezes.granted(found.id):
        release = desk.work.releases.lock(one.release_id)
        if release is not None and desk.work.freezes.take_back(one.id, ask.user, why):
            release.happened("exception_refused", desk.now, ask.user, "took back the exception that ",
                             Who(one.asked_by), " asked for", why=why, exception=one.id)  # fmt: skip
            follow.flush(release, desk)


@notice("planned", "rescheduled")
def into_one(event: Event, release: Release, desk: Desk) -> None:
    """Whoever plans or moves it hears of it in the answer; its captain also where somebody else did.

    Where a train planned it, what tells its captain that they lead it says so.
    """
    by_train = event.name == "planned" and event.by is None
    if by_train or (desk.did is not None and desk.did.user == release.captain):
        return
    for cause in causes(release, freezing(release, desk), desk.now)[:1]:
        _tell(release, cause, (), desk)


def _told(release: Release, found: Freeze, by: str, desk: Desk) -> None:
    """Its captain hears that it is inside one now."""
    all_causes = causes(release, freezing(release, desk), desk.now)
    cause = next((one for one in all_causes if one.about == str(found.number)), None)
    if cause is not None and release.captain != by:
        _tell(release, cause, words(" that ", Who(by), " declared"), desk)


def _tell(release: Release, cause: Cause, whose: Words, desk: Desk) -> None:
    """What is in the way, with what the captain can do."""
    row = words(Bold(release.title), f" ({desk.ref(release)}) is planned for ",
                At(release.target_at, "day", release.planned.zone), ", inside a freeze", whose, ". ", cause.said,
                ".")  # fmt: skip
    buttons = tuple(fixes(cause, release, release.captain, desk))
    desk.direct(release.captain, Message(row, (Para(row), *((Actions(buttons),) if buttons else ()))), release)


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
    before, rest = numbered(ask.text, desk)
    if not rest and ask.did.trigger is not None:
        data = {"k": before.id, "c": ask.did.channel, "o": stamp(before)}
        return Reply(modal=FORM.modal(EDIT, data=data, initial=as_fields(before, desk.now)))
    said = _fields(rest, ask, desk).items()
    typed = {name: value for name, value in said if value and (name, value) != ("repeats", ONCE)}
    fields = {**as_fields(before, desk.now), **typed, "channel": before.channel}  # what is not typed stays as it was
    meant = replace(freeze_from(fields, before.channel, ask.user, desk, before), id=before.id)
    return _preview(meant, ask, desk, before)


@press(EDIT)
def edited(ask: Ask, desk: Desk) -> Reply:
    access.require_admin(desk, ask.user)
    before = standing(int(str(ask.data.get("k", 0))), desk)
    require_as_shown(before, ask, desk)
    fields = {name: str(value or "") for name, value in FORM.read(ask.did.values).items()}
    meant = replace(freeze_from(fields, fields["channel"], ask.user, desk, before), id=before.id)
    return _preview(meant, ask, desk, before)
