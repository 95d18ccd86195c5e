"""The command over many clips: batch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from posture import machine
from posture.batch import run_batch
from posture.cli.options import Bar, settings_from, shared_options, told, words_for
from posture.distribution import PARQUET
from posture.errors import UnusableClip
from posture.landmarks.models import find_model
from posture.libraries import install_command
from posture.outputs.words import Words
from posture.types import Reason
from posture.video.folder import Gathered, Why, gathered


@click.command()
@click.argument("clips", metavar="FOLDER|GLOB|LIST")
@shared_options
@click.option(
    "--workers", type=click.IntRange(1, 256), help="Clips at a time; default: one a core."
)
@click.option(
    "--resume/--fresh",
    default=True,
    show_default=True,
    help="Take over clips done before (by their contents), or do all again.",
)
def batch(
    clips: str,
    out: Path,
    quiet: bool,  # noqa: FBT001 - click hands it over by name
    workers: int | None,
    resume: bool,  # noqa: FBT001
    **asked: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Analyse a folder of clips into one table, batch.csv; with pyarrow batch.parquet too.

    One row a clip; a clip that cannot be analysed has its reason in its row. CLIPS is a folder, a
    pattern in quotes, a clip, or a text file with one clip a line. What `posture analyse` takes is
    taken, whatever its name; what lies there besides is named on standard error. An interrupted
    batch goes on where it stopped.

    Exit status: 0 all measured, 1 some could not be (each named with the reason), 2 wrong call.
    """
    words = words_for(asked["lang"])
    with told(words):
        settings = settings_from(asked)
        found = gathered(clips)
        for line in left_out_lines(found, words):
            click.echo(line, err=True)
        if not found.clips:
            raise UnusableClip("no_clips", path=clips)
        find_model(settings.model)
        with Bar(words, Path(clips).name, shown=not quiet) as bar:
            result = run_batch(
                found.clips,
                out,
                settings,
                workers=workers or machine.cores(),
                fresh=not resume,
                progress=lambda done, of: bar("analysing", done, of),
            )
    for file, reason in result.failed:
        click.echo(f"{file}: {reason}", err=True)
    if not quiet:
        click.echo(
            words.ui("batch_done", done=result.done, failed=len(result.failed), kept=result.kept)
        )
        click.echo(words.ui("results_in", path=result.table))
        if result.parquet is None:
            command = install_command(*PARQUET)
            click.echo(words.ui("batch_no_parquet", command=command), err=True)
    raise SystemExit(1 if result.failed else 0)


_NAMED = 20  # ours; a line that names more is not read
_LEFT_OUT: Mapping[Why, str] = {
    "hidden": "left_out_hidden",
    "results": "left_out_results",
    "previews": "left_out_previews",
    "no_clips": "left_out_no_clips",
}


def left_out_lines(found: Gathered, words: Words) -> list[str]:
    """Return what is not analysed, one line a reason."""
    lines = []
    for why in _LEFT_OUT:
        files = [file for file, one in found.left_out if one == why]
        if not files:
            continue
        named = ", ".join(files[:_NAMED])
        if len(files) > _NAMED:
            named = words.ui("left_out_more", named=named, more=len(files) - _NAMED)
        lines.append(words.sentence(Reason(_LEFT_OUT[why], {"files": named})))
    return lines
