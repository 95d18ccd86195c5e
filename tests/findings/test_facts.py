"""What a clip is like decides what is concluded from it."""

from __future__ import annotations

from posture.findings.assessment import assessment_of, judged_together
from posture.findings.own_gait import is_foreign, marked
from posture.types import Activity, Assessment, Fact, FactKind, Label, Level, Link, Reason, Side
from tests.findings.make import bend, both_lunges, finding, seen, speed, walk

WALKED = [speed(0.45), *walk(Side.LEFT, heel_off=31, shank=10, dorsiflexion=6, knee=16)]
TIGHT = [
    *bend(46, 52, 18),
    *both_lunges(33, 39),
    seen("leg_raise_angle", 48, Side.LEFT),
]


def fact(kind: FactKind, probability: float = 0.9) -> Fact:
    reason = Reason(f"fact_{kind.value}")
    return Fact(kind=kind, reason=reason, spans_s=(), probability=probability)


def test_a_clip_that_shows_two_people_gives_no_verdict() -> None:
    two = fact(FactKind.TWO_PEOPLE)
    alone, cut = assessment_of(TIGHT), assessment_of(TIGHT, facts=[two])

    assert alone.verdict.label is Label.HAMSTRING
    assert (cut.verdict.label, cut.verdict.because) == (Label.INCONCLUSIVE, two.reason)
    assert all(found.level is not Level.SUGGESTED for found in cut.findings)


def test_a_clip_that_hardly_shows_two_people_is_judged() -> None:
    told = assessment_of(TIGHT, facts=[fact(FactKind.TWO_PEOPLE, 0.2)])

    assert told.verdict.label is Label.HAMSTRING


def test_two_people_in_one_of_several_clips_give_no_verdict_unless_nobody_doubts_them() -> None:
    measures = [(number, m) for number, part in enumerate((TIGHT, WALKED)) for m in part]
    facts = [(fact(FactKind.TWO_PEOPLE),), ()]
    doubted = judged_together(measures, [{}, {}], ["a", "b"], facts=facts)
    sure = judged_together(measures, [], ["a", "b"], facts=facts)

    assert doubted.two_people == facts[0][0].reason
    assert doubted.assessment.verdict.label is Label.INCONCLUSIVE
    assert sure.two_people is None
    assert sure.assessment.verdict.label is Label.HAMSTRING


def test_slow_motion_takes_the_walk_of_its_own_clip_out_and_no_other() -> None:
    slow = fact(FactKind.SLOWED_DOWN)
    measures = [(number, m) for number, part in enumerate((WALKED, TIGHT)) for m in part]
    first, second = (
        judged_together(measures, [], ["a", "b"], facts=facts).assessment
        for facts in ([(slow,), ()], [(), (slow,)])
    )

    def walked(assessment: Assessment) -> bool:
        calf = finding(assessment.findings, Link.CALF, Side.LEFT)
        return any(e.measure.activity is Activity.WALKING for e in calf.evidence)

    assert not walked(first)
    assert walked(second)


def test_a_walk_forwards_beside_one_backwards_stays_the_persons_own() -> None:
    told = marked(WALKED, [fact(FactKind.BACKWARDS)])

    assert not any(map(is_foreign, told))
