"""Command that makes a PDF of a report: report."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from posture.cli.options import DATA, LANG, told, words_for
from posture.errors import UnusableClip
from posture.outputs.words import Words

# A visit's id, alone or in the address of one of its pages.
_VISIT = re.compile(r"(?:https?://[^/]+)?(?:/?visits/)?([0-9a-f]{32})(?:[/?#].*)?")

_PAGES = (".html", ".htm")  # a browser would print any file: a video as noise, a table as text


@click.command()
@click.argument("place", metavar="PLACE")
@click.option(
    "--pdf",
    "out",
    is_flag=False,
    flag_value="",
    default="",
    metavar="[FILE]",
    help="Where to write it. Default: beside the report, as report.pdf; of a visit, "
    "posture-<day>-<visit>.pdf here.",
)
@DATA
@LANG
def report(place: str, out: str, data: Path | None, lang: str | None) -> None:
    """Print the report of PLACE as PDF.

    PLACE is a results folder, a report.html, or a visit that is stored in the app: its id, or the
    address of its page. It is printed by the Chrome, Edge, Chromium or Brave of this machine,
    without a window and without the network.
    """
    words = words_for(lang)
    there = Path(place)
    with told(words):
        visit = None if there.exists() else _VISIT.fullmatch(place)
        if visit is not None:
            pdf = _of_visit(visit[1], Path(out) if out else None, data, words)
        else:
            pdf = _of_folder(there, Path(out) if out else None)
        click.echo(words.ui("report_printed", path=pdf))


def _of_folder(place: Path, out: Path | None) -> Path:
    from posture.printing import print_page  # noqa: PLC0415 - no other command needs it

    page = place / "report.html" if place.is_dir() else place
    if not page.is_file() or page.suffix.lower() not in _PAGES:
        raise UnusableClip("no_report", path=str(place))
    pdf = page.with_suffix(".pdf") if out is None else out
    print_page(page, pdf)
    return pdf


def _of_visit(visit_id: str, out: Path | None, data: Path | None, words: Words) -> Path:
    from posture.store import StoreTrouble, data_dir_of, open_store  # noqa: PLC0415 - a database
    from posture.web.pages.visit_report import write_pdf  # noqa: PLC0415 - what the app is made of

    where = data_dir_of(os.environ) if data is None else data
    if not where.is_dir():  # asking makes nothing
        raise UnusableClip("no_such_visit_here", place=visit_id)
    with open_store(where) as store:
        try:
            visit = store.visits.get(visit_id)
        except StoreTrouble as trouble:
            if trouble.reason.code != "no_such_visit":
                raise
            raise UnusableClip("no_such_visit_here", place=visit_id) from trouble
        day = f"{visit.started_at.astimezone():%Y-%m-%d}"
        pdf = Path(f"posture-{day}-{visit_id[:8]}.pdf") if out is None else out
        write_pdf(store, visit_id, words, pdf)
    return pdf
