"""Every angle over time as CSV, Parquet, and tables of pyarrow and pandas."""

from __future__ import annotations

import csv
import math
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posture.distribution import PANDAS, PARQUET
from posture.errors import MissingLibrary
from posture.exports.courses import COLUMNS, NUMBERS, courses
from posture.libraries import install_command
from posture.types import Analysis

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def require(module: str, packages: tuple[str, ...]) -> None:
    """Fail where a package is not installed, with the line that brings it.

    Raises
    ------
    MissingLibrary
        It is not.
    """
    if find_spec(module) is None:
        raise MissingLibrary(
            "export_package", package=packages[0], command=install_command(*packages)
        )


def write_csv(analysis: Analysis, path: Path) -> None:
    """Write all rows; nine digits, empty where unknown."""
    found = courses(analysis)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for course in found:
            writer.writerows([cell(value) for value in row] for row in course.rows())


def cell(value: float | str) -> str:
    """Return a cell of a CSV file."""
    if isinstance(value, str):
        return value
    return f"{value:.9g}" if math.isfinite(value) else ""


def write_parquet(analysis: Analysis, path: Path) -> None:
    """Write all rows, every digit; null where unknown."""
    table = arrow(analysis)
    import pyarrow.parquet as pq  # noqa: PLC0415 - may be missing, and takes long

    pq.write_table(table, path)


def arrow(analysis: Analysis) -> pa.Table:
    """Return every angle over time as a table of pyarrow; null where unknown.

    Raises
    ------
    MissingLibrary
        pyarrow is not installed.
    UnusableClip
        The analysis has no signals.
    """
    require("pyarrow", PARQUET)
    import pyarrow as pa  # noqa: PLC0415 - may be missing, and takes long

    kinds = {name: pa.float64() if name in NUMBERS else pa.string() for name in COLUMNS}
    return pa.table(
        {
            name: pa.array(values, kinds[name], from_pandas=True)
            for name, values in _columns(analysis).items()
        }
    )


def pandas_frame(analysis: Analysis) -> pd.DataFrame:
    """Return every angle over time as a table of pandas; NaN and None where unknown.

    Raises
    ------
    MissingLibrary
        pandas is not installed.
    UnusableClip
        The analysis has no signals.
    """
    require("pandas", PANDAS)
    import pandas as pd  # noqa: PLC0415 - may be missing, and takes long

    return pd.DataFrame(_columns(analysis))


def _columns(analysis: Analysis) -> dict[str, list[Any]]:
    """Return the rows by column; NaN for a number, None for a text that is not known."""
    rows = [row for course in courses(analysis) for row in course.rows()]
    columns = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    for name in set(COLUMNS) - NUMBERS:
        columns[name] = [one or None for one in columns[name]]
    return columns
