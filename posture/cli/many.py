"""The commands over many clips: batch, batch merge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from posture import machine
from posture.batch.clips import NAMED, Artifacts, Crew, readable
from posture.batch.cluster import LOCAL, Cluster
from posture.batch.ledger import STEM
from posture.batch.page import refuse_foreign_page, write_page
from posture.batch.run import BatchResult, Outlook, State, Wish, outlook, run_batch
from posture.batch.shards import Shard, merge
from posture.batch.sources import is_address, local_path, remove_left_behind, shown
from posture.batch.workers import Workers
from posture.cli.many_clips import asked_clips
from posture.cli.many_progress import Teller, teller
from posture.cli.options import LANG, settings_from, shared_options, told, words_for
from posture.distribution import PARQUET
from posture.libraries import install_command
from posture.outputs.words import Words
from posture.received import whole


class _WithMerge(click.Command):
    """`batch`, which a first word `merge` turns into another command."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - click's
    ) -> click.Context:
        """Return the context of the command that was asked for."""
        if args[:1] == ["merge"]:
            return batch_merge.make_context(f"{info_name} merge", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


class _ShardKind(click.ParamType[Shard]):
    name = "I/N"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Shard:
        """Return the share that I/N names."""
        number, count = (whole(part) or 0 for part in str(value).partition("/")[::2])
        if 1 <= number <= count <= _MOST:
            return Shard(number=number, count=count)
        raise click.BadParameter(f"{value!r} is no share such as 2/4", ctx, param)


_MOST = 10_000  # ours; shares, as many as Slurm has tasks in an array


@click.command(cls=_WithMerge)
@click.argument("clips", nargs=-1, metavar="FOLDER|GLOB|LIST...")
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
@click.option("--retry-failed", is_flag=True, help="Do again what could not be measured before.")
@click.option(
    "--artifacts",
    type=click.Choice(["none", "json", "all"]),
    help="Files of each clip, in OUT/clips: none, points and analysis.json, or all but videos. "
    "Holds for clips that are measured from now on. Default: all; none with --scheduler at an "
    "address, whose workers may not see OUT.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(1),
    metavar="SECONDS",
    help="A clip that takes longer is broken off and told. Default: none.",
)
@click.option(
    "--memory-limit",
    type=click.FloatRange(300),
    metavar="MB",
    help="A clip that needs more is broken off and told. Default: the machine's share a worker.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS|local",
    help="Let the workers of a Dask scheduler do it, such as tcp://192.168.1.20:8786; local starts "
    "one here with --workers workers. Needs the package distributed.",
)
@click.option(
    "--shard",
    type=_ShardKind(),
    metavar="I/N",
    help="Do only share I of N, for several machines; `posture batch merge OUT...` joins them.",
)
@click.option(
    "--sheet",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A table (CSV) of what is known about the clips: file, client, visit, height_cm, age, "
    "sex, side, activity, speed. Default: clips.csv beside the clips, if there is one.",
)
@click.option("--status", is_flag=True, help="Say how far OUT is, and analyse nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would be done with each clip.")
@click.option(
    "--progress",
    type=click.Choice(["line", "json", "none"]),
    help="On standard error: a line on a terminal (default), JSON lines for programs, or nothing.",
)
def batch(  # noqa: PLR0913 - as many as there are options
    clips: tuple[str, ...],
    out: Path,
    *,
    quiet: bool,
    workers: int | None,
    resume: bool,
    retry_failed: bool,
    artifacts: Artifacts | None,
    time_limit: float | None,
    memory_limit: float | None,
    scheduler: str | None,
    shard: Shard | None,
    sheet: Path | None,
    status: bool,
    dry_run: bool,
    progress: str | None,
    **asked: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Analyse folders of clips into one table, batch.csv; with pyarrow batch.parquet too.

    One row a clip; a clip that cannot be analysed has its reason in its row. Clips are folders,
    patterns in quotes, clips, addresses (s3://, gs://, sftp://, https://) of clips or folders, or
    text files with one of these a line, as many as you like. What
    `posture analyse` takes is taken, whatever its name; what lies there besides is named on
    standard error.

    An interrupted batch goes on where it stopped: each row is kept in OUT/batch.journal as soon as
    it is there. The table shows the clips and settings of this run; rows of others stay in the
    journal and come back, without being measured again, when they are asked for again. A name that
    a spreadsheet would take for a formula has an apostrophe before it in batch.csv.

    `posture batch merge OUT...` makes one table of several shares (--shard).

    Exit status: 0 all measured, 1 some could not be (each named with the reason), 2 wrong call;
    130 or 143: stopped from outside, the same command goes on.
    """
    words = words_for(asked["lang"])
    if scheduler is not None and (time_limit or memory_limit):
        raise click.UsageError("--time-limit and --memory-limit are not for --scheduler.")
    is_far = scheduler not in {None, LOCAL}
    artifacts = artifacts or ("none" if is_far else "all")
    wish = Wish(artifacts=artifacts, fresh=not resume, retry_failed=retry_failed, shard=shard)
    with told(words):
        settings = settings_from(asked)
        found = asked_clips(clips, words, sheet, may_be_none=status)
        if status or dry_run:
            far = outlook(found, out, settings, wish)
            _tell_outlook(far, words, each=dry_run)
            raise SystemExit(1 if status and (far.failed or far.open) else 0)
        refuse_foreign_page(out / f"{STEM if shard is None else shard.stem}.html")
        count = workers or machine.cores()
        crew: Crew
        if scheduler is None:
            crew = Workers(count, time_limit_s=time_limit, memory_limit_mb=memory_limit)
        else:
            crew = Cluster(scheduler, count=count, seen=_shown_at(words, quiet=quiet))
        with stopping(words, out), teller(words, _title(clips), progress, quiet=quiet) as tell:
            try:
                result = run_batch(found, out, settings, crew, wish, tell)
            finally:
                remove_left_behind()  # copies of clips whose worker was killed
        page = write_page(result.table, words, found, settings)
    _tell_result(result, page, words, tell, quiet=quiet)
    raise SystemExit(1 if result.failed else 0)


@click.command()
@click.argument("outs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="OUT...")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the one table. Default: the first of them.",
)
@LANG
def batch_merge(outs: tuple[Path, ...], out: Path | None, lang: str | None) -> None:
    """Make one table of the shares in these folders, as one run would have made it.

    A clip that is in several is there once. Tables of different settings, models or versions are
    refused; shares that are missing or not done are named, with exit status 1.
    """
    words = words_for(lang)
    with told(words):
        target = out or (outs[0] if outs[0].is_dir() else outs[0].parent)
        refuse_foreign_page(target / f"{STEM}.html")
        merged = merge(outs, target, words.language)
        page = write_page(merged.table, words)
    for file, reason in merged.failed[:NAMED]:
        click.echo(f"{file}: {reason}", err=True)
    _tell_aside(merged.set_aside, words)
    for code, shares in (("merge_missing", merged.missing), ("merge_undone", merged.unfinished)):
        if shares:
            click.echo(words.ui(code, shares=", ".join(shares)), err=True)
    click.echo(words.ui("merge_done", done=merged.done, failed=len(merged.failed)))
    click.echo(words.ui("results_in", path=merged.table))
    click.echo(words.ui("batch_page", path=page))
    raise SystemExit(1 if merged.missing or merged.unfinished or merged.failed else 0)


def _shown_at(words: Words, *, quiet: bool) -> Callable[[str], None] | None:
    """Return who says where the workers can be looked at."""
    if quiet:
        return None
    return lambda link: click.echo(words.ui("cluster_page", link=link), err=True)


def _title(wanted: Sequence[str]) -> str:
    return readable(", ".join(map(_called, wanted[:3])))


def _called(wanted: str) -> str:
    """Return what was asked for, short and without what an address holds of secrets."""
    path = local_path(wanted)
    if path is None and is_address(wanted):
        return shown(wanted)
    return (path or Path(wanted)).name or wanted


@contextmanager
def stopping(words: Words, out: Path) -> Iterator[None]:
    """Say in one sentence that it was stopped, and that nothing is lost."""
    try:
        with machine.ended_in_order():
            yield
    except KeyboardInterrupt as trouble:
        click.echo(words.ui("batch_stopped", path=out), err=True)
        raise SystemExit(130) from trouble
    except SystemExit:
        click.echo(words.ui("batch_stopped", path=out), err=True)
        raise


def _tell_outlook(far: Outlook, words: Words, *, each: bool) -> None:
    if each:
        for name, state in far.clips:
            click.echo(f"{words.ui(_STATES[state])}\t{name}")
    click.echo(words.ui("batch_status", done=far.done, failed=far.failed, open=far.open))


def _tell_result(
    result: BatchResult, page: Path, words: Words, tell: Teller, *, quiet: bool
) -> None:
    failed = result.failed
    if not tell.for_programs:
        for file, reason in failed[:NAMED]:
            click.echo(f"{file}: {reason}", err=True)
        if len(failed) > NAMED:
            more = words.ui("batch_more_failed", more=len(failed) - NAMED, path=result.table)
            click.echo(more, err=True)
    _tell_aside(result.set_aside, words)
    if quiet:
        return
    click.echo(words.ui("batch_done", done=result.done, failed=len(failed), kept=result.kept))
    click.echo(words.ui("results_in", path=result.table))
    click.echo(words.ui("batch_page", path=page))
    if result.parquet is None and not tell.for_programs:
        command = install_command(*PARQUET)
        click.echo(words.ui("batch_no_parquet", command=command), err=True)


def _tell_aside(aside: Path | None, words: Words) -> None:
    if aside is not None:
        click.echo(words.ui("batch_set_aside", path=aside), err=True)


_STATES: Mapping[State, str] = {
    "done": "state_done",
    "failed": "state_failed",
    "open": "state_open",
}
