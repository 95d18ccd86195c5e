"""One frame of somebody seen live, and the few angles and places the coach goes by.

The angles are those of `posture.signals`, asked of one frame at a time and not smoothed: they steer
the check and are never a result.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from posture.landmarks.lying import head_end
from posture.landmarks.skeleton import HEIGHTS_PER_SIZE, NAMES, SIDES, index
from posture.signals.frame import body_size_px, view_of
from posture.signals.hand import fingertip_px
from posture.signals.leg import knee_flexion, segment_inclination
from posture.types import (
    OUTLINE_STEPS_PER_PX,
    Clip,
    Facing,
    Floats,
    Landmarks,
    Outline,
    Person,
    Reason,
    Side,
)

SEEN = 0.5  # visibility from which a point counts as seen, as everywhere in this program


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What one frame showed; all the coach ever learns."""

    time_s: float  # the camera's, rising
    size_px: tuple[int, int]
    xy_px: Floats | None = None  # (33, 2) the client, or whoever is followed; None = nobody
    visibility: Floats | None = None  # (33,)
    outline: Outline | None = None
    people: tuple[Floats, ...] | None = None  # everybody, the largest first; None = not looked
    brightness: float = 0.5  # mean of the picture, 0..1
    camera_fps: float = math.nan  # what the camera really delivers; NaN = not known yet


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """The client in one frame."""

    time_s: float
    landmarks: Landmarks  # this one frame
    forward: float  # +1 faces the picture's right, -1 its left, NaN not to be told
    near: Side
    facing: Facing
    yaw_deg: float  # 0 an exact side view
    trunk_deg: float  # from the vertical, forward positive
    thigh_deg: float
    knee_deg: float
    shank_deg: float
    leg_deg: float  # ankle to hip, near leg
    far_leg_deg: float
    raise_deg: float  # near leg against the trunk's line, 0 in line
    hips_deg: float  # trunk against thigh: 0 in line, forward positive; no roll of the camera in it
    lean_deg: float  # ankle to shoulder, to the picture's right positive
    size_px: float  # shoulder-hip-knee-ankle
    hip_x: float
    hip_y: float
    top_y: float  # the highest point of the head
    sole_y: float  # the lowest point of the feet
    left_x: float
    right_x: float
    feet_apart: float  # far foot ahead of the near one, body sizes
    fingertip_y: float
    hands_up: tuple[bool, bool]  # left, right: above the head
    hands_at_collar: bool
    arms_hang: bool  # the near hand at the hip or lower, and neither hand over the head
    feet_seen: bool
    head_seen: bool

    @property
    def height_px(self) -> float:
        """The body's height, upright or not."""
        return HEIGHTS_PER_SIZE * self.size_px

    @property
    def is_lying(self) -> bool:
        """Whether the trunk is nearer to the level than to upright, with the legs."""
        return abs(self.trunk_deg) > _LYING_DEG and abs(self.leg_deg) > _LYING_DEG


_LYING_DEG = 60.0  # ours; trunk and legs that lean this far together are nobody on their feet
_UP_SIZES = 0.06  # ours; a wrist this far above the nose is raised, at the ear it is not
_COLLAR_SIZES = 0.17  # ours; wrist from shoulder with the fingertips on the collar-bone
_HANG_SIZES = 0.09  # ours; wrist over hip: hanging arms up to .02, on the collar-bones .40
_BENT_ELBOW_DEG = 70.0  # ours; hanging arms bend under 30, fingertips on the collar-bone over 110
_RUNNING_LEAD = 0.6  # ours; weight of the past in which way somebody faces, per frame
_NO_CLIP = Clip(file="live", sha256="", duration_s=0.0, frames=1, size_px=(1, 1), rotation_deg=0)
_CLIENT = Person(count_seen=1, number=1, chosen_because=Reason("chosen_only_one"), seen_share=1.0)


def lead_of(xy_px: Floats) -> float:
    """Return how far toes are ahead of heels, and the nose of the ears, to the picture's right.

    The head counts only while it is up: deep in a bend the face looks back at the legs. Of somebody
    who lies on the back: how far the feet are to the right of the head.
    """
    x = xy_px[:, 0]
    end = float(head_end(xy_px))
    if end:
        return -end * float(np.ptp(x))
    lead = sum(x[index(f"{s}_foot_index")] - x[index(f"{s}_heel")] for s in SIDES)
    shoulders_y = sum(xy_px[index(f"{s}_shoulder"), 1] for s in SIDES) / 2
    if xy_px[index("nose"), 1] < shoulders_y:
        lead += x[index("nose")] - sum(x[index(f"{s}_ear")] for s in SIDES) / 2
    return float(lead)


def smoothed_lead(before: float, xy_px: Floats) -> float:
    """Return which way somebody faces, slowly: +1 right .. -1 left, in body sizes of lead."""
    now = float(np.sign(lead_of(xy_px)))
    return now if math.isnan(before) else _RUNNING_LEAD * before + (1 - _RUNNING_LEAD) * now


def one_frame(seen: Seen, xy_px: Floats) -> Landmarks:
    """Return one frame as the type that every signal reads."""
    visibility = np.ones(len(NAMES)) if seen.visibility is None else seen.visibility
    return Landmarks(
        time_s=np.array([seen.time_s]),
        xy_px=np.asarray(xy_px, dtype=np.float64)[None],
        visibility=np.asarray(visibility, dtype=np.float64)[None],
        world_m=None,
        names=NAMES,
        outlines=(seen.outline,),
        size_px=seen.size_px,
        clip=_NO_CLIP,
        person=_CLIENT,
        model="live",
    )


def body_of(seen: Seen, lead: float) -> Body | None:
    """Return the client's pose in one frame; None where nobody is seen.

    `lead` tells which way they face, as `smoothed_lead` keeps it.
    """
    if seen.xy_px is None or not np.isfinite(seen.xy_px).all():
        return None
    xy = np.asarray(seen.xy_px, dtype=np.float64)
    marks = one_frame(seen, xy)
    forward = float(np.sign(lead)) or 1.0
    near = Side.RIGHT if forward > 0 else Side.LEFT
    ahead = np.array([forward])
    size = body_size_px(marks, (0, 1))
    if not size > 0:
        return None
    view = view_of(marks, ahead, (0, 1))

    def at(name: str, side: Side = near) -> Floats:
        point: Floats = xy[index(f"{side.value}_{name}")]
        return point

    trunk = float(segment_inclination("trunk", marks, ahead, near).value[0])
    thigh = float(segment_inclination("thigh", marks, ahead, near).value[0])
    feet = [index(f"{side}_{part}") for side in SIDES for part in ("heel", "foot_index")]
    head = [index("nose"), *(index(f"{side}_ear") for side in SIDES)]
    visibility = marks.visibility[0]
    near_feet = [index(f"{near.value}_{part}") for part in ("heel", "foot_index")]
    far_ankle, near_ankle = at("ankle", near.other), at("ankle")
    shoulders, ankles = ((at(p, near) + at(p, near.other)) / 2 for p in _ENDS)
    return Body(
        time_s=seen.time_s,
        landmarks=marks,
        forward=forward,
        near=near,
        facing=view.facing,
        yaw_deg=view.yaw_deg,
        trunk_deg=trunk,
        thigh_deg=thigh,
        knee_deg=float(knee_flexion(marks, ahead, near).value[0]),
        shank_deg=float(segment_inclination("shank", marks, ahead, near).value[0]),
        leg_deg=float(segment_inclination("leg", marks, ahead, near).value[0]),
        far_leg_deg=float(segment_inclination("leg", marks, ahead, near.other).value[0]),
        raise_deg=_between_deg(at("hip") - at("shoulder"), near_ankle - at("hip")),
        hips_deg=trunk - thigh,
        lean_deg=math.degrees(
            math.atan2(shoulders[0] - ankles[0], max(1.0, ankles[1] - shoulders[1]))
        ),
        size_px=size,
        hip_x=float(at("hip")[0]),
        hip_y=float(at("hip")[1]),
        top_y=float(xy[head, 1].min()),
        sole_y=float(xy[feet, 1].max()),
        left_x=float(xy[:, 0].min()),
        right_x=float(xy[:, 0].max()),
        feet_apart=float(forward * (far_ankle[0] - near_ankle[0]) / size),
        fingertip_y=float(fingertip_px(marks, near, HEIGHTS_PER_SIZE * size)[0, 1]),
        hands_up=hands_up(xy),
        hands_at_collar=_at_collar(xy, near, size),
        arms_hang=_arms_hang(xy, near, size),
        feet_seen=bool(visibility[near_feet].max() >= SEEN),
        head_seen=bool(visibility[head].max() >= SEEN),
    )


_ENDS = ("shoulder", "ankle")


def hands_up(xy_px: Floats) -> tuple[bool, bool]:
    """Return whether the left and the right hand are above the head of somebody upright."""
    size = _size(xy_px)
    nose_y = xy_px[index("nose"), 1]
    hips_y = min(xy_px[index(f"{side}_hip"), 1] for side in SIDES)
    if nose_y > hips_y:  # upside down, deep in a bend
        return (False, False)
    left, right = (
        bool(
            xy_px[index(f"{side}_wrist"), 1] < nose_y - _UP_SIZES * size
            and xy_px[index(f"{side}_wrist"), 1] < xy_px[index(f"{side}_elbow"), 1]
        )
        for side in SIDES
    )
    return (left, right)


def outline_px(seen: Seen) -> Floats | None:
    """Return the outline in pixels."""
    return None if seen.outline is None else seen.outline / OUTLINE_STEPS_PER_PX


def _size(xy_px: Floats) -> float:
    lengths = []
    for side in SIDES:
        chain = xy_px[[index(f"{side}_{part}") for part in ("shoulder", "hip", "knee", "ankle")]]
        lengths.append(float(np.hypot(*np.diff(chain, axis=0).T).sum()))
    return max(lengths)


def _at_collar(xy_px: Floats, near: Side, size_px: float) -> bool:
    """Whether the near hand is at the collar-bone: elbow bent, wrist by the shoulder."""
    shoulder, elbow, wrist = (
        xy_px[index(f"{near.value}_{part}")] for part in ("shoulder", "elbow", "wrist")
    )
    bent = _between_deg(elbow - shoulder, wrist - elbow) > _BENT_ELBOW_DEG
    return bent and math.dist(shoulder, wrist) < _COLLAR_SIZES * size_px


def _arms_hang(xy_px: Floats, near: Side, size_px: float) -> bool:
    """Whether the arms of somebody upright hang; the far hand counts only over the head.

    Side-on the far arm is often a guess, beside the trunk or where the near one is.
    """
    wrist_y, hip_y = (xy_px[index(f"{near.value}_{part}"), 1] for part in ("wrist", "hip"))
    return bool(hip_y - wrist_y < _HANG_SIZES * size_px) and not any(hands_up(xy_px))


def _between_deg(one: Floats, other: Floats) -> float:
    """Return the angle between two directions, 0..180."""
    cross = float(one[0] * other[1] - one[1] * other[0])
    return abs(math.degrees(math.atan2(cross, float(one @ other))))
