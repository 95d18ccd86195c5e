"""Bodies of known truth: make them, score the analyser on them, train its estimators on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, TimeRemainingColumn

from posture.cli.options import told, words_for
from posture.errors import PostureError
from posture.outputs.files import write_text
from posture.settings import Settings
from posture.types import Activity

SEEDS = click.option(
    "--seed", type=int, default=1, show_default=True, help="Same seed, same truth."
)
WORKERS = click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
LANG = click.option("--lang", type=click.Choice(["en", "ja"]), help="Language of what is said.")
MOTIONS = ("standing", "forward_bend", "walking", "wall_lunge", "leg_raise")


@click.group()
def truth() -> None:
    """Bodies whose every angle is known: render them, score the analyser on them."""


@truth.command("make")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--n", "count", type=click.IntRange(1, 100_000), default=12, show_default=True)
@SEEDS
@click.option("--activity", type=click.Choice(MOTIONS), help="One motion only; else a mixture.")
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
    type=click.Choice(["usual", "yaw15", "pitched"]),
    default="usual",
    show_default=True,
    help="Where the camera looks from: as people place it, turned by 15 deg, or pitched by 10 deg "
    "with the person 15 deg off its axis.",
)
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


@truth.command("score")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("truth-score"), show_default=True
)
@click.option("--model", default="full", show_default=True)
@WORKERS
@LANG
def score_clips(folder: Path, out: Path, model: str, workers: int, lang: str | None) -> None:
    """Run the analyser on the clips in FOLDER; write score.json, accuracy.md and accuracy.html."""
    from posture.truth.score import as_record, score  # noqa: PLC0415 - reads what `make` wrote
    from posture.truth.summary import markdown, page  # noqa: PLC0415

    with told(words_for(lang), str(folder)):
        with _bar() as step:
            scores = score(folder, Settings(model=model), workers, step)
        text = markdown(scores, {"model": model, "commands": _commands(folder, model)})
        out.mkdir(parents=True, exist_ok=True)
        write_text(out / "score.json", json.dumps(as_record(scores), indent=1))
        write_text(out / "accuracy.md", text)
        write_text(out / "accuracy.html", page(scores))
    click.echo(text)


def _commands(folder: Path, model: str) -> str:
    """Return the two commands that make this score again."""
    seeds = sorted(
        {json.loads(path.read_text("utf-8"))["seed"] for path in folder.glob("*/truth.json")}
    )
    count = len(list(folder.glob("*/truth.json")))
    made = f"posture truth make CLIPS --n {count} --seed {seeds[0] if seeds else '?'}"
    return f"{made}\nposture truth score CLIPS --model {model}"


@truth.command("train")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--n", "count", type=click.IntRange(50, 100_000), default=1500, show_default=True)
@click.option("--pictures", type=click.Path(path_type=Path), default=Path("truth-pictures"))
@SEEDS
@WORKERS
@LANG
def train_estimators(
    out: Path, count: int, pictures: Path, seed: int, workers: int, lang: str | None
) -> None:
    """Render N bodies, see them with the pose model, train the estimators, write OUT (an .npz)."""
    with told(words_for(lang), str(out)):
        _needs_renderer()
        from posture.truth.stills import Lesson, collect  # noqa: PLC0415 - needs `truth`
        from posture.truth.train import train  # noqa: PLC0415

        with _bar() as step:
            collect(Lesson(out=pictures, bodies=count, seed=seed, workers=workers), step)
        command = f"posture truth train OUT --n {count} --seed {seed}"
        found = train(pictures, out, seed, command)
    click.echo(json.dumps(found, indent=1))


def _needs_renderer() -> None:
    """Say what to install where the extra is missing."""
    missing = [name for name in ("moderngl", "sklearn") if find_spec(name) is None]
    if missing:
        raise PostureError(
            "truth_extra_missing",
            missing=", ".join(missing),
            command='pip install "posture[truth]"',
        )


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Show progress on a terminal, and nothing anywhere else."""
    console = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:-1], TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
