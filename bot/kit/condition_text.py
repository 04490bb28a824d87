"""Read what a go depends on as people write it: `the load test is green, @tom by 10am tomorrow`."""

import re
from dataclasses import dataclass, replace

from bot.kit.access import may_see
from bot.kit.ask import Ask
from bot.kit.desk import Desk
from bot.kit.mentions import people_named
from bot.kit.times import read_time
from bot.release.errors import Refusal
from bot.release.planned import TimeQuestion
from bot.release.planning import open_until
from bot.release.when_words import read_words

_IF = re.compile(r"^(?:only )?if\s+(?=\S)", re.IGNORECASE)
_BY = re.compile(r"(.*\S)\s+(?:by|before)\s+(\S.*)", re.IGNORECASE)
#: Somebody set off at the end, as who sees to it: “…, @tom”, “… (@tom)”, “… - @tom”.
_SET_OFF = re.compile(r"(.*\S)\s*(?:[,;:→(–]|\s-)\s*(<?@[^,;:()]+?)[).]*")
#: Somebody in it, at its beginning or its end: “@tom says so”, “approved by @tom”.
_AT_END = re.compile(r".*\s(<?@[^,;:()]+)")


@dataclass(frozen=True)
class Condition:
    """What has to be done; who sees to it and by when, as typed, where the line says so."""

    text: str
    owner: str = ""
    due: str = ""


def read_condition(typed: str, ask: Ask, desk: Desk) -> Condition:
    """A time counts at the end, a person at the beginning or the end. What is not certain stays part of the text."""
    text, owner, due = _IF.sub("", typed.strip()), "", ""
    for _ in range(2):  # in either order
        if not due and (found := _BY.fullmatch(text)) and _is_time(found[2], ask, desk):
            text, due = found[1].rstrip(" ,;"), found[2].rstrip(".! ")
        if not owner and (found := _SET_OFF.fullmatch(text)) and (who := _one(found[2], ask, desk)):
            text, owner = found[1].rstrip(" ,;"), who
    if not owner and text.startswith(("@", "<@")):
        owner = _one(re.split(r"\s+(?=<?@)", text, maxsplit=1)[0], ask, desk, beside=True)
    if not owner and (found := _AT_END.fullmatch(text)):
        owner = _one(found[1], ask, desk)
    return Condition(text, owner, due)


def _is_time(text: str, ask: Ask, desk: Desk) -> bool:
    """Whether it names a time of day by which it can be asked for, and nothing else: “by 10” and “by friday” do not."""
    text = text.rstrip(".! ")
    spoken = read_words(text)
    if spoken is None or (spoken.clock is None and spoken.span is None):
        return False
    read = read_time(replace(ask, args={"when": text}), desk, likely=ask.release.planned.zone)
    closes = open_until(ask.release) or ask.release.target_at
    return not isinstance(read, TimeQuestion) and desk.now < read.at <= closes


def _one(text: str, ask: Ask, desk: Desk, *, beside: bool = False) -> str:
    """The only person whom this names, where they can be asked and may know of the release; `beside` other words."""
    try:
        people, rest = people_named(text, desk)
    except Refusal:  # nobody is called so, or several are
        return ""
    if len(people) != 1 or (rest and not beside):
        return ""
    [one] = people
    return one if desk.is_full_member(one) and may_see(desk, one, ask.release) else ""
