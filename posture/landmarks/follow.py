"""Follow the client through the clip on a crop that moves along, so that nobody else can."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from posture import machine
from posture.landmarks.asked import AskedFollower, AskedOtherwiseError
from posture.landmarks.clothes import clothes_of, is_other
from posture.landmarks.mediapipe import Pose
from posture.landmarks.mirror import lead_px, mirrored
from posture.landmarks.models import ModelFile
from posture.landmarks.people import (
    Track,
    body_centre,
    body_size,
    sightings_of,
)
from posture.landmarks.plan import pieces_of
from posture.landmarks.silhouette import carried, moved
from posture.landmarks.skeleton import HEIGHTS_PER_SIZE, NAMES
from posture.landmarks.sparing import SparingFollower, pace_of
from posture.landmarks.watch import Watch, Watched
from posture.types import Bools, Floats, Outline, Rgb
from posture.video.probe import Source
from posture.video.source import Decoded, Onward

Point = tuple[float, float]  # px, x right, y down


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowSettings:
    """How the crop moves and when the client counts as lost; all ours."""

    crop_heights: float = 1.5  # side of the crop in body heights: arms out and a long step fit
    start_grid_heights: float = 0.125  # of the body; a crop that far off its middle still fits
    drift_sizes: float = 0.6  # a body whose centre jumps further than this is somebody else
    size_ratio: float = 1.8  # so is one this much larger or smaller
    lost_after_s: float = 0.25  # without a body for this long, look over the whole picture
    pause_share: float = 0.1  # of how long the client has been lost: the pause between two looks
    sure_s: float = 1.0  # this near a sighting, its place is as good as another look
    turned_sizes: float = 0.1  # toes and nose this far ahead, far from any sighting: faces that way
    entry_s: float = 1.0  # before the first and after the last sighting the client may be there
    bridge_s: float = 0.11  # between two pictures this near another one is filled in
    piece_s: float = 5.0  # the clip is followed in pieces, so that two cores can share it
    warm_up: int = 5  # pictures a piece starts early, so that its first ones are as good as any
    workers: int = 2  # each holds a model (75 MB); more gain little on one clip


@dataclass(slots=True)
class Followed:
    """What was found, one row a frame; filled in place by the workers, each its own rows."""

    xy_px: Floats  # (T, 33, 2) NaN = not seen
    visibility: Floats  # (T, 33)
    world_m: Floats  # (T, 33, 3)
    outlines: list[Outline | None]  # (T,)
    strangers: Bools  # (T,) where a body was found that wears something else
    skipped: Bools  # (T,) where nothing was looked for, as the frames about it tell

    @classmethod
    def empty(cls, frames: int, points: int) -> Followed:
        """Return rows that say nothing yet."""
        return cls(
            xy_px=np.full((frames, points, 2), np.nan, dtype=np.float32),
            visibility=np.zeros((frames, points), dtype=np.float32),
            world_m=np.full((frames, points, 3), np.nan, dtype=np.float32),
            outlines=[None] * frames,
            strangers=np.zeros(frames, dtype=bool),
            skipped=np.zeros(frames, dtype=bool),
        )

    def put(self, number: int, pose: Pose, corner: tuple[int, int] = (0, 0)) -> None:
        """Write one frame's pose, found in a crop with its corner there."""
        self.xy_px[number] = pose.xy_px + np.asarray(corner, dtype=np.float32)
        self.visibility[number] = pose.visibility
        self.world_m[number] = pose.world_m
        self.outlines[number] = None if pose.outline is None else moved(pose.outline, corner)

    def begin_again(self, start: int, stop: int) -> None:
        """Say nothing in a piece, as if it had not been followed."""
        piece = np.zeros(len(self.outlines), dtype=bool)
        piece[start:stop] = True
        self.clear(piece)
        self.strangers[piece] = self.skipped[piece] = False

    def fill(self, time_s: Floats, bridge_s: float) -> None:
        """Fill in the frames that were skipped, from the two next to them: on the way between."""
        known = np.flatnonzero(~self.skipped)
        for number in np.flatnonzero(self.skipped).tolist():
            place = int(np.searchsorted(known, number))
            if not 0 < place < len(known):
                continue
            before, after = int(known[place - 1]), int(known[place])
            ways_s = time_s[[before, number, after]]
            if ways_s[2] - ways_s[0] > bridge_s:
                continue
            share = float((ways_s[1] - ways_s[0]) / (ways_s[2] - ways_s[0]))
            for rows in (self.xy_px, self.world_m, self.visibility):
                rows[number] = (1 - share) * rows[before] + share * rows[after]
            nearest = before if share < 0.5 else after  # noqa: PLR2004 - half way
            outline = self.outlines[nearest]
            if outline is not None and np.isfinite(self.xy_px[number]).all():
                there = self.xy_px[nearest]
                self.outlines[number] = carried(
                    outline, there, self.xy_px[number], body_size(there)
                )

    def clear(self, which: Bools) -> None:
        """Say nothing in these frames, as if nobody had been found."""
        self.xy_px[which] = self.world_m[which] = np.nan
        self.visibility[which] = 0
        for number in np.flatnonzero(which).tolist():
            self.outlines[number] = None


Kept = Mapping[int, AskedFollower]


def follow(
    source: Source,
    track: Track,
    model: ModelFile,
    look: Callable[[Rgb], tuple[Pose, ...]],
    settings: FollowSettings,
    progress: Callable[[int], None] | None = None,
    watch: Watch | None = None,
    kept: Kept | None = None,
) -> Followed:
    """Return the client's points and outline in every frame.

    `look` finds people in a whole picture and is used when the client is lost; it has to stand
    being called from several threads. The clip is cut into the same pieces on every machine, so
    the numbers do not depend on how many cores share them. What is `kept` of pieces followed
    before, by their first frame, is not asked for anew.
    """
    kept = kept or {}
    rows = Followed.empty(source.clip.frames, len(NAMES))
    chase = Chase(source, track, look, rows, settings, progress, watch)
    pieces = pieces_of(source.time_s, settings.piece_s)
    workers = max(1, min(len(pieces), machine.cores(), settings.workers))

    def run(share: list[tuple[int, int]]) -> None:
        glancer = watch.glances.reader() if watch else None

        def onward() -> Onward:
            return Onward(source, share[-1][1], settings.warm_up, glancer)

        shown = onward()
        for start, stop in share:
            pace = pace_of(track.sightings_about(*source.time_s[[start, stop - 1]].tolist()))
            known = kept.get(start)
            if known is not None and known.pace is pace:
                known.again()
                with suppress(AskedOtherwiseError), known:
                    chase.piece(known, start, stop, shown)
                    continue
                rows.begin_again(start, stop)
                shown = onward()
            # a new one each: what it has seen goes on in the visibility, past every `forget`
            with SparingFollower(model, pace) as follower:
                chase.piece(follower, start, stop, shown)

    # pieces that follow each other go to one worker: where one ends, it decodes on
    edges = _shared(pieces, kept, workers)
    with ThreadPoolExecutor(workers, thread_name_prefix="follow") as pool:
        for done in [pool.submit(run, pieces[a:b]) for a, b in pairwise(edges)]:
            done.result()
    rows.fill(source.time_s, settings.bridge_s)
    return rows


def _shared(pieces: Sequence[tuple[int, int]], kept: Kept, workers: int) -> list[int]:
    """Return where the shares of the workers begin and end; what is kept is little work."""
    work = [
        stop
        - start
        - _KEPT_SAVES * (min(kept[start].answers, stop - start) if start in kept else 0)
        for start, stop in pieces
    ]
    done = np.cumsum([0, *work]) / sum(work)
    # as even as whole pieces allow; each has one at least
    edges = [int(np.abs(done - i / workers).argmin()) for i in range(workers + 1)]
    return [max(i, min(edge, len(pieces) - workers + i)) for i, edge in enumerate(edges)]


_KEPT_SAVES = 0.7  # ours; of a picture's work, as measured: it is decoded all the same


class Chase:
    """One client, followed through any piece of one clip."""

    def __init__(
        self,
        source: Source,
        track: Track,
        look: Callable[[Rgb], tuple[Pose, ...]],
        rows: Followed,
        settings: FollowSettings,
        progress: Callable[[int], None] | None,
        watch: Watch | None,
    ) -> None:
        self._watch = watch
        self._source = source
        self._track = track
        self._clothes = track.clothes
        self._look = look
        self._rows = rows
        self._settings = settings
        self._progress = progress
        height_px = HEIGHTS_PER_SIZE * track.size_px
        wanted = _stepped(settings.crop_heights * height_px)
        # whole fours: the follower leaves out what is over, and that would be off the middle
        wide, tall = (min(side, max(_SMALLEST_CROP_PX, wanted)) // 4 * 4 for side in source.size_px)
        self._side_px = wide, tall
        self._grid_px = max(1, round(settings.start_grid_heights * height_px))

    def know(self, track: Track) -> None:
        """Take in what more is known of where the client is."""
        self._track, self._clothes = track, track.clothes

    def piece(self, follower: Follows, start: int, stop: int, shown_on: Stretches) -> None:
        """Follow from `start` up to `stop`, writing one row a frame."""
        follower.forget()
        centre: Point | None = None  # of the client in the last picture he was seen in
        last_seen_s = last_s = -math.inf
        from_afar = True  # whether that place is a look's and not the follower's own
        was_left: bool | None = None
        lead_sizes = 0.0  # of toes and nose in the last second, positive to the right
        early = max(0, start - self._settings.warm_up)
        began_s = last_look_s = float(
            self._source.time_s[early]
        )  # from here on, lost is lost in any piece
        watched = Watched(self._watch, start, stop)
        for number, shown in watched.through(shown_on.stretch(early, stop)):
            now_s = float(self._source.time_s[number])
            if self._track.part_at(last_s) != self._track.part_at(now_s):
                follower.forget()
                last_seen_s, was_left = -math.inf, None
            if now_s - last_seen_s > self._settings.lost_after_s:
                lost_s = now_s - max(last_seen_s, began_s)
                wait_s = now_s - max(last_seen_s, last_look_s)
                centre, has_looked = self._looked_for(shown, number, lost_s, wait_s)
                from_afar = True
                last_look_s = now_s if has_looked else last_look_s
            if self._progress and number >= start:
                self._progress(1)
            is_tracked = last_seen_s == last_s
            if centre is None or (
                is_tracked and self._skips(follower, watched, number, now_s - last_s, centre)
            ):
                continue
            faces_left = self._faces_left(now_s, lead_sizes, was_left=was_left)
            corner = self._corner(centre, faces_left=faces_left, coarse=from_afar)
            if was_left is not None and faces_left is not was_left:
                follower.forget()
            was_left = faces_left
            crop = shown.part(corner, self._side_px)
            pose = follow_right(follower, crop, min(now_s - last_s, 1.0), faces_left=faces_left)
            last_s = now_s
            if pose is None:
                continue
            place = _shifted(body_centre(pose.xy_px), corner)
            if self._is_stranger(crop, pose, number) or not self._is_client(pose, place, centre):
                follower.forget()
                continue
            share = min(1.0, now_s - last_seen_s)
            ahead = lead_px(pose) / self._track.size_px
            lead_sizes += share * (ahead - lead_sizes)
            centre, last_seen_s, from_afar = place, now_s, False
            watched.found(
                None if pose.outline is None else moved(pose.outline, corner), place, now_s
            )
            if number >= start:
                self._rows.put(number, pose, corner)

    def _skips(
        self,
        follower: Follows,
        watched: Watched,
        number: int,
        step_s: float,
        centre: Point,
    ) -> bool:
        """Leave a picture out if it may be, and say so; never a piece's last, which closes it."""
        if number == watched.stop - 1 or not follower.may_skip(step_s):
            return False
        if number >= watched.start:
            self._rows.skipped[number] = True
        watched.found(None, centre, float(self._source.time_s[number]))
        return True

    def _looked_for(
        self, shown: Decoded, number: int, lost_s: float, wait_s: float
    ) -> tuple[Point | None, bool]:
        """Return where a lost client should be, and whether the whole picture was looked at.

        Who has been away for long is looked for less often.
        """
        centre = self._expected(float(self._source.time_s[number]))
        settings = self._settings
        pause_s = min(settings.sure_s, max(settings.lost_after_s, settings.pause_share * lost_s))
        if centre is None or wait_s <= pause_s:
            return centre, False
        return self._found_again(shown, number, centre) or centre, True

    def _faces_left(self, time_s: float, lead_sizes: float, *, was_left: bool | None) -> bool:
        """Which way the client faces: as at the looks, and far from any as just followed."""
        if was_left is None or self._track.is_sighted_near(time_s):
            return self._track.faces_left(time_s)
        if abs(lead_sizes) < self._settings.turned_sizes:
            return was_left
        return lead_sizes < 0

    def _is_stranger(self, rgb: Rgb, pose: Pose, number: int) -> bool:
        """Whether a body wears something else than the client; written down for its frame."""
        if self._clothes is None:
            return False
        dressed = clothes_of(rgb, pose.xy_px, self._track.size_px)
        is_stranger = is_other(self._clothes, dressed)
        if is_stranger:
            self._rows.strangers[number] = True
        return is_stranger

    def _expected(self, time_s: float) -> Point | None:
        """Where the client should be; None when it is too long before or after he was seen."""
        first_s, last_s = (self._track.sightings[i].time_s for i in (0, -1))
        if not first_s - self._settings.entry_s <= time_s <= last_s + self._settings.entry_s:
            return None
        return self._track.place_at(time_s)

    def _corner(self, centre: Point, *, faces_left: bool, coarse: bool) -> tuple[int, int]:
        """Return the crop's top left, with `centre` in its middle as far as the picture goes.

        Reckoned as the model will see it, so that a mirrored clip is cut at mirrored pixels. A look
        over the whole picture reads the mirrored one a pixel or two differently; on a coarse grid
        that makes no difference to where the following starts, and so none to all that comes after.
        """
        width = self._source.size_px[0]
        seen = (width - centre[0], centre[1]) if faces_left else centre
        if coarse:
            seen = (_coarse(seen[0], self._grid_px), _coarse(seen[1], self._grid_px))
        x, y = (
            min(max(round(c - side / 2), 0), whole - side)
            for c, side, whole in zip(seen, self._side_px, self._source.size_px, strict=True)
        )
        return (width - self._side_px[0] - x, y) if faces_left else (x, y)

    def _found_again(self, shown: Decoded, number: int, expected: Point) -> Point | None:
        """Return the centre of the body nearest to where the client should be, if it is his."""
        now_s = float(self._source.time_s[number])
        away_s = min(abs(now_s - s.time_s) for s in self._track.sightings)
        if away_s < self._settings.sure_s:
            return None
        rgb = shown.whole()
        reach_px = (1 + away_s) * HEIGHTS_PER_SIZE * self._track.size_px
        candidates = [
            s.centre_px
            for s in sightings_of(number, now_s, self._look(rgb), rgb)
            if not is_other(self._clothes, s.clothes)
            and 1 / _ALIKE < s.size_px / self._track.size_px < _ALIKE
            and math.dist(s.centre_px, expected) < reach_px
        ]
        return min(candidates, key=lambda c: math.dist(c, expected), default=None)

    def _is_client(self, pose: Pose, place: Point, expected: Point) -> bool:
        ratio = body_size(pose.xy_px) / self._track.size_px
        near = math.dist(place, expected) < self._settings.drift_sizes * self._track.size_px
        return near and 1 / self._settings.size_ratio < ratio < self._settings.size_ratio


class Follower(Protocol):
    """Follows the one person that a series of pictures shows."""

    def follow(self, rgb: Rgb, step_s: float) -> Pose | None:
        """Return the person in the next picture, `step_s` after the last one."""


class Follows(Follower, Protocol):
    """Follows through one piece of a clip."""

    def may_skip(self, step_s: float) -> bool:
        """Return whether a picture, `step_s` after the last one followed, may go unseen."""

    def forget(self) -> None:
        """Drop the track: the next picture is searched anew."""


class Stretches(Protocol):
    """A clip's pictures, in stretches that follow each other."""

    def stretch(self, start: int, stop: int) -> Iterator[tuple[int, Decoded]]:
        """Yield (frame number, picture) from `start` up to, not including, `stop`."""


def follow_right(follower: Follower, rgb: Rgb, step_s: float, *, faces_left: bool) -> Pose | None:
    """Return the person in the next picture, shown to the model facing right."""
    if not faces_left:
        return follower.follow(rgb, step_s)
    pose = follower.follow(rgb[:, ::-1], step_s)
    return None if pose is None else mirrored(pose, rgb.shape[1])


_SMALLEST_CROP_PX = 64


_ALIKE = 1.4  # ours: found again, a client is not this much larger or smaller than before


def _coarse(value: float, step: int) -> int:
    return round(value / step) * step


def _stepped(length_px: float) -> int:
    """Round to an eighth of an octave: lengths that differ by a pixel come out alike."""
    return round(2 ** (round(8 * math.log2(max(length_px, 1.0))) / 8))


def _shifted(point: Point, corner: tuple[int, int]) -> Point:
    return point[0] + corner[0], point[1] + corner[1]
