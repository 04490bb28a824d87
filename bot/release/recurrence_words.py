"""Read what recurs as people type it ("every 2nd tue 14:00 Europe/Berlin", "last fri of the month"), or ask back.

Weekdays are read by name alone: as numbers they mean different days in different countries.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from bot.release.recurrence import ALL_DAYS, LAST_SAFE_DAY, MOST, WEEKDAYS, WORKDAYS, Rule, Unit, say_ordinal, say_rule
from bot.release.tidy import quote, tidy
from bot.release.when_days import days_meant
from bot.release.when_words import OnDate, Shifted, Spoken, read_words
from bot.release.zones import local, place_name, suggest_zones

#: More words than that are not looked at: nobody needs them to say what recurs.
_MOST_WORDS = 24
_EXAMPLES = "Try every tue, every 2 weeks on tue, last fri of the month or every month on the 15th."


@dataclass(frozen=True)
class RuleQuestion:
    """What was unclear, in words for the person, and the rules that may be meant. `rest`: what was typed beside it."""

    text: str
    options: tuple[Rule, ...] = ()
    rest: str = ""


@dataclass(frozen=True)
class Recurring:
    """A rule with its wall time. `starts_on` where a first day was named; `otherwise` what else it could mean."""

    rule: Rule
    clock: time
    zone: str  # IANA name
    starts_on: date | None = None
    otherwise: Rule | None = None


def read_rule(text: str) -> Rule | RuleQuestion:
    """The days meant by a text without a time of day, or a question; never an exception.

    "every 2nd tue" is every two weeks; `other_meaning` knows that it could be the second Tuesday of a month.
    """
    said = tidy(text)
    try:
        rule = _rule(said)
    except _Doubt as doubt:
        return doubt.question
    except ValueError:
        longest = ", ".join(f"{most} {unit}s" for unit, most in MOST.items())
        return RuleQuestion(f"{quote(text)} is out of reach: a pause is at most {longest}. {_EXAMPLES}")
    if rule is None:
        return RuleQuestion(f"{quote(text)} does not say which days recur. {_EXAMPLES}")
    return rule


def days_first(text: str) -> Rule | RuleQuestion | None:
    """The days that a text begins with, where only a time of day, a zone and a first day follow, or nothing.

    A question where they are not clear; None where it begins with something else.
    """
    words = text.split()
    for end in range(min(len(words), _MOST_WORDS), 0, -1):
        found, rest = read_rule(" ".join(words[:end])), " ".join(words[end:])
        if isinstance(found, Rule) or _is_close(found):
            return found if not rest or _spoken(rest) or _spoken(f"{rest} 0:00") else None
    return None


def other_meaning(text: str) -> Rule | None:
    """What else "every 2nd tue" could mean: the second Tuesday of every month."""
    if found := re.fullmatch(rf"{_EVERY} {_ORDINAL} {_DAYS}", tidy(text)):
        nth, weekdays = _ORDINALS.get(found["ordinal"]), _weekdays(found["days"])
        if nth is not None and nth > 1 and len(weekdays) == 1:
            return Rule("month", 1, weekdays, nth)
    return None


def read_recurring(text: str, *, zone: str | None, now: datetime) -> Recurring | RuleQuestion:
    """Days, a time of day and a zone, in any order. `zone` is the person's own, for where none is said; None: unknown.

    "starting 8 Dec" names the first day; `now` (aware) tells which year that is.
    """
    words = text.split()
    if len(words) > _MOST_WORDS:
        return RuleQuestion(f"{quote(text)} is too long for me. {_EXAMPLES}")
    first: RuleQuestion | None = None
    for start, end in _stretches(len(words)):
        said = " ".join(words[start:end])
        found = read_rule(said)
        beside = " ".join((*words[:start], *words[end:]))
        rest = _spoken(beside)
        if isinstance(found, Rule) and rest is not None:
            return _with_clock(found, other_meaning(said), rest, text, zone, now)
        if isinstance(found, RuleQuestion) and _is_close(found) and rest is not None:
            first = first or replace(found, rest=beside)
    whole = read_rule(text)
    if isinstance(whole, Rule):
        return RuleQuestion(f"At what time? For example {say_rule(whole)} 14:00.")
    for start, end in _stretches(len(words)):
        if isinstance(read_rule(" ".join(words[start:end])), Rule):
            rest_text = " ".join((*words[:start], *words[end:]))
            return first or RuleQuestion(_not_a_time(rest_text))
    return first or whole


# ---- days -------------------------------------------------------------------------------------

_NAMES = r"(?:mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|nesday|r|rs|rsday|urday)?s?\.?"
_SEVERAL = r"(?:weekday|workday|working day|work day|business day|weekend|day)s?"
_JOIN = r"(?: and | & | ?\+ ?| ?/ ?| or | )"
_DAYS = rf"(?P<days>{_NAMES} ?(?:-|to|through|thru) ?{_NAMES}|{_NAMES}(?:{_JOIN}{_NAMES})*|{_SEVERAL})"
_EVERY = r"(?:on )?(?:every|each)"
_ORDINALS = {
    "first": 1, "1st": 1, "1.": 1, "second": 2, "2nd": 2, "2.": 2, "third": 3, "3rd": 3, "3.": 3, "fourth": 4,
    "4th": 4, "4.": 4, "last": -1,
}  # fmt: skip
_BEYOND = ("fifth", "5th", "5.")
_ORDINAL = rf"(?P<ordinal>{'|'.join(re.escape(word) for word in (*_ORDINALS, *_BEYOND))})"
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8}
_COUNT = rf"(?P<count>\d{{1,3}}|other|{'|'.join(_NUMBERS)}|second|2nd|2\.|third|3rd|3\.|fourth|4th|4\.)"
_MONTH = rf"(?:of |in )?(?:the |a |every |each )?(?:(?:{_COUNT} )?months?)"
_MONTHLY = rf"(?:{_EVERY} (?:{_COUNT} )?months?|monthly)"
_MONTH_DAY = r"(?P<number>\d{1,2})(?:st|nd|rd|th|\.)?"


class _Doubt(Exception):
    def __init__(self, text: str, *options: Rule) -> None:
        super().__init__(text)
        self.question = RuleQuestion(text, options)


def _rule(said: str) -> Rule | None:
    for pattern, make in _RULES:
        if found := pattern.fullmatch(said):
            return make(found)
    return None


def _weekdays(text: str) -> tuple[int, ...]:
    if found := re.fullmatch(rf"({_NAMES}) ?(?:-|to|through|thru) ?({_NAMES})", text):
        first, last = (_index(name) for name in found.groups())
        length = (last - first) % 7 + 1
        return tuple(sorted((first + step) % 7 for step in range(length)))
    if text.startswith("weekend"):
        return (5, 6)
    if text in ("day", "days"):
        return ALL_DAYS
    named = re.findall(_NAMES, text)
    return tuple(sorted({_index(name) for name in named})) if _is_named(text) else WORKDAYS


def _is_named(text: str) -> bool:
    return re.match(_NAMES, text) is not None and not re.match(_SEVERAL + "$", text)


def _index(name: str) -> int:
    return [day[:3].casefold() for day in WEEKDAYS].index(name[:3])


def _count(found: re.Match[str]) -> int:
    said = found.groupdict().get("count")
    if not said:
        return 1
    if said == "other":
        return 2
    return int(said) if said.isdigit() else _NUMBERS.get(said) or _ORDINALS[said]


def _by_days(found: re.Match[str]) -> Rule:
    weekdays = _weekdays(found["days"])
    return Rule("day") if weekdays == ALL_DAYS and _count(found) == 1 else Rule("week", _count(found), weekdays)


def _by_pause(found: re.Match[str]) -> Rule:
    return Rule("day", _count(found))


def _fortnightly(found: re.Match[str]) -> Rule:
    return Rule("week", 2, _weekdays(found["days"]))


def _every_nth(found: re.Match[str]) -> Rule:
    """ "every 2nd tue" counts weeks, "every first mon" and "every last fri" can only mean months."""
    nth, weekdays = _ORDINALS.get(found["ordinal"]), _weekdays(found["days"])
    if nth in (1, -1):
        return _nth_of_month(found)
    if nth is None:
        return Rule("week", 5, weekdays)
    if weekdays == ALL_DAYS:
        return Rule("day", nth)
    if weekdays == WORKDAYS:
        raise _Doubt("I can't count every so many working days. Name the days, for example every mon and thu.")
    return Rule("week", nth, weekdays)


def _nth_of_month(found: re.Match[str]) -> Rule:
    nth, weekdays = _ORDINALS.get(found["ordinal"]), _weekdays(found["days"])
    count = _count(found)
    if weekdays == ALL_DAYS:
        return Rule("month", count, day=nth)
    if nth is None:
        name = WEEKDAYS[weekdays[0]]
        raise _Doubt(f"Not every month has a fifth {name}. Take the last one?", Rule("month", count, weekdays, -1))
    if len(weekdays) > 1 and weekdays != WORKDAYS:
        raise _Doubt("Name one weekday of the month, for example the first mon of the month, or working day.")
    return Rule("month", count, weekdays, nth)


def _on_month_day(found: re.Match[str]) -> Rule:
    day = int(found["number"])
    if not 1 <= day <= 31:
        raise _Doubt(f"No month has a {say_ordinal(day)}. Try every month on the 15th.")
    if day > LAST_SAFE_DAY:
        options = (Rule("month", _count(found), day=-1), Rule("month", _count(found), day=LAST_SAFE_DAY))
        raise _Doubt(
            f"Not every month has a {say_ordinal(day)}. Take the last day of the month, or the 28th?", *options
        )
    return Rule("month", _count(found), day=day)


def _number_for_weekday(found: re.Match[str]) -> Rule:
    raise _Doubt(
        f"{quote(found[0])}: please name weekdays by their names, for example every tue, or mon-fri. As numbers they "
        "mean different days in different countries."
    )


def _twice_or_half(found: re.Match[str]) -> Rule:
    raise _Doubt(
        f"{quote(found[0])} can mean twice, or every other time. Try every 2 weeks on tue, or every mon and thu."
    )


def _no_day(unit: Unit) -> Callable[[re.Match[str]], Rule]:
    example = "every 2 weeks on tue" if unit == "week" else "every month on the 15th, or first mon of the month"

    def ask(found: re.Match[str]) -> Rule:
        raise _Doubt(f"{quote(found[0])}: on which day? For example {example}.")

    return ask


def _once(found: re.Match[str]) -> Rule:
    weekdays = _weekdays(found["days"])
    if "ordinal" in found.groupdict():
        nth = _ORDINALS.get(found["ordinal"])
        options = [] if nth is None or len(weekdays) > 1 else [Rule("month", 1, weekdays, nth)]
        if nth is not None and nth > 1:
            options.append(Rule("week", nth, weekdays))
    else:
        options = [Rule("week", 1, weekdays)]
    said = " or ".join(say_rule(rule) for rule in options) or "the last one of every month"
    raise _Doubt(f"{quote(found[0])}: did you mean {said}?", *options)


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Rule]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (rf"(?:{_EVERY} day|daily)", _by_pause),
        (rf"{_EVERY} {_COUNT} days?", _by_pause),
        (rf"(?:{_EVERY}|weekly(?: on)?(?: every)?) {_DAYS}", _by_days),
        (rf"on (?P<days>(?:{_NAMES}s)(?:{_JOIN}{_NAMES}s)*|weekdays|workdays|working days|weekends)", _by_days),
        (rf"(?P<days>(?:mon|tues|wednes|thurs|fri|satur|sun)days(?:{_JOIN}{_NAMES})*|weekdays|workdays)", _by_days),
        (rf"(?:{_EVERY} (?:{_COUNT} )?weeks?)(?: on)?(?: every)? {_DAYS}", _by_days),
        (rf"{_DAYS} (?:{_EVERY} (?:{_COUNT} )?weeks?|weekly)", _by_days),
        (rf"(?:{_EVERY} fortnight|fortnightly)(?: on)?(?: every)? {_DAYS}", _fortnightly),
        (rf"{_DAYS} (?:{_EVERY} fortnight|fortnightly)", _fortnightly),
        (rf"{_EVERY} other {_DAYS}", _fortnightly),
        (rf"{_EVERY} {_ORDINAL} {_DAYS}", _every_nth),
        (rf"(?:{_EVERY} |on )?(?:the )?{_ORDINAL} {_DAYS} {_MONTH}", _nth_of_month),
        (rf"{_MONTHLY}(?: on)?(?: the)? {_ORDINAL} {_DAYS}", _nth_of_month),
        (rf"{_MONTHLY}(?: on)?(?: the)? {_MONTH_DAY}", _on_month_day),
        (rf"(?:{_EVERY} |on )?(?:the )?{_MONTH_DAY} {_MONTH}", _on_month_day),
        (rf"(?:on )?(?:the )?{_MONTH_DAY}(?<=[a-z.]) (?:monthly|{_EVERY} month)", _on_month_day),
        (
            r"(?:every|each) \d{1,2}(?:[-,/ ]\d{1,2})*|(?:every |on )?(?:week)?days? \d(?:[-,/ ]\d)*",
            _number_for_weekday,
        ),
        (r"(?:weekly|every week)(?: on)?(?: day)? \d", _number_for_weekday),
        (rf"bi-?(?:weekly|monthly)(?:(?: on)? {_DAYS})?", _twice_or_half),
        (rf"(?:{_EVERY} (?:{_COUNT} )?(?:weeks?|fortnight)|weekly|fortnightly)", _no_day("week")),
        (rf"{_MONTHLY}", _no_day("month")),
        (rf"(?:on )?(?:the )?{_ORDINAL} {_DAYS}", _once),
        (rf"(?:on )?(?P<days>{_NAMES}(?:{_JOIN}{_NAMES})*)", _once),
    )
)


# ---- the time of day --------------------------------------------------------------------------

_FROM = re.compile(r"\b(?:starting|from|beginning|first|since|start)\b(?: (?:on|with))?", re.IGNORECASE)


def _stretches(length: int) -> Iterator[tuple[int, int]]:
    """All runs of words, the longest first."""
    for size in range(length, 0, -1):
        yield from ((start, start + size) for start in range(length - size + 1))


def _spoken(rest: str) -> Spoken | None:
    """What is left beside the days: a clock time, a zone, a first day. None when it is something else, or nothing."""
    found = read_words(_FROM.sub(" ", rest))
    if found is None or found.now or found.span is not None or found.part is not None or found.clock is None:
        return None
    if found.day is not None and not _FROM.search(rest):
        return None
    return found if found.day is None or isinstance(found.day, OnDate | Shifted) else None


def _with_clock(
    rule: Rule, otherwise: Rule | None, rest: Spoken, text: str, own: str | None, now: datetime
) -> Recurring | RuleQuestion:
    clock, said = rest.clock, say_rule(rule)
    if clock is None:
        raise ValueError("a time of day is needed")
    if rest.abbreviation is not None or rest.offset is not None:
        near = " or ".join(suggest_zones(rest.abbreviation or "")) or "Europe/Berlin"
        return RuleQuestion(f"Name a place, for example {near}, so that the time stays right when clocks change.")
    if clock.half_open:
        noon = f"{clock.hour % 12:02}:{clock.minute:02} or {clock.hour % 12 + 12}:{clock.minute:02}"
        return RuleQuestion(f"{quote(text)} can be before or after noon. Did you mean {noon}?")
    if clock.midnight:
        return RuleQuestion("Midnight ends one day and begins another. Try 23:59, or 0:00.")
    zone = rest.zone or own
    if zone is None:
        return RuleQuestion(f"Whose clock? Add a place, for example {said} {clock.hour:02}:{clock.minute:02} Berlin.")
    starts_on = None
    if rest.day is not None:
        today = local(now, zone).date().to_stdlib()
        found = days_meant(rest, {place_name(zone): today}, quote(text))
        if found.doubt or found.hole or len(found.dates) != 1:
            return RuleQuestion(found.doubt or f"{quote(text)}: which day first? Write it as {today.isoformat()}.")
        starts_on = found.dates[0]
        if starts_on < today:
            return RuleQuestion(f"{starts_on.isoformat()} is past. Name a first day from today on.")
    return Recurring(rule, time(clock.hour, clock.minute), zone, starts_on, otherwise)


def _is_close(question: RuleQuestion) -> bool:
    return not question.text.endswith(_EXAMPLES)


def _not_a_time(rest: str) -> str:
    return f"{quote(rest)} is not a time of day and a place I can read. Try 14:00 Europe/Berlin."
