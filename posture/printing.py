"""A page of ours as PDF, printed by the browser of this machine; nothing leaves the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from posture import machine
from posture.errors import CannotWrite
from posture.files import whole_file

BROWSER = "POSTURE_BROWSER"  # names the browser to use
_TIMEOUT_S = 60.0  # ours; a report takes two seconds, a cold start on a busy machine twenty
_NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "microsoft-edge-stable", "msedge", "brave-browser"),
)
_MACOS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "Chromium.app/Contents/MacOS/Chromium",
    "Brave Browser.app/Contents/MacOS/Brave Browser",
)
_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
    "BraveSoftware/Brave-Browser/Application/brave.exe",
)
# A page of ours asks for nothing; these keep the browser itself from asking, and send whatever it
# still asks to a port of this machine where nobody answers.
_QUIET = (
    *("--headless=new", "--disable-gpu", "--mute-audio", "--no-first-run"),
    *("--no-default-browser-check", "--disable-background-networking", "--disable-sync"),
    *("--disable-component-update", "--disable-domain-reliability", "--disable-extensions"),
    *("--disable-breakpad", "--disable-default-apps", "--no-pings", "--disable-quic"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=http://127.0.0.1:9"),
    *("--proxy-bypass-list=<-loopback>", "--no-pdf-header-footer"),
)


def browser(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return a browser of this machine that prints PDF: Chromium, Chrome, Edge or Brave."""
    if named := environment.get(BROWSER):
        return Path(named)
    return next((path for path in _candidates(environment) if path.is_file()), None)


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    for name in _NAMES:
        if found := shutil.which(name):
            yield Path(found)
    for root in (Path("/Applications"), Path.home() / "Applications"):
        yield from (root / app for app in _MACOS)
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if root_of := environment.get(variable):
            yield from (Path(root_of) / program for program in _WINDOWS)


def has_japanese_font() -> bool:
    """Whether this machine has Japanese letters; where nobody keeps a list it is taken to have."""
    lister = shutil.which("fc-list")  # Windows and macOS come with them and have no such list
    if lister is None:
        return True
    try:
        listed = subprocess.run(  # noqa: S603 - a program of this machine, nothing of a person in it
            [lister, ":lang=ja", "family"],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LIST_S,
        )
    except (OSError, subprocess.SubprocessError):
        return True
    return bool(listed.stdout.strip())


def _check_letters(page: Path) -> None:
    """Refuse to print boxes: of a Japanese page, or of a Japanese name in another one."""
    html = page.read_text("utf-8", "replace")
    if not _JAPANESE.search(html) or has_japanese_font():
        return
    is_japanese = '<html lang="ja"' in html[:_HEAD]
    raise CannotWrite("print_no_japanese_font" if is_japanese else "print_no_japanese_letters")


_JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")  # kana and kanji
_LIST_S = 20.0  # ours; the first list of a machine full of fonts takes some seconds
_HEAD = 500  # letters; where a page names its language


def print_page(page: Path, out: Path, timeout_s: float = _TIMEOUT_S) -> None:
    """Print an HTML page to a PDF file, whole or not at all.

    Parameters
    ----------
    page
        The page; it stands alone, with its styles and pictures inside.
    out
        The PDF.
    timeout_s
        Seconds the browser may take.

    Raises
    ------
    CannotWrite
        No browser here, no letters for a Japanese page, it does not print, or the file cannot be
        written.
    """
    program = browser()
    if program is None:
        raise CannotWrite("print_no_browser", variable=BROWSER)
    _check_letters(page)
    with whole_file(out) as part, tempfile.TemporaryDirectory(prefix="posture-print-") as profile:
        _run(program, page, part, profile, timeout_s)
        with part.open("rb") as file:
            if file.read(5) != b"%PDF-":
                raise CannotWrite("print_failed", browser=program.name, why="no PDF")


def _run(program: Path, page: Path, part: Path, profile: str, timeout_s: float) -> None:
    made = Path(profile) / "page.pdf"
    command = [
        *(str(program), *_QUIET, f"--user-data-dir={profile}", f"--print-to-pdf={made}"),
        *(("--no-sandbox",) if machine.is_root() else ()),  # it refuses to start for root
        page.resolve().as_uri(),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - a browser of this machine, a page of ours
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
        )
    except (OSError, subprocess.TimeoutExpired) as trouble:
        why = getattr(trouble, "strerror", None) or f"{timeout_s:.0f} s"
        raise CannotWrite("print_failed", browser=program.name, why=why) from trouble
    if done.returncode or not made.is_file():
        why = machine.ending(done.returncode)
        raise CannotWrite("print_failed", browser=program.name, why=why)
    part.write_bytes(made.read_bytes())
