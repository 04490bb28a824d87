"""Run the timeline of a policy: which of its steps are to come, which are left out and why, whom they are for.

A step that happened, or that somebody was asked about, is marked, and stays so however often the release is moved.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.release.electorate import Electorate
from bot.release.policy import Step
from bot.release.release import Outcome, Release
from bot.release.states import STATE_WORDS, State
from bot.release.timeline import milestone_at
from bot.release.workdays import add_working_days, next_working_day

#: What is said later than this after its time would mislead.
TOO_LATE = timedelta(hours=1)
#: Who has not said that it is done is asked again at this hour of their working days until T, and once more shortly
#: before it; after T for so many working days. So many are planned at a time.
AGAIN_HOUR, MOST_AGAIN = 10, 5
LAST_CALL = timedelta(hours=2)

_ENDED = frozenset({State.CANCELLED, State.ROLLING_BACK, State.ROLLED_BACK})
_UNDER_WAY = frozenset({State.DEPLOYING, State.MONITORING, State.RELEASED, State.CLOSED})
#: Nobody deploys as long as it stands so; what stakeholders would hear of the deploy would be wrong.
_HALTED = frozenset({State.ON_HOLD, State.STOPPED})
PLANNED_LATER, MOVED_PAST = "it was planned when that time was over", "its time was over when the release was moved"
AWAY = "T-Minus was not running then"
NOT_SAID = "nobody said that it was done"


Became = Literal["asked", "done", "skipped"]


@dataclass(frozen=True)
class Mark:
    """What became of a step by `at`: `due_at` was its time, under the plan of that revision. `by` is a user id.

    "asked" is a question that waits; "skipped" says why.
    """

    key: str
    outcome: Became
    at: datetime
    due_at: datetime
    plan: int
    by: str | None = None
    why: str = ""


Marks = Mapping[str, Mark]


def step_of(release: Release, key: str) -> Step | None:
    """The step of that key; None where its policy has it no more."""
    return next((one for one in release.policy.timeline if one.key == key), None)


def due(step: Step, release: Release) -> datetime:
    """Its instant by the present plan."""
    return milestone_at(step.at, release.planned, release.days_off)


def to_come(release: Release, marks: Marks) -> Iterator[tuple[Step, datetime]]:
    """The steps that nothing became of yet, with their instants."""
    for step in release.policy.timeline:
        if step.key not in marks:
            yield step, due(step, release)


@dataclass(frozen=True)
class Replanned:
    """What a new plan does to the steps: those that `come_again`, by key; those asked at once; those left out."""

    come_again: tuple[str, ...]
    asked: tuple[Step, ...]
    left_out: tuple[Step, ...]


def replanned(release: Release, marks: Marks, now: datetime) -> Replanned:
    """What follows from the plan as it is now made. What happened stays so.

    What was left out and lies ahead comes again. What lies behind is asked, where somebody has to do it, or left out.
    """
    ahead = {step.key for step in release.policy.timeline if due(step, release) > now}
    again = tuple(sorted(key for key, mark in marks.items() if mark.outcome == "skipped" and key in ahead))
    behind = [step for step in release.policy.timeline if step.key not in ahead and step.key not in marks]
    first = min(now, release.target_at)
    asked = tuple(step for step in behind if step.is_asked and why_not(step, release, first) is None)
    return Replanned(again, asked, tuple(step for step in behind if step not in asked))


def is_after(step: Step, release: Release) -> bool:
    """Whether it is later than T."""
    return due(step, release) > release.target_at


def why_not(step: Step, release: Release, now: datetime) -> str | None:
    """Why it does not happen now that its time has come; None where it does."""
    at = due(step, release)
    late = now - at > TOO_LATE
    if release.state in _ENDED:
        return f"it was {STATE_WORDS[release.state]} by then"
    if release.outcome is Outcome.ROLLED_BACK:
        return "it was rolled back by then"
    if at > release.target_at:
        if release.state not in _UNDER_WAY:
            return f"it was {STATE_WORDS[release.state]}, not live, by then"
        return AWAY if late and not step.is_asked else None
    if release.state in _UNDER_WAY and not step.is_asked:
        return f"it was {STATE_WORDS[release.state]} already"
    if release.state in _UNDER_WAY and release.state is not State.DEPLOYING:
        return f"it was {STATE_WORDS[release.state]} already"
    if release.state in _HALTED and not step.is_asked:
        return f"it was {STATE_WORDS[release.state]} then"
    return AWAY if late and (not step.is_asked or now >= release.target_at) else None


def people(step: Step, release: Release, electorate: Electorate) -> frozenset[str]:
    """Whom it is for, by id: the captain where it names nobody."""
    found = {one for one in step.to if one not in ("captain", "deployer", "approvers")}
    if "captain" in step.to or not step.to:
        found.add(release.captain)
    if "deployer" in step.to:
        found.add(release.deployer or release.captain)
    if "approvers" in step.to:
        found |= {user for one in release.sign_offs for user in electorate.givers(one, release)}
    return frozenset(found)


def is_open(step: Step, release: Release, marks: Marks) -> bool:
    """Whether somebody was asked about it and has not said that it is done; nobody is, once it ended."""
    mark = marks.get(step.key)
    return mark is not None and mark.outcome == "asked" and release.state not in _ENDED | {State.CLOSED}


def asked_again(
    step: Step, mark: Mark, release: Release, zone: str, now: datetime, days_off: Container[date] = ()
) -> Iterator[datetime]:
    """When somebody in that zone is asked again: at its time, if it was moved since they were asked; on the mornings of
    their working days that follow, and shortly before T. Of the mornings those of the next days: each plans anew.
    """
    at, day = due(step, release), timedelta(days=1)
    since = max(mark.at, at)
    after = mark.due_at > release.target_at and is_after(step, release)
    ends = add_working_days(since, zone, MOST_AGAIN, days_off=days_off) if after else release.target_at
    if mark.at < at > now - day:
        yield at
    morning = max(since, now - day)
    for _ in range(MOST_AGAIN):
        morning = next_working_day(morning, zone, hour=AGAIN_HOUR, days_off=days_off)
        if morning < ends:
            yield morning
    if not after and ends - LAST_CALL > since:
        yield ends - LAST_CALL
