"""The printed sheet as a file: its size in millimetres; what is printed is what is read."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from posture.cli import main
from posture.footage.sheet import PAGE_CORNERS, printed, sheet_in
from posture.outputs.marker import marker_pdf
from posture.outputs.words import LANGUAGES, load_words
from posture.types import Floats

MM = 72 / 25.4


def pages(pdf: bytes) -> list[str]:
    """The drawing commands of every page."""
    return [
        zlib.decompress(packed).decode("ascii")
        for packed in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    ]


def boxes_mm(page: str) -> Floats:
    """Every box: left, top, width, height."""
    found = re.findall(r"([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+) re f", page)
    rows = np.array(found, dtype=np.float64) / MM
    return np.column_stack([rows[:, 0], 297 - rows[:, 1] - rows[:, 3], rows[:, 2], rows[:, 3]])


def drawn(page: str, px_per_mm: int) -> NDArray[np.uint8]:
    """The page as a printer puts its boxes down."""
    sheet = np.full((297 * px_per_mm, 210 * px_per_mm), 255, dtype=np.uint8)
    for left, top, wide, tall in boxes_mm(page) * px_per_mm:
        sheet[round(top) : round(top + tall), round(left) : round(left + wide)] = 0
    return sheet


def test_it_is_a4_and_a_viewer_begins_with_no_scaling() -> None:
    pdf = marker_pdf()
    sizes = [
        tuple(float(v) / MM for v in size)
        for size in re.findall(rb"MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    ]

    assert sizes == [pytest.approx((210.0, 297.0), abs=1e-3)] * 2
    assert b"/PrintScaling /None" in pdf
    assert pdf.startswith(b"%PDF-1.")
    assert pdf.endswith(b"%%EOF\n")


def test_its_places_are_where_its_table_says() -> None:
    pdf = marker_pdf()
    start = int(re.findall(rb"startxref\n(\d+)", pdf)[0])
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n", pdf)]

    assert pdf[start:].startswith(b"xref\n")
    for number, place in enumerate(places, start=1):
        assert pdf[place:].startswith(f"{number} 0 obj\n".encode())


def test_the_line_to_be_measured_is_100_mm_long() -> None:
    boxes = boxes_mm(pages(marker_pdf())[0])
    lines = boxes[(boxes[:, 3] < 1) & (boxes[:, 2] > 50)]

    assert lines[:, 2] == pytest.approx([100.0], abs=1e-3)
    ends = boxes[(boxes[:, 2] < 1) & (boxes[:, 3] > 4)]
    assert ends[:, 0].min() == pytest.approx(lines[0, 0], abs=1e-3)
    assert (ends[:, 0] + ends[:, 2]).max() == pytest.approx(lines[0, 0] + 100.0, abs=1e-3)


def test_what_is_printed_is_what_is_read() -> None:
    page = drawn(pages(marker_pdf())[0], 4)
    about = np.full((1600, 1200), 128, dtype=np.uint8)
    about[200 : 200 + page.shape[0], 150 : 150 + page.shape[1]] = page
    look = sheet_in(np.repeat(about[..., None], 3, axis=2))

    assert look is not None
    assert look.trouble() is None
    assert look.corners_px == pytest.approx(PAGE_CORNERS * 4 + (150, 200), abs=2.0)


def test_file_and_template_are_one_pattern() -> None:
    page = drawn(pages(marker_pdf())[0], 4)[: 270 * 4]
    template = printed(4.0, page=True)[: 270 * 4]

    assert (page != template).mean() < 0.005  # a cell's edge may fall between two pixels


def test_all_of_it_lies_on_the_page() -> None:
    for page in pages(marker_pdf()):
        places = np.array(re.findall(r"([-\d.]+) ([-\d.]+) [ml]", page), dtype=float) / MM
        assert places.min() > 2.0  # what printers leave out at the edge is under 5 mm
        assert (places[:, 0] < 210 - 5).all()
        assert (places[:, 1] < 297 - 5).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_writes_it_and_says_what_to_do(language: str, tmp_path: Path) -> None:
    out = tmp_path / "sheet.pdf"
    result = CliRunner().invoke(main, ["marker", "--pdf", str(out), "--lang", language])

    assert result.exit_code == 0
    assert out.read_bytes() == marker_pdf()
    words = load_words("ja" if language == "ja" else "en")
    assert result.output.strip() == words.of("marker", "sheet_written").format(path=out)


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    result = CliRunner().invoke(main, ["marker", "--pdf", str(tmp_path / "file" / "sheet.pdf")])

    assert result.exit_code == 1
    assert "sheet.pdf" in result.output
