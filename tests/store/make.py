"""A client with a visit and a recording that is analysed, files and all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from posture.store import Client, Keep, Recording, Store, Visit

NAME = "Wilhelmina Quastenberg"
MARKER = "zzMARKERzz-only-in-this-clip"  # in the clip, the report and the analysis
JPEG = b"\xff\xd8\xff\xe0" + MARKER.encode()


@dataclass(frozen=True, slots=True)
class Made:
    client: Client
    visit: Visit
    recording: Recording


def put_files(store: Store, recording_id: str, clip: bytes = MARKER.encode()) -> Path:
    """What the worker leaves: the clip, and a folder with an analysis."""
    folder = store.files.folder(recording_id)
    (folder / "clip.bin").write_bytes(clip)
    result = folder / "result" / "clip"
    result.mkdir(parents=True)
    for name in ("overlay.mp4", "report.html", "measures.csv", "analysis.json"):
        (result / name).write_text(f"{name} {MARKER}", "utf-8")
    (result / "signals.npz").write_bytes(b"numbers")
    (result / "key.jpg").write_bytes(JPEG)
    return folder


def analysed(
    store: Store, name: str = NAME, keep: Keep | None = "video", *, clip: bytes = MARKER.encode()
) -> Made:
    """A client after one visit; nothing removed yet."""
    client = store.clients.add(name, note=f"{MARKER} note", age_band="40-49")
    if keep is not None:
        client = store.clients.consent(client.id, keep, "2025-1", retention_days=365)
    visit = store.visits.add(client.id, "stand_bend", "en", {"pain": 3, "told": MARKER})
    return Made(client, visit, finished(store, visit, clip=clip))


def finished(store: Store, visit: Visit, *, clip: bytes = MARKER.encode()) -> Recording:
    """A recording of a visit, analysed."""
    added = store.recordings.add(visit.id, "forward_bend", f"{NAME}.mp4", 100, "ab" * 32, {"a": 1})
    put_files(store, added.id, clip)
    taken = store.queue.next()
    assert taken is not None
    assert taken.id == added.id
    return store.queue.finish(
        added.id, {"measures": [{"name": "reach", "value": 3.5}], "told": MARKER}
    )


def names_in(folder: Path) -> set[str]:
    """The names of all files under a folder."""
    return {path.name for path in folder.rglob("*") if path.is_file()}
