"""Clips of known truth: the same seed gives the same, and what is said of them is in them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from click.testing import CliRunner

from posture.cli import main
from posture.errors import CannotWrite
from posture.truth.make import Order, film, make, truth_record
from posture.truth.picture.render import NoRenderer, Renderer
from posture.truth.scenario import Scenario, scenario
from posture.types import Activity, Floats, Side


@pytest.fixture(scope="module", autouse=True)
def _renderer() -> None:
    drawn = scenario(1, 0, Activity.STANDING, plain=True)
    try:
        Renderer(drawn.camera, "plain", drawn.light, 0).close()
    except NoRenderer:
        pytest.skip("no EGL on this machine: apt-get install libegl1 libgl1-mesa-dri")


def with_number(number: int, seed: int = 5) -> Scenario:
    return scenario(seed, number, Activity.FORWARD_BEND)


def test_the_same_seed_gives_the_same_truth_and_the_same_picture() -> None:
    records, pictures = [], []
    for _ in range(2):
        drawn = with_number(3)
        records.append(truth_record(drawn, drawn.times_s[:3]))
        pictures.append(next(iter(film(drawn, drawn.times_s[:1])))[1])

    assert records[0] == records[1]
    assert np.array_equal(pictures[0], pictures[1])


def test_other_numbers_and_seeds_give_other_people() -> None:
    traits = [with_number(n, seed).someone.traits.weight for n, seed in ((1, 5), (2, 5), (1, 6))]

    assert len(set(traits)) == 3


def test_the_known_points_lie_on_the_person_in_the_picture() -> None:
    drawn = scenario(8, 0, Activity.STANDING, plain=True)
    record = truth_record(drawn, drawn.times_s[:1])
    with Renderer(drawn.camera, drawn.room, drawn.light, 0) as renderer:
        drawn.outfit.figure.take(*drawn.motion.pose_at(0.0))
        _, mask = renderer.frame([renderer.actor(drawn.outfit)], [np.zeros(3)])
    side = drawn.near.value

    for point in ("shoulder", "hip", "knee", "ankle"):
        x, y = (round(value) for value in record["points_px"][f"{side}_{point}"][0])
        assert mask[y, x] > 127, point
    feet = np.flatnonzero(mask.any(axis=1))[-1]
    sole = record["points_px"][f"{side}_heel"][0][1]
    assert sole == pytest.approx(feet, abs=0.05 * drawn.camera.size_px[1])


def test_seen_from_the_other_side_a_symmetrical_pose_is_the_mirror_image() -> None:
    drawn = scenario(8, 0, Activity.STANDING, plain=True)
    pictures = []
    for near in (Side.RIGHT, Side.LEFT):
        camera = replace(drawn.camera, near=near.value, yaw_deg=0.0)
        turned = replace(drawn, near=near, camera=camera)
        record = truth_record(turned, drawn.times_s[:1])
        pictures.append(np.array(record["points_px"][f"{near.value}_shoulder"][0]))

    width = drawn.camera.size_px[0]
    assert pictures[0][0] == pytest.approx(width - pictures[1][0], abs=1.5)
    assert pictures[0][1] == pytest.approx(pictures[1][1], abs=1.5)


def test_who_holds_still_is_seen_as_if_drawn_once_more() -> None:
    drawn = scenario(8, 1, Activity.WALL_LUNGE)
    drawn.outfit.figure.take(*drawn.motion.pose_at(0.5))
    pictures = []
    for repeated in (False, True):
        with Renderer(drawn.camera, drawn.room, drawn.light, drawn.number) as renderer:
            actors = [renderer.actor(drawn.outfit)]
            place: list[Floats] = [np.zeros(3)]
            first = renderer.frame(actors, place)[0]
            second = renderer.again() if repeated else renderer.frame(actors, place)[0]
            pictures.append(second)
            assert (first != second).any()  # the sensor's noise is new

    np.testing.assert_array_equal(pictures[0], pictures[1])


@pytest.mark.slow
def test_clips_are_made_and_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    order = Order(out=tmp_path, count=2, seed=4, activity=Activity.STANDING, plain=True, workers=2)

    assert make(order) == 2
    first = sorted(tmp_path.glob("*/truth.json"))
    before = first[0].read_bytes()
    (first[1]).unlink()
    assert make(order) == 1

    assert first[0].read_bytes() == before
    assert not list(tmp_path.glob(".*"))  # nothing half-written
    record: dict[str, Any] = json.loads(before)
    with av.open(str(first[0].parent / "clip.mp4")) as clip:
        frames = list(clip.decode(clip.streams.video[0]))
    assert len(frames) == len(record["time_s"])
    assert {m["name"] for m in record["measures"]} >= {"pelvic_tilt", "lumbar_curve", "trunk_lean"}


def test_too_little_disk_is_said_before_anything_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        free = 5 << 20

    monkeypatch.setattr("posture.truth.make.shutil.disk_usage", lambda _: Full)

    with pytest.raises(CannotWrite) as trouble:
        make(Order(out=tmp_path, count=500, seed=1))

    assert trouble.value.reason.code == "disk_too_small"
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_motion_is_a_wrong_call(tmp_path: Path) -> None:
    asked = CliRunner().invoke(main, ["truth", "make", str(tmp_path), "--activity", "juggling"])

    assert asked.exit_code == 2
    assert "juggling" in asked.output


def test_a_folder_without_truth_is_said_in_one_sentence(tmp_path: Path) -> None:
    asked = CliRunner().invoke(main, ["truth", "score", str(tmp_path), "--lang", "en"])

    assert asked.exit_code == 1
    assert "no clips of known truth here" in asked.output
    assert "Traceback" not in asked.output


def test_somebody_who_has_left_the_picture_is_not_drawn() -> None:
    drawn = scenario(8, 0, Activity.STANDING, plain=True)
    with Renderer(drawn.camera, drawn.room, replace(drawn.light, noise=0.0), 0) as renderer:
        drawn.outfit.figure.take(*drawn.motion.pose_at(0.0))
        actor = renderer.actor(drawn.outfit)
        for away in ((0.0, 9.0, 0.0), (0.0, -9.0, 0.0)):
            picture, mask = renderer.frame([actor], [np.array(away)])
            assert not mask.any()
            assert np.array_equal(picture, renderer.background)
