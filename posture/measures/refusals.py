"""The one door through which measures leave: what of them stands, and why the rest does not.

docs/not-measured.md lists every reason, what it withholds and when.
"""

from __future__ import annotations

from collections.abc import Sequence

from posture.measures.facts import under_facts
from posture.measures.found import Asked
from posture.measures.gates import qualified
from posture.measures.possible import is_withheld, only_possible
from posture.measures.take import Take
from posture.types import Fact, Floats, Measure


def what_stands(
    take: Take, measures: Sequence[Measure], asked: Asked
) -> tuple[tuple[Measure, ...], bool]:
    """Return what of one take's measures stands, and whether anything may rest on the take.

    In this order: what the take itself shows (arms, pain, rate), what the clip is like, and what
    a living body can do.

    Needs
        All measures of the take; `asked.pain` today, 0 to 10, None where nobody was asked.
    Source
        `qualified`, `under_facts`, `only_possible`.
    """
    found = qualified(take, measures, pain=asked.pain, settings=asked.gates)
    found = only_possible(under_facts(found, take.facts, take.landmarks.time_s))
    return found, not is_withheld(found)


def what_stands_together(
    of_takes: Sequence[Measure],
    of_several: Sequence[Measure],
    facts: Sequence[Fact],
    time_s: Floats,
) -> tuple[Measure, ...]:
    """Return what stands of a clip: of its takes, and of what several of them say together.

    Needs
        Measures of takes as `what_stands` returns them; the clip's times and facts.
    Source
        `under_facts`, `only_possible`.
    """
    return only_possible([*of_takes, *under_facts(of_several, facts, time_s)])
