from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.outputs.numbers import number, percent
from posture.outputs.overlay import Overlay, Scene, key_frames
from posture.outputs.overlay.backline import COLOURS, BackLine
from posture.outputs.overlay.bend import draw_bend, draw_share, share_box
from posture.outputs.overlay.body import draw_far_leg, draw_near_side
from posture.outputs.overlay.ink import (
    DARK,
    GREY,
    SKY,
    VERMILLION,
    WHITE,
    Box,
    Colour,
    label_box,
    plate,
    text,
)
from posture.outputs.overlay.labels import Label, LabelColumn, free_places, letters_px
from posture.outputs.overlay.panel import Panel, draw_panel
from posture.outputs.overlay.standing import draw_standing
from posture.outputs.overlay.walk import draw_strip, draw_walk, strip_box
from posture.outputs.tables import LEVEL_SIGNS
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.pipeline import analyse_landmarks
from posture.settings import Settings
from posture.types import (
    Activity,
    Analysis,
    Bools,
    EventKind,
    Floats,
    Landmarks,
    Level,
    Link,
    Quality,
    Rgb,
    Side,
)
from tests.make import BY_POINTS, TALL, WIDE, Flaws, filmed, seconds
from tests.outputs.make import (
    Showing,
    analysis,
    as_the_only_one,
    blank,
    scene,
    with_level,
)
from tests.stick import STANDING, standing

SIZES = [WIDE, TALL, (640, 360), (1920, 1080), (720, 960), (480, 480)]


def is_colour(picture: Rgb, colour: Colour, slack: int = 40) -> Bools:
    return np.asarray(np.abs(picture.astype(int) - colour).max(axis=-1) <= slack)


def changed(picture: Rgb) -> Bools:
    return np.asarray((picture != 120).any(axis=-1))


def at(picture: Rgb, point: Floats) -> Rgb:
    """The pixel at a point."""
    x, y = (round(float(value)) for value in point)
    return np.asarray(picture[y, x])


def outside(picture: Rgb, boxes: Sequence[Box]) -> Bools:
    """Which changed pixels lie in none of the boxes."""
    left_over = changed(picture)
    for left, top, right, bottom in boxes:
        left_over[top:bottom, left:right] = False
    return left_over


def cross(one: Box, other: Box) -> bool:
    across = max(one[0], other[0]) < min(one[2], other[2])
    return across and max(one[1], other[1]) < min(one[3], other[3])


def is_inside(box: Box, size_px: tuple[int, int]) -> bool:
    return 0 <= box[0] < box[2] <= size_px[0] and 0 <= box[1] < box[3] <= size_px[1]


# --- the body -------------------------------------------------------------------------------------


ARMS_OUT = replace(STANDING, arm_deg=-60.0, forearm_deg=-60.0)


def with_gap(name: str) -> Landmarks:
    """Arms held out; one point is out of sight from 1.0 to 1.1 s, which is bridged."""
    flaws = Flaws(gaps=((name, 1.0, 1.1),))
    return as_the_only_one(filmed(standing(seconds(3.0), ARMS_OUT), flaws=flaws))


@pytest.mark.parametrize("name", ["elbow", "wrist", "shoulder", "hip", "knee", "heel"])
def test_a_point_is_filled_where_it_was_seen_and_hollow_where_it_was_not(name: str) -> None:
    made = scene(analyse_landmarks(with_gap(f"right_{name}"), Settings(frame=BY_POINTS)))
    seen, unseen = blank(WIDE), blank(WIDE)

    draw_near_side(seen, made, 20)
    draw_near_side(unseen, made, 31)  # 1.03 s

    assert is_colour(at(seen, made.point(f"right_{name}", 20)), SKY).all()
    assert is_colour(at(unseen, made.point(f"right_{name}", 31)), DARK).all()


def test_a_point_of_the_far_leg_is_hollow_too() -> None:
    made = scene(analyse_landmarks(with_gap("left_knee"), Settings(frame=BY_POINTS)))
    seen, unseen = blank(WIDE), blank(WIDE)

    draw_far_leg(seen, made, 20)
    draw_far_leg(unseen, made, 31)

    assert is_colour(at(seen, made.point("left_knee", 20)), GREY).all()
    assert is_colour(at(unseen, made.point("left_knee", 31)), DARK).all()


def test_a_point_out_of_sight_for_long_is_not_drawn() -> None:
    flaws = Flaws(gaps=(("right_wrist", 1.0, 2.0),))
    figure = standing(seconds(3.0), ARMS_OUT)
    made = scene(
        analyse_landmarks(as_the_only_one(filmed(figure, flaws=flaws)), Settings(frame=BY_POINTS))
    )
    picture = blank(WIDE)

    draw_near_side(picture, made, 45)

    assert np.isnan(made.point("right_wrist", 45)).all()
    assert (at(picture, made.point("right_wrist", 20)) == 120).all()


def test_where_nobody_is_seen_nothing_is_drawn_but_the_panel() -> None:
    made = scene(analysis("bend"))
    xy = made.xy.copy()
    xy[100:110] = np.nan
    overlay = Overlay.of(replace(made, xy=xy))
    picture = blank(WIDE)

    overlay.draw(picture, 105)

    left, top, right, bottom = overlay.panel.box
    assert changed(picture)[top:bottom, left:right].all()
    assert not outside(picture, [overlay.panel.box]).any()


# --- the back line --------------------------------------------------------------------------------


def thigh_pixels(made: Scene, picture: Rgb, colour: Colour) -> int:
    """How many pixels of a colour lie within a tenth of the body's height of the thigh."""
    hip, knee = (made.point(f"right_{name}", 20) for name in ("hip", "knee"))
    rows, columns = np.nonzero(is_colour(picture, colour, slack=12))
    points = np.stack([columns, rows], axis=1).astype(float)
    along = (points - knee) @ (hip - knee) / ((hip - knee) @ (hip - knee))
    away = np.linalg.norm(points - (knee + along[:, None] * (hip - knee)), axis=1)
    return int(((along > 0.1) & (along < 0.8) & (away < 0.1 * made.height_px)).sum())


def painted(level: Level) -> tuple[Scene, Rgb]:
    made = scene(with_level(analysis("stand"), Link.HAMSTRING, level))
    picture = blank(WIDE)
    BackLine().draw(picture, made, 20)
    return made, picture


def test_suggested_hamstrings_are_a_vermillion_band_along_the_thigh() -> None:
    made, picture = painted(Level.SUGGESTED)
    hip, knee = (made.point(f"right_{name}", 20) for name in ("hip", "knee"))

    assert COLOURS[Level.SUGGESTED] == VERMILLION == (0xD5, 0x5E, 0x00)
    assert thigh_pixels(made, picture, VERMILLION) > 0.7 * (knee[1] - hip[1]) * 5
    rows, columns = np.nonzero(is_colour(picture, VERMILLION))
    assert rows.min() > hip[1] - 0.1 * made.height_px  # not on other links
    assert rows.max() < knee[1] + 0.05 * made.height_px
    assert columns.mean() < knee[0]  # behind somebody who faces right


@pytest.mark.parametrize("level", [Level.POSSIBLE, Level.NOT_SUGGESTED, Level.CANNOT_TELL])
def test_other_levels_have_colours_of_their_own(level: Level) -> None:
    made, picture = painted(level)

    assert thigh_pixels(made, picture, VERMILLION) == 0
    assert thigh_pixels(made, picture, COLOURS[level]) > 0


def test_levels_differ_without_colour_too() -> None:
    looks = [painted(level)[1].mean(axis=-1) for level in Level]
    drawn = [int((look != 120).sum()) for look in looks]

    suggested, possible, not_suggested, cannot_tell = drawn
    assert suggested > not_suggested > cannot_tell
    assert possible > not_suggested
    for one, other in itertools.combinations(looks, 2):
        assert int((np.abs(one - other) > 20).sum()) > 100


# --- numbers --------------------------------------------------------------------------------------


def shown(made: Scene, frames: Iterator[int] | range) -> dict[str, str]:
    """Every label that some frame shows, by its key."""
    drawers = (draw_standing, draw_bend, draw_walk)
    return {
        one.key: one.text
        for frame in frames
        for drawer in drawers
        for one in drawer(blank(made.size_px), made, frame)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_in_a_label_is_that_of_the_report(language: Language) -> None:
    words = load_words(language)
    made = analysis("all", height_m=1.7)
    labels = shown(scene(made, language, size_px=WIDE), range(0, len(made.landmarks.time_s), 3))

    measures = {m.name: m for m in made.measures if m.quality is not Quality.MISSING}
    for name in ("head_forward", "trunk_lean", "pelvic_tilt", "knee_flexion"):
        assert labels[name] == f"{words.of('measures', name)} {number(measures[name], words)}"
    for key, name in (
        ("pelvis", "pelvic_rotation"),
        ("spine", "spine_flexion"),
        ("push_off", "peak_plantarflexion"),
    ):
        assert labels[key] == f"{words.ui(key)} {number(measures[name], words)}"
    reach = number(measures["fingertip_floor_m"], words)
    assert reach.endswith("cm")
    assert labels["reach"] == words.ui("to_the_floor", distance=reach)


def test_without_a_height_the_reach_is_said_in_leg_lengths() -> None:
    made = analysis("bend")
    (reach,) = (m for m in made.measures if m.name == "fingertip_floor")

    labels = shown(scene(made), range(110, 160))

    assert labels["reach"] == f"{number(reach, load_words('en'))} to the floor"


def test_hands_at_the_floor_are_said_so_and_have_no_number() -> None:
    made = analysis("bend")
    measures = tuple(
        replace(m, value=0.0) if m.name == "fingertip_floor" else m for m in made.measures
    )

    labels = shown(scene(replace(made, measures=measures)), range(110, 160))

    assert labels["reach"] == "Fingertips at the floor"


def test_a_measure_that_is_missing_has_no_label() -> None:
    made = analysis("stand")
    measures = tuple(m for m in made.measures if m.name != "trunk_lean")

    labels = shown(scene(replace(made, measures=measures)), range(40, 41))

    assert set(labels) == {"head_forward", "pelvic_tilt", "knee_flexion"}


def test_the_bar_s_shares_are_whole_per_cent_that_add_up() -> None:
    (share,) = (m for m in analysis("bend").measures if m.name == "hip_share")
    pelvis, back = percent(share.value), percent(1 - share.value)

    assert sum(int(part.rstrip(" %")) for part in (pelvis, back)) == 100


def test_a_client_sees_one_standing_measure_at_a_time() -> None:
    made = scene(analysis("stand"), level="client")

    assert len(draw_standing(blank(WIDE), made, 40)) == 1


# --- letters --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size_px", SIZES)
def test_letters_are_at_least_a_28th_of_the_picture_s_height(size_px: tuple[int, int]) -> None:
    made = replace(scene(analysis("stand")), size_px=size_px)
    picture = blank(size_px)

    text(picture, (10, size_px[1] / 2), "Ag", made.text_px)

    rows = np.flatnonzero(changed(picture).any(axis=1))
    assert made.text_px >= size_px[1] / 28
    assert rows[-1] + 1 - rows[0] >= size_px[1] / 28


def test_letters_grow_smaller_only_where_the_picture_is_too_narrow() -> None:
    made = replace(scene(analysis("stand")), size_px=TALL)

    assert letters_px(made, "12 deg") == made.text_px
    long = "Head ahead of the shoulder 2 ± 2 % of height ahead"
    assert letters_px(made, long) < made.text_px
    assert label_box((0, 0), long, letters_px(made, long))[2] <= TALL[0]


def ink(letter: str) -> bytes:
    picture = np.zeros((64, 96, 3), dtype=np.uint8)
    text(picture, (16, 44), letter, 32)
    return picture.tobytes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_that_can_be_drawn_has_ink_of_its_own(language: Language) -> None:
    tables = load_words(language).tables
    drawn = ("terms", "links", "measures", "units", "directions")
    letters = {letter for table in drawn for entry in tables[table].values() for letter in entry}
    for key in ("pelvis", "spine", "to_the_floor", "floor_reached", "push_off", "not_found"):
        letters |= set(tables["ui"][key])
    letters |= {*"0123456789.±%\N{MINUS SIGN}", *LEVEL_SIGNS.values()}
    unknown = ink("\U0010fffd")  # OpenCV draws what its font does not hold as a question mark

    assert unknown == ink("\ue123") == ink("?")
    assert {letter for letter in letters if ink(letter) in {unknown, ink(" ")}} == {" ", "?"}
    assert len({ink(letter) for letter in "骨盤前後傾"}) == 5


# --- places ---------------------------------------------------------------------------------------


@st.composite
def wanted_plates(draw: st.DrawFn) -> tuple[tuple[int, int], list[Box], list[Box]]:
    """A picture, up to four plates of a quarter of its height together, and what is taken."""
    size_px = draw(st.sampled_from(SIZES))
    width, height = size_px
    tall = height // 18
    plates = []
    for _ in range(draw(st.integers(1, 4))):
        wide = draw(st.integers(tall, width - 8))
        x, y = draw(st.integers(-width, 2 * width)), draw(st.integers(-height, 2 * height))
        plates.append((x, y, x + wide, y + tall))
    panel = draw(
        st.sampled_from(
            [
                (0, height - height // 4, width, height),
                (0, 0, width, height // 4),
                (9, height - height // 4, width // 4, height - 9),
                (width - width // 4, 9, width - 9, height // 4),
            ]
        )
    )
    others = [(width // 4 + 20, height - height // 6, width - 9, height - 9)]
    return size_px, plates, [panel, *others[: draw(st.integers(0, 1))]]


@settings(max_examples=300)
@given(made=wanted_plates())
def test_plates_lie_inside_the_picture_and_on_nothing_else(
    made: tuple[tuple[int, int], list[Box], list[Box]],
) -> None:
    size_px, plates, taken = made

    corners = free_places(plates, size_px, taken)

    boxes = [
        (int(x), int(y), int(x) + box[2] - box[0], int(y) + box[3] - box[1])
        for (x, y), box in zip(corners, plates, strict=True)
    ]
    assert all(is_inside(box, size_px) for box in boxes)
    assert not any(cross(one, other) for one, other in itertools.combinations(boxes, 2))
    assert not any(cross(box, other) for box in boxes for other in taken)


def test_a_plate_that_is_alone_stays_where_it_is_wanted() -> None:
    assert free_places([(100, 200, 300, 240)], WIDE, [(0, 600, 300, 720)]) == [(100, 200)]


def test_a_plate_goes_just_above_or_below_what_is_in_its_way() -> None:
    (place,) = free_places([(100, 590, 300, 630)], WIDE, [(0, 600, 400, 720)])

    assert place[0] == 100
    assert 540 <= place[1] <= 560


def test_where_there_is_no_room_at_all_a_plate_is_still_in_the_picture() -> None:
    ((x, y),) = free_places([(100, 100, 300, 140)], WIDE, [(0, 0, *WIDE)])

    assert (x, y) == (100, 100)


TEXTS = [
    "Pelvis 57 ± 7 deg",
    "toe-off",
    "Head ahead of the shoulder 2 ± 2 % of height ahead",
    "骨盤",
]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_labels_lie_clear_of_each_other_in_every_frame_while_they_move(data: st.DataObject) -> None:
    size_px = data.draw(st.sampled_from([WIDE, TALL, (1920, 1080)]))
    width, height = size_px
    made = scene(analysis("stand"), size_px=size_px)
    panel = Panel.of(made).box
    column = LabelColumn()
    anchor = st.tuples(
        st.floats(0, width) | st.just(math.nan), st.floats(0, height) | st.just(math.nan)
    )
    picture = blank(size_px)
    for frame in (10, 12, 40, 41):
        texts = data.draw(st.lists(st.sampled_from(TEXTS), max_size=4, unique=True))
        labels = [Label(key=told, text=told, anchor=data.draw(anchor)) for told in texts]

        column.draw(picture, made, frame, labels, [panel])

        boxes = [
            label_box(column.places[one.key], one.text, letters_px(made, one.text))
            for one in labels
        ]
        assert all(is_inside(box, size_px) for box in boxes)
        assert not any(cross(a, b) for a, b in itertools.combinations([*boxes, panel], 2))


def test_a_label_keeps_its_place_while_its_point_is_out_of_sight() -> None:
    made = scene(analysis("stand"))
    column = LabelColumn()
    seen = Label(key="a", text="Trunk lean", anchor=(600.0, 300.0))
    column.draw(blank(WIDE), made, 20, [seen], [])
    before = column.places["a"]

    column.draw(blank(WIDE), made, 21, [replace(seen, anchor=(math.nan, math.nan))], [])

    assert column.places["a"] == pytest.approx(before, abs=1.0)


def test_a_label_eases_to_its_new_place_instead_of_jumping() -> None:
    made = scene(analysis("stand"))
    column = LabelColumn()
    label = Label(key="a", text="Trunk lean", anchor=(600.0, 200.0))
    column.draw(blank(WIDE), made, 20, [label], [])
    ways = []
    for frame in range(21, 45):
        column.draw(blank(WIDE), made, frame, [replace(label, anchor=(600.0, 500.0))], [])
        ways.append(column.places["a"][1])

    steps = np.diff([200.0 - 20, *ways])
    assert (steps >= -1).all()
    assert steps.max() < 60  # of 300 px
    assert ways[-1] == pytest.approx(500.0 - 20, abs=25)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("showing", ["bend", "tall bend", "treadmill", "tall walk", "all"])
def test_in_no_frame_of_a_clip_do_labels_lie_on_each_other_or_on_the_panels(
    showing: Showing, language: Language
) -> None:
    made = scene(analysis(showing), language)
    overlay = Overlay.of(made)
    boxes = [box for box in (overlay.panel.box, overlay.strip, overlay.bar) if box is not None]
    assert all(is_inside(box, made.size_px) for box in boxes)
    assert not any(cross(a, b) for a, b in itertools.combinations(boxes, 2))
    picture = blank(made.size_px)
    found = 0
    for frame in range(0, len(made.xy), 4):
        labels = {
            one.key: one.text
            for drawer in (draw_standing, draw_bend, draw_walk)
            for one in drawer(picture, made, frame)
        }
        overlay.draw(picture, frame)
        places = [
            label_box(overlay.column.places[key], told, letters_px(made, told))
            for key, told in labels.items()
        ]
        found = max(found, len(places))
        assert all(is_inside(box, made.size_px) for box in places)
        assert not any(cross(a, b) for a, b in itertools.combinations([*places, *boxes], 2))

    assert found >= 2


# --- panel, strip and bar -------------------------------------------------------------------------


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """The scene of a clip of three tests with the body anywhere, in any shape of picture."""
    size_px = draw(st.sampled_from(SIZES))
    width, height = size_px
    across = sorted((draw(st.integers(0, width)), draw(st.integers(0, width))))
    down = sorted((draw(st.integers(0, height)), draw(st.integers(0, height))))
    made = scene(analysis("all"), draw(st.sampled_from(LANGUAGES)), size_px=size_px)
    extent = np.tile([across[0], down[0], across[1], down[1]], (len(made.xy), 1)).astype(float)
    return replace(made, extent=extent)


def hidden(box: Box, body: Box) -> int:
    across = min(box[2], body[2]) - max(box[0], body[0])
    return max(across, 0) * max(min(box[3], body[3]) - max(box[1], body[1]), 0)


@settings(max_examples=60, deadline=None)
@given(made=scenes())
def test_the_panel_hides_least_of_the_body_of_all_corners(made: Scene) -> None:
    box = Panel.of(made).box
    left, top, right, bottom = made.extent[0].tolist()
    body = (round(left), round(top), round(right), round(bottom))
    width, height = made.size_px
    flipped = (width - box[2], width - box[0]), (height - box[3], height - box[1])
    others = [
        (x[0], y[0], x[1], y[1])
        for x in ((box[0], box[2]), flipped[0])
        for y in ((box[1], box[3]), flipped[1])
    ]

    assert is_inside(box, made.size_px)
    assert hidden(box, body) <= min(hidden(other, body) for other in others)


@settings(max_examples=60, deadline=None)
@given(made=scenes())
def test_panel_strip_and_bar_lie_inside_the_picture_and_beside_each_other(made: Scene) -> None:
    panel = Panel.of(made).box
    strip = strip_box(made, panel)
    bar = share_box(made, [panel, strip])

    assert bar is not None
    assert all(is_inside(box, made.size_px) for box in (panel, strip, bar))
    assert not any(cross(a, b) for a, b in itertools.combinations((panel, strip, bar), 2))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size_px", [WIDE, TALL])
def test_the_panel_s_words_fit_into_it_in_every_frame(
    size_px: tuple[int, int], language: Language
) -> None:
    made = scene(analysis("all"), language, size_px=size_px)
    panel = Panel.of(made)
    picture = blank(size_px)
    for frame in range(0, len(made.xy), 30):
        draw_panel(picture, made, frame, panel)

    assert not outside(picture, [panel.box]).any()
    assert size_px == TALL or panel.box[2] - panel.box[0] <= 0.3 * size_px[0]


def test_a_clip_without_a_walk_has_no_strip_and_one_without_a_bend_no_bar() -> None:
    bend, walk = (Overlay.of(scene(analysis(s))) for s in ("bend", "treadmill"))

    assert (bend.strip, walk.bar) == (None, None)
    assert walk.strip is not None
    assert bend.bar is not None


@pytest.mark.parametrize("showing", ["treadmill", "tall walk"])
def test_the_strip_stays_within_its_box(showing: Showing) -> None:
    made = scene(analysis(showing))
    box = strip_box(made, Panel.of(made).box)
    picture = blank(made.size_px)

    draw_strip(picture, made, 90, box)

    left, top, right, bottom = box
    assert changed(picture)[top:bottom, left:right].all()
    assert not outside(picture, [box]).any()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size_px", SIZES)
def test_the_bar_s_words_stay_within_its_box(size_px: tuple[int, int], language: Language) -> None:
    made = scene(analysis("bend"), language, size_px=size_px)
    box = share_box(made, [Panel.of(made).box])
    assert box is not None
    picture = blank(size_px)

    draw_share(picture, made, 133, box)

    left, top, right, bottom = box
    assert changed(picture)[top:bottom, left:right].all()
    assert not outside(picture, [box]).any()


def test_a_plate_outside_of_the_picture_darkens_nothing() -> None:
    for box in ((-80, -60, -10, -10), (10, -60, 90, -20), (-90, 10, -20, 60), (700, 10, 90, 50)):
        picture = blank((640, 360))

        plate(picture, box)

        assert not changed(picture).any(), box


# --- unknown points -------------------------------------------------------------------------------


def all_unknown(made: Scene) -> Scene:
    def nan(values: Any) -> Any:  # noqa: ANN401 - arrays of any shape
        return np.full_like(values, np.nan)

    return replace(
        made,
        xy=nan(made.xy),
        forward=nan(made.forward),
        extent=nan(made.extent),
        height_px=math.nan,
        leg_px=dict.fromkeys(made.leg_px, math.nan),
        tip={side: nan(tip) for side, tip in made.tip.items()},
    )


@pytest.mark.parametrize("showing", ["all", "tall walk"])
def test_a_scene_in_which_nothing_is_known_shows_the_panel(showing: Showing) -> None:
    made = all_unknown(scene(analysis(showing), level="engineer"))
    overlay = Overlay.of(made)
    picture = blank(made.size_px)

    for frame in (0, len(made.xy) // 2, len(made.xy) - 1):
        overlay.draw(picture, frame)

    assert not outside(picture, [overlay.panel.box]).any()


@settings(max_examples=40, deadline=None)
@given(
    showing=st.sampled_from(["bend", "treadmill"]),
    seed=st.integers(0, 2**32 - 1),
    share=st.floats(0, 1),
    level=st.sampled_from(["client", "trainer", "engineer"]),
    blind=st.sets(st.sampled_from(["forward", "height_px", "leg_px", "tip"])),
)
def test_no_pattern_of_unknown_points_stops_the_drawing(
    showing: Showing, seed: int, share: float, level: str, blind: set[str]
) -> None:
    made = scene(analysis(showing), level=level)
    rng = np.random.default_rng(seed)
    xy = made.xy.copy()
    xy[rng.random(xy.shape[:2]) < share] = np.nan
    unknown = all_unknown(made)
    made = replace(made, xy=xy, **{name: getattr(unknown, name) for name in blind})
    overlay = Overlay.of(made)
    picture = blank(made.size_px)

    for frame in rng.integers(0, len(xy), 6):
        overlay.draw(picture, int(frame))

    left, top, right, bottom = overlay.panel.box
    assert changed(picture)[top:bottom, left:right].all()


def test_a_standing_person_whose_ear_is_out_of_sight_keeps_the_labels() -> None:
    flaws = Flaws(gaps=(("right_ear", 1.0, 2.0),))
    made = scene(analyse_landmarks(as_the_only_one(filmed(standing(seconds(3.0)), flaws=flaws))))
    overlay = Overlay.of(made)
    picture = blank(WIDE)

    overlay.draw(picture, 20)
    before = set(overlay.column.places)
    overlay.draw(picture, 45)

    assert set(overlay.column.places) == before


def test_a_standing_person_whose_facing_is_not_known_for_a_moment_is_drawn() -> None:
    made = scene(analysis("stand"))
    forward = made.forward.copy()
    forward[40] = np.nan
    overlay = Overlay.of(replace(made, forward=forward))

    overlay.draw(blank(WIDE), 40)

    assert "trunk_lean" in overlay.column.places


def test_a_tilt_whose_error_nobody_assessed_has_no_fan() -> None:
    made = analysis("stand")
    measures = tuple(replace(m, spread={}) if m.name == "pelvic_tilt" else m for m in made.measures)
    picture = blank(WIDE)

    labels = draw_standing(picture, scene(replace(made, measures=measures)), 40)

    assert "Pelvic tilt 3 deg forward" in [one.text for one in labels]


# --- key pictures ---------------------------------------------------------------------------------


def test_key_pictures_show_standing_the_deepest_bend_and_the_push_off() -> None:
    made = analysis("all")
    shows = list(key_frames(scene(made)))
    time_s = made.landmarks.time_s

    assert [what for what, _ in shows] == ["standing", "bottom_of_bend", "standing", "push_off"]
    for (what, frame), segment in zip(shows, made.segments, strict=True):
        assert segment.frames[0] <= frame < segment.frames[1], what
    (bottom,) = (e.time_s for e in made.events if e.kind is EventKind.BEND_BOTTOM)
    assert time_s[shows[1][1]] == pytest.approx(bottom, abs=0.04)
    offs = [e.time_s for e in made.events if e.kind is EventKind.TOE_OFF and e.side is Side.RIGHT]
    assert min(abs(time_s[shows[3][1]] - off) for off in offs) < 0.1


def test_key_pictures_have_a_label_to_show() -> None:
    made: Analysis = analysis("all")
    for what, frame in key_frames(scene(made)):
        assert shown(scene(made), range(frame, frame + 1)), what


def test_a_run_has_no_key_picture_and_can_be_drawn() -> None:
    made = scene(analysis("run"))
    picture = blank(made.size_px)

    Overlay.of(made).draw(picture, 60)

    assert {s.activity for s in made.analysis.segments} == {Activity.RUNNING}
    assert list(key_frames(made)) == []
    assert is_colour(picture, WHITE).any()  # the panel's words
