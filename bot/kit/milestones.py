"""Look at the steps of a release's timeline as stored: what became of each, and who still has something to do."""

from bot.kit.desk import Desk
from bot.release.policy import Step
from bot.release.release import Release
from bot.release.steps import Mark, Marks, Outcome, due, is_open, people
from bot.release.words import Said, words

#: More people than this are not written to in person for one step.
MOST_TOLD = 8
#: The card that asks about steps, and the prompt of what was put off.
CARD, LATER = "milestone", "timeline.later"


def marks(release: Release, desk: Desk) -> Marks:
    """What became of its steps so far; nothing where its policy knows none."""
    return desk.work.milestones.of(release.id) if release.policy.timeline and release.id else {}


def todos(user: str, release: Release, desk: Desk) -> list[Step]:
    """What this person was asked about and has not said is done."""
    found = marks(release, desk)
    return [
        step
        for step in release.policy.timeline
        if is_open(step, release, found) and user in people(step, release, desk.electorate(release))
    ]


def zone_of(user: str, release: Release, desk: Desk) -> str:
    """Their IANA zone, the release's where theirs is not known."""
    person = desk.work.people.get(user)
    return person.zone if person is not None and person.zone else release.planned.zone


def later(step: Step, user: str) -> str:
    """The recipient of a timer that is about a step and a person."""
    return f"{step.key}:{user}"


def said_later(recipient: str) -> tuple[str, str]:
    """The inverse of `later`: key and person."""
    key, _, user = recipient.rpartition(":")
    return key, user


def mark(step: Step, outcome: Outcome, release: Release, desk: Desk, why: str = "", by: str | None = None) -> None:
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
