"""care_plan: along the whole line, each step with its dose and when to stop."""

from __future__ import annotations

from importlib.resources import files

import pytest

from posture.findings.backline import assess
from posture.findings.care import LINE, care_plan, load_plans, parse_plans
from posture.types import Finding, Label, Level, Link, Reason, Side, Verdict
from tests.findings.make import bend, lunge

TEXT = files("posture.findings").joinpath("care.toml").read_text("utf-8")


def verdict(label: Label, *, compensated: bool = False) -> Verdict:
    return Verdict(label=label, lumbar_compensation=compensated, because=Reason("made_up"))


def calf(side: Side, level: Level) -> Finding:
    return Finding(
        link=Link.CALF, side=side, level=level, probability=0.5, because=Reason("made_up")
    )


def doses(label: Label, *, compensated: bool = False) -> dict[str, Reason]:
    return {
        step.what.code: step.dose for step in care_plan((), verdict(label, compensated=compensated))
    }


@pytest.mark.parametrize("label", Label)
@pytest.mark.parametrize("compensated", [False, True])
def test_every_plan_goes_along_the_whole_line(*, label: Label, compensated: bool) -> None:
    steps = care_plan((), verdict(label, compensated=compensated))

    assert list(dict.fromkeys(step.link for step in steps)) == list(LINE)
    assert [step.step for step in steps] == list(range(1, len(steps) + 1))
    assert all(step.stop_if.code.startswith("stop_") for step in steps)


def test_the_doses_of_tight_hamstrings_are_those_of_the_method() -> None:
    # docs/method.md, section 8: "hinge stretch 3x30 s, roll 60 s", "hip-hinge drill 2x10".
    got = doses(Label.HAMSTRING)

    assert got["care_hamstring_hinge"] == Reason("dose_hold", {"sets": 3, "seconds": 30, "days": 3})
    assert got["care_hamstring_roll"].values["seconds"] == 60
    assert got["care_hip_hinge"].values == {"sets": 2, "reps": 10, "days": 3}


def test_calves_are_stretched_and_loaded_rather_than_rolled() -> None:
    # "3x30 s straight + 2x30 s bent, heel drops 2-3x10-15, 5 days/week, 4 weeks".
    got = doses(Label.CALF)

    assert got["care_calf_straight"].values == {"sets": 3, "seconds": 30, "days": 5}
    assert got["care_calf_bent"].values == {"sets": 2, "seconds": 30, "days": 5}
    assert got["care_heel_drops"] == Reason(
        "dose_build_up",
        {"sets": 2, "reps": 10, "sets_high": 3, "reps_high": 15, "days": 5, "weeks": 4},
    )
    assert [s.link for s in care_plan((), verdict(Label.CALF)) if s.dose.code == "dose_roll"] == [
        Link.SOLE
    ]


def test_a_back_that_makes_up_for_the_hips_gets_more_hinging() -> None:
    plain, more = doses(Label.HAMSTRING), doses(Label.HAMSTRING, compensated=True)

    assert more["care_hip_hinge"].values["sets"] > plain["care_hip_hinge"].values["sets"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("left", "right", "legs"),
    [
        (Level.SUGGESTED, Level.NOT_SUGGESTED, "legs_left_first"),
        (Level.CANNOT_TELL, Level.POSSIBLE, "legs_right_first"),
        (Level.SUGGESTED, Level.POSSIBLE, "legs_both"),
        (Level.CANNOT_TELL, Level.NOT_SUGGESTED, "legs_both"),
    ],
)
def test_the_stiffer_leg_begins(left: Level, right: Level, legs: str) -> None:
    findings = (calf(Side.LEFT, left), calf(Side.RIGHT, right))
    told = {
        step.what.values["legs"]
        for step in care_plan(findings, verdict(Label.CALF))
        if step.link is Link.CALF and "legs" in step.what.values
    }

    assert told == {legs}


def test_one_calf_finding_for_both_legs_names_no_leg() -> None:
    steps = care_plan((calf(Side.BOTH, Level.SUGGESTED),), verdict(Label.CALF))

    assert steps[1].what.values == {"legs": "legs_both"}


def test_a_person_from_measures_to_care() -> None:
    findings, label = assess([*bend(72, 50, 0), *lunge(Side.LEFT, 19, 31)])
    steps = care_plan(findings, label)

    assert label.label is Label.CALF
    assert steps[1].what == Reason("care_calf_straight", {"legs": "legs_left_first"})


def test_every_plan_and_exercise_has_a_source() -> None:
    assert all(
        plan.source and all(exercise.source for exercise, _ in plan.steps) for plan in load_plans()
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"none"', '"nothing"', "(?s)plan . .nothing.*no plan for none"),
        ('exercise = "cat_cow"', 'exercise = "bat_cow"', "unknown exercise bat_cow"),
        ("seconds = 60", "seconds = -60", "amounts are numbers above 0"),
        ('dose = "dose_free"', "doze = 1", "easy_walk: a dose is missing"),
        ('link   = "sole"', 'link   = "back"', "along the whole line"),
        ('link   = "sole"', 'link   = "head"', "exercise sole_roll: link head is not on the line"),
        ('stop   = "stop_sole"\n', "", "exercise sole_roll: .*stop"),
        ('source = "docs/method.md, section 8"', 'source = " "', "source left blank"),
    ],
)
def test_a_fault_is_told_with_its_row(old: str, new: str, told: str) -> None:
    assert old in TEXT

    with pytest.raises(ValueError, match=told):
        parse_plans(TEXT.replace(old, new))
