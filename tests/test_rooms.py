"""The house rules that can be read off the import statements."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
HOUSE = TOP / "posture"
# Imports may only point to the left.
FLOW = [
    "pythons",  # which run the program; read by Pythons that run nothing else
    "language",
    "distribution",  # the name it is installed under: needs nothing
    "types",
    "activities",  # one row an activity; names functions of rooms and imports none of them
    "deferred",  # an import without what it does not need at once
    "closing",  # what is closed at the end of a `with`
    "errors",
    "received",  # what comes in from outside, checked once
    "forgiving",  # lines that matter less than the work
    "machine",  # what is asked of the operating system
    "leftovers",  # what is written for a moment, and what a killed program left of it
    "files",  # a file onto the disk, whole or not at all
    "libraries",  # what has to be there beside Python
    "series",  # where something holds, how two go together: asked in every room
    "filters",  # smoothing and peaks, without SciPy
    "video",
    "landmarks",
    "footage",
    "signals",
    "measures",
    "findings",
    "outputs",
    "formats",  # our own files, written and read
    "settings",
    "pipeline",
    "results",  # the files of what pipeline returns
    "exports",  # the same for other programs
    "printing",  # a page of ours as PDF
    "batch",
    "live",
    "store",
    "truth",
    "validation",  # a batch's numbers beside others
    "__init__",  # the public names: of all that lies to the left
    "web",
    "bare_loop",  # the other half of bench, run as a script of its own
    "bench",
    "bench_batch",  # what a batch costs beside the analyses in it
    "bench_browser",
    "bench_table",  # clips of several kinds
    "bench_footage",  # what looking at the pictures costs
    "bench_live",  # the live check's half of it: a real server and a real browser
    "doctor",
    "shortcut",  # the icon to click
    "cli",
    "__main__",
    "app",
]
# Inside `web`, likewise: what all rooms there use, the rooms, and what puts them together.
WEB_FLOW = [
    "config",
    "log_filter",
    "responses",
    "forms",
    "preferences",
    "records",
    "server_file",
    "access",
    "jobs",
    "questionnaire",
    "visit_results",
    "live",
    "pages",
    "office",
    "api",
    "application",
    "__init__",
    "serve",
]
MOST_MODULES = 12  # in a room of the web: what somebody new takes in at a glance (ours)
STRANGERS = {"batch", "live", "store", "truth"}  # to each other
KEPT_TO = {
    "mediapipe": {"landmarks", "bench", "bare_loop"},
    "cv2": {
        "video",
        "landmarks",
        "footage",
        "outputs",
        "truth",
        "bench",
        "bench_table",
        "bare_loop",
    },
}


def modules() -> list[Path]:
    app = TOP / "app.py"
    return [*sorted(HOUSE.rglob("*.py")), *([app] if app.exists() else [])]


def room_of(module: Path) -> str:
    """The room or top-level module a file belongs to."""
    if module.parent == TOP:
        return module.stem
    inside = module.relative_to(HOUSE)
    return inside.parts[0].removesuffix(".py")


@cache
def imports(module: Path) -> tuple[str, ...]:
    return tuple(_imports(module))


def _imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_room(name: str) -> str | None:
    """Which part of the house an imported name belongs to; None outside of it."""
    top, _, rest = name.partition(".")
    if top == "app":
        return "app"
    if top != "posture":
        return None
    part = rest.split(".")[0]
    return part if (HOUSE / part).is_dir() or (HOUSE / f"{part}.py").exists() else "__init__"


def faults_of(module: Path) -> list[str]:
    """What a module does that the flow forbids, a line each."""
    room = room_of(module)
    if room not in FLOW:
        return [f"{module.relative_to(TOP)} stands in no room of the flow"]
    upstream = set(FLOW[: FLOW.index(room) + 1])
    if room in STRANGERS:
        upstream -= STRANGERS - {room}
    return [
        f"{module.relative_to(TOP)} imports {name}"
        for name in imports(module)
        if (imported_room(name) or room) not in upstream
        or room not in KEPT_TO.get(name.partition(".")[0], {room})
    ]


def test_every_module_looks_only_upstream_and_keeps_its_tools_to_itself() -> None:
    assert len(modules()) > 200
    assert [fault for module in modules() for fault in faults_of(module)] == []


def module_of(name: str) -> str | None:
    """The module of the house that an imported name is, or lies in; None outside of it."""
    parts = name.split(".")
    while parts and parts[0] == "posture":
        if (TOP.joinpath(*parts).with_suffix(".py")).is_file():
            return ".".join(parts)
        parts.pop()
    return None


def test_no_module_imports_what_imports_it() -> None:
    """Not by another one either, nor for types alone."""
    arrows = {
        ".".join(module.relative_to(TOP).with_suffix("").parts): {
            found for name in imports(module) if (found := module_of(name)) is not None
        }
        for module in modules()
    }

    order = list(TopologicalSorter(arrows).static_order())  # raises CycleError, which names them

    assert len(order) > 300


@pytest.mark.parametrize(
    ("where", "line", "faults"),
    [
        ("posture/signals/made.py", "import posture.measures.bend", 1),
        ("posture/signals/made.py", "import cv2", 1),
        ("posture/live/made.py", "from posture import store", 1),
        ("posture/attic/made.py", "import math", 1),
        ("posture/measures/made.py", "import posture.signals.leg", 0),
        ("posture/video/made.py", "import cv2", 0),
    ],
)
def test_the_rule_can_tell_right_from_wrong(
    where: str, line: str, faults: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "TOP", tmp_path)
    monkeypatch.setitem(globals(), "HOUSE", tmp_path / "posture")
    for room in ("signals", "measures", "video", "live", "store", "attic"):
        (tmp_path / "posture" / room).mkdir(parents=True)
    (tmp_path / where).write_text(line)

    assert len(faults_of(tmp_path / where)) == faults


def web_part(path: Path) -> str:
    return path.relative_to(HOUSE / "web").parts[0].removesuffix(".py")


def test_inside_the_web_an_import_looks_only_upstream_as_well() -> None:
    wrong = []
    for module in sorted((HOUSE / "web").rglob("*.py")):
        place = WEB_FLOW.index(web_part(module))
        for name in imports(module):
            if name.startswith("posture.web."):
                part = name.split(".")[2]
                part = part if part in WEB_FLOW else "__init__"
                if WEB_FLOW.index(part) > place and part != "__init__":
                    wrong.append(f"{module.relative_to(HOUSE)}: {name}")
    lazily = ["web/__init__.py: posture.web.application.create_app"]  # TYPE_CHECKING only

    assert [line for line in wrong if line not in lazily] == []


def test_no_room_of_the_web_holds_more_modules_than_can_be_taken_in() -> None:
    web = HOUSE / "web"
    rooms = {folder: len([*folder.glob("*.py")]) for folder in (web, *web.iterdir())}

    assert {str(room): count for room, count in rooms.items() if count > MOST_MODULES} == {}


def test_the_house_names_every_module_of_the_web_and_of_the_formats() -> None:
    told = (TOP / "docs" / "house.md").read_text("utf-8")
    web = told[told.index("### The rooms of the web") : told.index("**An import may point left")]
    rows = [line for line in web.splitlines() if line.startswith("| `")]
    named = {
        (row.split("`")[1].strip("/").removeprefix("web"), name)
        for row in rows
        for name in re.findall(r"`(\w+)`", row.split("|")[2])
    }
    there = {
        (str(path.parent.relative_to(HOUSE / "web")).strip("."), path.stem)
        for path in (HOUSE / "web").rglob("*.py")
        if path.stem != "__init__"
    }
    formats = told[told.index("  formats/ ") : told.index("  settings.py ")]
    unnamed = [
        path.stem
        for path in (HOUSE / "formats").glob("*.py")
        if path.stem != "__init__" and not re.search(rf"\b{path.stem}\b", formats)
    ]

    assert (there - named, named - there, unnamed) == (set(), set(), [])


def test_the_rule_sees_an_import_inside_a_function_and_one_of_the_whole_package(
    tmp_path: Path,
) -> None:
    module = tmp_path / "made.py"
    module.write_text(
        "from posture import types\n"
        "import posture.signals.leg\n"
        "def late():\n    import cv2\n    from posture.measures.bend import bend_measures\n"
    )

    found = list(imports(module))

    assert [imported_room(name) for name in found] == ["types", "signals", None, "measures"]
    assert "cv2" in found
