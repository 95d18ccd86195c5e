"""batch.html beside batch.csv: written where the table has changed since."""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Iterable
from pathlib import Path

from posture.batch.table import read_table
from posture.distribution import version_here
from posture.outputs.files import write_text
from posture.outputs.words import Words

_HEAD_BYTES = 1000  # language and maker stand within
_LARGEST_REPORT = 20_000_000  # ours; bytes
_PICTURE = re.compile(r'<img src="data:image/jpeg;base64,([A-Za-z0-9+/=]+)"')


def write_page(table: Path, words: Words) -> Path:
    """Write the page of a table and return where it lies.

    Raises
    ------
    CannotWrite
        Disk full, no permission, open in another program.
    """
    page = table.with_suffix(".html")
    made_by = f"posture {version_here()}"
    if _is_current(page, table, made_by, words):
        return page
    # here and not above: a batch that is done already says so at once
    from posture.outputs.cohort import cohort_html, wanted_pictures  # noqa: PLC0415
    from posture.outputs.cohort_numbers import cohort_of  # noqa: PLC0415

    cohort = cohort_of(read_table(table))
    files = dict.fromkeys(outlier.file for outlier in wanted_pictures(cohort))
    reports = _reports(table.parent, files)
    pictures = {
        file: picture
        for file, report in reports.items()
        if (picture := _picture(table.parent / report)) is not None
    }
    write_text(
        page, cohort_html(cohort, words, pictures=pictures, reports=reports, made_by=made_by)
    )
    return page


def _is_current(page: Path, table: Path, made_by: str, words: Words) -> bool:
    with contextlib.suppress(OSError):
        if page.stat().st_mtime_ns >= table.stat().st_mtime_ns:
            with page.open(encoding="utf-8", errors="replace") as file:
                head = file.read(_HEAD_BYTES)
            return f'content="{made_by}"' in head and f'lang="{words.language}"' in head
    return False


def _reports(out: Path, files: Iterable[str]) -> dict[str, str]:
    """Return the way from the page to each clip's report, where there is one."""
    found = {}
    for file in files:
        name = Path(file)
        report = Path("clips", name.parent, name.stem, "report.html")
        with contextlib.suppress(OSError, ValueError):
            if ".." not in name.parts and (out / report).is_file():
                found[file] = report.as_posix()
    return found


def _picture(report: Path) -> bytes | None:
    """Return a small copy of the first picture in a report."""
    from posture.outputs.figures import thumbnail  # noqa: PLC0415 - as above

    with contextlib.suppress(OSError, ValueError):
        if report.stat().st_size < _LARGEST_REPORT:
            found = _PICTURE.search(report.read_text("utf-8", errors="replace"))
            return None if found is None else thumbnail(base64.b64decode(found[1]))
    return None
