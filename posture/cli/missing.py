"""A library that is missing is told in one sentence, with the line that brings it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def libraries_told() -> Iterator[None]:
    """Turn an import that fails for a missing library into one line and exit status 1."""
    try:
        yield
    except (ImportError, OSError) as trouble:
        from posture.libraries import lacking  # noqa: PLC0415 - only needed where one is missing

        reason = lacking(trouble)
        if reason is None:
            raise
        import click  # noqa: PLC0415 - as above

        from posture.cli.options import words_for  # noqa: PLC0415

        click.echo(words_for(None).sentence(reason), err=True)
        raise SystemExit(1) from trouble
