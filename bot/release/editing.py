"""Change what a release is about while it is planned: edits, and late changes that the captain decides.

An edit asks again those whose vote covered what it changed, and nobody else.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.release import poll
from bot.release.attached import LateChange
from bot.release.electorate import Electorate, is_recorded
from bot.release.errors import FieldRefusal, Refusal, TooSoon
from bot.release.late import cut_off
from bot.release.planning import refuse_once_deployed, reopen
from bot.release.policy import Cover
from bot.release.release import Choice, Kind, Part, Release, Risk, Vote
from bot.release.states import Move, State
from bot.release.tidy import bare_name
from bot.release.timeline import require_reachable
from bot.release.words import At, Code, Said, Who, Words, listing, words

#: What can be edited, and how it reads after "changed".
FIELDS: Mapping[str, str] = {
    "changes": "what's in it", "links": "the links", "risk": "the risk", "rollback_plan": "the rollback plan",
    "deployer": "the deployer", "version": "the version",
}  # fmt: skip
#: The part of the content that a field belongs to; who deploys it is none that anybody vouches for.
COVERS: Mapping[str, Cover] = {
    "changes": Cover.CHANGES, "links": Cover.CHANGES, "risk": Cover.CHANGES, "rollback_plan": Cover.ROLLBACK_PLAN,
    "version": Cover.CHANGES,
}  # fmt: skip
MAX_LINKS = 10
MAX_VERSION = 60
#: A web address, and perhaps its name.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[^\s<>|\"]{0,500})?(\s.{1,100})?$")


@dataclass(frozen=True)
class Edited:
    """What an edit did: (before, after) by field, and the sign-offs whose votes have to be given again, or stand."""

    changed: Mapping[str, tuple[str, str]]
    touched: tuple[str, ...]
    stand: tuple[str, ...]
    approval_ended: bool


def value_of(release: Release, field: str) -> str:
    """A field as text; "" for no deployer of its own. The version is that of its first part."""
    if field == "version":
        return release.parts[0].version
    return str(getattr(release, field) or "")


def changes_in(release: Release, wanted: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """(before, after) of the fields that would change. Raises FieldRefusal for what cannot be."""
    tidy = {field: wanted[field].strip() for field in FIELDS if field in wanted}
    if "risk" in tidy and tidy["risk"] not in {risk.value for risk in Risk}:
        raise FieldRefusal("risk", "The risk is low, medium or high.", code="bad_input")
    if "links" in tidy:
        _require_links(tidy["links"])
    if "version" in tidy:
        tidy["version"] = bare_name(tidy["version"])
        _require_version(release, tidy["version"])
    if tidy.get("deployer") == release.captain and not release.deployer:
        del tidy["deployer"]  # the captain deploys it anyway
    return {field: (value_of(release, field), text) for field, text in tidy.items() if text != value_of(release, field)}


def _require_version(release: Release, version: str) -> None:
    if len(release.parts) > 1:
        raise FieldRefusal("version", Said(release.title), " has several parts, each with a version of its own. Cancel "
                           "it, and plan one with the right versions.", code="several_parts")  # fmt: skip
    if not version or len(version) > MAX_VERSION:
        raise FieldRefusal("version", f"A version has 1 to {MAX_VERSION} characters, for example ", Code("2.14.0"), ".",
                           code="bad_input")  # fmt: skip


def _require_links(text: str) -> None:
    """Slack refuses a whole message for one address that is none."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    wrong = next((line for line in lines if not _ADDRESS.match(line)), None)
    if wrong is not None:
        raise FieldRefusal("links", "“", Said(wrong[:80]), "” is no link. One on each line, its name behind it: ",
                           Code("https://ci.example.com/412 tests"), code="bad_input")  # fmt: skip
    if len(lines) > MAX_LINKS:
        raise FieldRefusal("links", f"That are {len(lines)} links, and {MAX_LINKS} are the most.", code="too_many")


def covered_by(release: Release, field: str) -> list[str]:
    """The sign-offs that vouch for a field."""
    cover = COVERS.get(field)
    asked = release.sign_offs if release.kind is not Kind.STANDARD else ()
    return [one.role for one in asked if cover in one.covers]


def would_ask(release: Release, wanted: Iterable[str]) -> list[str]:
    """The sign-offs that would have to be given again if these fields changed now."""
    roles = {role for field in wanted for role in covered_by(release, field)}
    given = {vote.sign_off for vote in release.standing(release.round_votes())}
    asked = {State.APPROVED: roles, State.OPEN: roles & given}.get(release.stage, set())
    return [one.role for one in release.sign_offs if one.role in asked]


def require_editable(release: Release) -> None:
    """Raise the Refusal unless it can still be edited."""
    refuse_once_deployed(release, Move.EDIT, "edited")
    release.require(Move.EDIT)


def edit(release: Release, wanted: Mapping[str, str], electorate: Electorate, *, now: datetime, by: str) -> Edited:
    """Change its content. Votes that covered what changed do not count any more; an approval of it ends.

    Raises Refusal where nothing would change, and where there is no time left to ask anybody again.
    """
    require_editable(release)
    changed = changes_in(release, wanted)
    if not changed:
        raise Refusal("Nothing is changed: ", Said(release.title), " is like that already.", code="nothing_changed",
                      offers=("edit", "status"))  # fmt: skip
    done = _apply(release, changed, now)
    late = release.late
    superseded = late.number if late is not None and not late.wanted.keys().isdisjoint(changed) else None
    if superseded is not None:
        release.late = None
    release.happened("edited", now, by, "changed ", *named(changed), superseded=superseded, **_details(release, done))
    _go_on(release, electorate, now)
    return done


def _apply(release: Release, changed: Mapping[str, tuple[str, str]], now: datetime) -> Edited:
    """Store the new texts, and see whose answers they leave standing."""
    voted = release.round_votes() if release.stage in (State.OPEN, State.APPROVED) else []
    stood = {vote.sign_off for vote in release.standing(voted)}
    prints = _prints(release)
    ends = release.stage is State.APPROVED and any(covered_by(release, field) for field in changed)
    if ends:
        _require_time_to_ask(release, now)
    if "deployer" in changed:
        _require_apart(release, changed["deployer"][1], voted)
    for field, (_, after) in changed.items():
        value: Any = Risk(after) if field == "risk" else (after or None) if field == "deployer" else after
        whose: Part | Release = release.parts[0] if field == "version" else release
        setattr(whose, field, value)
    release.content_revision += 1
    after_it = _prints(release)
    touched = tuple(role for role in prints if role in stood and prints[role] != after_it[role])
    stand = tuple(role for role in prints if role in stood and role not in touched)
    if ends:
        reopen(release, now)
    return Edited(changed, touched, stand, ends)


def _prints(release: Release) -> dict[str, str]:
    return {one.role: release.fingerprint(one.covers) for one in release.sign_offs}


def _require_time_to_ask(release: Release, now: datetime) -> None:
    try:
        require_reachable(release.policy, release.planned, now, release.days_off)
    except TooSoon as no:
        raise Refusal(Said(release.title), " is go, and this would ask for it again; there is no time left for that. "
                      "Give it a new time first.", code="needs_new_time", offers=("reschedule",)) from no  # fmt: skip


def _require_apart(release: Release, user: str, voted: Iterable[Vote]) -> None:
    """Whoever gave a sign-off that the deployer may not give, also for somebody else, does not become the deployer."""
    deployer = user or release.captain
    for vote in voted:
        sign_off = release.sign_off(vote.sign_off)
        theirs = deployer in (vote.user, vote.cast_by) and not is_recorded(vote.user)
        gave = theirs and vote.choice in (Choice.GO, Choice.GO_IF)
        if gave and sign_off is not None and not sign_off.deployer_may:
            raise FieldRefusal("deployer", Who(deployer), " signed off ", Said(vote.sign_off), ", and the ",
                               Said(release.policy.name), " policy keeps that apart from deploying. Name somebody "
                               "else.", code="duties_separated")  # fmt: skip


def _go_on(release: Release, electorate: Electorate, now: datetime) -> None:
    """Ask again where that is due, or decide where nothing stands in the way any more."""
    if release.state is State.SCHEDULED and release.opens_at is not None and release.opens_at <= now:
        poll.open_poll(release, electorate, now=now, by=None)
    else:
        poll.look_again(release, electorate, now=now)


def named(changed: Iterable[str]) -> Words:
    """`what's in it and the risk`."""
    return listing([FIELDS[field] for field in FIELDS if field in set(changed)])


def _details(release: Release, done: Edited) -> dict[str, Any]:
    """For the record: hashes alone, since what people typed can be erased."""
    return {"fields": sorted(done.changed), "revision": release.content_revision, "touched": list(done.touched),
            "stand": list(done.stand), "approval_ended": done.approval_ended, "prints": _prints(release)}  # fmt: skip


# ---- late changes ------------------------------------------------------------------------------


def ask_late(
    release: Release, wanted: Mapping[str, str], why: str, number: int, *, now: datetime, by: str
) -> LateChange:
    """Ask the captain for a change after the code cut-off. `number` is the next of this release's requests."""
    require_editable(release)
    changed = changes_in(release, wanted)
    if not why.strip():
        ended = cut_off(release) or now
        raise FieldRefusal("why", "The code cut-off was ", At(ended, "day", release.planned.zone), ", so this is a "
                           "late change. Please say why it cannot wait.", code="reason_missing")  # fmt: skip
    superseded = release.late.number if release.late is not None else None
    after = {field: new for field, (_, new) in changed.items()}
    late = LateChange(number, by, now, why.strip(), after, release.content_revision)
    release.late = late
    release.happened("late_change_asked", now, by, "asked for a late change of ", *named(changed), why=late.why,
                     request=number, fields=sorted(changed), superseded=superseded)  # fmt: skip
    return late


def whose(asked_by: str, by: str | None) -> Words:
    """How a request is called after the name of whoever decides about it."""
    return ("their own late change",) if asked_by == by else words("the late change of ", Who(asked_by))


def _waiting(release: Release, number: int | None) -> LateChange:
    refuse_once_deployed(release, Move.LATE, "edited")
    release.require(Move.LATE)
    late = release.late
    if late is None or number not in (None, late.number):
        raise Refusal("That late change of ", Said(release.title), " does not wait any more.", code="already_done",
                      offers=("status",))  # fmt: skip
    return late


def accept_late(
    release: Release, number: int | None, electorate: Electorate, *, now: datetime, by: str
) -> tuple[LateChange, Edited]:
    """Make the change that was asked for, as an edit; those whose vote it touches are asked again."""
    late = _waiting(release, number)
    changed = changes_in(release, late.wanted)
    if not changed:  # whoever asked for it was erased since, or the captain has made it so
        raise Refusal("Nothing is left to accept of that late change of ", Said(release.title), ". Refuse it, or edit "
                      "the release yourself.", code="nothing_changed", offers=("late refuse", "edit"))  # fmt: skip
    done = _apply(release, changed, now)
    release.late = None
    release.happened("late_change_accepted", now, by, "accepted ", whose(late.asked_by, by), ": ", *named(changed),
                     request=late.number, **_details(release, done))  # fmt: skip
    _go_on(release, electorate, now)
    return late, done


def refuse_late(
    release: Release, number: int | None, why: str, electorate: Electorate, *, now: datetime, by: str
) -> LateChange:
    """Leave it as it is, saying why."""
    late = _waiting(release, number)
    if not why.strip():
        raise Refusal("Please say why, so that it can go into another release.", code="reason_missing")
    release.late = None
    release.happened("late_change_refused", now, by, "refused ", whose(late.asked_by, by),
                     why=why.strip(), request=late.number)  # fmt: skip
    _go_on(release, electorate, now)
    return late
