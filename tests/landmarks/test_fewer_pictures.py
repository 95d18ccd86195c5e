"""Somebody alone who stands or bends is followed on fewer pictures of a quick camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from posture.landmarks import find as find_module
from posture.landmarks.find import Client, LandmarkSettings, _client, _feet_move, _step
from posture.landmarks.mediapipe import Pose
from posture.landmarks.people import Track
from posture.types import Person, Reason, Rgb
from posture.video.glance import Glances
from posture.video.probe import Source, VideoSettings, probe
from posture.video.source import pictures, pictures_at
from tests.landmarks.make import body, track
from tests.video.make import clip

SIZE_PX = (64, 48)
PERSON = Person(count_seen=1, number=1, chosen_because=Reason("only_one"), seen_share=1.0)


def filmed(path: Path, rate_hz: int, seconds: float = 2.0) -> Source:
    file = clip(path / "a.mp4", round(rate_hz * seconds), rate=rate_hz, size_px=SIZE_PX)
    return probe(file, VideoSettings())


def stands(_: float) -> Pose:
    return body((32, 24), 30)


def walks(time_s: float) -> Pose:
    return body((32, 24), 30, step=0.25 * np.sin(2 * np.pi * time_s / 1.1))


def client(person: Callable[[float], Pose], others: tuple[Track, ...] = ()) -> Client:
    seen = track(np.arange(0, 2.1, 0.4).tolist(), person)
    return Client(track=seen, person=PERSON, others=others, facts=())


def no_repeats(source: Source) -> Glances:
    glances = Glances.empty(source.clip.frames)
    glances.most[:] = 30.0
    return glances


@pytest.mark.parametrize(("rate_hz", "step"), [(24, 1), (30, 1), (50, 2), (60, 2), (120, 5)])
def test_a_quick_clip_of_somebody_who_stands_is_thinned(
    rate_hz: int, step: int, tmp_path: Path
) -> None:
    source = filmed(tmp_path, rate_hz)

    assert _step(source, client(stands), no_repeats(source)) == step


def test_every_picture_counts_of_who_walks_is_not_alone_or_is_repeated(tmp_path: Path) -> None:
    source = filmed(tmp_path, 60)
    repeated = no_repeats(source)
    repeated.most[1::2] = 0.1

    assert _step(source, client(walks), no_repeats(source)) == 1
    assert _step(source, client(stands, (client(stands).track,)), no_repeats(source)) == 1
    assert _step(source, client(stands), repeated) == 1


@pytest.mark.parametrize("stride_s", [1.0, 2.0, 0.5])
def test_a_walk_in_step_with_the_looks_is_seen_between_them(
    stride_s: float, tmp_path: Path
) -> None:
    def treadmill(time_s: float) -> Pose:
        return body((32, 24), 30, step=0.25 * np.sin(2 * np.pi * time_s / stride_s + 0.7))

    source = filmed(tmp_path, 60, seconds=5.0)
    times_s = iter(
        [float(source.time_s[round((s + a) * 60)]) for s in (0, 2, 4) for a in (0.15, 0.35)]
    )
    seen = track(np.arange(0, 4.1, stride_s).tolist(), treadmill)
    still = track(np.arange(0, 4.1, 1.0).tolist(), stands)

    assert _feet_move(source, seen, lambda _: (treadmill(next(times_s)),))
    assert not _feet_move(source, still, lambda _: (stands(0),))


def test_a_first_picture_that_cannot_be_decoded_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transport stream that begins in mid-group: its first pictures have nothing to refer to."""
    source = filmed(tmp_path, 30, seconds=3.0)

    class Looks:
        def __init__(self, *_: object) -> None:
            pass

        def find(self, *_: object, **__: object) -> tuple[Pose, ...]:
            return (stands(0),)

    def without_first(
        of: Source, numbers: Sequence[int], *rest: object
    ) -> Iterator[tuple[int, Rgb]]:
        yield from ((n, rgb) for n, rgb in pictures_at(of, numbers, *rest) if n > 0)  # type: ignore[arg-type]

    monkeypatch.setattr(find_module, "pictures_at", without_first)
    numbers = [0, 30, 60, 89]

    both: Any = (Looks(), Looks())

    found = _client(source, both, numbers, no_repeats(source), None, LandmarkSettings())

    assert found.track.sightings[0].frame == 30


def test_a_thinned_clip_hands_out_every_other_picture_with_its_own_time(tmp_path: Path) -> None:
    source = filmed(tmp_path, 60)

    thin = source.every(2)

    whole = dict(pictures(source))
    shown = dict(pictures(thin))
    assert sorted(shown) == list(range(thin.clip.frames))
    assert thin.time_s.tolist() == source.time_s[::2].tolist()
    for number, rgb in shown.items():
        assert np.array_equal(rgb, whole[2 * number])
    later = dict(pictures(thin, 20, 25))
    assert all(np.array_equal(later[n], whole[2 * n]) for n in range(20, 25))
