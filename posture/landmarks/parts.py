"""Who is in which part of a clip that is cut together."""

from __future__ import annotations

from collections.abc import Sequence

from posture.landmarks.people import Track
from posture.types import Fact, FactKind, Person, Reason


def different_people(people: Sequence[Track], client: Track, person: Person) -> tuple[Fact, ...]:
    """Say that parts between cuts show somebody else and not the client; nothing where none do."""
    own = client.parts
    elsewhere = [
        other
        for other in people
        if other is not client and len(other.sightings) >= _LASTING and other.parts.isdisjoint(own)
    ]
    if not elsewhere:
        return ()
    return (
        Fact(
            kind=FactKind.TWO_PEOPLE,
            reason=Reason(
                "fact_two_people", {"count": 1 + len(elsewhere), "number": person.number}
            ),
            spans_s=tuple((t.sightings[0].time_s, t.sightings[-1].time_s) for t in elsewhere),
            probability=_SURE,
            what_to_do=Reason("fact_two_people_todo"),
        ),
    )


_LASTING = 3  # ours; sightings: somebody seen once or twice is no client of another part
_SURE = 0.95  # ours; they wear something else, and no camera was put away between them
