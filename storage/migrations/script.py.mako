"""${message}.

Revises: ${down_revision or "nothing"}. Bring rows of this schema as data/${up_revision}.sql.
Call it "${up_revision}-since-0000" when it takes something away: since which schema the code does without it.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
