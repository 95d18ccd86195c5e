"""analyse(source, settings) -> Analysis: the one place where the rooms meet."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

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
from posture.landmarks.find import find_landmarks
from posture.landmarks.models import find_model
from posture.landmarks.store import keep_outlines, load_landmarks
from posture.measures.bend import bend_measures, bend_signals
from posture.measures.bend_poses import BendPoses, bend_events, bend_poses
from posture.measures.bend_variants import variant_measures
from posture.measures.calibration import calibration_measures, neutral_take
from posture.measures.clock import at_true_speed, facts_in_time, in_clip_time
from posture.measures.cycle_curves import Pass, pass_of
from posture.measures.gait import gait_events, gait_measures, running_measures
from posture.measures.leg_raise import leg_raise_measures, leg_raise_signals
from posture.measures.limp import marked_if_limping
from posture.measures.lunge import lunge_measures
from posture.measures.measurable import (
    check_something_measured,
    kept_spans_s,
    main_segment,
    measurable,
)
from posture.measures.motion_facts import backward_facts, pace_facts, quick_facts
from posture.measures.notices import notices
from posture.measures.passes import joined_measures, leg_curves, without_parts
from posture.measures.proportions import proportions
from posture.measures.push_off import gait_signals, heel_off_events, push_off_measures
from posture.measures.refusals import what_stands, what_stands_together
from posture.measures.rhythm import rhythm_measures
from posture.measures.standing import standing_measures, standing_signals
from posture.measures.take import Take, takes_of, with_facts
from posture.measures.trials import over_trials
from posture.measures.walk import Walk, walk_of, walk_seen
from posture.settings import Settings
from posture.signals.activity import segments_of
from posture.signals.clean import clean
from posture.signals.frame import forward_sign, scale_of
from posture.signals.merged import merged
from posture.signals.stretched import stretched_facts
from posture.types import (
    Activity,
    Analysis,
    Answers,
    Event,
    Landmarks,
    Measure,
    Notice,
    Scale,
    Session,
    Signal,
)
from posture.video.probe import probe

Progress = Callable[[str, int, int], None]  # stage, done, of
"""Called as work goes on; the stage's name is a code of the words' table `ui`."""


def analyse(
    path: Path | str,
    settings: Settings | None = None,
    progress: Progress | None = None,
    answers: Answers | None = None,
) -> Analysis:
    """Measure one clip: a video, a picture, or the landmarks.npz of an earlier analysis.

    Raises
    ------
    UnusableClip
        The clip cannot be read or shows nobody to measure.
    ModelTrouble
        The pose model is missing or damaged.
    """
    settings = settings or Settings()
    return analyse_landmarks(landmarks_of(Path(path), settings, progress), settings, answers)


def landmarks_of(path: Path, settings: Settings, progress: Progress | None = None) -> Landmarks:
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
        )
    except UnusableClip as trouble:
        if trouble.reason.code == "nobody_in_view" and is_dark(watcher.glances):
            raise UnusableClip("clip_too_dark") from trouble
        raise
    return without_covered(without_repeats(with_footage(found, watcher)))


def analyse_landmarks(
    landmarks: Landmarks, settings: Settings | None = None, answers: Answers | None = None
) -> Analysis:
    """Return everything that follows from the landmarks; neither model nor video is needed."""
    settings = settings or Settings()
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
        *backward_facts(cleaned.landmarks, forward, settings.activities),
        *(quick_facts(cleaned.landmarks, forward, settings.activities) if speed_unsaid else ()),
        *stretched_facts(cleaned.landmarks, forward),
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
    )
    takes = takes_of(cleaned, forward, segments, settings.height_m, settings.frame)
    gaits = {t.index: walk_of(t, settings.gait) for t in takes if t.segment.activity in _GAIT}
    if speed_unsaid:
        facts = (*facts, *pace_facts([(t, gaits[t.index]) for t in takes if t.index in gaits]))
        takes = with_facts(takes, facts)
    measured = _measured(takes, gaits, settings)
    walks = tuple(walk_seen(one.take, one.walk) for one in measured.passes)
    joined = joined_measures(measured.passes, measured.measures, settings.gait)
    measures = with_references(
        what_stands_together(measured.measures, joined, facts, landmarks.time_s)
    )
    check_something_measured(measures)
    main = main_segment(segments)
    warnings = notices(cleaned, segments, walks)
    events, signals, walks = in_clip_time(
        sorted(measured.events, key=lambda event: event.time_s),
        merged(measured.signals),
        walks,
        speed,
    )
    return Analysis(
        clip=landmarks.clip,
        person=landmarks.person,
        view=main.view,
        scale=_scale(takes, settings),
        segments=segments,
        events=events,
        landmarks=keep_outlines(in_clip, kept_spans_s(segments, in_clip)),
        signals=signals,
        measures=measures,
        assessment=assessment_of(without_parts(measures), answers, facts=facts),
        warnings=warnings,
        made_with=_made_with(landmarks, settings),
        proportions=proportions(cleaned.landmarks, forward, segments),
        walks=walks,
        curves=leg_curves(measured.passes),
        facts=facts_in_time(facts, 1 / speed),
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


@dataclass(slots=True)
class _Measured:
    """What the takes gave, before it is put together."""

    measures: list[Measure] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)


_GAIT = {Activity.WALKING, Activity.RUNNING}


def _measured(takes: Sequence[Take], gaits: Mapping[int, Walk], settings: Settings) -> _Measured:
    found = _Measured()
    for take in takes:
        activity = take.segment.activity
        own: list[Measure] = []
        if activity is Activity.STANDING:
            own += _standing(take, settings)
            found.signals += standing_signals(take)
        elif activity is Activity.FORWARD_BEND:
            poses = bend_poses(take, settings.bend)
            course = bend_signals(take, poses, settings.bend)
            moments = bend_events(take, poses)
            own += _bend(take, poses, course, moments, settings)
            found.events += moments
            found.signals += course
        elif activity is Activity.WALKING:
            walk = gaits[take.index]
            one = pass_of(take, walk)
            found.passes.append(one)
            own += gait_measures(take, walk, settings.gait, settings.belt_m_s)
            own += push_off_measures(one)
            own = [*marked_if_limping(take, walk, own)]
            found.events += [*gait_events(take, walk, settings.gait), *heel_off_events(take, walk)]
            found.signals += gait_signals(one)
        elif activity is Activity.RUNNING:
            own += running_measures(take, gaits[take.index], settings.gait)
        elif activity is Activity.WALL_LUNGE:
            own += lunge_measures(take, settings.lunge)
        elif activity is Activity.LEG_RAISE:
            own += leg_raise_measures(take, settings.leg_raise)
            found.signals += leg_raise_signals(take)
        stands, is_usable = what_stands(take, own, pain=settings.pain, settings=settings.gates)
        found.measures += stands
        if not is_usable:  # nothing else may rest on points that gave this
            found.passes = [one for one in found.passes if one.take is not take]
            found.events = [event for event in found.events if event.segment != take.index]
    found.measures += over_trials(found.measures)
    return found


def _bend(
    take: Take,
    poses: BendPoses | None,
    course: Sequence[Signal],
    moments: Sequence[Event],
    settings: Settings,
) -> tuple[Measure, ...]:
    if settings.variant in {"soft_knee", "heel_wedge"}:
        return variant_measures(
            take, poses, settings.variant, settings.bend, settings.bend_variants
        )
    found = bend_measures(take, poses, settings.bend)
    if take.is_still:
        return found
    return (*found, *rhythm_measures(take, course, moments, found))


def _standing(take: Take, settings: Settings) -> tuple[Measure, ...]:
    if settings.variant != "calibration" or take.is_still:
        return standing_measures(take, settings.standing)
    neutral = neutral_take(take, settings.calibration)
    return (
        *standing_measures(neutral, settings.standing),
        *calibration_measures(take, settings.calibration),
    )


def _scale(takes: Sequence[Take], settings: Settings) -> Scale:
    by_sheet = [t.px_per_m for t in takes if t.scale_by == "sheet" and t.px_per_m is not None]
    if by_sheet:
        return Scale(px_per_m=float(np.median(by_sheet)), source="sheet")
    return scale_of(_height_px(takes), settings.height_m)


def _height_px(takes: Sequence[Take]) -> float:
    return float(np.median([take.height_px for take in takes])) if takes else math.nan


def _made_with(landmarks: Landmarks, settings: Settings) -> dict[str, object]:
    name, _, sha256 = landmarks.model.rpartition(" ")
    return {
        "posture": version_here(),
        "mediapipe": version("mediapipe"),
        "numpy": np.__version__,
        "model": {"name": name, "sha256": sha256},
        "settings": settings.as_record(),
    }
