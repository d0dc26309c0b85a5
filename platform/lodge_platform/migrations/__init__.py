"""Alembic migrations, a folder a store."""
