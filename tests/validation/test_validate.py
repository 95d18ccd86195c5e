"""`posture validate`: a made-up lab gets back what was put in; bad input is one sentence."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from posture.batch.table import read_table
from posture.cli import main
from posture.outputs.words import LANGUAGES
from posture.validation.sheet import read_references
from tests.validation.made import (
    HINGE,
    cell,
    made_lab,
    made_labs,
    value,
    write_analysis,
    write_batch,
)
from tests.validation.made import write_sheet as sheet_of

SAMPLES = Path(__file__).parents[2] / "samples"
ROW = ("p.mp4", "pelvis_on_thigh_flexion", "", "50", "deg", "inclinometer", "A", "")


def typed(*words: object, lang: str = "en") -> Result:
    result = CliRunner().invoke(main, ["validate", *map(str, words), "--lang", lang])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def record(out: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((out / "validation.json").read_text("utf-8"))
    return told


def holds(interval: dict[str, float], true: float) -> bool:
    return interval["low"] <= true <= interval["high"]


# --- a made-up lab --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bias", "noise", "stated_sd", "seed"),
    [(4.0, 3.0, 5.0, 1), (-2.5, 6.0, 6.0, 2), (0.0, 1.0, 1.0, 3), (10.0, 2.0, 1.0, 4)],
)
def test_a_made_up_lab_gets_back_the_bias_and_the_limits_that_were_put_in(
    tmp_path: Path, bias: float, noise: float, stated_sd: float, seed: int
) -> None:
    sheet = made_lab(tmp_path, 40, bias=bias, noise=noise, stated_sd=stated_sd, seed=seed)
    out = tmp_path / "out"

    result = typed(sheet, tmp_path / "results", "--out", out)

    assert result.exit_code == 0, result.output
    (group,) = record(out)["measures"]
    told = group["agreement"]
    assert (group["pairs"], group["people"], group["tool"]) == (40, 40, "tape")
    put_in = {"bias": bias, "lower_limit": bias - 1.96 * noise, "upper_limit": bias + 1.96 * noise}
    for name, true in put_in.items():
        assert told[name]["value"] == pytest.approx(true, abs=1e-6)
        assert holds(told[name], true)
    assert told["mdc95"]["value"] == pytest.approx(1.96 * noise)
    assert told["sem"]["value"] == pytest.approx(noise / 2**0.5)
    # people differ by 12 deg: what two methods with this error share
    people = 12.0**2
    assert told["icc_2_1"]["value"] == pytest.approx(
        people / (people + noise**2 / 2 + bias**2 / 2), abs=0.15
    )


def test_the_intervals_of_a_whole_made_up_study_hold_what_was_put_in(tmp_path: Path) -> None:
    sheet, put_in = made_labs(tmp_path, 20, seed=11)

    result = typed(sheet, tmp_path / "results", "--out", tmp_path, "--quiet")

    assert result.exit_code == 0, result.output
    groups = record(tmp_path)["measures"]
    assert len(groups) == len(put_in) > 25
    held, inside = [], 0
    for group in groups:
        bias, noise = put_in[f"{group['activity']}.{group['measure']}"]
        told = group["agreement"]
        assert told["bias"]["value"] == pytest.approx(bias, abs=noise)
        held += [
            holds(told["bias"], bias),
            holds(told["lower_limit"], bias - 1.96 * noise),
            holds(told["upper_limit"], bias + 1.96 * noise),
        ]
        inside += 1.96 * noise * 0.5 < told["mdc95"]["value"] < 1.96 * noise * 1.6
    # 95 in 100 of them; three standard errors below, as the limits of one measure go together
    share, sd = sum(held) / len(held), (0.95 * 0.05 / (len(held) / 2)) ** 0.5
    assert 0.95 - 3 * sd < share
    assert inside == len(groups)


def test_stated_errors_are_held_against_the_differences(tmp_path: Path) -> None:
    good = made_lab(tmp_path / "a", 40, bias=0, noise=3, stated_sd=3, seed=7)
    bold = made_lab(tmp_path / "b", 40, bias=6, noise=3, stated_sd=1, seed=7)

    for sheet in (good, bold):
        typed(sheet, sheet.parent / "results", "--out", sheet.parent)

    inside, outside = (
        record(sheet.parent)["measures"][0]["agreement"]["inside"] for sheet in (good, bold)
    )
    assert inside["low"] <= 0.95 <= inside["high"]
    assert outside["high"] < 0.5


def test_a_page_a_table_and_pairs_are_written(tmp_path: Path) -> None:
    sheet = made_lab(tmp_path, 5, bias=2, noise=1, stated_sd=1, seed=1)

    result = typed(sheet, tmp_path / "results", "--out", tmp_path / "out", lang="ja")

    page = (tmp_path / "out" / "validation.html").read_text("utf-8")
    assert 'class="agreement"' in page
    assert page.count("<circle") == 5
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert "ICC(2,1)" in result.stdout
    with (tmp_path / "out" / "validation.csv").open(encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file)
    assert float(line["bias"]) == pytest.approx(
        record(tmp_path / "out")["measures"][0]["agreement"]["bias"]["value"]
    )
    pairs = (tmp_path / "out" / "validation-pairs.csv").read_text("utf-8")
    assert len(pairs.splitlines()) == 6


def test_what_is_handed_in_holds_no_name_no_path_and_no_order(tmp_path: Path) -> None:
    sheet = made_lab(tmp_path, 6, bias=2, noise=1, stated_sd=1, seed=1)
    rows = sheet.read_text("utf-8").replace(",A,", ",Dr Sato,")
    sheet.write_text(rows + "gone.mp4,pelvic_tilt,,10,deg,other,Dr Sato,Client 07\n", "utf-8")
    shared = tmp_path / "shared.json"

    typed(sheet, tmp_path / "results", "--out", tmp_path / "out", "--share", shared)

    text = shared.read_text("utf-8")
    told = json.loads(text)
    for secret in ("Sato", "Client", "bend.mp4", "gone", str(tmp_path), "sheet.csv", "row"):
        assert secret not in text, secret
    values = told["measures"][0]["values"]
    assert [one["person"] for one in values] == [f"P{n:02d}" for n in range(1, 7)]
    assert {one["rater"] for one in values} == {"R01"}
    assert told["unpaired"] == [
        {"activity": "standing", "measure": "pelvic_tilt", "code": "validation_no_clip"}
    ]
    firsts = {one["first"] for one in record(tmp_path / "out")["measures"][0]["values"]}
    assert {one["first"] for one in values} == firsts


def test_a_second_reading_tells_the_tools_own_error_and_counts_in_no_pair(tmp_path: Path) -> None:
    rows = []
    for index, (first, second) in enumerate([(50, 52), (60, 58), (70, 72), (40, 40)]):
        name = f"{index}.mp4"
        write_analysis(tmp_path / "results", name, value(HINGE, first))
        about = (name, "pelvis_on_thigh_flexion", "")
        rows += [(*about, v, "deg", "goniometer", r, "") for v, r in ((first, "A"), (second, "B"))]
    sheet = sheet_of(tmp_path / "sheet.csv", rows)

    typed(sheet, tmp_path / "results", "--out", tmp_path)

    (group,) = record(tmp_path)["measures"]
    assert (group["pairs"], group["read_twice"]) == (4, 4)
    assert group["agreement"]["bias"]["value"] == 0
    # sqrt(sum of squared differences / 2n) = sqrt(12 / 8)
    assert group["tool_sem"] == pytest.approx((12 / 8) ** 0.5)


def test_units_and_names_are_taken_as_people_write_them(tmp_path: Path) -> None:
    head = "動画,測定項目,左右,値,単位,器具,測定者,お客様"
    rows = [
        ("p.mp4", "fingertip_floor", "", "12.5", "cm", "メジャー", "A", ""),
        ("p.mp4", "床までの距離", "", "0.1", "m", "tape", "A", "")[:0]
        or ("p.mp4", "forward_bend.hip_share", "両側", "55", "%", "その他", "A", ""),
        ("p.mp4", "walking_speed", "", "3,6".replace(",", "."), "km/h", "walkway", "A", ""),
        ("p.mp4", "pelvic_tilt", "右", "\u22125", "度", "傾斜計", "A", ""),
    ]

    read = read_references(sheet_of(tmp_path / "s.csv", rows, head))

    assert read.faults == ()
    assert [(one.key[1], round(one.value, 6), one.unit, one.tool) for one in read.readings] == [
        ("fingertip_floor_m", 0.125, "m", "tape"),
        ("hip_share", 0.55, "frac", "other"),
        ("walking_speed_m_s", 1.0, "m_s", "walkway"),
        ("pelvic_tilt", -5.0, "deg", "inclinometer"),
    ]


# --- one sentence for what cannot be --------------------------------------------------------------

FAULTS: list[tuple[tuple[str, ...], str]] = [
    (("p.mp4", "pelvic_tlit", "", "5", "deg", "tape", "", ""), "pelvic_tilt"),
    (("p.mp4", "weight", "", "5", "deg", "tape", "", ""), "weight"),
    (("p.mp4", "pelvic_tilt", "", "5", "", "tape", "", ""), "unit"),
    (("p.mp4", "pelvic_tilt", "", "5", "kg", "tape", "", ""), "kg"),
    (("p.mp4", "pelvic_tilt", "", "", "deg", "tape", "", ""), "value"),
    (("p.mp4", "pelvic_tilt", "", "five", "deg", "tape", "", ""), "five"),
    (("p.mp4", "pelvic_tilt", "upper", "5", "deg", "tape", "", ""), "upper"),
    (("p.mp4", "pelvic_tilt", "", "5", "deg", "hammer", "", ""), "hammer"),
    (("p.mp4", "pelvic_tilt", "", "500", "deg", "tape", "", ""), "500"),
    (("", "pelvic_tilt", "", "5", "deg", "tape", "", ""), "clip"),
]


@pytest.mark.parametrize(("row", "named"), FAULTS, ids=[named for _, named in FAULTS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fault_in_the_sheet_is_one_sentence_and_nothing_is_written(
    tmp_path: Path, row: tuple[str, ...], named: str, language: str
) -> None:
    write_analysis(tmp_path / "results", "p.mp4", value("standing.pelvic_tilt", 5))
    sheet = sheet_of(tmp_path / "sheet.csv", [row])

    result = typed(sheet, tmp_path / "results", "--out", tmp_path / "out", lang=language)

    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(str(sheet))
    assert named in line or language == "ja"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["", "clip,measure\na,b\n", "clip,measure,value,unit\n", "\0\1"])
def test_a_sheet_that_is_none_is_told_in_one_sentence(
    tmp_path: Path, text: str, language: str
) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(text, "utf-8")

    result = typed(sheet, tmp_path, "--out", tmp_path / "out", lang=language)

    assert result.exit_code in {1, 2}
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_that_is_not_there_and_results_that_are_not_are_told(
    tmp_path: Path, language: str
) -> None:
    sheet = sheet_of(tmp_path / "sheet.csv", [ROW])
    (tmp_path / "empty").mkdir()

    for words in (
        (tmp_path / "gone.csv",),
        (sheet, tmp_path / "empty"),
        (sheet, tmp_path / "gone"),
        (sheet, tmp_path / "gone.csv"),
    ):
        result = typed(*words, "--out", tmp_path / "out", lang=language)

        assert result.exit_code == 1
        assert len(result.stderr.splitlines()) == 1
        assert str(words[-1]) in result.stderr
        assert not (tmp_path / "out").exists()


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path / "sheet.csv", [row for row, _ in FAULTS])

    assert len(typed(sheet, tmp_path).stderr.splitlines()) == len(FAULTS)


UNPAIRED: list[tuple[tuple[str, ...], str]] = [
    (("gone.mp4", *ROW[1:]), "gone.mp4"),
    (("p.mp4", "leg_raise_angle", "", "60", "deg", "tape", "", ""), "does not show"),
    (("p.mp4", "lumbar_flexion", "", "40", "deg", "tape", "", ""), "The hip was hidden."),
    (("p.mp4", "knee_bend", "", "5", "deg", "tape", "", ""), "write the side"),
    (("p.mp4", "fingertip_floor", "", "5", "cm", "tape", "", ""), "height_cm"),
    (("p.mp4", "pelvic_rotation", "left", "5", "deg", "tape", "", ""), "does not show"),
]


@pytest.mark.parametrize(("row", "told"), UNPAIRED, ids=[told for _, told in UNPAIRED])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_without_a_pair_is_one_sentence_and_the_others_are_compared(
    tmp_path: Path, row: tuple[str, ...], told: str, language: str
) -> None:
    write_analysis(
        tmp_path / "results",
        "p.mp4",
        value(HINGE, 50),
        value("forward_bend.lumbar_flexion", None),
        value("forward_bend.fingertip_floor", 0.1, side="both"),
        value("forward_bend.knee_bend", 4, side="left"),
        value("forward_bend.knee_bend", 5, side="right"),
        value("forward_bend.pelvic_rotation", 40, side="right"),
    )
    sheet = sheet_of(tmp_path / "sheet.csv", [ROW, row])

    result = typed(sheet, tmp_path / "results", "--out", tmp_path / "out", lang=language)

    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert told in line or language == "ja"
    found = record(tmp_path / "out")
    assert found["measures"][0]["pairs"] == 1
    assert found["unpaired"][0][language] == line


def test_one_pair_and_two_are_shown_and_not_averaged(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        write_analysis(tmp_path / "results", name, value(HINGE, 50))
    sheet = sheet_of(tmp_path / "sheet.csv", [(n, *ROW[1:]) for n in ("a.mp4", "b.mp4")])

    result = typed(sheet, tmp_path / "results", "--out", tmp_path / "out")

    (group,) = record(tmp_path / "out")["measures"]
    assert (group["pairs"], group["agreement"]) == (2, None)
    assert "too few for an average (2)" in result.stdout
    page = (tmp_path / "out" / "validation.html").read_text("utf-8")
    assert "Bias" not in page


def test_three_pairs_of_one_person_are_not_averaged(tmp_path: Path) -> None:
    rows = [(f"{n}.mp4", *ROW[1:-1], "the same") for n in range(3)]
    for row in rows:
        write_analysis(tmp_path / "results", row[0], value(HINGE, 50))
    sheet = sheet_of(tmp_path / "sheet.csv", rows)

    typed(sheet, tmp_path / "results", "--out", tmp_path / "out")

    assert record(tmp_path / "out")["measures"][0]["agreement"] is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_no_row_has_a_pair_nothing_is_written(tmp_path: Path, language: str) -> None:
    write_analysis(tmp_path / "results", "other.mp4", value(HINGE, 50))
    sheet = sheet_of(tmp_path / "sheet.csv", [ROW])

    result = typed(sheet, tmp_path / "results", "--out", tmp_path / "out", lang=language)

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 2  # the row, and that there is nothing
    assert not (tmp_path / "out").exists()


def test_a_torn_analysis_is_told(tmp_path: Path) -> None:
    write_analysis(tmp_path / "results", "p.mp4", value(HINGE, 50))
    torn = tmp_path / "results" / "p" / "analysis.json"
    torn.write_text(torn.read_text("utf-8")[:40], "utf-8")
    sheet = sheet_of(tmp_path / "sheet.csv", [ROW])

    result = typed(sheet, tmp_path / "results", "--out", tmp_path / "out")

    assert result.exit_code == 1
    assert str(torn) in result.stderr


def test_a_page_of_somebody_else_is_left_as_it_is(tmp_path: Path) -> None:
    sheet = made_lab(tmp_path, 3, bias=0, noise=1, stated_sd=1, seed=1)
    page = tmp_path / "validation.html"
    page.write_text("<html>mine", "utf-8")

    result = typed(sheet, tmp_path / "results", "--out", tmp_path)

    assert result.exit_code == 1
    assert page.read_text("utf-8") == "<html>mine"
    assert not (tmp_path / "validation.json").exists()


# --- from a table alone, and the example ----------------------------------------------------------


def test_a_table_of_a_batch_is_enough(tmp_path: Path) -> None:
    rows = [
        {"file": f"in/{n}.mp4", "near_side": "right", "client": f"c{n}", **cell(HINGE, 50 + n)}
        for n in range(4)
    ]
    table = write_batch(tmp_path / "t", rows)
    sheet = sheet_of(
        tmp_path / "sheet.csv",
        [(f"{n}.mp4", ROW[1], "right", 48 + n, *ROW[4:]) for n in range(4)],
    )

    for place in (table, table.parent):
        result = typed(sheet, place, "--out", tmp_path / "out")

        assert result.exit_code == 0, result.output
        (group,) = record(tmp_path / "out")["measures"]
        assert group["agreement"]["bias"]["value"] == pytest.approx(2.0)
        assert group["people"] == 4


def test_the_other_side_is_not_taken_for_this_one(tmp_path: Path) -> None:
    table = write_batch(tmp_path / "t", [{"file": "p.mp4", "near_side": "left", **cell(HINGE, 50)}])
    sheet = sheet_of(tmp_path / "sheet.csv", [(*ROW[:2], "right", *ROW[3:])])

    result = typed(sheet, table, "--out", tmp_path / "out")

    assert result.exit_code == 1
    assert "other side" in result.stderr


def test_the_example_is_a_sheet_without_a_fault_and_is_not_written_over(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"

    first = typed(sheet, "--example")
    again = typed(sheet, "--example")

    assert (first.exit_code, again.exit_code) == (0, 1)
    assert read_references(sheet).faults == ()
    assert len(read_references(sheet).readings) == 22


@pytest.mark.slow
def test_clips_that_the_sheet_names_are_measured_first_and_no_others(tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("p01_stand.mp4", "not_named.mp4"):
        shutil.copy(SAMPLES / "standing.mp4", clips / name)
    row = ("p01_stand", "trunk_lean", "", "0", "deg", "inclinometer", "A", "p01")
    sheet = sheet_of(clips / "sheet.csv", [row])
    words = ("--out", tmp_path / "out", "--model", "lite", "--workers", 1)

    first = typed(sheet, *words)
    again = typed(sheet, *words)  # what is measured stays measured

    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert first.stderr == ""  # the sheet beside the clips is no clip that is left out
    (told,) = read_table(tmp_path / "out" / "batch.csv")
    assert told["file"] == "p01_stand.mp4"
    (group,) = record(tmp_path / "out")["measures"]
    (pair,) = group["values"]
    assert (pair["person"], pair["first"]) == ("p01", 0.0)
    assert pair["second"] == pytest.approx(float(told["standing.trunk_lean"]))
