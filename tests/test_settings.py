from __future__ import annotations

import json
import math
import tomllib
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from posture.errors import BadSettings
from posture.language import language_of
from posture.outputs.words import sentence
from posture.settings import Settings, load_answers, load_settings
from posture.types import Activity, Side


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def loaded(file: Path, text: str, base: Settings | None = None) -> Settings:
    file.write_text(text, "utf-8")
    return load_settings({"POSTURE_SETTINGS": str(file)}, base)


def faults(file: Path, text: str) -> str:
    with pytest.raises(BadSettings, match=r"^settings_unknown ") as caught:
        loaded(file, text)
    return str(caught.value.reason.values["what"])


# --- what a file changes --------------------------------------------------------------------------


def test_without_a_file_the_settings_stay_as_they_are() -> None:
    base = Settings(model="lite")

    assert load_settings({}) == Settings()
    assert load_settings({"POSTURE_SETTINGS": ""}, base) is base


def test_a_file_changes_what_it_names_and_nothing_else(file: Path) -> None:
    text = """
        model = "heavy"
        [clean]
        cutoff_hz = 5.0
        [landmarks.follow]
        workers = 1
    """
    base = Settings(height_m=1.7)

    changed = loaded(file, text, base)

    assert (changed.model, changed.clean.cutoff_hz, changed.landmarks.follow.workers) == (
        "heavy",
        5.0,
        1,
    )
    assert changed.height_m == 1.7
    assert changed.clean.min_visibility == base.clean.min_visibility
    assert changed.landmarks.follow.piece_s == base.landmarks.follow.piece_s


def test_a_whole_number_will_do_where_a_fraction_is_asked_for(file: Path) -> None:
    cutoff_hz = loaded(file, "[clean]\ncutoff_hz = 5").clean.cutoff_hz

    assert (cutoff_hz, type(cutoff_hz)) == (5.0, float)


def test_what_is_asked_for_can_be_set_too(file: Path) -> None:
    text = """
        activity = "walking"
        near_side = "left"
        height_m = 1.7
        belt_m_s = 1
        language = "ja"
        level = "engineer"
        draw = "pictures"
        [landmarks]
        number = 2
        [bend]
        arms_hang_heights = [0.3, 0.5]
    """

    changed = loaded(file, text)

    assert (changed.activity, changed.near_side) == (Activity.WALKING, Side.LEFT)
    assert (changed.height_m, changed.belt_m_s) == (1.7, 1.0)
    assert (changed.language, changed.level, changed.draw) == ("ja", "engineer", "pictures")
    assert changed.landmarks.number == 2
    assert changed.bend.arms_hang_heights == (0.3, 0.5)


def toml_of(settings: Any, table: str = "") -> str:  # noqa: ANN401 - any settings class
    """Write every setting that is not None as TOML."""
    lines, tables = [f"[{table}]"] if table else [], []
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            tables.append(toml_of(value, f"{table}.{field.name}".lstrip(".")))
        elif value is not None:
            plain = value.value if isinstance(value, Enum) else value
            lines.append(f"{field.name} = {json.dumps(plain)}")
    return "\n".join([*lines, *tables])


def test_every_setting_can_be_written_in_a_file(file: Path) -> None:
    settings = Settings(activity=Activity.STANDING, height_m=1.7, belt_m_s=1.0, near_side=Side.LEFT)

    assert loaded(file, toml_of(settings)) == settings


# --- what it may not hold -------------------------------------------------------------------------


def test_all_that_is_unknown_is_named_at_once(file: Path) -> None:
    text = """
        modell = "full"
        [clean]
        cutof_hz = 5.0
        [landmarks.follow]
        worker = 1
        [cleen]
        cutoff_hz = 5.0
    """

    assert faults(file, text) == "modell, clean.cutof_hz, landmarks.follow.worker, cleen"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[clean]\ncutoff_hz = "5"', "clean.cutoff_hz = '5'"),
        ("[clean]\ncutoff_hz = true", "clean.cutoff_hz = True"),
        ("[clean]\ncutoff_hz = nan", "clean.cutoff_hz = nan"),
        ("[landmarks.follow]\nwarm_up = 4.0", "landmarks.follow.warm_up = 4.0"),
        ("[landmarks.follow]\nworkers = true", "landmarks.follow.workers = True"),
        ("clean = 5", "clean = 5"),
        ("model = 3", "model = 3"),
        ('language = "de"', "language = 'de'"),
        ('level = "expert"', "level = 'expert'"),
        ('draw = "all"', "draw = 'all'"),
        ('activity = "swimming"', "activity = 'swimming'"),
        ('near_side = "near"', "near_side = 'near'"),
        ('height_m = "1.7"', "height_m = '1.7'"),
        ("[bend]\narms_hang_heights = [0.3]", "bend.arms_hang_heights = [0.3]"),
        ("[model]\nname = 1", "model = {'name': 1}"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_what_it_is(
    file: Path, text: str, told: str
) -> None:
    assert faults(file, text) == told


def test_wrong_names_and_wrong_values_are_told_together(file: Path) -> None:
    text = "modell = 1\nmodel = 1\n[clean]\ncutoff_hz = true\nx = 2"

    assert faults(file, text) == "modell, model = 1, clean.cutoff_hz = True, clean.x"


@pytest.mark.parametrize("height_m", [0.79, 2.51, 170.0, -1.7, 0.0, math.nan, math.inf])
def test_a_height_no_person_has_is_refused(height_m: float) -> None:
    with pytest.raises(BadSettings, match="height"):
        Settings(height_m=height_m)


@pytest.mark.parametrize("height_m", [0.8, 1.7, 2.5])
def test_the_heights_of_people_are_taken(height_m: float) -> None:
    assert Settings(height_m=height_m).height_m == height_m


def test_a_height_in_centimetres_is_refused_in_a_file_too(file: Path) -> None:
    assert faults(file, "height_m = 170") == "height 17000 cm"


@pytest.mark.parametrize("belt_m_s", [0.0, -1.0, 7.1, math.nan])
def test_a_belt_that_stands_or_flies_is_refused(belt_m_s: float) -> None:
    with pytest.raises(BadSettings, match="belt speed"):
        Settings(belt_m_s=belt_m_s)


def test_pictures_larger_than_an_outline_can_hold_are_refused(file: Path) -> None:
    assert faults(file, "[video]\nmax_side_px = 4000") == "max_side_px 4000"


# --- what cannot be read --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"model = ", b"model = \xff", b"[clean]\n[clean]\n", b"a = " + b"[" * 5000]
)
def test_a_file_that_is_no_toml_is_named_with_the_reason(file: Path, content: bytes) -> None:
    file.write_bytes(content)

    with pytest.raises(BadSettings, match=r"^settings_unreadable ") as caught:
        load_settings({"POSTURE_SETTINGS": str(file)})

    told = sentence(caught.value.reason, "en")
    assert str(file) in told
    assert str(caught.value.reason.values["why"]) in told


def test_a_file_that_notepad_saved_is_read(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbfheight_m = 1.7\n")

    assert load_settings({"POSTURE_SETTINGS": str(file)}).height_m == pytest.approx(1.7)


def test_answers_that_nest_without_end_are_refused(file: Path) -> None:
    file.write_bytes(b"a = " + b"[" * 5000)

    with pytest.raises(BadSettings, match=r"^answers_unusable "):
        load_answers(file)


def test_a_file_that_is_not_there_and_a_folder_are_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.toml", tmp_path):
        with pytest.raises(BadSettings, match=r"^settings_unreadable "):
            load_settings({"POSTURE_SETTINGS": str(path)})


# --- what is kept of them -------------------------------------------------------------------------


def test_the_record_is_json_and_holds_every_setting() -> None:
    settings = Settings(activity=Activity.WALKING, near_side=Side.LEFT, height_m=1.7)

    record = json.loads(json.dumps(settings.as_record(), allow_nan=False))

    assert (record["activity"], record["near_side"], record["height_m"]) == ("walking", "left", 1.7)
    assert {field.name for field in fields(Settings)} == set(record)
    assert record["landmarks"]["follow"]["workers"] == settings.landmarks.follow.workers
    assert record["clean"]["cutoff_hz"] == settings.clean.cutoff_hz


def test_the_record_of_a_file_s_settings_is_that_of_the_same_settings(file: Path) -> None:
    record = loaded(file, "[clean]\ncutoff_hz = 5.0").as_record()

    assert record != Settings().as_record()
    assert tomllib.loads("cutoff_hz = 5.0").items() <= record["clean"].items()  # type: ignore[attr-defined]


# --- language -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "JA_JP"}, "ja"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "ja_JP.UTF-8"}, "en"),
        ({"LC_MESSAGES": "ja_JP", "LANG": "en_US"}, "ja"),
        ({"LC_ALL": "", "LANG": "ja_JP"}, "ja"),
    ],
)
def test_the_language_is_the_machine_s_where_it_is_japanese(
    environment: dict[str, str], language: str
) -> None:
    assert language_of(environment) == language


@pytest.mark.parametrize(
    ("told", "language"), [("Japanese_Japan", "ja"), ("ja_JP", "ja"), ("", "en")]
)
def test_the_system_is_asked_where_the_environment_names_no_language(
    told: str, language: str
) -> None:
    assert language_of({}, lambda: told) == language
    assert language_of({"LANG": "en_GB.UTF-8"}, lambda: told) == "en"
