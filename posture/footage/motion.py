"""From looks at the room to where every picture lies in one steady picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posture.footage.similarity import STILL, after, inverse
from posture.footage.watch import Look, Watcher
from posture.series import nearest
from posture.types import Floats


@dataclass(frozen=True, slots=True)
class Motion:
    """How the camera moved; one row a picture."""

    to_steady: Floats  # (T, 2, 3) px; NaN where it is not known
    sd_px: Floats  # (T,) inf where it is not known
    group: NDArray[np.intp]  # (T,) pictures of one group lie in one steady picture


def motion_of(watcher: Watcher, breaks: Sequence[int]) -> Motion:
    """Return how the camera moved; `breaks` are frames with which another view begins."""
    watcher.finish_all()
    looks, to_first, group = _joined(watcher)
    count = len(watcher.time_s)
    known = np.array([np.isfinite(m).all() for m in to_first], dtype=bool)
    frames = np.array([look.number for look in looks], dtype=int)
    part = np.searchsorted(np.asarray(breaks, dtype=int), frames, side="right")
    group = _numbered(np.stack([group, part], axis=1)) if len(looks) else group
    known &= ~_crumbs(group, watcher.time_s[frames])
    of_frame = _group_of(frames[known], group[known], count, breaks)
    middle = np.array(watcher.size_px) / 2 * watcher.scale
    rows = np.full((count, 4), np.nan)
    sd = np.full(count, np.nan)
    placed = np.array([_taken_apart(m, middle) for m in to_first]).reshape(-1, 4)
    noise = np.array([look.sd_px if look.is_sure else np.inf for look in looks])
    for one in np.unique(of_frame):
        mine = known & (group == one)
        at = np.flatnonzero(of_frame == one)
        if not mine.any():
            continue
        near = _near_enough(watcher.time_s, at, frames[mine])
        for column in range(4):
            rows[at, column] = np.interp(at, frames[mine], placed[mine, column])
        sd[at] = noise[mine][nearest(at, frames[mine])]
        rows[at[~near]] = np.nan
    scaled = np.array([_put_together(row, middle) for row in rows])
    scaled[:, :, 2] /= watcher.scale
    return Motion(
        to_steady=scaled,
        sd_px=np.where(np.isfinite(rows[:, 0]), sd / watcher.scale, np.inf),
        group=of_frame,
    )


_NEAR_S = 0.35  # ours; between looks this far apart a camera in a hand goes about straight


def _joined(watcher: Watcher) -> tuple[list[Look], Floats, NDArray[np.intp]]:
    """Return all looks, where they lie in their group's first picture, and their group."""
    looks: list[Look] = []
    places: list[Floats] = []
    groups: list[int] = []
    base, group, groups_so_far = STILL, 0, 0
    to_end: tuple[int, Floats] | None = None  # where the next piece's last key lies: group, place
    for start in sorted(watcher.pieces):
        piece = watcher.pieces[start]
        chains = {0: (group, base)}  # of this piece's chains: group, and their place in it
        if to_end is not None and piece.chain_at_end not in chains:
            chains[piece.chain_at_end] = to_end[0], after(to_end[1], inverse(piece.key_at_end))
        to_end = None
        for look in piece.looks:
            if look.chain not in chains:
                older, matrix = piece.relinks.get(look.chain, (-1, STILL))
                if older in chains:
                    chains[look.chain] = chains[older][0], after(chains[older][1], matrix)
                else:
                    groups_so_far += 1
                    chains[look.chain] = groups_so_far, STILL
            looks.append(look)
            places.append(after(chains[look.chain][1], look.to_first))
            groups.append(chains[look.chain][0])
        link = piece.link
        ended = chains.get(piece.chain_at_end)
        if ended is not None and link is not None and link.is_sure():
            group = ended[0]
            base = after(after(ended[1], piece.key_at_end), link.matrix)
        else:
            by_end = piece.link_to_end
            if ended is not None and by_end is not None and by_end.is_sure():
                to_end = ended[0], after(after(ended[1], piece.key_at_end), by_end.matrix)
            groups_so_far += 1
            base, group = STILL, groups_so_far
    return looks, np.array(places).reshape(-1, 2, 3), np.array(groups, dtype=np.intp)


def _crumbs(group: NDArray[np.intp], time_s: Floats) -> NDArray[np.bool_]:
    """Whether a look lies in a short group between pictures of one other: that was in the way."""
    crumbs = np.zeros(len(group), dtype=bool)
    edges = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(group)]
    for number in range(1, len(edges) - 2):
        start, stop = edges[number], edges[number + 1]
        short = time_s[stop] - time_s[start] < _CRUMB_S
        if short and any(group[i] == group[stop] for i in (start - 1, edges[number - 1] - 1)):
            crumbs[start:stop] = True
    return crumbs


_CRUMB_S = 2.5  # ours; longer than anybody takes to pass


def _numbered(rows: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.asarray(np.unique(rows, axis=0, return_inverse=True)[1]).reshape(-1)


def _group_of(
    frames: NDArray[np.intp], group: NDArray[np.intp], count: int, breaks: Sequence[int]
) -> NDArray[np.intp]:
    """Return each picture's group: that of the nearest look on its side of every break."""
    if not len(frames):
        return np.zeros(count, dtype=np.intp)
    edges = np.asarray(breaks, dtype=int)
    every = np.arange(count)
    after_it = np.clip(np.searchsorted(frames, every), 0, len(frames) - 1)
    before_it = np.clip(after_it - 1, 0, len(frames) - 1)
    apart = [np.abs(frames[i] - every) for i in (before_it, after_it)]
    part = np.searchsorted(edges, every, side="right")
    foreign = [
        count * (np.searchsorted(edges, frames[i], side="right") != part)
        for i in (before_it, after_it)
    ]
    first = apart[0] + foreign[0] <= apart[1] + foreign[1]
    return np.asarray(np.where(first, group[before_it], group[after_it]))


def _near_enough(
    time_s: Floats, at: NDArray[np.intp], known: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Whether a picture is known itself or lies in a short gap, or shortly before or after."""
    after_it = np.searchsorted(known, at)
    before = known[np.clip(after_it - 1, 0, len(known) - 1)]
    behind = known[np.clip(after_it, 0, len(known) - 1)]
    gap = np.maximum(np.abs(time_s[at] - time_s[before]), 0)
    rest = np.abs(time_s[behind] - time_s[at])
    return np.asarray(np.minimum(gap, rest) <= _NEAR_S)


def _taken_apart(matrix: Floats, middle: Floats) -> Floats:
    """Return log of the scale, turn, and where the picture's middle goes, less where it is."""
    a, b = matrix[0, 0], matrix[1, 0]
    moved = matrix[:, :2] @ middle + matrix[:, 2] - middle
    return np.array([np.log(np.hypot(a, b)), np.arctan2(b, a), *moved])


def _put_together(row: Floats, middle: Floats) -> Floats:
    scale, turn = np.exp(row[0]), row[1]
    a, b = scale * np.cos(turn), scale * np.sin(turn)
    linear = np.array([[a, -b], [b, a]])
    return np.hstack([linear, (row[2:] + middle - linear @ middle)[:, None]])
