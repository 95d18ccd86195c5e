"""Damaged inputs are refused in the program's own words; what once broke a reader is read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import fuzz

KEPT = sorted(path for path in fuzz.FOUND.glob("*/*") if path.is_file())
assert KEPT


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_once_broke_a_reader_is_refused_or_read(path: Path) -> None:
    fuzz.read_again(path.parent.name, path.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_no_damaged_input_breaks_a_reader(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five seconds each, the same inputs every time; tools/fuzz.py goes on for hours."""
    monkeypatch.setattr(fuzz, "FOUND", tmp_path)

    tried, failed = fuzz.run(name, minutes=5 / 60, first=1)

    assert tried > 0
    assert [path.read_bytes() for path in failed] == []


def test_a_reader_that_breaks_is_found_and_its_input_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(data: bytes, _: Path) -> None:
        if b"9" in data:
            raise ZeroDivisionError

    target = fuzz.Target(seeds=lambda: [b"12345678"], read=read)
    monkeypatch.setitem(fuzz.TARGETS, "made", target)
    note, told = tmp_path / "note", tmp_path / "told"

    with pytest.raises(ZeroDivisionError):
        fuzz.try_inputs("made", 5, 1, note, told)  # ends with the first that breaks

    assert b"9" in note.read_bytes()
