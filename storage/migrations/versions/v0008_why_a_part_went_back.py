"""Why a part was rolled back, beside the part: what an earlier version stored for the release stays there.

Only adds. Revises: 0007. Bring rows of this schema as data/0008.sql.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("release_parts", sa.Column("back_why", sa.Text(), nullable=False, server_default=sa.text("''")))
