"""Walks, mean cycles and the rhythm of bends in analysis.json."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

import numpy as np

from posture.formats.clip import SideName
from posture.formats.plain import ReasonRecord, Record, known, number, reason_of, reason_or_null
from posture.measures.rhythm import Rhythm
from posture.types import CycleCurve, Ground, Side, StrideSeen, Unit, WalkSeen


class StrideRecord(TypedDict):
    """One stride of a walk, and why nothing rests on it if nothing does."""

    side: SideName
    near: bool
    start_s: float | None
    end_s: float | None
    used: bool
    reason: ReasonRecord | None


class WalkRecord(TypedDict):
    """One pass: on what, and every stride with why it is left out."""

    segment: int
    near_side: SideName
    ground: Literal["overground", "treadmill", "unknown"]
    strides: list[StrideRecord]


class CurveRecord(TypedDict):
    """A joint or segment over the gait cycle; null = no stride is known at that phase."""

    name: str
    side: SideName
    unit: Unit
    positive: str
    strides: int
    phase: list[float]
    mean: list[float | None]
    sd: list[float | None]
    count: list[int]


def walk_record(walk: WalkSeen) -> WalkRecord:
    """Write one pass."""
    return {
        "segment": walk.segment,
        "near_side": walk.near.value,
        "ground": walk.ground.value,
        "strides": [
            {
                "side": stride.side.value,
                "near": stride.is_near,
                "start_s": number(stride.start_s),
                "end_s": number(stride.end_s),
                "used": stride.left_out is None,
                "reason": reason_or_null(stride.left_out),
            }
            for stride in walk.strides
        ],
    }


def read_walk(entry: Record) -> WalkSeen:
    """Read one pass."""
    return WalkSeen(
        segment=entry["segment"],
        near=Side(entry["near_side"]),
        ground=Ground(entry["ground"]),
        strides=tuple(
            StrideSeen(
                side=Side(stride["side"]),
                is_near=stride["near"],
                start_s=known(stride["start_s"]),
                end_s=known(stride["end_s"]),
                left_out=reason_of(stride["reason"]),
            )
            for stride in entry["strides"]
        ),
    )


def curve_record(curve: CycleCurve) -> CurveRecord:
    """Write a mean cycle."""
    return {
        "name": curve.name,
        "side": curve.side.value,
        "unit": curve.unit,
        "positive": curve.positive,
        "strides": curve.strides,
        "phase": [round(float(phase), 2) for phase in curve.phase],
        "mean": [number(value) for value in curve.mean],
        "sd": [number(value) for value in curve.sd],
        "count": [int(count) for count in curve.count],
    }


def read_curve(entry: Record) -> CycleCurve:
    """Read a mean cycle."""
    parts = {
        part: np.array([known(v) for v in entry[part]]) for part in ("phase", "mean", "sd", "count")
    }
    return CycleCurve(
        name=entry["name"],
        side=Side(entry["side"]),
        unit=entry["unit"],
        positive=entry["positive"],
        strides=entry["strides"],
        **parts,
    )


def rhythm_record(rhythm: Rhythm) -> dict[str, Any]:
    """Write what hip and spine had given at each trunk flexion on the way down, degrees.

    It follows from signals and events, so nothing reads it back.
    """
    return {
        "segment": rhythm.segment,
        "trunk_flexion": [float(deg) for deg in rhythm.trunk_deg],
        **{name: [round(float(v), 2) for v in deg] for name, deg in rhythm.parts_deg.items()},
    }
