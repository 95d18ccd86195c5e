"""What is known of each activity: its one row, and who measures, draws and pictures it.

To add an activity: a member of `Activity`, a way to recognise it (`signals/activity.py`), a row
here, and the modules that the row names; live, a step of `live/steps.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from posture.types import Activity


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRow:
    """One activity; what does something with it is written `module:function` of its room."""

    activity: Activity
    measured_by: str  # of posture.measures: (take, asked, walk) -> Found
    drawn_by: str = ""  # of posture.outputs.overlay, on every picture; empty = nothing is drawn
    pictured_by: str = ""  # of posture.outputs.overlay: the frame that shows it best
    picture: str = ""  # what that picture is called
    picture_place: int = 0  # of the pictures of a visit; 1 tells most (ours)
    is_test: bool = True  # can be asked for, and something follows from it
    is_per_side: bool = False  # its measures belong to one leg
    is_gait: bool = False
    is_repeated: bool = False  # one repetition after another, any of which can be left out by hand


ROWS: Mapping[Activity, ActivityRow] = {
    row.activity: row
    for row in (
        ActivityRow(
            activity=Activity.STANDING,
            measured_by="standing:found_in_standing",
            drawn_by="standing:draw_standing",
            pictured_by="moments:middle",
            picture="standing",
            picture_place=5,
        ),
        ActivityRow(
            activity=Activity.FORWARD_BEND,
            measured_by="bend_variants:found_in_bend",
            drawn_by="bend:draw_bend",
            pictured_by="moments:bottom_of_bend",
            picture="bottom_of_bend",
            picture_place=1,
            is_repeated=True,
        ),
        ActivityRow(
            activity=Activity.WALKING,
            measured_by="push_off:found_in_walk",
            drawn_by="walk:draw_walk",
            pictured_by="moments:push_off",
            picture="push_off",
            picture_place=4,
            is_per_side=True,
            is_gait=True,
        ),
        ActivityRow(
            activity=Activity.RUNNING,
            measured_by="gait:found_in_run",
            is_test=False,
            is_gait=True,
        ),
        ActivityRow(
            activity=Activity.WALL_LUNGE,
            measured_by="lunge:found_in_lunge",
            pictured_by="moments:lunge",
            picture="lunge",
            picture_place=3,
            is_per_side=True,
            is_repeated=True,
        ),
        ActivityRow(
            activity=Activity.LEG_RAISE,
            measured_by="leg_raise:found_in_raise",
            drawn_by="leg_raise:draw_leg_raise",
            pictured_by="leg_raise:leg_raised",
            picture="leg_raised",
            picture_place=2,
            is_per_side=True,
            is_repeated=True,
        ),
    )
}
TESTS: tuple[Activity, ...] = tuple(row.activity for row in ROWS.values() if row.is_test)
TEST_NAMES: tuple[str, ...] = tuple(activity.value for activity in TESTS)
PER_SIDE = frozenset(row.activity for row in ROWS.values() if row.is_per_side)
GAITS = frozenset(row.activity for row in ROWS.values() if row.is_gait)
REPEATED = tuple(row.activity for row in ROWS.values() if row.is_repeated)
PICTURES: Mapping[Activity, str] = {
    row.activity: row.picture
    for row in sorted(ROWS.values(), key=lambda row: row.picture_place)
    if row.picture
}


@cache
def function_of(room: str, name: str) -> Callable[..., Any]:
    """Return what a row means by `module:function`, of the room that asks."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(import_module(f"{room}.{module}"), function)
    return found
