"""Builders: whole analyses of stick figures, and measures of any kind."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Literal

import numpy as np

from posture.outputs.numbers import number
from posture.outputs.overlay import Scene, scene_of
from posture.outputs.tables import remark, why_marked
from posture.outputs.words import Language, Words, load_words
from posture.pipeline import analyse_landmarks
from posture.settings import Settings
from posture.signals.clean import clean
from posture.types import (
    Activity,
    Analysis,
    Assessment,
    Finding,
    Landmarks,
    Level,
    Link,
    Measure,
    Quality,
    Reason,
    Reference,
    Side,
    Unit,
)
from tests.make import BY_POINTS, TALL, Camera, filmed, seconds
from tests.stick import Gait, bending, one_after_another, running, standing, walking

Showing = Literal["bend", "stand", "walk", "treadmill", "run", "tall bend", "tall walk", "all"]


@cache
def clip(showing: Showing) -> Landmarks:
    """Landmarks as they would come out of a video with one person in it."""
    steps = walking(seconds(4.0)).figure
    belt = walking(seconds(6.0), Gait(treadmill=True)).figure
    match showing:
        case "bend":
            made = filmed(bending(seconds(9.0)))
        case "stand":
            made = filmed(standing(seconds(3.0)))
        case "walk":
            made = filmed(steps, Camera(size_px=(1920, 1080), height_px=400.0))
        case "treadmill":
            made = filmed(belt)
        case "run":
            made = filmed(running(seconds(4.0)).figure, Camera(size_px=(3000, 1080)))
        case "tall bend":
            made = filmed(bending(seconds(9.0)), Camera(size_px=TALL))
        case "tall walk":
            made = filmed(belt, Camera(size_px=TALL, height_px=900.0))
        case "all":
            figures = one_after_another(standing(seconds(4.0)), bending(seconds(9.0)), steps)
            made = filmed(figures, Camera(size_px=(1920, 1080), height_px=300.0))
    return as_the_only_one(made)


def as_the_only_one(landmarks: Landmarks, file: str = "made.mp4") -> Landmarks:
    """The same landmarks, their person chosen for the reason a clip of one person gives."""
    because = Reason("chosen_only_one")
    return replace(
        landmarks,
        clip=replace(landmarks.clip, file=file),
        person=replace(landmarks.person, chosen_because=because),
        model=f"pose_landmarker_full.task {'a' * 64}",
    )


@cache
def analysis(showing: Showing, *, height_m: float | None = None) -> Analysis:
    """Everything the pipeline makes of a clip."""
    return analyse_landmarks(clip(showing), Settings(frame=BY_POINTS, height_m=height_m))


def scene(
    made: Analysis,
    language: Language = "en",
    *,
    level: str = "trainer",
    size_px: tuple[int, int] | None = None,
) -> Scene:
    """The scene of an analysis, on pictures of its own size unless said."""
    size_px = size_px or made.landmarks.size_px
    return scene_of(made, clean(made.landmarks), load_words(language), size_px, level)


def blank(size_px: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A grey picture of that width and height."""
    return np.full((size_px[1], size_px[0], 3), 120, dtype=np.uint8)


def measure(
    name: str,
    value: float,
    unit: Unit = "deg",
    *,
    sd: float = math.inf,
    quality: Quality = Quality.GOOD,
    reason: Reason | None = None,
    reference: Reference | None = None,
) -> Measure:
    """One measure in file units; an infinite sd means that nobody assessed it."""
    if quality is not Quality.GOOD and reason is None:
        reason = Reason("not_seen_long_enough")
    return Measure(
        name=name,
        activity=Activity.STANDING,
        side=Side.RIGHT,
        value=value,
        unit=unit,
        spread={} if sd == math.inf else {"method": sd},
        quality=quality,
        reason=reason,
        reference=reference,
    )


def with_level(made: Analysis, link: Link, level: Level) -> Analysis:
    """The same analysis with one link's finding at another level."""

    def changed(finding: Finding) -> Finding:
        judged = replace(finding, level=level, probability=0.5)
        return judged if finding.link is link else finding

    assessment = made.assessment
    findings = tuple(changed(finding) for finding in assessment.findings)
    return replace(
        made,
        assessment=Assessment(findings=findings, verdict=assessment.verdict, care=assessment.care),
    )


def read_json(text: str) -> dict[str, Any]:
    """Parse JSON, refusing the NaN and Infinity that Python would let pass."""

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is not JSON")

    record: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return record


def rows_owed(measures: Sequence[Measure], words: Words) -> list[list[str]]:
    """The rows that a report owes: what marks three and more of a test is said above them."""
    marked = Counter((m.segment, m.activity, why_marked(m, words)) for m in measures)
    once = [key for key, times in marked.items() if times >= 3]
    return [
        [
            words.of("measures", m.name),
            words.term(m.side.value),
            number(m, words),
            remark(m, words, [why for *test, why in once if test == [m.segment, m.activity]]),
        ]
        for m in measures
        # a ratio whose error is over half of it tells a reader nothing and is left out
        if not (m.name.startswith("lumbar_hip_ratio") and 2 * m.sd > abs(m.value))
    ]
