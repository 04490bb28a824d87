"""Read an action item as people write one: `@bo raise the alert's limit by friday`."""

import re
from dataclasses import dataclass
from datetime import date

from bot.kit.desk import Desk
from bot.kit.mentions import is_person, people_named
from bot.release.errors import FieldRefusal, Refusal
from bot.release.planned import TimeQuestion
from bot.release.when import read_when
from bot.release.when_words import OnDate, Spoken, read_words
from bot.release.words import Said
from bot.release.zones import local

#: A day lasts so long.
_ENDS = "23:59"
_BY = re.compile(r"(.*\S)\s+by\s+(\S.*)", re.IGNORECASE)


_BULLET = re.compile(r"^(?:[-*•–◻️☐]+|\[ ?\]|\d{1,2}[.)])\s+")
_CALLED = re.compile(r"(\w[^:]{0,40}):\s+(\S.*)")


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
    if (found := _BY.fullmatch(line)) and (spoken := _names_a_day(found[2].rstrip("."))) is not None:
        has_time = spoken.clock or spoken.part
        when = read_when(found[2].rstrip(".") + ("" if has_time else f" {_ENDS}"), zone=zone, now=desk.now)
        if isinstance(when, TimeQuestion):
            raise FieldRefusal("action", when.text.replace(f" {_ENDS}", ""), code="time_question")
        line, due = found[1].rstrip(","), local(when.at, zone).date().to_stdlib()
    if line.startswith(("@", "<@")):
        line, owner = _owner(line, desk)
    elif (said := _CALLED.fullmatch(line)) and (one := _called(said[1], desk)) is not None:  # “Tom: add an alert”
        line, owner = said[2], one
    if not line:
        raise FieldRefusal("action", "What shall be done?", code="action_missing")
    return Written(line, owner, due)


def _names_a_day(text: str) -> Spoken | None:
    """“cut the latency by 1/2”, “by noon” and “by 10” are what shall be done, and no day."""
    spoken = read_words(text)
    if spoken is None or spoken.day is None:
        return None
    return None if isinstance(spoken.day, OnDate) and spoken.day.either_way else spoken


def _owner(line: str, desk: Desk) -> tuple[str, str]:
    first = re.split(r"(?<=\S)\s+(?=<?@)", line, maxsplit=1)  # others may be named in what is to be done
    try:
        people, rest = people_named(first[0], desk)
    except Refusal as no:
        raise FieldRefusal("action", "Who shall do “", Said(first[0]), "”? Write @ and their name as Slack shows it, "
                           "for example @Bo, in front of what is to be done.", code=no.code) from no  # fmt: skip
    if not people:
        raise FieldRefusal("action", "“", Said(first[0]), "”: an action item is one person's.", code="one_person")
    return " ".join((rest.lstrip(":,- "), *first[1:])).strip(), people[0]


def _called(name: str, desk: Desk) -> str | None:
    """The only person who is displayed by this name."""
    found = [*filter(is_person, desk.work.people.called(name.strip()))]
    return found[0] if len(found) == 1 else None
