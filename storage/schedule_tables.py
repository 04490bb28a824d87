"""Name what recurs and what lies in its way: trains, rotations, freezes, subscriptions, feeds, and their appointments.

A wall time stands beside its zone as meant; an instant (`_at`) is derived from them under the tz rules of `tzdata`.
"""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from storage.columns import living, metadata, must, of_release, of_workspace, row_id, where_set
from storage.types import Id, Json, Typed, Utc

_NOTHING = text("''")

#: What shall happen later and is about no release yet: a departure to make, a digest to send, a freeze to announce.
#: `subject` names the row it is about, as that kind spells it.
appointments = Table(
    "appointments",
    metadata,
    row_id(),
    of_workspace(),
    must("kind", Text),
    must("subject", Text),
    must("due_at", Utc),
    must("state", Text),
    must("reason", Text),
    must("attempts", Integer),
    must("next_try_at", Utc),
    Column("settled_at", Utc),
    UniqueConstraint("workspace_id", "kind", "subject", "due_at", name="uq_appointments_planned"),
    living("ix_appointments_unsettled_next", "next_try_at"),
    living("ix_appointments_unsettled_subject", "workspace_id", "kind", "subject"),
    where_set("ix_appointments_settled", "settled_at"),
    sqlite_autoincrement=True,
)

#: What became of a step of a release's timeline: `outcome` is asked (and waits), done or skipped, under the plan of
#: that revision.
milestones = Table(
    "milestones",
    metadata,
    of_release(primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    of_workspace(),
    must("outcome", Text),
    must("at", Utc),
    must("due_at", Utc),
    must("plan", Integer),
    Column("by", Text),
    must("why", Text, server_default=_NOTHING),
    Column("answered_at", Utc),  # NULL while somebody is asked
    living("ix_milestones_asked", "workspace_id", "release_id", ends="answered_at"),
)

#: A recurring release. `rule` says which days, `wall` at what time of them; `lead` is in seconds, NULL as its policy
#: needs. Departures up to `settled_until` have their outcome.
trains = Table(
    "trains",
    metadata,
    row_id(),
    of_workspace(),
    must("number", Integer),
    must("service", Typed),
    must("service_key", Text),
    must("environment", Text),
    must("channel", Text),
    must("rule", Json),
    must("wall", Text),
    must("zone", Text),
    must("starts_on", Date),
    Column("lead", Integer),
    must("version", Typed),  # a pattern; '' asks the captain
    must("captains", Json),  # ids, in turn
    must("turn", Integer, server_default="0"),
    must("created_by", Text),
    must("created_at", Utc),
    Column("paused_until", Date),
    Column("paused_by", Text),
    must("revision", Integer, server_default="0"),  # counts changes of the plan
    must("settled_until", Utc),
    must("tzdata", Text),
    Column("ended_at", Utc),
    Column("ended_by", Text),
    Column("changed_at", Utc),  # since when it is of this revision; NULL before there was this column
    Index("uq_trains_workspace_id_number", "workspace_id", "number", unique=True),
    living("ix_trains_running", "workspace_id", "service_key", ends="ended_at"),
    living("ix_trains_running_channel", "workspace_id", "channel", ends="ended_at"),
    where_set("ix_trains_ended", "workspace_id", "ended_at"),
    sqlite_autoincrement=True,
)

#: What became of a train's day: `state` is made or skipped. A day without a row has nothing yet.
departures = Table(
    "departures",
    metadata,
    Column("train_id", Id, ForeignKey("trains.id"), primary_key=True, autoincrement=False),
    Column("on_date", Date, primary_key=True),
    of_workspace(),
    must("state", Text),
    of_release(nullable=True),
    Column("captain", Text),
    Column("by", Text),
    must("at", Utc),
    must("why", Typed, server_default=_NOTHING),
    where_set("ix_departures_release", "release_id"),
)

#: A change freeze. Where `rule` is set it recurs, and walls and instants are those of its first window.
freezes = Table(
    "freezes",
    metadata,
    row_id(),
    of_workspace(),
    must("number", Integer),
    must("service", Typed),  # '' means all of them
    must("environment", Typed),  # '' means all of them
    must("starts_wall", Text),
    must("ends_wall", Text),
    must("zone", Text),
    must("starts_at", Utc),
    must("ends_at", Utc),
    must("tzdata", Text),
    Column("rule", Json),
    must("why", Typed, server_default=_NOTHING),
    must("channel", Text),  # where it is announced; '' is nowhere
    must("created_by", Text),
    must("created_at", Utc),
    Column("ended_at", Utc),  # lifted, or over
    Column("ended_by", Text),
    must("revision", Integer, server_default="0"),  # counts what was done to it: changed, lifted, put back
    Column("changed_at", Utc),  # since when it is of this revision; NULL before there was this column
    Index("uq_freezes_workspace_id_number", "workspace_id", "number", unique=True),
    living("ix_freezes_standing", "workspace_id", "ends_at", ends="ended_at"),
    where_set("ix_freezes_ended", "workspace_id", "ended_at"),
    sqlite_autoincrement=True,
)

#: Somebody asks to deploy inside a freeze all the same. Used once, by the deploy that it let through.
freeze_exceptions = Table(
    "freeze_exceptions",
    metadata,
    row_id(),
    of_workspace(),
    of_release(),
    must("freezes", Json),  # ids of those it is about
    must("asked_by", Text),
    must("asked_at", Utc),
    must("why", Typed),
    Column("outcome", Text),  # granted or refused
    Column("decided_by", Text),
    Column("decided_at", Utc),
    must("decided_why", Typed, server_default=_NOTHING),
    Column("expires_at", Utc),
    Column("used_at", Utc),
    Index(None, "release_id"),
    living("ix_freeze_exceptions_waiting", "workspace_id", "release_id", ends="decided_at"),
    sqlite_autoincrement=True,
)

#: Who leads or deploys a service's releases, in turn. `role` is captain or deployer; `rule` NULL: by hand. Hand-overs
#: up to `turned_until` are done.
rotations = Table(
    "rotations",
    metadata,
    of_workspace(primary_key=True, autoincrement=False),
    Column("service_key", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    must("service", Typed),
    must("channel", Text),
    must("people", Json),
    must("turn", Integer, server_default="0"),
    Column("rule", Json),
    must("wall", Text, server_default=_NOTHING),
    must("zone", Text, server_default=_NOTHING),
    must("starts_on", Date),
    must("turned_until", Utc),
    must("tzdata", Text),
    must("changed_by", Text),
    must("changed_at", Utc),
)

#: A channel that wants news of a service ('' all of them). `level` is all, milestones, outcomes or none; `digest` is
#: daily, weekly or ''.
subscriptions = Table(
    "subscriptions",
    metadata,
    row_id(),
    of_workspace(),
    must("channel", Text),
    must("service_key", Text),
    must("service", Typed),
    must("level", Text),
    must("digest", Text, server_default=_NOTHING),
    Column("weekday", Integer),  # of a weekly digest, Monday is 0
    must("wall", Text, server_default=_NOTHING),
    must("zone", Text, server_default=_NOTHING),
    must("created_by", Text),
    must("created_at", Utc),
    Index("uq_subscriptions_workspace_id_channel_service_key", "workspace_id", "channel", "service_key", unique=True),
    Index(None, "workspace_id", "service_key"),
    sqlite_autoincrement=True,
)

#: A person who does not want to hear of something they do not owe: a service, or '' for all.
mutes = Table(
    "mutes",
    metadata,
    of_workspace(primary_key=True, autoincrement=False),
    Column("user_id", Text, primary_key=True),
    Column("service_key", Text, primary_key=True),
    must("at", Utc),
    Column("until_at", Utc),
)

#: A calendar's secret address, as a hash. `kind` is person, service or channel.
feeds = Table(
    "feeds",
    metadata,
    row_id(),
    of_workspace(),
    must("kind", Text),
    must("subject", Text),
    must("owner", Text),
    must("token_hash", Text),
    must("created_at", Utc),
    Column("seen_at", Utc),
    Column("revoked_at", Utc),
    Index("uq_feeds_token_hash", "token_hash", unique=True),
    living("ix_feeds_open_owner", "workspace_id", "owner", ends="revoked_at"),
    sqlite_autoincrement=True,
)
