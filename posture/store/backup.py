"""Everything into one file, and back."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from posture import leftovers
from posture.store import schema
from posture.store.database import connect, explained
from posture.store.errors import StoreTrouble
from posture.store.files import DATABASE, Files, is_id, whole
from posture.store.files import explained as explained_file

_KINDS = "posture.backup/"
_KIND = f"{_KINDS}1"
_MANIFEST = "manifest.json"
_ASIDE = "restoring"
_MANIFEST_BYTES = 1 << 16  # ours; it says what this is and when it was made
_ENCRYPTED = 0x1  # ZIP appnote, 4.4.4
_PACKED = frozenset({".json", ".csv", ".html"})  # the others are compressed already
_DAMAGES = (
    *(zipfile.BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError),
    *(NotImplementedError, RecursionError),
)


def backup(data_dir: Path, to: Path) -> Path:
    """Write the database and every recording's files into one zip, whole or not at all.

    The server may go on meanwhile: the database is copied as it was at one moment.

    Raises
    ------
    StoreTrouble
        Nothing to back up, something of that name is there, no room.
    """
    files = Files(data_dir)
    if not files.database.is_file():
        raise StoreTrouble("nothing_to_back_up", path=str(data_dir))
    if to.exists():
        raise StoreTrouble("backup_in_the_way", path=str(to))
    files.make()
    leftovers.sweep(files.passing)
    made = {"kind": _KIND, "made_at": datetime.now(UTC).isoformat()}
    with (
        _copied(files) as copy,
        whole(to) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive,
    ):
        archive.writestr(_MANIFEST, json.dumps(made))
        archive.write(copy, DATABASE, compress_type=zipfile.ZIP_DEFLATED)
        for path in _files_of(copy, files):
            packed = zipfile.ZIP_DEFLATED if path.suffix in _PACKED else zipfile.ZIP_STORED
            # deleted since the database was copied, maybe
            with suppress(FileNotFoundError):
                archive.write(path, path.relative_to(data_dir).as_posix(), compress_type=packed)
    return to


@contextmanager
def _copied(files: Files) -> Iterator[Path]:
    """Yield a copy of the database as it was at one moment; it never leaves the data directory."""
    with files.for_a_moment(DATABASE) as copy:
        with explained(str(files.database)):
            source = sqlite3.connect(f"{files.database.absolute().as_uri()}?mode=rw", uri=True)
            with closing(source), closing(sqlite3.connect(copy)) as target:
                source.backup(target)
                target.execute("PRAGMA journal_mode = DELETE")  # one file, no log beside it
        yield copy


def _files_of(database: Path, files: Files) -> Iterator[Path]:
    """Yield the files of the recordings that a database knows."""
    with closing(sqlite3.connect(database)) as connection:
        ids = [str(row[0]) for row in connection.execute("SELECT id FROM recordings ORDER BY id")]
    for recording_id in ids:
        yield from (p for p in sorted(files.place(recording_id).rglob("*")) if p.is_file())


def restore(source: Path, data_dir: Path) -> None:
    """Put a backup into a data directory that holds nothing yet, whole or not at all.

    Raises
    ------
    StoreTrouble
        Clients or recordings are there already; no backup, damaged, or of a newer version; no room.
    """
    files = Files(data_dir)
    if not source.is_file():
        raise StoreTrouble("no_such_backup", path=str(source))
    remove_half_restored(files)
    if files.database.exists() or any(files.root.glob("*")):
        raise StoreTrouble("restore_in_the_way", path=str(data_dir))
    files.make()
    aside = leftovers.hidden(data_dir, _ASIDE)
    try:
        with explained_file(aside):
            aside.mkdir(mode=0o700)
            _unpack(source, aside)
        _check(aside / DATABASE, source)
        with explained_file(data_dir):
            (aside / "files").mkdir(exist_ok=True, mode=0o700)
            files.root.rmdir()  # empty, or it fails; Windows puts nothing in a folder's place
            (aside / "files").rename(files.root)
            try:
                (aside / DATABASE).replace(files.database)  # last: with it, all of it is there
            except OSError:
                files.root.replace(aside / "files")
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def remove_half_restored(files: Files) -> None:
    """Remove what a restore that was killed left, be it clients' files in their place already."""
    for path in leftovers.left_behind(files.data_dir):
        is_last_step = path.name.startswith(f".{_ASIDE}-") and (path / DATABASE).is_file()
        is_moved = files.root.is_dir() and not (path / "files").exists()
        if is_last_step and is_moved and not files.database.exists():
            with explained_file(files.root):
                files.root.rename(path / "files")
    leftovers.sweep(files.data_dir)


def _unpack(source: Path, to: Path) -> None:
    """Unpack a backup, only what belongs into one, each part against its checksum."""
    try:
        with zipfile.ZipFile(source) as archive:
            _check_manifest(archive.getinfo(_MANIFEST), archive, source)
            for entry in archive.infolist():
                if entry.filename == _MANIFEST or entry.is_dir():
                    continue
                if not _belongs(entry.filename):
                    raise StoreTrouble("not_a_backup", path=str(source))
                path = to / entry.filename
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with archive.open(entry) as packed, path.open("xb") as file:
                    shutil.copyfileobj(packed, file, 1 << 20)
                path.chmod(0o600)
    except _DAMAGES as trouble:
        raise StoreTrouble("not_a_backup", path=str(source)) from trouble


def _check_manifest(entry: zipfile.ZipInfo, archive: zipfile.ZipFile, source: Path) -> None:
    """Refuse what says it is something else, or what only its maker can open."""
    if any(one.flag_bits & _ENCRYPTED for one in archive.infolist()):
        raise StoreTrouble("backup_encrypted", path=str(source))
    if entry.file_size > _MANIFEST_BYTES:
        raise StoreTrouble("not_a_backup", path=str(source))
    kind = json.loads(archive.read(entry))["kind"]
    if kind != _KIND:
        is_newer = str(kind).startswith(_KINDS)
        raise StoreTrouble("database_newer" if is_newer else "not_a_backup", path=str(source))


def _belongs(name: str) -> bool:
    """Whether a backup can hold such a file: nothing that leads out of the data directory."""
    if name == DATABASE:
        return True
    parts = PurePosixPath(name).parts
    return (
        len(parts) > 3  # noqa: PLR2004 - files/<drawer>/<recording>/...
        and parts[0] == "files"
        and is_id(parts[2])
        and parts[1] == parts[2][:2]
        and not {".", ".."} & {*parts}
        and "\\" not in name
    )


def _check(database: Path, source: Path) -> None:
    """Refuse a database that is damaged or that a newer version made."""
    if not database.is_file():
        raise StoreTrouble("not_a_backup", path=str(source))
    opened = connect(database, wait_s=1.0, pooled=False)
    try:
        with opened.reading() as session:
            ask = session.connection().exec_driver_sql
            told = ask("PRAGMA integrity_check").scalar()
            # no version of this program makes one: it would change what is written later on
            strange = ask("SELECT 1 FROM sqlite_master WHERE type IN ('trigger', 'view')").scalar()
            at = schema.revision_of(session.connection())
    except StoreTrouble as trouble:
        raise StoreTrouble("not_a_backup", path=str(source)) from trouble
    finally:
        opened.close()
    if told != "ok" or at is None or strange:
        raise StoreTrouble("not_a_backup", path=str(source))
    if at != schema.NEWEST and at not in schema.revisions():
        raise StoreTrouble("database_newer", path=str(source))
