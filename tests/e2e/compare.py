"""What the pages say of a visit beside what the command line says of the same files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from posture.formats.analysis import analysis_record
from posture.outputs.headline import beside, headline
from posture.outputs.numbers import number
from posture.outputs.tables import LEVEL_SIGNS, level_name
from posture.outputs.words import load_words
from posture.pipeline import analyse, join
from posture.settings import Settings
from posture.types import Activity, Analysis, Quality
from tests.e2e.make import Lang, Server, until

_ANALYSE = (sys.executable, "-m", "posture", "analyse", "--no-video", "--quiet")
# what hangs on the name of the file or on the day is not compared
_COMPARED = ("person", "view", "scale", "segments", "events", "measures", "findings", "verdict")


def finished(server: Server, visit: str) -> list[dict[str, Any]]:
    """Wait for a visit's analyses and return its recordings."""

    def waiting() -> list[str]:
        return [r["state"] for r in server.json(f"/api/visits/{visit}")["recordings"]]

    until(lambda: waiting() and not {"queued", "running"} & {*waiting()}, "never analysed")
    recordings: list[dict[str, Any]] = server.json(f"/api/visits/{visit}")["recordings"]
    assert [(r["step"], r["state"], r["error"]) for r in recordings] == [
        (r["step"], "done", None) for r in recordings
    ]
    return recordings


def saved(server: Server, recording: dict[str, Any], folder: Path) -> Path:
    """Save a recording's file as a person would: by the link on the page."""
    path = folder / str(recording["file_name"])
    path.write_bytes(server.get(f"/files/{recording['id']}/clip"))
    return path


def by_command_line(clip: Path, out: Path) -> dict[str, Any]:
    """Return the analysis.json that `posture analyse` writes."""
    done = subprocess.run(
        [*_ANALYSE, str(clip), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads((out / clip.stem / "analysis.json").read_text("utf-8"))
    return found


def by_pipeline(clip: Path, recording: dict[str, Any]) -> Analysis:
    """Analyse a file as the step that it is."""
    return analyse(clip, replace(Settings(), activity=Activity(recording["settings"]["activity"])))


def told(record: dict[str, Any]) -> dict[str, Any]:
    """Return what an analysis.json tells about a person, to ten digits.

    The last digits of a matrix product hang on where in memory its factors lie, which is another
    place in each process.
    """
    assert set(_COMPARED) <= set(record)
    return {name: _to_ten_digits(record[name]) for name in _COMPARED}


def _to_ten_digits(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, dict):
        return {name: _to_ten_digits(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_to_ten_digits(one) for one in value]
    return float(f"{value:.10g}") if isinstance(value, float) else value


def record_of(analysis: Analysis) -> dict[str, Any]:
    """Return an analysis as JSON has it."""
    record: dict[str, Any] = json.loads(json.dumps(analysis_record(analysis)))
    return record


def page_tells(
    page: Page, analyses: Sequence[Analysis], recordings: Sequence[dict[str, Any]], lang: Lang
) -> None:
    """Check that the page of a visit says what these analyses add up to."""
    words, session = load_words(lang), join(analyses)
    expect(page.locator(".recording[data-state=done]")).to_have_count(len(analyses))
    expect(page.locator(".verdict strong")).to_have_text(headline(session.assessment, words))
    expect(page.locator(".verdict")).to_contain_text(beside(session.assessment, words))
    for finding in session.assessment.findings:
        row = page.locator(".link-row", has_text=words.sentence(finding.because)).first
        expect(row).to_contain_text(LEVEL_SIGNS[finding.level])
        expect(row).to_contain_text(level_name(finding, words))
    for analysis, recording in zip(analyses, recordings, strict=True):
        shown = page.locator(f"#recording-{recording['id']} tbody td.number")
        assert shown.all_text_contents() == [
            number(m, words) for m in analysis.measures if m.quality is not Quality.MISSING
        ]
