"""Single pictures of a clip with the findings drawn on them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from posture.outputs.portrait import Portrait
from posture.types import Rgb

_THUMBNAIL_PX = 150  # high; enough to know the moment again, some kB each
_QUALITY = 86  # of JPEG; letters stay clean, a picture is about 100 kB


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture ready to be put on a page."""

    shows: str  # a code of the words' table `ui`
    jpeg: bytes
    size_px: tuple[int, int]
    portrait: Portrait | None = None  # the client alone, nothing drawn on it


def thumbnail(jpeg: bytes) -> bytes | None:
    """Return a small copy of a JPEG; None where it cannot be read."""
    picture = cv2.imdecode(np.frombuffer(jpeg, dtype=np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        return None
    scale = _THUMBNAIL_PX / picture.shape[0]
    size_px = (max(1, round(picture.shape[1] * scale)), _THUMBNAIL_PX)
    small = cv2.resize(picture, size_px, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes() if done else None


def figure_of(picture: Rgb, shows: str, portrait: Portrait | None = None) -> Figure:
    """Return the picture as a JPEG, and the client alone beside it."""
    bgr = np.ascontiguousarray(picture[:, :, ::-1])
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise ValueError(f"expected a picture that JPEG can hold, got shape {picture.shape}")
    size_px = (picture.shape[1], picture.shape[0])
    return Figure(shows=shows, jpeg=data.tobytes(), size_px=size_px, portrait=portrait)
