"""Simulated people with a body: they move by the numbers they were drawn with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from posture.cli import main
from posture.settings import Settings
from posture.truth.body.pose import Pose
from posture.truth.known import known_measures
from posture.truth.made_lab import EXACT, OFF, Lab, write_lab
from posture.truth.repeat import AGAIN, Repeat, _every_other, _halved
from posture.truth.restriction.people import CLEAR, FREE
from posture.truth.scenario import Scenario
from posture.truth.visit import CHECK, FILMS, Film, filmed, visitor
from posture.truth.visit_report import BEGIN, END, brier, markdown, put_into, wilson
from posture.truth.visits import Judged, Wish, film_all, folders, judged, right_first, suggested
from posture.types import Activity, Link, Rgb

SEED = 9
GAIT = {
    "heel_off": 0.04,
    "shank_at_heel_off": 3.5,
    "peak_dorsiflexion": 4.5,
    "knee_flexion_at_peak_dorsiflexion": 5.7,
    "peak_plantarflexion": 8.0,
}


def true_of(scenario: Scenario) -> dict[str, float]:
    known = known_measures(scenario.outfit, scenario.motion, scenario.near)
    return {one.name: one.value for one in known}


def pose_held(scenario: Scenario) -> Pose:
    return scenario.motion.pose_at(sum(scenario.motion.held_s) / 2)[0]


@pytest.mark.parametrize("number", range(6))
def test_the_body_bends_and_lunges_by_the_numbers_of_the_simulated_person(number: int) -> None:
    who = visitor(SEED, number)

    bend, lunge = true_of(filmed(who, "bend")), true_of(filmed(who, "lunge"))

    for name in ("pelvis_on_thigh_flexion", "pelvic_rotation", "lumbar_flexion", "knee_bend"):
        assert bend[name] == pytest.approx(who.wanted[name], abs=0.01), name
    straight = "lunge_dorsiflexion_straight"
    assert lunge[straight] == pytest.approx(who.wanted[straight], abs=0.01)


@pytest.mark.parametrize("number", [1, 2])
def test_the_walk_is_nearer_to_the_persons_than_the_usual_one_at_that_speed(number: int) -> None:
    who = visitor(SEED, number)
    walked = true_of(filmed(who, "walk"))

    off = [(walked[name] - who.wanted[name]) / spread for name, spread in GAIT.items()]

    assert np.sqrt(np.mean(np.square(off))) < 1.0  # spreads of people; two measures tied by a joint
    assert walked["walking_speed"] == pytest.approx(who.wanted["walking_speed"], rel=0.15)


def test_stiff_links_are_those_of_the_name_and_one_body_does_everything() -> None:
    hamstring, calf, free = (visitor(SEED, number) for number in range(3))

    assert hamstring.body.level[Link.HAMSTRING][0] == CLEAR
    assert hamstring.body.level[Link.CALF][0] == FREE
    assert calf.body.level[Link.CALF][0] == CLEAR
    assert all(level[0] == FREE for level in free.body.level.values())
    assert len({filmed(calf, film).someone.traits.height for film in ("bend", "lunge")}) == 1
    assert visitor(SEED, 1).wanted == calf.wanted
    assert visitor(SEED, 0).body.generator != visitor(SEED, 3).body.generator


def test_soft_knees_and_raised_heels_are_what_they_are_called() -> None:
    who = visitor(SEED, 1)
    usual, soft, wedge = (pose_held(filmed(who, f)) for f in ("bend", "soft_knee", "heel_wedge"))

    assert soft.right.knee - usual.right.knee == pytest.approx(22.0)
    assert usual.right.foot == 0.0
    assert (wedge.right.foot, wedge.right.toe) == (10.0, 0.0)
    gained = true_of(filmed(who, "soft_knee")), true_of(filmed(who, "bend"))
    hips = [one["pelvis_on_thigh_flexion"] for one in gained]
    assert hips[0] - hips[1] == pytest.approx(who.wanted["soft_knee_gain"], abs=0.01)


def test_raised_heels_gain_the_reach_that_the_person_was_drawn_with() -> None:
    who = visitor(SEED, 0)
    usual, raised = (true_of(filmed(who, f))["fingertip_floor"] for f in ("bend", "heel_wedge"))

    assert raised > 0.0  # the floor does not stop the hand
    assert usual - raised == pytest.approx(who.wanted["heel_wedge_gain"], abs=0.004)


def test_another_camera_films_the_same_movement() -> None:
    who = visitor(SEED, 2)
    one, other = filmed(who, "bend"), filmed(who, "bend", camera_seed=1)

    assert one.camera != other.camera
    assert one.room != other.room
    assert true_of(one) == pytest.approx(true_of(other))


def told(who: str, hamstring: float, calf: float, level: str = "possible") -> Judged:
    return Judged(
        name=f"00000_{who}",
        who=who,
        generator="hard limits",
        kind="plain",
        films=CHECK,
        probability={"hamstring": hamstring, "calf": calf, "back": 0.1},
        level={"hamstring": level, "calf": "possible", "back": "not_suggested"},
        label="inconclusive",
        because="",
        refused={},
        numbers=(),
    )


def test_the_right_link_is_the_likeliest_of_the_three() -> None:
    assert right_first(told("hamstring", 0.6, 0.5))
    assert not right_first(told("calf", 0.6, 0.5))
    assert suggested(told("free", 0.95, 0.1, "suggested"))
    assert not suggested(told("free", 0.6, 0.1))
    nothing = replace(told("calf", 0.6, 0.5), probability={}, level={})
    assert not right_first(nothing)


def test_limits_of_a_share_are_those_of_wilson() -> None:
    # Newcombe 1998, table I: 81 of 263 and 15 of 148, without continuity correction
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20)[0] == 0.0


def test_a_brier_score_is_the_mean_square_of_what_was_told_amiss() -> None:
    people = [told("hamstring", 0.8, 0.1), told("free", 0.4, 0.1), told("calf", 0.0, 0.9)]

    score, base, count = brier(people, Link.HAMSTRING)

    assert score == pytest.approx((0.04 + 0.16 + 0.0) / 3)
    assert base == pytest.approx(2 / 9)  # a third of them: p (1 - p)
    assert count == 3


def test_the_section_takes_the_place_of_its_older_self() -> None:
    people = [told("hamstring", np.float64(0.8), 0.1), told("free", np.float64(0.4), 0.1)]
    section = markdown(people, (), (), "posture truth restricted OUT --n 2 --seed 1")
    page = "# How often\n\nText.\n"

    once = put_into(page, section)

    assert "1 of 1, 100%" in section
    assert "| hamstring | 0.100 | 0.250 | 2 | 0 of 1 | 1 of 1 |" in section
    assert put_into(once, section) == once
    assert once.startswith(page.rstrip())
    assert once.count(BEGIN) == once.count(END) == 1


def test_a_difference_is_told_in_units_of_the_stated_error() -> None:
    one = Repeat(
        body="b", what=AGAIN, film="bend", name="x", unit="deg", first=50.0, second=53.0, sd=6.0
    )

    assert one.off_sds == pytest.approx(0.5)
    assert replace(one, second=None).off_sds is None


def test_half_the_size_and_half_the_rate_are_half() -> None:
    def shown() -> Iterator[tuple[int, Rgb]]:
        return ((n, np.full((64, 36, 3), n, dtype=np.uint8)) for n in range(5))

    assert [n for n, _ in _every_other(shown())] == [0, 2, 4]
    assert {picture.shape for _, picture in _halved(shown())} == {(32, 18, 3)}


def test_every_film_of_a_check_is_asked_of_everybody() -> None:
    assert set(CHECK) < set(FILMS)
    assert {filmed(visitor(SEED, 0), film).activity for film in ("bend", "lunge")} == {
        Activity.FORWARD_BEND,
        Activity.WALL_LUNGE,
    }


@pytest.mark.slow
def test_a_body_is_filmed_judged_and_measured_by_a_made_up_lab(tmp_path: Path) -> None:
    films: tuple[Film, ...] = ("lunge",)
    wish = Wish(out=tmp_path / "bodies", count=2, seed=SEED, films=films)

    assert film_all(wish) == 2
    assert film_all(wish) == 0  # whoever is there is not filmed again

    free_of, stiff = judged(folders(wish), films, Settings())
    assert (free_of.who, stiff.who) == ("hamstring", "calf")
    assert stiff.probability["calf"] > free_of.probability["calf"]
    truth = json.loads((folders(wish)[1] / "lunge" / "truth.json").read_text("utf-8"))
    assert truth["visitor"]["wanted"]["lunge_dorsiflexion_straight"] < 20.5

    sheet, results = write_lab(folders(wish), tmp_path / "lab", Lab(), Settings())
    rows = sheet.read_text("utf-8").splitlines()
    assert len(rows) == 1 + 2 * 2 * 3  # bodies, measures, readings
    assert {row.split(",")[5] for row in rows[1:]} == {EXACT, OFF}
    assert len(list(results.glob("*/analysis.json"))) == 2


def test_a_folder_without_bodies_is_told_in_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["truth", "restricted", str(tmp_path), "--score-only"])

    assert result.exit_code == 2
    assert "no filmed bodies" in result.output
