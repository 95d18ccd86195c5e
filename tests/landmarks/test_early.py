"""A walk that is looked at while it comes in is measured on the same points as any other file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import pytest

from posture.landmarks import asked as asked_module
from posture.landmarks import follow as follow_module
from posture.landmarks import lookout as lookout_module
from posture.landmarks.asked import AskedFollower, AskedOtherwiseError
from posture.landmarks.early import EarlyWalk
from posture.landmarks.find import find_landmarks
from posture.landmarks.mediapipe import Pose
from posture.landmarks.models import ModelFile
from posture.landmarks.sparing import Pace
from posture.types import Activity, Landmarks, Rgb
from posture.video import coming as coming_module
from posture.video.probe import VideoSettings, probe
from tests.landmarks.make import CLIENT, OTHER, bodies_in, draw
from tests.video.make import Codec, clip

RATE_HZ = 10
SECONDS = 16.0
PICTURE_PX = (240, 144)  # somebody 66 px from shoulder to ankle is large in it
VP8 = Codec(name="libvpx", suffix="webm", options={"deadline": "realtime", "cpu-used": "8"})
NOWHERE = ModelFile(path=Path("no model is loaded"), name="none", sha256="")

Place = Callable[[float], tuple[float, float]]


def across(now_s: float) -> tuple[float, float]:
    """Return where a walker is who crosses the picture slowly."""
    return (10 + 14.5 * now_s, 72.0)


def recorded(folder: Path, place: Place = across, larger_from_s: float = 99.0) -> Path:
    """Write what a browser would have recorded."""

    def shown(number: int) -> Rgb:
        rgb = np.full((PICTURE_PX[1], PICTURE_PX[0], 3), 110, dtype=np.uint8)
        now_s = number / RATE_HZ
        draw(rgb, place(now_s), 84 if now_s >= larger_from_s else 66, CLIENT)
        return rgb

    return clip(
        folder / "walk.webm",
        round(SECONDS * RATE_HZ),
        codec=VP8,
        rate=RATE_HZ,
        size_px=PICTURE_PX,
        shown=shown,
    )


@dataclass
class Models:
    """What stands in for the pose models: the boxes in a picture are the people."""

    followed: int = 0
    found: int = 0
    open: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def follower(self, _: ModelFile, pace: Pace) -> Follower:
        assert pace in Pace
        return Follower(self)

    def finder(self, _: Path, *, max_people: int) -> Finder:
        assert max_people > 1
        return Finder(self)


class Counted:
    def __init__(self, models: Models) -> None:
        self.models = models
        with models.lock:
            models.open += 1

    def close(self) -> None:
        with self.models.lock:
            self.models.open -= 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Follower(Counted):
    """Says of each body how many pictures it has seen, as a model's answer rests on all of them."""

    def __init__(self, models: Models) -> None:
        super().__init__(models)
        self.seen = 0

    def may_skip(self, step_s: float) -> bool:
        assert step_s > 0
        return False

    def forget(self) -> None:
        self.seen += 1000

    def follow(self, rgb: Rgb, step_s: float) -> Pose | None:
        assert step_s > 0
        self.seen += 1
        with self.models.lock:
            self.models.followed += 1
        pose = max(bodies_in(rgb), key=lambda found: found[0], default=(0, None))[1]
        if pose is None:
            return None
        world_m = np.full_like(pose.world_m, self.seen)
        return Pose(
            xy_px=pose.xy_px, visibility=pose.visibility, world_m=world_m, outline=pose.outline
        )


class Finder(Counted):
    def find(self, rgb: Rgb) -> tuple[Pose, ...]:
        with self.models.lock:
            self.models.found += 1
        return tuple(pose for _, pose in bodies_in(rgb))


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Models:
    made = Models()
    for module in (asked_module, follow_module):
        monkeypatch.setattr(module, "SparingFollower", made.follower)
    monkeypatch.setattr(lookout_module, "PoseFinder", made.finder)
    return made


@contextmanager
def early_on(path: Path) -> Iterator[EarlyWalk]:
    """Look at what there is of a recording, until no more of it can be done."""
    early = EarlyWalk(path, NOWHERE, VideoSettings())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(coming_module, "sleep", lambda _: early.stop())
        early.go_on()
    with early:
        yield early


def found(path: Path, early: EarlyWalk | None = None) -> Landmarks:
    source = probe(path, VideoSettings())
    return find_landmarks(source, NOWHERE, activity=Activity.WALKING, early=early)


def begun(path: Path, share: float) -> Path:
    """Return the beginning of a recording, as it lies there while the rest is still to come."""
    part = path.with_name("coming.part")
    data = path.read_bytes()
    part.write_bytes(data[: round(share * len(data))])
    return part


def are_the_same(one: Landmarks, other: Landmarks) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in ("time_s", "xy_px", "visibility", "world_m")
    )


@pytest.mark.parametrize("share", [0.02, 0.5, 0.8, 1.0])
def test_whatever_was_there_already_the_points_are_those_of_the_whole_recording(
    share: float, tmp_path: Path, models: Models
) -> None:
    path = recorded(tmp_path)
    whole = found(path)
    asked = models.followed

    with early_on(begun(path, share)) as early:
        models.followed = 0
        again = found(path, early)

    assert np.isfinite(again.xy_px[:, 0, 0]).mean() > 0.9
    assert are_the_same(again, whole)
    assert models.followed <= (1.0 if share < 0.1 else 1.3 - share) * asked
    assert models.open == 0


def test_what_was_found_in_another_recording_counts_for_nothing(
    tmp_path: Path, models: Models
) -> None:
    path = recorded(tmp_path)
    (tmp_path / "other").mkdir()
    other = recorded(tmp_path / "other", lambda now_s: across(now_s + 0.4))
    whole = found(path)

    with early_on(other) as early:
        again = found(path, early)

    assert not are_the_same(found(other), whole)
    assert are_the_same(again, whole)
    assert models.open == 0


def test_a_client_who_turns_out_larger_than_at_first_is_followed_anew(
    tmp_path: Path, models: Models
) -> None:
    path = recorded(tmp_path, larger_from_s=8.0)
    whole = found(path)

    with early_on(begun(path, 0.5)) as early:
        assert sum(follower.answers for follower in early.followers.values()) > 20
        again = found(path, early)

    assert are_the_same(again, whole)
    assert models.open == 0


@pytest.mark.parametrize("head", [b"", b"not a video at all", b"\x1aE\xdf\xa3" + bytes(400)])
def test_of_what_cannot_be_read_nothing_is_found_early(
    head: bytes, tmp_path: Path, models: Models
) -> None:
    path = tmp_path / "coming.part"
    path.write_bytes(head)

    with early_on(path) as early:
        assert (early.looks, early.followers, models.open) == ({}, {}, 0)


def test_a_recording_that_is_thrown_away_is_let_go(tmp_path: Path, models: Models) -> None:
    early = EarlyWalk(tmp_path / "gone.part", NOWHERE, VideoSettings())

    early.go_on()  # and does not wait for it

    assert (early.looks, models.open) == ({}, 0)


# --- one follower


def picture(level: int) -> Rgb:
    rgb = np.full((120, 80, 3), 110, dtype=np.uint8)
    draw(rgb, (40, 60), 40, OTHER if level else CLIENT)
    return rgb


def test_asked_the_same_again_a_follower_answers_as_before_and_then_goes_on(
    models: Models,
) -> None:
    with AskedFollower(NOWHERE, Pace.WALKS) as follower:
        follower.forget()
        first = [follower.follow(picture(0), 1.0), follower.follow(picture(1), 0.1)]
        follower.again()
        follower.forget()
        again = [follower.follow(picture(0), 1.0), follower.follow(picture(1), 0.1)]
        following = follower.follow(picture(0), 0.1)

    assert again == first
    assert (models.followed, following is not None) == (3, True)
    assert following is not None
    assert following.world_m[0, 0] == 1003


@pytest.mark.parametrize(
    "otherwise",
    [
        lambda follower: follower.follow(picture(1), 1.0),
        lambda follower: follower.follow(picture(0), 0.5),
        lambda follower: follower.follow(np.ascontiguousarray(picture(0)[:, ::-1])[1:], 1.0),
        lambda follower: follower.forget(),
    ],
    ids=["another picture", "after another time", "another part", "a new track"],
)
def test_asked_otherwise_it_says_so(
    otherwise: Callable[[AskedFollower], object], models: Models
) -> None:
    with AskedFollower(NOWHERE, Pace.WALKS) as follower:
        follower.follow(picture(0), 1.0)
        follower.again()

        with pytest.raises(AskedOtherwiseError):
            otherwise(follower)

    assert models.open == 0


def test_what_was_let_go_answers_what_it_knows_and_no_more(models: Models) -> None:
    follower = AskedFollower(NOWHERE, Pace.WALKS)
    known = follower.follow(picture(0), 1.0)
    follower.close()
    follower.again()

    assert follower.follow(picture(0), 1.0) is known
    with pytest.raises(AskedOtherwiseError):
        follower.follow(picture(0), 0.1)
    assert models.open == 0
