"""A table as any spreadsheet writes it: its rows, its numbers, its headings."""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from posture.errors import BadSettings
from posture.outputs.words import LANGUAGES, load_words
from posture.types import Reason

_LARGEST_BYTES = 50_000_000  # ours; a row is some 100 bytes
ALIKE = 0.75  # ours; "hieght_cm" is height_cm, "notes" is nothing that is known
_JAPANESE = re.compile(r"[ぁ-んァ-ヶー一-龠]{2}")


def records(path: Path) -> Iterator[list[str]]:
    """Yield the rows of cells of a table, whatever spreadsheet wrote it.

    UTF-8 with or without a mark, UTF-16, Japanese Excel's code page or the Western one; commas,
    semicolons or tabs.

    Raises
    ------
    BadSettings
        It cannot be read, or is no table of text.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_BYTES + 1)
    except OSError as trouble:
        why = trouble.strerror or type(trouble).__name__
        raise BadSettings("sheet_unreadable", path=str(path), why=why) from trouble
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadSettings("sheet_workbook", path=str(path))
    text = _text(raw)
    if text is None or "\0" in text or len(raw) > _LARGEST_BYTES:
        raise BadSettings("sheet_no_text", path=str(path))
    head = text.lstrip("\r\n").partition("\n")[0]
    between = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    try:
        yield from reader
    except csv.Error as trouble:
        raise BadSettings("sheet_quotes", path=str(path), row=reader.line_num) from trouble


def _text(raw: bytes) -> str | None:
    """Return a file's text; None where it is none.

    Bytes of Western letters can be read as Japanese ones, but then hardly two of them in a row.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(raw, "utf-16")
    if (text := _decoded(raw, "utf-8-sig")) is not None:
        return text
    text = _decoded(raw, "cp932")
    if text is not None and _JAPANESE.search(text):
        return text
    return _decoded(raw, "cp1252") or text


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def number_of(cell: str) -> float:
    """Return a number as people write it: 172.5, 172,5 or in letters of full width; NaN = none."""
    text = unicodedata.normalize("NFKC", cell).strip()
    if re.fullmatch(r"[-+]?\d+,\d+", text):
        text = text.replace(",", ".")
    if not re.fullmatch(r"[-+]?\d+(\.\d*)?|[-+]?\.\d+", text, re.ASCII):
        return math.nan
    return float(text)


def folded(text: str) -> str:
    """Return a heading as it is compared: without case, marks and width of letters."""
    return re.sub(r"[\s_()\[\]-]+", "", unicodedata.normalize("NFKC", text).casefold())


def named(columns: Sequence[str], table: str) -> Mapping[str, str]:
    """Return each column by every name that it may have: its own, and any language's in `table`."""
    return {
        folded(name): column
        for column in columns
        for language in LANGUAGES
        for name in (column, *load_words(language).of(table, column).split("|"))
    }


def header(
    path: Path, cells: Sequence[str], by_name: Mapping[str, str], columns: Sequence[str]
) -> tuple[list[str], list[Reason], list[Reason]]:
    """Return the columns' names, empty for one that is not used, with faults and notes."""
    names: list[str] = []
    faults: list[Reason] = []
    unknown: list[str] = []
    for cell in cells:
        written = cell.strip()
        name = by_name.get(folded(written), "")
        there = {"path": str(path), "column": written}
        if name and name in names:
            faults.append(Reason("sheet_column_twice", there))
        elif not name and written:
            if meant := difflib.get_close_matches(folded(written), columns, 1, ALIKE):
                faults.append(Reason("sheet_column_typo", {**there, "meant": meant[0]}))
            else:
                unknown.append(written)
        names.append(name)
    left = {"path": str(path), "columns": ", ".join(unknown), "known": ", ".join(columns)}
    return names, faults, [Reason("sheet_unknown_columns", left)] if unknown else []
