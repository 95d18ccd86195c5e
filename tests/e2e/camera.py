"""What the fake camera films: a visit put together from stretches of two drawn clips.

A real client waits for the next sentence; a clip does not. So each pose is held here for as long as
the coach may take to come to it on a slow machine, and what moves comes more than once: what is
missed costs a whole round of the film.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, cycle, islice
from pathlib import Path

import av

DATA = Path(__file__).parents[1] / "data"
RATE_HZ = 30  # at which Chromium plays a file of JPEGs


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a clip; with `lasts_s` it is played to and fro for so long."""

    clip: str
    from_s: float
    to_s: float
    lasts_s: float | None = None


def _hanging(lasts_s: float) -> Part:
    return Part(clip="live_visit", from_s=0.2, to_s=5.3, lasts_s=lasts_s)


_RAISED = (
    Part(clip="live_hand", from_s=0.6, to_s=1.8),
    Part(clip="live_hand", from_s=1.8, to_s=3.8, lasts_s=15.0),
    Part(clip="live_hand", from_s=3.8, to_s=4.6),
)
_TO_COLLAR = Part(clip="live_visit", from_s=5.5, to_s=6.3)
_COLLAR = Part(clip="live_visit", from_s=6.4, to_s=13.2, lasts_s=22.0)
_FROM_COLLAR = Part(clip="live_visit", from_s=13.3, to_s=14.1)
_BEND = Part(clip="live_visit", from_s=14.1, to_s=24.5)
_WALK = Part(clip="live_visit", from_s=24.6, to_s=48.5)

# The page greets before it looks for a hand, longer on a slow machine: the hand stays up. Nothing
# is counted down before the arms hang, so that each step gets its sentence and count after that.
_CHOSEN = (_hanging(6.0), *_RAISED)
_STOOD = (_hanging(16.0), _TO_COLLAR, _COLLAR, _FROM_COLLAR)
_BENT = (_BEND, _hanging(3.0), _BEND)

QUICK = (*_CHOSEN, _hanging(11.0), _BEND, _hanging(2.0), _BEND)
FULL = (*_CHOSEN, *_STOOD, _hanging(11.0), *_BENT, _hanging(9.0), _WALK, _hanging(3.0), _WALK)


def write_camera(path: Path, parts: Sequence[Part]) -> Path:
    """Write what the camera sees as JPEGs one after another; Chromium begins anew at the end."""
    with path.open("wb") as file:
        for part in parts:
            file.writelines(_frames(part))
    return path


def _frames(part: Part) -> Iterator[bytes]:
    frames = _jpegs(part.clip)[round(part.from_s * RATE_HZ) : round(part.to_s * RATE_HZ)]
    if part.lasts_s is None:
        return iter(frames)
    return islice(cycle(chain(frames, frames[-2:0:-1])), round(part.lasts_s * RATE_HZ))


@cache
def _jpegs(clip: str) -> tuple[bytes, ...]:
    """Return the pictures of a clip, each packed on its own."""
    made = []
    with (
        av.open(str(DATA / f"{clip}.mp4")) as source,
        av.open(io.BytesIO(), "w", format="mjpeg") as target,
    ):
        video = source.streams.video[0]
        packer = target.add_stream("mjpeg", rate=RATE_HZ, options={"qmin": "2", "qmax": "2"})
        packer.width, packer.height, packer.pix_fmt = video.width, video.height, "yuvj420p"
        for frame in source.decode(video):
            made += [bytes(packet) for packet in packer.encode(frame.reformat(format="yuvj420p"))]
        made += [bytes(packet) for packet in packer.encode(None)]
    return tuple(made)
