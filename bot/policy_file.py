"""Read release processes from YAML, for `tminus policy apply FILE`. docs/policies.example.yml shows everything.

Aliases, repeated and unknown keys are refused; people, channels and groups are named by id. Every problem is
reported, with its line.
"""

import difflib
import re
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, ValidationError
from pydantic_core import ErrorDetails

from bot.policy_clashes import within
from bot.release.durations import read_span
from bot.release.policy import BUILT_IN, AtOnce, Cover, Lane, Milestone, Policy, Role, SignOff, service_key, staffed
from bot.release.policy_checks import problems_of
from bot.release.states import Move
from bot.strict_yaml import YamlError, line_of, parse

_MILESTONE = re.compile(
    r"T(?:\s*-\s*(?:(?P<days>\d{1,2}) ?(?:wd|working days?) (?P<at>(?:[01]\d|2[0-3]):[0-5]\d)|(?P<before>.+)))?"
)


def _id(pattern: str, example: str) -> AfterValidator:
    def check(given: str) -> str:
        if not re.fullmatch(pattern, given):
            raise ValueError(f"{given!r} is not {example}")
        return given

    return AfterValidator(check)


def _duration(given: object) -> timedelta:
    span = read_span(given.strip().lower()) if isinstance(given, str) else None
    if span is None:
        raise ValueError(f"{given!r} is not a length of time (example: 30m, 4h, 1h30m)")
    return span.total


def _milestone(given: object) -> Milestone:
    found = _MILESTONE.fullmatch(given.strip()) if isinstance(given, str) else None
    if found is None:
        raise ValueError(f"{given!r} is not a time before T (example: T-30m, T-1 working day 10:00)")
    if found["days"]:
        return Milestone(working_days=int(found["days"]), at=found["at"])
    return Milestone(before=_duration(found["before"])) if found["before"] else Milestone()


def _opening(given: object) -> Milestone | AtOnce:
    return "at once" if given == "at once" else _milestone(given)


_Person = Annotated[
    str, _id(r"[UW][A-Z0-9]+", "a person's id such as U024BE7LH (in Slack: profile, the three dots, Copy member ID)")
]
_Channel = Annotated[
    str, _id(r"[CG][A-Z0-9]+", "a channel's id such as C024BE91L (in Slack: channel name, at the end of About)")
]
_Group = Annotated[str, _id(r"S[A-Z0-9]+", "a user group's id such as S0615G0KT")]
_Length = Annotated[timedelta, BeforeValidator(_duration)]
_Word = Annotated[str, Field(min_length=1, max_length=100)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


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

    def made(self) -> SignOff:
        """The sign-off. Raises ValueError when it could never be given."""
        anyones = self.channels or self.groups or self.whole_channel
        if not anyones and not self.people:
            raise ValueError(f"nobody may give {self.role}: name people, groups, channels, or whole_channel: true")
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
        )
        return made if self.covers is None else replace(made, covers=self.covers)


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

    def changes(self) -> dict[str, Any]:
        """What is said, by the name of the policy's field. Raises ValueError."""
        said = {
            "sign_offs": self.sign_offs and tuple(sign_off.made() for sign_off in self.sign_offs),
            "opens": self.poll.opens,
            "closes": self.poll.closes,
            "open_at_least": self.poll.open_at_least,
            "close": self.poll.close,
            "approval_lasts": self.approval_lasts,
            "monitoring": self.monitoring,
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
    rights: dict[Move, Annotated[frozenset[Role], Field(min_length=1)]] = {}
    kinds: Annotated[frozenset[_Kind], Field(min_length=1)] | None = None
    standard: _Process | None = None
    normal: _Process | None = None
    hotfix: _Process | None = None

    def made(self) -> Policy:
        """The policy: what is not said comes from the one it is based on. Raises ValueError."""
        base = BUILT_IN[self.based_on]
        if self.name.casefold() in BUILT_IN:
            raise ValueError(f"{self.name} is the name of a built-in policy; choose another and use based_on")
        if not self.services and not self.default:
            raise ValueError("it is for no service: name services, or say default: true")
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
            **changes,
        )
        policy = staffed(policy, {sign_off.role: sign_off.people for sign_off in changes.get("sign_offs", ())})
        lanes = {kind: lane for kind in _KINDS if (lane := getattr(self, kind)) is not None}
        policy = replace(
            policy, lanes={**policy.lanes, **{kind: Lane(**lane.changes()) for kind, lane in lanes.items()}}
        )
        _require_voters("sign_offs", policy.sign_offs)
        for kind in sorted(policy.kinds & policy.lanes.keys()):
            _require_voters(f"{kind}: sign_offs", policy.lanes[kind].sign_offs or ())
        return policy


_KINDS: tuple[_Kind, ...] = get_args(_Kind)


def _require_voters(where: str, sign_offs: tuple[SignOff, ...]) -> None:
    if missing := [
        one.role for one in sign_offs if not (one.people or one.channels or one.groups or one.whole_channel)
    ]:
        raise ValueError(f"say in {where} who gives {', '.join(missing)}")


class _File(_Strict):
    policies: Annotated[list[_Policy], Field(min_length=1)]


def read_policies(text: str) -> list[Policy]:
    """Return the file's policies, each as version 1. Raises YamlError with every problem in it."""
    root, data = parse(text)
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        raise YamlError((line_of(root, one["loc"]), _in_words(one)) for one in error.errors()) from None
    placed: list[tuple[int, Policy]] = []
    problems: list[tuple[int, str]] = []
    for position, given in enumerate(file.policies):
        try:
            policy = given.made()
        except ValueError as error:
            problems.append((line_of(root, ("policies", position)), f"{given.name}: {error}"))
            continue
        placed.append((position, policy))
        unused = [kind for kind in _KINDS if getattr(given, kind) is not None and kind not in policy.kinds]
        not_allowed = [f"{kind}: kinds does not allow it; add {kind} there, or leave this out" for kind in unused]
        for said in (*problems_of(policy), *not_allowed):
            section = ("policies", position, *re.split(r"[:.]", said)[0].split())
            problems.append((line_of(root, section), f"{given.name}: {said}"))
    problems += within(root, placed)
    if problems:
        raise YamlError(problems)
    return [policy for _, policy in placed]


def _in_words(error: ErrorDetails) -> str:
    path = error["loc"]
    name = str(path[-1]) if path else "the file"
    kind, given = error["type"], error.get("input")
    if kind == "extra_forbidden":
        inside: dict[int | str, type[BaseModel]] = {"sign_offs": _SignOff, "poll": _Poll, "policies": _Policy}
        inside |= dict.fromkeys(_KINDS, _Process)
        place = next((inside[step] for step in reversed(path[:-1]) if step in inside), _File)
        near = difflib.get_close_matches(name, place.model_fields, 1)
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
