"""A made-up gym and a made-up lab: what our numbers and the reference are is known."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from posture.batch.rows import columns
from posture.batch.table import write_table
from posture.formats.analysis import ANALYSIS_SCHEMA
from posture.measures.doubt import doubt_rows
from posture.measures.possible import possible_rows
from posture.types import Activity

HINGE = "forward_bend.pelvis_on_thigh_flexion"
REASON = {"code": "hidden", "values": {}, "en": "The hip was hidden.", "ja": "股関節が見えません。"}


def value(
    name: str, value: float | None, sd: float = 2.0, side: str = "right", **more: object
) -> dict[str, Any]:
    """One measure as analysis.json has it; None is one that is missing."""
    activity, _, measure = name.partition(".")
    return {
        "name": measure,
        "activity": activity,
        "segment": 0,
        "side": side,
        "value": value,
        "unit": doubt_rows()[Activity(activity), measure].unit,
        "sd": None if value is None else sd,
        "quality": "missing" if value is None else "good",
        "reason": REASON if value is None else None,
        "start_s": 2.0,
        "end_s": 3.0,
        **more,
    }


def write_analysis(folder: Path, clip: str, *values: Mapping[str, Any]) -> None:
    """Write what an analysis of a clip left in a folder of its own."""
    record = {
        "schema": ANALYSIS_SCHEMA,
        "made_with": {"posture": "0.1.0"},
        "clip": {"file": clip},
        "measures": list(values),
    }
    there = folder / Path(clip).stem
    there.mkdir(parents=True)
    (there / "analysis.json").write_text(json.dumps(record), "utf-8")


def write_batch(folder: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write a batch.csv with these cells; all others are empty."""
    folder.mkdir(parents=True, exist_ok=True)
    empty = dict.fromkeys(columns(), "") | {"status": "ok", "sha256": "0", "version": "0.1.0"}
    full = [{**empty, **{name: str(cell) for name, cell in row.items()}} for row in rows]
    write_table(full, folder / "batch.csv", None)
    return folder / "batch.csv"


def cell(name: str, number: float, sd: float = 2.0) -> dict[str, object]:
    return {name: number, f"{name}.sd": sd, f"{name}.quality": "good"}


def write_sheet(path: Path, rows: Sequence[Sequence[object]], head: str = "") -> Path:
    head = head or "clip,measure,side,value,unit,tool,rater,client"
    lines = [head, *(",".join(map(str, row)) for row in rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def made_lab(
    folder: Path, people: int, *, bias: float, noise: float, stated_sd: float, seed: int
) -> Path:
    """Write analyses and a sheet in which ours is the reference plus bias and noise.

    Bias and noise are what was put in to the last digit, not on average.
    """
    rng = np.random.default_rng(seed)
    true = rng.normal(60.0, 12.0, people)
    drawn = rng.normal(0.0, 1.0, people)
    ours = true + bias + noise * (drawn - drawn.mean()) / drawn.std(ddof=1)
    for index in range(people):
        name = f"p{index:02d}_bend.mp4"
        write_analysis(folder / "results", name, value(HINGE, float(ours[index]), stated_sd))
    measure = HINGE.partition(".")[2]
    told = [f"{reference:.9f}" for reference in true]
    rows = [
        (f"p{i:02d}_bend.mp4", measure, "right", told[i], "deg", "tape", "A", f"Client {i:02d}")
        for i in range(people)
    ]
    return write_sheet(folder / "sheet.csv", rows)


def made_labs(folder: Path, people: int, seed: int) -> tuple[Path, dict[str, tuple[float, float]]]:
    """Write one lab for every measure in degrees; return its sheet, and bias and noise of each.

    What is drawn is drawn, so that a sample's figures are off those put in, as they are on people.
    """
    rng = np.random.default_rng(seed)
    put_in: dict[str, tuple[float, float]] = {}
    values: dict[str, list[dict[str, Any]]] = {}
    rows: list[tuple[object, ...]] = []
    for activity, measure in doubt_rows():
        row = possible_rows().get((activity, measure))
        if row is None or row.unit != "deg":
            continue
        name = f"{activity.value}.{measure}"
        room = row.high - row.low
        bias, noise = rng.uniform(-0.1, 0.1) * room, rng.uniform(0.005, 0.03) * room
        put_in[name] = (bias, noise)
        true = row.low + room * rng.uniform(0.3, 0.7, people)
        ours = true + bias + rng.normal(0.0, noise, people)
        for index in range(people):
            clip = f"p{index:02d}.mp4"
            values.setdefault(clip, []).append(value(name, float(ours[index]), noise))
            rows.append((clip, name, "", f"{true[index]:.9f}", "deg", "motion_capture", "", ""))
    for clip, measured in values.items():
        write_analysis(folder / "results", clip, *measured)
    return write_sheet(folder / "sheet.csv", rows), put_in
