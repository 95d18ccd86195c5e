"""One JPEG from a stranger: its size before it is decoded, and nothing else than a JPEG."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from posture.video.still import decode_jpeg, encode_jpeg, jpeg_size

MANY = 1 << 30


def picture(width: int, height: int) -> bytes:
    rng = np.random.default_rng(1)
    return encode_jpeg(rng.integers(0, 255, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("size", [(64, 36), (640, 480), (1, 1), (333, 17)])
def test_the_size_is_read_without_decoding(size: tuple[int, int]) -> None:
    assert jpeg_size(picture(*size)) == size


def test_a_progressive_jpeg_has_a_size_too() -> None:
    _, packed = cv2.imencode(
        ".jpg", np.zeros((30, 50, 3), np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
    )

    assert jpeg_size(packed.tobytes()) == (50, 30)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xd8\xff",
        b"GIF89a" + bytes(50),
        b"\x89PNG\r\n\x1a\n" + bytes(50),
        b"\xff\xd8\xff\xe0\x00\x00" + bytes(50),  # a segment without a length
        b"\xff\xd8\xff\xe0\xff\xff" + bytes(50),  # one longer than the file
        b"\xff\xd8\xff" + b"\xff" * 5000,
    ],
)
def test_what_is_none_has_no_size_and_no_picture(data: bytes) -> None:
    assert jpeg_size(data) is None
    assert decode_jpeg(data, MANY) is None


def test_every_way_to_cut_a_jpeg_short_is_survived() -> None:
    whole = picture(64, 36)

    for end in range(0, len(whole), 7):
        decoded = decode_jpeg(whole[:end], MANY)
        assert decoded is None or decoded.shape == (36, 64, 3)


def test_a_bomb_is_refused_in_no_time() -> None:
    small = picture(64, 36)
    at = small.index(b"\xff\xc0") + 5
    bomb = small[:at] + (60000).to_bytes(2, "big") * 2 + small[at + 4 :]
    start = time.perf_counter()

    assert jpeg_size(bomb) == (60000, 60000)
    assert decode_jpeg(bomb, 1920 * 1088) is None
    assert time.perf_counter() - start < 0.5


def test_a_picture_comes_back_in_its_own_colours() -> None:
    red = np.zeros((32, 32, 3), dtype=np.uint8)
    red[..., 0] = 200

    back = decode_jpeg(encode_jpeg(red), MANY)

    assert back is not None
    assert np.abs(back.astype(int) - red).max() < 6
