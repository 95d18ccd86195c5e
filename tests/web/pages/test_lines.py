"""Lists of visits: nothing that never happened, and a word for what came to nothing."""

from __future__ import annotations

from pathlib import Path

from posture.outputs.words import load_words
from posture.store import open_store
from posture.types import Reason
from posture.web.pages.parts import lines_of
from tests.web.seeded import done, result_of


def test_a_live_check_without_a_recording_is_no_row_and_a_failed_one_says_so(
    tmp_path: Path,
) -> None:
    words = load_words("en")
    with open_store(tmp_path) as store:
        store.visits.add(None, "quick", "en", {})  # the camera was refused
        cat = store.visits.add(None, "quick", "en", {})
        recording = store.recordings.add(cat.id, "forward_bend", "a.mp4", 1000, "0" * 64, {})
        assert store.queue.next() is not None
        store.queue.fail(recording.id, Reason("nobody_in_view"))
        left = store.visits.add(None, "quick", "en", {})
        stopped = store.recordings.add(left.id, "forward_bend", "b.mp4", 1000, "1" * 64, {})
        store.queue.cancel(stopped.id)
        whole = store.visits.add(None, "quick", "en", {})
        done(store, whole, result_of("bend"), "forward_bend")

        lines = lines_of(store, store.visits.latest(), words)

        found = {line["visit"].id: line["found"] for line in lines}  # type: ignore[attr-defined]
        assert found.keys() == {cat.id, left.id, whole.id}
        assert found[cat.id] == "Nobody found in the recordings"
        assert found[left.id] == "Stopped"
        assert found[whole.id] not in {"", "Stopped"}
