"""The pictures of a clip: the right ones, the right way up, wherever one begins to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.container import InputContainer
from av.video.stream import VideoStream
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.errors import UnusableClip
from posture.types import Rgb
from posture.video import probe as probing
from posture.video.glance import Glancer
from posture.video.probe import Source, VideoSettings, probe
from posture.video.source import Decoded, Onward, decoded, pictures, pictures_at
from tests.video.make import (
    CODECS,
    CONTAINERS,
    H264,
    H264_B,
    SIZE_PX,
    VP9,
    Codec,
    clip,
    corners_in,
    edited,
    jpeg,
    number_in,
    picture,
    png,
)

USUAL = VideoSettings()


def told(source: Source, start: int = 0, stop: int | None = None) -> list[tuple[int, int]]:
    """Each picture's number as it is handed out, and the one that it carries."""
    return [(number, number_in(rgb)) for number, rgb in pictures(source, start, stop)]


def pairs(start: int, stop: int) -> list[tuple[int, int]]:
    return [(number, number) for number in range(start, stop)]


# --- which picture is which


WRITTEN = {name: (codec, codec.suffix) for name, codec in CODECS.items()} | CONTAINERS


@pytest.mark.parametrize("name", WRITTEN)
def test_from_the_top_every_picture_comes_once_under_its_number(name: str, tmp_path: Path) -> None:
    codec, suffix = WRITTEN[name]

    source = probe(clip(tmp_path / f"a.{suffix}", 50, codec=codec, rate=25), USUAL)

    assert told(source) == pairs(0, 50)


@pytest.mark.parametrize("name", WRITTEN)
def test_begun_anywhere_the_pictures_are_the_same(name: str, tmp_path: Path) -> None:
    codec, suffix = WRITTEN[name]
    source = probe(clip(tmp_path / f"a.{suffix}", 50, codec=codec, rate=25), USUAL)

    begun = [told(source, start, start + 2) for start in range(50)]

    assert begun == [pairs(start, min(start + 2, 50)) for start in range(50)]


@pytest.mark.parametrize("codec", [H264_B, VP9, CODECS["HEVC"]], ids=lambda codec: codec.name)
def test_one_key_frame_for_the_whole_clip_is_enough(codec: Codec, tmp_path: Path) -> None:
    file = clip(tmp_path / f"a.{codec.suffix}", 120, codec=codec, group=1000)
    source = probe(file, USUAL)

    assert [told(source, start, start + 1) for start in (1, 60, 119)] == [
        [(1, 1)],
        [(60, 60)],
        [(119, 119)],
    ]


def test_fragments_without_a_common_index_are_read_as_well(tmp_path: Path) -> None:
    fragments = {"movflags": "frag_keyframe+empty_moov"}
    source = probe(clip(tmp_path / "a.mp4", 75, codec=H264_B, options=fragments), USUAL)

    assert told(source) == pairs(0, 75)
    assert told(source, 40, 45) == pairs(40, 45)


@pytest.mark.parametrize("how", ["emptied", "removed"])
def test_a_clip_that_goes_after_it_was_looked_at_is_refused_in_a_sentence(
    how: str, tmp_path: Path
) -> None:
    file = clip(tmp_path / "a.mp4", 30)
    source = probe(file, USUAL)
    assert told(source) == pairs(0, 30)
    file.write_bytes(b"") if how == "emptied" else file.unlink()

    with pytest.raises(UnusableClip, match="cut_off_video"):
        told(source)


@pytest.mark.parametrize("name", [n for n, c in CODECS.items() if c.suffix == "mp4"])
def test_behind_an_edit_list_too(name: str, tmp_path: Path) -> None:
    whole = clip(tmp_path / "a.mp4", 60, rate=25, codec=CODECS[name])
    source = probe(edited(whole, first=17, frames=30, rate=25), USUAL)

    for start in range(30):
        assert told(source, start, start + 1) == [(start, start + 17)]


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Ten seconds, a key frame every four, the rate changing in the middle."""
    ticks = [*range(0, 5000, 40), *range(5000, 10_000, 20)]
    folder = tmp_path_factory.mktemp("long")
    file = clip(
        folder / "a.mp4", len(ticks), codec=H264_B, ticks=ticks, ticks_per_s=1000, group=100
    )
    return probe(file, USUAL)


@settings(max_examples=40, deadline=None)
@given(numbers=st.sets(st.integers(0, 374), max_size=12))
def test_chosen_pictures_are_those_and_no_others(long_clip: Source, numbers: set[int]) -> None:
    wanted = sorted(numbers)

    found = [(number, number_in(rgb)) for number, rgb in pictures_at(long_clip, wanted)]

    assert found == [(number, number) for number in wanted]


@settings(max_examples=40, deadline=None)
@given(start=st.integers(0, 400), length=st.integers(0, 20))
def test_a_stretch_holds_what_lies_in_it_up_to_the_end_of_the_clip(
    long_clip: Source, start: int, length: int
) -> None:
    stop = start + length

    assert told(long_clip, start, stop) == pairs(start, min(stop, 375))


def test_chosen_pictures_are_the_same_as_those_from_the_top_to_the_last_bit(
    long_clip: Source,
) -> None:
    wanted = [3, 101, 102, 260, 374]
    from_the_top = {n: rgb for n, rgb in pictures(long_clip) if n in wanted}

    for number, rgb in pictures_at(long_clip, wanted):
        np.testing.assert_array_equal(rgb, from_the_top[number])


def test_what_no_chosen_picture_rests_on_is_not_unpacked(
    long_clip: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = []

    def counted(
        opened: InputContainer,
        stream: VideoStream,
        limit: int,
        is_wanted: Callable[[int], bool] | None,
    ) -> Iterator[av.VideoFrame]:
        for frame in probing.unpacked(opened, stream, limit, is_wanted):
            unpacked.append(frame.pts)
            yield frame

    monkeypatch.setattr("posture.video.source.unpacked", counted)

    assert told(long_clip, 0, 90) == pairs(0, 90)
    all_of_them = len(unpacked)
    unpacked.clear()
    assert [number for number, _ in pictures_at(long_clip, [0, 89])] == [0, 89]

    assert all_of_them >= 90
    assert len(unpacked) < 0.6 * all_of_them  # of four pictures two or three have none on them


def test_stretches_that_follow_each_other_are_decoded_once(
    long_clip: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    def counted(
        source: Source, start: int, stop: int, glancer: Glancer | None
    ) -> Iterator[tuple[int, Decoded]]:
        begun.append(start)
        return decoded(source, start, stop, glancer)

    monkeypatch.setattr("posture.video.source.decoded", counted)
    onward = Onward(long_clip, 130, back=5, glancer=None)

    found = [
        [(number, number_in(shown.whole())) for number, shown in onward.stretch(start, stop)]
        for start, stop in [(30, 70), (65, 71), (66, 130)]
    ]

    assert found == [pairs(30, 70), pairs(65, 71), pairs(66, 130)]
    assert begun == [30]


def test_two_can_read_the_same_clip_in_turns(long_clip: Source) -> None:
    one, other = pictures(long_clip, 0, 5), pictures(long_clip, 200, 205)

    in_turns = [(number_in(a), number_in(b)) for (_, a), (_, b) in zip(one, other, strict=True)]

    assert in_turns == [(k, 200 + k) for k in range(5)]


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.linux
def test_reading_that_is_broken_off_leaves_no_file_open(long_clip: Source) -> None:
    before = open_files()

    for _ in range(3):
        reading = iter(pictures(long_clip))
        next(reading)
        del reading

    assert open_files() == before


# --- how a picture looks


# Where the stored picture's right and down point on the screen, and the corners then seen; the
# stored ones are red, green / blue, grey.
@pytest.mark.parametrize(
    ("right", "down", "corners"),
    [
        pytest.param((1, 0), (0, 1), "rgb-", id="upright"),
        pytest.param((0, 1), (-1, 0), "br-g", id="a quarter clockwise"),
        pytest.param((-1, 0), (0, -1), "-bgr", id="upside down"),
        pytest.param((0, -1), (1, 0), "g-rb", id="a quarter counter-clockwise"),
        pytest.param((-1, 0), (0, 1), "gr-b", id="left and right swapped"),
        pytest.param((1, 0), (0, -1), "b-rg", id="top and bottom swapped"),
        pytest.param((0, 1), (1, 0), "rbg-", id="about the falling diagonal"),
        pytest.param((0, -1), (-1, 0), "-gbr", id="about the rising diagonal"),
    ],
)
@pytest.mark.parametrize("max_side_px", [1920, 80], ids=["", "shrunk"])
def test_a_picture_is_turned_and_mirrored_as_players_do(
    right: tuple[int, int],
    down: tuple[int, int],
    corners: str,
    max_side_px: int,
    tmp_path: Path,
) -> None:
    one = 1 << 16
    matrix = [right[0] * one, right[1] * one, 0, down[0] * one, down[1] * one, 0, 0, 0, 1 << 30]
    file = clip(tmp_path / "a.mp4", matrix=matrix)

    source = probe(file, VideoSettings(max_side_px=max_side_px))
    _, rgb = next(pictures(source))

    assert corners_in(rgb) == corners
    assert rgb.shape == (source.size_px[1], source.size_px[0], 3)


def noise(number: int) -> Rgb:
    return np.random.default_rng(number).integers(0, 256, (94, 150, 3), dtype=np.uint8)


@pytest.mark.parametrize("colours", ["colormatrix=bt470bg", "colormatrix=bt709", "fullrange=on"])
@pytest.mark.parametrize("matrix", [None, [0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30]])
@pytest.mark.parametrize("max_side_px", [640, 100])
def test_a_part_of_a_picture_has_the_pixels_of_the_whole_one(
    colours: str, matrix: list[int] | None, max_side_px: int, tmp_path: Path
) -> None:
    codec = replace(H264, options={**H264.options, "x264-params": colours})
    file = clip(
        tmp_path / "a.mp4", codec=codec, size_px=(150, 94), shown=noise, matrix=matrix, rate=30
    )
    source = probe(file, VideoSettings(max_side_px=max_side_px))
    (_, shown) = next(decoded(source))
    whole = next(pictures(source))[1]
    dice = np.random.default_rng(3)

    for _ in range(60):
        x, y, right, bottom = (int(dice.integers(side)) for side in (*whole.shape[1::-1],) * 2)
        corner, size_px = (min(x, right), min(y, bottom)), (abs(right - x) + 1, abs(bottom - y) + 1)
        expected = whole[corner[1] :, corner[0] :][: size_px[1], : size_px[0]]
        assert np.array_equal(shown.part(corner, size_px), expected)
    assert np.array_equal(shown.whole(), whole)


def test_matroska_keeps_a_turn_in_its_own_way(tmp_path: Path) -> None:
    one = 1 << 16
    clockwise = [0, one, 0, -one, 0, 0, 0, 0, 1 << 30]

    source = probe(clip(tmp_path / "a.mkv", matrix=clockwise), USUAL)

    assert source.clip.rotation_deg == 90
    assert corners_in(next(pictures(source))[1]) == "br-g"


def disc(stored_px: tuple[int, int], radii_px: tuple[int, int]) -> Callable[[int], Rgb]:
    width, height = stored_px
    rgb = np.zeros((height, width, 3), dtype=np.uint8)
    cv2.ellipse(rgb, (width // 2, height // 2), radii_px, 0, 0, 360, (255, 255, 255), -1)
    return lambda _: rgb


@pytest.mark.parametrize("quarter", [False, True], ids=["", "turned"])
@pytest.mark.parametrize(
    ("pixel_aspect", "radii_px"),
    [(Fraction(2), (20, 40)), (Fraction(4, 3), (30, 40)), (Fraction(1, 2), (40, 20))],
    ids=str,
)
def test_a_disc_in_pixels_that_are_not_square_comes_out_round(
    *, pixel_aspect: Fraction, radii_px: tuple[int, int], quarter: bool, tmp_path: Path
) -> None:
    one = 1 << 16
    file = clip(
        tmp_path / "a.mp4",
        shown=disc(SIZE_PX, radii_px),
        pixel_aspect=pixel_aspect,
        matrix=[0, one, 0, -one, 0, 0, 0, 0, 1 << 30] if quarter else None,
    )

    _, rgb = next(pictures(probe(file, USUAL)))

    white = rgb.mean(axis=2) > 128
    wide, high = (np.ptp(np.flatnonzero(white.any(axis=axis))) + 1 for axis in (0, 1))
    assert wide == pytest.approx(high, abs=2)


@pytest.mark.parametrize(("stored_px", "handed_out_px"), [((640, 360), (101, 57)), (None, None)])
def test_a_shrunk_picture_shows_the_same(
    stored_px: tuple[int, int] | None, handed_out_px: tuple[int, int] | None, tmp_path: Path
) -> None:
    file = clip(tmp_path / "a.mp4", size_px=stored_px or SIZE_PX)

    source = probe(file, VideoSettings(max_side_px=101))

    for number, rgb in pictures(source):
        assert number_in(rgb) == number
        assert rgb.shape[1::-1] == (handed_out_px or (101, 61))


@pytest.mark.parametrize("colours", ["colormatrix=bt470bg", "colormatrix=bt709", "fullrange=on"])
@pytest.mark.parametrize("matrix", [None, [0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30]])
def test_scaled_down_quickly_a_picture_looks_the_same(
    colours: str, matrix: list[int] | None, tmp_path: Path
) -> None:
    codec = replace(H264, options={**H264.options, "x264-params": colours})
    source = probe(clip(tmp_path / "a.mp4", codec=codec, matrix=matrix), USUAL)
    smaller = replace(source, size_px=(source.size_px[0] // 4 * 2, source.size_px[1] // 4 * 2))

    ((_, usual),) = pictures_at(smaller, [1])
    ((_, quick),) = pictures_at(smaller, [1], quickly=True)

    off = usual.astype(int) - quick
    assert usual.shape == quick.shape
    assert np.abs(off.mean(axis=(0, 1))).max() < 3  # as bright and of the same colours
    assert np.abs(off).mean() < 6  # and everything in its place


@pytest.mark.parametrize("name", CODECS)
def test_colours_arrive_as_they_were(name: str, tmp_path: Path) -> None:
    codec = CODECS[name]
    source = probe(clip(tmp_path / f"a.{codec.suffix}", 30, codec=codec), USUAL)

    _, rgb = next(pictures(source))

    assert rgb.dtype == np.uint8
    assert rgb.flags.c_contiguous
    for corner in ((16, 26), (16, 133), (80, 26)):
        assert rgb[corner].astype(int) == pytest.approx(picture(0)[corner].astype(int), abs=25)


# --- stills and damage


@pytest.mark.parametrize("data", [jpeg(picture(9)), png(picture(9))], ids=["JPEG", "PNG"])
def test_a_still_is_handed_out_once(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(data)
    source = probe(tmp_path / "a", VideoSettings(max_side_px=120))

    assert told(source) == [(0, 9)]
    assert told(source, 1, 2) == []
    assert [(n, rgb.shape) for n, rgb in pictures_at(source, [0])] == [(0, (72, 120, 3))]
    assert list(pictures_at(source, [])) == []


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_still_has_the_size_it_was_said_to_have(orientation: int, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(picture(9), orientation))
    source = probe(tmp_path / "a.jpg", VideoSettings(max_side_px=101))

    _, rgb = next(pictures(source))

    assert rgb.shape == (source.size_px[1], source.size_px[0], 3)


def test_a_strip_so_long_that_it_would_shrink_to_nothing_keeps_one_row(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(np.zeros((1, 5000, 3), dtype=np.uint8)))
    source = probe(tmp_path / "a.png", USUAL)

    assert source.size_px == (1920, 1)
    assert next(pictures(source))[1].shape == (1, 1920, 3)


def test_a_video_of_one_picture_is_handed_out_once(tmp_path: Path) -> None:
    source = probe(clip(tmp_path / "a.mp4", 1), USUAL)

    assert told(source) == [(0, 0)]
    assert [number for number, _ in pictures_at(source, [0])] == [0]


def test_what_stands_before_and_behind_the_damage_is_still_read(tmp_path: Path) -> None:
    file = clip(tmp_path / "a.mp4", 90, group=10)
    data = bytearray(file.read_bytes())
    middle = (data.index(b"mdat") + data.index(b"moov")) // 2
    data[middle : middle + 60] = bytes(60)
    file.write_bytes(data)

    source = probe(file, USUAL)
    begin, end = told(source, 0, 30), told(source, 60, 90)
    onward = Onward(source, 90, back=5, glancer=None)
    in_stretches = [
        [(number, number_in(shown.whole())) for number, shown in onward.stretch(start, stop)]
        for start, stop in [(0, 30), (25, 60), (60, 90)]
    ]

    assert source.clip.frames == 90
    assert (begin, end) == (pairs(0, 30), pairs(60, 90))
    assert (in_stretches[0], in_stretches[2]) == (begin, end)
    assert in_stretches[1][:5] == pairs(25, 30)


def test_pictures_that_were_cut_off_are_left_out_wherever_one_begins(tmp_path: Path) -> None:
    # A transport stream has no index that tells how much there should be.
    file = clip(tmp_path / "a.ts", 90, codec=H264)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    source = probe(file, USUAL)
    last = source.clip.frames - 1

    assert told(source, last - 3)[:3] == pairs(last - 3, last)
    assert told(source, 0)[:last] == pairs(0, last)


def test_a_stream_that_turns_up_late_does_no_harm(tmp_path: Path) -> None:
    # In a transport stream anything may appear at any time; here one late packet belongs to
    # nothing that was announced. Each has 188 bytes and, in the second and third, its stream.
    file = clip(tmp_path / "a.ts", 60)
    data = bytearray(file.read_bytes())
    begins_a_picture = b"\x47\x41\x00"  # of stream 0x100, the video
    packets = range(0, len(data), 188)
    last = [at for at in packets if data[at : at + 3] == begins_a_picture][-1]
    data[last + 2] = 0xA9
    file.write_bytes(data)

    source = probe(file, USUAL)

    assert source.clip.frames == 59
    assert told(source) == pairs(0, 59)
    assert told(source, 50) == pairs(50, 59)
