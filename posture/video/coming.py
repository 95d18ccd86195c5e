"""The pictures of a recording that is still coming in, as they arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep

import av
import numpy as np

from posture.types import Clip
from posture.video.probe import (
    FORMATS,
    Source,
    VideoSettings,
    check_stored_size,
    fitted,
    shown_as,
    unpacked,
    video_stream,
)
from posture.video.source import Decoded

_WAIT_S = 0.1  # ours; a piece comes each second


class _Growing:
    """A file that somebody else is still writing, read from its beginning to its end, once."""

    def __init__(self, path: Path, is_over: Callable[[], bool]) -> None:
        self._path = path
        self._is_over = is_over
        self._at = 0

    def read(self, size: int) -> bytes:
        """Return what comes next, waiting for it; nothing when it is over or the file is gone."""
        while not self._is_over():
            try:
                # opened for each reading: an open file cannot be moved to its place everywhere
                with self._path.open("rb") as file:
                    file.seek(self._at)
                    data = file.read(size)
            except OSError:
                return b""
            if data:
                self._at += len(data)
                return data
            sleep(_WAIT_S)
        return b""


def coming(
    path: Path, settings: VideoSettings, is_over: Callable[[], bool]
) -> Iterator[tuple[float, Decoded]]:
    """Yield (time in seconds, picture), each as it will be once the file is whole.

    Ends where nothing more can be read, for whatever reason; `is_over` is asked while waiting.

    Raises
    ------
    UnusableClip
        A picture is larger than allowed.
    """
    try:
        options = {"format_whitelist": FORMATS}
        with av.open(
            _Growing(path, is_over), "r", options=options, metadata_errors="replace"
        ) as opened:
            stream = video_stream(opened)
            if stream is None:
                return
            stream.thread_type = "SLICE"
            limit = settings.max_stored_side_px
            check_stored_size((stream.codec_context.width, stream.codec_context.height), limit)
            tick_s, last, source = float(stream.time_base or 0), -1, None
            for frame in unpacked(opened, stream, limit):
                if frame.pts is None or frame.pts <= last:
                    continue
                last = frame.pts
                if source is None:
                    shown_px, turn = shown_as(frame, stream)
                    source = Source(
                        path=path,
                        clip=_unknown(path, shown_px),
                        time_s=np.zeros(0),
                        pts=np.zeros(0, dtype=np.int64),
                        size_px=fitted(shown_px, settings.max_side_px),
                        turn=turn,
                        max_stored_side_px=limit,
                    )
                yield last * tick_s, Decoded(frame, source)
    except (av.error.FFmpegError, IndexError):
        return


def _unknown(path: Path, size_px: tuple[int, int]) -> Clip:
    return Clip(
        file=path.name, sha256="", duration_s=0.0, frames=0, size_px=size_px, rotation_deg=0
    )
