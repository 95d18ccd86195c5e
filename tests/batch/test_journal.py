"""The journal loses nothing but the line that was being written."""

from __future__ import annotations

from pathlib import Path

import pytest

from posture.batch.contents import Stamp
from posture.batch.journal import Journal
from posture.batch.lock import Lock
from posture.batch.rows import columns, key_of
from posture.errors import CannotWrite


def row_of(number: int, **cells: str) -> dict[str, str]:
    told = {"file": f"前屈 {number}\n.mp4", "sha256": f"{number:064d}", "status": "ok", **cells}
    return {**dict.fromkeys(columns(), ""), **told}


def written(path: Path, count: int = 3) -> list[dict[str, str]]:
    journal = Journal.read(path)
    journal.begin()
    rows = [row_of(number, client="山田", facts="\udce9\t\0") for number in range(count)]
    for number, row in enumerate(rows):
        journal.add(row, f"/clips/{number}", Stamp(number, 2, 3))
    journal.close()
    return rows


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    rows = written(tmp_path / "batch.journal")

    journal = Journal.read(tmp_path / "batch.journal")

    assert [journal.row(journal.rows[key_of(row)]) for row in rows] == rows
    assert journal.seen["/clips/2"] == (Stamp(2, 2, 3), rows[2]["sha256"])


def test_a_journal_torn_at_any_byte_goes_on_and_keeps_every_whole_row(tmp_path: Path) -> None:
    path = tmp_path / "batch.journal"
    rows = written(path)
    whole = path.read_bytes()
    ends = [at for at, byte in enumerate(whole) if byte == ord("\n")]
    for at in range(len(whole)):
        path.write_bytes(whole[:at])
        there = max(0, sum(end < at for end in ends) - 1)

        journal = Journal.read(path)
        journal.begin()
        assert len(journal.rows) == there
        journal.add(row_of(9))
        journal.close()

        again = Journal.read(path)
        assert len(again.rows) == there + 1
        assert [again.row(again.rows[key_of(row)]) for row in rows[:there]] == rows[:there]
        assert path.read_bytes().count(b"\n") == there + 2


def test_a_line_that_rotted_costs_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "batch.journal"
    rows = written(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"\xff\0{]" + lines[1][5:], *lines[2:]]))

    assert set(Journal.read(path).rows) == {key_of(row) for row in rows[1:]}


def test_the_last_row_of_a_clip_counts(tmp_path: Path) -> None:
    path = tmp_path / "batch.journal"
    journal = Journal.read(path)
    journal.begin()
    journal.add(row_of(1, status="failed", reason_code="worker_died"))
    journal.add(row_of(1))
    journal.close()

    (entry,) = Journal.read(path).rows.values()
    assert entry.status == "ok"


def test_a_file_that_is_no_journal_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "batch.journal"
    for mine in ("my own journal\n", "my own journal", '{"posture": "batch/2'):
        path.write_text(mine, "utf-8")

        with pytest.raises(CannotWrite, match="batch_not_ours"):
            Journal.read(path)
        assert path.read_text("utf-8") == mine


def test_a_first_line_that_a_power_cut_left_empty_is_no_ones(tmp_path: Path) -> None:
    path = tmp_path / "batch.journal"
    path.write_bytes(b'{"posture"' + bytes(20))

    journal = Journal.read(path)
    journal.begin()
    journal.close()

    assert path.read_bytes() == b'{"posture": "batch/1"}\t\n'


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "batch.journal"
    journal = Journal.read(path)
    journal.begin()
    journal.add(row_of(1))
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("posture.machine.to_disk", full)
        with pytest.raises(CannotWrite, match="disk_full"):
            journal.add(row_of(2))
    assert path.read_bytes() == before

    journal.add(row_of(3))
    journal.close()
    assert len(Journal.read(path).rows) == 2


@pytest.mark.linux
def test_a_disk_that_is_full_for_a_while_costs_no_other_row(tmp_path: Path) -> None:
    import resource  # noqa: PLC0415 - not on Windows

    path = tmp_path / "batch.journal"
    journal = Journal.read(path)
    journal.begin()
    journal.add(row_of(1))
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, hard))
    try:
        for _ in range(2):
            with pytest.raises(CannotWrite):
                journal.add(row_of(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before

    journal.add(row_of(3))
    journal.close()
    assert set(Journal.read(path).rows) == {key_of(row_of(1)), key_of(row_of(3))}


def test_a_folder_is_locked_for_one_run(tmp_path: Path) -> None:
    with (
        Lock(tmp_path / "batch.lock"),
        pytest.raises(CannotWrite, match="batch_running") as refused,
        Lock(tmp_path / "batch.lock"),
    ):
        pass
    assert str(tmp_path) in str(refused.value)
    with Lock(tmp_path / "batch.lock"):
        pass


def test_a_machine_whose_lock_cannot_be_seen_is_seen_by_its_note(tmp_path: Path) -> None:
    note = tmp_path / "batch.running"
    note.write_text('{"host": "the other one", "pid": 7}', "utf-8")

    with pytest.raises(CannotWrite, match="batch_running_elsewhere"), Lock(tmp_path / "batch.lock"):
        pass

    import os  # noqa: PLC0415

    told = note.stat()
    os.utime(note, ns=(told.st_atime_ns, told.st_mtime_ns - 200 * 10**9))
    with Lock(tmp_path / "batch.lock"):
        pass
    assert not note.exists()


@pytest.mark.parametrize("note", ["", "{", "[1]", "\xff"])
def test_a_note_that_was_cut_off_holds_nobody_up_for_long(note: str, tmp_path: Path) -> None:
    (tmp_path / "batch.running").write_text(note, "utf-8")
    with Lock(tmp_path / "batch.lock"):
        pass
