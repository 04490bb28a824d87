"""Say what stands in the way of a go: one cause for each thing, who can change it, and how.

This is the wording alone; what is in the way, decision.py finds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.release.policy import SignOff
from bot.release.release import Choice, Kind, Release, Vote
from bot.release.states import State
from bot.release.words import At, Piece, Said, Who, Words, at_beside, from_data, listing, to_data, words

#: What a line about a cause begins with, by its kind.
MARKS: Mapping[str, str] = {
    "no_go": "🛑 ", "missing": "⏳ ", "changed": "⏳ ", "objected": "⏳ ", "confirm": "⏳ ", "nobody": "⚠️ ",
    "unrecorded": "⏳ ", "condition": "⏳ ", "condition_missed": "⏳ ", "unconfirmed": "⏳ ", "late_change": "✋ ",
    "item": "☐ ", "check": "⛔ ", "freeze": "❄️ ", "unopened": "🔵 ", "on_hold": "⏸️ ", "held": "⌛ ", "expired": "⌛ ",
    "unasked": "⚪ ", "closed": "⚪ ",
}  # fmt: skip
#: Where more people than this could change it, their number is said.
MOST_NAMES = 4


@dataclass(frozen=True)
class Fix:
    """A verb that changes a cause, with what its button carries."""

    verb: str
    label: str = ""
    data: tuple[tuple[str, str | int], ...] = ()


#: What those do whose answer is missing, and those who wait for it.
_ANSWER = (Fix("go"), Fix("remind"))
#: What gives a closed round another chance.
_AGAIN = (Fix("poll"), Fix("reschedule"))


@dataclass(frozen=True)
class Cause:
    """One reason why it is not go, and who can change that (ids).

    `kind` is "missing" (has not answered), "no_go", "condition" (a go that depends on something), "changed" (voted on
    something else), "objected" (said no-go before, and was asked again), "confirm" (only kept votes), "nobody" (no one
    is left who may), "unrecorded" (said outside Slack, if at all), "unopened", "unasked" (passed unseen), "on_hold",
    "held" (due while on hold), "expired", "closed";
    "condition_missed", "unconfirmed" (provisional votes), "late_change" (waits for the captain), "item" (mandatory, not
    ticked), "check" (see Check) and "freeze" (in the way of the deploy, not of the go).
    `short`: what to say after “No-go — ”. `fixes`: what changes it. `about`: the condition's or freeze's number, the
    item's key.
    """

    kind: str
    role: str
    said: Words
    who_can: frozenset[str]
    since: datetime | None = None
    vote: Vote | None = None
    short: Words = ()
    fixes: tuple[Fix, ...] = ()
    about: str = ""


@dataclass(frozen=True)
class Check:
    """Something outside of the release that keeps it from going, such as a lock. `key` tells one from another."""

    key: str
    said: Words
    who_can: frozenset[str]
    since: datetime | None = None
    fixes: tuple[Fix, ...] = ()


def explain(cause: Cause, *, over: bool = False) -> Words:
    """The one line about it, with who can change it: a no-go is lifted by whoever said it alone.

    `over`: its round has closed, so nobody can answer any more.
    """
    whose: Words = ()
    if cause.kind == "no_go" and not over:
        whose = words(
            ". Only ", listing([Who(user) for user in sorted(cause.who_can)], last=" or "), " can change that."
        )
    elif cause.kind == "missing" and not over:
        whose = words(" (", _can_answer(cause.who_can), ")")
    return words(MARKS.get(cause.kind, "• "), cause.said, whose)


def causes_to_data(causes: Iterable[Cause]) -> list[Any]:
    """As plain data for a row, without the votes, which are stored anyway."""
    return [
        {
            "kind": cause.kind,
            "role": cause.role,
            "said": to_data(cause.said),
            "who_can": sorted(cause.who_can),
            "since": cause.since.isoformat() if cause.since else None,
            "short": to_data(cause.short),
            "fixes": [[fix.verb, fix.label, [list(pair) for pair in fix.data]] for fix in cause.fixes],
            "about": cause.about,
        }
        for cause in causes
    ]


def causes_from_data(rows: Iterable[Any]) -> tuple[Cause, ...]:
    """The inverse of `causes_to_data`."""
    return tuple(
        Cause(
            kind=row["kind"],
            role=row["role"],
            said=from_data(row["said"]),
            who_can=frozenset(row["who_can"]),
            since=datetime.fromisoformat(row["since"]) if row["since"] else None,
            short=from_data(row["short"]),
            fixes=tuple(Fix(verb, label, tuple((key, value) for key, value in data))
                        for verb, label, data in row["fixes"]),
            about=row["about"],
        )
        for row in rows
    )  # fmt: skip


@dataclass(frozen=True)
class Tally:
    """How one sign-off stands: valid votes by what they say, and who may give it."""

    sign_off: SignOff
    gos: tuple[Vote, ...]
    no_gos: tuple[Vote, ...]
    conditions: tuple[Vote, ...]
    abstained: tuple[Vote, ...]
    reopened: tuple[Vote, ...]  # given for a content that has changed since
    givers: frozenset[str]
    waiting_for: frozenset[str]  # who has not answered yet, for this or another sign-off, and may
    missed: tuple[Vote, ...] = ()  # depended on something that was not done in time
    unconfirmed: tuple[Vote, ...] = ()  # go, once it is known that its voter may give it

    @property
    def missing(self) -> int:
        return max(0, self.sign_off.needs - len(self.gos))

    @property
    def lacks(self) -> int:
        """How many would still be missing if every open condition were met, and every voter confirmed."""
        return max(0, self.missing - len(self.conditions) - len(self.unconfirmed))


def objection(user: str, role: str, release: Release) -> Cause:
    said_it = [vote for vote in release.votes if vote.user == user and vote.choice in (Choice.NO_GO, Choice.GO_IF)]
    last = max(said_it, key=lambda vote: vote.round, default=None)
    why = words(" (“", Said(last.why), "”)") if last is not None and last.why else ()
    before = " said go if before" if last is not None and last.choice is Choice.GO_IF else " said no-go before"
    said = words(of_role(role, release), Who(user), before, why, " and has not answered since")
    since = last.at if last else _asked_at(release)
    return Cause("objected", role, said, frozenset({user}), since, last, fixes=(Fix("go"), Fix("no-go")))


def only_kept(release: Release, rows: list[Tally]) -> tuple[Cause, ...]:
    """A round whose go votes are all from earlier ones: one of them, or another, has to be given anew."""
    fresh = any(not vote.kept for row in rows for vote in row.gos)
    if release.round is None or release.round.number == 1 or fresh:
        return ()
    people = frozenset(user for row in rows for user in row.givers)
    voters = frozenset(vote.user for row in rows for vote in row.gos)
    able = _can_answer(voters or people)
    said = words("The go of the last round counts again once somebody confirms it (", able, ")")
    return (Cause("confirm", "", said, people, _asked_at(release), fixes=(Fix("go"),)),)


def on_hold(release: Release) -> Cause:
    """Its clock stands still."""
    able: list[Piece] = [Who(user) for user in sorted({release.captain, release.held_by or release.captain})]
    said = words("On hold — ", Who(release.held_by or release.captain), ": “", Said(release.held_why), "”. ",
                 listing([*able, "an admin"], last=" or "), " can resume it.")  # fmt: skip
    who_can = frozenset({release.captain, release.held_by or release.captain})
    return Cause("on_hold", "", said, who_can, release.held_at, fixes=(Fix("resume"),))


def passed_on_hold(release: Release, closes_at: datetime) -> Cause:
    """The deadline passed while nothing could be decided."""
    said = words("The go/no-go was due at ", At(closes_at, "time", release.planned.zone), ", while it was on hold")
    return Cause("held", "", said, frozenset({release.captain}), closes_at)


def passed_meanwhile(release: Release, now: datetime) -> tuple[Cause, ...]:
    """What a release on hold meets when it is resumed: a deadline or an expiry that has passed."""
    if release.held_from is State.OPEN and release.round is not None and release.round.closes_at <= now:
        return (passed_on_hold(release, release.round.closes_at),)
    passed = release.held_from is State.APPROVED and release.expires_at is not None and release.expires_at <= now
    return (expired(release),) if passed else ()


def unasked(release: Release, opened: datetime, closes: datetime) -> Cause:
    """The whole window passed while nobody could be told, as when the bot was down."""
    zone = release.planned.zone
    said = words("Nobody could be asked: its go/no-go was due from ", At(opened, "day", zone), " until ",
                 At(closes, "day", zone), ", and passed unseen")  # fmt: skip
    return Cause("unasked", "", said, frozenset({release.captain}), closes, short=_lower(said), fixes=_AGAIN)


def of_row(row: Tally, release: Release) -> list[Cause]:
    role = row.sign_off.role
    causes = []
    for vote in row.no_gos:
        said = words(of_role(role, release), said_by(vote), " said no-go at ", _when(vote.at, release), ": “",
                     Said(vote.why), "”")  # fmt: skip
        who = words(role, " (", said_by(vote), ")") if len(release.sign_offs) > 1 else said_by(vote)
        short = words(who, ": “", Said(vote.why), "”")
        lifts = (Fix("go", "Change to go"),)
        lifters = frozenset({vote.user, vote.cast_by or vote.user})
        causes.append(Cause("no_go", role, said, lifters, vote.at, vote, short, lifts))
    causes += [_unconfirmed(vote, release) for vote in row.unconfirmed if row.missing]
    if not row.lacks or row.lacks <= len(row.missed):  # who said go if answers again: conditions.py says so
        return causes
    if row.reopened and row.waiting_for:
        voters = listing([Who(vote.user) for vote in row.reopened])
        its = "the plan" if len(release.sign_offs) > 1 else "The plan"
        said = words(of_role(role, release), its, " changed after ", voters, " voted; please look again")
        after = max(vote.at for vote in row.reopened)  # no earlier: when it changed is not known here
        causes.append(Cause("changed", role, said, row.waiting_for, after, None, _lower(said), _ANSWER))
    elif row.waiting_for:
        said = words(_count(row, release))
        causes.append(Cause("missing", role, said, row.waiting_for, _asked_at(release), None, _lower(said), _ANSWER))
    elif row.sign_off.recorded:
        said = words(_count(row, release), "; ", Who(release.captain), " can record it once they have said it")
        record = (Fix("go-for"),)
        causes.append(Cause("unrecorded", role, said, frozenset({release.captain}), _asked_at(release), None,
                            (_count(row, release),), record))  # fmt: skip
    elif not causes:
        changeable = frozenset(vote.user for vote in row.abstained)
        nobody = ", and nobody is left who may give it"
        abstained = words(", and ", listing([Who(user) for user in sorted(changeable)], most=4), " abstained")
        said = words(_count(row, release), abstained if changeable else nobody)
        who_can = frozenset({release.captain}) | changeable
        ways = (Fix("go"), Fix("captain"), Fix("take-over"))  # whoever leads it may be all who are left
        causes.append(Cause("nobody", role, said, who_can, _asked_at(release), fixes=ways))
    return causes


def said_by(vote: Vote) -> Words:
    """`Bo`, or `Eve for Bo`."""
    return (Who(vote.user),) if vote.cast_by is None else words(Who(vote.cast_by), " for ", Who(vote.user))


def _unconfirmed(vote: Vote, release: Release) -> Cause:
    for_it = f" for {vote.sign_off}" if len(release.sign_offs) > 1 else ""
    since = words(" since ", At(vote.as_of, "day", release.planned.zone)) if vote.as_of is not None else ()
    said = words(of_role(vote.sign_off, release), Who(vote.user), " said go, which counts as soon as Slack confirms "
                 f"that they may answer{for_it}; it could not be asked", since)  # fmt: skip
    short = words(of_role(vote.sign_off, release).replace(" — ", ": "), "Slack could not confirm the go of ",
                  Who(vote.user))  # fmt: skip
    again = (Fix("go", "Try again"),)
    return Cause("unconfirmed", vote.sign_off, said, frozenset({vote.user}), vote.at, vote, short, again)


def _asked_at(release: Release) -> datetime | None:
    return release.round.opened_at if release.round is not None else None


def _when(at: datetime, release: Release) -> At:
    """With its day where the round was opened on another."""
    zone, opened = release.planned.zone, _asked_at(release)
    return At(at, "day", zone) if opened is None else at_beside(at, opened, zone)


def of_role(role: str, release: Release) -> str:
    """Whose matter it is; where there is one sign-off only, everybody knows."""
    return f"{role} — " if len(release.sign_offs) > 1 else ""


def _lower(said: Words) -> Words:
    """As it reads after a dash; a role keeps its capital."""
    first = said[0] if said else ""
    own_words = isinstance(first, str) and first.startswith(("Nobody", "The"))
    return (first[:1].lower() + first[1:], *said[1:]) if own_words and isinstance(first, str) else said


def _count(row: Tally, release: Release) -> str:
    role = row.sign_off.role if len(release.sign_offs) > 1 else "The go/no-go"
    if row.lacks == row.sign_off.needs == 1:
        return f"{role} has not answered" if len(release.sign_offs) > 1 else "Nobody has said go yet"
    return f"{role} needs {row.lacks} more go"


def _can_answer(people: frozenset[str]) -> Words:
    names = sorted(people)
    if len(names) > MOST_NAMES:
        return (f"{len(names)} people can answer",)
    return words(listing([Who(name) for name in names], last=" or "), " can answer")


def unopened(release: Release) -> Cause:
    if release.state is State.ON_HOLD:
        said = words("Its go/no-go opens once it is resumed, at its time")
        return Cause("unopened", "", said, frozenset({release.captain}), release.opens_at)
    what = "It is approved without a vote at " if release.kind is Kind.STANDARD else "Its go/no-go opens at "
    when = words(At(release.opens_at, "day", release.planned.zone)) if release.opens_at else ("its time",)
    opens = (Fix("poll"),)
    return Cause("unopened", "", words(what, when), frozenset({release.captain}), release.opens_at, fixes=opens)


def expired(release: Release) -> Cause:
    when = words(" at ", At(release.expires_at, "day", release.planned.zone)) if release.expires_at else ()
    said = words("Its approval expired", when)
    return Cause("expired", "", said, frozenset({release.captain}), release.expires_at, fixes=_AGAIN)


def closed(release: Release) -> Cause:
    """Nothing is missing any more, but the round had closed by then."""
    said = release.stopped_said or words("Its go/no-go closed before everything was there")
    since = release.round.closed_at if release.round else None
    return Cause("closed", "", said, frozenset({release.captain}), since, fixes=_AGAIN)
