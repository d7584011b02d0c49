"""Every route of the API: what it is in the policy, what it is about, and a request for it that is well formed.

A route that is missing here fails ``test_matrix``. ``action`` None: open to everybody, signed in or not.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID, uuid4

import filing
from cast import MARKET, NOON, Member
from gridward.domain.accounts import Role
from gridward.domain.tickets.bodies import EITHER, FIELDS, Field
from gridward.domain.tickets.readers import Kind
from gridward.domain.tickets.table import LIFECYCLE
from gridward.domain.tickets.words import Intent


class About(StrEnum):
    """What a route's request names: the thing whose relation to the caller decides."""

    whole = "whole"
    """Nothing but the caller's jurisdiction."""
    self = "self"
    """The caller."""
    person = "person"
    ticket = "ticket"
    place = "place"
    household = "household"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A thing to ask for: ``lon``, ``lat`` and ids as the routes need them."""

    name: str
    ticket_id: UUID
    person_id: UUID
    grant_id: UUID
    standard_id: UUID
    suspension_id: UUID
    household_id: UUID
    building_id: UUID
    photo: str
    lon: float
    lat: float
    community_id: UUID
    ids: Mapping[str, str]
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One request. ``path`` fills the template, the rest goes to httpx."""

    path: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, object] = field(default_factory=dict)
    json: object = None
    content: bytes | None = None


Ask = Callable[[Target, Member], Probe]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route as the policy sees it.

    ``shows``: a list, from which what is not the caller's is left out. ``ends_session``: asked without one.
    """

    action: str | None
    about: About = About.whole
    ask: Ask = lambda target, caller: Probe()
    shows: bool = False
    ends_session: bool = False


ROSTER = base64.b64encode("姓名,手机\n新来的,19900009999\n".encode()).decode()
"""A file of one line."""


def territory_file(**more: object) -> Ask:
    """A layer of one landmark."""
    feature = {
        "type": "Feature",
        "properties": {"code": "L-9", "name": "井亭"},
        "geometry": {"type": "Point", "coordinates": MARKET},
    }
    content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    body = {"layer": "landmark", "name": "x.geojson", "crs": "WGS-84", "content": base64.b64encode(content).decode()}
    return lambda t, c: Probe(json={**body, **more})


def of_person(**json: object) -> Ask:
    return lambda target, caller: Probe(path={"person_id": target.person_id}, json=json or None)


def report_to_erase(target: Target, caller: Member) -> Probe:
    """Whoever may gets a report that is not there: the others of this town are still needed."""
    may = Role.security_admin in caller.actor.roles and not target.name.startswith("far_")
    return Probe(path={"report_id": uuid4() if may else target.ticket_id})


def clock() -> dict[str, object]:
    return {"captured_at": NOON.isoformat(), "offset_ms": 0}


def report(target: Target, caller: Member) -> Probe:
    body = {
        "category": "litter_full",
        "location": {"lon": target.lon, "lat": target.lat, "accuracy_m": 8.0, "age_s": 1, "source": "gps"},
        "photos": [],
    }
    sent = {"schema": 1, "digest": uuid4().hex, "clock": clock(), "body": body}
    return Probe(path={"report_id": uuid4()}, json=sent)


VALUES: Mapping[Kind, object] = {
    Kind.WORDS: "一句话",
    Kind.CODE: "other",
    Kind.CODES: ["other"],
    Kind.FLAG: True,
    Kind.WHOLE: 1,
    Kind.NUMBER: 1.0,
    Kind.INSTANT: "2026-09-05T04:00:00Z",
    Kind.SPAN: {"kind": "work_hour", "amount": 4},
    Kind.PARTS: [],
}


def operation(intent: Intent) -> Ask:
    """A step of a ticket with everything its form asks for; whether it is legal now is another question."""

    def ask(target: Target, caller: Member) -> Probe:
        fields = {one.name: one for one in FIELDS[intent] if not one.given}
        wanted = {name for name, one in fields.items() if one.required} | set(EITHER.get(intent, ())[:1])
        if "lon" in wanted:
            wanted |= {"lat"} & set(fields)
        body = {name: _value(fields[name], target, caller) for name in wanted}
        sent = {
            "schema": 1,
            "digest": uuid4().hex,
            "type": intent.value,
            "seen": {},
            "after": None,
            "clock": clock(),
            "body": body,
        }
        return Probe(path={"ticket_id": target.ticket_id, "op_id": uuid4()}, json=sent)

    return ask


def _value(field_: Field, target: Target, caller: Member) -> object:
    if field_.kind is Kind.PHOTOS:
        return [hashlib.sha256(filing.picture(seed_of(caller))).hexdigest()]
    if field_.name in target.ids:
        return target.ids[field_.name]
    return field_.choices[0] if field_.choices else VALUES.get(field_.kind, str(uuid4()))


def seed_of(caller: Member) -> int:
    """Of the picture that this person has at hand."""
    return caller.person_id.int % 60_000


def photo(target: Target, caller: Member) -> Probe:
    content = filing.picture(seed_of(caller))
    return Probe(path={"sha256": hashlib.sha256(content).hexdigest()}, content=content)


def at_place(**more: object) -> Ask:
    return lambda target, caller: Probe(query={"lon": target.lon, "lat": target.lat, **more})


def tile(target: Target, caller: Member) -> Probe:
    """The one of zoom 14 that holds the town."""
    return Probe(path={"z": 14, "x": 13339, "y": 7115})


def of_standard(json: object = None) -> Ask:
    return lambda target, caller: Probe(path={"standard_id": target.standard_id}, json=json)


def figures(**more: object) -> Ask:
    return lambda target, caller: Probe(query={"from": "2026-09-01", "to": "2026-09-30", **more})


def territory_change(**more: object) -> Ask:
    merge = {"kind": "merge", "from": "2026-12-01", "grids": ["1", "2"], "wanted": [{"code": "3"}], **more}
    return lambda target, caller: Probe(json=merge)


def suspension(target: Target, caller: Member) -> Probe:
    sent = {
        "from_at": "2026-09-03T00:00:00Z",
        "to_at": "2026-09-03T10:00:00Z",
        "reason": "typhoon",
        "notice": "三防指挥部通告第 3 号",
    }
    return Probe(path={"suspension_id": uuid4()}, json=sent)


def duty_shift(target: Target, caller: Member) -> Probe:
    sent = {
        "area_id": str(target.community_id),
        "name": "谭值班",
        "telephone": "0000-10000000",
        "from_at": "2026-09-03T00:00:00Z",
        "to_at": "2026-09-03T10:00:00Z",
    }
    return Probe(path={"shift_id": uuid4()}, json=sent)


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


def subscription(target: Target, caller: Member) -> Probe:
    sent = {
        "endpoint": f"https://fcm.googleapis.com/fcm/send/{caller.person_id}",
        "p256dh": "B" * 87,
        "auth": "A" * 22,
        "language": "zh",
    }
    return Probe(path={"subscription_id": caller.person_id}, json=sent)


def patrol_days(**more: object) -> Ask:
    return lambda target, caller: Probe(query={"from": "2026-09-01", "to": "2026-09-02", **more})


def patrol_plan(target: Target, caller: Member) -> Probe:
    rota = {
        "cycle_days": 1,
        "anchor_on": "2026-09-01",
        "shifts": [{"name": "早班", "starts": "08:00", "minutes": 240}],
        "teams": [{"name": "一组", "members": [target.ids["steward_id"]]}],
        "turns": [{"day": 0, "shift": 0, "team": 0}],
        "grace_minutes": 30,
    }
    sent = {
        "version": 0,
        "community_id": str(target.community_id),
        "name": "早晚巡查",
        "grid_ids": [target.ids["grid_id"]],
        "rota": rota,
    }
    return Probe(path={"plan_id": uuid4()}, json=sent)


def turns_of_unknown_plan(target: Target, caller: Member) -> Probe:
    return Probe(path={"plan_id": uuid4()}, query={"from": "2026-09-01", "to": "2026-09-02"})


def unknown_plan(target: Target, caller: Member) -> Probe:
    return Probe(path={"plan_id": uuid4(), "checkpoint_id": uuid4()})


def patrol(target: Target, caller: Member) -> Probe:
    sent = {"schema": 1, "digest": uuid4().hex, "clock": clock(), "body": {"plan_id": None}}
    return Probe(path={"patrol_id": uuid4()}, json=sent)


def patrol_operation(target: Target, caller: Member) -> Probe:
    sent = {"schema": 1, "digest": uuid4().hex, "type": "end", "clock": clock(), "body": {}}
    return Probe(path={"patrol_id": uuid4(), "op_id": uuid4()}, json=sent)


NOTE = "金丝雀的民情日记"
"""What is written at every door."""
GRANT = {"role": "supervisor", "scope_kind": "jurisdiction"}

ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/hello"): Route(action=None),
    ("POST", "/sign-in/invite/look"): Route(action=None, ask=lambda t, c: Probe(json={"token": "unknown"})),
    ("POST", "/sign-in/invite"): Route(action=None, ask=lambda t, c: Probe(json={"token": "unknown"})),
    ("POST", "/sign-in/printed"): Route(
        action=None, ask=lambda t, c: Probe(json={"phone": "19912345678", "code": "12345678"})
    ),
    ("POST", "/sign-in/code/ask"): Route(action=None, ask=lambda t, c: Probe(json={"phone": "19912345678"})),
    ("POST", "/sign-in/code"): Route(
        action=None, ask=lambda t, c: Probe(json={"phone": "19912345678", "code": "123456"})
    ),
    ("POST", "/sign-in/password"): Route(
        action=None, ask=lambda t, c: Probe(json={"login": "nobody", "password": "nothing"})
    ),
    ("POST", "/sign-out"): Route(action=None, ends_session=True),
    ("POST", "/my/notice"): Route(
        action="scope:read", about=About.self, ask=lambda t, c: Probe(json={"notice_version": "2026-11"})
    ),
    ("PUT", "/my/password"): Route(
        action="password:set", about=About.self, ask=lambda t, c: Probe(json={"login": "x", "password": "short"})
    ),
    ("GET", "/my/scope"): Route(action="scope:read", about=About.self),
    ("GET", "/people"): Route(action="people:read", shows=True),
    ("POST", "/people"): Route(
        action="people:add", ask=lambda t, c: Probe(json={"name": "新来的", "phone": f"1{uuid4().int % 10**10:010d}"})
    ),
    ("GET", "/my/second-step"): Route(action="second_step:set", about=About.self),
    ("POST", "/my/second-step"): Route(action="second_step:set", about=About.self),
    ("PUT", "/my/second-step"): Route(
        action="second_step:set", about=About.self, ask=lambda t, c: Probe(json={"code": "000000"})
    ),
    ("POST", "/my/second-step/enter"): Route(
        action="second_step:set", about=About.self, ask=lambda t, c: Probe(json={"code": "000000"})
    ),
    ("DELETE", "/people/{person_id}/second-step"): Route(
        action="second_step:take_off", about=About.person, ask=of_person()
    ),
    ("GET", "/safety"): Route(action="safety:read"),
    ("PUT", "/safety"): Route(
        action="safety:change", ask=lambda t, c: Probe(json={"admins_apart": False, "required": []})
    ),
    ("POST", "/people/import/draft"): Route(action="people:import", ask=lambda t, c: Probe(json={"content": ROSTER})),
    ("POST", "/people/import"): Route(
        action="people:import", ask=lambda t, c: Probe(json={"content": ROSTER, "seen": "not this"})
    ),
    ("POST", "/people/{person_id}/invite"): Route(action="people:invite", about=About.person, ask=of_person()),
    ("PUT", "/people/{person_id}/name"): Route(
        action="people:correct", about=About.person, ask=of_person(name="改过的")
    ),
    ("POST", "/people/{person_id}/disable"): Route(action="people:disable", about=About.person, ask=of_person()),
    ("POST", "/people/{person_id}/enable"): Route(action="people:enable", about=About.person, ask=of_person()),
    ("POST", "/people/{person_id}/erase"): Route(action="people:erase", about=About.person, ask=of_person()),
    ("POST", "/people/{person_id}/sign-out"): Route(action="session:end", about=About.person, ask=of_person()),
    ("POST", "/people/{person_id}/grants"): Route(
        action="grant:give",
        about=About.person,
        ask=lambda t, c: Probe(
            path={"person_id": t.person_id}, json={**GRANT, "scope_id": str(c.actor.jurisdiction_id)}
        ),
    ),
    ("DELETE", "/people/{person_id}/grants/{grant_id}"): Route(
        action="grant:end",
        about=About.person,
        ask=lambda t, c: Probe(path={"person_id": t.person_id, "grant_id": t.grant_id}),
    ),
    ("POST", "/territory/imports/draft"): Route(action="territory:publish", ask=territory_file()),
    ("POST", "/territory/imports"): Route(action="territory:publish", ask=territory_file(seen="never seen")),
    ("PUT", "/units/{code}"): Route(
        action="territory:publish",
        ask=lambda t, c: Probe(path={"code": "U-NEW"}, json={"name": "新单位", "kind": "work"}),
    ),
    ("GET", "/units/{unit_id}/holds"): Route(
        action="territory:publish", ask=lambda t, c: Probe(path={"unit_id": uuid4()})
    ),
    ("POST", "/units/{unit_id}/close"): Route(
        action="territory:publish", ask=lambda t, c: Probe(path={"unit_id": uuid4()})
    ),
    ("POST", "/service-areas/{service_area_id}/end"): Route(
        action="territory:publish", ask=lambda t, c: Probe(path={"service_area_id": uuid4()})
    ),
    ("GET", "/territory/changes"): Route(action="territory:read_changes"),
    ("POST", "/territory/changes/preview"): Route(action="territory:publish", ask=territory_change()),
    ("POST", "/territory/changes"): Route(action="territory:publish", ask=territory_change(seen="never seen")),
    ("GET", "/territory/figures"): Route(
        action="territory:count", ask=lambda t, c: Probe(query={"from": "2026-08-01", "to": "2026-08-31"})
    ),
    ("GET", "/figures/indices"): Route(action="category:read"),
    ("GET", "/figures"): Route(action="figures:read", ask=figures()),
    ("GET", "/figures/groups"): Route(action="figures:read", ask=figures(group="unit", index="resolved_in_time")),
    ("GET", "/figures/standings"): Route(action="figures:read", ask=figures(group="grid", index="closed")),
    ("GET", "/figures/spreads"): Route(action="figures:read", ask=figures()),
    ("GET", "/figures/people"): Route(action="figures:read_person", ask=figures(unit_id=str(uuid4()))),
    ("GET", "/figures/tickets"): Route(action="figures:read", ask=figures(set="ticket.accepted")),
    ("GET", "/figures/export"): Route(action="figures:export", ask=figures(set="ticket.accepted")),
    ("GET", "/figures/suppose"): Route(action="figures:suppose", ask=figures(rule="city/1")),
    ("GET", "/territory/{layer}"): Route(
        action="territory:read", ask=lambda t, c: Probe(path={"layer": "grid"}, query={"community_id": t.community_id})
    ),
    ("GET", "/base-map"): Route(action="territory:read"),
    ("GET", "/place-words"): Route(action="territory:read", ask=at_place()),
    ("GET", "/units"): Route(action="unit:read"),
    ("GET", "/categories"): Route(action="category:read"),
    ("GET", "/standards"): Route(action="standard:read"),
    ("GET", "/standards/{standard_id}/conditions"): Route(action="standard:read", ask=of_standard()),
    ("GET", "/standards/{standard_id}/bases"): Route(action="standard:read", ask=of_standard()),
    ("GET", "/standards/{standard_id}/reasons"): Route(action="standard:read", ask=of_standard()),
    ("GET", "/standards/{standard_id}/document"): Route(action="standard:read", ask=of_standard()),
    ("GET", "/standards/{standard_id}/diff"): Route(
        action="standard:read",
        ask=lambda target, caller: Probe(
            path={"standard_id": target.standard_id}, query={"against": target.standard_id}
        ),
    ),
    ("POST", "/standards/draft"): Route(
        action="standard:publish", ask=lambda target, caller: Probe(json={"document": {"scheme": "gridward"}})
    ),
    ("POST", "/standards"): Route(
        action="standard:publish", ask=lambda target, caller: Probe(json={"document": {"scheme": "gridward"}})
    ),
    ("GET", "/place-types"): Route(action="standard:read"),
    ("PUT", "/place-types"): Route(
        action="standard:map_units",
        ask=lambda target, caller: Probe(json={"places": [{"code": "440605001001", "area_class": "A"}]}),
    ),
    ("GET", "/emergencies"): Route(action="standard:read"),
    ("POST", "/emergencies"): Route(
        action="emergency:start",
        ask=lambda target, caller: Probe(
            json={"standard_id": str(target.standard_id), "ends_at": "2026-09-05T00:00:00Z"}
        ),
    ),
    ("POST", "/emergencies/{emergency_id}/end"): Route(
        action="emergency:start", ask=lambda target, caller: Probe(path={"emergency_id": uuid4()})
    ),
    ("GET", "/calendars"): Route(action="standard:read"),
    ("GET", "/calendars/{calendar_id}/document"): Route(
        action="standard:read", ask=lambda target, caller: Probe(path={"calendar_id": "city"})
    ),
    ("POST", "/calendars/draft"): Route(
        action="calendar:publish", ask=lambda target, caller: Probe(json={"document": {"calendar_id": "city"}})
    ),
    ("POST", "/calendars"): Route(
        action="calendar:publish",
        ask=lambda target, caller: Probe(json={"document": {"calendar_id": "city"}, "based_on": 1}),
    ),
    ("GET", "/standards/{standard_id}/unit-names"): Route(action="standard:read", ask=of_standard()),
    ("PUT", "/standards/{standard_id}/unit-names"): Route(
        action="standard:map_units", ask=of_standard({"based_on": None, "names": [{"name": "市政", "lines": []}]})
    ),
    ("GET", "/explain"): Route(action="rules:explain", about=About.place, ask=at_place(category="litter_full")),
    ("GET", "/routing/rules"): Route(action="rules:read"),
    ("PUT", "/routing/rules"): Route(action="rules:publish", ask=lambda t, c: Probe(json={"based_on": 0, "rules": []})),
    ("GET", "/routing/versions"): Route(action="rules:read"),
    ("GET", "/routing/compare"): Route(action="rules:read", ask=lambda t, c: Probe(query={"before": 1, "after": 1})),
    ("GET", "/routing/names"): Route(action="rules:read"),
    ("GET", "/routing/rules/file"): Route(action="rules:read"),
    ("POST", "/routing/rules/file"): Route(action="rules:try", ask=lambda t, c: Probe(json={"content": "eA=="})),
    ("POST", "/routing/coverage"): Route(action="rules:read", ask=lambda t, c: Probe(json={})),
    ("POST", "/routing/dry-run"): Route(action="rules:dry_run", ask=lambda t, c: Probe(json={})),
    ("POST", "/routing/try"): Route(
        action="rules:try",
        ask=lambda t, c: Probe(json={"lon": MARKET[0], "lat": MARKET[1], "category": "litter_full"}),
    ),
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
    ("GET", "/my/households"): Route(action="visit:due_list", about=About.self),
    ("PUT", "/visits/{visit_id}"): Route(action="visit:record", about=About.household, ask=visit),
    ("GET", "/visits/figures"): Route(
        action="visit:read_figures", shows=True, ask=lambda t, c: Probe(query={"month": "2026-09"})
    ),
    ("GET", "/visits/overdue"): Route(action="visit:read_overdue", shows=True),
    ("GET", "/visits/demands"): Route(
        action="visit:read_figures", shows=True, ask=lambda t, c: Probe(query={"month": "2026-09"})
    ),
    ("GET", "/patrol-policy"): Route(action="patrol_plan:read"),
    ("GET", "/patrol-hours"): Route(
        action="patrol:read_hours", shows=True, ask=lambda t, c: Probe(query={"month": "2026-09"})
    ),
    ("GET", "/patrol-hours/file"): Route(
        action="patrol:read_hours", shows=True, ask=lambda t, c: Probe(query={"month": "2026-09"})
    ),
    ("GET", "/patrol-rules"): Route(action="patrol_plan:read"),
    ("PUT", "/patrol-rules"): Route(
        action="patrol:switch", ask=lambda t, c: Probe(json={"swath_m": 15.0, "reach_m": 200.0})
    ),
    ("PUT", "/patrol-policy"): Route(
        action="patrol:switch",
        ask=lambda t, c: Probe(json={"audiences": ["paid_stewards"], "reason": "网格员夜间安全"}),
    ),
    ("GET", "/patrol-plans"): Route(action="patrol_plan:read", shows=True),
    ("PUT", "/patrol-plans/{plan_id}"): Route(action="patrol_plan:keep", about=About.place, ask=patrol_plan),
    ("GET", "/patrol-plans/{plan_id}/turns"): Route(action="patrol:read", ask=turns_of_unknown_plan),
    ("GET", "/patrol-plans/routes"): Route(
        action="patrol:read_coverage", shows=True, ask=lambda t, c: Probe(query={"month": "2026-09"})
    ),
    ("POST", "/patrol-plans/{plan_id}/end"): Route(action="patrol_plan:keep", ask=unknown_plan),
    ("GET", "/patrol-plans/{plan_id}/sheets"): Route(action="patrol_plan:keep", ask=unknown_plan),
    ("POST", "/patrol-plans/{plan_id}/checkpoints/{checkpoint_id}/renew"): Route(
        action="patrol_plan:keep", ask=unknown_plan
    ),
    ("GET", "/patrol-plans/walkers"): Route(action="patrol_plan:keep", shows=True),
    ("GET", "/patrol-plans/suggestion"): Route(
        action="patrol_plan:keep",
        about=About.place,
        ask=lambda t, c: Probe(query={"community_id": t.community_id, "grid_id": t.ids["grid_id"]}),
    ),
    ("GET", "/patrols/{patrol_id}"): Route(
        action="patrol:read", about=About.self, ask=lambda t, c: Probe(path={"patrol_id": uuid4()})
    ),
    ("GET", "/patrols/export"): Route(action="patrol:export", shows=True, ask=patrol_days()),
    ("GET", "/patrols/coverage/map"): Route(
        action="patrol:read_coverage",
        about=About.place,
        ask=lambda t, c: Probe(query={"from": "2026-09-01", "to": "2026-09-02", "community_id": t.community_id}),
    ),
    ("PUT", "/patrols/{patrol_id}"): Route(action="patrol:walk", about=About.self, ask=patrol),
    ("PUT", "/patrols/{patrol_id}/operations/{op_id}"): Route(
        action="patrol:walk", about=About.self, ask=patrol_operation
    ),
    ("GET", "/patrols/mine"): Route(action="patrol:walk", about=About.self),
    ("GET", "/patrols"): Route(action="patrol:read", shows=True, ask=patrol_days()),
    ("GET", "/patrols/missed"): Route(action="patrol:read", shows=True, ask=patrol_days()),
    ("GET", "/patrols/coverage"): Route(action="patrol:read_coverage", shows=True, ask=patrol_days()),
    ("PUT", "/photos/{sha256}"): Route(action="photo:send", about=About.self, ask=photo),
    ("GET", "/photos/{sha256}"): Route(
        action="photo:read",
        about=About.ticket,
        ask=lambda t, c: Probe(path={"sha256": t.photo}, query={"size": "full"}),
    ),
    ("POST", "/reports/proposal"): Route(
        action="report:file_on_behalf", ask=lambda t, c: Probe(json={"text": "雪圃学校东门旁垃圾满了"})
    ),
    ("PUT", "/reports/{report_id}"): Route(action="report:file", about=About.place, ask=report),
    ("POST", "/reports/{report_id}/erase"): Route(action="report:erase", about=About.ticket, ask=report_to_erase),
    ("GET", "/tickets"): Route(action="ticket:read_outline", shows=True),
    ("GET", "/tickets/counts"): Route(action="ticket:read_trays", shows=True),
    ("POST", "/tickets/plan"): Route(
        action="ticket:read_trays",
        shows=True,
        ask=lambda t, c: Probe(json={"step": "accept_assign", "ticket_ids": [str(t.ticket_id)]}),
    ),
    ("PUT", "/tickets/{ticket_id}/lease"): Route(
        action="ticket:lease", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("DELETE", "/tickets/{ticket_id}/lease"): Route(
        action="ticket:lease", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("GET", "/desk/views"): Route(action="saved_view:read"),
    ("PUT", "/desk/views/{view_id}"): Route(
        action="saved_view:keep",
        about=About.self,
        ask=lambda t, c: Probe(path={"view_id": c.person_id}, json={"name": "我的", "query": "tab=received"}),
    ),
    ("DELETE", "/desk/views/{view_id}"): Route(
        action="saved_view:keep", about=About.self, ask=lambda t, c: Probe(path={"view_id": c.person_id})
    ),
    ("GET", "/desk/phrases"): Route(action="phrase:read"),
    ("PUT", "/desk/phrases/{phrase_id}"): Route(
        action="phrase:keep",
        ask=lambda t, c: Probe(
            path={"phrase_id": c.person_id}, json={"use": "reject", "title": "重复", "words": "这件事已经有人报过了。"}
        ),
    ),
    ("DELETE", "/desk/phrases/{phrase_id}"): Route(
        action="phrase:keep", ask=lambda t, c: Probe(path={"phrase_id": c.person_id})
    ),
    ("GET", "/tickets/points"): Route(action="ticket:read_outline", shows=True),
    ("GET", "/tiles"): Route(action="territory:read"),
    ("GET", "/tiles/base/{z}/{x}/{y}"): Route(action="territory:read", ask=tile),
    ("GET", "/tiles/service-areas/{z}/{x}/{y}"): Route(action="territory:read_service_area", ask=tile),
    ("GET", "/tiles/tickets/{z}/{x}/{y}"): Route(action="ticket:read_outline", ask=tile, shows=True),
    ("GET", "/tickets/{ticket_id}"): Route(
        action="ticket:read_outline", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("GET", "/tickets/{ticket_id}/stewards"): Route(
        action="ticket:ask_check", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("GET", "/tickets/{ticket_id}/ledger"): Route(
        action="ticket:read_clocks", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("GET", "/tickets/{ticket_id}/kin"): Route(
        action="ticket:read_clocks", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("GET", "/tickets/{ticket_id}/requests"): Route(
        action="ticket:read_clocks", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("GET", "/my/unit/day-list"): Route(action="unit:day_list", shows=True),
    ("GET", "/supervision-orders"): Route(action="supervision:read", shows=True),
    ("GET", "/suspensions/preview"): Route(
        action="ticket:suspend",
        ask=lambda t, c: Probe(query={"from_at": "2026-09-03T00:00:00Z", "to_at": "2026-09-03T10:00:00Z"}),
    ),
    ("GET", "/suspensions"): Route(action="suspension:read"),
    ("PUT", "/suspensions/{suspension_id}"): Route(action="ticket:suspend", ask=suspension),
    ("PUT", "/suspensions/{suspension_id}/end"): Route(
        action="ticket:suspend",
        ask=lambda t, c: Probe(path={"suspension_id": t.suspension_id}, json={"to_at": NOON.isoformat()}),
    ),
    ("PUT", "/tickets/{ticket_id}/operations/{op_id}"): Route(
        action="ticket:note", about=About.ticket, ask=operation(Intent.NOTE)
    ),
    ("PUT", "/tickets/{ticket_id}/unit-link"): Route(
        action="unit_link:share", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("GET", "/tickets/{ticket_id}/unit-link"): Route(
        action="unit_link:share", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("DELETE", "/tickets/{ticket_id}/unit-link"): Route(
        action="unit_link:share", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("GET", "/duty"): Route(action="duty:read"),
    ("PUT", "/duty/{shift_id}"): Route(action="duty:write", about=About.place, ask=duty_shift),
    ("DELETE", "/duty/{shift_id}"): Route(action=None, ask=lambda t, c: Probe(path={"shift_id": uuid4()})),
    ("GET", "/handovers"): Route(action="duty:read_handover"),
    ("POST", "/handovers"): Route(
        action="duty:write", about=About.place, ask=lambda t, c: Probe(json={"area_id": str(t.community_id)})
    ),
    ("POST", "/handovers/{handover_id}/take"): Route(
        action="duty:read_handover", ask=lambda t, c: Probe(path={"handover_id": uuid4()})
    ),
    ("PUT", "/tickets/{ticket_id}/progress-link"): Route(
        action="progress:share", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("DELETE", "/tickets/{ticket_id}/progress-link"): Route(
        action="progress:share", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("DELETE", "/tickets/{ticket_id}/progress-links"): Route(
        action="progress:take_back", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("GET", "/tickets/{ticket_id}/public"): Route(
        action="progress:clear", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("PUT", "/tickets/{ticket_id}/public/photos/{sha256}"): Route(
        action="progress:clear",
        about=About.ticket,
        ask=lambda t, c: Probe(
            path={"ticket_id": t.ticket_id, "sha256": t.photo},
            json={"decision": "cleared", "boxes": [[0.1, 0.1, 0.3, 0.3]]},
        ),
    ),
    ("GET", "/tickets/{ticket_id}/public/copies/{sha256}"): Route(
        action="progress:clear",
        about=About.ticket,
        ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id, "sha256": t.photo}),
    ),
    ("PUT", "/tickets/{ticket_id}/public/words/{text_id}"): Route(
        action="progress:clear",
        about=About.ticket,
        ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id, "text_id": uuid4()}, json={"decision": "cleared"}),
    ),
    ("GET", "/public/waiting"): Route(action="progress:clear", shows=True),
    ("GET", "/changes"): Route(
        action="feed:read", about=About.self, ask=lambda t, c: Probe(query={"cursor": t.cursor, "limit": 500})
    ),
    # What a stream tells, and to whom, is a test of its own: here nothing would end it.
    ("GET", "/changes/stream"): Route(
        action="feed:read", about=About.self, ask=lambda t, c: Probe(query={"cursor": "unreadable"})
    ),
    ("GET", "/notifications"): Route(action="notification:read", about=About.self),
    ("POST", "/notifications/read"): Route(
        action="notification:read", about=About.self, ask=lambda t, c: Probe(json={"up_to": NOON.isoformat()})
    ),
    ("GET", "/my/wishes"): Route(action="notification:wish", about=About.self),
    ("PUT", "/my/wishes"): Route(
        action="notification:wish",
        about=About.self,
        ask=lambda t, c: Probe(json={"quiet": None, "off": ["closed"], "sms": False}),
    ),
    ("GET", "/my/push"): Route(action="push:subscribe", about=About.self),
    ("PUT", "/my/push/{subscription_id}"): Route(action="push:subscribe", about=About.self, ask=subscription),
    ("POST", "/my/push/{subscription_id}/test"): Route(
        action="push:subscribe", about=About.self, ask=lambda t, c: Probe(path={"subscription_id": c.person_id})
    ),
    ("PUT", "/my/push/{subscription_id}/arrived"): Route(
        action="push:subscribe",
        about=About.self,
        ask=lambda t, c: Probe(path={"subscription_id": c.person_id}, json={"token": "unknown"}),
    ),
    ("DELETE", "/my/push/{subscription_id}"): Route(
        action="push:subscribe", about=About.self, ask=lambda t, c: Probe(path={"subscription_id": uuid4()})
    ),
    ("GET", "/disclosures"): Route(action="audit:read"),
    ("GET", "/my/disclosures"): Route(action="disclosure:read_own", about=About.self),
    ("GET", "/causes"): Route(action="cause:read", shows=True),
    ("GET", "/causes/{cause_id}"): Route(
        action="cause:read", shows=True, ask=lambda t, c: Probe(path={"cause_id": uuid4()})
    ),
    ("PUT", "/causes/{cause_id}/decision"): Route(
        action="cause:decide",
        shows=True,
        ask=lambda t, c: Probe(path={"cause_id": uuid4()}, json={"state": "set_aside", "words": "三件不是一回事"}),
    ),
    ("GET", "/cause-rules"): Route(action="cause:read", shows=True),
    ("PUT", "/cause-rules"): Route(
        action="cause:set_rule", ask=lambda t, c: Probe(json={"category": None, "times": 4, "days": 30})
    ),
    ("GET", "/registers/meeting/agenda"): Route(
        action="register:read",
        about=About.place,
        ask=lambda t, c: Probe(query={"month": "2026-09", "area_id": t.community_id}),
    ),
    ("GET", "/registers/{register}"): Route(
        action="register:read",
        about=About.place,
        ask=lambda t, c: Probe(path={"register": "cases"}, query={"month": "2026-09", "area_id": t.community_id}),
    ),
    ("GET", "/registers/{register}/file"): Route(
        action="register:read",
        about=About.place,
        ask=lambda t, c: Probe(
            path={"register": "cases"}, query={"month": "2026-09", "area_id": t.community_id, "format": "csv"}
        ),
    ),
    ("GET", "/street-forms"): Route(action="street_form:read"),
    ("PUT", "/street-forms/{form_id}"): Route(
        action="street_form:keep",
        ask=lambda t, c: Probe(
            path={"form_id": uuid4()}, json={"fills": "cases", "name": "月报", "content": "UEsDBA=="}
        ),
    ),
    ("PUT", "/street-forms/{form_id}/columns"): Route(
        action="street_form:keep", ask=lambda t, c: Probe(path={"form_id": uuid4()}, json={"columns": {"1": "line"}})
    ),
    ("DELETE", "/street-forms/{form_id}"): Route(
        action="street_form:keep", ask=lambda t, c: Probe(path={"form_id": uuid4()})
    ),
    ("GET", "/street-forms/{form_id}/file"): Route(
        action="register:read",
        about=About.place,
        ask=lambda t, c: Probe(path={"form_id": uuid4()}, query={"month": "2026-09", "area_id": t.community_id}),
    ),
    ("GET", "/my/thanks"): Route(
        action="certificate:read_own",
        about=About.self,
        ask=lambda t, c: Probe(query={"from": "2026-09-01", "to": "2026-09-30"}),
    ),
    ("GET", "/contact-card"): Route(
        action="contact_card:print", about=About.place, ask=lambda t, c: Probe(query={"area_id": t.community_id})
    ),
    ("GET", "/statements"): Route(action="statement:read", shows=True),
    ("GET", "/statements/{statement_id}"): Route(
        action="statement:read", shows=True, ask=lambda t, c: Probe(path={"statement_id": uuid4()})
    ),
    ("GET", "/statements/{statement_id}/file"): Route(
        action="statement:read", shows=True, ask=lambda t, c: Probe(path={"statement_id": uuid4()})
    ),
    ("PUT", "/objections/{objection_id}"): Route(
        action="statement:object",
        shows=True,
        ask=lambda t, c: Probe(
            path={"objection_id": uuid4()}, json={"statement_id": str(uuid4()), "line": 1, "words": "不对"}
        ),
    ),
    ("PUT", "/objections/{objection_id}/decision"): Route(
        action="statement:decide",
        ask=lambda t, c: Probe(path={"objection_id": uuid4()}, json={"decision": "refused", "answer": "查过了"}),
    ),
    ("PUT", "/statements/{statement_id}/lines/{line}/explanation"): Route(
        action="statement:object",
        shows=True,
        ask=lambda t, c: Probe(path={"statement_id": uuid4(), "line": 1}, json={"words": "路封了"}),
    ),
    ("GET", "/publications"): Route(action="publication:read"),
    ("GET", "/publications/{month}"): Route(
        action="publication:read", shows=True, ask=lambda t, c: Probe(path={"month": "2026-08"})
    ),
    ("PUT", "/publications/{month}"): Route(
        action="publication:publish", ask=lambda t, c: Probe(path={"month": "2026-08"})
    ),
    ("POST", "/publications/{month}/corrections"): Route(
        action="publication:publish", ask=lambda t, c: Probe(path={"month": "2026-08"}, json={"reason": "补录"})
    ),
    ("GET", "/webhooks"): Route(action="webhook:read"),
    ("PUT", "/webhooks/{webhook_id}"): Route(
        action="webhook:change",
        ask=lambda t, c: Probe(
            path={"webhook_id": uuid4()},
            json={"name": "x", "address": "https://hooks.example.org/", "kinds": ["closed"], "is_on": False},
        ),
    ),
    ("GET", "/webhooks/{webhook_id}/secret"): Route(
        action="webhook:change", ask=lambda t, c: Probe(path={"webhook_id": uuid4()})
    ),
    ("POST", "/webhooks/{webhook_id}/test"): Route(
        action="webhook:change", ask=lambda t, c: Probe(path={"webhook_id": uuid4()})
    ),
    ("GET", "/deliveries"): Route(action="delivery:read"),
    ("POST", "/deliveries/try-again"): Route(
        action="delivery:try_again", ask=lambda t, c: Probe(json={"delivery_ids": [str(uuid4())]})
    ),
    ("GET", "/snapshot"): Route(
        action="feed:read",
        about=About.self,
        ask=lambda t, c: Probe(query={"scope": f"person:{c.person_id}"}),
    ),
}

STEPS: dict[Intent, Route] = {
    transition.intent: Route(action=transition.action, about=About.ticket, ask=operation(transition.intent))
    for transition in LIFECYCLE.values()
    if transition.source is not None and transition.intent is not Intent.JOIN
}
"""The steps of a ticket, each as a route of its own; joining happens by filing."""

STEP_TARGETS = frozenset({"market", "river", "far_market"})
"""One each of the own community, the neighbour and the other jurisdiction is enough for sixty steps."""
