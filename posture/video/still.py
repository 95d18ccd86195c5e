"""One picture from a file or from bytes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.types import Rgb

_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")  # JPEG, PNG


def is_still(head: bytes) -> bool:
    """Whether a file that begins with `head` is a JPEG or a PNG."""
    return head.startswith(_SIGNATURES)


def decode_still(data: bytes) -> Rgb | None:
    """Return the picture in `data`, turned as its EXIF note asks, or None if it is damaged."""
    packed: NDArray[np.uint8] = np.frombuffer(data, dtype=np.uint8)
    try:
        bgr = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    except cv2.error:
        return None  # a size that no picture has
    if bgr is None:
        return None
    rgb: Rgb = np.ascontiguousarray(bgr[:, :, ::-1], dtype=np.uint8)
    return rgb


def read_still(path: Path) -> Rgb | None:
    """Return the picture in the file at `path`, or None if it is damaged."""
    return decode_still(path.read_bytes())


def shrink(rgb: Rgb, max_side_px: int) -> Rgb:
    """Return the picture with no side above `max_side_px`; smaller ones are left as they are."""
    height, width = rgb.shape[:2]
    scale = max_side_px / max(height, width)
    if scale >= 1:
        return rgb
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
