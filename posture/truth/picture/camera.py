"""A camera beside a person: where it stands, how it is tilted, what its lens does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from posture.types import Floats

_NEAR_M, _FAR_M = 0.05, 30.0


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A pinhole with radial distortion.

    `yaw_deg` turns it about the person towards their front: 0 is an exact side view, positive sees
    more of the chest. `pitch_deg` looks up, `roll_deg` turns the picture clockwise. `aside_m` moves
    it along the person's front-back axis, so that they stand off its axis. `near` is the person's
    side it looks at. `k1` is the lens's radial distortion over the half width (negative = barrel).
    """

    distance_m: float = 3.6
    height_m: float = 0.95
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    aside_m: float = 0.0
    fov_deg: float = 60.0  # across the longer side
    size_px: tuple[int, int] = (1280, 720)
    near: str = "right"
    k1: float = 0.0

    @cached_property
    def eye(self) -> Floats:
        """Where it stands, (3,), metres; the person stands at the origin facing -y."""
        sign = -1.0 if self.near == "right" else 1.0
        yaw = np.radians(self.yaw_deg)
        across = np.array([sign * np.cos(yaw), -np.sin(yaw), 0.0])
        along = np.array([sign * np.sin(yaw), np.cos(yaw), 0.0]) * sign * -1.0
        place: Floats = self.distance_m * across + self.aside_m * along
        place[2] = self.height_m
        return place

    @cached_property
    def _axes(self) -> Floats:
        """Rows: right, up, backwards of the camera in the world, (3, 3)."""
        sign = -1.0 if self.near == "right" else 1.0
        yaw, pitch, roll = np.radians([self.yaw_deg, self.pitch_deg, self.roll_deg])
        level = np.array([-sign * np.cos(yaw), np.sin(yaw), 0.0])
        ahead = level * np.cos(pitch) + np.array([0, 0, np.sin(pitch)])
        right = np.cross(ahead, [0, 0, 1.0])
        right /= np.linalg.norm(right)
        up = np.cross(right, ahead)
        # the picture turns clockwise when the camera turns the other way
        turned_right = np.cos(roll) * right + np.sin(roll) * up
        turned_up = np.cos(roll) * up - np.sin(roll) * right
        return np.stack([turned_right, turned_up, -ahead])

    @cached_property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return max(self.size_px) / 2 / float(np.tan(np.radians(self.fov_deg) / 2))

    @cached_property
    def projection(self) -> Floats:
        """From homogeneous world points to clip space, (4, 4); without the lens's distortion."""
        view = np.eye(4)
        view[:3, :3] = self._axes
        view[:3, 3] = -self._axes @ self.eye
        width, height = self.size_px
        depth = _FAR_M - _NEAR_M
        lens = np.array(
            [
                [2 * self.focal_px / width, 0, 0, 0],
                [0, 2 * self.focal_px / height, 0, 0],
                [0, 0, -(_FAR_M + _NEAR_M) / depth, -2 * _FAR_M * _NEAR_M / depth],
                [0, 0, -1, 0],
            ]
        )
        both: Floats = lens @ view
        return both

    def straight_px(self, points_m: Floats) -> Floats:
        """Return where points (..., 3) are seen through a lens without distortion, px."""
        seen = (np.asarray(points_m) - self.eye) @ self._axes.T
        centre = np.array(self.size_px) / 2
        flat: Floats = centre + self.focal_px * seen[..., :2] * (1, -1) / -seen[..., 2:]
        return flat

    def seen_px(self, points_m: Floats) -> Floats:
        """Return where points (..., 3) are seen in the picture, px."""
        return self.bent(self.straight_px(points_m))

    def bent(self, straight: Floats) -> Floats:
        """Return where the lens puts what a straight one would show there."""
        centre, half = np.array(self.size_px) / 2, max(self.size_px) / 2
        off = (straight - centre) / half
        bent: Floats = centre + half * off * (1 + self.k1 * (off**2).sum(axis=-1, keepdims=True))
        return bent

    def distortion_maps(self) -> tuple[Floats, Floats]:
        """Return for each pixel of the picture where a straight lens's picture has it."""
        width, height = self.size_px
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        wanted = np.stack([x, y], axis=-1)
        straight = wanted.copy()
        for _ in range(3):  # the inverse has no closed form; this converges at once for small k1
            straight += wanted - self.bent(straight)
        return straight[..., 0] - 0.5, straight[..., 1] - 0.5
