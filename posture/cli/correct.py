"""Command that corrects moments and strides of an analysis by hand: correct."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from posture.cli.options import LANG, quietly, told, words_for
from posture.files import one_after_another
from posture.outputs.words import Words
from posture.types import (
    MOVABLE,
    SAME_S,
    Analysis,
    Corrections,
    EventKind,
    LeftOut,
    Measure,
    MovedEvent,
    Part,
    Side,
)

_KINDS = [kind.value for kind in MOVABLE]
_LOCK = ".correct.lock"


class _Move(click.ParamType[MovedEvent]):
    """KIND,SIDE,FROM,TO."""

    name = "move"

    def convert(self, value: Any, param: Any, ctx: Any) -> MovedEvent:  # noqa: ANN401 - click's
        """Return what is moved, or say what was expected."""
        try:
            kind, side, from_s, to_s = str(value).split(",")
            return MovedEvent(
                kind=EventKind(kind), side=Side(side), from_s=float(from_s), to_s=float(to_s)
            )
        except ValueError as trouble:
            raise click.BadParameter(
                f"{value!r}: expected KIND,SIDE,FROM,TO such as heel_strike,left,1.39,1.46; KIND "
                f"is one of {', '.join(_KINDS)}, SIDE left or right, of bend_bottom both",
                ctx,
                param,
            ) from trouble


class _LeaveOut(click.ParamType[tuple[Side, float]]):
    """SIDE,TIME."""

    name = "leave-out"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[Side, float]:  # noqa: ANN401 - click's
        """Return the side and a moment, or say what was expected."""
        try:
            side, at_s = str(value).split(",")
            return Side(side), _finite(at_s)
        except ValueError as trouble:
            raise click.BadParameter(
                f"{value!r}: expected SIDE,TIME such as left,2.1, a moment in the stride; of a "
                "bend, a lunge or a leg raise both,TIME",
                ctx,
                param,
            ) from trouble


def _finite(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise ValueError(f"expected seconds, got {found}")
    return found


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--move",
    "moves",
    type=_Move(),
    multiple=True,
    metavar="KIND,SIDE,FROM,TO",
    help="Move a moment, in seconds of the clip: heel_strike,left,1.39,1.46. KIND: "
    f"{', '.join(_KINDS)}.",
)
@click.option(
    "--leave-out",
    "left_out",
    type=_LeaveOut(),
    multiple=True,
    metavar="SIDE,TIME",
    help="Leave out the stride at a time: left,2.1; the bend, lunge or leg raise: both,4.0.",
)
@click.option("--undo", is_flag=True, help="Bring back what the program measured.")
@LANG
def correct(
    folder: Path,
    moves: tuple[MovedEvent, ...],
    left_out: tuple[tuple[Side, float], ...],
    undo: bool,  # noqa: FBT001 - click hands it over by name
    lang: str | None,
) -> None:
    """Correct the analysis in FOLDER (the results of one clip) by hand; its numbers follow.

    Without options it lists what can be corrected. Corrections add up; --undo takes back all of
    them. The video is not needed. The film with the lines drawn on it stays as it is.
    """
    from posture.formats.analysis import load_analysis  # noqa: PLC0415 - loads all that measures
    from posture.formats.places import LANDMARKS, SESSION  # noqa: PLC0415 - as above
    from posture.landmarks.store import load_landmarks  # noqa: PLC0415 - as above
    from posture.pipeline import analyse_landmarks  # noqa: PLC0415 - as above
    from posture.results import write_corrected  # noqa: PLC0415 - as above
    from posture.settings import read_settings  # noqa: PLC0415 - as above

    words = words_for(lang)
    with told(words), contextlib.ExitStack() as held:
        found = load_analysis(folder)
        if not (moves or left_out or undo):
            _list(found, words)
            return
        place = folder if folder.is_dir() else folder.parent
        held.enter_context(one_after_another(place, _LOCK))
        found = load_analysis(folder)  # with what was corrected while this one waited
        made_with: Mapping[str, Any] = found.made_with
        settings = read_settings(made_with.get("settings", {}))
        settings = replace(settings, language=words.language) if lang else settings
        before = Corrections() if undo else found.corrections
        asked = _added(before, moves, [_part(found, *one) for one in left_out])
        with quietly():
            done = analyse_landmarks(
                load_landmarks(place / LANDMARKS), settings, found.assessment.answers, asked
            )
        write_corrected(done, place, place, settings.language)
        _print(done, words)
        joint = place.resolve().parent / SESSION
        if done.corrections and joint.is_file():
            click.echo(words.ui("correct_session_stays", path=joint))


def _added(
    before: Corrections, moves: tuple[MovedEvent, ...], left_out: list[LeftOut]
) -> Corrections:
    """Return corrections with further ones; who moves a moment again names where it is now."""
    moved = list(before.moved)
    for one in moves:
        earlier = next((m for m in moved if _is_again(m, one)), None)
        if earlier is None:
            moved.append(one)
        else:
            moved[moved.index(earlier)] = replace(earlier, to_s=one.to_s)
    fresh = tuple(one for one in left_out if one not in before.left_out)
    return Corrections(moved=tuple(moved), left_out=(*before.left_out, *fresh))


def _is_again(earlier: MovedEvent, one: MovedEvent) -> bool:
    same = (earlier.kind, earlier.side) == (one.kind, one.side)
    return same and abs(earlier.to_s - one.from_s) <= SAME_S


def _part(found: Analysis, side: Side, at_s: float) -> LeftOut:
    """Return the stride or the repetition at a moment; one that is not there is refused later."""
    from posture.measures.take import span_s_of  # noqa: PLC0415 - loads all that measures

    if side is Side.BOTH:
        spans = [span_s_of(found.landmarks.time_s, s.frames) for s in found.segments]
    else:
        spans = [(s.start_s, s.end_s) for w in found.walks for s in w.strides if s.side is side]
    start_s, end_s = next((s for s in spans if s[0] <= at_s < s[1]), (at_s, at_s + SAME_S))
    part: Part = "repetition" if side is Side.BOTH else "stride"
    return LeftOut(part=part, side=side, start_s=start_s, end_s=end_s)


def _list(found: Analysis, words: Words) -> None:
    for event in found.events:
        if event.kind in MOVABLE:
            kind, leg = words.term(f"moment_{event.kind.value}"), words.term(event.side.value)
            click.echo(words.ui("correct_moment", kind=kind, leg=leg, time_s=event.time_s))
    for walk in found.walks:
        for stride in walk.strides:
            line = words.ui(
                "correct_stride",
                leg=words.term(stride.side.value),
                start_s=stride.start_s,
                end_s=stride.end_s,
            )
            why = f"  ({words.sentence(stride.left_out)})" if stride.left_out else ""
            click.echo(f"{line}{why}")


def _print(done: Analysis, words: Words) -> None:
    from posture.outputs.corrections import correction_lines  # noqa: PLC0415 - loads the rooms
    from posture.outputs.numbers import number  # noqa: PLC0415 - as above
    from posture.outputs.tables import corrected_line  # noqa: PLC0415 - as above

    def line(measure: Measure) -> str:
        name, leg = words.of("measures", measure.name), words.term(measure.side.value)
        return f"{name} ({leg}): {number(measure, words)}; {corrected_line(measure, words)}"

    for told_line in correction_lines(done.corrections, words):
        click.echo(told_line)
    if not done.corrections:
        click.echo(words.ui("correct_undone"))
    for measure in done.measures:
        if measure.uncorrected is not None:
            click.echo(line(measure))
