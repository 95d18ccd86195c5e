"""What the analyser would say of people: true values with the errors it states, and its gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from posture.measures.bend_knee import SLACK_PER_KNEE
from posture.measures.doubt import DoubtRow, doubt_rows
from posture.measures.push_off import STRIDE_SD
from posture.signals.frame import FrameSettings
from posture.signals.geometry import pitch_tilt_deg
from posture.truth.restriction.people import Array, Bodies
from posture.types import Activity, Measure, Quality, Reason, Side, Unit

Flags = NDArray[np.bool_]

BEND, WALK, LUNGE, RAISE = (
    Activity.FORWARD_BEND,
    Activity.WALKING,
    Activity.WALL_LUNGE,
    Activity.LEG_RAISE,
)
LEGS = (Side.LEFT, Side.RIGHT)
FITTED_SHARE = 0.7  # ours: people whose clothes let the body's shape be read
_MISSING = {BEND: 0.08, WALK: 0.05, LUNGE: 0.03, RAISE: 0.03}  # bends: samples/accuracy.md
_SUSPECT = {BEND: 0.08, WALK: 0.05, LUNGE: 0.05, RAISE: 0.05}  # ours
_SUSPECT_NOISE = 1.5  # ours: a reason to be careful is that an error may be larger than stated
_FEW_STRIDES = 0.08  # ours: share of legs seen for fewer than six strides
_KNEE_LIMIT_DEG = 10.0  # docs/method.md, section 3.1: then the bend is asked for once more
_SURE_SDS = 0.84  # docs/method.md, section 3.1: four in five sure that the knees were bent
_OFF_AXIS_DEG = 5.0  # ours
_REPEAT_KNEE_DEG = 2.5  # ours: what is left of bent knees when straight ones were asked for

# Not in uncertainty.toml as long as no camera has measured them: docs/method.md, section 6.2.
_ASSUMED: Mapping[tuple[Activity, str], tuple[Unit, float]] = {
    (RAISE, "leg_raise_angle"): ("deg", 4.0),
    (BEND, "soft_knee_gain"): ("deg", 6.0),
    (BEND, "heel_wedge_gain"): ("leg_length", 0.02941),
}

# Errors of one clip that come from the same thing: (what, cause) -> (shared by, how much of it).
# The sacrum's tangent is in hips and back with opposite signs; a late heel-off leans the shank.
_SHARED: Mapping[tuple[str, str], tuple[str, float]] = {
    ("pelvis_on_thigh_flexion", "outline"): ("sacrum", 0.7),
    ("lumbar_flexion", "outline"): ("sacrum", -0.6),
    ("heel_off", "method"): ("heel_off", 0.9),
    ("shank_at_heel_off", "method"): ("heel_off", 0.9),
    ("shank_at_heel_off", "landmarks"): ("shank", 0.5),
    ("peak_dorsiflexion", "landmarks"): ("shank", 0.5),
    ("lunge_dorsiflexion_straight", "landmarks"): ("lunge", 0.6),
    ("lunge_dorsiflexion_bent", "landmarks"): ("lunge", 0.6),
}
_ROLL = "camera_roll"  # one camera, one roll: whole within an activity
_BOTH_LEGS = 0.6  # of a cause: the same body and clothes on both legs


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """How errors are drawn; what is stated of them stays the same."""

    noise: float = 1.0  # times the stated error
    shared: bool = True  # errors of one clip go together
    long_tails: bool = False  # Student's t with 5 degrees of freedom, of the same sd


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What somebody brings: as asked for in a check, or less."""

    strides: tuple[int, int] | None = None  # fewest and most of a leg; None = as in a check
    one_leg: bool = False  # one pass: the far leg is not measured
    neutral: bool = True  # standing was seen, so that angles are from the person's own
    again: bool = True  # a bend with bent knees is done once more
    variants: bool = True  # the bend with soft knees and with raised heels as well
    still: bool = False  # one picture
    only: tuple[str, ...] = ()  # measures that came out; () = all


AS_IN_A_CHECK = Way()
_GAINS = ("soft_knee_gain", "heel_wedge_gain")
_FEW = 3  # measures/walk.py: fewer strides are marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One measure of everybody: (n,) or, for left and right, (n, 2)."""

    name: str
    activity: Activity
    unit: Unit
    value: Array
    spread: Mapping[str, Array]  # by cause, (n,) or (n, 2)
    missing: Flags
    suspect: Flags

    @property
    def has_strides(self) -> bool:
        """It is a leg's mean over strides."""
        return self.activity is WALK and self.value.ndim == 2

    @property
    def sd(self) -> Array:
        """Root of the sum of the squares of the causes."""
        return np.asarray(np.sqrt(np.sum([sd**2 for sd in self.spread.values()], axis=0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that was measured of some people."""

    bodies: Bodies
    columns: tuple[Column, ...]
    strides: NDArray[np.int64]  # (n, 2)

    def column(self, name: str) -> Column:
        """Return a measure's column."""
        return next(column for column in self.columns if column.name == name)

    def measures(self, person: int, tests: Sequence[Activity]) -> list[Measure]:
        """Return one person's measures of some tests, as the analyser gives them."""
        found = []
        for column in self.columns:
            if column.activity in tests:
                sides = LEGS if column.value.ndim == 2 else (Side.BOTH,)
                each = [
                    _measure(column, person, place if column.value.ndim == 2 else None, side)
                    for place, side in enumerate(sides)
                ]
                found += [
                    _few_marked(m, int(self.strides[person, leg])) if column.has_strides else m
                    for leg, m in enumerate(each)
                ]
        if WALK in tests:
            found += [
                _counted(side, int(self.strides[person, leg])) for leg, side in enumerate(LEGS)
            ]
        return found


def _measure(column: Column, person: int, leg: int | None, side: Side) -> Measure:
    at = (person,) if leg is None else (person, leg)
    missing, suspect = bool(column.missing[at]), bool(column.suspect[at])
    value = float(column.value[at])
    quality = Quality.MISSING if missing else Quality.SUSPECT if suspect else Quality.GOOD
    reasons = {
        Quality.MISSING: Reason("not_seen_long_enough"),
        Quality.SUSPECT: Reason("back_may_be_hidden" if column.activity is BEND else "far_leg"),
    }
    return Measure(
        name=column.name,
        activity=column.activity,
        side=side,
        value=float("nan") if missing else value,
        unit=column.unit,
        spread={} if missing else {cause: float(sd[at]) for cause, sd in column.spread.items()},
        quality=quality,
        reason=reasons.get(quality),
    )


def _few_marked(measure: Measure, strides: int) -> Measure:
    """Return a measure of few strides with the mark that it then has."""
    if strides >= _FEW or measure.quality is not Quality.GOOD:
        return measure
    return replace(
        measure, quality=Quality.SUSPECT, reason=Reason("few_strides", {"count": strides})
    )


def _counted(side: Side, strides: int) -> Measure:
    return Measure(
        name="strides",
        activity=WALK,
        side=side,
        value=float(strides),
        unit="count",
        spread={"method": 0.0},
    )


def see(bodies: Bodies, camera: Camera | None = None, way: Way = AS_IN_A_CHECK) -> Seen:
    """Return what is measured of people; the same people and camera give the same numbers.

    Where the knees are surely bent by more than 10 deg, the bend is repeated with straighter ones
    and the second stands for both, as the program asks for it.
    """
    eye = _Eye(bodies, camera or Camera(), way)
    columns = eye.bend()
    bent = columns[0].value - _SURE_SDS * columns[0].sd > _KNEE_LIMIT_DEG
    for name, true in bodies.sided.items():
        columns.append(eye.column(name, _activity_of(name), true))
    columns.append(eye.column("walking_speed", WALK, bodies.speed))
    few = eye.drawn.uniform(size=(len(bodies), 2)) < _FEW_STRIDES
    strides = np.where(
        few, eye.drawn.integers(2, 6, few.shape), eye.drawn.integers(6, 14, few.shape)
    )
    if way.strides is not None:
        fewest, most = way.strides
        strides = eye.drawn.integers(fewest, most + 1, few.shape)
    brought = (eye.brought(column, strides) for column in columns)
    return Seen(
        bodies=bodies,
        columns=tuple(
            _by_knees(c, columns[0].value, bent) if c.activity is BEND else c for c in brought
        ),
        strides=strides,
    )


def _by_knees(column: Column, knee_deg: Array, bent: Flags) -> Column:
    """Return a bend's column as the knees leave it: suspect where they read bent, the slack told.

    The slack is in the value already, which no error was drawn for.
    """
    if column.name == "knee_bend":
        return column
    spread = dict(column.spread)
    if column.name == "pelvis_on_thigh_flexion":
        spread["soft_knee"] = SLACK_PER_KNEE * np.maximum(knee_deg, 0.0)
    return replace(column, spread=spread, suspect=(column.suspect | bent) & ~column.missing)


def _activity_of(name: str) -> Activity:
    if name == "leg_raise_angle":
        return RAISE
    return LUNGE if name.startswith("lunge_") else WALK


class _Eye:
    """Draws every person's view and errors, in one order."""

    def __init__(self, bodies: Bodies, camera: Camera, way: Way) -> None:
        self.bodies, self.camera, self.way = bodies, camera, way
        self.drawn = np.random.default_rng([bodies.order.seed, 77, len(bodies.generator)])
        n = len(bodies)
        self.yaw_deg = np.minimum(np.abs(self.drawn.normal(0, 6, n)), 18.0)
        self.fitted = self.drawn.uniform(size=n) < FITTED_SHARE
        self.shared: dict[str, Array] = {}

    def brought(self, column: Column, strides: NDArray[np.int64]) -> Column:
        """Return a column as it is with what somebody brings: wider, marked or not there."""
        way, row = self.way, doubt_rows().get((column.activity, column.name))
        if column.has_strides and column.name in STRIDE_SD:
            column = self._wider(column, "scatter", STRIDE_SD[column.name] / np.sqrt(strides))
        if not way.neutral and row is not None and row.neutral:
            sd = np.full(column.value.shape, row.neutral)
            column = self._wider(column, "neutral", sd)
        gone = (column.name in _GAINS and not way.variants) or (
            bool(way.only) and column.name not in way.only
        )
        missing = column.missing | gone
        if way.one_leg and column.value.ndim == 2:
            missing = missing | np.array([False, True])
        return replace(column, missing=missing, suspect=column.suspect & ~missing)

    def _wider(self, column: Column, cause: str, sd: Array) -> Column:
        """Return a column with one more cause of error, drawn as large as it is stated."""
        off = self.camera.noise * sd * self._numbers(column.value.shape)
        return replace(column, value=column.value + off, spread={**column.spread, cause: sd})

    def bend(self) -> list[Column]:
        """Return the bend's columns, the repeated bend in place of one with bent knees."""
        true = dict(self.bodies.bend)
        reach = self.bodies.fingertip_m / self.bodies.leg_m
        knee = self.column("knee_bend", BEND, true.pop("knee_bend"))
        bent = (knee.value - _SURE_SDS * knee.sd > _KNEE_LIMIT_DEG) & self.way.again
        straighter = self.column("knee_bend", BEND, np.full(len(bent), _REPEAT_KNEE_DEG))
        knee = Column(
            name=knee.name,
            activity=BEND,
            unit=knee.unit,
            value=np.where(bent, straighter.value, knee.value),
            spread=knee.spread,
            missing=knee.missing,
            suspect=knee.suspect,
        )
        reached = self.column("fingertip_floor", BEND, reach)
        at_floor = reached.value < reached.sd / 2
        reached = Column(
            name=reached.name,
            activity=BEND,
            unit=reached.unit,
            value=np.where(at_floor, 0.0, reached.value),
            spread=reached.spread,
            missing=reached.missing,
            suspect=reached.suspect,
        )
        return [knee, reached, *(self.column(name, BEND, value) for name, value in true.items())]

    def column(self, name: str, activity: Activity, true: Array) -> Column:
        """Return one measure of everybody."""
        unit, spread = self._spread(name, activity, true)
        error = sum(self._error(name, activity, cause, sd) for cause, sd in spread.items())
        gone = self.drawn.uniform(size=true.shape)
        missing = gone < _MISSING[activity]
        suspect = (gone < _MISSING[activity] + _SUSPECT[activity]) & ~missing
        still = self.way.still and activity is BEND
        suspect = (suspect | still) & ~missing
        noise = self.camera.noise * np.where(suspect, _SUSPECT_NOISE, 1.0)
        return Column(
            name=name,
            activity=activity,
            unit=unit,
            value=true + noise * error,
            spread=spread,
            missing=missing,
            suspect=suspect,
        )

    def _spread(self, name: str, activity: Activity, true: Array) -> tuple[Unit, dict[str, Array]]:
        """Return a measure's unit and its stated error by cause."""
        row = doubt_rows().get((activity, name))
        if row is None:
            unit, sd = _ASSUMED[activity, name]
            return unit, {"assumed": np.full(true.shape, sd)}
        by_person = self._by_shape(row)
        if true.ndim == 2:
            by_person = {cause: np.repeat(sd[:, None], 2, 1) for cause, sd in by_person.items()}
        yaw = self.yaw_deg if true.ndim == 1 else self.yaw_deg[:, None]
        seen_yaw = np.hypot(yaw, FrameSettings().yaw_sd_deg)
        if row.sagittal:
            by_person["yaw"] = _yaw_doubt_deg(true, seen_yaw)
        elif row.per_yaw_deg:
            by_person["yaw"] = np.broadcast_to(row.per_yaw_deg * seen_yaw, true.shape)
        if row.per_roll_deg:
            lean = pitch_tilt_deg(FrameSettings().pitch_sd_deg, _OFF_AXIS_DEG)
            roll = row.per_roll_deg * np.hypot(FrameSettings().roll_sd_deg, lean)
            by_person[_ROLL] = np.full(true.shape, roll)
        return row.unit, by_person

    def _by_shape(self, row: DoubtRow) -> dict[str, Array]:
        """Return the row's causes, those of a body whose shape was read where clothes fit."""
        n, read = len(self.bodies), row.estimated or row.sd
        return {
            cause: np.where(self.fitted, read.get(cause, sd), sd) * np.ones(n)
            for cause, sd in row.sd.items()
        }

    def _error(self, name: str, activity: Activity, cause: str, sd: Array) -> Array:
        """Return errors of one cause, shared with what else comes from the same thing."""
        own = self._numbers(sd.shape)
        if not self.camera.shared:
            return sd * own
        if cause == _ROLL:
            factor, loading = f"{activity.value} roll", 1.0
        else:
            factor, loading = _SHARED.get((name, cause), (f"{name} {cause}", 0.0))
        if sd.ndim == 2 and abs(loading) < 1:  # the legs' own part is shared by half as well
            both = self._numbers((len(sd), 1))
            own = np.sqrt(_BOTH_LEGS) * both + np.sqrt(1 - _BOTH_LEGS) * own
        if factor not in self.shared:
            self.shared[factor] = self._numbers((len(sd),))
        common = self.shared[factor] if sd.ndim == 1 else self.shared[factor][:, None]
        return np.asarray(sd * (loading * common + np.sqrt(1 - loading**2) * own))

    def _numbers(self, shape: tuple[int, ...]) -> Array:
        """Return numbers of mean 0 and sd 1."""
        if not self.camera.long_tails:
            return self.drawn.standard_normal(shape)
        freedom = 5.0
        return np.asarray(self.drawn.standard_t(freedom, shape) * np.sqrt((freedom - 2) / freedom))


def _yaw_doubt_deg(value_deg: Array, yaw_deg: Array) -> Array:
    """Return `measures.doubt.yaw_doubt_deg` of many."""
    bounded = np.radians(np.clip(value_deg, -45.0, 45.0))
    seen = np.arctan(np.tan(bounded) * np.cos(np.radians(yaw_deg)))
    return np.asarray(np.degrees(np.abs(bounded - seen)))
