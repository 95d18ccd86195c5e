"""The description of the API for programs, written by hand as data, and the page that shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from posture.activities import TEST_NAMES
from posture.distribution import version_here
from posture.outputs.words import Words
from posture.store.records import AGE_BANDS
from posture.web.office.data import XLSX
from posture.web.responses import page, words_of

Described = dict[str, Any]

_TEXT: Described = {"type": "string"}
_NUMBER: Described = {"type": "number"}
_COUNT: Described = {"type": "integer"}
_FLAG: Described = {"type": "boolean"}
_ID: Described = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
_TIME: Described = {"type": "string", "format": "date-time"}
_ANYTHING: Described = {"type": "object"}
_BYTES: Described = {"type": "string", "format": "binary"}


def _or_null(kind: Described) -> Described:
    return {**kind, "type": [kind["type"], "null"]}


def _object(required: Sequence[str] = (), **properties: Described) -> Described:
    found: Described = {"type": "object", "properties": properties}
    return {**found, "required": [*required]} if required else found


def _list_of(name: str) -> Described:
    return {"type": "array", "items": _ref(name)}


def _ref(name: str) -> Described:
    return {"$ref": f"#/components/schemas/{name}"}


_ACTIVITY: Described = {"type": "string", "enum": ["auto", *TEST_NAMES]}
_SIDE: Described = {"type": "string", "enum": ["auto", "left", "right"]}
_MODEL: Described = {"type": "string", "enum": ["lite", "full", "heavy"]}
_LANGUAGE: Described = {"type": "string", "enum": ["en", "ja"]}

_SETTINGS: Mapping[str, Described] = {
    "activity": _ACTIVITY,
    "near_side": _SIDE,
    "model": _MODEL,
    "person": {"type": "integer", "minimum": 1},
    "person_at": {
        "type": "array",
        "items": {"type": "number"},
        "minItems": 3,
        "maxItems": 3,
        "description": "The time in seconds and the place in shares of the picture's width and "
        "height at which the person is; instead of a number.",
    },
    "height_cm": {"type": "number", "minimum": 80, "maximum": 250},
    "pain": {"type": "number", "minimum": 0, "maximum": 10},
    "belt_kmh": {"type": "number", "exclusiveMinimum": 0, "maximum": 25},
    "speed": {"type": "number", "minimum": 0.05, "maximum": 20},
}

_SCHEMAS: Mapping[str, Described] = {
    "Error": _object(
        ("error",), error=_object(("code", "en", "ja"), code=_TEXT, en=_TEXT, ja=_TEXT)
    ),
    "Client": _object(
        ("id", "name"),
        id=_ID,
        name=_TEXT,
        note=_TEXT,
        age_band=_or_null(_TEXT),
        created_at=_TIME,
        consent_at=_or_null(_TIME),
        consent_version=_or_null(_TEXT),
        keep={"enum": ["video", "pictures", "numbers", None]},
        retention_days=_or_null(_COUNT),
    ),
    "NewClient": _object(
        ("name",), name=_TEXT, note=_TEXT, age_band={"type": "string", "enum": [*AGE_BANDS]}
    ),
    "Visit": _object(
        ("id", "check", "recordings"),
        id=_ID,
        client=_or_null(_ID),
        check={"enum": ["recordings", "quick", "stand_bend", "full"]},
        language=_LANGUAGE,
        answers=_ANYTHING,
        withheld=_FLAG,
        started_at=_TIME,
        closed_at=_or_null(_TIME),
        recordings=_list_of("Recording"),
    ),
    "NewVisit": _object(
        client=_or_null(_ID),
        check={"enum": ["recordings", "quick", "stand_bend", "full"]},
        language=_LANGUAGE,
        answers=_ANYTHING,
        withheld=_FLAG,
    ),
    "Recording": _object(
        ("id", "visit", "state"),
        id=_ID,
        visit=_ID,
        step=_TEXT,
        file_name=_TEXT,
        size_bytes=_COUNT,
        sha256=_or_null(_TEXT),
        state={"enum": ["queued", "running", "done", "failed", "cancelled"]},
        stage=_TEXT,
        done=_COUNT,
        of=_COUNT,
        done_frac=_NUMBER,
        time_left_s=_or_null(_NUMBER),
        has_video=_FLAG,
        has_numbers=_FLAG,
        settings=_ANYTHING,
        error={"anyOf": [_object(code=_TEXT, en=_TEXT, ja=_TEXT), {"type": "null"}]},
        added_at=_TIME,
        started_at=_or_null(_TIME),
        ended_at=_or_null(_TIME),
    ),
    "Settings": {
        "type": "object",
        "properties": {
            **_SETTINGS,
            "trim": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
        },
    },
    "Curves": _object(
        ("start_s", "time_s", "signals"),
        start_s=_NUMBER,
        time_s={"type": "array", "items": _NUMBER},
        signals={
            "type": "array",
            "items": _object(
                name=_TEXT,
                side=_TEXT,
                unit=_TEXT,
                positive=_TEXT,
                value={"type": "array", "items": _or_null(_NUMBER)},
            ),
        },
    ),
    "People": _object(
        at_s=_NUMBER,
        start_s=_NUMBER,
        duration_s=_NUMBER,
        size_px={"type": "array", "items": _COUNT},
        people={
            "type": "array",
            "items": _object(left=_NUMBER, top=_NUMBER, width=_NUMBER, height=_NUMBER),
        },
    ),
    "Findings": {
        **_ANYTHING,
        "description": "findings, verdict, care, withheld as in posture.session/1",
    },
    "Analysis": {**_ANYTHING, "description": "analysis.json, schema posture.analysis/1"},
}


def _parameter(name: str, kind: Described, place: str = "query") -> Described:
    return {"name": name, "in": place, "required": place == "path", "schema": kind}


_BY_ID = _parameter("id", _ID, "path")
_AT = _parameter("at", {"type": "number", "minimum": 0})
_UPLOAD = [
    _parameter("file_name", _TEXT),
    _parameter("visit", _ID),
    _parameter("client", _ID),
    _parameter("step", _TEXT),
    *(_parameter(name, kind) for name, kind in _SETTINGS.items()),
    _parameter("trim", {"type": "string", "pattern": r"^[0-9.]+,[0-9.]+$"}),
]
_FILE_NAMES = [
    *("overlay.mp4", "overlay.jpg", "report.html", "measures.csv", "analysis.json"),
    *("signals.npz", "landmarks.npz", "clip"),
]


def _json(schema: Described) -> Described:
    return {"application/json": {"schema": schema}}


def _operation(
    name: str,
    answer: Described | None,
    *,
    status: int = 200,
    parameters: Sequence[Described] = (),
    body: Described | None = None,
    refused: Sequence[int] = (),
) -> Described:
    """Return one operation; `name` is also the end of its key in the words."""
    answers: Described = {str(status): {"description": "ok"}}
    if answer is not None:
        answers[str(status)]["content"] = answer
    for code in (401, 429, *refused):
        answers[str(code)] = {"$ref": "#/components/responses/Refused"}
    found: Described = {
        "operationId": name,
        "parameters": [*parameters],
        "responses": answers,
    }
    return found if body is None else {**found, "requestBody": {"required": True, "content": body}}


_PATHS: Mapping[str, Mapping[str, Described]] = {
    "/clients": {
        "get": _operation("list_clients", _json(_list_of("Client"))),
        "post": _operation(
            "add_client",
            _json(_ref("Client")),
            status=201,
            body=_json(_ref("NewClient")),
            refused=(400,),
        ),
    },
    "/clients/{id}": {
        "get": _operation("get_client", _json(_ref("Client")), parameters=[_BY_ID], refused=(404,)),
        "delete": _operation(
            "delete_client", None, status=204, parameters=[_BY_ID], refused=(404,)
        ),
    },
    "/visits": {
        "get": _operation(
            "list_visits", _json(_list_of("Visit")), parameters=[_parameter("client", _ID)]
        ),
        "post": _operation(
            "add_visit",
            _json(_ref("Visit")),
            status=201,
            body=_json(_ref("NewVisit")),
            refused=(400, 404),
        ),
    },
    "/visits/{id}": {
        "get": _operation("get_visit", _json(_ref("Visit")), parameters=[_BY_ID], refused=(404,)),
        "delete": _operation("delete_visit", None, status=204, parameters=[_BY_ID], refused=(404,)),
    },
    "/visits/{id}/findings": {
        "get": _operation(
            "get_findings", _json(_ref("Findings")), parameters=[_BY_ID], refused=(404,)
        ),
    },
    "/visits/{id}/report.pdf": {
        "get": _operation(
            "get_report",
            {"application/pdf": {"schema": _BYTES}},
            parameters=[_BY_ID, _parameter("lang", _LANGUAGE)],
            refused=(404, 500, 503),
        ),
    },
    "/visits/{id}/data.xlsx": {
        "get": _operation(
            "get_visit_workbook",
            {XLSX: {"schema": _BYTES}},
            parameters=[_BY_ID, _parameter("lang", _LANGUAGE)],
            refused=(404, 500),
        ),
    },
    "/visits/{id}/data.zip": {
        "get": _operation(
            "get_visit_tables",
            {"application/zip": {"schema": _BYTES}},
            parameters=[_BY_ID],
            refused=(404, 500),
        ),
    },
    "/clients/{id}/data.xlsx": {
        "get": _operation(
            "get_client_workbook",
            {XLSX: {"schema": _BYTES}},
            parameters=[_BY_ID, _parameter("lang", _LANGUAGE)],
            refused=(404, 500),
        ),
    },
    "/uploads": {
        "post": _operation(
            "upload",
            _json(_ref("Recording")),
            status=201,
            parameters=_UPLOAD,
            body={"application/octet-stream": {"schema": _BYTES}},
            refused=(400, 404, 408, 411, 413, 415, 507),
        ),
    },
    "/queue": {"get": _operation("get_queue", _json(_list_of("Recording")))},
    "/recordings/{id}": {
        "get": _operation(
            "get_recording", _json(_ref("Recording")), parameters=[_BY_ID], refused=(404,)
        ),
        "delete": _operation(
            "delete_recording", None, status=204, parameters=[_BY_ID], refused=(404,)
        ),
    },
    "/recordings/{id}/analysis": {
        "get": _operation(
            "get_analysis", _json(_ref("Analysis")), parameters=[_BY_ID], refused=(404,)
        ),
    },
    "/recordings/{id}/curves": {
        "get": _operation("get_curves", _json(_ref("Curves")), parameters=[_BY_ID], refused=(404,)),
    },
    "/recordings/{id}/preview": {
        "get": _operation(
            "get_preview",
            {"image/jpeg": {"schema": _BYTES}},
            parameters=[_BY_ID, _AT],
            refused=(400, 404, 422),
        ),
    },
    "/recordings/{id}/people": {
        "get": _operation(
            "get_people",
            _json(_ref("People")),
            parameters=[_BY_ID, _AT],
            refused=(400, 404, 422),
        ),
    },
    "/recordings/{id}/cancel": {
        "post": _operation(
            "cancel", _json(_ref("Recording")), parameters=[_BY_ID], refused=(404, 409)
        ),
    },
    "/recordings/{id}/again": {
        "post": _operation(
            "analyse_again",
            _json(_ref("Recording")),
            parameters=[_BY_ID],
            body=_json(_ref("Settings")),
            refused=(400, 404, 409),
        ),
    },
    "/recordings/{id}/files/{name}": {
        "get": _operation(
            "get_file",
            {"application/octet-stream": {"schema": _BYTES}},
            parameters=[
                _BY_ID,
                _parameter("name", {"type": "string", "enum": _FILE_NAMES}, "path"),
                _parameter("download", {"type": "string", "enum": ["1"]}),
            ],
            refused=(404,),
        ),
    },
}


def description(words: Words) -> Described:
    """Return the whole description, said in one language."""
    said = words.tables["web"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": said["web_name"],
            "version": version_here(),
            "description": f"{said['web_api_intro']} {words.ui('not_a_diagnosis')}",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": {
            path: {
                method: {"summary": said[f"web_api_{one['operationId']}"], **one}
                for method, one in operations.items()
            }
            for path, operations in _PATHS.items()
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {
                "Refused": {
                    "description": said["web_api_refused"],
                    "content": _json(_ref("Error")),
                }
            },
            "schemas": dict(_SCHEMAS),
        },
    }


def machine_description(request: Request) -> Response:
    """Return the description for programs."""
    return JSONResponse(description(words_of(request)))


def shown_description(request: Request) -> Response:
    """Return the description for people."""
    return page(request, "api.html.j2", api=description(words_of(request)))


routes: list[BaseRoute] = [
    Route("/api/v1/openapi.json", machine_description, name="openapi"),
    Route("/api/v1/docs", shown_description, name="api_docs"),
]
