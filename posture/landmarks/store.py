"""Landmarks to a .npz file and back, so that later rooms run without a model or a video."""

from __future__ import annotations

import json
import math
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from posture import files
from posture.errors import UnusableClip
from posture.types import (
    Clip,
    Fact,
    FactKind,
    Footage,
    Landmarks,
    Outline,
    Person,
    Reason,
    SeenPerson,
    Sheet,
)

_VERSION = 1


def keep_outlines(landmarks: Landmarks, keep: Sequence[tuple[float, float]]) -> Landmarks:
    """Return the landmarks with outlines only where time lies within one of the spans in s."""
    outlines = tuple(
        outline if any(start <= t <= end for start, end in keep) else None
        for outline, t in zip(landmarks.outlines, landmarks.time_s.tolist(), strict=True)
    )
    return replace(landmarks, outlines=outlines)


def save_landmarks(path: Path, landmarks: Landmarks) -> None:
    """Write landmarks as .npz: arrays by name, outlines end to end with their counts."""
    outlines = [o for o in landmarks.outlines if o is not None]
    counts = [0 if o is None else len(o) for o in landmarks.outlines]
    arrays: dict[str, Any] = {
        "time_s": landmarks.time_s,
        "xy_px": landmarks.xy_px,
        "visibility": landmarks.visibility,
        "names": np.array(landmarks.names),
        "model": np.array(landmarks.model),
        "size_px": np.array(landmarks.size_px),
        "outline_points": np.concatenate(outlines) if outlines else np.zeros((0, 2), np.int16),
        "outline_counts": np.array(counts, dtype=np.int16),
        "clip": np.array(json.dumps(asdict(landmarks.clip))),
        "person": np.array(json.dumps(asdict(landmarks.person))),
        "facts": np.array(json.dumps([_fact_record(fact) for fact in landmarks.facts])),
        "version": np.array(_VERSION),
    }
    if landmarks.footage is not None:
        seen = asdict(landmarks.footage)
        seen["sheet"] = np.array(json.dumps(seen["sheet"]))
        arrays |= {f"footage_{name}": value for name, value in seen.items()}
    if landmarks.world_m is not None:
        arrays["world_m"] = landmarks.world_m
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load_landmarks(path: Path) -> Landmarks:
    """Read landmarks written by `save_landmarks`.

    Raises
    ------
    UnusableClip
        Not there, not such a file, or damaged.
    """
    if files.never_ends(path):
        raise UnusableClip("not_landmarks", file=path.name)
    try:
        # opened here: NumPy leaves a file open that turns out to be none of its own
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return _landmarks({name: arrays[name] for name in arrays.files})
    except FileNotFoundError as trouble:
        raise UnusableClip("no_such_file", file=str(path)) from trouble
    except PermissionError as trouble:
        raise UnusableClip("no_permission", file=path.name) from trouble
    except IsADirectoryError as trouble:
        raise UnusableClip("is_a_folder", file=path.name) from trouble
    except _DAMAGES as trouble:
        raise UnusableClip("not_landmarks", file=path.name) from trouble


# What zip, zlib, NumPy's headers and JSON raise where bytes are missing or changed.
_DAMAGES = (
    OSError,
    AttributeError,  # a part that is no array comes as bytes
    EOFError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


_LONGEST_S = 86400.0  # ours; a clip of more than a day is none


def _landmarks(arrays: dict[str, NDArray[Any]]) -> Landmarks:
    clip = json.loads(str(arrays["clip"]))
    person = json.loads(str(arrays["person"]))
    because = person["chosen_because"]
    people = tuple(SeenPerson(**seen) for seen in person["people"])
    time_s = arrays["time_s"]
    if not np.isfinite(time_s).all() or np.ptp(time_s) > _LONGEST_S:
        raise ValueError("expected the times of a clip")
    return Landmarks(
        time_s=arrays["time_s"],
        xy_px=arrays["xy_px"],
        visibility=arrays["visibility"],
        world_m=arrays.get("world_m"),
        names=tuple(str(name) for name in arrays["names"]),
        outlines=_outlines(arrays["outline_points"], arrays["outline_counts"]),
        size_px=(int(arrays["size_px"][0]), int(arrays["size_px"][1])),
        clip=_clip(clip),
        person=Person(
            **{
                **person,
                "chosen_because": Reason(because["code"], because["values"]),
                "people": people,
            }
        ),
        model=str(arrays["model"]),
        footage=_footage(arrays),
        facts=tuple(_fact(record) for record in json.loads(str(arrays.get("facts", "[]")))),
    )


def _clip(told: dict[str, Any]) -> Clip:
    """Return the clip that a file names; its name becomes a folder's, its checksum part of it."""
    clip = Clip(**{**told, "size_px": tuple(told["size_px"])})
    counts = (clip.frames, clip.rotation_deg, clip.left_out, *clip.size_px)
    is_told = isinstance(clip.file, str) and isinstance(clip.sha256, str)
    if not is_told or not all(isinstance(count, int) for count in counts):
        raise TypeError("expected what is said of a clip")
    if not math.isfinite(clip.duration_s) or clip.duration_s < 0:
        raise ValueError("expected how long a clip lasts")
    return clip


def _footage(arrays: dict[str, NDArray[Any]]) -> Footage | None:
    """Return what was seen in the pictures; None in files of version 0.1."""
    found = {
        name.removeprefix("footage_"): value
        for name, value in arrays.items()
        if name.startswith("footage_")
    }
    if not found:
        return None
    rest: dict[str, Any] = {
        "cuts": tuple(int(cut) for cut in found["cuts"]),
        "roll_deg": float(found["roll_deg"]),
        "roll_sd_deg": float(found["roll_sd_deg"]),
        "level_deg": float(found["level_deg"]),
        "sheet": _sheet(json.loads(str(found.get("sheet", "null")))),
    }
    return Footage(**{**found, **rest})


def _sheet(record: dict[str, Any] | None) -> Sheet | None:
    if record is None:
        return None
    corners = tuple((float(x), float(y)) for x, y in record["corners_px"])
    return Sheet(**{**record, "corners_px": corners})


def _fact_record(fact: Fact) -> dict[str, Any]:
    return {**asdict(fact), "kind": fact.kind.value}


def _fact(record: dict[str, Any]) -> Fact:
    todo = record["what_to_do"]
    return Fact(
        kind=FactKind(record["kind"]),
        reason=Reason(**record["reason"]),
        spans_s=tuple((float(start), float(end)) for start, end in record["spans_s"]),
        probability=float(record["probability"]),
        what_to_do=None if todo is None else Reason(**todo),
    )


def _outlines(points: NDArray[Any], counts: NDArray[Any]) -> tuple[Outline | None, ...]:
    counts = counts.astype(np.int64)
    ends = np.cumsum(counts)
    if points.ndim != 2 or (counts < 0).any() or (len(ends) and ends[-1] != len(points)):  # noqa: PLR2004
        raise ValueError("expected as many points as the outlines count")
    return tuple(
        points[end - count : end].astype(np.int16) if count else None
        for count, end in zip(counts.tolist(), ends.tolist(), strict=True)
    )
