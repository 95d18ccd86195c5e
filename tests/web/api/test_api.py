from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.routing import Mount, Route

from posture.landmarks.person import Place
from posture.outputs.words import LANGUAGES
from posture.settings import Settings
from posture.store import Recording, Store, open_store
from posture.web import create_app
from posture.web.api import routes as api
from posture.web.api.curves import curves_of
from posture.web.jobs.job_settings import checked, settings_of
from posture.web.records import share_done, time_left_s
from posture.web.responses import Refused
from tests.web.make import MP4_HEAD, NOTHING, TestClient, app_in, config_in, listening, sent, waited
from tests.web.seeded import seeded

TOP = Path(__file__).parents[3]
NOBODY = "0" * 32
STRANGE = ("..", "%2e%2e", "..%2f..%2fposture.db", "A" * 32, "0" * 31, "0" * 33, "0" * 31 + "g")
Worker = Callable[[str], None]


@pytest.fixture(autouse=True)
def _idle(worker: Worker) -> None:
    worker(NOTHING)


def store_of(client: TestClient) -> Store:
    store: Store = client.app.state.store  # type: ignore[attr-defined]
    return store


def measured(client: TestClient, body: bytes = MP4_HEAD, /, **asked: str) -> dict[str, Any]:
    """A recording whose results lie there as a worker leaves them."""
    recording = sent(client, body, **asked)
    waited(client, recording["id"], {"running"})
    result = store_of(client).files.folder(recording["id"]) / "result"
    result.mkdir()
    (result / "report.html").write_text("<!doctype html><style>p{}</style><p>ok", "utf-8")
    (result / "measures.csv").write_text("name,value\n", "utf-8")
    (result / "analysis.json").write_text("{}", "utf-8")
    (result / "overlay.mp4").write_bytes(MP4_HEAD + bytes(range(200)))
    store_of(client).queue.finish(recording["id"], {"measures": []})
    return recording


# --- visits and clients ---------------------------------------------------------------------------


def test_a_client_and_a_visit_come_back_as_they_were_sent(tmp_path: Path) -> None:
    told = {"name": "佐藤 亜希", "note": "膝", "age_band": "40s"}
    with app_in(tmp_path) as client:
        person = client.post("/api/clients", json=told).json()
        asked = {
            "client": person["id"],
            "check": "full",
            "language": "ja",
            "answers": {"pain": 3, "shoes": True},
            "withheld": True,
        }
        visit = client.post("/api/visits", json=asked).json()

        assert {k: person[k] for k in told} == told
        assert {k: visit[k] for k in asked} == asked
        assert client.get(f"/api/clients/{person['id']}").json() == person
        assert client.get("/api/clients").json() == [person]
        assert client.get("/api/visits", params={"client": person["id"]}).json() == [visit]
        assert client.get("/api/visits", params={"client": NOBODY}).status_code == 404


@pytest.mark.parametrize(
    ("answers", "is_withheld"),
    [
        ({"age": 70}, False),
        ({"age": 70, "conditions": ["new_back_pain"]}, True),
        ({"red_flags": ["trauma"]}, True),
        ({"pain": 5}, True),
        ({"said": ["heavy_morning"], "touch": {"calf": "hard"}}, False),
    ],
)
def test_what_withholds_is_decided_here_and_not_by_the_page(
    *, tmp_path: Path, answers: dict[str, object], is_withheld: bool
) -> None:
    with app_in(tmp_path) as client:
        visit = client.post("/api/visits", json={"check": "full", "answers": answers}).json()

    assert (visit["withheld"], visit["answers"]) == (is_withheld, answers)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"check": "everything"}, "check"),
        ({"language": "fr"}, "language"),
        ({"answers": [1]}, "answers"),
        ({"withheld": "yes"}, "withheld"),
        ({"answers": {"age": "old", "habits": ["yoga"]}}, "habits = yoga, age = old"),
        ({"client": 5}, "client"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_visit_that_cannot_be_is_refused_by_name(
    tmp_path: Path, body: dict[str, object], fault: str
) -> None:
    with app_in(tmp_path) as client:
        answer = client.post("/api/visits", json=body)

        assert answer.status_code == 400
        assert fault in answer.json()["error"]["ja"]
        assert client.get("/api/visits").json() == []


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"pain": NaN}', b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_object_is_refused(tmp_path: Path, body: bytes) -> None:
    with app_in(tmp_path) as client:
        answer = client.post(
            "/api/visits", content=body, headers={"content-type": "application/json"}
        )

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "web_bad_request"


def test_a_client_deleted_takes_everything_along(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        person = client.post("/api/clients", json={"name": "A"}).json()
        recording = measured(client, client=person["id"])

        assert client.delete(f"/api/clients/{person['id']}").status_code == 204
        assert client.get(f"/api/recordings/{recording['id']}").status_code == 404
        assert client.get(f"/files/{recording['id']}/clip").status_code == 404
    assert [path for path in (tmp_path / "data" / "files").rglob("*") if path.is_file()] == []


# --- files ----------------------------------------------------------------------------------------


def test_parts_of_the_film_can_be_fetched(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        recording = measured(client, file_name="walk.mov")
        part = client.get(f"/files/{recording['id']}/overlay.mp4", headers={"range": "bytes=16-19"})

    assert (part.status_code, part.content) == (206, bytes(range(4)))
    assert part.headers["content-type"] == "video/mp4"
    assert part.headers["content-disposition"] == 'inline; filename="walk-overlay.mp4"'


def test_a_report_is_shown_with_its_styles_and_runs_nothing(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        recording = measured(client)
        report = client.get(f"/files/{recording['id']}/report.html")
        saved = client.get(f"/files/{recording['id']}/report.html", params={"download": "1"})

    policy = report.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert report.headers["content-type"].startswith("text/html")
    assert saved.headers["content-disposition"].startswith("attachment")


def test_a_clip_that_could_be_read_as_a_page_is_served_as_the_video_it_claims_to_be(
    tmp_path: Path,
) -> None:
    polyglot = b"\0\0\0\x20ftypisom<html><script>alert(1)</script>"
    with app_in(tmp_path) as client:
        recording = measured(client, polyglot, file_name="x.html")
        clip = client.get(f"/files/{recording['id']}/clip", headers={"accept": "text/html"})

    assert clip.content == polyglot
    assert clip.headers["content-type"] == "video/mp4"
    assert clip.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in clip.headers["content-security-policy"]


@pytest.mark.parametrize(
    "name", ["posture.db", "..%2f..%2f..%2fposture.db", "%2e%2e", "result", "clip.bin", "work"]
)
def test_no_other_file_can_be_fetched(tmp_path: Path, name: str) -> None:
    with app_in(tmp_path) as client:
        recording = measured(client)
        assert client.get(f"/files/{recording['id']}/{name}").status_code == 404


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("path", ["/files/{}/clip", "/api/recordings/{}", "/api/visits/{}"])
def test_an_id_that_is_none_of_ours_is_not_found(tmp_path: Path, path: str, strange: str) -> None:
    with app_in(tmp_path) as client:
        assert client.get(path.format(strange)).status_code == 404


def test_a_path_that_climbs_out_of_the_static_files_is_not_found(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        for path in ("/static/../config.py", "/static/%2e%2e/config.py", "/static//etc/passwd"):
            assert client.get(path).status_code == 404


# --- results --------------------------------------------------------------------------------------


def test_before_it_is_analysed_there_is_nothing_to_read(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        recording = sent(client, MP4_HEAD)
        for what in ("analysis", "curves"):
            answer = client.get(f"/api/recordings/{recording['id']}/{what}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_analysed_yet")


def test_a_visit_answers_with_what_its_recordings_add_up_to(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    store = open_store(config.data_dir)
    known = seeded(store)
    store.close()
    with app_in(tmp_path) as client:
        found = client.get(f"/api/visits/{known.first}/findings").json()
        answer = client.get(f"/api/visits/{known.empty}/findings")

    assert found["verdict"]["because"]["code"] == "verdict_possible"
    (hamstring,) = (f for f in found["findings"] if f["link"] == "hamstring")
    assert hamstring["level"] == "possible"  # one bend alone, however stiff, and a walk
    assert hamstring["probability"] > 0.8
    assert hamstring["evidence"]
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_analysed_yet")


def test_curves_are_thinned_out_and_null_where_nothing_is_known(tmp_path: Path) -> None:
    time_s = np.linspace(2.0, 12.0, 1501)
    value = np.sin(time_s)
    value[::3] = np.nan
    arrays = {
        "time_s": time_s,
        "trunk_lean.both": value,
        "trunk_lean.both.unit": np.array("deg"),
        "trunk_lean.both.positive": np.array("leaning forward"),
    }
    data = io.BytesIO()
    np.savez_compressed(data, allow_pickle=False, **arrays)
    (tmp_path / "signals.npz").write_bytes(data.getvalue())

    curves: Any = curves_of(tmp_path / "signals.npz")

    (signal,) = curves["signals"]
    assert len(curves["time_s"]) == len(signal["value"]) == 501  # every third
    assert (curves["start_s"], curves["time_s"][0], curves["time_s"][-1]) == (2.0, 2.0, 12.0)
    assert (signal["name"], signal["side"], signal["unit"]) == ("trunk_lean", "both", "deg")
    assert signal["value"][0] is None
    assert json.dumps(curves, allow_nan=False)


def test_the_time_left_is_that_of_the_pace_so_far() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    recording = Recording(
        id=NOBODY,
        visit_id=NOBODY,
        step="auto",
        file_name="a",
        size_bytes=1,
        sha256=None,
        added_at=now,
        state="running",
        has_video=True,
        stage="following",
        done=30,
        of=60,
        started_at=now - timedelta(seconds=9),
    )

    assert share_done(recording) == pytest.approx(0.45)
    assert time_left_s(recording, 0.45, now) == pytest.approx(11.0)
    assert time_left_s(recording, 0.0, now) is None


def test_all_faults_of_the_settings_are_told_at_once() -> None:
    with pytest.raises(Refused, match=r"height_cm = 3.*activity = flying.*colour = red"):
        checked({"height_cm": 3, "activity": "flying", "colour": "red", "person": "auto"})


@pytest.mark.parametrize("given", [[1.5, 0.25, 0.5], "1.5,0.25,0.5", "1.5000,0.2500,0.5000"])
def test_the_client_is_who_is_at_a_place_at_a_time(given: object) -> None:
    asked = checked({"person_at": given})
    settings = settings_of(
        asked, base=Settings(), language="en", model="full", max_stored_side_px=960
    )

    assert asked == {"person_at": [1.5, 0.25, 0.5]}
    assert settings.landmarks.at == Place(time_s=1.5, x_frac=0.25, y_frac=0.5)
    assert settings.landmarks.number is None


@pytest.mark.parametrize("given", [[1.5, 0.25], "1.5,2,0.5", "a,b,c", [0.5, -0.1, 0.5], 3])
def test_a_place_outside_of_the_picture_is_refused(given: object) -> None:
    with pytest.raises(Refused, match="person_at"):
        checked({"person_at": given})


# --- programs -------------------------------------------------------------------------------------


def test_without_a_token_a_program_gets_nothing(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic eA=="}):
            answer = client.get("/api/v1/clients", headers=headers)

            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["error"]["code"] == "web_token_needed"


def test_whoever_guesses_tokens_is_made_to_wait(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        _, secret = store_of(client).tokens.add("till")
        wrong = {"authorization": "Bearer wrong"}
        codes = [client.get("/api/v1/queue", headers=wrong).status_code for _ in range(11)]
        right = client.get("/api/v1/queue", headers={"authorization": f"Bearer {secret}"})

    assert codes == [401] * 10 + [429]
    assert right.status_code == 429


def test_a_token_taken_away_opens_nothing(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        token, secret = store_of(client).tokens.add("till")
        headers = {"authorization": f"Bearer {secret}"}
        assert client.get("/api/v1/queue", headers=headers).json() == []
        store_of(client).tokens.delete(token.id)

        assert client.get("/api/v1/queue", headers=headers).status_code == 401


def _served() -> set[tuple[str, str]]:
    (mount,) = (route for route in api.routes if isinstance(route, Mount))
    return {
        (route.path, method.lower())
        for route in mount.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_description_names_every_operation_and_no_other(tmp_path: Path, language: str) -> None:
    with app_in(tmp_path) as client:
        told = client.get("/api/v1/openapi.json", params={"lang": language}).json()

    described = {(path, method) for path, one in told["paths"].items() for method in one}
    assert described == _served()
    assert told["openapi"] == "3.1.0"
    text = json.dumps(told)
    for name in re.findall(r'"#/components/(\w+)/(\w+)"', text):
        assert name[1] in told["components"][name[0]]


def test_what_is_described_is_what_is_sent(tmp_path: Path) -> None:
    with app_in(tmp_path) as client:
        schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
        person = client.post("/api/clients", json={"name": "A"}).json()
        recording = sent(client, MP4_HEAD, client=person["id"])
        visit = client.get(f"/api/visits/{recording['visit']}").json()

    for name, sent_ in (("Client", person), ("Recording", recording), ("Visit", visit)):
        assert set(schemas[name]["properties"]) == set(sent_), name


class _Well(HTMLParser):
    """Notes the headings of a page and whether anything in it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_description_is_a_page_too(tmp_path: Path, language: str) -> None:
    with app_in(tmp_path) as client:
        answer = client.get(f"/api/v1/docs?lang={language}")

    page = _Well()
    page.feed(answer.text)
    assert answer.status_code == 200
    assert page.tags.count("h2") == len(_served())
    assert "script" not in page.tags
    assert not {name for name in page.attributes if name == "style" or name.startswith("on")}


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, Store]]:
    """A server that listens, with the real worker behind it."""
    app = create_app(config_in(tmp_path))
    with listening(app) as port:
        yield f"http://127.0.0.1:{port}", app.state.store


@pytest.mark.slow
def test_the_examples_of_the_documentation_run(
    address: tuple[str, Store], worker: Worker, tmp_path: Path
) -> None:
    worker("import runpy; runpy.run_module('posture.web.jobs.worker', run_name='__main__')")
    _, secret = address[1].tokens.add("booking")
    text = (TOP / "docs" / "api.md").read_text("utf-8")
    script = tmp_path / "examples.py"
    script.write_text("\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL)), "utf-8")
    told = subprocess.run(
        [sys.executable, str(script)],
        env={
            **os.environ,
            "POSTURE_URL": address[0],
            "POSTURE_TOKEN": secret,
            "POSTURE_VIDEO": str(TOP / "samples" / "standing.mp4"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )

    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    promised = re.findall(r"print\(.*\)  # (.*)", text)
    assert [line for line in promised if line not in lines] == []
    assert lines[-1] == "[]"
