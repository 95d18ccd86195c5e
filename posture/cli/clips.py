"""Commands over single clips: analyse, check, demo."""

from __future__ import annotations

import math
import os
import sys
import tomllib
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console, RenderableType

from posture.cli.options import Bar, quietly, settings_from, shared_options, tell, told, words_for
from posture.errors import PostureError, UnusableClip
from posture.files import check_writable
from posture.formats.places import SESSION
from posture.landmarks.models import find_model, places
from posture.landmarks.person import Place
from posture.machine import ended_in_order
from posture.outputs.brief import brief_of_clip, brief_of_session
from posture.outputs.tables import analysis_table, assessment_table
from posture.outputs.words import Words, load_words
from posture.pipeline import analyse as analyse_clip
from posture.pipeline import join
from posture.received import whole
from posture.results import Results, write_results, write_session
from posture.settings import Level, Settings, load_answers
from posture.types import VARIANTS, Analysis, Answers, Session, Variant

CLIPS = click.Path(path_type=Path)
ALL = click.option("--all", "every", is_flag=True, help="Print every measure too.")


@click.command()
@click.argument("clips", nargs=-1, required=True, type=CLIPS, metavar="CLIP...")
@shared_options
@click.option(
    "--person",
    metavar="auto|N|T,X,Y",
    help="Which of several people: a number, or where at what time (seconds, shares of the "
    "picture's width and height), such as 2.5,0.4,0.6. Default: auto.",
)
@click.option("--no-video", is_flag=True, help="Draw key pictures only, no overlay video.")
@click.option(
    "--level",
    type=click.Choice(["client", "trainer", "engineer"]),
    help="How much is drawn. Default: trainer.",
)
@ALL
def analyse(
    clips: tuple[Path, ...],
    out: Path,
    quiet: bool,  # noqa: FBT001 - click hands it over by name
    every: bool,  # noqa: FBT001
    person: str | None,
    no_video: bool,  # noqa: FBT001
    level: Level | None,
    **asked: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Measure each CLIP on its own and write its results.

    A clip is a video, a picture, or the landmarks.npz of an earlier analysis.

    Exit status: 0 all measured, 1 some could not be (each named with the reason), 2 wrong call.
    """
    settings, words = _asked(asked)
    if no_video:
        settings = replace(settings, draw="pictures")
    if level:
        settings = replace(settings, level=level)
    settings = _with_person(settings, person)
    _ready(out, settings, words, clips)
    failed = False
    for number, clip in enumerate(clips):
        done, results = _analysed(clip, out, settings, words, quiet=quiet)
        failed = failed or done is None
        if done and results and not quiet:
            if number:
                click.echo()
            _print(done, results, words, every=every)
    raise SystemExit(1 if failed else 0)


def _clip_of(variant: Variant, shows: str) -> Callable[[Any], Any]:
    """Return the option that names a clip of a variant."""
    name = variant.replace("_", "-")
    return click.option(
        f"--{name}", variant, type=CLIPS, multiple=True, metavar="CLIP", help=f"A clip of {shows}."
    )


@click.command()
@click.argument("clips", nargs=-1, required=True, type=CLIPS, metavar="CLIP...")
@_clip_of("soft_knee", "the forward bend with soft knees; gives soft_knee_gain")
@_clip_of("heel_wedge", "the forward bend with the heels on a wedge; gives heel_wedge_gain")
@_clip_of("calibration", "the pelvis fully back, then fully forward")
@shared_options
@click.option(
    "--answers",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="TOML",
    help="What was asked before the check: age, sex, pain, red_flags, conditions, habits, said, "
    "touch; see `posture conventions`.",
)
@click.option(
    "--same-person",
    is_flag=True,
    help="The clips are of one person for certain, however different the bodies look.",
)
@ALL
def check(
    clips: tuple[Path, ...],
    out: Path,
    quiet: bool,  # noqa: FBT001 - click hands it over by name
    every: bool,  # noqa: FBT001
    answers: Path | None,
    same_person: bool,  # noqa: FBT001
    **asked: Any,  # noqa: ANN401 - the shared options
) -> None:
    """Judge several clips of one person together: one set of findings from all of them.

    Exit status: 0 all measured, 1 some clip could not be, 2 wrong call.
    """
    settings, words = _asked(asked)
    with told(words):
        given = Answers() if answers is None else load_answers(answers)
    wanted = [(clip, settings) for clip in clips]
    for variant in VARIANTS:
        varied = replace(settings, variant=variant, activity=None)
        wanted += [(clip, varied) for clip in asked.get(variant, ())]
    _ready(out, settings, words, [clip for clip, _ in wanted])
    results = [
        _analysed(clip, out, varied, words, quiet=quiet, answers=given) for clip, varied in wanted
    ]
    done = [(analysis, files) for analysis, files in results if analysis and files]
    if not done:
        raise SystemExit(1)
    session = join([analysis for analysis, _ in done], given, sure_of_person=same_person)
    with told(words):
        path = write_session(session, out, [files.figures for _, files in done], words.language)
    if not quiet:
        _print_session(session, words, every=every)
        click.echo(words.ui("results_in", path=out / SESSION))
        click.echo(words.ui("report_in", path=path))
    raise SystemExit(1 if len(done) < len(wanted) else 0)


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("posture-results"),
    show_default=True,
    help="Folder for the results.",
)
@click.option("--lang", type=click.Choice(["en", "ja"]), help="Language of what people read.")
@click.option("--real", is_flag=True, help="Add a real walk, of somebody else.")
@ALL
@click.option(
    "--open/--no-open",
    "opens",
    default=True,
    help="Open the report in the browser, where there is a screen. Default: open.",
)
def demo(
    out: Path,
    lang: str | None,
    real: bool,  # noqa: FBT001 - click hands it over by name
    every: bool,  # noqa: FBT001
    opens: bool,  # noqa: FBT001
) -> None:
    """Judge a visit of one rendered client: five bundled clips together.

    Prints the finding first, then why, the key numbers, what to do, and last where the report is.
    """
    words = words_for(lang)
    settings = Settings(language=words.language)
    with told(words):
        visit, extra = _samples("demo"), _samples("real") if real else []
    _ready(out, settings, words, [*visit, *extra])
    results = [_analysed(path, out, settings, words, quiet=False) for path in [*visit, *extra]]
    done = [(analysis, files) for analysis, files in results if analysis and files]
    if len(done) < len(results):
        raise SystemExit(1)
    of_visit, others = done[: len(visit)], done[len(visit) :]
    session = join([analysis for analysis, _ in of_visit])
    with told(words):
        figures = [files.figures for _, files in of_visit]
        report = write_session(session, out, figures, words.language, is_sample=True)
    _print_session(session, words, seen="client", every=every)
    for analysis, _ in others:
        click.echo()
        _show(brief_of_clip(analysis, words, beside=True))
        if every:
            _show(analysis_table(analysis, words))
        click.echo()
    drawn = [files.overlay for _, files in done if files.overlay is not None]
    bend = next((path for path in drawn if "bend" in path.parent.name), drawn[0])
    click.echo(words.of("brief", "videos").format(path=bend, count=len(drawn) - 1))
    click.echo(words.ui("report_in", path=report))
    if opens and _has_a_screen():
        webbrowser.open(report.resolve().as_uri())


def _has_a_screen() -> bool:
    """Somebody sits at this terminal, and a browser has somewhere to open."""
    shows = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.stdout.isatty() and bool(shows or sys.platform in {"darwin", "win32"})


def _samples(mark: str) -> list[Path]:
    """Return the clips with a mark, of the package or, in a checkout, of its top folder."""
    folders = places(os.environ).samples
    for folder in folders:
        manifest = folder / "manifest.toml"
        if manifest.is_file():
            rows = tomllib.loads(manifest.read_text("utf-8"))["sample"]
            return [folder / row["file"] for row in rows if row.get(mark)]
    raise UnusableClip("samples_missing", path=str(folders[-1]))


def _asked(asked: Mapping[str, Any]) -> tuple[Settings, Words]:
    with told(words_for(asked["lang"])):
        settings = settings_from(asked)
    return settings, load_words(settings.language)


def _with_person(settings: Settings, person: str | None) -> Settings:
    if person is None:
        return settings
    if person == "auto":
        return replace(settings, landmarks=replace(settings.landmarks, number=None))
    if (place := _place(person)) is not None:
        return replace(settings, landmarks=replace(settings.landmarks, at=place))
    number = whole(person)
    if not number:
        raise click.BadParameter(
            f"{person!r} is neither auto, a number from 1 nor a time and a place such as "
            "2.5,0.4,0.6",
            param_hint="--person",
        )
    return replace(settings, landmarks=replace(settings.landmarks, number=number))


def _place(person: str) -> Place | None:
    """Return the place that T,X,Y names; None where it names none."""
    try:
        time_s, x_frac, y_frac = (float(part) for part in person.split(","))
    except ValueError:
        return None
    is_inside = 0 <= time_s < math.inf and 0 <= x_frac <= 1 and 0 <= y_frac <= 1
    return Place(time_s=time_s, x_frac=x_frac, y_frac=y_frac) if is_inside else None


def _ready(out: Path, settings: Settings, words: Words, clips: Sequence[Path]) -> None:
    """Fail before the first frame where it can be known: the results' folder, the model."""
    with told(words):
        check_writable(out)
        if any(clip.suffix != ".npz" for clip in clips):
            find_model(settings.model)


def _analysed(
    clip: Path,
    out: Path,
    settings: Settings,
    words: Words,
    *,
    quiet: bool,
    answers: Answers | None = None,
) -> tuple[Analysis | None, Results | None]:
    """Analyse one clip and write its results; nothing, with one line told, where it cannot be."""
    try:
        with quietly(), ended_in_order(), Bar(words, clip.name, shown=not quiet) as bar:
            analysis = analyse_clip(clip, settings, bar, answers)
            results = write_results(analysis, clip, out, settings, bar)
    except PostureError as trouble:
        tell(words, str(clip), trouble)
        return None, None
    return analysis, results


def _print(analysis: Analysis, results: Results, words: Words, *, every: bool) -> None:
    _show(brief_of_clip(analysis, words))
    if every:
        _show(analysis_table(analysis, words))
        _show(assessment_table(analysis.assessment, words))
    if results.overlay is not None:
        click.echo(words.of("brief", "pictures").format(path=results.overlay))
    click.echo(words.ui("report_in", path=results.report))


def _print_session(session: Session, words: Words, *, every: bool, seen: str = "clips") -> None:
    _show(brief_of_session(session, words, seen))
    if every:
        for analysis in session.analyses:
            _show(analysis_table(analysis, words))
        _show(assessment_table(session.assessment, words))


def _show(told_: RenderableType) -> None:
    Console(highlight=False, soft_wrap=False).print(told_)
