"""What a file holds, found without decoding more than its first picture."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.sidedata.sidedata import SideData
from av.video.stream import VideoStream
from numpy.typing import NDArray

from posture import files
from posture.errors import BadSettings, UnusableClip
from posture.types import OUTLINE_STEPS_PER_PX, Clip, Floats
from posture.video.animation import (
    is_animated_webp,
    webp_pictures,
    webp_size,
    webp_times_ms,
)
from posture.video.heif import grid_of
from posture.video.kinds import is_photo_container
from posture.video.still import is_still, read_still, still_size


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoSettings:
    """Limits of what is read, each with the reason it has."""

    max_side_px: int = 1920  # ours; a person who fills 1080 px has more detail than is used
    min_duration_s: float = 1.0  # ours; less holds neither a still second nor a step
    max_duration_s: float = 3600.0  # ours; an hour keeps memory bounded
    max_frames: int = 216_000  # an hour at 60 frames/s
    min_rate_hz: float = 4.9  # ours; 5 frames/s with a little tolerance
    max_rate_hz: float = 250.0  # ours; 240 frames/s with a little tolerance
    max_stored_side_px: int = 16384  # ours; no camera films larger, and one picture takes 800 MB
    window_s: tuple[float, float] | None = None  # from when to when, on the clip's own clock

    def __post_init__(self) -> None:
        if not 0 < self.max_side_px <= _LARGEST_SIDE_PX:
            raise BadSettings("settings_unknown", what=f"max_side_px {self.max_side_px}")
        if self.window_s is not None and not self.window_s[0] < self.window_s[1]:
            raise BadSettings("settings_unknown", what=f"window_s {self.window_s}")


_LARGEST_SIDE_PX = np.iinfo(np.int16).max // OUTLINE_STEPS_PER_PX  # 2047: what an Outline can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How a stored picture becomes the one that is shown: first flipped, then turned."""

    quarter_turns_left: int = 0  # 0..3, counter-clockwise
    flipped: bool = False  # mirrored left-right before the turn
    aspect: float = 1.0  # width of a stored pixel over its height


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An opened clip: its facts, the times of its pictures and how to hand them out."""

    path: Path
    clip: Clip
    time_s: Floats  # (T,) the container's own, strictly increasing, none below zero
    pts: NDArray[np.int64]  # (T,) the same in the stream's own ticks; empty for a still
    size_px: tuple[int, int]  # of the pictures handed out
    turn: Turn
    max_stored_side_px: int = 16384  # of any picture, whatever the header says
    is_webp: bool = False  # an animated one, which FFmpeg does not read; its ticks are ms

    def every(self, step: int) -> Source:
        """Return the clip as if it had been filmed with so many times fewer pictures a second."""
        kept = self.pts[::step]
        return replace(
            self, pts=kept, time_s=self.time_s[::step], clip=replace(self.clip, frames=len(kept))
        )


# Containers that can only hold what they hold. Playlists and the like can name other files.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,ogg,asf,flv,gif,apng,mxf,"
    "h264,hevc,ivf,dv,webp_pipe,bmp_pipe,tiff_pipe"
)
_CONTAINER_SIGNATURES = (b"ftyp", b"moov", b"mdat", b"\x1aE\xdf\xa3", b"AVI LIST", b"WEBPVP8")


@contextmanager
def container(path: Path) -> Iterator[InputContainer]:
    """Open a video for reading: this file and no other, no network."""
    options = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
    # absolute, or "12:30.mp4" would be taken for a network address; notes in the file that are
    # not UTF-8 (older cameras write the code page of their country) must not matter
    with av.open(str(path.absolute()), options=options, metadata_errors="replace") as opened:
        yield opened


def video_stream(opened: InputContainer) -> VideoStream | None:
    """Return the stream that a player would show, or None.

    Cover art, thumbnails and the tiles of a photo are none. Of several: one that moves before a
    single picture, then one that can be unpacked, then the one flagged as default, then the
    largest, then the first.
    """
    shown = [s for s in opened.streams.video if not s.disposition & _NOT_SHOWN]
    return max(shown, key=_standing_of, default=None)


def _standing_of(stream: VideoStream) -> tuple[bool, bool, bool, int, int]:
    # width and height are missing where the codec is not known
    area = getattr(stream, "width", 0) * getattr(stream, "height", 0)
    is_default = bool(stream.disposition & av.stream.Disposition.default)
    return stream.frames != 1, area > 0, is_default, area, -stream.index


def probe(path: Path, settings: VideoSettings) -> Source:
    """Return what can be known of a clip before its first picture is measured.

    Times are the container's own: edit lists applied, variable rate kept, pictures that no
    player shows (before time zero or marked to be discarded) left out.

    Raises
    ------
    UnusableClip
        With what is wrong: not there, a folder, empty, not a video, cut off, without times,
        too short, too long, too few or too many frames a second.
    """
    head = _first_bytes(path)
    try:
        if is_still(head) or _in_tiles(path, head):
            return _probe_still(path, settings)
        if is_animated_webp(head):
            return _probe_webp(path, head, settings)
        with container(path) as opened:
            stream = _the_video(path, opened)
            # before the first picture is decoded, which takes memory by its size
            size_px = getattr(stream, "width", 0), getattr(stream, "height", 0)
            check_stored_size(
                size_px, settings.max_stored_side_px
            )  # 0: the codec is not known, said further on
            tick_s = float(stream.time_base or 0)
            capture_hz = _capture_hz(opened, stream)
            times = _presentation_times(path, opened, stream)
        shown_px, turn = _first_picture(path, settings)
    except av.error.FFmpegError as trouble:
        raise _unreadable(path, head, trouble) from trouble
    except UnusableClip as trouble:
        if trouble.reason.code == "cut_off_video" and is_photo_container(head):
            raise UnusableClip("photo_unreadable", file=path.name) from trouble
        raise
    return _moving(path, settings, shown_px, times, tick_s, turn=turn, capture_hz=capture_hz)


def _moving(
    path: Path,
    settings: VideoSettings,
    shown_px: tuple[int, int],
    times: tuple[NDArray[np.int64], int, int],
    tick_s: float,
    *,
    turn: Turn = Turn(),
    capture_hz: float | None = None,
    is_webp: bool = False,
) -> Source:
    pts, left_out, end = _windowed(times, tick_s, settings.window_s)
    time_s = pts * tick_s
    duration_s = max(end * tick_s, time_s[-1]) - time_s[0]
    _check_length(path, time_s, duration_s, settings)
    return Source(
        path=path,
        clip=Clip(
            file=path.name,
            sha256=_sha256(path),
            duration_s=float(duration_s),
            frames=len(pts),
            size_px=shown_px,
            rotation_deg=-90 * turn.quarter_turns_left % 360,
            left_out=left_out,
            capture_hz=capture_hz,
        ),
        time_s=time_s,
        pts=pts,
        size_px=fitted(shown_px, settings.max_side_px),
        turn=turn,
        max_stored_side_px=settings.max_stored_side_px,
        is_webp=is_webp,
    )


def _the_video(path: Path, opened: InputContainer) -> VideoStream:
    stream = video_stream(opened)
    if stream is None:
        # streams of no kind: the table of contents is cut off
        known = opened.streams.audio or opened.streams.video
        code = "no_video_in_file" if known else "cut_off_video"
        raise UnusableClip(code, file=path.name)
    return stream


def _capture_hz(opened: InputContainer, stream: VideoStream) -> float | None:
    """Return how many pictures a second were taken, where the phone wrote that into the file."""
    for notes in (stream.metadata, opened.metadata):
        for name in _CAPTURE_RATES:
            with suppress(ValueError):
                rate_hz = float(notes.get(name, ""))
                if math.isfinite(rate_hz) and rate_hz > 0:
                    return rate_hz
    return None


# Android's cameras write it into slow motion and time lapse, some into every clip. iPhones keep
# slow motion at its true times and slow it down where it is played, so they need no such note.
_CAPTURE_RATES = ("com.android.capture.fps",)


def _first_bytes(path: Path) -> bytes:
    try:
        if files.never_ends(path):
            raise UnusableClip("not_a_video", file=path.name)
        with path.open("rb") as file:
            head = file.read(4096)
    except IsADirectoryError as trouble:
        raise UnusableClip("is_a_folder", file=path.name) from trouble
    except FileNotFoundError as trouble:
        raise UnusableClip("no_such_file", file=str(path)) from trouble
    except PermissionError as trouble:
        raise UnusableClip("no_permission", file=path.name) from trouble
    except OSError as trouble:
        raise UnusableClip("cannot_read", file=path.name, why=trouble.strerror or "") from trouble
    if not head:
        raise UnusableClip("empty_file", file=path.name)
    return head


def _unreadable(path: Path, head: bytes, trouble: Exception) -> UnusableClip:
    if is_photo_container(head):
        return UnusableClip("photo_unreadable", file=path.name)
    is_container = any(signature in head[:64] for signature in _CONTAINER_SIGNATURES)
    if isinstance(trouble, av.error.DecoderNotFoundError):
        return UnusableClip("unknown_codec", file=path.name)
    return UnusableClip("cut_off_video" if is_container else "not_a_video", file=path.name)


def _probe_still(path: Path, settings: VideoSettings) -> Source:
    declared = _declared_size(path)
    if declared is not None:
        check_stored_size(declared, settings.max_stored_side_px)
    picture = read_still(path)
    if picture is None:
        raise UnusableClip("damaged_picture", file=path.name)
    height, width = picture.shape[:2]
    return Source(
        path=path,
        clip=Clip(
            file=path.name,
            sha256=_sha256(path),
            duration_s=0.0,
            frames=1,
            size_px=(width, height),
            rotation_deg=0,
        ),
        time_s=np.zeros(1),
        pts=np.zeros(0, dtype=np.int64),
        size_px=fitted((width, height), settings.max_side_px),
        turn=Turn(),
        max_stored_side_px=settings.max_stored_side_px,
    )


def _in_tiles(path: Path, head: bytes) -> bool:
    try:
        return is_photo_container(head) and grid_of(path) is not None
    except ValueError as trouble:
        raise UnusableClip("photo_unreadable", file=path.name) from trouble


def _declared_size(path: Path) -> tuple[int, int] | None:
    data = path.read_bytes()
    if is_still(data):
        return still_size(data)
    grid = grid_of(path)
    return None if grid is None else grid.shown_px


def _probe_webp(path: Path, head: bytes, settings: VideoSettings) -> Source:
    size_px = webp_size(head)
    check_stored_size(size_px, settings.max_stored_side_px)
    starts_ms, end_ms = webp_times_ms(path)
    first = next(webp_pictures(path, 0, 1), None)
    if first is None or not len(starts_ms):
        raise UnusableClip("cut_off_video", file=path.name)
    return _moving(path, settings, size_px, (starts_ms, 0, end_ms), _MS_S, is_webp=True)


_MS_S = 0.001


def _presentation_times(
    path: Path, opened: InputContainer, stream: VideoStream
) -> tuple[NDArray[np.int64], int, int]:
    """Return the ticks of the pictures a player shows, how many were left out, and the end."""
    ticks: list[int] = []
    packets = last_end = 0
    for packet in _packets(opened, stream):
        packets += 1
        if packet.pts is None or packet.is_discard or packet.pts < 0:
            continue
        ticks.append(packet.pts)
        last_end = max(last_end, packet.pts + (packet.duration or 0))
    if not packets or _is_cut_off(path, stream):
        raise UnusableClip("cut_off_video", file=path.name)
    # AVI stores no times; for pictures that wait for later ones FFmpeg can only number the packets
    waits = getattr(stream, "has_b_frames", False)  # not there when the codec is not known
    if not ticks or (opened.format.name == "avi" and waits and ticks == sorted(ticks)):
        raise UnusableClip("no_timestamps", file=path.name)
    distinct = np.unique(np.array(ticks, dtype=np.int64))
    return distinct, len(ticks) - len(distinct), last_end


def _windowed(
    times: tuple[NDArray[np.int64], int, int], tick_s: float, window_s: tuple[float, float] | None
) -> tuple[NDArray[np.int64], int, int]:
    """Return the times within a window, how many were left out, and the window's end."""
    pts, left_out, end = times
    if window_s is None:
        return times
    inside = pts[(pts * tick_s >= window_s[0]) & (pts * tick_s <= window_s[1])]
    if not len(inside):
        raise UnusableClip("too_short", duration_s=0.0)
    after = pts[pts > inside[-1]]
    return inside, left_out, int(after[0]) if len(after) else end


def check_stored_size(size_px: tuple[int, int], limit: int) -> None:
    """Refuse pictures that are stored larger than allowed, before they take memory.

    Raises
    ------
    UnusableClip
        They are.
    """
    width, height = size_px
    if max(width, height) > limit:
        raise UnusableClip("picture_too_large", width=width, height=height, limit=limit)


def _is_cut_off(path: Path, stream: VideoStream) -> bool:
    """Say whether the file's own index names pictures beyond the file's end."""
    entries = stream.index_entries
    if not len(entries):
        return False
    last = max((entries[i] for i in range(len(entries))), key=lambda entry: entry.pos)
    return bool(last.pos + last.size > path.stat().st_size)


def _packets(opened: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    # PyAV stumbles at the very end over a stream that turned up late
    with suppress(IndexError):
        yield from (packet for packet in opened.demux(stream) if packet.size)


def unpacked(
    opened: InputContainer,
    stream: VideoStream,
    limit: int,
    is_wanted: Callable[[int], bool] | None = None,
) -> Iterator[av.VideoFrame]:
    """Yield the pictures of a stream, each as large as allowed: a header binds little.

    Those whose time is not wanted are left out where no other picture rests on them; the others
    come out the same.

    Raises
    ------
    UnusableClip
        One is larger.
    """
    # a stream of a codec that nobody knows has no context
    if is_wanted is not None and stream.codec_context.name not in _SKIPPABLE:
        is_wanted = None
    for packet in opened.demux(stream):
        if is_wanted is not None:
            needed = packet.pts is None or is_wanted(packet.pts)
            stream.codec_context.skip_frame = "DEFAULT" if needed else "NONREF"
        frames = packet.decode()
        # the decoder knows the size before it hands a picture out, several later
        check_stored_size((stream.codec_context.width, stream.codec_context.height), limit)
        for frame in frames:
            if isinstance(frame, av.VideoFrame):
                check_stored_size((frame.width, frame.height), limit)
                yield frame


# H.264 says of a picture that none rests on it; in HEVC one of a finer layer still may
_SKIPPABLE = ("h264",)


def _first_picture(path: Path, settings: VideoSettings) -> tuple[tuple[int, int], Turn]:
    """Return the size a player shows and how the stored picture has to be turned for it."""
    with container(path) as opened:
        stream = _the_video(path, opened)
        for frame in unpacked(opened, stream, settings.max_stored_side_px):
            shown_px, turn = shown_as(frame, stream)
            # pixels that are said to be a thousand times as wide as high are worked on for minutes
            check_stored_size(shown_px, settings.max_stored_side_px)
            return shown_px, turn
    raise UnusableClip("cut_off_video", file=path.name)


def shown_as(frame: av.VideoFrame, stream: VideoStream) -> tuple[tuple[int, int], Turn]:
    """Return the size a player shows a picture at and how the stored one is turned for it."""
    turn = _turn(frame, float(stream.sample_aspect_ratio or 1))
    width, height = max(1, round(frame.width * turn.aspect)), frame.height
    sideways = turn.quarter_turns_left % 2
    return ((height, width) if sideways else (width, height)), turn


def _turn(frame: av.VideoFrame, aspect: float) -> Turn:
    flipped = _is_mirrored(frame)
    # the angle is that of the picture's upper edge, which mirroring has turned round already
    quarter_turns = round(frame.rotation / 90) + (2 if flipped else 0)
    return Turn(quarter_turns_left=quarter_turns % 4, flipped=flipped, aspect=aspect)


def _is_mirrored(frame: av.VideoFrame) -> bool:
    try:
        notes = tuple(cast("Iterable[SideData]", frame.side_data))
    except ValueError:
        return False  # a kind of note that PyAV has no name for, such as EXIF: it reads none then
    for note in notes:
        if note.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = struct.unpack("<9i", bytes(note))[:5]
            return bool(a * d - b * c < 0)
    return False


def _check_length(path: Path, time_s: Floats, duration_s: float, settings: VideoSettings) -> None:
    if len(time_s) == 1:
        return  # a one-frame video is a still picture
    rate_hz = 1 / float(np.median(np.diff(time_s)))
    minutes = settings.max_duration_s / 60
    if duration_s > settings.max_duration_s:
        raise UnusableClip("too_long", file=path.name, minutes=duration_s / 60, limit=minutes)
    if len(time_s) > settings.max_frames:
        raise UnusableClip(
            "too_many_frames", file=path.name, frames=len(time_s), limit=settings.max_frames
        )
    if duration_s < settings.min_duration_s:
        raise UnusableClip("too_short", file=path.name, duration_s=duration_s)
    if rate_hz < settings.min_rate_hz:
        raise UnusableClip("too_few_frames_a_second", file=path.name, rate_hz=rate_hz)
    if rate_hz > settings.max_rate_hz:
        raise UnusableClip("too_many_frames_a_second", file=path.name, rate_hz=rate_hz)


def fitted(size_px: tuple[int, int], max_side_px: int) -> tuple[int, int]:
    """Return the size of the pictures handed out: no side is longer than allowed."""
    scale = min(1.0, max_side_px / max(size_px))
    return max(1, round(size_px[0] * scale)), max(1, round(size_px[1] * scale))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_NOT_SHOWN = (
    av.stream.Disposition.attached_pic
    | av.stream.Disposition.timed_thumbnails
    | av.stream.Disposition.dependent
)
