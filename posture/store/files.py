"""The files of recordings: where they lie, and how they come and go."""

from __future__ import annotations

import contextlib
import errno
import re
import secrets
import shutil
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import platformdirs

from posture import leftovers, machine
from posture.files import replacing
from posture.store.errors import StoreTrouble
from posture.store.records import Keep
from posture.video.kinds import HEAD_BYTES, kind_of

CLIP = "clip.bin"  # never the name it came with: a player may follow what a name promises
DATABASE = "posture.db"
RESULT, OLD_RESULT, WORK = "result", "result.old", "work"  # in a recording's folder

_TRIES, _AGAIN_S = 20, 0.05  # ours; a worker is gone a moment after it was ended
_ID = re.compile(r"[0-9a-f]{32}")
_NUMBERS = frozenset({".json", ".csv", ".npz", ".parquet"})
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".html"})  # a report holds its key pictures
_PICTURE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def data_dir_of(environment: Mapping[str, str]) -> Path:
    """Return where everything lies: POSTURE_DATA_DIR, or the user's data folder."""
    moved = environment.get("POSTURE_DATA_DIR")
    return Path(moved).expanduser() if moved else platformdirs.user_data_path("posture")


def new_id() -> str:
    """Return a name that nobody can guess."""
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    """Whether it is a name made by `new_id`, and so can stand in a path."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Files:
    """The data directory, as paths."""

    data_dir: Path

    @property
    def root(self) -> Path:
        """Where the recordings' folders lie."""
        return self.data_dir / "files"

    @property
    def passing(self) -> Path:
        """Where lies what is there for a while only: uploads, a copy of the database, exports."""
        return self.data_dir / "incoming"

    @contextlib.contextmanager
    def for_a_moment(self, name: str, suffix: str = "") -> Iterator[Path]:
        """Yield an empty file in `passing` that is needed for a moment only; for its owner only.

        What a killed program leaves of it goes at the next start.
        """
        path = leftovers.hidden(self.passing, name, suffix)
        try:
            with explained(path):
                path.touch(mode=0o600, exist_ok=False)
            yield path
        finally:
            path.unlink(missing_ok=True)

    @property
    def database(self) -> Path:
        """The database, where it is SQLite."""
        return self.data_dir / DATABASE

    def make(self) -> None:
        """Make the folders, for nobody else to look into.

        Raises
        ------
        StoreTrouble
            No permission, no room, a file in the way.
        """
        with explained(self.data_dir):
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.data_dir.chmod(0o700)
            for folder in (self.root, self.passing):
                folder.mkdir(exist_ok=True, mode=0o700)

    def make_database(self) -> None:
        """Make the database's file, empty, for its owner only; its log takes after it."""
        with explained(self.database):
            self.database.touch(mode=0o600)

    def place(self, recording_id: str) -> Path:
        """Return a recording's folder, there or not."""
        if not is_id(recording_id):
            raise StoreTrouble("no_such_recording")
        return self.root / recording_id[:2] / recording_id

    def folder(self, recording_id: str) -> Path:
        """Return a recording's folder, made if need be."""
        folder = self.place(recording_id)
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def result(self, recording_id: str) -> Path:
        """Return the folder of the files of a recording's analysis, there or not."""
        return self.folder(recording_id) / RESULT

    def incoming(self, upload_id: str) -> Path:
        """Return where an upload is written until it is whole."""
        if not is_id(upload_id):
            raise StoreTrouble("no_such_recording")
        return self.passing / f"{upload_id}.part"

    def clip(self, recording_id: str) -> Path:
        """Return where a recording's clip lies, if it still does."""
        return self.place(recording_id) / CLIP

    def has_clip(self, recording_id: str) -> bool:
        """Whether the clip itself is still there."""
        return self.clip(recording_id).is_file()

    def take_in(self, recording_id: str, upload: Path) -> None:
        """Move a finished upload to its place, on the disk for good before it returns."""
        clip = self.folder(recording_id) / CLIP
        with explained(clip):
            with upload.open("rb+") as file:
                machine.to_disk(file.fileno())
            machine.patiently(lambda: upload.replace(clip))
            machine.folder_to_disk(clip.parent)

    def hand_back(self, recording_id: str, upload: Path) -> None:
        """Move a clip back to where `take_in` found it."""
        with explained(upload):
            machine.patiently(lambda: (self.place(recording_id) / CLIP).replace(upload))
        self.remove(recording_id)

    def remove(self, recording_id: str) -> None:
        """Remove a recording's folder; gone already is as good."""
        folder = self.place(recording_id)
        with explained(folder):
            if folder.exists():
                machine.patiently(lambda: _rmtree(folder))
            with contextlib.suppress(OSError):
                folder.parent.rmdir()  # only the last one takes its drawer along

    def reduce(self, recording_id: str, keep: Keep) -> bool:
        """Remove what shows more than `keep` allows; whether there was any."""
        folder = self.place(recording_id)
        if keep == "video" or not folder.is_dir():
            return False
        gone = False
        with explained(folder):
            for path in [*folder.rglob("*")]:
                if path.is_file() and not _may_stay(path, keep):
                    machine.patiently(partial(path.unlink, missing_ok=True))
                    gone = True
        return gone

    def take_up(self, known: Collection[str]) -> None:
        """Put right what a server that was killed left half done; no other may run.

        `known` are the recordings that there are. A clip that was moved in and whose recording
        never came to be goes; results that were about to be replaced are back in their place.
        """
        for folder in [path for path in self.root.glob("??/*") if is_id(path.name)]:
            with explained(folder):
                if folder.name not in known:
                    if all(path.name == CLIP for path in folder.iterdir()):
                        self.remove(folder.name)
                    continue
                old, result = folder / OLD_RESULT, folder / RESULT
                if old.exists() and not result.exists():
                    machine.patiently(partial(old.rename, result))
                remove_any(old)
                remove_any(folder / WORK)

    def leftovers(self, older_than_s: float) -> Iterator[Path]:
        """Yield uploads and recordings' folders that nothing touched since a moment."""
        for path in [*self.passing.glob("*"), *self.root.glob("??/*")]:
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < older_than_s:
                    yield path


def _may_stay(path: Path, keep: Keep) -> bool:
    suffix = path.suffix.lower()
    if suffix in _NUMBERS:
        return True
    if keep != "pictures":
        return False
    return suffix in _PICTURES or (path.name == CLIP and _first(path).startswith(_PICTURE_STARTS))


def suffix_of(clip: Path) -> str:
    """Return how a clip's file name ends where people see it, by its first bytes."""
    kind = kind_of(_first(clip))
    return ".mp4" if kind is None else kind.suffix


def _first(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def remove_any(path: Path) -> None:
    """Remove a file or a folder; gone already is as good."""
    with explained(path):
        if path.is_dir() and not path.is_symlink():
            machine.patiently(lambda: _rmtree(path))
        else:
            machine.patiently(lambda: path.unlink(missing_ok=True))


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` that takes its place when all went well; for its owner only.

    Raises
    ------
    StoreTrouble
        Disk full, no permission, something in the way. Nothing half-written stays behind.
    """
    with explained(path), replacing(path, for_owner=True, for_good=True) as part:
        yield part


def _rmtree(folder: Path) -> None:
    """Remove a folder, of which an earlier try may have left a part.

    A worker that is being ended may still write into it for a moment: then it is tried again.
    """
    for last in (*[False] * _TRIES, True):
        try:
            if folder.exists():
                shutil.rmtree(folder)
        except OSError as trouble:
            if last or trouble.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT}:
                raise
            time.sleep(_AGAIN_S)
        else:
            return


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the operating system says into a reason."""
    try:
        yield
    except OSError as trouble:
        why = trouble.strerror or type(trouble).__name__
        if trouble.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreTrouble("disk_full", path=str(path)) from trouble
        if machine.is_open_elsewhere(trouble):
            raise StoreTrouble("open_elsewhere", path=str(path)) from trouble
        raise StoreTrouble("store_not_writable", path=str(path), why=why) from trouble
