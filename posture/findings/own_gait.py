"""Whether a walk is the person's own: one with a limp, or at a wrong pace, tells of no calf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from posture.types import Activity, Fact, FactKind, Measure, Quality, Reason

LIMP = "walk_limps"  # what the measures of an uneven walk are marked with
_LIKELY = 0.5  # ours; a fact that is likelier so than not counts
# Facts about a whole clip that leave angles as they are and make the walk's pace unknown, unless
# the factor is known: then the code of their sentence is another one. A walk backwards is not
# measured; should it be, its measures carry the fact as their reason.
_WHOLE_CLIP = (FactKind.SLOWED_DOWN, FactKind.SPED_UP)
_FOREIGN = (LIMP, "fact_backwards", "fact_slowed_down", "fact_sped_up")
WITHHELD_BY_LIMP = "calf_withheld_limp"
WITHHELD = (WITHHELD_BY_LIMP, "calf_withheld_backwards", "calf_withheld_pace")


def is_foreign(measure: Measure) -> bool:
    """Say whether a measure of walking is marked as not being the person's own gait."""
    return (
        measure.activity is Activity.WALKING
        and measure.reason is not None
        and measure.reason.code in _FOREIGN
    )


def limps(measures: Sequence[Measure]) -> bool:
    """Say whether any walk was uneven: then pain is asked about before a calf is judged."""
    return any(is_foreign(m) and m.reason is not None and m.reason.code == LIMP for m in measures)


def withheld(measures: Sequence[Measure], link: str) -> Reason | None:
    """Return why nothing of a walk counts for a calf; a limp comes before the rest."""
    codes = {m.reason.code for m in measures if is_foreign(m) and m.reason is not None}
    told = {"link": link}
    if LIMP in codes:
        return Reason("calf_withheld_limp", told)
    if "fact_backwards" in codes:
        return Reason("calf_withheld_backwards", told)
    return Reason("calf_withheld_pace", told) if codes else None


def marked(measures: Sequence[Measure], facts: Sequence[Fact]) -> tuple[Measure, ...]:
    """Return one clip's measures, those of walking marked with what the clip is like.

    Source
        Ours: a walk's angles depend on its pace, and where that is unknown nothing is expected.
    """
    told = (f for f in facts if f.kind in _WHOLE_CLIP and f.reason.code in _FOREIGN)
    fact = next((f for f in told if f.probability >= _LIKELY), None)
    if fact is None:
        return tuple(measures)
    return tuple(
        replace(m, quality=Quality.SUSPECT, reason=fact.reason)
        if m.activity is Activity.WALKING and m.quality is not Quality.MISSING and not is_foreign(m)
        else m
        for m in measures
    )
