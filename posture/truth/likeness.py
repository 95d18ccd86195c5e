"""What the shape estimators are worth by how unlike a body is to those they were trained on.

Bodies of known truth that they never saw: clips of our generator, clips of another one, and
outlines without error, which are another kind of picture than those of the pose model.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from posture.errors import PostureError
from posture.files import whole_file
from posture.landmarks.store import load_landmarks, save_landmarks
from posture.machine import without_native_chatter
from posture.measures.doubt import doubt_rows
from posture.pipeline import analyse_landmarks, landmarks_of
from posture.settings import Settings
from posture.signals.estimate import estimators, is_like_the_trained, widened
from posture.truth.ceiling import Ceiling, ceiling, ceilings
from posture.truth.other import known_of_other
from posture.truth.outlines import distances
from posture.truth.score import clips_in, fair_sd, settings_for
from posture.truth.train import (
    BEND,
    LIMBS,
    STANDING,
    Body,
    bodies,
    last_trained_on,
    lessons,
)
from posture.types import Activity, Floats, Landmarks

# which estimator a measure is read by
READ_BY: Mapping[Activity, Mapping[str, str]] = {
    Activity.STANDING: {
        "pelvic_tilt": "standing",
        "lumbar_curve": "standing",
        "thoracic_rounding": "standing",
        "trunk_lean": "limbs",
        "knee_flexion": "limbs",
        "shank_lean": "limbs",
    },
    Activity.FORWARD_BEND: {
        "pelvic_rotation": "bend",
        "pelvis_on_thigh_flexion": "bend",
        "lumbar_flexion": "bend",
        "thoracic_flexion": "bend",
    },
}
_TARGETS = {"standing": STANDING, "bend": BEND, "limbs": LIMBS}
_MEASURES = {  # whose stated error holds a target's
    ("standing", "pelvis"): "pelvic_tilt",
    ("standing", "lordosis"): "lumbar_curve",
    ("standing", "kyphosis"): "thoracic_rounding",
    ("limbs", "trunk"): "trunk_lean",
    ("limbs", "shank"): "shank_lean",
    **{("bend", target): target for target in BEND},
}
BINS = (0.0, 0.35, 0.5, 0.65, 0.8, 1.0, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Off:
    """How far one number is off, beside what is said of it and how unlike the body is."""

    sort: str  # of bodies
    estimator: str
    what: str
    away: float
    error: float
    sd: float  # as stated


def of_clips(clips: Iterable[Path], settings: Settings) -> Iterator[Off]:
    """Yield what is off on clips written by `posture truth make`; landmarks there are used."""
    for clip in clips:
        kept = clip / f"landmarks_{Path(settings.model).stem}.npz"
        truth = json.loads((clip / "truth.json").read_text("utf-8"))
        activity = Activity(truth["activity"])
        if activity in READ_BY:
            known = {row["name"]: float(row["value"]) for row in truth["measures"]}
            seen = _seen(clip / "clip.mp4", kept, settings)
            yield from _of("ours", seen, activity, known, settings_for(truth, settings))


def of_other(folder: Path, kept: Path, settings: Settings) -> Iterator[Off]:
    """Yield the same for clips of the other generator; what was seen of them is kept."""
    for path in sorted(folder.glob("*/truth.json")):
        known = known_of_other(path.parent)
        if known is not None:
            seen = _seen(path.parent / "clip.mp4", kept / f"other_{path.parent.name}.npz", settings)
            yield from _of("another generator", seen, *known, settings)


def _seen(clip: Path, kept: Path, settings: Settings) -> Landmarks:
    if not kept.exists():
        with without_native_chatter():
            found = landmarks_of(clip, settings)
        kept.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(kept) as part:
            save_landmarks(part, found)
    return load_landmarks(kept)


def _of(
    sort: str,
    seen: Landmarks,
    activity: Activity,
    known: Mapping[str, float],
    settings: Settings,
) -> Iterator[Off]:
    try:
        analysis = analyse_landmarks(seen, settings)
    except PostureError:
        return
    away = distances(seen, settings).get(activity, {})
    told: set[str] = set()
    for measure in analysis.measures:
        mine = measure.segment is not None and (
            analysis.segments[measure.segment].activity is activity
        )
        by = READ_BY[activity].get(measure.name)
        usable = by in away and measure.name in known and math.isfinite(measure.value)
        if mine and usable and by is not None and measure.name not in told:
            told.add(measure.name)
            yield Off(
                sort=sort,
                estimator=by,
                what=measure.name,
                away=away[by],
                error=measure.value - known[measure.name],
                sd=fair_sd(measure) if sort == "ours" else measure.sd,
            )


def of_bodies(found: Sequence[Body], sort: str) -> Iterator[Off]:
    """Yield the same for single pictures, which a measure trusts less than a clip."""
    rows = lessons(list(found))
    single = math.hypot(1.0, Settings().standing.still_picture_factor)
    for (kind, target), measure in _MEASURES.items():
        activity = Activity.FORWARD_BEND if kind == "bend" else Activity.STANDING
        stated = doubt_rows()[activity, measure].estimated or {}
        sd = math.hypot(*(v for cause, v in stated.items() if cause != "bone_shape"))
        column = _TARGETS[kind].index(target)
        of = rows[kind]
        for features, true, bent in zip(of.features, of.targets[:, column], of.bent, strict=True):
            if kind == "limbs" and bent:  # never asked for in a bend
                continue
            said = estimators()[kind](features)
            if is_like_the_trained(said.unlikeness):
                yield Off(
                    sort=sort,
                    estimator=kind,
                    what=measure,
                    away=said.unlikeness,
                    error=said.values[target] - float(true),
                    sd=sd * single * widened(said.unlikeness, unseen=len(said.unseen)),
                )


def markdown(offs: Sequence[Off], found: Sequence[Ceiling], commands: str) -> str:
    """Write both tables."""
    sorts = list(dict.fromkeys(one.sort for one in offs))
    return "\n".join(
        [
            "## Errors by distance from the bodies trained on",
            "",
            "Distance 1 is the 99th percentile of the training pictures, slips of the pose model",
            "among them; from 2 on nothing is answered. Share of true values within the stated",
            "95 % interval; in brackets the root mean square of error over stated sd, how many.",
            "Made by",
            "",
            "```",
            commands,
            "```",
            "",
            "| estimator | bodies | " + " | ".join(_bin_names()) + " |",
            "|---|---|" + "---|" * (len(BINS) - 1),
            *(
                f"| {kind} | {sort} | " + " | ".join(_cells(offs, kind, sort)) + " |"
                for kind in (*_TARGETS, "all")
                for sort in sorts
            ),
            "",
            "## What an outline can tell of the pelvis",
            "",
            "Natural people not trained on, in the two poses people stand in. Skill is that of",
            "the tilt, bone shape and all; drawn in: moved towards people's mean by a line fitted",
            "to the other half of these people: the most that such a reading can be worth.",
            "",
            "| read from | people | pelvis, MAE | tilt, skill | drawn in |",
            "|---|---|---|---|---|",
            *(
                f"| {one.read_from} | {one.bodies} | {one.mae_deg:.1f} deg | {one.skill:.2f} | "
                f"{one.skill_drawn_in:.2f} |"
                for one in found
            ),
            "",
        ]
    )


def report(
    out: Path,
    folders: Sequence[Path],
    other: Path | None,
    seen: Path | None,
    seed: int,
    command: str,
) -> str:
    """Return both tables, of what `true_outlines.draw` left in a folder and of clips."""
    settings = Settings()
    offs = list(of_clips((c for folder in folders for c in clips_in(folder)), settings))
    if other is not None:
        offs += of_other(other, out / "seen", settings)
    drawn = list(bodies(out))
    last = last_trained_on(drawn)
    offs += of_bodies([body for body in drawn if body.number > last], "outlines without error")
    found = ceilings(drawn, seed)
    if seen is not None:
        pictures = [body for body in bodies(seen) if body.number > last]
        offs += of_bodies(pictures, "pictures not trained on")
        found.append(
            ceiling(
                "the pose model's outlines and points", pictures, seed, estimators()["standing"]
            )
        )
    return markdown(offs, found, command)


def _bin_names() -> list[str]:
    return [f"{low:.2f} to {high:.2f}" for low, high in pairwise(BINS)]


def _cells(offs: Sequence[Off], kind: str, sort: str) -> Iterator[str]:
    for low, high in pairwise(BINS):
        ratios = np.array(
            [
                one.error / one.sd
                for one in offs
                if one.sort == sort and kind in {one.estimator, "all"} and low <= one.away < high
            ]
        )
        yield _cell(ratios)


def _cell(ratios: Floats) -> str:
    if not len(ratios):
        return "-"
    inside = np.mean(np.abs(ratios) <= _TWO_SIDED)
    return f"{inside:.0%} ({np.sqrt(np.mean(ratios**2)):.2f}; {len(ratios)})"


_TWO_SIDED = 1.96
