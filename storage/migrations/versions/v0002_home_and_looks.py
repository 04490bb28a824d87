"""Home tabs, action items, deliveries, later rounds, deploys and rollbacks.

When a person last opened the Home tab, their open action items at a glance, what a card shows in Slack, when a
delivery was tried, which objections a new round waits for, which votes it kept, since when a part deploys or rolls
back, and why a release was rolled back.

Revises: 0001. Bring rows of this schema as data/0002.sql.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("people", sa.Column("home_seen_at", sa.DateTime(timezone=True), nullable=True))
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_retro_actions_of",
        "retro_actions",
        ["workspace_id", "owner"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.add_column("cards", sa.Column("shows", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rounds", sa.Column("objected", sa.Text(), nullable=True))
    op.add_column("votes", sa.Column("kept", sa.Boolean(), nullable=True))
    op.add_column("release_parts", sa.Column("since", sa.DateTime(timezone=True), nullable=True))
    op.execute(sa.text("UPDATE release_parts SET since = started_at"))
    op.add_column("releases", sa.Column("rollback_why", sa.Text(), nullable=False, server_default=sa.text("''")))
