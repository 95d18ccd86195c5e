"""Commands about this machine and this program: models, doctor, conventions, bench."""

from __future__ import annotations

import os
import shutil
from importlib.resources import files
from itertools import chain
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

from posture.cli.options import LANG, told, words_for
from posture.doctor import checkup, look
from posture.errors import ModelTrouble
from posture.landmarks.download import download
from posture.landmarks.models import find_model, load_manifest, places


@click.group()
def models() -> None:
    """Pose model bundles: which, where, checksum, licence."""


@models.command("list")
@LANG
def list_models(lang: str | None) -> None:
    """Print each bundle: name, size, checksum, licence, where it lies or why it cannot be used."""
    words = words_for(lang)
    with told(words):
        where = places(os.environ)
        for variant in load_manifest(where):
            sha256 = variant.accepted[0].sha256
            try:
                found = find_model(variant.name, where)
                sha256, state = found.sha256, str(found.path)
            except ModelTrouble as trouble:
                state = words.sentence(trouble.reason)
            size = f"{variant.accepted[0].size_bytes / 1e6:.1f} MB"
            click.echo(f"{variant.name}\t{size}\t{sha256}\t{variant.licence}\t{state}")


@models.command("get")
@click.argument("name", type=click.Choice(["lite", "full", "heavy"]))
@LANG
def get_model(name: str, lang: str | None) -> None:
    """Fetch a bundle, carrying on where an earlier try was cut off."""
    words = words_for(lang)
    with told(words):
        where = places(os.environ)
        try:
            found = find_model(name, where)
        except ModelTrouble:
            variant = next(one for one in load_manifest(where) if one.name == name)
            console = Console(stderr=True)
            columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn())
            with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
                task = bar.add_task(name, total=None)
                found = download(
                    variant,
                    where.data,
                    progress=lambda done, of: bar.update(task, completed=done, total=of),
                )
    click.echo(f"{found.path}\t{found.sha256}")


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("posture-results"), show_default=True
)
@LANG
def doctor(out: Path, lang: str | None) -> None:
    """Say what is missing on this machine and what mends it; exit status 1 when anything is."""
    words = words_for(lang)
    checks = checkup(look(out))
    for check in checks:
        click.echo(f"{'ok' if check.ok else '!!'}  {words.sentence(check.finding)}")
        if check.what_to_do is not None:
            click.echo(f"    {words.sentence(check.what_to_do)}")
    raise SystemExit(0 if all(check.ok for check in checks) else 1)


@click.command()
def conventions() -> None:
    """Print axes, sides, zeros, signs and units."""
    click.echo(files("posture").joinpath("conventions.md").read_text("utf-8"))


@click.command()
@click.argument("clip", required=False, type=click.Path(path_type=Path))
@click.option(
    "--live",
    "is_live",
    is_flag=True,
    help="Time a live check instead: real server, headless Chromium, CLIP (a sample) as camera.",
)
@click.option(
    "--footage",
    "is_footage",
    is_flag=True,
    help="Time what looking at CLIP's pictures costs: with and without it, in turn.",
)
@click.option(
    "--batch",
    "batch_of",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help="Time a batch of N clips instead, each CLIP's points; and the same when all is done.",
)
@click.option("--rounds", type=click.IntRange(1, 20), default=5, show_default=True)
@click.option(
    "--minutes",
    type=click.FloatRange(0.1, 60),
    help="Loop the clip to this length at 1920x1080 first, to show memory over time; with --live "
    "how long to measure (1).",
)
@click.option(
    "--against",
    metavar="MYOGAIT",
    help="Time myogait beside it: the program's name or path, from an environment of its own.",
)
@LANG
def bench(
    clip: Path | None,
    rounds: int,
    minutes: float | None,
    against: str | None,
    lang: str | None,
    *,
    batch_of: int | None,
    is_live: bool,
    is_footage: bool,
) -> None:
    """Time `analyse` with overlay against a bare loop over the same clip, in turn, in one run.

    The bare loop decodes with OpenCV and runs MediaPipe full with one pose, and keeps nothing.
    Prints wall and processor time of both as whole processes, their ratios and peak memory. Without
    CLIP the table of samples/performance.md: clips of several kinds, made of the samples; five
    rounds take a quarter of an hour.
    """
    # all that measures, which the other commands here do without
    from posture.bench import compare  # noqa: PLC0415
    from posture.bench_batch import batch_cost  # noqa: PLC0415
    from posture.bench_footage import footage_cost  # noqa: PLC0415
    from posture.bench_live import live  # noqa: PLC0415
    from posture.bench_table import batch_row, table  # noqa: PLC0415

    if clip is None and batch_of is not None:
        raise click.UsageError("Missing argument 'CLIP'.")
    found = None if against is None else shutil.which(against)
    if against is not None and found is None:
        raise click.BadParameter(f"{against} is not a program here.", param_hint="'--against'")
    other = None if found is None else Path(found)
    with told(words_for(lang), str(clip or "")):
        if is_live:
            lines = live(clip, minutes or 1.0)
        elif clip is None:
            lines = chain(table(rounds), batch_row())
        elif batch_of is not None:
            lines = batch_cost(clip, batch_of)
        elif is_footage:
            lines = footage_cost(clip, rounds)
        else:
            lines = compare(clip, rounds, minutes, other)
        for line in lines:
            click.echo(line)
