"""Make a client's face unknowable in a picture: the whole head, by what is known of where it is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.landmarks.skeleton import SIDES, index
from posture.series import nearest
from posture.types import OUTLINE_STEPS_PER_PX, Bools, Floats, Landmarks, Outline, Rgb

_FACE = slice(0, 11)  # nose, eyes, ears, mouth
_EARS = [index(f"{side}_ear") for side in SIDES]
_SHOULDERS = [index(f"{side}_shoulder") for side in SIDES]
_HIPS = [index(f"{side}_hip") for side in SIDES]
_ROUND = 0.42  # ours; of the trunk: a head with its hair is .27 from its middle
_ABOUT = 1.3  # ours; points of the face reach so much further than they are placed
_NEAR = 0.6  # ours; of the trunk: of the outline so much about the head belongs to it
_BRIDGE_S = 0.5  # ours; longer unseen, a head may be anywhere
_CELLS = 5  # ours; across a head: eyes and mouth fall into one or two of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """Where the client's head is in each row of the landmarks, in px of the pictures drawn on."""

    neck: Floats  # (T, 2)
    head: Floats  # (T, 2) NaN = nowhere near a picture in which it was seen
    radius: Floats  # (T,)
    trunk: float
    outlines: tuple[Outline | None, ...]
    scale: Floats  # (2,) from px of the landmarks to px of the picture

    @classmethod
    def of(cls, landmarks: Landmarks, size_px: tuple[int, int]) -> Faces:
        """Return where the head is; `size_px` is the size of the pictures."""
        scale = np.asarray(size_px, dtype=np.float64) / landmarks.size_px
        xy = landmarks.xy_px.astype(np.float64) * scale
        neck, hips = xy[:, _SHOULDERS].mean(axis=1), xy[:, _HIPS].mean(axis=1)
        lengths = np.hypot(*(neck - hips).T)
        seen = lengths[np.isfinite(lengths)]
        # bent towards the camera the trunk looks short: the head does not get smaller with it
        trunk = float(np.quantile(seen, 0.9)) if seen.size else 0.0
        face = xy[:, _FACE]
        head = (face.mean(axis=1) + xy[:, _EARS].mean(axis=1)) / 2
        reach = np.hypot(*np.moveaxis(face - head[:, None], -1, 0)).max(axis=1)
        radius = np.fmax(_ROUND * trunk, _ABOUT * reach)
        known = np.isfinite(head).all(axis=1) & np.isfinite(neck).all(axis=1)
        time_s = landmarks.time_s
        return cls(
            neck=_bridged(neck, known, time_s),
            head=_bridged(head, known, time_s),
            # on the way between two pictures it may have gone another way
            radius=np.where(known, radius, 1.6 * _ROUND * trunk),
            trunk=trunk,
            outlines=tuple(landmarks.outlines),
            scale=scale,
        )

    def blur(self, picture: Rgb, row: int) -> None:
        """Blur the head in the picture itself; all of it where nobody knows where the head is."""
        height, width = picture.shape[:2]
        if not np.isfinite(self.head[row]).all() or self.trunk <= 0:
            _coarsen(picture, (0, 0, width, height), max(width, height) / 24, None)
            return
        radius = float(self.radius[row])
        mask = np.zeros((height, width), dtype=np.uint8)
        ends = [tuple(np.rint(p).astype(int).tolist()) for p in (self.neck[row], self.head[row])]
        # a head bent or turned away lies somewhere between neck and face
        cv2.line(mask, ends[0], ends[1], 255, max(1, round(1.4 * radius)))
        cv2.circle(mask, ends[1], max(1, round(radius)), 255, -1)
        outline = self.outlines[row] if row < len(self.outlines) else None
        if outline is not None:
            cv2.bitwise_or(mask, self._hair(outline, mask.shape, ends[1]), dst=mask)
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not rows.size:
            return  # the head is out of the picture
        box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        _coarsen(picture, box, 2 * radius / _CELLS, mask)

    def _hair(
        self, outline: Outline, shape: tuple[int, ...], middle: tuple[int, int]
    ) -> NDArray[np.uint8]:
        """Return what of the body's outline lies about the head: hair and hats reach further."""
        about = np.zeros(shape, dtype=np.uint8)
        cv2.circle(about, middle, max(1, round(_NEAR * self.trunk)), 255, -1)
        body = np.zeros(shape, dtype=np.uint8)
        ring = np.rint(outline / OUTLINE_STEPS_PER_PX * self.scale).astype(np.int32)
        cv2.fillPoly(body, [ring], 255)
        return np.asarray(cv2.bitwise_and(about, body), dtype=np.uint8)


def _bridged(places: Floats, known: Bools, time_s: Floats) -> Floats:
    """Fill in where the head was not seen, on the way between, as long as that is short."""
    filled: Floats = np.full_like(places, np.nan)
    there = np.flatnonzero(known)
    if not there.size:
        return filled
    for axis in (0, 1):
        filled[:, axis] = np.interp(time_s, time_s[there], places[there, axis])
    away_s = np.abs(time_s - time_s[there[nearest(time_s, time_s[there])]])
    filled[away_s > _BRIDGE_S] = np.nan
    return filled


def _coarsen(
    picture: Rgb, box: tuple[int, int, int, int], cell: float, mask: NDArray[np.uint8] | None
) -> None:
    """Put the mean of each cell in place of its pixels; nothing finer is left to be found again."""
    left, top, right, bottom = box
    part = picture[top:bottom, left:right]
    wide, tall = (max(1, round(side / cell)) for side in (right - left, bottom - top))
    means = cv2.resize(part, (wide, tall), interpolation=cv2.INTER_AREA)
    smooth = cv2.resize(means, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    if mask is None:
        part[:] = smooth
        return
    inside = mask[top:bottom, left:right] > 0
    part[inside] = smooth[inside]
