"""Everybody is shown to the model facing right, and put back afterwards.

The model does not read a mirrored picture as the mirror image of the original: on a walker the
ankle differs by up to 15 deg. Shown always the same way round, a flipped clip gives the same
numbers with the sides exchanged.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posture.landmarks.lying import head_end
from posture.landmarks.mediapipe import Pose
from posture.landmarks.skeleton import NAMES, SIDES, index
from posture.types import OUTLINE_STEPS_PER_PX


def _exchanged(name: str) -> str:
    if "left" in name:
        return name.replace("left", "right")
    return name.replace("right", "left")


# The place of each point's counterpart on the other side.
_OTHER_SIDE = np.array([index(_exchanged(name)) for name in NAMES])


def mirrored(pose: Pose, width_px: int) -> Pose:
    """Return the pose of the mirrored picture: x turned round, left and right exchanged."""
    xy = pose.xy_px[_OTHER_SIDE].copy()
    xy[:, 0] = width_px - xy[:, 0]
    world = pose.world_m[_OTHER_SIDE] * np.array([-1, 1, 1], dtype=np.float32)
    outline = pose.outline
    if outline is not None:
        outline = outline[::-1].copy()
        outline[:, 0] = width_px * OUTLINE_STEPS_PER_PX - outline[:, 0]
    return replace(
        pose, xy_px=xy, visibility=pose.visibility[_OTHER_SIDE], world_m=world, outline=outline
    )


def lead_px(pose: Pose) -> float:
    """Return how far toes are ahead of heels and nose ahead of ears, to the right, together.

    Of somebody who lies on the back: how far the feet are to the right of the head, the same turned
    by a quarter.
    """
    x = pose.xy_px[:, 0]
    end = float(head_end(pose.xy_px))
    if end:
        return -end * float(np.ptp(x))
    feet = sum(x[index(f"{side}_foot_index")] - x[index(f"{side}_heel")] for side in SIDES)
    head = x[index("nose")] - (x[index("left_ear")] + x[index("right_ear")]) / 2
    return float(feet + head)
