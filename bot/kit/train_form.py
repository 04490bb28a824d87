"""Read what somebody wants of a train, typed on one line or in a dialog, and show it before it is kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from bot.kit import access
from bot.kit.ask import Ask
from bot.kit.blocks import Block, Input, Lines, Para, Small
from bot.kit.desk import Desk
from bot.kit.freezes import freezing
from bot.kit.mentions import people_named
from bot.kit.naming import split_word
from bot.kit.place import require_place
from bot.kit.trains import Coming, coming, draft, follows, say_departure
from bot.release.durations import read_span, say_length
from bot.release.errors import FieldRefusal
from bot.release.freeze import met
from bot.release.frozen import lasts_until
from bot.release.policy import service_key
from bot.release.recurrence import Rule, clock_change, first_day, say_change, say_rule
from bot.release.recurrence_words import Recurring, RuleQuestion, read_recurring
from bot.release.release import DEFAULT_ENVIRONMENT
from bot.release.tidy import bare_name
from bot.release.trains import LONGEST_LEAD, Train, is_reachable, made_at, require_pattern
from bot.release.words import Bold, Channel, Code, Said, Who, Words, listing, words
from bot.release.zones import TZDATA, local, say_clock, say_day

#: So many departures are shown before a train is kept.
SHOWN = 5
MAX_NAME, MAX_CAPTAINS = 60, 12
FIELDS = (
    Input("service", "Service", placeholder="payments", max_length=MAX_NAME),
    Input("when", "When does it depart?", placeholder="every 2nd tue 14:00",
          hint="In your time zone; or every mon and thu 9:00 New York, last fri of the month 14:00"),
    Input("channel", "Channel", kind="channel", hint="Where the cards of its releases live."),
    Input("environment", "Environment", optional=True, placeholder=DEFAULT_ENVIRONMENT, max_length=MAX_NAME),
    Input("captains", "Captains, in turn", kind="users", optional=True, hint="Nobody named: whoever makes the train."),
    Input("version", "Version", optional=True, max_length=MAX_NAME, placeholder="2026.{n}",
          hint="{n} counts its departures; {yyyy}, {mm}, {dd} and {week} are of its day. Empty: its captain is asked."),
    Input("lead", "How long before is its release made?", optional=True, placeholder="3 days", max_length=30,
          hint="Empty: two working days before its go/no-go opens."),
)  # fmt: skip

_OPTION = re.compile(r"\s(?:(version)\s+(\S+)|(lead)\s+(\S+(?:\s+(?:days?|weeks?|hours?))?)|(captains?)\b:?)(?=\s|$)")


def read_line(text: str, channel: str | None, desk: Desk) -> dict[str, Any]:
    """`payments to staging every 2nd tue 14:00 Berlin captains @ana @bo version 2026.{n} lead 3d` as its fields."""
    captains, rest = people_named(text, desk)
    service, rest = split_word(rest)
    environment = ""
    if found := re.match(r"to\s+(\S+)\s+", rest):
        environment, rest = found[1], rest[found.end() :]
    said: dict[str, str] = {}
    for one in _OPTION.finditer(f" {rest}"):
        said |= {one[1] or one[3] or "captains": one[2] or one[4] or ""}
    when = " ".join(_OPTION.sub(" ", f" {rest}").split())
    typed = {"service": service, "when": when, "environment": environment, "captains": tuple(captains)}
    return typed | {"version": said.get("version", ""), "lead": said.get("lead", ""), "channel": channel}


def write_line(train: Train, *, rule: Rule | None = None, starts_on: date | None = None) -> str:
    """The line that `read_line` reads back as this train, perhaps with other days."""
    service = f'"{train.service}"' if " " in train.service else train.service
    to = "" if train.environment == DEFAULT_ENVIRONMENT else f" to {train.environment}"
    first = f" starting {(starts_on or train.starts_on).isoformat()}" if rule is None else ""
    captains = "".join(f" <@{user}>" for user in train.captains)
    version = f" version {train.version}" if train.version else ""
    lead = f" lead {_spell(train.lead)}" if train.lead is not None else ""
    when = f"{say_rule(rule or train.rule)} {train.clock:%H:%M} {train.zone}"
    return f"{service}{to} {when}{first}{f' captains{captains}' if captains else ''}{version}{lead}"


def answers_of(train: Train, first: date) -> dict[str, Any]:
    """The fields of a dialog about it; it starts on that day, so that its weeks stay the same."""
    when = f"{say_rule(train.rule)} {train.clock:%H:%M} {train.zone} starting {first.isoformat()}"
    return {"service": train.service, "when": when, "channel": train.channel, "environment": train.environment,
            "captains": train.captains, "version": train.version, "lead": _spell(train.lead)}  # fmt: skip


def next_day(train: Train, now: datetime) -> date:
    """Of its next departure, whatever becomes of that."""
    return train.to_come(max(train.settled_until, now), 1)[0].day


def confirmed(data: Mapping[str, Any], desk: Desk) -> dict[str, Any]:
    """The fields of the train whose preview was confirmed. Older previews carry it as a line."""
    shown = data.get("d")
    return dict(shown) if isinstance(shown, dict) else read_line(str(data.get("t", "")), str(data.get("c", "")), desk)


def _spell(lead: timedelta | None) -> str:
    if lead is None:
        return ""
    minutes = lead.seconds // 60
    pieces = ((lead.days, "d"), (minutes // 60, "h"), (minutes % 60, "m"))
    return "".join(f"{count}{unit}" for count, unit in pieces if count) or "0m"


class Unclear(FieldRefusal):
    """It is not clear when the train departs. `options` are the rules that may be meant, `rest` what stood beside."""

    def __init__(self, question: RuleQuestion) -> None:
        super().__init__("when", question.text, code="rule_question")
        self.question = question


def wanted(fields: Mapping[str, Any], was: Train | None, ask: Ask, desk: Desk) -> tuple[Train, Rule | None]:
    """The train that is asked for, not stored yet, and what else its days could mean. `was`: the one it changes.

    Raises Unclear, FieldRefusal, or the Refusal of whoever may not plan releases of this service there.
    """
    service, channel, environment, version = (_text(fields, one) for one in ("service", "channel", "environment",
                                                                             "version"))  # fmt: skip
    service = bare_name(service)
    if not service or len(service) > MAX_NAME:
        raise FieldRefusal("service", "Which service? For example ", Code("payments"), ".", code="missing")
    require_place(channel, ask, desk)
    found = read_recurring(_text(fields, "when"), zone=desk.zone_of(ask.user), now=desk.now)
    if isinstance(found, RuleQuestion):
        raise Unclear(found)
    if any(mark.isspace() for mark in version):
        raise FieldRefusal("version", "A version has no spaces.", code="bad_pattern")
    train = Train(
        service=service, environment=environment or DEFAULT_ENVIRONMENT, channel=channel, rule=found.rule,
        clock=found.clock, zone=found.zone, starts_on=desk.now.date(), created_by=ask.user, created_at=desk.now,
        settled_until=desk.now, tzdata=TZDATA, lead=_lead(_text(fields, "lead")), version=version,
        captains=_captains(fields.get("captains") or (), desk),
    )  # fmt: skip
    if was is not None:
        train = replace(
            was, service=service, environment=train.environment, channel=channel, rule=train.rule, clock=train.clock,
            zone=train.zone, lead=train.lead, version=version, captains=train.captains, tzdata=TZDATA,
            revision=was.revision + 1, settled_until=max(desk.now, was.settled_until),
        )  # fmt: skip
    train = _from_its_first(train, found, desk)
    what = (service_key(train.service), service_key(train.environment), train.channel)
    if was is None or what != (service_key(was.service), service_key(was.environment), was.channel):
        policy, _ = follows(train.service, desk)
        sample = draft(train, train.to_come(train.settled_until, 1)[0], policy, 1, ask.user, desk)
        access.require_create(desk, replace(sample, created_by=ask.user))
    return train, found.otherwise


def _from_its_first(train: Train, found: Recurring, desk: Desk) -> Train:
    """The train with the day it begins: the first that can still be asked about, unless one was named."""
    (policy, _), days_off = follows(train.service, desk), desk.work.days_off
    today = local(desk.now, train.zone).date().to_stdlib()
    begin = first_day(found.rule, found.starts_on or today)
    weekly = replace(train, rule=replace(found.rule, interval=1)) if found.starts_on is None else train
    days = replace(weekly, starts_on=begin).to_come(train.settled_until, 20)
    reachable = [
        one for one in days
        if is_reachable(
            one.planned, policy, max(desk.now, made_at(one.planned, train.lead, policy, days_off)), days_off
        )
    ]  # fmt: skip
    if not reachable:
        raise FieldRefusal("lead", "With that lead its go/no-go would already be closed when the release is made. "
                           "Leave it empty, or name a longer one.", code="too_soon")  # fmt: skip
    first = reachable[0]
    starts_on = begin if found.starts_on is not None else first.day
    gone_by = [one.at for one in days if one.at < first.at]
    train = replace(train, starts_on=starts_on, settled_until=max(train.settled_until, *gone_by, desk.now))
    require_pattern(train.version, [one.day for one in train.to_come(train.settled_until, SHOWN)])
    return train


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def _lead(text: str) -> timedelta | None:
    if not text:
        return None
    span = read_span(text.casefold().removesuffix(" before").strip())
    if span is None or not timedelta() <= span.total <= LONGEST_LEAD:
        raise FieldRefusal("lead", "“", Said(text[:40]), f"” is no time of up to {LONGEST_LEAD.days} days. Try ",
                           Code("3d"), " or ", Code("12h"), ".", code="bad_lead")  # fmt: skip
    return span.total


def _captains(named: Sequence[str], desk: Desk) -> tuple[str, ...]:
    captains = tuple(dict.fromkeys(named))
    if len(captains) > MAX_CAPTAINS:
        raise FieldRefusal("captains", f"At most {MAX_CAPTAINS} captains take turns.", code="too_many")
    others = [user for user in captains if user not in desk.full_members(captains)]
    if others:
        raise FieldRefusal("captains", listing([Who(user) for user in others]), " can't lead a release: only full "
                           "members of this workspace can.", code="not_full_member")  # fmt: skip
    return captains


# ---- what is shown ----------------------------------------------------------------------------


def preview(train: Train, desk: Desk) -> list[Block]:
    """What it will do, over the next change of the clocks."""
    where = "" if train.environment == DEFAULT_ENVIRONMENT else f" → {train.environment}"
    head = words("🚆 ", Bold(f"{train.service}{where}"), f": {train.when}, in ", Channel(train.channel), ".")
    shown = coming(train, desk, SHOWN)
    rows = [words("Next departures:")]
    for one in shown:
        rows += [words("• ", row(one, train, desk)), *frozen_rows(one, train, desk)]
    blocks: list[Block] = [Para(head), Lines(tuple(rows))]
    said, is_near = _over_the_change(train, shown[-1].one.at, desk.now)
    notes = [words(one.one.note) for one in shown if one.one.note]
    if told := [*(said if is_near else ()), *(note for note in notes if note not in said)]:
        blocks.append(Lines(tuple(told)))
    far = () if is_near else said  # further ahead than the departures that are shown
    last = [Small(words(*(words("\n" if at else "", row) for at, row in enumerate(far))))] if far else []
    return [*blocks, Small(_rest(train)), *last]


def row(one: Coming, train: Train, desk: Desk) -> Words:
    """ "Tue 8 Dec 14:00 — payments 2026.1, captain Ana; its release is made Fri 4 Dec 14:00"."""
    day = Bold(say_departure(one.one, desk))
    if one.off:
        return words(day, " — ", one.off)
    leads = words(", captain ", Who(one.captain)) if one.captain else ()
    made = f"{say_day(one.made_at, train.zone, now=desk.now)} {say_clock(one.made_at, train.zone)}"
    when = "made at once" if one.made_at <= desk.now else f"made {made}"
    return words(day, " — ", Said(f"{train.service} {one.version}"), leads, f"; {when}")


def frozen_rows(one: Coming, train: Train, desk: Desk) -> list[Words]:
    """The freezes that it would meet, as far as they are known by now."""
    release = draft(train, one.one, follows(train.service, desk)[0], 1, train.created_by, desk)
    found = met(release, freezing(release, desk), one.one.at)
    return [words("   ❄️ ", lasts_until(each, train.zone, desk.now)) for each in found if each.way is None]


def _over_the_change(train: Train, until: datetime, now: datetime) -> tuple[list[Words], bool]:
    """What the next change of the clocks does to it, once it departs: nothing, on the wall clock.

    And whether it comes before `until`.
    """
    (first,) = train.to_come(max(now, train.settled_until), 1)
    change = clock_change(train.zone, max(now, first.at))
    if change is None:
        return [], False
    (after,) = train.to_come(max(change.at, train.settled_until), 1)
    there = f"{say_day(after.at, train.zone, now=now)} {say_clock(after.at, train.zone)}"
    said = say_change(change, train.clock, train.zone, now=now)
    rows = [words("🕑 ", said), words(f"• the first departure after it: {there} ({after.at:%H:%M} UTC)"),
            *([words(after.note)] if after.note else [])]  # fmt: skip
    return rows, change.at <= until


def _rest(train: Train) -> Words:
    lead = "two working days before its go/no-go opens" if train.lead is None else f"{say_length(train.lead)} before"
    version = "" if train.version else " Its captain is asked for its version."
    many = " Captains take turns; who is away then is passed over." if len(train.captains) > 1 else ""
    return words(f"Each release is made {lead}.{version}{many}")
