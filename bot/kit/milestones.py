"""Know what became of the steps of a timeline, who still has something to do, and tell them in their hours."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.kit.access import is_lost, may_see
from bot.kit.blocks import Actions, Message, Para
from bot.kit.desk import Desk
from bot.kit.leading import leads
from bot.kit.reminding import away_until, put_off_until
from bot.release.decision import owing
from bot.release.hours import in_hours
from bot.release.policy import Step
from bot.release.release import Release
from bot.release.states import State
from bot.release.steps import Became, Mark, Marks, asked_again, due, is_open, people
from bot.release.words import At, Bold, Said, Words, words

#: More people than this are not written to in person for one step.
MOST_TOLD = 8
#: The card that asks about steps, and the prompt of what was put off.
CARD, LATER = "milestone", "timeline.later"
#: A reminder that comes no later than this after its time is true as it stands.
IN_TIME = timedelta(minutes=1)
#: After T nobody is told out of hours, unless it is so long after it.
AFTERWARDS = timedelta(days=3)


def marks(release: Release, desk: Desk) -> Marks:
    """What became of its steps so far; nothing where its policy knows none."""
    return desk.work.milestones.of(release.id) if release.policy.timeline and release.id else {}


def todos(user: str, release: Release, desk: Desk) -> list[Step]:
    """What this person was asked about and has not said is done; who stands in for somebody was, too."""
    found = marks(release, desk)
    return [
        step
        for step in release.policy.timeline
        if is_open(step, release, found)
        and (user in people(step, release, desk.electorate(release)) or user in whom(step, release, desk))
    ]


def later(step: Step, user: str) -> str:
    """The recipient of a timer that is about a step and a person."""
    return f"{step.key}:{user}"


def said_later(recipient: str) -> tuple[str, str]:
    """The inverse of `later`: key and person."""
    key, _, user = recipient.rpartition(":")
    return key, user


def mark(step: Step, outcome: Became, release: Release, desk: Desk, why: str = "", by: str | None = None) -> None:
    """Remember what became of it, and put it on record."""
    known = marks(release, desk).get(step.key)
    due_at, plan = (known.due_at, known.plan) if known else (due(step, release), release.plan_revision)
    desk.work.milestones.put(release.id, Mark(step.key, outcome, desk.now, due_at, plan, by, why))
    what = words("“", Said(step.say), "”")
    said = {
        "done": words("said it was done: ", what) if by else words("Milestone: ", what),
        "asked": words("Milestone, asked for: ", what),
        "skipped": words("Milestone left out: ", what, f" ({why})"),
    }
    name = {"done": "milestone_done" if by else "milestone_reached", "asked": "milestone_asked"}
    release.happened(name.get(outcome, "milestone_skipped"), desk.now, by, *said[outcome], step=step.key,
                     due_at=due_at)  # fmt: skip


def whom(step: Step, release: Release, desk: Desk) -> list[str]:
    """Those who are here and may know of it; where there is none, the captain, or who is left to lead it.

    Of approvers those whose go/no-go is missing, while it is open.
    """
    electorate = desk.electorate(release)
    found = people(step, release, electorate)
    if "approvers" in step.to and release.state is State.OPEN:
        others = people(replace(step, to=step.to - {"approvers"}), release, electorate) if len(step.to) > 1 else ()
        found = frozenset({*others, *owing(release, electorate)})
    known = desk.work.decisions.attention(found)
    here = {user for user in found if away_until(known.get(user), desk) is None and may_see(desk, user, release)}
    here = {user for user in here if not is_lost(user, desk)}
    return sorted(here or leads(release, desk))[:MOST_TOLD]


def tell_in_hours(step: Step, release: Release, user: str, desk: Desk) -> None:
    """Now, or when their day begins, or when they said that they can be reminded."""
    ends = release.target_at if desk.now < release.target_at else desk.now + AFTERWARDS
    at = in_hours(desk.now, desk.hours_in(user, release), ends, desk.days_off(user))
    at = max(at, put_off_until(user, ends, desk) or at)
    if at > desk.now:
        desk.work.timers.put(release.id, release.plan_revision, LATER, later(step, user), at)
    else:
        tell(step, release, user, desk)


def again_at(step: Step, mark: Mark, user: str, release: Release, desk: Desk) -> list[datetime]:
    """When they are asked again, by the days and hours of where they are."""
    zone, days_off = desk.hours_in(user, release), desk.days_off(user)
    return list(asked_again(step, mark, release, zone, desk.now, days_off))


def was_asked(user: str, since: datetime, release: Release, desk: Desk) -> bool:
    """Whether a message has asked them since then what of the plan is done."""
    asked = [one for one in desk.work.cards.of(release.id) if (one.kind, one.recipient) == (CARD, user)]
    return any(int(one.tag) >= since.timestamp() for one in asked)


def tell(step: Step, release: Release, user: str, desk: Desk) -> None:
    if step.is_asked:
        older = [one for one in desk.work.cards.of(release.id) if (one.kind, one.recipient) == (CARD, user)]
        desk.draw(CARD, release, user, tag=str(int(desk.now.timestamp())))
        for one in older:  # one question at a time: it says so
            desk.draw_again(one)
        return
    at = At(release.target_at, "day", release.planned.zone)
    row = words("🔔 ", Bold(release.title), " (", at, ")", _meant_for(step, release, desk), ": ", Said(step.say))
    desk.direct(user, Message(row, (Para(row), Actions((desk.offer("status", release),)))), release)


def _meant_for(step: Step, release: Release, desk: Desk) -> Words:
    """When it was to be read, for whoever reads it later than that: “in an hour” is not in an hour any more."""
    known, at = marks(release, desk).get(step.key), due(step, release)
    at = max(at, known.due_at) if known else at
    return words(", meant for ", At(at, "day", release.planned.zone)) if desk.now - at >= IN_TIME else ()


def concerned(release: Release, desk: Desk) -> dict[str, list[tuple[Step, datetime]]]:
    """Who is asked about steps, or will be asked or reminded by name: which, and when. Approvers hear of polls."""
    found = marks(release, desk)
    electorate = desk.electorate(release)
    mine: dict[str, list[tuple[Step, datetime]]] = {}
    for step in release.policy.timeline:
        named = step.to - {"approvers"}
        waits = is_open(step, release, found) or (step.key not in found and step.do in ("remind", "prompt"))
        if not waits or (step.to and not named):
            continue
        for user in people(replace(step, to=named), release, electorate):
            if may_see(desk, user, release):
                mine.setdefault(user, []).append((step, due(step, release)))
    return mine
