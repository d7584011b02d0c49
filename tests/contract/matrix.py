"""Every route of the API: what it is in the policy, what it is about, and a request for it that is well formed.

A route that is missing here fails ``test_matrix``. ``action`` None: open to everybody, signed in or not.
"""

from __future__ import annotations

from contract import routes_households, routes_office, routes_patrols, routes_people, routes_places, routes_tickets
from contract.probing import About, Route
from contract.routes_tickets import operation
from gridward.domain.tickets.table import LIFECYCLE
from gridward.domain.tickets.words import Intent

PARTS = (routes_people, routes_places, routes_tickets, routes_households, routes_patrols, routes_office)
ROUTES: dict[tuple[str, str], Route] = {at: route for part in PARTS for at, route in part.ROUTES.items()}
assert len(ROUTES) == sum(len(part.ROUTES) for part in PARTS), "a route is in two parts of the matrix"

STEPS: dict[Intent, Route] = {
    transition.intent: Route(action=transition.action, about=About.ticket, ask=operation(transition.intent))
    for transition in LIFECYCLE.values()
    if transition.source is not None and transition.intent is not Intent.JOIN
}
"""The steps of a ticket, each as a route of its own; joining happens by filing."""

STEP_TARGETS = frozenset({"market", "river", "far_market"})
"""One each of the own community, the neighbour and the other jurisdiction is enough for sixty steps."""
