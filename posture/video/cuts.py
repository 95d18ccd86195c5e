"""Where one shot ends and the next begins, from a tiny look at every picture."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.types import Floats
from posture.video.glance import Glances

# What tells a cut from a flash, a light, a fast pan and somebody close by; all ours.
# Read off the bundled samples, 20 filmed clips and these joined by hand: within a shot a picture
# differs from the one before at most twice as much as its neighbours do, at a join 7 to 50 times.
_ABOUT_S = 0.25  # neighbours to either side; longer than a flash of a camera
_ABOUT_LEAST = 6  # pictures, so that slow clips have neighbours as well
_EITHER_SIDE = 2  # pictures; a shot shorter than this is a flash
_UNLIKE = 0.3  # 1 - correlation of what is where; other rooms are at .7 to 1.1, a light
# that goes on under .1, two bodies on the one stand of a camera at .5
_CALM_SHARE = 0.5  # of it: what the neighbours stay under, fast pans do not
_TIMES = 3.0  # as much change as in any neighbour
_JUMP_LEVELS = 25.0  # grey levels of a thumb's cell where somebody is there all at once;
# a body that sways by a hundredth of its height changes it by 10
_CALM_LEVELS = 6.0  # change that is always there: noise, the codec's own
_LIGHT_SHARE = 0.5  # of the picture: what changes there all at once is the light
_LATE = 1.7  # of the usual time between two pictures: a gap, where a jump is no wonder
_LEAST_RATE_HZ = 12.0  # slower, and any quick movement is a jump


@dataclass(frozen=True, slots=True)
class Cut:
    """The first picture of a new part."""

    frame: int
    whole: bool  # another view; False = the same view, in which somebody is elsewhere all at once


def cuts_between(glances: Glances, time_s: Floats) -> tuple[Cut, ...]:
    """Return the cuts of a clip.

    Only where every picture about them was seen. A flash comes back to what was there; a light
    that goes on leaves everything in its place; a pan and somebody close to the camera take more
    than one picture.
    """
    found: list[Cut] = []
    for frame in _sudden(glances, time_s):
        about = _about(time_s, frame)
        if _is_another_view(glances, frame, about):
            found.append(Cut(frame, whole=True))
        elif _is_a_jump(glances, time_s, frame, about):
            found.append(Cut(frame, whole=False))
    return tuple(found)


def _sudden(glances: Glances, time_s: Floats) -> list[int]:
    """Return the pictures that differ from the one before far more than pictures about them do."""
    most, change = (np.nan_to_num(rows, nan=0.0) for rows in (glances.most, glances.change))
    count = len(time_s)
    found = []
    for frame in np.flatnonzero(most >= _JUMP_LEVELS / 2):
        before, after = _about(time_s, int(frame))
        side = _EITHER_SIDE
        if frame - before < side or after - frame < side or after > count:
            continue
        if not glances.seen[before:after].all():
            continue
        others = np.r_[before + 1 : frame, frame + 1 : after]
        sharp = most[frame] >= _TIMES * max(most[others].max(), _CALM_LEVELS)
        # a pan that begins or ends has its like on one side
        usual = max(
            float(np.median(change[before + 1 : frame])),
            float(np.median(change[frame + 1 : after])),
        )
        broad = change[frame] >= _TIMES * max(usual, _CALM_LEVELS / _MOST_OVER_MEAN)
        if sharp or broad:
            found.append(int(frame))
    return found


_MOST_OVER_MEAN = 20.0  # ours; where it differs most, over all of the picture: 20 to 100


def _about(time_s: Floats, frame: int) -> tuple[int, int]:
    """Return the pictures [start, end) that are compared with this one."""
    before = int(np.searchsorted(time_s, time_s[frame] - _ABOUT_S))
    after = int(np.searchsorted(time_s, time_s[frame] + _ABOUT_S, side="right"))
    least = _ABOUT_LEAST
    return max(0, min(before, frame - least)), min(len(time_s), max(after, frame + least + 1))


def _is_another_view(glances: Glances, frame: int, about: tuple[int, int]) -> bool:
    thumbs = glances.thumbs
    across = _unlike(thumbs[frame - 1], thumbs[frame])
    if across < _UNLIKE:
        return False
    sides = (range(about[0] + 1, frame), range(frame + 1, about[1]))
    usual = max(float(np.median([_unlike(thumbs[i - 1], thumbs[i]) for i in s])) for s in sides)
    # pictures alike across it: a flash, or something close by that was there and is gone
    across_it = [_unlike(thumbs[frame - 1], thumbs[i]) for i in range(frame + 1, about[1])]
    across_it += [_unlike(thumbs[frame], thumbs[i]) for i in range(about[0], frame - 1)]
    return usual < _CALM_SHARE * across and min(across_it) >= _UNLIKE


def _is_a_jump(glances: Glances, time_s: Floats, frame: int, about: tuple[int, int]) -> bool:
    most = np.nan_to_num(glances.most, nan=0.0)
    others = np.r_[about[0] + 1 : frame, frame + 1 : about[1]]
    if most[frame] < _TIMES * max(most[others].max(), _CALM_LEVELS):
        return False
    usual_s = float(np.median(np.diff(time_s)))
    gap_s = float(time_s[frame] - time_s[frame - 1])
    if gap_s > _LATE * usual_s or usual_s > 1 / _LEAST_RATE_HZ:
        return False
    before = glances.thumbs[frame - 1].astype(np.float32)
    after = glances.thumbs[frame : about[1]].astype(np.float32)
    earlier = glances.thumbs[about[0] : frame - 1].astype(np.float32)
    differs = np.abs(after - before)
    if (differs[0] > _CALM_LEVELS).mean() > _LIGHT_SHARE:
        return False
    farthest = differs.max(axis=(1, 2))
    came_from = np.abs(earlier - after[0]).max(axis=(1, 2))
    goes_back = min(farthest.min(), came_from.min()) < _JUMP_LEVELS / 2
    return bool(farthest[0] >= _JUMP_LEVELS and not goes_back)


def _unlike(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """How little two thumbs show the same things, 0 to 2, whatever the light and a small shift."""
    first, second = _things(a), _things(b)
    best = -1.0
    for right, down in _SHIFTS:
        moved = np.roll(second, (down, right), axis=(0, 1))[_INNER]
        best = max(best, _correlation(first[_INNER], moved))
    return 1 - best


_SHIFTS = tuple(product((-2, -1, 0, 1, 2), (-1, 0, 1)))
_INNER = (slice(1, -1), slice(2, -2))
_FLAT = 1.0  # grey levels; less structure than this is noise


def _things(thumb: NDArray[np.uint8]) -> Floats:
    """Return a thumb without its broad light and shade."""
    plain = thumb.astype(np.float32)
    return np.asarray(plain - cv2.GaussianBlur(plain, (0, 0), 3.0))


def _correlation(a: Floats, b: Floats) -> float:
    # as much noise as a flat picture holds stands in for its structure: flat ones are alike
    noise = _FLAT**2
    return float((a * b).mean() + noise) / float(
        np.sqrt(((a**2).mean() + noise) * ((b**2).mean() + noise))
    )


def parts_of(cuts: tuple[int, ...], count: int) -> list[tuple[int, int]]:
    """Return the stretches [start, end) between cuts, in frames."""
    edges = [0, *cuts, count]
    return [(a, b) for a, b in pairwise(edges) if b > a]
