"""Nothing dies of a missing library: it is named in one sentence, with the line that brings it."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from posture import libraries
from posture.cli import _COMMANDS, Commands, main
from posture.cli.python import refusal
from posture.errors import MissingLibrary
from posture.landmarks import mediapipe
from posture.libraries import lacking
from posture.machine import System, system
from posture.outputs.words import LANGUAGES, load_words
from posture.pythons import FIRST, LAST
from posture.types import Reason

ROOT = Path(__file__).parent.parent
LOADER = "{}: cannot open shared object file: No such file or directory"

# A machine without the system libraries of OpenCV, PyAV, MediaPipe and the renderer.
BARE = f"""
import importlib.util, sys
class Bare:
    def find_spec(self, name, path=None, target=None):
        if name in {{"cv2", "av", "mediapipe", "moderngl"}}:
            return importlib.util.spec_from_loader(name, self)
    def create_module(self, spec):
        raise ImportError({LOADER.format("libxcb.so.1")!r}, name=spec.name)
    def exec_module(self, module):
        pass
sys.meta_path.insert(0, Bare())
sys.argv = ["posture", *sys.argv[1:]]
"""
RUN = BARE + "from posture.cli import main\nmain()\n"


def bare(*arguments: object, code: str = RUN) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("doctor", "--help"),
        ("conventions",),
        ("models", "list"),
        ("user", "list", "--data", "{folder}"),
        ("unlock", "--data", "{folder}"),
        ("token", "list", "--data", "{folder}"),
        ("backup", "--help"),
        ("restore", "--help"),
    ],
)
def test_what_needs_no_picture_runs_without_the_libraries(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = bare(*(one.format(folder=tmp_path) for one in arguments))

    assert (done.returncode, done.stdout != "" or "list" in arguments) == (0, True), done.stderr


@pytest.mark.slow
def test_the_doctor_runs_without_the_libraries(tmp_path: Path) -> None:
    done = bare("doctor", "--out", tmp_path, "--lang", "en")

    assert done.stdout.startswith("ok  Python"), done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyse", "a.mp4"),
        ("check", "a.mp4"),
        ("batch", "clips"),
        ("demo",),
        ("serve", "--no-browser", "--port", "0"),
        ("live", "--no-browser", "--port", "0"),
        ("bench", "a.mp4"),
    ],
)
def test_what_needs_a_library_says_which_and_what_brings_it(arguments: tuple[str, ...]) -> None:
    done = bare(*arguments)

    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "libxcb.so.1" in line
    if system() == "debian":
        assert "apt-get install -y libxcb1" in line


def test_the_app_says_it_too() -> None:
    code = BARE + "import runpy\nrunpy.run_path('app.py', run_name='__main__')\n"

    done = bare("--no-browser", "--port", "0", code=code)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "libxcb.so.1" in done.stderr


def test_the_model_that_finds_no_library_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(_: str) -> object:
        raise OSError(LOADER.format("libGLESv2.so.2"))

    monkeypatch.setattr(importlib, "import_module", without)
    monkeypatch.setattr(libraries, "system", lambda: "debian")
    model = ROOT / "models" / "pose_landmarker_lite.task"

    with pytest.raises(MissingLibrary) as trouble:
        mediapipe.PoseFollower(model)

    assert trouble.value.reason.code == "library_missing"
    assert "libgles2" in str(trouble.value.reason.values["command"])


# --- what brings it, on each system


MISSING = ImportError(LOADER.format("libxcb.so.1"), name="cv2")


@pytest.mark.parametrize(
    ("trouble", "on", "told"),
    [
        (MISSING, "debian", "apt-get install -y libxcb1"),
        (MISSING, "fedora", "dnf install -y libxcb"),
        (MISSING, "linux", "libxcb.so.1"),
        (OSError(LOADER.format("libGLESv2.so.2")), "fedora", "dnf install -y libglvnd-gles"),
        (ImportError(LOADER.format("libgthread-2.0.so.0")), "debian", "libglib2.0-0"),
        (ImportError(LOADER.format("libodd.so.7")), "debian", "libodd.so.7"),
        (ImportError(LOADER.format("libodd.so.7")), "fedora", "'libodd.so.7()(64bit)'"),
        (
            ImportError("DLL load failed while importing cv2: 指定されたモジュール…", name="cv2"),
            "windows",
            "winget install --id Microsoft.VCRedist",
        ),
        (
            ImportError("dlopen(/x/cv2.abi3.so): Library not loaded: /usr/lib/libc++", name="cv2"),
            "macos",
            "install --force-reinstall opencv-contrib-python",
        ),
        (
            ModuleNotFoundError("No module named 'mediapipe'", name="mediapipe.tasks"),
            "windows",
            "install mediapipe==0.10.33",
        ),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_line_is_the_machine_s_own(
    monkeypatch: pytest.MonkeyPatch, trouble: Exception, on: System, told: str, language: str
) -> None:
    monkeypatch.setattr(libraries, "missing_libraries", lambda _: ())

    reason = lacking(trouble, on)

    assert reason is not None
    sentence = load_words("ja" if language == "ja" else "en").sentence(reason)
    assert told in sentence
    assert "\n" not in sentence


def test_all_that_is_missing_is_brought_by_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "missing_libraries", lambda _: ("libGL.so.1", "libEGL.so.1"))

    reason = lacking(MISSING, "debian")

    assert reason is not None
    assert reason.values["command"] == "apt-get install -y libgl1 libegl1 libxcb1"


def test_the_loader_s_own_words_count_not_those_around_them() -> None:
    around = ImportError("OpenCV could not be loaded", name="cv2")
    around.__cause__ = MISSING

    reason = lacking(around, "fedora")

    assert reason is not None
    assert reason.values["library"] == "libxcb.so.1"


@pytest.mark.parametrize(
    "trouble",
    [
        OSError(28, "No space left on device"),
        ModuleNotFoundError("No module named 'posture.nowhere'", name="posture.nowhere"),
        ImportError("cannot import name 'x' from 'posture.types'", name="posture.types"),
    ],
)
def test_a_fault_of_another_kind_is_no_missing_library(trouble: Exception) -> None:
    assert lacking(trouble, "debian") is None


def test_what_brings_every_library_is_known_on_debian_and_fedora() -> None:
    for on in ("debian", "fedora"):
        reason = libraries.bring(libraries.wanted(on), on)
        packages = str(reason.values["command"]).split(" -y ")[1].split()
        assert len(packages) == len(libraries.wanted(on))
        assert not any("'" in package for package in packages)
    assert libraries.wanted("macos") == libraries.wanted("windows") == ()


# --- this Python


@pytest.mark.parametrize(
    ("version", "environment", "told"),
    [
        ((3, 10), {"LANG": "en_US.UTF-8"}, "This is Python 3.10; the program runs on Python 3.11"),
        ((3, 15), {"LANG": "ja_JP.UTF-8"}, "Python 3.15 では動きません"),
    ],
)
def test_another_python_is_one_sentence(
    version: tuple[int, int], environment: dict[str, str], told: str
) -> None:
    sentence = refusal(version, environment)

    assert sentence is not None
    assert sentence.startswith(told)
    assert "uv run --python 3.12 posture" in sentence
    assert "{" not in sentence


def test_every_python_of_the_package_runs_it() -> None:
    asked = re.search(r'requires-python = "(.*)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert asked is not None
    assert asked[1] == f">=3.{FIRST[1]},<3.{LAST[1] + 1}"
    for minor in range(FIRST[1], LAST[1] + 1):
        assert refusal((3, minor), {}) is None


def test_a_python_without_the_packages_is_one_sentence() -> None:
    code = (
        "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]; "
        f"sys.path.insert(0, {str(ROOT)!r}); import posture.cli"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "uv run posture" in done.stderr


def test_the_sentences_read_as_lines_are_those_of_the_words() -> None:
    for language in LANGUAGES:
        words = load_words(language)
        values = {"version": "3.10", "low": "3.11", "high": "3.14"}
        command = {"command": "uv run --python 3.12 posture"}
        said = words.sentence(Reason("start_python_wrong", {**values, **command}))
        assert refusal((3, 10), {"LANG": language}) == said


# --- the list of commands


def test_the_list_of_commands_is_what_there_is() -> None:
    assert isinstance(main, Commands)
    context = main.make_context("posture", ["doctor"])
    for name, (_, _, told) in _COMMANDS.items():
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert len(told) + max(map(len, _COMMANDS)) + 4 <= 80  # on one line of a terminal
    assert main.get_command(context, "nonsense") is None


@pytest.mark.linux
def test_help_imports_nothing_that_measures_and_takes_little_time() -> None:
    code = (
        "import resource, sys\n"
        "from posture.cli import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "slow = {'numpy', 'cv2', 'av', 'scipy', 'rich', 'psutil'} & {*sys.modules}\n"
        "print(used.ru_utime + used.ru_stime, sorted(slow))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(3)
    ]
    last = [run.stdout.splitlines()[-1].partition(" ") for run in runs]

    assert {slow for _, _, slow in last} == {"[]"}
    assert min(float(used) for used, _, _ in last) <= 0.3
