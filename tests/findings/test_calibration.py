"""From evidence to a probability that is right as often as it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture.findings.backline import assess
from posture.findings.calibration import (
    Calibration,
    calibration_of,
    load_calibrations,
    parse_calibrations,
)
from posture.findings.evidence import JUDGED, load_evidence
from posture.types import Level, Link
from tests.findings.make import finding, seen

ROW = Calibration(link=Link.CALF, seen=(), shift=-0.5, slope=2.0, source="made up")


def test_evidence_counts_by_the_slope_and_looking_by_the_shift() -> None:
    # odds 1 to 3 before; the model says 3 to 1, so ln 9 nats: ln(1/3) - 0.5 + 2 ln 9
    odds = 27 * np.exp(-0.5)

    assert ROW.probability(0.75, prior=0.25) == pytest.approx(odds / (1 + odds))


def test_more_evidence_never_makes_a_link_less_likely() -> None:
    chances = np.linspace(0, 1, 101)

    for row in load_calibrations():
        told = row.probability(chances, 0.3)
        assert np.all(np.diff(told) >= 0)
        assert 0 < told[0] < told[-1] <= 1


def test_every_judged_link_has_a_row_whatever_was_seen_and_a_command_that_made_it() -> None:
    rows = load_calibrations()

    assert all(calibration_of(link, [], rows) is not None for link in JUDGED)
    assert all("posture truth calibrate" in row.source for row in rows)
    hamstring = calibration_of(Link.HAMSTRING, ["leg_raise"], rows)
    assert hamstring is not None
    assert hamstring.seen == ("leg_raise",)


def test_a_falling_map_is_refused() -> None:
    text = 'source = "s"\n[[calibration]]\nlink = "calf"\nshift = 0.0\nslope = -1.0\n'

    with pytest.raises(ValueError, match=r"calf: slope is above 0, got -1\.0"):
        parse_calibrations(text)


def test_what_is_told_is_the_calibrated_probability_and_contributions_follow_it() -> None:
    measures = [seen("pelvis_on_thigh_flexion", 48), seen("fingertip_floor", 16)]
    table = load_evidence()
    shipped, _ = assess(measures, table)
    bare, _ = assess(measures, replace(table, calibrations=()))

    told, model = (finding(findings, Link.HAMSTRING) for findings in (shipped, bare))
    assert told.probability is not None
    assert model.probability is not None
    seen_of = ["pelvis_on_thigh_flexion", "fingertip_floor", "forward_bend"]
    row = calibration_of(Link.HAMSTRING, seen_of, table.calibrations)
    assert row is not None
    assert told.probability == pytest.approx(row.probability(model.probability, 0.35))
    ratios = [
        a.contribution_nats / b.contribution_nats
        for a, b in zip(told.evidence, model.evidence, strict=True)
    ]
    assert ratios == pytest.approx([row.slope] * len(ratios))


def test_stiff_hips_in_all_tests_are_suggested_hamstrings_as_shipped() -> None:
    measures = [
        seen("pelvis_on_thigh_flexion", 46),
        seen("lumbar_flexion", 52),
        seen("fingertip_floor", 18),
        seen("leg_raise_angle", 50),
    ]
    findings, _ = assess(measures, load_evidence())

    assert finding(findings, Link.HAMSTRING).level is Level.SUGGESTED


def test_a_link_of_which_nothing_was_seen_keeps_its_prior() -> None:
    findings, _ = assess([seen("lunge_dorsiflexion_straight", 33)], load_evidence())

    assert finding(findings, Link.BACK).probability is None
