"""Describe how a service wants its releases decided: sign-offs, timeline, rights, monitoring.

A policy is data, copied into every release at creation, so that later edits never rewrite history.
The three built-in ones are here; teams' own come from YAML (bot/policy_file.py).
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from bot.release.errors import Refusal
from bot.release.states import Move
from bot.release.words import Code, Said, listing, words


class Cover(StrEnum):
    """A part of a release's content that a sign-off vouches for."""

    CHANGES = "changes"
    SCHEDULE = "schedule"
    ROLLBACK_PLAN = "rollback_plan"
    CHECKLIST = "checklist"


class Role(StrEnum):
    """Whom a policy may name for a verb."""

    ANYONE = "anyone"  # full members of the channel the release lives in
    CREW = "crew"  # captain, deployer, eligible approvers, members of the channel
    APPROVER = "approver"
    DEPLOYER = "deployer"
    CAPTAIN = "captain"
    HOLDER = "holder"  # whoever put it on hold
    ADMIN = "admin"


@dataclass(frozen=True)
class Escalation:
    """Whom else to ask, by id, when a sign-off is still missing `after_opening` or `before_close` of the go/no-go."""

    after_opening: timedelta | None = None
    before_close: timedelta | None = None
    people: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SignOff:
    """A role that must say go: `needs` votes out of those it names. Nobody named means nobody may.

    `whole_channel` names the full members of the release's channel. Ids only, never names.
    """

    role: str
    needs: int = 1
    people: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    whole_channel: bool = False
    captain_may: bool = True
    deployer_may: bool = True
    alone_may: bool = False  # the captain may, when a complete fresh list shows no other full member
    covers: frozenset[Cover] = frozenset({Cover.CHANGES, Cover.ROLLBACK_PLAN})
    outside: frozenset[str] = frozenset()  # people of other workspaces, in a shared channel, who may give it too
    recorded: int = 0  # how many gos of people who are not in Slack the captain may record
    delegates: bool = False  # whether somebody who is away may name who gives it for them
    escalation: Escalation | None = None

    @property
    def separates(self) -> bool:
        """Whether it separates duties: neither who leads the release nor who deploys it may give it."""
        return not self.captain_may and not self.deployer_may

    def __post_init__(self) -> None:
        if self.needs < 1:
            raise Refusal("A sign-off needs at least one go: ", Said(self.role), code="bad_policy")


@dataclass(frozen=True)
class Milestone:
    """A time relative to T: `before` T, or `working_days` before T's day at wall time `at` ("10:00").

    Both are negative after T.
    """

    before: timedelta = timedelta(0)
    working_days: int = 0
    at: str | None = None


@dataclass(frozen=True)
class Item:
    """A line of the checklist. `owner` are ids of people; the captain where it is empty."""

    key: str
    text: str
    owner: frozenset[str] = frozenset()
    mandatory: bool = True


#: What happens at a step of the timeline.
Do = Literal["post", "broadcast", "remind", "prompt"]


@dataclass(frozen=True)
class Step:
    """A milestone of the timeline: at that time do that, and `say` these words.

    `post` says them in the release's thread; `broadcast` in its channel, where `to` names no others; `remind` tells
    people in person, and `prompt` asks them whether it is done until it is. `to`: see WHOM and WHERE, or ids.
    """

    key: str
    at: Milestone
    do: Do
    say: str
    to: frozenset[str] = frozenset()

    @property
    def is_asked(self) -> bool:
        """Whether somebody has to say that it is done."""
        return self.do == "prompt"


#: Whom a step may name besides ids of people, and where it may be told besides ids of channels.
WHOM, WHERE = ("captain", "deployer", "approvers"), ("channel", "status channels")

#: "at once" for the poll's opening.
AtOnce = Literal["at once"]
Close = Literal["first-go", "deadline"]


@dataclass(frozen=True)
class Lane:
    """What a policy does otherwise for one kind of release; None leaves it as it is."""

    sign_offs: tuple[SignOff, ...] | None = None
    opens: Milestone | AtOnce | None = None
    closes: Milestone | None = None
    open_at_least: timedelta | None = None
    close: Close | None = None
    approval_lasts: timedelta | None = None
    monitoring: timedelta | None = None
    checklist: tuple[Item, ...] | None = None
    code_cut_off: Milestone | None = None
    nudges: tuple[timedelta, ...] | None = None
    timeline: tuple[Step, ...] | None = None
    freeze_exception: bool | None = None


#: Where a policy says nothing else: releases of a service in an environment keep so far apart, and so many of a day
#: are as many as people can follow.
CLASH_DISTANCE, RELEASES_A_DAY = timedelta(hours=1), 5


@dataclass(frozen=True)
class Policy:
    """One version of a release process. Durations are elapsed time; milestones are wall time in T's zone."""

    name: str
    version: int = 1
    sign_offs: tuple[SignOff, ...] = ()
    opens: Milestone | AtOnce = "at once"
    closes: Milestone = Milestone()
    open_at_least: timedelta = timedelta(hours=1)  # only with "at once": closes then, if T is earlier
    close: Close = "first-go"
    approval_lasts: timedelta = timedelta(hours=4)  # after T
    monitoring: timedelta = timedelta(0)
    rights: Mapping[Move, frozenset[Role]] = field(default_factory=dict)
    create: frozenset[Role] = frozenset({Role.ANYONE})
    services: tuple[str, ...] = ()
    is_default: bool = False
    status_channels: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset({"standard", "normal", "hotfix"})  # those allowed
    lanes: Mapping[str, Lane] = field(default_factory=dict)  # by kind
    checklist: tuple[Item, ...] = ()
    code_cut_off: Milestone | None = None  # after it, a change of the content is a late change
    nudges: tuple[timedelta, ...] = ()  # before the deadline, to whoever has not answered
    timeline: tuple[Step, ...] = ()
    freeze_exception: bool = False
    open_review_blocks: bool = False  # whether an override waits for the review of the one before it
    clash_distance: timedelta = CLASH_DISTANCE  # nearer ones of its service and environment are warned of
    releases_a_day: int = RELEASES_A_DAY  # from so many others of a day on, it is warned of

    def who_may(self, move: Move) -> frozenset[Role]:
        return self.rights.get(move, LIGHT_RIGHTS[move])


@lru_cache(4096)
def service_key(name: str) -> str:
    """The form in which service names are compared (NFKC, case-folded, single spaces)."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def item_key(text: str) -> str:
    """What an item of a checklist is known by as long as its text stays; capitals and spaces do not matter."""
    return hashlib.sha256(service_key(text).encode()).hexdigest()[:8]


def steps(*given: tuple[Milestone, Do, str, frozenset[str]]) -> tuple[Step, ...]:
    """Steps with their keys: one is known by what it does and says, so that it stays itself at another time."""
    seen: dict[str, int] = {}
    made = []
    for at, do, say, to in given:
        key = item_key(f"{do} {say}")
        seen[key] = seen.get(key, 0) + 1
        made.append(Step(key if seen[key] == 1 else f"{key}-{seen[key]}", at, do, say, to))
    return tuple(made)


_EDIT = frozenset({Role.CAPTAIN, Role.ADMIN})
_RUN = frozenset({Role.CAPTAIN, Role.DEPLOYER, Role.ADMIN})
_ALL = frozenset({Role.ANYONE, Role.CAPTAIN, Role.DEPLOYER, Role.ADMIN})

#: Under *light*: the channel's full members vote, hold and roll back; captain or an admin edits; they or
#: whoever held it resume; they or the deployer start and finish.
LIGHT_RIGHTS: Mapping[Move, frozenset[Role]] = {
    Move.POLL: _EDIT,
    Move.POLL_CLOSE: _EDIT,
    Move.EXTEND: _EDIT,
    Move.VOTE: frozenset({Role.APPROVER}),
    Move.HOLD: _ALL,
    Move.RESUME: _EDIT | {Role.HOLDER},
    Move.RESCHEDULE: _EDIT,
    Move.TAKE_OVER: frozenset({Role.CREW, Role.ADMIN}),
    Move.DEPLOY_START: _RUN,
    Move.DEPLOY_DONE: _RUN,
    Move.DEPLOY_FAIL: _RUN,
    Move.DROP: _EDIT,
    Move.ROLLBACK: _ALL,
    Move.ROLLED_BACK: _ALL,
    Move.CANCEL: _EDIT,
    Move.RETRO: frozenset({Role.CREW, Role.ADMIN}),
    Move.EDIT: _EDIT,
    Move.LATE: _EDIT,
    Move.CONDITION: frozenset({Role.CAPTAIN}),  # and whoever owns it
    Move.TICK: frozenset({Role.CAPTAIN}),  # and whoever owns the item
    Move.ADD_SIGN_OFF: _EDIT,
    Move.RECORD_GO: _EDIT,
    Move.REAPPLY: _EDIT,
    Move.OVERRIDE: frozenset({Role.ADMIN}),
    Move.REVIEW: frozenset({Role.CREW, Role.ADMIN}),
}

_CREW_RIGHTS: Mapping[Move, frozenset[Role]] = {
    Move.HOLD: frozenset({Role.CREW, Role.ADMIN}),
    Move.ROLLBACK: frozenset({Role.CREW, Role.ADMIN}),
    Move.ROLLED_BACK: _RUN,
}

#: What a sign-off is called where it is the only one, and nobody has given it a name.
UNNAMED = "Sign-off"

LIGHT = Policy(
    name="light",
    sign_offs=(SignOff(UNNAMED, whole_channel=True, captain_may=False, alone_may=True),),
)

TEAM = Policy(
    name="team",
    sign_offs=(SignOff("QA"), SignOff("Operations"), SignOff("Product")),
    opens=Milestone(working_days=1, at="10:00"),
    closes=Milestone(before=timedelta(minutes=30)),
    monitoring=timedelta(minutes=30),
    rights=_CREW_RIGHTS,
    lanes={
        "hotfix": Lane(sign_offs=(SignOff("Operations"),), opens="at once", closes=Milestone(), freeze_exception=True)
    },
)

_EVERYTHING = frozenset(Cover)

REGULATED = Policy(
    name="regulated",
    sign_offs=tuple(
        SignOff(role, captain_may=False, deployer_may=False, covers=_EVERYTHING)
        for role in ("QA", "Security", "Operations", "Product")
    ),
    opens=Milestone(working_days=2, at="10:00"),
    closes=Milestone(before=timedelta(hours=1)),
    close="deadline",
    monitoring=timedelta(hours=1),
    open_review_blocks=True,
    nudges=(timedelta(hours=2), timedelta(minutes=30)),
    timeline=steps(
        (
            Milestone(working_days=3, at="10:00"),
            "prompt",
            "What's in it and the rollback plan are complete",
            frozenset({"captain"}),
        ),
    ),
    rights=_CREW_RIGHTS,
    kinds=frozenset({"normal", "hotfix"}),
    lanes={
        "hotfix": Lane(
            sign_offs=tuple(
                SignOff(role, captain_may=False, deployer_may=False, covers=_EVERYTHING)
                for role in ("Security", "Operations")
            ),
            opens="at once",
            closes=Milestone(),
            close="first-go",
            timeline=(),
            freeze_exception=True,
        )
    },
)

BUILT_IN: Mapping[str, Policy] = {policy.name: policy for policy in (LIGHT, TEAM, REGULATED)}


def staffed(policy: Policy, people: Mapping[str, frozenset[str]]) -> Policy:
    """The policy with the people (ids) of its sign-offs filled in, by role, in every lane."""

    def fill(sign_offs: tuple[SignOff, ...]) -> tuple[SignOff, ...]:
        return tuple(replace(sign_off, people=people.get(sign_off.role, sign_off.people)) for sign_off in sign_offs)

    lanes = {
        kind: lane if lane.sign_offs is None else replace(lane, sign_offs=fill(lane.sign_offs))
        for kind, lane in policy.lanes.items()
    }
    return replace(policy, sign_offs=fill(policy.sign_offs), lanes=lanes)


def for_kind(policy: Policy, kind: str) -> Policy:
    """The policy as it is for releases of this kind: its lane, if it has one, taken. Raises Refusal if not allowed."""
    if kind not in policy.kinds:
        allowed = listing([(one,) for one in sorted(policy.kinds)], last=" or ")
        raise Refusal("The ", Said(policy.name), f" policy has no {kind} releases. It allows ", allowed, ".",
                      code="kind_not_allowed")  # fmt: skip
    lane = policy.lanes.get(kind)
    if lane is None:
        return policy
    rest = {other: taken for other, taken in policy.lanes.items() if other != kind}
    changes = {one.name: value for one in fields(Lane) if (value := getattr(lane, one.name)) is not None}
    return replace(policy, lanes=rest, **changes)


def unknown_service(name: str, known: Iterable[str]) -> Refusal:
    """The no to a service that no policy names, with those that may have been meant."""
    by_key = {service_key(service): service for service in known}
    close = get_close_matches(service_key(name)[:60], by_key, n=3, cutoff=0.6)
    meant = words(" Did you mean ", listing([Said(by_key[key]) for key in close], last=" or "), "?") if close else ()
    return Refusal("No policy names the service ", Said(name), ".", meant, " An admin can add it to a policy, or set ",
                   Code("default: true"), " in one.", code="unknown_service")  # fmt: skip
