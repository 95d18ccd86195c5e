"""What is usual at a speed: the table of docs/method.md, section 4.3, where there is one."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from posture.findings.evidence import load_evidence
from posture.findings.expected import load_expectations, with_references
from posture.findings.readings import WalkingSpeed
from posture.types import Activity, Measure, Quality, Reason, Side, Unit

# Read off the table by hand: the means at slow, free and fast, at v = .295, .43 and .57.
TABLE = {
    "peak_dorsiflexion": (13.8, 11.8, 8.9),
    "heel_off": (0.44, 0.38, 0.34),
    "shank_at_heel_off": (17.8, 15.3, 13.6),
    "peak_plantarflexion": (14.0, 20.0, 22.0),
    "trailing_limb_angle": (19.0, 23.0, 27.0),
    "hip_extension": (14.0, 18.0, 21.0),
    "push_off_range": (27.0, 32.0, 31.0),
    "stance_share": (0.62, 0.59, 0.58),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_fit_is_the_table_s(name: str) -> None:
    row = load_expectations()[name]

    for v, mean in zip((0.295, 0.43, 0.57), TABLE[name], strict=True):
        usual = row.at(WalkingSpeed(value=v, sd=0.01))
        assert (usual.low + usual.high) / 2 == pytest.approx(mean, abs=0.6 * row.sd_pop), (name, v)
        assert usual.high - usual.low == pytest.approx(2 * row.sd_pop)


def test_what_is_shown_is_what_is_judged_by() -> None:
    rows = load_expectations()
    shared = [sign for sign in load_evidence().signs if sign.measure in rows and sign.at_speed]

    assert {sign.measure for sign in shared} >= {"heel_off", "peak_dorsiflexion"}
    for sign in shared:
        row = rows[sign.measure]
        assert (tuple(sign.at_speed), sign.sd_pop) == (row.at_speed, row.sd_pop), sign.measure


def walked(name: str, value: float, unit: Unit, segment: int = 0) -> Measure:
    return Measure(
        name=name,
        activity=Activity.WALKING,
        side=Side.BOTH,
        value=value,
        unit=unit,
        spread={"method": 0.02},
        segment=segment,
    )


SPEED = walked("walking_speed", 1.5, "leg_length_per_s")
ANKLE = walked("peak_dorsiflexion", 9.0, "deg")


def test_a_walk_of_known_speed_has_what_is_usual_at_it() -> None:
    _, ankle = with_references([SPEED, ANKLE])

    assert ankle.expected is not None
    v = 1.5 * math.sqrt(0.85 / 9.81)
    assert ankle.expected.speed == pytest.approx(v, rel=1e-3)
    assert (ankle.expected.low + ankle.expected.high) / 2 == pytest.approx(16.2 - 11.8 * v, abs=0.1)
    assert ankle.reference is not None


@pytest.mark.parametrize(
    "speed",
    [
        replace(
            SPEED, value=math.nan, quality=Quality.MISSING, reason=Reason("treadmill_speed_unknown")
        ),
        replace(SPEED, value=4.0),
        replace(SPEED, segment=1),
    ],
    ids=["not known", "faster than the table", "of another pass"],
)
def test_without_a_speed_of_this_walk_within_the_table_there_is_none(speed: Measure) -> None:
    assert with_references([speed, ANKLE])[1].expected is None
