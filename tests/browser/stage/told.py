"""What a journey asks the database of reports: which arrived, from whom, how often, with which photos."""

from __future__ import annotations

from dataclasses import dataclass

from browser.stage.server import Installation


@dataclass(frozen=True, slots=True)
class Arrived:
    report_id: str
    note: str
    reporter: str
    photos: tuple[str, ...]


def arrived(installation: Installation, notes: str) -> list[Arrived]:
    """Reports whose note is like ``notes`` (SQL), oldest number first; a photo by the digest of what the phone sent."""
    rows = installation.ask(
        "SELECT report.report_id, body, name,"
        " (SELECT coalesce(string_agg(sha256, ',' ORDER BY place), '') FROM photo_use"
        "  WHERE photo_use.report_id = report.report_id)"
        " FROM report JOIN ticket_text USING (report_id) JOIN person ON person_id = reporter_id"
        f" WHERE body LIKE '{notes}' ORDER BY report.received_at, report.report_id"
    )
    found = (row.split("|") for row in rows.splitlines())
    return [Arrived(id_, note, name, tuple(filter(None, photos.split(",")))) for id_, note, name, photos in found]
