"""analyse(source, settings) -> Analysis: the one place where the rooms meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from posture.activities import GAITS
from posture.distribution import version_here
from posture.errors import UnusableClip
from posture.findings.assessment import assessment_of, judged_together
from posture.findings.expected import with_references
from posture.footage.covered import without_covered
from posture.footage.facts import facts_of
from posture.footage.light import is_dark
from posture.footage.playback import playback
from posture.footage.read import with_footage
from posture.footage.repeats import without_repeats
from posture.footage.watch import Watcher
from posture.landmarks.find import Early, find_landmarks
from posture.landmarks.models import find_model
from posture.landmarks.skeleton import NAMES
from posture.landmarks.store import keep_outlines, load_landmarks
from posture.machine import give_back_memory
from posture.measures.clock import at_true_speed, facts_in_time, in_clip_time
from posture.measures.corrected import allowed, check_something_left, marked
from posture.measures.measurable import (
    check_something_measured,
    kept_spans_s,
    main_segment,
    measurable,
)
from posture.measures.measurers import measured_takes
from posture.measures.motion_facts import motion_facts, pace_facts
from posture.measures.notices import notices
from posture.measures.passes import joined_measures, leg_curves, without_parts
from posture.measures.proportions import proportions
from posture.measures.refusals import what_stands_together
from posture.measures.take import Take, clip_scale, takes_of, with_facts
from posture.measures.walk import walk_of, walk_seen
from posture.settings import Settings
from posture.signals.activity import segments_of
from posture.signals.clean import Cleaned, clean
from posture.signals.frame import forward_sign
from posture.signals.merged import merged
from posture.types import (
    Activity,
    Analysis,
    Answers,
    Corrections,
    CycleCurve,
    Event,
    Fact,
    Floats,
    Landmarks,
    Measure,
    Notice,
    Segment,
    Session,
    Signal,
    WalkSeen,
)
from posture.video.probe import probe

Progress = Callable[[str, int, int], None]  # stage, done, of
"""Called as work goes on; the stage's name is a code of the words' table `ui`."""


def analyse(
    path: Path | str,
    settings: Settings | None = None,
    progress: Progress | None = None,
    answers: Answers | None = None,
    corrections: Corrections | None = None,
    early: Early | None = None,
) -> Analysis:
    """Measure one clip: a video, a picture, or the landmarks.npz of an earlier analysis.

    What was found `early`, while a video was coming in, saves time and changes nothing.

    Raises
    ------
    UnusableClip
        The clip cannot be read or shows nobody to measure.
    ModelTrouble
        The pose model is missing or damaged.
    CannotCorrect
        The clip does not allow what was corrected in it by hand.
    """
    settings = settings or Settings()
    landmarks = landmarks_of(Path(path), settings, progress, early)
    found = analyse_landmarks(landmarks, settings, answers, corrections)
    give_back_memory()  # what was worked out on the way: of a long clip some hundred MB
    return found


def landmarks_of(
    path: Path,
    settings: Settings,
    progress: Progress | None = None,
    early: Early | None = None,
) -> Landmarks:
    """Return the client's landmarks: read from a .npz, otherwise found in the clip."""
    if path.suffix == ".npz":
        return load_landmarks(path)
    source = probe(path, settings.video)
    model = find_model(settings.model)
    done = 0

    def step(frames: int) -> None:
        nonlocal done
        done = min(done + frames, source.clip.frames)
        if progress is not None:
            progress("following", done, source.clip.frames)

    if progress is not None:
        progress("finding_person", 0, source.clip.frames)
    watcher = Watcher(source.time_s, source.size_px)
    try:
        found = find_landmarks(
            source,
            model,
            activity=settings.activity,
            settings=settings.landmarks,
            progress=step,
            watch=watcher,
            early=early,
        )
    except UnusableClip as trouble:
        if trouble.reason.code == "nobody_in_view" and is_dark(watcher.glances):
            raise UnusableClip("clip_too_dark") from trouble
        raise
    return without_covered(without_repeats(with_footage(found, watcher)))


def analyse_landmarks(
    landmarks: Landmarks,
    settings: Settings | None = None,
    answers: Answers | None = None,
    corrections: Corrections | None = None,
) -> Analysis:
    """Return everything that follows from the landmarks; neither model nor video is needed.

    `corrections` are what somebody corrected by hand, in seconds of the clip.

    Raises
    ------
    UnusableClip
        They are not those of a whole body, or nothing can be measured in them.
    CannotCorrect
        The clip does not allow what was corrected in it.
    """
    settings = settings or Settings()
    if not set(NAMES) <= set(landmarks.names):
        raise UnusableClip("not_landmarks", file=landmarks.clip.file)
    landmarks = replace(landmarks, facts=facts_of(landmarks))
    known_speed, told = playback(landmarks.clip, settings.speed)
    speed = known_speed or 1.0
    speed_unsaid = told is None and settings.speed is None
    in_clip, landmarks = landmarks, at_true_speed(landmarks, speed)
    cleaned = clean(landmarks, settings.clean)
    forward = forward_sign(cleaned.landmarks, settings.frame)
    facts = (
        *landmarks.facts,
        *(() if told is None else facts_in_time([told], speed)),
        *motion_facts(cleaned.landmarks, forward, settings.activities, speed_unsaid=speed_unsaid),
    )
    cleaned = replace(cleaned, landmarks=replace(cleaned.landmarks, facts=facts))
    segments = measurable(
        cleaned.landmarks,
        segments_of(
            cleaned.landmarks,
            forward,
            settings=settings.activities,
            frame_settings=settings.frame,
            near_side=settings.near_side,
        ),
        wanted=_wanted(settings),
        one_standing=settings.variant == "calibration",
        quality=settings.quality,
    )
    takes = takes_of(
        cleaned, forward, segments, settings.height_m, settings.frame, settings.quality
    )
    seen = _Seen(
        cleaned=cleaned,
        segments=segments,
        time_s=in_clip.time_s,
        facts=facts,
        speed=speed,
        speed_unsaid=speed_unsaid,
    )
    found = _numbers(takes, seen, settings)
    check_something_measured(found.measures)
    if corrections:
        measured = found
        corrections = allowed(
            corrections, in_clip.time_s, measured.events, measured.walks, segments
        )
        put = corrections.in_time(speed)
        found = _numbers([replace(take, corrections=put) for take in takes], seen, settings)
        check_something_left(corrections, measured.walks, found.walks, segments, in_clip.time_s)
        check_something_measured(found.measures)
        found = replace(found, measures=marked(found.measures, measured.measures))
    main = main_segment(segments)
    return Analysis(
        clip=landmarks.clip,
        person=landmarks.person,
        view=main.view,
        scale=clip_scale(takes, settings.height_m),
        segments=segments,
        events=found.events,
        landmarks=keep_outlines(in_clip, kept_spans_s(segments, in_clip)),
        signals=found.signals,
        measures=found.measures,
        assessment=assessment_of(without_parts(found.measures), answers, facts=found.facts),
        warnings=found.warnings,
        made_with=_made_with(landmarks, settings),
        proportions=proportions(cleaned.landmarks, forward, segments),
        walks=found.walks,
        curves=found.curves,
        facts=facts_in_time(found.facts, 1 / speed),
        corrections=corrections or Corrections(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What is known of a clip before its numbers are."""

    cleaned: Cleaned
    segments: tuple[Segment, ...]
    time_s: Floats  # of the clip, as its player shows it
    facts: tuple[Fact, ...]
    speed: float
    speed_unsaid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """What the takes of a clip give; moments in the clip's time."""

    measures: tuple[Measure, ...]
    events: tuple[Event, ...]
    signals: tuple[Signal, ...]
    walks: tuple[WalkSeen, ...]
    curves: tuple[CycleCurve, ...]
    warnings: tuple[Notice, ...]
    facts: tuple[Fact, ...]


def _numbers(takes: Sequence[Take], seen: _Seen, settings: Settings) -> _Numbers:
    gaits = {t.index: walk_of(t, settings.gait) for t in takes if t.segment.activity in GAITS}
    facts = seen.facts
    if seen.speed_unsaid:
        facts = (*facts, *pace_facts([(t, gaits[t.index]) for t in takes if t.index in gaits]))
        takes = with_facts(takes, facts)
    measured = measured_takes(takes, gaits, settings)
    walks = tuple(walk_seen(one.take, one.walk) for one in measured.passes)
    joined = joined_measures(measured.passes, measured.measures, settings.gait)
    measures = with_references(
        what_stands_together(measured.measures, joined, facts, seen.cleaned.landmarks.time_s)
    )
    warnings = notices(seen.cleaned, seen.segments, walks)
    events, signals, walks = in_clip_time(
        sorted(measured.events, key=lambda event: event.time_s),
        merged(measured.signals),
        walks,
        seen.speed,
    )
    return _Numbers(
        measures=measures,
        events=events,
        signals=signals,
        walks=walks,
        curves=leg_curves(measured.passes),
        warnings=warnings,
        facts=facts,
    )


def join(
    analyses: Sequence[Analysis], answers: Answers | None = None, *, sure_of_person: bool = False
) -> Session:
    """Return what several clips of one person add up to; inference takes measures, never a clip.

    Clips whose bodies are built too differently give no verdict, unless somebody is
    `sure_of_person`.
    """
    if not analyses:
        raise ValueError("expected at least one analysis, got none")
    files = [analysis.clip.file for analysis in analyses]
    bodies = [] if sure_of_person else [analysis.proportions for analysis in analyses]
    found = judged_together(
        [(clip, m) for clip, analysis in enumerate(analyses) for m in analysis.measures],
        bodies,
        files,
        answers,
        facts=[analysis.facts for analysis in analyses],
    )
    warned = found.two_people
    return Session(
        analyses=tuple(analyses),
        measures=found.measures,
        assessment=found.assessment,
        warnings=()
        if warned is None
        else (Notice(message=warned, what_to_do=found.assessment.verdict.next_test),),
    )


def _wanted(settings: Settings) -> Activity | None:
    """Return what is asked for; a bend on a wedge says nothing of how somebody stands."""
    varied = settings.variant in {"soft_knee", "heel_wedge"}
    return Activity.FORWARD_BEND if varied else settings.activity


def _made_with(landmarks: Landmarks, settings: Settings) -> dict[str, object]:
    name, _, sha256 = landmarks.model.rpartition(" ")
    return {
        "posture": version_here(),
        "mediapipe": version("mediapipe"),
        "numpy": np.__version__,
        "model": {"name": name, "sha256": sha256},
        "settings": settings.as_record(),
    }
