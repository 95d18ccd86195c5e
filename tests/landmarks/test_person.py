"""Which of the people in view is the client, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.errors import UnusableClip
from posture.landmarks.mediapipe import Pose
from posture.landmarks.people import Sighting, Track
from posture.landmarks.person import PersonSettings, Place, at_place, choose
from posture.landmarks.skeleton import HEIGHTS_PER_SIZE
from posture.types import Activity
from tests.landmarks.make import body, track

TIMES_S = [0.5 * k for k in range(13)]
PICTURE_PX = (1280, 720)

Person = Callable[[float], Pose]


def walks(*, y: float = 400.0, size_px: float = 260.0, from_px: float = 200.0) -> Person:
    """Across the picture in six seconds, a step every 0.55 s."""

    def at(time_s: float) -> Pose:
        step = 0.45 * np.cos(2 * np.pi * time_s / 1.1 + 0.4)
        return body((from_px + 140 * time_s, y), size_px, step=step)

    return at


def stands(x: float, *, y: float = 380.0, size_px: float = 300.0) -> Person:
    return lambda _: body((x, y), size_px)


def bends(x: float, *, size_px: float = 260.0) -> Person:
    return lambda time_s: body((x, 400), size_px, lean_deg=90 * np.sin(np.pi * time_s / 6) ** 2)


def tracks(*people: Person) -> list[Track]:
    return [track(TIMES_S, person) for person in people]


def chosen(
    found: list[Track], *, activity: Activity | None = None, number: int | None = None
) -> tuple[Track, int, str]:
    """Return the client's track, number and why."""
    client, person = choose(found, len(TIMES_S), PICTURE_PX, activity=activity, number=number)
    return client, person.number, person.chosen_because.code


# --- the choice


def test_who_is_in_view_for_a_second_is_not_the_client_where_another_stays() -> None:
    passing = track(TIMES_S[:3], walks())
    staying = track(TIMES_S, stands(640.0))
    for_a_while = track(TIMES_S[:7], walks())

    assert chosen([passing, staying])[0] is staying
    assert chosen([for_a_while, staying])[0] is for_a_while
    assert chosen([passing, track(TIMES_S[5:8], stands(640.0))])[0] is passing


@pytest.mark.parametrize("activity", [None, Activity.WALKING, Activity.RUNNING])
def test_who_walks_past_is_chosen_before_a_taller_one_who_stands_by(
    activity: Activity | None,
) -> None:
    # sports2d-demo.mp4 in short: a man on a roof, nearer to the middle, and a woman who walks.
    walker, bystander = tracks(walks(), stands(700, size_px=320))

    client, _, because = chosen([bystander, walker], activity=activity)

    assert client is walker
    assert because == ("chosen_moves_as_asked" if activity else "chosen_moves")


@pytest.mark.parametrize("activity", [None, Activity.FORWARD_BEND])
def test_who_bends_is_chosen_before_a_taller_one_who_watches(activity: Activity | None) -> None:
    client, watcher = tracks(bends(500), stands(760, size_px=300))

    assert chosen([watcher, client], activity=activity)[0] is client


def test_who_stands_is_chosen_before_who_walks_past_when_standing_was_asked_for() -> None:
    walker, client = tracks(walks(size_px=280), stands(640, size_px=280))

    assert chosen([walker, client], activity=Activity.STANDING)[0] is client


def test_a_body_that_is_moved_without_its_feet_is_not_one_that_walks() -> None:
    # Something carried or falling: it travels, and up and down too.
    def falls(time_s: float) -> Pose:
        step = 0.45 * np.cos(2 * np.pi * time_s / 1.1)
        return body((200 + 140 * time_s, 200 + 60 * time_s), 260, step=step)

    client, thing = tracks(walks(), falls)

    assert chosen([thing, client], activity=Activity.WALKING)[0] is client


def test_of_two_who_stand_the_larger_is_chosen() -> None:
    near, far = tracks(stands(400, size_px=400), stands(880, size_px=200))

    assert chosen([far, near])[0] is near
    assert chosen([far, near])[2] == "chosen_largest"


def test_of_two_alike_who_stand_the_one_in_the_middle_is_chosen() -> None:
    middle, edge = tracks(stands(640), stands(1100))

    assert chosen([edge, middle])[0] is middle
    assert chosen([edge, middle])[2] == "chosen_most_central"


def test_of_two_alike_who_stand_the_one_who_stays_is_chosen() -> None:
    stays, leaves = tracks(stands(400), stands(880))
    leaves = replace(leaves, sightings=leaves.sightings[:4])

    assert chosen([leaves, stays])[0] is stays
    assert chosen([leaves, stays])[2] == "chosen_seen_longest"


def test_of_two_alike_who_stand_the_one_seen_whole_is_chosen() -> None:
    whole, cut_off = tracks(stands(400, y=360), stands(880, y=640))

    assert chosen([cut_off, whole])[0] is whole
    assert chosen([cut_off, whole])[2] == "chosen_whole_body_seen"


def test_the_only_one_is_chosen_whatever_they_do() -> None:
    (only,) = tracks(stands(640))

    assert chosen([only], activity=Activity.WALKING) == (only, 1, "chosen_only_one")


def scaled(found: Track, factor: float, mirror_px: float | None = None) -> Track:
    """Return the track in a picture `factor` times as large, or mirrored about its middle."""

    def scaled_points(xy_px: np.ndarray) -> np.ndarray:
        xy_px = xy_px * factor
        if mirror_px is not None:
            xy_px = xy_px * (-1, 1) + (mirror_px, 0)
        return xy_px.astype(np.float32)

    def one(seen: Sighting) -> Sighting:
        x, y = scaled_points(np.array([seen.centre_px]))[0]
        return replace(
            seen,
            pose=replace(seen.pose, xy_px=scaled_points(seen.pose.xy_px)),
            centre_px=(float(x), float(y)),
            size_px=seen.size_px * factor,
        )

    return Track(sightings=tuple(map(one, found.sightings)))


places = st.integers(100, 1180)
sizes = st.integers(150, 320)


@given(walker_px=sizes, watcher_px=sizes, watcher_x=places, bender_px=sizes, bender_x=places)
def test_neither_resolution_nor_a_mirror_changes_who_is_chosen(
    walker_px: int, watcher_px: int, watcher_x: int, bender_px: int, bender_x: int
) -> None:
    found = tracks(
        walks(size_px=walker_px),
        stands(watcher_x, size_px=watcher_px),
        bends(bender_x, size_px=bender_px),
    )
    client = chosen(found)[0]
    place = next(i for i, t in enumerate(found) if t is client)

    larger = [scaled(t, 2.0) for t in found]
    in_larger, _ = choose(larger, len(TIMES_S), (2560, 1440))
    mirrored = [scaled(t, 1.0, mirror_px=1280.0) for t in found]
    in_mirror = chosen(mirrored)[0]

    assert in_larger is larger[place]
    assert in_mirror is mirrored[place]


def test_a_child_as_large_in_the_foreground_is_told_as_a_close_call() -> None:
    child, client = tracks(stands(480, size_px=300), stands(760, size_px=280))

    _, person = choose([child, client], len(TIMES_S), PICTURE_PX)

    assert person.chosen_because.values["rival"] == 3 - person.number


def test_a_client_who_bends_behind_a_larger_child_is_followed_without_a_doubt() -> None:
    child, client = tracks(stands(420, size_px=330), bends(760))

    track, person = choose([child, client], len(TIMES_S), PICTURE_PX)

    assert track is client
    assert "rival" not in person.chosen_because.values


# --- overruled, numbered, refused


def test_a_number_overrules_the_choice() -> None:
    walker, bystander = tracks(walks(), stands(700))

    client, number, because = chosen([walker, bystander], number=2)

    assert client is bystander
    assert (number, because) == (2, "chosen_by_number")


def test_people_are_numbered_by_when_they_first_appear_and_then_from_left_to_right() -> None:
    left, right, late = tracks(stands(300), stands(900), stands(600))
    late = replace(late, sightings=late.sightings[3:])

    numbered = [chosen([late, right, left], number=number)[0] for number in (1, 2, 3)]

    assert [t is expected for t, expected in zip(numbered, (left, right, late), strict=True)] == [
        True,
        True,
        True,
    ]


@pytest.mark.parametrize("number", [0, 3, -1, 99])
def test_a_number_nobody_has_is_told_with_how_many_there_are(number: int) -> None:
    with pytest.raises(UnusableClip, match=rf"^no_such_person \(number={number}, count=2\)$"):
        chosen(tracks(walks(), stands(700)), number=number)


def test_a_clip_without_people_is_told() -> None:
    with pytest.raises(UnusableClip, match=r"^nobody_in_view$"):
        chosen([])


def test_somebody_too_far_away_is_told_with_how_small_they_are() -> None:
    # 0.1 of the picture's height, where 0.15 is the least.
    (far,) = tracks(stands(640, size_px=72 / HEIGHTS_PER_SIZE))

    with pytest.raises(UnusableClip, match=r"^person_too_small \(share=0\.1") as caught:
        chosen([far])

    assert caught.value.reason.values["share"] == pytest.approx(0.1, abs=1e-4)
    assert caught.value.reason.values["least"] == PersonSettings().min_height_frac


def test_somebody_far_away_who_was_asked_for_is_told_too() -> None:
    near, far = tracks(stands(400), stands(900, size_px=50))

    assert chosen([near, far])[0] is near
    with pytest.raises(UnusableClip, match=r"^person_too_small "):
        chosen([near, far], number=2)


# --- what is said about them


def test_what_is_known_of_everybody_is_said() -> None:
    walker, bystander = tracks(walks(from_px=200), stands(700, size_px=300))
    bystander = replace(bystander, sightings=bystander.sightings[2:8])

    _, person = choose([bystander, walker], len(TIMES_S), PICTURE_PX)

    one, two = person.people
    assert (person.count_seen, person.number) == (2, 1)
    assert person.seen_share == 1.0
    assert (one.number, one.first_s, one.last_s) == (1, 0.0, 6.0)
    assert (two.number, two.first_s, two.last_s) == (2, 1.0, 3.5)
    # legs astride are longer than upright ones by 1 or 2 %
    assert one.height_frac == pytest.approx(260 * 1.28 / 720, rel=0.03)
    assert two.height_frac == pytest.approx(300 * 1.28 / 720, rel=1e-3)
    # 140 px/s for six seconds, in heights of 260 * 1.28 px
    assert one.travel_heights == pytest.approx(840 / (260 * 1.28), rel=0.03)
    assert two.travel_heights == pytest.approx(0.0, abs=1e-3)


def test_the_share_seen_is_of_all_looks_taken() -> None:
    (one,) = tracks(stands(640))

    _, person = choose([replace(one, sightings=one.sightings[:4])], 16, PICTURE_PX)

    assert person.seen_share == 0.25


# --- pointed at


def test_who_is_pointed_at_is_the_client_whatever_else_speaks_for_another() -> None:
    found = tracks(walks(from_px=100), stands(900))
    watcher = found[1]

    picked = at_place(found, Place(time_s=2.0, x_frac=900 / PICTURE_PX[0], y_frac=0.5), PICTURE_PX)
    client, person = choose(found, len(TIMES_S), PICTURE_PX, picked=picked)

    assert client is watcher is picked
    assert (person.number, person.chosen_because.code) == (2, "chosen_by_place")


def test_somebody_who_walks_is_pointed_at_where_they_are_at_that_time() -> None:
    found = tracks(walks(from_px=100), stands(900))
    place = Place(time_s=3.0, x_frac=(100 + 140 * 3) / PICTURE_PX[0], y_frac=0.5)

    assert at_place(found, place, PICTURE_PX) is found[0]


def test_of_two_who_overlap_the_one_whose_middle_is_nearer_is_meant() -> None:
    found = tracks(stands(500), stands(540))

    place = Place(time_s=1.0, x_frac=545 / PICTURE_PX[0], y_frac=0.5)

    assert at_place(found, place, PICTURE_PX) is found[1]


@pytest.mark.parametrize("place", [(1.0, 0.95, 0.1), (60.0, 500 / PICTURE_PX[0], 0.5)])
def test_pointing_where_nobody_is_or_when_is_told(place: tuple[float, float, float]) -> None:
    found = tracks(stands(500))
    time_s, x_frac, y_frac = place

    with pytest.raises(UnusableClip) as told:
        at_place(found, Place(time_s=time_s, x_frac=x_frac, y_frac=y_frac), PICTURE_PX)

    assert told.value.reason.code == "nobody_at_place"


# --- somebody passes


def seen_at(found: Track, times_s: Sequence[float]) -> Track:
    """Return a track as it is when somebody is in the way at all other looks."""
    return replace(found, sightings=tuple(s for s in found.sightings if s.time_s in times_s))


@pytest.mark.parametrize("hidden", [1, 2])
def test_who_stays_is_the_client_though_one_too_near_for_the_picture_walks_by(hidden: int) -> None:
    shown = [t for n, t in enumerate(TIMES_S) if not 5 <= n < 5 + hidden]
    stayer = seen_at(track(TIMES_S, stands(640, size_px=260)), shown)
    by = track(TIMES_S, walks(from_px=0, size_px=310, y=560))
    passer = seen_at(by, TIMES_S[3:8])

    assert chosen([stayer, passer])[0] is stayer


def test_who_walks_by_behind_the_client_is_not_the_client() -> None:
    by = track(TIMES_S, walks(from_px=0, size_px=220, y=350))
    passer = seen_at(by, [TIMES_S[2], TIMES_S[-2]])
    stayer = track(TIMES_S, stands(640))

    assert chosen([stayer, passer])[0] is stayer
