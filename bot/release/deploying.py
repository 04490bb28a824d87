"""Take a release live, part by part, watch it, and roll it back. The release's state follows from its parts'."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.release.attached import LateChange
from bot.release.electorate import Electorate
from bot.release.errors import Refusal
from bot.release.freeze import Freezing
from bot.release.frozen import on_record, passing, require_unfrozen
from bot.release.part_names import find_parts
from bot.release.release import Outcome, Part, PartState, Release
from bot.release.rolled_back_why import rolled_back_parts, settle_older
from bot.release.states import BEFORE_DEPLOY, Move, State
from bot.release.timeline import SLIP
from bot.release.why import in_the_way, why_not
from bot.release.words import At, Piece, Said, Words, listing, words

_STARTABLE = {PartState.PENDING, PartState.FAILED}
#: How parts stand that cannot be started: one, several, and what of them.
_STANDS = {
    PartState.DEPLOYING: (" is", " are", " being deployed"),
    PartState.LIVE: (" is", " are", " live"),
    PartState.ROLLING_BACK: (" is", " are", " being rolled back"),
    PartState.ROLLED_BACK: (" was", " were", " rolled back"),
}


class PartsElsewhere(Refusal):
    """The no to what none of these parts is in the state for."""

    def __init__(self, release: Release, parts: list[Part], why: Words, offers: tuple[str, ...]) -> None:
        super().__init__(why, ".", code="part_in_other_state", offers=offers)
        self.parts = [release.part_title(part) for part in parts]


def start(
    release: Release, electorate: Electorate, part: str | None = None, *, freezing: Freezing, now: datetime, by: str
) -> None:
    """Start deploying: all parts that are not running yet, or the one named; a failed part is tried again.

    Raises Refusal before its go, and inside a freeze that does not let it through.
    """
    if release.state in BEFORE_DEPLOY and release.state is not State.APPROVED:
        raise not_approved(release, electorate, freezing, now)
    if release.state is State.APPROVED and release.expires_at is not None and release.expires_at <= now:
        raise Refusal("You can't start ", Said(release.title), ": its approval expired at ",
                      At(release.expires_at, "day", release.planned.zone), ".",
                      code="not_approved", offers=("why",))  # fmt: skip
    release.require(Move.DEPLOY_START)
    parts = _startable(release, part)
    passed = require_unfrozen(release, freezing, parts, now)
    retry = any(one.state is PartState.FAILED for one in parts)
    for one in parts:
        one.state, one.since, one.failed_why = PartState.DEPLOYING, now, ""
        one.started_at = one.started_at or now
    left, release.late = release.late, None  # what was not accepted by now does not go live with it
    _derive(release, now)
    verb = "restarted" if retry else "started"
    release.happened("deploy_started", now, by, verb, " the deploy", _of(release, parts), passing(passed),
                     **_which(release, parts), **_left_out(left), **on_record(passed))  # fmt: skip


def require_startable(release: Release, part: str | None, freezing: Freezing, now: datetime) -> None:
    """Raise the Refusal unless there is such a part, it is not running or live yet, and no freeze is in the way."""
    require_unfrozen(release, freezing, _startable(release, part), now)


def require_attempt(release: Release, part: str | None, shown: int | None) -> None:
    """Raise the Refusal where an answer was meant for an earlier attempt to deploy the part.

    `shown`: the last start of a deploy, in seconds, as it stood where the answer was given. Buttons posted before they
    carried one were drawn, as far as anybody knows, during the first attempt.
    """
    for one in find_parts(release, part):
        if one.state is not PartState.DEPLOYING or one.since is None or one.started_at is None:
            continue
        drawn = int(one.started_at.timestamp()) if shown is None else shown
        if int(one.since.timestamp()) > drawn:
            raise Refusal("The deploy of ", Said(release.part_title(one)), " was started again at ",
                          At(one.since, "day", release.planned.zone), ", after that message.",
                          code="superseded_attempt", offers=("deploy", "status"))  # fmt: skip


def not_approved(release: Release, electorate: Electorate, freezing: Freezing, now: datetime) -> Refusal:
    """The no to a deploy before its go: what stands in the way, in the words of *why*, and what changes it."""
    fixes = [
        fix.verb for cause in in_the_way(release, electorate, freezing, now) for fix in cause.fixes if not fix.data
    ]
    said = why_not(release, electorate, freezing, now)
    return Refusal("You can't start ", Said(release.title), ": it ", said, code="not_approved",
                   offers=tuple(dict.fromkeys([*fixes, "why"])))  # fmt: skip


def finish(release: Release, part: str | None = None, *, now: datetime, by: str) -> None:
    """The deploy is done: of everything that is deploying, or of the part named."""
    release.require(Move.DEPLOY_DONE)
    parts = _in_state(release, part, {PartState.DEPLOYING}, "not being deployed")
    for one in parts:
        one.state, one.finished_at = PartState.LIVE, now
    release.happened("deploy_finished", now, by, "finished the deploy", _of(release, parts), **_which(release, parts))
    _derive(release, now)


def fail(release: Release, part: str | None, why: str, *, now: datetime, by: str) -> None:
    """The deploy of a part failed; the release stays deploying, to be tried again or rolled back."""
    release.require(Move.DEPLOY_FAIL)
    if not why.strip():
        raise Refusal("Please say what failed.", code="reason_missing")
    parts = _in_state(release, part, {PartState.DEPLOYING}, "not being deployed")
    for one in parts:
        one.state, one.failed_why = PartState.FAILED, why.strip()
    release.slipped = True
    said = words("reported that the deploy", _of(release, parts), " failed")
    release.happened("deploy_failed", now, by, *said, why=why.strip(), **_which(release, parts))


def drop(release: Release, part: str, *, now: datetime, by: str) -> None:
    """Leave a part out that has not been deployed. No vote re-opens by it."""
    release.require(Move.DROP)
    if not part.strip():
        raise Refusal("Please say which part to drop: ", listing([Said(release.part_title(one)) for one in
                      release.active_parts], last=" or "), ".", code="no_such_part")  # fmt: skip
    found = find_parts(release, part)
    parts = [one for one in found if one.state in _STARTABLE]
    if not parts:
        why = words(_stand(release, found), ", so it can't be dropped")
        raise PartsElsewhere(release, found, why, ("deploy", "status"))
    if len(release.active_parts) == 1:
        raise Refusal(Said(release.title), " has only this part. Cancel the release instead.",
                      code="last_part", offers=("cancel",))  # fmt: skip
    said = _named(release, parts)
    parts[0].dropped = True
    release.happened("part_dropped", now, by, "dropped", said, parts=[release.part_title(parts[0])])
    if release.state is State.DEPLOYING:
        _derive(release, now)


def rollback(release: Release, part: str | None = None, why: str = "", *, now: datetime, by: str) -> None:
    """Start rolling back everything that was touched, or the part named; what never started is dropped."""
    if release.state in BEFORE_DEPLOY:
        raise Refusal("Nothing of ", Said(release.title), " has been deployed, so there is nothing to roll back. "
                      "You can put it on hold or cancel it.", code="nothing_deployed", offers=("hold",))  # fmt: skip
    release.require(Move.ROLLBACK)
    touched = {PartState.LIVE, PartState.DEPLOYING, PartState.FAILED}
    if not part and (rest := left_to_leave_out(release)):
        for one in rest:
            one.dropped = True
        settle_older(release)
        for one in rolled_back_parts(release):
            one.back_why = one.back_why or why.strip()
        release.happened("part_dropped", now, by, "dropped", _named(release, rest), why=why.strip(),
                         **_which(release, rest))  # fmt: skip
        _derive(release, now)
        return
    parts = _in_state(release, part, touched, "not live")
    settle_older(release)
    for one in parts:
        one.state, one.since, one.back_why = PartState.ROLLING_BACK, now, why.strip()
    if not part:
        for one in release.active_parts:
            one.dropped = one.dropped or one.state is PartState.PENDING
    release.slipped = True
    said = words("started rolling back", _named(release, parts))
    release.happened("rollback_started", now, by, *said, why=why.strip(), **_which(release, parts))
    _derive(release, now)


def rollbacks_at(release: Release) -> list[datetime]:
    """When what is being rolled back began to be, in order."""
    return sorted(part.since for part in release.active_parts if part.state is PartState.ROLLING_BACK and part.since)


def require_rollback(release: Release, part: str | None, shown: int | None) -> None:
    """Raise the Refusal where an answer was meant for an earlier rollback of the part, or of one of them.

    `shown`: the last start of a rollback when its button was drawn, in seconds; None for what was typed, or drawn by
    earlier versions.
    """
    for one in find_parts(release, part):
        if shown is None or one.state is not PartState.ROLLING_BACK or one.since is None:
            continue
        if int(one.since.timestamp()) > shown:
            raise Refusal("Another rollback of ", Said(release.part_title(one)), " began ",
                          At(one.since, "day", release.planned.zone), ", after that message.",
                          code="superseded_rollback", offers=("status",))  # fmt: skip


def left_to_leave_out(release: Release) -> list[Part]:
    """What never started, where all else of it was rolled back: to roll the rest back is to leave it out."""
    states = {part.state for part in release.active_parts}
    if release.state is not State.DEPLOYING or states != {PartState.PENDING, PartState.ROLLED_BACK}:
        return []
    return [part for part in release.active_parts if part.state is PartState.PENDING]


def require_rolled_back(release: Release) -> None:
    """Raise the Refusal unless something of it was, or is being, rolled back."""
    if not rolled_back_parts(release):
        raise Refusal("Nothing of ", Said(release.title), " was rolled back.", code="not_rolled_back",
                      offers=("status",))  # fmt: skip


def explain_rollback(release: Release, why: str, parts: list[Part], *, now: datetime, by: str) -> None:
    """Say why these were rolled back, when there is time for it. A later reason takes an earlier's place."""
    require_rolled_back(release)
    if not why.strip():
        raise Refusal("Please say why it was rolled back.", code="reason_missing")
    settle_older(release)
    if all(part.back_why == why.strip() for part in parts):
        return
    for part in parts:
        part.back_why = why.strip()
    which = ("said why", _named(release, parts), " was rolled back") if len(parts) < len(release.active_parts) else ()
    said = which or ("said why it was rolled back",)
    release.happened("rollback_explained", now, by, *said, why=why.strip(), **_which(release, parts))


def rolled_back(release: Release, part: str | None = None, *, now: datetime, by: str) -> None:
    """The rollback is done: of everything being rolled back, or of the part named."""
    release.require(Move.ROLLED_BACK)
    parts = _in_state(release, part, {PartState.ROLLING_BACK}, "not being rolled back")
    for one in parts:
        one.state, one.since = PartState.ROLLED_BACK, now
    said = words("finished rolling back", _named(release, parts))
    release.happened("rolled_back", now, by, *said, **_which(release, parts))
    _derive(release, now)


def call_off(
    release: Release, part: str | None = None, attempts: Mapping[str, datetime] | None = None, *, now: datetime, by: str
) -> None:
    """It is not rolled back after all: each part, or the one named, stands as it did before its rollback began.

    `attempts`: when the last deploy of each part began, by its title, where that is on record.
    """
    release.require(Move.ROLLED_BACK, "call off the rollback of")
    parts = _in_state(release, part, {PartState.ROLLING_BACK}, "not being rolled back")
    settle_older(release)
    for one in parts:
        if one.live_at is not None:
            one.state = PartState.LIVE
        else:
            one.state = PartState.FAILED if one.failed_why else PartState.DEPLOYING
            one.since = (attempts or {}).get(release.part_title(one), one.started_at)
        one.back_why = ""
    release.happened("rollback_called_off", now, by, "called off the rollback", _of(release, parts),
                     **_which(release, parts))  # fmt: skip
    _derive(release, now)


def _in_state(release: Release, name: str | None, states: set[PartState], otherwise: str) -> list[Part]:
    found = find_parts(release, name)
    parts = [part for part in found if part.state in states]
    if not parts:
        is_not = " is " if len(found) == 1 else " are "
        why = words(listing([Said(release.part_title(part)) for part in found]), is_not, otherwise)
        raise PartsElsewhere(release, found, why, ("status",))
    return parts


def _startable(release: Release, name: str | None) -> list[Part]:
    found = find_parts(release, name)
    parts = [part for part in found if part.state in _STARTABLE]
    if not parts:
        raise PartsElsewhere(release, found, words(_stand(release, found), " already"), ("status",))
    return parts


def _stand(release: Release, parts: list[Part]) -> Words:
    """`payments 3.0 is live and web 5.1 is being deployed`."""
    said = []
    for state in dict.fromkeys(part.state for part in parts):
        titles = [Said(release.part_title(part)) for part in parts if part.state is state]
        one, more, how = _STANDS[state]
        said.append(words(listing(titles), one if len(titles) == 1 else more, how))
    return listing(said)


def _of(release: Release, parts: list[Part]) -> Words:
    """` of web 5.1`, only where the release has several parts."""
    named = _named(release, parts)
    return words(" of", named) if named else ()


def _named(release: Release, parts: list[Part]) -> Words:
    """` web 5.1`, only where the release has several parts."""
    titles = _which(release, parts).get("parts", [])
    return words(" ", listing([Said(title) for title in titles])) if titles else ()


def _which(release: Release, parts: list[Part]) -> dict[str, Any]:
    """The parts meant, for the record, where the release has several."""
    return {"parts": [release.part_title(part) for part in parts]} if len(release.parts) > 1 else {}


def _left_out(late: LateChange | None) -> dict[str, Any]:
    """The late change that nobody accepted in time, for the record."""
    return {"left_out": late.number, "left_out_of": late.asked_by} if late is not None else {}


def _derive(release: Release, now: datetime) -> None:
    """The release's state, from its parts' (the domain's rule for parts)."""
    states = {part.state for part in release.active_parts}
    if states & {PartState.DEPLOYING, PartState.FAILED}:
        release.state = State.DEPLOYING
    elif PartState.ROLLING_BACK in states:
        release.state = State.ROLLING_BACK
    elif PartState.PENDING in states:
        release.state = State.DEPLOYING
    elif PartState.LIVE in states:
        _went_live(release, now)
    else:
        release.state, release.monitoring_ends_at = State.ROLLED_BACK, None
        release.outcome, release.outcome_at = Outcome.ROLLED_BACK, now


def _went_live(release: Release, now: datetime) -> None:
    first = release.outcome is None
    if first:
        release.outcome, release.outcome_at = Outcome.LIVE, now
        planned = release.first_planned_at or release.target_at
        release.slipped = release.slipped or (release.live_since or now) > planned + SLIP
        if release.policy.monitoring:
            release.monitoring_ends_at = now + release.policy.monitoring
    watching = release.monitoring_ends_at is not None and release.monitoring_ends_at > now
    release.state = State.MONITORING if watching else State.RELEASED
    if not watching:
        release.monitoring_ends_at = None
    if first:
        said: list[Piece] = ["It is live"]
        if watching:
            said.append("; monitoring has begun")
        whole = all(part.state is PartState.LIVE for part in release.parts)
        live = {} if whole else _which(release, [one for one in release.active_parts if one.state is PartState.LIVE])
        release.happened("went_live", now, None, *said, since=release.live_since, **live)
