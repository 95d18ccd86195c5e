"""What a server that was killed left half done is put right by the next one."""

from __future__ import annotations

from pathlib import Path

from posture.store import open_store
from posture.store.files import new_id
from tests.store.make import MARKER, analysed


def test_a_clip_whose_recording_never_came_to_be_goes(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        kept = analysed(store).recording.id
        lost = new_id()
        (store.files.folder(lost) / "clip.bin").write_bytes(b"of nobody")
        store.recordings.take_up()

        assert not store.files.place(lost).exists()
        assert store.files.clip(kept).read_bytes() == MARKER.encode()


def test_what_holds_more_than_a_clip_or_is_called_otherwise_is_left_alone(tmp_path: Path) -> None:
    """A database that was lost must not take the numbers with it at the first start."""
    with open_store(tmp_path) as store:
        numbers = store.files.folder(new_id()) / "result"
        numbers.mkdir()
        other = store.files.root / "ab" / "a note of mine"
        other.mkdir(parents=True)
        store.recordings.take_up()

        assert numbers.is_dir()
        assert other.is_dir()


def test_results_about_to_be_replaced_are_back_in_their_place(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        folder = store.files.place(analysed(store).recording.id)
        (folder / "result").rename(folder / "result.old")  # killed here
        (folder / "work").mkdir()
        (folder / "work" / "half.mp4").write_bytes(b"half a film")
        store.recordings.take_up()

        assert (folder / "result" / "clip" / "analysis.json").is_file()
        assert {path.name for path in folder.iterdir()} == {"clip.bin", "result"}


def test_old_results_beside_new_ones_go(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        folder = store.files.place(analysed(store).recording.id)
        (folder / "result.old").mkdir()
        (folder / "result.old" / "old.html").write_text("old")
        store.recordings.take_up()

        assert {path.name for path in folder.iterdir()} == {"clip.bin", "result"}
