"""Mirror images: who moves in step with somebody larger, dressed alike, is their reflection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from posture.landmarks.clothes import OTHER, apart
from posture.landmarks.people import Sighting, Track
from posture.landmarks.skeleton import SIDES, index
from posture.series import correlation
from posture.types import Fact, FactKind, Floats, Reason

# What makes a second figure a mirror image; all ours.
_LEAST_LOOKS = 3  # at which both are seen: two do not show whether they move in step
_TOGETHER = 0.8  # of the image's looks: who is there alone is nobody's reflection
_SMALLER = 0.97  # an image is further off than the person, never larger
_OFF_FLOOR_SIZES = 0.03  # and so its feet are higher in the picture
_ALIKE = OTHER  # colours through a mirror: glass is darker, and often green
_LEAN_DEG = 12.0  # two readings of one posture differ by less than this
_APART_SIZES = 0.15  # and the distance of the feet by less than this
_MOVED_LEAN_DEG = 30.0  # who moves as little as neither is only perhaps a reflection
_MOVED_APART_SIZES = 0.25
_MOVED_SIZES = 0.5
_IN_STEP = 0.95  # how well places go together, there and back or the same way
_SURE = 0.9
_PERHAPS = 0.55  # both stand still: said, because it might be
_ALIKE_STILL = OTHER / 2  # then nothing but the clothes speaks for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection:
    """One figure that is, or may be, the mirror image of another."""

    image: Track
    person: Track
    probability: float


def reflections(tracks: Sequence[Track]) -> tuple[Reflection, ...]:
    """Return the figures that are somebody's mirror image, each of one person only."""
    found: dict[int, Reflection] = {}
    for image, person in permutations(tracks, 2):
        probability = _probability(image, person)
        before = found.get(id(image))
        if probability > (before.probability if before else 0.0):
            found[id(image)] = Reflection(image=image, person=person, probability=probability)
    # the image of an image is that of the person
    return tuple(r for r in found.values() if id(r.person) not in found)


def _probability(image: Track, person: Track) -> float:
    pairs = _together(image, person)
    if (
        len(pairs) < _LEAST_LOOKS
        or len(pairs) < _TOGETHER * len(image.sightings)
        or not _is_further(pairs)
        or not apart(image.clothes, person.clothes) < _ALIKE
    ):
        return 0.0
    own, their = ([_posture(pair[k]) for pair in pairs] for k in (0, 1))
    off = np.abs(np.array(own) - np.array(their))
    if (np.median(off, axis=0) > (_LEAN_DEG, _APART_SIZES)).any():
        return 0.0
    ranges = np.ptp(np.array(their), axis=0)
    x = np.array([[s.centre_px[0] / s.size_px for s in pair] for pair in pairs])
    has_moved = (ranges > (_MOVED_LEAN_DEG, _MOVED_APART_SIZES)).any()
    if np.ptp(x[:, 1]) > _MOVED_SIZES:
        # before a wall of mirrors the image goes along, in one to the side it comes towards
        if not abs(correlation(x[:, 0], x[:, 1])) >= _IN_STEP:
            return 0.0
        has_moved = True
    if not has_moved and not apart(image.clothes, person.clothes) < _ALIKE_STILL:
        return 0.0
    return _SURE if has_moved else _PERHAPS


def _together(image: Track, person: Track) -> list[tuple[Sighting, Sighting]]:
    """Return what both looked like in the same pictures."""
    by_frame = {s.frame: s for s in person.sightings}
    return [(s, by_frame[s.frame]) for s in image.sightings if s.frame in by_frame]


def _is_further(pairs: Sequence[tuple[Sighting, Sighting]]) -> bool:
    ratio = np.median([image.size_px / person.size_px for image, person in pairs])
    higher = np.median([(p.feet_px - i.feet_px) / p.size_px for i, p in pairs])
    return bool(ratio < _SMALLER and higher > _OFF_FLOOR_SIZES)


def _posture(seen: Sighting) -> tuple[float, float]:
    """Return how far the trunk leans and how far the feet are apart, to either side alike."""
    xy = seen.pose.xy_px

    def middle(part: str) -> Floats:
        return np.asarray(np.mean([xy[index(f"{side}_{part}")] for side in SIDES], axis=0))

    up = middle("shoulder") - middle("hip")
    lean_deg = float(np.degrees(np.arctan2(abs(up[0]), -up[1])))
    feet = xy[index("left_ankle"), 0] - xy[index("right_ankle"), 0]
    return lean_deg, abs(float(feet)) / seen.size_px


def mirror_fact(found: Sequence[Reflection], client: Track) -> tuple[Fact, ...]:
    """Say that the client has, or may have, a mirror image; nothing where there is none."""
    own = [r for r in found if client is r.image or client is r.person]
    if not own:
        return ()
    return (
        Fact(
            kind=FactKind.MIRROR_IMAGE,
            reason=Reason("fact_mirror_image"),
            spans_s=tuple((r.image.sightings[0].time_s, r.image.sightings[-1].time_s) for r in own),
            probability=max(r.probability for r in own),
            what_to_do=Reason("fact_mirror_image_todo"),
        ),
    )
