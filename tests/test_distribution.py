"""The name this is installed under, and that nobody is sent to a stranger's package."""

from __future__ import annotations

import os
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from posture.distribution import (
    CLUSTER,
    DISTRIBUTION,
    EXCEL,
    LAB,
    PANDAS,
    PARQUET,
    REMOTE,
    TRUTH,
    version_here,
)
from posture.libraries import install_command

TOP = Path(__file__).parent.parent
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
KEPT = {".ci", ".github"}  # hidden, and ours
LEFT_OUT = (".", "__", "node_modules")
READ = {"", ".md", ".py", ".toml", ".html", ".js", ".sh", ".ps1", ".cmd", ".yml", ".yaml"}
# "install", whatever options and packages come first, then one of the two names as a package's
FETCHED = re.compile(
    r"""(?:install|add|uvx|uv\ tool\ run|pipx\ run|--with)   # what fetches from an index
        (?:[ \t]+(?!&&)[^\s`|;,.]+)*?[ \t]+                        # options, other packages
        (["'`]?)(?:posture|posture-backline|posture_backline)
        (?:\[[^\]]*\])?(?:[=<>~!][^\s"'`]*)?\1               # extras, versions
        (?=$|[\s`"'.,;)])
    """,
    re.VERBOSE | re.MULTILINE,
)


def texts() -> list[Path]:
    """Every file of the checkout that a person or a program reads words from."""
    found = []
    for folder, inside, names in os.walk(TOP):
        inside[:] = [one for one in inside if one in KEPT or not one.startswith(LEFT_OUT)]
        found += [Path(folder) / name for name in names]
    return [path for path in found if path.suffix in READ and path != Path(__file__)]


def test_nobody_is_told_to_install_a_strangers_package() -> None:
    told = [
        f"{path.relative_to(TOP)}: {found[0]}"
        for path in texts()
        for found in FETCHED.finditer(path.read_text("utf-8", errors="replace"))
    ]

    assert told == []


@pytest.mark.parametrize(
    "line",
    [
        "pip install posture",
        'pip install "posture[truth]"',
        "uv pip install -U posture==0.1.0",
        "`pip install posture`",
        "Run pip install numpy posture.",
        "uv tool install posture",
        "uv add posture-backline",
        "uvx posture demo",
        "pipx install 'posture-backline[truth]>=0.1'",
    ],
)
def test_the_rule_knows_such_a_line(line: str) -> None:
    assert FETCHED.search(line)


@pytest.mark.parametrize(
    "line",
    [
        "pip install uv && uv run posture demo",
        "pip install moderngl scikit-learn",
        "uv pip install ./posture_backline-0.1.0-py3-none-any.whl",
        "posture install-shortcut",
        "installs what the system lacks, then runs `posture demo`",
    ],
)
def test_the_rule_leaves_other_lines_alone(line: str) -> None:
    assert not FETCHED.search(line)


def test_the_name_is_the_projects_and_the_command_is_posture() -> None:
    assert PROJECT["name"] == DISTRIBUTION
    assert "posture" in PROJECT["scripts"]
    assert version_here() == PROJECT["version"] == metadata.version(DISTRIBUTION)


def test_what_an_extra_brings_is_what_people_are_told_to_install() -> None:
    extras = {
        name: tuple(re.split(r"[<>=~!]", one)[0] for one in asked)
        for name, asked in PROJECT["optional-dependencies"].items()
    }

    told = {"truth": TRUTH, "parquet": PARQUET, "remote": REMOTE, "cluster": CLUSTER, "lab": LAB}
    told |= {"excel": EXCEL, "pandas": PANDAS}
    assert extras == told
    assert install_command(*TRUTH).endswith("install moderngl scikit-learn")
