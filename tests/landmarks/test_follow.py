"""The client is followed on a crop that moves along, and nobody else is.

The model is replaced by one that sees a coloured box as a body, so what is tried here is the
chase: where the crop goes, whom it accepts, when it looks around, how the clip is shared out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.landmarks import follow as follow_module
from posture.landmarks.follow import Followed, FollowSettings, follow
from posture.landmarks.mediapipe import Pose
from posture.landmarks.mirror import mirrored
from posture.landmarks.models import ModelFile
from posture.landmarks.people import Track, body_centre
from posture.landmarks.plan import pieces_of, sample_numbers
from posture.landmarks.skeleton import NAMES, index
from posture.landmarks.sparing import Pace
from posture.types import OUTLINE_STEPS_PER_PX, Floats, Outline, Rgb
from posture.video.probe import Source, VideoSettings, probe
from tests.landmarks.make import CLIENT, OTHER, bodies_in, body, draw, track
from tests.video.make import clip

SIZE_PX = 80.0  # shoulder to ankle; such a body is drawn 100 px high and 14 wide
PICTURE_PX = (400, 240)
RATE_HZ = 15

Place = Callable[[float], tuple[float, float] | None]  # by the time; None = out of sight


# --- the world: a clip with boxes for people, and a model that sees them


def filmed(
    path: Path,
    client: Place,
    *,
    seconds: float = 4.0,
    other: Place = lambda _: None,
    other_scale: float = 1.2,
    size_px: tuple[int, int] = PICTURE_PX,
) -> Source:
    """Write and open a clip of the client and somebody else."""

    def shown(number: int) -> Rgb:
        rgb = np.full((size_px[1], size_px[0], 3), 110, dtype=np.uint8)
        for place, colour, scale in ((client, CLIENT, 1.0), (other, OTHER, other_scale)):
            if (at := place(number / RATE_HZ)) is not None:
                draw(rgb, at, scale * SIZE_PX, colour)
        return rgb

    file = clip(
        path / "a.mp4", round(seconds * RATE_HZ), rate=RATE_HZ, size_px=size_px, shown=shown
    )
    return probe(file, VideoSettings())


@dataclass
class Model:
    """What stands in for the pose model: it follows the largest box in the picture."""

    fault: str = ""
    skips: bool = False  # one picture in two
    asked: int = 0
    looks: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, _: ModelFile, pace: Pace) -> Self:
        assert pace in Pace
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def may_skip(self, step_s: float) -> bool:
        return self.skips and step_s < 1.5 / RATE_HZ

    def follow(self, rgb: Rgb, step_s: float) -> Pose | None:
        if self.fault:
            raise RuntimeError(self.fault)
        assert step_s > 0
        with self.lock:
            self.asked += 1
        return max(bodies_in(rgb), key=lambda found: found[0], default=(0, None))[1]

    def forget(self) -> None:
        pass

    def look(self, rgb: Rgb) -> tuple[Pose, ...]:
        with self.lock:
            self.looks += 1
        return tuple(pose for _, pose in bodies_in(rgb))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    stand_in = Model()
    monkeypatch.setattr(follow_module, "SparingFollower", stand_in)
    return stand_in


def followed(
    source: Source,
    sightings: Track,
    model: Model,
    settings: FollowSettings | None = None,
    progress: Callable[[int], None] | None = None,
) -> Followed:
    nowhere = ModelFile(path=Path("no model is loaded"), name="none", sha256="")
    return follow(source, sightings, nowhere, model.look, settings or FollowSettings(), progress)


def seen_at(place: Place, times_s: Floats, *, faces_left: bool = False) -> Track:
    """The client's sightings, one every half second as a rule."""

    def pose(time_s: float) -> Pose:
        at = place(time_s)
        assert at is not None
        right = body(at, SIZE_PX)
        return mirrored(right, round(2 * at[0])) if faces_left else right

    return track(times_s.tolist(), pose)


def half_seconds(first_s: float, last_s: float) -> Floats:
    return np.arange(first_s, last_s + 0.01, 0.5)


def centres(rows: Followed) -> Floats:
    """The middle of the body in every frame, NaN where it was not seen."""
    return np.array([body_centre(xy) for xy in rows.xy_px])


def truth(source: Source, place: Place) -> Floats:
    """The same, from how the clip was drawn."""
    return np.array([place(t) or (np.nan, np.nan) for t in source.time_s.tolist()])


def walks(time_s: float) -> tuple[float, float]:
    """Three quarters of a size a second, from left to right."""
    return 70 + 60 * time_s, 120


# --- where the client is, there the points are


def test_the_points_lie_on_the_client_in_every_frame(tmp_path: Path, model: Model) -> None:
    source = filmed(tmp_path, walks)

    rows = followed(source, seen_at(walks, half_seconds(0, 3.9)), model)

    assert centres(rows) == pytest.approx(truth(source, walks), abs=2)
    assert (rows.visibility == np.float32(0.9)).all()
    assert np.isfinite(rows.world_m).all()


def test_the_outline_moves_with_the_crop(tmp_path: Path, model: Model) -> None:
    source = filmed(tmp_path, walks)

    rows = followed(source, seen_at(walks, half_seconds(0, 3.9)), model)

    for outline, (x, y) in zip(rows.outlines, truth(source, walks), strict=True):
        assert outline is not None
        low, high = outline.min(axis=0) / 16, outline.max(axis=0) / 16
        assert (low + high) / 2 == pytest.approx((x, y), abs=2)


def test_who_faces_left_is_found_at_the_same_place_with_the_sides_exchanged(
    tmp_path: Path, model: Model
) -> None:
    def walks_left(time_s: float) -> tuple[float, float]:
        return 331 - 60 * time_s, 120

    source = filmed(tmp_path, walks_left)

    rows = followed(source, seen_at(walks_left, half_seconds(0, 3.9), faces_left=True), model)

    assert centres(rows) == pytest.approx(truth(source, walks_left), abs=2)
    toe, heel = (rows.xy_px[:, index(f"left_{part}"), 0] for part in ("foot_index", "heel"))
    assert (toe < heel).all()


@pytest.mark.parametrize("size_px", [(402, 240), (398, 242), (120, 240), (60, 140)])
def test_no_width_is_too_odd_or_too_small(
    size_px: tuple[int, int], tmp_path: Path, model: Model
) -> None:
    def stands(_: float) -> tuple[float, float]:
        return size_px[0] / 2, size_px[1] / 2

    source = filmed(tmp_path, stands, size_px=size_px, seconds=1)

    rows = followed(source, seen_at(stands, half_seconds(0, 0.9)), model)

    assert centres(rows) == pytest.approx(truth(source, stands), abs=2)


def test_at_the_picture_s_edge_the_crop_stays_inside(tmp_path: Path, model: Model) -> None:
    def to_the_edge(time_s: float) -> tuple[float, float]:
        return 300 + 23 * time_s, 180

    source = filmed(tmp_path, to_the_edge)

    rows = followed(source, seen_at(to_the_edge, half_seconds(0, 3.9)), model)

    assert centres(rows) == pytest.approx(truth(source, to_the_edge), abs=2)


def test_who_turns_round_far_from_any_look_is_shown_to_the_model_facing_right(
    tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Looked at in the beginning and the end only, as in a recording of an hour.
    def stands(_: float) -> tuple[float, float]:
        return 200, 120

    source = filmed(tmp_path, stands, seconds=9)
    facing: list[bool] = []

    def follow_right(follower: Model, rgb: Rgb, step_s: float, *, faces_left: bool) -> Pose | None:
        facing.append(faces_left)
        found = follower.follow(rgb, step_s)
        turned_round = 3.0 < len(facing) / RATE_HZ < 6.0
        return mirrored(found, rgb.shape[1]) if found and turned_round else found

    monkeypatch.setattr(follow_module, "follow_right", follow_right)
    far = FollowSettings(piece_s=99, workers=1)

    followed(source, seen_at(stands, np.array([0.0, 8.9])), model, far)

    shown_left = np.flatnonzero(facing) / RATE_HZ
    assert 3.0 < shown_left.min() < 4.5
    assert 6.0 < shown_left.max() < 7.5
    assert len(shown_left) / RATE_HZ == pytest.approx(3.0, abs=0.5)


# --- nobody else


def test_somebody_larger_beside_the_client_is_not_taken_for_them(
    tmp_path: Path, model: Model
) -> None:
    # In the crop, which reaches 76 px to each side, but further off than a client can jump (48).
    def stands(_: float) -> tuple[float, float]:
        return 200, 120

    def passes(time_s: float) -> tuple[float, float] | None:
        return (262, 120) if 1 < time_s < 2 else None

    source = filmed(tmp_path, stands, other=passes)

    rows = followed(source, seen_at(stands, half_seconds(0, 3.9)), model)

    away = np.abs(centres(rows) - (200, 120)).max(axis=1)
    beside = (source.time_s > 1) & (source.time_s < 2)
    assert not (away > 2).any()
    assert np.isnan(away[beside]).all()
    assert not np.isnan(away[~beside]).any()


def test_somebody_half_as_large_at_the_client_s_place_is_not_taken_for_them(
    tmp_path: Path, model: Model
) -> None:
    def stands(_: float) -> tuple[float, float]:
        return 200, 120

    def before(time_s: float) -> tuple[float, float] | None:
        return None if 1 < time_s < 2 else stands(time_s)

    def in_between(time_s: float) -> tuple[float, float] | None:
        return stands(time_s) if 1 < time_s < 2 else None

    source = filmed(tmp_path, before, other=in_between, other_scale=0.5)

    rows = followed(source, seen_at(stands, half_seconds(0, 3.9)), model)

    replaced = (source.time_s > 1) & (source.time_s < 2)
    assert np.isnan(rows.xy_px[replaced]).all()
    assert np.isfinite(rows.xy_px[~replaced]).all()


# --- lost and found


def test_a_client_out_of_sight_is_not_made_up(tmp_path: Path, model: Model) -> None:
    def behind_a_pillar(time_s: float) -> tuple[float, float] | None:
        return None if 1.5 < time_s < 2.4 else walks(time_s)

    source = filmed(tmp_path, behind_a_pillar)

    rows = followed(source, seen_at(walks, half_seconds(0, 3.9)), model)

    hidden = np.isnan(truth(source, behind_a_pillar)).any(axis=1)
    assert np.isnan(rows.xy_px[hidden]).all()
    assert np.isnan(rows.world_m[hidden]).all()
    assert (rows.visibility[hidden] == 0).all()
    assert [rows.outlines[i] for i in np.flatnonzero(hidden)] == [None] * int(hidden.sum())
    assert centres(rows)[~hidden] == pytest.approx(truth(source, walks)[~hidden], abs=2)


def away_and_back(time_s: float) -> tuple[float, float] | None:
    """Somebody who leaves after a second and is back elsewhere after two and a half."""
    if time_s <= 1.0:
        return 80, 120
    return None if time_s < 2.5 else (330, 120)


@pytest.mark.parametrize("piece_s", [99.0, 5.0], ids=["in one piece", "in pieces"])
def test_who_comes_back_elsewhere_is_looked_for_and_found(
    piece_s: float, tmp_path: Path, model: Model
) -> None:
    # Nobody was seen at the looks from 1 to 5 s, so the way between is only a guess.
    source = filmed(tmp_path, away_and_back, seconds=6)
    sightings = seen_at(away_and_back, np.array([0.0, 0.5, 1.0, 5.0, 5.5]))

    rows = followed(source, sightings, model, FollowSettings(piece_s=piece_s))

    back = source.time_s > 2.5 + 0.5  # the pause between two looks and the picture it takes
    assert model.looks > 0
    assert centres(rows)[back] == pytest.approx(truth(source, away_and_back)[back], abs=2)
    assert not (np.abs(centres(rows) - truth(source, away_and_back)) > 2).any()


def test_long_before_the_first_and_after_the_last_sighting_nobody_is_looked_for(
    tmp_path: Path, model: Model
) -> None:
    def comes_and_goes(time_s: float) -> tuple[float, float] | None:
        return (200, 120) if 1.8 <= time_s <= 4.2 else None

    source = filmed(tmp_path, comes_and_goes, seconds=6)
    near = FollowSettings(entry_s=0.5, piece_s=99)

    rows = followed(source, seen_at(comes_and_goes, half_seconds(2.0, 4.0)), model, near)

    there = ~np.isnan(truth(source, comes_and_goes)).any(axis=1)
    may_be_there = (source.time_s > 1.49) & (source.time_s < 4.51)
    np.testing.assert_array_equal(np.isfinite(rows.xy_px[:, 0, 0]), there)
    assert model.asked == may_be_there.sum()


def test_who_is_still_there_after_the_last_sighting_is_followed_on(
    tmp_path: Path, model: Model
) -> None:
    source = filmed(tmp_path, walks)

    rows = followed(source, seen_at(walks, half_seconds(0.5, 1.5)), model)

    assert centres(rows) == pytest.approx(truth(source, walks), abs=2)


# --- shared out


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("piece_s", [0.3, 1.0, 99.0])
def test_neither_pieces_nor_workers_change_what_is_found(
    workers: int, piece_s: float, tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    source = filmed(tmp_path, walks)
    sightings = seen_at(walks, half_seconds(0, 3.9))
    settings = FollowSettings(piece_s=piece_s, workers=workers)

    rows = followed(source, sightings, model, settings)

    assert centres(rows) == pytest.approx(truth(source, walks), abs=2)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_frame_is_reported_once(workers: int, tmp_path: Path, model: Model) -> None:
    def hidden_at_times(time_s: float) -> tuple[float, float] | None:
        return None if 1 < time_s < 2 else walks(time_s)

    source = filmed(tmp_path, hidden_at_times)
    reported: list[int] = []
    settings = FollowSettings(piece_s=1, workers=workers)

    followed(source, seen_at(walks, half_seconds(0, 3.9)), model, settings, reported.append)

    assert sum(reported) == source.clip.frames


@pytest.mark.parametrize("workers", [1, 2])
def test_trouble_in_a_worker_is_not_swallowed(workers: int, tmp_path: Path, model: Model) -> None:
    source = filmed(tmp_path, walks)
    model.fault = "the model gave up"

    with pytest.raises(RuntimeError, match=r"^the model gave up$"):
        followed(
            source,
            seen_at(walks, half_seconds(0, 3.9)),
            model,
            FollowSettings(piece_s=1, workers=workers),
        )


def test_rows_say_nothing_before_anybody_was_found() -> None:
    rows = Followed.empty(3, len(NAMES))

    assert np.isnan(rows.xy_px).all()
    assert np.isnan(rows.world_m).all()
    assert (rows.visibility == 0).all()
    assert rows.outlines == [None, None, None]


# --- which frames


@st.composite
def clip_times(draw: st.DrawFn) -> Floats:
    """Times of a clip whose rate may vary, with pauses."""
    steps_ms = draw(st.lists(st.integers(4, 400), max_size=80))
    pause_ms = draw(st.sampled_from([0, 0, 3000, 20_000]))
    start_ms = draw(st.integers(0, 2000))
    half = len(steps_ms) // 2
    steps = [*steps_ms[:half], pause_ms or 10, *steps_ms[half:]] if steps_ms else []
    return np.cumsum([start_ms, *steps]) / 1000


@given(time_s=clip_times(), piece_s=st.floats(0.1, 30))
def test_pieces_cover_every_frame_once_and_in_order(time_s: Floats, piece_s: float) -> None:
    pieces = pieces_of(time_s, piece_s)

    assert [n for start, stop in pieces for n in range(start, stop)] == list(range(len(time_s)))
    assert all(start < stop for start, stop in pieces)


@given(time_s=clip_times(), piece_s=st.floats(0.1, 30))
def test_no_piece_is_longer_than_asked_for(time_s: Floats, piece_s: float) -> None:
    for start, stop in pieces_of(time_s, piece_s):
        assert time_s[stop - 1] - time_s[start] <= piece_s + 1e-9


@pytest.mark.parametrize(
    ("duration_s", "pieces"),
    [(1.0, 1), (2.4, 1), (2.6, 2), (4.9, 2), (9.9, 2), (10.1, 3), (60.0, 12)],
)
def test_a_clip_of_some_seconds_is_cut_in_two_and_a_long_one_into_fives(
    duration_s: float, pieces: int
) -> None:
    time_s = np.linspace(0, duration_s, round(30 * duration_s))

    assert len(pieces_of(time_s, 5.0)) == pieces


def steady(seconds: float, rate_hz: float) -> Floats:
    return np.arange(round(seconds * rate_hz)) / rate_hz


@given(time_s=clip_times(), every_s=st.floats(0.05, 3), at_most=st.integers(2, 50))
def test_looks_are_taken_from_the_first_to_the_last_frame(
    time_s: Floats, every_s: float, at_most: int
) -> None:
    numbers = list(sample_numbers(time_s, every_s, at_most))

    assert (numbers[0], numbers[-1]) == (0, len(time_s) - 1)
    assert numbers == sorted(set(numbers))
    assert len(numbers) <= at_most


@pytest.mark.parametrize("rate_hz", [5, 29.97, 240])
@pytest.mark.parametrize("seconds", [1.0, 7.3, 60.0])
def test_looks_are_as_often_as_asked_for_at_any_rate(rate_hz: float, seconds: float) -> None:
    time_s = steady(seconds, rate_hz)

    gaps_s = np.diff(time_s[list(sample_numbers(time_s, 0.5, 600))])

    assert gaps_s[:-1] == pytest.approx(0.5, abs=0.1 + 1 / rate_hz)
    assert 0.25 - 1 / rate_hz <= gaps_s[-1] <= 0.75 + 1 / rate_hz


@pytest.mark.parametrize("seconds", [10.2, 14.6, 25.0, 31.0])
def test_what_is_looked_at_of_a_long_recording_is_known_before_its_end(seconds: float) -> None:
    so_far, whole = steady(seconds, 30), steady(40, 30)

    looks = [list(sample_numbers(time_s, 1.0, 150)) for time_s in (so_far, whole)]
    pieces = [pieces_of(time_s, 5.0) for time_s in (so_far, whole)]

    assert looks[0][:-1] == looks[1][: len(looks[0]) - 1]
    assert pieces[0][:-1] == pieces[1][: len(pieces[0]) - 1]
    assert len(pieces[0]) >= 3


def test_in_a_long_clip_the_looks_are_spread_out() -> None:
    time_s = steady(3600, 10)

    numbers = list(sample_numbers(time_s, 0.5, 600))

    assert len(numbers) == 600
    assert np.diff(time_s[numbers]) == pytest.approx(3600 / 599, abs=0.11)


def test_of_a_still_the_one_picture_is_looked_at() -> None:
    assert list(sample_numbers(np.zeros(1), 0.5, 600)) == [0]


# --- pictures that are left out


def skipping(xy_px: Floats, skipped: list[int]) -> Followed:
    """Rows with these points, and a ring about them, but for what was skipped."""
    rows = Followed.empty(len(xy_px), xy_px.shape[1])
    known = [frame for frame in range(len(xy_px)) if frame not in skipped]
    rows.xy_px[known] = xy_px[known]
    rows.visibility[known] = 0.9
    rows.skipped[skipped] = True
    for frame in known:
        rows.outlines[frame] = ring_about(xy_px[frame])
    return rows


def ring_about(xy_px: Floats) -> Outline:
    ring = xy_px.mean(axis=0) + np.array([(-70, -70), (70, -70), (70, 70), (-70, 70)])
    found: Outline = np.round(ring * OUTLINE_STEPS_PER_PX).astype(np.int16)
    return found


def moving(frames: int, px: float = 2.0) -> Floats:
    still = np.random.default_rng(1).uniform(20, 120, (len(NAMES), 2))
    return np.array([still + np.array([px, -px / 2]) * frame for frame in range(frames)])


def test_what_was_skipped_lies_on_the_way_between_its_neighbours() -> None:
    xy = moving(9)
    rows = skipping(xy, [1, 3, 4, 6])

    rows.fill(np.arange(9) / 30, 0.11)

    assert np.allclose(rows.xy_px, xy, atol=1e-3)
    assert np.allclose(rows.visibility, 0.9)
    for frame in range(9):
        outline = rows.outlines[frame]
        assert outline is not None
        assert abs(outline - ring_about(xy[frame])).max() <= 1


def test_nothing_is_filled_in_past_an_end_or_over_a_gap_or_beside_somebody_unseen() -> None:
    xy = moving(12)
    xy[5] = np.nan
    rows = skipping(np.nan_to_num(xy, nan=0.0), [0, 4, 8, 9, 10])
    rows.xy_px[5] = np.nan

    rows.fill(np.arange(12) / 30, 0.11)

    seen = np.isfinite(rows.xy_px[:, 0, 0])
    assert not seen[[0, 4, 5, 8, 9, 10]].any()
    assert [rows.outlines[frame] is None for frame in (0, 4, 8, 9, 10)] == [True] * 5


def test_a_picture_that_is_left_out_is_where_the_client_was_on_the_way(
    tmp_path: Path, model: Model
) -> None:
    source = filmed(tmp_path, walks)
    model.skips = True

    rows = followed(
        source,
        seen_at(walks, half_seconds(0, 3.9)),
        model,
        FollowSettings(bridge_s=2.5 / RATE_HZ),
    )

    assert 0.4 < rows.skipped.mean() < 0.6
    assert model.asked < 0.7 * source.clip.frames
    assert centres(rows) == pytest.approx(truth(source, walks), abs=2)
    assert all(outline is not None for outline in rows.outlines)
