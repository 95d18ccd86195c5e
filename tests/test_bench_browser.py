"""How the browser is started."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from posture.bench_browser import without_hurry

SYS_NICE = 23  # CAP_SYS_NICE, linux/capability.h


@pytest.mark.linux
def test_what_is_started_has_no_right_to_realtime(tmp_path: Path) -> None:
    started = without_hurry(Path("/bin/cat"), tmp_path)

    said = subprocess.run(
        [started, "/proc/self/status"], check=True, capture_output=True, text=True
    ).stdout

    rights = next(line for line in said.splitlines() if line.startswith("CapEff"))
    assert not int(rights.split()[1], 16) >> SYS_NICE & 1


def test_where_nothing_is_to_be_given_up_the_browser_itself_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert without_hurry(Path("/bin/cat"), tmp_path) == Path("/bin/cat")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert without_hurry(Path("/bin/cat"), tmp_path) == Path("/bin/cat")
