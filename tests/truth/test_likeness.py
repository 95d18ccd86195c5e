"""Estimators by distance from the bodies they know: true outlines, other clips, the tables."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from posture.landmarks.skeleton import NAMES
from posture.settings import Settings
from posture.truth.ceiling import Ceiling, ceiling
from posture.truth.likeness import Off, markdown, of_bodies
from posture.truth.motion.motion import on_the_floor
from posture.truth.other import known_of_other
from posture.truth.outlines import clouds
from posture.truth.stills import natural_line_deg, sitting
from posture.truth.train import Body, bodies
from posture.truth.true_outlines import draw, silhouette
from posture.types import OUTLINE_STEPS_PER_PX, Activity


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("drawn")
    draw(out, 1, 3)
    return out


def rows(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / "1_000000.npz") as z:
        return {name: z[name] for name in z.files}


def test_the_silhouette_is_as_tall_as_the_body_and_holds_its_joints() -> None:
    one = sitting(1, 0)
    one.outfit.figure.take(one.poses[0][1], on_the_floor(one.outfit, one.poses[0][1]))
    mask = silhouette(one.outfit, one.camera)
    corners = one.camera.seen_px(one.outfit.posed())

    tall = np.flatnonzero(mask.any(axis=1))
    assert np.ptp(tall) == pytest.approx(np.ptp(corners[:, 1]), abs=6)  # a ponytail is lower
    for name, point in one.outfit.figure.points(one.outfit.surface).items():
        if name.partition("_")[2] in {"hip", "knee", "shoulder"}:
            x, y = one.camera.seen_px(point).astype(int)
            assert mask[y, x] == 1, name
    holes, _ = cv2.connectedComponents((mask == 0).astype(np.uint8), connectivity=4)
    assert holes < 8  # between arms and trunk, and no more


def test_true_outlines_are_kept_as_what_the_model_sees_is(drawn: Path) -> None:
    found = rows(drawn)
    hip = NAMES.index("left_hip")
    names = ("shoulder", "hip")

    assert found["xy_px"].shape[1:] == (33, 2)
    assert found["xy_px"][:, hip] == pytest.approx(found["true_px"][:, names.index("hip")])
    outline = found["outline"][0] / OUTLINE_STEPS_PER_PX
    inside = cv2.pointPolygonTest(
        outline.astype(np.float32), tuple(map(float, found["xy_px"][0, hip])), measureDist=True
    )
    assert inside > 5
    assert all(shape is not None for body in bodies(drawn) for shape in body.shapes)


def test_they_are_not_drawn_twice(drawn: Path) -> None:
    before = (drawn / "1_000000.npz").stat().st_mtime_ns

    draw(drawn, 1, 3)

    assert (drawn / "1_000000.npz").stat().st_mtime_ns == before


def test_single_pictures_are_off_by_something_within_what_is_said(drawn: Path) -> None:
    offs = list(of_bodies(list(bodies(drawn)), "true"))

    assert {one.estimator for one in offs} == {"standing", "bend", "limbs"}
    assert np.mean([abs(one.error) <= 1.96 * one.sd for one in offs]) > 0.85
    limbs = [one for one in offs if one.what == "trunk_lean"]
    assert len(limbs) <= 9  # three standing pictures each: nobody asks them of a bend


def test_whoever_knows_the_posture_is_held_up_by_the_bones_alone() -> None:
    natural = [n for n in range(40) if natural_line_deg(1, n) is not None]
    lines = np.array([natural_line_deg(1, n) for n in natural], dtype=float)
    assert 8 <= len(natural) <= 24  # two in five
    postures = np.random.default_rng(1).normal(0, 4, len(natural))

    known = ceiling("known", [_body(*one) for one in zip(natural, postures, strict=True)], 1, None)

    tilts = lines + postures
    usual = np.abs(tilts - tilts.mean()).mean()
    neutral = Settings().standing.neutral_tilt_deg
    assert known.mae_deg == 0
    assert known.bodies == len(natural)
    assert known.skill == pytest.approx(1 - np.abs(neutral - lines).mean() / usual)


def _body(number: int, pelvis: float) -> Body:
    return Body(
        number=number,
        shapes=(np.zeros(1),),
        bent=np.zeros(1, dtype=bool),
        truth=np.array([[pelvis, 0.0, 0.0, 0.0, 0.0]]),
        limbs=np.zeros((1, 3)),
        yaw_deg=0.0,
        top=0,
    )


def test_a_table_holds_what_lies_within_the_interval() -> None:
    offs = [
        Off(sort="s", estimator="bend", what="x", away=0.4, error=error, sd=1.0)
        for error in (0.0, 1.0, -1.0, 3.0)
    ]
    made = [Ceiling(read_from="true", bodies=7, mae_deg=2.04, skill=0.236, skill_drawn_in=0.3)]

    page = markdown(offs, made, "the command")

    assert "| bend | s | - | 75% (1.66; 4) | - | - | - | - |" in page
    assert "| true | 7 | 2.0 deg | 0.24 | 0.30 |" in page
    assert "the command" in page


def test_the_other_generators_truth_is_read_under_our_names(tmp_path: Path) -> None:
    names = ("asis_psis", "trunk_line", "kneeR", "shankR", "hipR", "tilt", "lumbar", "thorax")
    frames = [
        {"u": share, "ang": dict.fromkeys(names, 5.0 + 60 * share)}
        for share in (0.0, 0.5, 1.0, 1.0)
    ]
    (tmp_path / "truth.json").write_text(json.dumps({"preset": "bend_ham", "frames": frames}))

    known = known_of_other(tmp_path)

    assert known is not None
    assert known[0] is Activity.FORWARD_BEND
    assert known[1]["pelvis_on_thigh_flexion"] == pytest.approx(60)
    (tmp_path / "truth.json").write_text(json.dumps({"preset": "walk_over", "frames": frames}))
    assert known_of_other(tmp_path) is None


def test_real_people_who_stand_and_bend_are_like_the_bodies_trained_on(shared: Path) -> None:
    found = clouds((shared / "clips" / "real-landmarks",), Settings())

    assert {one.clip.partition(".")[0] for one in found} >= {
        "fold_a_knees_first_soft",
        "fold_b_arms_up",
        "fold_c_ends_at_bottom",
        "stand_a",
    }
    for one in found:
        assert one.inside >= max(0.8, one.inside_whole), one
        assert one.refused == 0
    raised = next(one for one in found if one.clip == "fold_c_ends_at_bottom.npz")
    assert "arm" in raised.unseen
