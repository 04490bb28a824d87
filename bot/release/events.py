"""Record what happened to a release, past tense, as facts that audit rows, timers and notices follow from."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.release.words import Words


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened. `by` is a user id, or None for the clock.

    `name` is stable (it is stored and never renamed): "planned", "poll_opened", "voted", "decided", "held",
    "resumed", "rescheduled", "captain_changed", "captain_left", "deploy_started", "deploy_finished", "deploy_failed",
    "part_dropped", "went_live", "monitoring_started", "monitoring_ended", "rollback_started", "rolled_back",
    "rollback_explained", "cancelled", "approval_expired", "poll_extended", "retro_answered",
    "action_closed", "closed".
    `said` is the sentence for people; `why` is personal free text, kept beside the audit chain. `details` are plain
    JSON data, instants as ISO text.
    """

    name: str
    at: datetime
    by: str | None
    said: Words
    why: str = ""
    details: dict[str, Any] = field(default_factory=dict)
