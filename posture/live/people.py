"""Who the client is, which way they face, and how often the picture is looked over for people."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from posture.live.body import Body, Seen, body_of, smoothed_lead
from posture.live.framing import of_clients_size
from posture.live.gesture import BothArms, RaisedHand, nearest
from posture.types import Floats


@dataclass(slots=True)
class Choosing:
    """Who of several people it is: who raises a hand, or is pressed on."""

    hand: RaisedHand = field(default_factory=RaisedHand)
    arms: BothArms = field(default_factory=BothArms)
    pick: tuple[float, float] | None = None
    takes_largest: bool = False

    def who(self, people: tuple[Floats, ...], now_s: float) -> int | None:
        """Return the number of the client, once somebody has said so."""
        who = self.hand.who(people, now_s)
        if self.pick is not None:
            who = nearest(people, *self.pick)
        elif self.takes_largest and people:
            who = 0
        if who is not None:
            self.pick, self.takes_largest = None, False
            # the hand that said so comes down first
            self.arms = BothArms(last_s=now_s, told=True)
        return who


@dataclass(slots=True)
class Client:
    """The client from frame to frame."""

    lost_s: float
    lead: float = math.nan
    seen_s: float = -math.inf

    def read(self, seen: Seen) -> Body | None:
        """Return the body in a frame; None where the client is not seen."""
        if seen.xy_px is None:
            if seen.time_s - self.seen_s > self.lost_s:
                self.lead = math.nan  # whoever comes back may face the other way
            return None
        self.seen_s = seen.time_s
        self.lead = smoothed_lead(self.lead, seen.xy_px)
        return body_of(seen, self.lead)


@dataclass(slots=True)
class Looks:
    """When the picture was last looked over, and how many people it held."""

    people: int | None = None  # of the client's size
    at_s: float = -math.inf

    def add(self, seen: Seen) -> None:
        """Take in whether this frame was looked over."""
        if seen.people is not None:
            self.at_s = seen.time_s

    def count(self, seen: Seen, body: Body | None) -> None:
        """Count the people of the client's size in a frame that was looked over."""
        if seen.people is not None:
            self.people = of_clients_size(seen, body)

    def forget(self) -> None:
        """Look again at once."""
        self.people, self.at_s = None, -math.inf
