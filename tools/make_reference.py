"""Write docs/reference.md and the list of modules in docs/house.md, from their own docstrings.

    python tools/make_reference.py           # writes them
    python tools/make_reference.py --check   # exit status 1 where one is not up to date

What is public is what `posture.__all__` names; fields of records come with their type and, where
it has one, the comment beside them.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import enum
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import posture

TOP = Path(__file__).parent.parent
PAGE = TOP / "docs" / "reference.md"
HOUSE = TOP / "docs" / "house.md"
_LIST = "## Every module\n"
_HEAD = """# Reference

The public names of `posture`, made from their docstrings by `python tools/make_reference.py`.
Every other module may change without notice. Axes, sides, zeros, signs and units:
[conventions](../posture/conventions.md).
"""
_KINDS = {"error": "Errors", "function": "Functions", "choice": "Choices", "record": "Records"}


def kind_of(thing: object) -> str:
    """Which heading a public name stands under."""
    if inspect.isfunction(thing):
        return "function"
    if isinstance(thing, type) and issubclass(thing, BaseException):
        return "error"
    return "choice" if isinstance(thing, type) and issubclass(thing, enum.Enum) else "record"


def comments(kind: type) -> dict[str, str]:
    """Return what the source says beside a record's fields."""
    found = {}
    for line in inspect.getsource(kind).splitlines():
        if field := re.match(r"\s{4}(\w+):[^#]*#\s*(.+)", line):
            found[field[1]] = field[2]
    return found


def fields_of(kind: type) -> Iterator[str]:
    """Yield a table of a record's fields."""
    said = comments(kind)
    yield "| field | type | |"
    yield "|---|---|---|"
    for field in dataclasses.fields(kind):
        typed = str(field.type).replace("|", "\\|")
        yield f"| `{field.name}` | `{typed}` | {said.get(field.name, '')} |"


def entry(name: str, thing: object) -> Iterator[str]:
    """Yield the lines about one public name."""
    yield f"### {name}"
    yield ""
    if inspect.isfunction(thing):
        yield f"```python\n{name}{_signature(thing)}\n```"
        yield ""
    text = inspect.getdoc(thing) or ""
    yield _as_page(text)
    if isinstance(thing, type) and issubclass(thing, enum.Enum):
        yield ""
        yield "Values: " + ", ".join(f"`{member.value}`" for member in thing) + "."
    elif dataclasses.is_dataclass(thing) and isinstance(thing, type):
        yield ""
        yield from fields_of(thing)
    yield ""


def _signature(function: object) -> str:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    shown = [
        str(p.replace(annotation=inspect.Parameter.empty) if p.annotation == "" else p)
        for p in signature.parameters.values()
    ]
    marked: list[str] = []
    for text, parameter in zip(shown, signature.parameters.values(), strict=True):
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and "*" not in marked:
            marked.append("*")
        marked.append(text)
    inside = ",\n    ".join(marked)
    return f"(\n    {inside},\n) -> {signature.return_annotation}".replace("'", "")


def _as_page(text: str) -> str:
    """Numpy's headings as bold lines; what stands under them as it is."""
    return re.sub(r"^(\w[\w ]*)\n-{3,}$", r"**\1**\n", text, flags=re.MULTILINE)


def page() -> str:
    """Return the whole page."""
    names = {name: getattr(posture, name) for name in posture.__all__}
    lines = [_HEAD]
    for kind, heading in reversed(_KINDS.items()):
        lines += [f"## {heading}", ""]
        for name, thing in sorted(names.items()):
            if kind_of(thing) == kind:
                lines += entry(name, thing)
    return "\n".join(lines).rstrip() + "\n"


def modules() -> str:
    """Return the list of every module and its subject, package by package."""
    package = TOP / "posture"
    lines = [
        _LIST,
        "From the first lines of their docstrings, by `python tools/make_reference.py`.",
        "",
    ]
    for folder in (package, *sorted(path for path in package.rglob("*") if path.is_dir())):
        found = [path for path in sorted(folder.glob("*.py")) if not path.stem.startswith("__")]
        if found:
            lines += [f"**{folder.relative_to(TOP).as_posix()}/**", ""]
            lines += [f"- `{path.stem}`: {subject(path)}" for path in found] + [""]
    return "\n".join(lines)


def subject(module: Path) -> str:
    """Return the first line of a module's docstring."""
    return (ast.get_docstring(ast.parse(module.read_text("utf-8"))) or "").partition("\n")[0]


def house() -> str:
    """Return docs/house.md with its list of modules as they are; the list is its last section."""
    return HOUSE.read_text("utf-8").partition(_LIST)[0] + modules()


def main() -> int:
    """Write the pages, or say whether they are what they should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        return int(PAGE.read_text("utf-8") != page() or HOUSE.read_text("utf-8") != house())
    PAGE.write_text(page(), "utf-8")
    HOUSE.write_text(house(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
