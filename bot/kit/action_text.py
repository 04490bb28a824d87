"""Read an action item as people write one: `@bo raise the alert's limit by friday`."""

import re
from dataclasses import dataclass
from datetime import date

from bot.kit.desk import Desk
from bot.kit.fitting import cut
from bot.kit.mentions import is_person, people_named, spelled_out
from bot.release.errors import FieldRefusal, Refusal
from bot.release.planned import TimeQuestion
from bot.release.when import read_when
from bot.release.when_words import OnDate, read_words
from bot.release.words import Said
from bot.release.zones import local

#: So much of a line is said back.
_MOST_QUOTED = 80
#: A day lasts so long.
_ENDS = "23:59"
#: What is no month can be no fraction of a year either.
_MONTHS = 12
#: A time of day that says no more than its day does.
_PART = re.compile(r"\b(?:in the )?(?:morning|afternoon|evening|night|end of (?:the )?day|eod|cob)\b", re.IGNORECASE)
_TONIGHT = re.compile(r"\btonight\b", re.IGNORECASE)
_BY = re.compile(r"(.*\S)\s+(?:by|due(?: on)?)\s+(\S.*)", re.IGNORECASE)
#: Typed last it says when, with or without a word before it.
_TOMORROW = re.compile(r"(.*\S)\s+(tomorrow|tmrw|tmr)[.!]*", re.IGNORECASE)
#: Before a day, with which that day says what is to be done: “tell support what goes out tomorrow”.
_BELONGS = re.compile(
    r"\b(?:what|who|whom|which|when|where|why|how|whether|if|that)\b|\b(?:for|from|until|since|of|on)$", re.IGNORECASE
)

_BULLET = re.compile(r"^(?:(?:[-*•–◻️☐]+|\[ ?\]|\d{1,2}[.)])\s+)+")
#: “Tom: add an alert”, and “clara to check the alerts”.
_CALLED = re.compile(r"(\w[^:]{0,40}?)(?::|\s+(?:to|will(?! be\b)|should|needs to|has to)\b)\s+(\S.*)")


@dataclass(frozen=True)
class Written:
    """What shall be done; by whom and when, where the line says so."""

    text: str
    owner: str | None = None
    due: date | None = None


def read_action(line: str, zone: str, desk: Desk) -> Written:
    """A person counts where the line begins with them, a day where it ends with one: “talk to @tom” is Tom's no more
    than “stand by” is a day. `zone`: the writer's. Raises FieldRefusal where either is not clear.
    """
    owner, due = None, None
    line = _BULLET.sub("", " ".join(line.split()))
    found = _BY.fullmatch(line) or _TOMORROW.fullmatch(line)
    if found and (day := _names_a_day(found[2])):
        when = read_when(day, zone=zone, now=desk.now)
        if isinstance(when, TimeQuestion):
            raise FieldRefusal("action", when.text.replace(f" {_ENDS}", ""), code="time_question")
        due = local(when.at, when.zone).date().to_stdlib()
        line = line if _BELONGS.search(found[1]) else found[1].rstrip(",")
    if line.startswith(("@", "<@")):
        line, owner = _owner(line, desk)
    elif (said := _CALLED.fullmatch(line)) and (one := _called(said[1], desk)) is not None:
        line, owner = said[2], one
    if not line:
        raise FieldRefusal("action", "What shall be done?", code="action_missing")
    return Written(spelled_out(line, desk), owner, due)


def _names_a_day(text: str) -> str:
    """The end of that day, or the time on it; "" where it is what shall be done, as of “by 1/2”, “by noon”, “by 10”."""
    for typed in (text.rstrip("!"), text.rstrip(".!")):  # “24.12.” is one with its last point
        spoken = read_words(typed)
        if spoken is not None and spoken.day is not None and not _may_be_number(spoken.day, typed):
            day = _PART.sub(" ", _TONIGHT.sub("today", typed)) if spoken.part else typed
            return day if spoken.clock else f"{day.strip()} {_ENDS}"
    return ""


def _may_be_number(day: object, typed: str) -> bool:
    """1/2 and 1.5. may, 24/12 may not."""
    numeric = isinstance(day, OnDate) and day.year is None and (day.either_way or typed.endswith("."))
    return isinstance(day, OnDate) and numeric and max(day.day, day.month) <= _MONTHS


def _owner(line: str, desk: Desk) -> tuple[str, str]:
    first = re.split(r"(?<=\S)\s+(?=<?@)", line, maxsplit=1)  # others may be named in what is to be done
    try:
        people, rest = people_named(first[0], desk)
    except Refusal as no:
        raise FieldRefusal("action", "Who shall do “", Said(first[0]), "”? Write @ and their name as Slack shows it, "
                           "for example @Bo, in front of what is to be done.", code=no.code) from no  # fmt: skip
    if not people or (len(first) > 1 and rest.strip(" ,&+").casefold() in {"", "and"}):
        raise FieldRefusal("action", "“", Said(cut(line, _MOST_QUOTED)), "”: an action item is one person's. Write one "
                           "for each.", code="one_person")  # fmt: skip
    return " ".join((rest.lstrip(":,- "), *first[1:])).strip(), people[0]


def _called(name: str, desk: Desk) -> str | None:
    """The only person who is displayed by this name."""
    found = [*filter(is_person, desk.work.people.called(name.strip()))]
    return found[0] if len(found) == 1 else None
