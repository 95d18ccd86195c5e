"""An icon to click: opens the app, and another entry that closes it.

`planned` says what is made where on each system and touches nothing; `install` and `remove` do it.
Written here because the one library for it, pyshortcuts, sets no path in quotes: a folder with a
space in its name breaks what it makes on Linux and macOS, as it does one with letters outside
the system's own on Windows.
"""

from __future__ import annotations

import os
import plistlib
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path, PurePath

import platformdirs

from posture.errors import PostureError
from posture.outputs.words import LANGUAGES, Words, load_words

_NAME = "posture"
_OPEN, _STOP = ("-m", "posture", "open"), ("-m", "posture", "stop")
# Windows gets these as variables: nothing has to be put in quotes twice. An empty link is filled
# by the shell itself, because WScript.Shell turns letters outside the system's code page into "?".
_LINK = """
$ErrorActionPreference = 'Stop'
$folder = Split-Path -Parent $env:LINK_PATH
[IO.Directory]::CreateDirectory($folder) | Out-Null
try {
    [IO.File]::WriteAllBytes($env:LINK_PATH, @())
    $shell = New-Object -ComObject Shell.Application
    $link = $shell.NameSpace($folder).ParseName((Split-Path -Leaf $env:LINK_PATH)).GetLink
    $link.Path = $env:LINK_TARGET
    $link.Arguments = $env:LINK_ARGUMENTS
    $link.WorkingDirectory = $env:LINK_FOLDER
    $link.Description = $env:LINK_ABOUT
    $link.SetIconLocation($env:LINK_ICON, 0)
    $link.Save($env:LINK_PATH)
} catch {
    Remove-Item -LiteralPath $env:LINK_PATH -ErrorAction SilentlyContinue
    $link = (New-Object -ComObject WScript.Shell).CreateShortcut($env:LINK_PATH)
    $link.TargetPath = $env:LINK_TARGET
    $link.Arguments = $env:LINK_ARGUMENTS
    $link.WorkingDirectory = $env:LINK_FOLDER
    $link.Description = $env:LINK_ABOUT
    $link.IconLocation = "$($env:LINK_ICON),0"
    $link.Save()
}
"""
_LINK_S = 60.0  # ours; PowerShell takes seconds to start on a machine that scans it


class NoShortcut(PostureError):
    """The icon cannot be made here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A machine, as far as icons go."""

    system: str  # as sys.platform says it
    python: PurePath
    desktop: Path | None  # None = there is none
    menu: Path  # start menu; of a Mac, its folder of programs
    home: Path
    icons: Path  # folder of icon.svg, icon.ico, icon.icns


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Files that are the icon: of a Linux desktop one, of a Mac a whole folder."""

    path: Path  # what is made, and taken away again
    texts: Mapping[Path, bytes] = field(default_factory=dict)
    runs: tuple[Path, ...] = ()  # those of them that are programs
    copies: Mapping[Path, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of Windows."""

    path: Path
    target: PurePath
    arguments: tuple[str, ...]
    icon: Path
    folder: Path
    about: str


def this_place() -> Place:
    """Return this machine."""
    # its folders of an installed copy stay; in the wheel these are plain files as well
    icons = Path(str(files("posture.web").joinpath("static")))
    desktop = platformdirs.user_desktop_path()
    return Place(
        system=sys.platform,
        python=Path(sys.executable),
        desktop=desktop if desktop.is_dir() else None,
        menu=Path.home() / "Applications"
        if sys.platform == "darwin"
        else platformdirs.user_applications_path(),
        home=Path.home(),
        icons=icons,
    )


def planned(place: Place, words: Words) -> list[Written | Link]:
    """Return what is made on a machine, in the language of its user.

    Raises
    ------
    NoShortcut
        No icon is known for this system.
    """
    if place.system.startswith("linux"):
        return _of_linux(place, words)
    if place.system == "darwin":
        return _of_mac(place, words)
    if place.system == "win32":
        return _of_windows(place, words)
    raise NoShortcut("shortcut_system", system=place.system)


def install(place: Place, words: Words) -> list[Path]:
    """Make the icon, over an older one, and return what was made.

    Raises
    ------
    NoShortcut
        No icon is known for this system, or it cannot be made.
    """
    made = []
    for one in planned(place, words):
        try:
            if isinstance(one, Link):
                _link(one)
            else:
                _write(one)
        except OSError as trouble:
            why = trouble.strerror or type(trouble).__name__
            raise NoShortcut("shortcut_failed", path=str(one.path), why=why) from trouble
        made.append(one.path)
    return made


def remove(place: Place) -> list[Path]:
    """Take the icon away, in whatever language it was made; return what was there.

    Raises
    ------
    NoShortcut
        No icon is known for this system, or it cannot be taken away.
    """
    gone: list[Path] = []
    for path in dict.fromkeys(
        one.path for language in LANGUAGES for one in planned(place, load_words(language))
    ):
        try:
            if path.is_dir():
                shutil.rmtree(path)
            elif path.exists():
                path.unlink()
            else:
                continue
        except OSError as trouble:
            why = trouble.strerror or type(trouble).__name__
            raise NoShortcut("shortcut_failed", path=str(path), why=why) from trouble
        gone.append(path)
    return gone


def desktop_entry(place: Place) -> str:
    """Return the file of a Linux desktop; it says its name in every language it has."""
    said = {language: load_words(language).tables["web"] for language in LANGUAGES}

    def rows(key: str, code: str) -> list[str]:
        return [
            f"{key}{'' if language == 'en' else f'[{language}]'}={said[language][code]}"
            for language in LANGUAGES
        ]

    lines = ["[Desktop Entry]", "Type=Application", "Version=1.1"]
    lines += [*rows("Name", "web_name"), *rows("Comment", "shortcut_about")]
    lines += [f"Exec={_exec(place.python, _OPEN)}", f"Path={_string(str(place.home))}"]
    lines += [f"Icon={_string(str(place.icons / 'icon.svg'))}", "Terminal=false"]
    lines += ["Categories=MedicalSoftware;Science;", "StartupNotify=false", "Actions=stop;"]
    lines += ["", "[Desktop Action stop]", *rows("Name", "shortcut_close")]
    return "\n".join([*lines, f"Exec={_exec(place.python, _STOP)}", ""])


def _of_linux(place: Place, _words: Words) -> list[Written | Link]:
    text = desktop_entry(place).encode()
    folders = [place.menu, *([place.desktop] if place.desktop else [])]
    paths = [folder / f"{_NAME}.desktop" for folder in folders]
    return [Written(path=path, texts={path: text}, runs=(path,)) for path in paths]


def _of_mac(place: Place, words: Words) -> list[Written | Link]:
    said = words.tables["web"]
    opens, stops = (said["web_name"], _OPEN), (said["shortcut_close"], _STOP)
    found = [_bundle(place.menu, *opens, place), _bundle(place.menu, *stops, place)]
    return [*found, *([_bundle(place.desktop, *opens, place)] if place.desktop else [])]


def _bundle(folder: Path, name: str, arguments: Sequence[str], place: Place) -> Written:
    path = folder / f"{name}.app"
    inside = path / "Contents"
    told = {
        "CFBundleName": name,
        "CFBundleDisplayName": name,
        "CFBundleIdentifier": f"local.{_NAME}.{arguments[-1]}",
        "CFBundleExecutable": _NAME,
        "CFBundleIconFile": "icon.icns",
        "CFBundlePackageType": "APPL",
        "CFBundleShortVersionString": "1.0",
        # a script shows no window of its own: without this its icon hops in the dock for ever
        "LSUIElement": True,
    }
    command = shlex.join([str(place.python), *arguments])
    script = f'#!/bin/sh\ncd "$HOME" || exit\nexec {command}\n'
    program = inside / "MacOS" / _NAME
    return Written(
        path=path,
        texts={inside / "Info.plist": plistlib.dumps(told), program: script.encode()},
        runs=(program,),
        copies={inside / "Resources" / "icon.icns": place.icons / "icon.icns"},
    )


def _of_windows(place: Place, words: Words) -> list[Written | Link]:
    said = words.tables["web"]
    # beside python.exe, and opens no black window
    quiet = place.python.with_name("pythonw.exe")

    def link(folder: Path, name: str, arguments: tuple[str, ...]) -> Link:
        return Link(
            path=folder / f"{name}.lnk",
            target=quiet,
            arguments=arguments,
            icon=place.icons / "icon.ico",
            folder=place.home,
            about=said["shortcut_about"],
        )

    opens, stops = (said["web_name"], _OPEN), (said["shortcut_close"], _STOP)
    found = [link(place.menu, *opens), link(place.menu, *stops)]
    return [*found, *([link(place.desktop, *opens)] if place.desktop else [])]


def _exec(program: PurePath, arguments: Sequence[str]) -> str:
    """Return a command as the desktop entry specification wants it: its quotes, then a string's."""
    quoted = []
    for word in (str(program), *arguments):
        escaped = "".join(f"\\{sign}" if sign in '"`$\\' else sign for sign in word)
        quoted.append(f'"{escaped}"'.replace("%", "%%"))
    return _string(" ".join(quoted))


def _string(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _write(one: Written) -> None:
    if one.path.is_dir():
        shutil.rmtree(one.path)
    for path, text in one.texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    for path, source in one.copies.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)
    for path in one.runs:
        path.chmod(0o755)
    gio = shutil.which("gio")
    if one.path.suffix == ".desktop" and gio:
        # GNOME asks before it runs what lies on the desktop; where it cannot be told, it asks
        command = [gio, "set", str(one.path), "metadata::trusted", "true"]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603


def _link(one: Link) -> None:
    told = {
        "LINK_PATH": str(one.path),
        "LINK_TARGET": str(one.target),
        "LINK_ARGUMENTS": " ".join(one.arguments),
        "LINK_FOLDER": str(one.folder),
        "LINK_ABOUT": one.about,
        "LINK_ICON": str(one.icon),
    }
    command = ["powershell", "-NoProfile", "-NonInteractive", "-Command", _LINK]
    try:
        done = subprocess.run(  # noqa: S603 - our own words; the paths are variables
            command,
            env={**os.environ, **told},
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
            timeout=_LINK_S,
        )
    except subprocess.TimeoutExpired as trouble:
        raise NoShortcut("shortcut_failed", path=str(one.path), why="PowerShell") from trouble
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["PowerShell"])[0]
        raise NoShortcut("shortcut_failed", path=str(one.path), why=why)
