"""One client as one zip, to hand over to them."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from posture.store.files import CLIP, Files, suffix_of, whole
from posture.store.records import Client, Recording, Visit

_PACKED = frozenset({".json", ".csv", ".html"})  # the others are compressed already


def write_export(
    to: Path,
    client: Client,
    visits: Iterable[tuple[Visit, tuple[Recording, ...]]],
    files: Files,
) -> Path:
    """Write everything kept about a client into a zip: whole or not at all.

    Raises
    ------
    StoreTrouble
        Disk full, no permission, something in the way.
    """
    with whole(to) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        _put(archive, "client.json", asdict(client))
        for visit, recordings in visits:
            place = f"visits/{visit.started_at:%Y-%m-%d}_{visit.id[:8]}"
            kept = asdict(visit)
            del kept["note"], kept["written"]  # the trainer's alone
            _put(archive, f"{place}/visit.json", kept)
            for recording in recordings:
                _put_recording(archive, place, recording, files)
    return to


def _put_recording(
    archive: zipfile.ZipFile, place: str, recording: Recording, files: Files
) -> None:
    inside = f"{place}/{re.sub('[^a-z0-9_]', '_', recording.step)}_{recording.id[:8]}"
    record = asdict(recording)
    result, measured = record.pop("result"), record.pop("measured")
    _put(archive, f"{inside}/recording.json", record)
    if result is not None:
        _put(archive, f"{inside}/analysis.json", result)
    if measured is not None:
        _put(archive, f"{inside}/analysis.measured.json", measured)
    folder = files.place(recording.id)
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name == "analysis.json":  # it stands above already
            continue
        name = path.relative_to(folder).as_posix()
        if name == CLIP:
            name = f"video{suffix_of(path)}"
        packed = zipfile.ZIP_DEFLATED if path.suffix in _PACKED else zipfile.ZIP_STORED
        archive.write(path, f"{inside}/{name}", compress_type=packed)


def _put(archive: zipfile.ZipFile, name: str, record: object) -> None:
    text = json.dumps(record, ensure_ascii=False, indent=1, default=_said)
    archive.writestr(name, text, compress_type=zipfile.ZIP_DEFLATED)


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"expected what JSON can hold, got {value!r}")
