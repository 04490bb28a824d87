"""Keep trains' appointments: make a release when it is time, and tell its captain the working day before."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Message, Para, Reply, say
from bot.kit.declare import appointment, press
from bot.kit.desk import Desk
from bot.kit.trains import TELLS, Coming, coming, may_change, once_more, require_change, say_departure, settle
from bot.release.errors import Refusal
from bot.release.trains import Train
from bot.release.words import Bold, Channel, Said, Who, words
from bot.release.zones import say_clock, say_day
from storage.trains import DEPARTS

#: The next captain, told later than this, may have heard of the release already.
_GRACE = timedelta(hours=20)
_LOOKED = 20


def go_on(desk: Desk, subject: str, due_at: datetime) -> None:
    """A departure that failed for good is left out, and told; the next one is planned."""
    train = desk.work.trains.lock(int(subject))
    if train is not None:
        settle(train, desk, failed=True)


@appointment(DEPARTS, missed=go_on, each=True, called="a train's departure")
def departs(desk: Desk, subject: str, due_at: datetime) -> None:
    """However late: what cannot be made any more is skipped, with the reason."""
    train = desk.work.trains.lock(int(subject))
    if train is not None:
        settle(once_more(train, due_at, desk), desk)


@appointment(TELLS, grace=_GRACE, called="telling a train's next captain")
def tells(desk: Desk, subject: str, due_at: datetime) -> None:
    train = desk.work.trains.lock(int(subject))
    if train is not None and train.ended_at is None and (following := _following(train, desk)) is not None:
        _tell(train, following, desk)


def _following(train: Train, desk: Desk) -> Coming | None:
    return next((one for one in coming(train, desk, _LOOKED) if not one.off), None)


def _tell(train: Train, following: Coming, desk: Desk) -> None:
    if following.captain is None:
        return
    made = f"{say_day(following.made_at, train.zone, now=desk.now)} {say_clock(following.made_at, train.zone)}"
    row = words("🚆 You are the next captain of the ", Bold(train.service), " train: it departs ",
                say_departure(following.one, desk), f", and its release is made {made}, in ", Channel(train.channel),
                ".")  # fmt: skip
    day = following.one.day.isoformat()
    skip = desk.catalogue.presses["train.skip"].button("Skip this departure", i=train.id, d=day)
    passing = pass_on.button("Pass it on", i=train.id, d=day, w=following.captain)
    desk.direct(following.captain, Message(row, (Para(row), Actions((passing, skip)))))


@press("train.pass")
def pass_on(ask: Ask, desk: Desk) -> Reply:
    """The next of its captains leads that departure instead."""
    train = desk.work.trains.lock(int(ask.data.get("i", 0)))
    following = _following(train, desk) if train is not None and train.ended_at is None else None
    if train is None or following is None or following.one.day.isoformat() != ask.data.get("d"):
        raise Refusal("That departure's release is made, or it was skipped. Hand the release over instead.",
                      code="departed", offers=("trains",))  # fmt: skip
    if following.captain != ask.data.get("w"):
        who = Who(following.captain) if following.captain else "Nobody"
        return say(who, " leads that departure already.")
    if not may_change(train, ask.user, desk):
        require_change(train, ask.user, desk)
    place = train.captains.index(following.captain) if following.captain in train.captains else 0
    turned = replace(train, turn=train.turn + (place - train.turn) % len(train.captains) + 1)
    after = _following(turned, desk)
    if after is None or after.captain in (None, following.captain):
        raise Refusal("Nobody else of its captains is there then. Skip the departure, or name more captains.",
                      code="nobody_else", offers=("trains",))  # fmt: skip
    settle(turned, desk)
    facts = {"train": train.number, "day": following.one.day.isoformat(), "was": following.captain,
             "to": after.captain}  # fmt: skip
    desk.work.audit.note("train_passed_on", ask.user, ask.did.path, facts)
    _tell(turned, after, desk)
    return say(Who(after.captain or ""), " leads the ", Said(train.service), " train of ",
               say_departure(after.one, desk), " now, and has been told.")  # fmt: skip
