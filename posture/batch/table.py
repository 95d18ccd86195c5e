"""The table of a batch as CSV and as Parquet, equal in every cell; and back."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from posture.batch.clips import Row
from posture.batch.rows import FIRST, columns, is_text
from posture.errors import CannotWrite
from posture.files import explained, whole_file

if TYPE_CHECKING:
    import pyarrow as pa

# With one of these at the front a spreadsheet reckons a cell instead of showing it; in Japanese
# also with the wide ones. The apostrophe, which says "text" to it, is told apart by a second one.
_RUN = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'")
_QUOTED = frozenset(',";\n\r\t')  # ; is what parts cells in half of Europe
_BOM = b"\xef\xbb\xbf"  # which Excel puts before what it saves
_GROUP = 1000  # rows; so many are held at once


def has_parquet() -> bool:
    """Whether pyarrow, a fifth of the whole program, is installed."""
    return find_spec("pyarrow") is not None


def write_table(rows: Iterable[Row], table: Path, parquet: Path | None) -> None:
    """Write the rows as CSV and, unless it is None, as Parquet; each whole or not at all.

    Raises
    ------
    CannotWrite
        Disk full, no permission, open in another program.
    """
    with whole_file(table) as part:
        if parquet is None:
            with part.open("w", encoding="utf-8", newline="") as file:
                _write_csv(rows, file)
            return
        with whole_file(parquet) as beside, part.open("w", encoding="utf-8", newline="") as file:
            _write_both(rows, file, beside)


def _write_csv(rows: Iterable[Row], file: io.TextIOBase) -> None:
    names = columns()
    texts = [is_text(name) for name in names]
    file.write(",".join(names) + "\n")
    file.writelines(
        ",".join(
            _cell(row[name]) if text else row[name] for name, text in zip(names, texts, strict=True)
        )
        + "\n"
        for row in rows
    )


def _write_both(rows: Iterable[Row], file: io.TextIOBase, parquet: Path) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415 - may be missing, and takes long

    with pq.ParquetWriter(parquet, _schema()) as writer:

        def passed() -> Iterator[Row]:
            kept = iter(rows)
            while group := list(itertools.islice(kept, _GROUP)):
                writer.write_table(_arrow(group))
                yield from group

        _write_csv(passed(), file)


def _cell(text: str) -> str:
    """Return a text as a cell of a CSV file."""
    text = harmless(text)
    if _QUOTED.isdisjoint(text):
        return text
    return '"{}"'.format(text.replace('"', '""'))


def harmless(text: str) -> str:
    """Return a text that a spreadsheet shows, and does not run."""
    return f"'{text}" if text.lstrip().startswith(_RUN) else text


def _schema() -> pa.Schema:
    import pyarrow as pa  # noqa: PLC0415 - as above

    kinds = {True: pa.string(), False: pa.float64()}
    return pa.schema([(name, kinds[is_text(name)]) for name in columns()])


def _arrow(rows: Sequence[Row]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - as above

    arrays = []
    for name in columns():
        cells = [row[name] for row in rows]
        if is_text(name):
            arrays.append(pa.array([cell or None for cell in cells], pa.string()))
        else:
            arrays.append(pa.array([float(cell) if cell else None for cell in cells], pa.float64()))
    return pa.table(arrays, schema=_schema())


def header_of(table: Path) -> tuple[str, ...] | None:
    """Return the column names of a table of ours, of this or another version.

    None where there is no table, or an empty file.

    Raises
    ------
    CannotWrite
        It is somebody else's.
    """
    with explained(table):
        if not table.exists() or (table.is_file() and not table.stat().st_size):
            return None
        with table.open("rb") as file:
            first = file.readline(1 << 20)
    if not first.endswith(b"\n") and ",".join(columns()).encode().startswith(first):
        return None  # a heading of ours that was cut off
    names = tuple(
        first.removeprefix(_BOM).decode("utf-8", "surrogateescape").rstrip("\r\n").split(",")
    )
    if names[: len(FIRST)] != FIRST:
        raise CannotWrite("batch_not_ours", path=str(table))
    return names


def refuse_foreign_parquet(parquet: Path) -> None:
    """Refuse to write over a Parquet file that is not a table of this program.

    Raises
    ------
    CannotWrite
        It is not one.
    """
    if not parquet.exists():
        return
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    try:
        names = pq.read_schema(parquet).names
    except (pa.ArrowException, OSError):
        names = []
    if tuple(names[: len(FIRST)]) != FIRST:
        raise CannotWrite("batch_not_ours", path=str(parquet))


def read_table(table: Path) -> list[Row]:
    """Return the rows of a table with the columns of this version; torn ones are left out.

    Raises
    ------
    CannotWrite
        It cannot be read.
    """
    with explained(table):
        read = table.read_bytes().removeprefix(_BOM)
    whole = read[: read.rfind(b"\n") + 1].decode("utf-8", "backslashreplace")
    names = columns()
    texts = [is_text(name) for name in names]
    rows: list[Row] = []
    try:
        for cells in itertools.islice(csv.reader(io.StringIO(whole, newline="")), 1, None):
            if len(cells) == len(names):
                told = zip(names, cells, texts, strict=True)
                rows.append({name: _plain(cell) if text else cell for name, cell, text in told})
    except csv.Error:  # a quote that the tear left open: nothing behind it can be read
        return rows
    return rows


def _plain(cell: str) -> str:
    return cell.removeprefix("'")
