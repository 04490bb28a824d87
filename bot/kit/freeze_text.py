"""Read a freeze from what somebody typed: `fri 16:00 to mon 08:00 payments in staging because year end`."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.kit.desk import Desk
from bot.kit.naming import split_name, split_word, tidy
from bot.release.errors import FieldRefusal, Refusal
from bot.release.freeze import ENDS_FIRST, Freeze, require_sound
from bot.release.planned import PlannedTime, TimeQuestion, at_wall, plan_at, plan_wall
from bot.release.policy import service_key
from bot.release.recurrence import WEEKDAYS, Rule, occurrences, say_rule
from bot.release.recurrence_words import RuleQuestion, days_first, read_recurring
from bot.release.tidy import bare_name
from bot.release.when import read_when
from bot.release.when_words import OnDate, Shifted, Weekday, read_words
from bot.release.words import At, Code, words
from bot.release.zones import TZDATA, local

#: Nothing is frozen for longer than that at a time.
LONGEST = timedelta(days=366)
MAX_WHY, MAX_NAME = 500, 60
#: So many days are looked at for one on which the clock shows the time once.
_TRIED = 5
#: How it recurs: not at all, each week from the same weekday on, or as the words of its begin say.
ONCE, WEEKLY, BY_RULE = "once", "week", "rule"
_EVERY = re.compile(r"(?:every|each|weekly)(?: week)? ", re.IGNORECASE)
_EVERY_WEEK = re.compile(r"\s(?:(?:every|each) week|weekly)$", re.IGNORECASE)
#: What begins so is meant to recur.
_RECURS = re.compile(r"(?:on )?(?:every|each|daily|weekly|monthly|bi-?weekly|fortnightly)\b", re.IGNORECASE)
_BECAUSE = re.compile(r"(?:^|\s)(?:because(?: of)?|why:)\s+(.*)$", re.IGNORECASE)
_EVERY_DATE = re.compile(r"(?:every|each) (?!week )(?:year )?(.*)$", re.IGNORECASE)
_UNTIL = re.compile(r"\s(?:to|until|till|-)\s", re.IGNORECASE)
_UNTIL_FIRST = re.compile(r"(to|until|till|for)\s", re.IGNORECASE)
_FROM = re.compile(r"^(?:from|starting|beginning|for)\s", re.IGNORECASE)
_PLACE_FIRST = re.compile(r"(?:in|on)\s", re.IGNORECASE)
#: `payments, web and ledger`
_LIST = re.compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|&)\s+", re.IGNORECASE)
#: As many words speak of one time at most, or name what is frozen: longer texts are not searched for more.
_MOST_WORDS = 16
_ALL = {"all", "everything", "everywhere", "anything", "deploys", "deployments"}
#: What stands alone and means an environment, unless a service is called so.
_PLACES = {"production", "prod", "staging", "stage", "test", "qa", "dev", "uat", "preprod", "sandbox"}


def fields_of(text: str, services: set[str]) -> dict[str, str]:
    """The form's fields, as far as the text names them. `services`: those that are known, as compared."""
    rest, found = tidy(text), {"repeats": ONCE}
    if reason := _BECAUSE.search(rest):
        found["why"], rest = reason[1].strip(), rest[: reason.start()]
    if weekly := _EVERY_WEEK.search(rest):
        found["repeats"], rest = WEEKLY, rest[: weekly.start()]
    typed = rest.split()
    for start in range(
        len(typed[:_MOST_WORDS])
    ):  # what it is about may be named first, last, or some of it in both places
        before, times = " ".join(typed[:start]), _times(" ".join(typed[start:]))
        if start and _speaks_of_time(before):
            break
        if times is not None:
            after = times.pop("scope", "")
            scope = (after, before) if _PLACE_FIRST.match(before) else (before, after)
            named = _scope(" ".join(scope), services) if before or after else {}
            return found | times | (named if "why" in found else _with_reason(named, services))
    if every := _EVERY.match(rest):
        return found | {"repeats": WEEKLY, "starts": rest[every.end() :]}
    for start in range(len(typed[:_MOST_WORDS])):
        before, starts = " ".join(typed[:start]), _FROM.sub("", " ".join(typed[start:]))
        if read_words(starts) is not None and not _speaks_of_time(before):
            return found | {"starts": starts} | (_scope(before, services) if before else {})
    named = _scope(rest, services)  # nothing but what it is about
    if service_key(named["service"]) in {"", *services}:
        return found | named
    return found | {"starts": rest}


def _times(text: str) -> dict[str, str] | None:
    """Since when and until when, where the text begins with both; `scope`: what follows them.

    Of `until friday` or `for 2 hours` the end alone, of `every weekend` the days alone.
    """
    if (until := _UNTIL_FIRST.match(text)) is not None:
        is_length = until[1].casefold() == "for"  # “for 2 hours”
        ends, scope = _time_first(f"{'in ' if is_length else ''}{text[until.end() :]}")
        spoken = read_words(ends)
        if spoken is not None and (not is_length or spoken.span is not None):
            return {"ends": ends, "scope": scope}
    text = _FROM.sub("", text)
    splits = [split for split in _UNTIL.finditer(text) if _is_short(text[: split.start()])]
    for split in reversed(splits):  # “every mon to fri 9:00 to 10:00”
        if _is_by_rule(text[: split.start()]):
            ends, scope = _time_first(text[split.end() :])
            return {"repeats": BY_RULE, "starts": text[: split.start()].strip(), "ends": ends, "scope": scope}
    if _is_short(text) and _is_by_rule(text):
        return {"repeats": BY_RULE, "starts": text}
    every = _EVERY.match(text)
    weekly = {"repeats": WEEKLY} if every is not None else {}
    begin = every.end() if every is not None else 0
    for split in splits:
        if read_words(text[begin : split.start()]) is not None:
            ends, scope = _time_first(text[split.end() :])
            return weekly | {"starts": text[begin : split.start()].strip(), "ends": ends, "scope": scope}
    return None


def _is_short(text: str) -> bool:
    return len(text.split()) <= _MOST_WORDS


def _speaks_of_time(text: str) -> bool:
    """Whether these words say something of when, and so are not all about what is frozen."""
    return any(_RECURS.match(word) or read_words(word) is not None for word in text.split())


def _is_by_rule(text: str) -> bool:
    """Whether it says which days recur, in other words than “every fri 16:00”."""
    rule = days_first(text)
    if rule is None:  # “every 24 dec”: nothing recurs by the year, and it is not meant every week
        dated = _EVERY_DATE.match(text)
        spoken = read_words(dated[1]) if dated is not None else None
        return spoken is not None and isinstance(spoken.day, OnDate)
    if isinstance(rule, RuleQuestion):
        return _RECURS.match(text) is not None
    return not (_is_weekly(rule) and _EVERY.match(text))


def _is_weekly(rule: Rule) -> bool:
    return rule.unit == "week" and rule.interval == 1 and len(rule.weekdays) == 1


def _time_first(text: str) -> tuple[str, str]:
    """The longest beginning that names a time, and the rest."""
    typed = text.split()
    for end in range(len(typed[:_MOST_WORDS]), 0, -1):
        if typed[end - 1].casefold() != "the" and read_words(" ".join(typed[:end])) is not None:
            return " ".join(typed[:end]), " ".join(typed[end:])
    return text, ""


def _scope(text: str, services: set[str]) -> dict[str, str]:
    """`for payments in staging`, `payments staging`, `payments (staging)`, `in staging`, `staging`."""
    text = re.sub(r"^(?:for|of)\s+", "", re.sub(r"\(([^()\s]+)\)$", r"in \1", text.strip()), flags=re.IGNORECASE)
    text = re.sub(r"^(all)\s+(?:services|deploys|releases)\b", r"\1", text, flags=re.IGNORECASE)
    environment = ""
    if place := re.search(r"(?:^|\s)(?:in|on|to)\s+(\S+)$", text, re.IGNORECASE):
        text, environment = text[: place.start()].strip(), place[1]
    several = _LIST.split(text) if '"' not in text and split_name(text, services)[0] == split_word(text)[0] else [text]
    if not place:
        several[-1], environment = split_name(several[-1], services)
    service = split_word(several[0])[0] if several[0].startswith('"') else ", ".join(several)
    service, environment = bare_name(service), bare_name(environment)
    if not environment and service_key(service) in _PLACES - services:
        service, environment = "", service
    named = {"service": service.strip(), "environment": environment.strip()}
    return {field: "" if name.casefold() in _ALL else name for field, name in named.items()}


def _with_reason(named: dict[str, str], services: set[str]) -> dict[str, str]:
    """Several words where an environment would stand are why: `payments year end inventory`, `year end inventory`."""
    first, rest = split_word(named.get("environment", ""))
    if not rest or "," in named["service"]:
        return named
    if service_key(named["service"]) not in {"", *services}:
        return {"why": f"{named['service']} {first} {rest}"}
    if service_key(first) in _PLACES:
        return {**named, "environment": first, "why": rest}
    return {**named, "environment": "", "why": f"{first} {rest}"}


def _require_one(fields: dict[str, str], desk: Desk, before: Freeze | None) -> None:
    """Raise FieldRefusal where several services are named, with what to type for each."""
    several = [name for name in _LIST.split(fields.get("service", "")) if name]
    if len(several) < 2 or service_key(fields["service"]) in known_services(desk):
        return
    said = words("A freeze is of one service, or of all of them.")
    if before is None:
        every = "every " if fields.get("repeats") == WEEKLY else ""
        until = f" to {fields['ends']}" if fields.get("ends") else ""
        where = f" in {fields['environment']}" if fields.get("environment") else ""
        why = f" because {fields['why']}" if fields.get("why") else ""
        start = f"{desk.catalogue.command} freeze {every}{fields.get('starts') or 'now'}{until}"
        rows = [words("\n", Code(f"{start} {one}{where}{why}")) for one in several]
        said = words(said, " Type one line for each:", *rows)
    raise FieldRefusal("service", said, code="several_services")


def known_services(desk: Desk) -> set[str]:
    """The names of services that the workspace knows, as compared."""
    return desk.work.releases.open_services() | {service_key(one) for one in desk.work.policies.known_services()}


def freeze_from(fields: dict[str, str], channel: str, user: str, desk: Desk, before: Freeze | None = None) -> Freeze:
    """What the fields mean; an edge that stands as it was `before` stays, though it be past.

    Raises FieldRefusal for a time that is unclear or past, Refusal for what cannot be.
    """
    _require_one(fields, desk, before)
    spoken = read_words(fields.get("ends", ""))  # “… to mon 08:00 Berlin” says it of both
    zone = (spoken.zone if spoken else None) or desk.zone_of(user) or desk.workspace.zone
    shown = as_fields(before, desk.now) if before is not None else {}
    edges = _edges(before, desk.now) if before is not None else ()
    stood = {shown[field]: edge for field, edge in zip(("starts", "ends"), edges, strict=False)}
    starts, ends = (stood.get(fields.get(field, "")) for field in ("starts", "ends"))
    repeats, rule = fields.get("repeats"), before.rule if before is not None and starts is not None else None
    if starts is None:
        try:
            starts, rule = _begin(fields.get("starts", ""), zone, desk.now)
        except FieldRefusal as no:
            if before is None or before.recurs or before.starts.at > desk.now or no.code != "time_question":
                raise
            starts, rule = _own_begin(before, fields, zone, desk), None
        repeats = BY_RULE if rule is not None else repeats
    if repeats == BY_RULE and rule is None:
        raise FieldRefusal(
            "starts", "On which days? For example ", Code("every 2nd tue 14:00"), ".", code="rule_question"
        )
    if rule is not None and ends is None and spoken is not None and isinstance(spoken.day, Weekday):
        _require_one_weekday(rule)
    weekly = repeats == WEEKLY or (repeats == BY_RULE and rule is not None and _is_weekly(rule))
    ends = ends or _ends(fields.get("ends", ""), starts, desk.now)
    for field in ("service", "environment"):
        if len(fields.get(field, "")) > MAX_NAME:
            raise FieldRefusal(field, f"That is longer than {MAX_NAME} characters.", code="too_long")
    service, environment = (bare_name(fields.get(field, "")) for field in ("service", "environment"))
    freeze = Freeze(
        starts, plan_at(ends.at, starts.zone), service, environment, weekly,
        fields.get("why", "").strip()[:MAX_WHY], channel, user,
        rule=rule if repeats == BY_RULE and not weekly else None,
    )  # fmt: skip
    try:
        require_sound(freeze)
    except Refusal as no:
        raise FieldRefusal("ends", no.words, code=no.code) from None
    if freeze.ends.at <= desk.now or freeze.ends.at - freeze.starts.at > LONGEST:
        raise FieldRefusal("ends", "A freeze ends after now and lasts a year at most.", code="bad_end")
    return freeze


def _own_begin(before: Freeze, fields: dict[str, str], zone: str, desk: Desk) -> PlannedTime:
    """The begin that it has, where that was typed again: read as on the eve of it, for it is past.

    Raises FieldRefusal for another one, with what to type instead.
    """
    with suppress(FieldRefusal):
        if (
            _edge(fields.get("starts", ""), zone, before.starts.at - timedelta(seconds=1), "starts").at
            == before.starts.at
        ):
            return before.starts
    until = f"{desk.catalogue.command} freeze change {before.number} until {fields.get('ends', '')}"
    raise FieldRefusal("starts", f"Freeze {before.number} began ", At(before.starts.at, "day", zone),
                       ", and keeps that begin. Change its end: ", Code(until), ".", code="begun")  # fmt: skip


def _is_on_one_weekday(rule: Rule) -> bool:
    return len(rule.weekdays) == 1


def _require_one_weekday(rule: Rule) -> None:
    """Raise FieldRefusal where “to mon 08:00” would be another length each time."""
    if not _is_on_one_weekday(rule):
        raise FieldRefusal("ends", "It begins on different weekdays, so name a time of day until which it lasts, for "
                           "example ", Code(f"{say_rule(rule)} 16:00 to 18:00"), ".", code="bad_end")  # fmt: skip


def _begin(text: str, zone: str, now: datetime) -> tuple[PlannedTime, Rule | None]:
    """The begin of its first window, and by which rule others follow. A day alone begins with its first moment."""
    days = days_first(text)
    if not isinstance(days, Rule) and not _RECURS.match(text):
        return _edge(text, zone, now, "starts"), None
    found = read_recurring(text, zone=zone, now=now)
    if isinstance(found, RuleQuestion) and isinstance(days, Rule):
        found = read_recurring(f"{text} 0:00", zone=zone, now=now)
    if isinstance(found, RuleQuestion):
        raise FieldRefusal("starts", found.text, code="rule_question")
    today = local(now, found.zone).date().to_stdlib()
    some = occurrences(replace(found.rule, interval=1), found.clock, found.zone, starts_on=found.starts_on or today,
                       after=now, count=_TRIED)  # fmt: skip
    first = next((one for one in some if not one.note), some[0])  # its wall time is that of all the others
    return PlannedTime(f"{first.day}T{found.clock:%H:%M}", found.zone, first.at, TZDATA), found.rule


def _ends(text: str, starts: PlannedTime, now: datetime) -> PlannedTime:
    """As meant today, where that is after its begin; else as meant on the day it begins: `mon to fri`.

    A clock time alone that is earlier than its begin is of the next day: `22:00 to 06:00`.
    """
    try:
        today = _edge(text, starts.zone, now, "ends")
    except FieldRefusal:
        today = None
    if today is not None and today.at > starts.at:
        return today
    spoken = read_words(text)
    if today is not None and spoken is not None and isinstance(spoken.day, Shifted):
        raise FieldRefusal("ends", ENDS_FIRST, code="ends_first")  # tomorrow is counted from today
    if spoken is not None and spoken.day is None and spoken.clock is not None and not spoken.clock.half_open:
        begins = datetime.fromisoformat(f"{starts.wall[:16]}:00+00:00")
        if time(spoken.clock.hour, spoken.clock.minute) <= begins.time():
            text = f"{begins.date() + timedelta(days=1)} {text}"
    try:
        return _edge(text, starts.zone, starts.at, "ends")
    except FieldRefusal:
        if today is None or (spoken is not None and isinstance(spoken.day, Weekday)):
            raise
        raise FieldRefusal("ends", ENDS_FIRST, code="ends_first") from None  # it is ahead, and not past


def _edge(text: str, zone: str, now: datetime, field: str) -> PlannedTime:
    """A time; of a day alone its first moment, and where a freeze ends its last."""
    spoken = read_words(text)
    if spoken is None:
        raise FieldRefusal(field, "Please name a time, for example ", Code("fri 16:00"), ".", code="bad_time")
    whole_day = spoken.day is not None and spoken.clock is None and spoken.part is None
    if not whole_day:
        read = read_when(text, zone=zone, now=now)
    else:
        today = local(now, zone).date().to_stdlib()
        named = isinstance(spoken.day, Weekday | OnDate)
        since = at_wall(today, time(0), zone)
        if isinstance(spoken.day, Weekday) and spoken.day.index == today.weekday():
            # It may begin today; a week later is when it ends: who means today says so.
            since += timedelta(days=1) if field == "ends" else -timedelta(seconds=1)
        read = read_when(f"{text} 00:00", zone=zone, now=since)
        if field == "ends" and isinstance(read, PlannedTime):
            day = local(read.at, read.zone).date().to_stdlib() + timedelta(days=1)
            read = plan_wall(day, time(0), read.zone, now=now)
        elif isinstance(read, PlannedTime) and not named and read.at < now:
            read = plan_at(now, read.zone)  # what is left of today
    if isinstance(read, TimeQuestion) and field == "ends" and spoken.day is None and len(read.options) == 1:
        read = read.options[0]  # `22:00 to 06:00`: it ends after its begin, so on the next day
    if isinstance(read, TimeQuestion):
        raise FieldRefusal(field, read.text, code="time_question")
    whole_minute = read.at.replace(second=0, microsecond=0)
    return read if whole_minute == read.at else plan_at(whole_minute, read.zone)


def _edges(freeze: Freeze, now: datetime) -> tuple[PlannedTime, PlannedTime]:
    """Its begin and end; of one that recurs those of the window that is, or comes next."""
    return next(freeze.edges(now), (freeze.starts, freeze.ends))


def _counted_from(freeze: Freeze, now: datetime) -> str:
    """The day of its next begin: from it on its days are the same as before, and no past day is to be typed."""
    today = local(now, freeze.starts.zone).date().to_stdlib().isoformat()
    return next(starts.wall[:10] for starts, _ in freeze.edges(now) if starts.wall[:10] >= today)


def as_fields(freeze: Freeze, now: datetime) -> dict[str, str]:
    """As a dialog shows it."""
    starts, ends = _edges(freeze, now)
    begins, over = starts.typed, ends.typed
    if freeze.rule is not None:
        first, last = (date.fromisoformat(one.wall[:10]) for one in (starts, ends))
        begins = f"{say_rule(freeze.rule)} {starts.wall[11:16]} {starts.zone} starting {_counted_from(freeze, now)}"
        if ends.wall[:16] < f"{first + timedelta(days=1)}{starts.wall[10:16]}":
            over = ends.wall[11:16]
        elif _is_on_one_weekday(freeze.rule) and (last - first).days < len(WEEKDAYS):
            over = f"{WEEKDAYS[last.weekday()]} {ends.wall[11:16]}"
    return {
        "starts": begins, "ends": over, "service": freeze.service,
        "environment": freeze.environment, "why": freeze.why, "channel": freeze.channel,
        "repeats": BY_RULE if freeze.rule is not None else WEEKLY if freeze.weekly else ONCE,
    }  # fmt: skip
