"""When work done without signal counts (计时时刻).

A phone's word for a time counts if two measurements of its clock agree, or if its monotonic clock joins the moment to the
sending without a break. It counts for at most the standard's late limit, and earns a unit at most a set credit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gridward.domain.standards import Measure
from gridward.domain.sync import PhoneClock, Sending

OFFSETS_AGREE = timedelta(minutes=5)
LATE_FROM = timedelta(minutes=1)
"""Below this the way of the message is all that passed; it is not called late (补传)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The counted time of a step.

    Args:
        at: Between the earliest possible instant and the receipt.
        captured_at: When it was done, as far as the phone can be believed; None: it said nothing, or cannot be.
        why: None: counted as captured. ``clock_untrusted``, ``too_late`` (both count as received), ``capped`` (the credit
            did not reach), ``before_start`` (moved up to the start of the clock).
    """

    at: datetime
    captured_at: datetime | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """The most that late sending may earn, in the measure of the clock that it stops."""

    span: timedelta
    measure: Measure


def captured_at(clock: PhoneClock, sending: Sending, received_at: datetime) -> datetime | None:
    """The moment of capture in the server's time; None where the phone cannot be believed."""
    unbroken = clock.boot_id is not None and clock.boot_id == sending.boot_id
    if unbroken and clock.mono_ms is not None and sending.mono_ms is not None and sending.mono_ms >= clock.mono_ms:
        return received_at - timedelta(milliseconds=sending.mono_ms - clock.mono_ms)
    if clock.offset_ms is None or sending.client_now is None:
        return None
    before, sent = timedelta(milliseconds=clock.offset_ms), received_at - sending.client_now
    return clock.captured_at + before if abs(before - sent) <= OFFSETS_AGREE else None


def counted_at(
    clock: PhoneClock | None,
    sending: Sending | None,
    received_at: datetime,
    *,
    not_before: datetime,
    late_limit: timedelta,
    credit: Credit | None = None,
) -> Counted:
    """The counted time of a step that was received at ``received_at``.

    Args:
        not_before: The start of the clock that it stops.
        credit: None for people who earn nothing by it (verifiers).
    """
    if clock is None or sending is None:
        return Counted(at=received_at)
    captured = captured_at(clock, sending, received_at)
    if captured is None:
        return Counted(at=received_at, why="clock_untrusted")
    if captured >= received_at:
        return Counted(at=received_at, captured_at=received_at)
    if received_at - captured > late_limit:
        return Counted(at=received_at, captured_at=captured, why="too_late")
    floor = min(not_before, received_at)
    at, why = (captured, None) if captured >= floor else (floor, "before_start")
    if credit is not None and (earned := credit.measure.between(at, received_at)) > credit.span:
        return Counted(at=credit.measure.after(at, earned - credit.span), captured_at=captured, why="capped")
    return Counted(at=at, captured_at=captured, why=why)
