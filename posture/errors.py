"""Errors a caller can act on; each carries a `Reason`, the sentence is made in `outputs`."""

from __future__ import annotations

from posture.types import Reason


class PostureError(Exception):
    """Base of every error this package raises on purpose.

    `reason` names what is wrong; `posture.outputs.words.sentence(reason, language)` says it
    to a person.
    """

    def __init__(self, code: str, **values: float | str) -> None:
        super().__init__(code)
        self.reason = Reason(code, values)

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.reason.values.items())
        return f"{self.reason.code} ({told})" if told else self.reason.code


class UnusableClip(PostureError):
    """The file cannot be read, is too short or too long, or shows nobody to measure."""


class ModelTrouble(PostureError):
    """A pose model is missing, damaged or not the file it should be."""


class MissingLibrary(PostureError):
    """A system library or a package is missing, or does not start."""


class CannotWrite(PostureError):
    """A result could not be written: no room, no permission, a file in the way."""


class BadSettings(PostureError):
    """A settings file or an environment variable holds something that cannot be used."""


class CannotCorrect(PostureError):
    """A correction by hand that this clip does not allow."""
