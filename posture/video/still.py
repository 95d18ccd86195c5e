"""One picture from a file or from bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.types import Rgb
from posture.video.heif import grid_of, read_grid

PNG = b"\x89PNG\r\n\x1a\n"
_SIGNATURES = (b"\xff\xd8\xff", PNG)  # JPEG, PNG


def is_still(head: bytes) -> bool:
    """Whether a file that begins with `head` is a JPEG or a PNG."""
    return head.startswith(_SIGNATURES)


def unpack(data: bytes, way: int) -> NDArray[Any] | None:
    """Return the picture in a JPEG or PNG as OpenCV reads it in a `way`, or None if damaged."""
    if data.startswith(PNG) and not _is_whole_png(data):
        return None
    try:
        return cv2.imdecode(np.frombuffer(data, dtype=np.uint8), way)
    except cv2.error:
        return None  # a size that no picture has


def decode_still(data: bytes) -> Rgb | None:
    """Return the picture in `data`, turned as its EXIF note asks, or None if it is damaged."""
    bgr = unpack(data, cv2.IMREAD_COLOR)
    return None if bgr is None else np.ascontiguousarray(bgr[:, :, ::-1], dtype=np.uint8)


def read_still(path: Path) -> Rgb | None:
    """Return the picture in the file at `path`, or None if it is damaged.

    Raises
    ------
    ValueError
        A photo in tiles, of which cannot be read how they belong together.
    """
    data = path.read_bytes()
    if is_still(data):
        return decode_still(data)
    grid = grid_of(path)
    return None if grid is None else read_grid(path, grid)


def shrink(rgb: Rgb, max_side_px: int) -> Rgb:
    """Return the picture with no side above `max_side_px`; smaller ones are left as they are."""
    height, width = rgb.shape[:2]
    scale = max_side_px / max(height, width)
    if scale >= 1:
        return rgb
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a JPEG without decoding it, or None if it is not one.

    Only the headers are read, so that a picture which would unpack to gigabytes is known for one
    in a thousandth of a second.
    """
    if not data.startswith(_JPEG_START):
        return None
    at = 2
    while at + _SIZE_ENDS < len(data):
        if data[at] != _MARKER:
            return None
        kind = data[at + 1]
        if kind == _MARKER:  # a fill byte
            at += 1
        elif kind in _BARE_MARKERS:
            at += 2
        elif kind in _FRAME_STARTS:
            height, width = (int.from_bytes(data[at + i : at + i + 2], "big") for i in (5, 7))
            return (width, height) if width and height else None
        else:
            length = int.from_bytes(data[at + 2 : at + 4], "big")
            if length < _SHORTEST_SEGMENT:
                return None
            at += 2 + length
    return None


_JPEG_START = b"\xff\xd8\xff"
_MARKER = 0xFF
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xDA)})  # nothing follows them
_FRAME_STARTS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # those three are tables
_SIZE_ENDS = 8  # bytes from a frame's marker to the end of its width
_SHORTEST_SEGMENT = 2  # its length counts itself


def decode_jpeg(data: bytes, max_pixels: int) -> Rgb | None:
    """Return the picture in a JPEG as its pixels lie; None if it is damaged, too large or none.

    A note on how to turn it is not heeded: whoever sent it draws on the same pixels.
    """
    size = jpeg_size(data)
    if size is None or size[0] * size[1] > max_pixels:
        return None
    rgb = unpack(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if rgb is None else np.ascontiguousarray(rgb, dtype=np.uint8)


def encode_jpeg(rgb: Rgb) -> bytes:
    """Return a picture as a JPEG."""
    bgr = np.ascontiguousarray(rgb[:, :, ::-1])
    _, packed = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return bytes(packed)


def _is_whole_png(data: bytes) -> bool:
    """Return whether all chunks of a PNG lie within it, up to the one that ends it.

    OpenCV makes room for a chunk before it reads it: 161 bytes can ask for 4 GB.

    Source
        PNG specification, 5.3: length, kind, content, checksum.
    """
    at = len(PNG)
    while at + _CHUNK_BYTES <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        at += _CHUNK_BYTES + length
        if kind == b"IEND":
            return at <= len(data)
    return False


_CHUNK_BYTES = 12  # of a chunk, besides its content


def still_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height that a JPEG or PNG declares, without decoding it."""
    if not data.startswith(PNG):
        return jpeg_size(data)
    width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
    return (width, height) if width and height and data[12:16] == b"IHDR" else None
