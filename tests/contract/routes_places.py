"""The ground, what is due on it, whose it is, and the figures over it."""

from __future__ import annotations

import base64
import json
from uuid import uuid4

from cast import MARKET, Member
from contract.probing import About, Ask, Probe, Route, Target


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


ROUTES: dict[tuple[str, str], Route] = {
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
    ("GET", "/tiles"): Route(action="territory:read"),
    ("GET", "/tiles/base/{z}/{x}/{y}"): Route(action="territory:read", ask=tile),
    ("GET", "/tiles/service-areas/{z}/{x}/{y}"): Route(action="territory:read_service_area", ask=tile),
    ("GET", "/tiles/tickets/{z}/{x}/{y}"): Route(action="ticket:read_outline", ask=tile, shows=True),
}
