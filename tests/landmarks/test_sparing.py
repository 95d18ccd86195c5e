"""The outline is looked for in every picture of somebody who stands, in some of one who walks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from posture.landmarks import sparing as sparing_module
from posture.landmarks.mediapipe import Pose, PoseFinder, PoseFollower
from posture.landmarks.models import ModelFile, find_model
from posture.landmarks.people import Sighting
from posture.landmarks.skeleton import NAMES, index
from posture.landmarks.sparing import Pace, SparingFollower, pace_of
from posture.types import Rgb
from posture.video.probe import VideoSettings, probe
from posture.video.source import pictures

TOP = Path(__file__).parents[2]
NO_PICTURE = np.zeros((4, 4, 3), dtype=np.uint8)
STEP_S = 1 / 30
MODEL = ModelFile(path=Path("whole"), name="m", sha256="", without_outline=Path("points"))
OUTLINE = np.zeros((30, 2), dtype=np.int16)
AT_FIRST = 13  # pictures in which it is as the looks said, that somebody walks: 0.4 s


def body(swing_px: float) -> Pose:
    """A body of 300 px whose ankles are that far ahead of and behind its hips."""
    xy = np.zeros((len(NAMES), 2), dtype=np.float32)
    for side, way in (("left", 1), ("right", -1)):
        for part, y in (("shoulder", 0), ("hip", 100), ("knee", 200), ("ankle", 300)):
            xy[index(f"{side}_{part}"), 1] = y
        xy[index(f"{side}_ankle"), 0] = way * swing_px
    ones = np.ones(len(NAMES), dtype=np.float32)
    return Pose(xy_px=xy, visibility=ones, world_m=np.zeros((33, 3), np.float32), outline=None)


@dataclass
class Followers:
    """Stand in for the model: both see the body that is there now."""

    here: Pose | None = None
    asked: list[str] = field(default_factory=list)
    away_px: float = 0.0  # how far the whole network sees the body from where it is

    def make(self, path: Path, *, masks: bool = True) -> _Follower:
        return _Follower(self, str(path), masks)


@dataclass
class _Follower:
    all: Followers
    name: str
    masks: bool

    def follow(self, rgb: Rgb, step_s: float) -> Pose | None:
        del rgb
        assert step_s > 0
        self.all.asked.append(self.name)
        here = self.all.here
        if here is None or not self.masks:
            return here
        return replace(here, xy_px=here.xy_px + self.all.away_px, outline=OUTLINE)

    def forget(self) -> None:
        self.all.asked.append(f"forget {self.name}")

    def close(self) -> None:
        pass


@pytest.fixture
def followers(monkeypatch: pytest.MonkeyPatch) -> Followers:
    found = Followers()
    monkeypatch.setattr(sparing_module, "PoseFollower", found.make)
    return found


def has_outline(
    follower: SparingFollower, followers: Followers, swings: Iterator[float] | list[float]
) -> list[bool]:
    seen = []
    for swing in swings:
        followers.here = body(swing)
        pose = follower.follow(NO_PICTURE, STEP_S)
        assert pose is not None
        seen.append(pose.outline is not None)
    return seen


def walking(seconds: float) -> list[float]:
    return [90 * math.sin(2 * math.pi * i * STEP_S / 1.1) for i in range(round(seconds / STEP_S))]


def test_who_stands_has_an_outline_in_every_picture(followers: Followers) -> None:
    with SparingFollower(MODEL, Pace.WALKS) as follower:
        seen = has_outline(follower, followers, [2.0, -2.0] * 60)

    assert all(seen[AT_FIRST:])


def test_who_walks_as_the_looks_said_is_not_seen_whole_to_begin_with(followers: Followers) -> None:
    with SparingFollower(MODEL, Pace.WALKS) as follower:
        has_outline(follower, followers, walking(1))

    assert 3 <= followers.asked.count("whole") <= 5


def test_who_may_do_either_is_seen_whole_in_every_picture(followers: Followers) -> None:
    with SparingFollower(MODEL, Pace.UNCLEAR) as follower:
        seen = has_outline(follower, followers, walking(3))

    assert all(seen)
    assert set(followers.asked) == {"whole"}


def test_who_stays_may_be_left_out_every_other_picture(followers: Followers) -> None:
    with SparingFollower(MODEL, Pace.STAYS) as follower:
        has_outline(follower, followers, [0.0] * 10)

        assert follower.may_skip(STEP_S)
        assert not follower.may_skip(2 * STEP_S)
    assert set(followers.asked) == {"whole"}


@pytest.mark.parametrize("pace", [Pace.WALKS, Pace.UNCLEAR])
def test_who_may_walk_is_followed_through_every_picture(followers: Followers, pace: Pace) -> None:
    with SparingFollower(MODEL, pace) as follower:
        has_outline(follower, followers, [0.0] * 10)

        assert not follower.may_skip(STEP_S)


def test_who_walks_where_the_looks_said_he_stays_is_left_out_no_more(followers: Followers) -> None:
    with SparingFollower(MODEL, Pace.STAYS) as follower:
        has_outline(follower, followers, walking(2))

        assert not follower.may_skip(STEP_S)


def test_the_points_are_one_networks_from_the_first_picture_on(followers: Followers) -> None:
    """Where one took over from the other, they would not be those of either."""
    with SparingFollower(MODEL, Pace.WALKS) as follower:
        has_outline(follower, followers, [0.0] * 30 + walking(3) + [0.0] * 30)

    assert followers.asked.count("points") == 60 + len(walking(3))


@pytest.mark.parametrize(
    ("apart_px", "went_px", "pace"),
    [
        ([5, -5, 3, 0, 4], 0, Pace.STAYS),
        ([150, 148, 152, 151], 0, Pace.STAYS),  # a lunge
        ([150, -20, 90, -140], 0, Pace.WALKS),  # on a treadmill
        ([0, 120, 10, 140], 0, Pace.WALKS),
        ([150, 151, 149, 150], 200, Pace.WALKS),  # a stride a look, past the camera
        ([150, 151, 149, 150], -200, Pace.WALKS),
        ([150, 151, 149, 150], 20, Pace.STAYS),  # the camera drifts
        ([0, 2, 0, 100], 0, Pace.UNCLEAR),  # steps out once
        ([150, -150], 0, Pace.UNCLEAR),  # two looks are not enough
    ],
)
def test_a_walkers_feet_are_now_together_now_apart_or_he_goes_on(
    apart_px: list[int], went_px: float, pace: Pace
) -> None:
    poses = [body(px / 2) for px in apart_px]
    sightings = [
        Sighting(frame=i, time_s=float(i), pose=pose, centre_px=(went_px * i, 0.0), size_px=300.0)
        for i, pose in enumerate(poses)
    ]

    assert pace_of(sightings) is pace


def test_one_foot_that_moves_alone_is_no_walk(followers: Followers) -> None:
    """A raised leg, a lunge: measured on the outline of every picture."""
    with SparingFollower(MODEL, Pace.WALKS) as follower:
        for number, swing in enumerate(walking(3)):
            pose = body(0)
            pose.xy_px[index("left_ankle"), 0] = swing
            followers.here = pose
            found = follower.follow(NO_PICTURE, STEP_S)
            assert found is not None
            assert found.outline is not None or number < AT_FIRST


def test_who_walks_has_an_outline_some_times_a_stride(followers: Followers) -> None:
    with SparingFollower(MODEL, Pace.WALKS) as follower:
        seen = has_outline(follower, followers, walking(6))

    later = seen[30:]
    gaps = np.diff(np.flatnonzero(later))
    assert sum(later) < 0.2 * len(later)
    assert gaps.max() * STEP_S <= 0.3


def test_who_stops_has_an_outline_in_every_picture_again(followers: Followers) -> None:
    with SparingFollower(MODEL, Pace.WALKS) as follower:
        has_outline(follower, followers, walking(3))
        seen = has_outline(follower, followers, [0.0] * 60)

    assert all(seen[30:])


def test_an_outline_of_somebody_else_is_not_taken(followers: Followers) -> None:
    with SparingFollower(MODEL, Pace.WALKS) as follower:
        has_outline(follower, followers, walking(2))
        followers.away_px = 100.0
        seen = has_outline(follower, followers, walking(2))

    assert not any(seen)


def test_what_is_forgotten_is_forgotten_by_both(followers: Followers) -> None:
    with SparingFollower(MODEL, Pace.WALKS) as follower:
        has_outline(follower, followers, walking(2))
        followers.asked.clear()
        follower.forget()

        assert sorted(followers.asked) == ["forget points", "forget whole"]
        assert all(has_outline(follower, followers, [0.0] * 30)[AT_FIRST:])


# --- with the model


@pytest.fixture(scope="module")
def bend() -> list[Rgb]:
    source = probe(TOP / "samples" / "forward_bend.mp4", VideoSettings())
    return [rgb for _, rgb in pictures(source, 40, 64)]


def test_the_bundle_of_points_gives_the_points_of_the_whole_one(bend: list[Rgb]) -> None:
    model = find_model("full")
    assert model.points != model.path

    with PoseFollower(model.path) as whole, PoseFollower(model.points, masks=False) as points:
        for rgb in bend:
            one, other = whole.follow(rgb, STEP_S), points.follow(rgb, STEP_S)
            assert one is not None
            assert other is not None
            assert np.array_equal(one.xy_px, other.xy_px)
            assert np.array_equal(one.world_m, other.world_m)
            assert np.array_equal(one.visibility, other.visibility)
    with PoseFinder(model.path) as whole_finder, PoseFinder(model.points) as finder:
        (one,), (other,) = whole_finder.find(bend[0]), finder.find(bend[0])
        assert np.array_equal(one.xy_px, other.xy_px)
