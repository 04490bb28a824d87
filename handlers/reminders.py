"""Remind in time: the day before, ten minutes before, when nobody starts, and while a deploy or rollback is unfinished.

A reminder is a card: when what it says does not hold any more, it says what does, and its buttons are gone.
"""

from collections.abc import Container, Iterable, Iterator
from datetime import date, datetime, timedelta

from bot.kit import parts
from bot.kit.access import lost, of_use
from bot.kit.blocks import Actions, Button, Message, Para
from bot.kit.declare import card, prompt
from bot.kit.desk import Desk
from bot.kit.fixes import fixes
from bot.kit.freezes import freezing
from bot.kit.leading import calling, told_of_captains, told_of_deploy
from bot.kit.parts import MOST_IN_A_ROW
from bot.kit.telling import LATE, headline, is_overdue, waiting_for
from bot.release import hours
from bot.release.decision import causes_now
from bot.release.frozen import causes
from bot.release.release import PartState, Release
from bot.release.states import BEFORE_DEPLOY, State
from bot.release.words import At, Bold, Said, Words, words
from bot.release.workdays import next_working_day

SHORTLY_BEFORE = timedelta(minutes=10)
#: So long before a go/no-go closes without a go, its captain hears what is missing.
BEFORE_CLOSE = timedelta(minutes=30)
#: After these, an unfinished deploy or rollback is asked about; then every working day at this hour, until it is over.
STILL = (timedelta(hours=1), timedelta(hours=2), timedelta(hours=4))
DAILY_HOUR = 10
DAY_CARD, CLOSE_CARD = "reminder.day", "reminder.close"
DEPLOY_CARD, STILL_CARD = "reminder.deploy", "reminder.still"
_UNFINISHED = (State.DEPLOYING, State.ROLLING_BACK)


def _both(release: Release, desk: Desk) -> set[str]:
    """Who leads it and who deploys it; the channel, where they have left."""
    return {told_of_captains(release, desk), told_of_deploy(release, desk)}


def _draw(kind: str, release: Release, desk: Desk, recipient: str, tag: str) -> None:
    """Post it anew: to a person, or in the release's thread."""
    desk.draw(kind, release, recipient, tag, in_thread=recipient == release.channel)


def _plan(release: Release) -> str:
    """A new plan is reminded of in a new message."""
    return f"p{release.plan_revision}."


def _decision(release: Release) -> str:
    """And so is a new round."""
    return f"{_plan(release)}r{release.round.number if release.round else 0}."


def _close(release: Release) -> str:
    """And another time at which it closes."""
    return _decision(release) + (f"{release.round.closes_at:%Y%m%d%H%M}" if release.round else "")


def _holds(about: str, desk: Desk) -> bool:
    """Whether the reminder being drawn is about what is still planned. (One asked again later is retired anyway.)"""
    return desk.card is None or desk.card.tag.startswith(about)


def _over(release: Release, desk: Desk, *, before: bool = False) -> Message:
    """What is said where a reminder does not hold any more: once the deploy began, that, and it stays so."""
    began = [part.started_at for part in release.parts if part.started_at is not None]
    if began and before:
        row = words(Said(release.title), ": the deploy was started ", At(min(began), "day", release.planned.zone), ".")
        return Message(row, (Para(row),))
    row = words(Said(release.title), ": ", headline(release, desk.electorate(release)), ".")
    return Message(row, (Para(row),))


def _message(
    row: Words, release: Release, desk: Desk, recipient: str, buttons: Iterable[Button], menu: Iterable[Button] = ()
) -> Message:
    """With those of the buttons that this person may press; in the thread, who can still take it over is called."""
    if recipient == release.channel:
        row = calling(release, desk, row, " ", lost(release, desk))
        take_over = desk.offer("take-over", release, l=release.captain)
        return Message(row, (Para(row), Actions((take_over, *buttons)[:MOST_IN_A_ROW])))
    return Message(row, (Para(row), *of_use(desk, recipient, release, buttons, menu)))


# ---- before the deploy -------------------------------------------------------------------------


def _day_before(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    zone, days_off = desk.hours_in(release.captain, release), desk.days_off(release.captain)
    at = hours.day_before(release.target_at, zone, days_off)
    if release.state in BEFORE_DEPLOY and at > release.created_at:
        whom, morning = told_of_captains(release, desk), hours.begins(release.target_at, zone)
        yield whom, at
        if at < morning < release.target_at and hours.at_work(morning, zone, days_off):
            yield whom, morning  # for whom it came too late the day before


@prompt(
    "remind.day",
    at=_day_before,
    while_in=BEFORE_DEPLOY,
    grace=timedelta(hours=23),
    called="the reminder a day before",
)
def day_before(release: Release, desk: Desk, recipient: str) -> None:
    """Said for information, so it can be muted, and wakes nobody; what comes later is theirs to do."""
    zone, days_off = desk.hours_in(release.captain, release), desk.days_off(release.captain)
    if desk.is_muted(recipient, release) or not hours.at_work(desk.now, zone, days_off):
        return  # so late that it waits for the morning
    told = {one.tag for one in desk.work.cards.of(release.id) if (one.kind, one.recipient) == (DAY_CARD, recipient)}
    if _plan(release) not in told:
        _draw(DAY_CARD, release, desk, recipient, _plan(release))


@card(DAY_CARD)
def day_card(release: Release, desk: Desk, recipient: str) -> Message:
    holds = release.state in BEFORE_DEPLOY and desk.now < release.target_at
    if not holds or recipient != told_of_captains(release, desk) or not _holds(_plan(release), desk):
        return _over(release, desk, before=True)
    frozen = causes(release, freezing(release, desk), desk.now)
    is_sure = release.state not in (State.STOPPED, State.ON_HOLD) and not frozen
    at = At(release.target_at, "day", release.planned.zone)
    met = words(" ", frozen[0].said, ".") if frozen else ()
    row = words(Bold(release.title), " goes live " if is_sure else " is planned for ", at, ". ",
                headline(release, desk.electorate(release)), ".", met)  # fmt: skip
    return _message(row, release, desk, recipient, [desk.offer(verb, release) for verb in ("why", "reschedule")])


def _shortly_before(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    """Who deploys; and the captain where no go was reached, since what can be done about that is theirs."""
    at = release.target_at - SHORTLY_BEFORE
    if release.state in BEFORE_DEPLOY and at > release.created_at:
        undecided = {told_of_captains(release, desk)} if release.state in (State.OPEN, State.STOPPED) else set()
        for user in sorted({told_of_deploy(release, desk)} | undecided):
            yield user, at


@prompt(
    "remind.deploy",
    at=_shortly_before,
    while_in=[State.OPEN, State.APPROVED, State.STOPPED, State.ON_HOLD],
    grace=SHORTLY_BEFORE,
    called="the reminder ten minutes before",
)
def shortly_before(release: Release, desk: Desk, recipient: str) -> None:
    _draw(DEPLOY_CARD, release, desk, recipient, _decision(release))


def _before_close(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    """Who leads it, where the reminder ten minutes before the deploy comes too late to ask anybody."""
    held = release.round
    if held is not None and held.closes_at <= release.target_at - SHORTLY_BEFORE:
        at = held.closes_at - BEFORE_CLOSE
        if at > held.opened_at:
            yield told_of_captains(release, desk), at


@prompt(
    "remind.close",
    at=_before_close,
    while_in=[State.OPEN],
    grace=BEFORE_CLOSE,
    called="the reminder before the go/no-go closes",
)
def before_close(release: Release, desk: Desk, recipient: str) -> None:
    if release.round is not None and causes_now(release, desk.electorate(release)):
        _draw(CLOSE_CARD, release, desk, recipient, _close(release))


@card(CLOSE_CARD)
def close_card(release: Release, desk: Desk, recipient: str) -> Message:
    """What is missing, to whoever can find somebody or give it more time."""
    holds = release.state is State.OPEN and recipient == told_of_captains(release, desk)
    if release.round is None or not holds or not _holds(_close(release), desk):
        return _over(release, desk)
    closes = At(release.round.closes_at, "time", release.planned.zone)
    waits = waiting_for(release, desk.electorate(release)) or words(", and it is not go")
    row = words(Bold(release.title), ": its go/no-go closes at ", closes, waits, ".")
    return _message(row, release, desk, recipient, [desk.offer(verb, release) for verb in ("why", "remind", "extend")])


def _nobody_started(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    if release.state is State.APPROVED:
        since = max(release.target_at, release.decided_at or release.target_at)
        for user in sorted(_both(release, desk)):
            yield user, since + LATE


@prompt(
    "remind.overdue",
    at=_nobody_started,
    while_in=[State.APPROVED],
    called="the question why nobody has started",
)
def nobody_started(release: Release, desk: Desk, recipient: str) -> None:
    """Asked once; the release's own card says so too from now on."""
    _draw(DEPLOY_CARD, release, desk, recipient, f"{_decision(release)}late")
    desk.redraw(release)


@card(DEPLOY_CARD)
def deploy_card(release: Release, desk: Desk, recipient: str) -> Message:
    """The deploy reminder; to somebody who may not deploy yet it says what is missing."""
    asked = recipient in _both(release, desk) and _holds(_decision(release), desk)
    past = release.state is State.STOPPED and release.target_at <= desk.now
    if release.state not in BEFORE_DEPLOY or not asked or past:
        return _over(release, desk, before=True)
    time = At(release.target_at, "time", release.planned.zone)
    frozen = causes(release, freezing(release, desk), desk.now)
    if release.state is State.APPROVED and frozen:
        row = words(Bold(release.title), ": deploy is planned for ", time, ". It's go. ", frozen[0].said, ".")
        mine = fixes(frozen[0], release, recipient, desk) or [desk.offer("status", release)]
        return _message(row, release, desk, recipient, mine)
    if is_overdue(release, desk.now):
        row = words(Bold(release.title), " was due ", At(release.target_at, "day", release.planned.zone),
                    " and has not started. It's go. Start it, give it a new time, or put it on hold.")  # fmt: skip
        verbs = ["deploy start", "reschedule", "hold"]
    elif release.state is State.APPROVED:
        row = words(Bold(release.title), ": deploy at ", time, ". It's go.")
        verbs = ["deploy start", "hold"]
    else:
        stands = headline(release, desk.electorate(release))
        row = words(Bold(release.title), ": deploy is planned for ", time, ", and it is not go. ", stands, ".")
        verbs = ["why", "reschedule"]
    return _message(row, release, desk, recipient, [desk.offer(verb, release) for verb in verbs])


# ---- while it is under way ---------------------------------------------------------------------


def _still(states: set[PartState], release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    """Some hours after it began, then daily: the next one alone, since nobody knows how many there will be."""
    running = [part.since for part in release.active_parts if part.state in states and part.since is not None]
    over = [part.back_at if part.state is PartState.ROLLED_BACK else part.live_at for part in release.active_parts]
    ended = [at for at in over if at is not None]
    began = min(running) if running else max(ended, default=None)
    if began is None:
        return
    lead = told_of_deploy(release, desk)
    for after in STILL:
        yield lead, began + after
    yield lead, _next_morning(max(desk.now, began + STILL[-1]), desk.voice(lead).zone, desk.days_off(lead))


def _next_morning(after: datetime, zone: str, days_off: Container[date]) -> datetime:
    """The first hour for questions on a working day that is later than that."""
    same_day = next_working_day(after - timedelta(days=1), zone, hour=DAILY_HOUR, days_off=days_off)
    return same_day if same_day > after else next_working_day(after, zone, hour=DAILY_HOUR, days_off=days_off)


def _still_deploying_at(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    if release.state is State.DEPLOYING:
        yield from _still({PartState.DEPLOYING, PartState.FAILED}, release, desk)


@prompt(
    "still.deploying",
    at=_still_deploying_at,
    while_in=[State.DEPLOYING],
    called="the question whether it still deploys",
)
def still_deploying(release: Release, desk: Desk, recipient: str) -> None:
    _ask_again(release, desk, recipient)


def _still_rolling_back_at(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    if release.state is State.ROLLING_BACK:
        yield from _still({PartState.ROLLING_BACK}, release, desk)


@prompt(
    "still.rolling_back",
    at=_still_rolling_back_at,
    while_in=[State.ROLLING_BACK],
    called="the question whether it still rolls back",
)
def still_rolling_back(release: Release, desk: Desk, recipient: str) -> None:
    _ask_again(release, desk, recipient)


def _ask_again(release: Release, desk: Desk, recipient: str) -> None:
    """In a new message, which people are notified of; the one before it gives up its buttons."""
    _draw(STILL_CARD, release, desk, recipient, f"{desk.now:%Y%m%d%H%M%S}")
    desk.redraw(release)


@card(STILL_CARD)
def still_card(release: Release, desk: Desk, recipient: str) -> Message:
    if release.state not in _UNFINISHED or recipient != told_of_deploy(release, desk):
        return _over(release, desk)
    if release.state is State.ROLLING_BACK:
        row = words("Still rolling back ", Said(release.title), "?")
        ends = [desk.offer(verb, release) for verb in ("rolled-back", "rollback cancel")]
        return _message(row, release, desk, recipient, ends)
    buttons = parts.deploy_buttons(release, desk)
    if parts.those(release, parts.RUNNING):
        began = [part.since for part in parts.those(release, parts.RUNNING) if part.since is not None]
        since = words(" It began ", At(min(began), "day", release.planned.zone), ".") if began else ()
        return _message(words("Still deploying ", Said(release.title), "?", since), release, desk, recipient, *buttons)
    stands = headline(release, desk.electorate(release))
    row = words(Bold(release.title), " is not finished. ", stands, ".")
    return _message(row, release, desk, recipient, *buttons)
