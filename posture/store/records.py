"""What the store hands out: frozen records, never rows of the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from posture.types import Reason

Keep = Literal["video", "pictures", "numbers"]
Role = Literal["owner", "trainer"]
AGE_BANDS = ("u20", "20s", "30s", "40s", "50s", "60s", "70s", "80s")
State = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Somebody who comes back, and what they agreed to."""

    id: str
    name: str
    note: str = ""
    age_band: str | None = None
    created_at: datetime  # all times are UTC
    consent_at: datetime | None = None
    consent_version: str | None = None  # which text they read
    keep: Keep | None = None  # None until they agreed to something
    retention_days: int | None = None  # None = until somebody deletes it
    reading: str = ""  # how the name is read (kana); lists are sorted by it
    height_cm: float | None = None  # as told; asked again at the next visit
    deleted_at: datetime | None = None  # since when it lies in the bin


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One meeting: what was asked, and the recordings made in it."""

    id: str
    client_id: str | None  # None = nobody's name is known
    started_at: datetime
    closed_at: datetime | None = None  # what is not to be kept goes when it is closed
    check: str  # recordings, quick, stand_bend, full
    language: str
    answers: Mapping[str, object] = field(default_factory=dict)
    withheld: bool = False  # red flags: numbers, but no findings and no care
    deleted_at: datetime | None = None  # since when it lies in the bin
    comment: str = ""  # the trainer's own words on the report
    note: str = ""  # the trainer's alone: on no report and in no export
    written: int = 0  # how often those two were written, to see who comes second

    @property
    def is_live(self) -> bool:
        """Whether it was led by the coach, not made of uploads."""
        return self.check != "recordings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One clip, how far its analysis is and what came out."""

    id: str
    visit_id: str
    step: str  # standing, standing2, forward_bend, walking, ..., auto
    file_name: str  # as the person called it; on the disk it is clip.bin
    size_bytes: int
    sha256: str | None
    added_at: datetime
    state: State
    has_video: bool  # whether the clip itself still lies on the disk
    settings: Mapping[str, object] = field(default_factory=dict)
    stage: str = ""
    done: int = 0
    of: int = 0
    attempts: int = 0
    error: Reason | None = None  # of the last try, if it failed; beside a result of an earlier one
    result: Mapping[str, object] | None = None  # analysis.json of the last one that was done
    started_at: datetime | None = None
    ended_at: datetime | None = None
    corrections: Mapping[str, object] | None = None  # by hand: moved, left_out, at, by
    measured: Mapping[str, object] | None = None  # analysis.json before them

    @property
    def version(self) -> str:
        """What changes with every analysis and every correction."""
        ended = self.ended_at.isoformat() if self.ended_at else ""
        return f"{ended} {(self.corrections or {}).get('at', '')}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may sign in over the network."""

    id: str
    name: str
    role: Role
    created_at: datetime
    password_mark: str  # another one after each change; tells nothing of the password


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What another program shows to be let in; its secret is told once and not kept."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep removed."""

    clients: int = 0  # whose time was up
    visits: int = 0
    recordings: int = 0  # whose clip or pictures went, the numbers stayed
    leftovers: int = 0  # files that belong to nothing
