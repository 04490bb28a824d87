"""Remind somebody of what waits for them: one message for all go/no-gos, now or later; and put off what can wait."""

from datetime import datetime, timedelta

from bot.kit.blocks import Button
from bot.kit.desk import Desk
from bot.release.durations import read_duration
from bot.release.errors import Refusal
from bot.release.hours import WORK_FROM
from bot.release.planned import TimeQuestion
from bot.release.release import Release
from bot.release.timeline import retro_at
from bot.release.workdays import next_working_day
from storage.decisions import Attention

#: Whoever was asked or reminded so short a time ago gets no other message: the one they have is drawn again.
SOON = timedelta(minutes=30)
#: So long before the close nothing is put off any more.
LAST_CALL = timedelta(minutes=15)
HOUR = timedelta(hours=1)
#: The card of a reminder, and the prompt for one that was put off.
CARD, PROMPT = "nudge", "poll.remind"


def snoozed_until(known: Attention | None, release: Release, desk: Desk) -> datetime | None:
    """Until when they do not want to be reminded; None where that is over, or would be too late for this release."""
    until = known.snoozed_until if known is not None else None
    if until is None or release.round is None:
        return None
    return until if desk.now < until <= release.round.closes_at - LAST_CALL else None


def put_off(release: Release, desk: Desk) -> tuple[Button, Button]:
    """The two ways to put a reminder off with one tap."""
    return (
        desk.offer("snooze", release),
        desk.offer("snooze", release, label="Tomorrow morning", t="tomorrow morning"),
    )


def wanted_until(text: str, user: str, release: Release, desk: Desk) -> datetime:
    """Until when somebody wants to be left in peace: an hour, a length that was typed, or the next working morning.

    Raises Refusal for what is none of these.
    """
    typed = " ".join(text.casefold().split())
    if typed in ("tomorrow", "tomorrow morning", "morning"):
        zone = desk.voice(user).zone
        return next_working_day(desk.now, zone, hour=WORK_FROM.hour, days_off=desk.days_off(user))
    length = read_duration(text) if typed else HOUR
    if isinstance(length, TimeQuestion):
        raise Refusal(length.text, code="bad_input")
    return desk.now + length


def put_off_until(user: str, before: datetime, desk: Desk) -> datetime | None:
    """Until when they do not want to be reminded; None where that is over, or too late for what ends at `before`."""
    known = desk.work.decisions.attention([user]).get(user)
    until = known.snoozed_until if known is not None else None
    return until if until is not None and desk.now < until <= before - LAST_CALL else None


def away_until(known: Attention | None, desk: Desk) -> datetime | None:
    """Until when they are away, and who acts for them is asked instead; None where they are here."""
    until = known.away_until if known is not None else None
    return until if until is not None and until > desk.now else None


def looked_back_at(release: Release, ends: datetime, desk: Desk) -> datetime:
    """When its captain is asked how it went, if it ends then: in their hours, and not on their days off."""
    return retro_at(ends, desk.hours_in(release.captain, release), desk.days_off(release.captain))


def later(release: Release, user: str, at: datetime, desk: Desk) -> None:
    """Remind them then, if they still owe an answer."""
    desk.work.timers.put(release.id, release.plan_revision, PROMPT, user, at)


def remind(release: Release, user: str, desk: Desk, *, anew: bool = False) -> None:
    """A new message, which they are notified of; or, just after one about another release, that one again.

    `anew`: a new one in any case.
    """
    first = desk.work.decisions.claim_nudge(user, desk.now - SOON)
    there = desk.work.cards.live_for(user, CARD)
    if not (anew or first) and there and there[0].release_id != release.id:
        desk.draw_again(there[0])
        return
    desk.work.decisions.nudged([user])
    number = release.round.number if release.round is not None else 0
    desk.draw(CARD, release, user, tag=f"r{number}.{int(desk.now.timestamp())}")
    for older in there:  # one question at a time: the others say so
        desk.draw_again(older)
