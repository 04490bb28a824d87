"""Conditions, checklists, edits, late changes, overrides and their reviews; on whose behalf and how sure a vote is.

What the third schema's code may meet stays as that code reads it: policies keep a copy for it in their old columns
and their whole in `rules`, and all that is new about a vote lies in `basis`.

Revises: 0003. Bring rows of this schema as data/0004.sql.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _ref(name: str) -> sa.Column[int]:
    return sa.Column(name, BIG, autoincrement=False, nullable=False)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _at(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _owned(table: str) -> list[sa.ForeignKeyConstraint]:
    """By a release of a workspace."""
    return [
        sa.ForeignKeyConstraint([f"{owner}_id"], [f"{owner}s.id"], name=f"fk_{table}_{owner}_id")
        for owner in ("release", "workspace")
    ]


def _index(name: str, table: str, *columns: str, where: str | None = None) -> None:
    only = sa.text(where) if where else None
    op.create_index(name, table, list(columns), sqlite_where=only, postgresql_where=only)


def upgrade() -> None:
    _columns()
    _of_releases()
    op.create_table(
        "attention",
        _ref("workspace_id"), _text("user_id"), _at("away_until", null=True), _text("delegate", null=True),
        _at("away_since", null=True), _at("snoozed_until", null=True), _at("nudged_at", null=True),
        _key("attention", "workspace_id", "user_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_attention_workspace_id"),
    )  # fmt: skip


def _columns() -> None:
    nothing = sa.text("''")
    op.add_column("releases", sa.Column("rules", sa.Text(), nullable=True))
    op.add_column("releases", sa.Column("content_revision", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("releases", sa.Column("links", sa.Text(), nullable=False, server_default=nothing))
    op.add_column("releases", sa.Column("override", sa.Text(), nullable=True))
    op.add_column("releases", sa.Column("override_why", sa.Text(), nullable=False, server_default=nothing))
    op.add_column("releases", sa.Column("escalated", sa.Text(), nullable=True))
    op.add_column("rounds", sa.Column("causes", sa.Text(), nullable=True))
    op.add_column("votes", sa.Column("basis", sa.Text(), nullable=True))
    op.add_column("policies", sa.Column("rules", sa.Text(), nullable=True))
    _index("ix_cards_workspace_id_recipient_kind", "cards", "workspace_id", "recipient", "kind")


def _of_releases() -> None:
    op.create_table(
        "conditions",
        _ref("release_id"), _int("number"), _ref("workspace_id"), _int("round"), _text("user_id"), _at("vote_at"),
        _text("sign_off"), _text("text"), _text("owner"), _at("due_at"), _text("outcome", null=True),
        _at("ended_at", null=True), _text("ended_by", null=True), _key("conditions", "release_id", "number"),
        *_owned("conditions"),
    )  # fmt: skip
    _index("ix_conditions_workspace_id_user_id", "conditions", "workspace_id", "user_id")
    _index("ix_conditions_open_owner", "conditions", "workspace_id", "owner", where="ended_at IS NULL")
    op.create_table(
        "ticks",
        _ref("release_id"), _text("item"), _ref("workspace_id"), _text("by"), _at("at"),
        sa.Column("ticked", sa.Boolean(), nullable=False), _int("undone"), _key("ticks", "release_id", "item"),
        *_owned("ticks"),
    )  # fmt: skip
    op.create_table(
        "edits",
        _ref("release_id"), _int("revision"), _text("field"), _ref("workspace_id"), _text("before"), _text("after"),
        _text("by"), _at("at"), _key("edits", "release_id", "revision", "field"), *_owned("edits"),
    )  # fmt: skip
    op.create_table(
        "late_changes",
        _ref("release_id"), _int("number"), _ref("workspace_id"), _text("asked_by"), _at("asked_at"), _text("why"),
        _text("wanted"), _int("on_revision"), _text("outcome", null=True), _text("ended_by", null=True),
        _at("ended_at", null=True), sa.Column("ended_why", sa.Text(), nullable=False, server_default=sa.text("''")),
        _key("late_changes", "release_id", "number"), *_owned("late_changes"),
    )  # fmt: skip
    op.create_table(
        "reviews",
        sa.Column("id", BIG, autoincrement=True, nullable=False), _ref("workspace_id"), _ref("release_id"),
        _text("opened_by"), _at("opened_at"), sa.Column("due_on", sa.Date(), nullable=False),
        _text("closed_by", null=True), _at("closed_at", null=True),
        sa.Column("note", sa.Text(), nullable=False, server_default=sa.text("''")), _key("reviews", "id"),
        *_owned("reviews"), sqlite_autoincrement=True,
    )  # fmt: skip
    _index("ix_reviews_release_id", "reviews", "release_id")
    _index("ix_reviews_open", "reviews", "workspace_id", "release_id", where="closed_at IS NULL")
