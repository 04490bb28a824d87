"""Which votes were not heard when a round closed: whoever gave them was not asked any more.

Only adds. Revises: 0006. Bring rows of this schema as data/0007.sql.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("rounds", sa.Column("uncounted", sa.Text(), nullable=True))
