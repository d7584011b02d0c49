"""Every table, by import: Alembic and the tests read the metadata from here."""

from gridward.persistence.database import Row

metadata = Row.metadata

__all__ = ["metadata"]
