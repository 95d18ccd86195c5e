"""The rendered clips of samples/: small, as the manifest says, and found to be what they show."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from posture import Settings
from posture.types import Activity, Quality
from tests.clips import analysed

SAMPLES = Path(__file__).parent.parent / "samples"
ROWS: list[dict[str, Any]] = tomllib.loads((SAMPLES / "manifest.toml").read_text("utf-8"))["sample"]
RENDERED = [row for row in ROWS if "rendered" in row["origin"]]


def test_the_manifest_names_every_clip_and_each_is_what_it_was() -> None:
    assert {row["file"] for row in ROWS} == {path.name for path in SAMPLES.glob("*.mp4")}
    for row in ROWS:
        data = (SAMPLES / row["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == row["sha256"], row["file"]


def test_rendered_clips_are_many_and_small() -> None:
    assert len(RENDERED) >= 6
    assert all((SAMPLES / row["file"]).stat().st_size < 700_000 for row in RENDERED)


@pytest.mark.slow
@pytest.mark.parametrize("row", RENDERED, ids=lambda row: str(row["file"]))
def test_a_rendered_clip_is_found_to_show_what_it_shows(row: dict[str, Any]) -> None:
    expected = row["expected"]
    settings = replace(Settings(), variant=expected.get("variant", "none"))

    made = analysed(SAMPLES / row["file"], settings)

    assert Activity(expected["activity"]) in {segment.activity for segment in made.segments}
    assert made.view.near_side is not None
    assert made.view.near_side.value == expected["near_side"]
    if "verdict" in expected:
        assert made.assessment.verdict.label.value == expected["verdict"]
    levels = {(f.link.value, f.level.value) for f in made.assessment.findings}
    for link, level in expected.get("findings", {}).items():
        assert (link, level) in levels
    for name, (low, high) in expected.get("between", {}).items():
        found = [m for m in made.measures if m.name == name and m.quality is not Quality.MISSING]
        assert any(low <= m.value <= high for m in found), (name, [m.value for m in found])
