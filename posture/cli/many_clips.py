"""Which clips a batch was asked for, and what is known about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from posture.batch.clips import Clip, named, readable
from posture.batch.sheet import SHEET, Sheet, read_sheet, sheet_beside, with_sheet
from posture.batch.sources import (
    Remote,
    as_clip,
    clips_at,
    clips_listed,
    is_address,
    local_path,
    told_apart,
)
from posture.errors import UnusableClip
from posture.outputs.words import Words
from posture.types import Reason
from posture.video.folder import Gathered, Why, gathered

_NAMED = 20  # ours; a line that names more is not read
_WRONG_CALL = 2


def asked_clips(
    wanted: Sequence[str], words: Words, sheet: Path | None, *, may_be_none: bool
) -> tuple[Clip, ...]:
    """Return the clips that were asked for; what lies there besides is named.

    Raises
    ------
    PostureError
        No clips there, an address that cannot be read, a sheet that cannot.
    """
    if not wanted and not may_be_none:
        raise click.UsageError("Give a folder, a pattern or a list of clips.")
    if not all(wanted):
        raise click.UsageError("A folder, pattern or list is empty: '' names none.")
    sources: list[str] = []
    remote: list[Remote] = []
    for one in wanted:
        path = local_path(one)
        if is_address(one) and path is None:
            remote += _at(one, words)
            continue
        found = gathered(one if path is None else str(path))
        for line in left_out_lines(_without_sheets(found, sheet), words):
            click.echo(line, err=True)
        if not found.clips and not found.addresses:
            raise UnusableClip("no_clips", path=one)
        sources += map(str, found.clips)
        remote += clips_listed(found.addresses)
    clips = (*named(sources), *map(as_clip, told_apart(remote)))
    sheets = [sheet_beside(one) for one in wanted] if sheet is None else [sheet]
    for path in dict.fromkeys(filter(None, sheets)):
        clips = _with_sheet(clips, read_sheet(path), words)
    return clips


def _at(address: str, words: Words) -> tuple[Remote, ...]:
    found = clips_at(address)
    left_out: list[tuple[str, Why]] = [(file, "no_clips") for file in found.left_out]
    for line in left_out_lines(Gathered(clips=(), left_out=tuple(left_out)), words):
        click.echo(line, err=True)
    if not found.clips:
        raise UnusableClip("no_clips", path=address.partition("?")[0].rpartition("@")[2])
    return found.clips


def _with_sheet(clips: tuple[Clip, ...], sheet: Sheet, words: Words) -> tuple[Clip, ...]:
    """Return the clips with what a sheet tells; ends the program where there are faults in it."""
    given = with_sheet(clips, sheet)
    _tell((*sheet.notes, *(() if sheet.faults else given.notes)), words)
    if faults := sheet.faults or given.faults:
        _tell(faults, words)
        raise SystemExit(_WRONG_CALL)
    return given.clips


def _tell(reasons: Iterable[Reason], words: Words) -> None:
    for reason in reasons:
        click.echo(readable(words.sentence(reason)), err=True)


def _without_sheets(found: Gathered, sheet: Path | None) -> Gathered:
    """Leave out of what is named the tables that are read."""
    names = {SHEET} if sheet is None else {SHEET, sheet.name}
    left_out = tuple(one for one in found.left_out if Path(one[0]).name not in names)
    return replace(found, left_out=left_out)


_LEFT_OUT: Mapping[Why, str] = {
    "hidden": "left_out_hidden",
    "results": "left_out_results",
    "previews": "left_out_previews",
    "no_clips": "left_out_no_clips",
}


def left_out_lines(found: Gathered, words: Words) -> list[str]:
    """Return what is not analysed, one line a reason."""
    lines = []
    for why in _LEFT_OUT:
        files = [file for file, one in found.left_out if one == why]
        if not files:
            continue
        named_ = readable(", ".join(files[:_NAMED]))
        if len(files) > _NAMED:
            named_ = words.ui("left_out_more", named=named_, more=len(files) - _NAMED)
        lines.append(words.sentence(Reason(_LEFT_OUT[why], {"files": named_})))
    return lines
