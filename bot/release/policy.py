"""Describe how a service wants its releases decided: sign-offs, timeline, rights, monitoring.

A policy is data, copied into every release at creation, so that later edits never rewrite history.
The three built-in ones are here; teams' own come from YAML (bot/policy_file.py).
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Literal

from bot.release.errors import Refusal
from bot.release.states import Move
from bot.release.words import Code, Said, listing, words


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

    @property
    def separates(self) -> bool:
        """Whether it separates duties: neither who leads the release nor who deploys it may give it."""
        return not self.captain_may and not self.deployer_may

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
    sign_offs=(SignOff("Sign-off", whole_channel=True, captain_may=False, alone_may=True),),
)

TEAM = Policy(
    name="team",
    sign_offs=(SignOff("QA"), SignOff("Operations"), SignOff("Product")),
    opens=Milestone(working_days=1, at="10:00"),
    closes=Milestone(before=timedelta(minutes=30)),
    monitoring=timedelta(minutes=30),
    rights=_CREW_RIGHTS,
    lanes={"hotfix": Lane(sign_offs=(SignOff("Operations"),), opens="at once", closes=Milestone())},
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
    lanes={
        "hotfix": Lane(
            sign_offs=tuple(
                SignOff(role, captain_may=False, deployer_may=False, covers=_EVERYTHING)
                for role in ("Security", "Operations")
            ),
            opens="at once",
            closes=Milestone(),
            close="first-go",
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


def to_data(policy: Policy) -> dict[str, Any]:
    """The policy as plain data for a row: the copy a release keeps."""
    return {
        "name": policy.name,
        "version": policy.version,
        **_process_to_data(policy),
        "rights": {move.value: sorted(roles) for move, roles in sorted(policy.rights.items())},
        "create": sorted(policy.create),
        "services": list(policy.services),
        "is_default": policy.is_default,
        "status_channels": list(policy.status_channels),
        "kinds": sorted(policy.kinds),
        "lanes": {kind: _process_to_data(lane) for kind, lane in sorted(policy.lanes.items())},
    }


def from_data(data: Mapping[str, Any]) -> Policy:
    """The inverse of `to_data`."""
    return Policy(
        name=data["name"],
        version=data["version"],
        **_process_from_data(data),
        rights={Move(move): frozenset(map(Role, roles)) for move, roles in data["rights"].items()},
        create=frozenset(map(Role, data["create"])),
        services=tuple(data["services"]),
        is_default=data["is_default"],
        status_channels=tuple(data["status_channels"]),
        kinds=frozenset(data["kinds"]),
        lanes={kind: Lane(**_process_from_data(lane)) for kind, lane in data["lanes"].items()},
    )


def _process_to_data(process: Policy | Lane) -> dict[str, Any]:
    """What a policy and a lane have in common; a lane leaves out what it leaves as it is."""
    data: dict[str, Any] = {}
    for one in fields(Lane):
        value = getattr(process, one.name)
        if value is None:
            continue
        if isinstance(value, tuple):
            data[one.name] = [sign_off_to_data(sign_off) for sign_off in value]
        elif isinstance(value, Milestone):
            before = value.before.total_seconds()
            data[one.name] = {"before": before, "working_days": value.working_days, "at": value.at}
        else:
            data[one.name] = value.total_seconds() if isinstance(value, timedelta) else value
    return data


def _process_from_data(data: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for one in fields(Lane):
        value = data.get(one.name)
        if value is None:
            continue
        if one.name == "sign_offs":
            out[one.name] = tuple(sign_off_from_data(row) for row in value)
        elif isinstance(value, str):
            out[one.name] = value
        elif isinstance(value, Mapping):
            out[one.name] = Milestone(timedelta(seconds=value["before"]), value["working_days"], value["at"])
        else:
            out[one.name] = timedelta(seconds=value)
    return out


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
