from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from posture.errors import BadSettings, UnusableClip
from posture.video.probe import VideoSettings, probe
from posture.video.sink import Sink
from posture.video.source import pictures, pictures_at
from posture.video.still import still_size

LIMITED = VideoSettings(max_stored_side_px=4096)


def counted(path: Path, frames: int = 60, rate_hz: float = 20.0) -> Path:
    """A clip whose pictures are as bright as their number says."""
    with Sink(path, (64, 64), rate_hz) as sink:
        for number in range(frames):
            sink.add(np.full((64, 64, 3), 20 + 3 * number, dtype=np.uint8), number / rate_hz)
    return path


def jpeg(width: int, height: int) -> bytes:
    """The start of a JPEG that declares a size."""
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC0, 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8\xff\xe0\x00\x04ab" + frame + b"\xff\xda" + bytes(100)


def png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that declares a size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


# --- size -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [jpeg, png])
def test_the_size_of_a_picture_is_read_off_its_head(make: object) -> None:
    assert callable(make)
    assert still_size(make(60000, 50000)) == (60000, 50000)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0\x00\x00" * 9, b"GIF89a"]
)
def test_a_head_that_is_cut_off_declares_nothing(data: bytes) -> None:
    assert still_size(data) is None


@pytest.mark.parametrize("make", [jpeg, png])
def test_a_picture_that_would_unpack_to_gigabytes_is_refused_unread(
    tmp_path: Path, make: object
) -> None:
    assert callable(make)
    path = tmp_path / "bomb"
    path.write_bytes(make(60000, 60000))

    with pytest.raises(UnusableClip, match="picture_too_large"):
        probe(path, VideoSettings())


def test_a_video_of_pictures_larger_than_allowed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "8k.mp4"
    with Sink(path, (8192, 64), 20.0) as sink:
        for number in range(30):
            sink.add(np.zeros((64, 8192, 3), dtype=np.uint8), number / 20)

    with pytest.raises(UnusableClip, match=r"picture_too_large .*width=8192"):
        probe(path, LIMITED)
    assert probe(path, VideoSettings()).clip.size_px == (8192, 64)


def growing(path: Path, *sizes_px: tuple[int, int]) -> Path:
    """A clip whose pictures change their size every second; its header has the first."""
    with av.open(str(path), "w", format="mpegts") as out:
        stream = out.add_stream("libx264", rate=20)
        stream.width, stream.height = sizes_px[0]
        stream.pix_fmt = "yuv420p"
        for turn, (width, height) in enumerate(sizes_px):
            encoder = av.CodecContext.create("libx264", "w")
            encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
            encoder.time_base, encoder.framerate = Fraction(1, 20), Fraction(20)
            encoder.options = {"bf": "0"}
            grey = np.full((height, width, 3), 90, dtype=np.uint8)
            packets = []
            for number in range(20):
                frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
                frame.pts, frame.time_base = 20 * turn + number, Fraction(1, 20)
                packets += encoder.encode(frame)
            for packet in [*packets, *encoder.encode(None)]:
                packet.stream = stream
                out.mux(packet)
    return path


def test_pictures_that_grow_in_mid_stream_are_refused_as_by_the_header(tmp_path: Path) -> None:
    small, large = (320, 240), (1280, 960)
    limits = VideoSettings(max_stored_side_px=1000)
    source = probe(growing(tmp_path / "grows.ts", small, large), limits)
    assert source.clip.size_px == small  # as its header says

    seen = []
    with pytest.raises(UnusableClip, match=r"picture_too_large .*width=1280"):
        seen += [number for number, _ in pictures(source)]
    with pytest.raises(UnusableClip, match=r"picture_too_large .*width=1280"):
        list(pictures_at(source, [30]))


def test_pictures_that_grow_within_what_is_allowed_are_read(tmp_path: Path) -> None:
    sizes = (320, 240), (640, 480), (160, 120)
    source = probe(growing(tmp_path / "grows.ts", *sizes), VideoSettings(max_stored_side_px=1000))

    assert {picture.shape for _, picture in pictures(source)} == {(240, 320, 3)}
    assert len([*pictures(source)]) == source.clip.frames


@pytest.mark.slow
def test_a_file_of_more_pictures_than_an_hour_has_is_refused(tmp_path: Path) -> None:
    source = counted(tmp_path / "one.mp4", frames=2)
    path = tmp_path / "bomb.mp4"
    with av.open(str(source)) as opened, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(opened.streams.video[0])
        stream.time_base = Fraction(1, 1000)
        packet = next(p for p in opened.demux(opened.streams.video[0]) if p.size)
        data = bytes(packet)
        for number in range(VideoSettings().max_frames + 1):
            more = av.Packet(data)
            more.stream, more.time_base = stream, Fraction(1, 1000)
            more.pts = more.dts = number
            more.is_keyframe = True
            out.mux(more)

    with pytest.raises(UnusableClip, match=r"too_many_frames"):
        probe(path, VideoSettings())


# --- window ---------------------------------------------------------------------------------------


def test_a_window_keeps_the_pictures_between_its_marks_and_the_clips_own_times(
    tmp_path: Path,
) -> None:
    path = counted(tmp_path / "clip.mp4")
    whole = probe(path, VideoSettings())
    part = probe(path, VideoSettings(window_s=(0.49, 1.91)))

    inside = (whole.time_s >= 0.49) & (whole.time_s <= 1.91)
    assert part.time_s.tolist() == whole.time_s[inside].tolist()
    assert part.clip.frames == inside.sum()
    assert part.clip.duration_s == pytest.approx(1.4 + 0.05, abs=1e-6)  # to the next picture
    assert part.clip.sha256 == whole.clip.sha256


@pytest.mark.parametrize(("start", "stop"), [(0, None), (5, None), (20, 25), (27, None)])
def test_pictures_of_a_window_are_those_of_the_whole_clip(
    tmp_path: Path, start: int, stop: int | None
) -> None:
    path = counted(tmp_path / "clip.mp4")
    part = probe(path, VideoSettings(window_s=(0.49, 1.91)))
    shown = dict(pictures(probe(path, VideoSettings())))

    found = list(pictures(part, start, stop))

    wanted = range(start, part.clip.frames if stop is None else stop)
    assert [number for number, _ in found] == [*wanted]
    for number, picture in found:
        assert np.array_equal(picture, shown[number + 10])  # 0.5 s at 20 a second


def test_one_picture_of_a_window_can_be_fetched(tmp_path: Path) -> None:
    path = counted(tmp_path / "clip.mp4")
    part = probe(path, VideoSettings(window_s=(0.49, 1.91)))

    assert [number for number, _ in pictures_at(part, [0, 28])] == [0, 28]


def test_a_window_beside_the_clip_is_too_short(tmp_path: Path) -> None:
    path = counted(tmp_path / "clip.mp4")

    with pytest.raises(UnusableClip, match="too_short"):
        probe(path, VideoSettings(window_s=(100.0, 200.0)))


def test_a_window_ends_after_it_begins() -> None:
    with pytest.raises(BadSettings, match="window_s"):
        VideoSettings(window_s=(2.0, 1.0))
