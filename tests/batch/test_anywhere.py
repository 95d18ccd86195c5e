"""A batch from its command to its table: the same on a cluster, from an address, with a sheet."""

from __future__ import annotations

import csv
import functools
import shutil
from pathlib import Path

import fsspec
import pytest
from click.testing import CliRunner, Result

from posture.cli import main
from posture.landmarks.store import save_landmarks
from tests.batch.test_cluster import Machines, machines
from tests.batch.test_sources import SECRET, Odd, Quiet, serving
from tests.outputs.make import Showing, clip

pytestmark = pytest.mark.filterwarnings("ignore")  # of Dask, when a client goes
__all__ = ["machines"]  # a fixture of theirs
SHOWN: tuple[Showing, ...] = ("bend", "stand", "walk", "treadmill")


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips that need no model: points of stick figures, and one file that is none."""
    folder = tmp_path_factory.mktemp("points")
    for shown in SHOWN:
        save_landmarks(folder / f"{shown}.npz", clip(shown))
    (folder / "words.mp4").write_text("no video", "utf-8")
    return folder


def batch(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["batch", *map(str, arguments), "--lang", "en"])


def rows_in(out: Path) -> list[dict[str, str]]:
    with (out / "batch.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
@pytest.mark.linux
def test_two_workers_by_hand_write_the_table_of_this_machine_byte_for_byte(
    points: Path, machines: Machines, tmp_path: Path
) -> None:
    machines.begin(2)

    here = batch(points, "--out", tmp_path / "here", "--artifacts", "none")
    there = batch(points, "--out", tmp_path / "there", "--scheduler", machines.address)

    assert (here.exit_code, there.exit_code) == (1, 1)  # one is no video
    table = (tmp_path / "here" / "batch.csv").read_bytes()
    assert table == (tmp_path / "there" / "batch.csv").read_bytes()
    page = (tmp_path / "here" / "batch.html").read_bytes()
    assert page == (tmp_path / "there" / "batch.html").read_bytes()
    assert len(rows_in(tmp_path / "there")) == len(SHOWN) + 1
    assert not (tmp_path / "there" / "clips").exists()


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_is_one_sentence_and_no_table(
    points: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posture.batch.cluster._CONNECT_S", 0.5)

    done = batch(points, "--out", tmp_path, "--scheduler", "tcp://127.0.0.1:1")

    assert done.exit_code == 1
    assert "no scheduler answers there" in done.stderr
    assert "Traceback" not in done.output


def test_limits_of_our_own_workers_are_refused_with_a_scheduler(tmp_path: Path) -> None:
    done = batch(tmp_path, "--scheduler", "local", "--time-limit", "5")

    assert (done.exit_code, "--time-limit" in done.stderr) == (2, True)


@pytest.mark.slow
def test_clips_on_a_server_are_measured_as_those_on_the_disk_and_not_a_second_time(
    points: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    there = tmp_path / "web"
    shutil.copytree(points, there)
    with serving(functools.partial(Quiet, directory=str(there))) as address:
        url = address.replace("//", f"//me:{SECRET}@")
        listed = tmp_path / "list.txt"
        listed.write_text(f"{url}/none.mp4?sig={SECRET}\n", "utf-8")
        first = batch(f"{url}/", listed, "--out", tmp_path / "out", "--workers", 1)
        again = batch(f"{url}/", "--out", tmp_path / "out", "--workers", 1)
        here = batch(points, "--out", tmp_path / "here", "--workers", 1)

    assert (first.exit_code, again.exit_code, here.exit_code) == (1, 1, 1)
    assert "(5 taken over from before)" in again.stdout
    far, near = (rows_in(tmp_path / name) for name in ("out", "here"))
    place = address.partition("://")[2].replace(":", "_")
    assert [row["file"] for row in far] == [f"{place}/{row['file']}" for row in near]
    assert [{**row, "file": ""} for row in far] == [{**row, "file": ""} for row in near]
    written = b"".join(
        path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()
    )
    for told in (first, again):
        assert SECRET not in told.output
    assert SECRET.encode() not in written
    assert "none.mp4: There is nothing at this address" in first.stderr
    assert list(tmp_path.glob("posture-fetched-*")) == []


def test_an_address_without_rights_is_one_sentence(tmp_path: Path) -> None:
    with serving(Odd) as address:
        done = batch(f"{address.replace('//', f'//me:{SECRET}@')}/403/", "--out", tmp_path / "out")

    assert (done.exit_code, SECRET in done.output) == (1, False)
    assert "gives no right" in done.stderr


def test_an_empty_store_has_no_clips(tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe("/empty/notes.txt", b"-")

    done = batch("memory://empty", "--out", tmp_path / "out")

    assert done.exit_code == 1
    assert "memory://empty: no clips found there." in done.stderr


@pytest.mark.slow
def test_a_sheet_beside_the_clips_shapes_numbers_and_fills_columns(
    points: Path, tmp_path: Path
) -> None:
    clips = tmp_path / "clips"
    shutil.copytree(points, clips)
    (clips / "clips.csv").write_bytes(
        "ファイル,お客様,来店日,身長\nbend.npz,山田,1,170\nstand.npz,山田,2,\n".encode("cp932")
    )

    done = batch(clips, "--out", tmp_path / "out", "--workers", 1)

    assert "clips.csv" not in done.stderr
    rows = {row["file"]: row for row in rows_in(tmp_path / "out")}
    assert (rows["bend.npz"]["client"], rows["bend.npz"]["visit"]) == ("山田", "1")
    assert rows["bend.npz"]["forward_bend.fingertip_floor_m"]
    assert rows["walk.npz"]["client"] == ""
    assert "山田" in (tmp_path / "out" / "batch.html").read_text("utf-8")

    (clips / "clips.csv").write_text("file,client\nbend.npz,Sato\n", "utf-8")
    batch(clips, "--out", tmp_path / "out", "--workers", 1)
    rows = {row["file"]: row for row in rows_in(tmp_path / "out")}
    assert rows["bend.npz"]["client"] == "Sato"
    assert rows["bend.npz"]["forward_bend.fingertip_floor_m"] == ""


def test_a_faulty_sheet_names_every_fault_and_nothing_is_begun(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    sheet = tmp_path / "own.csv"
    sheet.write_text("file,height_cm,sex\na.mp4,1700,x\n", "utf-8")

    done = batch(tmp_path, "--out", tmp_path / "out", "--sheet", sheet)

    assert done.exit_code == 2
    assert done.stderr.count("own.csv, row 2:") == 2
    assert not (tmp_path / "out").exists()
