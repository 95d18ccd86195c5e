"""`posture batch` as it is typed: what it says, where, and with which exit status."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner, Result

from posture.batch.lock import Lock
from posture.batch.run import Step
from posture.batch.table import read_table
from posture.cli import main
from posture.cli.many import _title
from posture.cli.many_clips import asked_clips
from posture.cli.many_progress import _Pace
from posture.outputs.words import load_words

SAMPLES = Path(__file__).parents[2] / "samples"


def typed(*words: object, lang: str = "en") -> Result:
    """What comes of a command in this process; only of such as need no worker."""
    result = CliRunner().invoke(main, ["batch", *map(str, words), "--lang", lang])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Clips that no model is needed for: links into nothing, of which each is a row."""
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("a.mp4", "=1+1.mp4", "立位.mp4"):
        (clips / name).symlink_to("nowhere")
    return clips


@pytest.mark.parametrize(
    "words", [[], [""], ["", "x"], ["x", "--shard", "5/4"], ["x", "--shard", "1"]]
)
def test_a_wrong_call_is_told_and_does_nothing(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # A12
    monkeypatch.chdir(tmp_path)
    shutil.copy(SAMPLES / "standing.mp4", tmp_path)

    result = typed(*words)

    assert result.exit_code == 2
    assert "Error" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["standing.mp4"]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_several_folders_patterns_and_lists_are_one_batch(
    folder: Path, tmp_path: Path, language: str
) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (more / "b.mp4").symlink_to("nowhere")
    listed = tmp_path / "list.txt"  # A11
    listed.write_text(
        "\ufeff# the second visit\nmore/b.mp4\nmore/b.mp4\n\n  more/../more/b.mp4 \nclips/c.mp4\n",
        "utf-8",
    )

    result = typed(folder, f"{folder}/a*", listed, "--out", tmp_path / "out", lang=language)

    rows = read_table(tmp_path / "out" / "batch.csv")
    assert [row["file"] for row in rows] == [
        *("clips/=1+1.mp4", "clips/a.mp4", "clips/c.mp4", "clips/立位.mp4", "more/b.mp4")
    ]
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 5
    assert "Traceback" not in result.output


def test_a_note_is_no_clip_but_a_clip_may_begin_like_one(tmp_path: Path) -> None:
    (tmp_path / "#1.mp4").touch()
    listed = tmp_path / "list.txt"
    listed.write_text("#1.mp4\n#2.mp4\n", "utf-8")

    typed(listed, "--out", tmp_path / "out", "--dry-run").stdout.splitlines()

    assert typed(listed, "--out", tmp_path / "out", "--dry-run").stdout == (
        "to do\t#1.mp4\n0 measured, 0 failed, 1 to do\n"
    )


def test_status_and_dry_run_say_how_far_it_is(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (folder / "b.mp4").write_text("x", "utf-8")

    before = typed("--status", "--out", out)
    dry = typed(folder, "--out", out, "--dry-run")

    assert before.stdout == "0 measured, 0 failed, 0 to do\n"
    assert dry.stdout.splitlines() == [
        *(
            "failed\t=1+1.mp4",
            "failed\ta.mp4",
            "to do\tb.mp4",
            "failed\t立位.mp4",
        ),
        "0 measured, 3 failed, 1 to do",
    ]
    assert not out.exists()


def test_the_progress_line_shows_no_secret() -> None:
    wanted = ["https://me:hunter2@host/clips/", "s3://b/a.mp4?X-Amz-Signature=hunter2", "in/clips"]

    assert _title(wanted) == "https://host/clips/, s3://b/a.mp4, clips"


def test_somebody_elses_page_is_left_as_it_is(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "out" / "batch.html"
    page.parent.mkdir()
    page.write_text("<html>mine", "utf-8")

    result = typed(folder, "--out", page.parent)

    assert result.exit_code != 0
    assert str(page) in result.stderr
    assert page.read_text("utf-8") == "<html>mine"
    assert not page.with_suffix(".csv").exists()


def test_a_sheet_beside_the_clips_of_one_folder_is_not_for_those_of_another(
    tmp_path: Path,
) -> None:
    for name in ("A/a.mp4", "B/bend.mp4", "A/in/lunge.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, "utf-8")
    sheet = tmp_path / "A" / "clips.csv"
    sheet.write_text("file,client\nbend.mp4,Sato\nlunge.mp4,Ito\n", "utf-8")
    wanted = [str(tmp_path / "A"), str(tmp_path / "B")]

    def clients(given: Path | None) -> dict[str, str]:
        found = asked_clips(wanted, load_words("en"), given, may_be_none=False)
        return {clip.name: clip.labels.get("client", "") for clip in found}

    assert clients(None) == {"A/a.mp4": "", "B/bend.mp4": "", "A/in/lunge.mp4": "Ito"}
    assert clients(sheet) == {"A/a.mp4": "", "B/bend.mp4": "Sato", "A/in/lunge.mp4": "Ito"}


def test_a_sheet_beside_a_list_is_for_the_clips_of_the_list(tmp_path: Path) -> None:
    clip = tmp_path / "elsewhere" / "bend.mp4"
    clip.parent.mkdir()
    clip.touch()
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "mine.txt").write_text(f"{clip}\n", "utf-8")
    (tmp_path / "lists" / "clips.csv").write_text("file,client\nbend.mp4,Sato\n", "utf-8")

    (found,) = asked_clips(
        [str(tmp_path / "lists" / "mine.txt")], load_words("en"), None, may_be_none=False
    )

    assert found.labels == {"client": "Sato"}


def test_programs_read_json_lines(folder: Path, tmp_path: Path) -> None:
    result = typed(folder, "--out", tmp_path / "out", "--progress", "json", "--quiet")

    (start,) = [json.loads(line) for line in result.stderr.splitlines()]
    assert start["event"] == "start"
    assert (start["done"], start["of"], start["failed"]) == (3, 3, 3)


def test_a_folder_somebody_is_at_work_in_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with Lock(out / "batch.lock"):
        result = typed(folder, "--out", out)

    assert result.exit_code == 1
    assert "already running in this folder" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_merge_is_a_command_of_its_own(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for number in (1, 3):
        typed(folder, "--out", out, "--shard", f"{number}/3")

    result = typed("merge", out)

    assert result.exit_code == 1
    assert "Missing shares: 2/3" in result.stderr
    assert len(read_table(out / "batch.csv")) == 2
    assert "merge" in CliRunner().invoke(main, ["batch", "--help"]).stdout
    assert "OUT..." in CliRunner().invoke(main, ["batch", "merge", "--help"]).stdout


def batch_of(clips: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "posture", "batch", str(clips), "--out", str(out)]
    return subprocess.Popen(
        [*command, "--lang", "en", "--workers", "2", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # where the tests run in the background, interrupts are ignored by all below
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,  # noqa: PLW1509
    )


def to_group(run: subprocess.Popen[str]) -> None:
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does


def to_parent(run: subprocess.Popen[str]) -> None:
    run.send_signal(signal.SIGTERM)


def to_all(run: subprocess.Popen[str]) -> None:
    os.killpg(run.pid, signal.SIGTERM)  # as Slurm does


@pytest.mark.linux
@pytest.mark.slow
@pytest.mark.parametrize("wait_s", [0.0, 4.0])
@pytest.mark.parametrize(("stop", "status"), [(to_group, 130), (to_parent, 143), (to_all, 143)])
def test_a_stop_is_one_sentence_and_nobody_stays(
    stop: Callable[[subprocess.Popen[str]], None], status: int, wait_s: float, tmp_path: Path
) -> None:  # A10
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("walking", "walk_normal"):
        shutil.copy(SAMPLES / f"{name}.mp4", clips)
    with batch_of(clips, tmp_path / "out") as run:
        until_s = time.monotonic() + 60
        while time.monotonic() < until_s and not (tmp_path / "out" / "batch.journal").exists():
            time.sleep(0.05)
        time.sleep(wait_s)
        there = psutil.Process(run.pid).children(recursive=True)
        stop(run)
        _, said = run.communicate(timeout=60)

    out = tmp_path / "out"
    kept = f"Stopped. Finished rows are kept in {out}; the same command continues from there.\n"
    assert said == kept
    assert run.returncode == status
    assert psutil.wait_procs(there, timeout=20)[1] == []
    assert not (tmp_path / "out" / "batch.running").exists()


@pytest.mark.linux
def test_what_is_to_be_ignored_stays_ignored() -> None:
    code = (
        "import signal, os\nfrom posture import machine\n"
        "with machine.ended_in_order():\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
        "    print('on', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
    )
    ignoring = ["nohup", sys.executable, "-c", code]

    done = subprocess.run(
        ignoring, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )

    assert done.stdout == "on\n", done.stderr
    assert done.returncode == 143


def test_the_time_left_is_told_by_the_sizes() -> None:
    pace = _Pace()
    row = {"file": "a"}
    pace.of(Step(done=4, of=10, failed=4, kept=0))
    time.sleep(0.2)

    rate, left_s = pace.of(Step(done=5, of=10, failed=4, kept=0, part=0.5, row=row))

    assert rate is not None
    assert left_s == pytest.approx(0.2, abs=0.1)
    assert 3600 / 0.4 < rate <= 3600 / 0.2
