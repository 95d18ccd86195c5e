"""Draw the exercises of the care plan, one SVG each, from the rendered bodies' outlines.

    uv run --extra truth python tools/make_exercises.py [exercise ...]

All of them without a word. A body of `posture.truth` takes the pose of each exercise, is seen from
its side, and the outlines of its parts become paths; what it stands at or lies on is drawn beside
it. They go to posture/outputs/exercises. The poses are ours: read off the sentences of the plan.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from posture.truth.body.figure import Figure
from posture.truth.body.looks import HAIR, Look, Outfit
from posture.truth.body.pose import ArmPose, LegPose, Pose
from posture.truth.body.shapes import Traits
from posture.truth.body.turns import about_x
from posture.truth.motion.legs import reach_to
from posture.types import Floats

OUT = Path(__file__).parents[1] / "posture" / "outputs" / "exercises"
PER_M = 400  # pixels of the masks, and units of the drawings, for a metre
LARGEST = 12_000  # bytes of one drawing
SMALLEST = 60  # pixels of a part that is drawn
INK, FAR, NEAR, FELT = "#5B6875", "#C3CBD3", "#E4E8EC", "#E69F00"
Point = tuple[float, float]  # metres: forward, up
Way = tuple[float, float, float]  # to the person's left, backwards, up; where they lie


@dataclass(frozen=True, kw_only=True)
class Body:
    """One body in a drawing: its pose, and where it is."""

    pose: Pose
    ahead: float = 0.0  # metres, of the root
    up: float = 0.0  # of its lowest point over the floor
    hand: float = 0.0  # bend of the wrists backwards, degrees
    felt: tuple[str, ...] = ()  # where it is felt: names of `_FELT`
    far_foot: float | None = None  # metres of the far ankle ahead of the near one, foot flat
    crossed: tuple[Way, Way] | None = None  # ways of the near thigh and shank, out of the plane


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """One exercise: bodies, things about them, arrows that say how to move."""

    bodies: tuple[Body, ...]
    boxes: tuple[tuple[float, float, float, float], ...] = ()  # left, bottom, right, top
    discs: tuple[tuple[float, float, float], ...] = ()  # middle, radius
    arrows: tuple[tuple[Point, ...], ...] = ()  # three points each: from, by, to
    has_wall: bool = False  # where the hands are
    yaw: float = 0.0  # degrees that the eye goes from the side towards the feet


def leg(thigh: float, knee: float, ankle: float = 0.0) -> LegPose:
    """Return a leg by its thigh, its knee's flexion and its ankle's dorsiflexion; degrees."""
    foot = thigh + knee - ankle
    return LegPose(thigh=thigh, shank=thigh + knee, foot=foot, toe=foot)


def flat(thigh: float, knee: float) -> LegPose:
    """Return a leg whose foot is flat on the floor."""
    return LegPose(thigh=thigh, shank=thigh + knee)


UPRIGHT = flat(1, 2)
WALL_ARMS = ArmPose(upper=-72, elbow=14)
HANGING = ArmPose(upper=0, elbow=10)
LYING_ARMS = ArmPose(upper=4, elbow=6)


def both_arms(arm: ArmPose) -> dict[str, ArmPose]:
    """Return the same for both arms."""
    return {"left_arm": arm, "right_arm": arm}


def both_legs(one: LegPose) -> dict[str, LegPose]:
    """Return the same for both legs."""
    return {"left": one, "right": one}


QUADRUPED = Pose(
    pelvis=76,
    **both_legs(leg(0, 90, -60)),
    **both_arms(ArmPose(upper=-2, elbow=0)),
)
# the whole body is turned by -90 degrees: a foot flat on the floor has 90 in the body's own frame
SUPINE = Pose(
    lying=-90,
    **both_legs(LegPose(thigh=-50, shank=45, foot=90, toe=90)),
    **both_arms(LYING_ARMS),
    neck=10,
)

DRAWINGS: dict[str, Drawing] = {
    "sole_roll": Drawing(
        bodies=(
            Body(
                pose=Pose(right=leg(-40, 42, 4), left=UPRIGHT, **both_arms(HANGING)),
                felt=("sole",),
            ),
        ),
        discs=((0.29, 0.04, 0.04),),
        arrows=(((0.50, 0.05), (0.56, 0.05), (0.64, 0.05)),),
    ),
    "calf_straight": Drawing(
        bodies=(
            Body(
                pose=Pose(
                    pelvis=20,
                    neck=-10,
                    right=flat(27, 2),
                    **both_arms(WALL_ARMS),
                ),
                far_foot=0.62,
                hand=60,
                felt=("calf",),
            ),
        ),
        has_wall=True,
    ),
    "calf_bent": Drawing(
        bodies=(
            Body(
                pose=Pose(
                    pelvis=12,
                    neck=-6,
                    right=flat(4, 34),
                    **both_arms(WALL_ARMS),
                ),
                far_foot=0.46,
                hand=60,
                felt=("low_calf",),
            ),
        ),
        has_wall=True,
    ),
    "heel_drops": Drawing(
        bodies=(
            Body(
                pose=Pose(
                    pelvis=3,
                    right=LegPose(thigh=4, shank=6, foot=-20, toe=0),
                    left=leg(2, 42, -24),
                    **both_arms(ArmPose(upper=-46, elbow=26)),
                ),
                up=0.10,
                hand=30,
                felt=("calf",),
            ),
        ),
        boxes=((0.06, 0.0, 0.62, 0.165),),
        arrows=(((0.24, 0.56), (0.24, 0.48), (0.24, 0.34)),),
        has_wall=True,
    ),
    "push_off_walk": Drawing(
        bodies=(
            Body(
                pose=Pose(
                    pelvis=4,
                    right=LegPose(thigh=16, shank=46, foot=48, toe=6),
                    left=LegPose(thigh=-28, shank=-20, foot=-18, toe=-18),
                    right_arm=ArmPose(upper=-28, elbow=22),
                    left_arm=ArmPose(upper=26, elbow=14),
                ),
                felt=("calf",),
            ),
        ),
        arrows=(((0.55, 1.0), (0.65, 1.0), (0.78, 1.0)),),
    ),
    "hamstring_hinge": Drawing(
        bodies=(
            Body(
                pose=Pose(
                    pelvis=50,
                    lumbar=-4,
                    neck=-20,
                    head=-10,
                    right=LegPose(thigh=-26, shank=-22, foot=-18, toe=-18),
                    **both_arms(ArmPose(upper=-20, elbow=16)),
                ),
                far_foot=-0.34,
                felt=("hamstring",),
            ),
        ),
        arrows=(((0.58, 1.38), (0.72, 1.30), (0.80, 1.14)),),
    ),
    "hamstring_roll": Drawing(
        bodies=(
            Body(
                pose=Pose(
                    pelvis=-14,
                    lumbar=8,
                    neck=6,
                    right=leg(-88, 2, -12),
                    left=flat(-126, 76),
                    **both_arms(ArmPose(upper=22, elbow=4)),
                ),
                hand=70,
                felt=("hamstring",),
            ),
        ),
        discs=((0.30, 0.07, 0.07),),
    ),
    "figure_four": Drawing(
        bodies=(
            Body(
                pose=replace(
                    SUPINE,
                    left=leg(-104, 92, 0),
                    right=leg(-60, 90, 0),
                    **both_arms(ArmPose(upper=-38, elbow=14)),
                    neck=14,
                ),
                crossed=((-0.62, -0.30, 0.72), (0.90, -0.42, 0.12)),
                felt=("glutes",),
            ),
        ),
        yaw=32,
    ),
    "hip_hinge": Drawing(
        bodies=(
            Body(
                pose=Pose(
                    pelvis=56,
                    lumbar=-4,
                    neck=-22,
                    head=-12,
                    **both_legs(flat(-17, 21)),
                    **both_arms(ArmPose(upper=-2, elbow=8)),
                ),
                felt=("hamstring",),
            ),
        ),
        arrows=(((-0.22, 0.92), (-0.3, 0.92), (-0.40, 0.92)),),
    ),
    "easy_walk": Drawing(
        bodies=(
            Body(
                pose=Pose(
                    pelvis=3,
                    right=LegPose(thigh=-22, shank=-17, foot=-14, toe=-14),
                    left=LegPose(thigh=12, shank=36, foot=30, toe=4),
                    right_arm=ArmPose(upper=20, elbow=12),
                    left_arm=ArmPose(upper=-20, elbow=18),
                ),
            ),
        ),
        arrows=(((0.50, 1.0), (0.6, 1.0), (0.72, 1.0)),),
    ),
    "break_sitting": Drawing(
        bodies=(
            Body(
                pose=Pose(
                    pelvis=34,
                    neck=-16,
                    head=-8,
                    **both_legs(flat(-66, 84)),
                    **both_arms(ArmPose(upper=-46, elbow=20)),
                ),
            ),
        ),
        boxes=((-0.50, 0.0, -0.04, 0.43), (-0.54, 0.0, -0.50, 0.92)),
        arrows=(((0.56, 1.08), (0.60, 1.22), (0.56, 1.38)),),
    ),
    "cat_cow": Drawing(
        bodies=(
            Body(
                pose=replace(QUADRUPED, pelvis=50, lumbar=34, thorax=18, neck=24, head=10),
                hand=84,
                felt=("back",),
            ),
            Body(
                pose=replace(QUADRUPED, pelvis=94, lumbar=-26, thorax=-10, neck=-24, head=-16),
                ahead=1.25,
                hand=84,
                felt=("back",),
            ),
        ),
    ),
    "childs_pose": Drawing(
        bodies=(
            Body(
                pose=Pose(
                    pelvis=70,
                    lumbar=20,
                    thorax=12,
                    neck=0,
                    head=4,
                    **both_legs(leg(-58, 148, -60)),
                    **both_arms(ArmPose(upper=-76, elbow=4)),
                ),
                hand=-10,
                felt=("back",),
            ),
        ),
    ),
    "knees_to_chest": Drawing(
        bodies=(
            Body(
                pose=replace(
                    SUPINE,
                    pelvis=-10,
                    lumbar=6,
                    **both_legs(leg(-128, 132, -20)),
                    **both_arms(ArmPose(upper=-24, elbow=26)),
                ),
                felt=("back",),
            ),
        ),
    ),
    "breathing": Drawing(
        bodies=(Body(pose=replace(SUPINE, **both_arms(ArmPose(upper=16, elbow=62)))),),
    ),
}

# --- from a pose to masks ------------------------------------------------------------------------

# Where it is felt: along these bones, this far behind them, metres.
_FELT: dict[str, tuple[tuple[str, ...], float]] = {
    "sole": (("foot.R", "toe2-1.R"), 0.03),
    "calf": (("lowerleg01.R", "lowerleg02.R", "foot.R"), 0.045),
    "low_calf": (("lowerleg02.R", "foot.R"), 0.03),
    "hamstring": (("upperleg01.R", "upperleg02.R", "lowerleg01.R"), 0.06),
    "glutes": (("spine05", "upperleg01.R"), 0.08),
    "back": (("spine01", "spine02", "spine03", "spine04"), 0.035),
}
_JOINT_M = {"leg": 0.15, "arm": 0.10}  # no line within this of hip and shoulder (ours)
_TRUNK, _LEFT_LEG, _RIGHT_LEG, _LEFT_ARM, _RIGHT_ARM, _HAIR = range(6)
_ARMS = (_LEFT_ARM, _RIGHT_ARM)
_TONE = "#8592A0"  # of the hair
Mask = np.ndarray


class Crossing(Figure):
    """A body whose near leg may leave the sagittal plane, which no measured body does."""

    crossed: tuple[Way, Way] | None = None

    def _turns_of(self, pose: Pose) -> Floats:
        turns = super()._turns_of(pose)
        if self.crossed is None:
            return turns
        thigh, shank = (np.array(way) / np.linalg.norm(way) for way in self.crossed)
        axis = np.cross(thigh, shank)  # of the knee
        axis /= np.linalg.norm(axis)
        back = about_x(pose.lying).T  # the whole body is turned after this
        for i, bone in enumerate(self.shared.bones):
            if bone.endswith(".R") and bone.startswith(("upperleg", "lowerleg", "foot", "toe")):
                way = thigh if bone.startswith("upperleg") else shank
                frame = np.stack([axis, np.cross(-way, axis), -way], axis=1)
                turns[i] = back @ frame @ self._neutral[i]
        return turns


def _standing_on(figure: Figure, body: Body) -> Pose:
    """Return the pose, the far foot flat on the floor where the body says."""
    if body.far_foot is None:
        return body.pose
    figure.take(body.pose)
    hip, ankle = figure.joint("upperleg01.L"), figure.joint("foot.R")
    far = reach_to(
        figure,
        (-float(hip[1]), float(hip[2])),
        (-float(ankle[1]) + body.far_foot, float(ankle[2])),
    )
    return replace(body.pose, left=far)


class Drawn:
    """One body seen from its right side: its parts as masks, its joints."""

    def __init__(self, body: Body, outfit: Outfit, yaw: float) -> None:
        figure = outfit.figure
        assert isinstance(figure, Crossing)  # noqa: S101 - of this script
        self._yaw = np.radians(yaw)
        figure.crossed = body.crossed
        figure.take(_standing_on(figure, body))
        placed = figure.skinned(outfit.surface)
        self._bend_hands(placed, figure, body.hand)
        down = body.up - float(placed[:, 2].min())
        self._shift = np.array([body.ahead, down])
        self.at: Floats = self._seen(placed)
        shared = figure.shared
        base = [bone.rpartition(".")[0] for bone in shared.bones]
        side = [bone.rpartition(".")[2] for bone in shared.bones]
        limb = ("upperleg", "lowerleg", "foot", "toe"), ("upperarm", "lowerarm", "wrist", "finger")
        part_of_bone = np.zeros(len(shared.bones), dtype=int)  # 0 trunk, 1 2 legs, 3 4 arms; L R
        for i, (name, letter) in enumerate(zip(base, side, strict=True)):
            for number, starts in enumerate((*limb, ("metacarpal",))):
                if name.startswith(starts):
                    part_of_bone[i] = 1 + 2 * min(number, 1) + (letter == "R")
        self._faces = shared.faces
        part = part_of_bone[shared.strongest]
        part[outfit.kind == HAIR] = _HAIR
        self._part = part[shared.faces]
        self._joints = {bone: self._seen(figure.joint(bone)) for bone in shared.bones}

    def _bend_hands(self, placed: Floats, figure: Figure, deg: float) -> None:
        if not deg:
            return
        bones = figure.shared.bones
        for side in "LR":
            hand = [
                i
                for i, bone in enumerate(bones)
                if bone.endswith(f".{side}") and bone.startswith(("wrist", "finger", "metacarpal"))
            ]
            share = np.asarray(figure.shared.skin[:, hand].sum(axis=1)).ravel()
            wrist = figure.joint(f"wrist.{side}")
            turned = (placed - wrist) @ about_x(-deg).T + wrist
            placed += share[:, None] * (turned - placed)

    def _seen(self, points: Floats) -> Floats:
        ahead = -points[..., 1] * np.cos(self._yaw) + points[..., 0] * np.sin(self._yaw)
        seen: Floats = np.stack([ahead, points[..., 2]], axis=-1) + self._shift
        return seen

    def joint(self, bone: str) -> Floats:
        """Return where a bone begins, forward and up, metres."""
        return self._joints[bone]

    def mask(self, canvas: Canvas, part: int) -> Mask:
        """Return the picture of one part."""
        mine = self._part == part
        if part == _TRUNK:
            mine |= self._part == _HAIR
        faces = self._faces[mine.sum(axis=1) > 1]
        mask = canvas.empty()
        for triangle in canvas.pixels(self.at)[faces]:
            cv2.fillConvexPoly(mask, triangle, 1)
        gap = 25 if part in _ARMS else 5  # fingers lie together
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (gap, gap))
        closed: Mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
        return closed


class Canvas:
    """From metres to pixels, and the masks' size."""

    def __init__(self, points: Floats) -> None:
        margin = 0.05
        self.left, self.top = points[:, 0].min() - margin, points[:, 1].max() + margin
        self.width = int((points[:, 0].max() + margin - self.left) * PER_M)
        self.height = int((self.top - min(points[:, 1].min(), 0.0) + margin) * PER_M)

    def empty(self) -> Mask:
        """Return an empty mask."""
        return np.zeros((self.height, self.width), dtype=np.uint8)

    def pixels(self, points: Floats) -> np.ndarray:
        """Return pixels of points in metres."""
        places = np.asarray(points, dtype=float)
        return np.rint((places - (self.left, self.top)) * (PER_M, -PER_M)).astype(np.int32)


# --- from masks to SVG ---------------------------------------------------------------------------


def outlines(mask: Mask) -> str:
    """Return the outlines of a mask as the data of a path."""
    found, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    kept = [
        contour[:, 0, :].astype(float) for contour in found if cv2.contourArea(contour) > SMALLEST
    ]
    paths = []
    for contour in kept:
        around = np.concatenate([contour[-6:], contour, contour[:6]])
        weights = np.hanning(9)[1:-1] / np.hanning(9).sum()
        even = np.stack([np.convolve(around[:, i], weights, "same") for i in (0, 1)], axis=1)[6:-6]
        few = cv2.approxPolyDP(np.rint(even).astype(np.int32)[:, None, :], 1.1, closed=True)
        paths.append("M" + " ".join(f"{x} {y}" for x, y in few[:, 0]) + "z")
    return "".join(paths)


def drawn(drawing: Drawing, outfit: Outfit) -> str:
    """Return the drawing as SVG."""
    bodies = [(Drawn(body, outfit, drawing.yaw), body) for body in drawing.bodies]
    everything = np.concatenate([one.at for one, _ in bodies])
    boxes = list(drawing.boxes)
    if drawing.has_wall:
        wall = float(everything[:, 0].max())
        boxes.append((wall, 0.0, wall + 0.05, float(everything[:, 1].max())))
    points = [everything]
    points += [np.array([[left, low], [right, top]]) for left, low, right, top in boxes]
    points += [np.array([[x - r, y - r], [x + r, y + r]]) for x, y, r in drawing.discs]
    points += [np.array(arrow) for arrow in drawing.arrows]
    canvas = Canvas(np.concatenate(points))
    parts = _things(boxes, drawing.discs, canvas)
    for one, body in bodies:
        parts += _body(one, body, canvas)
    parts += _arrows(drawing, canvas)
    floor = canvas.pixels(np.array([[0.0, 0.0]]))[0][1]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="exercise" '
        f'viewBox="0 0 {canvas.width} {canvas.height}" fill="none" stroke="{INK}" '
        f'stroke-width="5" stroke-linejoin="round" stroke-linecap="round">'
        f'<path d="M4 {floor + 3}H{canvas.width - 4}"/>{"".join(parts)}</svg>\n'
    )


def _body(one: Drawn, body: Body, canvas: Canvas) -> list[str]:
    trunk, left_leg, right_leg, left_arm, right_arm = (one.mask(canvas, n) for n in range(5))
    parts = [
        f'<path fill="{FAR}" d="{outlines(left_arm)}"/>',
        f'<path fill="{FAR}" d="{outlines(left_leg)}"/>',
        f'<path fill="{NEAR}" d="{outlines(trunk)}"/>',
        f'<path fill="{NEAR}" d="{outlines(right_leg)}"/>',
        _joined(one, canvas, "upperleg01.R", "leg", trunk | right_leg),
    ]
    parts.append(f'<path fill="{_TONE}" stroke="none" d="{outlines(one.mask(canvas, _HAIR))}"/>')
    parts += [_felt(one, canvas, name, trunk | right_leg) for name in body.felt]
    parts += [
        f'<path fill="{NEAR}" d="{outlines(right_arm)}"/>',
        _joined(one, canvas, "upperarm01.R", "arm", trunk | right_arm),
    ]
    return parts


def _joined(one: Drawn, canvas: Canvas, bone: str, limb: str, both: Mask) -> str:
    """Return a patch without a line where a limb goes over into the trunk."""
    disc = canvas.empty()
    [place] = canvas.pixels(one.joint(bone)[None])
    cv2.circle(disc, [int(p) for p in place], int(_JOINT_M[limb] * PER_M), 1, -1)
    inside = cv2.erode(both, np.ones((7, 7), np.uint8))
    return f'<path fill="{NEAR}" stroke="none" d="{outlines(disc & inside)}"/>'


def _felt(one: Drawn, canvas: Canvas, name: str, inside: Mask) -> str:
    """Return the band where it is felt, kept inside of the body."""
    bones, behind = _FELT[name]
    line = np.array([one.joint(bone) for bone in bones])
    way = np.gradient(line, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    line = line + behind * np.stack([way[:, 1], -way[:, 0]], axis=1)
    ends = (line[0] * 0.82 + line[1] * 0.18, line[-1] * 0.82 + line[-2] * 0.18)
    line = np.stack([ends[0], *line[1:-1], ends[1]])
    band = canvas.empty()
    cv2.polylines(band, [canvas.pixels(line)], isClosed=False, color=1, thickness=34)
    kept = band & cv2.erode(inside, np.ones((9, 9), np.uint8))
    return f'<path stroke="none" fill="{FELT}" d="{outlines(kept)}"/>'


def _things(
    boxes: Sequence[tuple[float, float, float, float]],
    discs: Sequence[tuple[float, float, float]],
    canvas: Canvas,
) -> list[str]:
    told = []
    for left, bottom, right, top in boxes:
        (x, y), (to_x, to_y) = canvas.pixels(np.array([[left, top], [right, bottom]]))
        told.append(f'<path fill="#fff" d="M{x} {y}H{to_x}V{to_y}H{x}z"/>')
    for x, y, radius in discs:
        [[cx, cy]] = canvas.pixels(np.array([[x, y]]))
        told.append(f'<circle fill="#56B4E9" cx="{cx}" cy="{cy}" r="{int(radius * PER_M)}"/>')
    return told


def _arrows(drawing: Drawing, canvas: Canvas) -> list[str]:
    told = []
    for arrow in drawing.arrows:
        (a, b), (c, d), (e, f) = canvas.pixels(np.array(arrow))
        way = np.array([e - c, f - d], dtype=float)
        way /= np.linalg.norm(way)
        across = np.array([-way[1], way[0]])
        ends = [np.array([e, f]) - 26 * way + s * 16 * across for s in (1, -1)]
        (g, h), (i, j) = (np.rint(end).astype(int) for end in ends)
        told.append(
            f'<path stroke="#0B5CAD" stroke-width="9" d="M{a} {b}Q{c} {d} {e} {f}'
            f'M{g} {h}L{e} {f} {i} {j}"/>'
        )
    return told


def main() -> int:
    """Draw those that were asked for, or all; the number of drawings that are too large."""
    OUT.mkdir(parents=True, exist_ok=True)
    outfit = Outfit(
        Crossing(Traits(gender=0.75, weight=0.42)), Look(barefoot=True, bottoms="tights")
    )
    too_large = 0
    for name in sys.argv[1:] or DRAWINGS:
        told = drawn(DRAWINGS[name], outfit)
        (OUT / f"{name}.svg").write_text(told, "utf-8")
        too_large += len(told) > LARGEST
        sys.stdout.write(f"{len(told):6d} {name}\n")
    return too_large


if __name__ == "__main__":
    raise SystemExit(main())
