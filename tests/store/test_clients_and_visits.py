"""What is put in comes out, and what is not there is said to be missing."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from posture.outputs.words import sentence
from posture.store import Store, StoreTrouble, open_store
from tests.store.make import MARKER, NAME, analysed

NOBODY = "0" * 32


def test_a_client_is_kept_as_told_over_a_restart(data_dir: Path) -> None:
    with open_store(data_dir) as store:
        added = store.clients.add("  Ann   Example ", note="left knee", age_band="30-39")
        agreed = store.clients.consent(added.id, "pictures", "2025-1", 90)

    with open_store(data_dir) as again:
        assert again.clients.get(added.id) == agreed
        assert again.clients.all() == (agreed,)
    assert (agreed.name, agreed.note, agreed.age_band) == ("Ann Example", "left knee", "30-39")
    assert (agreed.keep, agreed.consent_version, agreed.retention_days) == (
        "pictures",
        "2025-1",
        90,
    )
    assert agreed.consent_at is not None
    assert datetime.now(UTC) - agreed.consent_at < timedelta(minutes=1)


def test_a_new_client_has_agreed_to_nothing(store: Store) -> None:
    added = store.clients.add("Ann")

    assert (added.keep, added.consent_at, added.consent_version) == (None, None, None)


def test_clients_come_by_name_whatever_their_capitals(store: Store) -> None:
    for name in ("carla", "Bert", "anna"):
        store.clients.add(name)

    assert [client.name for client in store.clients.all()] == ["anna", "Bert", "carla"]


@pytest.mark.parametrize(
    ("name", "code"), [("", "name_missing"), (" \n", "name_missing"), ("x" * 201, "name_too_long")]
)
def test_a_client_needs_a_name_one_can_read(store: Store, name: str, code: str) -> None:
    with pytest.raises(StoreTrouble, match=code):
        store.clients.add(name)

    assert store.clients.all() == ()


def test_a_changed_client_keeps_the_rest(store: Store) -> None:
    client = store.clients.add("Ann", note="left knee")

    changed = store.clients.change(client.id, name="Ann B.", age_band="50-59")

    assert (changed.name, changed.note, changed.age_band) == ("Ann B.", "left knee", "50-59")


def test_consent_is_not_changed_by_the_way(store: Store) -> None:
    client = store.clients.add("Ann")

    with pytest.raises(ValueError, match=r"expected some of .* got \['keep'\]"):
        store.clients.change(client.id, keep="video")


def test_a_consent_that_is_none_of_the_three_is_a_wrong_call(store: Store) -> None:
    client = store.clients.add("Ann")

    with pytest.raises(ValueError, match="expected one of"):
        store.clients.consent(client.id, "all", "1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected at least a day"):
        store.clients.consent(client.id, "video", "1", 0)


def test_a_visit_is_kept_with_its_answers_in_any_script(store: Store) -> None:
    client = store.clients.add("田中")
    answers = {"pain": 4, "shoes": False, "height_cm": 171.5, "care": ["足裏", "ふくらはぎ"]}

    visit = store.visits.add(client.id, "full", "ja", answers, withheld=True)

    assert store.visits.get(visit.id) == visit
    assert (visit.answers, visit.withheld, visit.is_live) == (answers, True, True)
    assert store.visits.latest(client.id) == (visit,)


def test_visits_come_newest_first_and_as_many_as_asked(store: Store) -> None:
    client = store.clients.add("Ann")
    made = [store.visits.add(client.id, "quick", "en") for _ in range(3)]
    anonymous = store.visits.add(None, "recordings", "en")

    assert store.visits.latest(client.id) == tuple(reversed(made))
    assert store.visits.latest(limit=2) == (anonymous, made[2])


def test_an_anonymous_visit_can_be_given_to_a_client(store: Store) -> None:
    visit = store.visits.add(None, "recordings", "en")
    client = store.clients.add("Ann")

    store.visits.change(visit.id, client_id=client.id, answers={"pain": 1})

    (found,) = store.visits.latest(client.id)
    assert (found.id, found.answers) == (visit.id, {"pain": 1})


def test_a_recording_starts_in_the_queue_and_its_clip_is_moved_in(store: Store) -> None:
    visit = store.visits.add(None, "recordings", "en")
    upload = store.files.incoming("a" * 32)
    upload.write_bytes(b"film")

    added = store.recordings.add(
        visit.id, "auto", "my film.mp4", 4, None, {"near_side": "left"}, clip=upload
    )

    assert (added.state, added.has_video, added.attempts) == ("queued", True, 0)
    assert store.files.clip(added.id).read_bytes() == b"film"
    assert not upload.exists()
    assert store.recordings.of_visit(visit.id) == (store.recordings.get(added.id),) == (added,)


def test_a_clip_whose_visit_is_gone_stays_where_it_was(store: Store, data_dir: Path) -> None:
    upload = store.files.incoming("a" * 32)
    upload.write_bytes(b"film")

    with pytest.raises(StoreTrouble, match="no_such_visit"):
        store.recordings.add(NOBODY, "auto", "film.mp4", 4, clip=upload)

    assert upload.read_bytes() == b"film"
    assert [*(data_dir / "files").rglob("*")] == []


def test_a_clip_that_cannot_be_moved_leaves_no_recording(store: Store) -> None:
    visit = store.visits.add(None, "recordings", "en")

    with pytest.raises(StoreTrouble, match="store_not_writable"):
        store.recordings.add(visit.id, "auto", "film.mp4", 4, clip=store.files.incoming("b" * 32))

    assert store.recordings.of_visit(visit.id) == ()


def test_what_is_not_there_is_said_to_be_missing(store: Store) -> None:
    calls: dict[str, list[Callable[[str], object]]] = {
        "no_such_client": [
            store.clients.get,
            store.clients.delete,
            store.visits.latest,
            store.clients.change,
        ],
        "no_such_visit": [
            store.visits.get,
            store.recordings.of_visit,
            store.visits.delete,
            store.visits.close,
        ],
        "no_such_recording": [
            store.recordings.get,
            store.queue.cancel,
            store.queue.requeue,
            store.recordings.apply_keep,
            store.recordings.delete,
        ],
        "no_such_user": [store.users.get, store.users.delete],
        "no_such_token": [store.tokens.delete],
    }
    for code, functions in calls.items():
        for function in functions:
            with pytest.raises(StoreTrouble, match=code) as caught:
                function(NOBODY)
            assert sentence(caught.value.reason, "en").startswith("There is no such")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "", "A" * 32, "0" * 31, f"{'0' * 32}/x", "0" * 32 + "\n"]
)
def test_only_ids_become_paths(store: Store, name: str) -> None:
    with pytest.raises(StoreTrouble, match="no_such_recording"):
        store.files.folder(name)
    with pytest.raises(StoreTrouble, match="no_such_recording"):
        store.files.incoming(name)


@pytest.mark.linux
def test_the_data_directory_is_for_its_owner_only(store: Store, data_dir: Path) -> None:
    store.clients.add("Ann")

    modes = {path.name: path.stat().st_mode & 0o077 for path in [data_dir, *data_dir.iterdir()]}

    assert modes == dict.fromkeys(
        ["data", "files", "incoming", "posture.db", "posture.db-shm", "posture.db-wal"], 0
    )


def test_settings_hold_any_json_value_and_a_default_where_unset(store: Store) -> None:
    store.settings.set("theme", {"dark": True, "sizes": [1, 2.5, None]})
    store.settings.set("theme2", None)

    assert store.settings.get("theme") == {"dark": True, "sizes": [1, 2.5, None]}
    assert store.settings.get("theme2", "x") is None
    assert store.settings.get("unset", 7) == 7


def test_a_number_that_json_does_not_know_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="JSON compliant"):
        store.settings.set("x", float("nan"))


# --- export


@pytest.mark.linux
def test_an_export_holds_all_that_is_kept_of_one_client_and_nothing_else(
    store: Store, tmp_path: Path
) -> None:
    made = analysed(store)
    other = analysed(store, "Other Person")

    path = store.clients.export(made.client.id, tmp_path / "client.zip")

    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        there = f"visits/{made.visit.started_at:%Y-%m-%d}_{made.visit.id[:8]}"
        inside = f"{there}/forward_bend_{made.recording.id[:8]}"
        assert archive.testzip() is None
        assert json.loads(archive.read("client.json"))["name"] == NAME
        assert json.loads(archive.read(f"{there}/visit.json"))["answers"]["pain"] == 3
        assert json.loads(archive.read(f"{inside}/recording.json"))["file_name"] == f"{NAME}.mp4"
        assert json.loads(archive.read(f"{inside}/analysis.json"))["told"] == MARKER
        assert archive.read(f"{inside}/video.mp4") == MARKER.encode()
        assert f"{inside}/result/clip/overlay.mp4" in names
        everything = b"".join(archive.read(name) for name in names)
    assert other.client.id.encode() not in everything
    assert len(names) == len(set(names)) == 10
    assert path.stat().st_mode & 0o077 == 0


def test_an_export_that_fails_leaves_nothing(store: Store, tmp_path: Path) -> None:
    made = analysed(store)

    with pytest.raises(StoreTrouble, match="store_not_writable"):
        store.clients.export(made.client.id, tmp_path / "nowhere" / "client.zip")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreTrouble, match="store_not_writable"):
        store.clients.export(made.client.id, tmp_path / "folder")

    assert [*tmp_path.glob(".*")] == []
