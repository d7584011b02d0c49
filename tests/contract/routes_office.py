"""Registers, forms of the street, statements and publications."""

from __future__ import annotations

from uuid import uuid4

from contract.probing import About, Probe, Route

ROUTES: dict[tuple[str, str], Route] = {
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
    ("GET", "/publications/{month}/file"): Route(
        action="publication:read", shows=True, ask=lambda t, c: Probe(path={"month": "2026-08"})
    ),
    ("PUT", "/publications/{month}"): Route(
        action="publication:publish", ask=lambda t, c: Probe(path={"month": "2026-08"})
    ),
    ("POST", "/publications/{month}/corrections"): Route(
        action="publication:publish", ask=lambda t, c: Probe(path={"month": "2026-08"}, json={"reason": "补录"})
    ),
}
