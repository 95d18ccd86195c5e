"""Clients: who they are and what they agreed to."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from posture.received import can_be_kept, line, text
from posture.store.errors import StoreTrouble
from posture.store.files import new_id
from posture.store.records import Client, Keep
from posture.store.tables import ClientRow

LONGEST_NAME = 200  # ours; a name, not a document

_CHANGEABLE = frozenset({"name", "note", "age_band", "reading", "height_cm"})


def add(
    session: Session,
    name: str,
    note: str,
    age_band: str | None,
    *,
    reading: str = "",
    height_cm: float | None = None,
) -> Client:
    """Add a client who has agreed to nothing yet."""
    row = ClientRow(
        id=new_id(),
        name=checked_name(name),
        note=checked_note(note),
        age_band=age_band,
        reading=line(reading)[:LONGEST_NAME],
        height_cm=height_cm,
        created_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    return record_of(row)


def every(session: Session) -> tuple[Client, ...]:
    """Return all clients, by name."""
    rows = session.scalars(select(ClientRow).where(ClientRow.deleted_at.is_(None)))
    return tuple(sorted(map(record_of, rows), key=_place))


def _place(client: Client) -> tuple[str, str, datetime]:
    """Return where a client stands in a list: by reading, where it is told; both kana as one."""
    read = unicodedata.normalize("NFKC", client.reading or client.name).casefold()
    return _hiragana(read), client.name.casefold(), client.created_at


def _hiragana(told: str) -> str:
    # the two kana stand in the same order, 0x60 apart (Unicode, Hiragana and Katakana)
    return "".join(chr(ord(x) - 0x60) if "\u30a1" <= x <= "\u30f6" else x for x in told)


def row_of(session: Session, client_id: str, *, or_binned: bool = False) -> ClientRow:
    """Return a client's row; one in the bin is as good as gone, unless asked for."""
    row = session.get(ClientRow, client_id)
    if row is None or (row.deleted_at is not None and not or_binned):
        raise StoreTrouble("no_such_client")
    return row


def change(session: Session, client_id: str, fields: Mapping[str, object]) -> Client:
    """Change what is known about a client; consent has a function of its own."""
    refuse_unknown(fields, _CHANGEABLE)
    row = row_of(session, client_id)
    reads = {"name": checked_name, "note": checked_note, "reading": line}
    for name, value in fields.items():
        setattr(row, name, reads[name](str(value)) if name in reads else value)
    session.flush()
    return record_of(row)


def consent(
    session: Session, client_id: str, keep: Keep, version: str, retention_days: int | None
) -> Client:
    """Write down what a client agreed to, and when."""
    if keep not in get_args(Keep):
        raise ValueError(f"expected one of {get_args(Keep)}, got {keep!r}")
    if retention_days is not None and retention_days < 1:
        raise ValueError(f"expected at least a day, got {retention_days}")
    row = row_of(session, client_id)
    row.consent_at = datetime.now(UTC)
    row.consent_version, row.keep, row.retention_days = version, keep, retention_days
    session.flush()
    return record_of(row)


def checked_name(name: str) -> str:
    """Return a name as it is kept, or say what is wrong with it."""
    refuse_half_letters(name)
    short = line(name)
    if not short:
        raise StoreTrouble("name_missing")
    if len(short) > LONGEST_NAME:
        raise StoreTrouble("name_too_long", limit=LONGEST_NAME)
    return short


def checked_note(note: str) -> str:
    """Return a note as it is kept, or say what is wrong with it."""
    refuse_half_letters(note)
    return text(note)


def refuse_half_letters(told: str) -> None:
    """Refuse what no database can hold.

    Raises
    ------
    StoreTrouble
        A NUL in it, or half of a letter.
    """
    if not can_be_kept(told):
        raise StoreTrouble("letters_unusable")


def refuse_unknown(fields: Mapping[str, object], changeable: frozenset[str]) -> None:
    """Raise ValueError for fields that nobody may change."""
    unknown = sorted(fields.keys() - changeable)
    if unknown:
        raise ValueError(f"expected some of {sorted(changeable)}, got {unknown}")


def record_of(row: ClientRow) -> Client:
    """Return a row as what callers get."""
    keep = next((keep for keep in get_args(Keep) if keep == row.keep), None)
    return Client(
        id=row.id,
        name=line(row.name) or "?",
        note=text(row.note),
        age_band=row.age_band,
        created_at=row.created_at,
        consent_at=row.consent_at,
        consent_version=row.consent_version,
        keep=keep,
        retention_days=row.retention_days,
        reading=line(row.reading or ""),
        height_cm=row.height_cm,
        deleted_at=row.deleted_at,
    )
