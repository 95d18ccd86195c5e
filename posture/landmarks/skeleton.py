"""The body points: names in the model's order, and which of them belong together."""

from __future__ import annotations

# BlazePose GHUM topology, in the order of the model's output.
NAMES = (
    "nose",
    "left_eye_inner",
    "left_eye",
    "left_eye_outer",
    "right_eye_inner",
    "right_eye",
    "right_eye_outer",
    "left_ear",
    "right_ear",
    "mouth_left",
    "mouth_right",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_pinky",
    "right_pinky",
    "left_index",
    "right_index",
    "left_thumb",
    "right_thumb",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
)

CHAIN = ("shoulder", "hip", "knee", "ankle")  # the segments whose lengths tell a person's size
SIDES = ("left", "right")

# ours; points reported below it are guesses: far legs behind near ones come at 0.2 to 0.3
LEAST_VISIBILITY = 0.3

# A body is this much taller than its shoulder-hip-knee-ankle length (Drillis & Contini 1966,
# as in Winter 2009: 0.288 + 0.245 + 0.246 of the height).
HEIGHTS_PER_SIZE = 1.28


def index(name: str) -> int:
    """Return the place of a point in the model's order."""
    return NAMES.index(name)


def side_indices(side: str, points: tuple[str, ...]) -> list[int]:
    """Return the places of one side's points, such as those of CHAIN."""
    return [index(f"{side}_{point}") for point in points]
