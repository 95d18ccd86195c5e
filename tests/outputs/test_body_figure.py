"""The figure: six bands, each with sign and word, behind a body that faces as it should."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from posture.outputs.body_figure import STROKES, body_figure_svg, short_level
from posture.outputs.tables import LEVEL_SIGNS, link_name
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.types import Facing, Finding, Level, Link, Reason, Side

EN = load_words("en")


def finding(link: Link, level: Level, side: Side = Side.BOTH, p: float = 0.5) -> Finding:
    because = Reason("undecided", {"link": link.value, "probability": p})
    return Finding(link=link, side=side, level=level, probability=p, because=because)


def every(level: Level) -> list[Finding]:
    return [finding(link, level) for link in Link]


def drawn(findings: list[Finding], facing: Facing = Facing.RIGHT) -> ET.Element:
    return ET.fromstring(body_figure_svg(findings, EN, facing))  # noqa: S314 - made just above


def numbers(element: ET.Element) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", element.attrib["d"])]


def bands(svg: ET.Element, level: Level) -> list[ET.Element]:
    stroke = STROKES[level]
    return [
        path
        for path in svg.iter("path")
        if path.get("stroke") == stroke.colour and path.get("stroke-width") == str(stroke.width)
    ]


@pytest.mark.parametrize("level", Level)
def test_each_of_the_six_links_has_its_band_in_the_level_s_colour(level: Level) -> None:
    assert len(bands(drawn(every(level)), level)) == len(Link)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_link_has_sign_and_word_beside_its_colour(language: Language) -> None:
    words = load_words(language)
    found = [finding(link, level) for link, level in zip(Link, [*Level, *Level], strict=False)]
    svg = ET.fromstring(body_figure_svg(found, words))  # noqa: S314 - made just above
    texts = [text.text for text in svg.iter("text")]

    for one in found:
        at = texts.index(link_name(one, words))
        assert texts[at - 1 : at + 2] == [
            LEVEL_SIGNS[one.level],
            link_name(one, words),
            short_level(one, words),
        ]


def test_no_two_levels_look_alike_without_colour() -> None:
    looks = {(stroke.width, stroke.dash, stroke.is_hatched) for stroke in STROKES.values()}

    assert len(looks) == len(Level)


def test_the_bands_go_up_the_body_in_the_order_of_the_line() -> None:
    svg = drawn(every(Level.SUGGESTED))
    heights = [sum(ys) / len(ys) for ys in (numbers(b)[1::2] for b in bands(svg, Level.SUGGESTED))]

    assert heights == sorted(heights, reverse=True)


@pytest.mark.parametrize(
    ("facing", "toes"),
    [(Facing.RIGHT, 1), (Facing.LEFT, -1), (Facing.FRONT, 1), (Facing.UNKNOWN, 1)],
)
def test_it_faces_the_way_the_person_did_with_the_words_behind(facing: Facing, toes: int) -> None:
    svg = drawn(every(Level.POSSIBLE), facing)
    sole = numbers(bands(svg, Level.POSSIBLE)[0])[0]  # the band begins at the toes
    labels = [float(t.attrib["x"]) for t in svg.iter("text") if t.get("text-anchor") != "middle"]

    assert sole * toes > 0
    assert all(x * toes < 0 for x in labels)


def test_everything_lies_within_the_picture() -> None:
    for facing in (Facing.LEFT, Facing.RIGHT):
        svg = drawn(every(Level.SUGGESTED), facing)
        left, top, width, height = (float(n) for n in svg.attrib["viewBox"].split())
        for path in svg.iter("path"):
            if "H" in path.attrib["d"]:
                continue
            values = numbers(path)
            assert left < min(values[::2]) <= max(values[::2]) < left + width
            assert top < min(values[1::2]) <= max(values[1::2]) < top + height


def test_of_two_calves_the_more_telling_one_colours_the_band_and_both_are_named() -> None:
    calves = [
        finding(Link.CALF, Level.NOT_SUGGESTED, Side.LEFT),
        finding(Link.CALF, Level.POSSIBLE, Side.RIGHT),
    ]
    svg = drawn(calves)
    texts = [text.text for text in svg.iter("text")]

    assert len(bands(svg, Level.POSSIBLE)) == 1
    assert bands(svg, Level.NOT_SUGGESTED) == []
    assert texts == ["?", "Calf (left)", "no sign seen", "Calf (right)", "possibly tight"]


def test_links_that_are_never_judged_say_so_in_a_word() -> None:
    told = {
        code: short_level(
            Finding(
                link=link,
                side=Side.BOTH,
                level=Level.CANNOT_TELL,
                probability=None,
                because=Reason(code),
            ),
            EN,
        )
        for link, code in [
            (Link.SOLE, "sole_not_seen"),
            (Link.PELVIS, "pelvis_described"),
            (Link.PELVIS, "pelvis_not_measured"),
        ]
    }

    assert told == {
        "sole_not_seen": "not judged",
        "pelvis_described": "not judged",
        "pelvis_not_measured": "not clear yet",
    }


def test_the_figure_is_read_out_as_one_sentence() -> None:
    svg = drawn([finding(Link.BACK, Level.SUGGESTED)])

    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "The back line, seen from the side. Back: suggested"
    assert svg.get("style") is None
    assert [e for e in svg.iter() if e.get("style") or e.tag in {"style", "script"}] == []
