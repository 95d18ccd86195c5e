"""Which of the people in view is the client, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from posture.activities import GAITS, TESTS
from posture.errors import UnusableClip
from posture.landmarks.people import Track
from posture.landmarks.skeleton import HEIGHTS_PER_SIZE, SIDES, index, side_indices
from posture.types import Activity, Person, Reason, SeenPerson


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSettings:
    """What makes somebody the client; all ours, the reason beside each."""

    min_height_frac: float = 0.15  # below this the feet are a few pixels and angles mean nothing
    weight_size: float = 1.0  # the client is near the camera
    weight_centre: float = 0.5  # the camera is pointed at the client
    weight_seen: float = 1.0  # the clip is about somebody who is in it for long
    weight_whole: float = 0.7  # a bystander is often cut off by the picture's edge
    weight_moves: float = 1.5  # walking past and bending is what a client does, not a watcher
    min_seen_s: float = 1.5  # less shows neither a stride nor a pose that is held
    close_call: float = 0.35  # a lead a small change of place or size would take away is told


@dataclass(frozen=True, slots=True, kw_only=True)
class _Traits:
    """What speaks for a track, each 0..1."""

    size: float
    centre: float
    seen: float
    whole: float
    moves: float


def choose(
    tracks: Sequence[Track],
    samples: int,
    size_px: tuple[int, int],
    *,
    activity: Activity | None = None,
    number: int | None = None,
    picked: Track | None = None,
    settings: PersonSettings = PersonSettings(),
) -> tuple[Track, Person]:
    """Return the client's track and who it is, with the reason.

    People are numbered from 1 by when they first appear, then from left to right; `number`
    overrules the choice, and `picked`, who was pointed at, overrules both.

    Raises
    ------
    UnusableClip
        Nobody in view, the person asked for is not there, or everybody is too small.
    """
    ordered = sorted(tracks, key=lambda t: (t.sightings[0].frame, t.sightings[0].centre_px[0]))
    if not ordered:
        raise UnusableClip("nobody_in_view")
    people = tuple(_seen_person(i, t, size_px) for i, t in enumerate(ordered, start=1))
    if picked is None and number is not None and not 1 <= number <= len(people):
        raise UnusableClip("no_such_person", number=number, count=len(people))
    if picked is not None:
        chosen = next(i for i, track in enumerate(ordered) if track is picked)
        because = Reason("chosen_by_place")
    elif number is not None:
        chosen, because = number - 1, Reason("chosen_by_number", {"number": number})
    else:
        chosen, because = _most_likely(ordered, samples, size_px, activity, settings)
    if people[chosen].height_frac < settings.min_height_frac:
        raise UnusableClip(
            "person_too_small",
            share=people[chosen].height_frac,
            least=settings.min_height_frac,
        )
    track = ordered[chosen]
    return track, Person(
        count_seen=len(people),
        number=chosen + 1,
        chosen_because=because,
        seen_share=len(track.sightings) / max(samples, 1),
        people=people,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the picture that was pointed at, and when."""

    time_s: float
    x_frac: float  # of the picture's width, from the left
    y_frac: float  # of its height, from the top


_POINTED_SIZES = 0.5  # ours; a finger beside the body still means it


def at_place(tracks: Sequence[Track], place: Place, size_px: tuple[int, int]) -> Track:
    """Return whose body was pointed at: it is there, or hardly beside it.

    Raises
    ------
    UnusableClip
        Nobody is there.
    """
    point = np.array([place.x_frac * size_px[0], place.y_frac * size_px[1]])
    found: list[tuple[float, float, Track]] = []
    for track in tracks:
        seen = min(track.sightings, key=lambda s: abs(s.time_s - place.time_s))
        low, high = seen.pose.xy_px.min(axis=0), seen.pose.xy_px.max(axis=0)
        outside = np.hypot(*np.maximum(np.maximum(low - point, point - high), 0)) / seen.size_px
        away = np.hypot(*(point - seen.centre_px)) / seen.size_px
        if outside <= _POINTED_SIZES and abs(seen.time_s - place.time_s) <= _POINTED_S:
            found.append((float(outside), float(away), track))
    if not found:
        raise UnusableClip("nobody_at_place")
    return min(found, key=lambda one: one[:2])[2]


_POINTED_S = 1.0  # ours; the picture itself is looked at, and nobody is elsewhere a second later


def _most_likely(
    tracks: Sequence[Track],
    samples: int,
    size_px: tuple[int, int],
    activity: Activity | None,
    settings: PersonSettings,
) -> tuple[int, Reason]:
    if len(tracks) == 1:
        return 0, Reason("chosen_only_one")
    tallest = max(t.size_px for t in tracks)
    looks = sorted({s.frame for track in tracks for s in track.sightings})
    traits = [_traits(t, looks, samples, size_px, tallest, activity) for t in tracks]
    parts = np.array(
        [
            [
                settings.weight_size * t.size,
                settings.weight_centre * t.centre,
                settings.weight_seen * t.seen,
                settings.weight_whole * t.whole,
                settings.weight_moves * t.moves,
            ]
            for t in traits
        ]
    )
    totals = parts.sum(axis=1)
    passing = np.array([_seen_s(track) < settings.min_seen_s for track in tracks])
    order = np.lexsort((-totals, passing))  # who is gone at once only where everybody is
    best, second = int(order[0]), int(order[1])
    lead = int(np.argmax(parts[best] - parts[second]))
    code = (
        "chosen_largest",
        "chosen_most_central",
        "chosen_seen_longest",
        "chosen_whole_body_seen",
        "chosen_moves_as_asked" if activity else "chosen_moves",
    )[lead]
    told: dict[str, float | str] = {"count": len(tracks)}
    if passing[best] == passing[second] and totals[best] - totals[second] < settings.close_call:
        told["rival"] = second + 1  # as people are numbered: `tracks` come in that order
    return best, Reason(code, told)


def _traits(
    track: Track,
    looks: Sequence[int],
    samples: int,
    size_px: tuple[int, int],
    tallest_px: float,
    activity: Activity | None,
) -> _Traits:
    width, height = size_px
    middle = np.median([s.centre_px[0] for s in track.sightings]) / width
    ends = [index(f"{side}_{part}") for side in SIDES for part in ("ankle", "foot_index")]
    heads_and_feet = np.array([s.pose.xy_px[[index("nose"), *ends]] for s in track.sightings])
    seen = _looks_there(track, looks) / max(samples, 1)
    inside = (heads_and_feet >= 0).all(-1) & (heads_and_feet < (width, height)).all(-1)
    return _Traits(
        size=track.size_px / tallest_px,
        centre=float(1 - 2 * abs(middle - 0.5)),
        seen=seen,
        whole=float(inside.all(-1).mean()),
        # who is in view for a moment shows little of what a client does
        moves=(1 + seen) / 2 * _moves(track, activity),
    )


def _seen_s(track: Track) -> float:
    return track.sightings[-1].time_s - track.sightings[0].time_s


def _looks_there(track: Track, looks: Sequence[int]) -> int:
    """At how many looks somebody is there: seen, or behind somebody and then in the same place."""
    hidden = sum(
        sum(one.frame < frame < two.frame for frame in looks)
        for one, two in pairwise(track.sightings)
        if np.hypot(*np.subtract(one.centre_px, two.centre_px)) < _SAME_PLACE * track.size_px
    )
    return len(track.sightings) + hidden


_SAME_PLACE = 0.5  # ours; sizes: who bends or walks on a treadmill stays within it


def _moves(track: Track, activity: Activity | None) -> float:
    """How much the track moves as a client does: walks past, steps in place, bends; 0..1."""
    grounded = _grounded(track)
    walks = grounded * min(1.0, _travel_heights(track) * _scissoring(track))
    steps = grounded * min(1.0, _scissoring(track))
    bends = grounded * min(1.0, _trunk_range_deg(track) / 60)
    still = 1.0 - max(walks, bends)
    moving = max(walks, 0.8 * steps, bends)  # a treadmill walker keeps the place
    if activity in GAITS:
        return max(walks, steps)
    if activity is Activity.FORWARD_BEND:
        return bends
    return still if activity in TESTS else moving


def _travel_heights(track: Track) -> float:
    x = [s.centre_px[0] for s in track.sightings]
    return (max(x) - min(x)) / (track.size_px * HEIGHTS_PER_SIZE)


def _grounded(track: Track) -> float:
    """1 while the lower foot keeps its height in the picture, 0 when it moves by a body's size."""
    lower = [
        max(float(s.pose.xy_px[index(f"{side}_ankle"), 1]) for side in SIDES)
        for s in track.sightings
    ]
    return max(0.0, 1.0 - float(np.ptp(np.percentile(lower, [5, 95]))) / track.size_px)


def _scissoring(track: Track) -> float:
    """1 when the feet pass each other as far apart as in a walking step."""
    apart = [
        s.pose.xy_px[index("left_ankle"), 0] - s.pose.xy_px[index("right_ankle"), 0]
        for s in track.sightings
    ]
    return float(np.ptp(apart)) / track.size_px / 0.5  # a step is about 0.4 to 0.5 of this length


def _trunk_range_deg(track: Track) -> float:
    leans = []
    for sighting in track.sightings:
        shoulder, hip = (
            np.mean([sighting.pose.xy_px[side_indices(s, (part,))[0]] for s in SIDES], axis=0)
            for part in ("shoulder", "hip")
        )
        leans.append(abs(np.degrees(np.arctan2(shoulder[0] - hip[0], hip[1] - shoulder[1]))))
    return float(np.ptp(leans))


def _seen_person(number: int, track: Track, size_px: tuple[int, int]) -> SeenPerson:
    return SeenPerson(
        number=number,
        first_s=track.sightings[0].time_s,
        last_s=track.sightings[-1].time_s,
        height_frac=track.size_px * HEIGHTS_PER_SIZE / size_px[1],
        travel_heights=_travel_heights(track),
    )
