"""`posture repeat`: the same people twice, against what our stated errors promise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from posture.cli import main
from posture.outputs.words import LANGUAGES
from tests.validation.made import HINGE, cell, value, write_analysis, write_batch


def typed(*words: object, lang: str = "en") -> Result:
    result = CliRunner().invoke(main, ["repeat", *map(str, words), "--lang", lang])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def only(out: Path) -> dict[str, Any]:
    (group,) = json.loads((out / "repeat.json").read_text("utf-8"))["measures"]
    return dict(group)


def clip(person: str, visit: str, number: float, sd: float = 2.0, **more: object) -> dict[str, Any]:
    about = {"file": f"{person}-{visit}.mp4", "client": person, "visit": visit}
    return {**about, "near_side": "right", **cell(HINGE, number, sd), **more}


def twice(people: int, noise: float, sd: float, shift: float = 0.0) -> list[dict[str, Any]]:
    """Rows of people who were measured twice with a noise of known size, to the last digit."""
    rng = np.random.default_rng(4)
    true = rng.normal(60, 12, people)
    off = rng.normal(0, 1, people)
    off = shift + noise * 2**0.5 * (off - off.mean()) / off.std(ddof=1)
    return [
        one
        for i in range(people)
        for one in (clip(f"c{i}", "1", true[i], sd), clip(f"c{i}", "2", true[i] + off[i], sd))
    ]


def test_the_error_that_was_put_in_is_found_and_held_against_the_promise(tmp_path: Path) -> None:
    table = write_batch(tmp_path, twice(20, noise=3, sd=3, shift=1))

    result = typed(table, "--out", tmp_path)

    assert result.exit_code == 0, result.output
    group = only(tmp_path)
    told = group["agreement"]
    assert (group["pairs"], group["people"]) == (20, 20)
    assert told["bias"]["value"] == pytest.approx(1, abs=1e-6)
    assert told["sem"]["value"] == pytest.approx(3, abs=1e-5)
    assert told["mdc95"]["value"] == pytest.approx(1.96 * 2**0.5 * 3, abs=1e-4)
    assert told["promised_mdc95"] == pytest.approx(1.96 * 2**0.5 * 3)
    assert told["icc_2_1"]["value"] == pytest.approx(144 / (144 + 9), abs=0.08)


def test_errors_that_promise_too_much_are_said_to(tmp_path: Path) -> None:
    for name, sd in (("bold", 1.0), ("fair", 4.0)):
        table = write_batch(tmp_path / name, twice(20, noise=3, sd=sd))
        typed(table, "--out", tmp_path / name)

    bold, fair = ((tmp_path / n / "repeat.html").read_text("utf-8") for n in ("bold", "fair"))
    assert "Larger than promised" in bold
    assert "Larger than promised" not in fair
    assert only(tmp_path / "bold")["agreement"]["inside"]["high"] < 0.95


def test_the_first_two_visits_count_and_the_largest_differences_are_named(tmp_path: Path) -> None:
    rows = [
        clip(f"c{i}", visit, 50 + off)
        for i in range(4)
        for visit, off in (("10", 30), ("9", i), ("2", 0))
    ]
    table = write_batch(tmp_path, rows)

    typed(table, "--out", tmp_path)

    pairs = only(tmp_path)["values"]
    assert {(p["clip"], p["other_clip"]) for p in pairs} == {
        (f"c{i}-2.mp4", f"c{i}-9.mp4") for i in range(4)
    }
    page = (tmp_path / "repeat.html").read_text("utf-8")
    assert "c3: 50.0 deg, then 53.0 deg" in page


def test_two_clips_of_one_visit_are_compared_where_there_is_no_second_visit(tmp_path: Path) -> None:
    rows = [clip(f"c{i}", "", 50 + n, file=f"c{i}-{n}.mp4") for i in range(3) for n in range(2)]

    typed(write_batch(tmp_path, rows), "--out", tmp_path)

    assert only(tmp_path)["agreement"]["bias"]["value"] == 1


def test_left_is_not_held_against_right(tmp_path: Path) -> None:
    rows = [clip("a", "1", 50), clip("a", "2", 90, near_side="left")]

    result = typed(write_batch(tmp_path, rows), "--out", tmp_path / "out")

    assert result.exit_code == 1
    assert not (tmp_path / "out").exists()


def test_single_analyses_with_a_clips_csv_are_enough(tmp_path: Path) -> None:
    for person in range(3):
        for visit in range(2):
            write_analysis(tmp_path, f"{person}{visit}.mp4", value(HINGE, 50 + person + 2 * visit))
    rows = [f"{p}{v}.mp4,c{p},{v}" for p in range(3) for v in range(2)]
    (tmp_path / "clips.csv").write_text("\n".join(["file,client,visit", *rows]), "utf-8")

    result = typed(tmp_path, "--out", tmp_path / "out")

    assert result.exit_code == 0, result.output
    assert only(tmp_path / "out")["agreement"]["bias"]["value"] == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_twice_is_one_sentence(tmp_path: Path, language: str) -> None:
    table = write_batch(tmp_path, [clip("a", "1", 50), clip("b", "1", 60)])

    result = typed(table, "--out", tmp_path / "out", lang=language)

    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert "clips.csv" in line
    assert not (tmp_path / "out").exists()


def test_two_people_are_shown_and_not_averaged(tmp_path: Path) -> None:
    rows = [clip(p, v, 50) for p in "ab" for v in "12"]

    result = typed(write_batch(tmp_path, rows), "--out", tmp_path)

    assert result.exit_code == 0
    assert only(tmp_path)["agreement"] is None


def test_what_is_handed_in_names_nobody(tmp_path: Path) -> None:
    rows = [clip(p, v, 50) for p in ("Sato", "Ito", "Abe") for v in "12"]

    typed(write_batch(tmp_path, rows), "--out", tmp_path, "--share", tmp_path / "s.json")

    text = (tmp_path / "s.json").read_text("utf-8")
    assert not any(name in text for name in ("Sato", "Ito", "Abe", ".mp4"))
    assert '"P01"' in text
