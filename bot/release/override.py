"""Let a release go without its go, in an emergency: what is skipped stays on record, and somebody else reviews it."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from hashlib import sha256

from bot.release.attached import Override
from bot.release.causes import Cause, causes_to_data, closed, expired, unopened
from bot.release.decision import Verdict, by_policy, causes_now, decide, lapsed_on_hold, uncounted
from bot.release.electorate import Electorate
from bot.release.errors import Refusal
from bot.release.evidence import Way, inputs
from bot.release.freeze import Freezing
from bot.release.frozen import causes as frozen
from bot.release.release import Choice, Kind, Release, Stopped
from bot.release.states import Move, State
from bot.release.words import At, Piece, Said, Who, Words, listing, words
from bot.release.workdays import add_working_days
from bot.release.zones import local

#: A review is owed within so many working days.
REVIEWED_WITHIN = 2
#: So many of what was skipped are named in a sentence.
MOST_NAMED = 6
#: Kinds of causes that are about something else.
_NO_SIGN_OFF = ("item", "check", "held", "freeze")
#: What each kind of cause is called where it was skipped; those that are said otherwise are in `_called`.
_UNANSWERED = {
    "missing": "no answer",
    "changed": "not asked about what changed",
    "nobody": "nobody may give it",
    "unconfirmed": "not confirmed",
    "condition": "condition still open",
    "condition_missed": "condition not met",
}
_WITHOUT_ROLE = {
    "unopened": "its go/no-go (not opened)",
    "expired": "the expiry of its approval",
    "confirm": "the go of this round",
    "late_change": "a late change that waits",
    "closed": "its go/no-go (closed)",
    "nobody": "its go/no-go (nobody may give it)",
}


def would_skip(release: Release, electorate: Electorate, freezing: Freezing, now: datetime) -> tuple[Cause, ...]:
    """What an override would go without now. A hold or a freeze is among it, and is no reason for one by itself.

    Raises Refusal where the state allows none, and where nothing is missing.
    """
    release.require(Move.OVERRIDE)
    missing = _missing(release, electorate)
    if not missing:
        raise _not_needed(release)
    missing = (*missing, *_freezes(release, freezing, now))
    if release.state is not State.ON_HOLD:
        return missing
    holder = release.held_by or release.captain
    held = words(Who(holder), " put it on hold: “", Said(release.held_why), "”")
    return (Cause("held", "", held, frozenset({holder}), about=holder), *missing)


def _freezes(release: Release, freezing: Freezing, now: datetime) -> tuple[Cause, ...]:
    """Those that would refuse its deploy at once, or at its planned time: they are named, or they hold."""
    found = (*frozen(release, freezing, now, at=now), *frozen(release, freezing, now))
    return tuple({cause.about: cause for cause in found}.values())


def _missing(release: Release, electorate: Electorate) -> tuple[Cause, ...]:
    if release.stage is State.APPROVED:
        return ()
    causes = causes_now(release, electorate)
    if release.kind is Kind.STANDARD:
        return causes
    if release.stage is State.SCHEDULED:
        return causes or (unopened(release),)
    if release.state is not State.STOPPED:
        return causes
    if release.stopped is Stopped.EXPIRED:
        return (expired(release), *causes)
    return causes or (closed(release),)


def _not_needed(release: Release) -> Refusal:
    """Nothing is missing: say which plain step takes it further."""
    title = Said(release.title)
    if release.state is State.ON_HOLD:
        return Refusal(title, " misses nothing but the end of its hold. Resume it.", code="nothing_to_override",
                       offers=("resume",))  # fmt: skip
    if release.kind is Kind.STANDARD:
        return Refusal(title, " is a standard release: it can be approved without a vote.",
                       code="nothing_to_override", offers=("poll",))  # fmt: skip
    return Refusal(title, " has every go it needs. Close its go/no-go.", code="nothing_to_override",
                   offers=("poll close",))  # fmt: skip


def override(release: Release, why: str, electorate: Electorate, *, freezing: Freezing, now: datetime, by: str) -> None:
    """Approve it without all that stands in the way. Its round keeps the verdict it truly had."""
    causes = would_skip(release, electorate, freezing, now)
    if not why.strip():
        raise Refusal("Please say why it cannot wait.", code="reason_missing")
    round_now = release.round
    closes = round_now is not None and round_now.closed_at is None
    if round_now is not None and closes:
        round_now.closed_at = now
    verdict, way = _true_verdict(release, electorate, now)
    record = inputs(release, electorate, verdict, now, way)
    if round_now is not None and closes:
        round_now.verdict, round_now.causes = verdict.result.value, causes_to_data(verdict.causes)
        round_now.uncounted = uncounted(release, electorate)
    named = without(causes, release)
    release.override = Override(by, now, why.strip(), as_pairs(causes))
    release.state, release.decided_at, release.slipped = State.APPROVED, now, True
    release.expires_at = max(release.target_at, now) + release.policy.approval_lasts
    release.opens_at = release.stopped = release.held_from = release.held_by = release.held_at = None
    release.stopped_said, release.held_why = (), ""
    number = round_now.number if round_now is not None else 0
    release.happened("overridden", now, by, "overrode ", *named, why=why.strip(), round=number,
                     skipped=[list(pair) for pair in as_pairs(causes)], inputs=record)  # fmt: skip
    release.happened("decided", now, by, "Go by override", result="override", round=number, inputs=record)


def _true_verdict(release: Release, electorate: Electorate, now: datetime) -> tuple[Verdict, Way]:
    """What the rule says without the override, and how it comes to it."""
    if release.kind is Kind.STANDARD:
        return by_policy(release, electorate), "standard"
    held = release.round
    if release.state is State.ON_HOLD and release.stage is State.OPEN and held is not None and held.closes_at <= now:
        return lapsed_on_hold(release, electorate), "held"
    return decide(release, electorate, now), "votes"


def as_pairs(causes: Iterable[Cause]) -> tuple[tuple[str, str], ...]:
    """What each is, for the record: its kind, and the sign-off, item or person it is about."""
    return tuple((cause.kind, cause.role or cause.about) for cause in causes)


def mark_of(causes: Iterable[Cause]) -> str:
    """Tells what was shown to whoever confirms from what stands in the way by then, whoever could change that."""
    seen = [[cause.kind, cause.role, cause.about, cause.vote.user if cause.vote else ""] for cause in causes]
    return sha256(json.dumps(seen).encode()).hexdigest()[:12]


def without(causes: Iterable[Cause], release: Release) -> Words:
    """`QA (no answer) and Security (no-go of Clara)`."""
    return listing([called(cause, release) for cause in causes], most=MOST_NAMED)


def called(cause: Cause, release: Release) -> Words:
    """`QA (no answer)`: what is skipped, and how it stands."""
    if cause.kind == "held":
        return words("the hold of ", Who(cause.about))
    if cause.kind == "item":
        return words(
            *(Said(f"“{one.text}”") for one in release.policy.checklist if one.key == cause.about), " (not done)"
        )
    if cause.kind in ("check", "freeze"):
        return cause.short or cause.said
    if not cause.role:
        return (_WITHOUT_ROLE.get(cause.kind, "its go/no-go"),)
    stands: tuple[Piece, ...] = (_UNANSWERED.get(cause.kind, "no answer"),)
    if cause.kind in ("no_go", "objected") and cause.vote is not None:
        before = " in an earlier round" if cause.kind == "objected" else ""
        stands = words("no-go of ", Who(cause.vote.user), before)
    elif cause.kind == "missing" and release.stage is State.SCHEDULED:
        stands = ("not asked yet",)
    elif cause.kind in ("missing", "nobody") and (abstained := _abstained(cause.role, release)):
        stands = words("no go; ", listing([Who(user) for user in abstained], most=3), " abstained")
    role = cause.role if len(release.sign_offs) > 1 else "the go/no-go"
    return words(Said(role), " (", stands, ")")


def _abstained(role: str, release: Release) -> list[str]:
    votes = (vote for vote in release.round_votes() if (vote.sign_off, vote.choice) == (role, Choice.ABSTAIN))
    return [vote.user for vote in votes]


def skipped_roles(release: Release) -> frozenset[str]:
    """The sign-offs that its present approval goes without, where it is one by override."""
    by = release.overridden
    if by is None:
        return frozenset()
    return frozenset(name for kind, name in by.skipped if kind not in _NO_SIGN_OFF and name)


def headline_of(by: Override, release: Release) -> Words:
    """`Ana, Tue 09:00, without QA and Security`: what stands after “Go by override — ”."""
    roles = [Said(one.role) for one in release.sign_offs if one.role in skipped_roles(release)]
    alone = len(release.sign_offs) == 1
    gone = words(", without ", listing(roles) if not alone else ("its sign-off",)) if roles else ()
    return words(Who(by.by), ", ", At(by.at, "day", release.planned.zone), gone)


# ---- the review ---------------------------------------------------------------------------------


def review_due(release: Release, now: datetime) -> date:
    """The day by which somebody else is to have looked at it."""
    zone = release.planned.zone
    return local(add_working_days(now, zone, REVIEWED_WITHIN, days_off=release.days_off), zone).date().to_stdlib()


def open_review(release: Release, review: int, due_on: date, *, now: datetime) -> None:
    """Note that a review (by its row's id) is owed."""
    release.happened("review_opened", now, None, f"A review of the override is due by {say_date(due_on)}",
                     review=review, due=due_on.isoformat())  # fmt: skip


def require_reviewer(release: Release, opened_by: str, user: str) -> None:
    """Raise the Refusal unless this person may close the review: whoever did the override may not."""
    release.require(Move.REVIEW)
    if opened_by == user:
        raise Refusal("You did this override of ", Said(release.title), " yourself, so somebody else reviews it: ",
                      "its crew or an admin.", code="close_by_another", offers=("status",))  # fmt: skip


def close_review(release: Release, review: int, opened_by: str, note: str, *, now: datetime, by: str) -> None:
    """Somebody else has looked at the override, and says what they found."""
    require_reviewer(release, opened_by, by)
    if not note.strip():
        raise Refusal("Please say what the review found.", code="reason_missing")
    release.happened("review_closed", now, by, "reviewed the override", why=note.strip(), review=review)


def say_date(day: date) -> str:
    """`Thu 3 Dec`."""
    return f"{day:%a} {day.day} {day:%b}"
