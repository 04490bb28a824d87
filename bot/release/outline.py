"""Tell the whole plan of a release, row by row: what is done, what comes next and later, what was left out and why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.release.late import cut_off
from bot.release.policy import WHERE, WHOM, Step
from bot.release.release import Kind, PartState, Release, Round
from bot.release.states import BEFORE_DEPLOY, State
from bot.release.steps import NOT_SAID, Marks, due, is_open
from bot.release.timeline import closes_at, deadline
from bot.release.words import At, Channel, Said, Who, Words, listing, words

#: "asked" waits for somebody's word; "next" is the first of what is to come.
Standing = Literal["done", "asked", "next", "later", "skipped"]
#: When its captain is asked to look back at what ends at that instant.
LookBack = Callable[[datetime], datetime]
_VERDICTS = {"go": "Go", "no_go": "No-go", "no_decision": "No decision"}
_BACK = frozenset({State.ROLLING_BACK, State.ROLLED_BACK})


@dataclass(frozen=True)
class Row:
    """What happens, or happened, at an instant; `why` it was left out, or what else is to be known.

    `what` is for whom it is, or where it is said.
    """

    at: datetime
    standing: Standing
    said: Words
    why: Words = ()
    what: Words = ()


def outline(release: Release, marks: Marks, now: datetime, back: LookBack) -> list[Row]:
    """The plan as it stands, in the order of its times. What a cancelled release will not do is not in it."""
    rows = [*_decision(release, now), *_steps(release, marks), *_deploy(release, now), *_afterwards(release, now, back)]
    if release.state is State.CANCELLED:
        rows = [row for row in rows if row.standing in ("done", "skipped")]
    rows.sort(key=lambda row: (row.at, row.standing != "done"))
    following = next((row for row in rows if row.standing == "later" and row.at > now), None)
    return [replace(row, standing="next") if row is following else row for row in rows]


def to_come(release: Release, marks: Marks, now: datetime, back: LookBack) -> list[Row]:
    """What lies ahead, the next one first."""
    return [row for row in outline(release, marks, now, back) if row.standing in ("next", "later") and row.at > now]


def _decision(release: Release, now: datetime) -> Iterator[Row]:
    cut = cut_off(release)
    begun = any(part.started_at is not None for part in release.parts)
    if cut is not None and (now >= cut or not begun):
        yield Row(cut, "done" if now >= cut else "later", words("Code cut-off"))
    if release.kind is Kind.STANDARD:
        if release.decided_at is not None:
            yield Row(release.decided_at, "done", words("Approved by its policy"))
        elif release.opens_at is not None:
            yield Row(release.opens_at, "later", words("Approved by its policy"))
        return
    held = release.round
    number = f", round {held.number}" if held is not None and held.number > 1 else ""
    if held is not None:
        yield Row(held.opened_at, "done", words("Go/no-go opened", number))
    if held is not None and held.closed_at is None and release.stage is State.OPEN:
        yield Row(held.closes_at, "later", words("Go/no-go closes", number))
    elif held is not None and held.closed_at is not None and not _is_overridden(release, held):
        yield Row(held.closed_at, "done", words(_VERDICTS.get(held.verdict or "", "Go/no-go closed")))
    if release.overridden is not None:
        yield Row(release.overridden.at, "done", words("Go by override: ", Who(release.overridden.by)))
    if release.stage is State.SCHEDULED and release.opens_at is not None:
        yield Row(release.opens_at, "later", words("Go/no-go opens"))
        closes = deadline(release.policy, release.planned, release.opens_at, release.days_off)
        yield Row(closes, "later", words("Go/no-go closes"))
    if release.stage is State.APPROVED and release.expires_at is not None:
        yield Row(release.expires_at, "later", words("Its approval expires, if nobody has started it"))


def _is_overridden(release: Release, held: Round) -> bool:
    """Whether the override closed it: nobody decided anything then."""
    return release.overridden is not None and held.closed_at is not None and release.overridden.at <= held.closed_at


def _steps(release: Release, marks: Marks) -> Iterator[Row]:
    for step in release.policy.timeline:
        mark, said, what = marks.get(step.key), words("“", Said(step.say), "”"), _what(step)
        if mark is None:
            yield Row(due(step, release), "later", said, what=what)
            continue
        earlier = words("under an earlier plan") if mark.plan != release.plan_revision else ()
        if mark.outcome == "skipped":
            yield Row(mark.due_at, "skipped", said, words(mark.why), what)
        elif is_open(step, release, marks):
            since = words("asked since ", At(mark.at, "day", release.planned.zone), ", not done yet")
            yield Row(max(due(step, release), mark.at), "asked", said, since, what)
        elif mark.outcome == "asked":
            yield Row(mark.at, "skipped", said, words(NOT_SAID), what)
        else:
            by = words(Who(mark.by)) if mark.by else ()
            yield Row(mark.at, "done", said, words(by, ", " if by and earlier else "", earlier), what)


def _what(step: Step) -> Words:
    """`reminder for the captain`, `in the channel`."""
    named = sorted(step.to)
    if step.do == "post":
        return ("in the thread",)
    if step.do == "broadcast":
        return words("in ", listing([f"the {one}" if one in WHERE else Channel(one) for one in named or ["channel"]]))
    whom = listing([f"the {one}" if one in WHOM else Who(one) for one in named or ["captain"]])
    return words("to do for " if step.is_asked else "reminder for ", whom)


def _deploy(release: Release, now: datetime) -> Iterator[Row]:
    started = [part.started_at for part in release.active_parts if part.started_at is not None]
    if started:
        yield Row(min(started), "done", words("Deploy started"))
        if release.went_live_at is not None and release.state is not State.DEPLOYING:
            yield Row(release.went_live_at, "done", words("Live"))
        yield from _rollback(release)
        return
    yield Row(release.target_at, "later", words("Deploy"), words("not started") if now > release.target_at else ())


def _rollback(release: Release) -> Iterator[Row]:
    active = release.active_parts
    for state, said in ((PartState.ROLLING_BACK, "Rollback started"), (PartState.ROLLED_BACK, "Rolled back")):
        parts = [part for part in active if part.state is state]
        times = [part.since if state is PartState.ROLLING_BACK else part.back_at for part in parts]
        named = listing([Said(release.part_title(part)) for part in parts]) if len(parts) < len(active) else ()
        if at := max((one for one in times if one is not None), default=None):
            yield Row(at, "done", words(said, ": " if named else "", named))


def _afterwards(release: Release, now: datetime, back: LookBack) -> Iterator[Row]:
    if release.state in BEFORE_DEPLOY and now > release.target_at:
        return  # what follows its deploy has no time before it has another one
    ends = release.outcome_at
    if release.state is State.MONITORING and release.monitoring_ends_at is not None:
        yield Row(release.monitoring_ends_at, "later", words("Monitoring ends"))
        ends = ends or release.monitoring_ends_at
    elif ends is None:
        ends = release.target_at + release.policy.monitoring
        if release.policy.monitoring and release.state not in _BACK:
            yield Row(ends, "later", words("Monitoring ends"), words("if it goes live on time"))
    if release.state is State.CLOSED:
        return
    asks = back(ends)
    asked = release.state in (State.RELEASED, State.ROLLED_BACK) and asks <= now
    yield Row(asks, "done" if asked else "later", words("Retrospective", " asked for" if asked else ""))
    if release.state in BEFORE_DEPLOY:
        return
    yield Row(closes_at(ends, release.planned.zone, release.days_off), "later", words("Closed, answered or not"))
