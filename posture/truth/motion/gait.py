"""Walking by inverse kinematics: feet that do not slide, events that are exact.

A foot in stance is pinned to the floor: it rolls over the heel, lies flat, rolls over the ball and,
once the toe joint has given all it gives, over the toe's tip. The pelvis goes forward at constant
speed, as high as a normal knee in stance asks. The leg in between follows from both; in swing it is
a spline that joins them without a jolt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.optimize import linprog

from posture.truth.body.figure import Figure, marks
from posture.truth.body.looks import Outfit
from posture.truth.body.pose import ArmPose, LegPose, Pose
from posture.truth.body.turns import about_x, about_z
from posture.truth.motion.legs import Forward, two_bones
from posture.truth.motion.motion import Moment, Motion, Place
from posture.truth.motion.standing import Stance, standing_pose
from posture.types import Activity, EventKind, Floats, Side

_LETTERS = {Side.LEFT: "L", Side.RIGHT: "R"}
_PHASE = {Side.RIGHT: 0.0, Side.LEFT: 0.5}
# Knee flexion in stance over the cycle (Winter 2009, natural cadence; read to the nearest degree).
_KNEE_PHASE = (0.0, 0.06, 0.14, 0.25, 0.38, 0.46, 0.50)
_KNEE_DEG = (5.0, 12.0, 17.0, 11.0, 5.0, 6.0, 9.0)


# How the heel rises from its first rise to toe-off: shares of that time, of the pitch at toe-off.
# Ours, the course of five real walkers before the toe-off that the eye sees; it brings ankle, thigh
# and shank at heel-off nearer to the norms of docs/method.md, 4.3, than a late rise does.
_RISEN_AT = (0.0, 0.2, 0.4, 0.55, 0.65, 0.77, 0.88, 1.0)
_RISEN = (0.0, 0.07, 0.16, 0.26, 0.40, 0.66, 0.88, 1.0)


def _waves(phase: float) -> Floats:
    """Return what the pelvis's height is made of: three waves a step, at a phase of the cycle."""
    turn = 4 * np.pi * phase
    return np.array([1, *(f(k * turn) for k in (1, 2, 3) for f in (np.cos, np.sin))])


@dataclass(frozen=True, slots=True, kw_only=True)
class Footwork:
    """How one foot leaves the floor."""

    rise: float = 0.37  # of the cycle; the heel begins to rise
    toe_off_pitch: float = 58.0  # degrees
    toe_joint: float = 34.0  # degrees it extends before the tip takes over
    midstance_knee: float = 0.0  # degrees more flexion than usual from mid-stance on


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How somebody walks."""

    stride_s: float = 1.08
    step_m: float = 0.66
    toe_off: float = 0.62  # of the cycle
    strike_pitch: float = -20.0  # degrees, toes up
    flat: float = 0.075  # of the cycle; the whole foot bears from here on
    under: float = 0.235  # of the cycle; the ankle is under the hip
    trunk: float = 3.0
    pelvis: float = 3.0
    pelvis_turn: float = 4.0
    arm_swing: float = 22.0
    swing_knee: float = 60.0
    left: Footwork = field(default_factory=Footwork)
    right: Footwork = field(default_factory=Footwork)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Foot:
    """Points of a foot on its sole, from the ankle: forward, up; metres."""

    heel: Forward
    ball: Forward
    tip: Forward


def _turned(deg: float, point: Forward) -> Forward:
    """Return a point of the foot after a pitch about the ankle."""
    turn = np.radians(deg)
    c, s = float(np.cos(turn)), float(np.sin(turn))
    return c * point[0] + s * point[1], -s * point[0] + c * point[1]


class _Walker:
    """One figure walking."""

    def __init__(self, outfit: Outfit, walk: Walk) -> None:
        self.outfit, self.walk = outfit, walk
        self.figure: Figure = outfit.figure
        self.thigh_m = self.figure.length("upperleg01.R", "lowerleg01.R")
        self.shank_m = self.figure.length("lowerleg01.R", "foot.R")
        self.speed = 2 * walk.step_m / walk.stride_s
        self._feet = {side: self._foot(letter) for side, letter in _LETTERS.items()}
        self._swings: dict[Side, CubicSpline] = {}
        self._knee_more = 0.0
        self._toes_up = 0.0

    def _foot(self, letter: str) -> _Foot:
        figure, surface = self.figure, self.outfit.surface
        ankle, turn = figure.head(f"foot.{letter}"), figure.neutral_foot(letter)
        sole = self.outfit.sole_z

        def on_sole(point: Floats, ahead: float) -> Forward:
            off = turn @ (np.array([point[0], point[1], sole]) - ankle)
            return -float(off[1]) + ahead, float(off[2])

        at = marks()
        ball = (figure.head(f"toe1-1.{letter}") + figure.head(f"toe3-1.{letter}")) / 2
        return _Foot(
            heel=on_sole(surface[at.heel[letter]], 0.010),
            ball=on_sole(ball, 0.0),
            tip=on_sole(surface[at.toe[letter]], -0.012),
        )

    # -- stance -----------------------------------------------------------------------------------

    def footwork(self, side: Side) -> Footwork:
        return self.walk.left if side is Side.LEFT else self.walk.right

    def pitch(self, side: Side, phase: float) -> float:
        """Foot pitch in stance, degrees."""
        walk, work = self.walk, self.footwork(side)
        if phase <= walk.flat:
            return float(walk.strike_pitch * (1 - phase / walk.flat) ** 1.3)
        return 0.0 if phase <= work.rise else float(self._rises[side](min(phase, walk.toe_off)))

    @cached_property
    def _rises(self) -> dict[Side, PchipInterpolator]:
        """The foot's pitch over the cycle from where the heel rises, degrees."""
        found = {}
        for side in _PHASE:
            work = self.footwork(side)
            at = work.rise + np.array(_RISEN_AT) * (self.walk.toe_off - work.rise)
            pitch = np.array(_RISEN) * work.toe_off_pitch
            found[side] = PchipInterpolator([work.rise - 0.02, *at], [0.0, *pitch])
        return found

    def planted(self, side: Side, phase: float) -> tuple[Forward, float, float]:
        """Ankle from where the ball lies when the foot is flat, foot and toe pitch; m, degrees."""
        foot, pitch = self._feet[side], self.pitch(side, phase)
        joint = self.footwork(side).toe_joint
        if phase <= self.walk.flat:
            heel = _turned(pitch, foot.heel)
            ankle = (foot.heel[0] - foot.ball[0] - heel[0], -heel[1])
            return ankle, pitch, pitch
        toe = max(0.0, pitch - joint)
        # the ball, seen from the tip that stays where it is
        back = _turned(toe, (foot.ball[0] - foot.tip[0], foot.ball[1] - foot.tip[1]))
        ball = (foot.tip[0] - foot.ball[0] + back[0], back[1])
        reach = _turned(pitch, foot.ball)
        gives = max(0.0, (phase - self.walk.toe_off) / _GIVES + 1)
        ahead = ball[0] - reach[0] + _GIVES_M * gives**2
        return (ahead, ball[1] - reach[1]), pitch, toe

    def _ball_ahead(self, side: Side, stance: int) -> float:
        """Where the ball of a stance lies, forward; metres."""
        middle_s = (stance + _PHASE[side] + self.walk.under) * self.walk.stride_s
        return self.speed * middle_s + self._feet[side].ball[0]

    def pelvis(self, time_s: float) -> tuple[float, float]:
        """Inclination and turn of the pelvis, degrees."""
        phase = time_s / self.walk.stride_s
        return (
            self.walk.pelvis + 1.2 * float(np.cos(4 * np.pi * (phase - 0.05))),
            -self.walk.pelvis_turn * float(np.cos(2 * np.pi * phase)),
        )

    def hip(self, side: Side, time_s: float, height: float) -> Forward:
        """Hip joint: forward, up."""
        tilt, turn = self.pelvis(time_s)
        off = self.figure.head(f"upperleg01.{_LETTERS[side]}") - self.figure.heads[0]
        off = about_z(turn) @ about_x(tilt) @ off
        return self.speed * time_s - float(off[1]), height + float(off[2])

    def height(self, time_s: float) -> float:
        """Height of the root, metres."""
        return float(self._height_waves @ _waves(time_s / self.walk.stride_s))

    @cached_property
    def _height_waves(self) -> Floats:
        """Amounts of the waves in the pelvis's height.

        As near as may be to the height at which the leading leg has the knee that a stance should
        have, and never so high that a foot on the floor is out of reach (a linear programme).
        """
        wanted = PchipInterpolator(_KNEE_PHASE, _KNEE_DEG)
        more = (self.walk.left.midstance_knee + self.walk.right.midstance_knee) / 2
        rows, heights, limits, most = [], [], [], []
        for phase in np.linspace(0, 0.5, 51)[:-1]:
            from_there = float(np.clip((phase - 0.15) / 0.1, 0, 1))
            knee = float(wanted(phase)) + more * from_there
            rows.append(_waves(float(phase)))
            heights.append(self._height_for(Side.RIGHT, float(phase), knee))
        for side, off in _PHASE.items():
            for phase in np.linspace(0, self.walk.toe_off, 50):
                limits.append(_waves(float(phase) + off))
                most.append(self._height_for(side, float(phase), _STRAIGHTEST_DEG))
        count, waves = len(rows), len(rows[0])
        apart = np.hstack([np.array(rows), -np.eye(count)])
        found = linprog(
            np.concatenate([np.zeros(waves), np.ones(count)]),
            A_ub=np.vstack(
                [
                    apart,
                    np.hstack([-np.array(rows), -np.eye(count)]),
                    np.hstack([np.array(limits), np.zeros((len(limits), count))]),
                ]
            ),
            b_ub=np.concatenate([heights, -np.array(heights), most]),
            bounds=[(None, None)] * waves + [(0, None)] * count,
        )
        return np.asarray(found.x, dtype=np.float64)[:waves]

    def _height_for(self, side: Side, phase: float, knee_deg: float) -> float:
        """Height of the root at which a planted leg has this knee, metres."""
        time_s = (phase + _PHASE[side]) * self.walk.stride_s
        ankle, _, _ = self.planted(side, phase)
        hip = self.hip(side, time_s, 0.0)
        across = self._ball_ahead(side, 0) + ankle[0] - hip[0]
        bent = 2 * self.thigh_m * self.shank_m * float(np.cos(np.radians(knee_deg)))
        reach2 = self.thigh_m**2 + self.shank_m**2 + bent
        return ankle[1] + float(np.sqrt(max(reach2 - across**2, 1e-6))) - hip[1]

    def stance_leg(self, side: Side, stance: int, time_s: float) -> Floats:
        """Inclinations of thigh, shank, foot and toe, degrees."""
        phase = time_s / self.walk.stride_s - stance - _PHASE[side]
        ankle, foot, toe = self.planted(side, phase)
        place = (self._ball_ahead(side, stance) + ankle[0], ankle[1])
        hip = self.hip(side, time_s, self.height(time_s))
        thigh, shank = two_bones(self.thigh_m, self.shank_m, hip, place)
        return np.array([thigh, shank, foot, toe])

    # -- swing ------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Find swings whose toes clear the floor."""
        for _ in range(8):
            self._swings = {side: self._swing(side) for side in _PHASE}
            low = min(self._clearance(side) for side in _PHASE)
            if low >= -_GRAZE_M:
                return
            self._knee_more += 2.0
            self._toes_up += 2.0

    def _swing(self, side: Side) -> CubicSpline:
        walk, step = self.walk, 0.012
        off = _PHASE[side]

        def at(stance: int, phase: float) -> Floats:
            return self.stance_leg(side, stance, (stance + off + phase) * walk.stride_s)

        leaves, lands = at(0, walk.toe_off), at(1, 0.0)
        leaving = np.clip((leaves - at(0, walk.toe_off - step)) / step, -450, 450)
        landing = np.clip((at(1, step) - lands) / step, -250, 250)
        # the heel comes in fast and stops within a picture: the shank still swings at contact
        swinging = np.degrees(_CONTACT_SPEED * self.speed / self.shank_m) * walk.stride_s
        landing[1:] -= swinging

        def target(thigh: float, knee: float, dorsiflexion: float) -> list[float]:
            shank = thigh + knee
            return [thigh, shank, shank - dorsiflexion, shank - dorsiflexion]

        middle = walk.toe_off + 0.22 * (1 - walk.toe_off)
        late = walk.toe_off + 0.63 * (1 - walk.toe_off)
        return CubicSpline(
            [walk.toe_off, middle, late, 1.0],
            np.array(
                [
                    leaves,
                    target(walk.pelvis - 15, walk.swing_knee + self._knee_more, -3 + self._toes_up),
                    target(walk.pelvis - 27, 28.0, 1.0 + self._toes_up / 2),
                    lands,
                ]
            ),
            bc_type=((1, leaving), (1, landing)),
        )

    def _clearance(self, side: Side) -> float:
        """Lowest point of the foot in swing over the floor, metres."""
        foot, lowest = self._feet[side], np.inf
        for phase in np.linspace(self.walk.toe_off + 0.01, 0.99, 40):
            time_s = (float(phase) + _PHASE[side]) * self.walk.stride_s
            lowest = min(lowest, self._foot_low(foot, side, time_s, self._swings[side](phase)))
        return float(lowest)

    def _foot_low(self, foot: _Foot, side: Side, time_s: float, leg: Floats) -> float:
        hip = self.hip(side, time_s, self.height(time_s))
        thigh, shank = np.radians(leg[:2])
        up = hip[1] - self.thigh_m * np.cos(thigh) - self.shank_m * np.cos(shank)
        ball = _turned(float(leg[2]), foot.ball)
        span = (foot.tip[0] - foot.ball[0], foot.tip[1] - foot.ball[1])
        tip = ball[1] + _turned(float(leg[3]), span)[1]
        return float(up + min(_turned(float(leg[2]), foot.heel)[1], ball[1], tip))

    def leg(self, side: Side, time_s: float) -> LegPose:
        """Return the leg at any time."""
        cycles = time_s / self.walk.stride_s - _PHASE[side]
        stance = int(np.floor(cycles + 1e-9))
        phase = cycles - stance
        if phase <= self.walk.toe_off:
            angles = self.stance_leg(side, stance, time_s)
        else:
            angles = np.array(self._swings[side](phase))
            low = self._foot_low(self._feet[side], side, time_s, angles)
            for _ in range(12):
                if low >= 0 or phase > _TOES_FIRST:
                    break
                angles[2:] -= 1.0
                low = self._foot_low(self._feet[side], side, time_s, angles)
        thigh, shank, foot, toe = (float(angle) for angle in angles)
        return LegPose(thigh=thigh, shank=shank, foot=foot, toe=toe)


# heel speed along the floor at contact over walking speed (Winter 1992: 0.87 of 1.3 to 1.4 m/s)
_CONTACT_SPEED = 0.65
# The tip gives way before it leaves: a toe does not start within no time. Ours: at toe-off by eye
# five real walkers' toes have gone 7 % of the leg, 3.5 % of it the point's own turn.
_GIVES = 0.05  # of the cycle
_GIVES_M = 0.03
_STRAIGHTEST_DEG = 1.5  # of a knee that bears
_GRAZE_M = 0.004  # a shoe's sole gives that much
_TOES_FIRST = 0.80  # of the cycle; up to here the toes are the lowest, later the heel


def walking(
    outfit: Outfit,
    stance: Stance,
    walk: Walk,
    duration_s: float,
    *,
    overground: bool,
    begins: float,
) -> Motion:
    """Return walking, in place as on a treadmill or past the origin halfway through.

    `begins` is the phase of the right leg at time 0, 0..1.
    """
    walker = _Walker(outfit, walk)
    walker.prepare()
    lead_s = begins * walk.stride_s
    halfway = walker.speed * (lead_s + duration_s / 2)

    def pose_at(time_s: float) -> tuple[Pose, Place]:
        now = time_s + lead_s
        tilt, turn = walker.pelvis(now)
        swing = walk.arm_swing * float(np.cos(2 * np.pi * now / walk.stride_s))
        spine = walk.trunk - tilt
        pose = Pose(
            pelvis=tilt,
            turn=turn,
            lumbar=0.6 * spine - stance.lordosis * 0.5,
            thorax=0.4 * spine + stance.lordosis * 0.5,
            neck=-walk.trunk * 0.6,
            head=-walk.trunk * 0.4,
            left=walker.leg(Side.LEFT, now),
            right=walker.leg(Side.RIGHT, now),
            right_arm=ArmPose(upper=swing + 4, elbow=22 - swing * 0.45, out=4),
            left_arm=ArmPose(upper=-swing + 4, elbow=22 + swing * 0.45, out=4),
        )
        ahead = walker.speed * now - halfway if overground else 0.0
        return pose, (0.0, -ahead, walker.height(now))

    return Motion(
        activity=Activity.WALKING,
        duration_s=duration_s,
        pose_at=pose_at,
        events=tuple(_events(walker, lead_s, duration_s)),
        neutral=standing_pose(stance),
        held_s=(0.0, duration_s),
        speed_m_s=walker.speed,
    )


def _events(walker: _Walker, lead_s: float, duration_s: float) -> Iterator[Moment]:
    walk = walker.walk
    for side, off in _PHASE.items():
        rises = np.linspace(walker.footwork(side).rise, walk.toe_off, 400)
        up = next(float(p) for p in rises if walker.pitch(side, float(p)) >= HEEL_UP_DEG)
        for stance in range(-2, int((duration_s + lead_s) / walk.stride_s) + 2):
            for kind, phase in (
                (EventKind.HEEL_STRIKE, 0.0),
                (EventKind.HEEL_OFF, up),
                (EventKind.TOE_OFF, walk.toe_off),
            ):
                time_s = (stance + off + phase) * walk.stride_s - lead_s
                if 0 <= time_s < duration_s:
                    yield Moment(kind=kind, side=side, time_s=time_s)


HEEL_UP_DEG = 5.0  # foot pitch that counts as heel-off, as in docs/method.md
