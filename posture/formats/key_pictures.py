"""The key pictures of a clip: key-<number>-<what it shows>.jpg, in the order of the clip.

Beside each one lies the client alone, portrait-<number>-<what it shows>.jpg, nothing drawn on it,
and as .json where the back line runs, so that a report draws it by what the whole visit says.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path

from posture import received
from posture.files import whole_file, write_text
from posture.outputs.figures import Figure
from posture.outputs.portrait import Portrait
from posture.outputs.why import KeyFrame
from posture.types import Link, Side
from posture.video.still import jpeg_size

_NAME = re.compile(r"key-(\d+)-(\w+)\.jpg")
_JPEG = "data:image/jpeg;base64,"


def save_key_pictures(folder: Path, figures: Sequence[Figure]) -> None:
    """Write the key pictures of a clip, in place of those of an earlier analysis."""
    for path, _, _ in _named(folder):
        path.unlink(missing_ok=True)
    for path in folder.glob("portrait-*.j*"):
        path.unlink(missing_ok=True)
    for number, figure in enumerate(figures, start=1):
        name = f"{number}-{figure.shows}"
        with whole_file(folder / f"key-{name}.jpg") as part:
            part.write_bytes(figure.jpeg)
        if figure.portrait is not None:
            with whole_file(folder / f"portrait-{name}.jpg") as part:
                part.write_bytes(figure.portrait.jpeg)
            write_text(folder / f"portrait-{name}.json", _portrait_json(figure.portrait))


def _portrait_json(portrait: Portrait) -> str:
    told = {
        "body_px": round(portrait.body_px, 1),
        "side": portrait.side.value,
        "line": {link.value: path for link, path in portrait.line.items()},
        "ruler": portrait.ruler,
    }
    return json.dumps(told, allow_nan=False)


def _portrait(jpeg: Path) -> Portrait | None:
    """Read a portrait; None where there is none, or nothing that can be read."""
    try:
        told = received.parsed(jpeg.with_suffix(".json").read_bytes())
        size_px = jpeg_size(picture := jpeg.read_bytes())
        if not isinstance(told, dict) or size_px is None:
            return None
        return Portrait(
            jpeg=picture,
            size_px=size_px,
            body_px=_px(told["body_px"]),
            side=Side(told["side"]),
            line={Link(link): _points(path) for link, path in told["line"].items()},
            ruler=_points(told["ruler"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _points(path: Sequence[Sequence[object]]) -> tuple[tuple[float, float], ...]:
    return tuple((_px(x), _px(y)) for x, y in path)


def _px(value: object) -> float:
    found = received.number(value, -_FARTHEST_PX, _FARTHEST_PX)
    if found is None:
        raise ValueError(f"expected a place in px, got {value!r}")
    return found


_FARTHEST_PX = 1e5  # ours; beyond any picture


def load_key_pictures(folder: Path) -> tuple[KeyFrame, ...]:
    """Read the key pictures of a clip; version 0.1 kept them nowhere but in its report."""
    found = tuple(
        KeyFrame(
            jpeg=jpeg,
            caption="",
            size_px=jpeg_size(jpeg),
            shows=shows,
            portrait=_portrait(folder / f"portrait-{number}-{shows}.jpg"),
        )
        for jpeg, number, shows in (
            (path.read_bytes(), number, shows) for path, number, shows in _named(folder)
        )
    )
    return found or tuple(_in_report(folder / "report.html"))


def _named(folder: Path) -> list[tuple[Path, int, str]]:
    """Return the key pictures in a folder in order: path, number, what it shows."""
    found = [(path, _NAME.fullmatch(path.name)) for path in folder.glob("key-*.jpg")]
    rows = [(path, int(name[1]), name[2]) for path, name in found if name is not None]
    return sorted(rows, key=lambda row: row[1])


def _in_report(report: Path) -> Iterator[KeyFrame]:
    if not report.is_file():
        return
    reader = _Pictures()
    reader.feed(report.read_text("utf-8"))
    yield from reader.found


class _Pictures(HTMLParser):
    """Reads the JPEG pictures that stand in a page itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[KeyFrame] = []  # of one clip

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a picture with what it shows."""
        given = dict(attrs)
        source = given.get("src") or ""
        if tag != "img" or not source.startswith(_JPEG) or given.get("class") == "thumb":
            return
        with suppress(binascii.Error):
            jpeg = base64.b64decode(source.removeprefix(_JPEG), validate=True)
            self.found.append(
                KeyFrame(
                    jpeg=jpeg,
                    caption=given.get("alt") or "",
                    size_px=_size(given),
                    shows=given.get("data-shows") or "",
                )
            )


def _size(given: Mapping[str, str | None]) -> tuple[int, int] | None:
    width, height = given.get("width") or "", given.get("height") or ""
    return (int(width), int(height)) if width.isdecimal() and height.isdecimal() else None
