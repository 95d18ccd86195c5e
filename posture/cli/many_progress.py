"""How far a batch is, on standard error: a line for people, JSON lines for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from posture.batch.run import Step
from posture.outputs.words import Words

_HOUR_S = 3600.0


class Teller(Protocol):
    """Told of every step."""

    @property
    def for_programs(self) -> bool:
        """Whether a program reads what it says."""
        ...

    def __call__(self, step: Step) -> None:
        """Say how far it is."""
        ...


@contextmanager
def teller(words: Words, what: str, way: str | None, *, quiet: bool) -> Iterator[Teller]:
    """Yield who tells how far it is; without a terminal nobody does, unless JSON is asked for."""
    if way == "json":
        yield _JsonLines()
        return
    with _Line(words, what, shown=not quiet and way != "none") as line:
        yield line


class _Pace:
    """How many clips an hour are measured, and how long the rest takes.

    The longest clips come first: what is left is told by their sizes and not by their number.
    """

    def __init__(self) -> None:
        self._begun_s = time.monotonic()
        self._known = 0

    def of(self, step: Step) -> tuple[float | None, float | None]:
        """Return clips an hour and the seconds left; None before the first clip."""
        taken_s = time.monotonic() - self._begun_s
        if step.row is None or step.part <= 0 or taken_s <= 0:
            self._begun_s, self._known = time.monotonic(), step.done
            return None, None
        rate = _HOUR_S * (step.done - self._known) / taken_s
        return rate, taken_s * (1 - step.part) / step.part


class _JsonLines:
    """One object a line, and nothing else."""

    for_programs = True

    def __init__(self) -> None:
        self._pace = _Pace()

    def __call__(self, step: Step) -> None:
        rate, left_s = self._pace.of(step)
        told: dict[str, object] = {
            "event": "start" if step.row is None else "clip",
            "done": step.done,
            "of": step.of,
            "failed": step.failed,
            "kept": step.kept,
            "clips_per_hour": None if rate is None else round(rate, 1),
            "left_s": None if left_s is None else round(left_s, 1),
        }
        if step.row is not None:
            told |= {name: step.row[name] for name in ("file", "status", "reason_code")}
        click.echo(json.dumps(told), err=True)


class _Line:
    """A line on a terminal: done, rate, time left, failures."""

    for_programs = False

    def __init__(self, words: Words, what: str, *, shown: bool) -> None:
        console = Console(stderr=True)
        self._words = words
        self._pace = _Pace()
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[told]}", markup=False),
            console=console,
            transient=True,
            disable=not (shown and console.is_terminal),
        )
        self._task = self._bar.add_task(what, total=None, told="")

    def __call__(self, step: Step) -> None:
        rate, left_s = self._pace.of(step)
        told = self._words.ui("batch_far", done=step.done, of=step.of)
        if rate is not None and left_s is not None:
            left = time.strftime("%H:%M:%S", time.gmtime(left_s % 86_400))
            days = int(left_s // 86_400)
            left = f"{days}+{left}" if days else left
            told += self._words.ui("batch_pace", rate=f"{rate:.0f}", left=left)
        if step.failed:
            told += self._words.ui("batch_failures", failed=step.failed)
        self._bar.update(self._task, completed=step.done, total=step.of, told=told)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
