"""A stick figure with chosen angles: stands, bends, squats, lunges, walks and runs.

Its own forward kinematics from segment lengths; nothing of `posture` is used but the names of the
points. Lengths are body heights, axes: forward, up, to the person's left. Angles are degrees:
a segment's inclination is from the vertical, upper end forward positive; a foot's pitch is 0 flat,
heel up positive.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from scipy.interpolate import PchipInterpolator

from posture.landmarks.skeleton import NAMES
from posture.types import Floats, Side

# Shares of body height (Drillis & Contini 1966, as in Winter 2009); the rest of the foot and head
# is chosen: points where the model puts them, not bones.
SHANK = 0.246
THIGH = 0.245
TRUNK = 0.288  # hip to shoulder
UPPER_ARM = 0.186
FOREARM = 0.146
HAND = 0.108  # wrist to middle fingertip
ANKLE_HEIGHT = 0.039
SHOULDER_WIDTH = 0.21
HIP_WIDTH = 0.10
NECK = 0.12  # shoulder to ear
KNUCKLES = 0.06  # wrist to knuckles
LEG_LENGTH = THIGH + SHANK + ANKLE_HEIGHT

# Seen from the ankle with the foot flat: forward, up.
HEEL = (-0.040, -0.031)  # the point
TOE = (0.110, -0.037)
HEEL_SOLE = (-0.040, -ANKLE_HEIGHT)  # what touches the floor
TOE_SOLE = (0.110, -ANKLE_HEIGHT)
# The two points of a flat foot lie at different heights, as the model's do.
FLAT_FOOT_DEG = math.degrees(math.atan2(HEEL[1] - TOE[1], TOE[0] - HEEL[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A body over time."""

    time_s: Floats
    points: Mapping[str, Floats]  # (T, 3) each
    back_deg: Floats  # (T, 3) inclination of the back over sacrum, at the junction, upper thorax


def up(inclination_deg: Floats | float) -> Floats:
    """Unit vector from the lower to the upper end of a segment, shape (..., 2)."""
    lean = np.radians(inclination_deg)
    return np.stack([np.sin(lean), np.cos(lean)], axis=-1)


def pitched(offset: tuple[float, float], pitch_deg: Floats | float) -> Floats:
    """Turn an offset in the foot heel-up by the pitch."""
    pitch = np.radians(pitch_deg)
    x, y = offset
    return np.stack(
        [x * np.cos(pitch) + y * np.sin(pitch), y * np.cos(pitch) - x * np.sin(pitch)], axis=-1
    )


def leaning_deg(upper: Floats, lower: Floats) -> Floats:
    """Inclination of the line from `lower` up to `upper`, forward and up in the last axis."""
    line = np.asarray(upper) - np.asarray(lower)
    return np.asarray(np.degrees(np.arctan2(line[..., 0], line[..., 1])))


def knee_between(hip: Floats, ankle: Floats) -> Floats:
    """The knee of a leg of fixed lengths, in front of the hip-ankle line."""
    line = hip - ankle
    reach = np.linalg.norm(line, axis=-1)
    if (reach > THIGH + SHANK).any():
        raise ValueError(f"the leg is {reach.max() - THIGH - SHANK:.4f} too short for this pose")
    along = (SHANK**2 - THIGH**2 + reach**2) / (2 * reach)
    ahead = np.sqrt(np.maximum(SHANK**2 - along**2, 0.0))
    unit = line / reach[..., None]
    in_front = np.stack([unit[..., 1], -unit[..., 0]], axis=-1)
    return np.asarray(ankle + along[..., None] * unit + ahead[..., None] * in_front)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planar:
    """The sagittal joints that everything else hangs on, (T, 2) each."""

    hip: Floats
    knee: Mapping[Side, Floats]
    ankle: Mapping[Side, Floats]
    pitch_deg: Mapping[Side, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Upper:
    """Trunk, head and arms, (T,) each."""

    trunk_deg: Floats
    head_deg: Floats
    arm_deg: Mapping[Side, Floats]
    forearm_deg: Mapping[Side, Floats]
    back_deg: Floats  # (T, 3)


def _figure(time_s: Floats, legs: _Planar, upper: _Upper) -> Figure:
    shoulder = legs.hip + TRUNK * up(upper.trunk_deg)
    ear = shoulder + NECK * up(upper.head_deg)
    face = up(upper.head_deg + 90.0)  # ahead of the ear
    planar: dict[str, tuple[Floats, float]] = {"nose": (ear + 0.065 * face, 0.0)}
    for side, z in ((Side.LEFT, 1.0), (Side.RIGHT, -1.0)):
        name = side.value
        for eye, width in (("inner", 0.010), ("outer", 0.030), ("", 0.020)):
            label = f"{name}_eye_{eye}".rstrip("_")
            planar[label] = (ear + 0.05 * face + 0.02 * up(upper.head_deg), z * width)
        planar[f"mouth_{name}"] = (ear + 0.055 * face - 0.03 * up(upper.head_deg), z * 0.015)
        planar[f"{name}_ear"] = (ear, z * 0.045)
        planar[f"{name}_shoulder"] = (shoulder, z * SHOULDER_WIDTH / 2)
        elbow = shoulder - UPPER_ARM * up(upper.arm_deg[side])
        hand = up(upper.forearm_deg[side])
        wrist = elbow - FOREARM * hand
        across = up(upper.forearm_deg[side] + 90.0)
        planar[f"{name}_elbow"] = (elbow, z * SHOULDER_WIDTH / 2)
        planar[f"{name}_wrist"] = (wrist, z * SHOULDER_WIDTH / 2)
        for finger, offset in (("index", 0.012), ("pinky", -0.012), ("thumb", 0.02)):
            knuckle = wrist - KNUCKLES * hand + offset * across
            planar[f"{name}_{finger}"] = (knuckle, z * SHOULDER_WIDTH / 2)
        planar[f"{name}_hip"] = (legs.hip, z * HIP_WIDTH / 2)
        planar[f"{name}_knee"] = (legs.knee[side], z * HIP_WIDTH / 2)
        ankle = legs.ankle[side]
        planar[f"{name}_ankle"] = (ankle, z * HIP_WIDTH / 2)
        planar[f"{name}_heel"] = (ankle + pitched(HEEL, legs.pitch_deg[side]), z * HIP_WIDTH / 2)
        planar[f"{name}_foot_index"] = (
            ankle + pitched(TOE, legs.pitch_deg[side]),
            z * HIP_WIDTH / 2,
        )
    points = {
        name: np.column_stack([planar[name][0], np.full(len(time_s), planar[name][1])])
        for name in NAMES
    }
    return Figure(time_s=time_s, points=points, back_deg=upper.back_deg)


# --- poses held and moved between, both feet on the floor ----------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """One pose with the feet planted; arms are straight unless the forearm says otherwise."""

    shank_deg: float = 4.0
    knee_deg: float = 2.0  # flexed
    pitch_deg: float = 0.0  # heel up, the toes staying where they are
    trunk_deg: float = 2.0  # hip to shoulder
    head_deg: float = 8.0  # shoulder to ear
    arm_deg: float = 0.0  # shoulder over elbow
    forearm_deg: float = 0.0  # elbow over wrist
    sacrum_deg: float = 18.0  # the back's outline, three places
    junction_deg: float = -8.0
    thorax_deg: float = 22.0

    @property
    def thigh_deg(self) -> float:
        return self.shank_deg - self.knee_deg

    @property
    def hip(self) -> Floats:
        """Forward and up of the floor under the ankle, foot flat."""
        over_ankle = SHANK * up(self.shank_deg) + THIGH * up(self.thigh_deg)
        return np.asarray(over_ankle + np.array([0.0, ANKLE_HEIGHT]))

    @property
    def fingertip_height(self) -> float:
        """Middle fingertip above the floor."""
        arm = UPPER_ARM * up(self.arm_deg) + (FOREARM + HAND) * up(self.forearm_deg)
        return float((self.hip + TRUNK * up(self.trunk_deg) - arm)[1])


STANDING = Pose()
# Pelvis turns 57 deg, lower back rounds by 50, upper back by 15; arms hang; knees nearly straight.
BENT = Pose(
    shank_deg=-4.0,
    knee_deg=4.0,
    trunk_deg=98.0,
    head_deg=125.0,
    sacrum_deg=18.0 + 57.0,
    junction_deg=-8.0 + 57.0 + 50.0,
    thorax_deg=22.0 + 57.0 + 50.0 + 15.0,
)
SQUAT = replace(STANDING, shank_deg=32.0, knee_deg=105.0, trunk_deg=40.0, arm_deg=-70.0)


def moving(
    time_s: Floats,
    keys: Sequence[tuple[float, Pose]],
    *,
    far: Side = Side.LEFT,
    far_foot_ahead: float = 0.0,
) -> Figure:
    """Move through poses at given times, at rest in each, both feet planted.

    `far_foot_ahead` puts the far foot this much in front of the near one, flat; its leg then
    follows the hip.
    """
    at = {field.name: _eased(time_s, keys, field.name) for field in fields(Pose)}
    shank, thigh = at["shank_deg"], at["shank_deg"] - at["knee_deg"]
    toe_sole = np.array([TOE_SOLE[0], 0.0])
    ankle = toe_sole - pitched(TOE_SOLE, at["pitch_deg"])
    knee = ankle + SHANK * up(shank)
    hip = knee + THIGH * up(thigh)
    near = far.other
    far_ankle, far_knee, far_pitch = ankle, knee, at["pitch_deg"]
    if far_foot_ahead:
        far_ankle = np.tile([far_foot_ahead, ANKLE_HEIGHT], (len(time_s), 1))
        far_knee, far_pitch = knee_between(hip, far_ankle), np.zeros_like(far_pitch)
    legs = _Planar(
        hip=hip,
        knee={near: knee, far: far_knee},
        ankle={near: ankle, far: far_ankle},
        pitch_deg={near: at["pitch_deg"], far: far_pitch},
    )
    both = (Side.LEFT, Side.RIGHT)
    upper = _Upper(
        trunk_deg=at["trunk_deg"],
        head_deg=at["head_deg"],
        arm_deg=dict.fromkeys(both, at["arm_deg"]),
        forearm_deg=dict.fromkeys(both, at["forearm_deg"]),
        back_deg=np.column_stack([at["sacrum_deg"], at["junction_deg"], at["thorax_deg"]]),
    )
    return _figure(time_s, legs, upper)


def _eased(time_s: Floats, keys: Sequence[tuple[float, Pose]], name: str) -> Floats:
    """Minimum-jerk moves between the keys, held before the first and after the last."""
    times = np.array([key[0] for key in keys])
    levels = np.array([getattr(key[1], name) for key in keys])
    if len(keys) == 1:
        return np.full(len(time_s), float(levels[0]))
    before = np.clip(np.searchsorted(times, time_s, side="right") - 1, 0, len(times) - 2)
    share = np.clip((time_s - times[before]) / np.diff(times)[before], 0.0, 1.0)
    ease = share**3 * (10 - 15 * share + 6 * share**2)
    return np.asarray(levels[before] + ease * np.diff(levels)[before])


def standing(time_s: Floats, pose: Pose = STANDING) -> Figure:
    return moving(time_s, [(0.0, pose)])


def bending(time_s: Floats, bent: Pose = BENT, upright: Pose = STANDING) -> Figure:
    """Stand 1.5 s, go down in 2 s, hold 2 s, come up in 1.5 s, stand."""
    start = float(time_s[0])
    keys = [(1.5, upright), (3.5, bent), (5.5, bent), (7.0, upright)]
    return moving(time_s, [(start + at, pose) for at, pose in keys])


# --- gait: feet that do not slide ----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Gait:
    """A way of walking: stance feet roll over heel, sole and toes, the hips keep their speed.

    Heel strike is at phase 0 and toe-off at `stance` by construction.
    """

    stride_s: float = 1.10
    stride_length: float = 0.77  # body heights
    stance: float = 0.625
    lead: float = 0.131  # heel ahead of the hips at heel strike
    hip_height: float = 0.5174
    bob: float = 0.0063  # up and down, half
    bob_lowest: float = 0.05  # phase of the lowest hip
    # foot pitch at phases; those of toe-off and after move with `stance`
    strike_deg: float = -17.0
    flat_at: float = 0.08
    heel_off_at: float = 0.285
    toe_off_deg: float = 66.0
    swing_lift: float = 0.014  # of the ankle in mid-swing, over a straight path
    landing: float = 0.3  # speed left in the ankle at heel strike, of the hips'
    treadmill: bool = False
    trunk_deg: float = 3.0

    @property
    def speed(self) -> float:
        """Body heights a second."""
        return self.stride_length / self.stride_s

    @cached_property
    def _pitch(self) -> PchipInterpolator:
        swing = 1.0 - self.stance
        knots = {
            0.0: self.strike_deg,
            self.flat_at: 0.0,
            self.heel_off_at: 0.0,
            self.stance - 0.12: 0.24 * self.toe_off_deg,
            self.stance: self.toe_off_deg,
            self.stance + 0.12 * swing: 1.07 * self.toe_off_deg,
            self.stance + 0.6 * swing: 0.0,
            self.stance + 0.9 * swing: self.strike_deg - 2.0,
            1.0: self.strike_deg,
        }
        return PchipInterpolator(list(knots), list(knots.values()))

    def pitch_deg(self, phase: Floats) -> Floats:
        """Pitch of the foot over the cycle."""
        return np.asarray(self._pitch(phase))

    def _on_floor(self, phase: Floats) -> Floats:
        """Ankle in stance, seen from where the heel touched the floor."""
        pitch = self.pitch_deg(phase)
        sole = np.array(HEEL_SOLE)
        about_heel = -pitched(HEEL_SOLE, pitch)
        about_toe = np.array(TOE_SOLE) - sole - pitched(TOE_SOLE, pitch)
        return np.where((pitch < 0)[..., None], about_heel, about_toe)

    @cached_property
    def _swing(self) -> Floats:
        """Polynomials (forward, up) of the ankle over the swing's share 0..1, lowest power first.

        Cubic: goes on from place and speed at toe-off and lands with a rest of speed; a bump up.
        """
        last = self._on_floor(self.stance - np.array([0.0, 1e-5]))
        per_share = 1.0 - self.stance
        rate = (last[0] - last[1]) / 1e-5 * per_share
        end = self._on_floor(np.array(0.0)) + np.array([self.stride_length, 0.0])
        end_rate = np.array([self.landing * self.stride_length * per_share, -0.02])
        total = end - last[0]
        coefficients = np.zeros((5, 2))
        coefficients[0], coefficients[1] = last[0], rate
        coefficients[2] = 3 * total - 2 * rate - end_rate
        coefficients[3] = -2 * total + rate + end_rate
        # the bump, 16 s^2 (1 - s)^2
        coefficients[:, 1] += 16 * self.swing_lift * np.array([0.0, 0.0, 1.0, -2.0, 1.0])
        return coefficients

    def ankle(self, phase: Floats) -> Floats:
        """Ankle over one cycle, seen from where the heel touched the floor at its start."""
        share = np.clip((phase - self.stance) / (1 - self.stance), 0.0, 1.0)
        powers = share[..., None] ** np.arange(5)
        flying = powers @ self._swing
        return np.where((phase <= self.stance)[..., None], self._on_floor(phase), flying)

    def hip_up(self, phase: Floats) -> Floats:
        """Height of the hips at a phase of either leg."""
        return np.asarray(
            self.hip_height - self.bob * np.cos(4 * np.pi * (phase - self.bob_lowest))
        )

    def leg(self, phase: Floats) -> dict[str, Floats]:
        """Hip, knee and ankle of one leg over its cycle, the hips moving on."""
        hip = np.stack([phase * self.stride_length - self.lead, self.hip_up(phase)], axis=-1)
        ankle = self.ankle(phase)
        return {"hip": hip, "knee": knee_between(hip, ankle), "ankle": ankle}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroll:
    """A figure that walks or runs, with the moments at which its feet land and leave."""

    gait: Gait
    figure: Figure
    strikes_s: Mapping[Side, Floats]
    offs_s: Mapping[Side, Floats]


# A person of 1.7 m at 3.2 m/s, landing on the whole foot.
RUN = Gait(
    stride_s=0.70,
    stride_length=1.30,
    stance=0.36,
    lead=0.12,
    hip_height=0.493,
    bob=0.015,
    bob_lowest=0.18,
    strike_deg=-8.0,
    flat_at=0.05,
    heel_off_at=0.16,
    toe_off_deg=55.0,
    swing_lift=0.10,
    trunk_deg=8.0,
)


def walking(time_s: Floats, gait: Gait | None = None, *, first_s: float = 0.0) -> Stroll:
    """Walk; the right heel lands at `first_s` (and every stride before and after)."""
    gait = gait or Gait()
    knee, ankle, pitch, arm = {}, {}, {}, {}
    strikes, offs = {}, {}
    went = gait.speed * (time_s - first_s)
    hip = np.empty((len(time_s), 2))
    for side, lag in ((Side.RIGHT, 0.0), (Side.LEFT, 0.5)):
        cycles = (time_s - first_s) / gait.stride_s - lag
        phase = cycles % 1.0
        leg = gait.leg(phase)
        start = ((cycles - phase + lag) * gait.stride_length)[:, None] * np.array([1.0, 0.0])
        hip = leg["hip"] + start
        knee[side], ankle[side] = leg["knee"] + start, leg["ankle"] + start
        pitch[side] = gait.pitch_deg(phase)
        # the arm is back when its own leg is forward
        arm[side] = 20.0 * np.cos(2 * np.pi * (phase - 0.05))
        count = np.arange(np.floor(cycles[0]), np.ceil(cycles[-1]) + 1)
        lands = first_s + (count + lag) * gait.stride_s
        leaves = lands + gait.stance * gait.stride_s
        strikes[side] = lands[(lands >= time_s[0]) & (lands <= time_s[-1])]
        offs[side] = leaves[(leaves >= time_s[0]) & (leaves <= time_s[-1])]
    back = np.zeros((len(time_s), 2))
    if gait.treadmill:
        back[:, 0] = went
    legs = _Planar(
        hip=hip - back,
        knee={side: path - back for side, path in knee.items()},
        ankle={side: path - back for side, path in ankle.items()},
        pitch_deg=pitch,
    )
    still = np.ones(len(time_s))
    upper = _Upper(
        trunk_deg=gait.trunk_deg * still,
        head_deg=10.0 * still,
        arm_deg=arm,
        forearm_deg={side: swing - 15.0 for side, swing in arm.items()},
        back_deg=np.column_stack([18.0 * still, -8.0 * still, 22.0 * still]),
    )
    return Stroll(gait=gait, figure=_figure(time_s, legs, upper), strikes_s=strikes, offs_s=offs)


def running(time_s: Floats, *, first_s: float = 0.0) -> Stroll:
    return walking(time_s, RUN, first_s=first_s)


def gait_truth(gait: Gait) -> dict[str, float]:
    """What the measures of walking should be, from the gait's own angles.

    Units as in posture/conventions.md; read off a cycle cut into 20 000, with the definitions of
    docs/method.md, section 4.4.
    """
    phase = np.linspace(0.0, 1.0, 20001)
    leg = gait.leg(phase)
    shank, thigh = leaning_deg(leg["knee"], leg["ankle"]), leaning_deg(leg["hip"], leg["knee"])
    pitch = gait.pitch_deg(phase)
    # the line from heel to toes is what a camera sees; heel and ball, on toes that lie, are pitched
    # by a fifth more of what is over 11 deg, as docs/method.md, section 3, says of people
    hidden = np.where(phase <= gait.stance, 0.2 * np.maximum(pitch - 11.0, 0.0), 0.0)
    foot = pitch + hidden
    ankle, knee = shank - foot, shank - thigh
    stance = (phase >= 0.15) & (phase <= gait.stance)
    heel_off = float(phase[(phase > gait.flat_at) & (pitch >= 5.0)][0])
    leg_deg = leaning_deg(leg["hip"], leg["ankle"])
    peak = int(np.flatnonzero(stance)[np.argmax(ankle[stance])])
    push = (phase >= 0.50) & (phase <= 0.75)
    middle = (phase >= 0.20) & (phase <= 0.55)
    rising = (phase >= heel_off) & (phase <= gait.stance)
    step = gait.stride_length / LEG_LENGTH / 2
    return {
        "cadence": 120.0 / gait.stride_s,
        "stride_time": gait.stride_s,
        "step_time": gait.stride_s / 2,
        "stance_share": gait.stance,
        "double_support_share": 2 * gait.stance - 1,
        "step_length": step,
        "walking_speed": 2 * step / gait.stride_s,
        "peak_dorsiflexion": float(ankle[peak]),
        "heel_off": heel_off,
        "shank_at_heel_off": float(np.interp(heel_off, phase, shank)),
        "peak_plantarflexion": float(-ankle[push].min()),
        "plantarflexion_at_toe_off": float(-np.interp(gait.stance, phase, ankle)),
        "push_off_range": float(ankle[peak] - ankle[push].min()),
        "trailing_limb_angle": float(np.interp(0.5, phase, leg_deg)),
        "hip_extension": float(thigh[stance].max()),
        "knee_flexion_at_peak_dorsiflexion": float(knee[peak]),
        "knee_extension_midstance": float(knee[middle].min()),
        "heel_rise_rate": float((np.gradient(foot, phase) / gait.stride_s)[rising].max()),
    }


def one_after_another(*parts: Figure, fade_s: float = 0.5) -> Figure:
    """Join figures in time, each going over into the next where the last one ended."""
    times, points = [parts[0].time_s], {n: [p] for n, p in parts[0].points.items()}
    backs = [parts[0].back_deg]
    for part in parts[1:]:
        step_s = float(np.median(np.diff(part.time_s)))
        time_s = part.time_s - part.time_s[0] + times[-1][-1] + step_s
        share = np.clip((time_s - time_s[0]) / fade_s, 0.0, 1.0)
        ease = (share**3 * (10 - 15 * share + 6 * share**2))[:, None]
        feet = [f"{s}_ankle" for s in ("left", "right")]
        ended = np.mean([points[foot][-1][-1, 0] for foot in feet])
        begins = np.mean([part.points[foot][0, 0] for foot in feet])
        shift = np.array([ended - begins, 0.0, 0.0])
        for name, path in part.points.items():
            points[name].append((1 - ease) * points[name][-1][-1] + ease * (path + shift))
        backs.append((1 - ease) * backs[-1][-1] + ease * part.back_deg)
        times.append(time_s)
    return Figure(
        time_s=np.concatenate(times),
        points={name: np.concatenate(paths) for name, paths in points.items()},
        back_deg=np.concatenate(backs),
    )
