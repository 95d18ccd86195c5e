"""Whole clips through the whole chain, once each."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

from posture import Analysis, Settings, analyse_landmarks
from posture.measures.possible import is_possible
from posture.types import Measure, Quality, Rgb, Side
from tests.kept import kept_landmarks


@cache
def analysed(path: Path, settings: Settings | None = None) -> Analysis:
    """The analysis of a clip; made once for all tests of a file. It holds nothing impossible."""
    made = analyse_landmarks(kept_landmarks(path, settings), settings)
    assert impossible(made) == []
    return made


def impossible(analysis: Analysis) -> list[tuple[str, str, float]]:
    """Every value that no living adult has, by the table of what is possible."""
    return [
        (m.name, m.side.value, m.value)
        for m in analysis.measures
        if m.quality is not Quality.MISSING and not is_possible(m.name, m.activity, m.value)
    ]


def measure(analysis: Analysis, name: str, side: Side | None = None) -> Measure:
    """The one measure of that name (and side)."""
    (found,) = [
        m
        for m in analysis.measures
        if m.name == name and side in {None, m.side} and not math.isnan(m.value)
    ]
    return found


def pictures_of(path: Path) -> list[tuple[int, Fraction, Rgb]]:
    """Every picture of a clip with its time, read with nothing of ours."""
    with av.open(str(path)) as clip:
        stream = clip.streams.video[0]
        return [
            (
                frame.pts or 0,
                Fraction(frame.time_base or 0),
                np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8),
            )
            for frame in clip.decode(stream)
            if isinstance(frame, av.VideoFrame)
        ]


def write_mirrored(path: Path, to: Path) -> None:
    """Write the clip flipped left-right, without loss and with the same times."""
    write_changed(path, to, lambda rgb: np.ascontiguousarray(rgb[:, ::-1]))


def write_changed(path: Path, to: Path, change: Callable[[Rgb], Rgb]) -> None:
    """Write the clip with every picture changed, without loss and with the same times."""
    shown = [(pts, time_base, change(rgb)) for pts, time_base, rgb in pictures_of(path)]
    with av.open(str(to), "w") as out:
        stream = out.add_stream("libx264rgb", rate=30)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = shown[0][2].shape[:2]
        stream.pix_fmt = "rgb24"
        stream.options = {"crf": "0", "preset": "ultrafast"}
        stream.codec_context.time_base = shown[0][1]
        for pts, time_base, rgb in shown:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
            frame.pts, frame.time_base = pts, time_base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
