"""Bodies of known truth: make them, score the analyser on them, train its estimators on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, TimeRemainingColumn

from posture.activities import TEST_NAMES
from posture.cli.options import LANG, told, words_for
from posture.distribution import TRUTH
from posture.errors import PostureError
from posture.files import write_text
from posture.libraries import install_command
from posture.settings import Settings
from posture.types import Activity

SEEDS = click.option(
    "--seed", type=int, default=1, show_default=True, help="Same seed, same truth."
)
_INTO = "Put the section into this page, such as samples/findings.md."
WORKERS = click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)


@click.group()
def truth() -> None:
    """Bodies whose every angle is known: render them, score the analyser on them."""


@truth.command("make")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--n", "count", type=click.IntRange(1, 100_000), default=12, show_default=True)
@SEEDS
@click.option("--activity", type=click.Choice(TEST_NAMES), help="One motion only; else a mixture.")
@click.option(
    "--population",
    type=click.Choice(["people", "wide"]),
    default="people",
    show_default=True,
    help="Postures as people have them, or far beyond.",
)
@click.option("--stills", is_flag=True, help="One picture each instead of a clip.")
@click.option(
    "--variant",
    type=click.Choice(["none", "calibration"]),
    default="none",
    show_default=True,
    help="calibration: standing, the pelvis tilted fully back, then fully forward.",
)
@click.option(
    "--aim",
    type=click.Choice(["usual", "yaw15", "pitched", "rolled"]),
    default="usual",
    show_default=True,
    help="Where the camera looks from: as people place it, turned by 15 deg, rolled by 8, or "
    "pitched by 10 deg with the person 15 deg off its axis.",
)
@click.option("--sheet", is_flag=True, help="The sheet of `posture marker` stands beside them.")
@click.option("--plain", is_flag=True, help="Exact side view, fitted clothes, clean pictures.")
@WORKERS
@LANG
def make_clips(out: Path, count: int, lang: str | None, **asked: Any) -> None:  # noqa: ANN401 - click's
    """Write N clips with truth.json under OUT, going on where an earlier run was cut off."""
    with told(words_for(lang), str(out)):
        _needs_renderer()
        from posture.truth.make import Order, make  # noqa: PLC0415 - needs the extra `truth`

        activity = Activity(asked.pop("activity")) if asked["activity"] else asked.pop("activity")
        with _bar() as step:
            made = make(Order(out=out, count=count, activity=activity, **asked), step)
    click.echo(f"{out}\t{made} made, {count - made} were there")


@truth.command("restricted")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--n", "count", type=click.IntRange(1, 9999), default=60, show_default=True)
@SEEDS
@click.option(
    "--more",
    type=click.IntRange(0, 9999),
    default=0,
    metavar="N",
    help="Film the first N in a leg raise and in bends with soft knees and raised heels too.",
)
@click.option(
    "--again",
    type=click.IntRange(0, 9999),
    default=0,
    metavar="N",
    help="Measure the first N a second time: encoded again, half the size, half the rate, filmed "
    "by another camera.",
)
@click.option("--score-only", is_flag=True, help="Judge the bodies already filmed; film none.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, dir_okay=False),
    help=_INTO,
)
@LANG
def restricted(
    out: Path,
    count: int,
    seed: int,
    more: int,
    again: int,
    score_only: bool,  # noqa: FBT001 - click hands it over by name
    into: Path | None,
    lang: str | None,
) -> None:
    """Film N bodies with stiff hamstrings, stiff calves or none; judge each one's films together.

    Each bends, walks and lunges as a simulated person of `truth score --restrictions` does. Goes on
    where an earlier run was cut off; writes restricted.json and restricted.md into OUT.
    """
    from posture.truth.repeat import film_again, repeats  # noqa: PLC0415 - needs the extra `truth`
    from posture.truth.visit import CHECK, FILMS  # noqa: PLC0415
    from posture.truth.visit_report import as_record, markdown, put_into  # noqa: PLC0415
    from posture.truth.visits import Wish, film_all, folders, judged  # noqa: PLC0415

    with told(words_for(lang), str(out)):
        wish = Wish(out=out, count=count, seed=seed)
        if not score_only:
            _needs_renderer()
            with _bar() as step:
                film_all(wish, step)
            with _bar() as step:
                film_all(replace(wish, count=min(more, count), films=FILMS), step)
            with _bar() as step:
                film_again(wish, min(again, count), step)
        found = judged(folders(wish), CHECK, Settings())
        if not found:
            raise click.UsageError("OUT has no filmed bodies; run without --score-only first.")
        fuller = judged(folders(wish), FILMS, Settings())
        twice = repeats(wish, count, Settings())
        command = f"posture truth restricted OUT --n {len(found)} --seed {seed}"
        command += f" --more {len(fuller)}" if fuller else ""
        command += f" --again {len({one.body for one in twice})}" if twice else ""
        text = markdown(found, fuller, twice, command)
        write_text(out / "restricted.json", json.dumps(as_record(found, twice), indent=1))
        write_text(out / "restricted.md", text)
        if into is not None:
            write_text(into, put_into(into.read_text("utf-8"), text))
    click.echo(text)


@truth.command("lab")
@click.argument("bodies", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--bias", type=float, default=3.0, show_default=True, help="Degrees it reads more.")
@click.option(
    "--sd", type=click.FloatRange(0), default=2.0, show_default=True, help="Its scatter, degrees."
)
@SEEDS
@click.option("--into", type=click.Path(path_type=Path, dir_okay=False), help=_INTO)
@LANG
def made_up_lab(
    bodies: Path, bias: float, sd: float, seed: int, into: Path | None, lang: str | None
) -> None:
    """Let a made-up lab measure the BODIES of `truth restricted`, and validate ours against it.

    Its goniometer reads what is true; its inclinometer is off by a bias and scatters, and is read
    twice. Writes BODIES/lab/lab.csv and results, for `posture validate`, and prints whether that
    gives back what was put in.
    """
    from posture.truth.made_lab import EXACT, OFF, Lab, write_lab  # noqa: PLC0415
    from posture.truth.visit_report import put_into  # noqa: PLC0415
    from posture.validation.ours import results_in  # noqa: PLC0415
    from posture.validation.put_back import markdown  # noqa: PLC0415
    from posture.validation.sheet import read_references  # noqa: PLC0415
    from posture.validation.study import study_of  # noqa: PLC0415

    with told(words_for(lang), str(bodies)):
        homes = sorted(path for path in bodies.iterdir() if (path / "bend").is_dir())
        lab = Lab(bias_deg=bias, sd_deg=sd, seed=seed)
        sheet, results = write_lab(homes, bodies / "lab", lab, Settings())
        study = study_of(read_references(sheet), results_in(results))
        command = f"posture truth lab BODIES --bias {bias:g} --sd {sd:g} --seed {seed}"
        text = markdown(study, EXACT, OFF, bias, sd, command)
        if into is not None:
            write_text(into, put_into(into.read_text("utf-8"), text))
    click.echo(text)


@truth.command("score")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("truth-score"), show_default=True
)
@click.option(
    "--restrictions",
    type=click.IntRange(10, 10_000),
    metavar="N",
    help="Score the findings on N simulated people of every sort; needs no FOLDERS.",
)
@SEEDS
@click.option("--model", default="full", show_default=True)
@click.option("--also", multiple=True, metavar="MODEL", help="A further model, to compare.")
@click.option(
    "--also-clips",
    type=click.IntRange(1),
    default=30,
    show_default=True,
    help="How many clips further models are scored on.",
)
@click.option(
    "--real",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder of real clips or landmarks: how like the training bodies their outlines are.",
)
@WORKERS
@LANG
def score_clips(
    folders: tuple[Path, ...],
    out: Path,
    restrictions: int | None,
    seed: int,
    lang: str | None,
    **asked: Any,  # noqa: ANN401 - click's
) -> None:
    """Score the analyser on bodies of known truth.

    With FOLDERS: run it on the clips in them; write score.json, accuracy.md and accuracy.html.
    With --restrictions: judge simulated people whose stiff link is known; write findings.json,
    findings.md and findings.html.
    """
    if not folders and restrictions is None:
        raise click.UsageError("Give FOLDERS of clips, or --restrictions N.")
    if restrictions is not None:
        _score_findings(restrictions, seed, out)
    if folders:
        _score_folders(folders, out, lang, **asked)


def _score_findings(count: int, seed: int, out: Path) -> None:
    """Judge simulated people and write what came out."""
    from posture.findings.evidence import load_evidence  # noqa: PLC0415
    from posture.truth.restriction.figures import page  # noqa: PLC0415
    from posture.truth.restriction.report import as_record, markdown  # noqa: PLC0415
    from posture.truth.restriction.score import score_restrictions  # noqa: PLC0415

    table = load_evidence()
    with _bar() as step:
        scores = score_restrictions(count, seed, table, step)
    command = f"posture truth score --restrictions {count} --seed {seed}"
    text = markdown(scores, table.calibrations, command)
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / "findings.json", json.dumps(as_record(scores), indent=1))
    write_text(out / "findings.md", text)
    write_text(out / "findings.html", page(scores))
    click.echo(text)


def _score_folders(
    folders: tuple[Path, ...],
    out: Path,
    lang: str | None,
    *,
    model: str,
    also: tuple[str, ...],
    also_clips: int,
    real: tuple[Path, ...],
    workers: int,
) -> None:
    """Run the analyser on clips and write what came out."""
    from posture.signals.estimate import estimators_made_with  # noqa: PLC0415
    from posture.truth.outlines import clouds  # noqa: PLC0415 - reads what `make` wrote
    from posture.truth.reach import reach  # noqa: PLC0415
    from posture.truth.score import ClipScore, as_record, clips_in, score  # noqa: PLC0415
    from posture.truth.summary import markdown, page  # noqa: PLC0415

    with told(words_for(lang), " ".join(map(str, folders))):
        clips = [clip for folder in folders for clip in clips_in(folder)]
        with _bar() as step:
            scores = score(clips, Settings(model=model), workers, step)
        compared = _spread_out(clips, also_clips)
        others: tuple[ClipScore, ...] = ()
        for other in also:
            with _bar() as step:
                others = (*others, *score(compared, Settings(model=other), workers, step))
        outlines = clouds(real, Settings(model=model)) if real else ()
        text = markdown(
            scores,
            {"model": model, "commands": _commands(folders, model, also, also_clips, real)},
            reach(scores, estimators_made_with()["mae_held_out"]),
            outlines,
            others,
        )
        out.mkdir(parents=True, exist_ok=True)
        write_text(out / "score.json", json.dumps(as_record((*scores, *others)), indent=1))
        write_text(out / "accuracy.md", text)
        write_text(out / "accuracy.html", page(scores))
    click.echo(text)


def _spread_out(clips: list[Path], count: int) -> list[Path]:
    """Return so many of the clips, evenly over all of them."""
    step = max(1, len(clips) // count)
    return clips[::step][:count]


def _commands(
    folders: tuple[Path, ...],
    model: str,
    also: tuple[str, ...],
    also_clips: int,
    real: tuple[Path, ...],
) -> str:
    """Return the commands that make this score again."""
    made, names = [], []
    for number, folder in enumerate(folders, 1):
        truths = [
            json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*/truth.json"))
        ]
        names.append(name := f"CLIPS{number if len(folders) > 1 else ''}")
        asked = f" {truths[0]['asked']}" if truths[0].get("asked") else ""
        made.append(
            f"posture truth make {name} --n {len(truths)} --seed {truths[0]['seed']}{asked}"
        )
    further = "".join(f" --also {Path(other).name}" for other in also)
    further += f" --also-clips {also_clips}" if also else ""
    further += " --real REAL" * len(real)
    return "\n".join([*made, f"posture truth score {' '.join(names)} --model {model}{further}"])


@truth.command("walks")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--marked",
    nargs=2,
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="CLIP EVENTS",
    help="A further clip, and the table of its events by frame (as tests/data/*.events.toml).",
)
@click.option(
    "--leave-one-out",
    is_flag=True,
    help="Measure each walker by constants fitted to the others alone.",
)
@LANG
def walks(
    folder: Path, marked: tuple[tuple[Path, Path], ...], lang: str | None, *, leave_one_out: bool
) -> None:
    """Put real walks beside what a person reads off them; FOLDER holds expected.toml."""
    from posture.truth.by_eye import (  # noqa: PLC0415
        EXPECTED,
        beside_the_eye,
        markdown,
        walkers_in,
    )
    from posture.truth.left_out import FEWEST, constants_markdown, left_out  # noqa: PLC0415

    if not (folder / EXPECTED).is_file():
        raise click.UsageError(f"FOLDER holds no {EXPECTED}.")
    with told(words_for(lang), str(folder)):
        walkers = walkers_in(folder, Settings(), marked)
        if not leave_one_out:
            click.echo(markdown(beside_the_eye(walkers, Settings())))
            return
        if len(walkers) < FEWEST:
            raise click.UsageError(f"To leave one out, at least {FEWEST} walks are needed.")
        with _bar() as step:
            found = left_out(walkers, Settings(), step)
        click.echo(f"{markdown(found.found)}\n\n{constants_markdown(found)}")


@truth.command("train")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--n", "count", type=click.IntRange(50, 100_000), default=1500, show_default=True)
@click.option("--pictures", type=click.Path(path_type=Path), default=Path("truth-pictures"))
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(["standing", "bend", "limbs", "change", "hanging"]),
    help="Train this one anew and take over the others.",
)
@SEEDS
@WORKERS
@LANG
def train_estimators(
    out: Path,
    count: int,
    pictures: Path,
    only: tuple[str, ...],
    seed: int,
    workers: int,
    lang: str | None,
) -> None:
    """Render N bodies, see them with the pose model, train the estimators, write OUT (an .npz)."""
    with told(words_for(lang), str(out)):
        _needs_renderer()
        from posture.truth.stills import Lesson, collect  # noqa: PLC0415 - needs `truth`
        from posture.truth.train import train  # noqa: PLC0415

        with _bar() as step:
            collect(Lesson(out=pictures, bodies=count, seed=seed, workers=workers), step)
        asked = "".join(f" --only {name}" for name in only)
        command = f"posture truth train OUT --n {count} --seed {seed}{asked}"
        found = train(pictures, out, seed, command, only)
    click.echo(json.dumps(found, indent=1))


@truth.command("outlines")
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("clips", nargs=-1, type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--other",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder of clips of the other generator.",
)
@click.option(
    "--seen",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Pictures of `posture truth train`, of the same seed: what the pose model leaves of it.",
)
@click.option("--n", "count", type=click.IntRange(50, 100_000), default=1500, show_default=True)
@SEEDS
@LANG
def outlines_of_bodies(
    out: Path,
    clips: tuple[Path, ...],
    other: Path | None,
    seen: Path | None,
    count: int,
    seed: int,
    lang: str | None,
) -> None:
    """Score the shape estimators by distance from the bodies they know; OUT keeps what was drawn.

    Draws N bodies without error, the same as `posture truth train` does, to show what outlines can
    tell; CLIPS are folders of `posture truth make`.
    """
    with told(words_for(lang), str(out)):
        _needs_renderer()
        from posture.truth.likeness import report  # noqa: PLC0415 - needs the extra `truth`
        from posture.truth.true_outlines import draw  # noqa: PLC0415

        with _bar() as step:
            draw(out, seed, count, step)
        command = f"posture truth outlines OUT{' CLIPS' if clips else ''}"
        command += "".join(
            f" --{name} {name.upper()}" for name, at in (("other", other), ("seen", seen)) if at
        )
        command += f" --n {count} --seed {seed}"
        click.echo(report(out, clips, other, seen, seed, command))


@truth.command("calibrate")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--people", "count", type=click.IntRange(1000, 1_000_000), default=30_000, show_default=True
)
@SEEDS
def calibrate_findings(out: Path, count: int, seed: int) -> None:
    """Fit on simulated people how evidence turns into a probability; write OUT (a .toml)."""
    from posture.findings.evidence import load_evidence  # noqa: PLC0415
    from posture.truth.restriction.fit import accused, as_toml, fit  # noqa: PLC0415

    command = f"posture truth calibrate OUT --people {count} --seed {seed}"
    table = load_evidence()
    fitted = fit(count, seed, table, command)
    told = replace(table, calibrations=tuple(one.row for one in fitted))
    text = as_toml(fitted, accused(count, seed, told), command)
    write_text(out, text)
    click.echo(text)


def _needs_renderer() -> None:
    """Say what to install where the extra is missing."""
    missing = [name for name in ("moderngl", "sklearn") if find_spec(name) is None]
    if missing:
        raise PostureError(
            "truth_extra_missing",
            missing=", ".join(missing),
            command=install_command(*TRUTH),
        )


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Show progress on a terminal, and nothing anywhere else."""
    console = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:-1], TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
