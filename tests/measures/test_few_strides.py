"""A walk cut short states errors that hold what the whole walk gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from posture import Analysis, analyse_landmarks
from posture.landmarks.store import load_landmarks
from posture.types import Landmarks, Measure, Side

SAMPLE = Path(__file__).parents[1] / "data" / "walk_normal.landmarks.npz"
STRIDE_S = 1.08


def part(clip: Landmarks, first_s: float, last_s: float) -> Landmarks:
    inside = np.flatnonzero((clip.time_s >= first_s) & (clip.time_s <= last_s))
    rows = slice(int(inside[0]), int(inside[-1]) + 1)
    return replace(
        clip,
        time_s=clip.time_s[rows],
        xy_px=clip.xy_px[rows],
        visibility=clip.visibility[rows],
        world_m=None,
        outlines=clip.outlines[rows],
    )


def known(analysis: Analysis) -> dict[tuple[str, Side], Measure]:
    return {(m.name, m.side): m for m in analysis.measures if np.isfinite(m.value)}


@pytest.mark.parametrize("strides", [1, 2])
def test_one_stride_or_two_hold_the_whole_walk_within_their_error(strides: int) -> None:
    clip = load_landmarks(SAMPLE)
    whole = known(analyse_landmarks(clip))
    lasts_s = (strides + 0.75) * STRIDE_S
    off = []
    for first_s in np.arange(0.0, clip.time_s[-1] - lasts_s, 0.4):
        few = known(analyse_landmarks(part(clip, float(first_s), float(first_s) + lasts_s)))
        if ("cadence", Side.BOTH) not in few:
            continue  # a stride begins late in such a part and ends outside of it
        assert few["cadence", Side.BOTH].sd > whole["cadence", Side.BOTH].sd
        for key, measure in few.items():
            if measure.unit != "count":
                off.append((measure.value - whole[key].value) / measure.sd)

    assert len(off) > 50
    assert np.mean(np.abs(off) < 2) >= 0.95
    assert np.mean(np.abs(off) < 3) == 1.0
