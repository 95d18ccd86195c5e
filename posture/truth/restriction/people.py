"""Who is drawn: which link is stiff and how much, and what else is the matter with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from posture.types import Link

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Names = NDArray[np.str_]

Who = Literal[
    "people",  # as they come: every link free, borderline or clearly stiff
    "hamstring",  # one clear restriction, the rest free
    "calf",
    "back",
    "borderline_hamstring",
    "borderline_calf",
    "free",
    "healthy",  # what studies take: hips and calves free or borderline, nothing else the matter
]
WHO: tuple[Who, ...] = get_args(Who)

FREE, BORDERLINE, CLEAR = 0, 1, 2
LINKS = (Link.HAMSTRING, Link.CALF, Link.BACK)

# Shares of clear restrictions: those of docs/method.md, section 6.1, among links that are either
# clear or free, so that the inference's own prior is right for these people.
CLEAR_SHARE = {Link.HAMSTRING: 0.35, Link.CALF: 0.25, Link.BACK: 0.20}
BORDERLINE_SHARE = 0.15  # ours

Kind = Literal["plain", "stops_early", "guards", "belly", "stiff_hips", "short_arms", "slow"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# ours: free bodies are there to fool the inference, people as they come are mostly as usual
OTHER_SHARE = {"free": 0.10, "people": 0.05}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to draw; the same order gives the same people."""

    who: Who = "people"
    count: int = 1000
    seed: int = 1
    strength: float = 1.0  # how much of a restriction's effect there is


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """How far a link goes, deg, by class: uniform within a band, normal above the free limit."""

    clear: tuple[float, float]
    borderline: tuple[float, float]
    mean: float
    sd: tuple[float, float]  # every person's own, uniform between the two
    source: str

    def draw(self, level: Ints, u: Array, u_sd: Array, strength: float) -> Array:
        """Return the limits of people of these classes; u and u_sd are uniform in 0..1."""
        sd = self.sd[0] + (self.sd[1] - self.sd[0]) * u_sd
        below = ndtr((self.borderline[1] - self.mean) / sd)
        free = self.mean + sd * ndtri(below + (1 - below) * u)
        stiff = np.where(level == CLEAR, _within(self.clear, u), _within(self.borderline, u))
        return np.where(level == FREE, free, self.mean + strength * (stiff - self.mean))

    def depth(self, level: Ints, value: Array) -> Array:
        """Return how deep a restriction is: 0 free, 1 in the middle of the clear band."""
        edge, middle = self.borderline[1], float(np.mean(self.clear))
        return np.where(level == FREE, 0.0, np.clip((edge - value) / (edge - middle), 0.0, 1.5))

    def within_class(self, level: Ints, value: Array) -> Array:
        """Return how far people are from the middle of their class, in sd of that class."""
        free_mean, free_sd = self._free()
        middle = (free_mean, float(np.mean(self.borderline)), float(np.mean(self.clear)))
        sd = (free_sd, *(_uniform_sd(b) for b in (self.borderline, self.clear)))
        return np.asarray((value - np.array(middle)[level]) / np.array(sd)[level])

    def _free(self) -> tuple[float, float]:
        """Return mean and sd of the free: a normal cut off below."""
        sd = float(np.mean(self.sd))
        cut = (self.borderline[1] - self.mean) / sd
        ratio = float(np.exp(-cut * cut / 2) / np.sqrt(2 * np.pi) / (1 - ndtr(cut)))
        return self.mean + sd * ratio, sd * float(np.sqrt(1 + cut * ratio - ratio * ratio))


def _uniform_sd(band: tuple[float, float]) -> float:
    return (band[1] - band[0]) / 12**0.5


def _within(band: tuple[float, float], u: Array) -> Array:
    return band[0] + (band[1] - band[0]) * u


HIP = Band(
    clear=(40.0, 55.0),
    borderline=(55.0, 66.0),
    mean=72.0,
    sd=(4.0, 8.0),
    source="Gajdosik 1992 (72 +- 4 against 52 +- 9, straight knees); sd to 8 and bands ours",
)
LUNGE = Band(
    clear=(12.0, 20.0),
    borderline=(20.0, 27.0),
    mean=33.3,
    sd=(5.5, 5.5),
    source="Baumbach 2016 (33.3 +- 5.5, straight knee); bands ours",
)
LUMBAR = Band(
    clear=(15.0, 30.0),
    borderline=(30.0, 40.0),
    mean=52.0,
    sd=(7.0, 7.0),
    source="Esola 1996 (41.6) and Jandre Reis 2015 (64.5): between; bands docs/method.md, 3.2",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """People of known truth. Levels are FREE, BORDERLINE or CLEAR; angles in degrees."""

    order: Order
    generator: str
    kind: Names  # (n,) of KINDS
    level: Mapping[Link, Ints]  # (n,) by link
    leg_m: Array  # (n,) length of the leg
    fingertip_m: Array  # (n,) above the floor at the bottom, negative below it (as off a step)
    bend: Mapping[str, Array]  # (n,) true values of the bend's measures
    speed: Array  # (n,) of walking, leg lengths a second
    sided: Mapping[str, Array]  # (n, 2) left and right: walking, lunge, leg raise

    def __len__(self) -> int:
        return len(self.kind)


def levels(order: Order, drawn: np.random.Generator) -> dict[Link, Ints]:
    """Return every person's class of every link."""
    n, who = order.count, order.who
    found = {link: np.zeros(n, dtype=np.int64) for link in LINKS}
    for link in LINKS:
        u = drawn.uniform(size=n)
        clear = 0.0 if who == "healthy" else (1 - BORDERLINE_SHARE) * CLEAR_SHARE[link]
        if who == "people" or (who == "healthy" and link is not Link.BACK):
            stiff = np.where(
                u < clear, CLEAR, np.where(u < clear + BORDERLINE_SHARE, BORDERLINE, 0)
            )
            found[link] = stiff.astype(np.int64)
    if who in {"hamstring", "calf", "back"}:
        found[Link(who)][:] = CLEAR
    elif who.startswith("borderline_"):
        found[Link(who.removeprefix("borderline_"))][:] = BORDERLINE
    return found


def kinds(order: Order, drawn: np.random.Generator) -> Names:
    """Return what else is the matter with every person."""
    share = OTHER_SHARE["free" if order.who == "free" else "people"]
    others = len(KINDS) - 1
    p = [1 - others * share, *([share] * others)]
    picked = drawn.choice(len(KINDS), size=order.count, p=p)
    return np.array(KINDS)[np.zeros_like(picked) if order.who == "healthy" else picked]
