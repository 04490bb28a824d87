"""Run migrations on the connection that storage.migrate opened and locked."""

from alembic import context

import storage.decision_tables
import storage.schedule_tables
import storage.tables  # noqa: F401  (both fill the metadata)
from storage.columns import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
