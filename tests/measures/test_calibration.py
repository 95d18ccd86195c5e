"""The calibration pose: held ends, the place between them, and when it says nothing."""

from __future__ import annotations

import numpy as np
import pytest

from posture.measures import calibration
from posture.measures.calibration import CalibrationSettings, calibration_measures, neutral_take
from posture.measures.quality import GOOD
from posture.measures.shape import TiltCourse
from posture.measures.take import Take
from posture.types import Activity, Floats, Measure, Quality
from tests.make import filmed, seconds, taken
from tests.stick import standing


def take() -> Take:
    return taken(filmed(standing(seconds(8.8))), Activity.STANDING)


def posed(time_s: Floats, back: float, forward: float) -> Floats:
    """The pelvis at 0, from 2 s fully back, from 5 s fully forward, from 8 s at 0."""
    return np.interp(
        time_s, [0, 1.6, 2.4, 4.2, 5.2, 7.2, 8.2, 9], [0, 0, -back, -back, forward, forward, 0, 0]
    )


def measures(
    monkeypatch: pytest.MonkeyPatch, back: float, forward: float, wider: float | None = 1.0
) -> dict[str, Measure]:
    time_s = np.arange(0, 8.8, 0.1)
    course = TiltCourse(time_s=time_s, tilt_deg=posed(time_s, back, forward), wider=wider)
    monkeypatch.setattr(calibration, "tilt_course", lambda *_: course)
    monkeypatch.setattr(calibration, "free_back_grade", lambda *_: GOOD)
    return {m.name: m for m in calibration_measures(take())}


def test_the_held_ends_are_the_range_and_standing_lies_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = measures(monkeypatch, back=9.0, forward=12.0)

    assert found["pelvic_tilt_change"].value == pytest.approx(21.0)
    assert found["pelvic_position"].value == pytest.approx(9 / 21)
    # three readings of 2 deg each over a range of 21
    outline = 2.0 / 21 * np.hypot(1, np.hypot(12 / 21, 9 / 21))
    assert found["pelvic_position"].spread["outline"] == pytest.approx(outline)


def test_a_pose_that_is_only_passed_through_is_not_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    time_s = np.arange(0, 8.8, 0.1)
    spike = posed(time_s, 9.0, 12.0)
    spike[(time_s > 6.0) & (time_s < 6.15)] = 40.0
    course = TiltCourse(time_s=time_s, tilt_deg=spike, wider=1.0)
    monkeypatch.setattr(calibration, "tilt_course", lambda *_: course)
    monkeypatch.setattr(calibration, "free_back_grade", lambda *_: GOOD)

    (change, _) = calibration_measures(take())

    assert change.value < 21.0 + (40 - 12) * 2 / 6  # two of a hold's six readings at the most


def test_a_small_range_places_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    found = measures(monkeypatch, back=4.0, forward=5.0)

    assert found["pelvic_tilt_change"].value == pytest.approx(9.0)
    assert found["pelvic_position"].quality is Quality.MISSING
    assert found["pelvic_position"].reason is not None
    assert found["pelvic_position"].reason.code == "pelvis_range_small"


def test_a_body_unlike_the_trained_ones_widens_both(monkeypatch: pytest.MonkeyPatch) -> None:
    near = measures(monkeypatch, 9.0, 12.0, wider=1.0)
    far = measures(monkeypatch, 9.0, 12.0, wider=2.0)

    assert all(far[name].sd > near[name].sd for name in near)


def test_the_neutral_part_is_the_beginning() -> None:
    whole = take()
    part = neutral_take(whole, CalibrationSettings(neutral_s=1.0))

    assert part.frames[0] == whole.frames[0]
    lasts_s = np.ptp(whole.landmarks.time_s[part.part])
    assert lasts_s == pytest.approx(1.0, abs=0.05)


def test_by_points_alone_a_still_pelvis_has_no_range() -> None:
    (change, position) = calibration_measures(take())

    assert position.quality is Quality.MISSING
    assert not change.value > 1.0  # or not readable at all
