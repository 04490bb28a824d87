"""The first schema.

Revises: nothing. Bring rows of this schema as data/0001.sql.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", BIG, autoincrement=True, nullable=False)


def _ref(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, autoincrement=False, nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _int(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=null)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _at(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}")


def _index(name: str, table: str, *columns: str, unique: bool = False, where: str | None = None) -> None:
    only = sa.text(where) if where else None
    op.create_index(name, table, list(columns), unique=unique, sqlite_where=only, postgresql_where=only)


def upgrade() -> None:
    """Everything there is to begin with."""
    _people()
    _releases()
    _sending()
    _record()


def _people() -> None:
    op.create_table(
        "workspaces",
        _id(), _text("app_id"), _text("enterprise_id"), _text("team_id"), _text("bot_user_id"),
        _flag("is_org_install"), _text("token", null=True), _text("status_channel", null=True), _text("zone"),
        _text("policy"), _flag("setup_done"), _key("workspaces", "id"),
        sa.UniqueConstraint("app_id", "enterprise_id", "team_id", name="uq_workspaces_app_id_enterprise_id_team_id"),
    )  # fmt: skip
    _index("ix_workspaces_enterprise_id", "workspaces", "enterprise_id")
    _index("ix_workspaces_team_id", "workspaces", "team_id")
    op.create_table(
        "counters",
        _ref("workspace_id"), _int("releases"), _key("counters", "workspace_id"),
        _to("counters", "workspace_id", "workspaces"),
    )  # fmt: skip
    op.create_table(
        "keys",
        _ref("workspace_id"), _text("key"), _text("reply", null=True), _at("at"),
        _key("keys", "workspace_id", "key"), _to("keys", "workspace_id", "workspaces"),
    )  # fmt: skip
    _index("ix_keys_at", "keys", "at")
    op.create_table(
        "people",
        _ref("workspace_id"), _text("id"), _text("name"), _text("zone", null=True), _flag("is_full_member"),
        _flag("is_restricted"), _flag("is_bot"), _flag("deleted"), _text("team_id"), _at("as_of"),
        _key("people", "workspace_id", "id"), _to("people", "workspace_id", "workspaces"),
    )  # fmt: skip
    _index("ix_people_workspace_id_as_of", "people", "workspace_id", "as_of")
    op.create_table(
        "channels",
        _ref("workspace_id"), _text("id"), _text("name"), _flag("is_private"), _flag("is_archived"), _flag("is_im"),
        _flag("bot_is_member"), _text("members", null=True), _at("members_as_of", null=True),
        _flag("members_complete"), _key("channels", "workspace_id", "id"),
        _to("channels", "workspace_id", "workspaces"),
    )  # fmt: skip
    op.create_table(
        "user_groups",
        _ref("workspace_id"), _text("id"), _text("handle"), _text("name"), _text("members"), _at("as_of"),
        _key("user_groups", "workspace_id", "id"), _to("user_groups", "workspace_id", "workspaces"),
    )  # fmt: skip
    op.create_table(
        "policies",
        _ref("workspace_id"), _text("name"), _int("version"), _text("data"), _text("applied_by"), _at("applied_at"),
        _at("superseded_at", null=True), _key("policies", "workspace_id", "name", "version"),
        _to("policies", "workspace_id", "workspaces"),
    )  # fmt: skip
    _index("uq_policies_latest", "policies", "workspace_id", "name", unique=True, where="superseded_at IS NULL")
    op.create_table(
        "admins",
        _ref("workspace_id"), _text("user_id"), _text("added_by"), _at("at"),
        _key("admins", "workspace_id", "user_id"), _to("admins", "workspace_id", "workspaces"),
    )  # fmt: skip
    op.create_table(
        "setup_codes",
        _ref("workspace_id"), _text("hash"), _at("expires_at"), _int("tries"), _at("used_at", null=True),
        _key("setup_codes", "workspace_id"), _to("setup_codes", "workspace_id", "workspaces"),
    )  # fmt: skip


def _releases() -> None:
    op.create_table(
        "releases",
        _id(), _ref("workspace_id"), _int("number"), _text("channel"), _flag("is_private"), _text("captain"),
        _text("deployer", null=True), _text("created_by"), _at("created_at"), _text("kind"), _text("risk"),
        _text("changes"), _text("rollback_plan"), _text("policy"), _text("planned_wall"), _text("planned_zone"),
        _at("planned_at"), _text("planned_tzdata"), _at("first_planned_at", null=True), _int("plan_revision"),
        _text("state"), _text("stopped", null=True), _text("stopped_said"), _text("held_from", null=True),
        _text("held_by", null=True), _text("held_why"), _at("opens_at", null=True), _int("round_number", null=True),
        _at("decided_at", null=True), _at("expires_at", null=True), _at("monitoring_ends_at", null=True),
        _text("outcome", null=True), _at("outcome_at", null=True), _flag("slipped"), _at("ended_at", null=True),
        _key("releases", "id"), _to("releases", "workspace_id", "workspaces"),
        sa.UniqueConstraint("workspace_id", "number", name="uq_releases_workspace_id_number"),
        sqlite_autoincrement=True,
    )  # fmt: skip
    _index("ix_releases_open_captain", "releases", "workspace_id", "captain", where="ended_at IS NULL")
    _index("ix_releases_open_channel", "releases", "workspace_id", "channel", "planned_at", where="ended_at IS NULL")
    _index("ix_releases_open_deployer", "releases", "workspace_id", "deployer", where="ended_at IS NULL")
    _index("ix_releases_open_planned", "releases", "workspace_id", "planned_at", where="ended_at IS NULL")
    _index("ix_releases_workspace_id_channel_id", "releases", "workspace_id", "channel", "id")
    _index("ix_releases_workspace_id_planned_at", "releases", "workspace_id", "planned_at")
    op.create_table(
        "release_parts",
        _ref("release_id"), _int("position"), _ref("workspace_id"), _text("service"), _text("version"),
        _text("environment"), _text("service_key"), _text("version_key"), _text("environment_key"), _text("state"),
        _flag("dropped"), _at("started_at", null=True), _at("finished_at", null=True), _text("failed_why"),
        _at("ended_at", null=True), _at("freed_at", null=True), _key("release_parts", "release_id", "position"),
        _to("release_parts", "release_id", "releases"), _to("release_parts", "workspace_id", "workspaces"),
    )  # fmt: skip
    _index("ix_release_parts_open_service", "release_parts", "workspace_id", "service_key", where="ended_at IS NULL")
    _index(
        "ix_release_parts_workspace_id_service_key_release_id",
        "release_parts",
        "workspace_id",
        "service_key",
        "release_id",
    )
    _index(
        "uq_release_parts_open",
        "release_parts",
        "workspace_id",
        "service_key",
        "version_key",
        "environment_key",
        unique=True,
        where="freed_at IS NULL",
    )
    op.create_table(
        "rounds",
        _ref("release_id"), _int("number"), _ref("workspace_id"), _at("opened_at"), _at("closes_at"),
        _at("closed_at", null=True), _text("verdict", null=True), _key("rounds", "release_id", "number"),
        _to("rounds", "release_id", "releases"), _to("rounds", "workspace_id", "workspaces"),
    )  # fmt: skip
    op.create_table(
        "votes",
        _ref("release_id"), _int("round"), _text("user_id"), _ref("workspace_id"), _int("place"), _text("choice"),
        _at("at"), _text("sign_off"), _text("fingerprint"), _text("why"), _text("path"), _flag("alone"),
        _key("votes", "release_id", "round", "user_id"), _to("votes", "release_id", "releases"),
        _to("votes", "workspace_id", "workspaces"),
    )  # fmt: skip
    _index("ix_votes_workspace_id_user_id", "votes", "workspace_id", "user_id")


def _sending() -> None:
    op.create_table(
        "cards",
        _id(), _ref("workspace_id"), _ref("release_id"), _text("kind"), _text("recipient"), _text("tag"),
        _text("channel", null=True), _text("ts", null=True), _text("state"), _key("cards", "id"),
        _to("cards", "release_id", "releases"), _to("cards", "workspace_id", "workspaces"),
        sa.UniqueConstraint("release_id", "kind", "recipient", "tag", name="uq_cards_release_id_kind_recipient_tag"),
        sqlite_autoincrement=True,
    )  # fmt: skip
    _index("ix_cards_workspace_id_channel_ts", "cards", "workspace_id", "channel", "ts")
    op.create_table(
        "outbox",
        _id(), _ref("workspace_id"), _text("kind"), _text("lane"), _text("payload"), _ref("release_id", null=True),
        _ref("card_id", null=True), _ref("after_card_id", null=True), _text("coalesces", null=True), _int("wanted"),
        _text("state"), _int("attempts"), _at("put_at"), _at("expires_at", null=True), _at("not_before", null=True),
        _at("next_try_at", null=True), _text("owner", null=True), _at("lease_until", null=True),
        _text("answer", null=True), _text("error", null=True), _at("settled_at", null=True),
        _at("undelivered_at", null=True), _key("outbox", "id"), _to("outbox", "after_card_id", "cards"),
        _to("outbox", "card_id", "cards"), _to("outbox", "release_id", "releases"),
        _to("outbox", "workspace_id", "workspaces"), sqlite_autoincrement=True,
    )  # fmt: skip
    _index("ix_outbox_settled", "outbox", "settled_at", where="settled_at IS NOT NULL")
    _index("ix_outbox_undelivered", "outbox", "undelivered_at", where="undelivered_at IS NOT NULL")
    _index("ix_outbox_unsettled", "outbox", "id", where="settled_at IS NULL")
    _index("ix_outbox_unsettled_card", "outbox", "card_id", where="settled_at IS NULL")
    _index("ix_outbox_unsettled_lane", "outbox", "workspace_id", "lane", "id", where="settled_at IS NULL")
    _index("uq_outbox_coalesces", "outbox", "workspace_id", "coalesces", unique=True, where="coalesces IS NOT NULL")
    op.create_table(
        "timers",
        _id(), _ref("workspace_id"), _ref("release_id"), _text("name"), _text("recipient"), _int("plan_revision"),
        _at("due_at"), _text("state"), _text("reason"), _int("attempts"), _at("next_try_at"),
        _at("settled_at", null=True), _key("timers", "id"), _to("timers", "release_id", "releases"),
        _to("timers", "workspace_id", "workspaces"),
        sa.UniqueConstraint("release_id", "name", "recipient", "plan_revision", "due_at", name="uq_timers_planned"),
        sqlite_autoincrement=True,
    )  # fmt: skip
    _index("ix_timers_settled", "timers", "settled_at", where="settled_at IS NOT NULL")
    _index("ix_timers_unsettled_next", "timers", "next_try_at", where="settled_at IS NULL")
    _index("ix_timers_unsettled_release", "timers", "release_id", "due_at", "id", where="settled_at IS NULL")


def _record() -> None:
    op.create_table(
        "audit",
        _id(), _ref("workspace_id"), _ref("release_id", null=True), _int("seq"), _text("name"), _at("at"),
        _text("body"), _text("hash"), _key("audit", "id"), _to("audit", "release_id", "releases"),
        _to("audit", "workspace_id", "workspaces"),
        sa.UniqueConstraint("release_id", "seq", name="uq_audit_release_id_seq"),
    )  # fmt: skip
    _index("uq_audit_workspace_seq", "audit", "workspace_id", "seq", unique=True, where="release_id IS NULL")
    op.create_table(
        "audit_texts",
        _ref("audit_id"), _ref("workspace_id"), _ref("release_id", null=True), _text("user_id", null=True),
        _text("salt"), _text("said"), _text("why"), _at("erased_at", null=True), _key("audit_texts", "audit_id"),
        _to("audit_texts", "audit_id", "audit"), _to("audit_texts", "release_id", "releases"),
        _to("audit_texts", "workspace_id", "workspaces"),
    )  # fmt: skip
    _index("ix_audit_texts_release_id", "audit_texts", "release_id")
    _index("ix_audit_texts_workspace_id_user_id", "audit_texts", "workspace_id", "user_id")
    op.create_table(
        "retro_answers",
        _ref("release_id"), _text("user_id"), _ref("workspace_id"), _text("went_well"), _text("did_not"),
        _text("ideas"), _at("at"), _key("retro_answers", "release_id", "user_id"),
        _to("retro_answers", "release_id", "releases"), _to("retro_answers", "workspace_id", "workspaces"),
    )  # fmt: skip
    _index("ix_retro_answers_workspace_id_user_id", "retro_answers", "workspace_id", "user_id")
    op.create_table(
        "retro_actions",
        _id(), _ref("workspace_id"), _ref("release_id"), _text("text"), _text("owner"),
        sa.Column("due_on", sa.Date(), nullable=False), _text("created_by"), _at("created_at"),
        _text("closed_by", null=True), _at("closed_at", null=True), _key("retro_actions", "id"),
        _to("retro_actions", "release_id", "releases"), _to("retro_actions", "workspace_id", "workspaces"),
        sqlite_autoincrement=True,
    )  # fmt: skip
    _index("ix_retro_actions_open", "retro_actions", "workspace_id", "release_id", where="closed_at IS NULL")
    _index("ix_retro_actions_release_id", "retro_actions", "release_id")
