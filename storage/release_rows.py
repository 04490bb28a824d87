"""Turn a release into rows and back, exactly: what was stored is what is read."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from bot.release import policy_data, words
from bot.release.attached import Condition, LateChange, Override, Tick
from bot.release.policy import Policy
from bot.release.policy_older import for_older
from bot.release.release import Choice, Kind, Outcome, Part, PartState, Release, Risk, Round, Stopped, Vote
from bot.release.states import STILL_OPEN, State
from bot.release.when import PlannedTime

Values = dict[str, Any]

#: Columns whose value is the field's own.
_AS_THEY_ARE = (
    "workspace_id", "number", "channel", "is_private", "captain", "deployer", "created_by", "created_at", "changes",
    "rollback_plan", "first_planned_at", "plan_revision", "held_by", "held_why", "held_at", "opens_at", "decided_at",
    "expires_at", "monitoring_ends_at", "outcome_at", "rollback_why", "slipped", "content_revision", "links",
)  # fmt: skip


@dataclass
class Rows:
    """A release as it is stored; parts by position, votes by (round, user), what hangs on it by number or key."""

    release: Values
    parts: dict[int, Values]
    round: Values | None
    votes: dict[tuple[int, str], Values]
    conditions: dict[int, Values] = field(default_factory=dict)
    ticks: dict[str, Values] = field(default_factory=dict)  # by the key of the item
    late: dict[int, Values] = field(default_factory=dict)  # the one that waits
    policy: Policy | None = field(default=None, init=False)  # what its columns were read as
    cast: dict[tuple[int, str], Vote] = field(default_factory=dict)  # what its votes were read as


def to_rows(release: Release, was: Rows | None, now: datetime) -> Rows:
    """The rows of a release. `was` are those it has now, for what is kept from then: ends, order of votes."""
    ended_at = None
    if release.state not in STILL_OPEN:
        ended_at = (was.release["ended_at"] if was else None) or now
    number = release.round.number if release.round else None
    row: Values = {name: getattr(release, name) for name in _AS_THEY_ARE}
    if was is not None and release.policy is was.policy:
        row |= {name: was.release[name] for name in ("policy", "rules")}
    else:
        row |= policy_columns(release.policy, "policy")
    row |= {
        "kind": release.kind.value,
        "risk": release.risk.value,
        "planned_wall": release.planned.wall,
        "planned_zone": release.planned.zone,
        "planned_at": release.planned.at,
        "planned_tzdata": release.planned.tzdata,
        "state": release.state.value,
        "stopped": release.stopped.value if release.stopped else None,
        "stopped_said": words.to_data(release.stopped_said),
        "held_from": release.held_from.value if release.held_from else None,
        "round_number": number,
        "outcome": release.outcome.value if release.outcome else None,
        "ended_at": ended_at,
        "override": _override(release.override),
        "override_why": release.override.why if release.override else "",
        "escalated": {"round": number, "roles": sorted(release.escalated)} if release.escalated else None,
    }
    old = was.parts if was else {}
    parts = {
        position: _part(part, release, old.get(position), ended_at, now) for position, part in enumerate(release.parts)
    }
    rows = Rows(
        row,
        parts,
        _round(release.round),
        _votes(release.votes, was),
        conditions={one.number: _condition(one) for one in release.conditions},
        ticks={item: dict(vars(tick)) for item, tick in release.ticks.items()},
        late={one.number: _late(one) for one in (release.late,) if one is not None},
        cast={(vote.round, vote.user): vote for vote in release.votes},
    )
    rows.policy = was.policy if was is not None and release.policy is was.policy else None
    return rows


def policy_columns(policy: Policy, older: str) -> Values:
    """A policy's columns: in the one called `older` what the version before this one reads, in `rules` all of it.

    `rules` is None where that is the same.
    """
    data = policy_data.to_data(policy)
    readable = for_older(data)
    return {older: readable, "rules": data if data != readable else None}


def read_policy(older: Any, rules: Any) -> Policy:
    """The inverse of `policy_columns`, also of their texts."""
    data = older if rules is None else rules
    return _policy_in(data) if isinstance(data, str) else policy_data.from_data(data)


@lru_cache(256)  # every release carries a copy of one of a few
def _policy_in(text: str) -> Policy:
    return policy_data.from_data(json.loads(text))


def _condition(one: Condition) -> Values:
    return {"user_id" if name == "user" else name: value for name, value in vars(one).items() if name != "number"}


def _late(one: LateChange) -> Values:
    row = {name: value for name, value in vars(one).items() if name != "number"}
    return row | {"wanted": dict(one.wanted)}


def _override(override: Override | None) -> Values | None:
    if override is None:
        return None
    return {"by": override.by, "at": _iso(override.at), "skipped": [list(one) for one in override.skipped]}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _part(part: Part, release: Release, was: Values | None, ended_at: datetime | None, now: datetime) -> Values:
    service_key, version_key, environment_key = part.key
    freed_at = was["freed_at"] if was else None
    return {
        "service": part.service,
        "version": part.version,
        "environment": part.environment,
        "service_key": service_key,
        "version_key": version_key,
        # A private channel's release must not be found out by planning the same elsewhere and being refused.
        "environment_key": f"{release.channel} {environment_key}" if release.is_private else environment_key,
        "state": part.state.value,
        "dropped": part.dropped,
        "started_at": part.started_at,
        "since": part.since,
        "finished_at": part.finished_at,
        "failed_why": part.failed_why,
        "back_why": part.back_why,
        "ended_at": ended_at,
        # A rollback opens a release again, but must never be refused because the same was planned meanwhile.
        "freed_at": freed_at or ended_at or (now if part.dropped else None),
    }


def _round(held: Round | None) -> Values | None:
    if held is None:
        return None
    return {
        "number": held.number,
        "opened_at": held.opened_at,
        "closes_at": held.closes_at,
        "closed_at": held.closed_at,
        "verdict": held.verdict,
        "objected": [list(one) for one in held.objected],
        "causes": held.causes,
        "uncounted": [list(one) for one in held.uncounted] or None,
    }


def _votes(votes: Iterable[Vote], was: Rows | None) -> dict[tuple[int, str], Values]:
    """The votes with their places: one that did not change keeps its place, so that one vote is one row to write."""
    rows: dict[tuple[int, str], Values] = {}
    stored, read = (was.votes, was.cast) if was is not None else ({}, {})
    highest = max((before["place"] for before in stored.values()), default=-1)
    place = -1
    for vote in votes:
        key = vote.round, vote.user
        before = stored.get(key)
        if before is not None and read.get(key) is vote and before["place"] > place:
            rows[key], place = before, before["place"]
            continue
        row = {
            "choice": _for_older(vote).value,
            "at": vote.at,
            "sign_off": vote.sign_off,
            "fingerprint": vote.fingerprint,
            "why": vote.why,
            "path": vote.path,
            "alone": vote.alone,
            "kept": vote.kept,
            "basis": _basis(vote),
        }
        keeps = before is not None and before["place"] > place and before == row | {"place": before["place"]}
        place = before["place"] if before is not None and keeps else max(place, highest) + 1
        rows[key] = row | {"place": place}
    return rows


def _for_older(vote: Vote) -> Choice:
    """The version before this one would count a go that waits to be confirmed; a *go if* never counts there."""
    return Choice.GO_IF if vote.provisional and vote.choice is Choice.GO else vote.choice


def _basis(vote: Vote) -> Values | None:
    """Whom and what it rests on. Says of which vote it is: the version before this one replaces votes without it."""
    if not (vote.provisional or vote.cast_by or vote.as_of):
        return None
    as_of = vote.as_of and _iso(vote.as_of)
    said = {} if _for_older(vote) is vote.choice else {"choice": vote.choice.value}
    return {"at": _iso(vote.at), "provisional": vote.provisional, "cast_by": vote.cast_by, "as_of": as_of} | said


def from_rows(id: int, rows: Rows) -> Release:
    """The release that the rows stand for."""
    row = rows.release
    rows.policy = read_policy(row["policy"], row["rules"])
    return Release(
        **{name: row[name] for name in _AS_THEY_ARE},
        id=id,
        kind=Kind(row["kind"]),
        risk=Risk(row["risk"]),
        policy=rows.policy,
        planned=PlannedTime(row["planned_wall"], row["planned_zone"], row["planned_at"], row["planned_tzdata"]),
        state=State(row["state"]),
        stopped=Stopped(row["stopped"]) if row["stopped"] else None,
        stopped_said=words.from_data(row["stopped_said"]),
        held_from=State(row["held_from"]) if row["held_from"] else None,
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        parts=[_read_part(rows.parts[position]) for position in sorted(rows.parts)],
        round=read_round(rows.round) if rows.round else None,
        votes=[rows.cast[key] for key, _ in sorted(rows.votes.items(), key=_place)],
        override=_read_override(row["override"], row["override_why"]),
        escalated=_read_escalated(row["escalated"], row["round_number"]),
        conditions=[_read_condition(number, rows.conditions[number]) for number in sorted(rows.conditions)],
        ticks={item: Tick(**rows.ticks[item]) for item in sorted(rows.ticks)},
        late=next((LateChange(number=number, **late) for number, late in rows.late.items()), None),
    )


def _read_part(row: Values) -> Part:
    return Part(
        service=row["service"],
        version=row["version"],
        environment=row["environment"],
        state=PartState(row["state"]),
        dropped=row["dropped"],
        started_at=row["started_at"],
        since=row["since"],
        finished_at=row["finished_at"],
        failed_why=row["failed_why"],
        back_why=row["back_why"],
    )


def read_round(row: Values) -> Round:
    """A round, from its row."""
    return Round(
        number=row["number"],
        opened_at=row["opened_at"],
        closes_at=row["closes_at"],
        closed_at=row["closed_at"],
        verdict=row["verdict"],
        objected=tuple((user, role) for user, role in row["objected"] or ()),
        causes=row["causes"],
        uncounted=tuple((user, role) for user, role in row["uncounted"] or ()),
    )


def _read_condition(number: int, row: Values) -> Condition:
    return Condition(number=number, **{"user" if name == "user_id" else name: value for name, value in row.items()})


def _read_override(data: Values | None, why: str) -> Override | None:
    if data is None:
        return None
    skipped = tuple((kind, about) for kind, about in data["skipped"])
    return Override(data["by"], datetime.fromisoformat(data["at"]), why, skipped)


def _read_escalated(data: Values | None, number: int | None) -> frozenset[str]:
    """Those of this round: the version before this one opens the next one without a word."""
    return frozenset(data["roles"]) if data is not None and data["round"] == number else frozenset()


def _place(item: tuple[Any, Values]) -> int:
    place: int = item[1]["place"]
    return place


def read_vote(row: Any) -> tuple[int, tuple[int, str], Values, Vote]:
    """Of which release, in which round by whom, as it is stored, and as it is meant."""
    values: Values = row._asdict()
    id, number, user = values.pop("release_id"), values.pop("round"), values.pop("user_id")
    del values["workspace_id"]
    return id, (number, user), values, _vote(number, user, values)


def _vote(number: int, user: str, row: Values) -> Vote:
    basis = row["basis"] or {}
    if basis and basis["at"] != _iso(row["at"]):
        basis = {}
    as_of = basis.get("as_of")
    return Vote(
        user=user,
        choice=Choice(basis["choice"] if "choice" in basis else row["choice"]),
        at=row["at"],
        round=number,
        sign_off=row["sign_off"],
        fingerprint=row["fingerprint"],
        why=row["why"],
        path=row["path"],
        alone=row["alone"],
        kept=bool(row["kept"]),
        provisional=basis.get("provisional", False),
        cast_by=basis.get("cast_by"),
        as_of=as_of and datetime.fromisoformat(as_of),
    )
