"""Clients: who they are and what they agreed to."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from sqlalchemy import select

from posture.received import can_be_kept, line, text
from posture.store import keeping
from posture.store.database import Database
from posture.store.errors import StoreTrouble
from posture.store.export import write_export
from posture.store.files import Files, new_id
from posture.store.records import Client, Keep
from posture.store.rows import client_of, client_row, refuse_unknown
from posture.store.tables import ClientRow
from posture.store.visits import Recordings, Visits

LONGEST_NAME = 200  # ours; a name, not a document

_CHANGEABLE = frozenset({"name", "note", "age_band", "reading", "height_cm"})


class Clients:
    """Who is checked, and what they agreed to."""

    def __init__(
        self, database: Database, files: Files, visits: Visits, recordings: Recordings
    ) -> None:
        self._database = database
        self._files = files
        self._visits = visits
        self._recordings = recordings

    def add(
        self,
        name: str,
        note: str = "",
        age_band: str | None = None,
        *,
        reading: str = "",
        height_cm: float | None = None,
    ) -> Client:
        """Add a client who has agreed to nothing yet."""
        row = ClientRow(
            id=new_id(),
            name=checked_name(name),
            note=_checked_note(note),
            age_band=age_band,
            reading=line(reading)[:LONGEST_NAME],
            height_cm=height_cm,
            created_at=datetime.now(UTC),
        )
        with self._database.changing() as session:
            session.add(row)
            session.flush()
            return client_of(row)

    def all(self) -> tuple[Client, ...]:
        """Return all clients, by name."""
        with self._database.reading() as session:
            rows = session.scalars(select(ClientRow).where(ClientRow.deleted_at.is_(None)))
            return tuple(sorted(map(client_of, rows), key=_place))

    def get(self, client_id: str) -> Client:
        """Return one client."""
        with self._database.reading() as session:
            return client_of(client_row(session, client_id))

    def change(self, client_id: str, **fields: object) -> Client:
        """Change name, note, age_band, reading or height_cm."""
        refuse_unknown(fields, _CHANGEABLE)
        reads = {"name": checked_name, "note": _checked_note, "reading": line}
        with self._database.changing() as session:
            row = client_row(session, client_id)
            for name, value in fields.items():
                setattr(row, name, reads[name](str(value)) if name in reads else value)
            return client_of(row)

    def consent(
        self, client_id: str, keep: Keep, version: str, retention_days: int | None = None
    ) -> Client:
        """Write down what a client agreed to now; it holds for recordings made before, too."""
        if keep not in get_args(Keep):
            raise ValueError(f"expected one of {get_args(Keep)}, got {keep!r}")
        if retention_days is not None and retention_days < 1:
            raise ValueError(f"expected at least a day, got {retention_days}")
        with self._database.changing() as session:
            row = client_row(session, client_id)
            row.consent_at = datetime.now(UTC)
            row.consent_version, row.keep, row.retention_days = version, keep, retention_days
            agreed = client_of(row)
        for visit in self._visits.latest(client_id, limit=None, or_binned=True):
            self._visits.apply_keep(visit)
        return agreed

    def delete(self, client_id: str) -> None:
        """Delete a client, their visits and recordings; afterwards nothing of it is on the disk.

        Raises
        ------
        StoreTrouble
            traces_left: it is deleted, but something holds on to a file; the next start removes it.
        """
        with self._database.changing() as session:
            keeping.delete_client(session, client_id)
        keeping.finish(self._database, self._files)

    def export(self, client_id: str, to: Path) -> Path:
        """Write all that is kept of a client into the zip `to`."""
        client = self.get(client_id)
        # what lies in the bin is kept still, so it is theirs to see
        all_visits = self._visits.latest(client_id, limit=None, or_binned=True)
        return write_export(
            to, client, ((v, self._recordings.of_visit(v.id)) for v in all_visits), self._files
        )


def _place(client: Client) -> tuple[str, str, datetime]:
    """Return where a client stands in a list: by reading, where it is told; both kana as one."""
    read = unicodedata.normalize("NFKC", client.reading or client.name).casefold()
    return _hiragana(read), client.name.casefold(), client.created_at


def _hiragana(told: str) -> str:
    # the two kana stand in the same order, 0x60 apart (Unicode, Hiragana and Katakana)
    return "".join(chr(ord(x) - 0x60) if "\u30a1" <= x <= "\u30f6" else x for x in told)


def checked_name(name: str) -> str:
    """Return a name as it is kept, or say what is wrong with it."""
    _refuse_half_letters(name)
    short = line(name)
    if not short:
        raise StoreTrouble("name_missing")
    if len(short) > LONGEST_NAME:
        raise StoreTrouble("name_too_long", limit=LONGEST_NAME)
    return short


def _checked_note(note: str) -> str:
    """Return a note as it is kept, or say what is wrong with it."""
    _refuse_half_letters(note)
    return text(note)


def _refuse_half_letters(told: str) -> None:
    """Refuse what no database can hold.

    Raises
    ------
    StoreTrouble
        A NUL in it, or half of a letter.
    """
    if not can_be_kept(told):
        raise StoreTrouble("letters_unusable")
