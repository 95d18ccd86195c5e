"""How far the numbers are off on people: validate, repeat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from posture import machine
from posture.batch.clips import Clip, readable
from posture.batch.naming import Named
from posture.batch.page import refuse_foreign_page
from posture.batch.run import Wish, run_batch
from posture.batch.workers import Workers
from posture.cli.many import stopping
from posture.cli.many_clips import asked_clips
from posture.cli.many_progress import teller
from posture.cli.options import settings_from, shared_options, told, words_for
from posture.errors import CannotWrite, UnusableClip
from posture.files import write_text
from posture.measures.doubt import doubt_rows
from posture.outputs.words import Words
from posture.types import Reason
from posture.validation.example import example_sheet
from posture.validation.files import write_shared, write_study
from posture.validation.ours import Measured, holds_results, results_in
from posture.validation.page import study_table, unpaired_line
from posture.validation.sheet import References, read_references
from posture.validation.study import Study, repeats_of, study_of

_NAMED = 20  # ours; a terminal that names more is not read
_WRONG_CALL = 2
_SHARE = click.option(
    "--share",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write FILE (.json) to hand in: numbers without names, paths or notes; who is who is "
    "drawn by lot.",
)
_WORKERS = click.option(
    "--workers", type=click.IntRange(1, 256), help="Clips at a time; default: one a core."
)


@click.command()
@click.argument("sheet", type=click.Path(dir_okay=False, path_type=Path), metavar="SHEET.csv")
@click.argument("clips", nargs=-1, metavar="[CLIPS]...")
@shared_options
@_WORKERS
@_SHARE
@click.option("--example", is_flag=True, help="Write an example of a sheet to SHEET.csv instead.")
def validate(
    sheet: Path,
    clips: tuple[str, ...],
    out: Path,
    *,
    quiet: bool,
    workers: int | None,
    share: Path | None,
    example: bool,
    **asked: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Put reference values (tape, inclinometer, goniometer, a lab's files) beside our numbers.

    SHEET.csv has a row a reading: clip, measure, side, value, unit, tool, rater; instead of a value
    a lab's file over time (C3D, TRC, MOT, CSV) and its channel. CLIPS are results (a folder of
    `posture batch` or `posture analyse`, a batch.csv), or clips, which are measured first, by the
    way of `posture batch`. Default: the folder of the sheet.

    Per measure and tool: bias, limits of agreement, SEM, MDC95, ICC(2,1), and how many values lie
    within our stated 95 %. Writes OUT/validation.html, .json and .csv. The protocol for 20 people
    is docs/validation.md.

    Exit status: 0 each row has its pair, 1 some have none (each named, with the reason), 2 wrong
    call or a fault in the sheet; then nothing is written.
    """
    words = words_for(asked["lang"])
    with told(words):
        if example:
            _write_example(sheet, words)
            return
        if not sheet.is_file():
            raise UnusableClip("references_not_there", path=str(sheet))
        references = read_references(sheet)
        _tell((*references.notes, *references.faults), words)
        if references.faults:
            raise SystemExit(_WRONG_CALL)
        refuse_foreign_page(out / "validation.html")
        places = clips or (str(sheet.parent),)
        measured = _measured(places, out, words, asked, workers, references, quiet=quiet)
        study = study_of(references, measured)
        _tell_unpaired(study, out, words)
        if not study.groups:
            raise UnusableClip("validation_nothing", path=str(sheet))
        page = write_study(study, out, words)
        if share is not None:
            write_shared(study, share)
    pairs = sum(len(group.pairs) for group in study.groups)
    line = words.ui("validation_pairs", pairs=pairs, unpaired=len(study.unpaired))
    _tell_study(study, line, page, share, words, quiet=quiet, is_repeat=False)
    raise SystemExit(1 if study.unpaired else 0)


@click.command()
@click.argument("clips", nargs=-1, required=True, metavar="FOLDER|TABLE...")
@shared_options
@_WORKERS
@_SHARE
def repeat(
    clips: tuple[str, ...],
    out: Path,
    *,
    quiet: bool,
    workers: int | None,
    share: Path | None,
    **asked: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Say how far our numbers of the same people differ from one filming to the next.

    FOLDER holds clips, which are measured first, or results; TABLE is a batch.csv. Who is who
    stands in the columns client and visit of clips.csv. The first two visits of each client are
    compared.

    Per measure: mean change, SEM, MDC95, ICC(2,1), the largest differences, and the MDC95 that our
    stated errors promise. Writes OUT/repeat.html, .json and .csv.

    Exit status: 0 done, 1 nobody was filmed twice or nothing could be read, 2 wrong call.
    """
    words = words_for(asked["lang"])
    with told(words):
        refuse_foreign_page(out / "repeat.html")
        measured = _measured(clips, out, words, asked, workers, quiet=quiet)
        study = repeats_of(measured, {key: row.unit for key, row in doubt_rows().items()})
        if not study.groups:
            raise UnusableClip("validation_no_repeats", path=", ".join(clips))
        page = write_study(study, out, words, is_repeat=True)
        if share is not None:
            write_shared(study, share, is_repeat=True)
    pairs = sum(len(group.pairs) for group in study.groups)
    line = words.ui("repeat_pairs", pairs=pairs, people=study.people)
    _tell_study(study, line, page, share, words, quiet=quiet, is_repeat=True)


def _write_example(sheet: Path, words: Words) -> None:
    if sheet.exists():
        raise CannotWrite("references_there", path=str(sheet))
    write_text(sheet, example_sheet())
    click.echo(words.ui("validation_example", path=sheet))


def _measured(
    places: Sequence[str],
    out: Path,
    words: Words,
    asked: dict[str, Any],
    workers: int | None,
    references: References | None = None,
    *,
    quiet: bool,
) -> tuple[Measured, ...]:
    """Return our numbers: those that lie there, and those of clips that are measured now."""
    there = [place for place in places if holds_results(Path(place))]
    found = [one for place in there for one in results_in(Path(place))]
    films = [place for place in places if place not in there]
    if not films:
        return tuple(found)
    read_too = set()
    if references is not None:
        labs = [one.lab.file.name for one in references.readings if one.lab is not None]
        read_too = {references.path.name, *labs}
    clips = asked_clips(films, words, None, may_be_none=False, read_too=read_too)
    if references is not None:
        clips = _named(clips, references)
    if not clips:
        return tuple(found)
    settings = settings_from(asked)
    crew = Workers(workers or machine.cores())
    with stopping(words, out), teller(words, readable(films[0]), None, quiet=quiet) as tell:
        result = run_batch(clips, out, settings, crew, Wish(artifacts="json"), tell)
    return (*found, *results_in(result.table))


def _named(clips: Sequence[Clip], references: References) -> tuple[Clip, ...]:
    """Return the clips that the sheet speaks of: no other is measured for it."""
    names = Named([clip.name for clip in clips])
    folder = references.path.parent
    wanted = {name for one in references.readings for name in names.found(one.clip, folder)}
    return tuple(clip for clip in clips if clip.name in wanted)


def _tell(reasons: Iterable[Reason], words: Words) -> None:
    for reason in reasons:
        click.echo(readable(words.sentence(reason)), err=True)


def _tell_unpaired(study: Study, out: Path, words: Words) -> None:
    lines = list(dict.fromkeys(unpaired_line(one, words) for one in study.unpaired))
    for line in lines[:_NAMED]:
        click.echo(readable(line), err=True)
    if len(lines) > _NAMED:
        more = words.ui("validation_more", count=len(lines) - _NAMED, path=out / "validation.json")
        click.echo(more, err=True)


def _tell_study(
    study: Study,
    line: str,
    page: Path,
    share: Path | None,
    words: Words,
    *,
    quiet: bool,
    is_repeat: bool,
) -> None:
    if quiet:
        return
    averaged = [group for group in study.groups if group.agreement is not None]
    if averaged:
        Console().print(study_table(study, words, is_repeat=is_repeat))
    for group in study.groups:
        if group.agreement is None:
            name = words.of("measures", group.measure)
            click.echo(words.ui("validation_few", measure=name, pairs=len(group.pairs)))
    click.echo(line)
    click.echo(words.ui("validation_page", path=page))
    if share is not None:
        click.echo(words.ui("validation_shared", path=share))
