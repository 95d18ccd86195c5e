from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from posture.outputs.words import load_words
from posture.store import Store, StoreTrouble, open_store
from posture.types import Reason
from posture.web.config import JobLimits
from posture.web.jobs import runner as jobs
from tests.web.make import MP4_HEAD, NOTHING, TestClient, app_in, grey_video, sent, waited

AT_ONCE = JobLimits(nice=0)  # tests beside this one would starve a real worker
SAMPLES = Path(__file__).parents[3] / "samples"
OVER = {"done", "failed", "cancelled"}
Worker = Callable[[str], None]

# What every made-up worker begins with: its job, and a way to say something.
HEARS = """
import json, os, signal, sys, time
from pathlib import Path
job = json.loads(sys.stdin.readline())
say = lambda **told: print(json.dumps(told), flush=True)
"""
MEASURES = (
    HEARS
    + """
say(stage="finding_person", done=0, of=10)
say(stage="following", done=5, of=10)
made = Path(job["out"]) / "clip"
made.mkdir()
found = {"schema": "posture.analysis/1", "measures": [], "name": job["name"]}
(made / "analysis.json").write_text(json.dumps(found))
(made / "measures.csv").write_text("name\\n")
say(result=str(made))
"""
)


def store_of(client: TestClient) -> Store:
    store: Store = client.app.state.store  # type: ignore[attr-defined]
    return store


def files(client: TestClient, recording_id: str) -> set[str]:
    folder = store_of(client).files.folder(recording_id)
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


# --- the usual course -----------------------------------------------------------------------------


def test_a_job_ends_with_its_whole_folder_and_its_numbers_in_the_database(
    tmp_path: Path, worker: Worker
) -> None:
    worker(MEASURES)
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD, file_name="walk.mp4")
        done = waited(client, recording["id"], OVER)

        assert (done["state"], done["done_frac"]) == ("done", 1.0)
        assert files(client, recording["id"]) == {
            "clip.bin",
            "result/analysis.json",
            "result/measures.csv",
        }
        found = client.get(f"/api/recordings/{recording['id']}/analysis").json()
        assert (found["measures"], found["name"]) == ([], "walk.mp4")
        assert client.get("/api/queue").json() == []


def test_a_recording_is_judged_with_what_was_asked_in_its_visit(
    tmp_path: Path, worker: Worker
) -> None:
    worker(MEASURES.replace('"name": job["name"]', '"answers": job["answers"]'))
    answers = {"red_flags": ["trauma"]}
    with app_in(tmp_path) as client:
        visit = client.post("/api/visits", json={"answers": answers}).json()
        recording = sent(client, MP4_HEAD, visit=visit["id"])
        waited(client, recording["id"], OVER)

        found = client.get(f"/api/recordings/{recording['id']}/analysis").json()

    assert found["answers"] == answers


def test_how_far_it_is_can_be_seen_meanwhile(tmp_path: Path, worker: Worker) -> None:
    worker(HEARS + 'say(stage="following", done=5, of=10)\ntime.sleep(60)')
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD)
        until_s = time.monotonic() + 20
        while (now := waited(client, recording["id"], {"running", "queued"}))["done"] != 5:
            assert time.monotonic() < until_s
            time.sleep(0.02)

    assert (now["stage"], now["done"], now["of"]) == ("following", 5, 10)
    assert now["done_frac"] == pytest.approx(0.45)  # half of the second of three stages
    assert now["time_left_s"] > 0


def test_one_at_a_time_in_the_order_they_came(tmp_path: Path, worker: Worker) -> None:
    worker(NOTHING)
    with app_in(tmp_path) as client:
        ids = [sent(client, MP4_HEAD + bytes([n]))["id"] for n in range(3)]
        waited(client, ids[0], {"running"})

        queue = client.get("/api/queue").json()

    assert [(one["id"], one["state"]) for one in queue] == [
        (ids[0], "running"),
        (ids[1], "queued"),
        (ids[2], "queued"),
    ]


def test_what_libraries_print_is_not_taken_for_an_answer(tmp_path: Path, worker: Worker) -> None:
    noise = 'print("W0000 00:00 [1, 2]"); print("[3]"); print("\\u2028{")\n'
    worker(MEASURES.replace("say(stage", noise + "say(stage", 1))
    with app_in(tmp_path) as client:
        assert waited(client, sent(client, MP4_HEAD)["id"], OVER)["state"] == "done"


def test_the_results_of_a_new_run_take_the_place_of_the_old_ones_all_at_once(
    tmp_path: Path, worker: Worker
) -> None:
    worker(MEASURES)
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD, height_cm="170")
        waited(client, recording["id"], OVER)
        worker(MEASURES.replace("measures.csv", "signals.npz"))
        queued = client.post(
            f"/api/recordings/{recording['id']}/again",
            json={"activity": "walking", "height_cm": None},
        ).json()
        waited(client, recording["id"], OVER)

        assert queued["settings"] == {"activity": "walking"}
        assert files(client, recording["id"]) == {
            "clip.bin",
            "result/analysis.json",
            "result/signals.npz",
        }


def test_a_worker_that_was_made_ready_takes_the_next_job(tmp_path: Path, worker: Worker) -> None:
    loaded = tmp_path / "loaded"
    worker(f"import os\nopen({str(loaded)!r}, 'a').write(f'{{os.getpid()}} ')\n" + MEASURES)
    with app_in(tmp_path, warm=True) as client:
        visit = client.post("/api/visits", json={}).json()
        until_s = time.monotonic() + 20
        while not loaded.exists() and time.monotonic() < until_s:
            time.sleep(0.02)
        recording = sent(client, MP4_HEAD, visit=visit["id"])
        assert waited(client, recording["id"], OVER)["state"] == "done"
        assert len(loaded.read_text().split()) == 1
        client.post("/api/visits", json={})  # and one that is never used ends with the server


# --- what goes wrong ------------------------------------------------------------------------------


def test_what_the_worker_says_is_wrong_is_said_to_the_reader(
    tmp_path: Path, worker: Worker
) -> None:
    error = {"code": "person_too_small", "values": {"share": 0.1, "least": 0.15}}
    worker(HEARS + f"say(error={error!r})\nsys.exit(1)")
    with app_in(tmp_path) as client:
        failed = waited(client, sent(client, MP4_HEAD)["id"], OVER)

    assert failed["state"] == "failed"
    assert failed["error"]["en"] == load_words("en").sentence(
        Reason("person_too_small", error["values"])  # type: ignore[arg-type]
    )


@pytest.mark.linux
@pytest.mark.parametrize(
    "trouble",
    [
        "say(error={'code': 'nobody_at_place', 'values': {}})\nsys.exit(1)",
        "os.kill(os.getpid(), 9)",
    ],
)
def test_analysing_again_in_vain_leaves_the_good_result_in_place_and_says_why(
    tmp_path: Path, worker: Worker, trouble: str
) -> None:
    worker(MEASURES)
    with app_in(tmp_path) as client:
        recording = waited(client, sent(client, MP4_HEAD, height_cm="170")["id"], OVER)
        kept = files(client, recording["id"])
        worker(HEARS + trouble)
        address = f"/api/recordings/{recording['id']}"
        queued = client.post(f"{address}/again", json={"person_at": [1.5, 0.25, 0.5]}).json()
        after = waited(client, recording["id"], OVER)
        page = client.get(f"/visits/{recording['visit']}").text

        assert queued["settings"]["person_at"] == [1.5, 0.25, 0.5]
        assert (after["state"], after["settings"]) == ("done", recording["settings"])
        assert after["error"] is not None
        assert files(client, recording["id"]) == kept
        assert client.get(f"{address}/analysis").json()["measures"] == []
        assert load_words("en").of("web", "pages_again_failed") in page
        assert after["error"]["en"] in unescape(page)


@pytest.mark.linux
def test_a_worker_that_is_killed_is_started_once_more(tmp_path: Path, worker: Worker) -> None:
    flag = tmp_path / "was here"
    first = f"""
flag = Path({str(flag)!r})
if not flag.exists():
    flag.touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""
    worker(MEASURES.replace("say(stage", first + "say(stage", 1))
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD)

        assert waited(client, recording["id"], OVER)["state"] == "done"
        assert flag.exists()


@pytest.mark.linux
def test_a_clip_that_kills_every_worker_is_given_up_and_kept(
    tmp_path: Path, worker: Worker
) -> None:
    worker(HEARS + "os.kill(os.getpid(), signal.SIGSEGV)")
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD)
        failed = waited(client, recording["id"], OVER)

        assert failed["error"]["code"] == "worker_died"
        assert "SIGSEGV" in failed["error"]["ja"]
        assert files(client, recording["id"]) == {"clip.bin"}


def test_no_half_report_stays_of_a_worker_that_died_while_writing(
    tmp_path: Path, worker: Worker
) -> None:
    worker(MEASURES.replace("say(result", "os._exit(9)\nsay(result"))
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD)
        failed = waited(client, recording["id"], OVER)

        assert failed["error"]["code"] == "worker_died"
        assert files(client, recording["id"]) == {"clip.bin"}


@pytest.mark.parametrize("limits", [{"silent_s": 0.3}, {"wall_s": 0.3}])
def test_a_worker_that_hangs_is_ended(
    tmp_path: Path, worker: Worker, limits: dict[str, float]
) -> None:
    worker(HEARS + "time.sleep(60)")
    with app_in(tmp_path, job=JobLimits(**limits)) as client:  # type: ignore[arg-type]
        failed = waited(client, sent(client, MP4_HEAD)["id"], OVER)

    assert failed["error"]["code"] == "job_too_long"


@pytest.mark.linux
def test_a_job_that_is_cancelled_ends_its_worker(tmp_path: Path, worker: Worker) -> None:
    worker(HEARS + 'say(stage="following", done=os.getpid(), of=10**9)\ntime.sleep(60)')
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD)
        while not (now := waited(client, recording["id"], {"running", "queued"}))["done"]:
            time.sleep(0.02)
        cancelled = client.post(f"/api/recordings/{recording['id']}/cancel").json()
        _wait_for_end_of(now["done"])

        assert cancelled["state"] == "cancelled"
        assert waited(client, recording["id"], OVER)["state"] == "cancelled"
        assert files(client, recording["id"]) == {"clip.bin"}
        twice = client.post(f"/api/recordings/{recording['id']}/cancel")
        assert (twice.status_code, twice.json()["error"]["code"]) == (409, "job_not_running")


def test_a_recording_deleted_while_it_is_analysed_leaves_nothing(
    tmp_path: Path, worker: Worker
) -> None:
    slow = 'say(stage="a", done=1, of=2)\ntime.sleep(.3)\nsay(stage="b", done=1, of=2)\n'
    late = "Path(job['out'], 'clip').mkdir(parents=True, exist_ok=True)\ntime.sleep(60)"
    worker(HEARS + slow + late)
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD)
        waited(client, recording["id"], {"running"})
        assert client.delete(f"/api/recordings/{recording['id']}").status_code == 204
        other = sent(client, MP4_HEAD)
        waited(client, other["id"], {"running"})  # so the first one is over

        left = [path.name for path in (tmp_path / "data" / "files").rglob("*") if path.is_file()]

    assert left == ["clip.bin"]


def test_what_is_being_analysed_is_not_queued_twice(tmp_path: Path, worker: Worker) -> None:
    worker(NOTHING)
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD)
        answer = client.post(f"/api/recordings/{recording['id']}/again", json={})

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "job_still_running")


@pytest.mark.parametrize(
    "trouble", [StoreTrouble("database_locked", path="posture.db"), ValueError("unforeseen")]
)
def test_a_failure_of_the_database_only_makes_the_queue_wait(
    tmp_path: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    monkeypatch.setattr(jobs, "_AGAIN_AFTER_S", 0.02)
    worker(MEASURES)
    with app_in(tmp_path) as client:
        queue = store_of(client).queue
        locks = isinstance(trouble, StoreTrouble)
        for name in ("next", "progress", "finish") if locks else ("next",):
            monkeypatch.setattr(queue, name, _failing_at_first(getattr(queue, name), trouble))
        done = waited(client, sent(client, MP4_HEAD)["id"], OVER)

    assert done["state"] == "done"


def _failing_at_first(method: Callable[..., object], trouble: Exception) -> Callable[..., object]:
    tries = 0

    def called(*given: object) -> object:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise trouble
        return method(*given)

    return called


# --- the server ends ------------------------------------------------------------------------------


def test_a_server_that_stops_leaves_its_job_to_the_next_one(tmp_path: Path, worker: Worker) -> None:
    worker(NOTHING)
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD)
        waited(client, recording["id"], {"running"})
    worker(MEASURES)

    with app_in(tmp_path) as client:
        assert waited(client, recording["id"], OVER)["state"] == "done"
        assert files(client, recording["id"]) >= {"clip.bin", "result/analysis.json"}


@pytest.mark.linux
@pytest.mark.slow
def test_a_server_that_is_killed_takes_its_worker_along_and_loses_nothing(
    tmp_path: Path, worker: Worker
) -> None:
    server, address = _server(tmp_path)
    with server:
        try:
            recording = _uploaded(address, SAMPLES / "standing.mp4")
            _wait_for_start(address, recording)
            worker_pid = _worker_of(server.pid)
        finally:
            server.kill()
    _wait_for_end_of(worker_pid)
    with open_store(tmp_path / "data") as store:
        assert store.recordings.get(recording).state == "running"
        assert store.files.clip(recording).read_bytes() == (SAMPLES / "standing.mp4").read_bytes()

    worker(MEASURES)
    with app_in(tmp_path) as client:
        assert waited(client, recording, OVER)["state"] == "done"


# --- the real worker ------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_uploaded_clip_gives_the_same_numbers_as_the_command_line(tmp_path: Path) -> None:
    with app_in(tmp_path, job=AT_ONCE) as client:
        recording = sent(client, (SAMPLES / "standing.mp4").read_bytes(), file_name="standing.mp4")
        done = waited(client, recording["id"], OVER, patience_s=300)
        assert done["state"] == "done", done
        found = client.get(f"/api/recordings/{recording['id']}/analysis").json()
        film = client.get(f"/files/{recording['id']}/overlay.mp4", headers={"range": "bytes=0-99"})
        curves = client.get(f"/api/recordings/{recording['id']}/curves").json()

    assert film.status_code == 206
    assert len(film.content) == 100
    assert curves["signals"]
    assert all(len(s["value"]) == len(curves["time_s"]) for s in curves["signals"])
    command = [sys.executable, "-m", "posture", "analyse", str(SAMPLES / "standing.mp4")]
    options = ["--out", str(tmp_path / "out"), "--no-video", "--quiet", "--lang", "en"]
    subprocess.run([*command, *options], check=True, capture_output=True)
    told = json.loads((tmp_path / "out" / "standing" / "analysis.json").read_text("utf-8"))
    for part in ("clip", "measures", "findings", "verdict", "care", "segments", "events"):
        assert found[part] == told[part], part


@pytest.mark.slow
def test_a_trimmed_clip_is_measured_between_its_marks_only(tmp_path: Path) -> None:
    with app_in(tmp_path, job=AT_ONCE) as client:
        clip = (SAMPLES / "standing.mp4").read_bytes()
        recording = sent(client, clip, trim="0.5,2.0", model="lite")
        done = waited(client, recording["id"], OVER, patience_s=300)
        assert done["state"] == "done", done
        found = client.get(f"/api/recordings/{recording['id']}/analysis").json()

    assert found["clip"]["duration_s"] == pytest.approx(1.5, abs=0.1)
    assert all(0.5 <= one["start_s"] <= one["end_s"] <= 2.0 for one in found["segments"])


@pytest.mark.slow
def test_a_clip_that_shows_nobody_says_so(tmp_path: Path) -> None:
    clip = grey_video(tmp_path / "grey.mp4").read_bytes()
    with app_in(tmp_path, job=AT_ONCE) as client:
        recording = sent(client, clip, file_name="grey.mp4")
        failed = waited(client, recording["id"], OVER, patience_s=300)

    assert failed["error"]["code"] == "nobody_in_view"


@pytest.mark.slow
def test_pictures_that_would_fill_the_memory_are_refused_in_one_sentence(tmp_path: Path) -> None:
    film = grey_video(tmp_path / "8k.mp4", size_px=(8192, 64)).read_bytes()
    still = b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + bytes(300)
    with app_in(tmp_path, job=AT_ONCE) as client:
        recordings = [sent(client, body, file_name="x.mp4") for body in (film, still)]
        failed = [waited(client, one["id"], OVER, patience_s=300) for one in recordings]

    assert [one["error"]["code"] for one in failed] == ["picture_too_large"] * 2
    assert "8192 x 64 pixels" in failed[0]["error"]["en"]


@pytest.mark.slow
def test_one_picture_of_a_clip_and_where_people_are_in_it(tmp_path: Path) -> None:
    with app_in(tmp_path, job=AT_ONCE) as client:
        recording = sent(client, (SAMPLES / "standing.mp4").read_bytes())
        waited(client, recording["id"], {"running"})
        client.post(f"/api/recordings/{recording['id']}/cancel")
        picture = client.get(f"/api/recordings/{recording['id']}/preview", params={"at": "1.0"})
        people = client.get(f"/api/recordings/{recording['id']}/people", params={"at": "1.0"})

    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content.startswith(b"\xff\xd8\xff")
    (box,) = people.json()["people"]
    assert 0.3 < box["height"] <= 1.2
    assert people.json()["at_s"] == pytest.approx(1.0, abs=0.05)


@pytest.mark.linux
def test_a_preview_of_a_file_that_cannot_be_read_is_refused(tmp_path: Path, worker: Worker) -> None:
    worker(NOTHING)
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD)
        worker(HEARS + 'say(error={"code": "cut_off_video", "values": {}})\nsys.exit(1)')
        told = client.get(f"/api/recordings/{recording['id']}/preview")
        worker(HEARS + "os.kill(os.getpid(), signal.SIGKILL)")
        died = client.get(f"/api/recordings/{recording['id']}/preview")
        no_time = client.get(f"/api/recordings/{recording['id']}/preview", params={"at": "nan"})

    assert told.json()["error"]["code"] == "cut_off_video"
    assert (died.status_code, died.json()["error"]["code"]) == (422, "no_preview")
    assert no_time.status_code == 400


# --- a server of its own --------------------------------------------------------------------------


def _server(folder: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "posture", "serve", "--no-browser", "--port", "0"]
    server = subprocess.Popen(
        [*command, "--data", str(folder / "data"), "--lang", "en"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert server.stdout is not None
    told = server.stdout.readline()
    return server, told.split()[5].rstrip("/")


def _uploaded(address: str, clip: Path) -> str:
    request = Request(  # noqa: S310 - our own server
        f"{address}/api/uploads?file_name=a.mp4", data=clip.read_bytes(), method="POST"
    )
    with urlopen(request, timeout=60) as answer:  # noqa: S310
        return str(json.load(answer)["id"])


def _wait_for_start(address: str, recording_id: str) -> None:
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s:
        with urlopen(f"{address}/api/recordings/{recording_id}", timeout=60) as answer:  # noqa: S310
            if json.load(answer)["state"] == "running":
                return
        time.sleep(0.05)
    raise AssertionError("expected the job to start, it did not")


def _worker_of(server_pid: int) -> int:
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s:
        children = Path(f"/proc/{server_pid}/task/{server_pid}/children").read_text("ascii").split()
        if children:
            return int(children[0])
        time.sleep(0.05)
    raise AssertionError("expected a worker, got none")


def _wait_for_end_of(pid: int) -> None:
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError(f"expected {pid} to have ended, it had not")


def test_the_numbers_are_there_while_the_film_is_still_being_drawn(
    tmp_path: Path, worker: Worker
) -> None:
    worker(
        HEARS
        + """
made = Path(job["out"]) / "analysis.json"
made.write_text(json.dumps({"schema": "posture.analysis/1", "measures": [], "name": "early"}))
say(numbers=str(made))
say(stage="drawing", done=1, of=10)
time.sleep(60)
"""
    )
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD)
        until_s = time.monotonic() + 20
        while not (now := waited(client, recording["id"], {"running", "queued"}))["has_numbers"]:
            assert time.monotonic() < until_s
            time.sleep(0.02)
        found = client.get(f"/api/recordings/{recording['id']}/analysis").json()

    assert now["state"] == "running"
    assert found["name"] == "early"
