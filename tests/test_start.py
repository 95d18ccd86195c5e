"""The start scripts: what they say where something is missing, and what they ask for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from posture.libraries import wanted

TOP = Path(__file__).parent.parent
TOOLS = ["sh", "sed", "grep", "awk", "df", "find", "mktemp", "rm", "ls", "dirname", "tail", "cat"]
TOOLS += ["mkdir", "touch"]
LIBRARIES = ["libGL.so.1", "libEGL.so.1", "libGLESv2.so.2", "libglib-2.0.so.0", "libxcb.so.1"]
LIBRARIES += ["libstdc++.so.6", "libz.so.1"]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="start is a script for POSIX shells")


class Bare:
    """A machine of stubs: what it answers is what a test says."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.copy = folder / "体の チェック"
        self.copy.mkdir()
        self.called = folder / "called"
        for name in ("start", "pyproject.toml"):
            shutil.copy(TOP / name, self.copy / name)
        for name in TOOLS:
            found = shutil.which(name)
            assert found is not None
            (self.bin / name).symlink_to(found)
        self.has("uname", 'if [ "$1" = -s ]; then echo Linux; else echo x86_64; fi')
        self.has("ldconfig", f"printf '%s\\n' {' '.join(LIBRARIES)}")
        self.has("id", "echo 0")
        self.has("apt-get")
        self.has("uv", 'case "$1" in sync) mkdir -p .venv "$3/.venv" ;; esac')

    def has(self, name: str, does: str = "") -> None:
        """Put a program there that writes down how it was called."""
        path = self.bin / name
        quiet = name in {"uname", "ldconfig", "id"}
        noted = (
            "" if quiet else f"printf '%s|' {name} \"$@\" >>'{self.called}'; echo >>'{self.called}'"
        )
        path.write_text(f"#!/bin/sh\n{noted}\n{does}\n", "utf-8")
        path.chmod(0o755)

    def start(
        self, *words: str, lang: str = "C.UTF-8", **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.copy / "start"), *words],
            cwd=self.copy.parent,
            env={"PATH": str(self.bin), "LANG": lang, "HOME": str(self.copy.parent), **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[list[str]]:
        """Every call, without the question whether uv is there."""
        lines = self.called.read_text("utf-8").splitlines() if self.called.exists() else []
        return [line.split("|")[:-1] for line in lines if "--version" not in line]


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    return Bare(tmp_path)


def test_a_folder_with_spaces_and_japanese_letters_is_set_up_and_the_command_runs_where_one_is(
    bare: Bare,
) -> None:
    done = bare.start("analyse", "a clip.mp4")

    assert done.returncode == 0, done.stderr
    here = str(bare.copy)
    assert bare.calls() == [
        ["uv", "sync", "--project", here, "--inexact", "--quiet", "--no-dev"],
        ["uv", "run", "--project", here, "--no-sync", "posture", "analyse", "a clip.mp4"],
    ]


@pytest.mark.parametrize(
    ("charmap", "given", "kept"),
    [
        ("ANSI_X3.4-1968", {"LC_ALL": "ja_JP.UTF-8"}, "C.UTF-8||ja_JP.UTF-8|ja_JP.UTF-8"),
        ("ANSI_X3.4-1968", {"LANG": "C"}, "C.UTF-8||C|"),
        ("UTF-8", {"LC_ALL": "ja_JP.UTF-8"}, "|ja_JP.UTF-8|C.UTF-8|"),
    ],
)
def test_python_can_start_from_a_folder_with_japanese_letters_in_any_locale(
    bare: Bare, charmap: str, given: dict[str, str], kept: str
) -> None:
    bare.has("locale", f"echo {charmap}")
    said = bare.copy.parent / "said"
    bare.has("uv", f"printf %s \"$LC_CTYPE|$LC_ALL|$LANG|$LC_MESSAGES\" >'{said}'")

    bare.start("doctor", **given)

    assert said.read_text("utf-8") == kept


def test_without_a_word_it_is_the_demo_and_the_second_time_nothing_is_set_up(bare: Bare) -> None:
    bare.start()
    bare.start()

    assert [call[1] for call in bare.calls()] == ["sync", "run", "run"]
    assert bare.calls()[-1][-2:] == ["posture", "demo"]


def test_the_tests_get_what_they_need_and_their_options(bare: Bare) -> None:
    done = bare.start("tests", "-k", "a name")

    assert done.returncode == 0
    assert "--all-groups" in bare.calls()[0]
    assert bare.calls()[-1] == ["uv", "run", "--no-sync", "pytest", "-k", "a name"]
    assert "skipped" in done.stderr  # nobody was there to be asked for a browser
    assert "apt-get" not in [call[0] for call in bare.calls()]


def test_nothing_is_installed_where_nobody_can_be_asked_and_the_line_is_printed(bare: Bare) -> None:
    bare.has("ldconfig")

    done = bare.start("demo")

    assert done.returncode == 1
    assert bare.calls() == []
    assert "apt-get install -y --no-install-recommends libgl1 libegl1" in done.stderr
    assert "Nothing was installed. Run that line, then start again." in done.stderr


def test_who_says_yes_beforehand_is_not_asked(bare: Bare) -> None:
    bare.has("ldconfig")

    done = bare.start("--yes", "demo")

    assert done.returncode == 0, done.stderr
    calls = bare.calls()
    assert calls[0] == ["apt-get", "update"]
    assert calls[1][1:4] == ["install", "-y", "--no-install-recommends"]
    packages = ["libgl1", "libegl1", "libgles2", "libglib2.0-0", "libxcb1", "libstdc++6", "zlib1g"]
    assert calls[1][4:] == packages


def test_no_administrator_and_no_sudo_is_one_sentence(bare: Bare) -> None:
    bare.has("ldconfig")
    bare.has("id", "echo 1000")

    done = bare.start("--yes", "demo")

    assert done.returncode == 1
    assert bare.calls() == []
    assert "This brings it: sudo apt-get update && sudo apt-get install" in done.stderr
    assert "This needs an administrator: ask one to run that line" in done.stderr


def test_with_sudo_the_line_is_run_by_it(bare: Bare) -> None:
    bare.has("ldconfig")
    bare.has("id", "echo 1000")
    bare.has("sudo", '"$@"')

    done = bare.start("--yes", "demo")

    assert done.returncode == 0, done.stderr
    assert [call[:2] for call in bare.calls()[:2]] == [["sudo", "apt-get"], ["apt-get", "update"]]


def test_packages_that_cannot_be_installed_are_told_with_the_managers_last_words(
    bare: Bare,
) -> None:
    bare.has("ldconfig")
    bare.has("apt-get", "echo 'E: Unable to lock the directory' >&2; exit 100")

    done = bare.start("--yes", "demo")

    assert done.returncode == 1
    assert "E: Unable to lock the directory" in done.stderr
    assert "could not be installed, for the reason above" in done.stderr


@pytest.mark.parametrize(
    ("manager", "line"),
    [
        (
            "dnf",
            "dnf install -y libglvnd-glx libglvnd-egl libglvnd-gles glib2 libxcb libstdc++ zlib",
        ),
        ("pacman", "pacman -S --needed --noconfirm libglvnd glib2 libxcb gcc-libs zlib"),
        (
            "zypper",
            "zypper --non-interactive install libglvnd libglib-2_0-0 libxcb1 libstdc++6 libz1",
        ),
    ],
)
def test_each_package_manager_has_its_own_line(bare: Bare, manager: str, line: str) -> None:
    bare.has("ldconfig")
    (bare.bin / "apt-get").unlink()
    bare.has(manager)

    assert f"This brings it: {line}\n" in bare.start("demo").stderr


def test_an_unknown_package_manager_is_one_sentence(bare: Bare) -> None:
    bare.has("ldconfig")
    (bare.bin / "apt-get").unlink()

    done = bare.start("demo")

    assert done.returncode == 1
    assert "Its package manager is not known here" in done.stderr


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("dns error: failed to lookup address", "The network cannot be reached. Behind a proxy"),
        ("error sending request: tunnel error: failed", "set HTTPS_PROXY to its address"),
        ("invalid peer certificate: UnknownIssuer", "set SSL_CERT_FILE to that certificate"),
        ("No space left on device (os error 28)", "The disk is full: posture needs 3 GB"),
        ("error: No interpreter found for Python >=3.11", "posture needs Python 3.11 - 3."),
        ("Failed to download https://x/cpython-3.12.1.tar.gz", "posture needs Python 3.11 - 3."),
        ("something else", "something else\nIt could not be set up, for the reason above."),
    ],
)
def test_what_cannot_be_fetched_says_why_in_one_sentence(
    bare: Bare, told: str, sentence: str
) -> None:
    bare.has("uv", f"[ \"$1\" = --version ] || {{ echo '{told}' >&2; exit 2; }}")

    done = bare.start("demo")

    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) <= 3


@pytest.mark.parametrize("machine", ["Linux aarch64", "Darwin x86_64", "FreeBSD amd64"])
def test_a_machine_for_which_there_is_no_mediapipe_is_told_so(bare: Bare, machine: str) -> None:
    system, kind = machine.split()
    bare.has("uname", f'if [ "$1" = -s ]; then echo {system}; else echo {kind}; fi')

    done = bare.start("demo")

    assert (done.returncode, bare.calls()) == (1, [])
    assert f"posture cannot run on this machine ({machine})" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_python_uv_comes_from_its_makers_into_the_folder(bare: Bare) -> None:
    (bare.bin / "uv").unlink()
    fetched = (
        'mkdir -p "$UV_UNMANAGED_INSTALL"\n'
        "printf '#!/bin/sh\\nexit 0\\n' >\"$UV_UNMANAGED_INSTALL/uv\"\n"
        "chmod() { :; }\n"
    )
    installer = bare.copy.parent / "installer"
    installer.write_text(fetched.replace("chmod() { :; }", 'chmod +x "$UV_UNMANAGED_INSTALL/uv"'))
    (bare.bin / "chmod").symlink_to(shutil.which("chmod") or "chmod")
    bare.has("curl", f"cat '{installer}'")

    done = bare.start("demo")

    # the stub of uv makes no environment, so it ends there; what counts is where it was put
    assert (bare.copy / ".uv" / "bin" / "uv").exists(), done.stderr
    assert "apt-get" not in [call[0] for call in bare.calls()]


def test_without_python_and_without_curl_both_come_from_the_system(bare: Bare) -> None:
    (bare.bin / "uv").unlink()

    done = bare.start("demo")

    assert done.returncode == 1
    assert "The system lacks: uv." in done.stderr
    assert "apt-get install -y --no-install-recommends python3-venv" in done.stderr


def test_it_speaks_japanese_where_the_machine_does(bare: Bare) -> None:
    bare.has("ldconfig")

    done = bare.start("demo", lang="ja_JP.UTF-8")

    assert "次の 1 行で入ります: apt-get update" in done.stderr
    assert "何もインストールしていません。" in done.stderr


def test_everything_the_doctor_wants_of_the_system_is_looked_for() -> None:
    script = (TOP / "start").read_text("utf-8")

    looked_for = re.findall(r"^(\S+\.so\.\d) ", script, re.MULTILINE)

    assert looked_for == list(wanted("debian"))


def test_the_windows_script_is_read_right_by_every_powershell() -> None:
    script = (TOP / "tools" / "start.ps1").read_bytes()

    assert script.startswith(b"\xef\xbb\xbf")  # or Windows PowerShell 5 reads the Japanese wrong
    said = re.findall(r"(?:Say|Stop-With|Stop-Because) ", script.decode("utf-8-sig"))
    assert len(said) > 10
    assert (TOP / "start.cmd").read_bytes().isascii()


# --- the README's words, in a Debian that has nothing


@pytest.mark.slow
@pytest.mark.bare_root
@pytest.mark.timeout(1500)
def test_the_two_commands_work_in_a_bare_root(tmp_path: Path) -> None:
    cache = subprocess.run(["uv", "cache", "dir"], capture_output=True, text=True, check=True)
    command = ["python", "tools/bare_root.py", "bookworm", "--root", str(tmp_path / "root")]
    command += ["--uv-cache", cache.stdout.strip()]
    log = tmp_path / "log"

    first = [*command, "--only", "1", "--log", str(log)]
    done = subprocess.run(first, cwd=TOP, capture_output=True, text=True, check=False)
    said = log.read_text("utf-8") if log.exists() else done.stderr
    assert done.returncode == 0, said[-4000:]
    assert "Install now? [Y/n] y" in said
    assert "report.html" in said[-300:]

    # no browser and no renderer: what needs them is said, the rest runs
    some = "-n0 -q tests/test_distribution.py tests/findings/test_answers.py"
    second = [*command, "--only", "2", "--answer", "n", "--more", some, "--log", str(log)]
    done = subprocess.run(second, cwd=TOP, capture_output=True, text=True, check=False)
    said = log.read_text("utf-8").rpartition("# ./start tests")[2]
    assert done.returncode == 0, said[-4000:]
    assert "Without these packages they are skipped" in said
    assert re.search(r"\d+ passed", said)
