"""Who is in the clip: sightings on sampled pictures, joined into one track per person."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from posture.landmarks.build import BUILT_OTHERWISE, build_of, difference
from posture.landmarks.clothes import (
    OTHER,
    Clothes,
    apart,
    clothes_of,
    is_other,
    is_same_dress,
    is_telling,
    usual,
)
from posture.landmarks.mediapipe import Pose
from posture.landmarks.mirror import lead_px
from posture.landmarks.skeleton import CHAIN, SIDES, index, side_indices
from posture.types import Floats, Rgb


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One person in one sampled picture."""

    frame: int
    time_s: float
    pose: Pose
    centre_px: tuple[float, float]  # of the box around all points
    size_px: float  # shoulder-hip-knee-ankle along the body: the same upright and bent
    clothes: Clothes | None = None  # None = the picture was not looked at

    @property
    def feet_px(self) -> float:
        """How far down in the picture the lower ankle is."""
        return float(self.pose.xy_px[_ANKLES, 1].max())


_ANKLES = [index(f"{side}_ankle") for side in SIDES]
_FACING_S = 1.0  # ours; sightings this near in time say together which way somebody faces


_ENOUGH = 30  # ours; sightings that tell what somebody wears as well as hundreds do


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The sightings taken for one person, in order of time."""

    sightings: tuple[Sighting, ...]
    cuts_s: tuple[float, ...] = ()  # where a new part of the clip begins: nobody walks across it

    @property
    def size_px(self) -> float:
        """Median length shoulder to ankle along the body."""
        return float(np.median([s.size_px for s in self.sightings]))

    @property
    def clothes(self) -> Clothes | None:
        """What the person wears, as it usually looks; None = not known."""
        seen = [s.clothes for s in self.sightings if s.clothes is not None]
        return usual(seen[:: 1 + len(seen) // _ENOUGH]) if seen else None

    def faces_left(self, time_s: float) -> bool:
        """Say whether the person faces the picture's left about this time."""
        nearest = min(self.sightings, key=lambda s: abs(s.time_s - time_s))
        about = [s for s in self.sightings if abs(s.time_s - nearest.time_s) <= _FACING_S]
        return sum(lead_px(s.pose) for s in about) < 0

    def is_sighted_near(self, time_s: float) -> bool:
        """Say whether a sighting is near enough to tell which way the person faces."""
        return any(abs(s.time_s - time_s) <= _FACING_S for s in self.sightings)

    def place_at(self, time_s: float) -> tuple[float, float]:
        """Where the person is expected: between sightings, or moving on beyond them."""
        seen = self._in_the_part_of(time_s)
        times = [s.time_s for s in seen]
        places = np.array([s.centre_px for s in seen])
        x, y = (float(np.interp(time_s, times, places[:, axis])) for axis in (0, 1))
        for outside_s, pair in (
            (time_s - times[0], slice(0, 2)),
            (time_s - times[-1], slice(-2, None)),
        ):
            beyond = outside_s < 0 if pair.start == 0 else outside_s > 0
            if beyond and len(times) > 1:
                speed = np.diff(places[pair], axis=0)[0] / np.diff(times[pair])[0]
                x, y = x + speed[0] * outside_s, y + speed[1] * outside_s
        return float(x), float(y)

    def sightings_about(self, first_s: float, last_s: float) -> tuple[Sighting, ...]:
        """Return the sightings of a stretch, and the nearest before and after it."""
        times = [s.time_s for s in self.sightings]
        first, last = bisect_left(times, first_s), bisect_right(times, last_s)
        return self.sightings[max(0, first - 1) : last + 1]

    def part_at(self, time_s: float) -> int:
        """Return in which part of the clip a moment lies, counted from 0."""
        return bisect_right(self.cuts_s, time_s)

    @property
    def parts(self) -> frozenset[int]:
        """The parts of the clip the person is seen in; one where nothing is cut."""
        return frozenset(self.part_at(s.time_s) for s in self.sightings)

    def _in_the_part_of(self, time_s: float) -> tuple[Sighting, ...]:
        """Return the sightings between the same two cuts; all where there are none."""
        if not self.cuts_s:
            return self.sightings
        part = self.part_at(time_s)
        own = tuple(s for s in self.sightings if self.part_at(s.time_s) == part)
        return own or self.sightings


_SAME_BODY = 0.35  # ours: centres nearer than this share of a size belong to one body found twice
_REACH_PER_S = 2.0  # ours: sizes a person may move in a second; brisk walking is about 1.1
_REACH = 0.5  # ours: sizes, for the scatter of two sightings
_SIZE_RATIO = 1.7  # ours: a sighting this much larger or smaller is another person or a mix-up
_CLOTHES_COUNT = 0.5  # ours: of what is believable; decides between two near each other
_FORGOTTEN_S = 4.0  # ours: after this long out of sight it counts as somebody new
_LOOKS_REMEMBERED = 2.5  # ours: where looks are far apart, two of them may have missed somebody


def body_size(xy_px: NDArray[np.floating]) -> float:
    """Return the longer side's shoulder-hip-knee-ankle length, in pixels."""
    lengths = []
    for side in SIDES:
        chain = xy_px[side_indices(side, CHAIN)]
        lengths.append(float(np.hypot(*np.diff(chain, axis=0).T).sum()))
    return max(lengths)


def body_centre(xy_px: NDArray[np.floating]) -> tuple[float, float]:
    """Return the centre of the box around all points, in pixels."""
    low, high = xy_px.min(axis=0), xy_px.max(axis=0)
    return float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2


def sightings_of(
    frame: int, time_s: float, poses: Iterable[Pose], rgb: Rgb | None = None
) -> tuple[Sighting, ...]:
    """Return one sighting per body: a body found twice counts once, the clearer one.

    With the picture `rgb` it is seen what they wear as well.
    """
    kept: list[Sighting] = []
    for pose in sorted(poses, key=lambda p: -float(p.visibility.mean())):
        size_px = body_size(pose.xy_px)
        seen = Sighting(
            frame=frame,
            time_s=time_s,
            pose=pose,
            centre_px=body_centre(pose.xy_px),
            size_px=size_px,
            clothes=None if rgb is None else clothes_of(rgb, pose.xy_px, size_px),
        )
        if seen.size_px > 0 and not any(_is_same_body(seen, other) for other in kept):
            kept.append(seen)
    return tuple(kept)


def _is_same_body(one: Sighting, other: Sighting) -> bool:
    apart = np.hypot(*np.subtract(one.centre_px, other.centre_px))
    return bool(apart < _SAME_BODY * min(one.size_px, other.size_px))


def tracks_of(
    samples: Sequence[tuple[Sighting, ...]],
    every_s: float = 1.0,
    cuts_s: tuple[float, ...] = (),
) -> tuple[Track, ...]:
    """Join the sightings of successive pictures into tracks, by clothes, place, size and speed.

    `every_s` is how far apart the looks are: in a long clip somebody is remembered over as many
    looks as in a short one. Across one of `cuts_s` places say nothing. Whoever comes back later,
    dressed as nobody else is, is the same person.
    """
    return _linked(_joined(samples, every_s, cuts_s))


def _joined(
    samples: Sequence[tuple[Sighting, ...]], every_s: float, cuts_s: tuple[float, ...]
) -> tuple[Track, ...]:
    """Return tracks in which nobody was out of sight for long."""
    forgotten_s = max(_FORGOTTEN_S, _LOOKS_REMEMBERED * every_s)
    tracks: list[Track] = []
    for seen in samples:
        if not seen:
            continue
        now_s = seen[0].time_s
        open_tracks = [
            i for i, t in enumerate(tracks) if now_s - t.sightings[-1].time_s <= forgotten_s
        ]
        cost = np.array([[_mismatch(tracks[i], s) for s in seen] for i in open_tracks])
        taken: set[int] = set()
        if open_tracks:
            for row, column in _assigned(np.minimum(cost, 10.0)):
                if cost[row, column] <= 1.0:
                    track = tracks[open_tracks[row]]
                    longer = (*track.sightings, seen[column])
                    tracks[open_tracks[row]] = replace(track, sightings=longer)
                    taken.add(int(column))
        new = (s for i, s in enumerate(seen) if i not in taken)
        tracks += [Track(sightings=(s,), cuts_s=cuts_s) for s in new]
    return tuple(tracks)


def _assigned(cost: Floats) -> list[tuple[int, int]]:
    """Return the pairs of row and column that cost least together."""
    if len(cost) > cost.shape[1]:
        return [(row, column) for column, row in _assigned(cost.T)]
    rows, columns = cost.shape
    if math.perm(columns, rows) <= _FEW:
        rest = cost.tolist()
        ways = permutations(range(columns), rows)
        best = min(ways, key=lambda way: sum(map(list.__getitem__, rest, way)))
        return list(enumerate(best))
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - takes a second to import

    return [
        (int(row), int(column)) for row, column in zip(*linear_sum_assignment(cost), strict=True)
    ]


_FEW = 1000  # ours; as many ways to pair people are gone through in a millisecond


def _linked(tracks: tuple[Track, ...]) -> tuple[Track, ...]:
    """Join tracks of one person who was away, or elsewhere after a cut, as the clothes tell.

    Clothes tell nothing where two people who are in view together wear the same. In one shot only
    colours that few wear bring somebody back; across a cut, where the same person is more likely,
    a body that is built alike in clothes like many others is enough.
    """
    worn = [track.clothes for track in tracks]

    def alike(one: int, other: int) -> bool:
        both = tracks[one], tracks[other]
        return (
            min(len(track.sightings) for track in both) >= _LASTING
            and is_same_dress(worn[one], worn[other])
            and (
                is_telling(worn[one])
                or (
                    both[0].parts.isdisjoint(both[1].parts)
                    and difference(*map(_build, both)) < BUILT_OTHERWISE
                )
            )
        )

    pairs = [(i, j) for j in range(len(tracks)) for i in range(j) if alike(i, j)]
    uniform = {k for i, j in pairs if meet(tracks[i], tracks[j]) for k in (i, j)}
    groups = [[k] for k in range(len(tracks))]
    for i, j in pairs:
        own, other = (next(g for g in groups if k in g) for k in (i, j))
        ratio = tracks[i].size_px / tracks[j].size_px
        is_apart = not any(meet(tracks[a], tracks[b]) for a in own for b in other)
        if (
            own is not other
            and is_apart
            and uniform.isdisjoint({i, j})
            and 1 / _SIZE_RATIO < ratio < _SIZE_RATIO
        ):
            own += other
            groups.remove(other)
    return tuple(_put_together([tracks[k] for k in group]) for group in groups)


def _build(track: Track) -> Floats:
    return build_of([s.pose.xy_px for s in track.sightings])


def _put_together(tracks: Sequence[Track]) -> Track:
    seen = (sighting for track in tracks for sighting in track.sightings)
    return replace(tracks[0], sightings=tuple(sorted(seen, key=lambda s: s.time_s)))


_LASTING = 2  # ours; sightings without which it is not known what somebody wears


def meet(one: Track, other: Track) -> bool:
    """Whether two were in view at the same time."""
    return (
        one.sightings[0].time_s <= other.sightings[-1].time_s
        and other.sightings[0].time_s <= one.sightings[-1].time_s
    )


def _mismatch(track: Track, seen: Sighting) -> float:
    """0 = exactly where and as large as expected, 1 = just believable, inf = another body."""
    size = track.size_px
    ratio = seen.size_px / size
    if not 1 / _SIZE_RATIO < ratio < _SIZE_RATIO:
        return float("inf")
    last = track.sightings[-1]
    if is_other(track.clothes, seen.clothes):
        return float("inf")
    if track.part_at(last.time_s) != track.part_at(seen.time_s):
        return float("inf")  # whether it is the same person, all that is seen of both tells
    dressed = apart(track.clothes, seen.clothes)
    # however long ago, nobody is expected anywhere at all
    gap_s = min(seen.time_s - last.time_s, _FORGOTTEN_S)
    expected = np.array(last.centre_px) + _velocity(track) * gap_s
    moved_on = np.hypot(*(np.array(seen.centre_px) - expected)) / size
    stayed = np.hypot(*np.subtract(seen.centre_px, last.centre_px)) / size
    # having stopped or turned is believed, but not as readily as having moved on: where two
    # people cross, each is for a moment where the other was before
    place = float(min(moved_on, stayed + _REACH) / (_REACH + _REACH_PER_S * gap_s))
    return place if np.isnan(dressed) else place + _CLOTHES_COUNT * dressed / OTHER


def _velocity(track: Track) -> Floats:
    """Pixels a second over the last two sightings."""
    if len(track.sightings) < 2:  # noqa: PLR2004 - a velocity needs two points
        return np.zeros(2)
    before, last = track.sightings[-2:]
    step = np.subtract(last.centre_px, before.centre_px)
    return np.asarray(step / (last.time_s - before.time_s), dtype=np.float64)
