"""The pose model behind its two doors: what goes in, what comes out, what must never happen."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version as installed
from pathlib import Path

import cv2
import numpy as np
import pytest

from posture.errors import ModelTrouble
from posture.landmarks.mediapipe import Pose, PoseFinder, PoseFollower, _image, version
from posture.landmarks.models import find_model
from posture.landmarks.people import body_centre, body_size
from posture.landmarks.skeleton import NAMES, index
from posture.machine import without_native_chatter
from posture.types import Rgb
from posture.video.probe import VideoSettings, probe
from posture.video.source import pictures
from tests.landmarks.test_find import true_px

CHECKOUT = Path(__file__).parents[2]
WALK = "walk_normal_f1"


# --- without a model

GIVES_BACK = """
import ctypes
import numpy as np
from posture.landmarks import mediapipe
names = "arena ordinary small mapped bytes_mapped _ fast used free keep".split()
counts = [(name, ctypes.c_size_t) for name in names]
told = ctypes.CDLL("libc.so.6").mallinfo2
told.restype = type("Told", (ctypes.Structure,), {"_fields_": counts})
if {set_up}:
    mediapipe._share_memory()
def of_its_own(size):
    before = told().bytes_mapped
    held = np.ones(size, np.uint8)
    return told().bytes_mapped - before >= size
of_its_own(8 << 20)  # freed; from now on glibc by itself would keep such a size
print(of_its_own(6 << 20), of_its_own(1 << 20))
"""


@pytest.mark.linux
@pytest.mark.parametrize(("set_up", "expected"), [(True, "True False"), (False, "False False")])
def test_large_pictures_have_memory_of_their_own_which_is_given_back(
    set_up: bool,  # noqa: FBT001 - a parameter of the test
    expected: str,
) -> None:
    if not hasattr(ctypes.CDLL(None), "mallinfo2"):
        pytest.skip("another libc")
    code = GIVES_BACK.replace("{set_up}", str(set_up))
    # Dask leaves settings of its own for glibc in the environment
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=plain
    )

    assert done.stdout.strip() == expected


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(np.zeros((8, 8, 3), np.float32), id="floats"),
        pytest.param(np.zeros((8, 8), np.uint8), id="grey"),
        pytest.param(np.zeros((8, 8, 4), np.uint8), id="with transparency"),
        pytest.param(np.zeros((3, 8, 8), np.uint8), id="colours first"),
    ],
)
def test_a_picture_of_another_kind_is_refused(picture: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"^expected \(h, w, 3\) uint8, got \(\d"):
        _image(picture)


@pytest.mark.parametrize("open_model", [PoseFinder, PoseFollower], ids=["finder", "follower"])
@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04" + bytes(500)], ids=len)
def test_a_file_that_is_no_model_is_told_with_its_path(
    open_model: type[PoseFinder | PoseFollower], content: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "a.task"
    file.write_bytes(content)

    with pytest.raises(ModelTrouble, match=r"^model_does_not_load \(path=") as caught:
        open_model(file)

    assert caught.value.reason.values == {"path": str(file)}


def in_a_process_of_its_own(code: str) -> str:
    """Run code in another process and return what it prints; its end must be a good one."""
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout


def test_the_model_s_library_is_not_loaded_before_it_is_needed() -> None:
    told = in_a_process_of_its_own(
        "import sys, posture.landmarks.find; print('mediapipe' in sys.modules)"
    )

    assert told == "False\n"


def test_the_version_is_the_installed_one() -> None:
    assert version() == installed("mediapipe")


def test_native_log_lines_are_kept_off_and_our_own_arrive(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with without_native_chatter():
        os.write(2, b"I0000 from a native thread\n")
        sys.stderr.write("ours\n")
        os.write(2, b"W0000 again\n")
    os.write(2, b"after\n")

    assert capfd.readouterr().err == "ours\nafter\n"


def test_after_trouble_log_lines_arrive_again(capfd: pytest.CaptureFixture[str]) -> None:
    before = sys.stderr
    with pytest.raises(KeyError, match="trouble"), without_native_chatter():
        raise KeyError("trouble")
    os.write(2, b"after\n")

    assert sys.stderr is before
    assert capfd.readouterr().err == "after\n"


# --- with one


@pytest.fixture(scope="module")
def model() -> Path:
    return find_model("lite").path


@pytest.fixture(scope="module")
def finder(model: Path) -> Iterator[PoseFinder]:
    with PoseFinder(model) as opened:
        yield opened


@pytest.fixture(scope="module")
def walk(shared: Path) -> list[Rgb]:
    source = probe(shared / "clips" / "truth" / WALK / "clip.mp4", VideoSettings())
    return [rgb for _, rgb in pictures(source, 30, 50)]


def off_px(pose: Pose, shared: Path, name: str, theirs: str, frame: int = 30) -> float:
    return float(np.hypot(*(pose.xy_px[index(name)] - true_px(shared, WALK, theirs)[frame])))


@pytest.mark.slow
def test_the_finder_sees_a_person_where_they_are(
    finder: PoseFinder, walk: list[Rgb], shared: Path
) -> None:
    (pose,) = finder.find(walk[0])

    assert (pose.xy_px.shape, pose.world_m.shape) == ((len(NAMES), 2), (len(NAMES), 3))
    assert pose.visibility.shape == (len(NAMES),)
    assert (pose.visibility >= 0).all()
    assert (pose.visibility <= 1).all()
    assert pose.outline is None
    near = 0.07 * body_size(pose.xy_px)
    for ours, theirs in (("right_knee", "kneeR"), ("right_ankle", "ankleR"), ("right_hip", "hipR")):
        assert off_px(pose, shared, ours, theirs) < near, ours


@pytest.mark.slow
def test_the_finder_sees_each_of_two_people(finder: PoseFinder, walk: list[Rgb]) -> None:
    one, other = walk[0][:, 320:960], walk[12][:, 320:960]

    found = finder.find(np.ascontiguousarray(np.hstack([one, other])))

    sides = {body_centre(pose.xy_px)[0] // 640 for pose in found}
    assert sides == {0, 1}


@pytest.mark.slow
def test_the_finder_sees_nobody_in_an_empty_picture(finder: PoseFinder) -> None:
    assert finder.find(np.full((240, 320, 3), 128, dtype=np.uint8)) == ()


@pytest.mark.slow
def test_the_follower_gives_points_and_the_outline_around_them(
    model: Path, walk: list[Rgb], shared: Path
) -> None:
    with PoseFollower(model) as follower:
        poses = [follower.follow(rgb, 1 / 30) for rgb in walk[:5]]

    for frame, pose in enumerate(poses, start=30):
        assert pose is not None
        assert pose.outline is not None
        contour = (pose.outline / 16).astype(np.float32)
        for name in ("right_shoulder", "right_hip", "right_knee"):
            x, y = (float(c) for c in pose.xy_px[index(name)])
            assert cv2.pointPolygonTest(contour, (x, y), measureDist=False) > 0, name
        assert off_px(pose, shared, "right_knee", "kneeR", frame) < 0.07 * body_size(pose.xy_px)


@pytest.mark.slow
def test_a_follower_that_needs_no_outline_makes_none(model: Path, walk: list[Rgb]) -> None:
    with PoseFollower(model, masks=False) as follower:
        pose = follower.follow(walk[0], 1 / 30)

    assert pose is not None
    assert pose.outline is None


@pytest.mark.slow
def test_where_nobody_is_the_follower_says_so_and_goes_on(model: Path, walk: list[Rgb]) -> None:
    empty = np.full_like(walk[0], 128)
    with PoseFollower(model) as follower:
        seen = [
            follower.follow(rgb, 1 / 30) is not None for rgb in (empty, walk[0], empty, walk[1])
        ]

    assert seen == [False, True, False, True]


@pytest.mark.slow
def test_time_that_stands_still_or_jumps_is_no_trouble(model: Path, walk: list[Rgb]) -> None:
    with PoseFollower(model) as follower:
        poses = [
            follower.follow(rgb, step_s)
            for rgb, step_s in zip(walk, (1.0, 0.0, 1e-9, 3600.0, 0.03), strict=False)
        ]

    assert None not in poses


@pytest.mark.slow
def test_what_was_forgotten_is_searched_for_anew(model: Path, walk: list[Rgb]) -> None:
    # The same person a third of the picture further: tracking would look where they were.
    here, there = walk[0], np.roll(walk[0], 400, axis=1)
    with PoseFollower(model) as follower, PoseFollower(model) as fresh:
        for _ in range(3):
            follower.follow(here, 1 / 30)
        follower.forget()
        again, first = follower.follow(there, 1 / 30), fresh.follow(there, 1 / 30)

    assert again is not None
    assert first is not None
    np.testing.assert_array_equal(again.xy_px, first.xy_px)


SIZES = [(850, 720), (849, 720), (851, 541), (853, 480), (102, 240), (65, 64), (5, 64), (7, 1)]


@pytest.mark.slow
def test_no_width_ends_the_process(walk: list[Rgb], model: Path, tmp_path: Path) -> None:
    # Rows of a mask that are not whole fours are padded, and reading such a mask ended it once.
    np.save(tmp_path / "person.npy", walk[0][:, 210:1070])
    told = in_a_process_of_its_own(
        f"""
import numpy as np
from pathlib import Path
from posture.landmarks.mediapipe import PoseFinder, PoseFollower
person = np.load({str(tmp_path / "person.npy")!r})
for width, height in {SIZES}:
    rgb = person[:height, :width]
    with PoseFollower(Path({str(model)!r})) as follower, PoseFinder(Path({str(model)!r})) as finder:
        pose = follower.follow(rgb, 0.03)
        print(width, height, pose is not None and pose.outline is not None, len(finder.find(rgb)))
"""
    )

    lines = told.splitlines()
    assert lines[:2] == ["850 720 True 1", "849 720 True 1"]
    assert len(lines) == len(SIZES)


@pytest.mark.slow
def test_columns_left_out_at_the_edge_move_no_point(model: Path, walk: list[Rgb]) -> None:
    crop = walk[0][:, 210:1070]
    with PoseFollower(model) as one, PoseFollower(model) as other:
        wide, narrow = one.follow(crop[:, :851], 0.03), other.follow(crop[:, :848], 0.03)

    assert wide is not None
    assert narrow is not None
    np.testing.assert_array_equal(wide.xy_px, narrow.xy_px)
