"""Two visits on a terminal: what changed by more than an error, and what else may have changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from posture.cli import main
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.results import write_results
from posture.settings import Settings
from posture.types import Analysis
from tests.outputs.make import analysis

WHAT = "pelvis_on_thigh_flexion"


def moved(found: Analysis, by_deg: float, sd: float = 3.0) -> Analysis:
    """The same with the hips bent by so much more."""
    measures = tuple(
        replace(m, value=m.value + by_deg, spread={"ours": sd}) if m.name == WHAT else m
        for m in found.measures
    )
    return replace(found, measures=measures)


def folder(found: Analysis, out: Path) -> Path:
    return write_results(found, Path("landmarks.npz"), out, Settings()).folder


def run(*asked: object, lang: Language = "en") -> tuple[int, str]:
    done = CliRunner().invoke(main, ["compare", *map(str, asked), "--lang", lang])
    return done.exit_code, " ".join(done.output.split())


@pytest.fixture
def bend() -> Analysis:
    return moved(analysis("bend"), 0)


@pytest.mark.parametrize(
    ("by_deg", "told"),
    [
        (0.0, "No change beyond measurement error"),
        (8.0, "No change beyond measurement error"),  # 1.96 * sqrt(2) * 3 = 8.3
        (9.0, "1 of"),
        (-9.0, "1 of"),
    ],
)
def test_a_change_is_what_measuring_twice_would_not_give(
    tmp_path: Path, bend: Analysis, by_deg: float, told: str
) -> None:
    before, after = folder(bend, tmp_path / "a"), folder(moved(bend, by_deg), tmp_path / "b")

    status, said = run(before, after)

    assert status == 0
    assert said.startswith(told)
    assert ("Changed by 9 deg: more than measurement error (8 deg)." in said) is (abs(by_deg) == 9)


def test_a_folder_of_several_clips_is_one_visit(tmp_path: Path, bend: Analysis) -> None:
    folder(bend, tmp_path / "visit" / "first")
    folder(moved(bend, 20.0), tmp_path / "visit" / "second")
    after = folder(moved(bend, 10.0), tmp_path / "after")

    assert "No change beyond" in run(tmp_path / "visit", after)[1]  # twice: the middle of both


def test_all_tells_more_than_what_is_followed(tmp_path: Path, bend: Analysis) -> None:
    place = folder(bend, tmp_path)

    assert len(run(place, place, "--all")[1]) > len(run(place, place)[1])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_another_version_or_model_is_told(tmp_path: Path, bend: Analysis, lang: Language) -> None:
    other = replace(
        bend, made_with={**bend.made_with, "posture": "0.0.1", "model": {"name": "other"}}
    )
    before, after = folder(other, tmp_path / "a"), folder(bend, tmp_path / "b")

    said = run(before, after, lang=lang)[1]

    assert "0.0.1" in said
    assert "other" in said
    assert "0.0.1" not in run(after, after, lang=lang)[1]


def test_two_people_are_told(tmp_path: Path, bend: Analysis) -> None:
    bend = replace(bend, proportions=dict.fromkeys(("thigh", "trunk", "foot", "depth"), 0.5))
    longer = replace(bend, proportions=dict.fromkeys(bend.proportions, 0.8))
    before, after = folder(bend, tmp_path / "a"), folder(longer, tmp_path / "b")
    told = load_words("en").tables["reasons"]["verdict_two_people"].partition("{")[0]

    assert told in run(before, after)[1]
    assert told not in run(before, before)[1]


def test_nothing_in_common_is_one_sentence(tmp_path: Path, bend: Analysis) -> None:
    before, walk = folder(bend, tmp_path / "a"), folder(analysis("walk"), tmp_path / "b")

    assert run(before, walk) == (
        1,
        "Nothing was measured in both: film the same movement both times.",
    )
    status, said = run(before, tmp_path / "nowhere")
    assert status == 1
    assert said.endswith("Name a results folder or an analysis.json.")
