"""What kind of file it is shows in its first bytes, whatever it is called."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from posture.video.kinds import HEAD_BYTES, SUFFIXES, kind_of
from tests.video.make import CODECS, CONTAINERS, H264, animated_webp, clip, picture


def head_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [
        ("mp4", "video/mp4"),
        ("mov", "video/quicktime"),
        ("mkv", "video/webm"),
        ("avi", "video/x-msvideo"),
        ("flv", "video/x-flv"),
        ("ts", "video/mp2t"),
        ("m2ts", "video/mp2t"),
    ],
)
def test_a_video_is_known_by_its_contents(suffix: str, media_type: str, tmp_path: Path) -> None:
    kind = kind_of(head_of(clip(tmp_path / f"a.{suffix}", codec=H264)))

    assert kind is not None
    assert kind.media_type == media_type


def test_every_container_that_is_read_is_known(tmp_path: Path) -> None:
    for codec, suffix in (*CONTAINERS.values(), (CODECS["VP9"], "webm")):
        file = clip(tmp_path / f"a.{suffix}", codec=codec)

        assert kind_of(head_of(file)) is not None, suffix
        assert file.suffix in SUFFIXES, suffix


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "webp", "avif", "bmp", "tiff"])
def test_a_picture_is_known_by_its_contents(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"a.{suffix}"
    assert cv2.imwrite(str(file), picture(1))

    kind = kind_of(head_of(file))

    assert kind is not None
    assert kind.media_type.startswith("image/")
    assert file.suffix in SUFFIXES


def test_an_animated_webp_is_a_webp(tmp_path: Path) -> None:
    kind = kind_of(head_of(animated_webp(tmp_path / "a.webp", 3, 50)))

    assert kind is not None
    assert kind.media_type == "image/webp"


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "image/avif"),
        (b"\0\0\0\x18ftypavis\0\0\0\0avifavis", "image/avif"),
    ],
)
def test_a_photo_in_a_videos_container_is_a_photo(head: bytes, media_type: str) -> None:
    kind = kind_of(head)

    assert kind is not None
    assert kind.media_type == media_type


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"x",
        b"Good morning",  # 0x47 is a capital G
        b"#EXTM3U\n/etc/passwd",
        b"BM, said the walker",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"PK\x03\x04",
        b"%PDF-1.7\n",
    ],
)
def test_what_is_neither_video_nor_picture_is_none(head: bytes) -> None:
    assert kind_of(head) is None
