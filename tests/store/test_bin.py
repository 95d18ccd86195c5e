"""What is deleted can be put back for some days, keeps no more than was agreed to, then goes."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from posture.store import Keep, Store, StoreTrouble, backup, open_store, restore
from posture.store.binned import BIN_DAYS
from tests.store.make import analysed, finished, names_in

NOW = datetime.now(UTC)
SECOND = timedelta(seconds=1)
KEPT = timedelta(days=BIN_DAYS)


def test_a_client_in_the_bin_is_nowhere_and_comes_back_whole(store: Store) -> None:
    made = analysed(store)
    before = names_in(store.files.place(made.recording.id))
    store.bin.put_client(made.client.id, NOW)

    assert (store.clients.all(), store.visits.latest()) == ((), ())
    for asked in (
        lambda: store.clients.get(made.client.id),
        lambda: store.visits.get(made.visit.id),
        lambda: store.recordings.get(made.recording.id),
        lambda: store.queue.requeue(made.recording.id),
        lambda: store.visits.add(made.client.id, "quick", "en"),
    ):
        with pytest.raises(StoreTrouble, match="no_such"):
            asked()
    people, alone = store.bin.all()
    assert ([one.id for one in people], alone) == ([made.client.id], ())

    store.bin.put_back_client(made.client.id)
    assert store.clients.get(made.client.id) == made.client
    assert store.recordings.get(made.recording.id).result is not None
    assert names_in(store.files.place(made.recording.id)) == before


def test_a_visit_deleted_before_its_client_stays_in_the_bin(store: Store) -> None:
    made = analysed(store)
    other = store.visits.add(made.client.id, "quick", "en")
    store.bin.put_visit(other.id, NOW - SECOND)
    store.bin.put_client(made.client.id, NOW)
    with pytest.raises(StoreTrouble, match="no_such_client"):
        store.bin.put_back_visit(other.id)
    store.bin.put_back_client(made.client.id)

    assert [one.id for one in store.visits.latest()] == [made.visit.id]
    assert [one.id for one in store.bin.all()[1]] == [other.id]
    store.bin.put_back_visit(other.id)
    assert len(store.visits.latest()) == 2


@pytest.mark.parametrize("left", [SECOND, timedelta(0), -SECOND])
def test_what_lay_there_for_its_days_goes_for_good(store: Store, left: timedelta) -> None:
    made = analysed(store)
    visit = store.visits.add(None, "recordings", "en")
    alone = finished(store, visit)
    store.bin.put_client(made.client.id, NOW)
    store.bin.put_visit(visit.id, NOW)

    swept = store.sweep(NOW + KEPT - left)

    is_gone = left <= timedelta(0)
    assert (swept.clients, swept.visits) == ((1, 1) if is_gone else (0, 0))
    assert store.bin.all() == ((), ()) or not is_gone
    for recording in (made.recording, alone):
        assert store.files.place(recording.id).exists() is not is_gone


def test_a_clock_that_was_turned_back_keeps_nothing_longer_than_promised(store: Store) -> None:
    made = analysed(store)
    store.bin.put_client(made.client.id, NOW + timedelta(days=4000))
    assert store.sweep(NOW).clients == 0
    assert store.sweep(NOW + KEPT - SECOND).clients == 0
    assert store.sweep(NOW + KEPT).clients == 1


def test_a_clock_that_was_turned_back_brings_nothing_back_that_went_before(store: Store) -> None:
    made = analysed(store)
    alone = store.visits.add(made.client.id, "quick", "en")
    store.bin.put_visit(alone.id, NOW + timedelta(days=300))
    store.bin.put_client(made.client.id, NOW + timedelta(days=301))
    store.sweep(NOW)

    store.bin.put_back_client(made.client.id)

    assert [one.id for one in store.visits.latest(made.client.id)] == [made.visit.id]
    assert [one.id for one in store.bin.all()[1]] == [alone.id]


@pytest.mark.parametrize(
    ("keep", "stays"), [(None, False), ("numbers", False), ("pictures", False), ("video", True)]
)
def test_the_bin_holds_no_clip_that_nobody_agreed_to(
    store: Store, keep: Keep | None, *, stays: bool
) -> None:
    made = analysed(store, keep=keep)
    store.bin.put_visit(made.visit.id, NOW)
    assert store.files.has_clip(made.recording.id) is stays
    assert "measures.csv" in names_in(store.files.place(made.recording.id))


def test_what_waits_for_its_analysis_is_taken_out_of_the_queue(store: Store) -> None:
    visit = store.visits.add(None, "recordings", "en")
    waiting = store.recordings.add(visit.id, "auto", "a.mp4", 1)
    (store.files.folder(waiting.id) / "clip.bin").write_bytes(b"clip")
    store.bin.put_visit(visit.id, NOW)
    assert (store.queue.next(), store.queue.all()) == (None, ())
    assert not store.files.has_clip(waiting.id)


def test_the_days_a_client_agreed_to_count_in_the_bin_too(store: Store) -> None:
    made = analysed(store)
    store.clients.consent(made.client.id, "video", "1", retention_days=3)
    store.bin.put_client(made.client.id, NOW)
    assert store.sweep(NOW + timedelta(days=4)).clients == 1


def test_deleted_for_good_from_the_bin_nothing_is_left(store: Store, data_dir: Path) -> None:
    made = analysed(store)
    store.bin.put_client(made.client.id, NOW)
    store.clients.delete(made.client.id)
    assert [*(data_dir / "files").iterdir()] == []
    assert store.bin.all() == ((), ())


def test_an_export_holds_what_lies_in_the_bin_and_a_backup_brings_it_back(
    store: Store, data_dir: Path, tmp_path: Path
) -> None:
    made = analysed(store)
    store.bin.put_visit(made.visit.id, NOW)
    with zipfile.ZipFile(store.clients.export(made.client.id, tmp_path / "all.zip")) as packed:
        (name,) = [one for one in packed.namelist() if one.endswith("visit.json")]
        assert json.loads(packed.read(name))["deleted_at"] == NOW.isoformat()

    saved = backup(data_dir, tmp_path / "backup.zip")
    restore(saved, tmp_path / "other")
    with open_store(tmp_path / "other") as again:
        assert [one.id for one in again.bin.all()[1]] == [made.visit.id]
        assert again.sweep(NOW + KEPT).visits == 1
