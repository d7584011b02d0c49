"""Rows lose what a person brought, and stay as tombstones where something else refers to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.persistence import progress
from gridward.persistence.accounts import ways_in
from gridward.persistence.accounts.rows import CredentialRow, GrantRow, InviteRow, PersonRow, SignInLogRow
from gridward.persistence.accounts.sessions import in_force
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.evidence import DroppedPhotoRow, PhotoRow, PhotoUseRow
from gridward.persistence.notifications.rows import (
    DeliveryRow,
    NotificationRow,
    NotificationWishRow,
    PushSubscriptionRow,
)
from gridward.persistence.patrols import walks
from gridward.persistence.suspensions import SuspensionRow
from gridward.persistence.territory.rows import StewardshipRow
from gridward.persistence.tickets import found_by
from gridward.persistence.tickets.rows import OperationRow, ReportRow, TicketRow, TicketTextRow

Either = ReadSession | WriteSession
QUIETLY: dict[str, Any] = {"synchronize_session": False}
ERASED_SOURCE = "erased"


async def reports_by(session: Either, person_id: UUID) -> list[UUID]:
    """The reports of a person that are not erased."""
    query = select(ReportRow.report_id).where(ReportRow.reporter_id == person_id, ReportRow.erased_at.is_(None))
    return list(await session.scalars(query.order_by(ReportRow.report_id)))


async def standing_reports(session: Either, report_ids: Collection[UUID]) -> set[UUID]:
    """Those of these reports that are here and not erased."""
    query = select(ReportRow.report_id).where(ReportRow.report_id.in_(report_ids), ReportRow.erased_at.is_(None))
    return set(await session.scalars(query))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whose a person or a report is, and whether it is erased already."""

    jurisdiction_id: UUID
    community_id: UUID | None
    erased_at: datetime | None


async def report(session: Either, report_id: UUID) -> Standing | None:
    """The report; its community is that of its ticket."""
    query = select(ReportRow.jurisdiction_id, TicketRow.community_id, ReportRow.erased_at).outerjoin(
        TicketRow, TicketRow.ticket_id == ReportRow.ticket_id
    )
    return _standing((await session.execute(query.where(ReportRow.report_id == report_id))).one_or_none())


async def person(session: Either, person_id: UUID) -> Standing | None:
    query = select(PersonRow.jurisdiction_id, PersonRow.community_id, PersonRow.erased_at)
    return _standing((await session.execute(query.where(PersonRow.person_id == person_id))).one_or_none())


def _standing(row: Any) -> Standing | None:
    if row is None:
        return None
    return Standing(jurisdiction_id=row.jurisdiction_id, community_id=row.community_id, erased_at=row.erased_at)


async def tickets_of(session: Either, report_ids: Collection[UUID]) -> set[UUID]:
    """Every ticket that these reports founded, belong to, or have left something in: parts of a split, merged ones."""
    near = set(
        await session.scalars(
            select(ReportRow.ticket_id).where(ReportRow.report_id.in_(report_ids), ReportRow.ticket_id.is_not(None))
        )
    )
    named = {*near, *report_ids} - {None}
    related = or_(TicketRow.ticket_id.in_(named), TicketRow.parent_id.in_(named), TicketRow.merged_into_id.in_(named))
    return set(await session.scalars(select(TicketRow.ticket_id).where(related)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What went, in numbers."""

    reports: int
    texts: int
    photos: int


# ---- Reports -----------------------------------------------------------------------------------------------------


async def scrub_reports(session: WriteSession, report_ids: Collection[UUID], at: datetime) -> list[str]:
    """Leave nothing of these reports but that they were and of which kind; answers the words of place they had."""
    notes = await session.scalars(
        select(ReportRow.place_note).where(ReportRow.report_id.in_(report_ids), ReportRow.place_note.is_not(None))
    )
    said = [note for note in notes if note is not None]
    gone = ("speaker", "said_at", "outer_no", "patrol_id", "visit_id", "location", "accuracy_m", "location_age_s")
    nothing = dict.fromkeys((*gone, "location_source", "place_note", "agent", "reporter_id"))
    await session.execute(
        update(ReportRow)
        .where(ReportRow.report_id.in_(report_ids), ReportRow.erased_at.is_(None))
        .values(**nothing, digest="", clock={}, erased_at=at)
        .execution_options(**QUIETLY)
    )
    return said


async def add_tombstones(
    session: WriteSession, report_ids: Collection[UUID], *, jurisdiction_id: UUID, at: datetime
) -> None:
    """Ids that this database does not know and must never take."""
    rows = [
        {
            "report_id": one,
            "jurisdiction_id": jurisdiction_id,
            "digest": "",
            "schema": 0,
            "source": ERASED_SOURCE,
            "captured_at": at,
            "received_at": at,
            "clock": {},
            "self_resolved": False,
            "marks": [],
            "erased_at": at,
        }
        for one in report_ids
    ]
    if rows:
        await session.execute(upsert(ReportRow).values(rows).on_conflict_do_nothing())


async def scrub_texts(
    session: WriteSession, report_ids: Collection[UUID], author_id: UUID | None, intents: Collection[str], at: datetime
) -> int:
    """Erase words and their salts: of these reports, and what this person wrote in these steps; how many."""
    mine: list[ColumnElement[bool]] = [TicketTextRow.report_id.in_(report_ids)]
    if author_id is not None:
        step = func.split_part(TicketTextRow.kind, ".", 1)
        mine.append((TicketTextRow.author_id == author_id) & step.in_(intents))
    gone = await session.execute(
        update(TicketTextRow)
        .where(or_(*mine), TicketTextRow.erased_at.is_(None))
        .values(body=None, salt=None, erased_at=at)
        .returning(TicketTextRow.text_id)
        .execution_options(**QUIETLY)
    )
    return len(gone.all())


async def drop_photos(
    session: WriteSession, report_ids: Collection[UUID], sender_id: UUID | None, intents: Collection[str], at: datetime
) -> tuple[set[str], int]:
    """Take the pictures of these reports, and those that this person added in these steps or never used, off every
    ticket; their files go with the next round. A picture that also proves somebody's work stays as that. Answers the
    digests that were taken off, and how many pictures went."""
    ours: list[ColumnElement[bool]] = [PhotoUseRow.report_id.in_(report_ids)]
    if sender_id is not None:
        steps = select(OperationRow.op_id).where(OperationRow.actor_id == sender_id, OperationRow.type.in_(intents))
        ours.append(PhotoUseRow.operation_id.in_(steps))
    returned = delete(PhotoUseRow).where(or_(*ours)).returning(PhotoUseRow.photo_id, PhotoUseRow.sha256)
    let_go = (await session.execute(returned.execution_options(**QUIETLY))).all()
    unused: list[ColumnElement[bool]] = [PhotoRow.photo_id.in_({use.photo_id for use in let_go})]
    if sender_id is not None:
        unused.append(PhotoRow.uploader_id == sender_id)
    used = select(PhotoUseRow.photo_id).where(PhotoUseRow.photo_id == PhotoRow.photo_id).exists()
    notice = select(SuspensionRow.notice_photo_id).where(SuspensionRow.notice_photo_id == PhotoRow.photo_id).exists()
    # A picture that a report is just being filed with is passed over; one that came into use before the lock is seen only
    # by a look after it.
    free = select(PhotoRow.photo_id).where(~used, ~notice)
    locked = list(await session.scalars(free.where(or_(*unused)).with_for_update(skip_locked=True, of=PhotoRow)))
    photo_ids = list(await session.scalars(free.where(PhotoRow.photo_id.in_(locked))))
    if photo_ids:
        await progress.forget_photos(session, photo_ids, at)
        await session.execute(delete(PhotoRow).where(PhotoRow.photo_id.in_(photo_ids)).execution_options(**QUIETLY))
        await session.execute(
            insert(DroppedPhotoRow), [{"photo_id": photo_id, "dropped_at": at} for photo_id in photo_ids]
        )
    return {use.sha256 for use in let_go}, len(photo_ids)


async def scrub_tickets(
    session: WriteSession,
    ticket_ids: Collection[UUID],
    *,
    notes: Sequence[str],
    sha256s: Collection[str],
) -> None:
    """What tickets had from those reports: words of place, the picture in lists, and what the search found by words."""
    shown = select(PhotoUseRow.sha256).where(
        PhotoUseRow.ticket_id == TicketRow.ticket_id, PhotoUseRow.sha256 == TicketRow.photo_sha256
    )
    of = TicketRow.ticket_id.in_(ticket_ids)
    await session.execute(
        update(TicketRow)
        .where(of, TicketRow.place_note.in_(notes))
        .values(place_note=None)
        .execution_options(**QUIETLY)
    )
    await session.execute(
        update(TicketRow)
        .where(of, TicketRow.photo_sha256.in_(sha256s), ~shown.exists())
        .values(photo_sha256=None)
        .execution_options(**QUIETLY)
    )
    await found_by.renew(session, ticket_ids)


# ---- People ------------------------------------------------------------------------------------------------------


async def scrub_person(session: WriteSession, person_id: UUID, *, name: str, at: datetime) -> None:
    """Nobody can sign in as this person any more, and nothing says who it was."""
    await ways_in.end_sessions(session, person_id, at)
    ring = select(PushSubscriptionRow.subscription_id).where(PushSubscriptionRow.person_id == person_id)
    for row, own in (
        (DeliveryRow, or_(DeliveryRow.person_id == person_id, DeliveryRow.subscription_id.in_(ring))),
        (PushSubscriptionRow, PushSubscriptionRow.person_id == person_id),
        (NotificationWishRow, NotificationWishRow.person_id == person_id),
        (NotificationRow, NotificationRow.person_id == person_id),
        (CredentialRow, CredentialRow.person_id == person_id),
        (InviteRow, InviteRow.person_id == person_id),
        (SignInLogRow, SignInLogRow.person_id == person_id),
    ):
        await session.execute(delete(row).where(own).execution_options(**QUIETLY))
    for held in (GrantRow, StewardshipRow):
        await session.execute(
            update(held)
            .where(held.person_id == person_id, in_force(held, at))
            .values(valid_to=at)
            .execution_options(**QUIETLY)
        )
    await progress.end_links(session, by=None, now=at, shared_by=person_id)
    await walks.forget_positions_of(session, person_id, at)
    await session.execute(
        update(PersonRow)
        .where(PersonRow.person_id == person_id)
        .values(
            name=name,
            phone=None,
            community_id=None,
            notice_version=None,
            notice_at=None,
            disabled_at=func.coalesce(PersonRow.disabled_at, at),
            erased_at=at,
        )
        .execution_options(**QUIETLY)
    )


async def count(session: Either, report_ids: Collection[UUID], person_id: UUID | None) -> Left:
    """What there is to erase, for a look before it is done."""
    texts: list[ColumnElement[bool]] = [TicketTextRow.report_id.in_(report_ids)]
    photos: list[ColumnElement[bool]] = [
        PhotoRow.photo_id.in_(select(PhotoUseRow.photo_id).where(PhotoUseRow.report_id.in_(report_ids)))
    ]
    if person_id is not None:
        texts.append(TicketTextRow.author_id == person_id)
        photos.append(PhotoRow.uploader_id == person_id)
    words = select(func.count()).select_from(TicketTextRow).where(or_(*texts), TicketTextRow.erased_at.is_(None))
    pictures = select(func.count()).select_from(PhotoRow).where(or_(*photos))
    return Left(
        reports=len(report_ids),
        texts=int((await session.execute(words)).scalar_one()),
        photos=int((await session.execute(pictures)).scalar_one()),
    )
