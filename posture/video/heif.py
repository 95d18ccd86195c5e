"""A photo that is stored in tiles, as iPhones do: FFmpeg hands out the tiles, one by one."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from posture.types import Rgb

# The boxes of ISO/IEC 23008-12 (HEIF) that say how a photo is put together; inside of `meta`.
_HEAD = 8  # bytes of a box before what it holds: length and name
_LONG_HEAD = 16  # where the length takes eight bytes of its own
_FULL = 4  # bytes of version and flags, in most boxes first
_MOST_BYTES = 1 << 22  # ours; what a phone writes there is some thousand bytes
_MOST_TILES = 1024  # ours; a phone's photo has 48 to 192


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """How tiles become a photo: laid out by rows, cut to size, then turned and mirrored."""

    tiles: tuple[int, ...]  # numbers of the items, row by row
    columns: int
    size_px: tuple[int, int]  # width, height before it is turned
    turns: tuple[str, ...]  # in order: "left" by a quarter, "mirror" left-right or "flip" up-down

    @property
    def shown_px(self) -> tuple[int, int]:
        """Width and height as shown."""
        width, height = self.size_px
        return (height, width) if self.turns.count("left") % 2 else (width, height)


def grid_of(path: Path) -> Grid | None:
    """Return how a HEIC or AVIF photo is put together from tiles; None where it is in one piece.

    Raises
    ------
    ValueError
        It is in tiles, and how they belong together cannot be read.
    """
    meta = _meta(path)
    try:
        return None if meta is None else _grid(path, meta)
    except (struct.error, LookupError, OverflowError) as trouble:
        raise ValueError(f"{path.name}: expected a grid of tiles") from trouble


def read_grid(path: Path, grid: Grid) -> Rgb | None:
    """Return the photo, or None where a tile is damaged or missing."""
    tiles: dict[int, Rgb] = {}
    # this file and no other, whatever it says; notes that are not UTF-8 do not matter
    only = {"protocol_whitelist": "file", "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2"}
    with av.open(str(path.absolute()), options=only, metadata_errors="replace") as opened:
        wanted = [stream for stream in opened.streams.video if stream.id in set(grid.tiles)]
        for packet in opened.demux(*wanted):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    rgb = np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
                    tiles.setdefault(packet.stream.id, rgb)
    if set(grid.tiles) - tiles.keys():
        return None
    return _put_together([tiles[number] for number in grid.tiles], grid)


def _put_together(tiles: Sequence[Rgb], grid: Grid) -> Rgb | None:
    if len({tile.shape for tile in tiles}) != 1:
        return None
    rows = [np.hstack(tiles[at : at + grid.columns]) for at in range(0, len(tiles), grid.columns)]
    width, height = grid.size_px
    photo: NDArray[np.uint8] = np.vstack(rows)[:height, :width]
    if photo.shape[:2] != (height, width):
        return None
    for turn in grid.turns:
        photo = {
            "left": np.rot90(photo),
            "mirror": photo[:, ::-1],
            "flip": photo[::-1],
        }[turn]
    return np.ascontiguousarray(photo, dtype=np.uint8)


def _meta(path: Path) -> bytes | None:
    """Return what the file's `meta` box holds, without reading the pictures."""
    with path.open("rb") as file:
        size = path.stat().st_size
        at = 0
        while at + _HEAD <= size:
            file.seek(at)
            head = file.read(_LONG_HEAD)
            length, name = int.from_bytes(head[:4], "big"), head[4:8]
            start = _HEAD
            if length == 1:
                length, start = int.from_bytes(head[8:16], "big"), _LONG_HEAD
            if name == b"meta" and start <= length <= _MOST_BYTES:
                file.seek(at + start + _FULL)
                return file.read(length - start - _FULL)
            if length < start:
                return None
            at += length
    return None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and contents of the boxes that lie behind each other."""
    at = 0
    while at + _HEAD <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if length < _HEAD:
            return
        yield data[at + 4 : at + 8], data[at + _HEAD : at + length]
        at += length


def _grid(path: Path, meta: bytes) -> Grid | None:
    found = dict(_boxes(meta))
    if b"pitm" not in found or b"iinf" not in found:
        return None
    primary = _number(found[b"pitm"], _FULL, 4 if found[b"pitm"][0] else 2)
    if _kinds(found[b"iinf"]).get(primary) != b"grid":
        return None
    payload = _payload(path, found, primary)
    rows, columns = payload[2] + 1, payload[3] + 1
    wide = 4 if payload[1] & 1 else 2
    size_px = _number(payload, 4, wide), _number(payload, 4 + wide, wide)
    tiles = _parts(found[b"iref"])[primary]
    if len(tiles) != rows * columns or len(tiles) > _MOST_TILES:
        raise LookupError("tiles")
    return Grid(
        tiles=tiles, columns=columns, size_px=size_px, turns=_turns(found[b"iprp"], primary)
    )


def _number(data: bytes, at: int, length: int) -> int:
    if at + length > len(data):
        raise IndexError(at)
    return int.from_bytes(data[at : at + length], "big")


def _kinds(iinf: bytes) -> Mapping[int, bytes]:
    """Return what each item is: `grid`, `hvc1`, `Exif` ..."""
    start = _FULL + (4 if iinf[0] else 2)
    kinds = {}
    for name, infe in _boxes(iinf[start:]):
        if name == b"infe" and infe[0] >= 2:  # noqa: PLR2004 - versions before it name no kind
            wide = 2 if infe[0] == 2 else 4  # noqa: PLR2004
            kinds[_number(infe, _FULL, wide)] = infe[_FULL + wide + 2 : _FULL + wide + 6]
    return kinds


def _parts(iref: bytes) -> Mapping[int, tuple[int, ...]]:
    """Return the items that each derived picture is made of, in order."""
    wide = 4 if iref[0] else 2
    parts = {}
    for name, refs in _boxes(iref[_FULL:]):
        if name == b"dimg":
            count = _number(refs, wide, 2)
            first = wide + 2
            parts[_number(refs, 0, wide)] = tuple(
                _number(refs, first + wide * place, wide) for place in range(count)
            )
    return parts


def _turns(iprp: bytes, item: int) -> tuple[str, ...]:
    """Return how a picture is to be turned and mirrored, in the order in which that is done."""
    boxes = dict(_boxes(iprp))
    properties = list(_boxes(boxes[b"ipco"]))
    turns: list[str] = []
    for index in _properties_of(boxes[b"ipma"], item):
        name, held = properties[index - 1]
        if name == b"irot":
            turns += ["left"] * (held[0] & 3)
        elif name == b"imir":
            turns.append("mirror" if held[0] & 1 else "flip")
    return tuple(turns)


def _properties_of(ipma: bytes, item: int) -> list[int]:
    wide, index_wide = 4 if ipma[0] else 2, 2 if ipma[3] & 1 else 1
    at = _FULL + 4
    for _ in range(_number(ipma, _FULL, 4)):
        number, count = _number(ipma, at, wide), ipma[at + wide]
        at += wide + 1
        if number == item:
            mask = (1 << (8 * index_wide - 1)) - 1  # the first bit says that it must be heeded
            return [
                index
                for place in range(count)
                if (index := _number(ipma, at + index_wide * place, index_wide) & mask)
            ]
        at += index_wide * count
    return []


def _payload(path: Path, meta: Mapping[bytes, bytes], item: int) -> bytes:
    """Return the few bytes that an item itself holds."""
    iloc = meta[b"iloc"]
    version = iloc[0]
    offset_wide, length_wide = iloc[_FULL] >> 4, iloc[_FULL] & 15
    base_wide, index_wide = iloc[_FULL + 1] >> 4, iloc[_FULL + 1] & 15 if version else 0
    number_wide = 4 if version > 1 else 2
    count = _number(iloc, _FULL + 2, number_wide)
    at = _FULL + 2 + number_wide
    for _ in range(count):
        number = _number(iloc, at, number_wide)
        at += number_wide
        within = _number(iloc, at, 2) & 15 if version else 0  # 0 the file, 1 `idat`
        at += (2 if version else 0) + 2
        base = _number(iloc, at, base_wide)
        at += base_wide
        extents = _number(iloc, at, 2)
        at += 2
        for _ in range(extents):
            offset = base + _number(iloc, at + index_wide, offset_wide)
            length = _number(iloc, at + index_wide + offset_wide, length_wide)
            at += index_wide + offset_wide + length_wide
            if number == item:
                return _bytes_at(path, meta, within, offset, min(length, 32))
    raise LookupError("payload")


def _bytes_at(
    path: Path, meta: Mapping[bytes, bytes], within: int, offset: int, length: int
) -> bytes:
    if within == 1:
        return meta[b"idat"][offset : offset + length]
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)
