"""What a delivery comes from: the reference of the gesture or timer behind it, as the log names it.

Revises: 0002. Bring rows of this schema as data/0003.sql.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("cause", sa.Text(), nullable=True))
