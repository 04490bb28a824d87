"""Have every override looked at by somebody else: asked for each working day until it is done."""

from collections.abc import Iterator
from datetime import datetime, time

from bot.kit import access
from bot.kit.ask import Ask
from bot.kit.blocks import Actions, Input, Message, Para, Reply, say
from bot.kit.declare import card, notice, prompt, verb
from bot.kit.desk import Desk
from bot.kit.forms import Form
from bot.kit.reviews import open_reviews
from bot.release import override as rule
from bot.release.errors import Refusal
from bot.release.events import Event
from bot.release.planned import at_wall
from bot.release.release import Release
from bot.release.states import Move, State
from bot.release.words import At, Bold, Code, Said, Who, Words, words
from bot.release.workdays import next_working_day
from storage.decisions import Review

CARD = "review"
#: When it is asked for, on working days where the person is.
HOUR = 10
_NOTE = Form(
    "Review of an override",
    (
        Input("note", "What did the review find?", kind="lines", max_length=1_000,
              hint="Was it right? What keeps the next one from being needed?"),
    ),
    submit="Close review",
)  # fmt: skip


def _check(ask: Ask, desk: Desk) -> None:
    _owed(ask, desk)


@verb(
    "review done",
    usage="review done [release] <note>",
    summary="Close the review of somebody else's override",
    who="captain, deployer, approvers, members of the channel, admins",
    examples=("review done REL-12 it was right: payments were down",),
    aliases=("review",),
    move=Move.REVIEW,
    form=_NOTE,
    check=_check,
    label="Review",
)
def review_done(ask: Ask, desk: Desk) -> Reply:
    release, note = ask.release, ask.arg("note")
    for one in _owed(ask, desk):
        rule.close_review(release, one.id, one.opened_by, note, now=desk.now, by=ask.user)
        desk.work.decisions.close_review(one.id, ask.user, note)
    return say("Thank you. The override of ", Bold(release.title), " is reviewed.")


def _owed(ask: Ask, desk: Desk) -> list[Review]:
    """The open reviews that this person may close. Raises Refusal where there are none."""
    release = ask.release
    every = desk.work.decisions.reviews(release.id)
    still = [one for one in every if one.closed_at is None]
    if not every:
        raise Refusal(Said(release.title), " was not overridden, so there is nothing to review.", code="no_review",
                      offers=("status",))  # fmt: skip
    if not still:
        raise Refusal(*_reviewed(every[-1], release), code="already_reviewed", offers=("status",))
    mine = [one for one in still if one.opened_by != ask.user]
    if not mine:
        rule.require_reviewer(release, still[0].opened_by, ask.user)
    return mine


def _reviewed(one: Review, release: Release) -> Words:
    by = Who(one.closed_by) if one.closed_by else "T-Minus"
    when = At(one.closed_at, "day", release.planned.zone) if one.closed_at else "before"
    found = words(": “", Said(one.note), "”.") if one.note else (".",)
    return words("The override of ", Said(release.title), " was reviewed by ", by, " ", when, found)


def _next_morning(release: Release, desk: Desk) -> Iterator[tuple[str, datetime]]:
    """The captain and the admins, the next working day; nobody knows how many there will be, so one at a time.

    Whoever did the override is asked only where nobody else leads it or is an admin, and once: they can't close it.
    """
    still = open_reviews(release, desk)
    if not still:
        return
    did = {one.opened_by for one in still}
    leads = {release.captain} | desk.work.roles.admins()
    for user in sorted(leads - did):
        if access.may(desk, user, Move.REVIEW, release):
            yield user, next_working_day(desk.now, desk.voice(user).zone, hour=HOUR, days_off=desk.days_off(user))
    if not leads - did:
        due_on = at_wall(still[0].due_on, time(HOUR), release.planned.zone)
        yield from ((user, due_on) for user in sorted(did))


@prompt("review.nag", at=_next_morning, while_in=State, called="the question for the review of an override")
def nag(release: Release, desk: Desk, recipient: str) -> None:
    """In a new message each day, which people are notified of; the one before it gives up its button."""
    if open_reviews(release, desk):
        desk.draw(CARD, release, recipient, tag=f"{desk.now:%Y%m%d}")
        desk.redraw(release)


@card(CARD)
def review_card(release: Release, desk: Desk, recipient: str) -> Message:
    """What is to be looked at; afterwards, who did and what they found."""
    every = desk.work.decisions.reviews(release.id)
    still = [one for one in every if one.closed_at is None]
    if not still:
        row = _reviewed(every[-1], release)
        return Message(row, (Para(row),))
    owed, by = still[0], release.override
    at = At(owed.opened_at, "day", release.planned.zone)
    why = words(": “", Said(by.why), "”") if by is not None and by.why and by.at == owed.opened_at else ()
    asked = f": review its override by {rule.say_date(owed.due_on)}. "
    row = words(Bold(release.title), asked, Who(owed.opened_by), " ", at, why, ".")  # fmt: skip
    if recipient == owed.opened_by:
        typed = Code(f"{desk.catalogue.command} review done {desk.ref(release)}")
        row = words(row, " Somebody else has to: they type ", typed, ".")
        return Message(row, (Para(row),))
    return Message(row, (Para(row), Actions((desk.offer("review done", release, label="Review"),))))


@notice("review_closed")
def closed(event: Event, release: Release, desk: Desk) -> None:
    if event.by is not None:
        desk.in_thread(release, Message(words(Who(event.by), " ", event.said, ": “", Said(event.why), "”.")))
