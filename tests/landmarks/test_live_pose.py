"""Following one person live, with the real model on a rendered clip."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from posture.landmarks.live_pose import LivePose
from posture.landmarks.models import find_model
from posture.landmarks.people import body_centre
from posture.live.body import hands_up
from posture.live.gesture import BothArms
from posture.types import Rgb
from posture.video.probe import VideoSettings, probe
from posture.video.source import pictures
from posture.video.still import shrink

CLIP = Path(__file__).parents[2] / "samples" / "standing.mp4"
HAND = Path(__file__).parents[1] / "data" / "live_hand.mp4"

pytestmark = pytest.mark.slow


@cache
def person() -> Rgb:
    """Somebody who stands in the middle, 640 wide."""
    _, rgb = next(iter(pictures(probe(CLIP, VideoSettings()), 0, 1)))
    return shrink(rgb, 640)


def shifted(by: int) -> Rgb:
    return np.roll(person(), by, axis=1)


def two() -> Rgb:
    """The same person twice: in the left and in the right half."""
    middle = person()[:, 200:440]
    background = person()[:, :80]
    return np.ascontiguousarray(np.hstack([background, middle, middle, background]))


@pytest.fixture
def live() -> Iterator[LivePose]:
    lite = find_model("lite").path
    with LivePose(lite, lite) as pose:
        yield pose


def test_somebody_is_followed_with_an_outline(live: LivePose) -> None:
    live.warm()

    poses = [live.follow(person(), n / 30) for n in range(4)]

    assert all(pose is not None for pose in poses)
    assert poses[-1] is not None
    assert poses[-1].outline is not None
    assert abs(body_centre(poses[-1].xy_px)[0] - 325) < 40


def test_nobody_is_followed_where_nobody_is(live: LivePose) -> None:
    assert live.follow(np.full((360, 640, 3), 114, dtype=np.uint8), 0.0) is None


def test_a_look_finds_both_and_the_chosen_one_is_followed(live: LivePose) -> None:
    found = live.look(two())
    rightmost = max(found, key=lambda pose: body_centre(pose.xy_px)[0])

    live.choose(rightmost, 0.0)
    poses = [live.follow(two(), 0.1 + n / 30) for n in range(6)]

    assert len(found) == 2
    assert poses[-1] is not None
    assert abs(body_centre(poses[-1].xy_px)[0] - body_centre(rightmost.xy_px)[0]) < 30


def test_a_body_that_jumps_is_not_the_client(live: LivePose) -> None:
    for number in range(4):
        live.follow(person(), number / 30)

    jumped = [live.follow(shifted(200), 4 / 30 + n / 30) for n in range(4)]
    much_later = [live.follow(shifted(200), 3.0 + n / 30) for n in range(4)]

    # the model may believe for a moment that its body is still where it was
    assert all(pose is None or body_centre(pose.xy_px)[0] < 400 for pose in jumped)
    assert jumped[-1] is None
    assert much_later[-1] is not None
    assert body_centre(much_later[-1].xy_px)[0] > 450


@pytest.mark.parametrize("is_flipped", [False, True])
def test_one_hand_held_up_side_on_is_not_taken_for_both(*, is_flipped: bool) -> None:
    film = probe(HAND, VideoSettings())
    raised = {number: rgb[:, ::-1] if is_flipped else rgb for number, rgb in pictures(film, 24, 90)}
    full, lite = find_model("full").path, find_model("lite").path
    arms, answers, supposed = BothArms(), [], []

    with LivePose(full, lite) as pose:
        rgb = np.ascontiguousarray(raised[24])
        pose.choose(pose.look(rgb)[0], 0.0)
        for tick in range(130):  # the hand stays up for more than two seconds
            rgb = np.ascontiguousarray(raised[min(24 + tick, 89)])
            found = pose.follow(rgb, tick / 30)
            assert found is not None
            xy_px = found.xy_px.astype(float)
            supposed.append(all(hands_up(xy_px)))
            answers.append(arms.up(xy_px, found.visibility, tick / 30))

    assert np.mean(supposed) > 0.5  # the model puts the hidden arm up as well
    assert not any(answers)
