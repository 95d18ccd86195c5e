"""Clips with one kind of trouble each, made here of the samples: said, and nothing wrong given."""

from __future__ import annotations

import pytest

from posture import Settings
from tests.trouble import right
from tests.trouble.siblings import SIBLINGS, Sibling
from tests.trouble.tried import clip_of, faults_of, found_in, plain

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("sibling", SIBLINGS, ids=lambda one: str(one.id))
def test_a_made_clip_is_answered_as_is_right_for_its_kind(sibling: Sibling) -> None:
    _, faults = faults_of(sibling)

    assert faults == []


@pytest.mark.parametrize(("name", "speed"), [("slow-half", 0.5), ("slow-across", 0.5)])
def test_slow_motion_whose_speed_is_told_is_measured_as_before(name: str, speed: float) -> None:
    (slow,) = [one for one in SIBLINGS if one.id == name]
    found = found_in(clip_of(slow), Settings(speed=speed))

    assert right.as_plain(found, plain(slow.of), False) == []  # noqa: FBT003 - not mirrored
