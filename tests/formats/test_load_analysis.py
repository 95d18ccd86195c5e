from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

import posture
from posture.errors import UnusableClip
from posture.findings.answers import CONDITIONS, HABITS, SAID, read_answers
from posture.formats.analysis import analysis_record
from posture.formats.key_pictures import load_key_pictures, save_key_pictures
from posture.formats.measures import measures_of
from posture.landmarks.store import load_landmarks, save_landmarks
from posture.outputs.figures import figure_of
from posture.pipeline import analyse_landmarks
from posture.results import write_numbers, write_results
from posture.settings import Settings
from posture.types import (
    Activity,
    Corrections,
    EventKind,
    Fact,
    FactKind,
    LeftOut,
    MovedEvent,
    Reason,
    Side,
)
from tests.formats.same import differences
from tests.make import BY_POINTS
from tests.outputs.make import Showing, analysis, clip

EARLIER = Path(__file__).parents[1] / "data" / "version_0.1" / "made"
NPZ = Path("landmarks.npz")
SHOWN = [(showing, height) for showing in get_args(Showing) for height in (None, 1.7)]


@pytest.mark.parametrize(("showing", "height_m"), SHOWN)
def test_what_was_written_comes_back_to_the_digit(
    showing: Showing, height_m: float | None, tmp_path: Path
) -> None:
    made = analysis(showing, height_m=height_m)
    folder = write_results(made, NPZ, tmp_path, Settings()).folder

    assert [*differences(made, posture.load_analysis(folder))] == []


def test_answers_facts_and_what_is_left_out_of_care_come_back(tmp_path: Path) -> None:
    answers = read_answers(
        {
            "age": 41,
            "sex": "female",
            "pain": 3,
            "conditions": list(CONDITIONS),
            "habits": [HABITS[0]],
            "said": [SAID[0]],
            "touch": {"calf": "hard"},
        }
    )
    made = analyse_landmarks(clip("all"), Settings(frame=BY_POINTS, height_m=1.7), answers=answers)
    todo = Reason("fact_too_dark_todo")
    dark = Fact(
        kind=FactKind.TOO_DARK,
        reason=Reason("fact_too_dark"),
        spans_s=((0.1, 0.7),),
        probability=0.9,
        what_to_do=todo,
    )
    made = replace(made, facts=(dark,), view=replace(made.view, near_side=Side.LEFT))
    folder = write_results(made, NPZ, tmp_path, Settings()).folder

    assert made.assessment.care_left_out
    assert [*differences(made, posture.load_analysis(folder / "analysis.json"))] == []


@pytest.mark.parametrize("settings", [Settings(), Settings(belt_m_s=1.2)])
def test_points_of_a_real_model_come_back(settings: Settings, tmp_path: Path) -> None:
    points = Path(__file__).parents[1] / "data" / "walk_normal.landmarks.npz"
    made = analyse_landmarks(load_landmarks(points), settings)
    folder = write_results(made, points, tmp_path, settings).folder

    assert [*differences(made, posture.load_analysis(folder))] == []


def test_what_was_corrected_by_hand_comes_back(tmp_path: Path) -> None:
    points = Path(__file__).parents[1] / "data" / "walk_normal.landmarks.npz"
    landmarks = load_landmarks(points)
    plain = analyse_landmarks(landmarks)
    strike = next(e for e in plain.events if e.kind is EventKind.HEEL_STRIKE)
    stride = plain.walks[0].strides[-1]
    moved = MovedEvent(
        kind=strike.kind, side=strike.side, from_s=strike.time_s, to_s=strike.time_s + 0.05
    )
    out = LeftOut(part="stride", side=stride.side, start_s=stride.start_s, end_s=stride.end_s)
    made = analyse_landmarks(landmarks, corrections=Corrections(moved=(moved,), left_out=(out,)))
    folder = write_results(made, points, tmp_path, Settings()).folder
    record = json.loads((folder / "analysis.json").read_text("utf-8"))

    assert [*differences(made, posture.load_analysis(folder))] == []
    assert record["corrections"]["moved"][0]["to_s"] == moved.to_s
    assert {e["moved_from_s"] for e in record["events"] if "moved_from_s" in e} == {strike.time_s}
    told = {m["name"]: m["corrected"]["measured"] for m in record["measures"] if "corrected" in m}
    assert told["step_time"] is not None
    assert "corrections" not in analysis_record(plain)
    assert not any("corrected" in m for m in analysis_record(plain)["measures"])
    assert "uncorrected" in (folder / "measures.csv").read_text("utf-8").splitlines()[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["forward_bend", "walk_normal"])
def test_what_analyse_returned_comes_back(name: str, tmp_path: Path) -> None:
    path = Path(__file__).parents[2] / "samples" / f"{name}.mp4"
    settings = Settings(model="lite", draw="pictures")
    made = posture.analyse(path, settings)
    results = write_results(made, path, tmp_path, settings)

    assert [*differences(made, posture.load_analysis(results.folder))] == []
    assert [(f.shows, f.jpeg) for f in load_key_pictures(results.folder)] == [
        (f.shows, f.jpeg) for f in results.figures
    ]


def test_the_comparison_sees_a_digit(tmp_path: Path) -> None:
    made = analysis("bend")
    folder = write_results(made, NPZ, tmp_path, Settings()).folder
    path = folder / "analysis.json"
    record = json.loads(path.read_text("utf-8"))
    entry = next(one for one in record["measures"] if one["value"] is not None)
    entry["value"] += 1e-12
    path.write_text(json.dumps(record), "utf-8")

    found = [*differences(made, posture.load_analysis(folder))]

    assert found
    assert all(".value" in place for place in found)


def test_numbers_alone_come_back_without_signals(tmp_path: Path) -> None:
    made = analysis("treadmill")
    found = posture.load_analysis(write_numbers(made, tmp_path))

    rounded = tuple(
        replace(curve, phase=np.round(curve.phase, 2)) for curve in made.curves
    )  # analysis.json alone keeps two digits of it
    assert [*differences(replace(made, signals=(), curves=rounded), found)] == []


def test_a_folder_of_version_0_1_still_opens() -> None:
    record = json.loads((EARLIER / "analysis.json").read_text("utf-8"))
    found = posture.load_analysis(EARLIER)

    assert "frames" not in record["measures"][0]  # since 0.2
    assert [m.name for m in found.measures] == [entry["name"] for entry in record["measures"]]
    values = [None if np.isnan(m.value) else m.value for m in found.measures]
    assert values == [entry["value"] for entry in record["measures"]]
    assert {found.segments[event.segment].activity for event in found.events} == {
        Activity.FORWARD_BEND
    }
    assert len(found.assessment.care) == len(record["care"])
    assert [len(f.evidence) for f in found.assessment.findings] == [
        len(entry["evidence"]) for entry in record["findings"]
    ]
    assert len(found.signals) > 10
    again = [(m.value, m.sd) for m in measures_of(record) if m.value == m.value]
    assert again == [(m.value, m.sd) for m in found.measures if m.value == m.value]


def test_the_key_pictures_of_version_0_1_are_found_in_its_report() -> None:
    found = load_key_pictures(EARLIER)

    assert [frame.shows for frame in found] == ["standing", "bottom_of_bend"]
    assert [frame.size_px for frame in found] == [(64, 36), (64, 36)]
    assert all(frame.jpeg.startswith(b"\xff\xd8") for frame in found)


def test_key_pictures_are_files_of_their_own_in_order(tmp_path: Path) -> None:
    grey = np.full((36, 64, 3), 90, dtype=np.uint8)
    first = [figure_of(grey, "standing"), *(figure_of(grey + n, "push_off") for n in range(1, 11))]
    save_key_pictures(tmp_path, first)
    found = load_key_pictures(tmp_path)
    assert [(f.jpeg, f.shows, f.size_px) for f in found] == [
        (f.jpeg, f.shows, f.size_px) for f in first
    ]

    save_key_pictures(tmp_path, first[:1])  # an analysis made again leaves nothing of the first
    assert [path.name for path in tmp_path.iterdir()] == ["key-1-standing.jpg"]


def spoiled(folder: Path, **changes: Any) -> None:  # noqa: ANN401 - any JSON
    path = folder / "analysis.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "posture.analysis/9"},
        {"measures": [{"name": "torn"}]},
        {"measures": None},
        {"view": {}},
        {"verdict": "none"},
        {"clip": {"file": "a"}},
        {"made_with": "a"},
    ],
)
def test_what_is_no_analysis_of_ours_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    folder = write_results(analysis("stand"), NPZ, tmp_path, Settings()).folder
    spoiled(folder, **changes)

    with pytest.raises(UnusableClip, match="not_an_analysis"):
        posture.load_analysis(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"schema": 1}', "\x00"])
def test_text_that_is_no_record_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "analysis.json").write_text(text, "utf-8")

    with pytest.raises(UnusableClip, match="not_an_analysis"):
        posture.load_analysis(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
@pytest.mark.parametrize(
    ("name", "code"), [("analysis.json", "not_an_analysis"), ("landmarks.npz", "not_landmarks")]
)
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(
    name: str, code: str, tmp_path: Path
) -> None:
    folder = write_results(analysis("stand"), NPZ, tmp_path, Settings()).folder
    posture.load_analysis(folder)
    (folder / name).unlink()
    os.mkfifo(folder / name)

    with pytest.raises(UnusableClip, match=code):
        posture.load_analysis(folder)


def test_a_folder_without_an_analysis_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnusableClip, match="no_such_file"):
        posture.load_analysis(tmp_path)


def test_damaged_signals_are_refused(tmp_path: Path) -> None:
    folder = write_results(analysis("stand"), NPZ, tmp_path, Settings()).folder
    (folder / "signals.npz").write_bytes(b"PK\x03\x04")

    with pytest.raises(UnusableClip, match="not_an_analysis"):
        posture.load_analysis(folder)


def test_points_that_are_missing_or_of_another_clip_are_said_to_be(tmp_path: Path) -> None:
    folder = write_results(analysis("stand"), NPZ, tmp_path, Settings()).folder
    points = load_landmarks(folder / "landmarks.npz")
    assert posture.load_analysis(folder).clip == points.clip  # as they were written

    other = replace(points, clip=replace(points.clip, sha256="ff" * 32))
    save_landmarks(folder / "landmarks.npz", other)
    with pytest.raises(UnusableClip, match="other_points"):
        posture.load_analysis(folder)

    (folder / "landmarks.npz").unlink()
    with pytest.raises(UnusableClip, match="no_points"):
        posture.load_analysis(folder)
