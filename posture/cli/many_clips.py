"""Which clips a batch was asked for, and what is known about them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from posture.batch.clips import NAMED, Clip, named, readable
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

_WRONG_CALL = 2


def asked_clips(
    wanted: Sequence[str],
    words: Words,
    sheet: Path | None,
    *,
    may_be_none: bool,
    read_too: Collection[str] = (),
) -> tuple[Clip, ...]:
    """Return the clips that were asked for; what lies there besides is named.

    `read_too` are names of files that are read for something else, and not named.

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
    beside: dict[str, tuple[Path, set[str]]] = {}  # each sheet that is there, and what it lies by
    for one in wanted:
        path = local_path(one)
        if is_address(one) and path is None:
            remote += _at(one, words)
            continue
        found = gathered(one if path is None else str(path))
        for line in left_out_lines(_without_sheets(found, sheet, read_too), words):
            click.echo(line, err=True)
        if not found.clips and not found.addresses:
            raise UnusableClip("no_clips", path=one)
        sources += map(str, found.clips)
        remote += clips_listed(found.addresses)
        lies = sheet_beside(one if path is None else str(path))
        if sheet is None and lies is not None:
            _, given = beside.setdefault(_whole(lies), (lies, set()))
            given |= {*found.addresses, *map(_whole, found.clips)}
    clips = (*named(sources), *map(as_clip, told_apart(remote)))
    if sheet is not None:
        return _with_sheet(clips, read_sheet(sheet), words)
    for whole, (lies, given) in beside.items():
        is_meant = partial(_is_of, Path(whole).parent, given)
        clips = _with_sheet(clips, read_sheet(lies), words, is_meant)
    return clips


def _is_of(folder: Path, given: Collection[str], clip: Clip) -> bool:
    """Whether a sheet in a folder may speak of a clip: below it, or named by the list beside it."""
    if clip.is_url:
        return clip.url in given
    whole = _whole(clip.source)
    return whole in given or Path(whole).is_relative_to(folder)


def _whole(path: str | Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - links stay


def _at(address: str, words: Words) -> tuple[Remote, ...]:
    found = clips_at(address)
    left_out: list[tuple[str, Why]] = [(file, "no_clips") for file in found.left_out]
    for line in left_out_lines(Gathered(clips=(), left_out=tuple(left_out)), words):
        click.echo(line, err=True)
    if not found.clips:
        raise UnusableClip("no_clips", path=address.partition("?")[0].rpartition("@")[2])
    return found.clips


def _with_sheet(
    clips: tuple[Clip, ...],
    sheet: Sheet,
    words: Words,
    is_meant: Callable[[Clip], bool] | None = None,
) -> tuple[Clip, ...]:
    """Return the clips with what a sheet tells; ends the program where there are faults in it."""
    given = with_sheet(clips, sheet, is_meant)
    _tell((*sheet.notes, *(() if sheet.faults else given.notes)), words)
    if faults := sheet.faults or given.faults:
        _tell(faults, words)
        raise SystemExit(_WRONG_CALL)
    return given.clips


def _tell(reasons: Iterable[Reason], words: Words) -> None:
    for reason in reasons:
        click.echo(readable(words.sentence(reason)), err=True)


def _without_sheets(
    found: Gathered, sheet: Path | None, read_too: Collection[str] = ()
) -> Gathered:
    """Leave out of what is named the tables that are read."""
    names = {SHEET, *read_too} if sheet is None else {SHEET, sheet.name, *read_too}
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
        named_ = readable(", ".join(files[:NAMED]))
        if len(files) > NAMED:
            named_ = words.ui("left_out_more", named=named_, more=len(files) - NAMED)
        lines.append(words.sentence(Reason(_LEFT_OUT[why], {"files": named_})))
    return lines
