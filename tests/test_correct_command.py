"""`posture correct`: from a results folder alone, and back to what was measured."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import posture
from posture import files
from posture.cli import main
from posture.files import one_after_another
from posture.results import write_results
from posture.settings import Settings, read_settings

POINTS = Path(__file__).parent / "data" / "walk_normal.landmarks.npz"


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(height_m=1.72)
    analysis = posture.analyse(POINTS, settings)
    return write_results(analysis, POINTS, tmp_path_factory.mktemp("walked"), settings).folder


@pytest.fixture
def folder(walked: Path, tmp_path: Path) -> Path:
    return shutil.copytree(walked, tmp_path / "walk")


def correct(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["correct", *map(str, words), "--lang", "en"])


def value(folder: Path, name: str, side: str) -> float:
    record = json.loads((folder / "analysis.json").read_text("utf-8"))
    (found,) = (m["value"] for m in record["measures"] if (m["name"], m["side"]) == (name, side))
    return float(found)


def test_without_options_it_lists_what_can_be_corrected(folder: Path) -> None:
    before = (folder / "analysis.json").read_bytes()
    told = correct(folder)

    assert told.exit_code == 0
    assert "heel strike  left  1.39 s" in told.output
    assert "stride  left  1.39 to 2.47 s" in told.output
    assert (folder / "analysis.json").read_bytes() == before


def test_a_correction_adds_to_the_one_before_and_undo_brings_all_back(folder: Path) -> None:
    names = ("analysis.json", "measures.csv", "report.html", "landmarks.npz")
    before = {name: (folder / name).read_bytes() for name in names}
    was_s = value(folder, "step_time", "left")

    first = correct(folder, "--move", "heel_strike,left,1.39,1.486")
    second = correct(folder, "--move", "heel_strike,left,1.49,1.586", "--leave-out", "right,3.5")
    found = posture.load_analysis(folder)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "corrected by hand, measured" in first.output
    (moved,) = found.corrections.moved  # moved twice is moved once, from where it was measured
    assert moved.from_s == pytest.approx(1.3857, abs=1e-3)
    assert len(found.corrections.left_out) == 1
    change_s = value(folder, "step_time", "left") - was_s
    assert change_s == pytest.approx((1.586 - moved.from_s) / 3, abs=0.03)
    assert "corrected by hand" in (folder / "report.html").read_text("utf-8").casefold()
    assert found.made_with == posture.load_analysis(folder).made_with

    undone = correct(folder, "--undo")
    assert "What the program measured is back." in undone.output
    assert json.loads(before["analysis.json"]) == {
        **json.loads((folder / "analysis.json").read_text("utf-8")),
        "made_with": json.loads(before["analysis.json"])["made_with"],
    }
    assert (folder / "measures.csv").read_bytes() == before["measures.csv"]
    assert (folder / "landmarks.npz").read_bytes() == before["landmarks.npz"]


@pytest.mark.parametrize(
    ("option", "value_", "code", "says"),
    [
        ("--move", "heel_strike,left,1.39,9.0", 1, "outside the clip"),
        ("--move", "heel_strike,left,1.0,1.1", 1, "There is no heel strike"),
        ("--move", "bend_bottom,both,1.0,1.1", 1, "Nothing was measured of this side"),
        ("--move", "heel_strike,left,1.39,2.4", 1, "past the moment"),
        ("--leave-out", "left,9.0", 1, "There is no stride"),
        ("--move", "heel,left,1,2", 2, "expected KIND,SIDE,FROM,TO"),
        ("--move", "heel_strike,left,1", 2, "expected KIND,SIDE,FROM,TO"),
        ("--leave-out", "left", 2, "expected SIDE,TIME"),
        ("--leave-out", "left,nan", 2, "expected SIDE,TIME"),
        ("--leave-out", "left,1e400", 2, "expected SIDE,TIME"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    folder: Path, option: str, value_: str, code: int, says: str
) -> None:
    before = (folder / "analysis.json").read_bytes()
    told = correct(folder, option, value_)

    assert told.exit_code == code
    assert says in told.output
    assert "Traceback" not in told.output
    assert (folder / "analysis.json").read_bytes() == before


def test_of_two_corrections_at_one_moment_none_is_lost(folder: Path) -> None:
    asked = (["--move", "heel_strike,left,1.39,1.486"], ["--leave-out", "right,3.5"])
    words = [sys.executable, "-m", "posture", "correct", str(folder)]
    both = [subprocess.Popen([*words, *one], stdout=subprocess.DEVNULL) for one in asked]

    assert [one.wait() for one in both] == [0, 0]
    found = posture.load_analysis(folder).corrections
    assert (len(found.moved), len(found.left_out)) == (1, 1)


def test_a_folder_that_somebody_holds_is_told_and_left_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (folder / "analysis.json").read_bytes()
    monkeypatch.setattr(files, "_WAIT_S", 0.2)
    holding = (
        "from pathlib import Path; from posture.files import one_after_another\n"
        f"with one_after_another(Path({str(folder)!r}), '.correct.lock'):\n"
        "    print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        held = correct(folder, "--leave-out", "right,3.5")
        listed = correct(folder)
        holder.communicate(b"\n")
    assert held.exit_code == 1
    assert held.output.count("\n") == 1
    assert "another command is changing the results" in held.output
    assert listed.exit_code == 0  # reading waits for nobody
    assert (folder / "analysis.json").read_bytes() == before
    with one_after_another(folder, ".correct.lock"):  # gone with its process
        pass


def test_a_folder_without_an_analysis_is_told(tmp_path: Path) -> None:
    told = correct(tmp_path, "--undo")

    assert told.exit_code == 1
    assert told.output.count("\n") == 1
    assert not [*tmp_path.iterdir()]


def test_the_settings_of_an_analysis_come_back_from_its_record() -> None:
    settings = Settings(height_m=1.8, belt_m_s=1.1, speed=0.5, language="ja")

    assert read_settings(settings.as_record()) == settings
    assert read_settings({**settings.as_record(), "no_longer": 1, "gait": {"gone": 2}}) == settings
    assert read_settings({}) == Settings()


def test_it_says_that_a_visit_of_several_clips_does_not_follow(folder: Path) -> None:
    joint = folder.parent / "session.json"
    joint.write_text("{}", "utf-8")

    corrected = correct(folder, "--move", "heel_strike,left,1.39,1.486")
    undone = correct(folder, "--undo")

    assert str(joint.resolve()) in corrected.output
    assert "session.json" not in undone.output  # it is as measured, and so is the clip
    assert joint.read_text("utf-8") == "{}"
    joint.unlink()
    assert "session.json" not in correct(folder, "--move", "heel_strike,left,1.39,1.486").output
