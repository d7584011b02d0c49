"""What is reported and what becomes of it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from uuid import uuid4

import filing
from cast import NOON, Member
from contract.probing import About, Ask, Probe, Route, Target, clock, photo, seed_of
from gridward.domain.accounts import Role
from gridward.domain.tickets.bodies import EITHER, FIELDS, Field
from gridward.domain.tickets.readers import Kind
from gridward.domain.tickets.words import Intent


def report_to_erase(target: Target, caller: Member) -> Probe:
    """Whoever may gets a report that is not there: the others of this town are still needed."""
    may = Role.security_admin in caller.actor.roles and not target.name.startswith("far_")
    return Probe(path={"report_id": uuid4() if may else target.ticket_id})


def report(target: Target, caller: Member) -> Probe:
    body = {
        "category": "litter_full",
        "location": {"lon": target.lon, "lat": target.lat, "accuracy_m": 8.0, "age_s": 1, "source": "gps"},
        "photos": [],
    }
    sent = {"schema": 1, "digest": uuid4().hex, "clock": clock(), "body": body}
    return Probe(path={"report_id": uuid4()}, json=sent)


def past_file(**more: object) -> Ask:
    """One ticket of another system."""
    content = base64.b64encode(b"id,opened,category\n1,2025-03-03 09:00,litter_full\n").decode()
    return lambda t, c: Probe(json={"name": "x.csv", "content": content, **more})


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


def suspension(target: Target, caller: Member) -> Probe:
    sent = {
        "from_at": "2026-09-03T00:00:00Z",
        "to_at": "2026-09-03T10:00:00Z",
        "reason": "typhoon",
        "notice": "三防指挥部通告第 3 号",
    }
    return Probe(path={"suspension_id": uuid4()}, json=sent)


ROUTES: dict[tuple[str, str], Route] = {
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
    ("GET", "/tickets/{ticket_id}"): Route(
        action="ticket:read_outline", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("GET", "/tickets/{ticket_id}/stewards"): Route(
        action="ticket:ask_check", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
    ),
    ("GET", "/tickets/{ticket_id}/speakers"): Route(
        action="ticket:read_reporter", about=About.ticket, ask=lambda t, c: Probe(path={"ticket_id": t.ticket_id})
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
    ("GET", "/supervision-orders"): Route(action="supervision:read", shows=True),
    ("GET", "/supervision-orders/file"): Route(action="supervision:read", shows=True),
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
    ("POST", "/past-tickets/columns"): Route(action="past:import", ask=past_file()),
    ("POST", "/past-tickets/draft"): Route(action="past:import", ask=past_file(time_zone="Asia/Shanghai")),
    ("POST", "/past-tickets/imports"): Route(action="past:import", ask=past_file(seen="never seen")),
    ("GET", "/public/waiting"): Route(action="progress:clear", shows=True),
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
}
