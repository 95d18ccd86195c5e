"""When a movement counts as done: recorded and drawn bodies, watched frame by frame."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from posture.live.body import Seen, body_of, smoothed_lead
from posture.live.moves import MoveSettings, Progress
from posture.live.numbers import LiveNumber, Numbers
from posture.live.steps import EXTRAS, Step, steps_of
from posture.types import Activity, Facing, Floats, Landmarks
from tests.live.play import BEND, recorded
from tests.make import SIDE_ON, filmed, seconds
from tests.measures.test_lunge import BOTH
from tests.stick import Gait, walking

WIDTH = SIDE_ON.size_px[0]


def step(name: str, **answers: object) -> Step:
    answers = {"extras": ["calibration", "soft_knee_bend", "wall_lunge", "leg_raise"], **answers}
    return next(s for s in steps_of("full", answers, withheld=False) if s.id == name)


def shown(marks: Landmarks, start_s: float = 0.0) -> Iterator[Seen]:
    """A clip's frames; nobody where the hips are outside of the picture."""
    for at, xy in zip(marks.time_s, marks.xy_px, strict=True):
        inside = 0 < xy[24, 0] < marks.size_px[0]
        yield Seen(
            time_s=start_s + float(at),
            size_px=marks.size_px,
            xy_px=np.asarray(xy, dtype=float) if inside else None,
            visibility=np.ones(33),
        )


def nobody(seconds_: float, start_s: float) -> Iterator[Seen]:
    for number in range(round(30 * seconds_)):
        yield Seen(time_s=start_s + number / 30, size_px=SIDE_ON.size_px)


def watched(
    which: Step, frames: Sequence[Seen]
) -> tuple[list[Progress], tuple[LiveNumber, ...], list[float]]:
    """What the watcher says of each frame, and the last live numbers."""
    watcher, numbers = which.watch(MoveSettings()), Numbers(1.7)
    lead = math.nan
    told: list[Progress] = []
    last: tuple[LiveNumber, ...] = ()
    for seen in frames:
        lead = math.nan if seen.xy_px is None else smoothed_lead(lead, seen.xy_px)
        body = body_of(seen, lead)
        told.append(watcher.see(body, seen.time_s, seen.size_px[0]))
        last = numbers.add(which, body, told[-1].passes)
        if told[-1].done:
            break
    return told, last, [seen.time_s for seen in frames]


def passes(count: int) -> list[Seen]:
    """Walks across the picture and out of it, there and back."""
    found: list[Seen] = []
    for number in range(count):
        facing = Facing.RIGHT if number % 2 == 0 else Facing.LEFT
        walk = filmed(walking(seconds(6.0)).figure, replace(SIDE_ON, facing=facing))
        start_s = 8.0 * number
        found += [*shown(walk, start_s), *nobody(2.0, start_s + 6.0)]
    return found


def test_four_passes_make_a_walk_and_three_do_not() -> None:
    three, _, _ = watched(step("walking"), passes(3))
    four, numbers, _ = watched(step("walking"), passes(4))

    assert three[-1].passes == 3
    assert not three[-1].done
    assert four[-1].done
    assert [p.say for p in four if p.say] == ["back_again"]
    assert {n.key for n in numbers} >= {"passes", "cadence"}


def test_live_cadence_is_the_walkers() -> None:
    gait = Gait()

    _, numbers, _ = watched(step("walking"), passes(1))
    cadence = next(number for number in numbers if number.key == "cadence")

    assert cadence.value == pytest.approx(120 / gait.stride_s, abs=cadence.sd)


def test_somebody_who_stands_in_the_picture_makes_no_pass() -> None:
    still = [replace(s, time_s=n / 30) for n, s in enumerate([next(shown(recorded(BEND)))] * 300)]

    told, _, _ = watched(step("walking"), still)

    assert told[-1].passes == 0


def test_a_treadmill_walk_ends_after_its_seconds_and_standing_on_it_does_not_count() -> None:
    which = step("walking", belt_kmh=4.0)
    walk = [*shown(filmed(walking(seconds(24.0), Gait(treadmill=True)).figure))]
    still = [replace(walk[0], time_s=n / 30) for n in range(900)]

    told, _, times = watched(which, walk)
    idle, _, _ = watched(which, still)

    assert told[-1].done
    assert times[len(told) - 1] == pytest.approx(20.0 + 1.2, abs=1.0)
    assert not idle[-1].done


def test_a_treadmill_is_walked_with_each_side_to_the_camera() -> None:
    steps = steps_of("full", {"belt_kmh": 4.0}, withheld=False)

    assert [s.id for s in steps if s.treadmill] == ["walking", "walking2"]
    assert [s.turned for s in steps if s.treadmill] == [False, True]


def test_the_lunge_asks_for_the_bent_knee_and_then_ends() -> None:
    lunge = filmed(BOTH)
    frames = [*shown(lunge)]
    straight = [replace(frames[90], time_s=n / 30) for n in range(120)]
    bent = [replace(frames[-1], time_s=4 + n / 30) for n in range(150)]

    told, _, _ = watched(step("wall_lunge"), [*straight, *bent])

    assert [p.say for p in told if p.say] == ["lunge_bent"]
    assert told[-1].done
    assert len(told) > 120 + 85


def test_a_straight_lunge_alone_does_not_end_it() -> None:
    frame = [*shown(filmed(BOTH))][90]

    told, _, _ = watched(step("wall_lunge"), [replace(frame, time_s=n / 30) for n in range(400)])

    assert not told[-1].done


def lying(raise_deg: float) -> Floats:
    """Somebody on their back, head at the left, the near leg raised."""
    xy = np.zeros((33, 2))
    xy[:, 1] = 600.0
    for point, x in (("head", 200.0), ("shoulder", 300.0), ("hip", 500.0)):
        rows = {"head": range(11), "shoulder": (11, 12), "hip": (23, 24)}[point]
        xy[list(rows), 0] = x
    xy[[13, 14], 0], xy[[15, 16, 17, 18, 19, 20, 21, 22], 0] = 400.0, 480.0
    up = math.radians(raise_deg)
    for side, lean in ((0, 0.0), (1, up)):
        for base, reach in ((25, 150.0), (27, 300.0), (29, 310.0), (31, 300.0)):
            xy[base + side] = [500 + reach * math.cos(lean), 600 - reach * math.sin(lean)]
        xy[31 + side] += [20 * math.sin(lean), -20 * math.cos(lean)]
    xy[31] = [800.0, 560.0]
    return xy


def test_a_leg_raise_is_asked_for_held_and_lowered() -> None:
    angles = [*[0.0] * 60, *np.linspace(0, 70, 45), *[70.0] * 90, *np.linspace(70, 0, 45)]
    angles += [0.0] * 30
    frames = [
        Seen(time_s=n / 30, size_px=(1280, 720), xy_px=lying(deg), visibility=np.ones(33))
        for n, deg in enumerate(angles)
    ]

    told, numbers, _ = watched(step("leg_raise"), frames)

    assert [p.say for p in told if p.say] == ["raise", "lower"]
    assert told[-1].done
    assert numbers[0].key == "raise"
    assert numbers[0].value == pytest.approx(70, abs=1)


def test_a_bend_with_bent_knees_is_said() -> None:
    marks = recorded(BEND)
    bottom = int(np.nanargmax(marks.xy_px[:, 12, 1]))
    stands = [replace(next(shown(marks)), time_s=n / 30) for n in range(60)]
    squat = np.asarray(marks.xy_px[bottom], dtype=float).copy()
    squat[[25, 26], 0] += 90.0  # knees forward
    bends = [replace(stands[0], time_s=2 + n / 30, xy_px=squat) for n in range(20)]

    told, _, _ = watched(step("forward_bend"), [*stands, *bends])

    assert any(p.problem is not None and p.problem.code == "live_knees_bent" for p in told)


def test_soft_knees_are_asked_for_and_straight_ones_hold_up_the_bend() -> None:
    marks = recorded(BEND)
    bottom = int(np.nanargmax(marks.xy_px[:, 12, 1]))
    stands = [replace(next(shown(marks)), time_s=n / 30) for n in range(60)]
    straight = np.asarray(marks.xy_px[bottom], dtype=float)
    squat = straight.copy()
    squat[[25, 26], 0] += 60.0  # knees forward
    bent = [
        [replace(stands[0], time_s=2 + n / 30, xy_px=xy) for n in range(120)]
        for xy in (straight, squat)
    ]
    which = step("soft_knee_bend")

    stiff, _, _ = watched(which, [*stands, *bent[0]])
    soft, _, _ = watched(which, [*stands, *bent[1]])

    assert which.variant == "soft_knee"
    assert [p.say for p in soft if p.say] == ["bend_soft", "hold", "up"]
    assert "up" not in {p.say for p in stiff}
    assert any(p.problem is not None and p.problem.code == "live_knees_straight" for p in stiff)


def test_the_other_bends_follow_the_bend_they_are_compared_with() -> None:
    answers = {"extras": ["heel_wedge_bend", "soft_knee_bend", "leg_raise"]}

    free = [s.id for s in steps_of("quick", answers, withheld=False)]

    assert free == ["forward_bend", "soft_knee_bend", "heel_wedge_bend", "leg_raise"]
    assert [s.id for s in steps_of("quick", answers, withheld=True)] == ["leg_raise"]


def test_every_recording_is_analysed_as_its_step() -> None:
    answers = {"extras": [*EXTRAS]}
    asked = {s.id: (s.activity, s.variant) for s in steps_of("full", answers, withheld=False)}

    assert asked["leg_raise"] == (Activity.LEG_RAISE, "none")
    assert asked["calibration"] == (Activity.STANDING, "calibration")
    assert asked["heel_wedge_bend"] == (Activity.FORWARD_BEND, "heel_wedge")


def test_red_flags_put_the_leg_raise_in_the_place_of_every_bend() -> None:
    answers = {"extras": ["forward_bend_after"]}

    free = [s.id for s in steps_of("full", answers, withheld=False)]
    withheld = [s.id for s in steps_of("full", answers, withheld=True)]

    assert free[:4] == ["standing", "standing2", "warm_up", "forward_bend"]
    assert free[4:] == ["walking", "forward_bend_after"]
    assert withheld == ["standing", "standing2", "leg_raise", "walking"]
    assert [s.id for s in steps_of("quick", {}, withheld=True)] == ["leg_raise"]


def test_an_unknown_check_is_a_wrong_call() -> None:
    with pytest.raises(ValueError, match="recordings"):
        steps_of("recordings", {}, withheld=False)
