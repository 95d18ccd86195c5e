"""What a batch costs is told in numbers, and nothing of it stays on the disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from posture.bench_batch import batch_cost
from posture.landmarks.store import save_landmarks
from posture.types import Reason
from tests.make import filmed, seconds
from tests.stick import standing


@pytest.mark.slow
def test_a_batch_of_a_few_clips_is_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen = filmed(standing(seconds(2.0)))
    person = replace(seen.person, chosen_because=Reason("chosen_only_one"))
    clip = tmp_path / "clip.npz"
    save_landmarks(clip, replace(seen, person=person))

    lines = list(batch_cost(clip, 3))

    assert len(lines) == 5
    assert "3 clips of points, 60 pictures each" in lines[0]
    assert "clips a core-hour" in lines[1]
    assert "30 empty tasks" in lines[3]
    assert [path.name for path in tmp_path.iterdir()] == ["clip.npz"]
