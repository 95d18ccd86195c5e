"""Rows of the store as programs and page scripts read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from posture.store import Client, Recording, Visit
from posture.web.responses import reason_json

# How far the whole is when a stage begins and when it ends; ours, from timing sample clips.
_STAGES: Mapping[str, tuple[float, float]] = {
    "finding_person": (0.0, 0.15),
    "following": (0.15, 0.75),
    "drawing": (0.75, 1.0),
}
_TELLING = 0.05  # a share below it says nothing yet about the time that is left

Record = dict[str, object]


def recording_json(recording: Recording) -> Record:
    """Return a recording without its analysis."""
    done_frac = share_done(recording)
    return {
        "id": recording.id,
        "visit": recording.visit_id,
        "step": recording.step,
        "file_name": recording.file_name,
        "size_bytes": recording.size_bytes,
        "sha256": recording.sha256,
        "state": recording.state,
        "stage": recording.stage,
        "done": recording.done,
        "of": recording.of,
        "done_frac": done_frac,
        "time_left_s": time_left_s(recording, done_frac, datetime.now(UTC)),
        "has_video": recording.has_video,
        "has_numbers": recording.result is not None,
        "settings": dict(recording.settings),
        "error": None if recording.error is None else reason_json(recording.error),
        "added_at": _time(recording.added_at),
        "started_at": _time(recording.started_at),
        "ended_at": _time(recording.ended_at),
    }


def visit_json(visit: Visit, recordings: Sequence[Recording]) -> Record:
    """Return a visit with its recordings."""
    return {
        "id": visit.id,
        "client": visit.client_id,
        "check": visit.check,
        "language": visit.language,
        "answers": dict(visit.answers),
        "withheld": visit.withheld,
        "started_at": _time(visit.started_at),
        "closed_at": _time(visit.closed_at),
        "recordings": [recording_json(recording) for recording in recordings],
    }


def client_json(client: Client) -> Record:
    """Return a client."""
    return {
        "id": client.id,
        "name": client.name,
        "note": client.note,
        "age_band": client.age_band,
        "created_at": _time(client.created_at),
        "consent_at": _time(client.consent_at),
        "consent_version": client.consent_version,
        "keep": client.keep,
        "retention_days": client.retention_days,
    }


def share_done(recording: Recording) -> float:
    """Return how much of an analysis is done, 0 to 1, over all its stages."""
    if recording.state == "done":
        return 1.0
    if recording.state != "running" or recording.stage not in _STAGES:
        return 0.0
    begins, ends = _STAGES[recording.stage]
    within = min(1.0, recording.done / recording.of) if recording.of else 0.0
    return begins + (ends - begins) * within


def time_left_s(recording: Recording, done_frac: float, now: datetime) -> float | None:
    """Return how long an analysis will take at the pace so far; None = not known."""
    if recording.state != "running" or recording.started_at is None or done_frac < _TELLING:
        return None
    elapsed_s = (now - recording.started_at).total_seconds()
    return max(0.0, elapsed_s * (1 - done_frac) / done_frac)


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
