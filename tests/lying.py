"""A body of straight lines lying on its back, raising the camera-side leg."""

from __future__ import annotations

import math

import numpy as np

from posture.landmarks.skeleton import NAMES
from posture.types import Floats, Landmarks
from tests.make import landmarks, seconds

HIP = (640.0, 500.0)
THIGH, SHANK, TRUNK = 150.0, 150.0, 176.0  # px


def raising(
    angle_deg: float,
    *,
    knee_deg: float = 0.0,
    other_deg: float = 0.0,
    held_s: float = 2.0,
    rate_hz: float = 30.0,
    noise_px: float = 0.0,
    roll_deg: float = 0.0,
) -> Landmarks:
    """A clip: flat for a second, the right leg up in two, held; the head at the picture's left."""
    time_s = seconds(3.0 + held_s, rate_hz)
    share = np.clip((time_s - 1.0) / 2.0, 0.0, 1.0)
    frames = [_frame(s * angle_deg, s * knee_deg, s * other_deg) for s in share]
    xy = np.array(frames)
    roll = math.radians(roll_deg)
    turn = np.array([[math.cos(roll), math.sin(roll)], [-math.sin(roll), math.cos(roll)]])
    xy = (xy - HIP) @ turn + HIP
    xy = xy + np.random.default_rng(0).normal(size=xy.shape) * noise_px
    return landmarks(time_s, xy)


def _frame(near_deg: float, knee_deg: float, other_deg: float) -> Floats:
    xy = np.tile(np.array(HIP), (len(NAMES), 1))
    for name in NAMES:
        if name.endswith("_shoulder"):
            xy[NAMES.index(name)] = (HIP[0] - TRUNK, HIP[1])
        elif "hip" not in name:  # head and hands; the legs follow
            xy[NAMES.index(name)] = (HIP[0] - TRUNK - 60, HIP[1] - 8)
    xy[NAMES.index("nose")] = (HIP[0] - TRUNK - 80, HIP[1] - 30)
    for side, thigh_deg, knee in (("right", near_deg, knee_deg), ("left", other_deg, 0.0)):
        thigh, shank = math.radians(thigh_deg), math.radians(thigh_deg - knee)
        at_knee = np.array(HIP) + THIGH * np.array([math.cos(thigh), -math.sin(thigh)])
        at_ankle = at_knee + SHANK * np.array([math.cos(shank), -math.sin(shank)])
        away = np.array([math.cos(shank), -math.sin(shank)])
        toes = np.array([-math.sin(shank), -math.cos(shank)])  # up, off the sole
        xy[NAMES.index(f"{side}_knee")] = at_knee
        xy[NAMES.index(f"{side}_ankle")] = at_ankle
        xy[NAMES.index(f"{side}_heel")] = at_ankle + 20 * away - 10 * toes
        xy[NAMES.index(f"{side}_foot_index")] = at_ankle + 24 * away + 70 * toes
    return xy
