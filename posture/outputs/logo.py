"""A studio's logo for the top of a report: looked at before it is unpacked, and made small."""

from __future__ import annotations

import cv2
import numpy as np

from posture.errors import UnusableClip
from posture.video.still import PNG, still_size, unpack

LOGO_BYTES = 5 << 20  # ours; a logo is some kB
_SIZE_PX = (900, 300)  # ours; 6 by 2 cm of paper at 380 dots an inch
_MOST_PX = 20_000_000  # ours; unpacked it takes 80 MB
_HEAD = 2000  # bytes in which a file says what it is


def scaled_logo(data: bytes) -> bytes:
    """Return a logo as a small PNG on white, without anything else that was in the file.

    Raises
    ------
    UnusableClip
        It is SVG, no PNG or JPEG, damaged, or larger unpacked than any logo.
    """
    size_px = still_size(data)
    if size_px is None:
        # looked for here only: a PNG or JPEG may carry XML that says who drew it with what
        head = data[:_HEAD].lower()
        is_svg = b"<svg" in head or b"<?xml" in head
        raise UnusableClip("logo_svg" if is_svg else "logo_no_picture")
    width, height = size_px
    if width * height > _MOST_PX:
        raise UnusableClip("logo_too_many_pixels", width=width, height=height)
    picture = unpack(data, cv2.IMREAD_UNCHANGED if data.startswith(PNG) else cv2.IMREAD_COLOR)
    if picture is None:
        raise UnusableClip("logo_no_picture")
    done, small = cv2.imencode(".png", _small(_on_white(np.asarray(picture))))
    if not done:
        raise UnusableClip("logo_no_picture")
    return small.tobytes()


def _on_white(picture: np.ndarray) -> np.ndarray:
    """Return three channels of 8 bits; what lets the ground through shows white."""
    if picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
    if picture.ndim == 2:  # noqa: PLR2004 - grey
        return cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    if picture.shape[2] == 4:  # noqa: PLR2004 - with alpha
        share = picture[:, :, 3:].astype(np.float32) / 255
        return np.rint(picture[:, :, :3] * share + 255 * (1 - share)).astype(np.uint8)
    return picture


def _small(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = min(1.0, _SIZE_PX[0] / width, _SIZE_PX[1] / height)
    size = (max(1, round(scale * width)), max(1, round(scale * height)))
    return picture if scale == 1 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
