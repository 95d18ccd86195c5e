"""Loose parts of a body: what is like nothing seen before is filled in, what is firm is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from posture.landmarks.store import load_landmarks
from posture.signals.clean import clean
from posture.signals.estimate import Estimate, estimators, is_like_the_trained, widened
from posture.signals.frame import body_size_px, forward_sign
from posture.signals.shape import FEATURES, bend_features, loose_parts, shape_features
from posture.types import Floats, Side

CLIPS = Path(__file__).parent.parent / "data" / "truth"


@pytest.fixture(scope="module")
def standing() -> Floats:
    """Return somebody's standing whom nobody was trained on."""
    seen = clean(load_landmarks(CLIPS / "00007_standing" / "landmarks_full.npz")).landmarks
    forward = forward_sign(seen)
    near = Side.RIGHT if float(np.nanmedian(forward)) > 0 else Side.LEFT
    found = shape_features(seen, forward, near, 3, body_size_px(seen, (0, 6)))
    assert found is not None
    return found


def off(shape: Floats, part: str, by: float) -> Floats:
    """Move a loose part by so many standard deviations."""
    moved = shape.copy()
    at = list(loose_parts()[part])
    moved[at] += by * estimators()["standing"].scale[at]
    return moved


def pelvis(shape: Floats, *, fills: bool = True) -> float:
    return estimators()["standing"](shape, fills=fills).values["pelvis"]


def test_loose_parts_do_not_overlap_and_leave_trunk_and_legs() -> None:
    places = [at for part in loose_parts().values() for at in part]

    assert len(places) == len(set(places))
    assert max(places) < FEATURES
    assert len(places) < FEATURES / 2


def test_of_a_usual_body_everything_is_seen(standing: Floats) -> None:
    found, whole = (estimators()["standing"](standing, fills=fills) for fills in (True, False))

    assert found == whole
    assert found.unseen == ()


@pytest.mark.parametrize("part", ["arm", "head", "above", "feet", "hem", "ahead"])
def test_a_loose_part_like_nothing_seen_moves_nothing(standing: Floats, part: str) -> None:
    strange = off(standing, part, 6.0)
    found = estimators()["standing"](strange)

    assert part in found.unseen
    assert pelvis(strange) == pytest.approx(pelvis(standing), abs=1.5)
    assert is_like_the_trained(found.unlikeness)


def test_seen_whole_a_raised_arm_would_make_a_stranger_of_the_body(standing: Floats) -> None:
    strange = off(off(standing, "arm", 6.0), "above", 6.0)
    whole, found = (estimators()["standing"](strange, fills=fills) for fills in (False, True))
    usual = estimators()["standing"](standing)

    assert whole.unlikeness > 1.5 * found.unlikeness
    assert found.unlikeness == pytest.approx(usual.unlikeness, rel=0.35)
    assert found.sd["kyphosis"] > usual.sd["kyphosis"]  # what it would have said is missing


def test_in_a_bend_a_part_is_unseen_in_all_three_shapes(standing: Floats) -> None:
    strange = off(standing, "arm", 8.0)
    found: Estimate = estimators()["bend"](bend_features(strange, standing))

    assert "arm" in found.unseen
    usual = estimators()["bend"](bend_features(standing, standing))
    assert found.values["pelvic_rotation"] == pytest.approx(usual.values["pelvic_rotation"], abs=3)


def test_a_trunk_that_is_no_trunk_is_still_refused(standing: Floats) -> None:
    loose = {at for part in loose_parts().values() for at in part}
    firm = [at for at in range(FEATURES) if at not in loose]
    strange = standing.copy()
    turns = np.where(np.arange(len(firm)) % 2, 1.0, -1.0)
    strange[firm] += 5.0 * turns * estimators()["standing"].scale[firm]

    assert not is_like_the_trained(estimators()["standing"](strange).unlikeness)


def test_errors_grow_with_the_distance_and_never_shrink() -> None:
    grown = [widened(away) for away in (0.0, 0.5, 0.75, 1.0, 2.0)]

    assert grown == pytest.approx([1.0, 1.0, 1.5, 2.0, 4.0])
    assert widened(0.3, unseen=1) > 1.0
