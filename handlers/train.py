"""Run a train: a recurring release, seen over the next change of the clocks before it is kept."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Block, Button, Message, Modal, Para, Reply, Small, say
from bot.kit.declare import press, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.interaction import Kind
from bot.kit.place import not_there
from bot.kit.train_form import (
    FIELDS,
    Unclear,
    answers_of,
    confirmed,
    next_day,
    preview,
    read_line,
    wanted,
    write_line,
)  # fmt: skip
from bot.kit.trains import may_see, require_change, say_departure, settle
from bot.release.errors import Refusal
from bot.release.recurrence import say_rule
from bot.release.trains import Train
from bot.release.words import Bold, Channel, Code, Said, Who, Words, listing, words

#: So many departures that are made already are looked for.
MOST_MADE = 10

_FORM = Form("A train", FIELDS, submit="Preview")


def _parse(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    channel = ask.did.channel if ask.did.channel and not ask.did.channel.startswith("D") else None
    return read_line(ask.text, channel, desk) if ask.text else {"channel": channel}


@verb(
    "train",
    usage="train <service> <days and time>",
    summary="Make releases of a service recur; without arguments, in a dialog",
    who="full members of the channel",
    examples=("train payments every 2nd tue 14:00 Europe/Berlin", "train web last fri of the month 10:00 version 5.{n}",
              "train api every mon and thu 9:00 captains @ana @bo"),
    aliases=("new train",),
    subject="none",
    form=_FORM,
    parse=_parse,
    label="New train",
)  # fmt: skip
def train(ask: Ask, desk: Desk) -> Reply:
    if ask.did.kind is Kind.MODAL:
        return _sure(ask.args, None, ask, desk)
    try:
        one, otherwise = wanted(ask.args, None, ask, desk)
    except Unclear as unclear:
        return _ask_back(unclear, ask)
    blocks = preview(one, desk)
    keep = save.button("Save", style="primary", d=answers_of(one, one.starts_on), a=desk.now.timestamp())
    others = [_again(f"No: {say_rule(otherwise)}", write_line(one, rule=otherwise))] if otherwise else []
    if one.rule.unit == "week" and one.rule.interval > 1:
        later = one.to_come(one.settled_until, 1)[0].day.toordinal() + 7
        start = one.starts_on.fromordinal(later)
        others.append(_again("Start a week later", write_line(one, starts_on=start)))
    row = words("Nothing is saved yet. Is this what you mean?")
    return Reply(Message(row, (Para(row), *blocks, Actions((keep, *others)))))


def _again(label: str, text: str) -> Button:
    return Button(label[:75], "do.train", {"t": text})


def _ask_back(unclear: Unclear, ask: Ask) -> Reply:
    """The question, with a button for each rule that may be meant."""
    typed, when = ask.text, str(ask.args.get("when") or "")
    options = unclear.question.options if when and when in typed else ()
    buttons = [
        _again(say_rule(one), typed.replace(when, f"{say_rule(one)} {unclear.question.rest}")) for one in options
    ]
    return say(unclear.words, blocks=(Actions(tuple(buttons)),) if buttons else ())


def _sure(fields: Mapping[str, Any], was: Train | None, ask: Ask, desk: Desk) -> Reply:
    """The second page of the dialog: what it will do."""
    one, otherwise = wanted(fields, was, ask, desk)
    carried = {"d": answers_of(one, one.starts_on)} | ({"i": was.id, "n": was.revision} if was else {})
    blocks: list[Block] = preview(one, desk)
    if otherwise is not None:
        blocks.append(Small(words("If you meant ", Said(say_rule(otherwise)), ", cancel this and write it so.")))
    if was is not None:
        blocks.append(Small(words("Releases that it has made stay as they are.")))
    return Reply(modal=Modal("train.save", "Save this train?", tuple(blocks), submit="Save", data=carried,
                             confirms=True))  # fmt: skip


@press("train.save")
def save(ask: Ask, desk: Desk) -> Reply:
    """Keep it, and make what is due at once."""
    was = _locked(ask, desk) if "i" in ask.data else None
    one, _ = wanted(confirmed(ask.data, desk), was, ask, desk)
    if was is None:
        kept = None if _is_saved(one, ask, desk) else desk.work.trains.add(one)
        if kept is None:
            raise Refusal("That train of ", Said(one.service), " runs already.", code="runs_already",
                          offers=("trains",))  # fmt: skip
    else:
        kept = replace(one, id=was.id, number=was.number)
    facts = {"train": kept.number, "service": kept.service, "when": kept.when, "revision": kept.revision}
    desk.work.audit.note("train_changed" if was else "train_added", ask.user, ask.did.path, facts)
    kept = settle(kept, desk)
    _tell(kept, was is not None, ask, desk)
    row = words("🚆 The ", Bold(kept.service), f" train is saved: {kept.when}, in ", Channel(kept.channel), ".",
                _next(kept, desk))  # fmt: skip
    blocks = (Para(row), *not_there(kept.channel, desk), Actions(_buttons(kept, desk)))
    return Reply(Message(row, blocks), replaces=True)


def _is_saved(one: Train, ask: Ask, desk: Desk) -> bool:
    """Whether this person has made a train there since that preview: pressed again, it makes no second one."""
    shown = float(ask.data.get("a", desk.now.timestamp()))
    return any(
        made.created_by == ask.user and made.created_at.timestamp() > shown and made.goes_like(one)
        for made in desk.work.trains.running(one.service)
    )


def _next(one: Train, desk: Desk) -> Words:
    """What departs next: with its release, where that is made already, and the first one after those."""
    later = one.to_come(max(one.settled_until, desk.now), 1)
    coming = [day for day in one.to_come(desk.now, MOST_MADE) if day not in later[:1]]
    known = desk.work.trains.departures(one.id, coming[0].day) if coming else {}
    made = [day for day in coming if day.day in known and known[day.day].state == "made"]
    made = [day for day in made if not later or day.at < later[0].at]
    if not made:
        return words(" Next departure: ", say_departure(later[0], desk), ".") if later else ()
    several, is_made = ("s", "whose releases are made") if len(made) > 1 else ("", "whose release is made")
    then = words(", then ", say_departure(later[0], desk)) if later else ()
    return words(f" Next departure{several}: ", listing([say_departure(day, desk) for day in made]), f", {is_made}",
                 then, ".")  # fmt: skip


def _tell(one: Train, changed: bool, ask: Ask, desk: Desk) -> None:
    """Where its releases will live they hear of it."""
    did = words(" changed the ", Bold(one.service), " train: ") if changed else words(
        " runs a train of ", Bold(one.service), ": ")  # fmt: skip
    desk.in_channel(one.channel, Message(words("🚆 ", Who(ask.user), did, one.when, ".", _next(one, desk))))


def _buttons(one: Train, desk: Desk) -> tuple[Button, ...]:
    return (edit.button("Edit …", i=one.id), Button("All trains", "do.trains"))


def _locked(ask: Ask, desk: Desk) -> Train:
    """The train that was shown. Raises Refusal when it has changed since, is gone, or is not theirs to change."""
    one = desk.work.trains.lock(int(ask.data.get("i", 0)))
    if one is None or one.ended_at is not None or not may_see(one, ask.user, desk):
        raise Refusal("That train does not run any more.", code="no_such_train", offers=("trains",))
    require_change(one, ask.user, desk)
    if ask.data.get("n") not in (None, one.revision):
        raise Refusal("Somebody changed the ", Said(one.service), " train meanwhile. Nothing of yours is stored; "
                      "look again with ", Code(f"{desk.catalogue.command} trains"), ".",
                      code="superseded_train")  # fmt: skip
    return one


@press("train.edit")
def edit(ask: Ask, desk: Desk) -> Reply:
    """Open the dialog, filled with what it is now; submitted, show what that does."""
    one = _locked(ask, desk)
    if ask.did.kind is Kind.MODAL:
        return _sure(ask.did.values, one, ask, desk)
    form = Form("Edit the train", FIELDS, submit="Preview")
    there = answers_of(one, next_day(one, desk.now))
    return Reply(modal=form.modal("train.edit", data={"i": one.id, "n": one.revision}, initial=there))
