"""The figures are those of the papers, and hold what they promise on made-up numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from posture.validation.statistics import FEWEST, agreement, icc_2_1, share

# Shrout and Fleiss 1979, table 2: six targets, four judges
RATED = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
# Bland and Altman 1986, table 1: peak flow, large meter and mini meter, first readings
LARGE = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


def test_icc_is_the_one_of_shrout_and_fleiss_with_its_interval() -> None:
    found = icc_2_1(np.array(RATED, float))

    assert found.value == pytest.approx(0.29, abs=0.005)  # their table 4
    assert (found.low, found.high) == pytest.approx((0.019, 0.761), abs=0.001)  # McGraw, Wong 1996


def test_bias_and_limits_are_those_of_bland_and_altman() -> None:
    found = agreement(MINI, LARGE, [20.0] * 17, 17)

    assert found.bias.value == pytest.approx(-2.1, abs=0.05)
    assert found.sd == pytest.approx(38.8, abs=0.05)
    # their 2.0 sd for our 1.96
    assert found.lower.value == pytest.approx(-2.1 - 1.96 * 38.8, abs=0.2)
    assert found.upper.value == pytest.approx(-2.1 + 1.96 * 38.8, abs=0.2)
    # their intervals: -22.0 to 17.8 for the bias
    assert (found.bias.low, found.bias.high) == pytest.approx((-22.0, 17.8), abs=0.1)


def test_sem_and_mdc_follow_from_the_differences() -> None:
    found = agreement([1.0, 2.0, 3.0, 4.0], [2.0, 2.0, 5.0, 4.0], [1.0] * 4, 4)

    sd = math.sqrt(np.var([1, 0, 2, 0], ddof=1))
    assert found.sem.value == pytest.approx(sd / math.sqrt(2))
    assert found.mdc95.value == pytest.approx(1.96 * math.sqrt(2) * found.sem.value)
    # chi square's 2.5 and 97.5 % points for 3 degrees of freedom, from its table
    assert found.sem.low == pytest.approx(found.sem.value * math.sqrt(3 / 9.348), rel=1e-3)
    assert found.sem.high == pytest.approx(found.sem.value * math.sqrt(3 / 0.2158), rel=1e-3)
    assert found.promised == pytest.approx(1.96)
    assert (found.inside.value, found.assessed) == (0.75, 4)


def test_the_intervals_hold_what_was_put_in_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(5)
    bias, noise, people, times = 3.0, 4.0, 12, 1000
    held = np.zeros(5)
    for _ in range(times):
        true = rng.normal(50, 10, people)
        other = true + bias + rng.normal(0, noise, people)
        found = agreement(list(true), list(other), [noise] * people, people)
        icc = 10**2 / (10**2 + noise**2 / 2 + bias**2 / 2)
        # two methods: the error's variance is shared by both, bias is the columns' variance
        put_in = (bias, bias - 1.96 * noise, bias + 1.96 * noise)
        lines = (found.bias, found.lower, found.upper)
        held[:3] += [a.low <= b <= a.high for a, b in zip(lines, put_in, strict=True)]
        held[3] += found.mdc95.low <= 1.96 * noise <= found.mdc95.high
        held[4] += abs(found.icc.value - icc) < 0.25
    # exact intervals: 950 of 1000, within three standard errors of a share
    assert np.all(np.abs(held[:4] / times - 0.95) < 0.021), held
    assert held[4] / times > 0.95


def test_the_share_inside_has_an_exact_interval() -> None:
    found = share(19, 20)

    # Clopper and Pearson's, as binom.test of R gives it
    assert (found.low, found.high) == pytest.approx((0.7513, 0.9987), abs=1e-4)
    assert share(0, 5).low == 0.0
    assert share(5, 5).high == 1.0
    assert math.isnan(share(0, 0).value)


def test_a_person_who_counts_twice_makes_no_interval_narrower() -> None:
    once = agreement([1.0, 2.0, 3.0, 5.0], [2.0, 2.0, 5.0, 4.0], [1.0] * 4, 4)
    twice = agreement([1.0, 2.0, 3.0, 5.0] * 2, [2.0, 2.0, 5.0, 4.0] * 2, [1.0] * 8, 4)

    assert twice.bias.value == once.bias.value
    assert twice.bias.high - twice.bias.low > 0.9 * (once.bias.high - once.bias.low)
    assert math.isnan(twice.icc.low)


def test_nothing_is_averaged_over_fewer_than_three() -> None:
    with pytest.raises(ValueError, match=f"at least {FEWEST}"):
        agreement([1.0, 2.0], [1.0, 2.0], [1.0, 1.0], 2)


def test_numbers_that_are_all_equal_give_no_nonsense() -> None:
    found = agreement([5.0, 5.0, 5.0], [5.0, 5.0, 5.0], [math.inf, 1.0, 1.0], 3)

    assert (found.bias.value, found.sd, found.mdc95.value, found.assessed) == (0.0, 0.0, 0.0, 2)
    assert math.isnan(found.icc.value)
