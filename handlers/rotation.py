"""Set who leads and who deploys a service's releases, in turn, by hand or by time."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.kit import access
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Confirm, Input, Lines, Message, Modal, Option, Para, Reply, Small
from bot.kit.declare import press, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.in_force import policy_for
from bot.kit.interaction import Kind
from bot.kit.mentions import people_named
from bot.kit.naming import split_word
from bot.kit.place import is_private, require_place
from bot.kit.rotations import DOES, current, following, forget, row, say_turn, settle, tell_turned
from bot.release.errors import FieldRefusal, Refusal
from bot.release.planned import plan_at
from bot.release.recurrence import first_day, note_of_changes, say_rule
from bot.release.recurrence_words import RuleQuestion, read_recurring
from bot.release.release import Part, Release
from bot.release.rotations import DUTIES, Duty, Rotation
from bot.release.tidy import bare_name
from bot.release.words import Bold, Channel, Code, Said, Who, Words, listing, words
from bot.release.zones import TZDATA, local

MAX_NAME, MOST_PEOPLE, SHOWN = 60, 20, 5
_DUTIES = (Option("captain", "Captain", "leads the release"), Option("deployer", "Deployer", "runs the deploy"))
_FORM = Form(
    "A rotation",
    (
        Input("service", "Service", placeholder="payments", max_length=MAX_NAME),
        Input("role", "Who takes turns?", kind="choice", options=_DUTIES, initial="deployer"),
        Input("people", "In this order", kind="users", hint="Who is away or gone is passed over."),
        Input("when", "When does it change?", optional=True, placeholder="every mon 10:00",
              hint="In your time zone. Empty: somebody hands it on."),
        Input("channel", "Channel", kind="channel", hint="Where each change is told."),
    ),
    submit="Preview",
)  # fmt: skip


def _parse(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    """`payments captain @ana @bo weekly mon 10:00`."""
    channel = ask.did.channel if ask.did.channel and not ask.did.channel.startswith("D") else None
    people, rest = people_named(ask.text, desk)
    service, rest = split_word(rest)
    role, when = split_word(rest)
    role = role.casefold().rstrip("s:")
    return {"service": service, "role": role if role in DUTIES else "", "people": tuple(people),
             "when": re.sub(r"^by hand$", "", when), "channel": channel}  # fmt: skip


def _duty(role: str) -> Duty:
    return "captain" if role == "captain" else "deployer"


def _answers(one: Rotation, now: datetime) -> dict[str, Any]:
    """The fields of a dialog about it."""
    return {"service": one.service, "role": one.role, "people": one.people, "when": _when(one, now),
            "channel": one.channel}  # fmt: skip


def _when(one: Rotation, now: datetime) -> str:
    """As it is typed; it starts with its next hand-over, so that its weeks stay the same. Empty where by hand."""
    following = one.to_come(max(one.turned_until, now), 1)
    if one.rule is None or not following:
        return ""
    return f"{say_rule(one.rule)} {one.clock:%H:%M} {one.zone} starting {following[0].day.isoformat()}"


@verb(
    "rotation",
    usage="rotation <service> captain|deployer <@people> [<days and time>]",
    summary="Who leads or deploys a service's releases, in turn",
    who="full members of the channel; then those in it, who set it, admins",
    examples=("rotation payments deployer @ana @bo every mon 10:00", "rotation payments captain @ana @bo"),
    subject="none",
    form=_FORM,
    parse=_parse,
    label="New rotation",
)
def rotation(ask: Ask, desk: Desk) -> Reply:
    one = _wanted(ask.args, ask, desk)
    was = desk.work.rotations.get(one.service, one.role, one.within)
    data: dict[str, Any] = {"d": _answers(one, desk.now), "o": _stamp(was)}
    if ask.did.kind is Kind.MODAL:
        return Reply(modal=Modal("rotation.save", "Save this rotation?", tuple(_preview(one, desk)), submit="Save",
                                 data=data, confirms=True))  # fmt: skip
    keep = save.button("Save", style="primary", **data)
    asked = words("Nothing is saved yet. Is this what you mean?")
    return Reply(Message(asked, (Para(asked), *_preview(one, desk), Actions((keep,)))))


@press("rotation.save")
def save(ask: Ask, desk: Desk) -> Reply:
    """Keep it, instead of the one that was when it was shown."""
    one = _wanted(_confirmed(ask, desk), ask, desk)
    was = desk.work.rotations.lock(one.service, one.role, one.within)
    if was is not None and _goes_like(one, was, desk.now):
        so = words("That is so already. ", row(was, desk))
        return Reply(Message(so, (Para(so), Actions(_buttons(was)))))
    if ask.data.get("o", _stamp(was)) != _stamp(was):
        now_is = row(was, desk) if was is not None else words("nobody takes turns any more")
        raise Refusal("It was changed since that was shown: ", *now_is, ".", code="superseded_rotation",
                      offers=("rotations",))  # fmt: skip
    if was is None and isinstance(turn := ask.data.get("n"), int):
        one = replace(one, turn=turn)  # it was ended, and goes on where it was
    one = settle(one, desk)
    facts = {"service": one.service, "role": one.role, "people": list(one.people), "when": one.when}
    desk.work.audit.note("rotation_changed" if was else "rotation_set", ask.user, ask.did.path, facts)
    now = current(one, desk.now, desk)
    said = words("🔁 ", Who(ask.user), " set who ", DOES[one.role], " ", Bold(one.service), " releases: ",
                 listing([Who(user) for user in one.people], last=", "), f", {one.when}. Now: ",
                 Who(now) if now else "nobody of them is there", ".")  # fmt: skip
    desk.in_channel(one.channel, Message(said))
    done = words("Saved. ", row(one, desk))
    return Reply(Message(done, (Para(done), Actions(_buttons(one)))))


def _stamp(one: Rotation | None) -> str:
    """Tells one state of it from a newer one, for a button; whose turn it is does not matter."""
    return "" if one is None else f"{one.starts_on} {one.when} {one.channel} {' '.join(one.people)}"


def _goes_like(one: Rotation, other: Rotation, now: datetime) -> bool:
    """Whether the same people take the same turns at the same times, told in the same channel."""
    mine, theirs = ((it.people, it.rule, it.channel, it.to_come(now, 1)) for it in (one, other))
    return mine == theirs


def _confirmed(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    """The fields of the rotation whose preview was confirmed. Older previews carry it as a line."""
    shown = ask.data.get("d")
    if isinstance(shown, dict):
        return shown
    return {**_parse(replace(ask, text=str(ask.data.get("t", ""))), desk), "channel": str(ask.data.get("c", ""))}


def _wanted(fields: Mapping[str, Any], ask: Ask, desk: Desk) -> Rotation:
    """The rotation asked for, not stored yet. Raises FieldRefusal, or the Refusal of whoever may not set it."""
    service, role = bare_name(str(fields.get("service") or "")), str(fields.get("role") or "")
    if not service or len(service) > MAX_NAME:
        raise FieldRefusal("service", "Which service? For example ", Code("payments"), ".", code="missing")
    if role not in DUTIES:
        raise FieldRefusal("role", "Captain or deployer?", code="missing")
    channel = str(fields.get("channel") or "")
    require_place(channel, ask, desk)
    within = channel if is_private(channel, desk) else ""
    was = desk.work.rotations.get(service, _duty(role), within)
    if was is not None:
        _require_change(was, ask.user, desk)
    people = _people(fields.get("people") or (), desk)
    one = Rotation(service, _duty(role), channel, people, desk.now.date(), desk.now, TZDATA, ask.user, desk.now)
    _require_create(one, ask.user, desk)
    one = replace(one, within=within)
    if was is not None and (now := _holder(was)) in people:
        one = replace(one, turn=people.index(now))  # whose turn it is stays so
    when = str(fields.get("when") or "").strip()
    if not when:
        return one
    found = read_recurring(when, zone=desk.zone_of(ask.user), now=desk.now)
    if isinstance(found, RuleQuestion):
        raise FieldRefusal("when", found.text, code="rule_question")
    begin = first_day(found.rule, found.starts_on or local(desk.now, found.zone).date().to_stdlib())
    return replace(one, rule=found.rule, clock=found.clock, zone=found.zone, starts_on=begin)


def _people(named: Any, desk: Desk) -> tuple[str, ...]:
    people = tuple(dict.fromkeys(named))
    if not 1 <= len(people) <= MOST_PEOPLE:
        raise FieldRefusal("people", f"Name 1 to {MOST_PEOPLE} people who take turns.", code="too_many")
    others = [user for user in people if user not in desk.full_members(people)]
    if others:
        raise FieldRefusal("people", listing([Who(user) for user in others]), " can't: only full members of this "
                           "workspace act on releases.", code="not_full_member")  # fmt: skip
    return people


def _require_create(one: Rotation, user: str, desk: Desk) -> None:
    """Whoever may plan releases of the service there may say who leads them."""
    sample = Release(
        workspace_id=desk.workspace.id, channel=one.channel, is_private=is_private(one.channel, desk), captain=user,
        created_by=user, created_at=desk.now, planned=plan_at(desk.now + timedelta(days=1), desk.workspace.zone),
        policy=policy_for(one.service, desk), parts=[Part(one.service, "0")],
    )  # fmt: skip
    access.require_create(desk, sample)


def _may_change(one: Rotation, user: str, desk: Desk) -> bool:
    return user in (one.changed_by, *one.people) or user in desk.work.roles.admins()


def _require_change(one: Rotation, user: str, desk: Desk) -> None:
    if not _may_change(one, user, desk):
        allowed = listing([Who(one.changed_by), words("those in it")], last=", ")
        raise Refusal("You can't change who ", DOES[one.role], " ", Said(one.service), " releases: that is for ",
                      allowed, " and release admins.", code="may_not_change_rotation")  # fmt: skip


def _may_see(one: Rotation, user: str, desk: Desk) -> bool:
    if not is_private(one.channel, desk) or _may_change(one, user, desk):
        return True
    return user in (desk.members(one.channel) or ())


def _preview(one: Rotation, desk: Desk) -> list[Block]:
    head = words("🔁 Who ", DOES[one.role], " ", Bold(one.service), f" releases: {one.when}, told in ",
                 Channel(one.channel), ".")  # fmt: skip
    place = one.turn % len(one.people)
    order = [*one.people[place:], *one.people[:place]]
    rows: list[Words] = [words("• now: ", Who(order[0]))]
    for step, turn in enumerate(one.to_come(one.turned_until, SHOWN), 1):
        rows.append(words(f"• {say_turn(turn, desk)}: ", Who(order[step % len(order)])))
        rows += [words("  ", turn.note)] if turn.note else []
    shown = any(turn.note for turn in one.to_come(one.turned_until, SHOWN))
    if not shown and one.rule is not None and one.clock is not None and one.zone is not None:
        note = note_of_changes(one.rule, one.clock, one.zone, starts_on=one.starts_on, after=desk.now)
        rows += [(note,)] if note else []
    if one.rule is None:
        rows.append(words("• then, when it is handed on: ", listing([Who(user) for user in order[1:]], last=", ")))
    what = "New releases of it get this captain" if one.role == "captain" else "New releases of it get this deployer"
    return [Para(head), Lines(tuple(rows)), Small(words(what, "; the next one is told the working day before."))]


def _buttons(one: Rotation) -> tuple[Any, ...]:
    s, k, p, n, w = one.service, one.role, one.within, one.turn, _holder(one)
    gone = Confirm("End this rotation?", words("Nobody ", DOES[one.role], " ", Said(one.service), " releases in turn "
                                               "any more."), "End it")  # fmt: skip
    return (hand_on.button("Hand on now", s=s, k=k, p=p, n=n, w=w), change.button("Change …", s=s, k=k, p=p),
            end.button("End", confirm=gone, s=s, k=k, p=p))  # fmt: skip


def _holder(one: Rotation) -> str:
    return one.people[one.turn % len(one.people)]


# ---- seeing and changing ----------------------------------------------------------------------


@verb(
    "rotations",
    usage="rotations [service]",
    summary="Whose turn it is to lead and to deploy",
    who="everyone",
    examples=("rotations", "rotations payments"),
    aliases=("on duty",),
    subject="none",
    reads=True,
    label="Rotations",
)
def rotations(ask: Ask, desk: Desk) -> Reply:
    service = ask.text.strip()
    found = [one for one in desk.work.rotations.all() if _may_see(one, ask.user, desk)]
    found = [one for one in found if not service or one.service.casefold() == service.casefold()]
    if not found:
        typed = Code(f"{desk.catalogue.command} rotation payments deployer @ana @bo every mon 10:00")
        none = words("Nobody takes turns", words(" for ", Said(service)) if service else "", ". ", typed, " sets it.")
        return Reply(Message(none, (Para(none),)))
    blocks: list[Block] = []
    for one in found[:10]:
        blocks.append(Para(row(one, desk)))
        blocks += [Actions(_buttons(one))] if _may_change(one, ask.user, desk) else []
    return Reply(Message(words(f"{len(found)} rotations"), tuple(blocks)))


def _held(ask: Ask, desk: Desk) -> Rotation:
    service, role, within = (str(ask.data.get(key, "")) for key in ("s", "k", "p"))
    one = desk.work.rotations.lock(service, _duty(role), within)
    if one is None or not _may_see(one, ask.user, desk):
        raise Refusal("That rotation is not there any more.", code="no_such_rotation", offers=("rotations",))
    _require_change(one, ask.user, desk)
    return one


@press("rotation.next")
def hand_on(ask: Ask, desk: Desk) -> Reply:
    """The next one has it from now on; or whoever had it before, where that is undone."""
    one = _held(ask, desk)
    if (ask.data.get("n"), ask.data.get("w")) != (one.turn, _holder(one)):
        raise Refusal("It was handed on or changed since that message: it is the turn of ", Who(_holder(one)), " now.",
                      code="superseded_rotation", offers=("rotations",))  # fmt: skip
    back = ask.data.get("b")
    after = following(one, desk.now, desk)
    if isinstance(back, int) and back >= 0:
        after = back, one.people[back % len(one.people)]
    if after is None or after[0] == one.turn:
        raise Refusal("Nobody else of them is there now.", code="nobody_else", offers=("rotations",))
    was, before, one = _holder(one), one.turn, replace(one, turn=after[0])
    facts = {"service": one.service, "role": one.role, "was": was, "to": after[1]}
    desk.work.audit.note("rotation_handed_on", ask.user, ask.did.path, facts)
    one = settle(one, desk)
    tell_turned(one, was, after[1], ask.user, desk)
    undo = hand_on.button("Undo", s=one.service, k=one.role, p=one.within, n=one.turn, w=_holder(one), b=before)
    return Reply(Message(row(one, desk), (Para(row(one, desk)), Actions((undo, *_buttons(one))))))


@press("rotation.change")
def change(ask: Ask, desk: Desk) -> Reply:
    """The dialog, filled with what it is now."""
    one = _held(ask, desk)
    return Reply(modal=_FORM.modal("form.rotation", data={}, initial=_answers(one, desk.now)))


@press("rotation.end")
def end(ask: Ask, desk: Desk) -> Reply:
    """Nobody takes turns any more."""
    one = _held(ask, desk)
    desk.work.rotations.remove(one.service, one.role, one.within)
    forget(one, desk)
    facts = {"service": one.service, "role": one.role}
    desk.work.audit.note("rotation_ended", ask.user, ask.did.path, facts)
    said = words("Nobody ", DOES[one.role], " ", Bold(one.service), " releases in turn any more.")
    desk.in_channel(one.channel, Message(words("🔁 ", said, " (", Who(ask.user), ")")))
    again = save.button("Undo", d=_answers(one, desk.now), n=one.turn, o="")
    return Reply(Message(said, (Para(said), Actions((again,)))))
