"""Remind those whose go/no-go is missing: at once, or at the time that suits them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.kit.asked import asked_at, asked_by_message, zones
from bot.kit.desk import Desk
from bot.kit.reminding import CARD, away_until, later, remind, snoozed_until
from bot.release.decision import owing
from bot.release.delegating import stood_in
from bot.release.events import Event
from bot.release.hours import in_hours
from bot.release.planning import open_until
from bot.release.release import Release
from bot.release.states import State
from bot.release.words import At, Bold, Who, Words, listing, words

#: Nobody is reminded again sooner than this after they were asked or reminded.
PAUSE = timedelta(minutes=15)
#: So many of the last events are looked through for a hold.
MOST_LOOKED_BACK = 50
#: What asks for an answer, with its deadline.
_ASKS = ("ask", "ask.delegate", CARD)


def remind_missing(release: Release, desk: Desk, but: str | None = None) -> list[Words]:
    """Remind all who are asked by direct message, not `but`; how each is reminded, a line for each."""
    instead = _instead(release, desk)
    return _told(release, _asked(release, instead, desk) - {but}, instead, desk)


def deadline_before(event: Event, release: Release, desk: Desk) -> str | None:
    """When its go/no-go would have closed before this event, or before the hold that it ends: ISO text."""
    if event.name != "resumed":
        return event.details.get("closes_was")
    held = [row for row in desk.work.audit.tail(release.id, MOST_LOOKED_BACK) if row.name == "held"]
    return held[-1].details.get("closes_was") if held else None


def has_less_time(release: Release, was: str | None) -> bool:
    """Whether its go/no-go is open, and closes before it `was` to: ISO text, None where it was not open."""
    closes = open_until(release) if release.state is State.OPEN else None
    return closes is not None and was is not None and closes < datetime.fromisoformat(was)


def tell_less_time(release: Release, desk: Desk, was: str | None, but: str | None = None) -> None:
    """Ask those anew who were asked already, not `but`, and have less time now than they were told.

    However short a time ago that was: the message that they have says another deadline, the one that `was`, as ISO
    text. Whoever was not asked yet will be told the right one.
    """
    if not has_less_time(release, was) or release.round is None:
        return
    cards = desk.work.cards.of(release.id)
    this_round = f"r{release.round.number}"
    told = {one.recipient for one in cards if one.kind in _ASKS and one.tag.split(".")[0] == this_round}
    fallen = [vote for vote in release.round_votes() if not release.stands(vote)]
    anew = {vote.cast_by or vote.user for vote in fallen}  # the new time asks them already
    instead = _instead(release, desk)
    _told(release, _asked(release, instead, desk) & told - anew - {but}, instead, desk, less_time=True)


def _instead(release: Release, desk: Desk) -> dict[str, str]:
    """Who answers for each of those who owe an answer and are away."""
    electorate = desk.electorate(release)
    owed = owing(release, electorate)
    return {user: delegate for user, delegate in stood_in(release, electorate).items() if user in owed}


def _asked(release: Release, instead: Mapping[str, str], desk: Desk) -> frozenset[str]:
    owed = owing(release, desk.electorate(release))
    return owed & asked_by_message(release, desk) | frozenset(instead.values())


def _told(
    release: Release, asked: frozenset[str], instead: Mapping[str, str], desk: Desk, *, less_time: bool = False
) -> list[Words]:
    """Remind each now, or at the time that suits them; and say which, a line for each.

    `instead`: who answers for somebody who is away.
    """
    closes = release.round.closes_at if release.round is not None else release.target_at
    known = desk.work.decisions.attention(asked)
    now: list[Words] = []
    rows: list[Words] = []
    for user, zone in zones(asked, release, desk):
        attention = known.get(user)
        nudged = attention.nudged_at if attention is not None else None
        asks_at = asked_at(release, user, zone, desk)
        day = in_hours(desk.now, zone, closes, desk.days_off(user))
        last = asks_at if nudged is None else max(asks_at, nudged)
        if (until := away_until(attention, desk)) is not None:
            answers = words("; ", Who(instead[user]), " answers for them") if user in instead else ()
            rows.append(words(Who(user), " is away until ", At(until, "day"), answers, "."))
        elif asks_at > desk.now:
            rows.append(words(Who(user), " is asked when their day begins, at ", At(asks_at, "day"), "."))
        elif last > desk.now - PAUSE and not less_time:
            rows.append(words(Who(user), " was asked at ", At(last), "; again from ", At(last + PAUSE), " on."))
        elif (until := snoozed_until(attention, release, desk)) is not None:
            rows.append(_then(release, user, until, " put it off and is reminded at ", desk))
        elif day > desk.now:
            rows.append(_then(release, user, day, " is reminded when their day begins, at ", desk))
        else:
            remind(release, user, desk, anew=less_time)
            now.append(words(Who(user)))
    return [*([words(Bold("Reminded: "), listing(now), ".")] if now else []), *rows]


def _then(release: Release, user: str, at: datetime, said: str, desk: Desk) -> Words:
    later(release, user, at, desk)
    return words(Who(user), said, At(at, "day"), ".")
