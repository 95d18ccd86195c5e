"""A logo is made small and plain, and what is none is refused before it is unpacked."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest

from posture.errors import UnusableClip
from posture.outputs.logo import scaled_logo


def png(picture: np.ndarray) -> bytes:
    done, data = cv2.imencode(".png", picture)
    assert done
    return data.tobytes()


def back(data: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return np.asarray(picture)


def test_a_large_logo_is_scaled_and_keeps_its_shape() -> None:
    made = back(scaled_logo(png(np.full((1000, 2000, 3), 90, np.uint8))))

    assert made.shape == (300, 600, 3)


def test_what_lets_the_ground_through_is_white_on_paper() -> None:
    clear = np.zeros((20, 40, 4), np.uint8)
    clear[:, :20] = (10, 20, 200, 255)

    made = back(scaled_logo(png(clear)))

    assert made[10, 30].tolist() == [255, 255, 255]
    assert made[10, 5].tolist() == [10, 20, 200]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_grey_logos_are_taken(kind: type) -> None:
    grey: np.ndarray = np.full((20, 40), np.iinfo(kind).max // 2, kind)

    assert back(scaled_logo(png(grey)))[0, 0].tolist() == [127, 127, 127]


def test_a_jpeg_is_taken_and_nothing_else_of_the_file_stays() -> None:
    done, data = cv2.imencode(".jpg", np.full((20, 40, 3), 90, np.uint8))
    assert done

    made = scaled_logo(data.tobytes() + b"<script>alert(1)</script>")

    assert made.startswith(b"\x89PNG")
    assert b"script" not in made


XML = b'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE plist>'  # Photoshop writes it for printing


def with_xml(kind: str) -> bytes:
    """A picture whose drawing program left XML before its points."""
    done, made = cv2.imencode(kind, np.full((20, 40, 3), 90, np.uint8))
    assert done
    data = made.tobytes()
    if kind == ".jpg":
        return data[:2] + b"\xff\xed" + struct.pack(">H", len(XML) + 2) + XML + data[2:]
    part = b"tEXtSoftware\0" + XML
    whole = struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
    return data[:33] + whole + data[33:]  # behind the signature and IHDR


@pytest.mark.parametrize("kind", [".jpg", ".png"])
def test_a_picture_that_carries_xml_is_a_picture(kind: str) -> None:
    given = with_xml(kind)

    made = scaled_logo(given)

    assert XML in given
    assert back(made).shape == (20, 40, 3)
    assert b"plist" not in made
    with pytest.raises(UnusableClip) as told:
        scaled_logo(XML + b"<svg/>")
    assert told.value.reason.code == "logo_svg"


def bomb(side: int) -> bytes:
    """A PNG of some bytes that says it is so large."""
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            struct.pack(">I", 13) + b"IHDR" + head,
            struct.pack(">I", zlib.crc32(b"IHDR" + head)),
        ]
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "logo_svg"),
        (b'<?xml version="1.0"?><!-- x --><SVG onload="alert(1)"/>', "logo_svg"),
        (b"GIF89a", "logo_no_picture"),
        (b"", "logo_no_picture"),
        (b"\xff\xd8\xff\xe0 no picture", "logo_no_picture"),
        (bomb(100), "logo_no_picture"),  # cut off after its head
        (bomb(50_000), "logo_too_many_pixels"),
        (bomb(2**31), "logo_too_many_pixels"),
    ],
)
def test_what_is_no_logo_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(UnusableClip, match=f"^{code}"):
        scaled_logo(data)
