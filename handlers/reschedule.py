"""Give a release another time."""

import copy
from dataclasses import replace
from datetime import timedelta

from bot.kit.ask import Ask
from bot.kit.blocks import Button, Input, Message, Reply, say
from bot.kit.clashes import warnings
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.interaction import Kind
from bot.kit.leading import calling, was_announced
from bot.kit.missing import tell_less_time
from bot.kit.naming import tidy
from bot.kit.telling import headline, in_zones
from bot.kit.times import ask_back, offer_earliest, read_time
from bot.release import planning
from bot.release.errors import TooSoon
from bot.release.events import Event
from bot.release.planned import PlannedTime, TimeQuestion
from bot.release.release import Release
from bot.release.states import Move, State
from bot.release.when_moved import (
    at_the_same_time,
    earlier_meant,
    length_meant,
    length_or_now,
    moved,
    never_earlier,
    or_on_its_day,
    or_the_same_time,
    without_to,
)
from bot.release.words import At, Bold, Said, Who

#: The zones of so many people who are concerned are looked at.
MOST_ZONES = 20
_ASKED_ANEW = " Its approval does not reach that far, so there is another go/no-go."
_WHEN = Form(
    "Reschedule",
    (
        Input(
            "when",
            "New time",
            placeholder="tomorrow 14:00",
            hint="In your time zone; fri 3pm, in 2h, +2h or -1h from the planned time, 2026-12-01 14:00 Europe/Berlin",
        ),
    ),
    submit="Reschedule",
)


def _check(ask: Ask, desk: Desk) -> None:
    """Refuse what no time could mend; which time is right is asked in the dialog."""
    trial = copy.deepcopy(ask.release)
    far = replace(trial.planned, at=max(trial.planned.at, desk.now) + timedelta(days=365))
    planning.reschedule(trial, far, desk.electorate(trial), now=desk.now, by=ask.user)


def _postpones(ask: Ask) -> bool:
    """Whether they typed a word that means later, never earlier."""
    typed = tidy(ask.did.text).casefold().split() if ask.did.kind in (Kind.COMMAND, Kind.MENTION) else []
    return "postpone" in typed or "delay" in typed


def _new_time(ask: Ask, desk: Desk) -> PlannedTime | TimeQuestion:
    """The time typed: one of the calendar, one from now ("in 2h"), or so much later than planned ("+2h")."""
    planned, later = ask.release.planned, _postpones(ask)
    text = at_the_same_time(planned, without_to(ask.arg("when")))
    span = None if later else earlier_meant(text)
    if span is not None or (span := length_meant(text, later=later)) is not None:
        return moved(planned, text, span, now=desk.now)
    read = read_time(replace(ask, args={**ask.args, "when": text}), desk, likely=planned.zone)
    read = or_on_its_day(planned, text, read, desk.now, later=later)
    if isinstance(read, TimeQuestion):
        return length_or_now(planned, text, or_the_same_time(planned, text, read, desk.now), desk.now)
    return never_earlier(planned, read, desk.now) if later else read


@verb(
    "reschedule",
    usage="reschedule [release] <when>",
    summary="Give it another time",
    who="the captain or an admin",
    examples=("reschedule tomorrow 15:00", "reschedule REL-12 fri 3pm"),
    aliases=("move", "postpone", "delay"),
    move=Move.RESCHEDULE,
    first=True,
    form=_WHEN,
    check=_check,
    label="Reschedule",
)
def reschedule(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    read = _new_time(ask, desk)

    def take(label: str, typed: str) -> Button:
        return desk.offer("reschedule", release, label=label, t=typed)

    if isinstance(read, TimeQuestion):
        return ask_back(read, ask, desk, take)
    try:
        planning.reschedule(release, read, desk.electorate(release), now=desk.now, by=ask.user)
    except TooSoon as no:
        return offer_earliest(no, read.zone, ask, desk, take)
    electorate = desk.electorate(release)
    crew = {release.captain} | {user for one in release.sign_offs for user in electorate.givers(one, release)}
    people = desk.work.people.many(frozenset(sorted(crew)[:MOST_ZONES]))
    zones = [release.planned.zone, *sorted({person.zone for person in people.values() if person.zone})]
    at = in_zones(release.target_at, zones, desk.now)
    ended = any(event.details.get("approval_ended") for event in release.events)
    anew = _ASKED_ANEW if ended and release.stage is not State.APPROVED else ""
    warned = warnings(release, ask.user, desk)
    return say(
        Bold(release.title), f" is now planned for {at}.{anew} ", headline(release, electorate), ".", blocks=warned
    )


@notice("rescheduled")
def rescheduled(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        new = At(release.target_at, "day", release.planned.zone)
        ended = event.details.get("approval_ended") and release.stage is not State.APPROVED  # a standard one is again
        anew = _ASKED_ANEW if ended else ""
        row = calling(release, desk, Who(event.by), " moved ", Said(release.title), " to ", new, ".", anew,
                      but=event.by)  # fmt: skip
        desk.in_thread(release, Message(row), broadcast=was_announced(release, desk))
        tell_less_time(release, desk, event.details["closes_was"], but=event.by)
