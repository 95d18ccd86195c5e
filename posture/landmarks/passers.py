"""Who passes in front of the client: when, and which pictures show somebody else's body there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from posture.landmarks.clothes import OTHER, apart
from posture.landmarks.follow import Followed
from posture.landmarks.people import Sighting, Track, body_centre, meet, tracks_of
from posture.series import runs
from posture.types import Fact, FactKind, Floats, Reason

Frames = NDArray[np.bool_]  # (T,) one for each picture


@dataclass(frozen=True, slots=True, kw_only=True)
class PasserSettings:
    """When two people are near each other and who of them is in front; all ours."""

    look_every_s: float = 0.2  # a brisk walker moves a quarter of a size between two looks
    looks_at_most: int = 150  # ours; half a minute of crossings: more are looked at less closely
    near_sizes: float = 1.2  # bodies whose middles are nearer may touch: two half steps and arms
    about_s: float = 0.4  # looked at before and after: the passer is clear of the client there
    lost_at_most_s: float = 3.0  # who is out of sight for longer is not behind a passer
    drift_sizes: float = 0.6  # followed further than this from where the looks saw the client
    level_sizes: float = 0.03  # feet this much lower: a hand's breadth nearer to the camera
    behind_sizes: float = (
        0.08  # feet this much higher at the ordinary looks: behind, never in front
    )
    edge_sizes: float = 0.1  # a body is wider than its points, half a trunk's depth
    alike_sizes: float = 0.35  # a body this near to where the client should be may be the client
    extended_s: float = 0.25  # how far a path reaches beyond its first and last look
    joined_s: float = 0.5  # moments of one passing
    worth_saying_s: float = 0.1  # shorter, nobody would see it


def moments_to_look_at(
    time_s: Floats, rows: Followed, client: Track, others: Sequence[Track], settings: PasserSettings
) -> list[int]:
    """Return the frames at which to look again, because somebody may be in front of the client."""
    doubtful = rows.strangers | _briefly_lost(time_s, rows, client, settings)
    doubtful |= _drifted(time_s, rows, client, settings)
    for other in others:
        doubtful |= _near(time_s, rows, client, other, settings)
    if not doubtful.any():
        return []
    reach = np.flatnonzero(doubtful)
    around = np.zeros(len(time_s), dtype=bool)
    starts = np.searchsorted(time_s, time_s[reach] - settings.about_s)
    stops = np.searchsorted(time_s, time_s[reach] + settings.about_s, side="right")
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        around[start:stop] = True
    chosen: list[int] = []
    for frame in np.flatnonzero(around).tolist():
        if not chosen or time_s[frame] - time_s[chosen[-1]] >= settings.look_every_s - _TICK_S:
            chosen.append(frame)
    thin = 1 + (len(chosen) - 1) // settings.looks_at_most
    return chosen[::thin]


_TICK_S = 1e-3


def _briefly_lost(
    time_s: Floats, rows: Followed, client: Track, settings: PasserSettings
) -> Frames:
    """Pictures in which the client should be and is not, for a moment."""
    first_s, last_s = client.sightings[0].time_s, client.sightings[-1].time_s
    lost = ~np.isfinite(rows.xy_px[:, 0, 0]) & (time_s > first_s) & (time_s < last_s)
    found = np.zeros(len(time_s), dtype=bool)
    for start, stop in runs(lost):
        found[start:stop] = time_s[stop - 1] - time_s[start] <= settings.lost_at_most_s
    return found


def _drifted(time_s: Floats, rows: Followed, client: Track, settings: PasserSettings) -> Frames:
    """Pictures in which the followed body is not where the looks saw the client."""
    away = np.hypot(*(_centres(rows) - _path(client, time_s)).T)
    first_s, last_s = client.sightings[0].time_s, client.sightings[-1].time_s
    away[(time_s < first_s) | (time_s > last_s)] = np.nan
    return np.asarray(away > settings.drift_sizes * client.size_px)


def _near(
    time_s: Floats, rows: Followed, client: Track, other: Track, settings: PasserSettings
) -> Frames:
    """Pictures in which somebody's body may touch the client's, and is not clearly behind it."""
    behind = _feet_px(client) - _feet_px(other) > settings.behind_sizes * client.size_px
    if behind:
        return np.zeros(len(time_s), dtype=bool)
    every_s = _spacing_s(client)
    first_s, last_s = other.sightings[0].time_s, other.sightings[-1].time_s
    there = (time_s > first_s - every_s) & (time_s < last_s + every_s)
    own = _centres(rows)
    own = np.where(np.isfinite(own), own, _path(client, time_s))
    apart_px = np.abs(own[:, 0] - _path(other, time_s, beyond=True)[:, 0])
    near = apart_px < settings.near_sizes * (client.size_px + other.size_px) / 2
    return np.asarray(there & near)


def _spacing_s(track: Track) -> float:
    times = [s.time_s for s in track.sightings]
    return min(float(np.median(np.diff(times))), 1.0) if len(times) > 1 else 1.0


def _centres(rows: Followed) -> Floats:
    low, high = rows.xy_px.min(axis=1), rows.xy_px.max(axis=1)
    return np.asarray((low + high) / 2, dtype=np.float64)


_BEYOND_S = 2.0  # ours; somebody who walks on is out of the picture by then


def _path(track: Track, time_s: Floats, *, beyond: bool = False) -> Floats:
    """Where somebody is at all times, straight between the looks; (T, 2)."""
    times = [s.time_s for s in track.sightings]
    places = np.array([s.centre_px for s in track.sightings])
    path = np.stack([np.interp(time_s, times, places[:, axis]) for axis in (0, 1)], axis=1)
    if beyond:
        outside_s = np.abs(time_s - np.clip(time_s, times[0], times[-1]))
        for frame in np.flatnonzero((outside_s > 0) & (outside_s < _BEYOND_S)).tolist():
            path[frame] = track.place_at(float(time_s[frame]))
    return path


def _feet_px(track: Track) -> float:
    """How far down somebody's feet are: the lower foot, as it usually is."""
    return float(np.median([s.feet_px for s in track.sightings]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """Pictures that do not show the client, and those of them in which somebody is in front."""

    not_client: Frames
    in_front: Frames


def hidden_by_others(
    time_s: Floats,
    rows: Followed,
    client: Track,
    samples: Sequence[tuple[Sighting, ...]],
    settings: PasserSettings,
) -> Hidden:
    """Return in which pictures somebody who was seen at the closer looks hides the client."""
    not_client = np.zeros(len(time_s), dtype=bool)
    in_front = np.zeros(len(time_s), dtype=bool)
    own, others = _told_apart(tracks_of(samples, settings.look_every_s), rows, client, settings)
    seen_in = {s.frame for track in own for s in track.sightings}
    for other in others:
        if not _is_seen_apart(other, client, rows, settings):
            continue  # two bodies mixed up where one is behind the other
        if _hides(other, client, rows, seen_in, settings):
            lower = np.inf  # whatever the feet say: a child, or somebody on a step
        else:
            lower = (_feet_px(other) - _feet_px(client)) / client.size_px
        if lower < -settings.level_sizes and _is_dressed_otherwise(other, client):
            continue  # behind, and told apart by the clothes wherever the two meet
        for frame in _frames_of(other, time_s, settings):
            hull = _hull_at(other, float(time_s[frame]))
            inside = _share_inside(rows, client, frame, float(time_s[frame]), hull, settings)
            if inside == 0:
                continue
            if lower > settings.level_sizes or (lower > -settings.level_sizes and inside > _HALF):
                not_client[frame] = in_front[frame] = True
            elif _is_nearer(rows, frame, float(time_s[frame]), client, other, settings):
                not_client[frame] = True
    return Hidden(not_client=not_client, in_front=in_front)


_HALF = 0.5  # ours; of the points: level with the client, only who hides this much is in front


def _told_apart(
    seen: Sequence[Track], rows: Followed, client: Track, settings: PasserSettings
) -> tuple[list[Track], list[Track]]:
    """Return who of those seen at the closer looks is the client, and who is not.

    The client is who is mostly where the ordinary looks had the client, or, where they were
    mistaken, who was followed; never somebody who wears something else.
    """
    dressed = [track for track in seen if not _is_dressed_otherwise(track, client)]
    on_path = [t for t in dressed if _share_near(t, _expected_places(t, client), settings) >= _HALF]
    own = {id(track) for track in on_path}
    for track in dressed:
        was_followed = _share_near(track, _followed_places(track, rows), settings) >= _HALF
        if was_followed and not any(meet(track, one) for one in on_path):
            own.add(id(track))
    return (
        [t for t in seen if id(t) in own],
        [t for t in seen if id(t) not in own and len(t.sightings) >= _SURELY_THERE],
    )


_SURELY_THERE = 2  # ours; closer looks: what is found at one only is an illusion


def _expected_places(track: Track, client: Track) -> Floats:
    return np.array([client.place_at(s.time_s) for s in track.sightings])


def _followed_places(track: Track, rows: Followed) -> Floats:
    return np.array([body_centre(rows.xy_px[s.frame]) for s in track.sightings])


def _share_near(track: Track, places: Floats, settings: PasserSettings) -> float:
    """Return at which share of its looks somebody is hardly away from these places."""
    away = np.hypot(*(np.array([s.centre_px for s in track.sightings]) - places).T)
    return float(np.mean(away < settings.alike_sizes * track.size_px))


def _is_seen_apart(other: Track, client: Track, rows: Followed, settings: PasserSettings) -> bool:
    """Whether somebody was seen at one look at least where the client is not."""
    return any(
        _share_inside(rows, client, s.frame, s.time_s, _hull(s.pose.xy_px), settings) < _HALF
        for s in other.sightings
    )


def _hides(
    other: Track, client: Track, rows: Followed, seen_in: set[int], settings: PasserSettings
) -> bool:
    """Whether the client is out of sight where somebody is in the same place."""
    meets = [
        s.frame in seen_in
        for s in other.sightings
        if _share_inside(rows, client, s.frame, s.time_s, _hull(s.pose.xy_px), settings) > _TOUCHES
    ]
    return bool(meets) and float(np.mean(meets)) < _HALF


_TOUCHES = 0.3  # ours; of the client's points: an arm alone hides nobody


def _is_dressed_otherwise(other: Track, client: Track) -> bool:
    return apart(client.clothes, other.clothes) > OTHER


def _frames_of(other: Track, time_s: Floats, settings: PasserSettings) -> list[int]:
    first_s, last_s = other.sightings[0].time_s, other.sightings[-1].time_s
    there = (time_s >= first_s - settings.extended_s) & (time_s <= last_s + settings.extended_s)
    return np.flatnonzero(there).tolist()


def _hull_at(other: Track, time_s: float) -> Floats:
    """Return the hull around somebody's points between two looks, moving on beyond them."""
    times = np.array([s.time_s for s in other.sightings])
    after = int(np.clip(np.searchsorted(times, time_s), 1, max(len(times) - 1, 1)))
    if len(times) == 1:
        return _hull(other.sightings[0].pose.xy_px)
    share = (time_s - times[after - 1]) / (times[after] - times[after - 1])
    before, later = (other.sightings[i].pose.xy_px for i in (after - 1, after))
    return _hull((1 - share) * before + share * later)


def _hull(points_px: NDArray[np.floating]) -> Floats:
    return np.asarray(cv2.convexHull(points_px.astype(np.float32)))


def _share_inside(
    rows: Followed,
    client: Track,
    frame: int,
    time_s: float,
    hull: Floats,
    settings: PasserSettings,
) -> float:
    """Return the share of the client's points that lie on somebody else."""
    points = rows.xy_px[frame]
    if not np.isfinite(points[0, 0]):  # not found: as last seen, where expected
        nearest = min(client.sightings, key=lambda s: abs(s.time_s - time_s))
        points = nearest.pose.xy_px + np.subtract(client.place_at(time_s), nearest.centre_px)
    edge_px = settings.edge_sizes * client.size_px
    inside = [
        cv2.pointPolygonTest(hull, (float(x), float(y)), measureDist=True) > -edge_px
        for x, y in points
    ]
    return float(np.mean(inside))


def _is_nearer(
    rows: Followed,
    frame: int,
    time_s: float,
    client: Track,
    other: Track,
    settings: PasserSettings,
) -> bool:
    """Whether the followed body is rather where somebody else is than where the client is."""
    if not np.isfinite(rows.xy_px[frame, 0, 0]):
        return False
    place = body_centre(rows.xy_px[frame])
    own, their = (np.hypot(*np.subtract(place, t.place_at(time_s))) for t in (client, other))
    return bool(their < own / 2 and own > settings.alike_sizes * client.size_px)


def passing_fact(time_s: Floats, in_front: Frames, settings: PasserSettings) -> tuple[Fact, ...]:
    """Say that somebody passed in front, and when; nothing where nobody did."""
    spans: list[tuple[float, float]] = []
    for frame in np.flatnonzero(in_front).tolist():
        now_s = float(time_s[frame])
        if spans and now_s - spans[-1][1] <= settings.joined_s:
            spans[-1] = (spans[-1][0], now_s)
        else:
            spans.append((now_s, now_s))
    spans = [(start, end) for start, end in spans if end - start >= settings.worth_saying_s]
    if not spans:
        return ()
    return (
        Fact(
            kind=FactKind.PERSON_IN_FRONT,
            reason=Reason("fact_person_in_front"),
            spans_s=tuple(spans),
            probability=_SURE,
            what_to_do=Reason("fact_person_in_front_todo"),
        ),
    )


_SURE = 0.95  # ours; a second body was seen there at several looks
