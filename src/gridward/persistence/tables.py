"""Every table, by import: Alembic and the tests read the metadata from here."""

from gridward.persistence import changes, entries
from gridward.persistence.database import Row

ROWS = (changes, entries)
metadata = Row.metadata
