"""Since when freezes, trains and holds are as they are, and how often that changed; when the app was removed.

Only adds. Revises: 0005. Bring rows of this schema as data/0006.sql.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def _at(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def upgrade() -> None:
    op.add_column("workspaces", _at("uninstalled_at"))
    op.add_column("releases", _at("held_at"))
    op.add_column("trains", _at("changed_at"))
    op.add_column("freezes", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("freezes", _at("changed_at"))
    over = sa.text("ended_at IS NOT NULL")
    for table in ("trains", "freezes"):
        op.create_index(
            f"ix_{table}_ended", table, ["workspace_id", "ended_at"], sqlite_where=over, postgresql_where=over
        )
