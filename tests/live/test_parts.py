"""A recording in pieces: order, size, room, and nothing half-written."""

from __future__ import annotations

import errno
import hashlib
import io
from pathlib import Path

import pytest

from posture.live.errors import LiveTrouble, OutOfOrder
from posture.live.parts import Parts


def parts(folder: Path, limit_bytes: int = 1 << 20, reserve_bytes: int = 0) -> Parts:
    return Parts(folder / "a.part", limit_bytes=limit_bytes, reserve_bytes=reserve_bytes)


def test_pieces_in_order_are_the_file(tmp_path: Path) -> None:
    one = parts(tmp_path)

    numbers = [one.add(0, b"abc"), one.add(1, b"def")]
    one.finish(2)

    assert numbers == [1, 2]
    assert one.path.read_bytes() == b"abcdef"
    assert one.sha256 == hashlib.sha256(b"abcdef").hexdigest()


def test_a_piece_sent_again_is_not_written_again(tmp_path: Path) -> None:
    one = parts(tmp_path)
    one.add(0, b"abc")

    assert one.add(0, b"abc") == 1
    assert one.path.read_bytes() == b"abc"


def test_a_piece_too_early_names_the_one_that_is_missing(tmp_path: Path) -> None:
    one = parts(tmp_path)
    one.add(0, b"abc")

    with pytest.raises(OutOfOrder, match="wanted=1") as told:
        one.add(2, b"ghi")

    assert told.value.wanted == 1
    with pytest.raises(OutOfOrder, match="wanted=1"):
        one.finish(2)


def test_no_more_is_taken_than_the_limit(tmp_path: Path) -> None:
    one = parts(tmp_path, limit_bytes=5)
    one.add(0, b"abc")

    with pytest.raises(LiveTrouble, match="live_recording_too_large"):
        one.add(1, b"def")
    assert one.path.read_bytes() == b"abc"


def test_a_disk_without_room_is_said_before_it_is_full(tmp_path: Path) -> None:
    with pytest.raises(LiveTrouble, match="disk_full"):
        parts(tmp_path, reserve_bytes=1 << 60).add(0, b"abc")
    assert not (tmp_path / "a.part").exists()


def test_a_disk_that_fills_up_leaves_no_half_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = parts(tmp_path)
    one.add(0, b"abc")

    class Full(io.FileIO):
        def write(self, _data: object) -> int:
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "open", lambda path, mode, **_: Full(path, mode.replace("b", "")))
    with pytest.raises(LiveTrouble, match="disk_full"):
        one.add(1, b"def")
    monkeypatch.undo()

    assert one.add(1, b"xyz") == 2
    assert one.path.read_bytes() == b"abcxyz"


def test_nothing_at_all_is_no_recording(tmp_path: Path) -> None:
    one = parts(tmp_path)

    with pytest.raises(LiveTrouble, match="live_chunk_empty"):
        one.add(0, b"")
    with pytest.raises(LiveTrouble, match="live_chunk_empty"):
        one.finish(0)


def test_what_is_dropped_is_gone(tmp_path: Path) -> None:
    one = parts(tmp_path)
    one.add(0, b"abc")

    one.drop()

    assert not one.path.exists()
