"""A made-up lab beside the truth: what was put in comes back, and what was not does not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from posture.types import Activity, Quality, Side
from posture.validation.put_back import markdown, put_in
from posture.validation.statistics import agreement
from posture.validation.study import Group, Pair, Study

BIAS, SD, PEOPLE = 3.0, 2.0, 400


def group(tool: str, off_deg: float, sd_deg: float, people: int = PEOPLE) -> Group:
    """Ours is 1 deg too much and scatters by 4; the tool reads what is true, off by this."""
    true = np.linspace(30, 80, people)
    # two columns of mean 0 and sd 1 that have nothing to do with each other
    drawn = np.random.default_rng(1).standard_normal((people, 2))
    alone = np.linalg.qr(drawn - drawn.mean(axis=0))[0] * math.sqrt(people - 1)
    ours = true + 1.0 + 4.0 * alone[:, 0]
    read = true + off_deg + sd_deg * alone[:, 1]
    pairs = tuple(
        Pair(
            clip=f"{n}.mp4",
            person=str(n),
            side=Side.LEFT,
            first=float(read[n]),
            second=float(ours[n]),
            sd=4.0,
            quality=Quality.GOOD,
        )
        for n in range(people)
    )
    return Group(
        activity=Activity.FORWARD_BEND,
        measure="lumbar_flexion",
        unit="deg",
        tool=tool,
        pairs=pairs,
        agreement=agreement(list(read), list(ours), [4.0] * people, people) if people > 2 else None,
        tool_sem=sd_deg,
    )


def test_the_bias_of_one_tool_over_another_comes_back() -> None:
    found = put_in(group("goniometer", 0.0, 0.0), group("inclinometer", BIAS, SD))

    assert found.value == pytest.approx(BIAS)
    assert found.high - found.low == pytest.approx(2 * 1.96 * SD / math.sqrt(PEOPLE), rel=0.1)
    nothing = put_in(group("goniometer", 0.0, 0.0), group("inclinometer", 0.0, SD))
    assert nothing.value == pytest.approx(0.0, abs=1e-9)


def test_limits_grow_by_the_scatter_that_was_put_in() -> None:
    study = Study(groups=(group("goniometer", 0.0, 0.0), group("inclinometer", BIAS, SD)))

    row = markdown(study, "goniometer", "inclinometer", BIAS, SD, "made so").splitlines()[-3]
    expected, found = ([float(x) for x in cell.split(" to ")] for cell in row.split(" | ")[6:8])

    assert expected == pytest.approx(
        [1 - 3 - 1.96 * math.hypot(4, 2), 1 - 3 + 1.96 * math.hypot(4, 2)], abs=0.7
    )
    assert found == pytest.approx(expected, abs=0.11)


def test_two_bodies_are_not_averaged() -> None:
    few = put_in(group("goniometer", 0.0, 0.0, 2), group("inclinometer", BIAS, SD, 2))

    assert math.isnan(few.value)
