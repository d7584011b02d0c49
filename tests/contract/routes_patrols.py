"""Walks, who is on duty, and what is handed over."""

from __future__ import annotations

from uuid import uuid4

from cast import Member
from contract.probing import About, Ask, Probe, Route, Target, clock


def duty_shift(target: Target, caller: Member) -> Probe:
    sent = {
        "area_id": str(target.community_id),
        "name": "谭值班",
        "telephone": "0000-10000000",
        "from_at": "2026-09-03T00:00:00Z",
        "to_at": "2026-09-03T10:00:00Z",
    }
    return Probe(path={"shift_id": uuid4()}, json=sent)


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


ROUTES: dict[tuple[str, str], Route] = {
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
}
