"""Single pictures of a clip with the findings drawn on them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from posture.types import Rgb

_QUALITY = 86  # of JPEG; letters stay clean, a picture is about 100 kB


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture ready to be put on a page."""

    shows: str  # a code of the words' table `ui`
    jpeg: bytes
    size_px: tuple[int, int]


def figure_of(picture: Rgb, shows: str) -> Figure:
    """Return the picture as a JPEG."""
    bgr = np.ascontiguousarray(picture[:, :, ::-1])
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise ValueError(f"expected a picture that JPEG can hold, got shape {picture.shape}")
    return Figure(shows=shows, jpeg=data.tobytes(), size_px=(picture.shape[1], picture.shape[0]))
