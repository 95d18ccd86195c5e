"""A batch that is killed again and again ends with exactly one row for each clip."""

from __future__ import annotations

import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from posture.batch.clips import named
from posture.batch.run import run_batch
from posture.batch.table import read_table
from posture.landmarks.store import save_landmarks
from posture.settings import Settings
from posture.types import Reason
from posture.video.folder import gathered
from tests.batch.doing import Here
from tests.batch.test_run import clip_in, rows_in
from tests.make import SIDE_ON, Flaws, filmed, seconds
from tests.stick import standing, walking

if platform.system() != "Linux":
    pytest.skip("asks for signals", allow_module_level=True)

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
PATIENCE_S = 120.0
FAST = """
import sys
from pathlib import Path
from posture.batch.clips import named
from posture.batch.run import run_batch
from posture.batch.workers import Workers
from posture.settings import Settings
from posture.types import Reason
from posture.video.folder import gathered
if __name__ == "__main__":
    clips = named([str(path) for path in gathered(sys.argv[1]).clips])
    crew = Workers(2, work="tests.batch.doing:slowly", preload=())
    run_batch(clips, Path(sys.argv[2]), Settings(), crew)
"""


def parent(run: psutil.Process) -> None:
    run.kill()


def worker(run: psutil.Process) -> None:
    below = [one for one in run.children(recursive=True) if one.ppid() != run.pid]
    if below:
        random.choice(below).kill()  # noqa: S311 - no secret


def both(run: psutil.Process) -> None:
    worker(run)
    run.kill()


def fork_server(run: psutil.Process) -> None:
    for one in run.children():
        if "forkserver" in " ".join(one.cmdline()):
            one.kill()


def everybody(run: psutil.Process) -> None:
    os.killpg(run.pid, signal.SIGKILL)  # as the kernel does where memory runs out


Kill = Callable[[psutil.Process], None]


def lines_in(journal: Path) -> int:
    return journal.read_bytes().count(b'{"key"') if journal.exists() else 0


def killed_again_and_again(command: list[str], out: Path, kills: list[Kill], seed: int) -> str:
    """Run the command until it is done, with these kills at random moments; return what it said.

    Each comes a random number of rows or a random moment after the one before.
    """
    drawn = random.Random(seed)  # noqa: S311 - no secret
    left, said = list(kills), ""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    while True:
        with subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        ) as run:
            process = psutil.Process(run.pid)
            there: list[psutil.Process] = []
            while left and run.poll() is None:
                wanted = lines_in(out / "batch.journal") + drawn.choice([0, 1, 1, 2, 4])
                until_s = time.monotonic() + PATIENCE_S
                while lines_in(out / "batch.journal") < wanted and run.poll() is None:
                    assert time.monotonic() < until_s
                    time.sleep(0.005)
                time.sleep(drawn.choice([0.0, 0.01, 0.05, 0.3]))
                try:
                    there = process.children(recursive=True)
                    kill = left.pop()
                    kill(process)
                except psutil.NoSuchProcess:
                    break
                if kill not in (worker, fork_server):
                    break
            _, told = run.communicate(timeout=PATIENCE_S)
            said += told
        assert psutil.wait_procs(there, timeout=20)[1] == []
        if not left and run.returncode in {0, 1}:
            return said


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_ten_kills_cost_no_row_and_make_none_twice(seed: int, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    clips = [clip_in(folder, f"{n} 歩行.mp4") for n in range(66)]
    clip_in(folder, "empty.mp4", "")
    shutil.copy(clips[0], folder / "the same.mp4")
    script = clip_in(tmp_path, "batch.py", FAST)
    kills: list[Kill] = [parent, worker, both, fork_server, everybody] * 2
    random.Random(seed).shuffle(kills)  # noqa: S311 - no secret

    command = [sys.executable, str(script), str(folder), str(tmp_path / "out")]
    killed_again_and_again(command, tmp_path / "out", kills, seed)
    if any(row["reason_code"] == "worker_died" for row in rows_in(tmp_path / "out").values()):
        killed_again_and_again(command, tmp_path / "out", [], seed)  # one was hit twice

    undisturbed = run_batch(
        named([str(path) for path in gathered(str(folder)).clips]),
        tmp_path / "undisturbed",
        Settings(),
        Here(),
    )
    assert len(rows_in(tmp_path / "out")) == 68
    for kind in ("csv", "parquet"):
        told = (tmp_path / "out" / f"batch.{kind}").read_bytes()
        assert told == undisturbed.table.with_suffix(f".{kind}").read_bytes()
    assert not list((tmp_path / "out").glob(".*"))


@pytest.mark.slow
def test_sixty_clips_of_all_sorts_survive_ten_kills(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    good = {"a stand.mp4": "standing.mp4", "立位 傾き.mp4": "standing_tilted.mp4"}
    for name, sample in good.items():
        shutil.copy(SAMPLES / sample, folder / name)
    expected = dict.fromkeys(good, "ok")
    real = ROOT.parent / "shared" / "clips" / "real-landmarks"
    for path in sorted(real.glob("walk*.npz")):
        shutil.copy(path, folder)
        expected[path.name] = "ok"
    for number in range(24):
        figure = walking(seconds(4.0)).figure if number % 3 else standing(seconds(2.0))
        flaws = Flaws(seed=number, noise=0.001, outline=number % 3 == 0)
        seen = filmed(figure, SIDE_ON, flaws)
        person = replace(seen.person, chosen_because=Reason("chosen_only_one"))
        save_landmarks(folder / f"{number:02d}.npz", replace(seen, person=person))
        expected[f"{number:02d}.npz"] = "ok"
    whole = (SAMPLES / "standing.mp4").read_bytes()
    broken = {
        **{f"cut {n}.mp4": whole[: 400 * n * n] for n in range(1, 12)},
        **{f"text {n}.mov": f"no video {n}".encode() for n in range(12)},
        **{f"noise {n}.webm": random.Random(n).randbytes(2000) for n in range(8)},  # noqa: S311
        "empty.mp4": b"",
        "broken.npz": (folder / "00.npz").read_bytes()[:900] + b"xy_px.npy",
    }
    for name, contents in broken.items():
        (folder / name).write_bytes(contents)
        expected[name] = "failed"
    os.mkfifo(folder / "pipe.mp4")
    (folder / "nowhere.mp4").symlink_to("nowhere")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.mp4")).write_bytes(b"\xe9")
    expected |= dict.fromkeys(("pipe.mp4", "nowhere.mp4", "caf\\xe9.mp4"), "failed")
    assert len(expected) >= 60
    kills: list[Kill] = [parent, worker, worker, both, parent]
    kills += [worker, both, fork_server, worker, everybody]

    command = [sys.executable, "-m", "posture", "batch", str(folder), "--lang", "en"]
    command += ["--out", str(tmp_path / "out"), "--workers", "2", "--artifacts", "json"]
    said = killed_again_and_again(command, tmp_path / "out", kills, 5)
    if any(row["reason_code"] == "worker_died" for row in rows_in(tmp_path / "out").values()):
        said += killed_again_and_again(command, tmp_path / "out", [], 5)

    rows = rows_in(tmp_path / "out")
    assert {name: row["status"] for name, row in rows.items()} == expected
    assert len(read_table(tmp_path / "out" / "batch.csv")) == len(expected)
    assert "Traceback" not in said
    for name, status in expected.items():
        results = tmp_path / "out" / "clips" / Path(name).stem
        assert (results / "analysis.json").is_file() == (status == "ok"), name
