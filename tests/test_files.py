from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from posture.errors import CannotWrite
from posture.files import explained, whole_file, write_text, write_with

NOBODY = 65_534  # the user that owns nothing, on every Linux


def inside(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


@contextmanager
def as_somebody_without_rights(folder: Path) -> Iterator[None]:
    """Run as one who may not write into `folder`; root may everything, so it steps down."""
    if os.geteuid() != 0:
        folder.chmod(0o500)
        try:
            yield
        finally:
            folder.chmod(0o700)
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


# --- whole or not at all --------------------------------------------------------------------------


def test_a_file_appears_when_it_is_whole_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "made.txt"

    with whole_file(path) as part:
        part.write_text("half")
        assert not path.exists()
        part.write_text("whole")

    assert inside(tmp_path) == {"made.txt": "whole"}


def test_the_part_has_the_file_s_suffix_and_lies_on_the_same_disk(tmp_path: Path) -> None:
    with whole_file(tmp_path / "made.mp4") as part:
        assert part.suffix == ".mp4"  # writers look at it
        assert part.parent == tmp_path  # or taking the place would be a copy
        assert part.name.startswith(".")


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b" / "made.txt", "whole")

    assert inside(tmp_path / "a" / "b") == {"made.txt": "whole"}


@pytest.mark.parametrize("trouble", [ValueError("made"), KeyboardInterrupt(), SystemExit(1)])
def test_an_error_in_the_middle_leaves_nothing_behind(
    tmp_path: Path, trouble: BaseException
) -> None:
    def half(part: Path) -> None:
        part.write_text("half")
        raise trouble

    with pytest.raises(type(trouble), match=r"made|^1?$"):
        write_with(tmp_path / "made.txt", half)

    assert inside(tmp_path) == {}


def test_an_error_in_the_middle_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "made.txt"
    path.write_text("old")

    def half(part: Path) -> None:
        part.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        write_with(path, half)

    assert inside(tmp_path) == {"made.txt": "old"}


def test_a_reader_of_the_old_file_keeps_reading_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "made.txt"
    path.write_text("old")

    with path.open("r") as reader:
        write_text(path, "new")
        assert reader.read() == "old"

    assert inside(tmp_path) == {"made.txt": "new"}


@pytest.mark.linux
def test_a_written_file_can_be_read_by_others(tmp_path: Path) -> None:
    write_text(tmp_path / "made.txt", "whole")

    assert (tmp_path / "made.txt").stat().st_mode & 0o777 == 0o644


def test_text_is_written_as_utf_8(tmp_path: Path) -> None:
    write_text(tmp_path / "made.txt", "前屈")

    assert (tmp_path / "made.txt").read_bytes() == "前屈".encode()


def test_a_name_that_is_no_text_is_written_with_its_bytes_spelled_out(tmp_path: Path) -> None:
    # a file name in Shift JIS, as Python reads it from a disk that holds UTF-8
    name = os.fsdecode("前屈.mp4".encode("shift_jis"))

    write_text(tmp_path / "made.json", f'"{name}"')

    assert (tmp_path / "made.json").read_text("utf-8").startswith(r'"\udc')


# --- what the disk says ---------------------------------------------------------------------------


@pytest.mark.linux
def test_no_permission_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "locked" / "made.txt"
    path.parent.mkdir(mode=0o700)

    with (
        pytest.raises(CannotWrite, match="not_writable") as caught,
        as_somebody_without_rights(path.parent),
        whole_file(path),
    ):
        pass

    assert caught.value.reason.values["path"] == str(path)
    assert inside(path.parent) == {}


def test_a_folder_in_the_way_is_said_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "made.txt").mkdir()
    (tmp_path / "made.txt" / "kept").touch()

    with pytest.raises(CannotWrite, match="in_the_way"):
        write_text(tmp_path / "made.txt", "whole")

    assert [path.name for path in tmp_path.iterdir()] == ["made.txt"]
    assert (tmp_path / "made.txt" / "kept").exists()


@pytest.mark.parametrize("below", ["made.txt", "deeper/made.txt"])
def test_a_file_where_a_folder_should_be_is_said(tmp_path: Path, below: str) -> None:
    (tmp_path / "out").write_text("a file")

    with pytest.raises(CannotWrite, match="in_the_way"):
        write_text(tmp_path / "out" / below, "whole")

    assert inside(tmp_path) == {"out": "a file"}


@pytest.mark.linux
def test_a_link_that_leads_nowhere_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "made.txt"
    path.symlink_to(tmp_path / "gone")

    write_text(path, "whole")

    assert inside(tmp_path) == {"made.txt": "whole"}


FILL = """
    import os, sys
    from pathlib import Path
    from posture.errors import CannotWrite
    from posture.files import whole_file

    folder = Path(sys.argv[1])
    {before}
    try:
        with whole_file(folder / "made.bin") as part, part.open("wb") as file:
            for _ in range(64):
                file.write(bytes(4096))
    except CannotWrite as trouble:
        print(trouble.reason.code, sorted(os.listdir(folder)))
"""
SMALL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))"


def child(folder: Path, before: str = "", wrapped: str = "") -> str:
    """Fill `folder` in a process of its own, in a shell where mounts stay private if asked."""
    script = folder.parent / "fill.py"
    script.write_text(textwrap.dedent(FILL).format(before=before))
    python = [sys.executable, str(script), str(folder)]
    command = ["unshare", "-m", "sh", "-c", f'{wrapped} && exec "$@"', "sh", *python]
    done = subprocess.run(
        command if wrapped else python, capture_output=True, check=False, text=True, timeout=60
    )
    return done.stdout.strip() + done.stderr.strip()


def may_mount(folder: Path) -> bool:
    """Whether a small disk can be made here: as root, or not at all."""
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


def test_a_full_disk_is_said_and_nothing_half_written_stays(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()

    if may_mount(folder):
        mount = f"mount -t tmpfs -o size=64k tmpfs {folder}"
        assert child(folder, wrapped=mount) == "disk_full []"
    # without the right to mount: the system refuses a larger file, in other words
    assert child(folder, before=SMALL) == "cannot_write []"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EROFS, "not_writable"),
        (errno.EPERM, "not_writable"),
        (errno.EIO, "cannot_write"),
    ],
)
def test_every_other_refusal_has_its_sentence_too(number: int, code: str) -> None:
    with pytest.raises(CannotWrite, match=code) as caught, explained(Path("made.txt")):
        raise OSError(number, os.strerror(number))

    assert caught.value.reason.values == {"path": "made.txt", "why": os.strerror(number)}


def test_other_errors_are_not_explained_away() -> None:
    with pytest.raises(ZeroDivisionError, match="made"), explained(Path("made.txt")):
        raise ZeroDivisionError("made")
