"""No frame and no metric leaves the machine: every socket of an analysis is traced."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent.parent / "samples"

# A socket of the internet families; local ones (AF_UNIX, AF_NETLINK) cannot leave the machine.
_INTERNET = re.compile(r"AF_INET6?\b|sin_addr|inet_addr")


def traced(command: list[str], log: Path) -> list[str]:
    """Run a command and return every system call that touches the network."""
    done = subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=network", "-o", str(log), *command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return log.read_text("utf-8", errors="replace").splitlines()


@pytest.fixture
def strace() -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: sockets cannot be traced")


@pytest.mark.slow
@pytest.mark.usefixtures("strace")
def test_an_analysis_opens_no_connection(tmp_path: Path) -> None:
    clip = SAMPLES / "standing.mp4"
    command = [
        sys.executable,
        "-m",
        "posture",
        "analyse",
        str(clip),
        "--out",
        str(tmp_path / "out"),
    ]

    calls = traced([*command, "--quiet"], tmp_path / "trace.log")

    assert (tmp_path / "out" / "standing" / "overlay.mp4").exists()
    assert [call for call in calls if _INTERNET.search(call)] == []


@pytest.mark.usefixtures("strace")
def test_the_trace_would_see_a_connection(tmp_path: Path) -> None:
    connect = (
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))"
    )

    calls = traced([sys.executable, "-c", connect], tmp_path / "trace.log")

    assert [call for call in calls if _INTERNET.search(call)] != []
