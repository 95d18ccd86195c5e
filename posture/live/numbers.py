"""Numbers shown while somebody moves: coarse, and said to be; the measured ones come after.

They rest on single, unsmoothed frames of the small live picture. Each has the error that such
readings had against the analysis of the same clips.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np

from posture.live.body import Body
from posture.live.moves import MoveSettings
from posture.live.moves import is_upright as stands
from posture.live.steps import Step
from posture.measures.possible import is_possible
from posture.signals.estimate import estimators, is_like_the_trained
from posture.signals.foot import foot_pitch
from posture.signals.frame import SHADOW
from posture.signals.shape import bend_features, shape_features
from posture.types import Activity, Floats, Unit

Key = Literal["reach", "bend", "hip_share", "cadence", "push_off", "raise", "passes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveNumber:
    """One number while it happens."""

    key: Key
    value: float
    sd: float | None  # None where it is counted, not measured
    unit: Unit


# The measures that these are coarse readings of, for what no body can have.
_READS: dict[Key, tuple[str, Activity]] = {
    "bend": ("trunk_flexion", Activity.FORWARD_BEND),
    "hip_share": ("hip_share", Activity.FORWARD_BEND),
    "cadence": ("cadence", Activity.WALKING),
    "raise": ("leg_raise_angle", Activity.LEG_RAISE),
}
_LEGS_PER_HEIGHT = 2.0  # a leg is .49 of the height; the range is wider than that by far
_PITCH_DEG = (-30.0, 95.0)  # ours: geometry, a foot on its heel and one on the tips of its toes


def can_be(number: LiveNumber) -> bool:
    """Return whether a body can have this: a reading of one frame is as far off as its points.

    Source
        posture/measures/possible.toml, of the measure that the number is a coarse reading of.
    """
    bend = Activity.FORWARD_BEND
    if number.key == "reach":
        if number.unit == "m":
            return is_possible("fingertip_floor_m", bend, number.value)
        return is_possible("fingertip_floor", bend, _LEGS_PER_HEIGHT * number.value)
    if number.key == "push_off":
        return _PITCH_DEG[0] <= number.value <= _PITCH_DEG[1]
    return number.key not in _READS or is_possible(*_READS[number.key], number.value)


# Twice what the same points give in the analysis of a recording; ours, from the truth clips.
_REACH_SD_HEIGHTS = 0.025
_BEND_SD_DEG = 6.0
_CADENCE_SD = 6.0
_PUSH_SD_DEG = 8.0
_SHARE_SD_FRAC = 0.1
_BENT_DEG = 35.0  # trunk; below it the share of the hips is a quotient of two small numbers
_EVERY_S = 0.2  # the shape is read so often
_NEUTRALS = 15  # frames of standing that are kept
_STRIDES_S = 5.0  # window of cadence and push-off
_FEWEST_STEPS = 3


class Numbers:
    """Keeps what the numbers of the running step need."""

    def __init__(self, height_m: float | None) -> None:
        self._height_m = height_m
        self.begin()

    def begin(self) -> None:
        """Forget the step before."""
        self._floor_y: deque[float] = deque(maxlen=_NEUTRALS)
        self._shapes: deque[Floats] = deque(maxlen=_NEUTRALS)
        self._body_px: float = math.nan
        self._reach: LiveNumber | None = None
        self._bend: LiveNumber | None = None
        self._share: LiveNumber | None = None
        self._raise: LiveNumber | None = None
        self._read_s = -math.inf
        self._legs: deque[tuple[float, float]] = deque()
        self._pitch: deque[tuple[float, float]] = deque()

    def add(self, step: Step, body: Body | None, passes: int | None) -> tuple[LiveNumber, ...]:
        """Take in one frame of a step being done and return what can be shown."""
        if body is not None:
            if step.activity is Activity.FORWARD_BEND:
                self._bending(body)
            elif step.activity is Activity.WALKING:
                self._walking(body)
            elif step.activity is Activity.LEG_RAISE:
                raised = LiveNumber(key="raise", value=body.raise_deg, sd=_BEND_SD_DEG, unit="deg")
                best = -math.inf if self._raise is None else self._raise.value
                if raised.value > best and can_be(raised):
                    self._raise = raised
        counted = (
            None
            if passes is None
            else LiveNumber(key="passes", value=passes, sd=None, unit="count")
        )
        shown = (self._reach, self._bend, self._share, self._raise, *self._gait(), counted)
        return tuple(number for number in shown if number is not None and can_be(number))

    def _bending(self, body: Body) -> None:
        reads = body.time_s - self._read_s >= _EVERY_S
        if stands(body, MoveSettings()):
            self._floor_y.append(_floor_y(body))
            if reads:
                self._body_px = body.size_px
                self._keep_shape(body)
            return
        if not self._floor_y:
            return
        best = self._bend.value if self._bend is not None else -math.inf
        bent = LiveNumber(key="bend", value=body.trunk_deg, sd=_BEND_SD_DEG, unit="deg")
        if bent.value > best and can_be(bent):
            self._bend = bent
        self._reach = self._nearer(body)
        if reads and body.trunk_deg >= max(_BENT_DEG, best - _BEND_SD_DEG):
            self._read_s = body.time_s
            self._share = self._hip_share(body) or self._share

    def _nearer(self, body: Body) -> LiveNumber:
        height_px = 1.28 * self._body_px if self._body_px == self._body_px else body.height_px
        up_heights = max(0.0, (float(np.median(self._floor_y)) - body.fingertip_y) / height_px)
        factor = 1.0 if self._height_m is None else self._height_m
        number = LiveNumber(
            key="reach",
            value=up_heights * factor,
            sd=_REACH_SD_HEIGHTS * factor,
            unit="body_height" if self._height_m is None else "m",
        )
        return number if self._reach is None or number.value < self._reach.value else self._reach

    def _keep_shape(self, body: Body) -> None:
        self._read_s = body.time_s
        shape = self._shape(body)
        if shape is not None:
            self._shapes.append(shape)

    def _shape(self, body: Body) -> Floats | None:
        forward = np.array([body.forward])
        return shape_features(body.landmarks, forward, body.near, 0, self._body_px)

    def _hip_share(self, body: Body) -> LiveNumber | None:
        """Return the pelvis's part of the bend, as the analysis reads it off the body's shape."""
        shape = self._shape(body)
        if shape is None or not self._shapes:
            return None
        neutral = np.median(np.array(self._shapes), axis=0)
        read = estimators()["bend"](bend_features(shape, neutral))
        pelvis = read.values["pelvic_rotation"]
        whole = pelvis + read.values["lumbar_flexion"] + read.values["thoracic_flexion"]
        if not is_like_the_trained(read.unlikeness) or whole < _BENT_DEG:
            return None
        share = min(1.0, max(0.0, pelvis / whole))
        return LiveNumber(key="hip_share", value=share, sd=_SHARE_SD_FRAC, unit="frac")

    def _walking(self, body: Body) -> None:
        pitch = float(foot_pitch(body.landmarks, np.array([body.forward]), body.near).value[0])
        for rows, value in (
            (self._legs, body.leg_deg - body.far_leg_deg),
            (self._pitch, pitch),
        ):
            rows.append((body.time_s, value))
            while body.time_s - rows[0][0] > _STRIDES_S:
                rows.popleft()

    def _gait(self) -> tuple[LiveNumber | None, LiveNumber | None]:
        """Return cadence from how often the legs pass each other, and the pitch at push-off."""
        crossed = _crossings(self._legs)
        if len(crossed) < _FEWEST_STEPS + 1:
            return (None, None)
        step_s = float(np.median(np.diff(crossed)))
        pitch = float(np.quantile([value for _, value in self._pitch], 0.95))
        return (
            LiveNumber(key="cadence", value=60 / step_s, sd=_CADENCE_SD, unit="steps_per_min"),
            LiveNumber(key="push_off", value=pitch, sd=_PUSH_SD_DEG, unit="deg"),
        )


_LEGS_APART_DEG = 8.0  # ours; the legs have to part by this much between two passings


def _crossings(rows: deque[tuple[float, float]]) -> list[float]:
    """Return when the legs passed each other, each time only after they had been apart."""
    found: list[float] = []
    side = 0.0
    for time_s, apart in rows:
        if abs(apart) < _LEGS_APART_DEG:
            continue
        now = math.copysign(1.0, apart)
        if side and now != side:
            found.append(time_s)
        side = now
    return found


def _floor_y(body: Body) -> float:
    outline = body.landmarks.outline_px(0)
    if outline is None:
        return body.sole_y
    lowest = float(outline[:, 1].max())
    # an outline that ends far from the feet is a shadow's
    return lowest if abs(lowest - body.sole_y) < SHADOW * body.height_px else body.sole_y
