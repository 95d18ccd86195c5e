"""Commands for who sits at this machine and lost a password: user, unlock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from posture.cli.options import told, words_for
from posture.outputs.words import Words
from posture.store import Store, open_store
from posture.web.config import config_from
from posture.web.sessions import Sessions

_LANG = click.option("--lang", type=click.Choice(["en", "ja"]), help="Language of what is said.")
_DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the data. Default: POSTURE_DATA_DIR, else one in your home.",
)


@click.group()
def user() -> None:
    """Users who sign in over the local network (posture serve --lan)."""


@user.command("list")
@_DATA
@_LANG
def list_users(data: Path | None, lang: str | None) -> None:
    """Print each user: name, role, made on."""
    with _opened(data, words_for(lang)) as store:
        for one in store.users():
            click.echo(f"{one.name}\t{one.role}\t{one.created_at.date().isoformat()}")


@user.command("password")
@click.argument("name")
@click.password_option()
@_DATA
@_LANG
def give_password(name: str, password: str, data: Path | None, lang: str | None) -> None:
    """Give the user NAME another password, and sign them out everywhere.

    Exit status: 0 done, 1 there is no such user, or the password cannot be used.
    """
    words = words_for(lang)
    with _opened(data, words) as store:
        found = [one for one in store.users() if one.name.casefold() == name.casefold()]
        for one in found:
            store.change_password(one.id, password)
            Sessions(store).end_all("user", user_id=one.id)
    said = "lan_password_given" if found else "lan_user_unknown"
    click.echo(words.of("web", said).format(name=name), err=not found)
    raise SystemExit(0 if found else 1)


@click.command()
@_DATA
@_LANG
def unlock(data: Path | None, lang: str | None) -> None:
    """Take the passcode away, for whoever forgot it."""
    words = words_for(lang)
    with _opened(data, words) as store:
        store.set_passcode(None)
        Sessions(store).end_all("passcode")
    click.echo(words.of("web", "lan_unlocked"))


@contextmanager
def _opened(data: Path | None, words: Words) -> Iterator[Store]:
    config = config_from(os.environ)
    config = config if data is None else replace(config, data_dir=data)
    with told(words), open_store(config.data_dir, config.database_url) as store:
        yield store
