"""Many clips to one table: every clip has its row, nothing done is done again or lost."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from posture.batch.clips import named
from posture.batch.rows import columns
from posture.batch.run import BatchResult, run_batch, settings_mark
from posture.batch.workers import Workers
from posture.cli import main
from posture.cli.many_clips import left_out_lines
from posture.outputs.words import Language, load_words
from posture.settings import Settings
from posture.video.folder import Gathered, Why, gathered

SAMPLES = Path(__file__).parent.parent / "samples"


def clips_in(wanted: str) -> list[Path]:
    return list(gathered(wanted).clips)


def batch(clips: Sequence[Path], out: Path, settings: Settings | None = None) -> BatchResult:
    """One batch with two workers."""
    return run_batch(named([*map(str, clips)]), out, settings or Settings(), Workers(2))


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Clips as they lie about: one good, one good with another name, three bad, one no clip."""
    clips = tmp_path / "clips"
    (clips / "deeper").mkdir(parents=True)
    shutil.copy(SAMPLES / "standing.mp4", clips / "a.mp4")
    shutil.copy(SAMPLES / "standing.mp4", clips / "deeper" / "same as a.mp4")
    (clips / "empty.mp4").touch()
    (clips / "words.mov").write_text("not a video", "utf-8")
    (clips / "notes.txt").write_text("not meant to be one", "utf-8")
    (clips / ".hidden.mp4").touch()
    return clips


def test_a_folder_gives_its_clips_and_nothing_else(folder: Path) -> None:
    found = [str(path.relative_to(folder)) for path in clips_in(str(folder))]

    assert found == ["a.mp4", "deeper/same as a.mp4", "empty.mp4", "words.mov"]


def test_what_lies_among_the_clips_is_named_with_the_reason(folder: Path) -> None:
    (folder / "00012.MTS").touch()
    shutil.copy(SAMPLES / "standing.mp4", folder / "IMG_0001")  # no ending at all
    (folder / "GOPR0001.LRV").write_bytes(b"\0\0\0\x14ftypmp41")
    (folder / "a.ts").write_text("export const a = 1;", "utf-8")
    results = folder / "earlier" / "a"
    results.mkdir(parents=True)
    for name in ("landmarks.npz", "analysis.json", "overlay.mp4"):
        (results / name).touch()

    found = gathered(str(folder))

    assert {path.name for path in found.clips} == {
        *("a.mp4", "same as a.mp4", "empty.mp4", "words.mov", "00012.MTS", "IMG_0001")
    }
    assert dict(found.left_out) == {
        ".hidden.mp4": "hidden",
        "GOPR0001.LRV": "previews",
        "a.ts": "no_clips",
        "notes.txt": "no_clips",
        "earlier/a/analysis.json": "results",
        "earlier/a/landmarks.npz": "results",
        "earlier/a/overlay.mp4": "results",
    }


@pytest.mark.parametrize("name", ["a.MTS", "a.m2ts", "a.HEIC", "a.webp", "a.gif", "a.avif"])
def test_the_name_of_a_clip_may_be_written_in_any_case(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"whatever")

    assert clips_in(str(tmp_path)) == [tmp_path / name]
    assert clips_in(str(tmp_path / name)) == [tmp_path / name]
    assert clips_in(f"{tmp_path}/a*") == [tmp_path / name]


def test_landmarks_of_an_earlier_analysis_are_a_clip_where_their_results_do_not_lie(
    tmp_path: Path,
) -> None:
    np.savez(tmp_path / "walk.landmarks.npz", xy_px=np.zeros(1))
    np.savez(tmp_path / "numbers.npz", other=np.zeros(1))

    found = gathered(str(tmp_path))

    assert [path.name for path in found.clips] == ["walk.landmarks.npz"]
    assert found.left_out == (("numbers.npz", "no_clips"),)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_left_out_is_said_in_one_line_a_reason(language: Language) -> None:
    files: list[tuple[str, Why]] = [(f"{n}.txt", "no_clips") for n in range(25)]
    words = load_words(language)

    lines = left_out_lines(Gathered(clips=(), left_out=((".x", "hidden"), *files)), words)

    assert len(lines) == 2
    assert lines[0].endswith(": .x")
    assert "19.txt" in lines[1]
    assert "20.txt" not in lines[1]
    assert "5" in lines[1].split("19.txt")[1]


@pytest.mark.slow
def test_a_folder_from_a_camcorder_is_measured(shared: Path, tmp_path: Path) -> None:
    clips = clips_in(str(shared / "clips" / "trouble" / "batch_mts"))

    result = batch(clips, tmp_path)

    (row,) = rows_of(result.table)
    assert (row["file"], row["status"]) == ("00012.MTS", "ok")
    assert row["activities"] == "standing"


def test_a_pattern_and_a_list_name_clips_too(folder: Path) -> None:
    listed = folder / "list.txt"
    listed.write_text("a.mp4\n\nempty.mp4\n", "utf-8")

    assert [path.name for path in clips_in(f"{folder}/*.mp4")] == ["a.mp4", "empty.mp4"]
    assert clips_in(str(listed)) == [folder / "a.mp4", folder / "empty.mp4"]


@pytest.mark.parametrize("nothing", ["", "*.webm", "sub"])
def test_no_clips_is_told(tmp_path: Path, nothing: str) -> None:
    (tmp_path / "sub").mkdir()
    wanted = str(tmp_path / nothing) if nothing else str(tmp_path / "nowhere")

    assert clips_in(wanted) == []
    done = CliRunner().invoke(main, ["batch", wanted, "--lang", "en"])
    assert done.exit_code == 1
    assert done.stderr == f"{wanted}: no clips found there.\n"


@pytest.mark.slow
def test_every_clip_has_a_row_and_a_second_run_does_nothing_again(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    clips = clips_in(str(folder))

    first = batch(clips, out)
    before = rows_of(first.table)
    second = batch(clips, out)

    assert [row["file"] for row in before] == [
        "a.mp4",
        "deeper/same as a.mp4",
        "empty.mp4",
        "words.mov",
    ]
    assert {row["file"]: row["reason_code"] for row in before if row["status"] == "failed"} == {
        "empty.mp4": "empty_file",
        "words.mov": "not_a_video",
    }
    assert (first.done, len(first.failed)) == (2, 2)
    assert second.kept == 4
    assert rows_of(second.table) == before
    assert first.parquet is not None
    numbers = pq.read_table(first.parquet).to_pylist()
    assert [row["file"] for row in numbers] == [row["file"] for row in before]
    tilt = float(before[0]["standing.pelvic_tilt"])
    assert numbers[0]["standing.pelvic_tilt"] == pytest.approx(tilt)
    assert numbers[2]["standing.pelvic_tilt"] is None
    assert (out / "clips" / "a" / "analysis.json").exists()
    assert not (out / "clips" / "a" / "overlay.mp4").exists()


@pytest.mark.slow
def test_other_settings_are_another_question(tmp_path: Path) -> None:
    clips = [SAMPLES / "standing.mp4"]
    batch(clips, tmp_path)

    tall = batch(clips, tmp_path, Settings(height_m=1.7))

    assert tall.kept == 0
    assert len(rows_of(tall.table)) == 1


def test_the_mark_of_the_settings_changes_with_what_shapes_a_number_only() -> None:
    usual = settings_mark(Settings())

    assert settings_mark(Settings(language="ja")) == usual
    assert settings_mark(Settings(level="engineer")) == usual
    assert settings_mark(Settings(height_m=1.8)) != usual
    assert settings_mark(Settings(model="lite")) != usual


def test_a_row_cut_off_by_a_crash_is_done_again(tmp_path: Path) -> None:
    table = tmp_path / "batch.csv"
    whole = ["a.mp4", "0" * 64, "failed", "empty_file", "", settings_mark(Settings())]
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns())
        writer.writerow([*whole, *[""] * (len(columns()) - len(whole))])
        file.write("b.mp4,1234")  # the power went
    clip = tmp_path / "b.mp4"
    clip.touch()

    result = batch([clip], tmp_path)

    assert [row["file"] for row in rows_of(result.table)] == ["b.mp4"]
    assert result.failed[0][0] == "b.mp4"


def test_without_pyarrow_the_table_is_whole_and_it_is_said_what_brings_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posture.batch.table.find_spec", lambda _: None)
    (tmp_path / "empty.mp4").touch()
    out = tmp_path / "out"

    done = CliRunner().invoke(
        main, ["batch", str(tmp_path / "empty.mp4"), "--out", str(out), "--lang", "en"]
    )

    assert (out / "batch.csv").exists()
    assert not (out / "batch.parquet").exists()
    assert [row["reason_code"] for row in rows_of(out / "batch.csv")] == ["empty_file"]
    assert "For batch.parquet beside it, which needs pyarrow: " in done.output
    assert "install pyarrow" in done.output
