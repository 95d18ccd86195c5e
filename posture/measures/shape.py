"""What the body's shape says over a stretch of a clip: pelvis, spine and limbs, frame by frame."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from posture.measures.limits import LEAST_READ, LOOKED_AT
from posture.measures.take import Take
from posture.signals.estimate import estimators, is_like_the_trained, widened
from posture.signals.shape import FEATURES, bend_features
from posture.types import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Estimates over some frames."""

    values: Mapping[str, Floats]  # by target, one a frame looked at
    wider: float  # how much the error grows because this body is unlike those trained on

    def median(self, target: str) -> float:
        """Return the middle of a target's values.

        Unit
            Degrees.
        Sign
            That of the target.
        """
        return float(np.median(self.values[target]))


def standing_shape(take: Take, frames: tuple[int, int]) -> tuple[Reading | None, Reading | None]:
    """Return what the shape of somebody standing says of the spine, and of the limbs.

    The spine's targets are pelvis, lordosis and kyphosis, the limbs' the inclinations of trunk,
    thigh and shank. None where shape does not tell.

    Unit
        Degrees; the spine's over a body's own neutral.
    Sign
        Forward (anterior), hollow, rounded.
    Needs
        Outline and near points in half of the frames; a body like those trained on.
    Source
        `posture.signals.estimate`; the limbs are the model's points with their offsets taken out.
    """
    shapes = _shapes(take, frames, frames)
    spine = _read("standing", shapes)
    if spine is not None and _hanging(shapes) >= MAY_HANG:
        spine = replace(spine, wider=spine.wider * _CLOTHES_WIDEN)
    return spine, _read("limbs", shapes)


def hanging_chance(take: Take, frames: tuple[int, int]) -> float:
    """Return how probable it is that a top hangs straight down and hides the back.

    Unit
        Chance, 0 to 1; 0 where no shape can be read.
    Needs
        Upright standing over `frames` [start, end).
    Source
        A logistic regression on the body's shape, trained on rendered clothes: over 0.35 it finds
        six in ten hanging tops and refuses one in fifty fitted ones; over 0.15 nine, and one in
        five.
    """
    return _hanging(_shapes(take, frames, frames))


def _hanging(shapes: list[Floats | None]) -> float:
    known = [shape for shape in shapes if shape is not None]
    if not known:
        return 0.0
    odds = [estimators()["hanging"](shape).values["log_odds"] for shape in known]
    return float(1 / (1 + math.exp(-float(np.median(odds)))))


MAY_HANG, HANGS = 0.15, 0.35
_CLOTHES_WIDEN = 1.5  # ours, rendered loose and hanging tops between the two


def bend_shape(
    take: Take, neutral: tuple[int, int] | None, bent: tuple[int, int]
) -> Reading | None:
    """Return what a bend adds to the same person's standing, or to people's where there is none.

    Unit
        Degrees.
    Sign
        Forward, flexed.
    Needs
        As `standing_shape`, in both poses.
    Source
        `posture.signals.estimate`.
    """
    if neutral is None:
        return _read_against(_peoples_standing(), _shapes(take, bent, bent))
    standing = _shapes(take, neutral, neutral)
    if not _enough(standing):
        return None
    return _read_against(_middle(standing), _shapes(take, bent, neutral))


def _peoples_standing() -> Floats:
    """Return the mean shape of the standing bodies that the estimator was trained on."""
    centre = estimators()["bend"].centre
    return centre[FEATURES : 2 * FEATURES]  # laid out as in `bend_features`: bent, neutral, change


def bend_course(
    take: Take, neutral: tuple[int, int], frames: tuple[int, int], share: Floats
) -> Mapping[str, Floats] | None:
    """Return what a bend adds to standing in every frame of `frames`, by target.

    `share` (T,) is how far down the person is, 0 standing, 1 at the bottom: what the estimator
    reads in somebody who stands is faded out with it, so that the course begins at nothing.

    Unit
        Degrees, (T,); NaN outside of `frames` and where the shape could not be read.
    Sign
        Forward, flexed.
    Needs
        As `bend_shape`.
    Source
        `posture.signals.estimate`.
    """
    standing = _shapes(take, neutral, neutral)
    if not _enough(standing):
        return None
    middle, estimator = _middle(standing), estimators()["bend"]
    reading = _read_against(middle, standing)
    if reading is None:
        return None
    body_px = take.body.size_px(neutral)
    rows = np.full((len(take.forward), len(estimator.targets)), np.nan)
    at_rest = np.array([reading.median(target) for target in estimator.targets])
    for frame in range(*frames):
        shape = take.body.shape(frame, body_px)
        if shape is not None:
            found = np.array(list(estimator(bend_features(shape, middle)).values.values()))
            rows[frame] = found - (1 - share[frame]) * at_rest
    return dict(zip(estimator.targets, rows.T, strict=True))


def asked_of_estimators(
    take: Take, frames: tuple[int, int], neutral: tuple[int, int] | None, *, bends: bool
) -> Mapping[str, tuple[Floats, ...]]:
    """Return what the estimators are given over `frames`, by estimator.

    Unit
        Features, as in training.
    Needs
        Outline and near points. In a bend `neutral` is the same person's standing, or None where
        people's stands in.
    Source
        As `standing_shape` and `bend_shape`.
    """
    shapes = [s for s in _shapes(take, frames, neutral or frames) if s is not None]
    if not bends:
        return {"standing": tuple(shapes), "limbs": tuple(shapes)}
    standing = _peoples_standing()
    if neutral is not None:
        own = _shapes(take, neutral, neutral)
        standing = _middle(own) if _enough(own) else standing
    return {"bend": tuple(bend_features(shape, standing) for shape in shapes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TiltCourse:
    """The pelvis through a take, against the same person's standing."""

    time_s: Floats  # (N,) where it could be read
    tilt_deg: Floats  # (N,) change from standing, anterior positive
    wider: float | None  # as `Reading.wider`; None where the outline over the sacrum stands in


def tilt_course(take: Take, neutral: tuple[int, int]) -> TiltCourse:
    """Return how the pelvis is tilted through a take, against its standing over `neutral`.

    Unit
        Seconds and degrees.
    Sign
        Positive anterior.
    Needs
        Outline and near points.
    Source
        `posture.signals.estimate`, two poses of one person against each other, about ten readings
        a second; else the outline over the sacrum.
    """
    wanted = _looked_at(take)
    standing = _shapes(take, neutral, neutral)
    shapes = _shapes_at(take, wanted, neutral)
    known = np.array([shape is not None for shape in shapes], dtype=bool)
    if _enough(standing) and known.any():
        reading = _read_against(_middle(standing), shapes, "change")
        if reading is not None:
            return TiltCourse(
                time_s=take.landmarks.time_s[wanted][known],
                tilt_deg=reading.values["pelvis"],
                wider=reading.wider,
            )
    sacrum = take.body.back("sacral", take.frames).value
    at_rest = sacrum[slice(*neutral)]
    read = wanted[np.isfinite(sacrum[wanted])]
    rest = float(np.median(at_rest[np.isfinite(at_rest)])) if np.isfinite(at_rest).any() else np.nan
    return TiltCourse(time_s=take.landmarks.time_s[read], tilt_deg=sacrum[read] - rest, wider=None)


def _looked_at(take: Take) -> NDArray[np.int64]:
    """Return the frames of a take that a course is read from: about ten a second."""
    step = max(1, round(0.1 / take.frame_s)) if take.frame_s else 1
    return np.arange(*take.frames, step)


def _shapes(take: Take, frames: tuple[int, int], upright: tuple[int, int]) -> list[Floats | None]:
    count = min(LOOKED_AT, frames[1] - frames[0])
    wanted = np.unique(np.linspace(frames[0], frames[1] - 1, count).round().astype(np.int64))
    return _shapes_at(take, wanted, upright)


def _shapes_at(
    take: Take, wanted: NDArray[np.int64], upright: tuple[int, int]
) -> list[Floats | None]:
    if not take.settings.uses_learnt:
        return []
    body_px = take.body.size_px(upright)
    return [take.body.shape(int(frame), body_px) for frame in wanted]


def _enough(shapes: list[Floats | None]) -> bool:
    known = sum(shape is not None for shape in shapes)
    return known > 0 and known >= LEAST_READ * len(shapes)


def _middle(shapes: list[Floats | None]) -> Floats:
    middle: Floats = np.median([shape for shape in shapes if shape is not None], axis=0)
    return middle


def _read_against(
    neutral: Floats, shapes: list[Floats | None], name: str = "bend"
) -> Reading | None:
    return _read(name, [None if s is None else bend_features(s, neutral) for s in shapes])


def _read(name: str, shapes: list[Floats | None]) -> Reading | None:
    if not _enough(shapes):
        return None
    estimator = estimators()[name]
    found = [estimator(shape) for shape in shapes if shape is not None]
    unlikeness = float(np.median([one.unlikeness for one in found]))
    if not is_like_the_trained(unlikeness):
        return None
    return Reading(
        values={
            target: np.array([one.values[target] for one in found]) for target in estimator.targets
        },
        wider=widened(unlikeness, unseen=int(np.median([len(one.unseen) for one in found]))),
    )
