"""Whoever passes in front of the client is a gap; whoever does not costs the client nothing.

Without model and video: both people's points are known at all times, what the follower would have
found is made from them, and the closer looks see whoever is not hidden.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from posture.landmarks.clothes import Clothes
from posture.landmarks.follow import Followed
from posture.landmarks.mediapipe import Pose
from posture.landmarks.passers import (
    PasserSettings,
    hidden_by_others,
    moments_to_look_at,
    passing_fact,
)
from posture.landmarks.people import Sighting, Track, body_centre, sightings_of, tracks_of
from posture.landmarks.skeleton import NAMES
from posture.types import Bools, Fact, FactKind
from tests.landmarks.make import body, samples

SIZE_PX, X, Y = 300.0, 500.0, 360.0
RATE_HZ = 30.0
TIME_S = np.arange(0, 6, 1 / RATE_HZ)
OURS: Clothes = np.array([(40.0, 50, 30), (20, 0, 0), (60, 10, 15)])
THEIRS: Clothes = np.array([(30.0, 10, -40), (60, 0, 40), (20, 0, 0)])
Someone = Callable[[float], Pose | None]


def on_floor(pose: Pose, floor_px: float = Y + 0.6 * SIZE_PX) -> Pose:
    """Return a body with its feet there, bent as upright."""
    down = np.array([0, floor_px - pose.xy_px[:, 1].max()], dtype=np.float32)
    return replace(pose, xy_px=pose.xy_px + down)


def stands(time_s: float) -> Pose:
    return on_floor(body((X + 3 * np.sin(time_s), Y), SIZE_PX))


def bends(time_s: float) -> Pose:
    return on_floor(body((X, Y), SIZE_PX, lean_deg=90 * np.sin(np.pi * time_s / 6) ** 2))


def walks_by(
    *, lower: float, scale: float, speed: float = 1.0, at_s: float = 3.0, to_left: bool = False
) -> Someone:
    """Return somebody who is where the client is at `at_s`, sizes a second, feet `lower` sizes."""

    def at(time_s: float) -> Pose | None:
        x = X + (-1 if to_left else 1) * speed * SIZE_PX * (time_s - at_s)
        step = 0.45 * np.sin(2 * np.pi * time_s / 1.1)
        upright = body((x, Y), scale * SIZE_PX, step=step)
        floor_px = Y + (0.6 + lower) * SIZE_PX
        return on_floor(upright, floor_px) if -200 < x < 1200 else None

    return at


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The client, somebody else, and who of them is seen where they meet."""

    client: Someone
    other: Someone
    in_front: bool
    theirs: Clothes = field(default_factory=THEIRS.copy)

    def overlap(self, time_s: float) -> bool:
        one, two = self.client(time_s), self.other(time_s)
        if one is None or two is None:
            return False
        return abs(body_centre(one.xy_px)[0] - body_centre(two.xy_px)[0]) < 0.35 * SIZE_PX

    def look(self, frame: int) -> tuple[Sighting, ...]:
        """See whoever is not hidden by the other one."""
        time_s = float(TIME_S[frame])
        seen = []
        for person, clothes, is_hidden in (
            (self.client, OURS, self.in_front),
            (self.other, self.theirs, not self.in_front),
        ):
            pose = person(time_s)
            if pose is not None and not (is_hidden and self.overlap(time_s)):
                (sample,) = sightings_of(frame, time_s, [pose])
                seen.append(replace(sample, clothes=clothes))
        return tuple(seen)

    def looks(self, frames: list[int]) -> list[tuple[Sighting, ...]]:
        return [self.look(frame) for frame in frames]

    def followed(self, *, fooled: bool) -> Followed:
        """Return what the follower makes of it: fooled, it takes the passer for the client."""
        rows = Followed.empty(len(TIME_S), len(NAMES))
        for frame, time_s in enumerate(TIME_S.tolist()):
            takes_other = self.in_front and self.overlap(time_s)
            pose = self.other(time_s) if takes_other and fooled else self.client(time_s)
            if pose is not None and (fooled or not takes_other):
                rows.put(frame, pose)
            rows.strangers[frame] = takes_other and not fooled
        return rows


def judged(scene: Scene, *, fooled: bool = False) -> tuple[Bools, tuple[Fact, ...], int]:
    """Return where the client is kept, what is said, and how many closer looks it took."""
    settings = PasserSettings()
    tracks = tracks_of(scene.looks(list(range(0, len(TIME_S), 30))))
    # of two dressed alike, the client is the one who stays where the client is
    client = min(
        tracks, key=lambda t: abs(t.place_at(0.5)[0] - X) if scene.client is not None else 0
    )
    others = [t for t in tracks if t is not client]
    rows = scene.followed(fooled=fooled)
    numbers = moments_to_look_at(TIME_S, rows, client, others, settings)
    hidden = hidden_by_others(TIME_S, rows, client, scene.looks(numbers), settings)
    rows.clear(hidden.not_client)
    kept = np.isfinite(rows.xy_px[:, 0, 0])
    return kept, passing_fact(TIME_S, hidden.in_front, settings), len(numbers)


FRONT = [
    pytest.param({"lower": 0.05, "scale": 1.05}, id="half a step in front"),
    pytest.param({"lower": 0.12, "scale": 1.12}, id="a step in front"),
    pytest.param({"lower": 0.4, "scale": 1.4}, id="close to the camera"),
    pytest.param({"lower": 0.12, "scale": 1.12, "speed": 1.8}, id="in a hurry"),
    pytest.param({"lower": 0.12, "scale": 0.95, "to_left": True}, id="a shorter one, to the left"),
]


@pytest.mark.parametrize("client", [stands, bends])
@pytest.mark.parametrize("how", FRONT)
@pytest.mark.parametrize("theirs", [THEIRS, OURS], ids=["other clothes", "the same clothes"])
@pytest.mark.parametrize("fooled", [False, True])
def test_no_picture_of_somebody_in_front_is_the_client_s(
    client: Someone, how: dict[str, Any], theirs: Clothes, *, fooled: bool
) -> None:
    scene = Scene(client=client, other=walks_by(**how), in_front=True, theirs=theirs)
    kept, facts, _ = judged(scene, fooled=fooled)
    covered = np.array([scene.overlap(t) for t in TIME_S.tolist()])

    assert not kept[covered].any()
    # and it is over when the passer is clear of the client, arm and step included
    others = [scene.other(t) for t in TIME_S.tolist()]
    clear = [p is None or abs(body_centre(p.xy_px)[0] - X) > 1.3 * SIZE_PX for p in others]
    assert kept[clear].all()
    assert [fact.kind for fact in facts] == [FactKind.PERSON_IN_FRONT]
    ((start_s, end_s),) = facts[0].spans_s
    middle_s = float(TIME_S[covered].mean())
    assert start_s < middle_s - 0.05
    assert end_s > middle_s + 0.05


@pytest.mark.parametrize("client", [stands, bends])
@pytest.mark.parametrize("lower", [-0.05, -0.1, -0.25])
@pytest.mark.parametrize("theirs", [THEIRS, OURS], ids=["other clothes", "the same clothes"])
def test_somebody_who_passes_behind_costs_no_picture_and_is_not_said(
    client: Someone, lower: float, theirs: Clothes
) -> None:
    other = walks_by(lower=lower, scale=1 + lower)
    kept, facts, _ = judged(Scene(client=client, other=other, in_front=False, theirs=theirs))

    assert kept.all()
    assert facts == ()


def test_somebody_far_behind_is_not_looked_at_twice() -> None:
    other = walks_by(lower=-0.3, scale=0.7)

    assert judged(Scene(client=stands, other=other, in_front=False))[2] == 0


def test_a_client_alone_is_not_looked_at_twice() -> None:
    scene = Scene(client=bends, other=lambda _: None, in_front=False)

    assert judged(scene)[2] == 0


def test_somebody_who_stands_beside_the_client_hides_nothing() -> None:
    def beside(_: float) -> Pose:
        return body((X + 0.7 * SIZE_PX, Y + 20), SIZE_PX)

    kept, facts, _ = judged(Scene(client=stands, other=beside, in_front=False))

    assert kept.all()
    assert facts == ()


def test_a_quick_walker_alone_keeps_every_picture() -> None:
    def walks(time_s: float) -> Pose:
        return body((100 + 1.6 * SIZE_PX * time_s / 2, Y), SIZE_PX, step=0.5 * np.sin(7 * time_s))

    kept, facts, looks = judged(
        Scene(client=walks, other=lambda _: None, in_front=False), fooled=False
    )

    assert kept.all()
    assert facts == ()
    assert looks == 0


def test_a_client_who_was_lost_for_a_moment_with_nobody_near_is_no_passing() -> None:
    scene = Scene(client=stands, other=lambda _: None, in_front=False)
    rows = scene.followed(fooled=False)
    lost = (TIME_S > 2) & (TIME_S < 2.5)
    rows.clear(lost)
    (client,) = tracks_of(scene.looks(list(range(0, len(TIME_S), 30))))
    settings = PasserSettings()
    numbers = moments_to_look_at(TIME_S, rows, client, [], settings)

    hidden = hidden_by_others(TIME_S, rows, client, scene.looks(numbers), settings)

    assert numbers
    assert not hidden.not_client.any()
    assert passing_fact(TIME_S, hidden.in_front, settings) == ()


def test_an_hour_of_passers_is_looked_at_a_bounded_number_of_times() -> None:
    time_s = np.arange(0, 3600, 0.25)
    rows = Followed.empty(len(time_s), len(NAMES))
    rows.strangers[:] = True
    client = Track(sightings=samples([0.0], [stands])[0])

    assert len(moments_to_look_at(time_s, rows, client, [], PasserSettings())) <= 150
