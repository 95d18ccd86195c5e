"""Who is in the clip: one track a person, through crossings, gaps and doubles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from posture.landmarks.clothes import Clothes
from posture.landmarks.mediapipe import Pose
from posture.landmarks.people import (
    Sighting,
    Track,
    _assigned,
    body_centre,
    body_size,
    sightings_of,
    tracks_of,
)
from posture.landmarks.skeleton import NAMES, index
from tests.landmarks.make import body, samples, track, who

EVERY_S = 0.5
TIMES_S = [EVERY_S * k for k in range(12)]


def walker(
    from_px: float, speed_px_s: float, *, size_px: float = 200.0, mark: float = 0.0
) -> Callable[[float], Pose]:
    def at(time_s: float) -> Pose:
        step = 0.45 * np.sin(2 * np.pi * time_s / 1.1)
        return body((from_px + speed_px_s * time_s, 300), size_px, step=step, who=mark)

    return at


# --- one body


def chain(lengths: dict[str, tuple[float, float, float]]) -> np.ndarray:
    """Points of which only both sides' shoulder, hip, knee and ankle are not at the origin."""
    xy_px = np.zeros((len(NAMES), 2))
    for side, (trunk, thigh, shank) in lengths.items():
        down = np.cumsum([0.0, trunk, thigh, shank])
        for part, y in zip(("shoulder", "hip", "knee", "ankle"), down, strict=True):
            xy_px[index(f"{side}_{part}")] = (50.0, y)
    return xy_px


def test_the_size_is_the_way_from_shoulder_to_ankle_along_the_body() -> None:
    assert body_size(chain({"left": (30, 20, 10), "right": (30, 20, 10)})) == 60.0


@pytest.mark.parametrize("long_side", ["left", "right"])
def test_the_longer_side_counts_as_the_other_is_foreshortened(long_side: str) -> None:
    short_side = {"left": "right", "right": "left"}[long_side]

    assert body_size(chain({long_side: (30, 20, 10), short_side: (20, 20, 5)})) == 60.0


@given(
    size_px=st.floats(20, 900),
    lean_deg=st.floats(-20, 120),
    x=st.floats(-500, 2000),
    y=st.floats(-500, 2000),
)
def test_a_person_is_as_large_bent_as_upright_wherever_they_stand(
    size_px: float, lean_deg: float, x: float, y: float
) -> None:
    assert body_size(body((x, y), size_px, lean_deg=lean_deg).xy_px) == pytest.approx(
        size_px, rel=1e-3
    )


def test_the_centre_is_that_of_the_box_around_all_points() -> None:
    xy_px = np.full((len(NAMES), 2), (20.0, 30.0))
    xy_px[3], xy_px[7] = (10.0, 100.0), (90.0, 40.0)

    assert body_centre(xy_px) == (50.0, 65.0)


# --- one picture


def test_a_body_found_twice_counts_once_the_clearer_one() -> None:
    clear, faint = body((300, 300), 200, visibility=0.9), body((310, 295), 190, visibility=0.6)

    for poses in ([clear, faint], [faint, clear]):
        (seen,) = sightings_of(7, 0.25, poses)

        assert seen.pose is clear
        assert (seen.frame, seen.time_s) == (7, 0.25)


def test_two_people_shoulder_to_shoulder_are_two() -> None:
    seen = sightings_of(0, 0.0, [body((300, 300), 200), body((390, 300), 200)])

    assert len(seen) == 2


def test_a_small_person_before_a_large_one_is_not_taken_for_the_same_body() -> None:
    # A child as large as a third, at the hand of a parent: near for the parent, not for the child.
    seen = sightings_of(0, 0.0, [body((300, 300), 300), body((345, 380), 100)])

    assert len(seen) == 2


def test_a_body_without_extent_is_nobody() -> None:
    assert sightings_of(0, 0.0, [body((300, 300), 0.0)]) == ()


# --- one clip


def marks(tracks: tuple[Track, ...]) -> list[set[float]]:
    """Who is in each track."""
    return [{who(s) for s in found.sightings} for found in tracks]


def whole_ways(tracks: tuple[Track, ...]) -> list[float]:
    """Who each track follows from its first sighting to its last.

    Where two are at the same place and one is seen, that one may be either; at all other times
    they are told apart.
    """
    followed = []
    for found in tracks:
        first = who(found.sightings[0])
        strangers = [s for s in found.sightings if who(s) != first]
        assert len(strangers) <= 2
        assert who(found.sightings[-1]) == first
        followed.append(first)
    return sorted(followed)


def hidden_behind(front: Pose, back: Pose) -> bool:
    return abs(body_centre(front.xy_px)[0] - body_centre(back.xy_px)[0]) < 40


def crossing(
    speed: float,
    other_speed: float,
    meet_s: float,
    other_size_px: float,
    noise: Callable[[float], Sequence[float]] = lambda _: (0.0, 0.0, 0.0, 0.0),
) -> list[tuple[Sighting, ...]]:
    """Two who walk towards each other, in sizes a second; who is behind is not seen.

    `noise` is, by the time, how far each is seen beside their place, and how much too large.
    """

    def to_the_right(time_s: float) -> Pose:
        beside_px, _, larger, _ = noise(time_s)
        x = 640 + 200 * speed * (time_s - meet_s) + beside_px
        return body((x, 300), 200 * (1 + larger), who=1)

    def to_the_left(time_s: float) -> Pose | None:
        _, beside_px, _, larger = noise(time_s)
        x = 640 - 200 * other_speed * (time_s - meet_s) + beside_px
        pose = body((x, 310), other_size_px * (1 + larger), who=2)
        return None if hidden_behind(to_the_right(time_s), pose) else pose

    return samples(TIMES_S, [to_the_right, to_the_left])


speeds = st.floats(0.3, 1.2)  # 1.1 is brisk


@given(
    speed=speeds,
    other_speed=speeds,
    meet_s=st.floats(1.5, 4.0),
    other_size_px=st.floats(150, 260),
)
def test_two_people_who_cross_keep_their_identity(
    speed: float, other_speed: float, meet_s: float, other_size_px: float
) -> None:
    tracks = tracks_of(crossing(speed, other_speed, meet_s, other_size_px))

    assert whole_ways(tracks) == [1.0, 2.0]


def test_of_many_who_cross_and_are_seen_unsteadily_hardly_any_are_mixed_up() -> None:
    # 3 % of a size beside their place, 4 % too large or small, as a model sees them.
    random = np.random.default_rng(1)
    kept = 0
    for _ in range(300):
        beside = random.normal(0, 6, (len(TIMES_S), 2))
        larger = random.normal(0, 0.04, (len(TIMES_S), 2))
        noise = dict(zip(TIMES_S, np.hstack([beside, larger]).tolist(), strict=True))
        speed, other_speed = random.uniform(0.3, 1.2, 2)
        seen = crossing(speed, other_speed, random.uniform(1.5, 4), 200, noise.__getitem__)
        ends = [(who(t.sightings[0]), who(t.sightings[-1])) for t in tracks_of(seen)]
        kept += sorted(ends) == [(1, 1), (2, 2)]

    assert kept >= 298


def test_one_overtaking_another_keeps_their_identity() -> None:
    def slow(time_s: float) -> Pose:
        return body((500 + 100 * time_s, 300), 200, who=1)

    def fast(time_s: float) -> Pose | None:
        pose = body((300 + 220 * time_s, 300), 200, who=2)
        return None if hidden_behind(slow(time_s), pose) else pose

    assert whole_ways(tracks_of(samples(TIMES_S, [slow, fast]))) == [1.0, 2.0]


def test_the_order_in_which_a_picture_lists_people_does_not_matter() -> None:
    people = [walker(100, 150, mark=1), walker(1100, -120, mark=2), walker(600, 0, mark=3)]
    seen = samples(TIMES_S, people)

    tracks, mixed = tracks_of(seen), tracks_of([s[::-1] for s in seen])

    assert sorted(marks(tracks), key=min) == sorted(marks(mixed), key=min) == [{1}, {2}, {3}]


@pytest.mark.parametrize("speed_px_s", [0.0, 180.0], ids=["standing", "walking"])
@pytest.mark.parametrize(("gap_s", "people"), [(1.5, 1), (3.5, 1), (6.0, 2)])
def test_who_is_gone_for_some_seconds_is_the_same_person_and_later_a_new_one(
    speed_px_s: float, gap_s: float, people: int
) -> None:
    def seen(time_s: float) -> Pose | None:
        if 2.0 < time_s < 2.0 + gap_s:
            return None
        return body((100 + speed_px_s * time_s, 300), 200)

    tracks = tracks_of(samples([EVERY_S * k for k in range(24)], [seen]))

    assert len(tracks) == people


# 4.1 s is eleven minutes in 150 looks and a step, 24 s is an hour
@pytest.mark.parametrize("every_s", [4.1, 10.0, 24.0])
def test_who_is_in_a_long_clip_throughout_is_one_person(every_s: float) -> None:
    def on_a_treadmill(time_s: float) -> Pose | None:
        if round(time_s / every_s) % 7 == 3:  # not found at this look
            return None
        return body((300 + 15 * np.sin(time_s), 300), 200, step=0.45 * np.sin(time_s), who=1)

    def stands_by(time_s: float) -> Pose:
        return body((800 + 10 * np.cos(time_s), 310), 190, who=2)

    looks = samples([every_s * k for k in range(150)], [on_a_treadmill, stands_by])
    tracks = tracks_of(looks, every_s)

    assert [{who(s) for s in track.sightings} for track in tracks] == [{1.0}, {2.0}]


def test_who_left_a_long_clip_for_good_is_not_whoever_comes_later() -> None:
    def first(time_s: float) -> Pose | None:
        return body((300, 300), 200, who=1) if time_s < 900 else None

    def later(time_s: float) -> Pose | None:
        return body((300, 300), 200, who=2) if time_s > 1000 else None

    tracks = tracks_of(samples([24.0 * k for k in range(100)], [first, later]), 24.0)

    assert [{who(s) for s in track.sightings} for track in tracks] == [{1.0}, {2.0}]


def test_who_came_back_while_another_was_there_is_still_themselves() -> None:
    def comes_back(time_s: float) -> Pose | None:
        return None if 1.0 < time_s < 3.5 else body((300, 300), 200, who=1)

    def stays(_: float) -> Pose:
        return body((900, 300), 200, who=2)

    tracks = tracks_of(samples(TIMES_S, [comes_back, stays]))

    assert marks(tracks) == [{2.0}, {1.0}] or marks(tracks) == [{1.0}, {2.0}]


@pytest.mark.parametrize("ratio", [1.8, 1 / 1.8, 3.0])
def test_somebody_much_larger_or_smaller_at_the_same_place_is_somebody_else(ratio: float) -> None:
    def changes(time_s: float) -> Pose:
        return body((600, 300), 150 if time_s < 3 else 150 * ratio)

    assert len(tracks_of(samples(TIMES_S, [changes]))) == 2


def test_somebody_who_comes_nearer_stays_the_same() -> None:
    def nearer(time_s: float) -> Pose:
        return body((600, 300), 150 * (1 + 0.1 * time_s))

    assert len(tracks_of(samples(TIMES_S, [nearer]))) == 1


def test_nobody_jumps_across_the_picture() -> None:
    def jumps(time_s: float) -> Pose:
        return body((200 if time_s < 3 else 1000, 300), 150)

    assert len(tracks_of(samples(TIMES_S, [jumps]))) == 2


def test_no_sighting_is_lost_or_used_twice() -> None:
    seen = samples(TIMES_S, [walker(100, 150), walker(1100, -120), walker(600, 10)])

    found = [s for t in tracks_of(seen) for s in t.sightings]

    assert sorted(map(id, found)) == sorted(id(s) for picture in seen for s in picture)


def test_without_people_there_is_no_track() -> None:
    assert tracks_of([]) == ()
    assert tracks_of([(), (), ()]) == ()


# --- where somebody should be


def moving() -> Track:
    places = {1.0: (100.0, 300.0), 1.5: (160.0, 300.0), 2.5: (160.0, 320.0)}
    return track(places, lambda time_s: body(places[time_s], 200))


@pytest.mark.parametrize(
    ("time_s", "place"),
    [
        pytest.param(1.0, (100, 300), id="at a sighting"),
        pytest.param(1.25, (130, 300), id="between two"),
        pytest.param(2.25, (160, 315), id="between two others"),
        pytest.param(0.5, (40, 300), id="before the first, moving as after it"),
        pytest.param(3.0, (160, 330), id="after the last, moving as before it"),
    ],
)
def test_somebody_is_expected_on_the_way_between_sightings(
    time_s: float, place: tuple[float, float]
) -> None:
    assert moving().place_at(time_s) == pytest.approx(place, abs=0.01)


def test_somebody_seen_once_is_expected_there() -> None:
    once = track([2.0], lambda _: body((100, 300), 200))

    assert once.place_at(0.0) == once.place_at(9.0) == pytest.approx((100, 300), abs=0.01)


def test_the_size_of_a_track_is_not_swayed_by_one_bad_sighting() -> None:
    sizes = {0.0: 200.0, 0.5: 202.0, 1.0: 330.0, 1.5: 199.0, 2.0: 201.0}

    found = Track(
        sightings=tuple(
            Sighting(frame=0, time_s=t, pose=body((0, 0), size), centre_px=(0.0, 0.0), size_px=size)
            for t, size in sizes.items()
        )
    )

    assert found.size_px == 201.0


# --- what they wear

RED_AND_BLACK: Clothes = np.array([(40.0, 60, 40), (8, 0, 0), (8, 0, 0)])
BLUE_AND_GREY: Clothes = np.array([(30.0, 20, -50), (55, 0, 0), (60, 10, 15)])


def dressed(
    samples_seen: Sequence[tuple[Sighting, ...]], *clothes: Clothes
) -> list[tuple[Sighting, ...]]:
    """Dress everybody by the mark they were made with, from 1."""
    return [
        tuple(replace(s, clothes=clothes[round(who(s)) - 1]) for s in sample)
        for sample in samples_seen
    ]


def test_who_takes_another_s_place_in_other_clothes_is_somebody_else() -> None:
    def first(time_s: float) -> Pose | None:
        return body((300, 300), 200, who=1) if time_s < 3 else None

    def second(time_s: float) -> Pose | None:
        return body((300, 300), 200, who=2) if time_s >= 3 else None

    seen = samples(TIMES_S, [first, second])

    assert marks(tracks_of(dressed(seen, RED_AND_BLACK, BLUE_AND_GREY))) == [{1.0}, {2.0}]
    assert marks(tracks_of(dressed(seen, RED_AND_BLACK, RED_AND_BLACK))) == [{1.0, 2.0}]


@pytest.mark.parametrize("away_s", [6.0, 60.0, 600.0])
def test_who_comes_back_in_the_same_clothes_is_the_same_person(away_s: float) -> None:
    def comes_back(time_s: float) -> Pose | None:
        if 3 < time_s < 3 + away_s:
            return None
        return body((300 if time_s < 4 else 900, 320), 200 if time_s < 4 else 240, who=1)

    def stays(_: float) -> Pose:
        return body((600, 300), 200, who=2)

    seen = samples(np.arange(0, away_s + 8, 1.0).tolist(), [comes_back, stays])

    assert marks(tracks_of(dressed(seen, RED_AND_BLACK, BLUE_AND_GREY))) == [{1.0}, {2.0}]


@pytest.mark.parametrize(("cut_s", "people"), [((), 2), ((8.5,), 1)], ids=["one shot", "a cut"])
def test_who_comes_back_in_black_may_be_anybody_but_after_a_cut_is_likely_the_same(
    cut_s: tuple[float, ...], people: int
) -> None:
    def comes_back(time_s: float) -> Pose | None:
        return None if 3 < time_s < 12 else body((300, 320), 200, who=1)

    in_black = np.array([(6.0, 0, 0), (4, 0, 0), (5, 0, 0)])
    seen = dressed(samples(np.arange(0, 17, 1.0).tolist(), [comes_back]), in_black)

    assert len(tracks_of(seen, cuts_s=cut_s)) == people


def test_after_a_cut_somebody_in_black_who_is_built_otherwise_is_somebody_else() -> None:
    def before(time_s: float) -> Pose | None:
        return body((300, 320), 200, who=1) if time_s < 8.5 else None

    def after(time_s: float) -> Pose | None:
        if time_s < 8.5:
            return None
        longer = body((300, 320), 200, who=2)
        xy = longer.xy_px.copy()
        for side in ("left", "right"):  # a longer trunk on the same legs
            for part in ("shoulder", "elbow", "wrist"):
                xy[index(f"{side}_{part}"), 1] -= 20
        return replace(longer, xy_px=xy)

    in_black = np.array([(6.0, 0, 0), (4, 0, 0), (5, 0, 0)])
    looks = samples(np.arange(0, 17, 1.0).tolist(), [before, after])
    seen = dressed(looks, in_black, in_black)

    assert marks(tracks_of(seen, cuts_s=(8.5,))) == [{1.0}, {2.0}]


def test_of_two_who_wear_the_same_nobody_is_known_by_it() -> None:
    def leaves(time_s: float) -> Pose | None:
        return body((300, 300), 200, who=1) if time_s < 4 else None

    def comes(time_s: float) -> Pose | None:
        return body((320, 300), 200, who=2) if time_s > 12 else None

    def trainer(_: float) -> Pose:
        return body((900, 300), 200, who=3)

    seen = samples(np.arange(0, 17, 1.0).tolist(), [leaves, comes, trainer])
    uniform = dressed(seen, RED_AND_BLACK, RED_AND_BLACK, RED_AND_BLACK)

    assert marks(tracks_of(uniform)) == [{1.0}, {3.0}, {2.0}]


@pytest.mark.parametrize("second", [1, 2])
def test_after_a_cut_the_clothes_say_whether_it_is_the_same_person(second: int) -> None:
    cut_s = 2.75

    def before(time_s: float) -> Pose | None:
        return body((300, 300), 200, who=1) if time_s < cut_s else None

    def after(time_s: float) -> Pose | None:
        return body((340, 310), 230, who=second) if time_s > cut_s else None

    seen = dressed(samples(TIMES_S, [before, after]), RED_AND_BLACK, BLUE_AND_GREY)
    tracks = tracks_of(seen, cuts_s=(cut_s,))

    assert marks(tracks) == ([{1.0}] if second == 1 else [{1.0}, {2.0}])
    if second == 1:  # nobody walks from one part of the clip into the next
        assert tracks[0].place_at(cut_s - 0.01) == pytest.approx(body_centre_of(300, 300), abs=1)
        assert tracks[0].place_at(cut_s + 0.01) == pytest.approx(body_centre_of(340, 310), abs=1)


def body_centre_of(x: float, y: float) -> tuple[float, float]:
    return body_centre(body((x, y), 200).xy_px)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (4, 1), (2, 3), (3, 3), (5, 4), (7, 6)])
def test_people_are_paired_at_the_least_cost(shape: tuple[int, int]) -> None:
    cost = np.random.default_rng(sum(shape)).random(shape)

    pairs = _assigned(cost)

    rows, columns = linear_sum_assignment(cost)
    assert sum(cost[pair] for pair in pairs) == pytest.approx(cost[rows, columns].sum())
    assert sorted(pairs) == sorted(zip(rows.tolist(), columns.tolist(), strict=True))
