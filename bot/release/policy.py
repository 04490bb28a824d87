"""Describe how a service wants its releases decided: sign-offs, timeline, rights, monitoring.

A policy is data, copied into every release at creation, so that later edits never rewrite history.
The three built-in ones are here; teams' own come from YAML (bot/policy_file.py).
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal

from bot.release.errors import Refusal
from bot.release.states import Move
from bot.release.words import Said


class Cover(StrEnum):
    """A part of a release's content that a sign-off vouches for."""

    CHANGES = "changes"
    SCHEDULE = "schedule"
    ROLLBACK_PLAN = "rollback_plan"


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

    def __post_init__(self) -> None:
        if self.needs < 1:
            raise Refusal("A sign-off needs at least one go: ", Said(self.role), code="bad_policy")


@dataclass(frozen=True)
class Milestone:
    """A time relative to T: `before` T, or `working_days` before T's day at wall time `at` ("10:00")."""

    before: timedelta = timedelta(0)
    working_days: int = 0
    at: str | None = None


#: "at once" for the poll's opening.
AtOnce = Literal["at once"]


@dataclass(frozen=True)
class Policy:
    """One version of a release process. Durations are elapsed time; milestones are wall time in T's zone."""

    name: str
    version: int = 1
    sign_offs: tuple[SignOff, ...] = ()
    opens: Milestone | AtOnce = "at once"
    closes: Milestone = Milestone()
    open_at_least: timedelta = timedelta(hours=1)  # only with "at once": closes then, if T is earlier
    close: Literal["first-go", "deadline"] = "first-go"
    approval_lasts: timedelta = timedelta(hours=4)  # after T
    monitoring: timedelta = timedelta(0)
    rights: Mapping[Move, frozenset[Role]] = field(default_factory=dict)
    create: frozenset[Role] = frozenset({Role.ANYONE})
    services: tuple[str, ...] = ()
    is_default: bool = False
    status_channels: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset({"standard", "normal", "hotfix"})

    def who_may(self, move: Move) -> frozenset[Role]:
        return self.rights.get(move, LIGHT_RIGHTS[move])


def service_key(name: str) -> str:
    """The form in which service names are compared (NFKC, case-folded, single spaces)."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


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
}

_CREW_RIGHTS: Mapping[Move, frozenset[Role]] = {
    Move.HOLD: frozenset({Role.CREW, Role.ADMIN}),
    Move.ROLLBACK: frozenset({Role.CREW, Role.ADMIN}),
    Move.ROLLED_BACK: _RUN,
}

LIGHT = Policy(
    name="light",
    sign_offs=(SignOff("Go", whole_channel=True, captain_may=False, alone_may=True),),
)

TEAM = Policy(
    name="team",
    sign_offs=(SignOff("QA"), SignOff("Operations"), SignOff("Product")),
    opens=Milestone(working_days=1, at="10:00"),
    closes=Milestone(before=timedelta(minutes=30)),
    monitoring=timedelta(minutes=30),
    rights=_CREW_RIGHTS,
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
    rights=_CREW_RIGHTS,
    kinds=frozenset({"normal", "hotfix"}),
)

BUILT_IN: Mapping[str, Policy] = {policy.name: policy for policy in (LIGHT, TEAM, REGULATED)}


def staffed(policy: Policy, people: Mapping[str, frozenset[str]]) -> Policy:
    """The policy with the people (ids) of its sign-offs filled in, by role."""
    return replace(
        policy,
        sign_offs=tuple(
            replace(sign_off, people=people.get(sign_off.role, sign_off.people)) for sign_off in policy.sign_offs
        ),
    )


def to_data(policy: Policy) -> dict[str, Any]:
    """The policy as plain data for a row: the copy a release keeps."""

    def milestone(at: Milestone | AtOnce) -> Any:
        if isinstance(at, str):
            return at
        return {"before": at.before.total_seconds(), "working_days": at.working_days, "at": at.at}

    return {
        "name": policy.name,
        "version": policy.version,
        "sign_offs": [sign_off_to_data(sign_off) for sign_off in policy.sign_offs],
        "opens": milestone(policy.opens),
        "closes": milestone(policy.closes),
        "open_at_least": policy.open_at_least.total_seconds(),
        "close": policy.close,
        "approval_lasts": policy.approval_lasts.total_seconds(),
        "monitoring": policy.monitoring.total_seconds(),
        "rights": {move.value: sorted(roles) for move, roles in sorted(policy.rights.items())},
        "create": sorted(policy.create),
        "services": list(policy.services),
        "is_default": policy.is_default,
        "status_channels": list(policy.status_channels),
        "kinds": sorted(policy.kinds),
    }


def from_data(data: Mapping[str, Any]) -> Policy:
    """The inverse of `to_data`."""

    def milestone(at: Any) -> Milestone:
        return Milestone(timedelta(seconds=at["before"]), at["working_days"], at["at"])

    return Policy(
        name=data["name"],
        version=data["version"],
        sign_offs=tuple(sign_off_from_data(row) for row in data["sign_offs"]),
        opens="at once" if data["opens"] == "at once" else milestone(data["opens"]),
        closes=milestone(data["closes"]),
        open_at_least=timedelta(seconds=data["open_at_least"]),
        close=data["close"],
        approval_lasts=timedelta(seconds=data["approval_lasts"]),
        monitoring=timedelta(seconds=data["monitoring"]),
        rights={Move(move): frozenset(map(Role, roles)) for move, roles in data["rights"].items()},
        create=frozenset(map(Role, data["create"])),
        services=tuple(data["services"]),
        is_default=data["is_default"],
        status_channels=tuple(data["status_channels"]),
        kinds=frozenset(data["kinds"]),
    )


def sign_off_to_data(sign_off: SignOff) -> dict[str, Any]:
    return {
        "role": sign_off.role,
        "needs": sign_off.needs,
        "people": sorted(sign_off.people),
        "channels": sorted(sign_off.channels),
        "groups": sorted(sign_off.groups),
        "whole_channel": sign_off.whole_channel,
        "captain_may": sign_off.captain_may,
        "deployer_may": sign_off.deployer_may,
        "alone_may": sign_off.alone_may,
        "covers": sorted(sign_off.covers),
    }


def sign_off_from_data(row: Mapping[str, Any]) -> SignOff:
    return SignOff(
        role=row["role"],
        needs=row["needs"],
        people=frozenset(row["people"]),
        channels=frozenset(row["channels"]),
        groups=frozenset(row["groups"]),
        whole_channel=row["whole_channel"],
        captain_may=row["captain_may"],
        deployer_may=row["deployer_may"],
        alone_may=row["alone_may"],
        covers=frozenset(map(Cover, row["covers"])),
    )
