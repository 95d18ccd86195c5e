"""What is right for each kind of trouble, as code that applies to any clip of the kind.

Each function takes what was found in the clip and in the untouched one, and returns what is not
right, one line each; nothing is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from posture.types import Activity, Analysis, FactKind, Label, Measure, Quality, Reason, Side
from tests.clips import impossible

A_SD = 2.0  # of the stated error: further off, a number is wrong
AS_BEFORE_SD = 1.0  # where nothing happened that could have moved it
DISTANCES = ("step_length", "walking_speed")  # and those in metres, which begin alike
TIMES = ("cadence", "stride_time", "step_time", "heel_rise_rate", "walking_speed")
NEED_FEET = ("fingertip_floor", "reach_fraction", "peak_dorsiflexion", "peak_plantarflexion",
             "plantarflexion_at_toe_off", "push_off_range", "heel_off", "shank_at_heel_off",
             "heel_rise_rate", "stance_share", "double_support_share")  # fmt: skip
# what a usable clip of the activity has to give: without it there is no answer
CHIEF = {
    Activity.STANDING: ("trunk_lean", "knee_flexion", "shank_lean"),
    Activity.FORWARD_BEND: ("pelvis_on_thigh_flexion", "trunk_flexion", "knee_bend"),
    Activity.WALKING: ("cadence", "stance_share", "peak_dorsiflexion"),
}
ALARMS = frozenset(
    set(FactKind) - {FactKind.CAMERA_MOVED, FactKind.CAMERA_ASKEW, FactKind.MIRROR_IMAGE}
)


@dataclass(frozen=True)
class Outcome:
    """What came of a clip: an analysis, or the reason why there is none."""

    analysis: Analysis | None
    refusal: Reason | None = None

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Every measure, or none."""
        return self.analysis.measures if self.analysis is not None else ()

    @property
    def told(self) -> set[str]:
        """The codes of all that is said about the clip, the causes among the values with them."""
        reasons: list[Reason] = [self.refusal] if self.refusal is not None else []
        found = set()
        if self.analysis is not None:
            reasons += [fact.reason for fact in self.analysis.facts]
            reasons += [notice.message for notice in self.analysis.warnings]
            reasons += [m.reason for m in self.measures if m.reason is not None]
            reasons.append(self.analysis.assessment.verdict.because)
            found = {fact.kind.value for fact in self.analysis.facts}
        for reason in reasons:
            found |= {reason.code, *(v for v in reason.values.values() if isinstance(v, str))}
        return found

    def facts(self, *kinds: FactKind) -> list[tuple[float, float]]:
        """The spans of the facts of these kinds."""
        facts = self.analysis.facts if self.analysis is not None else ()
        return [span for fact in facts if fact.kind in kinds for span in fact.spans_s]


Faults = list[str]


def says(found: Outcome, *parts: str) -> Faults:
    """It is said, in a fact, a notice or a reason whose code holds one of these words."""
    if any(part in code for part in parts for code in found.told):
        return []
    return [f"not said: {' or '.join(parts)}; said: {', '.join(sorted(found.told)) or 'nothing'}"]


def silent(found: Outcome, *kinds: FactKind) -> Faults:
    """None of these facts is claimed."""
    claimed = {kind.value for kind in kinds if found.facts(kind)}
    if found.refusal is not None:
        claimed |= {k.value for k in kinds if k.value in found.refusal.code}
    return [f"claimed: {name}" for name in sorted(claimed)]


def answered(found: Outcome) -> Faults:
    """There is an analysis."""
    return [] if found.analysis is not None else [f"refused: {found.refusal}"]


Key = tuple[Activity, str, Side]


def given(measures: Sequence[Measure], names: Collection[str] = ()) -> Iterator[Measure]:
    """The measures that have a value."""
    for m in measures:
        counts = m.unit != "count"
        if m.quality is not Quality.MISSING and counts and (not names or m.name in names):
            yield m


def twin(m: Measure, plain: Outcome, *, flipped: bool) -> Measure | None:
    """The same measure of the untouched clip: over all of it, else the one nearest in value."""
    side = m.side.other if flipped else m.side
    alike = [
        p
        for p in given(plain.measures)
        if (p.activity, p.name, p.side) == (m.activity, m.name, side)
    ]
    return min(alike, key=lambda p: (p.segment is not None, abs(p.value - m.value)), default=None)


def agree(found: Outcome, plain: Outcome, *, flipped: bool = False, sds: float = A_SD,
          names: Collection[str] = (), but: Collection[str] = ()) -> Faults:  # fmt: skip
    """Every number that is given is that of the untouched clip, within its own stated error."""
    faults = []
    for m in given(found.measures, names):
        same = twin(m, plain, flipped=flipped)
        if m.name in but or m.quality is Quality.MISSING:
            continue
        if same is None:
            continue
        # which pictures a rate is the steepest between differs from processor to processor: at 30 a
        # second it is marked, and may move as far as its interval reaches whatever else stays
        is_rate = m.name == "heel_rise_rate" and m.quality is Quality.SUSPECT
        allowed = A_SD if is_rate else sds
        if abs(m.value - same.value) > allowed * m.sd:
            faults.append(
                f"{m.activity.value} {m.name} {m.side.value}: {m.value:.3f} +- {m.sd:.3f} "
                f"({m.quality.value}), untouched {same.value:.3f}"
            )
    return faults


def there(found: Outcome, plain: Outcome, *, flipped: bool = False, names: Collection[str] = (),
          but: Collection[str] = ()) -> Faults:  # fmt: skip
    """What the untouched clip gives is given here too: the chief measures, or those named."""
    faults = []
    have = {(m.activity, m.name, m.side) for m in given(found.measures)}
    for p in given(plain.measures):
        wanted = names or CHIEF.get(p.activity, ())
        side = p.side.other if flipped else p.side
        is_far = p.reason is not None and p.reason.code == "far_leg"
        if p.name not in wanted or p.name in but or is_far or (p.activity, p.name, side) in have:
            continue
        why = [
            m.reason
            for m in found.measures
            if (m.activity, m.name, m.side) == (p.activity, p.name, side)
        ]
        faults.append(f"lost: {p.activity.value} {p.name} {side.value} {why or found.refusal}")
    return faults


def missing(found: Outcome, names: Collection[str]) -> Faults:
    """None of these has a value."""
    return [
        f"given: {m.activity.value} {m.name} {m.value:.3f} +- {m.sd:.3f}"
        for m in given(found.measures)
        if any(m.name == name or m.name.startswith(f"{name}_m") for name in names)
    ]


def possible(found: Outcome) -> Faults:
    """No value that no body has."""
    if found.analysis is None:
        return []
    return [f"impossible: {name} {side} {v:.3f}" for name, side, v in impossible(found.analysis)]


def activities(found: Outcome) -> set[Activity]:
    """What was seen."""
    return {s.activity for s in found.analysis.segments} if found.analysis is not None else set()


def no_running(found: Outcome) -> Faults:
    """Nobody ran."""
    return ["called running"] if Activity.RUNNING in activities(found) else []


Right = Callable[[Outcome, Outcome, bool], Faults]
"""Found in the clip, in the untouched one, whether the picture was mirrored: what is not right."""


def pan(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001 - as Right
    """The camera moves sideways, or zooms: times and angles as before, distances right or none."""
    lost = [] if found.analysis is None else there(found, plain, flipped=flipped)
    return [
        *answered(found),
        *says(found, "camera"),
        *lost,
        *agree(found, plain, flipped=flipped),
        *no_running(found),
        *_no_new_distance(found, plain),
    ]


def _no_new_distance(found: Outcome, plain: Outcome) -> Faults:
    """No speed where the untouched clip has none: on a treadmill nobody comes nearer."""
    have = {m.name for m in given(plain.measures)}
    return missing(found, [name for name in DISTANCES if name not in have])


def follow_bend(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """The camera follows the bend: what it gives is right, the reach too or missing."""
    lost = [] if found.analysis is None else there(found, plain, flipped=flipped)
    return [
        *answered(found),
        *says(found, "camera"),
        *lost,
        *agree(found, plain, flipped=flipped),
    ]


def passer(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """Somebody passed in front: the client stays the client, and it is said."""
    return [
        *answered(found),
        *says(found, "person_in_front"),
        *(there(found, plain, flipped=flipped) if found.analysis is not None else ()),
        *agree(found, plain, flipped=flipped),
        *same_body(found, plain, flipped=flipped),
    ]


def same_body(found: Outcome, plain: Outcome, *, flipped: bool) -> Faults:
    """Wherever both have a hip, it is the same one."""
    if found.analysis is None or plain.analysis is None or flipped:
        return []
    ours, theirs = found.analysis.landmarks, plain.analysis.landmarks
    if len(ours.time_s) != len(theirs.time_s):
        return []
    apart = [
        math.dist(a, b)
        for a, b in zip(ours.point("left_hip"), theirs.point("left_hip"), strict=True)
        if math.isfinite(a[0]) and math.isfinite(b[0])
    ]
    # ours: a hip's width is a twelfth of the picture; somebody else stands further off
    other = sum(d > 0.08 * ours.size_px[1] for d in apart) / max(1, len(apart))
    return [f"in {other:.0%} of the pictures it is somebody else"] if other > 0.02 else []


def two_people(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001, ARG001
    """Two people in one file never give one verdict."""
    faults = says(found, "two_people")
    if found.analysis is None:
        return faults
    cuts = [span[0] for span in found.facts(FactKind.CUT, FactKind.TWO_PEOPLE)]
    landmarks = found.analysis.landmarks
    sides = {
        sum(cut <= landmarks.time_s[s.frames[0]] + 0.05 for cut in cuts)
        for s in found.analysis.segments
        if s.activity not in {Activity.OTHER, Activity.RUNNING}
    }
    verdict = found.analysis.assessment.verdict
    if len(sides) != 1 and verdict.label is not Label.INCONCLUSIVE:
        faults.append(f"one verdict for two: {verdict.label.value}")
    judged = [
        f"{f.link.value} {f.probability:.2f}"
        for f in found.analysis.assessment.findings
        if f.probability is not None
    ]
    if len(sides) != 1 and judged:
        faults.append(f"judged together: {', '.join(judged)}")
    return faults


def same_person(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """Two takes of one person cut together are one person; the cut itself may be said."""
    return [
        *answered(found),
        *silent(found, FactKind.TWO_PEOPLE),
        *there(found, plain, flipped=flipped),
        *agree(found, plain, flipped=flipped),
    ]


def boomerang(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """Forwards, then backwards: the backward half is left out and said."""
    faults = [*answered(found), *says(found, "backward"), *agree(found, plain, flipped=flipped)]
    if found.analysis is None:
        return faults
    landmarks = found.analysis.landmarks
    turn = landmarks.time_s[-1] / 2
    walked = [
        (float(landmarks.time_s[s.frames[0]]), float(landmarks.time_s[s.frames[1] - 1]))
        for s in found.analysis.segments
        if s.activity in {Activity.WALKING, Activity.RUNNING}
    ]
    behind = [(a, b) for a, b in walked if b > turn + 0.4]
    faults += [f"measured past the turn at {turn:.1f} s: {a:.1f} to {b:.1f}" for a, b in behind]
    if not any(a < turn - 0.5 for a, _ in walked):
        faults.append("the forward half is not measured")
    return [*faults, *there(found, plain, flipped=flipped, names=("peak_dorsiflexion",))]


def backwards(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001, ARG001
    """Walks backwards, or is played backwards: said, no gait measured."""
    gait = [
        f"given: {m.name} {m.value:.3f}"
        for m in given(found.measures)
        if m.activity in {Activity.WALKING, Activity.RUNNING}
    ]
    return [*says(found, "backward"), *gait[:3]]


def slowed(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """Slow motion: said; no times, speeds and rates; angles stay."""
    return [
        *answered(found),
        *says(found, "slow"),
        *missing(found, TIMES),
        *agree(found, plain, flipped=flipped),
        *there(found, plain, flipped=flipped, names=("peak_dorsiflexion",)),
        *no_running(found),
    ]


def sped(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """Time lapse: said; no times, speeds and rates; nobody runs."""
    return [
        *says(found, "sped_up", "too_few", "fast"),
        *missing(found, TIMES),
        *agree(found, plain, flipped=flipped),
        *no_running(found),
    ]


def covered(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """A part is covered: what rests on it is missing or wider, all that is given is right."""
    knees = [code for code in found.told if code.startswith("knees_bent")]
    return [
        *says(found, "cover", "feet"),
        *agree(found, plain, flipped=flipped),
        *(f"said: {code}" for code in knees),
        *possible(found),
    ]


def stretched(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """A stretched picture is said to be one, or the errors hold the truth; none wrong is good."""
    wrong = agree(found, plain, flipped=flipped)
    unsaid = says(found, "stretched")
    return [*answered(found), *(line for line in wrong if unsaid or "(good)" in line)]


def irregular(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """Pictures at odd times: measured as far as the gaps allow, or said to be too few."""
    faults = [*answered(found), *agree(found, plain, flipped=flipped), *no_running(found)]
    if there(found, plain, flipped=flipped):
        faults += says(found, "irregular", "too_few_pictures", "rate_too_low", "gaps")
    if "stride_events_unclear" in found.told and there(found, plain, names=("cadence",)):
        faults.append("blamed on the events")
    return faults


def repeats(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """Repeated pictures are no pictures: as the clip with each picture once."""
    lost = there(found, plain, flipped=flipped, names=("cadence", "trunk_flexion", "trunk_lean"))
    return [
        *answered(found),
        *says(found, "repeated"),
        *agree(found, plain, flipped=flipped),
        *no_running(found),
        *(lost if lost and says(found, "too_few") else ()),
    ]


def dark(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """Too dark: said; what is given is right; nobody runs."""
    return [
        *says(found, "dark"),
        *no_running(found),
        *agree(found, plain, flipped=flipped),
        *possible(found),
    ]


def feet_cut(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """The feet are not in the picture: said; what needs them is missing, the rest is right."""
    return [
        *says(found, "feet"),
        *missing(found, NEED_FEET),
        *agree(found, plain, flipped=flipped),
        *possible(found),
    ]


def as_plain(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """As the untouched clip: the chief measures are there and right."""
    return [
        *answered(found),
        *there(found, plain, flipped=flipped),
        *agree(found, plain, flipped=flipped),
        *no_running(found),
    ]


def askew(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """The camera hangs askew: angles to the vertical are right within their error, or marked."""
    unsaid = says(found, "askew")
    wrong = [line for line in agree(found, plain, flipped=flipped) if unsaid or "(good)" in line]
    return [*answered(found), *there(found, plain, flipped=flipped), *wrong]


def untroubled(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """Nothing happened: no measure is lost or moved, and nothing of the clip is complained of."""
    names = {m.name for m in given(plain.measures)}
    return [
        *answered(found),
        *there(found, plain, flipped=flipped, names=names),
        *agree(found, plain, flipped=flipped, sds=AS_BEFORE_SD),
        *silent(found, *ALARMS),
    ]


def quick(found: Outcome, plain: Outcome, flipped: bool) -> Faults:  # noqa: FBT001
    """A quick or a slow walker is a walker, not a clip at another speed."""
    shares = ("stance_share", "peak_dorsiflexion", "heel_off", "knee_extension_midstance")
    return [
        *answered(found),
        *there(found, plain, flipped=flipped),
        *agree(found, plain, flipped=flipped, names=shares),
        *silent(found, *ALARMS),
        *no_running(found),
    ]
