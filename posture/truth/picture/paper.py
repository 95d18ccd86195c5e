"""A printed sheet (`posture marker`) pasted into a picture by the camera that took it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from posture.footage.sheet import PAGE_MM, printed
from posture.truth.picture.camera import Camera
from posture.types import Floats, Rgb


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Where a sheet stands: metres and degrees in the person's world, they face -y at its origin.

    Unturned it faces the camera's side of the person, upright, its lower edge on the floor.
    """

    behind_m: float = 0.5  # the person's back
    away_m: float = 0.0  # from the camera, out of the person's plane
    above_m: float = 0.0
    lean_deg: float = 0.0  # its top away from the camera; 90 = it lies
    turn_deg: float = 0.0  # about the vertical
    askew_deg: float = 0.0  # in its own plane, clockwise
    radius_m: float = np.inf  # rolled about an axis along its longer side

    def places_m(self, page_mm: Floats, near: str) -> Floats:
        """Return places in the world, (..., 3), of places on the page, mm from its top left."""
        across = (page_mm[..., 0] - PAGE_MM[0] / 2) / 1000
        up = (PAGE_MM[1] - page_mm[..., 1]) / 1000
        back = np.zeros_like(across)
        if np.isfinite(self.radius_m):
            angle = across / self.radius_m
            across, back = self.radius_m * np.sin(angle), self.radius_m * (1 - np.cos(angle))
        askew, lean, turn = np.radians([self.askew_deg, self.lean_deg, self.turn_deg])
        across, up = (
            across * np.cos(askew) + up * np.sin(askew),
            up * np.cos(askew) - across * np.sin(askew),
        )
        up, back = up * np.cos(lean) - back * np.sin(lean), up * np.sin(lean) + back * np.cos(lean)
        across, back = (
            across * np.cos(turn) + back * np.sin(turn),
            back * np.cos(turn) - across * np.sin(turn),
        )
        # seen from the right side the person faces right, and the camera's right is -y
        sign = 1.0 if near == "right" else -1.0
        return np.stack(
            [
                sign * (back + self.away_m),
                self.behind_m - sign * across,
                up + self.above_m,
            ],
            axis=-1,
        )


def pasted(picture: Rgb, camera: Camera, paper: Paper, light: float = 1.0) -> Rgb:
    """Return the picture, of a lens without distortion, with the sheet in it."""
    page = printed(_PX_PER_MM, page=True)
    strips = _STRIPS if np.isfinite(paper.radius_m) else 1
    edges = np.linspace(0, PAGE_MM[0], strips + 1)
    quads = [
        np.array([(left, 0), (right, 0), (right, PAGE_MM[1]), (left, PAGE_MM[1])])
        for left, right in pairwise(edges)
    ]
    every = [camera.straight_px(paper.places_m(quad, camera.near)) for quad in quads]
    size = np.array(camera.size_px)
    low = np.clip(np.floor(np.min(every, axis=(0, 1))) - 2, 0, size).astype(int)
    high = np.clip(np.ceil(np.max(every, axis=(0, 1))) + 2, low, size).astype(int)
    if (high <= low).any():
        return picture
    wide, tall = high - low
    fine = (int(wide) * _FINER, int(tall) * _FINER)
    finer = np.zeros(fine[::-1], np.uint8)
    cover = np.zeros_like(finer)
    to_corner = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])
    for quad, seen in zip(quads, every, strict=True):
        through = cv2.getPerspectiveTransform(
            (quad * _PX_PER_MM).astype(np.float32), ((seen - low) * _FINER).astype(np.float32)
        )
        through = to_corner @ through @ np.linalg.inv(to_corner)
        strip = np.zeros_like(page)
        strip[:, round(quad[0, 0] * _PX_PER_MM) : round(quad[1, 0] * _PX_PER_MM)] = 255
        over = cv2.warpPerspective(strip, through, fine, flags=cv2.INTER_NEAREST) > 0
        finer[over] = cv2.warpPerspective(page, through, fine, flags=cv2.INTER_LINEAR)[over]
        cover[over] = 255
    small = (int(wide), int(tall))
    share = cv2.resize(cover, small, interpolation=cv2.INTER_AREA)[..., None] / 255.0
    # black is grey on paper, and paper in a room is no white
    ink = cv2.resize(finer, small, interpolation=cv2.INTER_AREA)[..., None]
    lit = (25 * share + ink * 0.75) * light
    made = picture.copy()
    about = made[low[1] : high[1], low[0] : high[0]]
    about[:] = np.clip(about * (1 - share) + lit, 0, 255).astype(np.uint8)
    return made


_PX_PER_MM, _FINER, _STRIPS = 4, 4, 24
