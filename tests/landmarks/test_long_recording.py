"""A recording of up to an hour is one client's throughout.

Neither model nor video: who is looked at is a body by the time, and what is tried is which looks
are taken for one person and what is left to be followed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pytest

from posture.landmarks import find as find_module
from posture.landmarks.find import find_landmarks
from posture.landmarks.follow import Followed, FollowSettings
from posture.landmarks.mediapipe import Pose
from posture.landmarks.models import ModelFile
from posture.landmarks.people import Track
from posture.landmarks.skeleton import NAMES
from posture.types import Clip, Landmarks, Rgb
from posture.video.probe import Source, Turn
from tests.landmarks.make import body

RATE_HZ = 4.0
Seen = Callable[[float], list[Pose]]


def recording(minutes: float) -> Source:
    """Return a file of that length which nobody opens."""
    frames = round(60 * minutes * RATE_HZ)
    return Source(
        path=Path("long.mp4"),
        clip=Clip(
            file="long.mp4",
            sha256="0" * 64,
            duration_s=frames / RATE_HZ,
            frames=frames,
            size_px=(640, 360),
            rotation_deg=0,
        ),
        size_px=(640, 360),
        time_s=np.arange(frames) / RATE_HZ,
        pts=np.arange(frames),
        turn=Turn(),
    )


class Looks:
    """What stands in for the lookout: it is shown the time and knows who is there then."""

    seen: Seen

    def __init__(self, _: Path, max_people: int, kept: object = None) -> None:
        assert (max_people > 1, kept) == (True, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def find(self, rgb: Rgb, *, closely: bool = False, expected: object = None) -> tuple[Pose, ...]:
        assert closely in {True, False}
        del expected  # every look sees all that is there
        return tuple(type(self).seen(float(rgb[0, 0, 0])))

    def rest(self) -> None:
        pass


def found(minutes: float, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> tuple[Landmarks, Track]:
    """Return what is said of the client, and the track that would be followed."""
    followed: list[Track] = []
    lock = threading.Lock()
    times_s = recording(minutes).time_s

    def pictures_at(
        _: Source, numbers: Sequence[int], *_glances: object
    ) -> Iterator[tuple[int, Rgb]]:
        for number in numbers:
            # no colour, but the time: these looks read nothing else
            yield number, np.full((1, 1, 3), times_s[number])

    def follow(
        source: Source,
        track: Track,
        model: ModelFile,
        look: object,
        settings: FollowSettings,
        progress: object,
        watch: object,
        kept: object,
    ) -> Followed:
        with lock:
            followed.append(track)
        assert (model.path, progress, watch, kept) == (Path("none"), None, None, None)
        assert look
        rows = Followed.empty(source.clip.frames, len(NAMES))
        first, last = (track.sightings[i].time_s for i in (0, -1))
        may_be_there = (source.time_s >= first - settings.entry_s) & (
            source.time_s <= last + settings.entry_s
        )
        rows.xy_px[may_be_there] = track.sightings[0].pose.xy_px
        return rows

    monkeypatch.setattr(Looks, "seen", staticmethod(seen), raising=False)
    monkeypatch.setattr(find_module, "Lookout", Looks)
    monkeypatch.setattr(find_module, "pictures_at", pictures_at)
    monkeypatch.setattr(find_module, "follow", follow)
    landmarks = find_landmarks(
        recording(minutes), ModelFile(name="none", path=Path("none"), sha256="0")
    )
    return landmarks, followed[0]


@pytest.mark.parametrize("minutes", [2, 11, 25, 60])
def test_one_person_on_a_treadmill_is_one_person_for_an_hour(
    minutes: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def walks(time_s: float) -> list[Pose]:
        return [body((320 + 10 * np.sin(time_s), 180), 200, step=0.45 * np.sin(5.7 * time_s))]

    landmarks, track = found(minutes, walks, monkeypatch)

    assert landmarks.person.count_seen == 1
    assert landmarks.person.seen_share == 1.0
    assert track.sightings[-1].time_s == pytest.approx(60 * minutes, abs=1)


@pytest.mark.parametrize("minutes", [11, 60])
def test_who_stands_beside_the_treadmill_for_the_hour_is_a_second_person(
    minutes: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two(time_s: float) -> list[Pose]:
        return [
            body((320, 180), 200, step=0.45 * np.sin(5.7 * time_s), who=1),
            body((560 + 5 * np.cos(time_s), 180), 190, who=2),
        ]

    landmarks, track = found(minutes, two, monkeypatch)

    assert landmarks.person.count_seen == 2
    assert {float(s.pose.world_m[0, 0]) for s in track.sightings} == {1.0}
