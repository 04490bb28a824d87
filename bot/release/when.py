"""Read when a release shall go live from what a person typed, or ask; never guess.

The grammar is our own small one over what people type, because libraries for free-form dates answer
every text with their best guess; `whenever` does the arithmetic, because it raises at the two edges of
daylight saving instead of choosing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone

from bot.release.durations import Span, read_duration, read_span
from bot.release.planned import PlannedTime, TimeQuestion, plan_at, replan
from bot.release.tidy import quote, tidy
from bot.release.when_days import days_meant
from bot.release.when_places import Meant, Place, plan_in, soonest, zones_spoken_of
from bot.release.when_words import PARTS, ClockTime, OnDate, Spoken, Weekday, read_words
from bot.release.zones import is_zone, local, place_name, say_clock, say_day, say_offset, suggest_zones

__all__ = ["PlannedTime", "TimeQuestion", "read_duration", "read_when", "replan", "split_when"]

#: Nobody plans a release further ahead; a typing error would.
FURTHEST = timedelta(days=731)
_LONG_PAST = timedelta(days=400)
_OFFERED_HOURS = (10, 14)
_DOTTED = re.compile(r"\d{1,2}\.(\d{2})")
_Clocks = list[tuple[int, time]]  # so many days later, at this clock time


def read_when(text: str, *, zone: str, now: datetime, begins: bool = False) -> PlannedTime | TimeQuestion:
    """The one time ahead that the text means for a person in `zone`, or a question with up to three options.

    `begins`: a day without a time of it means the moment that day begins; otherwise the time is asked for.
    `now` is an aware instant. Raises ValueError when there is no such zone or `now` is naive; never
    because of the text.
    """
    if not is_zone(zone):
        raise ValueError(f'there is no time zone "{zone}"; an example is "Europe/Berlin"')
    if now.tzinfo is None:
        raise ValueError("now must be an aware instant")
    spoken, span = _read(text, begins), read_span(tidy(text))
    reading = _Reading(text, spoken or Spoken(), zone, now.astimezone(UTC))
    if span is not None and (spoken is None or (spoken.clock and spoken.clock.half_open)):
        return reading.length_of_time(span, spoken is not None)
    return reading.answer() if spoken else reading.not_understood()


def _read(text: str, begins: bool) -> Spoken | None:
    spoken = read_words(text)
    if spoken is None and (told := _DOTTED.fullmatch(tidy(text))) and (int(told[1]) > 12 or told[1] == "00"):
        spoken = read_words(f"at {text}")  # 14.30; not 17.12, which may be a day in December
    if not begins or spoken is None or spoken.day is None or spoken.clock or spoken.part or spoken.span:
        return spoken
    return replace(spoken, clock=ClockTime(0, begins=True))


def read_when_anywhere(text: str, *, likely: str, now: datetime, begins: bool = False) -> PlannedTime | TimeQuestion:
    """`read_when` for a person whose zone nobody knows: a question, unless the text says whose clock is meant.

    The answer in the `likely` zone is offered.
    """
    spoken = _read(text, begins)
    if spoken is None or spoken.now or spoken.span is not None or spoken.offset is not None:
        return read_when(text, zone=likely, now=now, begins=begins)
    if spoken.zone or spoken.abbreviation:
        return read_when(text, zone=spoken.zone or "UTC", now=now, begins=begins)
    meant = read_when(text, zone=likely, now=now, begins=begins)
    options = meant.options if isinstance(meant, TimeQuestion) else (meant,)
    return _Reading(text, spoken, likely, now.astimezone(UTC)).whose_clock(options)


def split_when(text: str) -> tuple[str, str]:
    """Split "2.14.0 tomorrow 14:00" into what comes first and the longest ending that names a time.

    Version numbers ("2.14.0", "14.00.1", "v3") are never taken for times. No time: the ending is "".
    """
    words = text.split()
    for start in range(len(words)):
        ending = " ".join(words[start:])
        if read_words(ending) is not None:
            return " ".join(words[:start]), ending
    return " ".join(words), ""


class _Reading:
    """One text, taken apart, on its way to an answer."""

    def __init__(self, text: str, spoken: Spoken, zone: str, now: datetime) -> None:
        self.quoted, self.text, self.spoken, self.zone, self.now = quote(text), text, spoken, zone, now
        self.place = Place(
            zone=spoken.zone or zone,
            named=spoken.zone is not None,
            offset=spoken.offset,
            abbreviation=spoken.abbreviation,
        )

    def answer(self) -> PlannedTime | TimeQuestion:
        if self.spoken.now:
            return plan_at(self.now, self.zone)
        if self.spoken.span is not None:
            return self._in(self.spoken.span)
        days = days_meant(self.spoken, self._todays(), self.quoted)
        clocks, clock_doubt = self._clocks()
        near = [day for day in days.dates if -_LONG_PAST < day - self.now.date() < FURTHEST + timedelta(days=2)]
        if not near and days.dates[0] > self.now.date() and not days.hole:
            return self._too_far()
        begins = self.spoken.clock is not None and self.spoken.clock.begins
        found = [
            plan_in(self.place, day + timedelta(later), at, self.now, begins=begins)
            for day in near
            for later, at in clocks
        ]
        plans = [plan for meant in found for plan in meant.plans]
        if days.hole:
            return self._question(days.doubt or "", plans)
        day_doubt = days.doubt
        if self.spoken.day is None and clock_doubt is None:  # a bare "14:00" is the one still ahead today
            found = [meant for meant in found if self._ahead(meant.plans)]
            day_doubt = day_doubt if len(found) > 1 else None
        if len(found) == 1 and not day_doubt and not clock_doubt:
            return self._settle(found[0], clocks)
        if day_doubt and not clock_doubt and plans and plans[0].at < self.now:
            day_doubt = f"{self._say(plans[0])} is past."
        return self._ask(day_doubt or clock_doubt, plans, clocks)

    def not_understood(self) -> TimeQuestion:
        """Perhaps only the place is spelt wrong; otherwise show what can be read."""
        words = self.text.split()
        for start in range(max(1, len(words) - 3), len(words)):
            name = " ".join(words[start:])
            spoken = read_words(" ".join(words[:start])) if name[0].isalpha() else None
            if spoken is None or spoken.now or spoken.span or spoken.zone:
                continue
            meant = [
                _Reading(self.text, replace(spoken, zone=zone), self.zone, self.now).answer()
                for zone in suggest_zones(name)
            ]
            if plans := [plan for plan in meant if isinstance(plan, PlannedTime)]:
                return self._question(f"I know no place called {quote(name)}.", plans, named=True)
        return TimeQuestion(f"{self.quoted} is not a time I can read. {self._try()}")

    def whose_clock(self, options: Iterable[PlannedTime]) -> TimeQuestion:
        question = self._question("I don't know your time zone.", options, named=True)
        example = f"“{' '.join(self.text.split())[:60]} New York”"
        return replace(question, text=f"{question.text} Or add where you are, for example {example}.")

    def length_of_time(self, span: Span, also_clock: bool) -> TimeQuestion:
        """ "90 min" without "in"; "2h" may also be an hour of the day."""
        meant = self._in(span)
        plans = list(meant.options) if isinstance(meant, TimeQuestion) else [meant]
        if also_clock:
            by_clock = self.answer()
            plans += by_clock.options if isinstance(by_clock, TimeQuestion) else (by_clock,)
        doubt = "can be a length of time or a time of day" if also_clock else "is a length of time"
        return self._question(f"{self.quoted} {doubt}.", plans)

    def _in(self, span: Span) -> PlannedTime | TimeQuestion:
        """Days by the calendar, the rest by the stopwatch; up to the next full minute, never early."""
        if span.total < timedelta():
            return self._question(f"{self.quoted} is past.", ())
        if span.total > FURTHEST:
            return self._too_far()
        start = self.now + timedelta(microseconds=-(self.now.second * 1_000_000 + self.now.microsecond) % 60_000_000)
        if span.days:
            there = local(start, self.zone)
            day = there.date().to_stdlib() + timedelta(days=span.days)
            meant = plan_in(Place(self.zone, named=False), day, there.time().to_stdlib(), self.now)
            if meant.doubt:
                return TimeQuestion(meant.doubt, meant.plans)
            start = meant.plans[0].at
        return plan_at(start + span.rest, self.zone)

    def _todays(self) -> dict[str, date]:
        """Today's date by place: it is not the same day everywhere."""
        zones = zones_spoken_of(self.place, self.zone)
        todays = {place_name(zone): local(self.now, zone).date().to_stdlib() for zone in zones}
        if self.place.offset is not None:
            todays[f"UTC{say_offset(self.place.offset)}"] = self.now.astimezone(timezone(self.place.offset)).date()
        return todays

    def _clocks(self) -> tuple[_Clocks, str | None]:
        """The clock times that may be meant, and why it is not one."""
        said, part = self.spoken.clock, self.spoken.part
        if said is None:
            hours = PARTS[part][1] if part else _OFFERED_HOURS
            return [(0, time(hour)) for hour in hours], f"{self.quoted} names no clock time."
        if said.midnight:
            later = (0, 1) if self.spoken.day is not None else (1, 2)
            return [(days, time(0)) for days in later], "Midnight ends one day and begins another."
        meant = [said.hour % 12, said.hour % 12 + 12] if said.half_open else [said.hour]
        clocks = [(0, time(hour, said.minute)) for hour in meant]
        if part:
            fitting = [(0, clock) for _, clock in clocks if clock.hour in PARTS[part][0]]
            return (fitting, None) if len(fitting) == 1 else (clocks, f"{self.quoted} contradicts itself.")
        return clocks, f"{self.quoted} can be before or after noon." if said.half_open else None

    def _settle(self, meant: Meant, clocks: _Clocks) -> PlannedTime | TimeQuestion:
        """Let one meaning pass if nothing is unclear, it lies ahead and within reach."""
        ahead = self._ahead(meant.plans)
        if meant.doubt:
            return (
                TimeQuestion(meant.doubt, ahead)
                if meant.complete and ahead
                else self._ask(meant.doubt, meant.plans, clocks)
            )
        if ahead:
            return ahead[0]
        if meant.plans[0].at > self.now:
            return self._too_far()
        return self._ask(None, meant.plans, clocks)

    def _ask(self, doubt: str | None, plans: Sequence[PlannedTime], clocks: _Clocks) -> TimeQuestion:
        """Offer what may be meant; when all of it is past, the next chances."""
        if self._ahead(plans):
            return self._question(doubt or "", plans)
        if plans and all(plan.at > self.now for plan in plans):
            return self._too_far()
        past = f"{self._say(plans[-1])} is past." if plans else f"{self.quoted} is past."
        return self._question(past, self._next_chances(plans, clocks))

    def _next_chances(self, past: Sequence[PlannedTime], clocks: _Clocks) -> list[PlannedTime]:
        """The same clock time today, tomorrow, and next week or next year if such a day was named."""
        today = local(self.now, self.place.zone).date().to_stdlib()
        days = [today, today + timedelta(days=1)]
        if isinstance(self.spoken.day, Weekday):
            days.append(today + timedelta(days=(self.spoken.day.index - today.weekday()) % 7 or 7))
        if isinstance(self.spoken.day, OnDate) and past:
            day = local(past[0].at, self.place.zone).date().to_stdlib()
            days += [day.replace(year=day.year + 1)] if (day.month, day.day) != (2, 29) else []
        meant = [plan_in(self.place, day, clock, self.now) for day in days for _, clock in clocks]
        return [plan for chance in meant for plan in chance.plans]

    def _ahead(self, plans: Iterable[PlannedTime]) -> tuple[PlannedTime, ...]:
        """At most three instants that are neither past nor out of reach."""
        return tuple(plan for plan in soonest(plans) if timedelta() <= plan.at - self.now <= FURTHEST)[:3]

    def _question(self, doubt: str, plans: Iterable[PlannedTime], *, named: bool = False) -> TimeQuestion:
        options = self._ahead(plans)
        said = [self._say(plan, named=named) for plan in options]
        if not said:
            return TimeQuestion(f"{doubt} {self._try()}")
        listed = f"{', '.join(said[:-1])} or {said[-1]}" if len(said) > 1 else said[0]
        return TimeQuestion(f"{doubt} Did you mean {listed}?", options)

    def _say(self, plan: PlannedTime, *, named: bool = False) -> str:
        shown = f"{say_day(plan.at, plan.zone, now=self.now)} {say_clock(plan.at, plan.zone)}"
        return shown if plan.zone == self.zone and not named else f"{shown} {place_name(plan.zone)}"

    def _too_far(self) -> TimeQuestion:
        return TimeQuestion(f"{self.quoted} is more than two years away. {self._try()}")

    def _try(self) -> str:
        tomorrow = local(self.now, self.zone).date().to_stdlib() + timedelta(days=1)
        return f"Try tomorrow 14:00, fri 3pm or {tomorrow.isoformat()} 14:00 Europe/Berlin."
