"""Alembic's environment: runs on the connection that bot.store.connection hands over, batch mode for SQLite."""

from alembic import context

from bot.store.tables import metadata

connection = context.config.attributes["connection"]
if connection is None:
    raise RuntimeError("run `roost db upgrade`; to write a new migration see docs/configuration.md")
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
