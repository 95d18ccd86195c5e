"""What this program gave for each clip: from analysis.json, or from batch.csv alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from posture.batch.clips import Clip, Row
from posture.batch.ledger import STEM
from posture.batch.page import results_of
from posture.batch.sheet import SHEET, read_sheet, with_sheet
from posture.batch.table import header_of, read_table
from posture.errors import UnusableClip
from posture.formats.analysis import read_record
from posture.formats.places import ANALYSIS
from posture.formats.plain import Record
from posture.measures.doubt import doubt_rows
from posture.types import Activity, Quality, Side

TABLE = f"{STEM}.csv"
Said = Mapping[str, str]  # a sentence by language


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """One number of ours."""

    side: Side | None  # None = the table does not tell
    value: float
    sd: float
    quality: Quality
    span_s: tuple[float, float] | None = None  # when in the clip; None = the table does not tell
    reason: Said = field(default_factory=dict)  # why it is not measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One clip."""

    clip: str  # as the table calls it
    client: str = ""
    visit: str = ""
    near_side: Side | None = None
    version: str = ""
    values: Mapping[tuple[Activity, str], Sequence[Ours]] = field(default_factory=dict)
    failed: Said = field(default_factory=dict)  # why the clip could not be measured


def holds_results(place: Path) -> bool:
    """Whether a batch's or an analysis's results lie there, or it is one of their files."""
    if place.is_dir():
        return (place / TABLE).is_file() or bool(_records(place))
    return place.suffix == ".csv" or place.name == ANALYSIS


def _records(folder: Path) -> list[Path]:
    """Return the records that `posture analyse` left in a folder, in one of its own for each clip.

    Not those of a batch below: that one's folder is named itself.
    """
    return sorted(path for pattern in (ANALYSIS, f"*/{ANALYSIS}") for path in folder.glob(pattern))


def results_in(place: Path) -> tuple[Measured, ...]:
    """Return what lies in a folder of results, in its batch.csv, or in one analysis.json.

    Raises
    ------
    PostureError
        It is somebody else's, of another version, torn, or nothing of the kind.
    """
    table = place / TABLE if place.is_dir() else place
    if table.suffix == ".csv" and table.is_file():
        found = tuple(_of_table(table))
    elif place.is_dir():
        found = tuple(_of_records(place))
    else:
        found = (_of_record(place, place.parent.name),) if place.is_file() else ()
    if not found:
        raise UnusableClip("validation_no_results", path=str(place))
    return found


def _of_table(table: Path) -> Iterator[Measured]:
    header_of(table)  # refuses somebody else's
    for row in read_table(table):
        folder = results_of(table.parent, row["file"], row["sha256"])
        record = folder / ANALYSIS if folder is not None else None
        values = _values(_read(record)) if record is not None and record.is_file() else _cells(row)
        yield Measured(
            clip=row["file"],
            client=row["client"],
            visit=row["visit"],
            near_side=Side(row["near_side"]) if row["near_side"] in {"left", "right"} else None,
            version=row["version"],
            values=values if row["status"] == "ok" else {},
            failed={}
            if row["status"] == "ok"
            else {"en": row["reason"], "ja": row["reason_ja"] or row["reason"]},
        )


def _cells(row: Row) -> dict[tuple[Activity, str], list[Ours]]:
    """Return a row's numbers; on which side and when, the table does not tell."""
    found = {}
    for key in doubt_rows():
        name = f"{key[0].value}.{key[1]}"
        quality = row.get(f"{name}.quality")
        if quality:
            found[key] = [
                Ours(
                    side=None,
                    value=_number(row[name]),
                    sd=_number(row[f"{name}.sd"]),
                    quality=Quality(quality),
                )
            ]
    return found


def _number(cell: object) -> float:
    return math.nan if cell in {"", None} else float(str(cell))


def _of_records(folder: Path) -> Iterator[Measured]:
    """Yield what single analyses left below a folder, with what a clips.csv there tells of them."""
    found = [_of_record(record, record.parent.name) for record in _records(folder)]
    labels = _labels(folder, [one.clip for one in found])
    for one in found:
        told = labels.get(one.clip, {})
        yield Measured(
            clip=one.clip,
            client=told.get("client", ""),
            visit=told.get("visit", ""),
            version=one.version,
            values=one.values,
        )


def _labels(folder: Path, clips: Iterable[str]) -> dict[str, Mapping[str, str]]:
    if not (folder / SHEET).is_file():
        return {}
    there = [Clip(source=str(folder / clip), name=clip) for clip in clips]
    return {one.name: one.labels for one in with_sheet(there, read_sheet(folder / SHEET)).clips}


def _of_record(record: Path, folder: str) -> Measured:
    told = _read(record)
    name = str(told["clip"]["file"]) or folder
    version = str(told.get("made_with", {}).get("posture", ""))
    return Measured(clip=name, version=version, values=_values(told))


def _read(path: Path) -> Record:
    try:
        record = read_record(path)
        if record["clip"]["file"] is not None:
            return record
    except (UnusableClip, KeyError, TypeError):
        pass
    raise UnusableClip("validation_torn", path=str(path))


def _values(told: Record) -> dict[tuple[Activity, str], list[Ours]]:
    """Return a record's numbers; what stands for several tries comes first."""
    found: dict[tuple[Activity, str], list[Ours]] = {}
    for one in sorted(told["measures"], key=lambda m: m["segment"] is not None):
        reason = one["reason"] or {}
        sd = one["sd"]
        found.setdefault((Activity(one["activity"]), one["name"]), []).append(
            Ours(
                side=Side(one["side"]),
                value=_number(one["value"]),
                sd=math.inf if sd is None else float(sd),
                quality=Quality(one["quality"]),
                span_s=(float(one["start_s"]), float(one["end_s"])),
                reason={language: str(reason[language]) for language in ("en", "ja")}
                if reason
                else {},
            )
        )
    return found


def chosen(values: Sequence[Ours], side: Side | None) -> list[Ours]:
    """Return what a measure of a clip may be on a side, one for each side that it has.

    The first that is known stands for its side; without one, the first that tells why not.
    """
    meant = [v for v in values if side is None or v.side in {side, Side.BOTH, None}]
    found: dict[Side | None, Ours] = {}
    for one in sorted(meant, key=lambda v: v.quality is Quality.MISSING):
        found.setdefault(one.side, one)
    known = [one for one in found.values() if one.quality is not Quality.MISSING]
    return known or list(found.values())[:1]
