"""From a clip to its client's landmarks, on bodies whose points are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from posture.errors import UnusableClip
from posture.landmarks import mediapipe as mediapipe_module
from posture.landmarks.find import LandmarkSettings, find_landmarks
from posture.landmarks.follow import FollowSettings
from posture.landmarks.models import ModelFile, find_model
from posture.landmarks.people import body_size
from posture.landmarks.skeleton import NAMES
from posture.types import Activity, Floats, Landmarks, Rgb
from posture.video.probe import Source, VideoSettings, probe
from posture.video.source import pictures, pictures_at
from tests.video.make import clip, jpeg

pytestmark = pytest.mark.slow

# Our name and the one in truth.json, of the leg that is nearer to the camera.
NEAR_LEG = {
    "right_knee": "kneeR",
    "right_ankle": "ankleR",
    "right_heel": "heelR",
    "right_foot_index": "toeR",
}
NEAR = [*NEAR_LEG, "right_shoulder", "right_hip", "nose"]


@pytest.fixture(scope="module")
def model() -> ModelFile:
    return find_model("full")


def rendered(shared: Path, name: str) -> Source:
    return probe(shared / "clips" / "truth" / name / "clip.mp4", VideoSettings())


def shortened(source: Source, frames: int) -> Source:
    """Return the beginning of a clip as if that were all."""
    return replace(
        source,
        time_s=source.time_s[:frames],
        pts=source.pts[:frames],
        clip=replace(source.clip, frames=frames, duration_s=float(source.time_s[frames])),
    )


def true_px(shared: Path, name: str, point: str) -> Floats:
    """Path of one point in the rendered clip, (T, 2)."""
    file = shared / "clips" / "truth" / name / "truth.json"
    frames = json.loads(file.read_text("utf-8"))["frames"]
    return np.array([frame["lm"][point][:2] for frame in frames])


def size_px(found: Landmarks) -> float:
    return float(np.nanmedian([body_size(xy) for xy in found.xy_px]))


def points(found: Landmarks, names: list[str]) -> Floats:
    path: Floats = found.xy_px[:, [NAMES.index(name) for name in names]]
    return path


@pytest.fixture(scope="module")
def walk(shared: Path, model: ModelFile) -> Landmarks:
    return find_landmarks(rendered(shared, "walk_normal_f1"), model)


# --- against the truth


def test_the_near_side_lies_where_the_body_has_it(walk: Landmarks, shared: Path) -> None:
    # A model marks the middle of a joint by eye and the rig has it by anatomy: 4 % of the length
    # shoulder to ankle are 5 cm.
    body_px = size_px(walk)
    for ours, theirs in {**NEAR_LEG, "right_shoulder": "shoulderR", "right_hip": "hipR"}.items():
        off_px = np.hypot(*(walk.point(ours) - true_px(shared, "walk_normal_f1", theirs)).T)

        assert np.median(off_px) < 0.04 * body_px, ours


def test_everything_is_said_about_the_clip_and_the_client(walk: Landmarks, shared: Path) -> None:
    source = rendered(shared, "walk_normal_f1")

    np.testing.assert_array_equal(walk.time_s, source.time_s)
    assert (walk.clip, walk.size_px, walk.names) == (source.clip, (1280, 720), NAMES)
    assert walk.model.startswith("full ")
    assert (walk.person.count_seen, walk.person.number) == (1, 1)
    assert walk.person.chosen_because.code == "chosen_only_one"
    assert walk.person.seen_share == 1.0
    assert np.isfinite(walk.xy_px).all()


def test_the_outline_goes_around_the_body(walk: Landmarks, shared: Path) -> None:
    hips = true_px(shared, "walk_normal_f1", "hipR")
    for frame in range(0, walk.clip.frames, 20):
        outline = walk.outline_px(frame)
        assert outline is not None
        left, top = outline.min(axis=0)
        right, bottom = outline.max(axis=0)
        assert left < hips[frame, 0] < right
        # 527 px from the ground to the crown, as truth.json says; a raised foot, a lowered head
        assert bottom - top == pytest.approx(527, rel=0.06)


def lag_frames(path_px: Floats, true_path_px: Floats, hip_px: Floats) -> float:
    """How many frames a path is behind the true one.

    Fitted to x = true + offset + drift + a share of the swing about the hip - lag * speed; frames
    in which the model takes the other leg are left out (four times the median error).
    """
    frames = np.arange(len(path_px)) - len(path_px) / 2
    swing = true_path_px - hip_px
    against = np.stack([-np.gradient(true_path_px), np.ones_like(frames), frames, swing], axis=1)
    off = path_px - true_path_px
    kept = np.isfinite(off)
    for _ in range(20):
        fitted = np.linalg.lstsq(against[kept], off[kept])[0]
        left_over = np.abs(off - against @ fitted)
        kept = left_over < 4 * np.median(left_over[kept])
    return float(fitted[0])


def lags(found: Landmarks, shared: Path, name: str) -> dict[str, float]:
    hip = true_px(shared, name, "hipR")[:, 0]
    return {
        ours: lag_frames(found.point(ours)[:, 0], true_px(shared, name, theirs)[:, 0], hip)
        for ours, theirs in NEAR_LEG.items()
    }


@pytest.mark.parametrize("true_lag", [-0.4, 0.0, 0.15, 1.0])
def test_the_yardstick_for_a_lag_measures_it(true_lag: float, shared: Path) -> None:
    knee, hip = (true_px(shared, "walk_normal_f1", p)[:, 0] for p in ("kneeR", "hipR"))
    frames = np.arange(len(knee))
    late = np.interp(frames - true_lag, frames, knee) * 1.0 + 7

    assert lag_frames(late, knee, hip) == pytest.approx(true_lag, abs=0.05)


def test_no_point_of_the_leg_lags_behind_by_more_than_a_fifth_of_a_frame(
    walk: Landmarks, shared: Path
) -> None:
    for name, lag in lags(walk, shared, "walk_normal_f1").items():
        assert abs(lag) < 0.2, name


def test_on_its_own_clock_the_model_would_smooth_and_lag(
    walk: Landmarks, shared: Path, model: ModelFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    # That this is seen shows that the test before could fail.
    monkeypatch.setattr(mediapipe_module, "_STRETCH", 1)

    smoothed = find_landmarks(rendered(shared, "walk_normal_f1"), model)

    name = "walk_normal_f1"
    ours, theirs = (np.mean(list(lags(f, shared, name).values())) for f in (walk, smoothed))
    assert theirs > ours + 0.07


# --- shared out


def test_one_worker_and_two_give_the_same_numbers_to_the_last_bit(
    shared: Path, model: ModelFile
) -> None:
    source = shortened(rendered(shared, "stand0_f1"), 45)
    one, two = (
        find_landmarks(
            source,
            model,
            settings=LandmarkSettings(follow=FollowSettings(piece_s=0.5, workers=workers)),
        )
        for workers in (1, 2)
    )

    np.testing.assert_array_equal(one.xy_px, two.xy_px)
    np.testing.assert_array_equal(one.visibility, two.visibility)
    np.testing.assert_array_equal(one.world_m, two.world_m)
    for outline, other in zip(one.outlines, two.outlines, strict=True):
        np.testing.assert_array_equal(outline, other)


def test_cutting_a_clip_into_pieces_moves_its_landmarks_no_more_than_they_scatter(
    shared: Path, model: ModelFile
) -> None:
    source = shortened(rendered(shared, "bend_free_f1"), 100)
    cut, whole = (
        find_landmarks(
            source,
            model,
            settings=LandmarkSettings(follow=FollowSettings(piece_s=piece_s, workers=2)),
        )
        for piece_s in (5.0, 1e6)
    )

    moved = np.linalg.norm(points(cut, NEAR) - points(whole, NEAR), axis=2) / size_px(whole)
    middle = source.clip.frames // 2
    assert moved[: middle - 2].max() == 0  # before the cut nothing can differ
    assert np.median(moved[middle:]) < 0.005
    # two networks take turns, and the cut shifts whose turn it is
    assert np.percentile(moved[middle:], 95) < 0.015
    assert moved[middle:].max() < 0.03


# --- whom


def side_by_side(
    path: Path, shared: Path, left: str, right: str, *, every: int, frames: int
) -> Source:
    """Write a clip in which two rendered people stand beside each other, at half the size."""
    numbers = range(0, every * frames, every)
    lefts, rights = (
        [_middle(rgb) for n, rgb in pictures(rendered(shared, name)) if n in numbers]
        for name in (left, right)
    )
    lefts += [lefts[-1]] * (frames - len(lefts))  # the shorter clip stays at its last picture
    rights += [rights[-1]] * (frames - len(rights))
    file = clip(
        path / "both.mp4",
        frames,
        rate=30 // every,
        size_px=(1280, 720),
        shown=lambda number: np.hstack([lefts[number], rights[number]]),
    )
    return probe(file, VideoSettings(max_side_px=640))


def _middle(rgb: Rgb) -> Rgb:
    return rgb[:, 320:960]


def test_who_bends_is_followed_beside_one_who_stands_and_the_number_overrules(
    shared: Path, model: ModelFile, tmp_path: Path
) -> None:
    source = side_by_side(tmp_path, shared, "stand10_m1", "bend_free_f1", every=3, frames=50)

    found = find_landmarks(source, model)
    overruled = find_landmarks(source, model, settings=LandmarkSettings(number=1))

    assert (found.person.count_seen, found.person.number) == (2, 2)
    assert found.person.chosen_because.code == "chosen_moves"
    assert overruled.person.chosen_because.code == "chosen_by_number"
    for person, left_px, right_px in ((found, 320, 640), (overruled, 0, 320)):
        hips = person.point("right_hip")[:, 0]
        seen = np.isfinite(hips)
        assert seen.mean() > 0.95
        assert (hips[seen] > left_px).all()
        assert (hips[seen] < right_px).all()


def test_a_number_nobody_has_is_told(shared: Path, model: ModelFile) -> None:
    with pytest.raises(UnusableClip, match=r"^no_such_person \(number=2, count=1\)$"):
        find_landmarks(rendered(shared, "stand0_f1"), model, settings=LandmarkSettings(number=2))


def test_who_steps_in_place_is_the_client_when_walking_was_asked_for(
    shared: Path, model: ModelFile, tmp_path: Path
) -> None:
    # A treadmill: the walker stays in the picture's middle.
    source = side_by_side(tmp_path, shared, "stand10_m1", "walk_normal_f1", every=1, frames=60)

    found = find_landmarks(source, model, activity=Activity.WALKING)

    assert found.person.number == 2


def test_an_empty_room_holds_nobody(model: ModelFile, tmp_path: Path) -> None:
    file = clip(tmp_path / "a.mp4", 30, size_px=(320, 240), shown=_empty_room)

    with pytest.raises(UnusableClip, match=r"^nobody_in_view$"):
        find_landmarks(probe(file, VideoSettings()), model)


def _empty_room(number: int) -> Rgb:
    rgb = np.full((240, 320, 3), (170, 165, 150), dtype=np.uint8)
    rgb[180:] = (110, 90, 70)
    rgb[60:180, 40 + number : 60 + number] = (90, 100, 120)
    return rgb


# --- the same, otherwise


def test_a_mirrored_clip_gives_the_same_points_with_the_sides_exchanged(
    shared: Path, model: ModelFile, tmp_path: Path
) -> None:
    frames = dict(pictures(rendered(shared, "walk_normal_f1"), 0, 50))
    views: dict[str, Callable[[int], Rgb]] = {
        "as it was": frames.__getitem__,
        "mirrored": lambda number: np.ascontiguousarray(frames[number][:, ::-1]),
    }
    as_it_was, mirror = (
        find_landmarks(
            probe(
                clip(tmp_path / f"{name}.mp4", 50, size_px=(1280, 720), shown=shown),
                VideoSettings(),
            ),
            model,
        )
        for name, shown in views.items()
    )

    far = [name.replace("right", "left") for name in NEAR]
    off = points(mirror, far) * (-1, 1) + (1280, 0) - points(as_it_was, NEAR)
    apart = np.linalg.norm(off, axis=2) / size_px(as_it_was)
    assert np.median(apart) < 0.005  # both were encoded anew, which is not mirrored either
    assert np.percentile(apart, 95) < 0.015


def stored(folder: Path, rgb: Rgb, kind: str) -> Source:
    """A still, or a video of one picture."""
    if kind == "still":
        (folder / "a.jpg").write_bytes(jpeg(rgb))
        return probe(folder / "a.jpg", VideoSettings())
    return probe(
        clip(folder / "a.mp4", 1, size_px=(1280, 720), shown=lambda _: rgb), VideoSettings()
    )


@pytest.mark.parametrize("kind", ["still", "video of one picture"])
def test_of_a_single_picture_points_and_outline_are_found(
    kind: str, shared: Path, model: ModelFile, tmp_path: Path
) -> None:
    name = "stand0_f1"
    ((_, rgb),) = pictures_at(rendered(shared, name), [40])
    source = stored(tmp_path, rgb, kind)

    found = find_landmarks(source, model)

    assert found.clip.is_still
    assert found.person.seen_share == 1.0
    assert found.outlines[0] is not None
    for ours, theirs in NEAR_LEG.items():
        off_px = np.hypot(*(found.point(ours)[0] - true_px(shared, name, theirs)[40]))
        assert off_px < 0.05 * size_px(found), ours


def test_every_frame_is_reported_once(shared: Path, model: ModelFile) -> None:
    reported: list[int] = []

    find_landmarks(shortened(rendered(shared, "stand0_f1"), 40), model, progress=reported.append)

    assert sum(reported) == 40
