"""People of known restriction: what they are drawn from, and what they agree with."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import posture.truth.restriction
from posture.truth.restriction import chain, hard, soft
from posture.truth.restriction.couplings import GENERATORS, Generator, couplings
from posture.truth.restriction.people import (
    BORDERLINE,
    CLEAR,
    FREE,
    KINDS,
    LINKS,
    WHO,
    Order,
    Who,
)
from posture.types import Link

BOTH = pytest.mark.parametrize("people", GENERATORS.values(), ids=["hard", "soft"])


def test_the_first_generator_agrees_with_published_samples() -> None:
    healthy = hard.people(Order(who="healthy", count=20_000, seed=5))

    assert [c.here for c in couplings(healthy)] == pytest.approx([0.52, -0.79, -0.57], abs=0.04)


def test_the_second_generator_has_couplings_of_its_own() -> None:
    ours, other = (
        [c.here for c in couplings(people(Order(who="healthy", count=20_000, seed=5)))]
        for people in (hard.people, soft.people)
    )

    assert abs(ours[0] - other[0]) > 0.2  # lunge and walking
    assert abs(ours[2] - other[2]) > 0.1  # leg raise and reach


@BOTH
def test_the_same_seed_gives_the_same_people_and_another_seed_others(people: Generator) -> None:
    one, again = people(Order(count=50, seed=3)), people(Order(count=50, seed=3))
    other = people(Order(count=50, seed=4))

    assert all(np.array_equal(one.bend[name], again.bend[name]) for name in one.bend)
    assert all(np.array_equal(one.sided[name], again.sided[name]) for name in one.sided)
    assert not np.array_equal(one.fingertip_m, other.fingertip_m)


@BOTH
@pytest.mark.parametrize("who", WHO)
def test_everyone_has_the_links_that_were_asked_for(people: Generator, who: Who) -> None:
    bodies = people(Order(who=who, count=400, seed=1))

    for link in LINKS:
        seen = set(bodies.level[link].tolist())
        if who == link.value:
            assert seen == {CLEAR}
        elif who == f"borderline_{link.value}":
            assert seen == {BORDERLINE}
        elif who == "people":
            assert seen == {FREE, BORDERLINE, CLEAR}
        elif who != "healthy":
            assert seen == {FREE}
    assert set(bodies.kind.tolist()) == ({"plain"} if who == "healthy" else set(KINDS))


@BOTH
def test_a_clear_restriction_stops_the_limb_where_its_band_says(people: Generator) -> None:
    short = people(Order(who="hamstring", count=2000, seed=1))
    tight = people(Order(who="calf", count=2000, seed=1))
    plain = short.kind == "plain"

    hips = short.bend["pelvis_on_thigh_flexion"][plain]
    lunge = tight.sided["lunge_dorsiflexion_straight"].mean(axis=1)

    assert 44 < hips.mean() < 51
    assert np.quantile(hips, 0.95) < 60
    assert 12 < lunge.mean() < 18


@BOTH
def test_stiff_calves_show_in_walking_by_no_more_than_what_is_published(people: Generator) -> None:
    free, tight = (people(Order(who=w, count=20_000, seed=2)) for w in ("free", "calf"))
    plain = [bodies.kind == "plain" for bodies in (free, tight)]

    def change(name: str) -> float:
        of_free, of_tight = free.sided[name][plain[0]], tight.sided[name][plain[1]]
        return float(of_tight.mean() - of_free.mean())

    assert -2.5 * 1.4 < change("peak_dorsiflexion") < -0.8
    assert -0.03 * 1.4 < change("heel_off") < -0.005  # slower walking lifts the heel later
    assert change("peak_plantarflexion") < -1


@BOTH
def test_less_of_a_restriction_is_nearer_to_the_free(people: Generator) -> None:
    full, less, none = (
        float(np.mean(people(order).bend["pelvis_on_thigh_flexion"]))
        for order in (
            Order(who="hamstring", count=3000, seed=1),
            Order(who="hamstring", count=3000, seed=1, strength=0.7),
            Order(who="free", count=3000, seed=1),
        )
    )

    assert full + 3 < less < none - 3


def test_a_stiff_back_takes_from_the_back_and_the_reach_and_not_from_the_hips() -> None:
    free, stiff = (hard.people(Order(who=w, count=4000, seed=1)) for w in ("free", "back"))

    assert stiff.bend["lumbar_flexion"].mean() < free.bend["lumbar_flexion"].mean() - 15
    assert stiff.fingertip_m.mean() > free.fingertip_m.mean() + 0.05
    assert (
        stiff.bend["pelvis_on_thigh_flexion"].mean() >= free.bend["pelvis_on_thigh_flexion"].mean()
    )


def test_an_upright_body_has_its_fingertips_at_the_height_of_its_arms() -> None:
    upright = np.zeros(1)
    trunk = chain.PELVIS + chain.LUMBAR + chain.THORAX
    height = chain.fingertip(
        chain.straight_parts(upright, upright, upright), upright, upright, np.array([chain.ARM])
    )

    assert height == pytest.approx(chain.HIP_HEIGHT + trunk - chain.GIRDLE - chain.ARM)
    assert chain.bent_parts(upright, upright, upright) == pytest.approx(trunk)


def test_the_generators_know_nothing_of_the_inference() -> None:
    folder = Path(posture.truth.restriction.__file__).parent
    for name in ("people", "chain", "walking", "hard", "soft", "couplings"):
        tree = ast.parse((folder / f"{name}.py").read_text("utf-8"))
        modules = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        assert not any(module.startswith("posture.findings") for module in modules)


def test_shares_of_clear_links_are_those_of_the_prior_among_clear_and_free() -> None:
    bodies = hard.people(Order(count=40_000, seed=1))

    for link, prior in ((Link.HAMSTRING, 0.35), (Link.CALF, 0.25), (Link.BACK, 0.20)):
        level = bodies.level[link]
        clear, free = (level == CLEAR).sum(), (level == FREE).sum()
        assert clear / (clear + free) == pytest.approx(prior, abs=0.01)
