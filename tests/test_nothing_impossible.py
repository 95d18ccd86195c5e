"""Whatever the points do, no value leaves that no body has, and what bodies have always may."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from posture.errors import UnusableClip
from posture.landmarks.skeleton import NAMES
from posture.measures.possible import is_possible, only_possible
from posture.pipeline import analyse_landmarks
from posture.settings import Settings
from posture.types import OUTLINE_STEPS_PER_PX, Activity, Landmarks, Quality
from tests.clips import impossible
from tests.make import BY_POINTS, Camera, Flaws, filmed, seconds
from tests.stick import BENT, Figure, Gait, bending, moving, standing, walking

# no shrinking: a failing clip is told by its few numbers; every try is a whole analysis
TRIES = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
WIDE = Camera(height_px=400.0, size_px=(2400, 720))
SQUATS = [(0.5, replace(BENT, knee_deg=0.0)), (2.0, replace(BENT, knee_deg=70.0)), (3.5, BENT)]
SHOWN: dict[str, Figure] = {
    "walk": walking(seconds(4.0)).figure,
    "slow, on a belt": walking(
        seconds(4.0), Gait(treadmill=True, stride_s=1.6, stride_length=0.4, lead=0.1)
    ).figure,
    "bend": bending(seconds(6.0)),
    "squat": moving(seconds(4.0), SQUATS),
    "stand": standing(seconds(2.0)),
}


def backwards(clip: Landmarks) -> Landmarks:
    return replace(
        clip,
        xy_px=clip.xy_px[::-1].copy(),
        visibility=clip.visibility[::-1].copy(),
        outlines=clip.outlines[::-1],
    )


def squeezed(clip: Landmarks, across: float) -> Landmarks:
    width, height = clip.size_px
    outlines = [None if o is None else (o * (across, 1.0)).astype(np.int16) for o in clip.outlines]
    return replace(
        clip,
        xy_px=clip.xy_px * (across, 1.0),
        outlines=tuple(outlines),
        size_px=(round(width * across), height),
    )


def shuffled(clip: Landmarks, seed: int) -> Landmarks:
    """Some points take the places of others for the whole clip."""
    rng = np.random.default_rng(seed)
    order = np.arange(len(NAMES))
    chosen = rng.choice(len(NAMES), size=4, replace=False)
    order[chosen] = rng.permutation(chosen)
    return replace(clip, xy_px=clip.xy_px[:, order])


def drifting(clip: Landmarks, seed: int) -> Landmarks:
    """Each point wanders off on its own, as under a bar or outside the picture."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(scale=4.0, size=clip.xy_px.shape)
    return replace(clip, xy_px=clip.xy_px + np.cumsum(steps, axis=0))


def outline_of_another(clip: Landmarks, seed: int) -> Landmarks:
    """An outline that is not the body's: pulled about by up to a third of a body."""
    rng = np.random.default_rng(seed)
    pull = OUTLINE_STEPS_PER_PX * rng.normal(scale=60.0, size=(128, 2))
    return replace(
        clip,
        outlines=tuple(
            None if o is None else (o + pull[: len(o)]).astype(np.int16) for o in clip.outlines
        ),
    )


TROUBLES: tuple[Callable[[Landmarks, int], Landmarks], ...] = (
    lambda clip, _: backwards(clip),
    lambda clip, seed: squeezed(clip, 0.5 + (seed % 10) / 10),
    shuffled,
    drifting,
    outline_of_another,
)


@pytest.mark.parametrize("shown", SHOWN)
@given(
    trouble=st.sampled_from(range(len(TROUBLES))),
    seed=st.integers(0, 10_000),
    noise=st.sampled_from([0.0, 0.01, 0.04]),
    swap_s=st.floats(0.0, 3.0),
)
@TRIES
def test_no_trouble_with_the_points_lets_an_impossible_value_out(
    shown: str, trouble: int, seed: int, noise: float, swap_s: float
) -> None:
    flaws = Flaws(noise=noise, seed=seed, swapped_s=((swap_s, swap_s + 0.7),))
    clip = TROUBLES[trouble](filmed(SHOWN[shown], WIDE, flaws), seed)
    try:
        found = analyse_landmarks(clip, Settings(frame=BY_POINTS, height_m=1.7))
    except UnusableClip:
        return

    assert impossible(found) == []
    assert only_possible(found.measures) == found.measures


def test_a_walk_played_backwards_gives_nothing_or_its_sentence() -> None:
    clip = backwards(filmed(SHOWN["walk"], WIDE))

    with pytest.raises(UnusableClip):
        analyse_landmarks(clip, Settings(frame=BY_POINTS))


def known_values(folder: Path) -> list[tuple[str, Activity, float]]:
    """What is true of the rendered bodies whose answers are kept with the tests."""
    found = []
    for path in sorted(folder.glob("*/truth.json")):
        truth = json.loads(path.read_text("utf-8"))
        found += [
            (known["name"], Activity(truth["activity"]), float(known["value"]))
            for known in truth["measures"]
        ]
    return found


def test_what_is_true_of_rendered_bodies_is_possible() -> None:
    known = known_values(Path(__file__).parent / "data" / "truth")

    assert len(known) > 50
    assert [one for one in known if not is_possible(*one)] == []


def test_what_is_put_on_a_bound_or_left_out_stays_so_the_second_time() -> None:
    made = analyse_landmarks(filmed(SHOWN["walk"], WIDE))
    walked = {m.name: m for m in made.measures if m.quality is not Quality.MISSING}
    told = {"stance_share": 0.47, "heel_off": 0.2, "peak_dorsiflexion": 50.0}
    once = only_possible([replace(walked[name], value=value) for name, value in told.items()])

    assert only_possible(once) == once
