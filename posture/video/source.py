"""The pictures of a clip, one at a time, with the container's own times."""

from __future__ import annotations

from collections.abc import Container, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import chain

import av
import numpy as np
from av.container import InputContainer
from av.video.plane import VideoPlane
from av.video.stream import VideoStream
from numpy.typing import NDArray

from posture.errors import UnusableClip
from posture.types import Rgb
from posture.video.animation import webp_pictures, webp_times_ms
from posture.video.glance import Glancer
from posture.video.probe import Source, Turn, container, unpacked, video_stream
from posture.video.still import read_still, shrink

# Decoding on beats seeking when the wanted picture is this near; ours, from trials.
_WORTH_A_SEEK_S = 2.0


def pictures(
    source: Source, start: int = 0, stop: int | None = None, glancer: Glancer | None = None
) -> Iterator[tuple[int, Rgb]]:
    """Yield (frame number, picture) from `start` up to, not including, `stop`.

    A picture that cannot be decoded is left out; its number is skipped. A `glancer` is shown each.
    """
    stop = source.clip.frames if stop is None else min(stop, source.clip.frames)
    if source.clip.is_still and not len(source.pts) and start < stop:
        yield from _still(source)
        return
    for number, shown in decoded(source, start, stop, glancer):
        yield number, shown.whole()


def decoded(
    source: Source, start: int = 0, stop: int | None = None, glancer: Glancer | None = None
) -> Iterator[tuple[int, Decoded]]:
    """Yield what `pictures` does of a video, to be converted as far as somebody asks for it."""
    stop = source.clip.frames if stop is None else min(stop, source.clip.frames)
    if start >= stop:
        return
    for number, frame in _frames(source, start, stop):
        if glancer is not None:
            glancer.see(number, frame)
        yield number, Decoded(frame, source)


class Onward:
    """A clip's pictures in stretches that follow each other, each decoded once.

    A stretch may begin up to `back` pictures before the end of the last one.
    """

    def __init__(self, source: Source, stop: int, back: int, glancer: Glancer | None) -> None:
        self._source, self._stop, self._glancer = source, stop, glancer
        self._back = back
        self._kept: list[tuple[int, av.VideoFrame]] = []  # for the next stretch: as stored, small
        self._coming: Iterator[tuple[int, Decoded]] | None = None

    def stretch(self, start: int, stop: int) -> Iterator[tuple[int, Decoded]]:
        """Yield (frame number, picture) from `start` up to, not including, `stop`."""
        known = [one for one in self._kept if one[0] >= start]
        following = known[-1][0] + 1 if known else start
        self._kept = []
        for number, shown in chain(self._again(known), self._unseen(following)):
            if number >= stop - self._back:
                self._kept.append((number, shown.frame))
            if number >= stop:
                return
            yield number, shown

    def _again(self, known: list[tuple[int, av.VideoFrame]]) -> Iterator[tuple[int, Decoded]]:
        while known:  # each is let go as soon as it has been dealt with
            number, frame = known.pop(0)
            yield number, Decoded(frame, self._source)

    def _unseen(self, start: int) -> Iterator[tuple[int, Decoded]]:
        if self._coming is None:
            self._coming = decoded(self._source, start, self._stop, self._glancer)
        for one in self._coming:  # noqa: UP028 - `yield from` would close it with the stretch
            yield one
        self._coming = None  # where it is damaged, the next stretch begins behind that


@dataclass(slots=True)
class Decoded:
    """A picture as it is stored: colours are made, half as dear as decoding, where asked for."""

    frame: av.VideoFrame
    source: Source
    _whole: Rgb | None = field(default=None, init=False)

    def whole(self) -> Rgb:
        """Return the picture as a player shows it."""
        if self._whole is None:
            self._whole = _as_shown(self.frame, self.source)
        return self._whole

    def part(self, corner: tuple[int, int], size_px: tuple[int, int]) -> Rgb:
        """Return the same pixels of a box in it: its left top, and width and height."""
        (x, y), (width, height) = corner, size_px
        if self._whole is None and self._is_plain:
            left, right = x // _ROW * _ROW, min(-(-(x + width) // _ROW) * _ROW, self.frame.width)
            top, bottom = y // 2 * 2, min(-(-(y + height) // 2) * 2, self.frame.height)
            part = _stored_part(self.frame, left, right, top, bottom)
            x, y, rgb = x - left, y - top, np.asarray(part.to_ndarray(format="rgb24"), np.uint8)
        else:
            rgb = self.whole()
        return rgb[y : y + height, x : x + width]

    @property
    def _is_plain(self) -> bool:
        frame, turn = self.frame, self.source.turn
        return (
            frame.format.name in _HALVED
            and not turn.flipped
            and turn.quarter_turns_left == 0
            and (frame.width, frame.height) == self.source.size_px
            and not (frame.width % 2 or frame.height % 2)
        )


_HALVED = ("yuv420p", "yuvj420p")
_ROW = 16  # px a converter takes at once; a part that begins in between comes out otherwise


def _stored_part(
    frame: av.VideoFrame, left: int, right: int, top: int, bottom: int
) -> av.VideoFrame:
    """Return a part of a picture, all sides even, in the same colours."""
    planes = [
        _rows(plane)[top // step : bottom // step, left // step : right // step].ravel()
        for plane, step in zip(frame.planes, (1, 2, 2), strict=True)
    ]
    wide, tall = right - left, bottom - top
    part = av.VideoFrame.from_ndarray(
        np.concatenate(planes).reshape(tall * 3 // 2, wide), format=frame.format.name
    )
    part.colorspace, part.color_range = frame.colorspace, frame.color_range
    return part


def _rows(plane: VideoPlane) -> NDArray[np.uint8]:
    stored: NDArray[np.uint8] = np.frombuffer(memoryview(plane), dtype=np.uint8)
    return stored.reshape(-1, plane.line_size)


def pictures_at(
    source: Source,
    numbers: Sequence[int],
    glancer: Glancer | None = None,
    until: int | None = None,
    *,
    quickly: bool = False,
) -> Iterator[tuple[int, Rgb]]:
    """Yield the pictures with these frame numbers (rising), converting no others.

    `quickly` scales down in half the time, to pixels that differ a little: to be looked at.

    A `glancer` is shown all that are decoded on the way, and those after the last number up to,
    not including, `until`.
    """
    if source.clip.is_still and not len(source.pts):
        yield from (still for still in _still(source) if still[0] in numbers)
        return
    for run in _runs(source, numbers):
        wanted = set(run)
        is_last = run[-1] == numbers[-1]
        stop = until if is_last and until is not None else run[-1] + 1
        # who glances sees all that is decoded
        needed = wanted if glancer is None else None
        with closing(_frames(source, run[0], max(stop, run[-1] + 1), needed)) as frames:
            for number, frame in frames:
                if glancer is not None:
                    glancer.see(number, frame)
                if number in wanted:
                    yield number, _as_shown(frame, source, "AREA" if quickly else None)


def _runs(source: Source, numbers: Sequence[int]) -> Iterator[list[int]]:
    """Split frame numbers where seeking is cheaper than decoding on."""
    run: list[int] = []
    for number in numbers:
        if run and source.time_s[number] - source.time_s[run[-1]] > _WORTH_A_SEEK_S:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _still(source: Source) -> Iterator[tuple[int, Rgb]]:
    picture = read_still(source.path)
    if picture is not None:
        yield 0, shrink(picture, max(source.size_px))


def _frames(
    source: Source, start: int, stop: int, wanted: Container[int] | None = None
) -> Generator[tuple[int, av.VideoFrame], None, None]:
    """Yield the pictures from `start` up to `stop`; of those not `wanted` perhaps none."""
    if source.is_webp:
        return _webp(source, start, stop)
    return _unpacked(source, start, stop, range(start, stop) if wanted is None else wanted)


def _webp(
    source: Source, start: int, stop: int
) -> Generator[tuple[int, av.VideoFrame], None, None]:
    before = int(np.searchsorted(webp_times_ms(source.path)[0], source.pts[0]))  # the window
    for number, rgb in webp_pictures(source.path, before + start, before + stop):
        yield number - before, av.VideoFrame.from_ndarray(rgb, format="rgb24")


def _unpacked(
    source: Source, start: int, stop: int, wanted: Container[int]
) -> Generator[tuple[int, av.VideoFrame], None, None]:
    with ExitStack() as held:
        opened = _opened(source, held)
        stream = video_stream(opened)
        if stream is None:
            return
        stream.thread_type = "SLICE"  # whole pictures ahead cost 40 MB a reader and gain little
        last = -1
        try:
            if start > 0:
                opened.seek(int(source.pts[start]), stream=stream)
            for frame in _counted(source, opened, stream, wanted):
                number = _number(source, frame.pts)
                if number is None or number <= last:
                    continue  # not among those counted, or its time did not move on
                if last < 0 and number > start > 0:
                    break  # the seek overshot: this container's index is not exact
                last = number
                if number >= stop:
                    return
                if number >= start:
                    yield number, frame
        except (av.error.FFmpegError, IndexError):
            # the rest is damaged, or PyAV stumbles at the end over a stream that turned up late;
            # what came before stands
            pass
    if last < 0 < start:  # landed beyond the picture or the end, or there is no seeking here
        yield from (one for one in _unpacked(source, 0, stop, wanted) if one[0] >= start)


def _opened(source: Source, held: ExitStack) -> InputContainer:
    try:
        return held.enter_context(container(source.path))
    except av.error.FFmpegError as trouble:  # emptied or removed since it was looked at
        raise UnusableClip("cut_off_video", file=source.path.name) from trouble


def _number(source: Source, pts: int | None) -> int | None:
    if pts is None:
        return None
    number = int(np.searchsorted(source.pts, pts))
    return number if number < len(source.pts) and source.pts[number] == pts else None


def _counted(
    source: Source, opened: InputContainer, stream: VideoStream, wanted: Container[int]
) -> Iterator[av.VideoFrame]:
    """Yield frames while there may be one that counts; behind a window there is none."""

    def is_wanted(pts: int) -> bool:
        return _number(source, pts) in wanted

    for frame in unpacked(opened, stream, source.max_stored_side_px, is_wanted):
        if frame.pts is not None and frame.pts > source.pts[-1]:
            return
        yield frame


def _as_shown(frame: av.VideoFrame, source: Source, scaling: str | None = None) -> Rgb:
    """Scale and convert, then flip and turn as a player does."""
    turn: Turn = source.turn
    width, height = source.size_px
    if turn.quarter_turns_left % 2:
        width, height = height, width
    if scaling is not None and (frame.width, frame.height) != (width, height):
        # as stored, half of its colours are left out: less to scale
        frame = frame.reformat(width=width, height=height, interpolation=scaling)
    rgb = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation=scaling)
    if turn.flipped:
        rgb = rgb[:, ::-1]
    if turn.quarter_turns_left:
        rgb = np.rot90(rgb, turn.quarter_turns_left)
    return np.ascontiguousarray(rgb, dtype=np.uint8)
