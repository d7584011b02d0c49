"""Who comes in, who is known, what they are told, and what leaves for other programs."""

from __future__ import annotations

import base64
from uuid import uuid4

from cast import NOON, Member
from contract.probing import About, Ask, Probe, Route, Target

ROSTER = base64.b64encode("姓名,手机\n新来的,19900009999\n".encode()).decode()
"""A file of one line."""


def of_person(**json: object) -> Ask:
    return lambda target, caller: Probe(path={"person_id": target.person_id}, json=json or None)


def subscription(target: Target, caller: Member) -> Probe:
    sent = {
        "endpoint": f"https://fcm.googleapis.com/fcm/send/{caller.person_id}",
        "p256dh": "B" * 87,
        "auth": "A" * 22,
        "language": "zh",
    }
    return Probe(path={"subscription_id": caller.person_id}, json=sent)


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
    ("GET", "/my/households"): Route(action="visit:due_list", about=About.self),
    ("GET", "/my/causes"): Route(action="cause:read_of_building", about=About.self),
    ("GET", "/my/unit/day-list"): Route(action="unit:day_list", shows=True),
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
    ("GET", "/disclosures/file"): Route(action="audit:read"),
    ("GET", "/my/disclosures"): Route(action="disclosure:read_own", about=About.self),
    ("GET", "/my/thanks"): Route(
        action="certificate:read_own",
        about=About.self,
        ask=lambda t, c: Probe(query={"from": "2026-09-01", "to": "2026-09-30"}),
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
