"""What people bring: all that a check asks for, or one bend, one pass, one picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from posture.truth.restriction.seen import BEND, WALK, Way
from posture.types import Activity


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Some movements, and how they are brought."""

    tests: tuple[Activity, ...]
    way: Way = field(default_factory=Way)


_ONE = Way(again=False, variants=False)
_NO_STANDING = Way(again=False, variants=False, neutral=False)
_PASS = (1, 4)  # strides of the near leg, in one pass of a room

ONE_BEND = Case(tests=(BEND,), way=_ONE)
NO_STANDING = Case(tests=(BEND,), way=_NO_STANDING)
PHOTO = Case(tests=(BEND,), way=Way(again=False, variants=False, neutral=False, still=True))
HIPS_ALONE = Case(
    tests=(BEND,), way=Way(again=False, variants=False, only=("pelvis_on_thigh_flexion",))
)
REACH_ALONE = Case(tests=(BEND,), way=Way(again=False, variants=False, only=("fingertip_floor",)))
KNEES_ALONE = Case(tests=(BEND,), way=Way(again=False, variants=False, only=("knee_bend",)))
NO_HIPS_NO_REACH = Case(
    tests=(BEND,),
    way=Way(again=False, variants=False, only=("knee_bend", "lumbar_flexion")),
)
FEW_STRIDES = Case(tests=(WALK,), way=Way(strides=_PASS, one_leg=True))
BEND_AND_STRIDES = Case(
    tests=(BEND, WALK), way=Way(again=False, variants=False, strides=_PASS, one_leg=True)
)

BROUGHT: Mapping[str, Case] = {
    "one bend": ONE_BEND,
    "one bend without standing": NO_STANDING,
    "a photo of a bend": PHOTO,
    "the hips alone": HIPS_ALONE,
    "the reach alone": REACH_ALONE,
    "one pass of 1 to 4 strides": FEW_STRIDES,
    "one bend, one pass": BEND_AND_STRIDES,
}
