"""Whole clips with the printed sheet beside a body of known angles, filmed by an askew camera."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from posture.footage.sheet import sheet_in
from posture.footage.yardstick import sheet_of
from posture.truth.known import known_measures
from posture.truth.make import film
from posture.truth.picture.paper import Paper
from posture.truth.picture.render import NoRenderer, Renderer
from posture.truth.scenario import Aim, Scenario, scenario
from posture.types import Activity, Analysis, FactKind
from posture.video.sink import Sink
from tests.clips import analysed, measure

SEED = 301
LASTS_S = 1.6


@pytest.fixture(scope="module", autouse=True)
def _renderer() -> None:
    drawn = scenario(1, 0, Activity.STANDING, plain=True)
    try:
        Renderer(drawn.camera, "plain", drawn.light, 0).close()
    except NoRenderer:
        pytest.skip("no EGL on this machine: apt-get install libegl1 libgl1-mesa-dri")


def drawn_with(aim: Aim, paper: Paper | None, number: int = 0) -> Scenario:
    """Somebody before a wall that shows no upright."""
    what = scenario(SEED, number, Activity.STANDING, plain=True, aim=aim, sheet=True)
    return replace(what, paper=paper, room="plain")


def found_in(folder: Path, what: Scenario) -> Analysis:
    times_s = what.times_s[what.times_s < LASTS_S]
    clip = folder / "clip.mp4"
    with Sink(clip, what.camera.size_px, what.rate_hz, what.spoilers.quality) as sink:
        for time_s, picture in film(what, times_s):
            sink.add(picture, time_s)
    return analysed(clip)


def codes(analysis: Analysis) -> list[str]:
    kinds = {FactKind.SHEET_SEEN, FactKind.SHEET_UNUSED}
    return [fact.reason.code for fact in analysis.facts if fact.kind in kinds]


@pytest.mark.parametrize("aim", ["usual", "rolled", "pitched"])
def test_a_rendered_sheet_tells_its_camera(aim: Aim) -> None:
    what = drawn_with(aim, Paper())
    _, picture = next(iter(film(what, what.times_s[:1])))
    look = sheet_in(picture)
    assert look is not None
    found = sheet_of([look], what.camera.size_px)

    assert found is not None
    assert found.trouble == ""
    assert found.roll_deg == pytest.approx(what.camera.roll_deg, abs=1.0)
    assert abs(found.pitch_deg - what.camera.pitch_deg) < 2 * found.pitch_sd_deg


def test_the_same_body_is_drawn_with_a_sheet_and_without() -> None:
    with_it, without = (
        scenario(SEED, 3, Activity.STANDING, plain=True, aim="rolled", sheet=sheet)
        for sheet in (True, False)
    )
    usual = scenario(SEED, 3, Activity.STANDING, plain=True)

    assert with_it.paper is not None
    assert without.paper is None
    assert replace(with_it.camera, roll_deg=0.0) == usual.camera
    assert abs(with_it.camera.roll_deg) == 8.0
    assert with_it.someone == without.someone == usual.someone
    assert np.array_equal(with_it.times_s, usual.times_s)


@pytest.mark.slow
def test_a_rolled_camera_is_put_right_by_it_before_a_bare_wall(tmp_path: Path) -> None:
    what = drawn_with("rolled", Paper())
    found = found_in(tmp_path, what)
    true = {
        (known.name, known.side): known.value
        for known in known_measures(what.outfit, what.motion, what.near)
    }
    shank = measure(found, "shank_lean")

    assert codes(found) == ["fact_sheet_seen"]
    assert found.scale.source == "sheet"
    assert found.view.roll_deg == pytest.approx(what.camera.roll_deg, abs=1.0)
    assert shank.value == pytest.approx(true["shank_lean", shank.side], abs=2.0)
    assert shank.spread["camera_roll"] < 0.8


@pytest.mark.slow
@pytest.mark.parametrize(
    ("paper", "told"),
    [
        (Paper(radius_m=0.12), "fact_sheet_unused_bent"),
        (Paper(behind_m=0.5, away_m=0.8), "fact_sheet_seen_elsewhere"),
        (Paper(behind_m=0.5, away_m=-0.5), "fact_sheet_seen_elsewhere"),
    ],
    ids=["bent", "behind", "before"],
)
def test_what_is_wrong_with_it_is_said(paper: Paper, told: str, tmp_path: Path) -> None:
    found = found_in(tmp_path, drawn_with("usual", paper))

    assert codes(found) == [told]
    assert found.scale.source == "none"
