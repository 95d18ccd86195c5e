"""What the pictures and the outlines say a clip is like: facts with their spans and doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from posture.footage.parts import spans_s_of
from posture.footage.plane import plane_at
from posture.footage.roll import askew_of
from posture.footage.steady import Camera, cameras_of, steadied
from posture.footage.yardstick import used_sheet
from posture.types import (
    OUTLINE_STEPS_PER_PX,
    Bools,
    Fact,
    FactKind,
    Floats,
    Landmarks,
    Reason,
)

OWN = frozenset(
    {
        FactKind.CAMERA_MOVED,
        FactKind.CAMERA_LOST,
        FactKind.CUT,
        FactKind.TOO_DARK,
        FactKind.BLURRED,
        FactKind.CAMERA_ASKEW,
        FactKind.SHEET_SEEN,
        FactKind.SHEET_UNUSED,
    }
)
"""The kinds that are found here, each time anew."""


def facts_of(landmarks: Landmarks) -> tuple[Fact, ...]:
    """Return the facts of a clip: those it came with and those found here, in order of kind."""
    came = [fact for fact in landmarks.facts if fact.kind not in OWN]
    found = [
        *came,
        *_cuts(landmarks),
        *_camera(landmarks),
        *_light(landmarks),
        *_askew(landmarks),
        *_sheet(landmarks),
    ]
    return tuple(sorted(found, key=lambda fact: _ORDER.index(fact.kind)))


_ORDER = list(FactKind)


def _cuts(landmarks: Landmarks) -> Iterator[Fact]:
    cuts = landmarks.footage.cuts if landmarks.footage else ()
    if cuts:
        yield _fact(
            FactKind.CUT,
            0.95,
            [(float(landmarks.time_s[cut]),) * 2 for cut in cuts],
            Reason("fact_cut", {"parts": float(len(cuts) + 1)}),
            Reason("fact_cut_todo"),
        )


def _camera(landmarks: Landmarks) -> Iterator[Fact]:
    cameras = cameras_of(landmarks)
    time_s = landmarks.time_s
    said = [camera for camera in cameras if camera.is_said]
    moved = [camera for camera in said if not camera.by_feet]
    read = [_span(time_s, camera) for camera in moved]
    if read:
        told = Reason("fact_camera_moved")
        yield _fact(FactKind.CAMERA_MOVED, 0.95, read, told, Reason("fact_camera_moved_todo"))
    by_feet = [_span(time_s, camera) for camera in said if camera.by_feet]
    if by_feet:
        told = Reason("fact_camera_moved_by_feet")
        yield _fact(FactKind.CAMERA_MOVED, 0.9, by_feet, told, Reason("fact_camera_moved_todo"))
    lost = np.concatenate([camera.lost for camera in cameras]) if cameras else np.zeros(0, bool)
    spans = [span for span in spans_s_of(lost, time_s) if span[1] - span[0] >= _LEAST_LOST_S]
    spans += _view_changes(landmarks, cameras)
    if moved:
        steady = steadied(landmarks, cameras)
        spans += [_span(time_s, camera) for camera in moved if _slides(steady, camera)]
    if spans:
        told = Reason("fact_camera_lost")
        yield _fact(FactKind.CAMERA_LOST, 0.9, spans, told, Reason("fact_camera_lost_todo"))


_LEAST_LOST_S = 0.4  # ours; a shorter loss lies between two places that are known


def _span(time_s: Floats, camera: Camera) -> tuple[float, float]:
    return float(time_s[camera.part[0]]), float(time_s[camera.part[1] - 1])


def _view_changes(landmarks: Landmarks, cameras: tuple[Camera, ...]) -> list[tuple[float, float]]:
    """Return when the camera came to see another view without a cut, and how is not known."""
    cuts = set(landmarks.footage.cuts) if landmarks.footage else set()
    time_s = landmarks.time_s
    return [
        (float(time_s[max(camera.part[0] - 1, 0)]), float(time_s[camera.part[0]]))
        for camera in cameras[1:]
        if camera.part[0] not in cuts
    ]


def _slides(steady: Landmarks, camera: Camera) -> bool:
    """Whether feet slide over the ground where the room is said to stand: it is not their depth.

    A camera that is carried along sees the wall behind go by more slowly than the floor.
    """
    rows = slice(*camera.part)
    time_s = steady.time_s[rows]
    speeds = [
        _speed(np.mean([steady.point(f"{side}_{p}")[rows] for p in _FOOT], axis=0), time_s)
        for side in ("left", "right")
    ]
    hips = _speed(
        np.mean([steady.point(f"{side}_hip")[rows] for side in ("left", "right")], axis=0),
        time_s,
    )
    slower = np.fmin(*speeds)
    known = np.isfinite(slower) & np.isfinite(hips)
    if known.sum() < _LEAST_PICTURES:
        return False
    going = float(np.median(hips[known]))
    height_px = float(np.nanmax(np.ptp(steady.xy_px[rows][known], axis=1)))
    walks = going > _GOES_HEIGHTS * height_px
    return walks and float(np.median(slower[known])) > _SLIDES * going


_FOOT = ("heel", "foot_index")
_LEAST_PICTURES = 12
_GOES_HEIGHTS = 0.25  # a second; ours: slower than any walk
_SLIDES = 0.4  # of the hips' speed; ours: the slower foot of a walk is under 0.15, half a pan off


def _speed(path: Floats, time_s: Floats) -> Floats:
    """Return px a second over about a fifteenth of a second to either side."""
    step = max(1, round(_REACH_S / float(np.median(np.diff(time_s)))))
    speed = np.full(len(path), np.nan)
    if len(path) > 2 * step:
        moved = path[2 * step :] - path[: -2 * step]
        lasts = time_s[2 * step :] - time_s[: -2 * step]
        speed[step:-step] = np.hypot(*moved.T) / lasts
    return speed


_REACH_S = 0.066


# How dark and how blurred is too much; grey levels of the person's own area. All ours.
# Read off 45 clips by day, in rooms and in the dark: the brightest tenth of a person (skin, a
# shirt, an edge) is at 109 or more, in dark clothes too; noise makes edges as high as it is.
_DARK_BRIGHT = 42.0  # the brightest tenth, as likely too dark as not
_DARK_SHARP = 4.0
_NOISY_BRIGHT = 80.0  # under this it is the noise that is asked
_NOISY_SHARE = 0.95  # of edges over brightness, else .2 to .8
_NOISY_SHARP = 0.06
_SOFT_SHARE = 0.07  # the same in a picture out of focus; sharp ones are at .2 and over
_SOFT_SHARP = 0.012
_LEAST_SHARE = 0.2  # of the pictures


def _light(landmarks: Landmarks) -> Iterator[Fact]:
    footage = landmarks.footage
    if footage is None or not np.isfinite(footage.bright).any():
        return
    bright = footage.bright.astype(np.float64)
    edges = footage.sharpness / np.maximum(bright, 1.0)
    dim = _chance((_DARK_BRIGHT - bright) / _DARK_SHARP)
    noisy = _chance((edges - _NOISY_SHARE) / _NOISY_SHARP)
    dark = np.fmax(dim, np.where(bright < _NOISY_BRIGHT, noisy, 0.0))
    soft = _chance((_SOFT_SHARE - edges) / _SOFT_SHARP)
    time_s = landmarks.time_s
    for kind, chance, told, todo in (
        (FactKind.TOO_DARK, dark, Reason("fact_too_dark"), Reason("fact_too_dark_todo")),
        (FactKind.BLURRED, soft, Reason("fact_blurred"), Reason("fact_blurred_todo")),
    ):
        is_so: Bools = chance > _LIKELY
        if is_so.mean() >= _LEAST_SHARE:
            probability = float(np.median(chance[is_so]))
            yield _fact(kind, probability, spans_s_of(is_so, time_s), told, todo)


_LIKELY = 0.5


def _chance(odds: Floats) -> Floats:
    """Return the probability of log odds; unknown is none."""
    bounded = np.clip(np.nan_to_num(odds, nan=-50.0), -50.0, 50.0)
    return np.asarray(1 / (1 + np.exp(-bounded)))


def _askew(landmarks: Landmarks) -> Iterator[Fact]:
    if used_sheet(landmarks) is not None:
        return
    hang = askew_of(landmarks)
    if hang is None:
        return
    whole = [(float(landmarks.time_s[0]), float(landmarks.time_s[-1]))]
    values = {"roll_deg": abs(hang.roll_deg)}
    told = (
        Reason("fact_camera_askew", values)
        if hang.is_sure
        else Reason("fact_camera_askew_perhaps", values)
    )
    todo = Reason("fact_camera_askew_todo")
    yield _fact(FactKind.CAMERA_ASKEW, 0.95 if hang.is_sure else 0.6, whole, told, todo)


def _sheet(landmarks: Landmarks) -> Iterator[Fact]:
    """Say whether a printed sheet is used, and for what."""
    sheet = landmarks.footage.sheet if landmarks.footage is not None else None
    if sheet is None:
        return
    whole = [(float(landmarks.time_s[0]), float(landmarks.time_s[-1]))]
    if sheet.trouble:
        why = Reason(_UNUSED[sheet.trouble])
        yield _fact(FactKind.SHEET_UNUSED, 0.95, whole, why, Reason("fact_sheet_unused_todo"))
        return
    values = {"roll_deg": abs(sheet.roll_deg), "pitch_deg": abs(sheet.pitch_deg)}
    plane = plane_at(sheet, _floor_px(steadied(landmarks)))
    if plane.is_same:
        told = Reason("fact_sheet_seen", {**values, "scale_percent": 100 * plane.scale_sd})
        todo = None
    else:
        apart_cm = 100 * abs(plane.behind_m) if np.isfinite(plane.behind_m) else 0.0
        told = Reason("fact_sheet_seen_elsewhere", {**values, "apart_cm": apart_cm})
        todo = Reason("fact_sheet_seen_todo")
    yield _fact(FactKind.SHEET_SEEN, 0.95, whole, told, todo)


_UNUSED = {
    "small": "fact_sheet_unused",
    "hidden": "fact_sheet_unused_hidden",
    "bent": "fact_sheet_unused_bent",
    "moved": "fact_sheet_unused_moved",
    "crooked": "fact_sheet_unused_crooked",
}


def _floor_px(level: Landmarks) -> float:
    """Return how low the outlines end, median over the pictures."""
    lows = [
        float(outline[:, 1].max()) / OUTLINE_STEPS_PER_PX
        for outline in level.outlines
        if outline is not None
    ]
    return float(np.median(lows)) if lows else float("nan")


def _fact(
    kind: FactKind,
    probability: float,
    spans: Sequence[tuple[float, float]],
    reason: Reason,
    todo: Reason | None,
) -> Fact:
    return Fact(
        kind=kind,
        reason=reason,
        spans_s=tuple(sorted(spans)),
        probability=probability,
        what_to_do=todo,
    )
