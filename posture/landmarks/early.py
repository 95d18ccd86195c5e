"""Look at and follow a walk while it is still being recorded, ahead of its analysis.

What the models answer is kept, nothing else: the analysis of the whole recording goes its own way
and finds most of its questions answered, so its numbers are those of any other file. What turns out
to have been asked otherwise is asked again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, count
from pathlib import Path

import numpy as np

from posture.closing import Closing
from posture.errors import UnusableClip
from posture.landmarks.asked import AskedFollower
from posture.landmarks.find import LandmarkSettings, client_of
from posture.landmarks.follow import Chase, Followed
from posture.landmarks.lookout import Expected, Lookout, Looks, expected_after
from posture.landmarks.models import ModelFile
from posture.landmarks.people import Sighting, Track, sightings_of
from posture.landmarks.skeleton import NAMES
from posture.landmarks.sparing import Pace
from posture.types import Activity, Floats
from posture.video.coming import coming
from posture.video.probe import Source, VideoSettings
from posture.video.source import Decoded

_AHEAD_S = 2.0  # ours; where the client is and faces is told by sightings up to 1.5 s later
_FEWEST = 3  # ours; sightings that tell how large the client is
_MOST = 9_000  # pictures; what comes after them is left to the analysis


class EarlyWalk(Closing):
    """What was found in the recording of a walk so far."""

    def __init__(
        self,
        path: Path,
        model: ModelFile,
        video: VideoSettings,
        settings: LandmarkSettings | None = None,
    ) -> None:
        self.looks: Looks = {}
        self.followers: dict[int, AskedFollower] = {}
        self._model = model
        self._settings = settings or LandmarkSettings()
        self._over = threading.Event()
        self._path = path
        self._video = video

    def stop(self) -> None:
        """Let `go_on` return soon; from any thread."""
        self._over.set()

    def close(self) -> None:
        """Let the models go."""
        for follower in self.followers.values():
            follower.close()

    def go_on(self) -> None:
        """Look and follow until the recording is over, or `stop`.

        Raises
        ------
        ModelTrouble
            The pose model is damaged.
        UnusableClip
            A picture is larger than allowed.
        """
        settings, is_over = self._settings.follow, self._over.is_set
        with Lookout(self._model.points, self._settings.max_people, self.looks) as lookout:
            ahead = _Ahead(coming(self._path, self._video, is_over), lookout, self._settings)
            pictures = coming(self._path, self._video, is_over)
            through = _Through(pictures, ahead, settings.warm_up, is_over)
            if ahead.until(0.0) is None:
                return
            rows = Followed.empty(_MOST, len(NAMES))
            for piece in count(1):
                start = through.following
                through.edge_s = float(ahead.time_s[0]) + piece * settings.piece_s
                follower = self.followers[start] = AskedFollower(self._model, Pace.WALKS)
                through.chase = Chase(
                    ahead.source, ahead.track, lookout.find, rows, settings, None, None
                )
                through.chase.piece(follower, start, _MOST, through)
                if through.following == start:
                    return  # in the middle of a piece: who goes on there needs the model
                follower.close()


class _Ahead:
    """Looks for people in pictures that are followed through later."""

    def __init__(
        self,
        pictures: Iterator[tuple[float, Decoded]],
        lookout: Lookout,
        settings: LandmarkSettings,
    ) -> None:
        self.time_s: Floats = np.full(_MOST, np.nan)
        self._pictures = enumerate(pictures)
        self._lookout = lookout
        self._settings = settings
        self._source: Source | None = None
        self._track: Track | None = None
        self._samples: list[tuple[Sighting, ...]] = []
        self._expected: Expected | None = None

    @property
    def source(self) -> Source:
        """The recording, as far as it is known."""
        if self._source is None:
            raise ValueError("expected a picture to have come, got none")
        return self._source

    @property
    def track(self) -> Track:
        """Where the client was seen."""
        if self._track is None:
            raise ValueError("expected the client to have been seen, got nobody")
        return self._track

    def until(self, time_s: float) -> Track | None:
        """Look on until the client is seen at this time or later; None where that never comes."""
        while (
            self._track is None
            or len(self._track.sightings) < _FEWEST
            or self._track.sightings[-1].time_s < time_s
        ):
            if not self._look():
                return None
        return self._track

    def _look(self) -> bool:
        """Look at the next picture that is due; whether there was one."""
        for number, (now_s, shown) in self._pictures:
            if number >= _MOST or len(self._samples) >= self._settings.looks_at_most:
                return False
            self.time_s[number] = now_s
            if number == 0:
                self._source = replace(shown.source, time_s=self.time_s)
            if now_s < self.time_s[0] + self._settings.look_every_s * len(self._samples):
                continue
            rgb = shown.whole()
            found = self._lookout.find(rgb, closely=number == 0, expected=self._expected)
            self._expected = expected_after(found)
            self._samples.append(sightings_of(number, now_s, found, rgb))
            self._choose()
            return True
        return False

    def _choose(self) -> None:
        settings = self._settings
        try:
            self._track = client_of(
                self._samples,
                settings.look_every_s,
                self.source.size_px,
                Activity.WALKING,
                settings,
            ).track
        except UnusableClip:  # not yet
            self._track = None


class _Through:
    """The pictures that the client is followed through, each once his place in it is known."""

    def __init__(
        self,
        pictures: Iterator[tuple[float, Decoded]],
        ahead: _Ahead,
        back: int,
        is_over: Callable[[], bool],
    ) -> None:
        self.edge_s = 0.0  # where the piece ends
        self.following = 0  # number of the picture that begins the next one, once it is there
        self.chase: Chase | None = None
        self._pictures = ((n, now_s, shown) for n, (now_s, shown) in enumerate(pictures))
        self._ahead = ahead
        self._back = back
        self._is_over = is_over
        self._last: list[tuple[int, float, Decoded]] = []

    def stretch(self, start: int, stop: int) -> Iterator[tuple[int, Decoded]]:
        """Yield (frame number, picture) from `start` to the end of the piece, or of what there is.

        `stop` is a number that none of them has.
        """
        known = [one for one in self._last if one[0] >= start]
        self._last = []
        for number, now_s, shown in chain(known, self._pictures):
            again = number, now_s, Decoded(shown.frame, shown.source)
            self._last = [*self._last, again][-self._back - 1 :]
            track = self._ahead.until(now_s + _AHEAD_S)
            if number >= stop or track is None or self._is_over() or self.chase is None:
                return
            if now_s >= self.edge_s:
                self.following = number
                return
            self.chase.know(track)
            yield number, shown
