from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from http import HTTPStatus
from pathlib import Path

import pytest

from posture.findings.answers import TODAY
from posture.formats.analysis import analysis_record
from posture.formats.measures import measures_of
from posture.outputs.changes import Change, changes
from posture.outputs.facts import fact_line
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.pipeline import join
from posture.store import Store
from posture.types import Activity, Fact, FactKind, Measure, Notice, Reason, Side
from posture.web import create_app
from posture.web.pages.clients import CONSENT_VERSION
from posture.web.pages.report_files import files_of, key_pictures
from posture.web.pages.trends import trends
from posture.web.visit_results import results_from, results_of
from tests.outputs.make import Showing, analysis, measure
from tests.web.make import OWN, TestClient, config_in
from tests.web.seeded import STRANGE_NAME, TIGHT, Seeded, done, result_of, seeded

PAGES = {
    "home": "/",
    "recordings": "/recordings",
    "recordings of a client": "/recordings?client={client}",
    "recordings to a visit": "/recordings?visit={first}",
    "visit": "/visits/{second}",
    "visit of nobody": "/visits/{nobody}",
    "visit withheld": "/visits/{withheld}",
    "visit without recordings": "/visits/{empty}",
    "correct a walk": "/recordings/{walk}/correct",
    "correct bends": "/recordings/{bend}/correct",
    "report": "/visits/{second}/report",
    "report withheld": "/visits/{withheld}/report",
    "clients": "/clients",
    "client": "/clients/{client}",
    "compare": "/compare?a={first}&b={second}",
    "compare with nothing measured": "/compare?a={empty}&b={nobody}",
    "settings": "/settings",
}


@contextmanager
def quiet_app_in(folder: Path) -> Iterator[TestClient]:
    """The app without its jobs, which would take what a test puts into the queue."""
    app = create_app(config_in(folder))
    client = TestClient(
        app, base_url=OWN, client=("127.0.0.1", 50000), raise_server_exceptions=False
    )
    try:
        yield client
    finally:
        client.close()
        app.state.store.close()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Seeded]]:
    """One app for the tests that only look."""
    with quiet_app_in(tmp_path_factory.mktemp("pages")) as client:
        yield client, seeded(store_of(client))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[TestClient, Seeded]]:
    """An app for a test that changes something."""
    with quiet_app_in(tmp_path) as client:
        yield client, seeded(store_of(client))


def store_of(client: TestClient) -> Store:
    store: Store = client.app.state.store  # type: ignore[attr-defined]
    return store


def shown(web: tuple[TestClient, Seeded], name: str, language: Language) -> str:
    client, ids = web
    path = PAGES[name].format(**{k: getattr(ids, k) for k in Seeded.__slots__})
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == HTTPStatus.OK, answer.text
    html: str = answer.text
    return html


# --- every page -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_in_both_languages(
    web: tuple[TestClient, Seeded], name: str, language: Language
) -> None:
    html = shown(web, name, language)

    assert f'<html lang="{language}"' in html
    assert load_words(language).ui("not_a_diagnosis") in html
    assert "pages_" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("name", [name for name in PAGES if not name.startswith("report")])
def test_a_page_holds_no_script_and_no_style_of_its_own(
    web: tuple[TestClient, Seeded], name: str
) -> None:
    html = shown(web, name, "en")

    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", html) == []
    for attributes, inside in re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL):
        assert "application/json" in attributes or not inside.strip()
    assert re.findall(r"(?:src|href)=\"(?!/|#)", html) == []  # nothing from another host


@pytest.mark.parametrize("name", PAGES)
def test_what_somebody_typed_is_never_markup(web: tuple[TestClient, Seeded], name: str) -> None:
    html = shown(web, name, "en")

    assert "<script>alert" not in html
    assert "<i>note" not in html
    assert "<b>standing" not in html


def test_the_name_of_a_client_is_read_as_it_was_typed(web: tuple[TestClient, Seeded]) -> None:
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;Hana&#34; 花子"

    for name in ("home", "clients", "client", "visit", "compare", "report"):
        assert escaped in shown(web, name, "en"), name


@pytest.mark.parametrize(
    "path", ["/visits/{0}", "/visits/{0}/report", "/clients/{0}", "/compare?a={0}&b={0}"]
)
@pytest.mark.parametrize("strange", ["0" * 32, "x", "..%2f..", "0" * 33])
def test_what_is_not_there_is_said_in_one_sentence(
    web: tuple[TestClient, Seeded], path: str, strange: str
) -> None:
    answer = web[0].get(path.format(strange))

    assert answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}
    assert 'role="alert"' in answer.text
    assert "Traceback" not in answer.text


# --- a visit --------------------------------------------------------------------------------------


def test_recordings_add_up_to_what_the_pipeline_makes_of_the_clips() -> None:
    made = [analysis("bend", height_m=1.7), analysis("walk", height_m=1.7)]
    expected = join(made).assessment
    rebuilt = [measures_of(result_of(showing)) for showing in ("bend", "walk")]

    assert [m.name for m in rebuilt[0]] == [m.name for m in made[0].measures]
    assert rebuilt[0][0].reference == made[0].measures[0].reference
    assert results_from(()) is None
    assert expected.verdict == join(made).assessment.verdict


def test_recordings_of_two_people_give_no_verdict_and_are_named(
    own: tuple[TestClient, Seeded],
) -> None:
    store = store_of(own[0])
    visit = store.visits.add(None, "full", "en", {})
    slim = {"thigh": 1.0, "trunk": 0.6, "upper_arm": 0.33, "forearm": 0.33, "depth": 0.22}
    stout = {**slim, "trunk": 0.68, "depth": 0.38}
    done(store, visit, {**result_of("bend"), "proportions": slim})
    done(store, visit, {**result_of("walk"), "proportions": stout})

    found = results_of(store, visit.id)

    assert found is not None
    assert found.assessment.verdict.because.code == "verdict_two_people"
    page = own[0].get(f"/visits/{visit.id}")
    assert "seem to show two people" in page.text


def test_a_visit_is_judged_from_all_of_its_recordings(own: tuple[TestClient, Seeded]) -> None:
    store = store_of(own[0])
    visit = store.visits.add(None, "full", "en", {})
    done(store, visit, result_of("bend"))
    done(store, visit, result_of("walk"))

    found = results_of(store, visit.id)

    assert found is not None
    expected = join([analysis("bend", height_m=1.7), analysis("walk", height_m=1.7)]).assessment
    assert found.assessment.verdict == expected.verdict
    assert [(f.link, f.side, f.level) for f in found.assessment.findings] == [
        (f.link, f.side, f.level) for f in expected.findings
    ]
    assert [f.probability for f in found.assessment.findings] == pytest.approx(
        [f.probability for f in expected.findings], nan_ok=True
    )
    assert found.assessment.care == expected.care


def test_a_visit_shows_the_finding_the_figure_numbers_and_what_to_do(
    web: tuple[TestClient, Seeded],
) -> None:
    html = shown(web, "visit", "en")
    words = load_words("en")

    assert 'class="verdict"' in html
    assert '<svg class="figure"' in html
    assert "±" in html
    assert words.of("web", "pages_visit_next") in html
    assert words.of("web", "pages_visit_missing") in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visit_says_what_a_clip_is_like_once_and_what_helps_in_the_app(
    own: tuple[TestClient, Seeded], language: Language
) -> None:
    client, _ = own
    store, words = client.app.state.store, load_words(language)  # type: ignore[attr-defined]
    visit = store.visits.add(None, "recordings", "en", {})
    slow, behind = (Reason(f"fact_{kind}") for kind in ("slowed_down", "person_in_front"))
    facts = tuple(
        Fact(
            kind=FactKind(reason.code.removeprefix("fact_")),
            reason=reason,
            spans_s=spans_s,
            probability=0.9,
            what_to_do=Reason(f"{reason.code}_todo"),
        )
        for reason, spans_s in ((slow, ()), (behind, ((1.0, 2.0),)))
    )
    warned = (Notice(message=slow, what_to_do=Reason("fact_slowed_down_todo")),)
    made = replace(analysis("walk"), facts=facts, warnings=warned)
    done(store, visit, json.loads(json.dumps(analysis_record(made))))

    page = unescape(client.get(f"/visits/{visit.id}", headers={"cookie": f"lang={language}"}).text)

    assert page.count(words.sentence(slow)) == 1
    assert "--speed" not in page
    assert words.sentence(Reason("fact_slowed_down_app_todo")) in page
    said = fact_line(behind, facts[1].what_to_do, facts[1].spans_s, 4.0, words)
    assert said in page


def test_who_drops_videos_can_say_how_fast_they_play_and_choose_files_of_any_kind(
    web: tuple[TestClient, Seeded],
) -> None:
    html = shown(web, "recordings", "en")

    assert 'name="speed"' in html
    assert all(suffix in html for suffix in (".mts", ".heic", ".webp", ".mkv"))


def test_answers_that_need_a_doctor_withhold_findings_and_care(
    web: tuple[TestClient, Seeded],
) -> None:
    html = shown(web, "visit withheld", "en")
    words = load_words("en")

    assert words.of("web", "pages_withheld_title") in html
    assert '<svg class="figure"' not in html
    assert 'class="care"' not in html
    assert words.of("web", "pages_visit_numbers") in html


def test_answers_are_kept_with_the_visit_and_shown_beside_its_findings(
    own: tuple[TestClient, Seeded],
) -> None:
    client, ids = own
    before = results_of(store_of(client), ids.first)
    form = {
        "age": "47",
        "said.tight_evening": "on",
        "touch.hamstring": "hard",
        "touch.back": "",
        "conditions.osteoporosis": "on",
    }

    answer = client.post(f"/visits/{ids.first}/answers", data=form, headers={"Origin": OWN})

    assert answer.url.path == f"/visits/{ids.first}"
    visit = store_of(client).visits.get(ids.first)
    assert visit.answers == {
        "height_cm": 170,
        "age": 47,
        "said": ["tight_evening"],
        "touch": {"hamstring": "hard"},
        "conditions": ["osteoporosis"],
    }
    html, words = unescape(answer.text), load_words("en")
    assert words.term("said_tight_evening") in html
    assert words.of("web", "report_touch").format(felt=words.term("touch_hard")) in html
    assert not visit.withheld
    assert before is not None


def test_a_red_flag_written_down_later_withholds_the_visit(
    own: tuple[TestClient, Seeded],
) -> None:
    client, ids = own
    flagged = {"red_flags.trauma": "on"}

    html = client.post(f"/visits/{ids.first}/answers", data=flagged, headers={"Origin": OWN}).text

    words = load_words("en")
    assert words.of("web", "pages_withheld_title") in html
    assert words.sentence(Reason("withheld_red_flag")) in html
    assert '<svg class="figure"' not in html
    again = client.post(f"/visits/{ids.first}/answers", data={}, headers={"Origin": OWN}).text
    assert words.of("web", "pages_withheld_title") not in again


def test_an_answer_that_cannot_be_read_changes_nothing(own: tuple[TestClient, Seeded]) -> None:
    client, ids = own

    answer = client.post(
        f"/visits/{ids.first}/answers", data={"age": "old"}, headers={"Origin": OWN}
    )

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert store_of(client).visits.get(ids.first).answers == {"pain": 3, "height_cm": 170}


def test_a_visit_that_is_being_measured_says_how_far_it_is(own: tuple[TestClient, Seeded]) -> None:
    client, ids = own
    store = store_of(client)
    queued = store.recordings.add(ids.empty, "standing", "clip.mp4", 10, "0" * 64, {})

    html = client.get(f"/visits/{ids.empty}").text

    assert f'id="recording-{queued.id}"' in html
    assert "<progress" in html
    assert 'data-do="cancel"' in html


def test_the_report_is_a_page_that_may_ask_for_nothing(web: tuple[TestClient, Seeded]) -> None:
    client, ids = web
    answer = client.get(f"/visits/{ids.second}/report")

    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert client.get(f"/visits/{ids.empty}/report").status_code == HTTPStatus.NOT_FOUND


def test_key_pictures_come_out_of_the_reports_that_are_kept(
    own: tuple[TestClient, Seeded],
) -> None:
    client, ids = own
    store = store_of(client)
    (recording,) = store.recordings.of_visit(ids.first)
    folder = store.files.folder(recording.id) / "result"
    folder.mkdir()
    picture = base64.b64encode(b"\xff\xd8\xffpicture").decode()
    (folder / "report.html").write_text(
        '<img src="https://elsewhere/x.jpg"><img src="data:image/jpeg;base64,!!">'
        f'<img alt="Standing" width="12" height="9" src="data:image/jpeg;base64,{picture}">'
    )

    (frame,) = key_pictures(store, recording)

    assert (frame.jpeg, frame.caption) == (b"\xff\xd8\xffpicture", "Standing")
    assert frame.size_px == (12, 9)
    assert files_of(store, recording) == ("report.html",)
    assert picture in client.get(f"/visits/{ids.first}/report").text


def test_a_visit_can_be_given_to_a_client_later(own: tuple[TestClient, Seeded]) -> None:
    client, ids = own

    answer = client.post(
        f"/visits/{ids.nobody}", data={"client": ids.client}, follow_redirects=False
    )

    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert store_of(client).visits.get(ids.nobody).client_id == ids.client


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visit_goes_only_when_the_word_is_typed(
    own: tuple[TestClient, Seeded], language: Language
) -> None:
    client, ids = own
    word = load_words(language).of("web", "pages_delete_word")
    path, headers = f"/visits/{ids.nobody}/delete", {"Accept-Language": language}

    refused = client.post(path, data={"confirm": "yes"}, headers=headers)

    assert refused.status_code == HTTPStatus.BAD_REQUEST
    assert word in refused.text
    assert store_of(client).visits.get(ids.nobody)
    gone = client.post(path, data={"confirm": word}, headers=headers, follow_redirects=False)
    assert gone.status_code == HTTPStatus.SEE_OTHER
    said = load_words(language).of("web", "pages_bin_gone")
    assert said in client.get(gone.headers["location"], headers=headers).text
    assert client.get(f"/visits/{ids.nobody}").status_code == HTTPStatus.NOT_FOUND


# --- clients --------------------------------------------------------------------------------------


def test_a_client_is_added_and_changed(own: tuple[TestClient, Seeded]) -> None:
    client, _ = own
    added = client.post(
        "/clients", data={"name": "田中", "age_band": "60s", "note": ""}, follow_redirects=False
    )
    path = added.headers["location"]

    client.post(path, data={"name": "田中 一郎", "age_band": "a<b", "note": "knee"})

    changed = store_of(client).clients.get(path.rpartition("/")[2])
    assert (changed.name, changed.note, changed.age_band) == ("田中 一郎", "knee", None)


def test_a_client_goes_only_when_the_name_is_typed(own: tuple[TestClient, Seeded]) -> None:
    client, ids = own
    path = f"/clients/{ids.client}/delete"

    for wrong in ("", "yes", STRANGE_NAME[:-1]):
        refused = client.post(path, data={"confirm": wrong})
        assert refused.status_code == HTTPStatus.BAD_REQUEST
        assert 'role="alert"' in refused.text
    assert store_of(client).clients.get(ids.client)

    gone = client.post(path, data={"confirm": f" {STRANGE_NAME} "}, follow_redirects=False)

    assert gone.status_code == HTTPStatus.SEE_OTHER
    assert load_words("en").of("web", "pages_bin_gone") in client.get(gone.headers["location"]).text
    assert client.get(f"/clients/{ids.client}").status_code == HTTPStatus.NOT_FOUND
    assert client.get(f"/visits/{ids.first}").status_code == HTTPStatus.NOT_FOUND


def test_consent_is_noted_with_its_date_and_only_when_it_is_given(
    own: tuple[TestClient, Seeded],
) -> None:
    client, ids = own
    path, asked = f"/clients/{ids.client}/consent", {"keep": "video", "retention": "365"}

    assert client.post(path, data=asked).status_code == HTTPStatus.BAD_REQUEST
    assert store_of(client).clients.get(ids.client).consent_at is None
    client.post(path, data={**asked, "agreed": "yes"})

    agreed = store_of(client).clients.get(ids.client)
    assert agreed.consent_at is not None
    assert (agreed.keep, agreed.retention_days) == ("video", 365)
    assert agreed.consent_version == CONSENT_VERSION


def test_who_agrees_to_less_has_the_rest_deleted_at_once(own: tuple[TestClient, Seeded]) -> None:
    client, ids = own
    store, path = store_of(client), f"/clients/{ids.client}/consent"
    client.post(path, data={"keep": "video", "retention": "none", "agreed": "yes"})
    (recording,) = store.recordings.of_visit(ids.first)
    clip = store.files.folder(recording.id) / "clip.bin"
    clip.write_bytes(b"video")

    client.post(path, data={"keep": "numbers", "retention": "none", "agreed": "yes"})

    assert not clip.exists()


def test_everything_about_a_client_comes_as_one_zip(web: tuple[TestClient, Seeded]) -> None:
    client, ids = web

    answer = client.get(f"/clients/{ids.client}/export")

    assert answer.headers["content-type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert any(name.endswith("client.json") for name in names)
    assert not list(store_of(client).files.incoming("0" * 32).parent.iterdir())


# --- changes --------------------------------------------------------------------------------------


def of(value: float, sd: float, name: str = "lumbar_flexion", side: Side = Side.RIGHT) -> Measure:
    made = measure(name, value, sd=sd)
    return replace(made, activity=Activity.FORWARD_BEND, side=side)


@pytest.mark.parametrize(
    ("value", "is_beyond"), [(12.77, False), (12.78, True), (7.23, False), (7.22, True)]
)
def test_a_change_is_more_than_measuring_twice_gives(value: float, *, is_beyond: bool) -> None:
    change = Change(side=Side.BOTH, before=of(10.0, 1.0), after=of(value, 1.0))

    assert change.least == pytest.approx(2.77, abs=0.005)  # Weir 2005: 1.96 x sqrt(2) x sd
    assert change.is_beyond is is_beyond


def test_a_doubt_that_nobody_assessed_is_never_a_change() -> None:
    assert changes([of(10.0, float("inf"))], [of(90.0, 1.0)]) == ()


def test_the_bend_is_compared_whichever_side_was_filmed() -> None:
    (change,) = changes([of(10.0, 1.0, side=Side.LEFT)], [of(20.0, 1.0, side=Side.RIGHT)])

    assert (change.before.value, change.after.value) == (10.0, 20.0)


def test_two_visits_show_what_changed_and_what_did_not(web: tuple[TestClient, Seeded]) -> None:
    html = shown(web, "compare", "en")
    rows = re.findall(r'<tr class="(?:beyond|within)".*?</tr>', html, re.DOTALL)
    names = load_words("en").tables["measures"]
    told = {
        name: next(row for row in rows if f'role="rowheader">{names[name]}' in row)
        for name in ("pelvis_on_thigh_flexion", "lumbar_flexion")
    }

    assert 'class="beyond"' in told["pelvis_on_thigh_flexion"]
    assert "more than measurement error" in told["pelvis_on_thigh_flexion"]
    assert 'class="within"' in told["lumbar_flexion"]
    assert "within measurement error" in told["lumbar_flexion"]


def test_visits_are_compared_from_old_to_new_however_they_are_asked_for(
    web: tuple[TestClient, Seeded],
) -> None:
    client, ids = web
    asked = [
        client.get(f"/compare?{query}").text
        for query in (f"a={ids.first}&b={ids.second}", f"v={ids.second}&v={ids.first}")
    ]

    links = [re.findall(r'href="/visits/(\w+)"', html) for html in asked]
    assert links == [[ids.first, ids.second]] * 2
    assert client.get(f"/compare?v={ids.first}").status_code == HTTPStatus.BAD_REQUEST


def test_a_course_begins_at_the_left_and_its_band_is_what_it_takes_to_leave() -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    visits = [("a", begin, [of(10.0, 1.0)]), ("b", begin + timedelta(days=10), [of(20.0, 1.0)])]
    (trend,) = trends(visits)
    first, last = trend.points
    px_per_unit = (first.y - last.y) / 10

    assert first.x < last.x
    assert trend.band[1] == pytest.approx(2 * 2.772 * px_per_unit, rel=1e-3)
    assert first.y - first.top == pytest.approx(px_per_unit)
    assert trend.change is not None
    assert trend.change.is_beyond


@pytest.mark.parametrize(
    ("heights", "name"),
    [((True, True), "fingertip_floor_m"), ((False, True), "fingertip_floor")],
)
def test_a_course_is_in_the_unit_that_every_visit_has(heights: tuple[bool, ...], name: str) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    whole = measures_of(result_of("bend", TIGHT))
    plain = [m for m in whole if m.name != "fingertip_floor_m"]
    visits = [
        (str(n), begin + timedelta(days=n), whole if known else plain)
        for n, known in enumerate(heights)
    ]

    told = {trend.key[0]: len(trend.points) for trend in trends(visits)}

    assert told[name] == 2
    assert len([one for one in told if one.startswith("fingertip_floor")]) == 1


def test_the_reach_is_told_in_one_unit_only() -> None:
    both = measures_of(result_of("bend", TIGHT))
    told = [change.after.name for change in changes(both, both) if change.is_followed]

    assert "fingertip_floor_m" in told
    assert "fingertip_floor" not in told


# --- settings -------------------------------------------------------------------------------------


def test_the_studio_stands_on_the_report(own: tuple[TestClient, Seeded]) -> None:
    client, ids = own

    client.post("/settings", data={"studio_name": "Studio <A>", "retention": "90"})

    assert "Studio &lt;A&gt;" in client.get(f"/visits/{ids.second}/report").text
    assert '<option value="90" selected>' in client.get("/settings").text


def test_the_passcode_is_changed_only_by_who_knows_it(own: tuple[TestClient, Seeded]) -> None:
    client, _ = own
    store = store_of(client)
    client.post("/settings/passcode", data={"new": "2468"})
    assert store.settings.check_passcode("2468")

    refused = client.post("/settings/passcode", data={"old": "1111", "new": "9999"})

    assert refused.status_code == HTTPStatus.FORBIDDEN
    assert load_words("en").tables["reasons"]["pages_passcode_wrong"] in refused.text
    assert store.settings.check_passcode("2468")
    client.post("/settings/passcode", data={"old": "2468", "new": ""})
    assert not store.settings.has_passcode()


def test_recordings_said_to_show_one_person_are_judged_together_and_it_can_be_taken_back(
    own: tuple[TestClient, Seeded],
) -> None:
    client, store = own[0], store_of(own[0])
    visit = store.visits.add(None, "full", "en", {"pain": 1})
    slim = {"thigh": 1.0, "trunk": 0.6, "upper_arm": 0.33, "forearm": 0.33, "depth": 0.22}
    stout = {**slim, "trunk": 0.68, "depth": 0.38}
    done(store, visit, {**result_of("bend"), "proportions": slim})
    done(store, visit, {**result_of("walk"), "proportions": stout})
    address, words = f"/visits/{visit.id}", load_words("en")
    page = unescape(client.get(address).text)
    assert words.of("web", "pages_same_person") in page
    assert "posture check" not in page

    said = client.post(f"{address}/people", data={"same": "yes"})

    assert said.status_code == 200
    assert words.of("web", "pages_same_person_said") in unescape(said.text)
    found = results_of(store, visit.id)
    assert found is not None
    assert found.assessment.verdict.because.code != "verdict_two_people"
    assert store.visits.get(visit.id).answers["pain"] == 1
    back = client.post(f"{address}/people", data={"same": "no"})
    assert "seem to show two people" in back.text


def kept_report(store: Store, recording: str, *shows: str) -> None:
    """Leave a report with key pictures, as an analysis does."""
    folder = store.files.folder(recording) / "result"
    folder.mkdir(parents=True, exist_ok=True)
    pictures = "".join(
        f'<img src="data:image/jpeg;base64,{base64.b64encode(one.encode()).decode()}" '
        f'alt="{one}" data-shows="{one}">'
        for one in shows
    )
    (folder / "report.html").write_text(f"<body>{pictures}</body>", "utf-8")
    (folder / "overlay.mp4").write_bytes(b"film")


def test_the_client_s_own_picture_stands_at_the_top_and_on_each_video(
    own: tuple[TestClient, Seeded],
) -> None:
    client, store = own[0], store_of(own[0])
    visit = store.visits.add(None, "full", "en", {})
    standing = done(store, visit, result_of("stand"))
    bend = done(store, visit, result_of("bend"))
    kept_report(store, standing, "standing")
    kept_report(store, bend, "standing", "bottom_of_bend")

    page = client.get(f"/visits/{visit.id}").text

    top = page.index(f'<img src="/recordings/{bend}/picture.jpg"')
    assert top < page.index('<svg class="figure"')
    assert page.count('poster="/recordings/') == 2
    in_japanese = client.get(f"/visits/{visit.id}", headers={"cookie": "lang=ja"}).text
    assert load_words("ja").ui("bottom_of_bend") in in_japanese
    assert client.get(f"/recordings/{bend}/picture.jpg").content == b"bottom_of_bend"
    assert client.get(f"/recordings/{standing}/picture.jpg").headers["content-type"] == "image/jpeg"
    store.visits.change(visit.id, withheld=True)
    assert "picture.jpg" not in client.get(f"/visits/{visit.id}").text


def test_a_recording_without_a_picture_has_no_poster(own: tuple[TestClient, Seeded]) -> None:
    client, store = own[0], store_of(own[0])
    visit = store.visits.add(None, "full", "en", {})
    recording = done(store, visit, result_of("stand"))

    assert "picture.jpg" not in client.get(f"/visits/{visit.id}").text
    assert client.get(f"/recordings/{recording}/picture.jpg").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_of_a_visit_goes_back_and_prints(
    own: tuple[TestClient, Seeded], language: Language
) -> None:
    client, seeded = own
    words = load_words(language)

    answer = client.get(f"/visits/{seeded.second}/report", headers={"cookie": f"lang={language}"})

    assert f'href="/visits/{seeded.second}"' in answer.text
    assert words.of("web", "report_print") in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "window.print()" in client.get("/static/print.js").text


def test_a_sign_that_wants_a_doctor_today_starts_no_check(own: tuple[TestClient, Seeded]) -> None:
    client, store = own[0], store_of(own[0])
    stopped = store.visits.add(
        None, "quick", "en", {"red_flags": ["saddle_bladder"]}, withheld=True
    )
    other = store.visits.add(None, "quick", "en", {"red_flags": ["dizzy"]}, withheld=True)

    form = client.get("/live").text
    refused = client.get(f"/live/{stopped.id}")

    assert form.count("data-today") == len(TODAY) == 2
    assert load_words("en").of("web", "page_live_stop_title") in form
    assert refused.status_code == 409
    assert "a doctor should look at today" in refused.text
    assert client.get(f"/live/{other.id}").status_code == 200


def test_the_settings_page_saves_a_backup_without_a_terminal(
    own: tuple[TestClient, Seeded],
) -> None:
    client, _ = own
    assert "posture backup" not in client.get("/settings").text

    saved = client.post("/settings/backup")

    assert saved.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(saved.content)) as archive:
        assert archive.testzip() is None


SHOWN: tuple[Showing, ...] = ("all", "treadmill", "run")
DEGREES = {
    signal.name for showing in SHOWN for signal in analysis(showing).signals if signal.unit == "deg"
} | {"leg_raise_angle", "leg_raise", "hip_flexion"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(DEGREES))
def test_every_curve_has_a_name(name: str, language: Language) -> None:
    assert load_words(language).of("web", f"pages_js_signal_{name}")
