"""What was corrected by hand, in words."""

from __future__ import annotations

from posture.outputs.words import Words
from posture.types import Corrections, LeftOut


def correction_lines(corrections: Corrections, words: Words) -> tuple[str, ...]:
    """Return a line for each moment that was moved and each part that was left out."""
    moved = (
        words.ui(
            "correct_moved_line",
            event=words.term(f"moment_{one.kind.value}"),
            leg=words.term(one.side.value),
            from_s=one.from_s,
            to_s=one.to_s,
        )
        for one in sorted(corrections.moved, key=lambda one: one.from_s)
    )
    left_out = (
        _part_line(one, words) for one in sorted(corrections.left_out, key=lambda one: one.start_s)
    )
    return (*moved, *left_out)


def _part_line(one: LeftOut, words: Words) -> str:
    span = {"from_s": one.start_s, "to_s": one.end_s}
    if one.part == "repetition":
        return words.ui("correct_repetition_line", **span)
    return words.ui("correct_stride_line", leg=words.term(one.side.value), **span)


_MOST_LINES = 3  # ours; more of them are counted
_BETWEEN = " · "  # lines beside each other, in both languages


def correction_note(corrections: Corrections, words: Words) -> str:
    """Return what was corrected as one sentence; empty where nothing was."""
    lines = correction_lines(corrections, words)
    if not lines:
        return ""
    if len(lines) > _MOST_LINES:
        return words.of("web", "correct_note_many").format(
            moved=len(corrections.moved), left_out=len(corrections.left_out)
        )
    return words.of("web", "correct_note").format(what=_BETWEEN.join(lines))
