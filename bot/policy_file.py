"""Read release processes from YAML, for `tminus policy apply FILE`. docs/policies.example.yml shows everything.

Aliases, repeated and unknown keys are refused; people, channels and groups are named by id. Every problem is
reported, with its line.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, ValidationError
from pydantic_core import ErrorDetails

from bot.policy_clashes import within
from bot.policy_steps import StepGiven, timeline
from bot.release.milestones import read_length, read_milestone
from bot.release.policy import (
    BUILT_IN,
    CLASH_DISTANCE,
    RELEASES_A_DAY,
    AtOnce,
    Cover,
    Escalation,
    Item,
    Lane,
    Milestone,
    Policy,
    Role,
    SignOff,
    item_key,
    service_key,
    staffed,
)
from bot.release.policy_checks import problems_of
from bot.release.states import MOVES, Move
from bot.strict_yaml import YamlError, line_of, parse, repeated

#: The sections that a problem begins with: "hotfix: poll: ".
_SECTIONS = re.compile(r"^(?:\w+: )*")


def _id(pattern: str, example: str) -> AfterValidator:
    def check(given: str) -> str:
        if not re.fullmatch(pattern, given):
            raise ValueError(f"{given!r} is not {example}")
        return given

    return AfterValidator(check)


def _duration(given: object) -> timedelta:
    length = read_length(given) if isinstance(given, str) else None
    if length is None:
        raise ValueError(f"{given!r} is not a length of time (example: 30m, 4h, 1h30m)")
    return length


def _milestone(given: object) -> Milestone:
    found = read_milestone(given) if isinstance(given, str) else None
    if found is None:
        raise ValueError(f"{given!r} is not a time before T (example: T-30m, T-1 working day 10:00)")
    return found


def _opening(given: object) -> Milestone | AtOnce:
    return "at once" if given == "at once" else _milestone(given)


def _right(given: object) -> object:
    """A move that exists by name only, as no state allows it yet, is none that a policy can give."""
    names = [move.value for move in Move if any(move in row for row in MOVES.values())]
    if given not in names:
        raise ValueError(f"{given!r} is not one of: {', '.join(map(repr, names[:-1]))} or {names[-1]!r}")
    return given


_Person = Annotated[
    str, _id(r"[UW][A-Z0-9]+", "a person's id such as U024BE7LH (in Slack: profile, the three dots, Copy member ID)")
]
_Channel = Annotated[
    str, _id(r"[CG][A-Z0-9]+", "a channel's id such as C024BE91L (in Slack: channel name, at the end of About)")
]
_Group = Annotated[str, _id(r"S[A-Z0-9]+", "a user group's id such as S0615G0KT")]
_Length = Annotated[timedelta, BeforeValidator(_duration)]
_Right = Annotated[Move, BeforeValidator(_right)]
_Word = Annotated[str, Field(min_length=1, max_length=100)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class _Escalation(_Strict):
    after: _Length | None = None
    before_close: _Length | None = None
    people: list[_Person] = []
    groups: list[_Group] = []

    def made(self) -> Escalation:
        return Escalation(self.after, self.before_close, frozenset(self.people), frozenset(self.groups))


class _SignOff(_Strict):
    role: _Word
    needs: PositiveInt = 1
    people: list[_Person] = []
    channels: list[_Channel] = []
    groups: list[_Group] = []
    whole_channel: bool = False
    captain_may: bool = True
    deployer_may: bool = True
    alone_may: bool = False
    covers: frozenset[Cover] | None = None
    outside: list[_Person] = []
    recorded: Annotated[int, Field(ge=0)] = 0
    delegates: bool = False
    escalation: _Escalation | None = None

    def made(self) -> SignOff:
        made = SignOff(
            self.role,
            self.needs,
            frozenset(self.people),
            frozenset(self.channels),
            frozenset(self.groups),
            self.whole_channel,
            self.captain_may,
            self.deployer_may,
            self.alone_may,
            outside=frozenset(self.outside),
            recorded=self.recorded,
            delegates=self.delegates,
            escalation=None if self.escalation is None else self.escalation.made(),
        )
        return made if self.covers is None else replace(made, covers=self.covers)


class _Item(_Strict):
    item: _Word
    owner: _Person | None = None
    mandatory: bool = True

    def made(self) -> Item:
        owner = frozenset({self.owner} if self.owner else ())
        return Item(item_key(self.item), self.item, owner, self.mandatory)


class _Poll(_Strict):
    opens: Annotated[Milestone | AtOnce, BeforeValidator(_opening)] | None = None
    closes: Annotated[Milestone, BeforeValidator(_milestone)] | None = None
    open_at_least: _Length | None = None
    close: Literal["first-go", "deadline"] | None = None


class _Process(_Strict):
    """What may differ between kinds of releases."""

    sign_offs: Annotated[list[_SignOff], Field(min_length=1)] | None = None
    poll: _Poll = _Poll()
    approval_lasts: _Length | None = None
    monitoring: _Length | None = None
    checklist: list[_Item] | None = None
    code_cut_off: Annotated[Milestone, BeforeValidator(_milestone)] | None = None
    nudges: list[_Length] | None = None
    timeline: list[StepGiven] | None = None
    freeze_exception: bool | None = None

    def changes(self) -> dict[str, Any]:
        """What is said, by the name of the policy's field."""
        planned = None if self.timeline is None else timeline(self.timeline)
        said = {
            "sign_offs": self.sign_offs and tuple(sign_off.made() for sign_off in self.sign_offs),
            "opens": self.poll.opens,
            "closes": self.poll.closes,
            "open_at_least": self.poll.open_at_least,
            "close": self.poll.close,
            "approval_lasts": self.approval_lasts,
            "monitoring": self.monitoring,
            "checklist": None if self.checklist is None else tuple(item.made() for item in self.checklist),
            "code_cut_off": self.code_cut_off or (planned and planned.code_cut_off),
            "timeline": planned and planned.steps,
            "nudges": None if self.nudges is None else tuple(sorted(set(self.nudges), reverse=True)),
            "freeze_exception": self.freeze_exception,
        }
        return {name: value for name, value in said.items() if value is not None}


_Kind = Literal["standard", "normal", "hotfix"]


class _Policy(_Process):
    name: _Word
    based_on: Literal["light", "team", "regulated"] = "light"
    services: list[_Word] = []
    default: bool = False
    status_channels: list[_Channel] = []
    create: Annotated[frozenset[Role], Field(min_length=1)] | None = None
    rights: dict[_Right, Annotated[frozenset[Role], Field(min_length=1)]] = {}
    kinds: Annotated[frozenset[_Kind], Field(min_length=1)] | None = None
    open_review_blocks: bool | None = None
    clash_distance: _Length = CLASH_DISTANCE
    releases_a_day: PositiveInt = RELEASES_A_DAY
    standard: _Process | None = None
    normal: _Process | None = None
    hotfix: _Process | None = None

    def made(self) -> Policy:
        """The policy: what is not said comes from the one it is based on."""
        base = BUILT_IN[self.based_on]
        changes = self.changes()
        policy = replace(
            base,
            name=self.name,
            services=tuple(service_key(service) for service in self.services),
            is_default=self.default,
            status_channels=tuple(self.status_channels),
            rights={**base.rights, **self.rights},
            create=self.create or base.create,
            kinds=self.kinds or base.kinds,
            open_review_blocks=base.open_review_blocks if self.open_review_blocks is None else self.open_review_blocks,
            clash_distance=self.clash_distance,
            releases_a_day=self.releases_a_day,
            **changes,
        )
        policy = staffed(policy, {sign_off.role: sign_off.people for sign_off in changes.get("sign_offs", ())})
        lanes = {kind: Lane(**lane.changes()) for kind, lane in self.lanes().items()}
        return replace(policy, lanes={**policy.lanes, **lanes})

    def lanes(self) -> dict[str, _Process]:
        """The kinds' own sections."""
        return {kind: lane for kind in _KINDS if (lane := getattr(self, kind)) is not None}


_KINDS: tuple[_Kind, ...] = get_args(_Kind)


class _File(_Strict):
    policies: Annotated[list[_Policy], Field(min_length=1)]


@dataclass(frozen=True)
class _Given:
    """A policy as the file says it, its place in the list, and its sections that cannot be judged: they are wrong."""

    place: int
    said: _Policy
    wrong: frozenset[str] = frozenset()


def read_policies(text: str) -> list[Policy]:
    """Return the file's policies, each as version 1. Raises YamlError with every problem in it."""
    root, data = parse(text)
    problems = list(repeated(root))
    try:
        every = [_Given(place, said) for place, said in enumerate(_File.model_validate(data).policies)]
    except ValidationError as error:
        problems += [(line_of(root, one["loc"]), _in_words(one)) for one in error.errors()]
        every = list(_judgeable(data, error.errors()))
    made = [(given, given.said.made()) for given in every]
    for given, policy in made:
        for sections, said in _faults(given.said, policy):
            if not given.wrong & {*sections, "based_on"}:  # else it may follow from what is told already
                line = line_of(root, ("policies", given.place, *sections))
                problems.append((line, f"{given.said.name}: {said}"))
    claims = [(given.place, policy) for given, policy in made if not given.wrong & {"name", "services", "default"}]
    problems += within(root, claims)
    if problems:
        raise YamlError(problems)
    return [policy for _, policy in made]


def _judgeable(data: Any, errors: Iterable[ErrorDetails]) -> Iterator[_Given]:
    """The policies of a file with wrong values or unknown keys, each without its sections that have one."""
    wrong: dict[int | str, set[str]] = {}
    for error in errors:
        if error["loc"][:1] == ("policies",) and len(error["loc"]) > 2:
            wrong.setdefault(error["loc"][1], set()).add(str(error["loc"][2]))
    policies = data.get("policies") if isinstance(data, dict) else None
    for place, given in enumerate(policies if isinstance(policies, list) else ()):
        if isinstance(given, dict):
            bad = wrong.get(place, set())
            kept = {key: value for key, value in given.items() if str(key) not in bad}
            meant = {near for key in bad for near in _near(key, _Policy)}
            yield _Given(place, _Policy.model_validate({"name": f"policy {place + 1}"} | kept), frozenset(bad | meant))


def _faults(said: _Policy, policy: Policy) -> Iterator[tuple[tuple[str, ...], str]]:
    """What would make the policy impossible to live: the sections that it comes from, most telling first, and words."""
    if said.name.casefold() in BUILT_IN:
        yield ("name",), f"{said.name} is the name of a built-in policy; choose another and use based_on"
    if not said.services and not said.default:
        yield ("services", "default"), "it is for no service: name services, or say default: true"
    unstaffed: set[str] = set()
    for kind in ("", *sorted(policy.kinds & policy.lanes.keys())):
        asked = policy.lanes[kind].sign_offs or () if kind else policy.sign_offs
        own = said.lanes().get(kind) if kind else said
        missing = [one.role for one in asked if one.role not in unstaffed and not _has_givers(one)]
        unstaffed |= {*missing}
        sections = (kind, "sign_offs") if kind else ("sign_offs",)
        if own is not None and own.sign_offs is not None:
            for role in missing:
                yield sections, f"nobody may give {role}: name people, groups, channels, or whole_channel: true"
        elif missing:
            yield sections, f"say in {': '.join(sections)} who gives {', '.join(missing)}"
    for kind, process in (("", said), *said.lanes().items()):
        frozen = [one for one in process.timeline or () if one.do == "freeze code"]
        if frozen and (process.code_cut_off is not None or len(frozen) > 1):
            sections = (kind, "timeline") if kind else ("timeline",)
            yield sections, f"{', '.join(sections)}: the code cut-off is there twice; say it once"
    for problem in problems_of(policy):
        [sections] = _SECTIONS.findall(problem)
        yield tuple(sections.replace(":", "").split()), problem
    for kind in said.lanes().keys() - policy.kinds:
        yield (kind, "kinds"), f"{kind}: kinds does not allow it; add {kind} there, or leave this out"


def _has_givers(sign_off: SignOff) -> bool:
    who = (sign_off.people, sign_off.channels, sign_off.groups, sign_off.outside)
    return any(who) or sign_off.whole_channel or sign_off.recorded > 0


def _near(key: str, model: type[BaseModel]) -> list[str]:
    """The known key that somebody meant who wrote this one, if there is such a one."""
    return difflib.get_close_matches(key, model.model_fields, 1)


def _in_words(error: ErrorDetails) -> str:
    path = error["loc"]
    name = str(path[-1]) if path else "the file"
    kind, given = error["type"], error.get("input")
    if kind == "extra_forbidden":
        inside: dict[int | str, type[BaseModel]] = {"sign_offs": _SignOff, "poll": _Poll, "policies": _Policy}
        inside |= {"checklist": _Item, "escalation": _Escalation, "timeline": StepGiven}
        inside |= dict.fromkeys(_KINDS, _Process)
        place = next((inside[step] for step in reversed(path[:-1]) if step in inside), _File)
        near = _near(name, place)
        return f"{name} is not known" + (
            f"; did you mean {near[0]}?" if near else f": {', '.join(place.model_fields)} are"
        )
    if kind == "missing":
        return f"{_place(path[:-1])}{name} is missing"
    if kind in ("enum", "literal_error"):
        return f"{_place(path)}{given!r} is not one of: {error.get('ctx', {}).get('expected', '')}"
    said = _SHAPES.get(kind, error["msg"].removeprefix("Value error, "))
    said = said if kind == "value_error" else f"{said[:1].lower()}{said[1:]}"
    return f"{_place(path)}{said}" if path else f"the file: {said}"


#: What pydantic says about programs, said about a file.
_SHAPES = {
    "list_type": "write a list here, for example [one, two]",
    "frozen_set_type": "write a list here, for example [one, two]",
    "dict_type": "write a section here: indented lines such as name: value",
    "model_type": "write a section here: indented lines such as name: value",
    "string_type": 'write text here; quotes make it text: "1.0", "no"',
    "bool_type": "write true or false here",
    "bool_parsing": "write true or false here",
    "int_type": "write a whole number here, for example 2",
    "int_parsing": "write a whole number here, for example 2",
    "too_short": "name at least one",
    "string_too_short": "write something here",
}


def _place(path: tuple[int | str, ...]) -> str:
    """Where in its policy something is: "sign_offs[0].people[1]: "."""
    steps = path[2:] if path[:1] == ("policies",) and len(path) > 1 else path
    shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps if step != "[key]")
    return f"{shown.removeprefix('.')}: " if shown else ""
