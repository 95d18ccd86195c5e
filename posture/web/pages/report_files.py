"""The files that an analysis left, and the report that is made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from posture.formats.key_pictures import load_key_pictures
from posture.outputs.care_lines import Chosen, chosen_of
from posture.outputs.first_page import Cover, telling_frame, telling_place
from posture.outputs.session_report import SessionView
from posture.outputs.why import KeyFrame
from posture.outputs.words import Words
from posture.store import Recording, Store, Visit
from posture.types import Assessment, Facing
from posture.web.pages.visit_view import in_the_app, recording_view
from posture.web.visit_results import VisitResults

# What a reader may take along, in the order of the page.
_NAMES = (
    "report.html",
    "overlay.mp4",
    "overlay.jpg",
    "measures.csv",
    "analysis.json",
    "signals.npz",
    "landmarks.npz",
)
CARE_PLAN = "care_plan"  # among a visit's answers: what the trainer changed of it
_MOST_FRAMES = 4  # one on the first page, three beside each other on the second (ours)


def files_of(store: Store, recording: Recording) -> tuple[str, ...]:
    """Return the names of the files that are there; what is not kept is not offered."""
    if recording.result is None:
        return ()
    there = tuple(name for name in _NAMES if result_file(store, recording.id, name) is not None)
    return (*there, "clip") if recording.has_video else there


def result_file(store: Store, recording_id: str, name: str) -> Path | None:
    """Return one of the files of an analysis, where it is there."""
    path = store.files.result(recording_id) / name
    return path if path.is_file() else None


def chosen_for(visit: Visit) -> Chosen:
    """Return what the trainer changed of a visit's plan."""
    kept = visit.answers.get(CARE_PLAN)
    return chosen_of(kept if isinstance(kept, dict) else {})


def facing_of(results: VisitResults) -> Facing | None:
    """Return which way the person faced in the first finished recording."""
    with suppress(KeyError, ValueError):
        result: Mapping[str, Any] = results.recordings[0].result or {}
        return Facing(result["view"]["facing"])
    return None


def session_view(
    store: Store,
    results: VisitResults,
    words: Words,
    *,
    cover: Cover,
    withheld: bool,
) -> SessionView:
    """Return what the report of a visit shows."""
    views = [recording_view(recording, words) for recording in results.recordings]
    pictures = [
        replace(frame, clip=clip, caption=caption_of(frame, words))
        for clip, recording in enumerate(results.recordings)
        for frame in key_pictures(store, recording)
    ]
    return SessionView(
        measures=results.measures,
        assessment=_in_the_app(results.assessment),
        clips=tuple(view.name for view in views),
        frames=_chosen(pictures),
        facing=facing_of(results) or Facing.RIGHT,
        cover=cover,
        notes=(
            *(() if pictures or withheld else (words.of("first", "no_pictures"),)),
            *(warning for view in views for warning in view.warnings),
        ),
        withheld=withheld,
        spans_s=results.spans_s,
    )


def _in_the_app(assessment: Assessment) -> Assessment:
    """Return an assessment whose next steps are taken in the app, not in a terminal."""
    following = assessment.verdict.next_test
    if following is None:
        return assessment
    verdict = replace(assessment.verdict, next_test=in_the_app(following))
    return replace(assessment, verdict=verdict)


def key_pictures(store: Store, recording: Recording) -> tuple[KeyFrame, ...]:
    """Return the key pictures of a recording."""
    return load_key_pictures(store.files.result(recording.id))


def caption_of(frame: KeyFrame, words: Words) -> str:
    """Return what a key picture shows, in the reader's language, whatever it was kept in."""
    return words.tables["ui"].get(frame.shows) or frame.caption


def telling_picture(store: Store, recording: Recording) -> KeyFrame | None:
    """Return the key picture of a recording that tells most; None where none was kept."""
    return telling_frame(key_pictures(store, recording))


def _chosen(pictures: Sequence[KeyFrame]) -> tuple[KeyFrame, ...]:
    """Return the pictures that tell most, one of each kind first, in the order of the clips."""
    kinds: dict[str, int] = {}
    rank = [
        (kinds.setdefault(p.shows, number) != number, telling_place(p))
        for number, p in enumerate(pictures)
    ]
    best = sorted(range(len(pictures)), key=lambda number: rank[number])[:_MOST_FRAMES]
    return tuple(pictures[number] for number in sorted(best))
