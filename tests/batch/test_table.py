"""The table says the same as CSV and as Parquet, and no cell of it is a formula."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture.batch.clips import Row, named, readable
from posture.batch.rows import FIRST, columns, is_text
from posture.batch.table import header_of, read_table, write_table
from posture.errors import CannotWrite
from posture.measures.doubt import doubt_rows

FORMULAS = ["=1+1.mp4", "+1.mp4", "-1.mp4", "@SUM(A1).mp4", "＝1.mp4", "＋1", "－1", "＠a", "  =1"]  # noqa: RUF001 - wide letters


COMMANDS = Path(__file__).parents[2] / "docs" / "commands.md"


def test_every_column_besides_the_measures_is_told() -> None:
    page = (
        COMMANDS.read_text("utf-8").partition("`batch.csv` holds:")[2].partition("**Addresses**")[0]
    )
    told = set(re.findall(r"`([a-z0-9_.]+)`", page))
    of_measures = tuple(f"{activity.value}.{name}" for activity, name in doubt_rows())
    others = [name for name in columns() if not name.startswith(of_measures)]
    missing = [name for name in others if name not in told and name.partition(".")[0] not in told]

    assert missing == [], f"add to the table of batch.csv in docs/commands.md: {missing}"


def row_of(**cells: str) -> Row:
    return {**dict.fromkeys(columns(), ""), **cells}


def written(rows: list[Row], folder: Path) -> Path:
    table = folder / "batch.csv"
    write_table(rows, table, folder / "batch.parquet")
    return table


def as_parquet(table: Path) -> list[Row]:
    """The rows of the Parquet file, each cell as a text."""
    told = pq.read_table(table.with_suffix(".parquet")).to_pylist()
    return [
        {
            name: "" if cell is None else cell if is_text(name) else repr(cell)
            for name, cell in row.items()
        }
        for row in told
    ]


def with_numbers(rows: list[Row]) -> list[Row]:
    """The rows with each number as Python writes it."""
    return [
        {n: cell if is_text(n) or not cell else repr(float(cell)) for n, cell in row.items()}
        for row in rows
    ]


@pytest.mark.parametrize("name", [*FORMULAS, "\t=1", "'=1", "''", "a;=1+1", 'a",=1', "-", '="a"'])
def test_no_name_is_reckoned_by_a_spreadsheet_and_each_comes_back(
    name: str, tmp_path: Path
) -> None:
    table = written([row_of(file=name, client=name)], tmp_path)

    with table.open(encoding="utf-8", newline="") as file:
        (cells,) = list(csv.DictReader(file))
    assert not cells["file"].lstrip().startswith(tuple("=+-@＝＋－＠"))  # noqa: RUF001
    (line,) = table.read_text("utf-8").splitlines()[1:]
    assert all(part.startswith('"') for part in (line,) if ";" in name)
    assert [row["file"] for row in read_table(table)] == [name]
    assert as_parquet(table)[0]["client"] == name


def test_a_negative_number_stays_a_number(tmp_path: Path) -> None:
    table = written([row_of(file="a", yaw_deg="-12.5")], tmp_path)

    assert ",-12.5," in table.read_text("utf-8")


texts = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)
numbers = st.one_of(
    st.just(""), st.floats(allow_nan=False, allow_infinity=False).map("{:.9g}".format)
)


@settings(max_examples=40)  # each writes two files
@given(st.lists(st.tuples(texts, texts, numbers), max_size=4))
def test_csv_equals_parquet_in_every_cell(cells: list[tuple[str, str, str]]) -> None:
    import tempfile  # noqa: PLC0415 - a folder for each example

    rows = [row_of(file=f"f{a}", client=b, status="ok", yaw_deg=c) for a, b, c in cells]
    with tempfile.TemporaryDirectory() as folder:
        table = written(rows, Path(folder))

        assert read_table(table) == rows
        assert with_numbers(read_table(table)) == as_parquet(table)


def test_a_thousand_rows_and_more_are_written_in_groups(tmp_path: Path) -> None:
    rows = [row_of(file=f"{n:05d}", yaw_deg=str(n)) for n in range(2500)]

    table = written(rows, tmp_path)

    assert [row["file"] for row in as_parquet(table)] == [row["file"] for row in rows]
    assert len(read_table(table)) == 2500


def test_a_table_torn_at_any_byte_is_read_up_to_the_tear(tmp_path: Path) -> None:
    rows = [
        row_of(file=f"前屈、{n}\u3000「右」.mp4", sha256="0" * 64, client="山田, 太郎")
        for n in range(3)
    ]
    whole = written(rows, tmp_path).read_bytes()
    torn = tmp_path / "torn.csv"
    ends = [at for at, byte in enumerate(whole) if byte == ord("\n")]
    for at in range(ends[0] + 1, len(whole) + 1):
        torn.write_bytes(whole[:at])

        assert read_table(torn) == rows[: sum(end < at for end in ends) - 1]


@pytest.mark.parametrize(
    "foreign",
    [
        b"my,own,table\n1,2,3\n",
        b"\xff\xfe\x00",
        b"file\n",
        b"\n",
        "名前,値\n".encode(),
        b"x" * 5000,
    ],
)
def test_what_is_not_a_table_of_ours_is_told_apart(foreign: bytes, tmp_path: Path) -> None:
    table = tmp_path / "batch.csv"
    table.write_bytes(foreign)

    with pytest.raises(CannotWrite, match="batch_not_ours"):
        header_of(table)


def test_a_table_that_excel_saved_is_still_ours(tmp_path: Path) -> None:
    table = written([row_of(file="立位.mp4", sha256="0" * 64)], tmp_path)
    table.write_bytes(b"\xef\xbb\xbf" + table.read_bytes().replace(b"\n", b"\r\n"))

    assert header_of(table) == columns()
    assert [row["file"] for row in read_table(table)] == ["立位.mp4"]


def test_a_table_of_another_version_is_ours(tmp_path: Path) -> None:
    table = tmp_path / "batch.csv"
    table.write_text(",".join([*FIRST, "other", "columns"]) + "\n", "utf-8")

    assert header_of(table) == (*FIRST, "other", "columns")
    assert header_of(tmp_path / "none.csv") is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("立位 1.mp4", "立位 1.mp4"),
        ("a\nb.mp4", "a\\nb.mp4"),
        ("a\r\tb", "a\\r\\tb"),
        ("caf\udce9.mp4", "caf\\xe9.mp4"),
        ("gpj\u202e4pm", "gpj\\u202e4pm"),
        ("a\u2028b\x85c\0", "a\\u2028b\\x85c\\x00"),
        ("👩\u200d👧.mp4", "👩\u200d👧.mp4"),
        ("\u3000全角", "\u3000全角"),
    ],
)
def test_a_name_stands_in_one_line_of_real_text(name: str, shown: str) -> None:
    assert readable(name) == shown
    readable(name).encode("utf-8")


def test_clips_are_called_by_what_they_all_lie_in_and_named_once() -> None:
    clips = named(["/a/b/1.mp4", "/a/c/1.mp4", "/a/b/../b/1.mp4", "s3://bucket/x/1.mp4"])

    assert [clip.name for clip in clips] == ["b/1.mp4", "c/1.mp4", "bucket/x/1.mp4"]
