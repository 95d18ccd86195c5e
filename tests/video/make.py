"""Builders: small clips whose pictures say which one they are and which way up they are."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.stream import Disposition
from av.video.stream import VideoStream

from posture.types import Rgb

SIZE_PX = (160, 96)
_BITS = 10
_GREY, _RED, _GREEN, _BLUE = (110, 110, 110), (200, 30, 30), (30, 180, 30), (30, 30, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """How one codec is written here: quick, and good enough to read the pictures' numbers."""

    name: str
    suffix: str
    pix_fmt: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)


H264 = Codec(name="libx264", suffix="mp4", options={"preset": "ultrafast", "crf": "20"})
H264_B = Codec(
    name="libx264",
    suffix="mp4",
    options={"preset": "veryfast", "x264-params": "b-adapt=0:scenecut=0:bframes=3"},
)
VP9 = Codec(
    name="libvpx-vp9",
    suffix="webm",
    options={"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "16", "auto-alt-ref": "1"},
)
MJPEG = Codec(name="mjpeg", suffix="mov", pix_fmt="yuvj420p", options={"qscale": "3"})
CODECS = {
    "H.264": H264,
    "H.264 with B-frames": H264_B,
    "H.264 with open groups": Codec(
        name="libx264",
        suffix="mp4",
        options={
            "preset": "veryfast",
            "x264-params": "b-adapt=0:scenecut=0:bframes=3:open-gop=1:b-pyramid=normal",
        },
    ),
    "HEVC": Codec(
        name="libx265",
        suffix="mp4",
        options={"preset": "ultrafast", "x265-params": "log-level=none:scenecut=0:open-gop=0"},
    ),
    "HEVC with open groups": Codec(
        name="libx265",
        suffix="mp4",
        options={
            "preset": "ultrafast",
            "x265-params": "log-level=none:scenecut=0:open-gop=1:bframes=3:b-adapt=0",
        },
    ),
    "VP9": VP9,
    "AV1": Codec(name="libsvtav1", suffix="mp4", options={"preset": "8", "crf": "4"}),
    "Motion JPEG": MJPEG,
    "ProRes": Codec(name="prores_ks", suffix="mov", pix_fmt="yuv422p10le"),
}
# What lies in which container besides: name -> codec, suffix.
CONTAINERS = {
    "Matroska": (H264_B, "mkv"),
    "QuickTime": (H264_B, "mov"),
    "MPEG transport stream": (H264_B, "ts"),
    "MPEG program stream": (
        Codec(name="mpeg2video", suffix="mpg", options={"qscale": "2", "bf": "2"}),
        "mpg",
    ),
    "Flash": (H264_B, "flv"),
    "AVI": (H264, "avi"),
    "AVI with MPEG-4": (
        Codec(name="mpeg4", suffix="avi", options={"qscale": "2", "bf": "2"}),
        "avi",
    ),
    "GIF": (Codec(name="gif", suffix="gif", pix_fmt="rgb8"), "gif"),
}


@contextmanager
def _no_more_urgent() -> Iterator[None]:
    """Leave the priority as it was: SVT-AV1, run by root, gives itself and us realtime's highest.

    Whatever was started after that had it too, and kept both cores from everything else.
    """
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


def picture(number: int, size_px: tuple[int, int] = SIZE_PX) -> Rgb:
    """Return picture `number`: its bits across the middle, a colour in three of its corners.

    Upright its corners are red, green, blue and grey: no turn and no mirror leaves them in place.
    """
    width, height = size_px
    rgb = np.full((height, width, 3), _GREY, dtype=np.uint8)
    (top, middle, bottom), (left, _, right) = _cut(height, 3), _cut(width, 3)
    rgb[top, left], rgb[top, right], rgb[bottom, left] = _RED, _GREEN, _BLUE
    for bit, cell in enumerate(_cut(width, _BITS)):
        rgb[middle, cell] = 225 if number >> bit & 1 else 20
    return rgb


def number_in(rgb: Rgb) -> int:
    """Return which picture this is, whatever its size."""
    height, width = rgb.shape[:2]
    row = rgb[round(0.45 * height) : round(0.55 * height) + 1].mean(axis=(0, 2))
    return sum(1 << bit for bit in range(_BITS) if row[int((bit + 0.5) * width / _BITS)] > 122)


def corners_in(rgb: Rgb) -> str:
    """Return the corners' colours, row by row: "rgb-" when the picture is upright."""
    height, width = rgb.shape[:2]
    sixth = (1 / 6, 5 / 6)
    return "".join(_colour(rgb[round(y * height), round(x * width)]) for y in sixth for x in sixth)


def _colour(pixel: Rgb) -> str:
    strongest = int(np.argmax(pixel))
    return "rgb"[strongest] if int(pixel[strongest]) - int(np.median(pixel)) > 60 else "-"


def _cut(length: int, parts: int) -> list[slice]:
    edges = np.linspace(0, length, parts + 1).round().astype(int).tolist()
    return [slice(a, b) for a, b in pairwise(edges)]


def clip(  # noqa: PLR0913 - all that clips differ in
    path: Path,
    frames: int = 30,
    *,
    codec: Codec = H264,
    rate: Fraction | int = 30,
    ticks: Sequence[int] | None = None,
    ticks_per_s: int | None = None,
    size_px: tuple[int, int] = SIZE_PX,
    shown: Callable[[int], Rgb] | None = None,
    group: int = 12,
    pixel_aspect: Fraction | None = None,
    matrix: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Write pictures 0, 1, 2 ... to `path`: at `ticks` when given, else at a steady `rate`.

    `group` is how many pictures go with one key frame; `matrix` is the container's display
    matrix; `options` are the muxer's.
    """
    tick = Fraction(1, ticks_per_s) if ticks_per_s else 1 / Fraction(rate)
    form = "h264" if path.suffix == ".h264" else None
    with _no_more_urgent(), av.open(str(path), "w", format=form, options=options or {}) as out:
        stream = out.add_stream(codec.name, rate=rate, options=dict(codec.options))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size_px
        stream.pix_fmt = codec.pix_fmt
        stream.gop_size = group
        stream.codec_context.time_base = tick
        stream.time_base = tick
        if pixel_aspect is not None:
            stream.sample_aspect_ratio = pixel_aspect
        stream.set_display_matrix(matrix)
        for number in range(frames):
            rgb = shown(number) if shown else picture(number, size_px)
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame.pts = ticks[number] if ticks is not None else number
            frame.time_base = tick
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def sound(path: Path, codec: str, *, cover: bool = False, seconds: int = 2) -> Path:
    """Write a file that holds silence and, if asked, a cover picture, but no video."""
    rate_hz = 44_100
    sample = np.float32 if codec == "aac" else np.int16
    with av.open(str(path), "w", format="mp4" if path.suffix == ".m4a" else None) as out:
        stream = out.add_stream(codec, rate=rate_hz)
        assert isinstance(stream, AudioStream)
        stream.layout = "mono"
        if cover:
            front = out.add_stream("mjpeg")
            assert isinstance(front, VideoStream)
            front.width, front.height, front.pix_fmt = *SIZE_PX, "yuvj420p"
            front.disposition = Disposition.attached_pic
            out.mux(front.encode(av.VideoFrame.from_ndarray(picture(1), format="rgb24")))
            out.mux(front.encode(None))
        for start in range(0, seconds * rate_hz, 1024):
            silence = av.AudioFrame.from_ndarray(
                np.zeros((1, 1024), dtype=sample),
                format="fltp" if codec == "aac" else "s16",
                layout="mono",
            )
            silence.sample_rate = rate_hz
            silence.pts = start
            out.mux(stream.encode(silence))
        out.mux(stream.encode(None))
    return path


def with_cover(path: Path, to: Path) -> Path:
    """Copy a video and add a cover picture, of the usual size."""
    with av.open(str(path)) as opened, av.open(str(to), "w") as out:
        front = out.add_stream("mjpeg")
        assert isinstance(front, VideoStream)
        front.width, front.height, front.pix_fmt = *SIZE_PX, "yuvj420p"
        front.disposition = Disposition.attached_pic
        copy = out.add_stream_from_template(opened.streams.video[0])
        out.mux(front.encode(av.VideoFrame.from_ndarray(picture(1), format="rgb24")))
        out.mux(front.encode(None))
        for packet in opened.demux(video=0):
            if packet.size:
                packet.stream = copy
                out.mux(packet)
    return to


def two_streams(
    path: Path,
    sizes_px: Sequence[tuple[int, int]],
    default: int | None,
    frames: Sequence[int] = (30, 30),
) -> Path:
    """Write a file of two video streams of these sizes; one of them flagged as the default."""
    flags = (Disposition(0), Disposition.default)
    with av.open(str(path), "w") as out:
        streams = []
        for number, (width, height) in enumerate(sizes_px):
            stream = out.add_stream(H264.name, rate=30, options=dict(H264.options))
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.disposition = flags[number == default]
            streams.append(stream)
        for number in range(max(frames)):
            for stream, count in zip(streams, frames, strict=True):
                if number < count:
                    rgb = picture(number, (stream.width, stream.height))
                    shown = av.VideoFrame.from_ndarray(rgb, format="rgb24")
                    shown.pts, shown.time_base = number, Fraction(1, 30)
                    out.mux(stream.encode(shown))
        for stream in streams:
            out.mux(stream.encode(None))
    return path


def with_notes(path: Path, to: Path, notes: Mapping[str, str]) -> Path:
    """Copy an MP4 or MOV and write notes into it as phones do."""
    options = {"movflags": "use_metadata_tags"}
    with av.open(str(path)) as opened, av.open(str(to), "w", options=options) as out:
        out.metadata.update(notes)
        copy = out.add_stream_from_template(opened.streams.video[0])
        for packet in opened.demux(video=0):
            if packet.size:
                packet.stream = copy
                out.mux(packet)
    return to


def animated_webp(path: Path, frames: int, last_ms: int) -> Path:
    """Write pictures 0, 1, 2 ... as an animated WebP, each shown for `last_ms`."""
    animation = cv2.Animation()
    animation.frames = [cv2.cvtColor(picture(n), cv2.COLOR_RGB2BGRA) for n in range(frames)]
    animation.durations = [last_ms] * frames
    assert cv2.imwriteanimation(str(path), animation, [cv2.IMWRITE_WEBP_QUALITY, 90])
    return path


def tiled_heic(
    path: Path, rgb: Rgb, tile_px: int, *, turns_left: int = 0, mirrored: bool = False
) -> Path:
    """Write a photo as phones do: in square tiles, with a note on how to turn it.

    The boxes are those of ISO/IEC 23008-12; `turns_left` is by quarters, `mirrored` up-down.
    """

    def box(name: bytes, *held: bytes) -> bytes:
        whole = b"".join(held)
        return struct.pack(">I", 8 + len(whole)) + name + whole

    height, width = rgb.shape[:2]
    rows, columns = -(-height // tile_px), -(-width // tile_px)
    padded = np.pad(
        rgb,
        ((0, rows * tile_px - height), (0, columns * tile_px - width), (0, 0)),
        mode="edge",
    )
    tiles = [
        padded[y * tile_px : (y + 1) * tile_px, x * tile_px : (x + 1) * tile_px]
        for y in range(rows)
        for x in range(columns)
    ]
    packed = [_hevc(tile, path.with_suffix(".tile.mp4")) for tile in tiles]
    ids, grid_id = list(range(1, len(tiles) + 1)), len(tiles) + 1
    full, nothing = bytes(4), b"\0"
    grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width, height)
    properties = [
        box(b"hvcC", packed[0][0]),
        box(b"ispe", full, struct.pack(">II", tile_px, tile_px)),
        box(b"ispe", full, struct.pack(">II", width, height)),
        box(b"irot", bytes([turns_left])),
        *([box(b"imir", nothing)] if mirrored else []),
    ]
    of_grid = bytes([3, 4 | 128, *([5 | 128] if mirrored else [])])
    ipma = struct.pack(">I", len(ids) + 1)
    ipma += b"".join(struct.pack(">HBBB", n, 2, 1 | 128, 2) for n in ids)
    ipma += struct.pack(">HB", grid_id, len(of_grid)) + of_grid

    def meta(start: int) -> bytes:
        iloc, at = struct.pack(">BBH", 0x44, 0, len(ids) + 1), start
        for number, (_, data) in zip(ids, packed, strict=True):
            iloc += struct.pack(">HHHHII", number, 0, 0, 1, at, len(data))
            at += len(data)
        iloc += struct.pack(">HHHHII", grid_id, 1, 0, 1, 0, len(grid))
        kinds = [(number, b"hvc1") for number in ids] + [(grid_id, b"grid")]
        entries = [
            box(b"infe", b"\2\0\0\0", struct.pack(">HH", number, 0), kind, nothing)
            for number, kind in kinds
        ]
        dimg = struct.pack(f">HH{len(ids)}H", grid_id, len(ids), *ids)
        return box(
            b"meta",
            full,
            box(b"hdlr", full, bytes(4), b"pict", bytes(12), nothing),
            box(b"pitm", full, struct.pack(">H", grid_id)),
            box(b"iloc", b"\1\0\0\0", iloc),
            box(b"iinf", full, struct.pack(">H", len(entries)), *entries),
            box(b"iref", full, box(b"dimg", dimg)),
            box(b"iprp", box(b"ipco", *properties), box(b"ipma", full, ipma)),
            box(b"idat", grid),
        )

    kind = box(b"ftyp", b"heic", bytes(4), b"mif1", b"heic")
    start = len(kind) + len(meta(0)) + 8
    data = box(b"mdat", *(data for _, data in packed))
    path.write_bytes(kind + meta(start) + data)
    return path


def _hevc(rgb: Rgb, path: Path) -> tuple[bytes, bytes]:
    """Return one picture as HEVC: how to unpack it, and the picture."""
    high, wide = rgb.shape[:2]
    clip(path, 4, codec=CODECS["HEVC"], size_px=(wide, high), shown=lambda _: rgb.copy())
    with av.open(str(path)) as opened:
        how = opened.streams.video[0].codec_context.extradata
        packet = next(p for p in opened.demux(video=0) if p.size)
        data = bytes(packet)
    path.unlink()
    assert how is not None
    return how, data


def edited(path: Path, *, first: int, frames: int, rate: int) -> Path:
    """Change an MP4's edit list so that only `frames` pictures from `first` on are shown."""
    data = bytearray(path.read_bytes())
    entry = data.index(b"elst") + 12  # past the name, version, flags and the number of entries
    (media_time,) = struct.unpack(">i", data[entry + 4 : entry + 8])
    with av.open(str(path)) as opened:
        tick = opened.streams.video[0].time_base
    assert tick is not None
    film_ticks_per_s = 1000  # what FFmpeg writes into the movie header
    data[entry : entry + 8] = struct.pack(
        ">Ii", frames * film_ticks_per_s // rate, media_time + int(first / tick / rate)
    )
    path.write_bytes(data)
    return path


def jpeg(rgb: Rgb, orientation: int | None = None) -> bytes:
    """Return a JPEG, with an EXIF note of which way up it is when one is given."""
    plain = cv2.imencode(".jpg", rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    if orientation is None:
        return plain
    # little-endian TIFF with one entry: tag 0x0112 (orientation), a short, one of it
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    note = b"Exif\0\0" + tiff
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note + plain[2:]


def png(rgb: Rgb) -> bytes:
    """Return a PNG."""
    return cv2.imencode(".png", rgb[:, :, ::-1])[1].tobytes()
