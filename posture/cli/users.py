"""Commands for who sits at this machine and lost a password: user, unlock."""

from __future__ import annotations

from pathlib import Path

import click

from posture.cli.options import DATA, LANG, opened, words_for


@click.group()
def user() -> None:
    """Users who sign in over the local network (./start serve --lan)."""


@user.command("list")
@DATA
@LANG
def list_users(data: Path | None, lang: str | None) -> None:
    """Print each user: name, role, made on."""
    with opened(data, words_for(lang)) as store:
        for one in store.users.all():
            click.echo(f"{one.name}\t{one.role}\t{one.created_at.date().isoformat()}")


@user.command("password")
@click.argument("name")
@click.password_option()
@DATA
@LANG
def give_password(name: str, password: str, data: Path | None, lang: str | None) -> None:
    """Give the user NAME another password, and sign them out everywhere.

    Exit status: 0 done, 1 there is no such user, or the password cannot be used.
    """
    from posture.web.access.sessions import Sessions  # noqa: PLC0415 - loads the database's library

    words = words_for(lang)
    with opened(data, words) as store:
        found = [one for one in store.users.all() if one.name.casefold() == name.casefold()]
        for one in found:
            store.users.change_password(one.id, password)
            Sessions(store).end_all("user", user_id=one.id)
    said = "lan_password_given" if found else "lan_user_unknown"
    click.echo(words.of("web", said).format(name=name), err=not found)
    raise SystemExit(0 if found else 1)


@click.command()
@DATA
@LANG
def unlock(data: Path | None, lang: str | None) -> None:
    """Take the passcode away, for whoever forgot it."""
    from posture.web.access.sessions import Sessions  # noqa: PLC0415 - loads the database's library

    words = words_for(lang)
    with opened(data, words) as store:
        store.settings.set_passcode(None)
        Sessions(store).end_all("passcode")
    click.echo(words.of("web", "lan_unlocked"))
