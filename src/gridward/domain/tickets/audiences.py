"""Who reads the words that a step brings. What no line names is internal."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gridward.domain.tickets.words import Intent

REPORTER, UNIT, INTERNAL = "reporter", "unit", "internal"

_BOTH, _REPORTER, _UNIT = (REPORTER, UNIT), (REPORTER,), (UNIT,)

AUDIENCES: Mapping[tuple[Intent, str], tuple[str, ...]] = MappingProxyType(
    {
        (Intent.FILE, "note"): _UNIT,
        (Intent.JOIN, "note"): _UNIT,
        (Intent.SELF_RESOLVE, "note"): _UNIT,
        (Intent.ASK_MORE, "what"): _REPORTER,
        (Intent.ANSWER_MORE, "answer"): _UNIT,
        (Intent.REJECT, "answer"): _REPORTER,
        (Intent.CORRECT, "reason"): _UNIT,
        (Intent.CANCEL, "reason"): _BOTH,
        (Intent.ASSIGN, "reason"): _UNIT,
        (Intent.ACKNOWLEDGE, "taken_by"): _UNIT,
        (Intent.ARRIVE, "taken_by"): _UNIT,
        (Intent.RESOLVE, "taken_by"): _UNIT,
        (Intent.REACH, "taken_by"): _UNIT,
        (Intent.ASK_SEND_BACK, "taken_by"): _UNIT,
        (Intent.ASK_EXTEND, "taken_by"): _UNIT,
        (Intent.ASK_DEFER, "taken_by"): _UNIT,
        (Intent.ASK_SHELVE, "taken_by"): _UNIT,
        (Intent.ANSWER_SUPERVISION, "taken_by"): _UNIT,
        (Intent.APPEAL, "taken_by"): _UNIT,
        (Intent.REACH, "note"): _UNIT,
        (Intent.REACH, "answer"): _BOTH,
        (Intent.ASK_SEND_BACK, "clause"): _UNIT,
        (Intent.SEND_BACK, "reason"): _UNIT,
        (Intent.REFUSE_SEND_BACK, "reason"): _UNIT,
        (Intent.RESOLVE, "note"): _BOTH,
        (Intent.RESOLVE, "answer"): _BOTH,
        (Intent.REWORK, "reason"): _UNIT,
        (Intent.ACCEPT_LATE, "reason"): _UNIT,
        (Intent.REOPEN, "reason"): _BOTH,
        (Intent.REFUSE_REOPEN, "reason"): _REPORTER,
        (Intent.ASK_EXTEND, "text"): _UNIT,
        (Intent.GRANT_EXTEND, "reason"): _UNIT,
        (Intent.REFUSE_EXTEND, "reason"): _UNIT,
        (Intent.ASK_DEFER, "text"): _UNIT,
        (Intent.GRANT_DEFER, "reason"): _UNIT,
        (Intent.REFUSE_DEFER, "reason"): _UNIT,
        (Intent.ASK_SHELVE, "text"): _UNIT,
        (Intent.GRANT_SHELVE, "reason"): _UNIT,
        (Intent.REFUSE_SHELVE, "reason"): _UNIT,
        (Intent.RESUME, "reason"): _UNIT,
        (Intent.SPLIT, "reason"): _UNIT,
        (Intent.FINISH_SPLIT, "answer"): _BOTH,
        (Intent.ADD_PHOTO, "note"): _UNIT,
        (Intent.URGE, "text"): _UNIT,
        (Intent.SUPERVISE, "text"): _UNIT,
        (Intent.ANSWER_SUPERVISION, "answer"): _UNIT,
        (Intent.RULE_SHIRKING, "reason"): _UNIT,
        (Intent.APPEAL, "reason"): _UNIT,
        (Intent.EXEMPT, "reason"): _UNIT,
        (Intent.REFUSE_APPEAL, "reason"): _UNIT,
        (Intent.CLOSE_UNVERIFIED, "reason"): _BOTH,
        (Intent.CLOSE_INFORMED, "reason"): _BOTH,
        (Intent.FORCE_CLOSE, "reason"): _UNIT,
    }
)
"""Words of a call are never here: somebody wrote down what a reporter said."""


def audiences(intent: Intent, field: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Who may read this field of this step besides its author and the desk; a note says it itself."""
    if intent is Intent.NOTE:
        return (str(values["audience"]),)
    return AUDIENCES.get((intent, field), (INTERNAL,))
