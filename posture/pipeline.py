"""analyse(source, settings) -> Analysis: the one place where the rooms meet."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from posture.errors import UnusableClip
from posture.findings.assessment import assessment_of, judged_together
from posture.findings.expected import with_references
from posture.landmarks.find import find_landmarks
from posture.landmarks.models import find_model
from posture.landmarks.store import keep_outlines, load_landmarks
from posture.measures.bend import bend_measures, bend_signals
from posture.measures.bend_poses import bend_events
from posture.measures.bend_variants import variant_measures
from posture.measures.calibration import calibration_measures, neutral_take
from posture.measures.facts import not_one_person, under_facts
from posture.measures.gait import gait_events, gait_measures, running_measures
from posture.measures.gates import qualified
from posture.measures.leg_raise import leg_raise_measures, leg_raise_signals
from posture.measures.lunge import lunge_measures
from posture.measures.motion_facts import backward_facts
from posture.measures.passes import Pass, joined_measures, leg_curves, without_parts
from posture.measures.possible import is_withheld, only_possible
from posture.measures.proportions import proportions
from posture.measures.push_off import gait_signals, heel_off_events, push_off_measures
from posture.measures.refusal import is_upside_down, sits, why_nothing
from posture.measures.rhythm import rhythm_measures
from posture.measures.standing import standing_measures, standing_signals
from posture.measures.take import Take, takes_of
from posture.measures.trials import over_trials
from posture.measures.walk import walk_of, walk_seen
from posture.settings import Settings
from posture.signals.activity import segments_of
from posture.signals.clean import Cleaned, clean
from posture.signals.frame import forward_sign, scale_of
from posture.types import (
    Activity,
    Analysis,
    Answers,
    Event,
    Facing,
    Fact,
    FactKind,
    Landmarks,
    Measure,
    Notice,
    Reason,
    Segment,
    Session,
    Side,
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
        done += frames
        if progress is not None:
            progress("following", done, source.clip.frames)

    if progress is not None:
        progress("finding_person", 0, source.clip.frames)
    return find_landmarks(
        source, model, activity=settings.activity, settings=settings.landmarks, progress=step
    )


def analyse_landmarks(
    landmarks: Landmarks, settings: Settings | None = None, answers: Answers | None = None
) -> Analysis:
    """Return everything that follows from the landmarks; neither model nor video is needed."""
    settings = settings or Settings()
    cleaned = clean(landmarks, settings.clean)
    forward = forward_sign(cleaned.landmarks, settings.frame)
    seen = backward_facts(cleaned.landmarks, forward, settings.activities)
    facts = (*landmarks.facts, *seen)
    segments = _segments(cleaned, forward, settings, facts)
    takes = takes_of(cleaned, forward, segments, settings.height_m, settings.frame)
    measured = _measured(takes, settings)
    walks = tuple(walk_seen(*one) for one in measured.passes)
    joined = joined_measures(measured.passes, measured.measures, settings.gait)
    joined = under_facts(joined, landmarks.facts, landmarks.time_s)
    measures = with_references(only_possible([*measured.measures, *joined]))
    main = _main_segment(segments)
    return Analysis(
        clip=landmarks.clip,
        person=landmarks.person,
        view=main.view,
        scale=scale_of(_height_px(takes), settings.height_m),
        segments=segments,
        events=tuple(sorted(measured.events, key=lambda event: event.time_s)),
        landmarks=keep_outlines(landmarks, _measured_spans(segments, landmarks)),
        signals=_merged(measured.signals),
        measures=measures,
        assessment=assessment_of(
            without_parts(measures), answers, two=not_one_person(landmarks.facts)
        ),
        warnings=(*_warnings(landmarks, cleaned, segments), *_strides_left_out(walks)),
        made_with=_made_with(landmarks, settings),
        proportions=proportions(cleaned.landmarks, forward, segments),
        walks=walks,
        curves=leg_curves(measured.passes),
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


def _segments(
    cleaned: Cleaned, forward: np.ndarray, settings: Settings, facts: Sequence[Fact]
) -> tuple[Segment, ...]:
    """Return the segments, or say in one sentence why none of them can be measured."""
    if is_upside_down(cleaned.landmarks):  # a body the wrong way up looks like a bend of 180 deg
        raise UnusableClip("upside_down")
    segments = segments_of(
        cleaned.landmarks,
        forward,
        settings=settings.activities,
        frame_settings=settings.frame,
        near_side=settings.near_side,
    )
    segments = tuple(_without_seated_gait(segment, cleaned.landmarks) for segment in segments)
    if settings.variant == "calibration":
        segments = _one_standing(segments)
    # a bend on a wedge or with soft knees says nothing of how somebody stands
    varied = settings.variant in {"soft_knee", "heel_wedge"}
    wanted = Activity.FORWARD_BEND if varied else settings.activity
    if wanted is not None:
        found = tuple(segment for segment in segments if segment.activity is wanted)
        if not found:
            why = why_nothing(cleaned.landmarks, segments)
            if why.code in _SAYS_MORE:
                raise UnusableClip(why.code, **why.values)
            raise _not_found(wanted, segments)
        segments = found
    measurable = [s for s in segments if s.activity not in {Activity.OTHER, Activity.RUNNING}]
    if not measurable and any(s.activity is Activity.RUNNING for s in segments):
        return segments  # said as a warning; there is nothing wrong with the clip
    if not measurable:
        backwards = [fact.reason for fact in facts if fact.kind is FactKind.BACKWARDS]
        why = backwards[0] if backwards else why_nothing(cleaned.landmarks, segments)
        raise UnusableClip(why.code, **why.values)
    _check_view(measurable)
    return segments


# of these it helps more to be told how the person is held than that the test was not found
_SAYS_MORE = {"lies_or_turned", "sits", "moves_seated", "clip_feet_cut_off"}


def _without_seated_gait(segment: Segment, landmarks: Landmarks) -> Segment:
    """Take back that somebody walks who sits: legs that shake in a wheelchair take no steps."""
    gaits = {Activity.WALKING, Activity.RUNNING}
    if segment.activity in gaits and sits(landmarks, segment.frames):
        return replace(segment, activity=Activity.OTHER)
    return segment


def _one_standing(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Return the segments with all standing as one: a moving pelvis only breaks stillness."""
    standing = [segment for segment in segments if segment.activity is Activity.STANDING]
    if not standing:
        return segments
    longest = max(standing, key=lambda s: s.frames[1] - s.frames[0])
    whole = (standing[0].frames[0], standing[-1].frames[1])
    others = [s for s in segments if s.frames[1] <= whole[0] or s.frames[0] >= whole[1]]
    joined = [*others, replace(longest, frames=whole)]
    return tuple(sorted(joined, key=lambda s: s.frames[0]))


def _not_found(wanted: Activity, segments: Sequence[Segment]) -> UnusableClip:
    seen = {s.activity for s in segments} - {Activity.OTHER}
    if not seen:
        return UnusableClip("activity_not_found_at_all", activity=wanted.value)
    longest = max(
        (s for s in segments if s.activity in seen), key=lambda s: s.frames[1] - s.frames[0]
    )
    return UnusableClip("activity_not_found", activity=wanted.value, seen=longest.activity.value)


def _check_view(segments: Sequence[Segment]) -> None:
    """Refuse a clip in which every test is seen from the front, or nearly so."""
    views = [segment.view for segment in segments]
    if all(view.facing in {Facing.FRONT, Facing.BACK} for view in views):
        raise UnusableClip("front_view")
    turned = [abs(view.yaw_deg) for view in views if math.isfinite(view.yaw_deg)]
    if turned and len(turned) == len(views) and min(turned) > _REFUSED_YAW_DEG:
        raise UnusableClip("turned_away", yaw_deg=min(turned))


_REFUSED_YAW_DEG = 28.0  # as QualitySettings.refused_yaw_deg


@dataclass(slots=True)
class _Measured:
    """What the takes gave, before it is put together."""

    measures: list[Measure] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)


def _measured(takes: Sequence[Take], settings: Settings) -> _Measured:
    found = _Measured()
    for take in takes:
        activity = take.segment.activity
        own: list[Measure] = []
        if activity is Activity.STANDING:
            own += _standing(take, settings)
            found.signals += standing_signals(take)
        elif activity is Activity.FORWARD_BEND:
            course = bend_signals(take, settings.bend)
            moments = bend_events(take, settings.bend)
            own += _bend(take, course, moments, settings)
            found.events += moments
            found.signals += course
        elif activity is Activity.WALKING:
            walk = walk_of(take, settings.gait)
            found.passes.append((take, walk))
            own += gait_measures(take, walk, settings.gait, settings.belt_m_s)
            own += push_off_measures(take, walk)
            found.events += [*gait_events(take, walk, settings.gait), *heel_off_events(take, walk)]
            found.signals += gait_signals(take, walk)
        elif activity is Activity.RUNNING:
            own += running_measures(take, walk_of(take, settings.gait), settings.gait)
        elif activity is Activity.WALL_LUNGE:
            own += lunge_measures(take, settings.lunge)
        elif activity is Activity.LEG_RAISE:
            own += leg_raise_measures(take, settings.leg_raise)
            found.signals += leg_raise_signals(take)
        own = [*qualified(take, own, pain=settings.pain, settings=settings.gates)]
        own = [*only_possible(under_facts(own, take.facts, take.landmarks.time_s))]
        if is_withheld(own):  # nothing else may rest on points that gave this
            found.passes = [one for one in found.passes if one[0] is not take]
            found.events = [event for event in found.events if event.segment != take.index]
        found.measures += own
    found.measures += over_trials(found.measures)
    return found


def _bend(
    take: Take, course: Sequence[Signal], moments: Sequence[Event], settings: Settings
) -> tuple[Measure, ...]:
    if settings.variant in {"soft_knee", "heel_wedge"}:
        return variant_measures(take, settings.variant, settings.bend, settings.bend_variants)
    found = bend_measures(take, settings.bend)
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


def _merged(signals: Sequence[Signal]) -> tuple[Signal, ...]:
    """Return one signal per name and side, put together from the segments it was read in."""
    whole: dict[tuple[str, Side], Signal] = {}
    for signal in signals:
        key = (signal.name, signal.side)
        if key in whole:
            before = whole[key].value
            together = np.where(np.isfinite(before), before, signal.value)
            whole[key] = replace(signal, value=together)
        else:
            whole[key] = signal
    return tuple(whole.values())


def _main_segment(segments: Sequence[Segment]) -> Segment:
    """Return the segment whose view stands for the clip: the longest one that is measured."""
    measured = [s for s in segments if s.activity is not Activity.OTHER] or list(segments)
    return max(measured, key=lambda s: s.frames[1] - s.frames[0])


def _height_px(takes: Sequence[Take]) -> float:
    return float(np.median([take.height_px for take in takes])) if takes else math.nan


def _measured_spans(segments: Sequence[Segment], landmarks: Landmarks) -> list[tuple[float, float]]:
    """Return the time spans whose outlines are kept: tests, and the standing about them."""
    time_s = landmarks.time_s
    return [
        (float(time_s[s.frames[0]]) - _ABOUT_S, float(time_s[s.frames[1] - 1]) + _ABOUT_S)
        for s in segments
        if s.activity not in {Activity.OTHER, Activity.RUNNING}
    ]


_ABOUT_S = 2.0  # ours; a bend's standing pose lies within 1.5 s of it


def _warnings(
    landmarks: Landmarks, cleaned: Cleaned, segments: Sequence[Segment]
) -> tuple[Notice, ...]:
    person = landmarks.person
    found = []
    if person.count_seen > 1:
        told = {"count": person.count_seen, "number": person.number}
        because = person.chosen_because
        code = "others_in_view_alike" if "rival" in because.values else "others_in_view"
        found.append(
            Notice(
                message=Reason(code, {**told, "because": because.code, **because.values}),
                what_to_do=Reason("choose_other_person"),
            )
        )
    if landmarks.clip.left_out:
        found.append(
            Notice(message=Reason("pictures_left_out", {"count": landmarks.clip.left_out}))
        )
    share = float(cleaned.swapped.mean())
    if share > _WORTH_SAYING:
        found.append(Notice(message=Reason("legs_exchanged", {"share": share})))
    if person.seen_share < 1 - _WORTH_SAYING:
        found.append(Notice(message=Reason("seen_partly", {"share": person.seen_share})))
    if any(s.activity is Activity.RUNNING for s in segments):
        found.append(Notice(message=Reason("running_seen")))
    return tuple(found)


def _strides_left_out(walks: Sequence[WalkSeen]) -> list[Notice]:
    """Say how many strides of the near leg nothing rests on, once for each reason."""
    near = [stride for walk in walks for stride in walk.strides if stride.is_near]
    codes = [stride.left_out.code for stride in near if stride.left_out is not None]
    return [
        Notice(
            message=Reason(
                "strides_left_out",
                {"count": codes.count(code), "all": len(near), "because": code},
            )
        )
        for code in dict.fromkeys(codes)
    ]


_WORTH_SAYING = 0.02  # ours; a share under this changes nothing


def _made_with(landmarks: Landmarks, settings: Settings) -> dict[str, object]:
    name, _, sha256 = landmarks.model.rpartition(" ")
    return {
        "posture": version("posture"),
        "mediapipe": version("mediapipe"),
        "numpy": np.__version__,
        "model": {"name": name, "sha256": sha256},
        "settings": settings.as_record(),
    }
