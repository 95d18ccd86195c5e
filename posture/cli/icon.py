"""Commands of the icon: install-shortcut, and what it runs: open, stop."""

from __future__ import annotations

import html
import os
import sys
import tempfile
import webbrowser
from dataclasses import replace
from pathlib import Path

import click

from posture.cli.options import DATA, LANG, configured, told, words_for
from posture.errors import PostureError
from posture.outputs.words import Words


@click.command("install-shortcut")
@click.option("--remove", is_flag=True, help="Take the icon away again.")
@LANG
def install_shortcut(*, remove: bool, lang: str | None) -> None:
    """Put an icon on the desktop and into the start menu that opens the app.

    Exit status: 0 done, 1 it cannot be made here (with the reason), 2 wrong call.
    """
    from posture import shortcut  # noqa: PLC0415 - no other command needs it

    words = words_for(lang)
    said = words.tables["web"]
    with told(words):
        place = shortcut.this_place()
        paths = shortcut.remove(place) if remove else shortcut.install(place, words)
    for path in paths:
        click.echo(said["shortcut_removed" if remove else "shortcut_made"].format(path=path))
    if not remove:
        click.echo(said["shortcut_use"])
    elif not paths:
        click.echo(said["shortcut_none"], err=True)


@click.command("open")
@DATA
@LANG
def open_app(data: Path | None, lang: str | None) -> None:
    """Open the app in the browser; where it does not run yet, start it. The icon does this.

    Exit status: 0 opened, 1 it cannot be served (with the reason), 2 wrong call.
    """
    from posture.web.server_file import running  # noqa: PLC0415 - as above

    words, config = words_for(lang), configured(data)
    found = running(config.data_dir)
    if found is not None:
        webbrowser.open(found.url)
        click.echo(words.of("web", "open_already").format(url=found.url))
        return
    _have_output()
    # the app and all it needs: over a second, which no other command should wait for
    from posture.web.access.lan import NoNetwork  # noqa: PLC0415 - as above
    from posture.web.config import is_for_devices  # noqa: PLC0415 - as above
    from posture.web.serve import CannotServe, serve  # noqa: PLC0415 - as above

    def ready(address: str) -> None:
        click.echo(words.of("web", "web_serving").format(url=f"{address}/"))

    for_devices = is_for_devices(config.data_dir)
    config = replace(config, open_browser=True, warm=True, lan=for_devices)
    try:
        try:
            serve(config, ready=ready)
        except NoNetwork as trouble:  # work goes on at this computer
            click.echo(words.sentence(trouble.reason), err=True)
            serve(replace(config, lan=False), ready=ready)
        except CannotServe as trouble:
            if trouble.reason.code != "serve_port_taken":
                raise
            serve(replace(config, port=0), ready=ready)  # another program's; any other will do
    except PostureError as trouble:
        _show(words, trouble)
        raise SystemExit(1) from trouble


@click.command()
@DATA
@LANG
def stop(data: Path | None, lang: str | None) -> None:
    """Stop the app where it runs; an analysis that is broken off goes on the next time.

    Exit status: 0 it does not run any more, 1 it did not stop, 2 wrong call.
    """
    from posture.web.server_file import ask_to_stop, running  # noqa: PLC0415 - as above

    words, config = words_for(lang), configured(data)
    found = running(config.data_dir)
    if found is None:
        click.echo(words.of("web", "stop_none"))
        return
    with told(words):
        if not ask_to_stop(config.data_dir):
            raise PostureError("stop_failed", url=found.url, pid=found.pid)
    click.echo(words.of("web", "stop_done"))


def _have_output() -> None:
    """Give a program without a window (Windows has such) somewhere to write to."""
    if sys.stdout is None or sys.stderr is None:
        nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as it runs
        sys.stdout = sys.stdout or nowhere
        sys.stderr = sys.stderr or nowhere


def _show(words: Words, trouble: PostureError) -> None:
    """Say what went wrong: in the browser as well where nobody sees a terminal."""
    sentence = words.sentence(trouble.reason)
    click.echo(sentence, err=True)
    if sys.stderr.isatty():
        return
    name, text = html.escape(words.of("web", "web_name")), html.escape(sentence)
    page = (
        f'<!doctype html><html lang="{words.language}"><meta charset="utf-8"><title>{name}</title>'
        f"<h1>{name}</h1><p>{text}</p></html>"
    )
    path = Path(tempfile.mkdtemp(prefix="posture-")) / "posture.html"
    path.write_text(page, "utf-8")
    webbrowser.open(path.as_uri())
