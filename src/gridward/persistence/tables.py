"""Every table, by import: Alembic and the tests read the metadata from here."""

from gridward.persistence import (
    causes,
    changes,
    desk,
    disclosures,
    duty,
    entries,
    evidence,
    progress,
    sealing,
    street_forms,
    suspensions,
    unit_links,
)
from gridward.persistence.accounts import rows as accounts
from gridward.persistence.database import Row
from gridward.persistence.households import rows as households
from gridward.persistence.notifications import rows as notifications
from gridward.persistence.patrols import rows as patrols
from gridward.persistence.routing import rows as routing
from gridward.persistence.standards import rows as standards
from gridward.persistence.statements import rows as statements
from gridward.persistence.statistics import sums
from gridward.persistence.territory import change_rows as territory_change
from gridward.persistence.territory import rows as territory
from gridward.persistence.territory import staging as territory_staging
from gridward.persistence.tickets import past, rounds, supervision
from gridward.persistence.tickets import rows as tickets

ROWS = (
    accounts,
    causes,
    changes,
    desk,
    disclosures,
    entries,
    evidence,
    households,
    routing,
    standards,
    territory,
    territory_change,
    territory_staging,
    tickets,
    past,
    rounds,
    supervision,
    notifications,
    suspensions,
    progress,
    sealing,
    statements,
    street_forms,
    sums,
    unit_links,
    duty,
    patrols,
)
metadata = Row.metadata
