"""Pictures to a file that browsers play: H.264, yuv420p, index at the front."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

from posture.errors import CannotWrite
from posture.types import Rgb

_TICKS_PER_S = 90_000  # finer than any camera's clock
_COARSER = 3  # ours; letters and lines stay as clear


class Sink:
    """A video file being written, with the times of its pictures as given.

    `quick` takes a third of the work for a file a fifth larger: for what is looked at, not
    measured.
    """

    def __init__(
        self,
        path: Path,
        size_px: tuple[int, int],
        rate_hz: float,
        quality: int = 23,
        *,
        quick: bool = False,
    ) -> None:
        width, height = size_px
        if width % 2 or height % 2:
            raise ValueError(f"expected even sides, got {size_px}")
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        try:
            rate = Fraction(rate_hz).limit_denominator(1001)
            stream = self._container.add_stream("libx264", rate=rate)
        except (ValueError, av.error.FFmpegError) as trouble:
            self._container.close()
            raise CannotWrite("no_encoder", path=str(path)) from trouble
        if not isinstance(stream, VideoStream):
            raise CannotWrite("no_encoder", path=str(path))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        # drawing should keep up; what leaves out more has to be coarser for a file no larger
        preset, crf = ("ultrafast", quality + _COARSER) if quick else ("superfast", quality)
        stream.options = {"preset": preset, "crf": str(crf)}
        stream.codec_context.time_base = Fraction(1, _TICKS_PER_S)
        self._stream = stream
        self._quick = quick
        self._last = -1

    def add(self, rgb: Rgb, time_s: float) -> None:
        """Append a picture shown from `time_s` on; times have to rise."""
        if self._quick:
            planes = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        else:
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
        self._last = max(self._last + 1, round(time_s * _TICKS_PER_S))
        frame.pts, frame.time_base = self._last, Fraction(1, _TICKS_PER_S)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what is still held back, and the index."""
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self._container.close()
