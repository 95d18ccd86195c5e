"""One clip's whole analysis comes back as a row, whatever happens in it."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from posture.batch.clips import Artifacts
from posture.batch.contents import checksum
from posture.batch.rows import columns, is_outside
from posture.batch.run import question
from posture.batch.work import work
from posture.errors import ModelTrouble
from posture.settings import Settings
from tests.batch.doing import task

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (MemoryError(), "job_out_of_memory"),
        (ZeroDivisionError("by us"), "batch_fault"),
        (RecursionError(), "batch_fault"),
        (OSError(5, "a disk that fails"), "batch_storage"),
        (ImportError("libGLESv2.so.2: cannot open shared object file"), "library_missing"),
        (ModelTrouble("model_missing", name="a", path="b", command="c"), "model_missing"),
    ],
)
def test_whatever_goes_wrong_is_a_row(
    trouble: Exception, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise trouble

    monkeypatch.setattr("posture.pipeline.analyse", broken)
    clip = tmp_path / "a.mp4"
    clip.write_bytes(b"x")

    row = work(task(str(clip)))

    assert tuple(row) == columns()
    assert (row["status"], row["reason_code"]) == ("failed", code)
    assert row["reason"]
    assert is_outside(code) == (code != "batch_fault")


def test_a_task_is_small_and_travels(tmp_path: Path) -> None:
    one = task(str(tmp_path / "立位.mp4"))

    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own
    assert len(pickle.dumps(one)) < 10_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("artifacts", "files"),
    [
        ("none", set()),
        ("json", {"analysis.json", "landmarks.npz"}),
        (
            "all",
            {"analysis.json", "landmarks.npz", "measures.csv", "report.html", "signals.npz"},
        ),
    ],
)
def test_of_a_clip_is_written_what_was_asked_for(
    artifacts: Artifacts, files: set[str], tmp_path: Path
) -> None:
    clip = tmp_path / "a.mp4"
    shutil.copy(SAMPLES / "standing.mp4", clip)

    asked = replace(question(Settings()), source=str(clip), name="立位/b.mp4")

    row = work(replace(asked, folder=str(tmp_path / "out"), artifacts=artifacts))

    assert row["status"] == "ok"
    assert row["sha256"] == checksum(str(clip))
    assert {path.name for path in (tmp_path / "out").glob("b/*")} == files
