"""Read the steps of a policy's timeline as people write them: as sections of a file, or one a line in a dialog."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bot.release.milestones import is_after, read_offset, say_milestone
from bot.release.policy import WHERE, WHOM, Do, Milestone, Policy, Step, steps

#: What a step may do, as it is written.
DOES = ("post", "broadcast", "remind", "prompt", "freeze code")
MOST_SAID = 200
_PERSON, _CHANNEL = re.compile(r"[UW][A-Z0-9]+"), re.compile(r"[CG][A-Z0-9]+")
_LINE = re.compile(
    r"(?P<at>T.*?)\s+(?P<do>post|broadcast|remind|prompt|freeze code|poll)\b(?P<to>[^:]*)(?::(?P<say>.*))?", re.I
)


class StepGiven(BaseModel):
    """One entry of `timeline:`."""

    model_config = ConfigDict(extra="forbid")

    at: str
    do: str
    to: list[str] = []
    say: str = Field("", max_length=MOST_SAID)

    @field_validator("to", mode="before")
    @classmethod
    def _one_or_several(cls, given: object) -> object:
        return [given] if isinstance(given, str) else given

    @field_validator("at")
    @classmethod
    def _a_time(cls, given: str) -> str:
        if read_offset(given) is None:
            raise ValueError(f"{given!r} is not a time around T (example: T-3wd 10:00, T-2h, T+1wd 9:00)")
        return given

    @field_validator("do")
    @classmethod
    def _something_known(cls, given: str) -> str:
        if given == "poll":
            raise ValueError("the go/no-go opens when poll says: write it there, for example opens: T-1wd 10:00")
        if given not in DOES:
            raise ValueError(f"{given!r} is not one of: {', '.join(DOES)}")
        return given

    @model_validator(mode="after")
    def _makes_sense(self) -> "StepGiven":
        if not self.say.strip() and self.do != "freeze code":
            raise ValueError(f"{self.do}: write in say what is said")
        if self.do in ("post", "freeze code") and self.to:
            raise ValueError(f"{self.do}: leave out to; it is said in the release's thread")
        if self.do == "freeze code" and is_after(self.offset):
            raise ValueError("freeze code: name a time before T")
        told = self.do == "broadcast"
        known: tuple[str, ...] = WHERE if told else WHOM
        ids = _CHANNEL if told else _PERSON
        example = "a channel's id such as C024BE91L" if told else "a person's id such as U024BE7LH"
        for one in self.to:
            if one not in known and not ids.fullmatch(one):
                raise ValueError(f"{self.do}: {one!r} in to is none of {', '.join(known)}, and not {example}")
        return self

    @property
    def offset(self) -> Milestone:
        return read_offset(self.at) or Milestone()


@dataclass(frozen=True)
class Timeline:
    """What entries come to: the steps, and the code cut-off where one of them freezes the code."""

    steps: tuple[Step, ...]
    code_cut_off: Milestone | None


def timeline(given: Iterable[StepGiven]) -> Timeline:
    """The entries' steps; what is said when the code is frozen is a post. The last cut-off counts."""
    cut_off: Milestone | None = None
    made: list[tuple[Milestone, Do, str, frozenset[str]]] = []
    for one in given:
        do: Do = "post"
        if one.do == "freeze code":
            cut_off = one.offset
        else:
            do = cast("Do", one.do)  # one of DOES, by its validator
        if one.say.strip():
            made.append((one.offset, do, one.say.strip(), frozenset(one.to)))
    return Timeline(steps(*made), cut_off)


def read_line(text: str) -> StepGiven:
    """`T-3wd 10:00 remind captain, deployer: Update the changelog`. Raises ValueError with words."""
    found = _LINE.fullmatch(text.strip())
    if found is None:
        example = "T-3wd 10:00 remind captain: Update the changelog"
        raise ValueError(f"“{text.strip()}” can't be read; write for example {example}")
    to = [one.strip() for one in found["to"].strip().removeprefix("to ").split(",") if one.strip()]
    try:
        return StepGiven(at=found["at"], do=found["do"].casefold(), to=to, say=(found["say"] or "").strip())
    except ValidationError as problem:
        said = problem.errors()[0]["msg"].removeprefix("Value error, ")
        raise ValueError(f"“{text.strip()}”: {said}") from problem


def say_line(step: Step) -> str:
    """As `read_line` reads it back."""
    to = f" {', '.join(sorted(step.to))}" if step.to else ""
    return f"{say_milestone(step.at)} {step.do}{to}: {step.say}"


def lines_of(policy: Policy) -> str:
    return "\n".join(say_line(step) for step in policy.timeline)
