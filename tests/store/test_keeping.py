"""What was not agreed to goes, what is deleted is gone, and what was agreed to stays."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from posture.store import Keep, Store, StoreTrouble, open_store
from posture.types import Reason
from tests.store.make import JPEG, MARKER, NAME, analysed, finished, names_in, put_files

NUMBERS = {"measures.csv", "analysis.json", "signals.npz"}
PICTURES = NUMBERS | {"report.html", "key.jpg"}
ALL = PICTURES | {"overlay.mp4", "clip.bin"}
DAY = timedelta(days=1)


def files_with(folder: Path, needle: bytes) -> list[str]:
    """Every file under a folder that holds some bytes, log and shared memory included."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if needle in path.name.encode() or (path.is_file() and needle in path.read_bytes())
    ]


# --- deleting


def test_a_deleted_client_leaves_no_trace_on_the_disk(store: Store, data_dir: Path) -> None:
    made = analysed(store)
    for number in range(40):  # enough rows that the tree is rebalanced and pages are freed
        store.clients.add(f"Somebody else {number}", note="x" * 300)
        visit = store.visits.add(made.client.id, "quick", "en", {"told": MARKER * 20})
        finished(store, visit)
    store.clients.change(made.client.id, note=f"{MARKER} another note" * 50)
    needles = [NAME.encode(), MARKER.encode(), made.client.id.encode(), made.recording.id.encode()]
    before = [files_with(data_dir, needle) for needle in needles]

    store.clients.delete(made.client.id)

    assert all(before), "the search sees what is there"
    assert [files_with(data_dir, needle) for needle in needles] == [[], [], [], []]
    assert len(store.clients.all()) == 40
    assert [*(data_dir / "files").iterdir()] == []


def test_nothing_is_left_after_closing_either_and_others_keep_theirs(data_dir: Path) -> None:
    with open_store(data_dir) as store:
        made = analysed(store)
        other = analysed(store, "Other")
        store.clients.delete(made.client.id)

    assert files_with(data_dir, made.client.id.encode()) == []
    assert files_with(data_dir, made.recording.id.encode()) == []
    with open_store(data_dir) as again:
        assert [client.id for client in again.clients.all()] == [other.client.id]
        assert names_in(again.files.folder(other.recording.id)) == ALL


def test_a_deleted_visit_goes_alone(store: Store, data_dir: Path) -> None:
    made = analysed(store)
    kept = store.visits.add(made.client.id, "quick", "en", {})
    stays = finished(store, kept, clip=b"another clip")

    store.visits.delete(made.visit.id)

    assert store.visits.latest(made.client.id) == (kept,)
    assert store.recordings.get(stays.id).has_video
    assert files_with(data_dir, made.recording.id.encode()) == []


def test_a_step_done_again_drops_its_earlier_recording(store: Store) -> None:
    made = analysed(store)

    store.recordings.delete(made.recording.id)

    assert store.recordings.of_visit(made.visit.id) == ()
    assert not store.files.clip(made.recording.id).exists()


def test_a_deletion_cut_off_is_finished_at_the_next_start(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(data_dir) as store:
        made = analysed(store)

        def no(*_: object) -> None:
            raise OSError(16, "Device or resource busy")

        with monkeypatch.context() as broken:
            broken.setattr("shutil.rmtree", no)
            with pytest.raises(StoreTrouble, match="traces_left"):
                store.clients.delete(made.client.id)
        assert store.clients.all() == ()
        assert files_with(data_dir, MARKER.encode()) != []

    with open_store(data_dir):
        assert files_with(data_dir, MARKER.encode()) == []
        assert files_with(data_dir, made.recording.id.encode()) == []


# --- what clients agreed to


@pytest.mark.parametrize(
    ("keep", "left"), [("video", ALL), ("pictures", PICTURES), ("numbers", NUMBERS)]
)
def test_after_the_analysis_what_was_agreed_to_stays(
    store: Store, keep: Keep, left: set[str]
) -> None:
    made = analysed(store, keep=keep)

    after = store.recordings.apply_keep(made.recording.id)

    assert names_in(store.files.folder(made.recording.id)) == left
    assert after.has_video is (keep == "video")
    assert after.result == made.recording.result


def test_a_still_picture_is_a_picture_under_whatever_name(store: Store) -> None:
    pictures = analysed(store, "A", "pictures", clip=JPEG)
    numbers = analysed(store, "B", "numbers", clip=JPEG)

    assert store.recordings.apply_keep(pictures.recording.id).has_video
    assert not store.recordings.apply_keep(numbers.recording.id).has_video


def test_whoever_agreed_to_nothing_leaves_numbers_when_the_visit_is_closed(store: Store) -> None:
    made = analysed(store, keep=None)
    store.recordings.apply_keep(made.recording.id)
    assert names_in(store.files.folder(made.recording.id)) == ALL

    closed = store.visits.close(made.visit.id)

    assert closed.closed_at is not None
    assert names_in(store.files.folder(made.recording.id)) == NUMBERS


def test_an_anonymous_visit_left_open_leaves_numbers_after_a_day(store: Store) -> None:
    recording = finished(store, store.visits.add(None, "quick", "en"))
    now = datetime.now(UTC)

    assert store.sweep(now + 0.9 * DAY).recordings == 0
    assert names_in(store.files.folder(recording.id)) == ALL

    assert store.sweep(now + 1.1 * DAY).recordings == 1
    assert names_in(store.files.folder(recording.id)) == NUMBERS
    assert store.recordings.get(recording.id).result is not None
    assert store.sweep(now + 1.2 * DAY).recordings == 0


def test_a_clock_that_was_turned_back_keeps_no_video_longer_than_a_day(store: Store) -> None:
    recording = finished(store, store.visits.add(None, "quick", "en"))
    right = datetime.now(UTC) - 20 * DAY  # it ended while the clock was 20 days ahead

    assert store.sweep(right).recordings == 0
    assert store.sweep(right + 0.9 * DAY).recordings == 0
    assert names_in(store.files.folder(recording.id)) == ALL
    assert store.sweep(right + 1.1 * DAY).recordings == 1
    assert names_in(store.files.folder(recording.id)) == NUMBERS


def test_nothing_goes_before_it_is_analysed(store: Store) -> None:
    visit = store.visits.add(None, "quick", "en")
    waiting = store.recordings.add(visit.id, "auto", "a.mp4", 1)
    put_files(store, waiting.id)
    store.visits.close(visit.id)

    store.recordings.apply_keep(waiting.id)
    store.sweep(datetime.now(UTC) + 30 * DAY)

    assert store.recordings.get(waiting.id).has_video


def test_a_clip_that_failed_can_be_tried_again_for_a_day(store: Store) -> None:
    made = analysed(store, keep="numbers")
    store.queue.requeue(made.recording.id)
    store.queue.next()
    store.queue.fail(made.recording.id, Reason("nobody_in_view"))

    assert store.recordings.apply_keep(made.recording.id).has_video
    store.sweep(datetime.now(UTC) + 1.1 * DAY)
    assert not store.recordings.get(made.recording.id).has_video


def test_a_consent_taken_back_holds_for_what_lies_there(store: Store) -> None:
    made = analysed(store, keep="video")

    store.clients.consent(made.client.id, "numbers", "2025-2")

    assert names_in(store.files.folder(made.recording.id)) == NUMBERS


def test_an_anonymous_recording_given_to_a_client_is_kept_as_they_agreed(store: Store) -> None:
    visit = store.visits.add(None, "recordings", "en")
    recording = finished(store, visit)
    client = store.clients.add("Ann")
    store.clients.consent(client.id, "pictures", "2025-1")

    store.visits.change(visit.id, client_id=client.id)

    assert names_in(store.files.folder(recording.id)) == PICTURES


# --- how long


def test_when_its_time_is_up_a_client_goes_altogether(store: Store, data_dir: Path) -> None:
    analysed(store)
    now = datetime.now(UTC)

    assert store.sweep(now + 364 * DAY).clients == 0
    assert len(store.clients.all()) == 1

    swept = store.sweep(now + 366 * DAY)

    assert (swept.clients, swept.visits) == (1, 1)
    assert store.clients.all() == ()
    assert files_with(data_dir, NAME.encode()) == files_with(data_dir, MARKER.encode()) == []


def test_a_new_consent_keeps_the_client_but_not_their_old_visits(store: Store) -> None:
    made = analysed(store)
    with store.database.changing() as session:
        from posture.store.tables import VisitRow  # noqa: PLC0415 - only to age a visit

        row = session.get(VisitRow, made.visit.id)
        assert row is not None
        row.started_at -= 400 * DAY

    swept = store.sweep(datetime.now(UTC))

    assert (swept.clients, swept.visits) == (0, 1)
    assert [client.id for client in store.clients.all()] == [made.client.id]
    assert store.visits.latest(made.client.id) == ()


def test_without_a_period_nothing_expires(store: Store) -> None:
    made = analysed(store)
    store.clients.consent(made.client.id, "video", "2025-1", None)

    swept = store.sweep(datetime.now(UTC) + 10_000 * DAY)

    assert (swept.clients, swept.visits) == (0, 0)
    assert store.recordings.get(made.recording.id).has_video


def test_an_expired_visit_that_is_being_analysed_has_time(store: Store) -> None:
    made = analysed(store)
    store.queue.requeue(made.recording.id)

    swept = store.sweep(datetime.now(UTC) + 366 * DAY)

    assert (swept.clients, swept.visits) == (0, 0)
    assert store.recordings.get(made.recording.id).state == "queued"


def test_uploads_that_stood_still_and_folders_of_nothing_go(store: Store, data_dir: Path) -> None:
    made = analysed(store)
    upload = store.files.incoming("a" * 32)
    upload.write_bytes(b"half")
    orphan = store.files.folder("b" * 32)
    (orphan / "clip.bin").write_bytes(b"never added")
    now = datetime.now(UTC)
    assert store.sweep(now).leftovers == 0
    old = (now - 2 * DAY).timestamp()
    for path in (upload, orphan, store.files.folder(made.recording.id)):
        os.utime(path, (old, old))

    assert store.sweep(now).leftovers == 2

    assert (upload.exists(), orphan.exists()) == (False, False)
    assert names_in(data_dir / "files") == ALL
