"""Name who takes part in a measurement: the workspace, its people and its channels."""

from typing import Any

TEAM, APP, BOT, BOT_USER = "T0BENCH", "A0BENCH", "B0BENCH", "U0BOT"
SIGNING_SECRET = "8f742231b10e8888abcd99bench0a5b1"
BOT_TOKEN = "xoxb-bench-token"

CAPTAIN = "U0CAPTAIN"
#: Who is asked for a go; more than eight, so that the card asks and nobody is written to directly.
VOTERS = [f"U0VOTER{number:02d}" for number in range(12)]
CREW = [CAPTAIN, *VOTERS]
#: Releases are spread over these; `/release status` is asked in one that has a single release.
CHANNELS = [f"C0REL{number:02d}" for number in range(40)]
QUIET_CHANNEL = "C0STATUS"


def person(user: str) -> dict[str, Any]:
    """As users.info has it."""
    name = user.removeprefix("U0").capitalize()
    return {"id": user, "team_id": TEAM, "name": name.lower(), "tz": "Europe/Berlin", "profile": {"real_name": name}}


def channels() -> list[dict[str, Any]]:
    """As conversations.list has them."""
    return [{"id": id, "name": id.lower(), "is_member": True} for id in (*CHANNELS, QUIET_CHANNEL)]
