"""Before and after on the pages: shown where both are kept, made for one answer, then gone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import av
import pytest

from posture.formats.analysis import analysis_record
from posture.landmarks.store import save_landmarks
from posture.pipeline import analyse_landmarks
from posture.settings import Settings
from posture.store import Store, Visit
from tests.make import BY_POINTS, filmed, seconds
from tests.outputs.make import as_the_only_one
from tests.outputs.test_in_step import NEAR, film
from tests.stick import bending
from tests.web.make import TestClient, app_in
from tests.web.seeded import done


def kept(store: Store, visit: Visit, step: str, folder: Path, *, drawn: bool = False) -> str:
    """Add a bend with its landmarks and its film."""
    landmarks = as_the_only_one(filmed(bending(seconds(6.0)), NEAR))
    record = json.loads(
        json.dumps(analysis_record(analyse_landmarks(landmarks, Settings(frame=BY_POINTS))))
    )
    recording = done(store, visit, record, step)
    result = store.files.folder(recording) / "result"
    result.mkdir(parents=True)
    (result / "analysis.json").write_text(json.dumps(record), "utf-8")
    with (result / "landmarks.npz").open("wb"):
        pass
    save_landmarks(result / "landmarks.npz", landmarks)
    made = film(folder / "film.mp4", landmarks)
    shutil.copy(made, result / "overlay.mp4" if drawn else store.files.clip(recording))
    return recording


def store_of(client: TestClient) -> Store:
    store: Store = client.app.state.store  # type: ignore[attr-defined]
    return store


def test_before_and_after_care_are_shown_made_and_not_kept(tmp_path: Path) -> None:
    with app_in(tmp_path / "data") as client:
        store = store_of(client)
        visit = store.visits.add(None, "quick", "ja", {})
        before = kept(store, visit, "forward_bend", tmp_path)
        after = kept(store, visit, "forward_bend_after", tmp_path, drawn=True)
        there = {path for path in (tmp_path / "data").rglob("*") if path.is_file()}
        address = f"/pairs/{before}/{after}"

        shown = client.get(f"/visits/{visit.id}").text
        picture = client.get(f"{address}/picture.jpg")
        blurred = client.get(f"{address}/picture.jpg?blur=1&download=1")
        moving = client.get(f"{address}/film.mp4?blur=1")

        assert f'data-pair="{address}"' in shown
        assert picture.headers["content-type"] == "image/jpeg"
        assert picture.content[:2] == b"\xff\xd8"
        assert blurred.content != picture.content
        assert "attachment" in blurred.headers["content-disposition"]
        (tmp_path / "made.mp4").write_bytes(moving.content)
        with av.open(str(tmp_path / "made.mp4")) as opened:
            assert sum(1 for _ in opened.decode(video=0)) > 50
        assert client.get(f"{address}/else.txt").status_code == 404
        left = {path for path in (tmp_path / "data").rglob("*") if path.is_file()} - there
        assert {path.suffix for path in left} & {".jpg", ".mp4", ".part"} == set()


@pytest.mark.parametrize("why", ["withheld", "not kept", "somebody else"])
def test_what_must_not_or_cannot_be_shown_is_not(tmp_path: Path, why: str) -> None:
    with app_in(tmp_path / "data") as client:
        store = store_of(client)
        hana, taro = (store.clients.add(name, "", None).id for name in ("Hana", "Taro"))
        first = store.visits.add(hana, "quick", "en", {}, withheld=why == "withheld")
        other = taro if why == "somebody else" else hana
        second = store.visits.add(other, "quick", "en", {})
        before = kept(store, first, "forward_bend", tmp_path)
        after = kept(store, second, "forward_bend", tmp_path)
        if why == "not kept":
            store.files.clip(after).unlink()

        shown = client.get(f"/compare?a={first.id}&b={second.id}").text

        assert "data-pair" not in shown
        if why != "somebody else":
            assert client.get(f"/pairs/{before}/{after}/picture.jpg").status_code == 404
