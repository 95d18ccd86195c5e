"""What a killed program left goes with the next start or try; what is somebody else's stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from posture import leftovers, machine
from posture.errors import CannotWrite
from posture.files import check_writable, whole_file, write_text
from posture.store import StoreTrouble, backup, open_store, restore
from posture.store.files import DATABASE

ELSE = (
    ".gitignore",
    ".overlay.mp4",
    ".my-notes-2026.txt",
    ".bashrc",
    "overlay-abcd1234.mp4",
    ".holiday-abcd1234.mp4",
    ".overlay-20261129.mp4",
    ".report-20261129.html",
    ".film.0123456789abcdef.part",
    ".restoring-notes",
    ".letters.db",
    ".a-0123abcd-77.txt",
)


def killed(code: str, *arguments: object, by: int = 9) -> int:
    """Run Python until it says that it is halfway, and end it there; return its process number."""
    text = textwrap.dedent(code)
    with subprocess.Popen(
        [sys.executable, "-c", text, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "halfway"
        child.send_signal(by)
        child.wait(30)
    return child.pid


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def aged(path: Path, hours: float = 25) -> Path:
    then_s = time.time() - hours * 3600
    os.utime(path, (then_s, then_s))
    return path


HALF_A_FILM = """
    import signal, sys, time
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    from pathlib import Path
    from posture.files import whole_file
    from posture import machine
    with machine.ended_in_order():
        with whole_file(Path(sys.argv[1]) / "overlay.mp4") as part:
            part.write_bytes(b"half a film")
            print("halfway", flush=True)
            for _ in range(600):  # a signal just before a sleep is heard of after it
                time.sleep(0.1)
"""


@pytest.mark.linux
def test_half_a_film_of_a_killed_run_goes_with_the_next_file_written_there(tmp_path: Path) -> None:
    killed(HALF_A_FILM, tmp_path)
    assert len(names(tmp_path)) == 1  # as was the fault

    write_text(tmp_path / "report.html", "ok")  # not the film again

    assert names(tmp_path) == {"report.html"}


@pytest.mark.linux
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_who_is_asked_to_end_leaves_nothing(tmp_path: Path, by: int) -> None:
    killed(HALF_A_FILM, tmp_path, by=by)

    assert names(tmp_path) == set()


def test_what_is_somebody_elses_stays(tmp_path: Path) -> None:
    for name in ELSE:
        (tmp_path / name).write_text("mine")
        aged(tmp_path / name)

    with whole_file(tmp_path / "a.txt") as mine:  # this process runs
        write_text(tmp_path / "b.txt", "ok")
        assert mine.exists()

    assert names(tmp_path) == {*ELSE, "a.txt", "b.txt"}


def test_what_another_machine_writes_stays_until_a_day_has_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leftovers._here.cache_clear()  # noqa: SLF001 - asked once in a process
    monkeypatch.setattr(machine, "host", lambda: "another")
    theirs = [leftovers.hidden(tmp_path, "overlay", ".mp4") for _ in range(2)]
    monkeypatch.undo()
    leftovers._here.cache_clear()  # noqa: SLF001
    monkeypatch.setattr(machine, "is_running", lambda _: False)
    for path in theirs:
        path.write_text("film")
    aged(theirs[0])

    leftovers.sweep(tmp_path)

    assert [path.exists() for path in theirs] == [False, True]


@pytest.mark.parametrize(
    "name",
    [
        ".overlay-ab_d1234.mp4",
        ".restoring-0123456789abcdef",
        ".bk1.zip.db.0123456789abcdef",
        ".bk1.zip.0123456789abcdef.part",
    ],
)
def test_what_an_earlier_version_left_goes_when_it_is_a_day_old(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("left")
    leftovers.sweep(tmp_path)
    assert names(tmp_path) == {name}

    aged(tmp_path / name)
    leftovers.sweep(tmp_path)
    assert names(tmp_path) == set()


def test_a_link_goes_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "letter").write_text("mine")
    link = tmp_path / ".restoring-0123456789abcdef"
    try:
        link.symlink_to(kept, target_is_directory=True)
    except OSError:
        pytest.skip("no rights to make links here")
    then_s = time.time() - 25 * 3600
    os.utime(link, (then_s, then_s), follow_symlinks=False)

    leftovers.sweep(tmp_path)

    assert names(tmp_path) == {"kept"}
    assert names(kept) == {"letter"}


@pytest.mark.parametrize("name", ["あ" * 85, "a" * 255, "x"])
def test_a_long_name_has_a_hidden_one_that_fits(tmp_path: Path, name: str) -> None:
    path = leftovers.hidden(tmp_path, name, ".part")
    path.write_text("half")

    assert len(path.name.encode()) <= 255
    assert leftovers.hidden(tmp_path, name, ".part") != path


# --- backups --------------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with open_store(tmp_path / "data") as store:
        client = store.clients.add("Ann")
        visit = store.visits.add(client.id, "recordings", "en")
        part = store.files.incoming("a" * 32)
        part.write_bytes(b"film")
        store.recordings.add(visit.id, "auto", "a.mp4", 4, clip=part)
    return tmp_path / "data"


HALF_A_BACKUP = """
    import sys, time, zipfile
    from pathlib import Path
    from posture.store import backup
    def slow(*_, **__):
        print("halfway", flush=True)
        time.sleep(60)
    zipfile.ZipFile.write = slow
    backup(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.linux
def test_a_backup_that_was_killed_leaves_no_copy_after_the_next_try(
    data: Path, tmp_path: Path
) -> None:
    to = tmp_path / "stick" / "bk1.zip"
    to.parent.mkdir()
    killed(HALF_A_BACKUP, data, to)
    assert not any(".db" in name for name in names(to.parent))  # it is not taken out of the data

    backup(data, to.with_name("bk2.zip"))

    assert names(to.parent) == {"bk2.zip"}
    assert names(data / "incoming") == set()


@pytest.mark.linux
def test_a_backup_that_was_killed_leaves_no_copy_after_the_next_start(
    data: Path, tmp_path: Path
) -> None:
    killed(HALF_A_BACKUP, data, tmp_path / "bk1.zip")
    open_store(data).close()

    assert names(data / "incoming") == set()


HALF_A_RESTORE = """
    import sys, time
    from pathlib import Path
    from posture.store import backup as module, restore
    from posture.store import restore
    module = sys.modules[restore.__module__]  # the name is the function's
    def slow(*_, **__):
        print("halfway", flush=True)
        time.sleep(60)
    setattr(*{"unpacked": (module, "_check", slow), "moved": (Path, "replace", slow)}[sys.argv[3]])
    restore(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.linux
@pytest.mark.parametrize("at", ["unpacked", "moved"])
@pytest.mark.parametrize("then", ["restored", "opened"])
def test_a_restore_that_was_killed_leaves_nothing_of_anybody(
    data: Path, tmp_path: Path, at: str, then: str
) -> None:
    saved, new = backup(data, tmp_path / "saved.zip"), tmp_path / "new"
    killed(HALF_A_RESTORE, saved, new, at)
    assert any(name.startswith(".restoring-") for name in names(new))

    if then == "restored":
        restore(saved, new)
    with open_store(new) as store:
        assert len(store.clients.all()) == (then == "restored")

    assert {name for name in names(new) if name.startswith(".")} == set()
    films = [path.read_bytes() for path in new.rglob("*") if path.name == "clip.bin"]
    assert films == ([b"film"] if then == "restored" else [])


def test_clients_files_without_a_killed_restore_are_never_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "files" / "ab").mkdir(parents=True)
    (tmp_path / "files" / "ab" / "film").write_text("mine")

    with pytest.raises(StoreTrouble, match="no_such_backup"):
        restore(tmp_path / "none.zip", tmp_path)
    open_store(tmp_path).close()

    assert (tmp_path / "files" / "ab" / "film").read_text() == "mine"
    assert (tmp_path / DATABASE).exists()


# --- the folder for the results -------------------------------------------------------------------


def test_many_may_ask_at_once_whether_a_folder_takes_files(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for asked in [pool.submit(check_writable, tmp_path / "out") for _ in range(2000)]:
            asked.result()

    assert names(tmp_path / "out") == set()


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")

    with pytest.raises(CannotWrite, match="in_the_way"):
        check_writable(tmp_path / "out")
