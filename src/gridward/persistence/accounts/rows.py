"""Rows of people and how they come in.

Nothing that lets anybody in is stored: of tokens and codes only digests, of passwords only argon2id hashes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.accounts import Role, ScopeKind
from gridward.persistence.database import Row


def _one_of(column: str, words: type[Role | ScopeKind]) -> CheckConstraint:
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class JurisdictionRow(Row):
    """辖区: the tenant. ``emergency_numbers`` is ``[{label, number}]``; ``invented`` marks a demo city.

    ``settings`` holds what a jurisdiction chooses; of accounts: ``admins_apart`` (bool), no person holds two of the
    administrator roles; ``second_step`` (list of roles), which roles count only after the second step at sign-in.
    """

    __tablename__ = "jurisdiction"

    jurisdiction_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    telephone: Mapped[str | None] = mapped_column(Text)
    time_zone: Mapped[str] = mapped_column(Text, server_default=text("'Asia/Shanghai'"))
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    emergency_numbers: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default=text("'[]'"))
    invented: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


class PersonRow(Row):
    """账号. ``community_id`` is where the roster lists the person; ``phone`` has eleven digits and may be shared."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name_given"),
        CheckConstraint("phone ~ '^1[0-9]{10}$'", name="phone_readable"),
        UniqueConstraint("jurisdiction_id", "phone", "name"),
        Index("ix_person_phone", "phone", postgresql_where=text("phone IS NOT NULL")),
        Index("ix_person_community", "jurisdiction_id", "community_id"),
    )

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    name: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    community_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.area_id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    notice_version: Mapped[str | None] = mapped_column(Text)
    notice_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    erased_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class GrantRow(Row):
    """A role for a scope, from – to. Ended by time, never deleted; ``scope_id`` names a row of the kind's table."""

    __tablename__ = "role_grant"
    __table_args__ = (
        _one_of("role", Role),
        _one_of("scope_kind", ScopeKind),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
        Index(
            "uq_role_grant_standing",
            "person_id",
            "role",
            "scope_kind",
            "scope_id",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
        Index("ix_role_grant_person", "person_id"),
        Index("ix_role_grant_scope", "jurisdiction_id", "scope_id", "role"),
    )

    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    role: Mapped[str] = mapped_column(Text)
    scope_kind: Mapped[str] = mapped_column(Text)
    scope_id: Mapped[UUID]
    is_lead: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    valid_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.person_id"))
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.person_id"))


class SessionRow(Row):
    """A device that is signed in; found by the SHA-256 of its cookie. ``factors`` are the proofs it was opened with."""

    __tablename__ = "session"
    __table_args__ = (UniqueConstraint("session_id"), Index("ix_session_person", "person_id"))

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID]
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    factors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class InviteRow(Row):
    """One person's way in, once, by link or by the printed code; a ``reusable`` one exists for invented people only."""

    __tablename__ = "invite"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_invite_person", "person_id"),
        CheckConstraint("spent_at IS NULL OR NOT reusable", name="reusable_unspent"),
    )

    invite_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    printed_hash: Mapped[bytes] = mapped_column(LargeBinary)
    printed_tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    reusable: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.person_id"))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    spent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SmsCodeRow(Row):
    """A code sent to a phone. Asked for before anybody is known, so it belongs to a number and to no jurisdiction.

    A number on no roster gets a row too: what is stored and how long it takes does not tell the two apart.
    """

    __tablename__ = "sms_code"
    __table_args__ = (Index("ix_sms_code_number", "number_hash", "made_at"), Index("ix_sms_code_made", "made_at"))

    sms_code_id: Mapped[UUID] = mapped_column(primary_key=True)
    number_hash: Mapped[bytes] = mapped_column(LargeBinary)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    spent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CredentialRow(Row):
    """A login name and a password."""

    __tablename__ = "credential"
    __table_args__ = (UniqueConstraint("login"), CheckConstraint("login = lower(login)", name="login_lower"))

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    login: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class SecondStepRow(Row):
    """The second step of a person's sign-in. Secrets are sealed with the installation's key, recovery codes are digests.

    ``pending`` is a new secret of which no code was typed yet; ``last_step`` the newest step of 30 s that was used.
    """

    __tablename__ = "second_step"
    __table_args__ = (CheckConstraint("(secret IS NULL) = (confirmed_at IS NULL)", name="confirmed_with_secret"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    pending: Mapped[bytes | None] = mapped_column(LargeBinary)
    recovery: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    last_step: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    begun_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SignInLogRow(Row):
    """Every try to come in, kept 180 days; what the limits per number and address are counted from.

    ``way``: invite, printed, code_ask, code, password, second_step, sign_out. ``outcome``: ``ok`` or the refusal's code.
    ``number_hash`` is a keyed digest of the phone or login that was named, known or not.
    """

    __tablename__ = "sign_in_log"
    __table_args__ = (
        Index("ix_sign_in_log_address", "address", "way", "at"),
        Index(
            "ix_sign_in_log_number",
            "number_hash",
            "way",
            "at",
            postgresql_where=text("number_hash IS NOT NULL"),
        ),
        Index("ix_sign_in_log_jurisdiction", "jurisdiction_id", "at"),
    )

    sign_in_log_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID | None] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.person_id"))
    way: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    number_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    address: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
