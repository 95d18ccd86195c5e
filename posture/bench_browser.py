"""Chromium without a screen, as the bench of the live check starts it."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

from posture import machine

BROWSER = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--mute-audio",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)


def without_hurry(browser: Path, folder: Path) -> Path:
    """Return what to start so that the browser's sound cannot take the whole machine.

    Started by root, Chromium gives its sound threads realtime priority. Without a sound card it
    plays to a timer, and once that runs late these threads can keep every core from all else for
    good. Whoever is not root has no such right to give up.

    Parameters
    ----------
    browser
        Chromium.
    folder
        Where a small script may be put.
    """
    if not machine.is_root() or not (setpriv := shutil.which("setpriv")):
        return browser
    script = folder / "chromium.sh"
    drop = "--bounding-set=-sys_nice --inh-caps=-sys_nice"
    script.write_text(f'#!/bin/sh\nexec {setpriv} {drop} -- {shlex.quote(str(browser))} "$@"\n')
    script.chmod(0o700)
    return script
