"""From what the evidence table adds up to, to a probability that is right as often as it says.

Fitted on simulated bodies of known restriction (posture/truth/restriction), so wherever a
probability is shown it is to be said that it is calibrated on simulated bodies.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeVar

import numpy as np

from posture.types import Floats, Link

Chance = TypeVar("Chance", float, Floats)
_LEAST = 1e-6  # of a probability, so that its odds stay finite after the slope


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How the evidence about one link turns into a probability, by what was seen of it.

    logit(P) = logit(prior) + shift + slope x nats, with the nats of docs/method.md, section 6.1.
    """

    link: Link
    seen: tuple[str, ...]  # only where each of these signs or activities speaks of the link
    shift: float  # nats: what having looked is worth when the evidence adds up to nothing
    slope: float  # above 0, so that more evidence never makes a link less likely
    source: str
    suggested: float = 0.0  # at least this to be suggested, where the rule's own is lower
    most: float = 1.0  # no evidence of this kind makes the link likelier than this

    def __post_init__(self) -> None:
        if not self.slope > 0:
            raise ValueError(f"{self.link.value}: slope is above 0, got {self.slope}")
        if not 0 < self.most <= 1:
            raise ValueError(f"{self.link.value}: most is above 0 and at most 1, got {self.most}")
        if not self.source.strip():
            raise ValueError(f"{self.link.value}: source left blank")

    def probability(self, chance: Chance, prior: float) -> Chance:
        """Return the calibrated probability; `chance` is the model's own."""
        inside = np.clip(chance, _LEAST, 1 - _LEAST)
        nats = np.log(inside / (1 - inside)) - np.log(prior / (1 - prior))
        odds = np.exp(np.log(prior / (1 - prior)) + self.shift + self.slope * nats)
        found: Chance = np.minimum(odds / (1 + odds), self.most)
        return found


@cache
def load_calibrations() -> tuple[Calibration, ...]:
    """Read and check the table; a bad row stops the program.

    Source
        calibration.toml, written by `posture truth calibrate`.
    """
    text = files("posture.findings").joinpath("calibration.toml").read_text("utf-8")
    return parse_calibrations(text)


def parse_calibrations(text: str) -> tuple[Calibration, ...]:
    """Turn the text of a table into its rows."""
    data = tomllib.loads(text)
    return tuple(
        Calibration(
            link=Link(row["link"]),
            seen=tuple(row.get("seen", ())),
            shift=row["shift"],
            slope=row["slope"],
            source=data["source"],
            suggested=row.get("suggested", 0.0),
            most=row.get("most", 1.0),
        )
        for row in data["calibration"]
    )


def calibration_of(
    link: Link, seen: Collection[str], rows: Sequence[Calibration]
) -> Calibration | None:
    """Return the row of a link: the first of which all was seen; None without one.

    `seen` names the signs that speak of the link, and their activities.
    """
    return next((row for row in rows if row.link is link and set(row.seen) <= set(seen)), None)
