"""Read the time that somebody typed for a release, and ask back where it is not clear: the same for every verb."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Button, Reply, say
from bot.kit.desk import Desk
from bot.kit.interaction import Kind
from bot.release.errors import FieldRefusal, TooSoon
from bot.release.planned import PlannedTime, TimeQuestion, plan_at
from bot.release.when import read_when, read_when_anywhere
from bot.release.words import Words
from bot.release.zones import place_name, say_clock, say_day

#: Makes the button that chooses a time: its label, and the time as it would be typed.
Choice = Callable[[str, str], Button]


def read_time(ask: Ask, desk: Desk, *, likely: str, begins: bool = False) -> PlannedTime | TimeQuestion:
    """The form's `when`, in the zone of whoever typed it. `likely` is offered, never taken, where theirs is unknown.

    `begins`: a day alone means the moment it begins.
    """
    text, zone = ask.arg("when"), desk.zone_of(ask.user)
    if zone is None:
        return read_when_anywhere(text, likely=likely, now=desk.now, begins=begins)
    return read_when(text, zone=zone, now=desk.now, begins=begins)


def read_until(ask: Ask, desk: Desk, *, within: timedelta, else_: Words) -> datetime:
    """The form's `when` as an end, so far ahead at most: a day alone ends it as it begins, for then one is back.

    Raises FieldRefusal: with the question where it is not clear, with `else_` where it is no time ahead.
    """
    read = read_time(ask, desk, likely=desk.workspace.zone, begins=True)
    if isinstance(read, TimeQuestion):
        raise FieldRefusal("when", read.text, code="time_question")
    if not desk.now < read.at <= desk.now + within:
        raise FieldRefusal("when", *else_, code="bad_time")
    return read.at


#: Opens the dialog for the time, where what was typed cannot be read as one.
CHOOSES = "Choose the time …"


def ask_back(question: TimeQuestion, ask: Ask, desk: Desk, choice: Choice) -> Reply:
    """The question, with a button for each time that may be meant, or for the dialog. Raises FieldRefusal in one."""
    if ask.did.kind is Kind.MODAL:
        raise FieldRefusal("when", question.text, code="time_question")
    own = desk.zone_of(ask.user)
    buttons = tuple(choice(say_time(option, own, desk), typed(option)) for option in question.options)
    return say(question.text, blocks=(Actions(buttons or (choice(CHOOSES, ""),)),))


def offer_earliest(no: TooSoon, zone: str, ask: Ask, desk: Desk, choice: Choice) -> Reply:
    """The no, with a button that takes the earliest possible time instead. Raises it in a dialog."""
    if ask.did.kind is Kind.MODAL:
        raise no
    earliest = plan_at(no.earliest, zone)
    take = choice(f"Take {say_time(earliest, desk.zone_of(ask.user), desk)}", typed(earliest))
    return say(no.words, blocks=(Actions((take,)),))


def say_time(planned: PlannedTime, own: str | None, desk: Desk) -> str:
    """ "Mon 30 Nov 14:00", with the place where it is not the reader's own."""
    shown = f"{say_day(planned.at, planned.zone, now=desk.now)} {say_clock(planned.at, planned.zone)}"
    return shown if planned.zone == own else f"{shown} {place_name(planned.zone)}"


def typed(planned: PlannedTime) -> str:
    """The time as text that means it and nothing else."""
    return planned.typed
