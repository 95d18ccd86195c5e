"""What looking at a clip's pictures costs, beside following the client without it, in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import process_time

from posture.landmarks.find import find_landmarks
from posture.landmarks.models import find_model
from posture.machine import without_native_chatter
from posture.pipeline import analyse_landmarks, landmarks_of
from posture.settings import Settings
from posture.types import Landmarks
from posture.video.probe import probe


def footage_cost(clip: Path, rounds: int) -> Iterator[str]:
    """Yield the lines of the comparison, with and without in turn, round after round.

    Processor time of this process, all its threads together. The first pass of each, which loads
    the model, is not counted.

    Raises
    ------
    UnusableClip
        The clip cannot be read or shows nobody to measure.
    """
    settings = Settings()
    model = find_model(settings.model)

    def with_it() -> Landmarks:
        return landmarks_of(clip, settings)

    def without() -> Landmarks:
        source = probe(clip, settings.video)
        return find_landmarks(
            source, model, activity=settings.activity, settings=settings.landmarks
        )

    with without_native_chatter():
        seen, _ = with_it(), without()
        frames = len(seen.time_s)
        rest_s = _cpu_s(lambda: analyse_landmarks(seen, settings))
        yield f"{clip.name}: {frames} pictures; all that follows from the points {rest_s:.2f} s"
        ratios = []
        for number in range(1, rounds + 1):
            # who goes first changes: what else the machine does falls on both alike
            order = (with_it, without) if number % 2 else (without, with_it)
            took = {one: _cpu_s(one) for one in order}
            ratios.append((took[with_it] - took[without]) / (took[with_it] + rest_s))
            yield (
                f"run {number}: with {took[with_it]:.2f} s, without {took[without]:.2f} s "
                f"({1000 * (took[with_it] - took[without]) / frames:.2f} ms a picture)"
            )
    yield f"share of an analysis's processor time, median of {rounds}: {median(ratios):.1%}"


def _cpu_s(what: Callable[[], object]) -> float:
    start = process_time()
    what()
    return process_time() - start
