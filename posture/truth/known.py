"""What is true of a motion, under the names and signs that the analyser uses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posture.truth.body.looks import Outfit
from posture.truth.body.pose import Pose
from posture.truth.motion.motion import Motion
from posture.types import Activity, EventKind, Floats, Side, Unit

LORDOSIS_NEUTRAL_DEG = 30.0  # what `lumbar_curve` calls the body's own neutral; a definition
KYPHOSIS_NEUTRAL_DEG = 35.0  # and `thoracic_rounding`


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One true number."""

    name: str
    side: Side
    value: float
    unit: Unit


def known_measures(outfit: Outfit, motion: Motion, near: Side) -> tuple[Known, ...]:
    """Return every measure of the contract that this motion fixes.

    Changes are from the same person's standing. Lengths are in legs: hip to knee to ankle, plus the
    ankle's height over the sole.
    """
    yardstick = _Yardstick(outfit, motion, near)
    if motion.activity is Activity.STANDING:
        return yardstick.standing()
    if motion.activity is Activity.FORWARD_BEND:
        return yardstick.bend()
    if motion.activity is Activity.WALKING:
        return yardstick.walking()
    if motion.activity is Activity.WALL_LUNGE:
        return yardstick.lunge()
    if motion.activity is Activity.LEG_RAISE:
        return yardstick.raised()
    return ()


def _lean(upper: Floats, lower: Floats) -> float:
    """Return the inclination of a line, degrees, forward positive (the person faces -y)."""
    off = upper - lower
    return float(np.degrees(np.arctan2(-off[1], off[2])))


class _Yardstick:
    """Reads the truth off the posed figure."""

    def __init__(self, outfit: Outfit, motion: Motion, near: Side) -> None:
        self._outfit, self._motion, self._near = outfit, motion, near
        self.leg_m = outfit.leg_m("L" if near is Side.LEFT else "R")

    def _one(self, name: str, value: float, unit: Unit = "deg", side: Side | None = None) -> Known:
        return Known(name=name, side=side or self._near, value=float(value), unit=unit)

    def _points(self, pose: Pose, root: tuple[float, float, float]) -> dict[str, Floats]:
        self._outfit.figure.take(pose, root)
        return self._outfit.figure.points(self._outfit.surface)

    def _at(self, time_s: float) -> tuple[Pose, dict[str, Floats]]:
        pose, root = self._motion.pose_at(time_s)
        return pose, self._points(pose, root)

    def _near_leg(self, pose: Pose) -> tuple[float, float]:
        leg = pose.left if self._near is Side.LEFT else pose.right
        return leg.thigh, leg.shank

    def standing(self) -> tuple[Known, ...]:
        """Return the means over the clip."""
        times = np.linspace(*self._motion.held_s, 13)
        rows = [self._standing_row(*self._at(float(t))) for t in times]
        names = rows[0].keys()
        units: dict[str, Unit] = {"pelvic_shift": "leg_length", "head_forward": "body_height"}
        means = {name: float(np.mean([row[name] for row in rows])) for name in names}
        return (
            *(self._one(name, value, units.get(name, "deg")) for name, value in means.items()),
            *self._tilted(means["pelvic_tilt"]),
        )

    def _tilted(self, neutral_deg: float) -> tuple[Known, ...]:
        """Return what the calibration pose adds."""
        if self._motion.tilted_s is None:
            return ()
        back, forward = (
            self._standing_row(*self._at(t))["pelvic_tilt"] for t in self._motion.tilted_s
        )
        place = (neutral_deg - back) / (forward - back)
        return (
            self._one("pelvic_tilt_change", forward - back),
            self._one("pelvic_position", place, "frac"),
        )

    def _standing_row(self, pose: Pose, points: dict[str, Floats]) -> dict[str, float]:
        side = self._near.value
        thigh, shank = self._near_leg(pose)
        hip, ankle, shoulder = (points[f"{side}_{p}"] for p in ("hip", "ankle", "shoulder"))
        line = points["asis"] - points["psis"]
        return {
            "pelvic_tilt": float(np.degrees(np.arctan2(-line[2], -line[1]))),
            "lumbar_curve": LORDOSIS_NEUTRAL_DEG - pose.lumbar,
            "thoracic_rounding": KYPHOSIS_NEUTRAL_DEG + pose.thorax,
            "trunk_lean": _lean(shoulder, hip),
            "pelvic_shift": -float(hip[1] - ankle[1]) / self.leg_m,
            "head_forward": -float(points[f"{side}_ear"][1] - shoulder[1])
            / self._outfit.figure.height_m,
            "knee_flexion": shank - thigh,
            "shank_lean": shank,
        }

    def bend(self) -> tuple[Known, ...]:
        """Return the bottom of the bend against the same person's standing."""
        start, standing = self._at(0.0)
        bottom, bent = self._at(sum(self._motion.held_s) / 2)
        side = self._near.value
        (thigh0, shank0), (thigh1, shank1) = self._near_leg(start), self._near_leg(bottom)
        pelvis = bottom.pelvis - start.pelvis
        lumbar, thorax = bottom.lumbar - start.lumbar, bottom.thorax - start.thorax
        tip0, tip1 = (points[f"{side}_fingertip"][2] for points in (standing, bent))
        back = [
            float(points[f"{side}_hip"][1] - points[f"{side}_ankle"][1])
            for points in (standing, bent)
        ]
        trunk = [
            _lean(points[f"{side}_shoulder"], points[f"{side}_hip"]) for points in (standing, bent)
        ]
        return (
            self._one("fingertip_floor", max(0.0, float(tip1)) / self.leg_m, "leg_length"),
            self._one("fingertip_floor_m", max(0.0, float(tip1)), "m"),
            self._one("reach_fraction", min(1.0, float((tip0 - tip1) / tip0)), "frac"),
            self._one("pelvis_on_thigh_flexion", pelvis - (thigh1 - thigh0)),
            self._one("pelvic_rotation", pelvis),
            self._one("lumbar_flexion", lumbar),
            self._one("thoracic_flexion", thorax),
            self._one("spine_flexion", lumbar + thorax),
            self._one("upper_trunk_rotation", pelvis + lumbar + thorax),
            self._one("trunk_flexion", trunk[1] - trunk[0]),
            self._one("hip_share", pelvis / (pelvis + lumbar), "frac"),
            self._one("knee_bend", (shank1 - thigh1) - (shank0 - thigh0)),
            self._one("ankle_in_bend", shank1 - shank0),
            self._one("hip_back_shift", (back[1] - back[0]) / self.leg_m, "leg_length"),
        )

    def walking(self) -> tuple[Known, ...]:
        """Return one cycle of the near leg, as good as any other."""
        cycle = _Cycle(self._motion, self._near)
        ankle, pitch, knee = cycle.ankle, cycle.pitch, cycle.knee
        stance, phase = cycle.stance_frac, cycle.phase
        up = cycle.heel_off
        middle = (phase >= 0.15) & (phase <= 0.55)
        peak = int(np.argmax(np.where(middle, ankle, -np.inf)))
        late = (phase >= 0.50) & (phase <= 0.75)
        borne = (phase >= 0.15) & (phase <= stance)
        rising = (phase >= up) & (phase <= stance)
        rate = np.gradient(pitch, phase) / cycle.stride_s
        at = np.interp
        speed, both = cycle.speed_m_s / self.leg_m, Side.BOTH
        peak_pf = -float(ankle[late].min())
        return (
            self._one("cadence", 120 / cycle.stride_s, "steps_per_min", both),
            self._one("stride_time", cycle.stride_s, "s", both),
            self._one("step_time", cycle.stride_s / 2, "s"),
            self._one("stance_share", stance, "frac"),
            self._one("double_support_share", 2 * stance - 1, "frac", both),
            self._one("step_length", speed * cycle.stride_s / 2, "leg_length", both),
            self._one("walking_speed", speed, "leg_length_per_s", both),
            self._one("peak_dorsiflexion", float(ankle[peak])),
            self._one("heel_off", up, "frac"),
            self._one("shank_at_heel_off", float(at(up, phase, cycle.shank))),
            self._one("peak_plantarflexion", peak_pf),
            self._one("plantarflexion_at_toe_off", -float(at(stance, phase, ankle))),
            self._one("push_off_range", float(ankle[peak]) + peak_pf),
            self._one("trailing_limb_angle", self._trailing(cycle)),
            self._one("hip_extension", float(cycle.thigh[borne].max())),
            self._one("knee_flexion_at_peak_dorsiflexion", float(knee[peak])),
            self._one("knee_extension_midstance", float(knee[(phase >= 0.2) & middle].min())),
            self._one("heel_rise_rate", float(rate[rising].max()), "deg_s"),
        )

    def _trailing(self, cycle: _Cycle) -> float:
        side = self._near.value
        _, points = self._at(cycle.start_s + 0.5 * cycle.stride_s)
        return _lean(points[f"{side}_hip"], points[f"{side}_ankle"])

    def lunge(self) -> tuple[Known, ...]:
        """Return the two holds."""
        first, last = (
            self._near_leg(self._at(t)[0])[1] for t in (0.5, self._motion.duration_s - 0.5)
        )
        return (
            self._one("lunge_dorsiflexion_straight", first),
            self._one("lunge_dorsiflexion_bent", last),
            self._one("gastrocnemius_share", last - first),
        )

    def raised(self) -> tuple[Known, ...]:
        """Return the height that the leg is held at."""
        pose, _ = self._at(sum(self._motion.held_s) / 2)
        return (self._one("leg_raise_angle", -self._near_leg(pose)[0]),)


class _Cycle:
    """The near leg over one cycle from heel strike, at fine steps."""

    def __init__(self, motion: Motion, near: Side) -> None:
        strikes = sorted(
            e.time_s for e in motion.events if e.kind is EventKind.HEEL_STRIKE and e.side is near
        )
        other = sorted(
            e.time_s
            for e in motion.events
            if e.kind is EventKind.HEEL_STRIKE and e.side is not near
        )
        self.start_s = strikes[0]
        every = strikes if len(strikes) > 1 else other
        self.stride_s = every[1] - every[0] if len(every) > 1 else 2 * abs(other[0] - strikes[0])
        ends = {
            kind: self._after(motion, near, kind)
            for kind in (EventKind.TOE_OFF, EventKind.HEEL_OFF)
        }
        self.stance_frac, self.heel_off = ends[EventKind.TOE_OFF], ends[EventKind.HEEL_OFF]
        self.phase = np.linspace(0, 1, 201)
        poses = [motion.pose_at(self.start_s + float(p) * self.stride_s) for p in self.phase]
        legs = [pose.left if near is Side.LEFT else pose.right for pose, _ in poses]
        self.thigh = np.array([leg.thigh for leg in legs])
        self.shank = np.array([leg.shank for leg in legs])
        self.pitch = np.array([leg.foot for leg in legs])
        self.knee, self.ankle = self.shank - self.thigh, self.shank - self.pitch
        self.speed_m_s = motion.speed_m_s

    def _after(self, motion: Motion, near: Side, kind: EventKind) -> float:
        """Return the phase of an event of the near leg."""
        times = [e.time_s for e in motion.events if e.kind is kind and e.side is near]
        return float(((times[0] - self.start_s) / self.stride_s) % 1.0)
