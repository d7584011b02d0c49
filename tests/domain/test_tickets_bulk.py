"""What a step on several tickets will do to each, as the preview says it."""

from __future__ import annotations

from uuid import uuid4

from gridward.domain.tickets.bulk import BulkStep, Planned, Standing, plan
from gridward.domain.tickets.table import ACTIONS
from gridward.domain.tickets.words import Intent, Status

SANITATION = {"unit_id": str(uuid4()), "name": "环卫一队", "kind": "work", "source": "service_area"}
FIRM = {"unit_id": str(uuid4()), "name": "雪圃花园物业", "kind": "estate", "source": None}
NEW = {"status": Status.RECEIVED, "may": ACTIONS, "condition_id": "litter_full-full", "grid_id": str(uuid4())}


def test_a_new_report_is_accepted_and_goes_to_the_unit_that_its_routing_names_first() -> None:
    made = plan(BulkStep.accept_assign, Standing(**NEW, candidates=[SANITATION, FIRM]))
    assert made == Planned(intents=(Intent.ACCEPT, Intent.ASSIGN), unit=SANITATION)
    chosen = plan(BulkStep.accept_assign, Standing(**NEW, candidates=[SANITATION]), FIRM)
    assert chosen.unit == FIRM


def test_what_is_accepted_already_is_only_assigned() -> None:
    accepted = Standing(**{**NEW, "status": Status.ACCEPTED, "condition_id": None}, candidates=[SANITATION])
    assert plan(BulkStep.accept_assign, accepted).intents == (Intent.ASSIGN,)


def test_each_ticket_says_for_itself_why_nothing_will_happen_to_it() -> None:
    closed = Standing(**{**NEW, "status": Status.CLOSED}, candidates=[SANITATION])
    held = Standing(**{**NEW, "status": Status.ASSIGNED}, candidates=[SANITATION], unit_id=SANITATION["unit_id"])
    cases = {
        "ticket.not_a_step": plan(BulkStep.accept, closed),
        "plan.no_condition": plan(BulkStep.accept, Standing(**{**NEW, "condition_id": None})),
        "plan.no_grid": plan(BulkStep.accept, Standing(**{**NEW, "grid_id": None})),
        "plan.no_unit": plan(BulkStep.accept_assign, Standing(**NEW)),
        "plan.has_unit": plan(BulkStep.assign, held),
        "not_permitted": plan(BulkStep.reject, Standing(**{**NEW, "may": ACTIONS - {"ticket:reject"}})),
    }
    for code, made in cases.items():
        assert (made.why_not, made.intents) == (code, ())
