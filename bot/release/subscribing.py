"""Know what a channel can ask to hear, and when: read it as people type it, and say it back to them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.release.planned import at_wall
from bot.release.recurrence import Rule, note_of_changes
from bot.release.words import At, Words, words
from bot.release.zones import local, place_name, read_zone

Level = Literal["none", "outcomes", "milestones", "all"]
#: From little to much: who hears of more hears of what is before it, too.
LEVELS: tuple[Level, ...] = ("none", "outcomes", "milestones", "all")
#: What each of them is, in words.
HEARS: Mapping[Level, str] = {
    "none": "nothing as it happens",
    "outcomes": "outcomes: live, rolled back, cancelled",
    "milestones": "milestones: planned, moved, decided, on hold, deploy started or failed; and outcomes",
    "all": "everything: milestones and outcomes, and what happens in between",
}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: When a digest comes where nobody said a time.
NINE = time(9)
_LEVEL_WORDS: Mapping[str, Level] = {
    "all": "all", "everything": "all", "milestones": "milestones", "milestone": "milestones",
    "outcomes": "outcomes", "outcome": "outcomes", "nothing": "none", "none": "none",
}  # fmt: skip
_FILLERS = {"and", "with", "a", "the", "digest", "at", "on", "every", "digests", "news", "only", "to"}
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(am|pm|h)?")


@dataclass(frozen=True)
class Digest:
    """Every day, or every week on a `weekday` (Monday is 0), at a wall time in a zone (IANA)."""

    every: Literal["daily", "weekly"]
    clock: time
    zone: str
    weekday: int = 0

    def next_after(self, at: datetime) -> datetime:
        """The next instant it is due, later than that; a time that a clock skips comes right after the gap."""
        day = local(at, self.zone).date().to_stdlib() - timedelta(days=1)
        while not (self._is_on(day) and at_wall(day, self.clock, self.zone) > at):
            day += timedelta(days=1)
        return at_wall(day, self.clock, self.zone)

    def span(self, at: datetime) -> tuple[datetime, datetime]:
        """Since when it looks back, and until when ahead: a day or a week each way, by the wall clock when due."""
        day = local(at, self.zone).date().to_stdlib()
        step = timedelta(days=7 if self.every == "weekly" else 1)
        if at != at_wall(day, self.clock, self.zone):  # somebody looks at one
            return at - step, at + step
        return at_wall(day - step, self.clock, self.zone), at_wall(day + step, self.clock, self.zone)

    def note(self, after: datetime) -> str:
        """What is said of its time where the clocks will skip it, or show it twice, when they change next."""
        rule = Rule("day") if self.every == "daily" else Rule("week", 1, (self.weekday,))
        day = local(after, self.zone).date().to_stdlib()
        return note_of_changes(rule, self.clock, self.zone, starts_on=day, after=after)

    def _is_on(self, day: date) -> bool:
        return self.every == "daily" or day.weekday() == self.weekday

    @property
    def said(self) -> str:
        """`a digest every Monday at 09:00 (Berlin)`."""
        day = "day" if self.every == "daily" else DAYS[self.weekday].capitalize()
        return f"a digest every {day} at {self.clock:%H:%M} ({place_name(self.zone)})"


@dataclass(frozen=True)
class Wish:
    """What somebody typed. `unread` is what nobody understands of it, '' where all is clear."""

    level: Level | None = None
    every: Literal["daily", "weekly"] | None = None
    weekday: int | None = None
    clock: time | None = None
    zone: str | None = None
    unread: str = ""

    def settled(self, zone: str) -> tuple[Level, Digest | None]:
        """With what goes without saying: a digest alone comes alone, and at nine; without one, milestones are told."""
        weekly = self.every == "weekly" or (self.every is None and self.weekday is not None)
        if self.every is None and not weekly and self.clock is None:
            return self.level or "milestones", None
        digest = Digest("weekly" if weekly else "daily", self.clock or NINE, self.zone or zone, self.weekday or 0)
        return self.level or "none", digest


def read_wish(text: str) -> Wish:
    """`milestones weekly mon 9:00`, in any order. Days are named; a bare number is an hour."""
    wish = Wish()
    for word in text.replace(",", " ").split():
        low = word.casefold().strip(".")
        day = next((at for at, name in enumerate(DAYS) if len(low) >= 3 and f"{name}s".startswith(low)), None)
        if low in _FILLERS:
            continue
        if low in _LEVEL_WORDS and wish.level is None:
            wish = replace(wish, level=_LEVEL_WORDS[low])
        elif low in ("daily", "weekly", "day", "week") and wish.every is None:
            wish = replace(wish, every="daily" if low.startswith("da") else "weekly")
        elif day is not None and wish.weekday is None:
            wish = replace(wish, weekday=day)
        elif wish.clock is None and (clock := read_clock(low)) is not None:
            wish = replace(wish, clock=clock)
        elif low in ("am", "pm") and wish.clock is not None and 1 <= wish.clock.hour <= 12:
            wish = replace(wish, clock=wish.clock.replace(hour=wish.clock.hour % 12 + 12 * (low == "pm")))
        elif wish.zone is None and (zone := read_zone(word)) is not None:
            wish = replace(wish, zone=zone)
        else:
            return replace(wish, unread=word)
    if wish.every == "daily" and wish.weekday is not None:
        return replace(wish, unread=DAYS[wish.weekday])
    return wish


def read_clock(text: str) -> time | None:
    """9:00, 9am, 17h; None when it is no time of day."""
    found = _CLOCK.fullmatch(text.casefold().strip())
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def say(level: Level, digest: Digest | None, now: datetime) -> Words:
    """`outcomes: live, …; and a digest every Monday at 09:00 (Berlin), the next one Mon 7 Dec 09:00`."""
    if digest is None:
        return words(HEARS[level])
    at = At(digest.next_after(now), "day", digest.zone)
    heard = f"{HEARS[level]}; and " if level != "none" else ""
    return words(heard, digest.said, ", the next one ", at)
