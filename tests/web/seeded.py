"""A store with clients and visits whose recordings were analysed: of stick figures, so at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posture.formats.analysis import analysis_record
from posture.store import Store, Visit
from tests.outputs.make import Showing, analysis
from tests.web.make import TestClient, app_without_jobs

STRANGE_NAME = '<script>alert(1)</script> & "Hana" 花子'
TIGHT = {"pelvis_on_thigh_flexion": 0.5, "fingertip_floor_m": 3.0, "fingertip_floor": 3.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """The ids of what was put in."""

    client: str
    first: str  # visits, from old to new
    second: str
    nobody: str
    withheld: str
    empty: str
    walk: str  # a recording, of `nobody`
    bend: str  # another, of `first`


def result_of(showing: Showing, times: Mapping[str, float] | None = None) -> dict[str, Any]:
    """The analysis.json of a stick figure, some of its numbers multiplied."""
    record: dict[str, Any] = json.loads(
        json.dumps(analysis_record(analysis(showing, height_m=1.7)))
    )
    for entry in record["measures"]:
        if entry["value"] is not None:
            entry["value"] *= (times or {}).get(entry["name"], 1.0)
    return record


def done(store: Store, visit: Visit, result: Mapping[str, Any], step: str = "auto") -> str:
    """Add a recording that was analysed; return its id."""
    recording = store.recordings.add(visit.id, step, f"<b>{step}</b>.mp4", 1000, "0" * 64, {})
    taken = store.queue.next()
    assert taken is not None
    assert taken.id == recording.id
    store.queue.finish(recording.id, result)
    return recording.id


def seeded(store: Store) -> Seeded:
    """Put in one client with two visits, and visits that are special in some way."""
    client = store.clients.add(STRANGE_NAME, "<i>note</i>", "40s")
    first = store.visits.add(client.id, "full", "en", {"pain": 3, "height_cm": 170})
    bend = done(store, first, result_of("all", TIGHT))
    second = store.visits.add(client.id, "full", "en", {})
    done(store, second, result_of("all"))
    done(store, second, result_of("stand"), "standing")
    nobody = store.visits.add(None, "recordings", "en", {})
    walk = done(store, nobody, result_of("walk"), "walking")
    withheld = store.visits.add(client.id, "quick", "en", {}, withheld=True)
    done(store, withheld, result_of("bend"), "forward_bend")
    empty = store.visits.add(None, "recordings", "en", {})
    return Seeded(
        client=client.id,
        first=first.id,
        second=second.id,
        nobody=nobody.id,
        withheld=withheld.id,
        empty=empty.id,
        walk=walk,
        bend=bend,
    )


@contextmanager
def seeded_app(folder: Path) -> Iterator[tuple[TestClient, Seeded]]:
    """An app without its jobs, and what is in it."""
    with app_without_jobs(folder) as (client, store):
        yield client, seeded(store)
