"""What the clip itself is like, in words: when it is so, what follows from it and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from posture.outputs.words import Words
from posture.types import Analysis, Fact, Reason

Spans = Sequence[tuple[float, float]]

_WHOLE = 0.9  # ours; of the clip: what is so for longer is so, and no time helps
_NAMED = 3  # ours; more times than that are not read
_APART_S = 0.25  # ours; spans nearer than this are one to a reader
_MOMENT_S = 0.05  # ours; shorter than this is a moment, told by one number


def fact_line(
    reason: Reason, what_to_do: Reason | None, spans_s: Spans, duration_s: float, words: Words
) -> str:
    """Say one fact: when, where that is not the whole clip, what is so and what to do."""
    told = [words.sentence(one) for one in (reason, what_to_do) if one is not None]
    line = " ".join(told)
    when = _when(spans_s, duration_s, words)
    return words.ui("fact_when", when=when, told=line) if when else line


def fact_lines(analysis: Analysis, words: Words) -> tuple[str, ...]:
    """Return every fact about a clip, one line each."""
    return tuple(
        fact_line(fact.reason, fact.what_to_do, fact.spans_s, analysis.clip.duration_s, words)
        for fact in analysis.facts
    )


def in_short(reason: Reason, words: Words) -> str:
    """Return a fact's few words; nothing where the reason is no fact."""
    return words.tables["facts"].get(reason.code.removeprefix("fact_"), "")


def facts_at(facts: Sequence[Fact], time_s: float, least_s: float) -> tuple[Fact, ...]:
    """Return what is so at a time of the clip; each holds for at least `least_s`, to be read."""
    return tuple(
        fact
        for fact in facts
        if not fact.spans_s
        or any(start <= time_s <= max(end, start + least_s) for start, end in fact.spans_s)
    )


def _when(spans_s: Spans, duration_s: float, words: Words) -> str:
    """Return from when to when; nothing where it is the whole clip, or nobody knows."""
    whole = _joined(spans_s)
    if not whole or sum(end - start for start, end in whole) >= _WHOLE * duration_s:
        return ""
    is_long = any(end >= _MINUTE_S for _, end in whole[:_NAMED])
    told = ", ".join(_span(one, words, is_long=is_long) for one in whole[:_NAMED])
    told = told if is_long else words.ui("fact_seconds", seconds=told)
    return words.ui("fact_more", when=told, more=len(whole) - _NAMED) if whole[_NAMED:] else told


def _span(span_s: tuple[float, float], words: Words, *, is_long: bool) -> str:
    start, end = (_clock(one) if is_long else f"{one:.1f}" for one in span_s)
    if span_s[1] - span_s[0] < _MOMENT_S:
        return start
    return words.ui("fact_span", start=start, end=end)


def _joined(spans_s: Spans) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for start, end in sorted(spans_s):
        if joined and start - joined[-1][1] < _APART_S:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


_MINUTE_S = 60


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(round(time_s), _MINUTE_S)
    return f"{minutes}:{seconds:02d}"
