"""Read a freeze from what somebody typed: `fri 16:00 to mon 08:00 payments in staging because year end`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from bot.kit.desk import Desk
from bot.kit.naming import split_word, tidy
from bot.release.errors import FieldRefusal, Refusal
from bot.release.freeze import Freeze, require_sound
from bot.release.planned import PlannedTime, TimeQuestion, at_wall, plan_at, plan_wall
from bot.release.policy import service_key
from bot.release.when import read_when
from bot.release.when_words import read_words
from bot.release.words import Code
from bot.release.zones import TZDATA, local

#: Nothing is frozen for longer than that at a time.
LONGEST = timedelta(days=366)
MAX_WHY, MAX_NAME = 500, 60
ONCE, WEEKLY = "once", "week"
_EVERY = re.compile(r"(?:every|each|weekly)(?: week)? ", re.IGNORECASE)
_BECAUSE = re.compile(r"(?:^|\s)(?:because(?: of)?|why:)\s+(.*)$", re.IGNORECASE)
_UNTIL = re.compile(r"\s(?:to|until|till|-)\s", re.IGNORECASE)
_ALL = {"all", "everything", "everywhere", "anything"}
#: What stands alone and means an environment, unless a service is called so.
_PLACES = {"production", "prod", "staging", "stage", "test", "qa", "dev", "uat", "preprod", "sandbox"}


def fields_of(text: str, services: set[str]) -> dict[str, str]:
    """The form's fields, as far as the text names them. `services`: those that are known, as compared."""
    rest, found = tidy(text), {"repeats": ONCE}
    if reason := _BECAUSE.search(rest):
        found["why"], rest = reason[1].strip(), rest[: reason.start()]
    if every := _EVERY.match(rest):
        found["repeats"], rest = WEEKLY, rest[every.end() :]
    for split in _UNTIL.finditer(rest):
        if read_words(rest[: split.start()]) is not None:
            found["starts"] = rest[: split.start()].strip()
            found["ends"], scope = _time_first(rest[split.end() :])
            return found | _scope(scope, services)
    return found | ({"starts": rest} if rest else {})


def _time_first(text: str) -> tuple[str, str]:
    """The longest beginning that names a time, and the rest."""
    typed = text.split()
    for end in range(len(typed), 0, -1):
        if read_words(" ".join(typed[:end])) is not None:
            return " ".join(typed[:end]), " ".join(typed[end:])
    return text, ""


def _scope(text: str, services: set[str]) -> dict[str, str]:
    """`for payments in staging`, `payments staging`, `in staging`, `staging`."""
    text = re.sub(r"^(?:for|of)\s+", "", text.strip(), flags=re.IGNORECASE)
    if place := re.search(r"(?:^|\s)(?:in|on|to)\s+(\S+)$", text, re.IGNORECASE):
        service, environment = text[: place.start()], place[1]
    else:
        service, environment = split_word(text)
    if not environment and service_key(service) in _PLACES - services:
        service, environment = "", service
    service = split_word(service)[0] if service.startswith('"') else service
    named = {"service": service.strip(), "environment": environment.strip()}
    return {field: "" if name.casefold() in _ALL else name for field, name in named.items()}


def freeze_from(fields: dict[str, str], channel: str, user: str, desk: Desk, before: Freeze | None = None) -> Freeze:
    """What the fields mean; an edge that stands as it was `before` stays, though it be past.

    Raises FieldRefusal for a time that is unclear or past, Refusal for what cannot be.
    """
    spoken = read_words(fields.get("ends", ""))  # “… to mon 08:00 Berlin” says it of both
    zone = (spoken.zone if spoken else None) or desk.zone_of(user) or desk.workspace.zone
    stood = {one.typed: one for one in _edges(before, desk.now)} if before is not None else {}
    starts, ends = (stood.get(fields.get(field, "")) for field in ("starts", "ends"))
    starts = starts or _edge(fields.get("starts", ""), zone, desk.now, "starts")
    ends = ends or _ends(fields.get("ends", ""), starts, desk.now)
    for field in ("service", "environment"):
        if len(fields.get(field, "")) > MAX_NAME:
            raise FieldRefusal(field, f"That is longer than {MAX_NAME} characters.", code="too_long")
    freeze = Freeze(
        starts, plan_at(ends.at, starts.zone), fields.get("service", ""), fields.get("environment", ""),
        fields.get("repeats") == WEEKLY, fields.get("why", "").strip()[:MAX_WHY], channel, user,
    )  # fmt: skip
    try:
        require_sound(freeze)
    except Refusal as no:
        raise FieldRefusal("ends", no.words, code=no.code) from None
    if freeze.ends.at <= desk.now or freeze.ends.at - freeze.starts.at > LONGEST:
        raise FieldRefusal("ends", "A freeze ends after now and lasts a year at most.", code="bad_end")
    return freeze


def _ends(text: str, starts: PlannedTime, now: datetime) -> PlannedTime:
    """As meant today, where that is after its begin; else as meant on the day it begins: `mon to fri`."""
    try:
        today = _edge(text, starts.zone, now, "ends")
    except FieldRefusal:
        today = None
    return today if today is not None and today.at > starts.at else _edge(text, starts.zone, starts.at, "ends")


def _edge(text: str, zone: str, now: datetime, field: str) -> PlannedTime:
    """A time; of a day alone its first moment, and where a freeze ends its last."""
    spoken = read_words(text)
    if spoken is None:
        raise FieldRefusal(field, "Please name a time, for example ", Code("fri 16:00"), ".", code="bad_time")
    whole_day = spoken.day is not None and spoken.clock is None and spoken.part is None
    if not whole_day:
        read = read_when(text, zone=zone, now=now)
    else:
        midnight = at_wall(local(now, zone).date().to_stdlib(), time(0), zone)
        read = read_when(f"{text} 00:00", zone=zone, now=midnight - timedelta(seconds=1))
        if field == "ends" and isinstance(read, PlannedTime):
            day = local(read.at, read.zone).date().to_stdlib() + timedelta(days=1)
            read = plan_wall(day, time(0), read.zone, now=now)
    if isinstance(read, TimeQuestion):
        raise FieldRefusal(field, read.text, code="time_question")
    whole_minute = read.at.replace(second=0, microsecond=0)
    return read if whole_minute == read.at else plan_at(whole_minute, read.zone)


def packed(freeze: Freeze) -> dict[str, Any]:
    """What a button carries of it until it is confirmed."""
    return {
        "a": freeze.starts.wall, "b": freeze.ends.wall, "z": freeze.starts.zone, "x": _second(freeze.starts),
        "y": _second(freeze.ends), "s": freeze.service, "e": freeze.environment, "m": int(freeze.weekly),
        "w": freeze.why, "c": freeze.channel, "k": freeze.id,
    }  # fmt: skip


def unpacked(data: Mapping[str, Any], user: str) -> Freeze:
    """The inverse. Raises Refusal for what an older version's button carried."""
    try:
        zone, ids = str(data["z"]), int(str(data["k"]))
        starts, ends = (
            PlannedTime(str(data[wall]), zone, datetime.fromtimestamp(int(str(data[at])), UTC), TZDATA)
            for wall, at in (("a", "x"), ("b", "y"))
        )
        return Freeze(starts, ends, str(data["s"]), str(data["e"]), bool(data["m"]), str(data["w"]), str(data["c"]),
                      user, id=ids)  # fmt: skip
    except (KeyError, ValueError):
        raise Refusal("This button is from an older version. Please type it again.", code="old_button") from None


def _second(planned: PlannedTime) -> int:
    return int(planned.at.timestamp())


def _edges(freeze: Freeze, now: datetime) -> tuple[PlannedTime, PlannedTime]:
    """Its begin and end; of a weekly one those of the window that is, or comes next."""
    return next(freeze.edges(now), (freeze.starts, freeze.ends))


def as_fields(freeze: Freeze, now: datetime) -> dict[str, str]:
    """As a dialog shows it."""
    starts, ends = _edges(freeze, now)
    return {
        "starts": starts.typed, "ends": ends.typed, "service": freeze.service,
        "environment": freeze.environment, "why": freeze.why, "channel": freeze.channel,
        "repeats": WEEKLY if freeze.weekly else ONCE,
    }  # fmt: skip
