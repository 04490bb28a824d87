"""Name every table, column and index. Names are an API: rows and old versions of the code depend on them.

Rows that can end carry when they did (`settled_at`, `ended_at`, NULL while they live), and what looks for living
rows reads a partial index over them: it never grows with the number of finished ones.
"""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from storage.columns import living, metadata, must, of_release, of_workspace, row_id, where_set
from storage.types import Id, Json, Typed, Utc

workspaces = Table(
    "workspaces",
    metadata,
    row_id(),
    must("app_id", Text),
    must("enterprise_id", Text),  # '' where Slack says null, so that the three together are unique
    must("team_id", Text),
    must("bot_user_id", Text),
    must("is_org_install", Boolean),
    Column("token", Text),  # encrypted
    Column("status_channel", Text),
    must("zone", Text),
    must("policy", Text),
    must("setup_done", Boolean),
    must("people_rev", Integer, server_default="0"),  # counts the changes of people, channels and groups
    Column("country", Text),  # whose public holidays are no working days: ISO 3166, "DE" or "DE-BY"
    Column("uninstalled_at", Utc),  # since then the app is removed there
    UniqueConstraint("app_id", "enterprise_id", "team_id"),
    Index(None, "team_id"),
    Index(None, "enterprise_id"),
)

#: The numbers people call things by: one row per workspace, locked by whoever takes the next.
counters = Table(
    "counters",
    metadata,
    of_workspace(primary_key=True, autoincrement=False),
    must("releases", Integer),
    must("trains", Integer, server_default="0"),
    must("freezes", Integer, server_default="0"),
)

#: Gestures already answered, with the answer.
keys = Table(
    "keys",
    metadata,
    of_workspace(primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("reply", Json),
    must("at", Utc),
    Index(None, "at"),
)

releases = Table(
    "releases",
    metadata,
    row_id(),
    of_workspace(),
    must("number", Integer),
    must("channel", Text),
    must("is_private", Boolean),
    must("captain", Text),
    Column("deployer", Text),
    must("created_by", Text),
    must("created_at", Utc),
    must("kind", Text),
    must("risk", Text),
    must("changes", Typed),
    must("rollback_plan", Typed),
    must("policy", Json),  # as the third schema's code reads it
    Column("rules", Json),  # the policy; NULL: all of it is in `policy`
    must("planned_wall", Text),  # as meant: wall time and named zone
    must("planned_zone", Text),
    must("planned_at", Utc),  # as derived under that version of the zones' rules
    must("planned_tzdata", Text),
    Column("first_planned_at", Utc),
    must("plan_revision", Integer),
    must("state", Text),
    Column("stopped", Text),
    must("stopped_said", Json),
    Column("held_from", Text),
    Column("held_by", Text),
    must("held_why", Typed),
    Column("held_at", Utc),
    Column("opens_at", Utc),
    Column("round_number", Integer),
    Column("decided_at", Utc),
    Column("expires_at", Utc),
    Column("monitoring_ends_at", Utc),
    Column("outcome", Text),
    Column("outcome_at", Utc),
    must("rollback_why", Typed, server_default=text("''")),
    must("slipped", Boolean),
    Column("ended_at", Utc),  # when it stopped being open; NULL again while it is rolled back
    must("content_revision", Integer, server_default="0"),  # counts edits
    must("links", Typed, server_default=text("''")),
    Column("override", Json),  # {by, at, skipped: [[kind of cause, role], …]}
    must("override_why", Typed, server_default=text("''")),
    Column("escalated", Json),  # {round, roles: those whose question went further in it}
    UniqueConstraint("workspace_id", "number"),
    Index(None, "workspace_id", "planned_at"),
    Index(None, "workspace_id", "channel", "id"),
    living("ix_releases_open_channel", "workspace_id", "channel", "planned_at", ends="ended_at"),
    living("ix_releases_open_planned", "workspace_id", "planned_at", ends="ended_at"),
    living("ix_releases_open_captain", "workspace_id", "captain", ends="ended_at"),
    living("ix_releases_open_deployer", "workspace_id", "deployer", ends="ended_at"),
    sqlite_autoincrement=True,
)

release_parts = Table(
    "release_parts",
    metadata,
    of_release(primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    of_workspace(),
    must("service", Typed),
    must("version", Typed),
    must("environment", Typed),
    must("service_key", Typed),
    must("version_key", Typed),
    must("environment_key", Typed),
    must("state", Text),
    must("dropped", Boolean),
    Column("started_at", Utc),
    Column("since", Utc),
    Column("finished_at", Utc),
    must("failed_why", Typed),
    must("back_why", Typed, server_default=text("''")),
    Column("ended_at", Utc),  # follows its release
    Column("freed_at", Utc),  # since when another release may plan the same; never NULL again
    Index(None, "workspace_id", "service_key", "release_id"),
    living("ix_release_parts_open_service", "workspace_id", "service_key", ends="ended_at"),
    living(
        "uq_release_parts_open", "workspace_id", "service_key", "version_key", "environment_key", unique=True,
        ends="freed_at",
    ),
)  # fmt: skip

rounds = Table(
    "rounds",
    metadata,
    of_release(primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    of_workspace(),
    must("opened_at", Utc),
    must("closes_at", Utc),
    Column("closed_at", Utc),
    Column("verdict", Text),
    Column("objected", Json),  # [[user id, sign-off], …]
    Column("causes", Json),  # what kept it from go at its close
    Column("uncounted", Json),  # [[user id, sign-off], …]: votes that were not heard at its close
)

votes = Table(
    "votes",
    metadata,
    of_release(primary_key=True, autoincrement=False),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("user_id", Text, primary_key=True),
    of_workspace(),
    must("place", Integer),  # their order within the release
    must("choice", Text),
    must("at", Utc),
    must("sign_off", Typed),
    must("fingerprint", Text),
    must("why", Typed),
    must("path", Text),
    must("alone", Boolean),
    Column("kept", Boolean),
    Column("basis", Json),  # whom it stands for and how sure it is, as of `at`; ids and instants only
    Index(None, "workspace_id", "user_id"),
)

people = Table(
    "people",
    metadata,
    of_workspace(primary_key=True, autoincrement=False),
    Column("id", Text, primary_key=True),
    must("name", Typed),
    Column("zone", Text),
    must("is_full_member", Boolean),
    must("is_restricted", Boolean),
    must("is_bot", Boolean),
    must("deleted", Boolean),
    must("team_id", Text),
    must("as_of", Utc),
    Column("home_seen_at", Utc),
    Column("country", Text),  # where it is not the workspace's
    Index(None, "workspace_id", "as_of"),
)

channels = Table(
    "channels",
    metadata,
    of_workspace(primary_key=True, autoincrement=False),
    Column("id", Text, primary_key=True),
    must("name", Typed),
    must("is_private", Boolean),
    must("is_archived", Boolean),
    must("is_im", Boolean),
    must("bot_is_member", Boolean),
    Column("members", Json),  # ids
    Column("members_as_of", Utc),
    must("members_complete", Boolean),
)

groups = Table(
    "user_groups",
    metadata,
    of_workspace(primary_key=True, autoincrement=False),
    Column("id", Text, primary_key=True),
    must("handle", Typed),
    must("name", Typed),
    must("members", Json),  # ids
    must("as_of", Utc),
)

policies = Table(
    "policies",
    metadata,
    of_workspace(primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    must("data", Json),  # as the third schema's code reads it
    Column("rules", Json),  # the policy; NULL: all of it is in `data`
    must("applied_by", Text),
    must("applied_at", Utc),
    Column("superseded_at", Utc),
    living("uq_policies_latest", "workspace_id", "name", unique=True, ends="superseded_at"),
)

admins = Table(
    "admins",
    metadata,
    of_workspace(primary_key=True, autoincrement=False),
    Column("user_id", Text, primary_key=True),
    must("added_by", Text),
    must("at", Utc),
)

setup_codes = Table(
    "setup_codes",
    metadata,
    of_workspace(primary_key=True, autoincrement=False),
    must("hash", Text),
    must("expires_at", Utc),
    must("tries", Integer),
    Column("used_at", Utc),
)

cards = Table(
    "cards",
    metadata,
    row_id(),
    of_workspace(),
    of_release(),
    must("kind", Text),
    must("recipient", Text),
    must("tag", Text),
    Column("channel", Text),
    Column("ts", Text),
    must("state", Text),
    Column("shows", Text),
    UniqueConstraint("release_id", "kind", "recipient", "tag"),
    Index(None, "workspace_id", "channel", "ts"),
    Index(None, "workspace_id", "recipient", "kind"),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    row_id(),
    of_workspace(),
    must("kind", Text),
    must("lane", Text),
    must("payload", Json),
    of_release(nullable=True),
    Column("card_id", Id, ForeignKey("cards.id")),
    Column("after_card_id", Id, ForeignKey("cards.id")),
    Column("coalesces", Text),  # set while queued and never tried: a second row for the same is not needed
    must("wanted", Integer),  # how many puts it answers
    must("state", Text),
    must("attempts", Integer),
    must("put_at", Utc),
    Column("tried_at", Utc),
    Column("expires_at", Utc),
    Column("not_before", Utc),  # until then it holds up nobody
    Column("next_try_at", Utc),  # after a failed try; until then it holds up its lane
    Column("owner", Text),
    Column("lease_until", Utc),
    Column("answer", Text),
    Column("error", Text),
    Column("settled_at", Utc),
    Column("undelivered_at", Utc),  # settled, and nobody can say that it arrived
    Column("cause", Text),  # the reference of the gesture or timer behind it, as the log names it
    living("ix_outbox_unsettled_lane", "workspace_id", "lane", "id"),
    living("ix_outbox_unsettled", "id"),
    living("ix_outbox_unsettled_card", "card_id"),
    where_set("uq_outbox_coalesces", "workspace_id", "coalesces", unique=True),
    where_set("ix_outbox_undelivered", "undelivered_at"),
    where_set("ix_outbox_settled", "settled_at"),
    sqlite_autoincrement=True,
)  # fmt: skip

timers = Table(
    "timers",
    metadata,
    row_id(),
    of_workspace(),
    of_release(),
    must("name", Text),
    must("recipient", Text),
    must("plan_revision", Integer),
    must("due_at", Utc),
    must("state", Text),
    must("reason", Text),
    must("attempts", Integer),
    must("next_try_at", Utc),
    Column("settled_at", Utc),
    UniqueConstraint("release_id", "name", "recipient", "plan_revision", "due_at", name="uq_timers_planned"),
    living("ix_timers_unsettled_next", "next_try_at"),
    living("ix_timers_unsettled_release", "release_id", "due_at", "id"),
    where_set("ix_timers_settled", "settled_at"),
    sqlite_autoincrement=True,
)

#: Who did what, when, by which path, under which rules. Append-only; `body` is what is hashed, byte for byte.
audit = Table(
    "audit",
    metadata,
    row_id(),
    of_workspace(),
    of_release(nullable=True),  # NULL: about the workspace itself
    must("seq", Integer),
    must("name", Text),
    must("at", Utc),
    must("body", Text),
    must("hash", Text),
    UniqueConstraint("release_id", "seq"),
    Index(
        "uq_audit_workspace_seq", "workspace_id", "seq", unique=True,
        sqlite_where=text("release_id IS NULL"), postgresql_where=text("release_id IS NULL"),
    ),
)  # fmt: skip

#: Personal free text, beside the chain, which holds its salted hash: it can be erased.
audit_texts = Table(
    "audit_texts",
    metadata,
    Column("audit_id", Id, ForeignKey("audit.id"), primary_key=True, autoincrement=False),
    of_workspace(),
    of_release(nullable=True),
    Column("user_id", Text),
    must("salt", Text),
    must("said", Json),
    must("why", Typed),
    Column("erased_at", Utc),
    Index(None, "workspace_id", "user_id"),
    Index(None, "release_id"),
)

retro_answers = Table(
    "retro_answers",
    metadata,
    of_release(primary_key=True, autoincrement=False),
    Column("user_id", Text, primary_key=True),
    of_workspace(),
    must("went_well", Typed),
    must("did_not", Typed),
    must("ideas", Typed),
    must("at", Utc),
    Index(None, "workspace_id", "user_id"),
)

retro_actions = Table(
    "retro_actions",
    metadata,
    row_id(),
    of_workspace(),
    of_release(),
    must("text", Typed),
    must("owner", Text),
    must("due_on", Date),
    must("created_by", Text),
    must("created_at", Utc),
    Column("closed_by", Text),
    Column("closed_at", Utc),
    Index(None, "release_id"),
    living("ix_retro_actions_open", "workspace_id", "release_id", ends="closed_at"),
    living("ix_retro_actions_of", "workspace_id", "owner", ends="closed_at"),
    sqlite_autoincrement=True,
)
