"""Open, extend and close the go/no-go, and say what was decided."""

import re
from dataclasses import replace
from datetime import timedelta

from bot.kit import voters
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Confirm, Input, Message, Reply, say
from bot.kit.declare import notice, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.freezes import freezing
from bot.kit.interaction import Kind
from bot.kit.leading import calls
from bot.kit.telling import headline, left_to_ask
from bot.kit.times import read_time
from bot.release import poll as rule
from bot.release.durations import read_duration
from bot.release.errors import FieldRefusal, Refusal
from bot.release.events import Event
from bot.release.frozen import causes
from bot.release.planned import TimeQuestion
from bot.release.planning import open_until
from bot.release.release import Kind as ReleaseKind
from bot.release.release import Release
from bot.release.states import Move, State
from bot.release.words import At, Bold, Said, Who, Words, listing, words

#: So many of the last events are looked through for an earlier approval.
MOST_LOOKED_BACK = 20
_UNTIL = re.compile(r"(?:until|till|til|to)\s+(\S.*)", re.IGNORECASE)
_DURATION = Form(
    "Extend the go/no-go",
    (Input("duration", "By how long?", placeholder="30m", hint="30m, 1h, until 14:00"),),
    submit="Extend",
)


@verb(
    "poll",
    usage="poll [release]",
    summary="Open the go/no-go now",
    who="the captain or an admin",
    examples=("poll", "poll REL-12"),
    move=Move.POLL,
    label="Open go/no-go",
)
def poll(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    if release.state is State.OPEN and release.round is not None:
        until = At(release.round.closes_at, "day", release.planned.zone)
        said = words("The go/no-go of ", Said(release.title), " is already open, until ", until, ".")
        raise Refusal(said, code="already_open_poll", offers=("go", "no-go", "why"))
    rule.open_poll(release, desk.electorate(release), now=desk.now, by=ask.user)
    return _stands(release, desk)


def _confirm_close(release: Release) -> Confirm:
    text = words(Said(release.title), " is decided now, with the answers given so far.")
    return Confirm("Close the go/no-go?", text, "Close it")


@verb(
    "poll close",
    usage="poll close [release]",
    summary="Close the go/no-go now and decide",
    who="the captain or an admin",
    examples=("poll close",),
    aliases=("close poll",),
    move=Move.POLL_CLOSE,
    confirm=_confirm_close,
    label="Close go/no-go",
)
def poll_close(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    if release.state is State.OPEN:
        voters.read_again(desk, release, release.sign_offs)  # it decides: who may answer is known as of now
    rule.close_poll(release, desk.electorate(release), now=desk.now, by=ask.user)
    return _stands(release, desk)


def _check_extend(ask: Ask, desk: Desk) -> None:
    ask.release.require(Move.EXTEND)


@verb(
    "extend",
    usage="extend [release] <duration>",
    summary="Give the go/no-go more time, or another round",
    who="the captain or an admin",
    examples=("extend 30m", "extend REL-12 until 14:00"),
    move=Move.EXTEND,
    form=_DURATION,
    check=_check_extend,
)
def extend(ask: Ask, desk: Desk) -> Reply:
    release = ask.release
    longer = _until(ask, desk) or read_duration(ask.arg("duration"))
    if isinstance(longer, TimeQuestion):
        raise FieldRefusal("duration", longer.text, code="duration_question")
    left = left_to_ask(release, desk.now)
    if left and release.state is State.STOPPED and ask.did.kind in (Kind.BUTTON, Kind.HOME):
        longer = min(longer, timedelta(minutes=left))  # minutes have passed since the button was drawn
    rule.extend(release, desk.electorate(release), longer, now=desk.now, by=ask.user)
    if release.state is not State.OPEN or release.round is None or release.round.closes_at <= release.target_at:
        return _stands(release, desk)
    late = words(" That is after its deploy time, ", At(release.target_at, "day", release.planned.zone), ".")
    move = Actions((desk.offer("reschedule", release),))
    return say(Bold(release.title), ": ", headline(release, desk.electorate(release)), ".", late, blocks=(move,))


def _until(ask: Ask, desk: Desk) -> timedelta | TimeQuestion | None:
    """How much longer `until 14:00` is; None where no such time is typed."""
    typed, release = _UNTIL.fullmatch(ask.arg("duration")), ask.release
    if typed is None:
        return None
    read = read_time(replace(ask, args={"when": typed[1]}), desk, likely=release.planned.zone)
    if isinstance(read, TimeQuestion):
        return read
    closes = open_until(release) if release.state is State.OPEN else None
    if closes is not None and read.at <= closes:
        raise FieldRefusal("duration", "It is open until ", At(closes, "day", release.planned.zone), " anyway. Please "
                           "name a later time.", code="no_later")  # fmt: skip
    return read.at - (closes or desk.now)


def _stands(release: Release, desk: Desk) -> Reply:
    return say(Bold(release.title), ": ", headline(release, desk.electorate(release)))


# ---- saying what happened ----------------------------------------------------------------------


@notice("poll_opened")
def poll_opened(event: Event, release: Release, desk: Desk) -> None:
    if release.round is not None:
        row = words(
            Said(release.title),
            ": go/no-go is open until ",
            At(release.round.closes_at, "day", release.planned.zone),
            ".",
        )
        # The card of a later round says so too, and those who owe are asked: the channel has heard of it once.
        desk.in_thread(release, Message(row), broadcast=release.round.number == 1)


@notice("poll_extended")
def poll_extended(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ".")))


@notice("decided")
def decided(event: Event, release: Release, desk: Desk) -> None:
    """What was decided then: after an absence, time may have taken the release further since."""
    zone = release.planned.zone
    if event.details.get("result") == "override":
        return  # whoever did it says so, with the reason
    if event.details.get("result") != "go":
        again = "extend, " if left_to_ask(release, desk.now) else ""
        again = "finish the checklist, " if release.kind is ReleaseKind.STANDARD else again
        did_it = event.by or (desk.did.user if desk.did is not None else None)
        whose = calls(release, desk, but=did_it)
        row = words(Said(release.title), ": ", event.said, f". Next: {again}reschedule or cancel",
                    ", " if whose else "", whose, ".")  # fmt: skip
        # The channel hears of the first round; of a later one only where it has heard go before.
        before = [one for one in desk.work.audit.named(release.id, ("decided",)) if one.at < event.at]
        heard_go = bool(before) and before[-1].details.get("result") in ("go", "override")
        news = release.round is None or release.round.number == 1 or heard_go
    elif release.state is not State.APPROVED:
        row = words(Said(release.title), ": it was go at ", At(event.at, "day", zone), ".")
        news = False
    else:
        at, is_ahead = At(release.target_at, "day", zone), release.target_at > desk.now
        starts = words(". Deploy starts ", at, ".")
        late = words(". It was planned for ", at, " and can be deployed now.")
        row = words(Said(release.title), ": go", _but_frozen(release, desk) or (starts if is_ahead else late))
        # A standard release is approved anew whenever its plan asks for it: the channel hears of the first time.
        last = desk.work.audit.tail(release.id, MOST_LOOKED_BACK)
        goes = [one for one in last if one.name == "decided" and one.details.get("result") == "go"]
        news = release.round is not None or len(goes) <= 1
    desk.decision(release, row, broadcast=news)


def _but_frozen(release: Release, desk: Desk) -> Words:
    """`, but freeze 1 of payments keeps it from its deploy, planned for 14:00 today.`"""
    met = causes(release, freezing(release, desk), desk.now)
    if not met:
        return ()
    keep = "keeps" if len(met) == 1 else "keep"
    return words(", but ", listing([one.short for one in met]), f" {keep} it from its deploy, planned for ",
                 At(release.target_at, "day", release.planned.zone), ".")  # fmt: skip


@notice("approval_expired")
def approval_expired(event: Event, release: Release, desk: Desk) -> None:
    again = "Approve it again" if release.kind is ReleaseKind.STANDARD else "Open another go/no-go"
    whose = calls(release, desk)
    row = words(
        Said(release.title), f": the approval has expired. {again} to deploy it", ", " if whose else "", whose, "."
    )
    desk.in_thread(release, Message(row), broadcast=True)
