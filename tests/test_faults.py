"""What was promised holds whatever goes wrong in the middle, and the check can tell where not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from posture.web import create_app
from tests.store.make import analysed
from tests.web.make import config_in, listening
from tools.faults import __main__ as faults
from tools.faults.house import TOP, House, Person, sha256_of

Kept = tuple[House, str, Path]


@pytest.mark.slow
@pytest.mark.linux
@pytest.mark.timeout(900)
def test_at_random_moments_nothing_is_lost_and_nothing_kept(tmp_path: Path) -> None:
    """A share of what `python -m tools.faults` does; real clips are left to that."""
    quick = [what for what in faults.WHATS if what != "analysis"]
    seen = faults.run(6, seed=2, folder=tmp_path, only=quick)

    assert sum(one.moments for one in seen.values()) == 6
    assert sum(one.answered for one in seen.values()) > 1
    assert {name: one.found for name, one in seen.items() if one.found} == {}


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """A server with a client and a recording, promised to be kept."""
    house = House(tmp_path)
    house.log.write_text("started\n")
    app = create_app(config_in(tmp_path))
    made = analysed(app.state.store)
    waits = app.state.store.recordings.add(made.visit.id, "standing", "b.mp4", 1)
    app.state.store.queue.cancel(waits.id)
    result = app.state.store.files.place(made.recording.id) / "result"
    (result / "analysis.json").write_text("{}")
    person = Person(name=made.client.name, note="", file_name="", height_cm=0.0)
    house.promised.clients[made.client.id] = person
    clip = app.state.store.files.clip(made.recording.id)
    house.promised.recordings[made.recording.id] = sha256_of(clip)
    house.promised.of_client[made.recording.id] = made.client.id
    with listening(app) as port:
        house.address = f"http://127.0.0.1:{port}"
        yield house, made.client.id, clip


def test_where_all_is_there_nothing_is_found(kept: Kept) -> None:
    assert kept[0].faults() == {"lost": [], "kept": [], "log": []}


def test_a_clip_that_is_gone_or_changed_is_found_to_be_lost(kept: Kept) -> None:
    house, _, clip = kept
    clip.write_bytes(b"another")
    assert len(house.lost()) == 1
    clip.unlink()
    assert len(house.lost()) == 1


def test_results_and_clients_that_are_gone_are_found_to_be_lost(kept: Kept) -> None:
    house, client_id, clip = kept
    (clip.parent / "result" / "analysis.json").unlink()
    assert [told for told in house.lost() if "results" in told]
    house.promised.clients[client_id] = Person.anybody()  # another name
    house.promised.clients["0" * 32] = Person.anybody()
    assert len([told for told in house.lost() if "client" in told]) == 2


def test_a_recording_that_is_gone_and_one_that_was_never_analysed_are_lost(kept: Kept) -> None:
    house, _, clip = kept
    house.promised.analysed.add(clip.parent.name)
    assert house.lost() == []
    (waits,) = house.rows("recordings") - {clip.parent.name}
    house.promised.analysed.add(waits)
    house.promised.recordings |= {"0" * 32: "", waits: ""}
    assert house.lost() == [
        f"recording {'0' * 32}: 404",
        f"clip of {waits}",
        f"analysis of {waits}: cancelled",
    ]


@pytest.mark.parametrize(
    "place",
    ["incoming/half.part", "files/ab/nobody/clip.bin", "left.tmp", "files/stray", ".restoring-1/x"],
)
def test_a_file_that_belongs_to_nothing_is_found(kept: Kept, place: str) -> None:
    path = kept[0].data / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    assert kept[0].kept() == [place]


@pytest.mark.parametrize("place", ["result.old/x.html", "work/half.mp4", "clip.bin.part"])
def test_what_is_left_in_a_recordings_folder_is_found(kept: Kept, place: str) -> None:
    house, _, clip = kept
    path = clip.parent / place
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"half")
    assert len(house.kept()) == 1


def test_who_was_deleted_and_is_still_in_the_database_is_found(kept: Kept) -> None:
    house, client_id, _ = kept
    name = house.promised.clients[client_id].name
    house.forget(client_id)
    assert {told.removeprefix(f"{name} in ") for told in house.kept() if told.startswith(name)} >= {
        "posture.db-wal"
    }


def test_a_value_of_a_person_and_a_traceback_in_the_log_are_found(kept: Kept) -> None:
    house = kept[0]
    person = Person.anybody()
    house.promised.said += person.values
    for value in person.values:
        house.log.write_text(f"failed for {value}\n")
        assert house.logged() == [value]
    house.log.write_text("Traceback (most recent call last):\n")
    assert house.logged() == ["a traceback"]


def test_each_thing_meets_each_of_its_faults_before_one_comes_twice() -> None:
    pairs = sum(len(kind.faults) for kind in faults.KINDS)
    rng = Random(1)  # noqa: S311 - to be had again
    planned = [(kind.what, fault) for kind, fault in faults.plan(pairs, rng, faults.WHATS)]

    assert pairs > 30
    assert len(set(planned)) == pairs


def test_the_table_counts_what_was_found() -> None:
    bad = faults.Seen(moments=2, answered=1)
    bad.add("lost", ["a", "b"])
    bad.add("other", ["c"])
    good = faults.Seen(moments=3, answered=3)
    told = faults.table({("upload", "server"): bad, ("backup", "disk"): good})

    assert told.splitlines()[2] == "| backup | the disk is full | 3 | 3 | 0 | 0 | 0 | 0 |"
    assert told.splitlines()[3] == "| upload | the server is killed | 2 | 1 | 2 | 0 | 0 | 1 |"
    assert told.splitlines()[4] == "| all |  | 5 | 4 | 2 | 0 | 0 | 1 |"


def test_the_clock_of_the_server_can_be_moved_and_moved_back(tmp_path: Path) -> None:
    code = """
import sys, time, datetime as dt
from pathlib import Path
from tools.faults.server import move_clock
told, real = Path(sys.argv[1]), time.time()
move_clock(told)
from datetime import datetime, UTC
def wrong(): return time.time() - real, datetime.now(UTC).timestamp() - real
for by in (0, 86400, -86400, 0):
    told.write_text(str(by))
    assert all(abs(one - by) < 60 for one in wrong()), (by, wrong())
assert isinstance(dt.datetime.now(), dt.datetime)
assert isinstance(dt.datetime.now() - dt.datetime.now(), dt.timedelta)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "clock")],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
