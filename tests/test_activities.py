"""One row an activity: everything it names is there, and nothing else lists activities."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from posture.activities import PER_SIDE, PICTURES, ROWS, TEST_NAMES, ActivityRow, function_of
from posture.types import Activity
from posture.types.clip import ActivityName

HOUSE = Path(__file__).parent.parent / "posture"


def test_every_activity_but_the_unknown_has_its_row() -> None:
    assert set(ROWS) == set(Activity) - {Activity.OTHER}


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.activity.value)
def test_what_a_row_names_is_there_and_can_be_called(row: ActivityRow) -> None:
    named = [
        ("posture.measures", row.measured_by),
        ("posture.outputs.overlay", row.drawn_by),
        ("posture.outputs.overlay", row.pictured_by),
    ]

    assert [name for room, name in named if name and not callable(function_of(room, name))] == []


def test_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(AttributeError, match="nobody"):
        function_of("posture.measures", "standing:nobody")


def test_what_can_be_asked_for_is_pictured_and_running_is_not_asked_for() -> None:
    assert set(TEST_NAMES) == {activity.value for activity in PICTURES}
    assert "running" not in TEST_NAMES
    assert Activity.STANDING not in PER_SIDE


def test_no_other_module_lists_the_tests() -> None:
    """A type checker reads only what is spelled out: once, beside the enumeration."""
    listed = re.compile(r'"forward_bend",\s*"walking"')
    found = [
        path.relative_to(HOUSE).as_posix()
        for path in HOUSE.rglob("*.py")
        if listed.search(path.read_text("utf-8"))
    ]

    assert found == ["types/clip.py"]
    assert set(get_args(ActivityName)) == {activity.value for activity in Activity}
