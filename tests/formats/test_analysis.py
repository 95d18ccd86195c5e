from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from posture.formats.analysis import analysis_json, analysis_record, session_json
from posture.pipeline import join
from posture.types import (
    UNITS,
    Activity,
    Analysis,
    EventKind,
    Fact,
    FactKind,
    Label,
    Level,
    Link,
    Notice,
    Quality,
    Reason,
    Scale,
    Side,
)
from tests.measures.test_contract import CONTRACT
from tests.outputs.make import Showing, analysis, measure, read_json

# --- the contract of the format, copied by hand ---------------------------------------------------

TEXT, WHOLE, TRUTH = (str,), (int,), (bool,)
NUMBER = (int, float)
NOTHING = type(None)
MAYBE = (int, float, NOTHING)


def one_of(values: Any) -> frozenset[str]:  # noqa: ANN401 - an Enum class
    return frozenset(value.value for value in values)


REASON = {"code": TEXT, "values": {}, "en": TEXT, "ja": TEXT}
MAYBE_REASON = (REASON, None)
SIDE = one_of(Side)
MEASURE = {
    "name": TEXT,
    "activity": one_of(Activity),
    "segment": (int, NOTHING),
    "side": SIDE,
    "value": MAYBE,
    "unit": frozenset(UNITS),
    "sd": MAYBE,
    "spread": {},
    "quality": one_of(Quality),
    "reason": MAYBE_REASON,
    "start_s": NUMBER,
    "end_s": NUMBER,
    "reference": ({"low": MAYBE, "high": MAYBE, "source": TEXT}, None),
}
ASSESSMENT = {
    "findings": [
        {
            "link": one_of(Link),
            "side": SIDE,
            "level": one_of(Level),
            "probability": MAYBE,
            "because": REASON,
            "evidence": [{"measure": TEXT, "side": SIDE, "contribution_nats": NUMBER}],
            "next_test": MAYBE_REASON,
        }
    ],
    "verdict": {"label": one_of(Label), "lumbar_compensation": TRUTH, "because": REASON},
    "care": [
        {
            "step": WHOLE,
            "link": one_of(Link),
            "en": TEXT,
            "ja": TEXT,
            "dose": REASON,
            "stop_if": REASON,
        }
    ],
}
ANALYSIS = {
    "schema": frozenset({"posture.analysis/1"}),
    "made_with": {
        "posture": TEXT,
        "mediapipe": TEXT,
        "model": {"name": TEXT, "sha256": TEXT},
        "settings": {},
    },
    "clip": {
        "file": TEXT,
        "sha256": TEXT,
        "duration_s": NUMBER,
        "frames": WHOLE,
        "size_px": [WHOLE],
        "rotation_deg": WHOLE,
        "capture_hz": MAYBE,
    },
    "person": {"count_seen": WHOLE, "chosen_because": REASON, "seen_share": NUMBER},
    "view": {
        "facing": frozenset({"left", "right", "front", "back", "unknown"}),
        "near_side": frozenset({"left", "right", "unknown"}),
        "yaw_deg": MAYBE,
        "yaw_sd_deg": MAYBE,
        "pitch_deg": MAYBE,
        "pitch_sd_deg": MAYBE,
        "roll_deg": MAYBE,
    },
    "scale": {"px_per_m": MAYBE, "source": frozenset({"height", "sheet", "none"})},
    "facts": [
        {
            "kind": one_of(FactKind),
            "reason": REASON,
            "spans_s": [[NUMBER]],
            "probability": NUMBER,
            "what_to_do": MAYBE_REASON,
        }
    ],
    "segments": [{"activity": one_of(Activity), "start_s": NUMBER, "end_s": NUMBER}],
    "events": [{"kind": one_of(EventKind), "side": SIDE, "time_s": NUMBER, "sd_s": MAYBE}],
    "measures": [MEASURE],
    **ASSESSMENT,
    "warnings": [{"code": TEXT, "message": REASON, "what_to_do": MAYBE_REASON}],
}
SESSION = {
    "schema": frozenset({"posture.session/1"}),
    "person": {},
    "clips": [{"file": TEXT, "sha256": TEXT}],
    "measures": [{**MEASURE, "clip": WHOLE}],
    **ASSESSMENT,
}

SHOWN: list[tuple[Showing, float | None]] = [
    ("all", 1.7),
    ("bend", None),
    ("treadmill", None),
    ("run", None),
]


def faults(record: object, schema: Any, at: str = "") -> Iterator[str]:  # noqa: ANN401
    """Where a record is not as the contract says; more than it says is no fault."""
    match schema:
        case (inner, None):
            yield from faults(record, inner, at) if record is not None else ()
        case tuple():
            fits = isinstance(record, schema) and (schema == TRUTH or not isinstance(record, bool))
            yield from () if fits else (f"{at}: {record!r}",)
        case frozenset():
            yield from () if record in schema else (f"{at}: {record!r}",)
        case [row] if isinstance(record, list):
            for number, item in enumerate(record):
                yield from faults(item, row, f"{at}[{number}]")
        case dict() if isinstance(record, Mapping):
            yield from (f"{at}.{key}: not there" for key in schema if key not in record)
            for key in schema.keys() & record.keys():
                yield from faults(record[key], schema[key], f"{at}.{key}")
        case _:
            yield f"{at}: {record!r}"


def test_the_checker_finds_what_is_missing_and_what_is_of_the_wrong_kind() -> None:
    schema = {"a": NUMBER, "b": [{"c": TEXT}], "d": MAYBE_REASON, "e": frozenset({"x"}), "f": TRUTH}
    record = {"a": True, "b": [{"c": 1}], "d": {"code": "x"}, "e": "y", "f": 0}

    assert sorted(faults(record, schema)) == [
        ".a: True",
        ".b[0].c: 1",
        ".d.en: not there",
        ".d.ja: not there",
        ".d.values: not there",
        ".e: 'y'",
        ".f: 0",
    ]
    assert list(faults({"a": 1, "b": [], "d": None, "e": "x", "f": False, "g": 1}, schema)) == []


# --- analysis.json --------------------------------------------------------------------------------


@pytest.mark.parametrize(("showing", "height_m"), SHOWN)
def test_every_field_of_the_contract_is_there_with_its_type(
    showing: Showing, height_m: float | None
) -> None:
    record = read_json(analysis_json(analysis(showing, height_m=height_m)))

    assert list(faults(record, ANALYSIS)) == []


def test_the_facts_of_a_clip_are_listed_in_both_languages() -> None:
    dark = Fact(
        kind=FactKind.TOO_DARK,
        reason=Reason("fact_too_dark"),
        spans_s=((1.0, 2.5),),
        probability=0.9,
        what_to_do=Reason("fact_too_dark_todo"),
    )

    record = read_json(analysis_json(replace(analysis("bend"), facts=(dark,))))

    assert list(faults(record, ANALYSIS)) == []
    (fact,) = record["facts"]
    assert (fact["kind"], fact["spans_s"], fact["probability"]) == ("too_dark", [[1.0, 2.5]], 0.9)
    assert fact["reason"]["en"].startswith("It is too dark")
    assert fact["reason"]["ja"].startswith("映像が暗すぎて")
    assert fact["what_to_do"]["en"].startswith("Switch on more light")


def test_the_clips_tried_fill_every_list() -> None:
    records = [read_json(analysis_json(analysis(s, height_m=h))) for s, h in SHOWN]

    for name in ("segments", "events", "measures", "findings", "care", "warnings"):
        assert any(record[name] for record in records), name
    measures = [m for record in records for m in record["measures"]]
    assert any(m["value"] is None for m in measures)
    assert any(m["reference"] for m in measures)
    assert any(m["reason"] for m in measures)
    assert any(f["evidence"] and f["next_test"] for r in records for f in r["findings"])


@pytest.mark.parametrize(("showing", "height_m"), SHOWN)
def test_measures_have_the_names_and_units_of_the_contract(
    showing: Showing, height_m: float | None
) -> None:
    record = read_json(analysis_json(analysis(showing, height_m=height_m)))
    named = {(m["activity"], m["name"], m["unit"]) for m in record["measures"]}

    assert named <= {
        (activity.value, name, unit)
        for activity, rows in CONTRACT.items()
        for name, unit in rows.items()
    }


def test_numbers_survive_to_the_last_digit() -> None:
    made = analysis("all", height_m=1.7)
    record = read_json(analysis_json(made))

    assert len(record["measures"]) == len(made.measures)
    for written, m in zip(record["measures"], made.measures, strict=True):
        unknown = m.quality is Quality.MISSING
        assert written["value"] == (None if unknown else m.value)
        assert written["sd"] == (None if unknown else pytest.approx(m.sd, rel=1e-12))
        assert written["spread"] == m.spread
        assert math.hypot(*written["spread"].values()) == pytest.approx(0.0 if unknown else m.sd)
    assert [e["time_s"] for e in record["events"]] == [e.time_s for e in made.events]
    judged = {f.link.value: f.probability for f in made.assessment.findings}
    assert {f["link"]: f["probability"] for f in record["findings"]} == judged
    assert record["scale"] == {"px_per_m": made.scale.px_per_m, "source": "height"}


def test_times_are_seconds_of_the_clip_and_frames_are_half_open() -> None:
    made = analysis("bend")
    record = read_json(analysis_json(made))
    time_s = made.landmarks.time_s

    for written, segment in zip(record["segments"], made.segments, strict=True):
        assert written["start_s"] == time_s[segment.frames[0]]
        assert written["end_s"] == time_s[segment.frames[1] - 1]
    for written, m in zip(record["measures"], made.measures, strict=True):
        assert (written["start_s"], written["end_s"]) == (
            time_s[m.frames[0]],
            time_s[m.frames[1] - 1],
        )


def test_no_height_means_no_metres_and_a_height_brings_them() -> None:
    without, with_height = (
        read_json(analysis_json(analysis("all", height_m=height))) for height in (None, 1.7)
    )

    assert not {m["unit"] for m in without["measures"]} & {"m", "m_s"}
    assert without["scale"] == {"px_per_m": None, "source": "none"}
    assert {"fingertip_floor_m", "step_length_m", "walking_speed_m_s"} <= {
        m["name"] for m in with_height["measures"]
    }


def test_what_is_not_known_is_null() -> None:
    made = analysis("stand")
    unknown = measure("trunk_lean", math.nan, quality=Quality.MISSING)
    unsure = replace(measure("shank_lean", 4.0, sd=2.0), spread={"method": math.inf})
    view = replace(made.view, yaw_deg=math.nan, yaw_sd_deg=math.inf, near_side=None)
    changed = replace(
        made,
        measures=(unknown, unsure),
        view=view,
        scale=Scale(px_per_m=None, source="none"),
        warnings=(Notice(message=Reason("seen_partly", {"share": math.nan})),),
        made_with={**made.made_with, "settings": {"cutoff_hz": math.inf, "size": (1, math.nan)}},
    )

    record = read_json(analysis_json(changed))

    assert list(faults(record, ANALYSIS)) == []
    assert [(m["value"], m["sd"]) for m in record["measures"]] == [(None, None), (4.0, None)]
    assert record["measures"][1]["spread"] == {"method": None}
    assert (record["view"]["yaw_deg"], record["view"]["yaw_sd_deg"]) == (None, None)
    assert record["view"]["near_side"] == "unknown"
    assert record["warnings"][0]["message"]["values"] == {"share": None}
    assert record["warnings"][0]["what_to_do"] is None
    assert record["made_with"]["settings"] == {"cutoff_hz": None, "size": [1, None]}


def test_names_in_any_writing_survive() -> None:
    made = analysis("stand")
    renamed = replace(made, clip=replace(made.clip, file='前屈 "1".mp4'))

    text = analysis_json(renamed)

    assert "前屈" in text
    assert read_json(text)["clip"]["file"] == '前屈 "1".mp4'


def test_no_sentence_of_a_record_says_nan() -> None:
    for showing, height_m in SHOWN:
        record = read_json(analysis_json(analysis(showing, height_m=height_m)))
        said = [text for node in nodes(record) for text in (node.get("en"), node.get("ja"))]

        assert [
            text for text in said if text and re.search(r"\b(nan|inf(?!ormative\b))", text)
        ] == []


def nodes(record: object) -> Iterator[dict[str, Any]]:
    if isinstance(record, dict):
        yield record
        record = list(record.values())
    if isinstance(record, list):
        for item in record:
            yield from nodes(item)


def test_a_record_shares_nothing_with_the_analysis() -> None:
    made = analysis("stand")

    assert analysis_record(made) == analysis_record(made)
    assert analysis_record(made) is not analysis_record(made)


# --- session.json ---------------------------------------------------------------------------------


def person() -> tuple[Analysis, ...]:
    return analysis("bend"), analysis("treadmill")


def test_a_session_has_every_field_of_the_contract() -> None:
    record = read_json(session_json(join(person())))

    assert list(faults(record, SESSION)) == []


def test_a_session_s_measures_say_from_which_clip_they_are() -> None:
    clips = person()
    record = read_json(session_json(join(clips)))

    for number, made in enumerate(clips):
        own = [m for m in record["measures"] if m["clip"] == number]
        assert [(m["name"], m["value"]) for m in own] == [
            (m.name, None if m.quality is Quality.MISSING else m.value) for m in made.measures
        ]
    assert len(record["clips"]) == len(clips)
