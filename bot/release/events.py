"""Record what happened to a release, past tense, as facts that audit rows, timers and notices follow from."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.release.words import Words

#: Every name that is stored with an event; none is ever renamed.
EVENTS = frozenset(
    {"planned", "poll_opened", "voted", "decided", "held", "resumed", "rescheduled", "captain_changed", "captain_left"}
    | {"voter_left", "captain_back", "deployer_left"}
    | {"deploy_started", "deploy_finished", "deploy_failed", "part_dropped", "went_live", "monitoring_started"}
    | {"monitoring_ended", "rollback_started", "rolled_back", "rollback_explained", "rollback_called_off"}
    | {"cancelled", "approval_expired", "poll_extended", "retro_answered", "action_closed", "action_changed", "closed"}
    | {"condition_set", "condition_met", "condition_not_met", "condition_missed", "condition_withdrawn"}
    | {"condition_moved"}
    | {"edited", "late_change_asked", "late_change_accepted", "late_change_refused", "ticked", "unticked"}
    | {"sign_off_added", "policy_reapplied", "votes_confirmed", "overridden", "review_opened", "review_closed"}
    | {"escalated", "recorded_go_withdrawn"}
    | {"exception_asked", "exception_granted", "exception_refused"}
    | {"milestone_reached", "milestone_asked", "milestone_done", "milestone_skipped", "milestone_back"}
    | {"rules_changed", "time_kept"}
)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened. `by` is a user id, or None for the clock.

    `name` is one of EVENTS.
    `said` is the sentence for people; `why` is personal free text, kept beside the audit chain. `details` are plain
    JSON data, instants as ISO text. `whose` is set where somebody acts for another: both may have the text erased.
    """

    name: str
    at: datetime
    by: str | None
    said: Words
    why: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    whose: str | None = None

    @property
    def voter(self) -> str | None:
        """Of "voted": whose answer it is, whoever gave it for them."""
        user = self.details.get("user")
        return str(user) if user is not None else self.by
