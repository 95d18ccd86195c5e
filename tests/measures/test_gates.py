"""Gates over a whole take: each marks what it speaks against, and leaves the rest alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from posture.landmarks.skeleton import NAMES
from posture.measures.gates import arms_grade, hidden_knee_grade, knee_width_legs, qualified
from posture.measures.quality import GOOD
from posture.measures.take import Take
from posture.types import Activity, Measure, Outline, Quality, Reason, Side
from tests.make import SIDE_ON, Flaws, Result, analysed, filmed, seconds, taken
from tests.stick import BENT, Figure, Gait, bending, standing, walking

PLAIN = Flaws(outline=False)
TREADMILL = Gait(treadmill=True)


def marked(made: Result, activity: Activity, pain: float | None = None) -> dict[str, Measure]:
    """The near side's measures of an activity after the gates."""
    take = next(t for t in made.takes if t.segment.activity is activity)
    own = [m for m in made.measures if m.activity is activity]
    found = qualified(take, own, pain=pain)
    return {m.name: m for m in found if m.side in {Side.RIGHT, Side.BOTH}}


def reasons(found: Mapping[str, Measure]) -> dict[str, str]:
    return {name: m.reason.code for name, m in found.items() if m.reason is not None}


def carrying(figure: Figure) -> Figure:
    """Both hands held in front of the belly, as with a box or on a rail."""
    points = dict(figure.points)
    for side in ("left", "right"):
        shoulder = points[f"{side}_shoulder"]
        for part, offset in (
            ("elbow", (0.02, -0.18, 0.0)),
            ("wrist", (0.16, -0.16, 0.0)),
            ("index", (0.20, -0.16, 0.0)),
            ("pinky", (0.20, -0.17, 0.0)),
            ("thumb", (0.20, -0.15, 0.0)),
        ):
            points[f"{side}_{part}"] = shoulder + np.array(offset)
    return replace(figure, points=points)


# --- arms ----------------------------------------------------------------------------------------


def test_hands_kept_in_front_in_walking_mark_every_number_of_the_walk() -> None:
    made = analysed(filmed(carrying(walking(seconds(5.0), TREADMILL).figure), SIDE_ON, PLAIN))

    found = marked(made, Activity.WALKING)

    for name in ("cadence", "peak_dorsiflexion", "trailing_limb_angle"):
        assert found[name].quality is Quality.SUSPECT
        why = found[name].reason
        assert why is not None
        assert why.code == "arms_did_not_swing"
        assert float(why.values["swing_deg"]) < 2.0
    assert found["strides"].quality is Quality.GOOD  # a count stays one


def test_arms_that_swing_mark_nothing() -> None:
    made = analysed(filmed(walking(seconds(5.0), TREADMILL).figure, SIDE_ON, PLAIN))

    assert "arms_did_not_swing" not in reasons(marked(made, Activity.WALKING)).values()


def test_an_arm_out_of_sight_says_nothing() -> None:
    flaws = replace(PLAIN, hidden=("right_wrist",))
    clip = filmed(carrying(walking(seconds(5.0), TREADMILL).figure), SIDE_ON, flaws)

    assert arms_grade(taken(clip, Activity.WALKING)) is GOOD


# --- frame rate ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate_hz", "quality"), [(30.0, Quality.SUSPECT), (60.0, Quality.GOOD)])
def test_how_fast_the_heel_rises_needs_60_pictures_a_second(
    rate_hz: float, quality: Quality
) -> None:
    clip = filmed(walking(seconds(5.0, rate_hz), TREADMILL).figure, SIDE_ON, PLAIN)

    found = marked(analysed(clip), Activity.WALKING)

    assert found["heel_rise_rate"].quality is quality
    assert found["cadence"].quality is Quality.GOOD


# --- pain and knees ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pain", "quality"),
    [(None, Quality.GOOD), (0.0, Quality.GOOD), (3.0, Quality.GOOD), (4.0, Quality.SUSPECT)],
)
def test_pain_over_3_of_10_marks_the_bend(pain: float | None, quality: Quality) -> None:
    found = marked(analysed(filmed(bending(seconds(9.0)))), Activity.FORWARD_BEND, pain)

    assert found["pelvis_on_thigh_flexion"].quality is quality
    assert found["knee_bend"].quality is quality
    assert ("pain_today" in reasons(found).values()) is (quality is Quality.SUSPECT)


def test_pain_says_nothing_of_how_somebody_stands() -> None:
    found = marked(analysed(filmed(standing(seconds(2.0)))), Activity.STANDING, 8.0)

    assert "pain_today" not in reasons(found).values()


def test_bent_knees_let_the_hands_down_so_the_reach_is_marked_too() -> None:
    cheat = bending(seconds(9.0), bent=replace(BENT, knee_deg=25.0))

    found = marked(analysed(filmed(cheat)), Activity.FORWARD_BEND)

    for name in ("fingertip_floor", "reach_fraction", "pelvis_on_thigh_flexion"):
        assert reasons(found)[name] == "knees_bent_in_bend"
    assert found["knee_bend"].quality is Quality.GOOD


# --- clothes over the knee -----------------------------------------------------------------------


def test_an_outline_far_wider_than_a_leg_hides_the_knee_and_marks_what_rests_on_it() -> None:
    made = analysed(filmed(standing(seconds(2.0))))
    take = made.takes[0]
    skirted = replace(take, landmarks=replace(take.landmarks, outlines=_skirts(take)))

    assert knee_width_legs(take) < 0.25
    assert hidden_knee_grade(take) is GOOD
    assert knee_width_legs(skirted) == pytest.approx(0.5, abs=0.02)
    found = {m.name: m for m in qualified(skirted, made.measures)}
    for name in ("knee_flexion", "shank_lean"):
        assert found[name].quality is Quality.SUSPECT
        assert found[name].reason == Reason("knee_may_be_hidden")
    assert found["trunk_lean"].quality is Quality.GOOD


def _skirts(take: Take) -> tuple[Outline, ...]:
    """Outlines of a box half a leg wide about the near knee, a leg high."""
    landmarks, leg_px = take.landmarks, take.leg_px
    x, y = landmarks.xy_px[0, NAMES.index("right_knee")]
    box = [
        (x + a * leg_px / 4, y + b * leg_px / 2) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    return (np.round(np.array(box) * 16).astype(np.int16),) * len(landmarks.time_s)
