"""From what was watched to what is kept of a clip's pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posture.footage.motion import motion_of
from posture.footage.roll import level_of, roll_of
from posture.footage.similarity import applied
from posture.footage.watch import Watcher
from posture.footage.yardstick import believed, sheet_of
from posture.types import Bools, Floats, Footage, Ints, Landmarks, Sheet
from posture.video.cuts import Cut, cuts_between


def with_footage(landmarks: Landmarks, watcher: Watcher) -> Landmarks:
    """Return the landmarks with what their pictures showed beside them."""
    cuts = cuts_between(watcher.glances, watcher.time_s)
    motion = motion_of(watcher, [cut.frame for cut in cuts if cut.whole])
    looks = [look for start in sorted(watcher.pieces) for look in watcher.pieces[start].looks]
    frames = np.array([look.number for look in looks], dtype=int)
    light = np.array([look.light for look in looks], dtype=np.float64).reshape(-1, 4)
    lines = [watcher.pieces[start].lines for start in sorted(watcher.pieces)]
    roll_deg, roll_sd_deg = roll_of(lines)
    count = len(landmarks.time_s)
    cover = np.full((count, 2), np.nan, dtype=np.float32)
    for piece in watcher.pieces.values():
        for number, found in piece.covers:
            cover[number] = found
    luma, bright, noise, sharpness = (_between(frames, column, count) for column in light.T)
    return replace(
        landmarks,
        footage=Footage(
            luma=luma,
            bright=bright,
            noise=noise,
            sharpness=sharpness,
            cover=cover,
            change=watcher.glances.change,
            most=watcher.glances.most,
            to_steady=motion.to_steady.astype(np.float32),
            steady_sd_px=motion.sd_px.astype(np.float32),
            group=motion.group,
            cuts=tuple(cut.frame for cut in cuts if cut.whole or _jumps(landmarks, cut)),
            roll_deg=roll_deg,
            roll_sd_deg=roll_sd_deg,
            level_deg=level_of(lines),
            sheet=_sheet(watcher, motion.to_steady, motion.group, roll_deg, roll_sd_deg),
        ),
    )


def _sheet(
    watcher: Watcher, to_steady: Floats, group: Ints, roll_deg: float, roll_sd_deg: float
) -> Sheet | None:
    """Return what the looks at a printed sheet say together, in the one steady picture."""
    seen = [one for start in sorted(watcher.pieces) for one in watcher.pieces[start].sheets]
    looks = [
        replace(look, corners_px=applied(to_steady[number], look.corners_px))
        for number, look in seen
        if np.isfinite(to_steady[number]).all()
    ]
    found = sheet_of(looks, watcher.size_px)
    one_view = len(np.unique(group)) == 1
    return None if found is None else believed(found, roll_deg, roll_sd_deg, one_view=one_view)


def _between(frames: Floats, values: Floats, count: int) -> Floats:
    """Spread values of some pictures over all."""
    known: Bools = np.isfinite(values)
    if not known.any():
        return np.full(count, np.nan, dtype=np.float32)
    return np.interp(np.arange(count), frames[known], values[known]).astype(np.float32)


def _jumps(landmarks: Landmarks, cut: Cut) -> bool:
    """Whether the client is elsewhere all at once too: else something in the room changed."""
    before, now = landmarks.xy_px[cut.frame - 1], landmarks.xy_px[cut.frame]
    both = np.isfinite(before[:, 0]) & np.isfinite(now[:, 0])
    if both.sum() < len(both) / 2:
        return True  # gone, or there at last
    height = float(np.ptp(before[both], axis=0).max())
    return float(np.median(np.hypot(*(now - before)[both].T))) > _JUMP_HEIGHTS * height


_JUMP_HEIGHTS = 0.04  # ours; in a picture's time a walker goes less than a hundredth
