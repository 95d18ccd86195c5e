"""The bin: what was deleted and can be put back for some days; after them it is gone for good."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from posture.store import keeping, queue
from posture.store.database import Database
from posture.store.files import Files
from posture.store.records import Client, Visit
from posture.store.rows import client_of, client_row, visit_of, visit_row
from posture.store.tables import ClientRow, RecordingRow, VisitRow

# Ours: a slip is noticed by the next visit of the week after; nobody who asked to be deleted
# should have to wait longer.
BIN_DAYS = 14
_KEPT = timedelta(days=BIN_DAYS)


class Bin:
    """Clients and visits that were deleted and can still be put back."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    def all(self) -> tuple[tuple[Client, ...], tuple[Visit, ...]]:
        """Return what lies in it, the latest first; visits that went with their client are not."""
        with self._database.reading() as session:
            gone = select(ClientRow).where(ClientRow.deleted_at.is_not(None))
            people = [client_of(row) for row in session.scalars(gone)]
            alone = select(VisitRow).where(VisitRow.deleted_at.is_not(None))
            of_them = {one.id for one in people}
            rows = [visit_of(row) for row in session.scalars(alone)]
        return (
            tuple(sorted(people, key=lambda one: one.deleted_at or one.created_at, reverse=True)),
            tuple(
                sorted(
                    (row for row in rows if row.client_id not in of_them),
                    key=lambda one: one.deleted_at or one.started_at,
                    reverse=True,
                )
            ),
        )

    def put_client(self, client_id: str, now: datetime) -> None:
        """Put a client in, with all visits that are not there yet."""
        with self._database.changing() as session:
            client_row(session, client_id).deleted_at = now
            of_client = select(VisitRow).where(
                VisitRow.client_id == client_id, VisitRow.deleted_at.is_(None)
            )
            for row in [*session.scalars(of_client)]:
                self._put(session, row, now)

    def put_visit(self, visit_id: str, now: datetime) -> None:
        """Put a visit in."""
        with self._database.changing() as session:
            self._put(session, visit_row(session, visit_id), now)

    def _put(self, session: Session, row: VisitRow, now: datetime) -> None:
        row.deleted_at = now
        session.flush()
        of_visit = select(RecordingRow.id).where(RecordingRow.visit_id == row.id)
        for recording_id in [*session.scalars(of_visit)]:
            queue.cancel(session, recording_id)
            # what nobody agreed to keep goes at once: the bin holds no more than a closed visit
            keeping.apply_keep(session, self._files, recording_id, now)

    def put_back_client(self, client_id: str) -> None:
        """Put a client back, with the visits that went with them."""
        with self._database.changing() as session:
            row = client_row(session, client_id, or_binned=True)
            went_at, row.deleted_at = row.deleted_at, None
            together = select(VisitRow).where(
                VisitRow.client_id == client_id, VisitRow.deleted_at == went_at
            )
            for visit in [*session.scalars(together)]:
                visit.deleted_at = None

    def put_back_visit(self, visit_id: str) -> None:
        """Put a visit back; its client must not lie in the bin.

        Raises
        ------
        StoreTrouble
            no_such_client: put the client back first.
        """
        with self._database.changing() as session:
            row = visit_row(session, visit_id, or_binned=True)
            if row.client_id is not None:
                client_row(session, row.client_id)
            row.deleted_at = None


def expire(session: Session, now: datetime) -> tuple[int, int]:
    """Delete for good what lay in the bin long enough; return how many clients and visits.

    Where the clock was turned back, its days count from now on: longer than the days that were
    promised nothing stays.
    """
    people = [*session.scalars(select(ClientRow).where(ClientRow.deleted_at.is_not(None)))]
    clients_gone = 0
    for row in people:
        if row.deleted_at is not None and row.deleted_at + _KEPT <= now:
            keeping.delete_client(session, row.id)
            clients_gone += 1
    session.flush()
    session.expire_all()
    visits_gone = 0
    for visit in [*session.scalars(select(VisitRow).where(VisitRow.deleted_at.is_not(None)))]:
        if visit.deleted_at is not None and visit.deleted_at + _KEPT <= now:
            keeping.delete_visit(session, visit.id)
            visits_gone += 1
    session.flush()
    session.expire_all()
    ahead: list[ClientRow | VisitRow] = []
    for table in (ClientRow, VisitRow):
        ahead += session.scalars(select(table).where(table.deleted_at > now))
    # all by one step: what was deleted together stays so, and nothing else joins it
    step = max((row.deleted_at - now for row in ahead if row.deleted_at), default=timedelta())
    for row in ahead:
        row.deleted_at = row.deleted_at and row.deleted_at - step
    return clients_gone, visits_gone
