"""What somebody wears, as the colours along the body: enough to tell two people apart."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.landmarks.skeleton import SIDES, index
from posture.types import Floats, Rgb

Clothes = Floats
"""(parts, 3) colour of each part of PARTS as L, a, b, NaN where it lies outside the picture."""

# Between which points a part is looked at, over which share of the way, and how far to either side
# in body sizes; ours: not at the joints, where a shirt ends or a sock begins, at the trunk not as
# low as a hanging hand, and no wider than a shin. On five clips of one person each, 98 in 100
# pictures are within 9 of the person's usual colours; 22 and more lie between two people.
PARTS = (
    ("shoulder", "hip", 0.1, 0.45, 0.05),
    ("hip", "knee", 0.25, 0.75, 0.03),
    ("knee", "ankle", 0.2, 0.8, 0.02),
)
_ALONG = 12  # ours; places looked at along a part
_ACROSS = 5  # ours; and across it
_FEWEST = 6  # ours; places inside the picture below which a part is not seen

# A shadow or a turn towards the window changes how light a shirt is, hardly its colour.
_LIGHT_COUNTS = 0.5  # ours
_DARK = 15.0  # ours; lightness below which little of a colour is seen
_LIGHT = (0.6, 1.6)  # ours; as much darker or lighter all of somebody may be under another lamp


def clothes_of(rgb: Rgb, xy_px: NDArray[np.floating], size_px: float) -> Clothes:
    """Return the middle colour of each part of a body in a picture."""
    return np.array([_colour(rgb, _places(xy_px, part, size_px)) for part in PARTS])


def _places(
    xy_px: NDArray[np.floating], part: tuple[str, str, float, float, float], size_px: float
) -> Floats:
    """Where a part is looked at, both sides together: (N, 2)."""
    upper, lower, first, last, beside = part
    aside_px = size_px * np.linspace(-beside, beside, _ACROSS)[None, :, None]
    share = np.linspace(first, last, _ALONG)[:, None, None]
    found = []
    for side in SIDES:
        a, b = (xy_px[index(f"{side}_{name}")].astype(np.float64) for name in (upper, lower))
        along = b - a
        across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1.0)
        found.append(a + share * along + aside_px * across)
    return np.concatenate(found).reshape(-1, 2)


def _colour(rgb: Rgb, places: Floats) -> Floats:
    height, width = rgb.shape[:2]
    x, y = np.floor(places).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    if inside.sum() < _FEWEST:
        return np.full(3, np.nan)
    pixels = rgb[y[inside], x[inside]][None].astype(np.float32) / 255
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[0]
    lightness, *hue = np.median(lab, axis=0).tolist()
    seen = min(1.0, lightness / _DARK)  # in the dark the colours are noise
    return np.array([lightness, *(seen * h for h in hue)])


def usual(seen: Sequence[Clothes]) -> Clothes:
    """Return what somebody wears from how it looked several times."""
    known = np.array(seen, dtype=np.float64).reshape(-1, len(PARTS), 3)
    return np.array(
        [
            np.median(colours, axis=0) if len(colours) else np.full(3, np.nan)
            for part in range(len(PARTS))
            for colours in [known[np.isfinite(known[:, part, 0]), part]]
        ]
    )


def parts_apart(one: Clothes, other: Clothes, light_within: tuple[float, float] = _LIGHT) -> Floats:
    """Return how far the colours of each part are apart, (parts,); NaN where one is not known.

    What a lamp changes about all parts alike is taken out first, as far as `light_within`.
    """
    strength = [np.sqrt((c**2).sum(axis=-1)) + _DARK for c in (one, other)]
    ratio = strength[1] / strength[0]
    known = ratio[np.isfinite(ratio)]
    light = float(np.clip(np.median(known), *light_within)) if len(known) else 1.0
    off = (one * np.sqrt(light) - other / np.sqrt(light)) * (_LIGHT_COUNTS, 1.0, 1.0)
    return np.asarray(np.sqrt((off**2).sum(axis=-1)), dtype=np.float64)


def apart(one: Clothes | None, other: Clothes | None) -> float:
    """Return how differently two people are dressed, in units of colour; NaN where not known."""
    if one is None or other is None:
        return np.nan
    parts = parts_apart(one, other)
    known = parts[np.isfinite(parts)]
    return float(known.mean()) if len(known) else np.nan


OTHER = 14.0  # ours; one picture that is this far from the usual colours shows somebody else


def is_other(usual_clothes: Clothes | None, seen: Clothes | None) -> bool:
    """Whether one picture shows somebody who is dressed otherwise.

    In more than one part: a hand, a towel or a point beside the body changes one of them.
    """
    if usual_clothes is None or seen is None:
        return False
    parts = parts_apart(usual_clothes, seen)
    known = parts[np.isfinite(parts)]
    return bool(len(known) > 1 and known.mean() > OTHER and np.median(known) > OTHER / 2)


_SAME = 10.0  # ours; of each part: eight rendered people are within 7 of themselves in other clips
_SAME_LIGHT = (0.8, 1.25)  # ours; a room's, through the day
_COLOURFUL = 20.0  # ours; black, grey, denim and bare skin stay below it


def is_same_dress(one: Clothes | None, other: Clothes | None) -> bool:
    """Whether what two wear looks the same, part by part."""
    if one is None or other is None:
        return False
    parts = parts_apart(one, other, _SAME_LIGHT)
    known = parts[np.isfinite(parts)]
    return bool(len(known) > 1 and known.max() < _SAME)


def is_telling(worn: Clothes | None) -> bool:
    """Whether somebody could be known by what they wear: half a gym is in black and grey."""
    return worn is not None and bool(np.nanmax(np.hypot(*worn[:2, 1:].T), initial=0) > _COLOURFUL)
