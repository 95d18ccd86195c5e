"""Why something is not measured: one page that lists every reason, and one door for what is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import posture
from posture.measures.refusals import what_stands, what_stands_together
from posture.settings import Settings
from posture.types import Activity, Fact, FactKind, Quality, Reason
from tests.make import SIDE_ON, filmed, seconds, taken
from tests.measures.test_possible import measure
from tests.outputs.codes import Found, Module
from tests.stick import standing

ROOM = Path(posture.__file__).parent / "measures"
PAGE = Path(__file__).parents[2] / "docs" / "not-measured.md"


def codes_of_the_room() -> set[str]:
    found = Found()
    for path in sorted(ROOM.glob("*.py")):
        module = Module(ast.parse(path.read_text("utf-8")))
        for call in module.calls({"Reason", "UnusableClip"}):
            if call.args:
                found.add(module.codes_of(call.args[0]))
    return {code for code in found.codes if not code.endswith("_todo")}


def test_the_page_lists_every_reason_of_the_room_and_no_other() -> None:
    told = set(re.findall(r"`([a-z]+(?:_[a-z]+)*)`", PAGE.read_text("utf-8")))

    assert codes_of_the_room() - told == set()
    assert told - codes_of_the_room() == set()


def test_a_fact_goes_before_what_is_impossible_and_after_what_the_take_shows() -> None:
    moved = Fact(
        kind=FactKind.CAMERA_LOST,
        reason=Reason("fact_camera_lost"),
        spans_s=((0.0, 9.0),),
        probability=0.9,
    )
    take = taken(filmed(standing(seconds(2.0)), SIDE_ON), Activity.STANDING)
    lean = measure("trunk_lean", 3.0, activity=Activity.STANDING, unit="deg")
    curve = measure("lumbar_curve", 90.0, activity=Activity.STANDING, unit="deg")

    found, is_usable = what_stands(take, [lean, curve], Settings())
    (marked,) = what_stands_together([], [lean], [moved], take.landmarks.time_s)

    assert is_usable
    assert [m.quality for m in found] == [Quality.GOOD, Quality.MISSING]
    assert marked.reason == moved.reason


def test_a_walk_that_no_body_walks_is_not_usable() -> None:
    take = taken(filmed(standing(seconds(2.0)), SIDE_ON), Activity.STANDING)
    walk = [measure(name, 9.0) for name in ("stance_share", "heel_off", "double_support_share")]
    walk.append(measure("step_time", 0.5, unit="s"))

    _, is_usable = what_stands(take, walk, Settings())

    assert not is_usable
