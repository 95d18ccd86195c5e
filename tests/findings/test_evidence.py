"""The evidence table: against docs/method.md, and its own checks."""

from __future__ import annotations

from importlib.resources import files

import pytest

from posture.findings.evidence import JUDGED, Sign, load_evidence, parse_evidence
from posture.types import Activity, Link

TEXT = files("posture.findings").joinpath("evidence.toml").read_text("utf-8")

# docs/method.md, section 6.2: mean, hamstring, calf, back, sd_pop, weight, cap, in its units
METHOD = {
    "pelvis_on_thigh_flexion": (70, -18, -4, 0, 8, 1.0, 8),
    "lumbar_flexion": (50, 0, 0, -20, 11, 1.0, 8),
    "fingertip_floor": (-3, 11, 3, 8, 7, 0.5, 6),
    "knee_bend": (2, 4, 2, 1, 4, 0.5, 2),
    "soft_knee_gain": (5, 10, 2, 0, 5, 0.7, 4),
    "heel_wedge_gain": (2, 0, 3, 0, 2.5, 0.7, 3),
    "leg_raise_angle": (75, -15, -2, 0, 8, 1.0, 10),
    "lunge_dorsiflexion_straight": (33, 0, -10, 0, 5.5, 1.0, 10),
    "lunge_dorsiflexion_bent": (39, 0, -5, 0, 6, 0.7, 4),
    "heel_off": (37, 0, -3, 0, 4, 0.5, 2.5),
    "shank_at_heel_off": (15, 0, -2.5, 0, 3.5, 0.5, 2.5),
    "peak_dorsiflexion": (12, 0, -2.5, 0, 4.5, 0.5, 2.5),
    "knee_flexion_at_peak_dorsiflexion": (8, 1, 4, 0, 5.7, 0.5, 2.5),
}
PER_UNIT = {"deg": 1.0, "leg_length": 85.0, "frac": 100.0}


def sign(name: str) -> Sign:
    (found,) = (sign for sign in load_evidence().signs if sign.measure == name)
    return found


def test_the_table_has_the_signs_of_the_method_and_no_others() -> None:
    assert [sign.measure for sign in load_evidence().signs] == list(METHOD)


@pytest.mark.parametrize("name", METHOD)
def test_a_sign_has_the_numbers_of_the_method(name: str) -> None:
    row = sign(name)
    per_unit = PER_UNIT[row.unit]
    lengths = (row.mean, *(row.effect[link] for link in JUDGED), row.sd_pop)

    got = (*(per_unit * length for length in lengths), row.weight, row.cap)

    assert got == pytest.approx(METHOD[name], abs=0.001)


def test_the_priors_are_those_of_the_method() -> None:
    assert load_evidence().priors == {Link.HAMSTRING: 0.35, Link.CALF: 0.25, Link.BACK: 0.20}


# docs/method.md, section 4.3: what was measured at five speeds, and the sd of the fit to it
@pytest.mark.parametrize(
    ("name", "measured", "within"),
    [
        ("heel_off", (50, 44, 38, 34, 32), 1.0),
        ("shank_at_heel_off", (17.5, 17.8, 15.3, 13.6, 12.0), 1.2),
        ("peak_dorsiflexion", (13.1, 13.8, 11.8, 8.9, 7.9), 1.2),
    ],
)
def test_the_expectation_meets_what_was_measured_at_five_speeds(
    name: str, measured: tuple[float, ...], within: float
) -> None:
    row = sign(name)
    speeds = (0.18, 0.295, 0.43, 0.57, 0.70)
    expected = [
        PER_UNIT[row.unit] * sum(c * v**power for power, c in enumerate(row.at_speed))
        for v in speeds
    ]

    assert expected == pytest.approx(measured, abs=within)


def test_standing_is_never_evidence() -> None:
    assert Activity.STANDING not in {sign.activity for sign in load_evidence().signs}


def test_per_side_are_the_legs_and_not_the_bend() -> None:
    sided = {sign.activity for sign in load_evidence().signs if sign.per_side}

    assert sided == {Activity.WALKING, Activity.WALL_LUNGE, Activity.LEG_RAISE}


def test_every_test_that_is_named_next_brings_a_sign() -> None:
    signs = {sign.measure for sign in load_evidence().signs}

    assert {name for test in load_evidence().next_tests for name in test.brings} <= signs


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("value  = 0.35", "value  = 1.35", "prior hamstring: 1.35 is not within 0..1"),
        ("[rule.min_signs]", "[rule.least_signs]", "(?s)rule min_signs: missing.*least_signs"),
        ("value  = 2.0\n", 'value  = "two"\n', "rule .*: needs a number and a source"),
        ("cap      = 8.0", "cap      = 80.0", "cap 80.0 is above that of grade"),
        ("sd_pop   = 5.5", "sd_pop   = 0.0", "sd_pop is above 0, got 0.0"),
        ('unit     = "frac"', 'unit     = "per cent"', "unknown unit 'per cent'"),
        ("mean     = 0.37", "average  = 0.37", "sign 10 .heel_off.: .*average"),
        ('measure  = "knee_bend"', 'measure  = "lumbar_flexion"', "lumbar_flexion: entered twice"),
        ('measure  = "knee_bend"', 'measure  = "hip_share"', "hip_share: is described"),
        ('alone_without = ["pelvis', 'alone_without = ["pelvic', "is not a sign"),
        ('grade    = "B"', 'grade    = "Z"', "unknown grade 'Z'"),
        ("calf = -4.0, back = 0.0", "calf = -4.0", "effect needs hamstring, calf and back"),
        ('about    = "back"', 'about    = "head"', "about head, which is not judged"),
        ('move   = "leg_raise"', 'move   = "leg_lift"', "next_test 2 .next_leg_raise"),
        ("{ leg_raise_angle = 4.0 }", "{ leg_raise = 4.0 }", "leg_raise is not a sign"),
        ("{ leg_raise_angle = 4.0 }", "{ leg_raise_angle = 0.0 }", "each with an sd above 0"),
        ('test   = "next_wall_lunge"', 'test   = "next_lunge"', "next_lunge is not a test"),
        ('link   = "back"', 'link   = "calf"', "repeat back: missing"),
        ("factor = { hamstring = 1.9 }", "factor = { head = 1.9 }", "factors above 0 of judged"),
        ("[not_with.leg_raise]", "[not_with.leg_lift]", "not_with leg_lift"),
    ],
)
def test_a_fault_is_told_with_its_row(old: str, new: str, told: str) -> None:
    assert old in TEXT

    with pytest.raises(ValueError, match=told):
        parse_evidence(TEXT.replace(old, new))


def test_all_faults_are_told_at_once() -> None:
    text = TEXT.replace("sd_pop   = 5.5", "sd_pop   = 0.0").replace("= 0.35", "= 1.35")

    with pytest.raises(ValueError, match="prior hamstring") as told:
        parse_evidence(text)

    assert "prior hamstring" in str(told.value)
    assert "sd_pop is above 0" in str(told.value)
