"""What a step must bring: one list of fields per intent, and the one reader that checks it.

A field in small letters comes from the sender; the same with ``given`` is filled in by the server (a distance it measured,
the rule that chose) and is refused from outside. Kinds: see :class:`.readers.Kind`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any
from uuid import UUID

from gridward.domain.errors import Malformed
from gridward.domain.facts import read_limit
from gridward.domain.standards_limits import Limit
from gridward.domain.tickets.readers import READERS, Kind
from gridward.domain.tickets.words import Intent


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body. ``choices``: the allowed codes."""

    name: str
    kind: Kind
    required: bool = False
    given: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body that was read.

    ``values`` are JSON-ready and may enter a fact, ``words`` must not; :meth:`named` adds what stands for them there.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    refs: Mapping[str, Any] = field(default_factory=dict)

    def named(self, refs: Mapping[str, Any]) -> Body:
        """The same with ``{field: {"text_id": …, "digest": …}}`` for the words that the service has stored."""
        return replace(self, refs=dict(refs))

    def has(self, name: str) -> bool:
        return name in self.values or name in self.words

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def uuid(self, name: str) -> UUID | None:
        value = self.values.get(name)
        return None if value is None else UUID(value)

    def limit(self, name: str) -> Limit:
        return read_limit(self.values[name])


_FIELDS = """
file                report_id:id! standard_id:code! applied:code category:code condition_id:code urgent:flag grid_id:id community_id:id area_class:code \
source:code channel:code marks:codes said_at:instant outer_due_at:instant captured_at:instant photos:photos by_rule:code reporter_id:id note:words
self_resolve        report_id:id! reporter_id:id standard_id:code! applied:code category:code condition_id:code grid_id:id community_id:id photos:photos! \
after_photos:photos! captured_at:instant note:words marks:codes
split_off           parent_id:id! standard_id:code! category:code condition_id:code! grid_id:id area_class:code unit_id:id! \
unit_kind:code! lead:flag waiting:flag overall:course report_ids:ids
import_past         batch_id:id! standard_id:code! category:code! condition_id:code grid_id:id community_id:id unit_id:id unit_kind:code \
opened_at:instant! due_at:instant closed_at:instant said_on_time:flag source:code!
join                report_id:id! reporter_id:id by_rule:code note:words
part                report_ids:ids!
ask_more            what:words!
answer_more         answer:words photos:photos
ask_check           steward_id:id
check               photos:photos! found:flag! note:words
accept              condition_id:code! grid_id:id! area_class:code by_rule:code routing:code
reject              reason:code answer:words!
withdraw            reason:words
correct             condition_id:code grid_id:id area_class:code lon:number lat:number reason:words! parallel:codes.given
cancel              reason:words! photos:photos call:words
ask_restore         reason:words!
restore             reason:words!
assign              unit_id:id! unit_kind:code! role:lead|last_resort worker_id:id reason:words call:words by_rule:code \
rule_version:whole
hand_to             worker_id:id!
acknowledge         taken_by:words told_at:instant call:words photos:photos
arrive              lon:number lat:number accuracy_m:number photos:photos taken_by:words told_at:instant call:words \
distance_m:number.given
reach               number:whole! photos:photos note:words answer:words lon:number lat:number taken_by:words \
told_at:instant call:words
ask_send_back       reason:code! clause:words photos:photos lon:number lat:number taken_by:words told_at:instant call:words
send_back           request_id:id! whose_unit_id:id ownership_unknown:flag reason:words
refuse_send_back    request_id:id! reason:words!
withdraw_send_back  request_id:id!
resolve             photos:photos lon:number lat:number accuracy_m:number answer:words note:words taken_by:words \
told_at:instant call:words distance_m:number.given marks:codes.given
verify              way:spot|desk|phone! photos:photos call:words lon:number lat:number accuracy_m:number distance_m:number.given \
marks:codes.given
rework              reason:words! photos:photos call:words distance_m:number.given
accept_late         operation_id:id! reason:words!
ask_reopen          reason:words! photos:photos
reopen              request_id:id reason:words!
refuse_reopen       request_id:id! reason:words!
withdraw_reopen     request_id:id!
rate                satisfied:flag! words:words
ask_extend          reason:code! by:span! text:words photos:photos taken_by:words told_at:instant call:words
grant_extend        request_id:id! form:photos reason:words
refuse_extend       request_id:id! reason:words!
withdraw_extend     request_id:id!
ask_defer           reason:code! until:instant! text:words photos:photos taken_by:words told_at:instant call:words
grant_defer         request_id:id! form:photos reason:words
refuse_defer        request_id:id! reason:words!
withdraw_defer      request_id:id!
ask_shelve          reason:code! until:instant! text:words photos:photos taken_by:words told_at:instant call:words
grant_shelve        request_id:id! form:photos reason:words
refuse_shelve       request_id:id! reason:words!
withdraw_shelve     request_id:id!
resume              reason:words
split               parts:parts! in_order:flag reason:words
take_turn
child_ended         child_id:id!
finish_split        stopped_at:instant! answer:words
return_to_split     child_id:id!
merge               into:id! report_ids:ids.given reason:words
unmerge             reason:words!
note                text:words! audience:reporter|unit|internal!
add_photo           photos:photos! note:words
hide_photo          photos:photos! reason:words
urge                text:words call:words
supervise           text:words! answer_by:instant order_no:whole.given order_year:whole.given
answer_supervision  order_id:id! answer:words! taken_by:words told_at:instant call:words photos:photos
rule_shirking       unit_id:id! reason:words!
appeal              clock:code! reason:words! photos:photos taken_by:words told_at:instant call:words
exempt              request_id:id! reason:words!
refuse_appeal       request_id:id! reason:words!
withdraw_appeal     request_id:id!
close_unverified    reason:words!
close_informed      reason:words!
force_close         reason:words!
suspend             suspension_id:id! from:instant! to:instant!
change_suspension   suspension_id:id! to:instant!
"""
"""``name:kind``, ``!`` must be there, ``.given`` comes from the server; ``a|b`` is a choice, ``codes`` a list of codes."""

EITHER: Mapping[Intent, tuple[str, ...]] = MappingProxyType(
    {
        Intent.ANSWER_MORE: ("answer", "photos"),
        Intent.ASSIGN: ("reason", "call", "by_rule"),
        Intent.CANCEL: ("photos", "call"),
        Intent.CORRECT: ("condition_id", "grid_id", "area_class", "lon"),
        Intent.ARRIVE: ("lon", "photos", "call"),
        Intent.ASK_SEND_BACK: ("clause", "photos", "lon"),
        Intent.SEND_BACK: ("whose_unit_id", "ownership_unknown"),
        Intent.REWORK: ("photos", "call"),
        Intent.URGE: ("text", "call"),
    }
)
"""At least one of these must be there."""


def _field(written: str) -> Field:
    name, _, kind = written.partition(":")
    given, required = kind.endswith(".given"), kind.endswith("!")
    kind = kind.removesuffix(".given").removesuffix("!")
    choices = tuple(kind.split("|")) if "|" in kind else ()
    return Field(name, Kind.CODE if choices else Kind(kind), required, given, choices)


FIELDS: Mapping[Intent, tuple[Field, ...]] = MappingProxyType(
    {
        Intent(name): tuple(_field(written) for written in fields)
        for name, *fields in (line.split() for line in _FIELDS.strip().splitlines())
    }
)
"""Every intent's fields, in order."""


def read_body(intent: Intent, raw: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> Body:
    """The body of a step, checked for form (what it must bring by *condition* is judged in :mod:`.decide`).

    Args:
        raw: As sent.
        given: What the server adds; only fields marked so, never taken from outside.

    Raises:
        Malformed: ``body.unknown_field``, ``body.missing``, ``body.unreadable`` (``field``), ``body.needs_one_of``.
    """
    known = {field_.name: field_ for field_ in FIELDS[intent]}
    for name in raw:
        if name not in known or known[name].given:
            raise Malformed("body.unknown_field", intent=intent, field=name)
    everything = {**raw, **(given or {})}
    values: dict[str, Any] = {}
    words: dict[str, str] = {}
    for name, field_ in known.items():
        value = everything.get(name)
        if value is None:
            if field_.required:
                raise Malformed("body.missing", intent=intent, field=name)
            continue
        (words if field_.kind is Kind.WORDS else values)[name] = _read(intent, field_, value)
    body = Body(values=values, words=words)
    either = EITHER.get(intent)
    if either and not any(body.has(name) for name in either):
        raise Malformed("body.needs_one_of", intent=intent, fields=list(either))
    return body


def _read(intent: Intent, field_: Field, value: Any) -> Any:
    try:
        read = READERS[field_.kind](value)
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, Malformed):
        raise Malformed("body.unreadable", intent=intent, field=field_.name, kind=field_.kind) from None
    if field_.choices and read not in field_.choices:
        raise Malformed("body.unreadable", intent=intent, field=field_.name, choices=list(field_.choices))
    return read
