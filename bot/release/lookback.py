"""Draft what happened to a release from its record, for the retrospective: the plan, the deploy, the waits, the no-gos.

A draft, so that people correct it instead of remembering it; it names what happened, and blames nobody.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.release.durations import say_length
from bot.release.events import Event
from bot.release.release import Choice, Release, Stopped
from bot.release.rolled_back_why import rolled_back_parts, why_rolled_back
from bot.release.timeline import ON_TIME
from bot.release.words import At, Said, Who, Words, at_beside, listing, words

#: So many lines follow the first.
MOST_LINES = 8
_STEPS = {
    "deploy_started": "started",
    "deploy_failed": "failed",
    "went_live": "live",
    "rollback_started": "rollback began",
    "rolled_back": "rolled back",
    "rollback_called_off": "rollback called off",
}
#: What may bring the last go.
_GIVES = ("voted", "condition_met")


def drafted(release: Release, record: Sequence[Event]) -> list[Words]:
    """A line for the plan and the deploy, and one for each thing out of the ordinary."""
    lines = [*_holds(release, record), *_no_gos(release, record), *_stops(release, record)]
    lines += [*_overrides(release, record), *_back(release)]
    return [_course(release, record), *lines[:MOST_LINES]]


def _course(release: Release, record: Sequence[Event]) -> Words:
    """`Planned Tue 14:00, moved to Wed 14:00, started 14:20 (waited 20 min for QA), live 14:31.`"""
    target = release.first_planned_at or release.target_at
    steps = [words("Planned ", At(target, "day", release.planned.zone))]
    before, started = target, False
    for event in sorted(record, key=_when):
        if event.name == "rescheduled":
            target = before = _instant(event.details.get("to")) or release.target_at
            steps.append(words("moved to ", At(target, "day", release.planned.zone)))
        elif event.name in _STEPS:
            again = event.name == "deploy_started" and event.said[:1] == ("restarted",)
            parts = [Said(name) for name in event.details.get("parts", [])]
            step = words(
                *((listing(parts), " ") if parts else ()),
                "restarted" if again else _STEPS[event.name],
                " ",
                _clock(_when(event), before, release),
            )
            if event.name == "deploy_started" and not started:
                step, started = words(step, _wait(event.at, target, record)), True
            if event.name == "deploy_failed" and event.why:
                step = words(step, " (“", Said(event.why), "”)")
            steps.append(step)
            before = _when(event)
    return words(listing(steps, last=", "), ".")


def _clock(at: datetime, before: datetime, release: Release) -> At:
    """With its day where that is another one than before."""
    return at_beside(at, before, release.planned.zone)


def _wait(started: datetime, target: datetime, record: Sequence[Event]) -> str:
    """How far from its time the deploy began, and what it waited for."""
    if started < target - ON_TIME:
        return f" ({say_length(target - started)} early)"
    late = started - target
    if late < timedelta(minutes=5):
        return ""
    for event in reversed([one for one in record if one.at <= started]):
        if _decides_go(event):
            if event.at <= target:
                break
            last = [one.details.get("role") for one in record if one.name in _GIVES and one.at == event.at]
            awaited = last[0] if last and last[0] else "the go"
            return f" (waited {say_length(event.at - target)} for {awaited})"
    held = any(since <= target < until for since, until in _held(record))
    return f" ({say_length(late)} late{', it was on hold' if held else ''})"


def _held(record: Sequence[Event]) -> list[tuple[datetime, datetime]]:
    spans = []
    since: datetime | None = None
    for event in record:
        if event.name == "held":
            since = event.at
        elif event.name in ("resumed", "cancelled") and since is not None:
            spans.append((since, event.at))
            since = None
    return spans


def _holds(release: Release, record: Sequence[Event]) -> list[Words]:
    lines = []
    held = {event.at: event for event in record if event.name == "held"}
    for since, until in _held(record):
        event = held[since]
        by = words(" by ", Who(event.by)) if event.by else ()
        why = words(": “", Said(event.why), "”") if event.why else ()
        from_to = words(At(since, "day", release.planned.zone), " for ", say_length(until - since))
        lines.append(words("On hold ", from_to, by, why, "."))
    return lines


def _no_gos(release: Release, record: Sequence[Event]) -> list[Words]:
    """Each no-go with how long it stood: until its voter took it back, or for good."""
    lines = []
    standing: set[str] = set()
    for position, event in enumerate(record):
        if event.name != "voted" or event.voter is None:
            continue
        if event.details.get("choice") != Choice.NO_GO.value:
            standing.discard(event.voter)
        elif event.voter not in standing:
            standing.add(event.voter)
            after = record[position + 1 :]
            solved = next((one.at for one in after if _takes_back(one, event.voter)), None)
            decided = next((one.at for one in after if _decides_go(one)), None)
            role = event.details.get("role") if len(release.sign_offs) > 1 else ""
            of = words(" (", Said(role), ")") if role else ()
            why = words(": “", Said(event.why), "”") if event.why else ()
            if solved is not None:
                end = f", resolved in {say_length(solved - event.at)}"
            else:
                despite = f"; go was decided {say_length(decided - event.at)} later" if decided else ""
                end = f", never taken back{despite}"
            at = At(event.at, "day", release.planned.zone)
            lines.append(words("No-go", of, " by ", Who(event.voter), " ", at, why, end, "."))
    return lines


def _takes_back(event: Event, objector: str) -> bool:
    return event.name == "voted" and event.voter == objector and event.details.get("choice") != Choice.NO_GO.value


def _decides_go(event: Event) -> bool:
    return event.name == "decided" and event.details.get("result") in ("go", "override")


def _stops(release: Release, record: Sequence[Event]) -> list[Words]:
    lines = []
    for event in record:
        at = At(event.at, "day", release.planned.zone)
        if event.name == "decided" and event.details.get("result") == Stopped.NO_DECISION.value:
            lines.append(words("No decision ", at, "."))
        if event.name == "approval_expired":
            lines.append(words("The approval expired ", at, "."))
    return lines


def _overrides(release: Release, record: Sequence[Event]) -> list[Words]:
    return [
        words(
            Who(event.by), " ", event.said, " ", At(event.at, "day", release.planned.zone), ": “", Said(event.why), "”."
        )
        for event in record
        if event.name == "overridden" and event.by is not None
    ]


def _back(release: Release) -> list[Words]:
    why = why_rolled_back(release, rolled_back_parts(release))
    return [words("Rolled back because: “", Said(why), "”.")] if why else []


def _when(event: Event) -> datetime:
    """When it came about: what is live was so before the rest was left out or rolled back."""
    return _instant(event.details.get("since")) or event.at


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
