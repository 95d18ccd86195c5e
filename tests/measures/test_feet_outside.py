"""Feet outside of the picture: it is said, and the knees tell the cadence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from posture import analyse_landmarks
from posture.landmarks.store import load_landmarks
from posture.types import Activity, Landmarks, Quality

SAMPLE = Path(__file__).parents[1] / "data" / "walk_normal.landmarks.npz"
CADENCE = 111.2  # of the whole walk


def cut_off(share: float) -> Landmarks:
    """The walk in a picture that ends at a share of the way from the knees to the toes."""
    clip = load_landmarks(SAMPLE)
    knee, toe = (
        float(np.nanmedian(clip.point(f"left_{part}")[:, 1])) for part in ("knee", "foot_index")
    )
    size_px = (clip.size_px[0], round(knee + share * (toe - knee)))
    return replace(clip, size_px=size_px, clip=replace(clip.clip, size_px=size_px))


@pytest.mark.parametrize("share", [0.55, 0.7, 0.85, 0.93])
def test_a_walk_without_feet_has_its_cadence_and_says_what_is_missing(share: float) -> None:
    analysis = analyse_landmarks(cut_off(share))
    measures = {(m.name, m.side): m for m in analysis.measures}
    cadence = next(m for m in analysis.measures if m.name == "cadence")

    assert [s.activity for s in analysis.segments] == [Activity.WALKING]
    assert abs(cadence.value - CADENCE) < 2 * cadence.sd
    assert cadence.quality is Quality.SUSPECT
    for measure in measures.values():
        if measure.name in {"stance_share", "heel_off", "peak_plantarflexion", "step_length"}:
            assert measure.quality is Quality.MISSING
            assert measure.reason is not None
            assert measure.reason.code.startswith(("feet_", "far_leg", "treadmill"))
