"""Turn Slack's text notation into what a person reads: names, links, dates in their own zone."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_TOKEN = re.compile(r"<([^<>\n]+)>")
_MARK = re.compile(r"(?<![\w*_~])([*_~])(?=\S)(.+?)(?<=\S)\1(?![\w*_~])")
_DATE = re.compile(r"!date\^(-?\d+)\^([^^|]*)(?:\^[^|]*)?\|?(.*)", re.S)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip

#: (kind, id) -> the name a person sees; kind is "user", "channel" or "group".
Names = Callable[[str, str], str]


def read_mrkdwn(text: str, names: Names, zone: str | None, now: datetime) -> str:
    """The words a person sees. `now` decides what "today" is in date tokens."""

    def token(match: re.Match[str]) -> str:
        # Slack's own bold and strike marks do not reach into a token.
        return "\x00" + _read_token(match[1], names, zone, now).replace("*", "\x01").replace("_", "\x02") + "\x03"

    read = _TOKEN.sub(token, text)
    for _ in range(3):  # *_both_*
        read = _MARK.sub(r"\2", read)
    read = read.replace("\x00", "").replace("\x03", "").replace("\x01", "*").replace("\x02", "_")
    return html.unescape(read)


def _read_token(token: str, names: Names, zone: str | None, now: datetime) -> str:
    body, _, label = token.partition("|")
    if body.startswith("@"):
        return "@" + names("user", body[1:])
    if body.startswith("#"):
        return "#" + names("channel", body[1:])
    if body.startswith("!subteam^"):
        return "@" + names("group", body.removeprefix("!subteam^"))
    if date := _DATE.fullmatch(token):
        return read_date(int(date[1]), date[2], zone, now) if zone else html.unescape(date[3])
    if body.startswith("!"):
        return "@" + body[1:].split("^")[0]
    return label or body.removeprefix("mailto:")


def read_date(unix: int, pattern: str, zone: str | None, now: datetime) -> str:
    """A date token as a person in this IANA zone reads it, with 24-hour times."""
    there = ZoneInfo(zone or "UTC")
    at = datetime.fromtimestamp(unix, UTC).astimezone(there)
    today = now.astimezone(there).date()
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((at.date() - today).days)
    month, day = _MONTHS[at.month - 1], at.day
    # Slack leaves the year out when the date is less than half a year away.
    year = "" if abs(at.date() - today) < timedelta(days=183) else f", {at.year}"
    ordinal = f"{day}{'th' if 10 < day % 100 < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"
    words = {
        "date_num": f"{at.year}-{at.month:02d}-{day:02d}",
        "date": f"{month} {ordinal}{year}",
        "date_short": f"{month[:3]} {day}{year}",
        "date_long": f"{_DAYS[at.weekday()]}, {month} {ordinal}{year}",
        "time": f"{at:%H:%M}",
        "time_secs": f"{at:%H:%M:%S}",
        "ago": _ago(now - at),
        "day_divider_pretty": f"{_DAYS[at.weekday()]}, {month} {ordinal}{year}",
    }
    for name in ("date", "date_short", "date_long"):
        words[f"{name}_pretty"] = near or words[name]
    read = re.sub(r"\{(\w+)\}", lambda match: words.get(match[1], match[0]), pattern)
    # "{date_short_pretty} at {time}" reads "Tomorrow at 14:00" at the start.
    return read[:1].upper() + read[1:] if near and pattern.startswith("{date") else read


def _ago(gone: timedelta) -> str:
    minutes = int(abs(gone.total_seconds()) // 60)
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes >= size:
            count = minutes // size
            words = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"{words} ago" if gone >= timedelta(0) else f"in {words}"
    return "now"
