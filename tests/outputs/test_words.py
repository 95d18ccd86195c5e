from __future__ import annotations

import ast
import re
import string
import textwrap
from collections.abc import Iterator

import pytest

from posture.activities import PICTURES
from posture.findings.care import load_plans
from posture.findings.evidence import load_evidence
from posture.measures.doubt import doubt_rows
from posture.outputs.words import LANGUAGES, Language, Words, load_words, sentence
from posture.types import UNITS, Activity, FactKind, Level, Link, Quality, Reason, Side
from tests.measures.test_contract import CONTRACT
from tests.outputs.codes import PACKAGE, Module, called, handed_to, modules
from tests.outputs.make import analysis, clip

ERRORS = {
    *("PostureError", "UnusableClip", "ModelTrouble", "CannotWrite", "BadSettings"),
    *("CannotCorrect", "StoreTrouble", "Refused", "CannotServe", "LiveTrouble", "NoShortcut"),
}
PARTIAL = "fail"  # models.py: ModelTrouble with the values all its downloads share
PARTIAL_VALUES = {"path", "command", "url", "size_mb"}

# docs/style.md. Whole words: "because" is not a cause.
FORBIDDEN: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\bcaus(e|es|ed|ing)\b|\bcur(e|es|ed|ing)\b|diagnos|abnormal|\bheal(s|ed|ing)?\b"
        r"|correct(ed|s|ing)? posture|misalign|crooked|\btreat(s|ed|ment|ing)?\b",
        re.IGNORECASE,
    ),
    "ja": re.compile("診断|異常|病名|治|矯正|歪|ゆがみ|原因|改善します"),
}
DISCLAIMER: dict[Language, str] = {"en": "not a medical diagnosis", "ja": "診断ではありません"}

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
# Names, formats, units and options that are written like this in Japanese too.
LATIN = {
    "docs",
    "method.md",
    "formats.md",
    *("Chromium", "Brave", "report.html"),  # as Chrome and Edge
    *(
        "MP4",
        "MTS",
        "HEIC",
        "GIF",
        "MOV",
        "MKV",
        "WebM",
        "AVI",
        "JPEG",
        "PNG",
        "SVG",
        "PDF",
        "ZIP",
        "H.264",
        "GB",
        "MB",
        "cm",
        "mm",
        "A4",
    ),
    *("PyAV", "MediaPipe", "OpenCV", "Python", "HTTP", "http", "https", "sudo"),
    *("POSTURE_DATA_DIR", "lite", "task", "model", "out", "person", "resume", "speed"),
    *("QR", "CA", "SHA", "iPhone", "iPad", "Safari", "Android", "Posture", "check"),
    # browsers and the web
    *("Chrome", "Edge", "Firefox", "JavaScript", "JSON", "OpenAPI", "URL", "localhost", "Ctrl"),
    *("HTS", "Voice", "Mei", "Open", "JTalk", "CMU", "US", "SLT", "Flite"),
    *("Content", "Length", "Range", "km"),
    # commands and names of variables, as they are typed
    *("uv", "sync", "group", "dev", "apt", "get", "install", "chromium", "playwright", "posture"),
    *("serve", "lan", "port", "token", "add", "restore", "models", "analyse", "batch", "doctor"),
    *("Linux", "macOS", "Windows", "pyarrow", "batch.parquet"),
    *("sftp", "s3", "batch.csv", "file", "client", "height_cm", "height_m", "CSV", "UTF", "Excel"),
    *("time", "memory", "limit", "reason", "workers", "shard"),
    *("Debian", "Ubuntu"),
    *("ICC", "LoA", "MDC95", "SEM"),  # the field's own terms
    *("OpenGL", "Media", "Feature", "Pack"),  # the name of a part of Windows
    *("auto", "full", "null", "clip", "at", "analysis.json", "POSTURE", "DATA", "DATABASE", "DIR"),
}


def codes() -> set[str]:
    """Every code that a reason can carry: from the source, and from the tables of findings."""
    steps = [step for plan in load_plans() for step in plan.steps]
    return (
        handed_to("Reason", PARTIAL, *sorted(ERRORS)).codes
        | {test.code for test in load_evidence().next_tests}
        | {again.code for again in load_evidence().repeats}
        | {code for exercise, dose in steps for code in (exercise.what, exercise.stop, dose.code)}
    )


def ui_keys() -> set[str]:
    """Every heading that code or template asks for, stages and captions included."""
    keys = handed_to("ui").codes | handed_to("progress", "bar").codes
    for template in (PACKAGE / "outputs" / "templates").iterdir():
        keys |= set(re.findall(r"""words\.ui\(["'](\w+)""", template.read_text("utf-8")))
    return keys | captions()


def captions() -> set[str]:
    """What the pictures of the activities are called, and the caption of a still picture."""
    return {"clip", *PICTURES.values()}


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def entries(words: Words) -> Iterator[tuple[str, str, str]]:
    for table, rows in words.tables.items():
        for code, text in rows.items():
            yield table, code, text


def values_given(call: ast.Call) -> set[str] | None:
    """Names of the values beside a code; None where the call does not show them."""
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    if called(call) != "Reason":
        return {str(keyword.arg) for keyword in call.keywords}
    if len(call.args) == 1:
        return set()
    match call.args[1]:
        case ast.Dict(keys=keys) if all(isinstance(key, ast.Constant) for key in keys):
            return {str(key.value) for key in keys if isinstance(key, ast.Constant)}
    return None


def causes() -> set[str]:
    """Every cause of doubt: in the table, named in the measures' source, seen in clips."""
    found = {cause for row in doubt_rows().values() for cause in row.sd}
    for path in (PACKAGE / "measures").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.keyword(arg="more", value=ast.Dict(keys=keys)):
                    found |= {key.value for key in keys if isinstance(key, ast.Constant)}  # type: ignore[misc]
                case ast.Assign(targets=[ast.Name(id="more" | "scale")], value=ast.Dict(keys=keys)):
                    found |= {key.value for key in keys if isinstance(key, ast.Constant)}  # type: ignore[misc]
                case ast.Subscript(
                    value=ast.Name(id="more" | "spread"), slice=ast.Constant(value=str(cause))
                ):
                    found.add(cause)
    return found


# --- everything that can be said has its words ----------------------------------------------------


def test_the_source_shows_every_code_but_those_that_stand_in_a_table() -> None:
    found = handed_to("Reason", PARTIAL, *sorted(ERRORS))

    assert found.open_ends == {
        "exercise.what",  # care.toml
        "exercise.stop",
        "step",  # its dose
        "again.code",  # evidence.toml
        "best.code",
        "shown.code",  # by the unit of a sign
        "why.code",  # a Reason made elsewhere, raised
        "test.code",
        "json.loads(str(arrays['person']))",  # a record of an earlier run
        "last['error']['code']",  # said by a child process
        "row.error",  # of the database
        "entry",  # of a stored analysis
        "IN_THE_APP.get(reason.code)",  # of the pages' words
    }


def test_codes_chosen_from_tables_branches_and_callers_are_among_them() -> None:
    chosen = {
        "in_the_way",  # a dict with a default
        "cannot_write",
        "chosen_moves_as_asked",  # a tuple, with a branch in it
        "front_view",  # what a function returns
        "no_video_in_file",  # a variable set by a branch
        "model_download_timed_out",  # through a partial
        "doctor_native_crashed",  # a table of the module, through a parameter
    }

    assert chosen <= codes()


def test_a_code_in_a_nested_call_and_one_put_together_are_found() -> None:
    source = """
        def say(code):
            return Reason(code)
        say("a" if x else T.get(x, "b"))
        kind = "c" if x else "d"
        say(f"{kind}_{y}")
        say(f"{kind}_e")
    """
    module = Module(ast.parse(textwrap.dedent(source)))
    (call,) = module.calls({"Reason"})

    found = module.codes_of(call.args[0])

    assert (found.codes, found.open_ends) == ({"a", "b", "c_e", "d_e"}, {"T", "y"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence(language: Language) -> None:
    assert sorted(codes() - set(load_words(language).tables["reasons"])) == []


def test_a_sentence_asks_for_no_value_that_its_code_does_not_bring() -> None:
    wrong = []
    for module in modules():
        for call in module.calls({"Reason", PARTIAL} | ERRORS):
            given = values_given(call)
            if given is None or not call.args or not isinstance(call.args[0], ast.Constant):
                continue
            given |= PARTIAL_VALUES if called(call) == PARTIAL else set()
            for language in LANGUAGES:
                template = load_words(language).tables["reasons"][str(call.args[0].value)]
                wrong += [(language, call.args[0].value, n) for n in fields(template) - given]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_heading_asked_for_exists_and_none_is_left_over(language: Language) -> None:
    there = set(load_words(language).tables["ui"])

    assert (sorted(ui_keys() - there), sorted(there - ui_keys())) == ([], [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_unit_and_cause_has_a_name(language: Language) -> None:
    tables = load_words(language).tables
    measures = {row.measure for row in doubt_rows().values()}
    owed = {name for rows in CONTRACT.values() for name in rows} | measures

    assert owed - set(tables["measures"]) == set()
    assert set(UNITS) - set(tables["units"]) == set()
    assert causes() - set(tables["causes"]) == set()


def test_the_causes_read_off_the_source_are_those_that_clips_bring_up() -> None:
    made = [analysis("all", height_m=1.7), analysis("treadmill")]
    seen = {cause for one in made for m in one.measures for cause in m.spread}

    assert {"sway", "scatter", "timing", "scale", "camera_roll", "yaw"} <= seen
    assert seen <= causes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_level_label_side_and_activity_has_a_name(language: Language) -> None:
    tables = load_words(language).tables

    assert {link.value for link in Link} == set(tables["links"])
    assert {level.value for level in Level} == set(tables["levels"])
    assert {quality.value for quality in Quality} == set(tables["quality"])
    assert {one.value for one in (*Activity, *Side)} <= set(tables["terms"])


FACT_VALUES = {
    "cut": {"parts"},
    "two_people": {"count", "number"},
    "repeated_pictures": {"stored_hz", "rate_hz"},
    "irregular_pictures": {"gap_s"},
    "camera_askew": {"roll_deg"},
    "sheet_seen": {"roll_deg", "pitch_deg", "scale_percent"},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_of_a_clip_is_said_in_a_sentence_with_what_to_do_and_in_short(
    language: Language,
) -> None:
    tables = load_words(language).tables
    kinds = {kind.value for kind in FactKind}

    assert set(tables["facts"]) == kinds
    for kind in kinds:
        assert fields(tables["reasons"][f"fact_{kind}"]) == FACT_VALUES.get(kind, set()), kind
        assert fields(tables["reasons"][f"fact_{kind}_todo"]) == set(), kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_fast_a_clip_plays_is_said_where_it_is_known(language: Language) -> None:
    for code in ("slowed_down_file", "slowed_down_given", "sped_up_file", "sped_up_given"):
        told = sentence(Reason(f"fact_{code}", {"speed": 0.125}), language)

        assert re.search("0.12", told), code


def test_both_languages_have_the_same_entries_with_the_same_values_in_them() -> None:
    english, japanese = (
        {(t, c): fields(x) for t, c, x in entries(load_words(k))} for k in LANGUAGES
    )

    assert english == japanese


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_blank(language: Language) -> None:
    blank = {
        (table, code) for table, code, text in entries(load_words(language)) if not text.strip()
    }

    assert blank == {("units", "count")}  # "8", not "8 pieces"


# --- tone -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_speaks_of_diseases_causes_or_cures_but_the_disclaimer(language: Language) -> None:
    words = load_words(language)
    told = words.ui("not_a_diagnosis")
    found = [
        (table, code, match.group())
        for table, code, text in entries(words)
        if (table, code) != ("ui", "not_a_diagnosis")
        and (match := FORBIDDEN[language].search(text))
    ]

    assert found == []
    assert DISCLAIMER[language] in told
    assert not FORBIDDEN[language].search(told.replace(DISCLAIMER[language], ""))


def test_japanese_entries_are_japanese() -> None:
    bare = {
        (table, code): re.sub(r"\{[^}]*\}|`[^`]*`", "", text)
        for table, code, text in entries(load_words("ja"))
    }

    assert {at for at, text in bare.items() if not JAPANESE.search(text)} == {
        ("units", "frac"),  # %
        ("units", "m"),  # cm
        ("brief", "between"),
        ("first", "between"),
        ("brief", "care_name"),
        ("brief", "next_of"),
        ("web", "report_full_stop"),
        ("units", "count"),
        ("ui", "fact_span"),  # 2.4〜4.5
        ("ui", "fact_when"),
        ("validation", "span"),  # 2.4〜4.5
        ("validation", "interval"),
    }
    latin = {
        word for text in bare.values() for word in re.findall(r"[A-Za-z][\w.]+", text, re.ASCII)
    }
    assert latin <= LATIN


def test_english_entries_hold_no_japanese() -> None:
    assert [code for _, code, text in entries(load_words("en")) if JAPANESE.search(text)] == []


# --- saying ---------------------------------------------------------------------------------------


def test_numbers_in_a_sentence_are_written_as_people_read_them() -> None:
    told = sentence(Reason("person_too_small", {"share": 0.124, "least": 0.15}), "en")

    assert "12% of the picture's height" in told
    assert "at least 15%" in told


def test_a_reason_within_a_reason_is_said() -> None:
    values: dict[str, float | str] = {"count": 3, "number": 2, "because": "chosen_largest"}

    assert sentence(Reason("others_in_view", values), "en") == (
        "3 people were seen; person 2 was measured: nearest to the camera of 3 people."
    )
    assert sentence(Reason("others_in_view", values), "ja") == (
        "3人が映っていました。2番目の人を測定しました(3人のうち、いちばんカメラの近くにいます)。"
    )


def test_a_term_within_a_reason_is_said() -> None:
    reason = Reason("activity_not_found", {"activity": "walking", "seen": "forward_bend"})

    assert sentence(reason, "en") == "No walking was found in the clip; it shows forward bend."
    assert (
        sentence(reason, "ja") == "この動画に歩行は見つかりませんでした(映っていたのは前屈です)。"
    )


@pytest.mark.parametrize("name", ["walking", "turned", "pelvis", "others_in_view", "{0}"])
def test_a_file_named_like_a_code_is_called_by_its_name(name: str) -> None:
    assert sentence(Reason("no_clips", {"path": name}), "ja").startswith(f"{name} に")
    assert sentence(Reason("not_a_video", {"file": name}), "en").startswith("This is not a video")


def test_every_activity_that_may_be_asked_for_can_be_said_to_be_missing() -> None:
    for activity in Activity:
        told = sentence(Reason("activity_not_found_at_all", {"activity": activity.value}), "ja")

        assert not re.search("[a-z_]", told)


def test_what_the_landmarks_say_about_the_person_can_be_said() -> None:
    because = clip("bend").person.chosen_because

    assert sentence(because, "en") == "the only person in view"
