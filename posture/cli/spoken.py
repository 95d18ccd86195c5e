"""What is said on any terminal and into any pipe: nothing there ends in a traceback."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from posture.forgiving import forgiving_text

_WRITERS = frozenset({"click", "rich"})


@contextmanager
def output_told() -> Iterator[None]:
    """Say in one sentence, with exit status 1, that the output takes no more."""
    speak_plainly()
    keep_a_width()
    forgive_errors()
    try:
        try:
            yield
        finally:
            _flush()
    except OSError as trouble:
        if not _is_of_output(trouble):
            raise
        why = trouble.strerror or type(trouble).__name__
        _leave(sys.stdout)
        import click  # noqa: PLC0415 - only needed here

        from posture.cli.options import words_for  # noqa: PLC0415 - as above

        click.echo(words_for(None).ui("output_not_written", why=why), err=True)
        raise SystemExit(1) from trouble


def speak_plainly() -> None:
    """Write letters that the output cannot show as escapes, on any system.

    UTF-8 where Windows hands the output to a file or another program: its default there has neither
    Japanese letters nor the sign for plus or minus.
    """
    for stream in (sys.stdout, sys.stderr):
        change = getattr(stream, "reconfigure", None)
        if change is None:
            continue
        if platform.system() == "Windows" and not stream.isatty():
            change(encoding="utf-8")
        is_utf8 = stream.encoding.lower().replace("-", "") == "utf8"
        # there this writes names of files that are no text as they are
        if not (is_utf8 and stream.errors == "surrogateescape"):
            change(errors="backslashreplace")


def keep_a_width() -> None:
    """Have a terminal that says it is no column wide taken for one that does not say."""
    if not os.environ.get("COLUMNS", "1").strip("0 "):
        del os.environ["COLUMNS"]


def forgive_errors() -> None:
    """Give up on lines that standard error does not take: the work does not depend on them."""
    stream = sys.__stderr__
    if stream is None or stream is not sys.stderr or stream.isatty():
        return
    with suppress(OSError, ValueError):  # closed from the start
        descriptor = os.dup(stream.fileno())
        sys.stderr = forgiving_text(
            descriptor, stream.encoding, stream.errors or "backslashreplace"
        )


def _flush() -> None:
    if sys.stdout is not None:
        with suppress(ValueError):  # closed on purpose
            sys.stdout.flush()


def _is_of_output(trouble: OSError) -> bool:
    """Whether it was raised where a line is written; what a file is about has the file's name."""
    last = trouble.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    name = "" if last is None else str(last.tb_frame.f_globals.get("__name__", ""))
    writes = name == __name__ or name.partition(".")[0] in _WRITERS
    return writes and trouble.filename is None


def _leave(stream: TextIO) -> None:
    """Have what waits go nowhere, or Python complains of it at its very end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        stream.flush()
