"""Clips with one kind of trouble each, made here of the samples: said, and nothing wrong given."""

from __future__ import annotations

import pytest

from tests.trouble.not_yet import NOT_YET
from tests.trouble.siblings import SIBLINGS, Sibling
from tests.trouble.tried import faults_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "sibling", [one for one in SIBLINGS if one.id not in NOT_YET], ids=lambda one: str(one.id)
)
def test_a_made_clip_is_answered_as_is_right_for_its_kind(sibling: Sibling) -> None:
    _, faults = faults_of(sibling)

    assert faults == []
