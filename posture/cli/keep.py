"""Commands over what is kept: backup, restore."""

from __future__ import annotations

import os
from pathlib import Path

import click

from posture.cli.options import LANG, told, words_for
from posture.machine import ended_in_order


@click.command()
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT.zip")
@LANG
def backup(out: Path, lang: str | None) -> None:
    """Write all clients, visits and recordings into OUT.zip; the server may go on meanwhile.

    What is kept lies in the folder POSTURE_DATA_DIR, or in the user's data folder. An existing
    file is never overwritten.
    """
    from posture.store import backup as write, data_dir_of  # noqa: I001, PLC0415 - loads the database's library

    words = words_for(lang)
    with told(words), ended_in_order():
        write(data_dir_of(os.environ), out)
        click.echo(words.ui("backup_done", path=out, size_mb=out.stat().st_size / 1e6))


@click.command()
@click.argument("source", type=click.Path(path_type=Path), metavar="IN.zip")
@LANG
def restore(source: Path, lang: str | None) -> None:
    """Put the backup IN.zip into an empty data folder (POSTURE_DATA_DIR), whole or not at all.

    Nothing that is kept already is ever overwritten.
    """
    from posture.store import data_dir_of, restore as put_back  # noqa: I001, PLC0415 - as above

    words = words_for(lang)
    with told(words), ended_in_order():
        put_back(source, data_dir_of(os.environ))
        click.echo(words.ui("restore_done", path=data_dir_of(os.environ)))
