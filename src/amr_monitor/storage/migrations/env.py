"""Run by Alembic: the scripts go over the connection that `evolution` opened."""

from alembic import context

from amr_monitor.storage.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
