"""Corrections by hand: kept with who made them and when, beside what was measured."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from posture import machine
from posture.files import write_text
from posture.formats.places import ANALYSIS
from posture.formats.plain import written
from posture.store.database import Database
from posture.store.errors import StoreTrouble
from posture.store.files import Files, explained, remove_any
from posture.store.records import Recording
from posture.store.rows import recording_of, shown_recording_row
from posture.store.tables import RecordingRow

MEASURED = "measured"  # beside the files of a corrected analysis: those that were measured


class Corrected:
    """Recordings whose numbers follow what somebody corrected by hand."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    def keep(
        self,
        recording_id: str,
        seen: str,
        corrections: Mapping[str, object],
        result: Mapping[str, object],
        made: Path,
        by: str,
    ) -> Recording:
        """Keep corrections and what follows from them: its record, and the files in `made`.

        `seen` is the recording's version that they were made on, `by` whoever made them. The files
        that were measured are kept beside, and so is their record.

        Raises
        ------
        StoreTrouble
            It was corrected or analysed meanwhile (correct_changed_meanwhile).
        """
        with self._changing(recording_id, seen) as (session, row):
            if row.measured is None:
                row.measured = row.result
            at = datetime.now(UTC).isoformat()
            row.corrections = {**corrections, "at": at, "by": by}
            row.result = dict(result)
            session.flush()
            _put(made, self._files.result(recording_id))
            return recording_of(row, self._files)

    def undo(self, recording_id: str, seen: str) -> Recording:
        """Bring back what was measured; where nothing was corrected nothing happens.

        Raises
        ------
        StoreTrouble
            It was corrected or analysed meanwhile (correct_changed_meanwhile).
        """
        with self._changing(recording_id, seen) as (session, row):
            if row.measured is not None:
                measured: Mapping[str, object] = row.measured
                row.result, row.measured, row.corrections = dict(measured), None, None
                session.flush()
                _put_back(self._files.result(recording_id), measured)
            return recording_of(row, self._files)

    @contextlib.contextmanager
    def _changing(self, recording_id: str, seen: str) -> Iterator[tuple[Session, RecordingRow]]:
        with self._database.changing() as session:
            row = shown_recording_row(session, recording_id)
            is_over = row.state not in {"queued", "running"} and row.result is not None
            if not is_over or recording_of(row, self._files).version != seen:
                raise StoreTrouble("correct_changed_meanwhile")
            yield session, row


def _put(made: Path, result: Path) -> None:
    """Put files in their place; what lies there is kept the first time, as it was measured."""
    with explained(result):
        result.mkdir(parents=True, exist_ok=True)
        kept = result / MEASURED
        if not kept.is_dir():
            part = result / f"{MEASURED}.part"
            remove_any(part)
            part.mkdir()
            for path in sorted(made.iterdir()):
                if (result / path.name).is_file():
                    shutil.copy2(result / path.name, part / path.name)
            part.rename(kept)
        for path in sorted(made.iterdir()):
            _move(path, result / path.name)


def _put_back(result: Path, measured: Mapping[str, object]) -> None:
    kept = result / MEASURED
    with explained(result):
        if kept.is_dir():
            for path in sorted(kept.iterdir()):
                _move(path, result / path.name)
            remove_any(kept)
    if result.is_dir():
        write_text(result / ANALYSIS, written(measured))


def _move(path: Path, to: Path) -> None:
    machine.patiently(lambda: path.replace(to))  # a page may be reading it
