"""A sheet's readings beside our numbers: pairs, what has none and why, and what they add up to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from posture.batch.naming import Named
from posture.errors import PostureError
from posture.outputs.cohort_numbers import in_order
from posture.types import Activity, Quality, Reason, Side, Unit
from posture.validation.lab import lab_value
from posture.validation.ours import Measured, Ours, Said, chosen
from posture.validation.sheet import Key, Reading, References
from posture.validation.statistics import FEWEST, Agreement, agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One number beside another of the same thing, in our unit."""

    clip: str
    person: str  # whose it is; the clip's name where nobody says
    side: Side | None
    first: float  # the reference; of two visits the earlier one
    second: float  # ours; of two visits the later one
    sd: float  # that the difference has by our stated errors
    quality: Quality  # the worse one
    rater: str = ""
    other_clip: str = ""  # of two visits, the later one's


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaired:
    """A row of the sheet that has no number of ours beside it."""

    row: int
    clip: str
    key: Key
    why: Reason
    told: Said = field(default_factory=dict)  # the analysis's own sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One measure against one tool (or against itself), over all clips."""

    activity: Activity
    measure: str
    unit: Unit
    tool: str  # empty where it is ours twice
    pairs: tuple[Pair, ...]
    agreement: Agreement | None  # None: of fewer than three pairs nothing is averaged
    tool_sem: float = math.nan  # the tool's own, where enough was read twice
    read_twice: int = 0  # clips
    missing: int = 0  # clips (and sides) that we have no number for, though they were measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """All that a comparison found."""

    groups: tuple[Group, ...]
    unpaired: tuple[Unpaired, ...] = ()
    versions: tuple[str, ...] = ()
    clips: int = 0
    people: int = 0


def study_of(references: References, measured: Sequence[Measured]) -> Study:
    """Return what a sheet's readings and our numbers come to.

    Of several readings of the same thing with the same tool the first one counts; the next one
    tells how far the tool agrees with itself.
    """
    by_name: dict[str, list[Measured]] = {}
    for one in measured:
        by_name.setdefault(one.clip, []).append(one)
    named = Named(by_name)
    pairs: dict[tuple[Key, str], list[Pair]] = {}
    first: dict[tuple[str, Key, Side | None, str], float] = {}
    again: dict[tuple[Key, str], list[float]] = {}
    twice: set[tuple[str, Key, Side | None, str]] = set()
    unpaired: list[Unpaired] = []
    missing: dict[tuple[Key, str], set[tuple[str, Side | None]]] = {}
    clients = {one.clip: one.client for one in references.readings if one.client}
    units: dict[Key, Unit] = {}
    for reading in references.readings:
        found = named.found(reading.clip, references.path.parent)
        clips = [one for name in found for one in by_name[name]]
        pair = _pair(replace(reading, client=clients.get(reading.clip, "")), clips)
        if isinstance(pair, Unpaired):
            unpaired.append(pair)
            if pair.why.code == "validation_not_measured":
                gone = missing.setdefault((reading.key, reading.tool), set())
                gone.add((reading.clip, reading.side))
            continue
        same = (pair.clip, reading.key, pair.side, reading.tool)
        group = (reading.key, reading.tool)
        units[reading.key] = reading.unit
        if same not in first:
            first[same] = pair.first
            pairs.setdefault(group, []).append(pair)
        elif same not in twice:
            twice.add(same)
            again.setdefault(group, []).append(pair.first - first[same])
    groups = [
        _group(
            key,
            tool,
            units[key],
            found,
            again.get((key, tool), ()),
            len(missing.get((key, tool), ())),
        )
        for (key, tool), found in pairs.items()
    ]
    return _study(groups, unpaired, measured)


def _study(
    groups: Iterable[Group], unpaired: Sequence[Unpaired], measured: Iterable[Measured]
) -> Study:
    ordered = sorted(groups, key=lambda g: (list(Activity).index(g.activity), g.measure, g.tool))
    pairs = [pair for group in ordered for pair in group.pairs]
    return Study(
        groups=tuple(ordered),
        unpaired=tuple(unpaired),
        versions=tuple(sorted({one.version for one in measured if one.version})),
        clips=len({clip for pair in pairs for clip in (pair.clip, pair.other_clip) if clip}),
        people=len({pair.person for pair in pairs}),
    )


def _group(
    key: Key,
    tool: str,
    unit: Unit,
    pairs: Sequence[Pair],
    again: Sequence[float] = (),
    missing: int = 0,
) -> Group:
    people = len({pair.person for pair in pairs})
    enough = len(pairs) >= FEWEST and people >= FEWEST
    return Group(
        activity=key[0],
        measure=key[1],
        unit=unit,
        tool=tool,
        pairs=tuple(pairs),
        agreement=agreement(
            [p.first for p in pairs], [p.second for p in pairs], [p.sd for p in pairs], people
        )
        if enough
        else None,
        # half the mean square of the differences of two readings (Bland and Altman 1999)
        tool_sem=math.sqrt(sum(d * d for d in again) / (2 * len(again)))
        if len(again) >= FEWEST
        else math.nan,
        read_twice=len(again),
        missing=missing,
    )


class _NoPairError(Exception):
    """A reading has no number of ours beside it."""

    def __init__(self, why: Reason, told: Said | None = None) -> None:
        super().__init__(why.code)
        self.why, self.told = why, told or {}


def _pair(reading: Reading, clips: Sequence[Measured]) -> Pair | Unpaired:
    """Return a reading beside our number, or why there is none."""
    try:
        clip, ours = _found(reading, clips)
        first = lab_value(reading, ours.span_s or (0.0, 0.0))
    except (_NoPairError, PostureError) as trouble:
        return Unpaired(
            row=reading.row,
            clip=reading.clip,
            key=reading.key,
            why=trouble.why if isinstance(trouble, _NoPairError) else trouble.reason,
            told=trouble.told if isinstance(trouble, _NoPairError) else {},
        )
    return Pair(
        clip=clip.clip,
        person=reading.client or clip.client or clip.clip,
        side=ours.side or reading.side,
        first=first,
        second=ours.value,
        sd=ours.sd,
        quality=ours.quality,
        rater=reading.rater,
    )


def _found(reading: Reading, clips: Sequence[Measured]) -> tuple[Measured, Ours]:
    """Return the clip and our number that a reading speaks of."""
    at: dict[str, float | str] = {"row": reading.row, "clip": reading.clip}
    if not clips:
        raise _NoPairError(Reason("validation_no_clip", at))
    if len(clips) > 1:
        raise _NoPairError(Reason("validation_two_clips", at))
    (clip,) = clips
    if clip.failed:
        raise _NoPairError(Reason("validation_clip_failed", at), clip.failed)
    at["measure"] = reading.key[1]
    found = chosen(clip.values.get(reading.key, ()), reading.side)
    if not found:
        name = reading.key[1]
        relative = [name.removesuffix(end) for end in ("_m_s", "_m") if name.endswith(end)]
        if any((reading.key[0], one) in clip.values for one in relative):
            raise _NoPairError(Reason("validation_needs_height", at))
        raise _NoPairError(Reason("validation_not_in_clip", at))
    if len(found) > 1:
        raise _NoPairError(Reason("validation_which_side", at))
    (ours,) = found
    if ours.quality is Quality.MISSING:
        raise _NoPairError(Reason("validation_not_measured", at), ours.reason)
    if ours.side is None and reading.side not in {None, Side.BOTH, clip.near_side}:
        raise _NoPairError(Reason("validation_other_side", at))
    if reading.lab is not None and ours.span_s is None:
        raise _NoPairError(Reason("validation_needs_times", at))
    return clip, ours


# --- the same people twice ------------------------------------------------------------------------


def repeats_of(measured: Sequence[Measured], units: Mapping[Key, Unit]) -> Study:
    """Return how far our numbers of the same people differ from one visit to the next.

    The first two visits of each client count; of somebody who was there once, the first two clips
    of the same thing. Whatever was measured twice within a visit, its first number counts.
    """
    by_client: dict[str, list[Measured]] = {}
    for one in measured:
        if one.client and not one.failed:
            by_client.setdefault(one.client, []).append(one)
    pairs: dict[Key, list[Pair]] = {}
    for client, clips in by_client.items():
        ordered = sorted(clips, key=lambda one: (in_order(one.visit), in_order(one.clip)))
        for key, side in _told_of(ordered):
            two = _two(ordered, key, side)
            if two is None:
                continue
            (a, earlier), (b, later) = two
            pairs.setdefault(key, []).append(
                Pair(
                    clip=a.clip,
                    person=client,
                    side=side,
                    first=earlier.value,
                    second=later.value,
                    sd=math.hypot(earlier.sd, later.sd),
                    quality=max((earlier.quality, later.quality), key=list(Quality).index),
                    other_clip=b.clip,
                )
            )
    groups = [_group(key, "", units[key], found) for key, found in pairs.items()]
    return _study(groups, (), measured)


def _told_of(clips: Sequence[Measured]) -> list[tuple[Key, Side | None]]:
    """Return what these clips have numbers of, and on which side."""
    return list(
        dict.fromkeys(
            (key, one.side or clip.near_side)
            for clip in clips
            for key, values in clip.values.items()
            for one in values
            if one.quality is not Quality.MISSING
        )
    )


def _two(
    clips: Sequence[Measured], key: Key, side: Side | None
) -> tuple[tuple[Measured, Ours], tuple[Measured, Ours]] | None:
    """Return the two numbers that are held against each other; None where there are not two."""
    found: list[tuple[Measured, Ours]] = []
    for clip in clips:
        values = [one for one in clip.values.get(key, ()) if (one.side or clip.near_side) is side]
        known = [one for one in chosen(values, None) if one.quality is not Quality.MISSING]
        if known:
            found.append((clip, known[0]))
    by_visit: dict[str, tuple[Measured, Ours]] = {}
    for one in found:
        by_visit.setdefault(one[0].visit, one)
    two = list(by_visit.values()) if len(by_visit) > 1 else found
    return (two[0], two[1]) if len(two) > 1 else None
