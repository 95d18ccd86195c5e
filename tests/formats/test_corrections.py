"""Corrections read from whoever wrote them: what is none is refused in one sentence."""

from __future__ import annotations

import pytest

from posture.errors import CannotCorrect
from posture.formats.corrections import corrections_record, read_corrections
from posture.outputs.words import LANGUAGES, sentence
from posture.types import Corrections, EventKind, LeftOut, MovedEvent, Side

MOVED = {"kind": "heel_strike", "side": "left", "from_s": 1.0, "to_s": 1.1}
OUT = {"part": "stride", "side": "left", "start_s": 1.0, "end_s": 2.0}


def test_corrections_come_back_as_they_were() -> None:
    made = Corrections(
        moved=(
            MovedEvent(kind=EventKind.BEND_BOTTOM, side=Side.BOTH, from_s=1 / 3, to_s=0.7),
            MovedEvent(kind=EventKind.TOE_OFF, side=Side.RIGHT, from_s=2.0, to_s=1.9),
        ),
        left_out=(LeftOut(part="repetition", side=Side.BOTH, start_s=0.0, end_s=2.5),),
    )

    assert read_corrections(corrections_record(made)) == made
    assert read_corrections({}) == Corrections()
    assert not Corrections()


@pytest.mark.parametrize(
    "record",
    [
        [],
        "moved",
        {"moved": 1},
        {"moved": [1]},
        {"moved": [{**MOVED, "kind": "hiccup"}]},
        {"moved": [{**MOVED, "side": "both"}]},
        {"moved": [{**MOVED, "to_s": "soon"}]},
        {"moved": [{**MOVED, "to_s": True}]},
        {"moved": [{**MOVED, "to_s": float("inf")}]},
        {"moved": [{"kind": "heel_strike"}]},
        {"left_out": [{**OUT, "part": "clip"}]},
        {"left_out": [{**OUT, "end_s": 0.5}]},
        {"left_out": [{**OUT, "side": "both"}]},
    ],
)
def test_what_is_no_correction_is_refused_in_a_sentence(record: object) -> None:
    with pytest.raises(CannotCorrect) as trouble:
        read_corrections(record)

    for language in LANGUAGES:
        told = sentence(trouble.value.reason, language)
        assert "\n" not in told
        assert len(told) < 260
