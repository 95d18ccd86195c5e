"""The icon: what is made where, that its command is read right, and that it opens and closes."""

from __future__ import annotations

import configparser
import html
import json
import os
import plistlib
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner

from posture.cli import main
from posture.outputs.words import load_words
from posture.shortcut import (
    Link,
    NoShortcut,
    Place,
    Written,
    desktop_entry,
    install,
    planned,
    remove,
    this_place,
)
from posture.web.access.lan import NoNetwork
from posture.web.config import Config, set_for_devices
from posture.web.server_file import announced, ask_to_stop, running

EN, JA = load_words("en"), load_words("ja")
HARD = 'a b/体の "50%" $HOME `x` \\ チェック'


@pytest.fixture
def place(tmp_path: Path) -> Place:
    for name in ("Desktop", "menu"):
        (tmp_path / name).mkdir()
    return replace(
        this_place(),
        system="linux",
        python=tmp_path / HARD / "python",
        desktop=tmp_path / "Desktop",
        menu=tmp_path / "menu",
        home=tmp_path,
    )


def as_a_desktop_reads(value: str) -> list[str]:
    """Words of an Exec line by the desktop entry specification, which is not a shell's."""
    text = re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), value)
    words = re.findall(r'"((?:\\.|[^"\\])*)"', text)
    return [re.sub(r"\\(.)", r"\1", word).replace("%%", "%") for word in words]


# --- Linux


def entry_of(text: str) -> configparser.ConfigParser:
    entry = configparser.ConfigParser(interpolation=None, delimiters="=", comment_prefixes="#")
    entry.optionxform = str  # type: ignore[assignment,method-assign] # names keep their case
    entry.read_string(text)
    return entry


def test_a_path_with_every_sign_reaches_the_program_whole(place: Place) -> None:
    entry = entry_of(desktop_entry(place))

    opens = as_a_desktop_reads(entry["Desktop Entry"]["Exec"])
    stops = as_a_desktop_reads(entry["Desktop Action stop"]["Exec"])

    assert opens == [str(place.python), "-m", "posture", "open"]
    assert stops == [str(place.python), "-m", "posture", "stop"]


def test_the_entry_says_its_name_in_both_languages_and_shows_a_picture(place: Place) -> None:
    entry = entry_of(desktop_entry(place))["Desktop Entry"]

    assert (entry["Name"], entry["Name[ja]"]) == ("Posture check", "姿勢チェック")
    assert entry["Terminal"] == "false"
    assert Path(entry["Icon"]).is_file()


def test_the_entry_is_what_the_specifications_own_checker_takes(place: Place) -> None:
    checker = shutil.which("desktop-file-validate")
    if checker is None:
        pytest.skip("desktop-file-validate is not installed")
    (made, *_) = install(place, EN)

    done = subprocess.run([checker, str(made)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_it_lies_on_the_desktop_and_in_the_menu_and_goes_again(place: Place) -> None:
    made = install(place, EN)
    again = install(place, JA)

    assert made == again
    assert [path.parent.name for path in made] == ["menu", "Desktop"]
    assert all(os.access(path, os.X_OK) for path in made)
    assert remove(place) == made
    assert not any(path.exists() for path in made)
    assert remove(place) == []


def test_without_a_desktop_there_is_the_menu(place: Place) -> None:
    (one,) = install(replace(place, desktop=None), EN)

    assert one.parent == place.menu


def test_a_menu_that_cannot_be_written_to_is_one_sentence(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(NoShortcut) as trouble:
        install(replace(place, menu=tmp_path / "file"), EN)

    assert "The icon could not be made in" in EN.sentence(trouble.value.reason)


# --- macOS and Windows, as far as this system can look


def test_a_macs_bundle_has_its_script_its_picture_and_its_list(place: Place) -> None:
    mac = replace(place, system="darwin")

    made = install(mac, JA)

    assert [path.name for path in made] == [
        "姿勢チェック.app",
        "姿勢チェックを終了.app",
        "姿勢チェック.app",
    ]
    inside = made[1] / "Contents"
    told = plistlib.loads((inside / "Info.plist").read_bytes())
    script = inside / "MacOS" / told["CFBundleExecutable"]
    last = script.read_text("utf-8").splitlines()[-1]
    assert shlex.split(last) == ["exec", str(mac.python), "-m", "posture", "stop"]
    assert os.access(script, os.X_OK)
    assert (inside / "Resources" / told["CFBundleIconFile"]).read_bytes().startswith(b"icns")
    assert install(mac, JA) == made  # over the older one
    assert len(remove(mac)) == 3


def test_windows_gets_links_to_the_python_without_a_window(place: Place) -> None:
    python = PureWindowsPath("C:\\体の チェック\\.venv\\Scripts\\python.exe")

    links = planned(replace(place, system="win32", python=python), EN)

    assert all(isinstance(link, Link) for link in links)
    assert [link.path.name for link in links] == [
        "Posture check.lnk",
        "Close Posture check.lnk",
        "Posture check.lnk",
    ]
    for link in links:
        assert not isinstance(link, Written)
        assert link.target == python.with_name("pythonw.exe")
        assert link.icon.read_bytes()[:4] == b"\0\0\1\0"


def test_windows_hands_each_path_on_as_a_variable(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = tmp_path / "bin" / "powershell"
    shell.parent.mkdir()
    shell.write_text(f"#!/bin/sh\necho \"$LINK_TARGET|$LINK_ARGUMENTS\" >>'{tmp_path}/asked'\n")
    shell.chmod(0o755)
    monkeypatch.setenv("PATH", str(shell.parent), prepend=os.pathsep)

    install(replace(place, system="win32"), EN)

    asked = (tmp_path / "asked").read_text("utf-8").splitlines()
    assert asked[0] == f"{place.python.with_name('pythonw.exe')}|-m posture open"
    assert len(asked) == 3


def test_what_powershell_refuses_is_told(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = tmp_path / "bin" / "powershell"
    shell.parent.mkdir()
    shell.write_text("#!/bin/sh\necho 'running scripts is disabled' >&2; exit 1\n")
    shell.chmod(0o755)
    monkeypatch.setenv("PATH", str(shell.parent), prepend=os.pathsep)

    with pytest.raises(NoShortcut) as trouble:
        install(replace(place, system="win32"), EN)

    assert "running scripts is disabled" in EN.sentence(trouble.value.reason)


def test_another_system_is_told_how_to_start(place: Place) -> None:
    with pytest.raises(NoShortcut) as trouble:
        planned(replace(place, system="freebsd14"), EN)

    assert "./start serve" in EN.sentence(trouble.value.reason)


def test_the_command_says_what_it_made_and_how_to_stop(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posture.shortcut.this_place", lambda: place)

    made = CliRunner().invoke(main, ["install-shortcut", "--lang", "en"])
    gone = CliRunner().invoke(main, ["install-shortcut", "--remove", "--lang", "en"])
    none = CliRunner().invoke(main, ["install-shortcut", "--remove", "--lang", "ja"])

    assert made.output.startswith(f"Made: {place.menu / 'posture.desktop'}\n")
    assert "./start stop" in made.output
    assert gone.output.count("Removed: ") == 2
    assert "アイコンはありません" in none.output
    assert [one.exit_code for one in (made, gone, none)] == [0, 0, 0]


# --- one server over one folder, and how it ends


def test_what_a_crash_left_behind_is_no_server(tmp_path: Path) -> None:
    file = tmp_path / "server.json"
    assert running(tmp_path) is None
    file.write_text('{"url": "http://127.0.0.1:9", "pid": 1}', "utf-8")
    assert running(tmp_path) is None  # nobody answers there
    file.write_text("half a li", "utf-8")
    assert running(tmp_path) is None
    assert ask_to_stop(tmp_path)


def test_a_file_nobody_touches_is_old_whoever_answers_at_its_address(
    tmp_path: Path, listener: str
) -> None:
    with announced(tmp_path, listener, lambda: None):
        assert running(tmp_path) is not None
    assert not (tmp_path / "server.json").exists()
    file = tmp_path / "server.json"
    file.write_text(f'{{"url": "{listener}", "pid": 1}}', "utf-8")
    assert running(tmp_path) is not None
    os.utime(file, (1, 1))
    assert running(tmp_path) is None


@pytest.fixture
def listener() -> object:
    import socket  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"


def test_a_second_copy_opens_the_first_ones_page(
    tmp_path: Path, listener: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)

    with announced(tmp_path, listener, lambda: None):
        done = CliRunner().invoke(main, ["open", "--data", str(tmp_path), "--lang", "en"])

    assert opened == [listener]
    assert done.output == f"Posture check is open already at {listener}.\n"


def test_a_trouble_is_shown_in_the_browser_where_there_is_no_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    (tmp_path / "file").write_text("in the way", "utf-8")

    done = CliRunner().invoke(
        main, ["open", "--data", str(tmp_path / "file" / "data"), "--lang", "en"]
    )

    assert done.exit_code == 1
    (address,) = opened
    page = Path(unquote(urlsplit(address).path))
    assert done.output.strip() in html.unescape(page.read_text("utf-8"))


@pytest.mark.parametrize("has_network", [True, False])
def test_the_icon_opens_it_for_tablets_where_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_network: bool
) -> None:
    served: list[bool] = []

    def serve(config: Config, **_: object) -> None:
        served.append(config.lan)
        if config.lan and not has_network:
            raise NoNetwork("lan_no_address")

    monkeypatch.setattr("posture.web.serve.serve", serve)
    opens = ["open", "--data", str(tmp_path), "--lang", "en"]

    assert CliRunner().invoke(main, opens).exit_code == 0
    set_for_devices(tmp_path, on=True)
    done = CliRunner().invoke(main, opens)
    assert done.exit_code == 0, done.output
    set_for_devices(tmp_path, on=False)
    CliRunner().invoke(main, opens)

    # without a network work goes on at this computer
    assert served == ([False, True, False] if has_network else [False, True, False, False])


def test_stopping_what_does_not_run_says_so(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["stop", "--data", str(tmp_path), "--lang", "en"])

    assert (done.exit_code, done.output) == (0, "Posture check is not running.\n")


@pytest.mark.slow
def test_the_icon_starts_the_server_and_its_other_entry_stops_it(
    tmp_path: Path, place: Place
) -> None:
    """The two commands of the entry, run as a desktop runs them, with a browser that writes down
    what it was asked to open."""
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho \"$1\" >>'{tmp_path}/opened'\n")
    browser.chmod(0o755)
    data = tmp_path / "体の データ"
    environment = {
        **os.environ,
        "BROWSER": f"{browser} %s",
        "POSTURE_DATA_DIR": str(data),
        "LANG": "C.UTF-8",
    }
    entry = entry_of(desktop_entry(replace(place, python=Path(sys.executable))))
    opens = as_a_desktop_reads(entry["Desktop Entry"]["Exec"])
    stops = as_a_desktop_reads(entry["Desktop Action stop"]["Exec"])

    server = subprocess.Popen(opens, env=environment, stdout=subprocess.DEVNULL, cwd=tmp_path)
    try:
        _until(lambda: running(data) is not None)
        found = running(data)
        assert found is not None
        _until((tmp_path / "opened").exists)
        second = subprocess.run(opens, env=environment, cwd=tmp_path, check=False)
        stopped = subprocess.run(stops, env=environment, cwd=tmp_path, check=False)
        assert (second.returncode, stopped.returncode) == (0, 0)
        assert server.wait(20) == 0
    finally:
        server.kill()
    opened = (tmp_path / "opened").read_text("utf-8").splitlines()
    assert [one.rstrip("/") for one in opened] == [found.url, found.url]
    assert running(data) is None


def _until(holds: Callable[[], bool], patience_s: float = 60.0) -> None:
    until_s = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < until_s, "it did not come to that"
        time.sleep(0.1)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:99999",
        "http://[bad",
        f"http://{'a' * 300}:80",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_note_of_a_server_that_was_damaged_is_of_none(tmp_path: Path, url: str) -> None:
    (tmp_path / "server.json").write_text(json.dumps({"url": url, "pid": 1}), "utf-8")

    assert running(tmp_path) is None
    assert ask_to_stop(tmp_path)
