"""The numbers for other programs: on the pages and by the API, of what may be seen and no other."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import openpyxl
import pytest

import posture
from posture.results import write_results
from posture.settings import Settings
from posture.store import Store, Visit, open_store
from tests.web.make import TestClient, app_in
from tests.web.seeded import done
from tests.web.test_correct import POINTS, record_in, store_of


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(height_m=1.7)
    analysis = posture.analyse(POINTS, settings)
    return write_results(analysis, POINTS, tmp_path_factory.mktemp("w"), settings).folder


def walk(store: Store, visit: Visit, folder: Path) -> str:
    recording = done(store, visit, record_in(folder), "walking")
    result = store.files.folder(recording) / "result"
    result.mkdir()
    for name in ("analysis.json", "landmarks.npz", "signals.npz"):
        (result / name).write_bytes((folder / name).read_bytes())
    return recording


@pytest.fixture
def web(walked: Path, tmp_path: Path) -> Iterator[tuple[TestClient, str, list[str]]]:
    """An app with a client of two walks; the client's id, the visits'."""
    with open_store(tmp_path / "data") as store:
        client_id = store.clients.add("Aki / Sato").id
        visits = [store.visits.add(client_id, "recordings", "en", {}) for _ in range(2)]
        for visit in visits:
            walk(store, visit, walked)
        empty = store.visits.add(client_id, "recordings", "en", {})
    with app_in(tmp_path) as client:
        yield client, client_id, [*(v.id for v in visits), empty.id]


def rows_of(content: bytes, sheet: str) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    try:
        return [tuple(cell.value for cell in row) for row in book[sheet].iter_rows()]
    finally:
        book.close()


def test_a_visit_is_an_excel_sheet_with_its_numbers(
    web: tuple[TestClient, str, list[str]], walked: Path
) -> None:
    client, _, visits = web
    answer = client.get(f"/visits/{visits[0]}/data.xlsx")

    assert answer.status_code == HTTPStatus.OK
    assert answer.headers["content-disposition"].startswith("attachment")
    head, *rows = rows_of(answer.content, "measures")
    told = {(r[head.index("measure")], r[head.index("side")]): r[head.index("value")] for r in rows}
    for entry in record_in(walked)["measures"]:
        assert told[entry["name"], entry["side"]] == pytest.approx(entry["value"])
    assert rows_of(answer.content, "dictionary")


def test_a_visit_is_a_zip_of_tables_with_a_dictionary(
    web: tuple[TestClient, str, list[str]],
) -> None:
    client, _, visits = web
    answer = client.get(f"/visits/{visits[0]}/data.zip")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        names = packed.namelist()
        assert [Path(name).name for name in names] == [
            "measures.csv",
            "angles.csv",
            "points.trc",
            "points.c3d",
            "dictionary.csv",
        ]
        angles = list(csv.DictReader(io.StringIO(packed.read(names[1]).decode())))
        assert {"time_s", "measure", "value"} <= angles[0].keys()
        assert packed.read(names[2]).startswith(b"PathFileType")
        assert "step_time" in packed.read("dictionary.csv").decode()


def test_a_client_is_a_sheet_over_time_without_what_lies_in_the_bin(
    web: tuple[TestClient, str, list[str]],
) -> None:
    client, client_id, visits = web

    def columns() -> int:
        content = client.get(f"/clients/{client_id}/data.xlsx").content
        return len(rows_of(content, "over_time")[0]) - len(
            ("activity", "measure", "side", "unit", "name")
        )

    assert columns() == 2
    store_of(client).bin.put_visit(visits[0], datetime.now(UTC))
    assert columns() == 1
    for name in ("data.xlsx", "data.zip"):
        assert client.get(f"/visits/{visits[0]}/{name}").status_code == HTTPStatus.NOT_FOUND


def test_nothing_analysed_or_nobody_known_is_refused_in_a_sentence(
    web: tuple[TestClient, str, list[str]],
) -> None:
    client, _, visits = web
    for path in (
        f"/visits/{visits[2]}/data.xlsx",
        f"/visits/{visits[2]}/data.zip",
        f"/clients/{'0' * 32}/data.xlsx",
    ):
        answer = client.get(path, headers={"Accept": "application/json"})
        assert answer.status_code == HTTPStatus.NOT_FOUND
        assert answer.json()["error"]["en"]


def test_nothing_stays_behind(web: tuple[TestClient, str, list[str]]) -> None:
    client, client_id, visits = web
    passing = store_of(client).files.passing
    for path in (f"/visits/{visits[0]}/data.zip", f"/clients/{client_id}/data.xlsx"):
        assert client.get(path).status_code == HTTPStatus.OK

    assert [*passing.iterdir()] == []


def test_other_programs_need_a_token_and_get_the_same(
    web: tuple[TestClient, str, list[str]],
) -> None:
    client, client_id, visits = web
    paths = (f"/visits/{visits[0]}/data.zip", f"/clients/{client_id}/data.xlsx")
    _, secret = store_of(client).tokens.add("table")
    for path in paths:
        assert client.get(f"/api/v1{path}").status_code == HTTPStatus.UNAUTHORIZED
        answer = client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == HTTPStatus.OK


def test_the_pages_lead_there(web: tuple[TestClient, str, list[str]]) -> None:
    client, client_id, visits = web

    assert f"/visits/{visits[0]}/data.zip" in client.get(f"/visits/{visits[0]}").text
    assert f"/visits/{visits[2]}/data.zip" not in client.get(f"/visits/{visits[2]}").text
    assert f"/clients/{client_id}/data.xlsx" in client.get(f"/clients/{client_id}").text
