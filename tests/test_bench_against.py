"""Another program's cost is that of all its steps, beside ours in the same rounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from posture import bench
from posture.bench import Cost, compare
from posture.cli import main

CLIP = Path(__file__).parents[1] / "samples" / "standing.mp4"


def test_ours_is_held_against_both_steps_of_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def cost_of(command: list[str], clip: Path) -> Cost:
        assert clip == CLIP
        asked.append(command)
        cpu_s = {"run": 20.0, "analyze": 10.0}.get(command[1], 6.0)
        return Cost(wall_s=cpu_s / 2, cpu_s=cpu_s, peak_mib=cpu_s)

    monkeypatch.setattr(bench, "cost_of", cost_of)

    *_, bare, other = compare(CLIP, 3, against=Path("/opt/myogait"))

    assert bare.startswith("ratio analyse / bare loop, median of 3: processor 1.00, wall 1.00")
    assert other == "ratio analyse / myogait, median of 3: processor 0.20, wall 0.20"
    steps = [command for command in asked if command[0] == "/opt/myogait"]
    assert [command[1] for command in steps] == ["run", "analyze"] * 3
    assert steps[0][-1] == steps[1][2]  # the second reads what the first wrote


def test_a_program_that_is_not_there_is_said_before_anything_is_timed() -> None:
    result = CliRunner().invoke(main, ["bench", str(CLIP), "--against", "no-such-program"])

    assert result.exit_code == 2
    assert "no-such-program is not a program here." in result.output
