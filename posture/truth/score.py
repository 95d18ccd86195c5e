"""Run the analyser on clips of known truth and put its numbers beside the true ones."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from posture import machine
from posture.errors import PostureError, UnusableClip
from posture.files import whole_file
from posture.landmarks.store import load_landmarks, save_landmarks
from posture.machine import without_native_chatter
from posture.pipeline import analyse_landmarks, landmarks_of
from posture.settings import Settings
from posture.truth.people import BONE_SHAPE_SD_DEG
from posture.types import Activity, Analysis, EventKind, Measure, Quality, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measure of one clip beside its truth; NaN where none was given."""

    clip: str
    measure: str
    unit: str
    true: float
    value: float
    sd: float
    quality: str
    reason: str
    conditions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One true moment of the near leg, and how far off the nearest found one is; NaN = none."""

    clip: str
    kind: str
    off_s: float
    rate_hz: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipScore:
    """All that was found on one clip."""

    clip: str
    activity: str
    restriction: str
    label: str  # the verdict's, or "refused"
    activity_right: bool
    rows: tuple[Row, ...]
    events: tuple[EventRow, ...]
    false_events: int


def clips_in(folder: Path) -> tuple[Path, ...]:
    """Return the clips in a folder written by `make`, in the order of their names.

    Raises
    ------
    UnusableClip
        There is no clip of known truth in the folder.
    """
    clips = sorted(path.parent for path in folder.glob("*/truth.json"))
    clips = [clip for clip in clips if (clip / "clip.mp4").exists()]
    if not clips:
        raise UnusableClip(
            "no_truth_here", path=str(folder), command=f"posture truth make {folder}"
        )
    return tuple(clips)


def score(
    clips: Sequence[Path],
    settings: Settings,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[ClipScore, ...]:
    """Return the score of every clip of `clips_in`, in their order.

    Landmarks are kept beside each clip, so that a second score runs without the model.
    """
    found: dict[Path, ClipScore] = {}
    with ProcessPoolExecutor(
        max(1, workers),
        mp_context=get_context("spawn"),
        initializer=machine.end_with_the_parent,
    ) as pool:
        waiting = {pool.submit(score_clip, clip, settings): clip for clip in clips}
        for done in as_completed(waiting):
            found[waiting[done]] = done.result()
            if progress is not None:
                progress(len(found), len(clips))
    return tuple(found[clip] for clip in clips)


def score_clip(clip: Path, settings: Settings) -> ClipScore:
    """Return the score of one clip."""
    truth = json.loads((clip / "truth.json").read_text("utf-8"))
    settings = settings_for(truth, settings)
    analysis: Analysis | None = None
    refusal = ""
    try:
        analysis = analyse_landmarks(_landmarks(clip, settings), settings)
    except PostureError as trouble:
        refusal = trouble.reason.code
    conditions = conditions_of(truth, settings.model)
    name = f"{clip.parent.name}/{clip.name}"
    seen = {s.activity.value for s in analysis.segments} if analysis is not None else set()
    return ClipScore(
        clip=name,
        activity=truth["activity"],
        restriction=truth["restriction"],
        label=analysis.assessment.verdict.label.value if analysis is not None else "refused",
        activity_right=truth["activity"] in seen,
        rows=tuple(
            _row(name, known, analysis, truth, refusal, conditions) for known in truth["measures"]
        ),
        events=tuple(_events(name, truth, analysis)),
        false_events=_false_events(truth, analysis),
    )


def settings_for(truth: Mapping[str, Any], settings: Settings) -> Settings:
    """Return the settings with what whoever films a clip would type in."""
    return replace(settings, height_m=truth["height_m"], variant=truth.get("variant", "none"))


def _landmarks(clip: Path, settings: Settings) -> Any:  # noqa: ANN401 - Landmarks
    kept = clip / f"landmarks_{Path(settings.model).stem}.npz"
    if kept.exists():
        return load_landmarks(kept)
    with without_native_chatter():
        found = landmarks_of(clip / "clip.mp4", settings)
    with whole_file(kept) as part:
        save_landmarks(part, found)
    return found


def conditions_of(truth: Mapping[str, Any], model: str) -> dict[str, str]:
    """Return what may make a clip hard, in classes."""
    yaw = abs(truth["camera"]["yaw_deg"])
    spoilers, look = truth["spoilers"], truth["look"]
    top = look["top"] if look["top"] in {"loose", "hanging"} else "fitted"
    spoilt = [
        name
        for name, is_so in (
            ("dim", truth["light"]["strength"] < _DIM),
            ("squeezed", spoilers["quality"] > _SQUEEZED),
            ("blurred", spoilers["defocus_px"] > 0 or spoilers["motion_blur"]),
            ("passer-by", spoilers["passer_by"]),
            ("uneven", spoilers["jitter_frac"] > 0),
            ("bench", spoilers["bench"]),
        )
        if is_so
    ]
    return {
        "yaw": "0-4 deg" if yaw < 4 else "4-10 deg" if yaw < 10 else "over 10 deg",
        "pitch": _pitch_class(truth["camera"]),
        "roll": "rolled 8"
        if abs(truth["camera"].get("roll_deg", 0.0)) > _ROLLED_DEG
        else "as usual",
        "sheet": "beside them" if "--sheet" in truth.get("asked", "").split() else "none",
        "clothing": top,
        "picture": "clean" if not spoilt else "spoilt",
        "rate": f"{truth['rate_hz']:.0f} Hz",
        "size": f"{min(truth['camera']['size_px'])} px",
        "model": Path(model).stem,
    }


def _pitch_class(camera: Mapping[str, Any]) -> str:
    """Return whether the person stands in a corner of a camera that looks up or down."""
    aside_m, distance_m = camera.get("aside_m", 0.0), camera.get("distance_m", 1.0)
    aside_deg = math.degrees(math.atan2(abs(aside_m), distance_m))
    return "pitched 10, 15 aside" if aside_deg > _ASIDE_DEG else "as usual"


_DIM, _SQUEEZED, _ASIDE_DEG, _ROLLED_DEG = 0.6, 25, 12.0, 6.0


def _row(
    clip: str,
    known: Mapping[str, Any],
    analysis: Analysis | None,
    truth: Mapping[str, Any],
    refusal: str,
    conditions: Mapping[str, str],
) -> Row:
    measure = _given(analysis, known["name"], known["side"], truth["activity"])
    if measure is None:
        value, sd, quality, reason = math.nan, math.nan, "missing", refusal or "other_activity"
    else:
        value, sd, quality = measure.value, fair_sd(measure), measure.quality.value
        reason = measure.reason.code if measure.reason else ""
    return Row(
        clip=clip,
        measure=f"{truth['activity']}.{known['name']}",
        unit=known["unit"],
        true=known["value"],
        value=value,
        sd=sd,
        quality=quality,
        reason=reason,
        conditions=conditions,
    )


def fair_sd(measure: Measure) -> float:
    """Return the stated sd with the bone shape of these bodies in place of that of real ones."""
    if "bone_shape" not in measure.spread:
        return measure.sd
    return math.hypot(
        *(sd for cause, sd in measure.spread.items() if cause != "bone_shape"), BONE_SHAPE_SD_DEG
    )


def _given(analysis: Analysis | None, name: str, side: str, activity: str) -> Measure | None:
    if analysis is None:
        return None
    found = [
        m
        for m in analysis.measures
        if m.name == name and m.side.value == side and m.activity is Activity(activity)
    ]
    given = [m for m in found if m.quality is not Quality.MISSING]
    longest = sorted(given, key=lambda m: m.frames[1] - m.frames[0])
    return longest[-1] if longest else (found[0] if found else None)


def _events(clip: str, truth: Mapping[str, Any], analysis: Analysis | None) -> list[EventRow]:
    """Return the near leg's true moments, away from the clip's ends."""
    end_s = truth["time_s"][-1]
    rows = []
    for event in truth["events"]:
        if event["side"] not in {truth["near_side"], "both"}:
            continue
        if event["kind"] in _VAGUE:
            continue
        if not _EDGE_S < event["time_s"] < end_s - _EDGE_S:
            continue
        ours = _times(analysis, EventKind(event["kind"]), Side(event["side"]))
        offs = [at - event["time_s"] for at in ours]
        off = min(offs, key=abs, default=math.nan)
        rows.append(
            EventRow(
                clip=clip,
                kind=event["kind"],
                off_s=off if abs(off) < SAME_S else math.nan,
                rate_hz=truth["rate_hz"],
            )
        )
    return rows


def _false_events(truth: Mapping[str, Any], analysis: Analysis | None) -> int:
    """Return how many of the near leg's moments were made up."""
    count = 0
    for kind in (EventKind.HEEL_STRIKE, EventKind.TOE_OFF):
        side = Side(truth["near_side"])
        true = [
            e["time_s"]
            for e in truth["events"]
            if e["kind"] == kind.value and e["side"] == side.value
        ]
        for at in _times(analysis, kind, side):
            if _EDGE_S < at < truth["time_s"][-1] - _EDGE_S:
                count += not any(abs(at - t) < SAME_S for t in true)
    return count


# a bend begins and ends without a jolt: where is a matter of a threshold
_VAGUE = {EventKind.BEND_START.value, EventKind.BEND_END.value}
_EDGE_S = 0.35  # a moment this near the clip's end may rightly be left out
SAME_S = 0.2  # further off it is another moment, or none


def _times(analysis: Analysis | None, kind: EventKind, side: Side) -> list[float]:
    if analysis is None:
        return []
    return [e.time_s for e in analysis.events if e.kind is kind and e.side is side]


def as_record(scores: tuple[ClipScore, ...]) -> list[dict[str, Any]]:
    """Return the scores as JSON holds them; null for NaN."""

    def plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        if isinstance(value, float):
            return round(value, 5) if math.isfinite(value) else None
        return value

    return [plain(asdict(one)) for one in scores]
