"""Name what a decision leaves behind besides votes: conditions, ticks, edits, late changes, reviews, who is away."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, Table, Text, text

from storage.columns import living, metadata, must, of_release, of_workspace, row_id
from storage.types import Json, Typed, Utc

_NOTHING = text("''")

#: What a go depends on. It counts only for the vote that was given at `vote_at`: an older version of the code
#: replaces votes and knows no conditions.
conditions = Table(
    "conditions",
    metadata,
    of_release(primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    of_workspace(),
    must("round", Integer),
    must("user_id", Text),
    must("vote_at", Utc),
    must("sign_off", Typed),
    must("text", Typed),
    must("owner", Text),
    must("due_at", Utc),
    Column("outcome", Text),
    Column("ended_at", Utc),
    Column("ended_by", Text),
    Column("until_close", Boolean),
    Index(None, "workspace_id", "user_id"),
    living("ix_conditions_open_owner", "workspace_id", "owner", ends="ended_at"),
)

#: Items of the checklist that were ticked at least once.
ticks = Table(
    "ticks",
    metadata,
    of_release(primary_key=True, autoincrement=False),
    Column("item", Text, primary_key=True),
    of_workspace(),
    must("by", Text),
    must("at", Utc),
    must("ticked", Boolean),
    must("undone", Integer),  # how often the tick was taken back
)

#: What changed in a release's content, field by field. Append-only.
edits = Table(
    "edits",
    metadata,
    of_release(primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("field", Text, primary_key=True),
    of_workspace(),
    must("before", Typed),
    must("after", Typed),
    must("by", Text),
    must("at", Utc),
)

#: Changes asked for after the code cut-off; the one without an outcome waits for the captain.
late_changes = Table(
    "late_changes",
    metadata,
    of_release(primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    of_workspace(),
    must("asked_by", Text),
    must("asked_at", Utc),
    must("why", Typed),
    must("wanted", Json),  # {field: text}
    must("on_revision", Integer),
    Column("outcome", Text),
    Column("ended_by", Text),
    Column("ended_at", Utc),
    must("ended_why", Typed, server_default=_NOTHING),
)

#: Owed for an override, until somebody else closes it.
reviews = Table(
    "reviews",
    metadata,
    row_id(),
    of_workspace(),
    of_release(),
    must("opened_by", Text),
    must("opened_at", Utc),
    must("due_on", Date),
    Column("closed_by", Text),
    Column("closed_at", Utc),
    must("note", Typed, server_default=_NOTHING),
    Index(None, "release_id"),
    living("ix_reviews_open", "workspace_id", "release_id", ends="closed_at"),
    sqlite_autoincrement=True,
)

#: Who is away and who acts for them; who does not want to be reminded, and who was, when.
attention = Table(
    "attention",
    metadata,
    of_workspace(primary_key=True, autoincrement=False),
    Column("user_id", Text, primary_key=True),
    Column("away_until", Utc),
    Column("delegate", Text),
    Column("away_since", Utc),
    Column("snoozed_until", Utc),
    Column("nudged_at", Utc),
)
