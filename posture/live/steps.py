"""Which steps a check has, in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from posture.findings.answers import is_asked, usable_answers
from posture.findings.evidence import load_evidence
from posture.live.bending import Bending
from posture.live.framing import View
from posture.live.lunging import Lunging
from posture.live.moves import MoveSettings, Watcher
from posture.live.raising import Raising
from posture.live.standing import Standing, Tilting
from posture.live.walking import Passing, Treading
from posture.types import Activity, Answers, Variant

StepId = Literal[
    "calibration",
    "standing",
    "standing2",
    "warm_up",
    "forward_bend",
    "soft_knee_bend",
    "heel_wedge_bend",
    "wall_lunge",
    "leg_raise",
    "walking",
    "walking2",
    "forward_bend_after",
]
CHECKS = ("quick", "stand_bend", "full")
EXTRAS = (
    "calibration",
    "soft_knee_bend",
    "heel_wedge_bend",
    "wall_lunge",
    "leg_raise",
    "forward_bend_after",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing the client is led through."""

    id: StepId
    view: View
    watch: Callable[[MoveSettings], Watcher]  # a new watcher, which says when it has been done
    says: str = "stand"  # first of all
    spoken_s: float = 4.0  # ours; about how long that takes to say; the count begins after it
    activity: Activity | None  # what the recording is analysed as; None = found out
    variant: Variant = "none"  # and how it differs from the usual
    recorded: bool = True
    treadmill: bool = False
    waits: bool = False  # for the trainer to say that the care is done
    arms_hang: bool = False  # it begins with the arms hanging: raised ones push the shoulders back
    turned: bool = False  # the side towards the camera is the other one than in the step before

    @property
    def is_passing(self) -> bool:
        """Whether the client is meant to leave the picture."""
        return self.view == "walking" and not self.treadmill

    @property
    def walks(self) -> bool:
        """Whether the client walks, past the camera or on a belt."""
        return self.view == "walking" or self.treadmill


def _standing(settings: MoveSettings) -> Watcher:
    return Standing(settings.stand_s, settings, collar=False)


def _collar(settings: MoveSettings) -> Watcher:
    return Standing(settings.collar_s, settings, collar=True)


def _soft(settings: MoveSettings) -> Watcher:
    return Bending(settings, soft=True)


_STEPS: dict[StepId, Step] = {
    step.id: step
    for step in (
        Step(
            id="calibration",
            watch=Tilting,
            view="standing",
            activity=Activity.STANDING,
            variant="calibration",
        ),
        Step(
            id="standing",
            watch=_standing,
            view="standing",
            activity=Activity.STANDING,
            arms_hang=True,
        ),
        Step(
            id="standing2",
            watch=_collar,
            says="stand2",
            spoken_s=3.0,
            view="standing",
            activity=Activity.STANDING,
        ),
        Step(
            id="warm_up",
            watch=Bending,
            says="warm_up",
            spoken_s=5.0,
            view="standing",
            activity=Activity.FORWARD_BEND,
            recorded=False,
            arms_hang=True,
        ),
        Step(
            id="forward_bend",
            watch=Bending,
            view="standing",
            activity=Activity.FORWARD_BEND,
            arms_hang=True,
        ),
        Step(
            id="soft_knee_bend",
            watch=_soft,
            view="standing",
            activity=Activity.FORWARD_BEND,
            variant="soft_knee",
            arms_hang=True,
        ),
        Step(
            id="heel_wedge_bend",
            watch=Bending,
            says="wedge",
            spoken_s=5.0,
            view="standing",
            activity=Activity.FORWARD_BEND,
            variant="heel_wedge",
            arms_hang=True,
        ),
        Step(
            id="wall_lunge",
            watch=Lunging,
            says="lunge",
            spoken_s=5.0,
            view="standing",
            activity=Activity.WALL_LUNGE,
        ),
        Step(
            id="leg_raise",
            watch=Raising,
            says="lie",
            spoken_s=3.0,
            view="lying",
            activity=Activity.LEG_RAISE,
        ),
        Step(
            id="walking",
            watch=Passing,
            says="walk",
            spoken_s=5.0,
            view="walking",
            activity=Activity.WALKING,
        ),
        Step(
            id="forward_bend_after",
            watch=Bending,
            view="standing",
            activity=Activity.FORWARD_BEND,
            waits=True,
            arms_hang=True,
        ),
    )
}
_BENDS = frozenset(
    {"warm_up", "forward_bend", "soft_knee_bend", "heel_wedge_bend", "forward_bend_after"}
)
# What follows the bend, in this order: the other bends at once, as they are compared with it.
_BEHIND_THE_BEND: tuple[StepId, ...] = (
    "soft_knee_bend",
    "heel_wedge_bend",
    "wall_lunge",
    "leg_raise",
)


def steps_of(check: str, answers: Mapping[str, object], *, withheld: bool) -> tuple[Step, ...]:
    """Return the steps of a check, as the answers and the red flags allow.

    With red flags, and with answers that do not go with a bend, nobody is asked to: the leg
    raise, lying, takes the bend's place.
    """
    if check not in CHECKS:
        raise ValueError(f"expected a check out of {CHECKS}, got {check!r}")
    extras = {extra for extra in _listed(answers.get("extras")) if extra in EXTRAS}
    wanted: list[StepId] = []
    if "calibration" in extras:
        wanted.append("calibration")
    if check != "quick":
        wanted += ["standing", "standing2"]
    if "forward_bend_after" in extras:
        wanted.append("warm_up")  # repeating alone adds centimetres; most of them the first time
    wanted.append("forward_bend")
    wanted += [step for step in _BEHIND_THE_BEND if step in extras]
    if check == "full":
        wanted.append("walking")
    if "forward_bend_after" in extras:
        wanted.append("forward_bend_after")
    wanted = _allowed(wanted, usable_answers(answers), withheld=withheld)
    steps = [_STEPS[step] for step in wanted]
    if "walking" in wanted and _belt_kmh(answers) is not None:
        steps = [new for step in steps for new in _on_treadmill(step)]
    return tuple(steps)


def _allowed(wanted: list[StepId], answers: Answers, *, withheld: bool) -> list[StepId]:
    """Return the steps that go with the answers; standing where nothing else does."""
    table = load_evidence()

    def may(move: Activity) -> bool:
        return is_asked(move, answers, table)

    left = [step for step in wanted if step != "wall_lunge" or may(Activity.WALL_LUNGE)]
    if withheld or not may(Activity.FORWARD_BEND):
        left = [step for step in left if step not in _BENDS]
        if "leg_raise" not in left:
            left.insert(_place_of_bend(left), "leg_raise")
    left = [step for step in left if step != "leg_raise" or may(Activity.LEG_RAISE)]
    return left or ["standing"]


def _place_of_bend(wanted: list[StepId]) -> int:
    before = [
        i for i, step in enumerate(wanted) if step in {"calibration", "standing", "standing2"}
    ]
    return max(before, default=-1) + 1


def _on_treadmill(step: Step) -> tuple[Step, ...]:
    if step.id != "walking":
        return (step,)
    walk = replace(step, view="standing", treadmill=True, watch=Treading, says="treadmill")
    walk = replace(walk, spoken_s=4.0)
    return (walk, replace(walk, id="walking2", turned=True))


def _listed(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


def _belt_kmh(answers: Mapping[str, object]) -> float | None:
    value = answers.get("belt_kmh")
    return float(value) if isinstance(value, (int, float)) and value > 0 else None
