"""The scripts of docs/examples run as they are, and say what is true of what they are given."""

from __future__ import annotations

import csv
import runpy
import shutil
from pathlib import Path

import pytest

from posture.landmarks.store import load_landmarks
from posture.pipeline import analyse_landmarks
from posture.results import write_numbers
from tests.make import retimed

TOP = Path(__file__).parent.parent
EXAMPLES = TOP / "docs" / "examples"
WALK = Path(__file__).parent / "data" / "walk_normal.landmarks.npz"


def run(
    name: str, *asked: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    monkeypatch.setattr("sys.argv", [name, *map(str, asked)])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    return capsys.readouterr().out.splitlines()


def test_both_are_linked() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {"one_clip.py", "two_visits.py"}
    for page in ("README.md", "README.ja.md", "docs/api.md"):
        text = (TOP / page).read_text("utf-8")
        assert all(f"examples/{name}.py" in text for name in ("one_clip", "two_visits")), page


def test_one_clip_gives_numbers_with_errors_reasons_and_a_chart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chart = tmp_path / "chart.png"

    told = run("one_clip.py", WALK, chart, monkeypatch=monkeypatch, capsys=capsys)

    [cadence] = [line for line in told if line.startswith("cadence")]
    assert " ± " in cadence
    assert "steps_per_min" in cadence
    [length] = [line for line in told if line.startswith("step_length")]
    assert "not measured; walking in place, on a treadmill or with a camera that moves" in length
    assert any(line.startswith("calf: cannot_tell. ") for line in told)
    assert chart.read_bytes().startswith(b"\x89PNG")


def test_one_clip_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="There is no such file"):
        run("one_clip.py", tmp_path / "nothing.mp4", monkeypatch=monkeypatch, capsys=capsys)


def test_two_visits_make_one_table_and_only_what_changed_is_beyond_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, last = tmp_path / "client" / "2026-01-10", tmp_path / "client" / "2026-03-02"
    first.mkdir(parents=True)
    # the same steps a fifth quicker; a visit holds clips, or folders that were made of them
    walk = load_landmarks(WALK)
    quicker = retimed(walk, walk.time_s / 1.2)
    shutil.copy(WALK, first)
    write_numbers(analyse_landmarks(quicker), last)
    (first / "notes.txt").write_text("no clip", "utf-8")
    out = tmp_path / "measures.csv"

    told = run("two_visits.py", first.parent, out, monkeypatch=monkeypatch, capsys=capsys)

    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cadence = {row["visit"]: float(row["value"]) for row in rows if row["measure"] == "cadence"}
    assert cadence[last.name] == pytest.approx(1.2 * cadence[first.name], rel=0.01)
    assert all(row["why"] for row in rows if row["quality"] != "good")
    assert told[0].startswith(f"{first.name}/notes.txt: ")
    [steps] = [line for line in told if line.startswith("  cadence")]
    [stance] = [line for line in told if line.startswith("  stance_share (left)")]
    assert "MORE THAN THE ERROR" in steps
    assert "within the error" in stance
