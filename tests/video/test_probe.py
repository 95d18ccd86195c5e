"""What a file holds: its own times, its size as shown, and why it cannot be used."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.errors import BadSettings, UnusableClip
from posture.video.probe import Source, VideoSettings, probe
from posture.video.source import pictures, pictures_at
from tests.video.make import (
    CODECS,
    CONTAINERS,
    H264,
    H264_B,
    MJPEG,
    VP9,
    Codec,
    animated_webp,
    clip,
    corners_in,
    edited,
    jpeg,
    number_in,
    picture,
    png,
    sound,
    tiled_heic,
    two_streams,
    with_cover,
    with_notes,
)

USUAL = VideoSettings()
ANY_LENGTH = VideoSettings(min_duration_s=0, min_rate_hz=0, max_rate_hz=1e9)
NOBODY = 65534  # the user who owns nothing


def refused(path: Path, code: str, limits: VideoSettings = USUAL) -> dict[str, float | str]:
    with pytest.raises(UnusableClip, match=rf"^{code} \(") as caught:
        probe(path, limits)
    assert caught.value.reason.code == code
    return dict(caught.value.reason.values)


def shown(source: Source) -> list[int]:
    return [number_in(rgb) for _, rgb in pictures(source)]


# --- times


@pytest.mark.parametrize(
    "rate",
    [5, Fraction(24_000, 1001), 25, Fraction(30_000, 1001), 50, Fraction(60_000, 1001), 120, 240],
    ids=str,
)
@pytest.mark.parametrize("codec", [H264, H264_B], ids=["", "B-frames"])
def test_every_picture_has_the_time_it_was_written_with(
    rate: Fraction | int, codec: Codec, tmp_path: Path
) -> None:
    frames = int(2 * rate)

    source = probe(clip(tmp_path / "a.mp4", frames, rate=rate, codec=codec), USUAL)

    assert source.clip.frames == frames
    assert source.time_s == pytest.approx([float(k / rate) for k in range(frames)], abs=1e-9)
    assert source.clip.duration_s == pytest.approx(float(frames / rate), abs=1e-9)
    assert source.clip.left_out == 0


@settings(max_examples=25, deadline=None)
@given(steps_ms=st.lists(st.integers(3, 200), min_size=3, max_size=30), start_ms=st.integers(0, 99))
def test_a_rate_that_varies_stays_as_it_was_recorded(
    steps_ms: list[int], start_ms: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ticks = [start_ms, *(start_ms + np.cumsum(steps_ms)).tolist()]
    file = clip(
        tmp_path_factory.getbasetemp() / "varying.mkv",
        len(ticks),
        codec=H264_B,
        ticks=ticks,
        ticks_per_s=1000,
    )

    assert probe(file, ANY_LENGTH).time_s == pytest.approx(np.array(ticks) / 1000, abs=1e-9)


def test_seconds_come_from_the_pictures_not_from_the_rate_in_the_header(tmp_path: Path) -> None:
    # A webcam that promises 30 pictures a second and delivers 12.
    file = clip(tmp_path / "a.mp4", 25, rate=30, ticks=range(0, 2500, 100), ticks_per_s=1200)

    source = probe(file, USUAL)

    assert source.time_s[-1] == pytest.approx(2.0)
    assert np.diff(source.time_s) == pytest.approx(1 / 12)


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
@pytest.mark.parametrize("codec", [H264, H264_B], ids=["", "B-frames"])
def test_pictures_before_time_zero_are_not_counted(
    suffix: str, codec: Codec, tmp_path: Path
) -> None:
    # Ten pictures before zero, which the muxer hides behind an edit list as players expect.
    source = probe(clip(tmp_path / f"a.{suffix}", 40, codec=codec, ticks=range(-10, 30)), USUAL)

    assert source.time_s == pytest.approx(np.arange(30) / 30)
    assert shown(source) == list(range(10, 40))


@pytest.mark.parametrize(("suffix", "codec"), [("mkv", H264), ("webm", VP9), ("ts", H264)])
def test_no_time_is_below_zero_without_an_edit_list_either(
    suffix: str, codec: Codec, tmp_path: Path
) -> None:
    file = clip(
        tmp_path / f"a.{suffix}",
        40,
        codec=codec,
        ticks=range(-10, 30),
        options={"avoid_negative_ts": "disabled"},
    )

    source = probe(file, USUAL)

    assert source.time_s == pytest.approx(np.arange(30) / 30, abs=0.0006)  # Matroska counts ms
    assert shown(source) == list(range(10, 40))


@pytest.mark.parametrize("name", [n for n, c in CODECS.items() if c.suffix == "mp4"])
@pytest.mark.parametrize("first", [0, 17], ids=["cut at the end", "cut on both sides"])
def test_what_an_edit_list_hides_is_not_counted(name: str, first: int, tmp_path: Path) -> None:
    # 17 lies within a group of pictures: those since its key frame are decoded, not shown.
    whole = clip(tmp_path / "a.mp4", 60, rate=25, codec=CODECS[name])

    source = probe(edited(whole, first=first, frames=30, rate=25), USUAL)

    assert source.time_s == pytest.approx(np.arange(30) / 25)
    assert source.clip.duration_s == pytest.approx(30 / 25)
    assert shown(source) == list(range(first, first + 30))


def test_a_clip_that_starts_late_keeps_its_times_and_does_not_count_the_wait(
    tmp_path: Path,
) -> None:
    source = probe(clip(tmp_path / "a.mp4", 45, ticks=range(30, 75)), USUAL)

    assert source.time_s[0] == pytest.approx(1.0)
    assert source.clip.duration_s == pytest.approx(1.5)


def test_a_picture_whose_time_does_not_move_on_is_left_out_and_counted(tmp_path: Path) -> None:
    # One step is 41 ms and so has its own row in the table of steps (stts); it is set to none.
    steps_ms = [40] * 19 + [41] + [40] * 19
    ticks = [0, *np.cumsum(steps_ms).tolist()]
    file = clip(tmp_path / "a.mp4", len(ticks), ticks=ticks, ticks_per_s=1000)
    rows = bytearray(file.read_bytes())
    odd_step = rows.index((1).to_bytes(4) + (41 * 16).to_bytes(4), rows.index(b"stts"))
    rows[odd_step + 4 : odd_step + 8] = bytes(4)
    file.write_bytes(rows)

    source = probe(file, USUAL)

    assert source.clip.left_out == 1
    assert source.clip.frames == 39
    assert np.diff(source.time_s) == pytest.approx(0.04)
    assert [number for number, _ in pictures(source)] == list(range(39))


# --- size, turn, codec


@pytest.mark.parametrize("name", CODECS)
def test_each_codec_is_read(name: str, tmp_path: Path) -> None:
    codec = CODECS[name]

    source = probe(clip(tmp_path / f"a.{codec.suffix}", 45, codec=codec), USUAL)

    assert (source.clip.frames, source.clip.size_px) == (45, (160, 96))
    assert source.clip.duration_s == pytest.approx(1.5, abs=0.001)
    assert (source.clip.rotation_deg, source.clip.is_still) == (0, False)


@pytest.mark.parametrize("name", CONTAINERS)
def test_each_container_is_read(name: str, tmp_path: Path) -> None:
    codec, suffix = CONTAINERS[name]

    source = probe(clip(tmp_path / f"a.{suffix}", 50, codec=codec, rate=25), USUAL)

    assert source.clip.frames == 50
    assert np.diff(source.time_s) == pytest.approx(1 / 25, abs=0.0011)  # some count whole ms
    assert source.clip.duration_s == pytest.approx(2.0, abs=0.001)


# Rows of ISO 14496-12's matrix: where the stored picture's right and down point on the screen.
@pytest.mark.parametrize(
    ("right", "down", "rotation_deg", "size_px"),
    [
        ((1, 0), (0, 1), 0, (160, 96)),
        ((0, 1), (-1, 0), 90, (96, 160)),
        ((-1, 0), (0, -1), 180, (160, 96)),
        ((0, -1), (1, 0), 270, (96, 160)),
        ((-1, 0), (0, 1), 0, (160, 96)),  # mirrored only
    ],
)
def test_size_and_turn_are_those_a_player_shows(
    right: tuple[int, int],
    down: tuple[int, int],
    rotation_deg: int,
    size_px: tuple[int, int],
    tmp_path: Path,
) -> None:
    one = 1 << 16
    matrix = [right[0] * one, right[1] * one, 0, down[0] * one, down[1] * one, 0, 0, 0, 1 << 30]

    source = probe(clip(tmp_path / "a.mp4", matrix=matrix), USUAL)

    assert (source.clip.rotation_deg, source.clip.size_px) == (rotation_deg, size_px)


def test_a_picture_that_is_shown_larger_than_any_is_refused(tmp_path: Path) -> None:
    settings = replace(USUAL, max_stored_side_px=1000)
    assert probe(clip(tmp_path / "a.mp4", pixel_aspect=Fraction(2)), settings)
    with pytest.raises(UnusableClip, match="picture_too_large"):
        probe(clip(tmp_path / "b.mp4", pixel_aspect=Fraction(20)), settings)


@pytest.mark.parametrize(
    ("pixel_aspect", "size_px"),
    [(Fraction(2), (320, 96)), (Fraction(4, 3), (213, 96)), (Fraction(1, 2), (80, 96))],
    ids=str,
)
def test_pixels_that_are_not_square_come_out_square(
    pixel_aspect: Fraction, size_px: tuple[int, int], tmp_path: Path
) -> None:
    source = probe(clip(tmp_path / "a.mp4", pixel_aspect=pixel_aspect), USUAL)

    assert source.clip.size_px == size_px


@pytest.mark.parametrize(
    ("stored_px", "at_most", "handed_out_px"),
    [
        ((320, 180), 160, (160, 90)),  # 8K is to 1920 as 320 is to 80; encoding it takes seconds
        ((180, 320), 160, (90, 160)),
        ((320, 180), 1920, (320, 180)),
        ((320, 180), 320, (320, 180)),
        ((322, 182), 99, (99, 56)),
    ],
)
def test_large_pictures_are_handed_out_smaller_and_small_ones_as_they_are(
    stored_px: tuple[int, int], at_most: int, handed_out_px: tuple[int, int], tmp_path: Path
) -> None:
    limits = VideoSettings(max_side_px=at_most)

    source = probe(clip(tmp_path / "a.mp4", size_px=stored_px), limits)

    assert (source.clip.size_px, source.size_px) == (stored_px, handed_out_px)


@pytest.mark.parametrize("side_px", [0, -1, 2048, 3840])
def test_a_side_that_no_outline_could_hold_is_no_setting(side_px: int) -> None:
    # An outline is int16 in sixteenths of a pixel: 32767 / 16 = 2047.9.
    with pytest.raises(BadSettings, match=rf"^settings_unknown \(what=max_side_px {side_px}\)"):
        VideoSettings(max_side_px=side_px)


def test_the_clip_is_known_by_its_name_and_its_bytes(tmp_path: Path) -> None:
    file = clip(tmp_path / "a walk.mp4")

    source = probe(file, USUAL)

    assert source.clip.file == "a walk.mp4"
    assert source.clip.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_video_of_one_picture_is_a_still(tmp_path: Path) -> None:
    source = probe(clip(tmp_path / "a.mp4", 1), USUAL)

    assert source.clip.is_still
    assert source.time_s.tolist() == [0.0]


@pytest.mark.parametrize("data", [jpeg(picture(5)), png(picture(5))], ids=["JPEG", "PNG"])
def test_a_still_has_one_picture_at_time_zero_whatever_its_name(
    data: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(data)

    source = probe(file, VideoSettings(max_side_px=80))

    assert source.clip.is_still
    assert (source.clip.size_px, source.size_px) == ((160, 96), (80, 48))
    assert (source.time_s.tolist(), source.clip.duration_s) == ([0.0], 0.0)


def test_a_portrait_photo_is_as_large_as_it_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(jpeg(picture(5), orientation=6))

    assert probe(file, USUAL).clip.size_px == (96, 160)


@pytest.mark.parametrize("name", ["12:30.mp4", "歩行 100%.mp4", "a%03d.mp4", "-i.mp4", "a?b#c.mp4"])
def test_a_file_may_have_any_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(clip(tmp_path / "plain.mp4"), name)

    assert probe(Path(name), USUAL).clip.frames == 30


def test_notes_in_another_code_page_do_not_matter(tmp_path: Path) -> None:
    # 歩行 in Shift-JIS, where FFmpeg wrote the name of the handler.
    file = clip(tmp_path / "a.mp4")
    data = file.read_bytes()
    assert data.count(b"VideoHandler") == 1
    file.write_bytes(data.replace(b"VideoHandler", b"\x95\xe0\x8ds        "))

    assert probe(file, USUAL).clip.frames == 30


def test_an_exif_note_in_a_video_does_not_matter(tmp_path: Path) -> None:
    # Some cameras put one into every picture of Motion JPEG; here it is put into the first.
    file = clip(tmp_path / "a.avi", 40, codec=MJPEG, rate=25)
    data = file.read_bytes()
    start = data.index(b"\xff\xd8\xff", data.index(b"movi"))
    with_note = jpeg(picture(0), orientation=1)
    note = with_note[2 : 4 + int.from_bytes(with_note[4:6])]
    length = int.from_bytes(data[start - 4 : start], "little") + len(note)
    head = data[: start - 4] + length.to_bytes(4, "little") + data[start : start + 2]
    file.write_bytes(head + note + data[start + 2 :])

    assert probe(file, USUAL).clip.size_px == (160, 96)


def test_a_cover_picture_is_not_the_video(tmp_path: Path) -> None:
    walk = clip(tmp_path / "walk.mp4", size_px=(80, 64))

    source = probe(with_cover(walk, tmp_path / "both.mp4"), USUAL)

    assert (source.clip.frames, source.clip.size_px) == (30, (80, 64))


def test_a_song_with_a_cover_is_no_video(tmp_path: Path) -> None:
    refused(sound(tmp_path / "song.m4a", "aac", cover=True), "no_video_in_file")


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize(
    ("sizes_px", "default", "chosen"),
    [
        ([(80, 64), (160, 96)], 1, (160, 96)),
        ([(160, 96), (80, 64)], 1, (80, 64)),
        ([(160, 96), (80, 64)], 0, (160, 96)),
    ],
    ids=["a preview first", "a smaller one is the default", "a preview behind"],
)
def test_of_several_streams_the_default_is_the_video(
    suffix: str,
    sizes_px: list[tuple[int, int]],
    default: int,
    chosen: tuple[int, int],
    tmp_path: Path,
) -> None:
    file = two_streams(tmp_path / f"two.{suffix}", sizes_px, default)

    source = probe(file, USUAL)

    assert source.clip.size_px == chosen
    assert shown(source) == list(range(30))


@pytest.mark.parametrize("suffix", ["mkv", "ts"])
@pytest.mark.parametrize("sizes_px", [[(80, 64), (160, 96)], [(160, 96), (80, 64)]])
def test_where_none_is_the_default_the_largest_is_the_video(
    suffix: str, sizes_px: list[tuple[int, int]], tmp_path: Path
) -> None:
    file = two_streams(tmp_path / f"two.{suffix}", sizes_px, None)

    assert probe(file, USUAL).clip.size_px == (160, 96)


def test_a_single_picture_beside_a_video_is_not_the_video(tmp_path: Path) -> None:
    file = two_streams(tmp_path / "two.mp4", [(160, 96), (80, 64)], 0, frames=(1, 30))

    assert probe(file, USUAL).clip.size_px == (80, 64)


def test_an_animated_webp_is_a_clip_with_its_own_times(tmp_path: Path) -> None:
    source = probe(animated_webp(tmp_path / "a.webp", 40, 50), USUAL)

    assert source.time_s == pytest.approx(np.arange(40) / 20)
    assert source.clip.size_px == (160, 96)
    assert source.clip.duration_s == pytest.approx(2.0)
    assert shown(source) == list(range(40))
    assert [number for number, _ in pictures_at(source, [3, 35])] == [3, 35]


def test_a_window_into_an_animated_webp_keeps_its_clock(tmp_path: Path) -> None:
    window = VideoSettings(window_s=(0.5, 1.6))

    source = probe(animated_webp(tmp_path / "a.webp", 40, 50), window)

    assert (source.time_s[0], source.time_s[-1]) == (pytest.approx(0.5), pytest.approx(1.6))
    assert shown(source) == list(range(10, 33))


@pytest.mark.parametrize("left", [30, 200])
def test_a_cut_off_animated_webp_is_told(left: int, tmp_path: Path) -> None:
    file = animated_webp(tmp_path / "a.webp", 40, 50)
    file.write_bytes(file.read_bytes()[:left])

    refused(file, "cut_off_video")


@pytest.mark.parametrize("name", ["a.webp", "a.bmp", "a.tiff", "a.gif", "a.avif"])
def test_a_single_picture_of_any_kind_is_a_still(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    assert cv2.imwrite(str(file), picture(421)[:, :, ::-1])

    source = probe(file, USUAL)

    assert source.clip.is_still
    assert corners_in(next(pictures(source))[1]) == "rgb-"


# EXIF's turns by quarters, as ISO/IEC 23008-12 has them: `irot` counter-clockwise, then `imir`
@pytest.mark.parametrize(
    ("turn", "size_px", "corners"),
    [
        ((0, False), (300, 200), "rgb-"),
        ((1, False), (200, 300), "g-rb"),
        ((2, False), (300, 200), "-bgr"),
        ((3, True), (200, 300), "-gbr"),
    ],
)
def test_a_photo_in_tiles_is_one_picture_the_right_way_up(
    turn: tuple[int, bool], size_px: tuple[int, int], corners: str, tmp_path: Path
) -> None:
    file = tiled_heic(
        tmp_path / "IMG_0001.HEIC",
        picture(421, (300, 200)),
        128,
        turns_left=turn[0],
        mirrored=turn[1],
    )

    source = probe(file, USUAL)
    (_, rgb), *others = pictures(source)

    assert others == []
    assert source.clip.is_still
    assert source.clip.size_px == size_px
    assert rgb.shape[:2] == size_px[::-1]
    assert corners_in(rgb) == corners


def test_a_photo_in_tiles_that_is_cut_off_says_to_export_it(tmp_path: Path) -> None:
    file = tiled_heic(tmp_path / "a.heic", picture(421, (300, 200)), 128)
    whole = file.read_bytes()

    for share in (0.05, 0.3, 0.9):
        file.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(UnusableClip) as caught:
            probe(file, USUAL)
        assert caught.value.reason.code in {"photo_unreadable", "damaged_picture"}, share


@given(st.data())
@settings(max_examples=60)
def test_a_damaged_photo_in_tiles_ends_in_a_reason_or_a_picture(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.heic"
        damaged = bytearray(tiled_bytes())
        at = data.draw(st.integers(0, 900))
        damaged[at] = data.draw(st.integers(0, 255))
        file.write_bytes(damaged)
        with suppress(UnusableClip):
            list(pictures(probe(file, ANY_LENGTH)))


@cache
def tiled_bytes() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = tiled_heic(Path(folder) / "a.heic", picture(421, (300, 200)), 128)
        return file.read_bytes()


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_the_rate_at_which_a_phone_says_it_filmed_is_read(suffix: str, tmp_path: Path) -> None:
    plain = clip(tmp_path / f"a.{suffix}")

    said = with_notes(plain, tmp_path / f"b.{suffix}", {"com.android.capture.fps": "240.000000"})

    assert probe(plain, USUAL).clip.capture_hz is None
    assert probe(said, USUAL).clip.capture_hz == 240


@pytest.mark.parametrize("strange", ["", "nan", "inf", "0", "-30", "fast"])
def test_a_rate_of_filming_that_is_none_is_not_believed(strange: str, tmp_path: Path) -> None:
    notes = {"com.android.capture.fps": strange}
    said = with_notes(clip(tmp_path / "a.mp4"), tmp_path / "b.mp4", notes)

    assert probe(said, USUAL).clip.capture_hz is None


# --- what cannot be used


@pytest.mark.parametrize("name", ["talk.m4a", "talk.mp4", "talk.mka"])
def test_sound_alone_is_no_video(name: str, tmp_path: Path) -> None:
    assert refused(sound(tmp_path / name, "aac"), "no_video_in_file") == {"file": name}


@pytest.mark.parametrize(
    ("name", "codec"),
    [("talk.wav", "pcm_s16le"), ("talk.mp3", "libmp3lame"), ("talk.flac", "flac")],
)
def test_a_sound_file_is_not_taken_for_a_damaged_video(
    name: str, codec: str, tmp_path: Path
) -> None:
    refused(sound(tmp_path / name, codec), "not_a_video")


@pytest.mark.parametrize(
    "text",
    [
        "hello\n",
        "a,b\n1,2\n" * 1000,
        "<html><video src='a.mp4'></html>",
        "%PDF-1.7\n",
        "\0" * 5000,
    ],
    ids=["text", "table", "page", "document", "zeros"],
)
def test_something_else_under_the_name_of_a_video_is_told(text: str, tmp_path: Path) -> None:
    file = tmp_path / "walk.mp4"
    file.write_text(text, "utf-8")

    assert refused(file, "not_a_video") == {"file": "walk.mp4"}


PLAYLISTS = {
    "HLS": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:3,\n{other}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile {other}\n",
    "DASH": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
    '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
    "<BaseURL>{other}</BaseURL></Representation></AdaptationSet></Period></MPD>",
    "SDP": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "AviSynth": 'AVISource("{other}")\n',
}


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("suffix", ["mp4", "m3u8", "ffconcat", "mpd", "sdp", "avs"])
def test_a_list_that_names_another_file_does_not_open_it(
    kind: str, suffix: str, tmp_path: Path
) -> None:
    other = clip(tmp_path / "other.mp4", 60)
    file = tmp_path / f"list.{suffix}"
    file.write_text(PLAYLISTS[kind].format(other=other.name), "utf-8")

    refused(file, "not_a_video")


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()

    refused(tmp_path / "a.mp4", "empty_file")


def test_a_missing_file_is_told_with_where_it_was_looked_for(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.mp4", "no_such_file") == {"file": str(tmp_path / "a.mp4")}


def test_a_folder_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path, "is_a_folder") == {"file": tmp_path.name}


def test_a_path_through_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").touch()

    refused(tmp_path / "a" / "b.mp4", "cannot_read")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up the right to read everything, where the tests have it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Yield a folder that everybody can enter, unlike `tmp_path`."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.linux
def test_a_file_that_may_not_be_read_is_told(open_folder: Path) -> None:
    file = clip(open_folder / "a.mp4")
    file.chmod(0)

    with as_nobody():
        assert refused(file, "no_permission") == {"file": "a.mp4"}


@pytest.mark.linux
def test_a_file_in_a_folder_that_may_not_be_entered_is_told(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir()
    file = clip(closed / "a.mp4")
    closed.chmod(0)

    with as_nobody():
        refused(file, "no_permission")
    closed.chmod(0o700)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95], ids="{:.0%} left".format)
def test_a_cut_off_video_with_its_contents_at_the_end_is_told(share: float, tmp_path: Path) -> None:
    file = clip(tmp_path / "a.mp4", 90)
    data = file.read_bytes()
    assert data.index(b"mdat") < data.index(b"moov") < 0.95 * len(data)

    file.write_bytes(data[: int(share * len(data))])

    assert refused(file, "cut_off_video") == {"file": "a.mp4"}


@pytest.mark.parametrize("left", range(50, 1050, 50), ids="{} bytes left".format)
def test_a_table_of_contents_that_is_cut_off_is_told(left: int, tmp_path: Path) -> None:
    file = clip(tmp_path / "a.mp4", 90)
    data = file.read_bytes()

    file.write_bytes(data[: data.index(b"moov") + left])

    refused(file, "cut_off_video")


def contents_first(path: Path) -> bytes:
    data = clip(path, 90, options={"movflags": "faststart"}).read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    return data


@pytest.mark.parametrize("kept", [0.5, 0.9, 0.99])
def test_a_cut_off_video_with_its_contents_in_front_is_told(tmp_path: Path, kept: float) -> None:
    file = tmp_path / "a.mp4"
    data = contents_first(file)
    file.write_bytes(data[: round(len(data) * kept)])

    refused(file, "cut_off_video")


def test_a_video_cut_off_before_its_first_picture_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    data = contents_first(file)
    file.write_bytes(data[: data.index(b"mdat") + 4])

    refused(file, "cut_off_video")


@pytest.mark.parametrize("suffix", ["mkv", "webm", "avi", "mov"])
def test_a_video_of_which_only_the_first_bytes_are_there_is_told(
    suffix: str, tmp_path: Path
) -> None:
    file = clip(tmp_path / f"a.{suffix}", codec=VP9 if suffix == "webm" else H264)
    file.write_bytes(file.read_bytes()[:60])

    refused(file, "cut_off_video")


@pytest.mark.parametrize("data", [jpeg(picture(1)), png(picture(1))], ids=["JPEG", "PNG"])
def test_a_cut_off_still_is_told(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(data[: len(data) // 2])

    refused(file, "damaged_picture")


@pytest.mark.parametrize(("name", "mark"), [("a.mp4", b"avc1"), ("a.avi", b"H264")])
def test_a_codec_nobody_knows_is_told(name: str, mark: bytes, tmp_path: Path) -> None:
    file = clip(tmp_path / name)
    file.write_bytes(file.read_bytes().replace(mark, b"zzz9"))

    refused(file, "unknown_codec")


@pytest.mark.parametrize("name", ["a.h264", "a.avi"])
def test_pictures_that_wait_for_later_ones_without_a_time_of_their_own_are_told(
    name: str, tmp_path: Path
) -> None:
    # A bare stream has no times; AVI has none for B-frames, and numbers them as they are packed.
    refused(clip(tmp_path / name, codec=H264_B), "no_timestamps")


def test_less_than_a_second_is_told_with_how_long_it_is(tmp_path: Path) -> None:
    values = refused(clip(tmp_path / "a.mp4", 27), "too_short")

    assert values["duration_s"] == pytest.approx(0.9)


def test_one_second_is_enough(tmp_path: Path) -> None:
    assert probe(clip(tmp_path / "a.mp4", 30), USUAL).clip.duration_s == pytest.approx(1.0)


def test_too_long_is_told_with_the_limit(tmp_path: Path) -> None:
    values = refused(clip(tmp_path / "a.mp4", 90), "too_long", VideoSettings(max_duration_s=2.4))

    assert values == {"file": "a.mp4", "minutes": pytest.approx(0.05), "limit": 0.04}


def test_too_many_pictures_are_told_with_the_limit(tmp_path: Path) -> None:
    values = refused(clip(tmp_path / "a.mp4", 61), "too_many_frames", VideoSettings(max_frames=60))

    assert values == {"file": "a.mp4", "frames": 61, "limit": 60}


@pytest.mark.parametrize(
    ("rate", "code"), [(4, "too_few_frames_a_second"), (300, "too_many_frames_a_second")]
)
def test_too_few_or_too_many_pictures_a_second_are_told(
    rate: int, code: str, tmp_path: Path
) -> None:
    values = refused(clip(tmp_path / "a.mp4", 2 * rate, rate=rate), code)

    assert values["rate_hz"] == pytest.approx(rate)


DAMAGED: dict[str, Callable[[Path], Path]] = {
    "MP4": lambda folder: clip(folder / "a.mp4", 40, codec=H264_B),
    "WebM": lambda folder: clip(folder / "a.webm", 40, codec=VP9),
    "AVI": lambda folder: clip(folder / "a.avi", 40),
    "QuickTime": lambda folder: clip(folder / "a.mov", 40, codec=MJPEG),
}


# always the same examples: what is tried is the decoders, and those are not ours to mend
@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(sorted(DAMAGED)),
    places=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=30),
    head=st.booleans(),
)
def test_damage_anywhere_ends_in_a_reason_or_in_fewer_pictures(
    kind: str,
    places: list[tuple[float, int]],
    head: bool,  # noqa: FBT001 - hypothesis hands it over by name
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file = DAMAGED[kind](tmp_path_factory.getbasetemp())
    data = bytearray(file.read_bytes())
    for share, byte in places:
        data[int(share * (min(1500, len(data)) if head else len(data)))] = byte
    file.write_bytes(data)

    try:
        source = probe(file, USUAL)
    except UnusableClip as trouble:
        assert trouble.reason.values["file"] == file.name  # noqa: PT017 - either end is right
    else:
        numbers = [number for number, _ in pictures(source)]
        assert numbers == sorted(set(numbers))
        assert set(numbers) <= set(range(source.clip.frames))
