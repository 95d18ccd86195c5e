"""Rows of the database: found by their ids, and read as the records that callers get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar, cast, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from posture.received import line, readable, text
from posture.store.errors import StoreTrouble, one_of
from posture.store.files import Files
from posture.store.records import Client, Keep, Recording, Role, State, Token, User, Visit
from posture.store.tables import Base, ClientRow, RecordingRow, TokenRow, UserRow, VisitRow
from posture.types import Reason

# Among a recording's settings while it is analysed again: those its last result was made with.
BEFORE = "before"

_Record = TypeVar("_Record", Client, Visit, Recording, User, Token)


def client_row(session: Session, client_id: str, *, or_binned: bool = False) -> ClientRow:
    """Return a client's row; one in the bin is as good as gone, unless asked for."""
    row = session.get(ClientRow, client_id)
    if row is None or (row.deleted_at is not None and not or_binned):
        raise StoreTrouble("no_such_client")
    return row


def visit_row(session: Session, visit_id: str, *, or_binned: bool = False) -> VisitRow:
    """Return a visit's row; one in the bin is as good as gone, unless asked for."""
    row = session.get(VisitRow, visit_id)
    if row is None or (row.deleted_at is not None and not or_binned):
        raise StoreTrouble("no_such_visit")
    return row


def recording_row(session: Session, recording_id: str) -> RecordingRow:
    """Return a recording's row."""
    row = session.get(RecordingRow, recording_id)
    if row is None:
        raise StoreTrouble("no_such_recording")
    return row


def shown_recording_row(session: Session, recording_id: str) -> RecordingRow:
    """Return a recording's row; one whose visit lies in the bin is as good as gone."""
    row = recording_row(session, recording_id)
    if visit_row(session, row.visit_id, or_binned=True).deleted_at is not None:
        raise StoreTrouble("no_such_recording")
    return row


def recording_rows(session: Session, visit_id: str) -> list[RecordingRow]:
    """Return the rows of a visit's recordings, the first one first."""
    visit_row(session, visit_id, or_binned=True)
    query = select(RecordingRow).where(RecordingRow.visit_id == visit_id)
    return [*session.scalars(query.order_by(RecordingRow.added_at, RecordingRow.id))]


def client_of(row: ClientRow) -> Client:
    """Return a client's row as what callers get."""
    return _record(
        Client,
        row,
        name=line(row.name) or "?",
        note=text(row.note),
        reading=line(row.reading or ""),
        keep=next((keep for keep in get_args(Keep) if keep == row.keep), None),
    )


def visit_of(row: VisitRow) -> Visit:
    """Return a visit's row as what callers get."""
    return _record(
        Visit,
        row,
        answers=_read(row.answers),
        comment=row.comment or "",
        note=row.note or "",
        written=row.written or 0,
    )


def recording_of(row: RecordingRow, files: Files) -> Recording:
    """Return a recording's row as what callers get; the disk is asked whether its clip is there."""
    error = row.error
    return _record(
        Recording,
        row,
        state=one_of(get_args(State), row.state),
        has_video=files.has_clip(row.id),
        settings={name: value for name, value in _read(row.settings).items() if name != BEFORE},
        error=None if error is None else Reason(error["code"], error["values"]),
    )


def user_of(row: UserRow, password_mark: str) -> User:
    """Return a user's row as what callers get."""
    role = one_of(get_args(Role), row.role)
    return _record(User, row, role=role, password_mark=password_mark)


def token_of(row: TokenRow) -> Token:
    """Return a token's row as what callers get."""
    return _record(Token, row)


def _record(kind: type[_Record], row: Base, **read: object) -> _Record:
    """Return a record of a row: what was `read` of it, all else as its column has it."""
    names = {field.name for field in fields(kind)} - read.keys()
    return kind(**cast("Any", {name: getattr(row, name) for name in names} | read))


def _read(stored: object) -> dict[str, object]:
    """Return what was stored as a table of JSON, without what no page could show."""
    found = readable(stored)
    return found if isinstance(found, dict) else {}


def refuse_unknown(told: Mapping[str, object], changeable: frozenset[str]) -> None:
    """Raise ValueError for fields that nobody may change."""
    unknown = sorted(told.keys() - changeable)
    if unknown:
        raise ValueError(f"expected some of {sorted(changeable)}, got {unknown}")
