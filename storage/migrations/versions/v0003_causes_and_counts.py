"""What a delivery comes from, as the log names it; a count of the changes of what is known of people.

Revises: 0002. Bring rows of this schema as data/0003.sql.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("cause", sa.Text(), nullable=True))
    op.add_column("workspaces", sa.Column("people_rev", sa.Integer(), nullable=False, server_default="0"))
