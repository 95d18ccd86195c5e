"""The program where nothing is POSIX: every command runs, from the first to the last."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

if platform.system() != "Linux":
    pytest.skip("it is taken away from Linux", allow_module_level=True)

from tests.not_posix import environment

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
PATIENCE_S = 240.0


class Elsewhere:
    """A machine that is none of POSIX, with a user whose name is Japanese."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "山田 太郎"
        self.home.mkdir()
        hooks = folder / "hooks"
        hooks.mkdir()
        self.environment = environment(hooks)
        self.data = self.home / "データ"

    def run(self, *arguments: object, status: int = 0, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "posture", *map(str, arguments)],
            capture_output=True,
            encoding="utf-8",
            check=False,
            cwd=self.home,
            env={**self.environment, "POSTURE_DATA_DIR": str(self.data), **more},
            timeout=PATIENCE_S,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    def python(self, code: str) -> str:
        """Run a piece of Python there, as a module of the package would."""
        as_ours = f"import sys; exec({code!r}, {{'__name__': 'posture.tried'}})"
        done = subprocess.run(
            [sys.executable, "-c", as_ours],
            capture_output=True,
            encoding="utf-8",
            check=False,
            cwd=self.home,
            env=self.environment,
        )
        return done.stdout + (done.stderr.splitlines() or [""])[-1]

    @contextmanager
    def serving(self) -> Iterator[str]:
        command = ["serve", "--no-browser", "--port", "0", "--lang", "en", "--model", "lite"]
        with subprocess.Popen(
            [sys.executable, "-m", "posture", *command, "--data", str(self.data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            cwd=self.home,
            env=self.environment,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert found, process.stderr.read()
            said: list[str] = []
            for pipe in (process.stdout, process.stderr):
                threading.Thread(target=lambda p=pipe: said.extend(p), daemon=True).start()
            try:
                yield found[0]
            finally:
                process.terminate()
                process.wait(60)
        assert "Traceback" not in "".join(said), "".join(said)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    return Elsewhere(tmp_path)


def asked(address: str, method: str = "GET", body: bytes | None = None) -> Any:  # noqa: ANN401 - JSON
    request = Request(address, data=body, method=method)  # noqa: S310 - our own server
    if body is not None:
        kind = "json" if body == b"{}" else "octet-stream"
        request.add_header("Content-Type", f"application/{kind}")
    try:
        with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - our own server
            told = answer.read()
    except HTTPError as trouble:
        pytest.fail(f"{method} {address}: {trouble.read().decode()}")
    return json.loads(told) if told.startswith((b"{", b"[")) else told


@pytest.mark.parametrize(
    "code",
    [
        "import fcntl",
        "import resource",
        "import pwd",
        "import os; os.sched_getaffinity(0)",
        "import os; os.nice(1)",
        "from os import wait4",
        "import os; os.getloadavg()",
        "import os; os.O_DIRECTORY",
        "import signal; signal.SIGXCPU",
        "import signal; signal.SIGKILL",
        "from pathlib import Path; Path('/proc/meminfo').read_text()",
        "import os; f = open('a', 'w'); os.remove('a')",
        "import os; f = open('a', 'w'); os.replace('a', 'b')",
        "from pathlib import Path; Path('a').mkdir(); Path('b').mkdir(); Path('a').replace('b')",
        "from pathlib import Path; Path('a').mkdir(); Path('b').mkdir(); Path('a').rename('b')",
        "import os; open('a', 'w').close(); os.fsync(open('a').fileno())",
    ],
)
def test_what_is_taken_away_is_gone(elsewhere: Elsewhere, code: str) -> None:
    told = elsewhere.python(code + "\nprint('there')")

    assert "there" not in told
    assert "Error" in told


def test_what_other_systems_have_is_there(elsewhere: Elsewhere) -> None:
    code = (
        "import os, psutil, signal, subprocess, sys\n"
        "open('a', 'w').close(); os.replace('a', 'b'); os.remove('b')\n"
        "psutil.virtual_memory(); signal.SIGTERM\n"
        "subprocess.run([sys.executable, '-c', 'pass'], check=True)\n"
        "print('there')"
    )

    assert elsewhere.python(code).strip() == "there"


def test_commands_about_the_machine_run(elsewhere: Elsewhere) -> None:
    assert "pose_landmarker_full" in elsewhere.run("models", "list", "--lang", "en")
    assert "axes" in elsewhere.run("conventions").lower()
    assert "posture" in elsewhere.run("--version")
    assert "analyse" in elsewhere.run("--help")


@pytest.mark.slow
def test_the_doctor_runs(elsewhere: Elsewhere) -> None:
    told = elsewhere.run("doctor", "--lang", "en", "--out", elsewhere.home / "結果")

    assert "processor cores" in told
    assert "of memory are free" in told
    assert "could not be found out" not in told


@pytest.fixture
def clips(elsewhere: Elsewhere) -> Path:
    """Two clips as a trainer keeps them."""
    folder = elsewhere.home / "お客様 の 動画"
    folder.mkdir()
    for name, told in (("standing.mp4", "立位 1.mp4"), ("forward_bend.mp4", "前屈.mp4")):
        shutil.copy(SAMPLES / name, folder / told)
    return folder


@pytest.mark.slow
def test_clips_are_analysed_and_judged_together(elsewhere: Elsewhere, clips: Path) -> None:
    out = elsewhere.home / "結果"
    common = ("--model", "lite", "--lang", "ja", "--out", out)

    elsewhere.run("analyse", clips / "立位 1.mp4", *common)
    elsewhere.run("check", out / "立位 1" / "landmarks.npz", *common)

    assert (out / "立位 1" / "overlay.mp4").stat().st_size > 10_000
    assert (out / "session.json").is_file()


@pytest.mark.slow
def test_clips_become_a_table(elsewhere: Elsewhere, clips: Path) -> None:
    out = elsewhere.home / "結果"
    common = ("--model", "lite", "--lang", "ja", "--out", out, "--workers", 2)

    elsewhere.run("batch", clips, *common)
    elsewhere.run("batch", clips, *common)  # takes over what is done

    rows = (out / "batch.csv").read_text("utf-8").splitlines()[1:]
    assert sorted(row.partition(",")[0] for row in rows) == ["前屈.mp4", "立位 1.mp4"]
    assert all(",ok," in row for row in rows)

    sheet = elsewhere.home / "基準値.csv"
    sheet.write_text("動画,測定項目,値,単位,器具\n立位 1,trunk_lean,2,度,傾斜計\n", "utf-8")
    elsewhere.run("validate", sheet, out, "--out", out, "--lang", "ja")
    assert "立位 1.mp4" in (out / "validation-pairs.csv").read_text("utf-8")
    elsewhere.run("repeat", out, "--out", out, "--lang", "ja", status=1)  # nobody was there twice


@pytest.mark.slow
def test_the_app_takes_a_clip_to_its_result_and_everything_is_backed_up(
    elsewhere: Elsewhere,
) -> None:
    clip = (SAMPLES / "standing.mp4").read_bytes()
    with elsewhere.serving() as address:
        name = urlencode({"file_name": "立位 1.mp4"})
        sent = asked(f"{address}/api/uploads?{name}", "POST", clip)
        where = f"{address}/api/recordings/{sent['id']}"
        first = finished(where)
        picture = asked(f"{where}/preview?at_s=1")
        asked(f"{where}/again", "POST", b"{}")  # its results take the place of the first ones
        second = finished(where)
        elsewhere.run("backup", elsewhere.home / "写し.zip", "--lang", "ja")  # while it serves
    assert first["state"] == second["state"] == "done", second
    assert picture.startswith(b"\xff\xd8")

    assert elsewhere.run("user", "list") == ""
    elsewhere.run("token", "add", "予約システム")
    assert "予約システム" in elsewhere.run("token", "list")
    elsewhere.run("token", "remove", "予約システム")
    elsewhere.run("unlock")
    again = elsewhere.home / "戻した データ"
    elsewhere.run("restore", elsewhere.home / "写し.zip", POSTURE_DATA_DIR=str(again))
    kept = sorted(path.name for path in again.rglob("*") if path.is_file())
    assert "clip.bin" in kept
    assert "analysis.json" in kept


def finished(where: str) -> dict[str, Any]:
    """Wait until a recording is analysed, and return it."""
    until_s = time.monotonic() + PATIENCE_S
    while True:
        recording: dict[str, Any] = asked(where)
        if recording["state"] not in {"queued", "running"}:
            return recording
        assert time.monotonic() < until_s, recording
        time.sleep(0.5)
