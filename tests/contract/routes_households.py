"""Households, who visits whom, and visits."""

from __future__ import annotations

from uuid import uuid4

from cast import Member
from contract.probing import About, Ask, Probe, Route, Target, clock
from gridward.domain.accounts import Role


def of_household(json: object = None) -> Ask:
    return lambda target, caller: Probe(path={"household_id": target.household_id}, json=json)


def leaving_household() -> Ask:
    """Whoever may gets one that is not there: the others are still needed."""

    def ask(target: Target, caller: Member) -> Probe:
        may = caller.actor.roles & {Role.dispatcher, Role.shift_leader, Role.security_admin}
        there = target.name.startswith("far_") or not may
        return Probe(path={"household_id": target.household_id if there else uuid4()})

    return ask


def visit(target: Target, caller: Member) -> Probe:
    sent = {
        "schema": 1,
        "digest": uuid4().hex,
        "clock": clock(),
        "body": {"household_id": str(target.household_id), "outcome": "card_left", "note": NOTE},
    }
    return Probe(path={"visit_id": uuid4()}, json=sent)


NOTE = "金丝雀的民情日记"
"""What is written at every door."""


ROUTES: dict[tuple[str, str], Route] = {
    ("POST", "/households/file/preview"): Route(
        action="household:register", ask=lambda t, c: Probe(json={"content": "eA=="})
    ),
    ("POST", "/households/file"): Route(action="household:register", ask=lambda t, c: Probe(json={"content": "eA=="})),
    ("GET", "/households"): Route(action="household:find", shows=True),
    ("GET", "/households/{household_id}"): Route(action="household:read", about=About.household, ask=of_household()),
    ("PUT", "/households/{household_id}"): Route(
        action="household:register",
        about=About.household,
        ask=lambda t, c: Probe(
            path={"household_id": t.household_id},
            json={"building_id": str(t.building_id), "room": "101", "version": 0},
        ),
    ),
    ("PUT", "/households/{household_id}/contact"): Route(
        action="household:keep_people", about=About.household, ask=of_household({"name": "新联系人"})
    ),
    ("PUT", "/households/{household_id}/consent"): Route(
        action="household:keep_people",
        about=About.household,
        ask=of_household({"given": True, "version": "2026-11"}),
    ),
    ("POST", "/households/{household_id}/number"): Route(
        action="household:reveal_number", about=About.household, ask=of_household({"purpose": "arrange"})
    ),
    ("GET", "/households/{household_id}/reveals"): Route(
        action="household:read_reveals", about=About.household, ask=of_household()
    ),
    ("GET", "/reveals"): Route(action="household:list_reveals", shows=True),
    ("GET", "/households/{household_id}/doubles"): Route(
        action="household:end", about=About.household, ask=of_household()
    ),
    ("GET", "/households/{household_id}/merge"): Route(
        action="household:end",
        about=About.household,
        ask=lambda t, c: Probe(path={"household_id": t.household_id}, query={"into_id": t.household_id}),
    ),
    ("GET", "/households/{household_id}/erase"): Route(
        action="household:erase", about=About.household, ask=of_household()
    ),
    # Whoever may gets an answer of the rules: the household is still needed by the next caller.
    ("POST", "/households/{household_id}/move-away"): Route(
        action="household:end", about=About.household, ask=leaving_household()
    ),
    ("POST", "/households/{household_id}/merge"): Route(
        action="household:end",
        about=About.household,
        ask=lambda t, c: Probe(path={"household_id": t.household_id}, json={"into_id": str(t.household_id)}),
    ),
    ("POST", "/households/{household_id}/erase"): Route(
        action="household:erase", about=About.household, ask=leaving_household()
    ),
    ("GET", "/ties"): Route(action="tie:read", shows=True),
    ("GET", "/ties/suggestion"): Route(
        action="tie:change", about=About.place, ask=lambda t, c: Probe(query={"community_id": t.community_id})
    ),
    ("PUT", "/ties"): Route(
        action="tie:change",
        about=About.household,
        ask=lambda t, c: Probe(json={"ties": [{"household_id": str(t.household_id), "person_id": str(c.person_id)}]}),
    ),
    ("GET", "/ties/houses"): Route(
        action="tie:read", about=About.place, ask=lambda t, c: Probe(query={"community_id": t.community_id})
    ),
    ("PUT", "/ties/houses/{building_id}"): Route(
        action="tie:change",
        about=About.household,
        ask=lambda t, c: Probe(
            path={"building_id": t.building_id}, json={"entrance": None, "person_id": str(t.person_id)}
        ),
    ),
    ("GET", "/ties/people"): Route(action="tie:change", shows=True),
    ("GET", "/building-stewards"): Route(action="tie:read", shows=True),
    ("PUT", "/building-stewards/{building_id}"): Route(
        action="tie:change",
        about=About.household,
        ask=lambda t, c: Probe(path={"building_id": t.building_id}, json={"person_id": str(t.person_id)}),
    ),
    ("GET", "/home-registrations"): Route(action="tie:read", shows=True),
    ("PUT", "/home-registrations/{person_id}"): Route(
        action="tie:change",
        about=About.household,
        ask=lambda t, c: Probe(
            path={"person_id": t.person_id}, json={"building_id": str(t.building_id), "employer": "街道办"}
        ),
    ),
    ("PUT", "/visits/{visit_id}"): Route(action="visit:record", about=About.household, ask=visit),
    ("GET", "/visits/figures"): Route(
        action="visit:read_figures", shows=True, ask=lambda t, c: Probe(query={"month": "2026-09"})
    ),
    ("GET", "/visits/overdue"): Route(action="visit:read_overdue", shows=True),
    ("GET", "/visits/demands"): Route(
        action="visit:read_figures", shows=True, ask=lambda t, c: Probe(query={"month": "2026-09"})
    ),
}
