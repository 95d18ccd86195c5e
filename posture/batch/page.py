"""batch.html beside batch.csv: written where the table has changed since."""

from __future__ import annotations

import contextlib
import glob
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from posture import machine
from posture.activities import PICTURES
from posture.batch.clips import Clip, with_overrides
from posture.batch.table import read_table
from posture.distribution import version_here
from posture.errors import CannotWrite, PostureError
from posture.files import explained, write_text
from posture.outputs.words import Words
from posture.settings import Settings
from posture.types import Activity

if TYPE_CHECKING:
    from posture.outputs.cohort_numbers import Outlier

_MADE_BY = "posture"
_HEAD_BYTES = 1000  # language and maker stand within
_DRAWING_S = 20.0  # ours; a picture takes a second


def write_page(
    table: Path, words: Words, clips: Iterable[Clip] = (), settings: Settings | None = None
) -> Path:
    """Write the page of a table and return where it lies.

    With the clips and the settings of its run, the clips to look at have their key picture where
    their results lie beside the table.

    Raises
    ------
    CannotWrite
        Disk full, no permission, open in another program, or it is somebody else's.
    """
    page = table.with_suffix(".html")
    refuse_foreign_page(page)
    made_by = f"{_MADE_BY} {version_here()}"
    if _is_current(page, table, made_by, words):
        return page
    # here and not above: a batch that is done already says so at once
    from posture.outputs.cohort import cohort_html  # noqa: PLC0415
    from posture.outputs.cohort_numbers import cohort_of  # noqa: PLC0415

    rows = read_table(table)
    sha256 = {row["file"]: row["sha256"] for row in rows}
    cohort = cohort_of(rows)
    folders = {
        one.file: results_of(table.parent, one.file, sha256[one.file]) for one in cohort.outliers
    }
    reports = {
        file: report.relative_to(table.parent).as_posix()
        for file, folder in folders.items()
        if folder is not None and (report := folder / "report.html").is_file()
    }
    pictures = _pictures(cohort.outliers, folders, clips, settings) if settings else {}
    html = cohort_html(cohort, words, pictures=pictures, reports=reports, made_by=made_by)
    write_text(page, html)
    return page


def refuse_foreign_page(page: Path) -> None:
    """Refuse to write over a page that this program did not make.

    Raises
    ------
    CannotWrite
        It did not make it.
    """
    with explained(page):
        if not page.exists() or (page.is_file() and not page.stat().st_size):
            return
        head = _head(page) if page.is_file() else ""
    if f'content="{_MADE_BY} ' not in head:
        raise CannotWrite("batch_not_ours", path=str(page))


def _head(page: Path) -> str:
    with page.open(encoding="utf-8", errors="replace") as file:
        return file.read(_HEAD_BYTES)


def _is_current(page: Path, table: Path, made_by: str, words: Words) -> bool:
    with contextlib.suppress(OSError):
        if page.stat().st_mtime_ns >= table.stat().st_mtime_ns:
            head = _head(page)
            return f'content="{made_by}"' in head and f'lang="{words.language}"' in head
    return False


def results_of(out: Path, file: str, sha256: str) -> Path | None:
    """Return the folder where a clip's results lie beside the table; None where there is none."""
    from posture.results import folder_with  # noqa: PLC0415 - as above

    name = Path(file)
    if not sha256 or ".." in name.parts:
        return None
    there = Path(out, "clips", name.parent)
    with contextlib.suppress(OSError, ValueError):
        if (found := folder_with(there, name.name, sha256)) is not None:
            return found
        if name.suffix == ".npz" and (there / name.stem / "landmarks.npz").is_file():
            # its points hold the checksum of the clip they are of; alone of its name it is the one
            others = there.glob(f"{glob.escape(name.stem)}-????????")
            return None if any(others) else there / name.stem
    return None


def _pictures(
    outliers: Iterable[Outlier],
    folders: Mapping[str, Path | None],
    clips: Iterable[Clip],
    settings: Settings,
) -> dict[Outlier, bytes]:
    """Return the key picture of each outlier, the farthest first, as long as there is time."""
    by_name = {clip.name: clip for clip in clips}
    ends_s = time.monotonic() + _DRAWING_S
    found: dict[Outlier, bytes] = {}
    for outlier in outliers:
        folder, clip = folders[outlier.file], by_name.get(outlier.file)
        if folder is None or clip is None or clip.is_url or clip.source.endswith(".npz"):
            continue
        if time.monotonic() > ends_s:
            break
        with contextlib.suppress(PostureError, OSError, ValueError):
            if picture := _picture(clip, folder, settings, outlier.column.activity):
                found[outlier] = picture
    return found


def _picture(clip: Clip, folder: Path, settings: Settings, activity: Activity) -> bytes | None:
    """Return a clip's key picture of a test with the findings on it, small."""
    from posture.landmarks.store import load_landmarks  # noqa: PLC0415 - as above
    from posture.outputs.figures import thumbnail  # noqa: PLC0415
    from posture.pipeline import analyse_landmarks  # noqa: PLC0415
    from posture.results import key_pictures  # noqa: PLC0415

    asked = with_overrides(settings, clip)
    analysis = analyse_landmarks(load_landmarks(folder / "landmarks.npz"), asked)
    with machine.without_native_chatter():
        figures = key_pictures(analysis, Path(clip.source), asked)
    shows = [one for one in figures if one.shows == PICTURES.get(activity)] or list(figures)
    return thumbnail(shows[0].jpeg) if shows else None
