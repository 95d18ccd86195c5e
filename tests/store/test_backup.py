"""A backup put back is the same store; nothing is overwritten, nothing half put back."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from posture.cli import main
from posture.store import Store, StoreTrouble, backup, open_store, restore
from tests.store.make import MARKER, analysed


@pytest.fixture
def saved(store: Store, data_dir: Path, tmp_path: Path) -> Path:
    """A backup of two clients."""
    analysed(store)
    analysed(store, "Other", "pictures")
    return backup(data_dir, tmp_path / "saved.zip")


def altered(saved: Path, to: Path, **changes: bytes) -> Path:
    """The same zip with some entries replaced or added."""
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(to, "w") as target:
        for name in source.namelist():
            if name not in changes:
                target.writestr(name, source.read(name))
        for name, content in changes.items():
            target.writestr(name, content)
    return to


def with_database(saved: Path, to: Path, change: str) -> Path:
    """The same zip with a statement done to its database."""
    with zipfile.ZipFile(saved) as archive:
        archive.extract("posture.db", to.parent)
    place = to.parent / "posture.db"
    with closing(sqlite3.connect(place)) as database, database:
        database.execute(change)
    return altered(saved, to, **{"posture.db": place.read_bytes()})


def encrypted(saved: Path, to: Path) -> Path:
    """The same zip with every entry marked as needing a password (ZIP appnote, 4.4.4)."""
    content = bytearray(saved.read_bytes())
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(sign)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(sign, at + 4)
    to.write_bytes(content)
    return to


def all_files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in (folder / "files").rglob("*")
        if path.is_file()
    }


@pytest.mark.linux
def test_a_backup_put_back_is_the_same_store(
    store: Store, saved: Path, data_dir: Path, tmp_path: Path
) -> None:
    restore(saved, tmp_path / "new")

    with open_store(tmp_path / "new") as again:
        assert again.clients.all() == store.clients.all()
        assert again.visits.latest() == store.visits.latest()
        for visit in again.visits.latest():
            assert again.recordings.of_visit(visit.id) == store.recordings.of_visit(visit.id)
    assert all_files(tmp_path / "new") == all_files(data_dir) != {}
    put_back = [tmp_path / "new", *(p for p in (tmp_path / "new").rglob("*") if p.is_file())]
    assert {path.stat().st_mode & 0o077 for path in put_back} == {0}
    assert [path.name for path in (tmp_path / "new").iterdir() if path.name.startswith(".")] == []


def test_a_backup_is_taken_while_the_server_writes(
    store: Store, data_dir: Path, tmp_path: Path
) -> None:
    made = analysed(store)  # in the log still, not in the database's own file
    with store.database.changing() as session:
        session.connection().exec_driver_sql("UPDATE clients SET note = 'half done'")
        backup(data_dir, tmp_path / "saved.zip")

    restore(tmp_path / "saved.zip", tmp_path / "new")
    with open_store(tmp_path / "new") as again:
        assert again.clients.all() == (made.client,)


@pytest.mark.linux
def test_a_backup_leaves_only_itself_and_for_its_owner_only(saved: Path, tmp_path: Path) -> None:
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "saved.zip"]
    assert saved.stat().st_mode & 0o077 == 0


def test_a_backup_holds_no_uploads_keys_or_deleted_clients(
    store: Store, data_dir: Path, tmp_path: Path
) -> None:
    made = analysed(store)
    (data_dir / "tls").mkdir()
    (data_dir / "tls" / "key.pem").write_text("secret")
    store.files.incoming("a" * 32).write_text("half an upload")
    store.clients.delete(made.client.id)

    with zipfile.ZipFile(backup(data_dir, tmp_path / "saved.zip")) as archive:
        assert archive.namelist() == ["manifest.json", "posture.db"]
        assert MARKER.encode() not in archive.read("posture.db")


def test_an_existing_file_is_not_overwritten_by_a_backup(
    store: Store, data_dir: Path, tmp_path: Path
) -> None:
    store.clients.add("Ann")
    (tmp_path / "saved.zip").write_text("dear letters")

    with pytest.raises(StoreTrouble, match="backup_in_the_way"):
        backup(data_dir, tmp_path / "saved.zip")

    assert (tmp_path / "saved.zip").read_text() == "dear letters"


def test_a_backup_without_room_leaves_nothing(
    store: Store, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analysed(store)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(StoreTrouble, match="disk_full"):
        backup(data_dir, tmp_path / "saved.zip")

    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_nothing_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(StoreTrouble, match="nothing_to_back_up"):
        backup(tmp_path, tmp_path / "saved.zip")
    with pytest.raises(StoreTrouble, match="no_such_backup"):
        restore(tmp_path / "saved.zip", tmp_path / "new")


def test_what_is_there_is_never_overwritten(saved: Path, tmp_path: Path) -> None:
    with open_store(tmp_path / "new") as there:
        client = there.clients.add("Somebody dear")

    with pytest.raises(StoreTrouble, match="restore_in_the_way"):
        restore(saved, tmp_path / "new")

    with open_store(tmp_path / "new") as there:
        assert there.clients.all() == (client,)


@pytest.mark.linux
def test_models_and_keys_in_the_folder_are_no_obstacle(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "new" / "models").mkdir(parents=True)
    (tmp_path / "new" / "models" / "a.task").write_text("model")

    restore(saved, tmp_path / "new")

    assert (tmp_path / "new" / "models" / "a.task").read_text() == "model"
    with open_store(tmp_path / "new") as again:
        assert len(again.clients.all()) == 2


def cut_short(saved: Path, to: Path) -> Path:
    to.write_bytes(saved.read_bytes()[:-200])
    return to


def flipped(saved: Path, to: Path) -> Path:
    """One byte of a clip changed: the zip is whole, its checksum is not."""
    content = bytearray(saved.read_bytes())
    content[content.rindex(MARKER.encode())] ^= 1
    to.write_bytes(content)
    return to


def of_another_program(saved: Path, to: Path) -> Path:
    return altered(saved, to, **{"manifest.json": json.dumps({"kind": "other"}).encode()})


def leading_out(saved: Path, to: Path) -> Path:
    return altered(saved, to, **{f"files/ab/{'ab' * 16}/../../../../out.txt": b"out"})


def with_a_stranger(saved: Path, to: Path) -> Path:
    return altered(saved, to, **{"tls/key.pem": b"planted"})


def with_an_empty_database(saved: Path, to: Path) -> Path:
    return altered(saved, to, **{"posture.db": b""})


def no_zip(saved: Path, to: Path) -> Path:
    to.write_bytes(b"not a zip" + bytes(len(saved.name)))
    return to


def with_an_endless_manifest(saved: Path, to: Path) -> Path:
    manifest = {"kind": "posture.backup/1", "more": " " * (1 << 16)}
    return altered(saved, to, **{"manifest.json": json.dumps(manifest).encode()})


def with_a_trigger(saved: Path, to: Path) -> Path:
    """A database that would throw away visits as clients are added."""
    made = "CREATE TRIGGER sly AFTER INSERT ON clients BEGIN DELETE FROM visits; END"
    return with_database(saved, to, made)


@pytest.mark.parametrize(
    "bad",
    [
        with_an_endless_manifest,
        with_a_trigger,
        cut_short,
        flipped,
        of_another_program,
        leading_out,
        with_a_stranger,
        with_an_empty_database,
        no_zip,
    ],
)
def test_what_is_no_whole_backup_changes_nothing(saved: Path, tmp_path: Path, bad: object) -> None:
    assert callable(bad)
    source = bad(saved, tmp_path / "bad.zip")

    with pytest.raises(StoreTrouble, match="not_a_backup"):
        restore(source, tmp_path / "new")

    assert [path for path in (tmp_path / "new").rglob("*") if path.is_file()] == []
    assert not (tmp_path / "out.txt").exists()
    restore(saved, tmp_path / "new")  # and a good one still goes there


def test_a_database_damaged_in_the_backup_is_refused(saved: Path, tmp_path: Path) -> None:
    source = altered(saved, tmp_path / "bad.zip", **{"posture.db": b"no database " * 999})

    with pytest.raises(StoreTrouble, match="database_damaged"):
        restore(source, tmp_path / "new")

    assert not (tmp_path / "new" / "posture.db").exists()


def test_a_backup_of_a_newer_version_is_refused(saved: Path, tmp_path: Path) -> None:
    change = "UPDATE alembic_version SET version_num = '9999'"
    source = with_database(saved, tmp_path / "newer.zip", change)
    manifest = json.dumps({"kind": "posture.backup/2"}).encode()
    other_form = altered(saved, tmp_path / "form.zip", **{"manifest.json": manifest})

    with pytest.raises(StoreTrouble, match="database_newer"):
        restore(source, tmp_path / "new")
    with pytest.raises(StoreTrouble, match="database_newer"):
        restore(other_form, tmp_path / "new")


def test_a_backup_that_needs_a_password_says_so(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreTrouble, match="backup_encrypted"):
        restore(encrypted(saved, tmp_path / "locked.zip"), tmp_path / "new")

    assert [path for path in (tmp_path / "new").rglob("*") if path.is_file()] == []


def test_restoring_without_room_changes_nothing(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(StoreTrouble, match="disk_full"):
        restore(saved, tmp_path / "new")

    assert [path for path in (tmp_path / "new").rglob("*") if path.is_file()] == []


def test_the_commands_back_up_and_restore(
    store: Store, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = store.clients.add("Ann")
    out = tmp_path / "saved.zip"
    run = CliRunner().invoke

    monkeypatch.setenv("POSTURE_DATA_DIR", str(data_dir))
    saved = run(main, ["backup", str(out), "--lang", "en"])
    again = run(main, ["backup", str(out), "--lang", "ja"])
    full = run(main, ["restore", str(out), "--lang", "en"])
    monkeypatch.setenv("POSTURE_DATA_DIR", str(tmp_path / "new"))
    restored = run(main, ["restore", str(out), "--lang", "en"])

    assert (saved.exit_code, restored.exit_code) == (0, 0)
    assert saved.stdout.startswith(f"Backup written: {out}")
    assert restored.stdout == f"Restored to {tmp_path / 'new'}.\n"
    assert (again.exit_code, again.stdout) == (1, "")
    assert "上書きしませんでした" in again.stderr
    assert (full.exit_code, full.stdout) == (1, "")
    assert "nothing was changed" in full.stderr
    with open_store(tmp_path / "new") as put_back:
        assert put_back.clients.all() == (client,)


def test_a_folder_may_be_called_what_a_user_calls_it(tmp_path: Path) -> None:
    data_dir = tmp_path / "50 % #1 お客様?"
    with open_store(data_dir) as store:
        analysed(store)
        saved = backup(data_dir, tmp_path / "写し 1.zip")

    restore(saved, tmp_path / "戻し")

    assert all_files(tmp_path / "戻し") == all_files(data_dir) != {}
