"""From a clip to the landmarks of its client: look, choose, follow."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from posture.activities import GAITS
from posture.errors import UnusableClip
from posture.landmarks.follow import (
    Followed,
    FollowSettings,
    Kept,
    follow,
    follow_right,
)
from posture.landmarks.lookout import Expected, Lookout, Looks, expected_after, is_large
from posture.landmarks.mediapipe import Pose, PoseFollower
from posture.landmarks.models import ModelFile
from posture.landmarks.parts import different_people
from posture.landmarks.passers import (
    PasserSettings,
    hidden_by_others,
    moments_to_look_at,
    passing_fact,
)
from posture.landmarks.people import Sighting, Track, sightings_of, tracks_of
from posture.landmarks.person import PersonSettings, Place, at_place, choose
from posture.landmarks.plan import sample_numbers
from posture.landmarks.reflection import mirror_fact, reflections
from posture.landmarks.skeleton import NAMES
from posture.landmarks.sparing import FEET_STAY, feet_apart, feet_off
from posture.landmarks.watch import Watch
from posture.types import Activity, Fact, Landmarks, Person, Rgb
from posture.video.cuts import cuts_between
from posture.video.glance import Glances
from posture.video.probe import Source
from posture.video.repeats import repeats_in
from posture.video.source import pictures, pictures_at


class Early(Protocol):
    """What was found in a recording while it was still coming in."""

    @property
    def looks(self) -> Looks:
        """What its pictures showed."""

    @property
    def followers(self) -> Kept:
        """How the client was followed through its pieces, by their first frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkSettings:
    """How people are looked for and the client is followed."""

    look_every_s: float = 1.0  # ours; a walker moves less than a height between two looks
    looks_at_most: int = 150  # ours; in clips over two and a half minutes the looks are spread out
    min_sightings: int = 2  # ours; a body seen once among many looks is an illusion or a passer-by
    min_size_ratio: float = 0.33  # ours; smaller beside others is far away or a thing
    max_people: int = 5  # ours; more do not fit side by side in a gym picture
    number: int | None = None  # --person N
    at: Place | None = None  # --person T,X,Y, or a press on the person in the app
    person: PersonSettings = field(default_factory=PersonSettings)
    follow: FollowSettings = field(default_factory=FollowSettings)
    passers: PasserSettings = field(default_factory=PasserSettings)


def find_landmarks(
    source: Source,
    model: ModelFile,
    *,
    activity: Activity | None = None,
    settings: LandmarkSettings = LandmarkSettings(),
    progress: Callable[[int], None] | None = None,
    watch: Watch | None = None,
    early: Early | None = None,
) -> Landmarks:
    """Return the client's body points and outlines over the whole clip.

    `watch` is shown the pictures that the client is followed through. What was found `early` is
    not looked for anew; what is returned is the same.

    Raises
    ------
    UnusableClip
        Nobody in view, or the people are too small.
    """
    numbers = list(sample_numbers(source.time_s, settings.look_every_s, settings.looks_at_most))
    if settings.at is not None:
        pointed = int(np.searchsorted(source.time_s, settings.at.time_s, side="right")) - 1
        numbers = sorted({*numbers, max(0, pointed)})
    every_s = source.clip.duration_s / len(numbers)
    # after the looks: every picture where they are close together (video.cuts.cuts_between)
    glances = Glances.empty(source.clip.frames) if watch is None else watch.glances
    facts: tuple[Fact, ...] = ()
    looks, kept = (None, None) if early is None else (early.looks, early.followers)
    with (
        Lookout(model.points, settings.max_people, looks) as lookout,
        Lookout(model.points, settings.max_people, looks) as second,
    ):
        client = _client(source, (lookout, second), numbers, glances, activity, settings)
        track = client.track
        second.rest()
        clip = source.clip
        step = 1 if activity in GAITS else _step(source, client, glances)
        if step > 1 and _feet_move(source, track, lookout.find):
            step = 1
        if step > 1:
            source = source.every(step)
            watch = None if watch is None else watch.every(step)
            progress = None if progress is None else partial(_times, step, progress)
        lookout.rest()
        if source.clip.is_still:
            rows = _single(source, track, model.path)
        else:
            near = replace(settings.follow, entry_s=max(settings.follow.entry_s, every_s))
            rows = follow(source, track, model, lookout.find, near, progress, watch, kept)
            facts += _without_passers(source, rows, client, (lookout, second), settings.passers)
    seen = np.isfinite(rows.xy_px[:, 0, 0])
    if not seen.any():
        raise UnusableClip("nobody_in_view")
    return Landmarks(
        time_s=source.time_s,
        xy_px=rows.xy_px,
        visibility=rows.visibility,
        world_m=rows.world_m,
        names=NAMES,
        outlines=tuple(rows.outlines),
        size_px=source.size_px,
        clip=clip,
        person=replace(client.person, seen_share=float(seen.mean())),
        model=f"{model.name} {model.sha256}",
        facts=(*client.facts, *facts),
    )


def _times(step: int, progress: Callable[[int], None], pictures_done: int) -> None:
    progress(step * pictures_done)


def _step(source: Source, client: Client, glances: Glances) -> int:
    """Return how many times fewer pictures a second are enough.

    Standing and bending are measured over stretches of a fifth of a second and more; the events of
    a walk are worth every picture, and so is whoever may come in front.
    """
    time_s = source.time_s
    if len(source.pts) < 2 or source.is_webp:  # noqa: PLR2004 - one picture has no rate
        return 1
    rate_hz = 1 / float(np.median(np.diff(time_s)))
    stands = bool((feet_off(client.track.sightings) < FEET_STAY).all())
    if rate_hz <= _QUICK_HZ or client.others or not stands or repeats_in(glances.most).any():
        return 1
    return int(rate_hz // _ENOUGH_HZ)


def _feet_move(source: Source, track: Track, look: Callable[[Rgb], tuple[Pose, ...]]) -> bool:
    """Return whether the feet go on moving between the looks, which may fall into a walk's step."""
    sightings = track.sightings
    asked = {
        int(np.searchsorted(source.time_s, seen.time_s + after_s)): seen
        for seen in (sightings[0], sightings[len(sightings) // 2], sightings[-1])
        for after_s in _SHORTLY_S
    }
    numbers = sorted(number for number in asked if number < len(source.time_s))
    for number, rgb in pictures_at(source, numbers):
        now_s = float(source.time_s[number])
        about = sightings_of(number, now_s, look(rgb), rgb)
        if not about:
            return True
        place = track.place_at(now_s)
        seen = min(about, key=lambda one: math.dist(one.centre_px, place))
        if abs(feet_apart([seen])[0] - feet_apart([asked[number]])[0]) >= FEET_STAY:
            return True
    return False


_SHORTLY_S = (0.15, 0.35)  # two, as a foot passes the same place twice
_QUICK_HZ, _ENOUGH_HZ = 45.0, 24.0  # ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who is followed, and who else is there."""

    track: Track
    person: Person
    others: tuple[Track, ...]  # however short they were in view
    facts: tuple[Fact, ...]


def _client(
    source: Source,
    lookouts: tuple[Lookout, Lookout],
    numbers: Sequence[int],
    glances: Glances,
    activity: Activity | None,
    settings: LandmarkSettings,
) -> Client:
    def seen(
        lookout: Lookout,
        share: Sequence[int],
        closely: Collection[int],
        first: dict[int, tuple[Pose, ...]],
        until: int | None = None,
    ) -> dict[int, tuple[Sighting, ...]]:
        looks = {}
        expected = expected_after([pose for found in first.values() for pose in found])
        for number, rgb in pictures_at(source, share, glances.reader(), until):
            found = first.get(number)
            if found is None:
                found = lookout.find(rgb, closely=number in closely, expected=expected)
            expected = expected_after(found)
            looks[number] = sightings_of(number, float(source.time_s[number]), found, rgb)
        return looks

    def looked(numbers: Sequence[int], closely: Collection[int]) -> dict[int, tuple[Sighting, ...]]:
        # the first look tells what to expect; then two look at once, each at its half of the clip
        half = len(numbers) // 2
        first = {  # nothing where it cannot be decoded
            number: lookouts[0].find(rgb, closely=number in closely)
            for number, rgb in pictures_at(source, numbers[:1])
        }
        with ThreadPoolExecutor(1, thread_name_prefix="look") as pool:
            later = pool.submit(seen, lookouts[1], numbers[half:], closely, first)
            # up to the other half's first one, so that no picture between them goes unseen
            until = numbers[half] + 1
            found = seen(lookouts[0], numbers[:half], closely, first, until)
            return found | later.result()

    # a smaller client beside somebody large is found only closer up: three looks tell if one is
    closely = {numbers[0], numbers[len(numbers) // 2], numbers[-1]}
    height_px = source.size_px[1]
    looks = looked(numbers, closely)
    if any(_has_smaller(sample, height_px, settings) for sample in looks.values() if sample):
        # where nobody large is found, it was looked closely already
        again = [
            number
            for number, sample in looks.items()
            if number not in closely and any(is_large(s.size_px, height_px) for s in sample)
        ]
        looks |= looked(again, set(again)) if again else {}
    samples = [looks[number] for number in sorted(looks)]
    every_s = source.clip.duration_s / len(numbers)
    cuts_s = tuple(float(source.time_s[cut.frame]) for cut in cuts_between(glances, source.time_s))
    return client_of(samples, every_s, source.size_px, activity, settings, cuts_s)


def client_of(
    samples: Sequence[tuple[Sighting, ...]],
    every_s: float,
    size_px: tuple[int, int],
    activity: Activity | None,
    settings: LandmarkSettings,
    cuts_s: tuple[float, ...] = (),
) -> Client:
    """Return who of those seen at the looks is followed.

    Raises
    ------
    UnusableClip
        Nobody in view, or the people are too small.
    """
    everybody = tracks_of(samples, every_s, cuts_s)
    people = _believable(everybody, len(samples), settings)
    mirrored = reflections(people)
    people = tuple(t for t in people if all(t is not r.image for r in mirrored))
    picked = None if settings.at is None else at_place(everybody, settings.at, size_px)
    if picked is not None and all(picked is not one for one in people):
        people = (*people, picked)
    track, person = choose(
        people,
        len(samples),
        size_px,
        activity=activity,
        number=settings.number,
        picked=picked,
        settings=settings.person,
    )
    is_asked = settings.number is not None or picked is not None
    return Client(
        track=track,
        person=person,
        others=tuple(
            other
            for other in everybody
            if other is not track and all(other is not r.image for r in mirrored)
        ),
        facts=(
            *mirror_fact(mirrored, track),
            *(() if is_asked else different_people(people, track, person)),
        ),
    )


def _without_passers(
    source: Source,
    rows: Followed,
    client: Client,
    lookouts: tuple[Lookout, Lookout],
    settings: PasserSettings,
) -> tuple[Fact, ...]:
    """Look again where somebody may be in front; clear the rows where so, and say it."""
    numbers = moments_to_look_at(source.time_s, rows, client.track, client.others, settings)
    if not numbers:
        return ()
    track, times_s = client.track, source.time_s
    is_small = not is_large(track.size_px, source.size_px[1])

    def looked(lookout: Lookout, share: Sequence[int]) -> list[tuple[Sighting, ...]]:
        found = []
        for number, rgb in pictures_at(source, share):
            now_s = float(times_s[number])
            # who may be in front is about the client; so a look there is enough
            small_x = (track.place_at(now_s)[0],) if is_small else ()
            about = Expected(bodies=1, faces_left=None, small_x=small_x)
            found.append(sightings_of(number, now_s, lookout.find(rgb, expected=about), rgb))
        return found

    if len(numbers) < _LOOKS_FOR_TWO:
        samples = looked(lookouts[0], numbers)
    else:
        half = len(numbers) // 2
        with ThreadPoolExecutor(1, thread_name_prefix="look") as pool:
            later = pool.submit(looked, lookouts[1], numbers[half:])
            samples = [*looked(lookouts[0], numbers[:half]), *later.result()]
    hidden = hidden_by_others(source.time_s, rows, client.track, samples, settings)
    rows.clear(hidden.not_client)
    return passing_fact(source.time_s, hidden.in_front, settings)


_LOOKS_FOR_TWO = 16  # ours; for fewer a second model and a second decoding cost more than they save


def _has_smaller(sample: tuple[Sighting, ...], height_px: int, settings: LandmarkSettings) -> bool:
    """Whether beside somebody large another one is clearly smaller, though not far away."""
    sizes = [sighting.size_px for sighting in sample]
    least, most = settings.min_size_ratio * max(sizes), _SMALLER * max(sizes)
    return is_large(max(sizes), height_px) and any(least <= size < most for size in sizes)


_SMALLER = 0.9  # ours; people of one size are found together without looking closer


def _believable(
    tracks: Sequence[Track], samples: int, settings: LandmarkSettings
) -> tuple[Track, ...]:
    """Leave out illusions: bodies seen once among many looks, or tiny beside the others."""
    least = settings.min_sightings if samples > settings.min_sightings else 1
    lasting = [t for t in tracks if len(t.sightings) >= least] or list(tracks)
    tallest_px = max((t.size_px for t in lasting), default=0.0)
    return tuple(t for t in lasting if t.size_px >= settings.min_size_ratio * tallest_px)


def _single(source: Source, track: Track, model: Path) -> Followed:
    """Return a still's points and outline from the follower, which alone has outlines."""
    rows = Followed.empty(1, len(NAMES))
    found = track.sightings[0].pose
    rows.put(0, found)
    with PoseFollower(model) as follower:
        for _, rgb in pictures(source):
            pose = follow_right(follower, rgb, 1.0, faces_left=track.faces_left(0.0))
            apart = None if pose is None else np.abs(np.median(pose.xy_px - found.xy_px, axis=0))
            if pose is not None and apart is not None and apart.max() < _SAME * track.size_px:
                rows.put(0, pose)
    return rows


_SAME = 0.1  # ours; of the body's size: two readings of one picture differ less
