"""batch.html beside the table: new where the table is, with pictures of the clips to look at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from posture.batch.clips import Clip, Row
from posture.batch.contents import checksum
from posture.batch.page import refuse_foreign_page, results_of, write_page
from posture.batch.rows import columns
from posture.batch.table import write_table
from posture.errors import CannotWrite
from posture.landmarks.store import save_landmarks
from posture.outputs.words import load_words
from posture.pipeline import landmarks_of
from posture.settings import Settings

SAMPLE = Path(__file__).parent.parent.parent / "samples" / "standing.mp4"
TILT = "standing.pelvic_tilt"


def row(name: str, tilt: float) -> Row:
    sha256 = checksum(str(SAMPLE)) if name == "a/far.mp4" else name.encode().hex()
    told = {"file": name, "sha256": sha256, "status": "ok", "verdict": "none", TILT: f"{tilt}"}
    told |= {f"{TILT}.sd": "2", f"{TILT}.quality": "good"}
    return {**dict.fromkeys(columns(), ""), **told}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "batch.csv"
    write_table(
        [*(row(f"{n}.mp4", 10 + n % 3) for n in range(9)), row("a/far.mp4", 60)], path, None
    )
    return path


def test_the_page_is_written_anew_only_where_the_table_or_the_language_has_changed(
    table: Path,
) -> None:
    page = write_page(table, load_words("en"))
    first = page.stat().st_mtime_ns
    assert write_page(table, load_words("en")).stat().st_mtime_ns == first

    write_page(table, load_words("ja"))
    assert 'lang="ja"' in page.read_text("utf-8")

    write_table([row("only.mp4", 10)], table, None)
    os.utime(table, ns=(page.stat().st_mtime_ns + 10**9,) * 2)
    write_page(table, load_words("ja"))
    assert "far.mp4" not in page.read_text("utf-8")


def test_a_table_without_results_beside_it_has_a_page_without_pictures(table: Path) -> None:
    clips = [Clip(source=str(SAMPLE), name="a/far.mp4")]

    told = write_page(table, load_words("en"), clips, Settings()).read_text("utf-8")

    assert "a/far.mp4" in told
    assert "<img" not in told
    assert "href=" not in told


@pytest.mark.slow
def test_a_clip_to_look_at_has_its_key_picture_and_the_way_to_its_report(
    table: Path, tmp_path: Path
) -> None:
    results = tmp_path / "clips" / "a" / "far"
    results.mkdir(parents=True)
    save_landmarks(results / "landmarks.npz", landmarks_of(SAMPLE, Settings()))
    (results / "report.html").touch()
    clips = [Clip(source=str(SAMPLE), name="a/far.mp4")]

    told = write_page(table, load_words("en"), clips, Settings()).read_text("utf-8")

    assert told.count('<img src="data:image/jpeg;base64,') == 1
    assert 'href="clips/a/far/report.html"' in told
    assert len(told) < 100_000


def test_a_clip_that_is_gone_costs_its_picture_only(table: Path, tmp_path: Path) -> None:
    results = tmp_path / "clips" / "a" / "far"
    results.mkdir(parents=True)
    (results / "landmarks.npz").write_bytes(b"torn")
    clips = [Clip(source=str(tmp_path / "gone.mp4"), name="a/far.mp4")]

    told = write_page(table, load_words("en"), clips, Settings()).read_text("utf-8")

    assert "a/far.mp4" in told


def test_the_results_are_those_of_the_clip_and_not_of_one_that_is_called_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mp4, mov, npz = "1" * 64, "2" * 64, "3" * 64
    folders = {mp4: tmp_path / "clips" / "a", mov: tmp_path / "clips" / f"a-{mov[:8]}"}
    folders[npz] = tmp_path / "clips" / "b"  # the points of another clip
    for sha256, folder in folders.items():
        folder.mkdir(parents=True)
        (folder / "landmarks.npz").write_text(sha256, "utf-8")
    monkeypatch.setattr(
        "posture.results._sha256_in", lambda it: (it / "landmarks.npz").read_text("utf-8")
    )

    assert results_of(tmp_path, "a.mp4", mp4) == folders[mp4]
    assert results_of(tmp_path, "a.mov", mov) == folders[mov]
    assert results_of(tmp_path, "a.avi", "4" * 64) is None
    assert results_of(tmp_path, "b.npz", "5" * 64) == folders[npz]


def test_a_page_of_somebody_else_is_refused_and_one_of_ours_is_not(table: Path) -> None:
    page = write_page(table, load_words("en"))
    refuse_foreign_page(page)
    page.write_text("<html>mine", "utf-8")

    with pytest.raises(CannotWrite, match="batch_not_ours"):
        write_page(table, load_words("en"))
    assert page.read_text("utf-8") == "<html>mine"
