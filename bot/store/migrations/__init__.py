"""Numbered schema changes, run by Alembic."""
