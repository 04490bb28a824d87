"""Milestones, trains, rotations, freezes, subscriptions, calendar feeds; appointments, which are about no release yet.

Only adds. Revises: 0004. Bring rows of this schema as data/0005.sql.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", BIG, autoincrement=True, nullable=False)


def _ref(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, autoincrement=False, nullable=null)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _maybe(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=True) for name in names]


def _empty(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))


def _int(name: str, **more: Any) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), **{"nullable": False, **more})


def _on(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=null)


def _at(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _table(name: str, *columns: sa.Column[Any], keys: tuple[str, ...] = ("id",), **refs: str) -> None:
    """With a key, the workspace it is of, and what else it refers to: column="table"."""
    table = [*columns, sa.PrimaryKeyConstraint(*keys, name=f"pk_{name}")]
    for column, other in {"workspace_id": "workspaces", **refs}.items():
        table.append(sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{name}_{column}"))
    op.create_table(name, *table, **({"sqlite_autoincrement": True} if keys == ("id",) else {}))


def _index(name: str, table: str, *columns: str, where: str | None = None, unique: bool = False) -> None:
    only = sa.text(where) if where else None
    op.create_index(name, table, list(columns), unique=unique, sqlite_where=only, postgresql_where=only)


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("country", sa.Text(), nullable=True))
    op.add_column("people", sa.Column("country", sa.Text(), nullable=True))
    for counted in ("trains", "freezes"):
        op.add_column("counters", sa.Column(counted, sa.Integer(), nullable=False, server_default="0"))
    _appointments()
    _milestones()
    _trains()
    _freezes()
    _news()


def _appointments() -> None:
    op.create_table(
        "appointments",
        _id(), _ref("workspace_id"), *_texts("kind", "subject"), _at("due_at"), *_texts("state", "reason"),
        _int("attempts"), _at("next_try_at"), _at("settled_at", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_appointments"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_appointments_workspace_id"),
        sa.UniqueConstraint("workspace_id", "kind", "subject", "due_at", name="uq_appointments_planned"),
        sqlite_autoincrement=True,
    )  # fmt: skip
    alive = "settled_at IS NULL"
    _index("ix_appointments_unsettled_next", "appointments", "next_try_at", where=alive)
    _index("ix_appointments_unsettled_subject", "appointments", "workspace_id", "kind", "subject", where=alive)
    _index("ix_appointments_settled", "appointments", "settled_at", where="settled_at IS NOT NULL")


def _milestones() -> None:
    _table(
        "milestones",
        _ref("release_id"), *_texts("key"), _ref("workspace_id"), *_texts("outcome"), _at("at"), _at("due_at"),
        _int("plan"), *_maybe("by"), _empty("why"), _at("answered_at", null=True),
        keys=("release_id", "key"), release_id="releases",
    )  # fmt: skip
    _index("ix_milestones_asked", "milestones", "workspace_id", "release_id", where="answered_at IS NULL")


def _trains() -> None:
    _table(
        "trains",
        _id(), _ref("workspace_id"), _int("number"), *_texts("service", "service_key", "environment", "channel"),
        *_texts("rule", "wall", "zone"), _on("starts_on"), _int("lead", nullable=True),
        *_texts("version", "captains"),
        _int("turn", server_default="0"), *_texts("created_by"), _at("created_at"), _on("paused_until", null=True),
        *_maybe("paused_by"), _int("revision", server_default="0"), _at("settled_until"), *_texts("tzdata"),
        _at("ended_at", null=True),
        *_maybe("ended_by"),
    )  # fmt: skip
    _index("uq_trains_workspace_id_number", "trains", "workspace_id", "number", unique=True)
    _index("ix_trains_running", "trains", "workspace_id", "service_key", where="ended_at IS NULL")
    _index("ix_trains_running_channel", "trains", "workspace_id", "channel", where="ended_at IS NULL")
    _table(
        "departures",
        _ref("train_id"), _on("on_date"), _ref("workspace_id"), *_texts("state"), _ref("release_id", null=True),
        *_maybe("captain", "by"), _at("at"), _empty("why"),
        keys=("train_id", "on_date"), train_id="trains", release_id="releases",
    )  # fmt: skip
    _index("ix_departures_release", "departures", "release_id", where="release_id IS NOT NULL")
    _table(
        "rotations",
        _ref("workspace_id"), *_texts("service_key", "role", "service", "channel", "people"),
        _int("turn", server_default="0"), *_maybe("rule"), _empty("wall"), _empty("zone"), _on("starts_on"),
        _at("turned_until"), *_texts("tzdata", "changed_by"), _at("changed_at"),
        keys=("workspace_id", "service_key", "role"),
    )  # fmt: skip


def _freezes() -> None:
    _table(
        "freezes",
        _id(), _ref("workspace_id"), _int("number"), *_texts("service", "environment"),
        *_texts("starts_wall", "ends_wall", "zone"), _at("starts_at"), _at("ends_at"), *_texts("tzdata"),
        *_maybe("rule"), _empty("why"), *_texts("channel", "created_by"), _at("created_at"),
        _at("ended_at", null=True), *_maybe("ended_by"),
    )  # fmt: skip
    _index("uq_freezes_workspace_id_number", "freezes", "workspace_id", "number", unique=True)
    _index("ix_freezes_standing", "freezes", "workspace_id", "ends_at", where="ended_at IS NULL")
    _table(
        "freeze_exceptions",
        _id(), _ref("workspace_id"), _ref("release_id"), *_texts("freezes", "asked_by"), _at("asked_at"),
        *_texts("why"), *_maybe("outcome", "decided_by"), _at("decided_at", null=True), _empty("decided_why"),
        _at("expires_at", null=True), _at("used_at", null=True), release_id="releases",
    )  # fmt: skip
    _index("ix_freeze_exceptions_release_id", "freeze_exceptions", "release_id")
    waiting = "decided_at IS NULL"
    _index("ix_freeze_exceptions_waiting", "freeze_exceptions", "workspace_id", "release_id", where=waiting)


def _news() -> None:
    _table(
        "subscriptions",
        _id(), _ref("workspace_id"), *_texts("channel", "service_key", "service", "level"), _empty("digest"),
        _int("weekday", nullable=True), _empty("wall"), _empty("zone"), *_texts("created_by"), _at("created_at"),
    )  # fmt: skip
    channel = ("workspace_id", "channel", "service_key")
    _index("uq_subscriptions_workspace_id_channel_service_key", "subscriptions", *channel, unique=True)
    _index("ix_subscriptions_workspace_id_service_key", "subscriptions", "workspace_id", "service_key")
    _table(
        "mutes",
        _ref("workspace_id"), *_texts("user_id", "service_key"), _at("at"), _at("until_at", null=True),
        keys=("workspace_id", "user_id", "service_key"),
    )  # fmt: skip
    _table(
        "feeds",
        _id(), _ref("workspace_id"), *_texts("kind", "subject", "owner", "token_hash"), _at("created_at"),
        _at("seen_at", null=True), _at("revoked_at", null=True),
    )  # fmt: skip
    _index("uq_feeds_token_hash", "feeds", "token_hash", unique=True)
    _index("ix_feeds_open_owner", "feeds", "workspace_id", "owner", where="revoked_at IS NULL")
