from __future__ import annotations

import copy
import json
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from posture.formats.analysis import analysis_json, session_json
from posture.pipeline import join
from posture.types import Activity, Facing, Ground, Label, Level, Link, Quality, Side
from tests.outputs.make import Showing, analysis
from tools.make_schemas import schemas

EARLIER = Path(__file__).parents[1] / "data" / "version_0.1" / "made" / "analysis.json"


def shipped(name: str) -> dict[str, Any]:
    text = files("posture.formats").joinpath(f"{name}.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def faults(record: object, name: str = "analysis") -> list[str]:
    return [str(fault.message) for fault in Draft202012Validator(shipped(name)).iter_errors(record)]


@pytest.mark.parametrize("name", schemas())
def test_the_schemas_in_the_package_are_those_of_the_code(name: str) -> None:
    there = files("posture.formats").joinpath(name).read_text("utf-8")

    assert there == schemas()[name], "run `uv run python tools/make_schemas.py`"
    Draft202012Validator.check_schema(json.loads(there))


@pytest.mark.parametrize("showing", get_args(Showing))
def test_every_analysis_is_what_the_schema_says(showing: Showing) -> None:
    assert faults(json.loads(analysis_json(analysis(showing, height_m=1.7)))) == []


def test_a_session_is_what_its_schema_says() -> None:
    session = join([analysis("bend"), analysis("stand")])

    assert faults(json.loads(session_json(session)), "session") == []


def test_an_analysis_of_version_0_1_fits_as_well() -> None:
    assert faults(json.loads(EARLIER.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("schema",), "posture.analysis/2"),
        (("clip", "frames"), 1.5),
        (("measures", 0, "value"), "12"),
        (("measures", 0, "side"), "middle"),
        (("measures", 0, "unit"), "miles"),
        (("findings", 0, "level"), "certain"),
        (("segments", 0, "activity"), "dancing"),
    ],
)
def test_the_schema_refuses_what_is_wrong(place: tuple[str | int, ...], value: object) -> None:
    record = copy.deepcopy(json.loads(analysis_json(analysis("all", height_m=1.7))))
    within: Any = record
    for step in place[:-1]:
        within = within[step]
    within[place[-1]] = value

    assert faults(record)


@pytest.mark.parametrize("name", ["measures", "verdict", "view", "made_with"])
def test_what_was_promised_may_not_be_missing(name: str) -> None:
    record = json.loads(analysis_json(analysis("stand")))
    del record[name]

    assert faults(record)


@pytest.mark.parametrize(
    ("kind", "record", "key"),
    [
        (Activity, "MeasureRecord", "activity"),
        (Side, "MeasureRecord", "side"),
        (Quality, "MeasureRecord", "quality"),
        (Facing, "ViewRecord", "facing"),
        (Ground, "WalkRecord", "ground"),
        (Link, "FindingRecord", "link"),
        (Level, "FindingRecord", "level"),
        (Label, "VerdictRecord", "label"),
    ],
)
def test_the_schema_knows_every_code_and_no_other(kind: Any, record: str, key: str) -> None:  # noqa: ANN401 - an Enum class
    told = shipped("analysis")["$defs"][record]["properties"][key]["enum"]

    assert sorted(told) == sorted(member.value for member in kind)
