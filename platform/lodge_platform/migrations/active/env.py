"""Migrations of the active store, on the connection that `stores.migrate` gives."""

from alembic import context

from lodge_platform.migrations.rendering import render_item, without_comments
from lodge_platform.schema import ActiveBase

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=without_comments(ActiveBase.metadata),
    render_item=render_item,
    render_as_batch=True,
)
context.run_migrations()
