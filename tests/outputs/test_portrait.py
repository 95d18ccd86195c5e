"""The client alone in a key picture, and the first page that is made of it."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from posture.formats.key_pictures import load_key_pictures, save_key_pictures
from posture.outputs.body_figure import STROKES
from posture.outputs.care_lines import Chosen, care_lines
from posture.outputs.figures import figure_of
from posture.outputs.first_page import first_page, telling_frame
from posture.outputs.headline import headline
from posture.outputs.overlay import key_frames
from posture.outputs.portrait import Portrait, portrait_of, portrait_svg
from posture.outputs.why import KeyFrame
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.types import Analysis, Finding, Level, Link, Measure, Quality, Reason, Side
from tests.outputs.make import analysis, blank, scene, with_level

EN = load_words("en")


def bent() -> Portrait:
    """The bottom of the bend of a stick figure on grey."""
    made = scene(analysis("bend", height_m=1.7))
    ((_, frame),) = [(shows, row) for shows, row in key_frames(made) if shows == "bottom_of_bend"]
    found = portrait_of(blank(made.size_px), made, frame)
    assert found is not None
    return found


def test_it_is_cut_to_the_client_and_every_link_lies_in_it() -> None:
    made, found = scene(analysis("bend", height_m=1.7)), bent()
    width, height = found.size_px

    assert width * height < 0.8 * made.size_px[0] * made.size_px[1]
    assert set(found.line) == set(Link)
    places = [place for path in found.line.values() for place in path]
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)
    # the client fills it: what is round about is a margin
    assert max(y for _, y in places) - min(y for _, y in places) > 0.6 * height
    (tip, floor) = found.ruler
    assert tip[0] == floor[0]
    assert floor[1] > tip[1]


def test_nothing_is_drawn_on_the_picture_itself() -> None:
    picture = cv2.imdecode(np.frombuffer(bent().jpeg, np.uint8), cv2.IMREAD_COLOR)

    assert picture is not None
    assert picture.std() < 2  # the clip is plain grey


def finding(link: Link, level: Level, side: Side = Side.BOTH) -> Finding:
    made = next(f for f in analysis("bend").assessment.findings if f.link is link)
    return replace(made, level=level, side=side, probability=0.5)


@pytest.mark.parametrize("level", list(Level))
def test_the_line_has_the_colour_of_what_the_visit_says(level: Level) -> None:
    drawn = portrait_svg(bent(), [finding(Link.HAMSTRING, level)], "Bottom")

    assert STROKES[level].colour in drawn
    others = {stroke.colour for other, stroke in STROKES.items() if other is not level}
    assert not [colour for colour in others if colour in drawn]


def test_of_two_calves_the_one_towards_the_camera_is_shown() -> None:
    near = bent().side
    own = finding(Link.CALF, Level.NOT_SUGGESTED, near)
    far = finding(Link.CALF, Level.SUGGESTED, near.other)

    drawn = portrait_svg(bent(), [far, own], "Bottom")

    assert STROKES[Level.NOT_SUGGESTED].colour in drawn
    assert STROKES[Level.SUGGESTED].colour not in drawn


def test_what_is_said_of_it_is_text_and_nothing_else() -> None:
    drawn = portrait_svg(bent(), [], '"><script>alert(1)</script>')

    assert "<script" not in drawn
    assert drawn.count("<svg") == 1


def test_it_comes_back_from_the_disk_as_it_was(tmp_path: Path) -> None:
    figure = figure_of(blank((64, 36)), "bottom_of_bend", bent())

    save_key_pictures(tmp_path, [figure])

    (frame,) = load_key_pictures(tmp_path)
    back = frame.portrait
    assert back is not None
    assert (back.line, back.ruler, back.side) == (bent().line, bent().ruler, bent().side)
    assert back.jpeg == bent().jpeg
    assert back.body_px == pytest.approx(bent().body_px, abs=0.05)
    save_key_pictures(tmp_path, [])  # analysed again, and nothing was seen
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "damage",
    [
        {"body_px": "x"},
        {"side": "up"},
        {"line": {"calf": [[1, "y"]]}},
        {"line": {"elbow": [[1, 2]]}},
        {"line": []},
        {"ruler": 3},
        {"body_px": 1e300},
    ],
)
def test_where_it_cannot_be_read_the_key_picture_is_shown(
    tmp_path: Path, damage: dict[str, object]
) -> None:
    save_key_pictures(tmp_path, [figure_of(blank((64, 36)), "standing", bent())])
    told = tmp_path / "portrait-1-standing.json"
    told.write_text(json.dumps(json.loads(told.read_text("utf-8")) | damage), "utf-8")

    (frame,) = load_key_pictures(tmp_path)

    assert frame.portrait is None
    assert frame.jpeg
    told.unlink()
    assert load_key_pictures(tmp_path)[0].portrait is None


# --- the three sentences and the numbers ----------------------------------------------------------


def stiff(link: Link = Link.HAMSTRING) -> Analysis:
    return with_level(analysis("bend", height_m=1.7), link, Level.POSSIBLE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_three_sentences_and_two_numbers_at_most(language: Language) -> None:
    words = load_words(language)
    made = analysis("all", height_m=1.7)
    care = care_lines(made.assessment.care, words, Chosen())

    page = first_page(made.assessment, made.measures, care, None, words)

    assert page.saw == f"{headline(made.assessment, words)}{words.of('web', 'report_full_stop')}"
    for sentence in (page.means, page.do):
        assert len(re.findall(r"[.。]", sentence)) == 1
    assert 1 <= len(page.numbers) <= 2
    assert page.picture == ""


def reach(measures: tuple[Measure, ...], value: float) -> list[Measure]:
    return [replace(m, value=value) if m.name == "fingertip_floor_m" else m for m in measures]


def test_centimetres_where_the_height_is_known_and_a_share_where_not() -> None:
    made, plain = analysis("bend", height_m=1.7), analysis("bend")
    known = first_page(made.assessment, reach(made.measures, 0.124), (), None, EN).numbers[0]
    there = first_page(made.assessment, reach(made.measures, -0.01), (), None, EN).numbers[0]
    share = first_page(plain.assessment, plain.measures, (), None, EN).numbers[0]

    assert (known.name, known.value) == ("Fingertips to the floor", "12 cm")
    assert known.error.startswith("± ")
    assert (there.value, there.error) == ("at the floor", "")
    assert share.name == EN.of("first", "number_share")
    assert share.value.endswith("%")


def test_a_number_that_was_not_measured_is_not_shown() -> None:
    made = analysis("bend", height_m=1.7)
    why = Reason("not_seen_long_enough")
    gone = [
        replace(m, value=math.nan, quality=Quality.MISSING, reason=why)
        if m.name.startswith(("fingertip", "reach"))
        else m
        for m in made.measures
    ]

    assert first_page(made.assessment, gone, (), None, EN).numbers == ()


@pytest.mark.parametrize("link", [Link.HAMSTRING, Link.CALF, Link.BACK])
def test_what_it_means_goes_with_the_link_that_is_named(link: Link) -> None:
    made = stiff(link)
    only = tuple(
        f if f.link is link else replace(f, level=Level.NOT_SUGGESTED, probability=0.01)
        for f in made.assessment.findings
    )
    verdict = replace(made.assessment.verdict, lumbar_compensation=False)
    assessment = replace(made.assessment, findings=only, verdict=verdict)

    page = first_page(assessment, made.measures, (), None, EN)

    assert page.means == EN.of("first", f"means_{link.value}")


def test_what_to_do_names_the_next_movement_or_says_that_the_trainer_tells() -> None:
    made = analysis("bend")
    asked = replace(made.assessment.verdict, next_test=None)
    without = replace(made.assessment, verdict=asked)

    assert first_page(without, (), (), None, EN).do == EN.of("first", "do_ask")
    assert "would tell more" in first_page(made.assessment, (), (), None, EN).do


def test_the_picture_of_the_bend_tells_most() -> None:
    frames = load_frames(["standing", "bottom_of_bend", "lunge"])

    found = telling_frame(frames)

    assert found is not None
    assert found.shows == "bottom_of_bend"
    assert telling_frame([]) is None


def load_frames(shows: list[str]) -> list[KeyFrame]:
    return [KeyFrame(jpeg=b"", caption=code, shows=code) for code in shows]
