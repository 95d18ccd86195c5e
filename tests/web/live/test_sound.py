"""The coach's voice: every sentence has its file, and the file can be heard."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from posture.outputs.words import LANGUAGES, Language, load_words
from posture.types import Floats

SOUND = Path(__file__).parents[3] / "posture" / "web" / "static" / "sound"
PREFIX = "live_say_"

# The coach's own codes, the problems that it can tell, and the countdown, as agreed with the page.
CODES = {
    *("who", "bystander", "place", "belongings", "clothes", "turn", "feet", "back", "nearer"),
    *("middle", "light", "level", "still", "hands", "knees", "calibrate", "stand", "stand2"),
    *("calibrate_forward",),
    *("warm_up", "bend", "hold", "up", "walk", "back_again", "treadmill", "other_side", "lunge"),
    *("lunge_bent", "lie", "raise", "lower", "rest", "care", "again", "paused", "go_on"),
    *("finished", "safety"),
}
PROBLEMS = {
    *("nobody", "bystander", "feet_out", "head_out", "side_out", "too_near", "too_far"),
    *("off_centre", "turned", "front_view", "camera_rolled", "camera_tilted", "too_dark"),
    *("few_frames", "walkway_short", "moving", "hands_not_there", "knees_bent", "frames_missing"),
    "arms_up",
    *("client_lost", "other_side_wanted", "not_lying"),
}
GUIDANCE = {
    *("welcome", "volume", "screen", "start_line", "three", "two", "one", "good", "step_done"),
    *("next", "warm_up_again", "redo"),
}


def texts(language: Language) -> dict[str, str]:
    """What is said, by its code."""
    rows = load_words(language).tables["web"].items()
    return {key.removeprefix(PREFIX): text for key, text in rows if key.startswith(PREFIX)}


@cache
def manifest() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((SOUND / "manifest.toml").read_text("utf-8"))


def rows(language: Language) -> dict[str, dict[str, Any]]:
    return {row["code"]: row for row in manifest()["prompt"] if row["language"] == language}


def heard(path: Path) -> tuple[int, Floats]:
    """Rate and samples of a file with one channel, full scale 1."""
    with av.open(str(path)) as box:
        frames = list(box.decode(audio=0))
    assert {frame.layout.name for frame in frames} == {"mono"}
    samples = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    assert samples.dtype == np.float32
    return frames[0].sample_rate, samples.astype(np.float64)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_the_coach_can_say_has_its_words(language: Language) -> None:
    assert sorted((CODES | PROBLEMS | GUIDANCE) - set(texts(language))) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_has_a_file_and_every_file_a_sentence(language: Language) -> None:
    there = {path.stem for path in (SOUND / language).iterdir() if path.suffix == ".mp3"}

    assert there == set(texts(language)) == set(rows(language))
    assert all(row["file"] == f"{language}/{code}.mp3" for code, row in rows(language).items())


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_spoken_is_what_stands_written(language: Language) -> None:
    spoken = {code: row["text"] for code, row in rows(language).items()}
    assert spoken == texts(language), "run tools/make_prompts.py; its head names what it needs"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_files_are_those_that_the_manifest_lists(language: Language) -> None:
    wrong = [
        code
        for code, row in rows(language).items()
        if hashlib.sha256((SOUND / row["file"]).read_bytes()).hexdigest() != row["sha256"]
    ]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_file_can_be_heard_and_none_is_clipped(language: Language) -> None:
    for code, row in rows(language).items():
        rate_hz, samples = heard(SOUND / row["file"])
        duration_s = len(samples) / rate_hz
        loud = np.sqrt(np.mean(samples**2))

        assert rate_hz == 24_000, code
        assert 0.3 <= duration_s <= 9.0, code
        assert duration_s == pytest.approx(row["duration_s"], abs=0.02), code
        assert 10 ** (-24 / 20) < loud < 10 ** (-12 / 20), code
        assert np.abs(samples).max() < 0.98, code


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_file_begins_or_ends_in_the_middle_of_a_word(language: Language) -> None:
    for code, row in rows(language).items():
        rate_hz, samples = heard(SOUND / row["file"])
        ends = np.concatenate([samples[: rate_hz // 20], samples[-rate_hz // 20 :]])

        assert np.abs(ends).max() < 0.05, code


def test_a_count_is_over_before_the_next_one() -> None:
    counts = [row for row in manifest()["prompt"] if row["code"] in {"three", "two", "one"}]

    assert len(counts) == 6
    assert all(row["duration_s"] < 1.0 for row in counts)


def test_each_voice_is_named_with_its_licence_and_the_terms_lie_beside_it() -> None:
    voices = {voice["name"]: voice for voice in manifest()["voice"]}

    assert {row["voice"] for row in manifest()["prompt"]} == set(voices)
    for voice in voices.values():
        assert voice["licence"]
        assert "Copyright (c)" in voice["copyright"]
        assert "Copyright (c)" in (SOUND / voice["licence_file"]).read_text("utf-8")


def test_all_of_it_together_stays_small() -> None:
    total = sum(path.stat().st_size for path in SOUND.rglob("*") if path.is_file())

    assert total < 4_000_000
