"""Commands of the web app: serve, live, token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from posture.cli.options import DATA, LANG, configured, opened, told, words_for
from posture.types import Reason
from posture.web.config import LOOPBACK

if TYPE_CHECKING:
    from posture.web.access.lan import OnLan

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        type=click.Choice(LOOPBACK),
        help="Address to listen on; only this machine can reach it.",
    ),
    click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True),
    DATA,
    click.option(
        "--camera",
        metavar="N|DEVICE|RTSP",
        help="A camera at this machine as source of the live check, instead of the browser's.",
    ),
    click.option(
        "--model",
        type=click.Choice(["lite", "full", "heavy"]),
        default="full",
        show_default=True,
        help="Pose model.",
    ),
    click.option(
        "--lan",
        is_flag=True,
        help="Let tablets of the local network in too: over TLS, each user with a password.",
    ),
    click.option("--no-browser", is_flag=True, help="Do not open the browser."),
    LANG,
)


def serving_options(command: Command) -> Command:
    """Add the options that the server takes, whichever page it opens."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@serving_options
def serve(**asked: Any) -> None:  # noqa: ANN401 - the options, by name
    """Serve the web app on this machine and open it: live check, recordings, clients.

    Exit status: 0 stopped, 1 it cannot be served (with the reason), 2 wrong call.
    """
    _serve(asked, start="/")


@click.command()
@serving_options
def live(**asked: Any) -> None:  # noqa: ANN401 - the options, by name
    """Serve the web app and open the live check.

    Exit status: 0 stopped, 1 it cannot be served (with the reason), 2 wrong call.
    """
    _serve(asked, start="/live")


def _serve(asked: dict[str, Any], *, start: str) -> None:
    # the app and all it needs: over a second, which no other command should wait for
    from posture.web.access.lan import qr_text  # noqa: PLC0415
    from posture.web.access.one_time_codes import INVITED_S  # noqa: PLC0415
    from posture.web.serve import serve as serve_app  # noqa: PLC0415

    words = words_for(asked["lang"])
    config = replace(
        configured(asked["data"]),
        host=asked["host"],
        port=asked["port"],
        camera=asked["camera"],
        model=asked["model"],
        lan=asked["lan"],
        open_browser=not asked["no_browser"],
        warm=True,
    )

    def ready(address: str) -> None:
        click.echo(words.of("web", "web_serving").format(url=address + start))

    def lan_ready(found: OnLan) -> None:
        say = words.tables["web"]
        click.echo(say["lan_serving"].format(urls=", ".join(found.addresses)))
        click.echo(say["lan_serving_trust"].format(path=found.authority))
        if found.set_up is not None:
            minutes = int(INVITED_S / 60)
            click.echo(say["lan_serving_set_up"].format(url=found.set_up, minutes=minutes))
            click.echo(qr_text(found.set_up))

    def no_browser(address: str) -> None:
        click.echo(words.sentence(Reason("serve_no_browser", {"url": address})), err=True)

    with told(words):
        serve_app(config, start=start, ready=ready, lan_ready=lan_ready, no_browser=no_browser)


@click.group()
def token() -> None:
    """Access tokens for other programs (see docs/api.md)."""


@token.command("add")
@click.argument("name")
@DATA
@LANG
def add_token(name: str, data: Path | None, lang: str | None) -> None:
    """Make a token called NAME and print it; it is shown this once."""
    words = words_for(lang)
    with opened(data, words) as store:
        _, secret = store.tokens.add(name)
    click.echo(words.of("web", "web_token_made").format(name=name, secret=secret))


@token.command("list")
@DATA
@LANG
def list_tokens(data: Path | None, lang: str | None) -> None:
    """Print each token: name, made on, last used on."""
    words = words_for(lang)
    with opened(data, words) as store:
        tokens = store.tokens.all()
    for one in tokens:
        used = one.last_used_at.date().isoformat() if one.last_used_at else "-"
        click.echo(f"{one.name}\t{one.created_at.date().isoformat()}\t{used}")
    if not tokens:
        click.echo(words.of("web", "web_tokens_none"), err=True)


@token.command("remove")
@click.argument("name")
@DATA
@LANG
def remove_token(name: str, data: Path | None, lang: str | None) -> None:
    """Make the token called NAME invalid."""
    words = words_for(lang)
    with opened(data, words) as store:
        found = [one for one in store.tokens.all() if one.name == name]
        for one in found:
            store.tokens.delete(one.id)
    said = "web_token_gone" if found else "web_token_unknown"
    click.echo(words.of("web", said).format(name=name), err=not found)
    raise SystemExit(0 if found else 1)
