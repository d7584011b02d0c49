"""Codes and names of everything that rules may name, for people who read ids badly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from gridward.persistence.database import ReadSession, WriteSession

CODES = text(
    """
SELECT jsonb_build_object(
    'units', (SELECT jsonb_object_agg(unit_id, jsonb_build_array(code, name)) FROM unit
              WHERE jurisdiction_id = :jurisdiction_id AND (ended_at IS NULL OR ended_at > :at)),
    'areas', (SELECT jsonb_object_agg(area_id, jsonb_build_array(code, name)) FROM area
              WHERE jurisdiction_id = :jurisdiction_id),
    'grids', (SELECT jsonb_object_agg(grid_id, jsonb_build_array(code, name)) FROM grid
              WHERE jurisdiction_id = :jurisdiction_id AND (valid_to IS NULL OR valid_to > :at))
)::text
"""
)

Named = Mapping[str, tuple[str, str]]


async def codes_and_names(session: ReadSession | WriteSession, jurisdiction_id: UUID, at: datetime) -> dict[str, Named]:
    """``units``, ``areas``, ``grids``: id as text → code and name, of what stands at an instant."""
    found = json.loads((await session.execute(CODES, {"jurisdiction_id": jurisdiction_id, "at": at})).scalar_one())
    return {layer: {key: (code, name) for key, (code, name) in (found[layer] or {}).items()} for layer in found}
