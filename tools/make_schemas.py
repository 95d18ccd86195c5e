"""Write the JSON Schemas of our files from the types that their writers return.

    uv run python tools/make_schemas.py

A test fails where the files in the package are not what this makes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from posture.formats.analysis import AnalysisRecord, SessionRecord

FOLDER = Path(__file__).parent.parent / "posture" / "formats"
_KINDS = {"analysis": AnalysisRecord, "session": SessionRecord}


def schema_of(kind: type[Any]) -> dict[str, Any]:
    """Return the schema of a record; what a schema does not name may be there all the same."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(kind),
    }


def schemas() -> dict[str, str]:
    """Return the text of each schema by its file's name."""
    return {
        f"{name}.schema.json": json.dumps(schema_of(kind), indent=2) + "\n"
        for name, kind in _KINDS.items()
    }


if __name__ == "__main__":
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, "utf-8")
