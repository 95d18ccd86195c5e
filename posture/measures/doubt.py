"""The doubt in a measure, by cause."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from posture.measures.take import Take
from posture.signals.geometry import pitch_tilt_deg, seen_angle_deg
from posture.types import UNITS, Activity, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtRow:
    """What is not known about one measure; one row of uncertainty.toml."""

    measure: str
    activity: Activity
    unit: Unit
    sd: Mapping[str, float]  # by cause
    source: str
    estimated: Mapping[str, float] | None = None  # the same where the body's shape was read
    neutral: float = 0.0  # more, where the standing it is held against is people's, not their own
    sagittal: bool = False
    per_yaw_deg: float = 0.0
    per_roll_deg: float = 0.0
    per_off_axis_deg: float = 0.0  # with the person in a corner of the picture
    by_model: Mapping[str, float] | None = None  # how much wider with another model than full

    def __post_init__(self) -> None:
        faults = [
            told
            for wrong, told in (
                (self.unit not in UNITS, f"unknown unit {self.unit!r}"),
                (not self.sd, "no cause of doubt"),
                (any(sd < 0 for sd in self._all()), "a negative doubt"),
                (not self.source.strip(), "source left blank"),
            )
            if wrong
        ]
        if faults:
            raise ValueError(f"{self.measure}: {'; '.join(faults)}")

    def _all(self) -> tuple[float, ...]:
        return (*self.sd.values(), *(self.estimated or {}).values(), self.neutral)

    def shape_spread(self, wider: float) -> dict[str, float]:
        """Return what stands in for `sd` where the body's shape was read.

        Sign
            Never negative.
        Needs
            How much wider the error is than for the bodies trained on.
        Source
            `estimated`, from scoring on bodies not trained on.
        """
        causes = self.sd if self.estimated is None else self.estimated
        return {cause: sd if cause == "bone_shape" else sd * wider for cause, sd in causes.items()}


@cache
def doubt_rows() -> Mapping[tuple[Activity, str], DoubtRow]:
    """Read and check the whole table; a bad row stops the program.

    Sign
        Never negative.
    Source
        uncertainty.toml, each row its own.
    """
    text = files("posture.measures").joinpath("uncertainty.toml").read_text("utf-8")
    rows = [
        DoubtRow(**{**row, "activity": Activity(row["activity"])})
        for row in tomllib.loads(text)["row"]
    ]
    table = {(row.activity, row.measure): row for row in rows}
    if len(table) != len(rows):
        raise ValueError("uncertainty.toml: a measure has two rows")
    return table


def spread_of(
    row: DoubtRow,
    value: float,
    take: Take,
    more: Mapping[str, float],
    shape: float | None = None,
) -> dict[str, float]:
    """Return a measure's doubt by cause, widened by what this clip is like.

    `more` adds causes known only here: scatter between strides, a neutral taken elsewhere. `shape`
    says that the value was read off the body's shape, and how much wider its error is than for the
    bodies that was learnt from; None where it was not.

    Sign
        Never negative.
    Needs
        The measure's row and the take it was read from.
    Source
        Yaw by projection, tan(seen) = tan(true) cos(yaw), the estimate's own doubt added to the
        yaw; roll and pitch as the doubt that setting a camera up by eye leaves; off the
        camera's axis people are seen from another side; the lite and heavy models as scored
        against full.
    """
    view = take.segment.view
    spread = dict(row.sd) if shape is None else row.shape_spread(shape)
    yaw_deg = math.hypot(view.yaw_deg, view.yaw_sd_deg)
    if row.sagittal:
        spread["yaw"] = yaw_doubt_deg(value, yaw_deg)
    elif row.per_yaw_deg:
        spread["yaw"] = row.per_yaw_deg * yaw_deg
    if row.per_roll_deg:
        spread["camera_roll"] = row.per_roll_deg * view.roll_sd_deg
        lean_deg = pitch_tilt_deg(view.pitch_sd_deg, take.off_axis_deg)
        spread["camera_pitch"] = row.per_roll_deg * lean_deg
    if row.per_off_axis_deg:
        spread["off_axis"] = row.per_off_axis_deg * take.off_axis_deg
    wider = (row.by_model or {}).get(_model_of(take), 1.0)
    return {**{cause: _for_model(cause, sd, wider) for cause, sd in spread.items()}, **more}


def _model_of(take: Take) -> str:
    """Return which of the bundles found the points: lite, full or heavy; else its file's name."""
    name = take.landmarks.model.partition(" ")[0]
    return next((kind for kind in ("lite", "full", "heavy") if kind in name), name)


def _for_model(cause: str, sd: float, wider: float) -> float:
    """Widen what the model is to blame for: its points and its outline."""
    return sd * wider if cause in {"landmarks", "outline"} else sd


def yaw_doubt_deg(value_deg: float, yaw_deg: float) -> float:
    """Return how far an angle read at a yaw may be from the true one.

    Unit
        Degrees.
    Sign
        Never negative.
    Needs
        An angle from the vertical in the sagittal plane; yaw under 60 deg.
    Source
        tan(seen) = tan(true) cos(yaw); at the steepest the two differ by yaw^2/4.
    """
    bounded = max(-_STEEPEST_DEG, min(_STEEPEST_DEG, value_deg))
    seen = float(seen_angle_deg(bounded, min(abs(yaw_deg), _LARGEST_YAW_DEG)))
    return abs(bounded - seen)


_STEEPEST_DEG = 45.0  # an angle's projection is off most here; larger ones are not worse
_LARGEST_YAW_DEG = 60.0  # far beyond any view that is measured
