"""A made-up lab that measured the filmed bodies: its bias and its scatter are known."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from posture.errors import PostureError
from posture.files import write_text
from posture.formats.analysis import analysis_json
from posture.settings import Settings
from posture.truth.visit import CHECK, Film
from posture.truth.visits import analysed

EXACT, OFF = "goniometer", "inclinometer"  # as the sheet calls tools: one exact, one that is off
RATERS = ("A", "B")
# What a lab reads: in degrees, so that one bias and one scatter hold for all.
MEASURES: tuple[tuple[Film, str], ...] = (
    ("bend", "pelvis_on_thigh_flexion"),
    ("bend", "pelvic_rotation"),
    ("bend", "lumbar_flexion"),
    ("bend", "knee_bend"),
    ("walk", "peak_dorsiflexion"),
    ("walk", "trailing_limb_angle"),
    ("lunge", "lunge_dorsiflexion_straight"),
    ("lunge", "lunge_dorsiflexion_bent"),
)
_COLUMNS = ("clip", "measure", "side", "value", "unit", "tool", "rater", "client")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """What one of the lab's two tools does; the other one reads what is true."""

    bias_deg: float = 3.0
    sd_deg: float = 2.0
    seed: int = 1


def write_lab(homes: Sequence[Path], out: Path, lab: Lab, settings: Settings) -> tuple[Path, Path]:
    """Write the lab's sheet and our results of the same films; return both paths.

    A film that we refuse has its readings in the sheet, and no results.
    """
    rows: list[list[str]] = []
    drawn = np.random.default_rng([lab.seed, 44])
    for home in homes:
        for film in CHECK:
            if not (home / film / "truth.json").exists():
                continue
            truth = json.loads((home / film / "truth.json").read_text("utf-8"))
            name = f"{home.name}_{film}"
            rows += _readings(name, home.name, film, truth, lab, drawn)
            try:
                analysis = analysed(home / film, truth, film, settings)
            except PostureError:
                continue
            analysis = replace(analysis, clip=replace(analysis.clip, file=f"{name}.mp4"))
            folder = out / "results" / name
            folder.mkdir(parents=True, exist_ok=True)
            write_text(folder / "analysis.json", analysis_json(analysis))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([list(_COLUMNS), *rows])
    write_text(out / "lab.csv", text.getvalue())
    return out / "lab.csv", out / "results"


def _readings(
    clip: str,
    client: str,
    film: Film,
    truth: dict[str, Any],
    lab: Lab,
    drawn: np.random.Generator,
) -> Iterator[list[str]]:
    known = {m["name"]: m for m in truth["measures"]}
    for name in (name for of, name in MEASURES if of == film):
        one = known[name]
        true, side = float(one["value"]), one["side"] if film != "bend" else ""
        yield [clip, name, side, f"{true:.4f}", one["unit"], EXACT, RATERS[0], client]
        for rater in RATERS:
            read = true + lab.bias_deg + lab.sd_deg * float(drawn.standard_normal())
            yield [clip, name, side, f"{read:.4f}", one["unit"], OFF, rater, client]
