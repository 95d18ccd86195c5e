"""One person: bones that turn exactly as told, skin that follows them, points that are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from posture.truth.body.pose import Pose
from posture.truth.body.shapes import Template, Traits, template
from posture.truth.body.turns import about_x, about_y, about_z, aligning
from posture.types import Floats

TOE_OUT_DEG = 6.0  # ours; feet in standing point out by about as much
HAND_STRETCH_DEG = -3.0
_SIDES = (("L", 1.0), ("R", -1.0))
_SPINE = ("spine04", "spine03", "spine02")  # about L5/S1 up to T12/L1
_PELVIS = ("root", "pelvis.L", "pelvis.R", "spine05")
_YAW_LEFT = {"spine04": 0.5, "spine03": 0.0, "spine02": -0.5, "spine01": -1.0}  # of the pelvis's


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Vertices that stand for bony or other landmarks, the same on every body."""

    heel: dict[str, int]
    toe: dict[str, int]
    tip: dict[str, int]  # of the middle finger
    psis: dict[str, int]


@cache
def marks() -> Marks:
    """Choose the vertices once, on the mean body."""
    shared = template()
    count = shared.skin.shape[0]
    vertices, heads = shared.mean[:count], shared.mean[count:]
    of = shared.strongest
    hips = [shared.bone(b) for b in (*_PELVIS, "spine04", "upperleg01.L", "upperleg01.R")]
    near_hip = np.isin(of, hips)
    found: dict[str, dict[str, int]] = {"heel": {}, "toe": {}, "tip": {}, "psis": {}}
    for side, sign in _SIDES:
        hip_z = heads[shared.bone(f"upperleg01.{side}")][2]
        x, z = vertices[:, 0], vertices[:, 2]
        at_psis = near_hip & (np.abs(x - sign * 0.045) < 0.02) & (np.abs(z - hip_z - 0.095) < 0.015)
        found["psis"][side] = _most(at_psis, vertices[:, 1])
        foot = _of_bones(shared, of, ("foot", "toe"), side)
        low = foot & (z < vertices[:, 2].min() + 0.06)
        found["heel"][side] = _most(low, vertices[:, 1])
        toes = np.isin(of, [shared.bone(f"{b}.{side}") for b in ("toe2-3", "toe1-2")])
        found["toe"][side] = _most(toes, -vertices[:, 1])
        wrist = heads[shared.bone(f"wrist.{side}")]
        finger = of == shared.bone(f"finger3-3.{side}")
        found["tip"][side] = _most(finger, np.linalg.norm(vertices - wrist, axis=1))
    return Marks(**found)


def _of_bones(
    shared: Template, of: NDArray[np.int64], starts: tuple[str, ...], side: str
) -> NDArray[np.bool_]:
    wanted = [i for i, b in enumerate(shared.bones) if b.startswith(starts) and b.endswith(side)]
    return np.isin(of, wanted)


def _most(among: NDArray[np.bool_], value: Floats) -> int:
    numbers = np.flatnonzero(among)
    return int(numbers[np.argmax(value[numbers])])


class Figure:
    """A body that can be posed.

    `pelvis_line_deg` is the slope of its ASIS-PSIS line in neutral, which is a matter of bone
    shape that no outline shows.
    """

    def __init__(self, traits: Traits, pelvis_line_deg: float = 10.0) -> None:
        self.shared = template()
        self.traits = traits
        self.vertices, self.heads = self.shared.rest(traits)
        self._index = {name: i for i, name in enumerate(self.shared.bones)}
        self._neutral = self._neutral_turns()
        self.height_m = float(np.ptp(self.vertices[:, 2]))
        self.sole_z = float(self.vertices[:, 2].min())
        self._pelvis_line_deg = pelvis_line_deg
        self._turns = self._neutral
        self._joints = self.heads

    def bone(self, name: str) -> int:
        """Return the place of a bone."""
        return self._index[name]

    def head(self, name: str) -> Floats:
        """Return where a bone begins at rest, (3,)."""
        place: Floats = self.heads[self._index[name]]
        return place

    def length(self, upper: str, lower: str) -> float:
        """Return the distance between two bones' heads, metres."""
        return float(np.linalg.norm(self.head(lower) - self.head(upper)))

    def leg_m(self, side: str) -> float:
        """Return the length of a leg from hip to knee to ankle, metres; `side` is L or R."""
        thigh = self.length(f"upperleg01.{side}", f"lowerleg01.{side}")
        return thigh + self.length(f"lowerleg01.{side}", f"foot.{side}")

    def neutral_foot(self, side: str) -> Floats:
        """Return the turn that points a foot forward in neutral, (3, 3)."""
        turn: Floats = self._neutral[self._index[f"foot.{side}"]]
        return turn

    def _neutral_turns(self) -> Floats:  # noqa: C901 - one branch a kind of bone
        """Return each bone's turn from rest to neutral: legs and arms vertical."""
        turns = np.tile(np.eye(3), (len(self.shared.bones), 1, 1))
        for side, sign in _SIDES:
            hip, knee, ankle = (
                self.head(f"{b}.{side}") for b in ("upperleg01", "lowerleg01", "foot")
            )
            thigh = aligning(knee - hip, np.array([-0.03 * sign, 0, -1.0]))
            shank = aligning(ankle - knee, np.array([-0.01 * sign, 0, -1.0]))
            toe = self.head(f"toe2-1.{side}") - ankle
            foot = about_z(TOE_OUT_DEG * sign - np.degrees(np.arctan2(toe[0], -toe[1])))
            shoulder, elbow, wrist = (
                self.head(f"{b}.{side}") for b in ("upperarm01", "lowerarm01", "wrist")
            )
            upper = aligning(elbow - shoulder, np.array([0.10 * sign, 0, -1.0]))
            lower = aligning(wrist - elbow, np.array([0.03 * sign, -0.06, -1.0]))
            hand = aligning(self.head(f"finger3-1.{side}") - wrist, np.array([0, -0.05, -1.0]))
            knuckles = self.head(f"finger5-1.{side}") - self.head(f"finger2-1.{side}")
            # the palm faces the thigh: the knuckles lie one behind the other
            turned = hand @ knuckles
            hand = about_z(np.degrees(np.arctan2(turned[0], turned[1]))) @ hand
            turned = lower @ knuckles
            twist = np.degrees(np.arctan2(turned[0], turned[1]))
            for i, bone in enumerate(self.shared.bones):
                base, _, letter = bone.rpartition(".")
                if letter != side:
                    continue
                if base.startswith("upperleg"):
                    turns[i] = thigh
                elif base.startswith("lowerleg"):
                    turns[i] = shank
                elif base == "foot" or base.startswith("toe"):
                    turns[i] = foot
                elif base.startswith("upperarm"):
                    turns[i] = upper
                elif base == "lowerarm01":
                    turns[i] = about_z(twist * 0.35) @ lower
                elif base == "lowerarm02":
                    turns[i] = about_z(twist * 0.75) @ lower
                elif base.startswith(("wrist", "finger", "metacarpal")):
                    turns[i] = hand
        return turns

    def take(self, pose: Pose, root: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> None:
        """Take a pose with the root there; metres."""
        turns = self._turns_of(pose)
        joints = np.zeros((len(self.shared.bones), 3))
        joints[0] = root
        slide = self._slide(pose, turns)
        for i, parent in enumerate(self.shared.parents):
            if parent >= 0:
                joints[i] = joints[parent] + turns[parent] @ (self.heads[i] - self.heads[parent])
                joints[i] += slide.get(self.shared.bones[i], 0.0)
        if pose.lying:
            whole = about_x(pose.lying)
            joints = (joints - joints[0]) @ whole.T + joints[0]
            turns = whole @ turns
        self._turns, self._joints = turns, joints

    def _slide(self, pose: Pose, turns: Floats) -> dict[str, Floats]:
        """Return the way each shoulder slides along its arm."""
        if not pose.scapula_m:
            return {}
        down = {
            s: turns[self.bone(f"upperarm01.{s}")]
            @ (self.head(f"lowerarm01.{s}") - self.head(f"upperarm01.{s}"))
            for s, _ in _SIDES
        }
        return {
            f"upperarm01.{s}": pose.scapula_m * way / np.linalg.norm(way) for s, way in down.items()
        }

    def _turns_of(self, pose: Pose) -> Floats:  # noqa: C901 - one branch a kind of bone
        """Return each bone's turn in space, (B, 3, 3)."""
        inclination, yaw = self._axis(pose)
        turns = np.empty_like(self._neutral)
        for i, bone in enumerate(self.shared.bones):
            base, _, side = bone.rpartition(".")
            if bone in inclination:
                turns[i] = about_z(yaw[bone]) @ about_x(inclination[bone]) @ self._neutral[i]
                continue
            turn: Floats
            leg, arm = (pose.left, pose.left_arm) if side == "L" else (pose.right, pose.right_arm)
            out = about_y(-arm.out * (1 if side == "L" else -1))
            if base in {"clavicle", "shoulder01"}:
                turn = about_z(-pose.turn) @ about_x(pose.upper_trunk)
            elif base.startswith("upperleg"):
                turn = about_x(leg.thigh)
            elif base.startswith("lowerleg"):
                turn = about_x(leg.shank)
            elif base == "foot":
                turn = about_x(leg.foot)
            elif base.startswith("toe"):
                turn = about_x(leg.toe)
            elif base.startswith("upperarm"):
                turn = about_x(arm.upper) @ out
            elif base.startswith("lowerarm"):
                turn = about_x(arm.upper - arm.elbow) @ out
            elif base.startswith(("wrist", "finger", "metacarpal")):
                turn = about_x(arm.upper - arm.elbow + HAND_STRETCH_DEG) @ out
            else:  # face bones without a pose of their own
                turn = about_x(inclination["head"])
            turns[i] = turn @ self._neutral[i]
        return np.asarray(turns)

    def _axis(self, pose: Pose) -> tuple[dict[str, float], dict[str, float]]:
        """Return inclination and turn about the vertical of pelvis, spine, neck and head."""
        inclination = dict.fromkeys(_PELVIS, pose.pelvis)
        now = pose.pelvis
        for bone, share in zip(_SPINE, pose.lumbar_shares, strict=True):
            now += share * pose.lumbar
            inclination[bone] = now
        now += pose.thorax
        inclination["spine01"] = now
        for bone, share in (("neck01", 0.4), ("neck02", 0.3), ("neck03", 0.3)):
            now += share * pose.neck
            inclination[bone] = now
        inclination["head"] = now + pose.head
        inclination |= dict.fromkeys(("eye.L", "eye.R"), inclination["head"])
        yaw = dict.fromkeys(inclination, 0.0) | dict.fromkeys(_PELVIS, pose.turn)
        yaw |= {bone: share * pose.turn for bone, share in _YAW_LEFT.items()}
        return inclination, yaw

    def skinned(self, rest: Floats) -> Floats:
        """Return points (V, 3) on the body's surface, given at rest, in the present pose."""
        moves = self._moves()
        blended = self.shared.skin @ moves
        turned = np.einsum("vij,vj->vi", blended[:, :9].reshape(-1, 3, 3), rest)
        placed: Floats = turned + blended[:, 9:]
        return placed

    def lowest_z(self, rest: Floats, among: NDArray[np.int64]) -> float:
        """Return the lowest of some of the surface's points in the present pose, metres."""
        blended = self.shared.skin[among] @ self._moves()
        turned = np.einsum("vij,vj->vi", blended[:, :9].reshape(-1, 3, 3), rest[among])
        return float((turned + blended[:, 9:])[:, 2].min())

    def _moves(self) -> Floats:
        shift = self._joints - np.einsum("bij,bj->bi", self._turns, self.heads)
        return np.concatenate([self._turns.reshape(-1, 9), shift], axis=1)

    def joint(self, name: str) -> Floats:
        """Return where a bone begins in the present pose, (3,)."""
        place: Floats = self._joints[self._index[name]].copy()
        return place

    def _carried(self, bone: str, rest_point: Floats) -> Floats:
        """Return a point fixed to a bone, in the present pose."""
        i = self._index[bone]
        return np.asarray(self._joints[i] + self._turns[i] @ (rest_point - self.heads[i]))

    def points(self, surface: Floats) -> dict[str, Floats]:
        """Return the known points in the present pose: joint centres, bony points, tips; metres.

        `surface` is the body at rest as it is dressed: heels and toes are those of the shoes.
        """
        found: dict[str, Floats] = {}
        at = marks()
        psis = [self.vertices[at.psis[side]] for side, _ in _SIDES]
        for side, _ in _SIDES:
            name = {"L": "left", "R": "right"}[side]
            for point, bone in (
                ("hip", "upperleg01"),
                ("knee", "lowerleg01"),
                ("ankle", "foot"),
                ("shoulder", "upperarm01"),
                ("elbow", "lowerarm01"),
                ("wrist", "wrist"),
            ):
                found[f"{name}_{point}"] = self.joint(f"{bone}.{side}")
            heel, toe = surface[at.heel[side]], surface[at.toe[side]]
            found[f"{name}_heel"] = self._carried(f"foot.{side}", heel)
            found[f"{name}_toe"] = self._carried(f"toe2-3.{side}", toe)
            found[f"{name}_fingertip"] = self._carried(
                f"finger3-3.{side}", self.vertices[at.tip[side]]
            )
            found[f"{name}_ear"] = self._carried("head", self.head(f"eye.{side}") + _EAR)
        middle = (psis[0] + psis[1]) / 2
        line = np.radians(self._pelvis_line_deg)
        found["psis"] = self._carried("root", middle)
        found["asis"] = self._carried(
            "root", middle + _PELVIS_DEPTH_M * np.array([0, -np.cos(line), -np.sin(line)])
        )
        return found


_EAR = np.array([0.0, 0.075, -0.02])  # from the eye, metres
_PELVIS_DEPTH_M = 0.155  # ours; ASIS to PSIS, front to back
