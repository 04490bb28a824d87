"""Whether a condition has until the close, beside its time: the two may be the same for a while and part again.

Only adds. Revises: 0008. Bring rows of this schema as data/0009.sql.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("conditions", sa.Column("until_close", sa.Boolean()))
