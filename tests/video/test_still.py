"""One picture from bytes: upright, in the right colours, never larger than asked."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.video.still import decode_still, is_still, read_still, shrink
from tests.video.make import corners_in, jpeg, number_in, picture, png

PICTURE = picture(421)


@pytest.mark.parametrize(
    ("head", "still"),
    [
        (jpeg(PICTURE), True),
        (png(PICTURE), True),
        (b"\xff\xd8\xff", True),
        (b"\x89PNG\r\n\x1a\n", True),
        (b"\x89PNG", False),
        (b"GIF89a", False),
        (b"\0\0\0\x1cftypisom", False),
        (b"", False),
    ],
    ids=["JPEG", "PNG", "JPEG's mark", "PNG's mark", "half a mark", "GIF", "MP4", "nothing"],
)
def test_a_still_is_known_by_how_it_begins(head: bytes, *, still: bool) -> None:
    assert is_still(head) is still


def test_a_png_arrives_to_the_last_bit() -> None:
    np.testing.assert_array_equal(decode_still(png(PICTURE)), PICTURE)


def test_a_jpeg_arrives_in_its_colours() -> None:
    rgb = decode_still(jpeg(PICTURE))

    assert rgb is not None
    assert rgb.dtype == np.uint8
    assert np.abs(rgb.astype(int) - PICTURE).mean() < 5
    assert (corners_in(rgb), number_in(rgb)) == ("rgb-", 421)


# EXIF 2.32, tag 0x0112: what the stored picture's top row and left column are on the screen. The
# stored corners are red, green / blue, grey.
@pytest.mark.parametrize(
    ("orientation", "corners"),
    [
        pytest.param(1, "rgb-", id="top, left"),
        pytest.param(2, "gr-b", id="top, right"),
        pytest.param(3, "-bgr", id="bottom, right"),
        pytest.param(4, "b-rg", id="bottom, left"),
        pytest.param(5, "rbg-", id="left, top"),
        pytest.param(6, "br-g", id="right, top"),
        pytest.param(7, "-gbr", id="right, bottom"),
        pytest.param(8, "g-rb", id="left, bottom"),
    ],
)
def test_a_photo_is_turned_as_its_exif_note_asks(orientation: int, corners: str) -> None:
    rgb = decode_still(jpeg(PICTURE, orientation))

    assert rgb is not None
    assert corners_in(rgb) == corners
    assert rgb.shape[:2] == ((96, 160) if orientation < 5 else (160, 96))


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(PICTURE[:, :, 0], id="grey"),
        pytest.param(PICTURE.astype(np.uint16) * 257, id="16 bits"),
        pytest.param(np.dstack([PICTURE, np.full((96, 160), 99, np.uint8)]), id="transparent"),
    ],
)
def test_every_kind_of_png_becomes_eight_bit_colour(stored: np.ndarray) -> None:
    packed = cv2.imencode(".png", stored)[1].tobytes()

    rgb = decode_still(packed)

    assert rgb is not None
    assert rgb.dtype == np.uint8
    assert rgb.shape == (96, 160, 3)
    assert rgb.flags.c_contiguous
    assert number_in(rgb) == 421


@pytest.mark.parametrize("data", [jpeg(PICTURE), png(PICTURE)], ids=["JPEG", "PNG"])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.7])
def test_a_damaged_picture_is_none(data: bytes, share: float) -> None:
    assert decode_still(data[: int(share * len(data))]) is None


@pytest.mark.parametrize("data", [b"", b"no picture", bytes(100)], ids=["nothing", "text", "zeros"])
def test_what_is_no_picture_is_none(data: bytes) -> None:
    assert decode_still(data) is None


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)


def jpeg_that_claims(width: int, height: int) -> bytes:
    data = bytearray(jpeg(PICTURE))
    size_at = data.index(b"\xff\xc0") + 5
    data[size_at : size_at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        png_that_claims(100_000, 100_000),
        png_that_claims(1 << 30, 1),
        jpeg_that_claims(65_000, 65_000),
    ],
    ids=["a square PNG", "a PNG of one row", "a JPEG"],
)
def test_a_few_bytes_that_claim_to_be_a_gigantic_picture_are_none(data: bytes) -> None:
    assert decode_still(data) is None


def test_a_chunk_longer_than_its_file_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(png(PICTURE))
    at = data.index(b"IDAT") - 4
    data[at : at + 4] = struct.pack(">I", 0x7FFFFFFF)  # OpenCV would make room for it, twice

    def unpack(*_: object) -> None:
        pytest.fail("was unpacked")

    monkeypatch.setattr("cv2.imdecode", unpack)
    assert decode_still(bytes(data)) is None


def test_what_follows_the_end_of_a_png_is_no_damage() -> None:
    rgb = decode_still(png(PICTURE) + b"written by somebody's camera")

    assert rgb is not None
    assert number_in(rgb) == 421


def test_a_file_holds_the_same_as_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(PICTURE))
    (tmp_path / "b.png").write_bytes(png(PICTURE)[:50])

    np.testing.assert_array_equal(read_still(tmp_path / "a.png"), PICTURE)
    assert read_still(tmp_path / "b.png") is None


sides = st.integers(1, 3000)


@settings(max_examples=60, deadline=None)
@given(width=sides, height=sides, limit=st.integers(1, 2000))
def test_no_side_is_above_the_limit_and_the_shape_stays(
    width: int, height: int, limit: int
) -> None:
    small = shrink(np.zeros((height, width, 3), dtype=np.uint8), limit)

    new_height, new_width = small.shape[:2]
    scale = min(1.0, limit / max(width, height))
    assert max(new_height, new_width) == min(limit, max(width, height))
    assert new_width == pytest.approx(max(1, width * scale), abs=0.5)
    assert new_height == pytest.approx(max(1, height * scale), abs=0.5)


def test_a_small_picture_is_left_alone() -> None:
    assert shrink(PICTURE, 160) is PICTURE


def test_a_shrunk_picture_shows_the_same() -> None:
    small = shrink(PICTURE, 60)

    assert small.shape == (36, 60, 3)
    assert (corners_in(small), number_in(small)) == ("rgb-", 421)
