"""Hold what a release is: its parts, plan, people, poll round and votes. Moves live in the neighbouring modules.

Pure: no clock, no SQL, no Slack. Every move takes `now` and `by` and appends events; nothing returns half-done,
because a move checks everything before it changes anything.
"""

import hashlib
import json
from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from bot.release.attached import Condition, LateChange, Override, Tick
from bot.release.errors import Refusal
from bot.release.events import Event
from bot.release.policy import Cover, Policy, SignOff, service_key
from bot.release.states import INSTEAD, LEADS_TO, MOVE_WORDS, STATE_WORDS, UNSAID, Move, State, may, possible
from bot.release.when import PlannedTime
from bot.release.words import Said, Words, words

#: Where things go unless somebody says otherwise, so it is not said.
DEFAULT_ENVIRONMENT = "production"


class Kind(StrEnum):
    STANDARD = "standard"
    NORMAL = "normal"
    HOTFIX = "hotfix"


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class PartState(StrEnum):
    PENDING = "pending"
    DEPLOYING = "deploying"
    FAILED = "failed"
    LIVE = "live"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"


class Outcome(StrEnum):
    LIVE = "live"
    ROLLED_BACK = "rolled_back"
    CANCELLED = "cancelled"


class Choice(StrEnum):
    GO = "go"
    NO_GO = "no-go"
    GO_IF = "go-if"
    ABSTAIN = "abstain"


class Stopped(StrEnum):
    """Why a release is stopped."""

    NO_GO = "no-go"
    NO_DECISION = "no decision"
    EXPIRED = "approval expired"


def part_key(name: str) -> str:
    """The form in which names of parts are compared: as services', and brackets around a place do not matter."""
    return service_key(name.replace("(", " ").replace(")", " "))


@dataclass
class Part:
    """One thing that goes live: a service at a version in an environment."""

    service: str
    version: str
    environment: str = DEFAULT_ENVIRONMENT
    state: PartState = PartState.PENDING
    dropped: bool = False
    started_at: datetime | None = None  # of its first deploy, through retries and a rollback
    since: datetime | None = None  # when its present deploy or rollback began, or its rollback was done
    finished_at: datetime | None = None  # when it went live; in rows of earlier versions, when it was rolled back
    failed_why: str = ""
    back_why: str = ""  # why it was rolled back

    @property
    def live_at(self) -> datetime | None:
        """When it went live, whatever became of it; None where it never was, or where that is not known any more."""
        known = self.finished_at is not None and self.since is not None and self.finished_at <= self.since
        return self.finished_at if self.state is PartState.LIVE or known else None

    @property
    def back_at(self) -> datetime | None:
        """When its rollback was done; of one that was not rolled back it says nothing."""
        return max((at for at in (self.since, self.finished_at) if at is not None), default=None)

    @property
    def name(self) -> str:
        """Service and version, where the environment is said beside it."""
        return f"{self.service} {self.version}".strip()

    @property
    def title(self) -> str:
        """What to call it anywhere: "pay 2.14.0", or "pay 2.14.0 (staging)"."""
        return self.name if service_key(self.environment) == DEFAULT_ENVIRONMENT else self.name_and_place

    @property
    def name_and_place(self) -> str:
        return f"{self.name} ({self.environment})"

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two open releases the same: service, version, environment, as compared."""
        return (service_key(self.service), service_key(self.version), service_key(self.environment))

    @property
    def names(self) -> frozenset[str]:
        """What people may call it, as compared (see `part_key`)."""
        service, version, environment = (part_key(one) for one in self.key)
        name = f"{service} {version}"
        return frozenset({service, environment, name, f"{service} {environment}", f"{name} {environment}"})


@dataclass(frozen=True)
class Vote:
    """A person's last vote in a round, with the sign-off it counts for and the fingerprint of what it covered."""

    user: str
    choice: Choice
    at: datetime
    round: int
    sign_off: str
    fingerprint: str
    why: str = ""
    path: str = ""
    alone: bool = False  # self-approval by the only full member, recorded as such
    kept: bool = False  # said in an earlier round, and still counted
    provisional: bool = False  # counts once it is known that its voter may give it
    cast_by: str | None = None  # who gave it for `user`: a delegate, or who recorded it; None: the voter
    as_of: datetime | None = None  # of the list of members that it was checked against; None: people by name


@dataclass
class Round:
    """One go/no-go question. `closes_at` is its deadline; the clock closes it, not a job."""

    number: int
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None = None
    verdict: str | None = None  # "go" | "no_go" | "no_decision", as stored at the close
    objected: tuple[tuple[str, str], ...] = ()  # (person, sign-off): no-gos of earlier rounds that wait for an answer
    causes: list[Any] | None = None  # as plain data, of its close; None: open, or closed by an older version
    uncounted: tuple[tuple[str, str], ...] = ()  # (voter, sign-off) of votes that were not heard at its close


@dataclass
class Release:
    """The aggregate. `id` is the row's id (0 before it is stored); `number` is the 12 of REL-12."""

    workspace_id: int
    channel: str
    is_private: bool
    captain: str
    created_by: str
    created_at: datetime
    planned: PlannedTime
    policy: Policy
    parts: list[Part]
    id: int = 0
    number: int = 0
    kind: Kind = Kind.NORMAL
    risk: Risk = Risk.MEDIUM
    deployer: str | None = None
    changes: str = ""
    rollback_plan: str = ""
    state: State = State.SCHEDULED
    stopped: Stopped | None = None
    stopped_said: Words = ()
    held_from: State | None = None
    held_by: str | None = None  # and why; of what is cancelled, who cancelled it
    held_why: str = ""
    held_at: datetime | None = None  # None too where an older version put it on hold
    plan_revision: int = 1
    opens_at: datetime | None = None  # of the next round; None once it opened
    round: Round | None = None
    votes: list[Vote] = field(default_factory=list)  # of all rounds; the last one of each person and round
    decided_at: datetime | None = None
    expires_at: datetime | None = None  # of the approval
    monitoring_ends_at: datetime | None = None
    outcome: Outcome | None = None
    outcome_at: datetime | None = None
    rollback_why: str = ""  # in rows of earlier versions; each part keeps its own
    slipped: bool = False  # it had a no-go, a failure, an override, a rollback, or slipped by over an hour
    first_planned_at: datetime | None = None
    content_revision: int = 0  # counts the edits of what it vouches for
    links: str = ""  # one a line: a URL and, if any, its label
    override: Override | None = None
    conditions: list[Condition] = field(default_factory=list)
    ticks: dict[str, Tick] = field(default_factory=dict)  # by the key of the item
    escalated: frozenset[str] = frozenset()  # roles whose further people are asked too, in this round
    late: LateChange | None = None  # the one that waits for the captain
    days_off: Container[date] = field(default=(), repr=False, compare=False)  # no working days, where it lives
    events: list[Event] = field(default_factory=list)  # since it was loaded
    printed: tuple[Any, dict[Any, str]] = field(default=(None, {}), repr=False, compare=False)  # from what, and how
    counted: tuple[Any, Any] = field(default=(None, None), repr=False, compare=False)  # the same, in decision.py
    voted: tuple[Any, Any] = field(default=(None, None), repr=False, compare=False)  # and in `round_votes`

    # ---- what it is called ------------------------------------------------------------------
    @property
    def title(self) -> str:
        """What to call it anywhere; environments are named where they are not production."""
        return " + ".join(self.part_title(part) for part in self.active_parts or self.parts[:1])

    @property
    def names(self) -> str:
        """Services and versions alone, for where `environments` stands beside it."""
        return " + ".join(dict.fromkeys(part.name for part in self.active_parts or self.parts[:1]))

    @property
    def environments(self) -> str:
        return " and ".join(dict.fromkeys(part.environment for part in self.active_parts or self.parts[:1]))

    @property
    def service(self) -> str:
        return self.parts[0].service

    # ---- parts ------------------------------------------------------------------------------
    @property
    def active_parts(self) -> list[Part]:
        return [part for part in self.parts if not part.dropped]

    def part_title(self, part: Part) -> str:
        """What to call a part: with its environment also where another part has the same service and version."""
        alike = [other for other in self.parts if service_key(other.name) == service_key(part.name)]
        return part.title if len(alike) == 1 else part.name_and_place

    @property
    def attempt_at(self) -> datetime | None:
        """When the latest deploy of any part began that is still running."""
        return max((part.since for part in self.active_parts if part.state is PartState.DEPLOYING and part.since),
                   default=None)  # fmt: skip

    # ---- where it is ------------------------------------------------------------------------
    @property
    def stage(self) -> State:
        """The state, seen through a hold: where it was and will go on."""
        return self.held_from or self.state if self.state is State.ON_HOLD else self.state

    @property
    def live_since(self) -> datetime | None:
        """Since when all that is live of it is: before its outcome, where another part was left out or rolled back."""
        finished = [part.finished_at for part in self.active_parts if part.state is PartState.LIVE]
        return max((at for at in finished if at is not None), default=self.outcome_at)

    @property
    def went_live_at(self) -> datetime | None:
        """Since when all of it that went live was, whatever became of it; None where nothing did."""
        return max((at for part in self.active_parts if (at := part.live_at) is not None), default=None)

    @property
    def is_eventful(self) -> bool:
        """Whether the full retrospective is due: after trouble, a slip, or a hotfix (whose review comes afterwards)."""
        return self.slipped or self.kind is Kind.HOTFIX

    @property
    def overridden(self) -> Override | None:
        """The override by which it was decided; None where its go was given, or is asked for anew since."""
        return self.override if self.override is not None and self.override.at == self.decided_at else None

    # ---- the plan ---------------------------------------------------------------------------
    @property
    def target_at(self) -> datetime:
        return self.planned.at

    def content(self, covers: Iterable[Cover]) -> dict[str, Any]:
        """What the sign-offs vouch for, as plain data.

        Votes are compared by it for months: what a release does not have (links, a checklist) is not in it.
        """
        links = [self.links] if self.links else []
        all_parts: dict[Cover, Any] = {
            Cover.CHANGES: [self.changes, [list(part.key) for part in self.parts], self.risk.value, *links],
            Cover.SCHEDULE: self.planned.at.isoformat(),
            Cover.ROLLBACK_PLAN: self.rollback_plan,
        }
        if self.policy.checklist:
            all_parts[Cover.CHECKLIST] = [[one.key, one.text, self._undone(one.key)] for one in self.policy.checklist]
        return {cover.value: all_parts[cover] for cover in sorted(covers) if cover in all_parts}

    def vouched_for(self) -> tuple[Any, ...]:
        """All that `content` is made from, to see whether it has changed: made and compared in a moment."""
        parts = [(part.service, part.version, part.environment) for part in self.parts]
        undone = [self._undone(one.key) for one in self.policy.checklist]
        return self.changes, parts, self.risk, self.links, self.planned, self.rollback_plan, self.policy, undone

    def _undone(self, item: str) -> int:
        """How often a tick of the item was taken back."""
        return self.ticks[item].undone if item in self.ticks else 0

    def fingerprint(self, covers: Iterable[Cover]) -> str:
        """A short hash of the covered content; dropping a part leaves it as it was."""
        of, covered = self.vouched_for(), frozenset(covers)
        if of != self.printed[0]:
            self.printed = of, {}
        if (known := self.printed[1].get(covered)) is None:
            data = json.dumps(self.content(covered), sort_keys=True, ensure_ascii=False)
            known = self.printed[1][covered] = hashlib.sha256(data.encode()).hexdigest()[:12]
        return known

    # ---- votes ------------------------------------------------------------------------------
    @property
    def sign_offs(self) -> tuple[SignOff, ...]:
        return self.policy.sign_offs

    def sign_off(self, role: str) -> SignOff | None:
        return next((sign_off for sign_off in self.sign_offs if sign_off.role == role), None)

    def round_votes(self) -> list[Vote]:
        """The votes of the current round, in the order they were given."""
        of = self.round.number if self.round else 0, tuple(self.votes)
        if of != self.voted[0]:
            self.voted = of, sorted((vote for vote in self.votes if vote.round == of[0]), key=lambda vote: vote.at)
        return list(self.voted[1])

    def stands(self, vote: Vote) -> bool:
        """Whether what the vote covered is still what it was."""
        return bool(self.standing([vote]))

    def standing(self, votes: Iterable[Vote]) -> list[Vote]:
        """Those of them that cover what still is."""
        prints = {sign_off.role: self.fingerprint(sign_off.covers) for sign_off in self.sign_offs}
        return [vote for vote in votes if vote.fingerprint == prints.get(vote.sign_off, "")]

    # ---- moving -----------------------------------------------------------------------------
    @property
    def possible(self) -> tuple[Move, ...]:
        """What people can ask of it now, in the table's order; to drop its only part is to cancel it."""
        return tuple(move for move in possible(self.state) if self._has_use(move))

    def _has_use(self, move: Move) -> bool:
        """Whether what the state allows can be done to any part, or, on hold, to a go/no-go that is open."""
        if move is Move.VOTE:
            return self.stage is State.OPEN
        if move is Move.RECORD_GO:
            return self.stage is State.OPEN and any(one.recorded for one in self.sign_offs)
        if move in UNSAID:
            return False
        if move is Move.DROP and len(self.active_parts) == 1:
            return False
        wanted = _PARTS_FOR.get(move)
        return wanted is None or any(part.state in wanted for part in self.active_parts)

    def allows(self, move: Move) -> bool:
        """Whether the table allows it in this state; of what is being rolled back, something has to be left."""
        return may(self.state, move) and (self.state is not State.ROLLING_BACK or move in UNSAID or self._has_use(move))

    def require(self, move: Move, called: str = "") -> None:
        """Raise the Refusal that fits unless it is allowed in this state. `called`: other words for it."""
        if not self.allows(move):
            from_here = ", ".join("go, no-go" if able is Move.VOTE else able.value for able in self.possible)
            then, offers = ((f" Possible now: {from_here}.",), ("resume", "why")) if from_here else ((), ())
            if move is Move.VOTE and Move.ROLLBACK in self.possible:  # a no-go that is late
                then, offers = (" If something is wrong, roll it back.",), ("rollback", "why")
            then, offers = INSTEAD.get((move, self.state), (then, offers))
            raise Refusal(
                "You can't ", called or MOVE_WORDS[move], " ", Said(self.title), ": it is ", STATE_WORDS[self.state],
                " already." if LEADS_TO.get(move) is self.state else ".", then,
                code=f"not_{move.name.lower()}_in_{self.state.value}", offers=offers,
            )  # fmt: skip

    def happened(self, name: str, now: datetime, by: str | None, *said: Any, why: str = "", whose: str | None = None,
                 **details: Any) -> None:  # fmt: skip
        """Append an event. Instants among the details become ISO text, since details are stored and hashed.

        `whose`: the person whose words it quotes, where that is not `by`.
        """
        plain = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in details.items()}
        self.events.append(Event(name=name, at=now, by=by, said=words(*said), why=why, details=plain, whose=whose))

    def replace_policy_sign_offs(self, sign_offs: tuple[SignOff, ...]) -> None:
        """Give this release its own sign-offs (the captain may add, never remove)."""
        self.policy = replace(self.policy, sign_offs=sign_offs)


_NOT_RUNNING = frozenset({PartState.PENDING, PartState.FAILED})
_RUNNING = frozenset({PartState.DEPLOYING})
#: What is done to parts, and to those in which states.
_PARTS_FOR = {
    Move.DEPLOY_START: _NOT_RUNNING,
    Move.DEPLOY_DONE: _RUNNING,
    Move.DEPLOY_FAIL: _RUNNING,
    Move.DROP: _NOT_RUNNING,
    Move.ROLLBACK: frozenset({PartState.LIVE, PartState.DEPLOYING, PartState.FAILED}),
    Move.ROLLED_BACK: frozenset({PartState.ROLLING_BACK}),
}
