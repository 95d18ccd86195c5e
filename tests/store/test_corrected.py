"""Corrections are kept with who and when, beside what was measured, and go back without a trace."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from posture.store import Recording, Store, StoreTrouble, backup, open_store, restore
from tests.store.make import analysed

ASKED = {"moved": [{"kind": "heel_strike", "side": "left", "from_s": 1.0, "to_s": 1.1}]}
NAMES = ("analysis.json", "signals.npz", "measures.csv", "report.html")


def with_files(store: Store) -> Recording:
    recording = analysed(store).recording
    result = store.files.folder(recording.id) / "result"
    for name in (*NAMES, "landmarks.npz"):
        (result / name).write_text(f"measured {name}", "utf-8")
    return recording


def made_in(folder: Path, what: str) -> Path:
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_text(f"{what} {name}", "utf-8")
    return folder


def texts(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text("utf-8") for p in folder.iterdir() if p.is_file()}


def test_what_was_measured_is_kept_beside_and_comes_back(store: Store, tmp_path: Path) -> None:
    before = with_files(store)
    result = store.files.folder(before.id) / "result"
    files = texts(result)
    new = {"measures": [], "told": "corrected"}

    kept = store.corrected.keep(
        before.id, before.version, ASKED, new, made_in(tmp_path / "a", "corrected"), "Ann"
    )
    assert kept.result == new
    assert kept.measured == before.result
    assert kept.corrections is not None
    assert kept.corrections["moved"] == ASKED["moved"]
    assert kept.corrections["by"] == "Ann"
    assert datetime.fromisoformat(str(kept.corrections["at"])).tzinfo is not None
    assert texts(result)["measures.csv"] == "corrected measures.csv"
    assert texts(result)["landmarks.npz"] == files["landmarks.npz"]
    assert texts(result / "measured") == {name: files[name] for name in NAMES}

    again = store.corrected.keep(
        before.id, kept.version, ASKED, {"told": "twice"}, made_in(tmp_path / "b", "twice"), ""
    )
    assert again.measured == before.result  # the first one, not the correction before
    assert texts(result / "measured") == {name: files[name] for name in NAMES}

    undone = store.corrected.undo(before.id, again.version)
    assert undone == before
    assert not (result / "measured").exists()
    assert {k: v for k, v in texts(result).items() if k != "analysis.json"} == {
        k: v for k, v in files.items() if k != "analysis.json"
    }
    assert json.loads(texts(result)["analysis.json"]) == before.result


def test_who_comes_second_is_told_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    before = with_files(store)
    first = store.corrected.keep(
        before.id, before.version, ASKED, {"told": "a"}, made_in(tmp_path / "a", "a"), ""
    )

    tries: list[Callable[[], Recording]] = [
        lambda: store.corrected.keep(
            before.id, before.version, ASKED, {"told": "b"}, made_in(tmp_path / "b", "b"), ""
        ),
        lambda: store.corrected.undo(before.id, before.version),
    ]
    for late in tries:
        with pytest.raises(StoreTrouble, match="correct_changed_meanwhile"):
            late()

    assert store.recordings.get(before.id) == first
    result = store.files.folder(before.id) / "result"
    assert texts(result)["measures.csv"] == "a measures.csv"


def test_one_that_is_analysed_again_cannot_be_corrected_and_loses_its_corrections(
    store: Store, tmp_path: Path
) -> None:
    before = with_files(store)
    kept = store.corrected.keep(
        before.id, before.version, ASKED, {"told": "a"}, made_in(tmp_path / "a", "a"), ""
    )
    store.queue.requeue(before.id, {})
    store.queue.next()

    with pytest.raises(StoreTrouble, match="correct_changed_meanwhile"):
        store.corrected.undo(before.id, kept.version)
    store.queue.finish(before.id, {"told": "again"})

    after = store.recordings.get(before.id)
    assert (after.corrections, after.measured, after.result) == (None, None, {"told": "again"})


def test_files_that_cannot_be_put_leave_everything_as_it_was(store: Store, tmp_path: Path) -> None:
    before = with_files(store)

    with pytest.raises(StoreTrouble):
        store.corrected.keep(before.id, before.version, ASKED, {}, tmp_path / "nowhere", "")

    assert store.recordings.get(before.id) == before


@pytest.mark.linux
def test_backup_and_export_carry_corrections(store: Store, data_dir: Path, tmp_path: Path) -> None:
    before = with_files(store)
    kept = store.corrected.keep(
        before.id, before.version, ASKED, {"told": "a"}, made_in(tmp_path / "a", "a"), "Ann"
    )
    restore(backup(data_dir, tmp_path / "saved.zip"), tmp_path / "new")
    client = store.visits.get(before.visit_id).client_id
    assert client is not None
    archive = store.clients.export(client, tmp_path / "client.zip")

    with open_store(tmp_path / "new") as again:
        assert again.recordings.get(before.id) == kept
        assert again.corrected.undo(before.id, kept.version).result == before.result
    with zipfile.ZipFile(archive) as packed:
        names = {Path(name).name: name for name in packed.namelist()}
        assert json.loads(packed.read(names["analysis.measured.json"])) == before.result
        assert json.loads(packed.read(names["recording.json"]))["corrections"]["by"] == "Ann"
