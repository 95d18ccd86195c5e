"""The tables, as SQLAlchemy maps them; `migrations` makes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from posture.store.errors import Damaged


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite itself would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:  # noqa: ANN401 - SQLAlchemy's
        """Read moments; a text that is none was damaged on the disk."""
        read = super().result_processor(dialect, coltype)

        def processed(value: object) -> object:
            try:
                return value if read is None else read(value)
            except (TypeError, ValueError) as trouble:
                raise Damaged("expected a moment") from trouble

        return processed

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """Take moments that know their zone only."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected a moment with its zone, got {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """Say again that it is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables."""


class ClientRow(Base):
    """One client."""

    __tablename__ = "clients"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    age_band: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(Moment)
    consent_at: Mapped[datetime | None] = mapped_column(Moment)
    consent_version: Mapped[str | None] = mapped_column(String(64))
    keep: Mapped[str | None] = mapped_column(String(16))
    retention_days: Mapped[int | None]
    reading: Mapped[str | None] = mapped_column(Text)
    height_cm: Mapped[float | None] = mapped_column(Float)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)


class VisitRow(Base):
    """One visit; goes with its client."""

    __tablename__ = "visits"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    client_id: Mapped[str | None] = mapped_column(
        ForeignKey("clients.id", ondelete="CASCADE"), index=True
    )
    started_at: Mapped[datetime] = mapped_column(Moment, index=True)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    check: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    withheld: Mapped[bool]
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)
    comment: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    written: Mapped[int | None]


class RecordingRow(Base):
    """One recording and its place in the queue; goes with its visit."""

    __tablename__ = "recordings"
    __table_args__ = (Index("ix_recordings_state_queued_at", "state", "queued_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), index=True)
    step: Mapped[str] = mapped_column(String(32))
    file_name: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(Moment)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    queued_at: Mapped[datetime] = mapped_column(Moment)
    stage: Mapped[str] = mapped_column(String(64))
    done: Mapped[int]
    of: Mapped[int]
    attempts: Mapped[int]
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    corrections: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    measured: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class UserRow(Base):
    """One user; the password only as argon2 leaves it."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text, unique=True)  # the name as it is compared
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)


class TokenRow(Base):
    """One token; of its secret only the SHA-256."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)


class SettingRow(Base):
    """One setting of this installation."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class RemovalRow(Base):
    """What is still to be removed from the disk, written in the transaction that deletes its row.

    So a deletion that was cut off is finished at the next start, not forgotten.
    """

    __tablename__ = "removals"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)  # a recording, or "traces"
