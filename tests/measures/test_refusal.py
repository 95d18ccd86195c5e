"""Clips in which nothing can be measured: which sentence is said of which body."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture.errors import UnusableClip
from posture.landmarks.skeleton import NAMES
from posture.measures.framing import cut_off, farther_m, is_cut_off
from posture.measures.quality import free_back_grade, seen_grade
from posture.outputs.words import LANGUAGES, sentence
from posture.pipeline import analyse_landmarks
from posture.settings import Settings
from posture.signals.attitude import sitting_share
from posture.signals.clean import clean
from posture.types import OUTLINE_STEPS_PER_PX, Activity, Landmarks, Reason, Side
from tests.make import BY_POINTS, SIDE_ON, Camera, Flaws, filmed, seconds, taken
from tests.stick import SQUAT, STANDING, Figure, Gait, bending, moving, standing, walking

PLAIN = Flaws(outline=False)


def refusal(made: Landmarks, **settings: object) -> Reason:
    with pytest.raises(UnusableClip, match=r"^\w+") as caught:
        analyse_landmarks(made, Settings(frame=BY_POINTS, **settings))  # type: ignore[arg-type]
    return caught.value.reason


def seated(time_s: np.ndarray, speed: float = 0.0) -> Figure:
    """Thighs level, shanks upright, moved along without a step."""
    figure = standing(time_s, replace(STANDING, trunk_deg=5.0))
    points = dict(figure.points)
    for side in ("left", "right"):
        hip = points[f"{side}_hip"]
        knee = hip + np.array([0.24, -0.02, 0.0])
        ankle = knee + np.array([-0.03, -0.245, 0.0])
        points[f"{side}_knee"], points[f"{side}_ankle"] = knee, ankle
        points[f"{side}_heel"] = ankle + np.array([-0.04, -0.031, 0.0])
        points[f"{side}_foot_index"] = ankle + np.array([0.11, -0.037, 0.0])
    went = np.column_stack([speed * time_s, np.zeros_like(time_s), np.zeros_like(time_s)])
    return replace(figure, points={name: path + went for name, path in points.items()})


def turned(clip: Landmarks, quarters: int) -> Landmarks:
    """The picture turned by quarters, clockwise as seen."""
    xy_px, size = clip.xy_px, clip.size_px
    for _ in range(quarters):
        xy_px = np.stack([size[1] - xy_px[..., 1], xy_px[..., 0]], axis=-1)
        size = (size[1], size[0])
    return replace(clip, xy_px=xy_px, size_px=size)


def lowered(clip: Landmarks, by_px: float) -> Landmarks:
    """The same body lower in the picture, its outline clipped at the edges as a mask's is."""
    height = clip.size_px[1]
    outlines = []
    for frame in range(len(clip.time_s)):
        outline = clip.outline_px(frame)
        assert outline is not None
        moved = outline + np.array([0.0, by_px])
        moved[:, 1] = np.clip(moved[:, 1], 0, height - 1)
        outlines.append(np.round(moved * OUTLINE_STEPS_PER_PX).astype(np.int16))
    return replace(clip, xy_px=clip.xy_px + np.array([0.0, by_px]), outlines=tuple(outlines))


# --- how the body is held ------------------------------------------------------------------------


def test_somebody_who_sits_is_told_so_and_not_that_nothing_was_found() -> None:
    assert refusal(filmed(seated(seconds(4.0)), SIDE_ON, PLAIN)).code == "sits"


@pytest.mark.parametrize("activity", [None, Activity.WALKING])
def test_a_wheelchair_across_the_picture_gives_no_walking(activity: Activity | None) -> None:
    clip = filmed(seated(seconds(5.0), speed=0.5), SIDE_ON, PLAIN)

    assert refusal(clip, activity=activity).code == "moves_seated"


def test_legs_that_shake_in_a_wheelchair_take_no_steps() -> None:
    time_s = seconds(5.0)
    figure = seated(time_s, speed=0.5)
    points = dict(figure.points)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        shake = sign * 0.2 * np.sin(2 * np.pi * time_s)
        moved = np.column_stack([shake, np.zeros_like(shake), np.zeros_like(shake)])
        for part in ("ankle", "heel", "foot_index"):
            points[f"{side}_{part}"] = points[f"{side}_{part}"] + moved
    clip = filmed(replace(figure, points=points), SIDE_ON, PLAIN)

    assert refusal(clip).code == "moves_seated"


@pytest.mark.parametrize("quarters", [1, 3])
def test_a_picture_on_its_side_is_told(quarters: int) -> None:
    assert refusal(turned(filmed(standing(seconds(3.0)), SIDE_ON, PLAIN), quarters)).code == (
        "lies_or_turned"
    )


def test_a_bend_in_a_picture_on_its_side_is_not_measured_as_standing() -> None:
    # Half way down the trunk is upright in the picture, and the legs lie.
    clip = turned(filmed(bending(seconds(9.0)), SIDE_ON, PLAIN), 3)

    assert refusal(clip).code == "lies_or_turned"


def test_a_picture_upside_down_is_told() -> None:
    assert refusal(turned(filmed(standing(seconds(3.0)), SIDE_ON, PLAIN), 2)).code == "upside_down"


def test_shoulders_under_the_feet_without_a_head_are_a_head_out_of_the_picture() -> None:
    # what the model makes of a lifter whose head is over the edge: shoulders somewhere below
    made = filmed(standing(seconds(3.0)), SIDE_ON, PLAIN)
    xy_px, visibility = made.xy_px.copy(), made.visibility.copy()
    for name in ("nose", "left_ear", "right_ear"):
        visibility[:, NAMES.index(name)] = 0.0
    for side in ("left", "right"):
        ankle = xy_px[:, NAMES.index(f"{side}_ankle")]
        xy_px[:, NAMES.index(f"{side}_shoulder")] = ankle + np.array([0.0, 60.0])

    assert refusal(replace(made, xy_px=xy_px, visibility=visibility)).code == "clip_head_not_seen"


@pytest.mark.parametrize(
    "figure",
    [
        standing(seconds(2.0)),
        bending(seconds(9.0)),
        walking(seconds(4.0), Gait(treadmill=True)).figure,
    ],
    ids=["standing", "bend", "walking"],
)
def test_who_does_a_test_never_sits(figure: Figure) -> None:
    clip = clean(filmed(figure, SIDE_ON, PLAIN)).landmarks

    assert sitting_share(clip, (0, len(clip.time_s))) < 0.1


def test_a_squat_now_and_then_is_not_sitting() -> None:
    poses = [(0.0, STANDING), (1.5, SQUAT), (3.0, STANDING), (4.5, SQUAT), (6.0, STANDING)]
    clip = clean(filmed(moving(seconds(6.0), poses), SIDE_ON, PLAIN)).landmarks

    assert sitting_share(clip, (0, len(clip.time_s))) < 0.85


# --- what is cut off -----------------------------------------------------------------------------


def test_feet_below_the_edge_of_a_body_that_would_fit_ask_for_a_lower_camera() -> None:
    clip = lowered(filmed(standing(seconds(2.0))), 220.0)
    take = taken(clip, Activity.STANDING)

    grade = seen_grade(take, ("heel", "foot_index"), Side.RIGHT)

    assert is_cut_off(clip, take.frames, "feet")
    assert grade.reason == Reason("feet_cut_off_aim", {"share": 0.0})


def test_feet_below_the_edge_of_a_large_body_ask_for_distance_in_metres() -> None:
    clip = filmed(standing(seconds(2.0)), Camera(height_px=800.0))
    clip = lowered(clip, 40.0)

    why = cut_off(clip, (0, 60), "feet", {"share": 0.0})

    # 800 px of 720: 0.87 * 1280 * 1.65 / 800 = 2.3 m away, for 85 % of the height 0.7 m more
    assert why == Reason("feet_cut_off", {"share": 0.0, "farther_m": 1.0})
    assert "1.0 m further away so that the feet are in view" in sentence(why, "en")
    assert "約 1.0 m 離れて" in sentence(why, "ja")


def test_a_body_that_fits_need_not_step_back() -> None:
    assert farther_m(filmed(standing(seconds(1.0))), (0, 30)) == 0.0


def test_a_head_above_the_edge_is_said_before_any_shirt_is_blamed() -> None:
    clip = lowered(filmed(standing(seconds(2.0))), -140.0)
    take = taken(clip, Activity.STANDING)

    for grade in (free_back_grade(take, take.frames), seen_grade(take, ("ear",), Side.RIGHT)):
        assert grade.reason == Reason("head_cut_off_aim", {})


def test_a_clip_without_feet_says_how_far_to_step_back() -> None:
    clip = lowered(filmed(standing(seconds(2.0)), Camera(height_px=900.0)), 120.0)
    below = clip.xy_px[0, NAMES.index("right_ankle"), 1]

    assert below > clip.size_px[1]
    why = refusal(clip)
    assert why.code == "clip_feet_cut_off"
    assert float(why.values["farther_m"]) in {1.0, 1.5}
    for language in LANGUAGES:
        assert "m" in sentence(why, language)


def test_a_clip_without_feet_that_has_room_asks_for_another_tilt() -> None:
    assert refusal(lowered(filmed(standing(seconds(2.0))), 300.0)).code == "clip_feet_not_seen"
