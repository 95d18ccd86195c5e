from __future__ import annotations

import ast
import math
import re
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.outputs.numbers import bounds, chance, number, percent
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.types import UNITS, Activity, Quality, Reason, Reference, Unit
from tests.outputs.codes import PACKAGE
from tests.outputs.make import measure

EN, JA = load_words("en"), load_words("ja")
MINUS = "\N{MINUS SIGN}"

# posture/conventions.md: these have a direction; what a positive value means there.
DIRECTED: dict[str, tuple[Unit, str, str]] = {
    "pelvic_tilt": ("deg", "forward", "backward"),
    "trunk_lean": ("deg", "forward", "backward"),
    "shank_lean": ("deg", "forward", "backward"),
    "pelvic_shift": ("leg_length", "ahead", "behind"),
    "head_forward": ("body_height", "ahead", "behind"),
}


# --- units ----------------------------------------------------------------------------------------


# unit, value, sd, English, Japanese
WRITTEN: list[tuple[Unit, float, float, str, str]] = [
    ("m", 0.12, 0.03, "12 ± 3 cm", "12 ± 3 cm"),
    ("frac", 0.53, 0.04, "53 ± 4%", "53 ± 4%"),
    ("leg_length", 0.09, 0.036, "9 ± 4% of leg length", "9 ± 4%(脚の長さ比)"),
    ("body_height", 0.02, 0.015, "2 ± 2% of height", "2 ± 2%(身長比)"),
    ("deg", 48.0, 5.0, "48 ± 5 deg", "48 ± 5 度"),
    ("deg_s", 460.0, 60.0, "460 ± 60 deg/s", "460 ± 60 度/秒"),
    ("s", 1.102, 0.021, "1.10 ± 0.02 s", "1.10 ± 0.02 秒"),
    ("m_s", 1.338, 0.084, "1.34 ± 0.08 m/s", "1.34 ± 0.08 m/秒"),
    ("leg_length_per_s", 1.338, 0.084, "1.34 ± 0.08 leg lengths/s", "1.34 ± 0.08 脚長/秒"),
    ("steps_per_min", 109.09, 0.76, "109.1 ± 0.8 steps/min", "109.1 ± 0.8 歩/分"),
    ("count", 8.0, 0.0, "8", "8"),
]


@pytest.mark.parametrize(("unit", "value", "sd", "english", "japanese"), WRITTEN)
def test_a_number_is_written_in_the_units_people_read(
    unit: Unit, value: float, sd: float, english: str, japanese: str
) -> None:
    made = measure("made", value, unit, sd=sd)

    assert (number(made, EN), number(made, JA)) == (english, japanese)


def test_every_unit_is_tried_above() -> None:
    assert {unit for unit, *_ in WRITTEN} == set(UNITS)


# --- decimals, signs, directions ------------------------------------------------------------------


def test_a_decimal_is_written_only_where_the_doubt_is_below_one() -> None:
    told = [number(measure("knee_flexion", 5.34, sd=sd), EN) for sd in (0.5, 0.99, 1.0, 4.6)]

    assert told == ["5.3 ± 0.5 deg", "5.3 ± 1.0 deg", "5 ± 1 deg", "5 ± 5 deg"]


def test_the_doubt_decides_in_the_units_that_are_shown() -> None:
    # 0.6 cm deserves a decimal, 0.6 m would be 60 cm
    assert number(measure("fingertip_floor_m", 0.1234, "m", sd=0.006), EN) == "12.3 ± 0.6 cm"
    assert number(measure("fingertip_floor_m", 0.1234, "m", sd=0.6), EN) == "12 ± 60 cm"


def test_a_negative_number_has_a_minus_not_a_hyphen() -> None:
    assert number(measure("ankle_in_bend", -8.2, sd=3.0), EN) == f"{MINUS}8 ± 3 deg"


def test_what_rounds_to_zero_has_no_sign_and_no_direction() -> None:
    assert number(measure("knee_flexion", -0.3, sd=4.0), EN) == "0 ± 4 deg"
    assert number(measure("trunk_lean", -0.3, sd=4.0), EN) == "0 ± 4 deg"
    assert number(measure("trunk_lean", 0.0, sd=4.0), JA) == "0 ± 4 度"


@pytest.mark.parametrize("name", DIRECTED)
def test_a_direction_is_said_in_words_instead_of_a_sign(name: str) -> None:
    unit, ahead, behind = DIRECTED[name]
    scale = 1.0 if unit == "deg" else 0.01
    forward, backward = (measure(name, v * scale, unit, sd=3 * scale) for v in (8.0, -8.0))

    assert number(forward, EN).startswith("8 ± 3")
    assert number(forward, EN).endswith(f" {ahead}")
    assert number(backward, EN).endswith(f" {behind}")
    assert number(backward, EN).replace(behind, ahead) == number(forward, EN)


def test_japanese_says_the_direction_first() -> None:
    assert number(measure("pelvic_tilt", 12.0, sd=10.0), JA) == "前傾 12 ± 10 度"
    assert number(measure("pelvic_tilt", -12.0, sd=10.0), JA) == "後傾 12 ± 10 度"
    assert number(measure("trunk_lean", -2.0, sd=4.0), JA) == "後ろへ 2 ± 4 度"
    assert number(measure("head_forward", 0.05, "body_height", sd=0.02), JA) == (
        "前に 5 ± 2%(身長比)"
    )


def test_a_knee_has_no_direction_because_hyperextension_is_below_zero() -> None:
    assert number(measure("knee_flexion", -4.0, sd=5.0), EN) == f"{MINUS}4 ± 5 deg"


# --- what is not known ----------------------------------------------------------------------------


def test_a_missing_number_is_not_a_number() -> None:
    made = measure("trunk_lean", math.nan, quality=Quality.MISSING)

    assert (number(made, EN), number(made, JA)) == ("not measured", "測定できず")


def test_a_doubt_nobody_assessed_shows_no_error() -> None:
    assert number(measure("knee_bend", 12.4), EN) == "12 deg"


def test_the_error_can_be_left_out_and_the_number_stays_the_same() -> None:
    made = measure("knee_bend", 12.4, sd=0.5)

    assert number(made, EN, with_error=False) == "12.4 deg"


def test_a_suspect_number_is_written_like_a_good_one() -> None:
    good, suspect = (
        measure("knee_bend", 12.0, sd=4.0, quality=quality)
        for quality in (Quality.GOOD, Quality.SUSPECT)
    )

    assert number(good, EN) == number(suspect, EN)


def test_a_hand_on_the_floor_is_zero_and_never_below() -> None:
    reached = measure(
        "fingertip_floor_m",
        0.0,
        "m",
        sd=0.03,
        quality=Quality.SUSPECT,
        reason=Reason("floor_reached"),
    )

    assert number(reached, EN) == "0 ± 3 cm"
    assert EN.sentence(Reason("floor_reached")) == (
        "the fingertips reached the floor: at or below it"
    )


@given(
    name=st.sampled_from(["knee_bend", *DIRECTED]),
    value=st.floats(-1e4, 1e4),
    sd=st.floats(0, 1e3) | st.just(math.inf),
    unit=st.sampled_from(UNITS),
    language=st.sampled_from(LANGUAGES),
)
def test_a_written_number_reads_back_as_the_value(
    name: str, value: float, sd: float, unit: Unit, language: Language
) -> None:
    unit = DIRECTED[name][0] if name in DIRECTED else unit
    told = number(measure(name, value, unit, sd=sd), load_words(language))

    found = re.search(rf"({MINUS}?\d+(?:\.(\d+))?)(?: ± \d|[ 度%]|$)", told)
    assert found is not None
    shown = value * (100 if unit in {"m", "frac", "leg_length", "body_height"} else 1)
    read = float(found[1].replace(MINUS, "-"))
    step = 10.0 ** -len(found[2] or "")
    assert abs(abs(read) - abs(shown)) <= step / 2 * (1 + 1e-9)
    assert "-" not in told
    assert "nan" not in told
    assert "inf" not in told
    assert ("±" in told) == (0 < sd < math.inf)


# --- ranges and shares ----------------------------------------------------------------------------


def usual(
    low: float, high: float, unit: Unit, status: Literal["draft", "verified"] = "verified"
) -> Reference:
    return Reference(
        measure="made",
        activity=Activity.STANDING,
        low=low,
        high=high,
        unit=unit,
        group="adults",
        taken_by="hand",
        carry_sd=0.0,
        carry_from="nowhere",
        source="made",
        locator="p. 1",
        doi="10.0/0",
        status=status,
    )


def test_a_range_is_written_with_its_unit_once() -> None:
    assert bounds(usual(0.48, 0.65, "frac"), EN) == "usual 48 to 65%"
    assert bounds(usual(0.48, 0.65, "frac"), JA) == "目安 48〜65%"
    assert bounds(usual(0.95, 1.22, "s"), EN) == "usual 0.95 to 1.22 s"
    assert bounds(usual(-10.0, -3.0, "deg"), EN) == f"usual {MINUS}10 to {MINUS}3 deg"


def test_a_range_may_be_open_at_either_end() -> None:
    at_least, at_most = usual(66.0, math.inf, "deg"), usual(-math.inf, 0.05, "m")

    assert (bounds(at_least, EN), bounds(at_most, EN)) == (
        "usual 66 deg or more",
        "usual up to 5 cm",
    )
    assert (bounds(at_least, JA), bounds(at_most, JA)) == ("目安 66 度 以上", "目安 5 cm 以下")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ends", [(1.0, 2.0), (1.0, math.inf), (-math.inf, 2.0)])
def test_a_range_nobody_verified_is_told_apart(
    ends: tuple[float, float], language: Language
) -> None:
    words = load_words(language)
    verified, draft = (
        bounds(usual(*ends, "deg", status), words) for status in ("verified", "draft")
    )

    assert verified != draft
    assert re.findall(r"\d", verified) == re.findall(r"\d", draft)


def test_a_range_of_a_count_has_no_blank_at_its_end() -> None:
    assert bounds(usual(6.0, math.inf, "count"), EN) == "usual 6 or more"
    assert bounds(usual(6.0, 12.0, "count"), EN) == "usual 6 to 12"


def test_a_share_is_written_in_per_cent() -> None:
    assert [percent(share) for share in (0.0, 0.114, 0.825, 1.0)] == [
        "0%",
        "11%",
        "82%",
        "100%",
    ]


def test_a_ratio_of_angles_is_no_share() -> None:
    ratio = measure("lumbar_hip_ratio_early", 1.17, "frac", sd=0.42)
    assert number(ratio, EN) == "1.2 ± 0.4 deg per degree"
    assert number(ratio, JA) == "1度あたり 1.2 ± 0.4 度"


def test_a_probability_is_never_none_nor_certain() -> None:
    chances = (0.0, 0.0099, 0.01, 0.5, 0.99, 0.991, 1.0)
    under, over = "under 1%", "over 99%"
    assert [chance(p, EN) for p in chances] == [under, under, "1%", "50%", "99%", over, over]
    assert [chance(p, JA) for p in (0.0, 0.5, 1.0)] == ["1%未満", "50%", "99%以上"]
    told = EN.sentence(
        Reason("link_not_suggested", {"probability": 0.001, "link": "back", "sign": "x"})
    )
    assert "(under 1%)" in told


# --- one place only -------------------------------------------------------------------------------


def test_no_other_module_of_outputs_turns_numbers_into_text() -> None:
    formats = set()
    for path in sorted((PACKAGE / "outputs").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
            if any(isinstance(n, ast.FormattedValue) and n.format_spec for n in ast.walk(function)):
                formats.add((path.name, function.name))

    assert formats == {
        ("numbers.py", "percent"),
        ("numbers.py", "chance"),
        ("numbers.py", "_plain"),
        # files in file units, for programs
        ("tables.py", "_csv_row"),
        ("tables.py", "_cell"),
        # frame, time and visibility in the engineer's view: no measures
        ("body.py", "draw_points"),
        # where something stands in a drawing
        ("charts.py", "place"),
        ("cohort_chart.py", "_dots"),
        ("card.py", "_text"),
        ("marker.py", "_pdf"),
        ("marker.py", "_line"),
        ("marker.py", "_box"),
        # when in the clip something is so: seconds, no measures
        ("facts.py", "_span"),
        ("facts.py", "_clock"),
        # weight and cap of a sign: settings, no measures
        ("why.py", "_signs"),
    }
