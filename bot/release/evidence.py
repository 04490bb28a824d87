"""Put on record what a decision was based on, so that anyone can run the rule again and must get the same.

What people typed is not in it, only who, when and fingerprints: the record of a decision outlives that a person is
erased. Of those who might have answered it keeps how many, and who of them matters; not a list of everybody.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from bot.release.attached import Condition, LateChange, Tick
from bot.release.causes import Cause, Check, causes_to_data
from bot.release.chain import canonical, digest
from bot.release.decision import RULE, Verdict, by_policy, decide, lapsed_on_hold, passed_unseen, uncounted
from bot.release.electorate import Electorate
from bot.release.planned import plan_at
from bot.release.policy import Cover, Item, Policy, SignOff
from bot.release.policy_data import to_data
from bot.release.release import Choice, Kind, Part, Release, Round, Stopped, Vote
from bot.release.states import State

#: How it came to a decision: by the votes; at once, since the deadline passed while it was on hold, or before anybody
#: was asked; or by the policy, as a standard release.
Way = Literal["votes", "held", "unseen", "standard"]

#: What is noted of a vote where it is so.
_FLAGS = ("kept", "alone", "provisional")

Inputs = dict[str, Any]
Outcome = tuple[str, list[tuple[str, str]]]


class Unknown(Exception):
    """It cannot be decided again here. Says why, in words."""


def inputs(release: Release, electorate: Electorate, verdict: Verdict, now: datetime, way: Way = "votes") -> Inputs:
    """All that the verdict follows from, as plain data, and the verdict. Take it before the release moves on."""
    held = release.round
    return {
        "rule": RULE,
        "way": way,
        "at": _iso(now),
        "kind": release.kind.value,
        "stage": release.stage.value,
        "stopped": release.stopped and release.stopped.value,
        "parts": [part.name_and_place for part in release.active_parts],
        "planned_at": _iso(release.target_at),
        "content": release.fingerprint(Cover),
        "policy": {"name": release.policy.name, "version": release.policy.version, "hash": policy_hash(release.policy)},
        "close": release.policy.close,
        "people": {"captain": release.captain, "deployer": release.deployer, "author": release.created_by},
        "round": held and {
            "number": held.number, "opened_at": _iso(held.opened_at), "closes_at": _iso(held.closes_at),
            "closed_at": held.closed_at and _iso(held.closed_at), "objected": [list(one) for one in held.objected],
            "causes": held.causes and [[row["kind"], row["role"]] for row in held.causes],
        },
        "sign_offs": [_sign_off(sign_off, release, electorate) for sign_off in release.sign_offs],
        "alone": electorate.alone,
        "votes": [_vote(vote) for vote in release.round_votes()],
        **_unheard(release, electorate),
        **_beside(release, electorate),
        **_outcome(verdict),
    }  # fmt: skip


def replay(inputs: Mapping[str, Any]) -> Outcome:
    """Run the rule of then again over what is on record: the result, and (kind, sign-off) of each cause.

    Raises Unknown where it was decided by a rule that this version does not have.
    """
    rule = inputs["rule"]
    if not (isinstance(rule, int) and 1 <= rule <= RULE):
        raise Unknown(f"it was decided by rule {rule}, and this version of T-Minus knows rules up to {RULE}")
    release, electorate = _release(inputs), _electorate(inputs)
    found = _outcome(_again(inputs["way"], release, electorate, _at(inputs["at"]), rule))
    return found["result"], [(kind, role) for kind, role in found["causes"]]


def stored(inputs: Mapping[str, Any]) -> Outcome:
    """The verdict on record, in the form of `replay`."""
    return inputs["result"], [(kind, role) for kind, role in inputs["causes"]]


def able(inputs: Mapping[str, Any]) -> dict[str, int]:
    """How many might have given each sign-off: of those who are listed, who leads the release may be kept from it."""
    release, electorate = _release(inputs), _electorate(inputs)
    return {sign_off.role: len(electorate.givers(sign_off, release)) for sign_off in release.sign_offs}


def policy_hash(policy: Policy) -> str:
    """Tells whether a text is the policy that a decision was taken under."""
    return digest(canonical(to_data(policy)))


def _again(way: str, release: Release, electorate: Electorate, now: datetime, rule: int) -> Verdict:
    match way:
        case "standard" if release.kind is Kind.STANDARD:
            return by_policy(release, electorate)
        case "held" if release.round is not None and release.round.closes_at <= now:
            return lapsed_on_hold(release, electorate, rule)
        case "unseen" if release.round is not None and release.round.closes_at <= now:
            return passed_unseen(release, release.round.opened_at, release.round.closes_at)
        case "votes":
            return decide(release, electorate, now, rule)
    raise Unknown(f"it is said to be decided by “{way}”, which cannot have been")


def _outcome(verdict: Verdict) -> Inputs:
    return {"result": verdict.result.value, "causes": sorted([cause.kind, cause.role] for cause in verdict.causes)}


def _unheard(release: Release, electorate: Electorate) -> Inputs:
    """(voter, sign-off) of what was not heard: to be read, since the rule finds it anew."""
    found = [list(one) for one in uncounted(release, electorate)]
    return {"uncounted": found} if found else {}


def _beside(release: Release, electorate: Electorate) -> Inputs:
    """What else the rule looks at, as far as there is any."""
    found: Inputs = {
        "fresh_since": electorate.fresh_since and _iso(electorate.fresh_since),
        "delegates": dict(electorate.delegates),
        "checks": [{"key": one.key, "since": one.since and _iso(one.since)} for one in electorate.checks],
        "conditions": [_condition(one) for one in release.conditions],
        "items": [{"key": item.key, "mandatory": item.mandatory} for item in release.policy.checklist],
        "ticks": [{"key": key, "by": tick.by, "at": _iso(tick.at), "ticked": tick.ticked, "undone": tick.undone}
                  for key, tick in release.ticks.items()],
        "late": release.late and {"number": release.late.number, "asked_by": release.late.asked_by,
                                  "asked_at": _iso(release.late.asked_at), "on_revision": release.late.on_revision},
        "revision": release.content_revision,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def _condition(one: Condition) -> Inputs:
    return {
        "number": one.number, "round": one.round, "user": one.user, "vote_at": _iso(one.vote_at), "role": one.sign_off,
        "owner": one.owner, "due_at": _iso(one.due_at), "outcome": one.outcome,
        "ended_at": one.ended_at and _iso(one.ended_at), "ended_by": one.ended_by,
    }  # fmt: skip


def _sign_off(sign_off: SignOff, release: Release, electorate: Electorate) -> Inputs:
    """Its rule, what it covered, and who might have given it."""
    eligible = electorate.eligible.get(sign_off.role, frozenset())
    as_of = electorate.as_of.get(sign_off.role)
    named = {user for vote in release.round_votes() for user in (vote.user, vote.cast_by)}
    named |= {user for user, _ in (release.round.objected if release.round else ())}
    named |= {release.captain, release.deployer or release.captain, release.created_by}
    return {
        "role": sign_off.role,
        "needs": sign_off.needs,
        "captain_may": sign_off.captain_may,
        "deployer_may": sign_off.deployer_may,
        "alone_may": sign_off.alone_may,
        "covers": sorted(sign_off.covers),
        **({"recorded": sign_off.recorded} if sign_off.recorded else {}),
        **({"delegates": True} if sign_off.delegates else {}),
        "print": release.fingerprint(sign_off.covers),
        "eligible": {
            "count": len(eligible), "named": sorted(eligible & named), "hash": digest(canonical(sorted(eligible))),
            **({"as_of": _iso(as_of)} if as_of is not None else {}),
        },
    }  # fmt: skip


def _vote(vote: Vote) -> Inputs:
    row: Inputs = {
        "user": vote.user, "choice": vote.choice.value, "role": vote.sign_off, "at": _iso(vote.at),
        "print": vote.fingerprint, "path": vote.path,
    }  # fmt: skip
    row |= {name: True for name in _FLAGS if getattr(vote, name)} | ({"cast_by": vote.cast_by} if vote.cast_by else {})
    return row | ({"as_of": _iso(vote.as_of)} if vote.as_of is not None else {})


# ---- and back ----------------------------------------------------------------------------------


def _release(inputs: Mapping[str, Any]) -> Release:
    """A release that the rule cannot tell from the one on record."""
    sign_offs = tuple(
        SignOff(
            row["role"], row["needs"], captain_may=row["captain_may"], deployer_may=row["deployer_may"],
            alone_may=row["alone_may"], covers=frozenset(map(Cover, row["covers"])),
            recorded=row.get("recorded", 0), delegates=row.get("delegates", False),
        )
        for row in inputs["sign_offs"]
    )  # fmt: skip
    items = tuple(Item(row["key"], "", frozenset(), row["mandatory"]) for row in inputs.get("items", ()))
    people, policy = inputs["people"], inputs["policy"]
    at = _at(inputs["planned_at"])
    release = Release(
        workspace_id=0, channel="", is_private=False, captain=people["captain"], created_by=people["author"],
        deployer=people["deployer"], created_at=at, planned=plan_at(at, "UTC"), parts=[Part("", "")],
        policy=Policy(policy["name"], policy["version"], sign_offs, close=inputs["close"], checklist=items),
        kind=Kind(inputs["kind"]), state=State(inputs["stage"]), round=_round(inputs["round"]),
        stopped=Stopped(inputs["stopped"]) if inputs["stopped"] else None,
        content_revision=inputs.get("revision", 0), late=_late(inputs.get("late")),
        conditions=[_dependence(row) for row in inputs.get("conditions", ())],
        ticks={row["key"]: Tick(row["by"], _at(row["at"]), row["ticked"], row["undone"])
               for row in inputs.get("ticks", ())},
    )  # fmt: skip
    prints = {row["role"]: row["print"] for row in inputs["sign_offs"]}
    release.votes = [_voted(row, release, prints) for row in inputs["votes"]]
    return release


def _round(row: Mapping[str, Any] | None) -> Round | None:
    if row is None:
        return None
    closed_at = row["closed_at"] and _at(row["closed_at"])
    objected = tuple((user, role) for user, role in row["objected"])
    causes = row["causes"] and causes_to_data(Cause(kind, role, (), frozenset()) for kind, role in row["causes"])
    return Round(row["number"], _at(row["opened_at"]), _at(row["closes_at"]), closed_at, None, objected, causes)


def _voted(row: Mapping[str, Any], release: Release, prints: Mapping[str, str]) -> Vote:
    """What it covered is known by its fingerprint alone: the same as the sign-off's then, or another."""
    number = release.round.number if release.round else 0
    sign_off = release.sign_off(row["role"])
    same = sign_off is not None and row["print"] == prints[row["role"]]
    return Vote(
        row["user"], Choice(row["choice"]), _at(row["at"]), number, row["role"],
        release.fingerprint(sign_off.covers) if sign_off is not None and same else "another",
        path=row["path"], cast_by=row.get("cast_by"), as_of=_at(row["as_of"]) if "as_of" in row else None,
        **{name: row.get(name, False) for name in _FLAGS},
    )  # fmt: skip


def _dependence(row: Mapping[str, Any]) -> Condition:
    ended_at = row["ended_at"] and _at(row["ended_at"])
    return Condition(row["number"], row["round"], row["user"], _at(row["vote_at"]), row["role"], "", row["owner"],
                     _at(row["due_at"]), row["outcome"], ended_at, row["ended_by"])  # fmt: skip


def _late(row: Mapping[str, Any] | None) -> LateChange | None:
    if row is None:
        return None
    return LateChange(row["number"], row["asked_by"], _at(row["asked_at"]), "", {}, row["on_revision"])


def _electorate(inputs: Mapping[str, Any]) -> Electorate:
    """Whoever is not named had not answered and leads nothing: who they are makes no difference."""
    eligible = {}
    for row in inputs["sign_offs"]:
        named = frozenset(row["eligible"]["named"])
        others = row["eligible"]["count"] - len(named)
        eligible[row["role"]] = named | {f"?{number}" for number in range(others)}
    listed = {row["role"]: row["eligible"] for row in inputs["sign_offs"]}
    found = [(row["key"], row["since"] and _at(row["since"])) for row in inputs.get("checks", ())]
    return Electorate(
        eligible, inputs["alone"], {role: _at(row["as_of"]) for role, row in listed.items() if "as_of" in row},
        _at(inputs["fresh_since"]) if "fresh_since" in inputs else None, inputs.get("delegates", {}),
        tuple(Check(key, (), frozenset(), since) for key, since in found),
    )  # fmt: skip


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
