"""What a studio puts on its reports, and the notes that never leave the app."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import cv2
import numpy as np
import pytest

from posture.outputs.logo import LOGO_BYTES
from posture.outputs.words import LANGUAGES, load_words
from posture.web.office.written import MOST_COMMENT, MOST_NOTE
from tests.web.make import TestClient
from tests.web.seeded import Seeded, seeded_app

Web = tuple[TestClient, Seeded]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Web]:
    with seeded_app(tmp_path) as made:
        yield made


def write(web: Web, comment: str, note: str = "", written: int = 0) -> tuple[int, str]:
    client, ids = web
    answer = client.post(
        f"/visits/{ids.second}/written",
        data={"comment": comment, "note": note, "written": str(written)},
        follow_redirects=False,
    )
    return answer.status_code, answer.text


# --- comment and notes ----------------------------------------------------------------------------


def test_the_comment_is_on_the_report_and_the_note_is_nowhere_but_in_the_app(own: Web) -> None:
    client, ids = own

    assert write(own, "Well done <b>today</b>", "PRIVATE: knee again")[0] == HTTPStatus.SEE_OTHER

    page = client.get(f"/visits/{ids.second}").text
    assert "PRIVATE: knee again" in page
    report = client.get(f"/visits/{ids.second}/report").text
    assert "Well done &lt;b&gt;today&lt;/b&gt;" in report
    whole = client.get(f"/clients/{ids.client}/export")
    assert whole.status_code == HTTPStatus.OK
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        kept = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    assert any("Well done" in text for text in kept.values())
    elsewhere = [
        report,
        client.get(f"/visits/{ids.second}/share/file").text,
        client.get(f"/visits/{ids.second}/share").text,
        client.get(f"/api/visits/{ids.second}").text,
        client.get(f"/clients/{ids.client}").text,
        client.get("/").text,
        *kept.values(),
    ]
    assert [text for text in elsewhere if "PRIVATE" in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "code", "most"),
    [
        ("comment", "written_comment_long", MOST_COMMENT),
        ("note", "written_note_long", MOST_NOTE),
    ],
)
def test_what_is_too_long_is_refused_in_a_sentence_and_comes_back_whole(
    own: Web, name: str, code: str, most: int, language: str
) -> None:
    client, ids = own
    typed = "長" * 49_990 + "end of it."
    before = {"comment": "short", "note": "short", "written": "0", name: typed}

    answer = client.post(f"/visits/{ids.second}/written?lang={language}", data=before)

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    words = load_words("ja" if language == "ja" else "en")
    assert words.tables["reasons"][code].format(count=50_000, most=most) in answer.text
    assert typed in answer.text
    assert client.get(f"/visits/{ids.second}").text.count("長") == 0


def test_what_just_fits_is_kept(own: Web) -> None:
    assert write(own, "c" * MOST_COMMENT, "n" * MOST_NOTE)[0] == HTTPStatus.SEE_OTHER
    assert write(own, "c" * (MOST_COMMENT + 1), "", 1)[0] == HTTPStatus.BAD_REQUEST


def test_the_second_of_two_windows_is_told_and_nothing_of_either_is_lost(own: Web) -> None:
    client, ids = own
    assert write(own, "from the first window", "note one")[0] == HTTPStatus.SEE_OTHER

    status, text = write(own, "from the second window", "note two")  # opened before the first saved

    assert status == HTTPStatus.CONFLICT
    for told in ("from the first window", "note one", "from the second window", "note two"):
        assert told in text
    assert "from the first window" in client.get(f"/visits/{ids.second}").text
    assert 'name="written" value="1"' in text
    # told of the other, the second may decide
    assert write(own, "both", "note two", 1)[0] == HTTPStatus.SEE_OTHER
    assert "both" in client.get(f"/visits/{ids.second}").text


# --- the logo -------------------------------------------------------------------------------------


def logo() -> bytes:
    done, data = cv2.imencode(".png", np.full((400, 1200, 3), 90, np.uint8))
    assert done
    return data.tobytes()


def test_a_logo_is_kept_small_stands_on_the_report_and_can_be_removed(own: Web) -> None:
    client, ids = own
    with client:  # a worker unpacks it
        assert client.post("/settings/logo", content=logo()).status_code == HTTPStatus.CREATED
        shown = client.get("/settings/logo.png")

        assert shown.headers["content-type"] == "image/png"
        picture = cv2.imdecode(np.frombuffer(shown.content, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (300, 900, 3)
        assert "data:image/png;base64," in client.get(f"/visits/{ids.second}/report").text

        refused = client.post(
            "/settings/logo",
            content=b"<svg><script>alert(1)</script></svg>",
            headers={"Accept": "application/json"},
        )
        assert refused.status_code == HTTPStatus.BAD_REQUEST
        assert refused.json()["error"]["code"] == "logo_svg"
        assert client.get("/settings/logo.png").content == shown.content  # the old one stays

        client.post("/settings/logo/remove")
        assert client.get("/settings/logo.png").status_code == HTTPStatus.NOT_FOUND
        assert "data:image/png" not in client.get(f"/visits/{ids.second}/report").text


def test_a_logo_of_80_mb_is_refused_before_it_is_read(own: Web) -> None:
    client, _ = own

    answer = client.post("/settings/logo", content=b"", headers={"Content-Length": str(80_000_000)})

    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert f"{LOGO_BYTES / 1e6:.0f} MB" in answer.text
