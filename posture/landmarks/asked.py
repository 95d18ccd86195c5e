"""A follower that keeps what it was asked and what it answered, so that nothing is asked twice.

A question is the picture itself, pixel by pixel, and what else the model is told with it. So an
answer that is kept is the one that would be given again, whatever has led to the question.
"""

from __future__ import annotations

from posture.closing import Closing
from posture.landmarks.lookout import print_of
from posture.landmarks.mediapipe import Pose
from posture.landmarks.models import ModelFile
from posture.landmarks.sparing import Pace, SparingFollower
from posture.types import Rgb


class AskedOtherwiseError(Exception):
    """A follower is asked something else than before; what it has seen cannot be unseen."""


class AskedFollower(Closing):
    """A follower whose answers are kept: asked the same anew from the start, it gives them again.

    What comes after them is asked of the model, which has seen all that it should have. To be used
    by one thread at a time.
    """

    def __init__(self, model: ModelFile, pace: Pace) -> None:
        self.pace = pace
        self._follower: SparingFollower | None = SparingFollower(model, pace)
        self._kept: list[tuple[tuple[bytes, float] | None, Pose | None]] = []
        self._next = 0

    @property
    def answers(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def again(self) -> None:
        """Begin anew: the same is going to be asked."""
        self._next = 0

    def may_skip(self, step_s: float) -> bool:
        """Return whether a picture, `step_s` after the last one followed, may go unseen."""
        return self._follower is not None and self._follower.may_skip(step_s)

    def follow(self, rgb: Rgb, step_s: float) -> Pose | None:
        """Return the person in the next picture, `step_s` after the last one.

        Raises
        ------
        AskedOtherwiseError
            It is not the picture that came here before, or the model has been let go.
        """
        question = print_of(rgb), step_s
        if self._next < len(self._kept):
            return self._again(question)
        pose = self._model().follow(rgb, step_s)
        self._keep(question, pose)
        return pose

    def forget(self) -> None:
        """Drop the track: the next picture is searched anew."""
        if self._next < len(self._kept):
            self._again(None)
            return
        self._model().forget()
        self._keep(None, None)

    def close(self) -> None:
        """Let the models go; what was answered stays."""
        follower, self._follower = self._follower, None
        if follower is not None:
            follower.close()

    def _again(self, question: tuple[bytes, float] | None) -> Pose | None:
        known, pose = self._kept[self._next]
        if known != question:
            raise AskedOtherwiseError
        self._next += 1
        return pose

    def _keep(self, question: tuple[bytes, float] | None, pose: Pose | None) -> None:
        self._kept.append((question, pose))
        self._next += 1

    def _model(self) -> SparingFollower:
        if self._follower is None:
            raise AskedOtherwiseError
        return self._follower
