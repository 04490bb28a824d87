"""Put a freeze into what a button carries until it is confirmed, and take it out again."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from bot.release.errors import Refusal
from bot.release.freeze import Freeze
from bot.release.planned import PlannedTime
from bot.release.recurrence import rule_data, rule_of
from bot.release.zones import TZDATA


def packed(freeze: Freeze) -> dict[str, Any]:
    """What a button carries of it until it is confirmed."""
    return {
        "a": freeze.starts.wall, "b": freeze.ends.wall, "z": freeze.starts.zone, "x": _second(freeze.starts),
        "y": _second(freeze.ends), "s": freeze.service, "e": freeze.environment, "m": int(freeze.weekly),
        "w": freeze.why, "c": freeze.channel, "k": freeze.id,
    } | ({"d": rule_data(freeze.rule)} if freeze.rule is not None else {})  # fmt: skip


def stamp(freeze: Freeze) -> str:
    """Tells one state of a freeze from another, for a button."""
    return f"{crc32(json.dumps(packed(freeze), sort_keys=True).encode()):08x}"


def unpacked(data: Mapping[str, Any], user: str) -> Freeze:
    """The inverse. Raises Refusal for what an older version's button carried."""
    try:
        zone, ids = str(data["z"]), int(str(data["k"]))
        starts, ends = (
            PlannedTime(str(data[wall]), zone, datetime.fromtimestamp(int(str(data[at])), UTC), TZDATA)
            for wall, at in (("a", "x"), ("b", "y"))
        )
        return Freeze(starts, ends, str(data["s"]), str(data["e"]), bool(data["m"]), str(data["w"]), str(data["c"]),
                      user, id=ids, rule=rule_of(data["d"]) if "d" in data else None)  # fmt: skip
    except (KeyError, ValueError):
        raise Refusal("This button is from an older version. Please type it again.", code="old_button") from None


def _second(planned: PlannedTime) -> int:
    return int(planned.at.timestamp())
