"""Pause a train until a day, resume it, or end it for good."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Input, Message, Para, Reply, say
from bot.kit.declare import press, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.interaction import Kind
from bot.kit.train_named import is_paused, mine, named, say_next
from bot.kit.trains import PAUSED, say_departure, say_pause, settle
from bot.release.errors import FieldRefusal, Refusal
from bot.release.trains import Train
from bot.release.when_days import days_meant
from bot.release.when_words import read_words
from bot.release.words import Bold, Code, Said, Who, Words, listing, words
from bot.release.zones import local, place_name

LONGEST_PAUSE = timedelta(days=366)

_PAUSE = Form(
    "Pause the train",
    (Input("until", "Until which day?", kind="date", hint="It departs again from that day on."),),
    submit="Pause",
)


def _parse_pause(ask: Ask, desk: Desk) -> Mapping[str, Any]:
    """`payments until 10 jan`; nothing, so that a dialog asks, where the day is unclear or there is no such one."""
    one, rest = named(ask.text, ask, desk)
    spoken = read_words(rest.strip().removeprefix("until ")) if rest else None
    if spoken is None or spoken.day is None or spoken.clock is not None:
        return {}
    today = {place_name(one.zone): local(desk.now, one.zone).date().to_stdlib()}
    meant = days_meant(spoken, today, rest)
    dates = [day for day in meant.dates if day > desk.now.date()]
    return {"until": dates[0].isoformat()} if len(dates) == 1 and not meant.hole else {}


@verb(
    "train pause",
    usage="train pause <service> until <day>",
    summary="Let all departures of a train go by until a day",
    who="its captain in turn, whoever made it, admins",
    examples=("train pause payments until 10 jan",),
    subject="none",
    label="Pause",
)
def pause(ask: Ask, desk: Desk) -> Reply:
    answers = _parse_pause(ask, desk)
    one = mine(ask, desk)
    if not answers and ask.did.trigger is None:  # spoken to: only a click can open a dialog
        example = Code(f"{desk.catalogue.command} train pause {one.number} until 10 jan")
        raise Refusal("Until which day? For example ", example, ".", code="usage")
    return _pause(one, str(answers["until"]), ask, desk) if answers else _ask_until(one)


@press("train.pause")
def pause_it(ask: Ask, desk: Desk) -> Reply:
    one = mine(ask, desk)
    if ask.did.kind is Kind.MODAL:
        return _pause(one, str(ask.did.values.get("until") or ""), ask, desk)
    return _ask_until(one)


def _ask_until(one: Train) -> Reply:
    return Reply(modal=_PAUSE.modal("train.pause", data={"i": one.id}, initial={}, intro=words(Said(one.service), ": ",
                                                                                             one.when)))  # fmt: skip


def _pause(one: Train, text: str, ask: Ask, desk: Desk) -> Reply:
    today = local(desk.now, one.zone).date().to_stdlib()
    until = date.fromisoformat(text) if text else today
    if not today < until <= today + LONGEST_PAUSE:
        raise FieldRefusal("until", "Please name a day after today, within a year.", code="bad_time")
    paused = replace(one, paused_until=until, paused_by=ask.user, revision=one.revision + 1)
    facts = {"train": one.number, "until": until.isoformat()}
    desk.work.audit.note("train_paused", ask.user, ask.did.path, facts)
    paused = settle(paused, desk)
    said = words("The ", Bold(one.service), " train is ", say_pause(paused, desk), ".", say_next(paused, desk))
    desk.in_channel(one.channel, Message(words("🚆 ", said, " (", Who(ask.user), ")")))
    return Reply(Message(said, (Para(said), Actions((resume_it.button("Resume", i=one.id),)))))


@verb(
    "train resume",
    usage="train resume <service>",
    summary="End a train's pause",
    who="its captain in turn, whoever made it, admins",
    examples=("train resume payments",),
    subject="none",
    label="Resume",
)
def resume(ask: Ask, desk: Desk) -> Reply:
    return _resume(ask, desk)


@press("train.resume")
def resume_it(ask: Ask, desk: Desk) -> Reply:
    return _resume(ask, desk)


def _resume(ask: Ask, desk: Desk) -> Reply:
    one = mine(ask, desk)
    if not is_paused(one, desk):
        return say("The ", Bold(one.service), " train is not paused.", say_next(one, desk))
    running = replace(one, paused_until=None, paused_by=None, revision=one.revision + 1)
    desk.work.audit.note("train_resumed", ask.user, ask.did.path, {"train": one.number})
    running = settle(running, desk)
    said = words("The ", Bold(one.service), " train runs again.", say_next(running, desk), _lost(running, desk))
    desk.in_channel(one.channel, Message(words("🚆 ", said, " (", Who(ask.user), ")")))
    return say(said)


def _lost(one: Train, desk: Desk) -> Words:
    """What has not departed yet and does not any more, since its release would have been made amid the pause."""
    days = one.to_come(desk.now)
    known = desk.work.trains.departures(one.id, days[0].day) if days else {}
    lost = [day for day in days if day.day in known and known[day.day].why == PAUSED]
    if not lost:
        return ()
    named = listing([(say_departure(day, desk),) for day in lost])
    its, it = ("its release", "it") if len(lost) == 1 else ("their releases", "them")
    typed = Code(f"{desk.catalogue.command} new {one.service} …")
    return words(f" Left out by the pause, since {its} would have been made by now: ", named, f". Plan {it} by hand: ",
                 typed, ".")  # fmt: skip


@verb(
    "train end",
    usage="train end <service>",
    summary="End a train; the releases it has made stay",
    who="its captain in turn, whoever made it, admins",
    examples=("train end payments",),
    subject="none",
    label="End the train",
)
def end(ask: Ask, desk: Desk) -> Reply:
    one = mine(ask, desk)
    row = words("End the ", Bold(one.service), f" train, {one.when}? Releases it has made stay.")
    sure = end_it.button("End it", style="danger", i=one.id)
    return Reply(Message(row, (Para(row), Actions((sure,)))))


@press("train.end")
def end_it(ask: Ask, desk: Desk) -> Reply:
    one = mine(ask, desk)
    ended = replace(one, ended_at=desk.now, ended_by=ask.user, revision=one.revision + 1)
    desk.work.audit.note("train_ended", ask.user, ask.did.path, {"train": one.number})
    settle(ended, desk)
    said = words("The ", Bold(one.service), " train has ended.")
    desk.in_channel(one.channel, Message(words("🚆 ", said, " (", Who(ask.user), ")")))
    back = f"{one.service} {one.when}"
    return say(said, " ", Code(f"{desk.catalogue.command} train {back}"), " runs one like it again.")
