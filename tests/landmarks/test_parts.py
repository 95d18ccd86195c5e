"""Parts of a clip that show somebody else than the client are said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from posture.landmarks.parts import different_people
from posture.landmarks.people import Track
from posture.types import FactKind, Person, Reason
from tests.landmarks.make import body, track

CUT_S = 5.0
PERSON = Person(
    count_seen=2, number=1, chosen_because=Reason("chosen_largest", {"count": 2}), seen_share=0.5
)


def seen(first_s: float, last_s: float, x: float = 300) -> Track:
    sighted = track(np.arange(first_s, last_s, 1.0).tolist(), lambda _: body((x, 300), 200))
    return replace(sighted, cuts_s=(CUT_S,))


def test_another_person_after_a_cut_is_said_with_when() -> None:
    client, other = seen(0, 5), seen(5.5, 10)

    (fact,) = different_people([client, other], client, PERSON)

    assert fact.kind is FactKind.TWO_PEOPLE
    assert fact.reason == Reason("fact_two_people", {"count": 2, "number": 1})
    assert fact.spans_s == ((5.5, 9.5),)


def test_somebody_beside_the_client_is_not_another_part_s_person() -> None:
    client, other = seen(0, 10), seen(6, 10, x=900)

    assert different_people([client, other], client, PERSON) == ()


def test_one_person_throughout_is_one_person() -> None:
    client = seen(0, 10)

    assert different_people([client], client, PERSON) == ()


def test_who_is_seen_once_after_a_cut_is_nobody_to_choose() -> None:
    client, other = seen(0, 5), seen(5.5, 6)

    assert different_people([client, other], client, PERSON) == ()
