"""Remind in time: the day before, ten minutes before, and when a deploy or rollback is never finished."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.kit.blocks import Actions, Message, Para
from bot.kit.declare import prompt
from bot.kit.desk import Desk
from bot.kit.telling import headline
from bot.release.release import PartState, Release
from bot.release.states import BEFORE_DEPLOY, State
from bot.release.words import At, Bold, Said, words

DAY_BEFORE = timedelta(hours=24)
SHORTLY_BEFORE = timedelta(minutes=10)
#: After these, an unfinished deploy or rollback is asked about.
STILL = (timedelta(hours=1), timedelta(hours=2), timedelta(hours=4))


def _leads(release: Release) -> str:
    return release.deployer or release.captain


def _day_before(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    at = release.target_at - DAY_BEFORE
    if release.state in BEFORE_DEPLOY and at > release.created_at:
        yield release.captain, at


@prompt(
    "remind.day",
    at=_day_before,
    while_in=[State.SCHEDULED, State.OPEN, State.APPROVED, State.STOPPED, State.ON_HOLD],
    grace=timedelta(hours=6),
)
def day_before(release: Release, desk: Desk, recipient: str) -> None:
    row = words(
        Bold(release.title),
        " goes live ",
        At(release.target_at, "day", release.planned.zone),
        ". ",
        headline(release, desk.electorate(release)),
        ".",
    )
    desk.direct(
        recipient,
        Message(row, (Para(row), Actions((desk.offer("why", release), desk.offer("reschedule", release))))),
        release,
    )


def _shortly_before(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    at = release.target_at - SHORTLY_BEFORE
    if release.state in BEFORE_DEPLOY and at > release.created_at:
        yield _leads(release), at


@prompt(
    "remind.deploy",
    at=_shortly_before,
    while_in=[State.OPEN, State.APPROVED, State.STOPPED, State.ON_HOLD],
    grace=SHORTLY_BEFORE,
)
def shortly_before(release: Release, desk: Desk, recipient: str) -> None:
    """The deploy reminder; to somebody who may not deploy yet it says what is missing."""
    time = At(release.target_at, "time", release.planned.zone)
    if release.state is State.APPROVED:
        row = words(Bold(release.title), ": deploy at ", time, ". It's go.")
        buttons = (desk.offer("deploy start", release), desk.offer("hold", release))
    else:
        row = words(
            Bold(release.title), " is planned for ", time, ", but ", headline(release, desk.electorate(release)), "."
        )
        buttons = (desk.offer("why", release), desk.offer("reschedule", release))
    desk.direct(recipient, Message(row, (Para(row), Actions(buttons))), release)


def _still(state: PartState, release: Release) -> Iterator[tuple[str, datetime]]:
    started = [part.started_at for part in release.active_parts if part.state is state and part.started_at is not None]
    for after in STILL if started else ():
        yield _leads(release), min(started) + after


def _still_deploying_at(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    return _still(PartState.DEPLOYING, release)


@prompt("still.deploying", at=_still_deploying_at, while_in=[State.DEPLOYING], grace=timedelta(hours=1))
def still_deploying(release: Release, desk: Desk, recipient: str) -> None:
    row = words("Still deploying ", Said(release.title), "?")
    buttons = tuple(desk.offer(verb, release) for verb in ("deploy done", "deploy fail", "rollback"))
    desk.direct(recipient, Message(row, (Para(row), Actions(buttons))), release)


def _still_rolling_back_at(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    return _still(PartState.ROLLING_BACK, release)


@prompt("still.rolling_back", at=_still_rolling_back_at, while_in=[State.ROLLING_BACK], grace=timedelta(hours=1))
def still_rolling_back(release: Release, desk: Desk, recipient: str) -> None:
    row = words("Still rolling back ", Said(release.title), "?")
    desk.direct(recipient, Message(row, (Para(row), Actions((desk.offer("rolled-back", release),)))), release)
