"""`posture`: clips in, lines out. Decides nothing, computes nothing.

A command's module is imported when the command is called: `posture --help` waits for none of them
and starts where a library of theirs is missing.
"""

from __future__ import annotations

from posture.cli.python import check_python

check_python()

from difflib import get_close_matches  # noqa: E402 - what follows needs the packages
from importlib import import_module  # noqa: E402 - what follows needs the packages
from typing import Any  # noqa: E402 - as above

import click  # noqa: E402

from posture.cli.missing import libraries_told  # noqa: E402
from posture.distribution import DISTRIBUTION  # noqa: E402

# name -> the module it is in, the function there, what the list of commands says of it
_COMMANDS = {
    "analyse": ("clips", "analyse", "Measure each CLIP on its own and write its results."),
    "backup": ("keep", "backup", "Write all clients, visits and recordings into OUT.zip."),
    "batch": ("many", "batch", "Analyse a folder of clips into one table."),
    "bench": ("machine", "bench", "Time `analyse` against a bare loop over the same clip."),
    "check": ("clips", "check", "Judge several clips of one person together."),
    "compare": ("compare", "compare", "Say what changed from one visit to another."),
    "conventions": ("machine", "conventions", "Print axes, sides, zeros, signs and units."),
    "correct": ("correct", "correct", "Move a moment or leave out a stride by hand."),
    "demo": ("clips", "demo", "Analyse the bundled sample clips."),
    "doctor": ("machine", "doctor", "Say what is missing on this machine and what fixes it."),
    "export": ("export", "export", "Write an analysis for spreadsheets, OpenSim or a lab."),
    "install-shortcut": (
        "icon",
        "install_shortcut",
        "Put an icon that opens the app on the desktop.",
    ),
    "live": ("serve", "live", "Serve the web app and open the live check."),
    "marker": ("marker", "marker", "Write a sheet to print that clips are measured by."),
    "models": ("machine", "models", "Pose model bundles: which, where, checksum, licence."),
    "open": ("icon", "open_app", "Open the app in the browser; start it where it does not run."),
    "repeat": ("validation", "repeat", "Compare numbers of people who were filmed twice."),
    "report": ("report", "report", "Print a report as PDF."),
    "restore": ("keep", "restore", "Put the backup IN.zip into an empty data folder."),
    "serve": ("serve", "serve", "Serve the web app on this machine and open it."),
    "stop": ("icon", "stop", "Stop the app where it runs."),
    "token": ("serve", "token", "Access tokens for other programs (see docs/api.md)."),
    "truth": ("truth", "truth", "Bodies whose every angle is known: render, score, train."),
    "unlock": ("users", "unlock", "Remove a forgotten passcode."),
    "user": ("users", "user", "Users who sign in over the local network."),
    "validate": ("validation", "validate", "Compare numbers with tape, inclinometer or a lab."),
}


class Commands(click.Group):
    """The commands by name; each is imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command; None where there is none of that name."""
        if cmd_name not in _COMMANDS:
            return None
        module, function, _ = _COMMANDS[cmd_name]
        command = getattr(import_module(f"posture.cli.{module}"), function)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that was typed; of one that is none, name the nearest."""
        name = args[0]
        if name in _COMMANDS or ctx.resilient_parsing or name.startswith("-"):
            return super().resolve_command(ctx, args)
        words = import_module("posture.cli.options").words_for(None)
        near = get_close_matches(name, _COMMANDS, n=1)
        if near:
            raise click.UsageError(words.ui("no_command_near", typed=name, near=near[0]), ctx)
        raise click.UsageError(words.ui("no_command", typed=name), ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what each command does, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, _, told) in _COMMANDS.items()])

    def main(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401 - click's signature
        """Run the program; an output that takes no more is told in one sentence."""
        with import_module("posture.cli.spoken").output_told():
            return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for; a library it lacks is told in one sentence."""
        with libraries_told():
            return super().invoke(ctx)


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name=DISTRIBUTION, prog_name="posture")
def main() -> None:
    """Measure posture and movement from video.

    A check, never a diagnosis. Results go to standard output, troubles and progress to standard
    error. Exit status: 0 done, 1 some clips could not be analysed (each named, with the reason),
    2 wrong call.
    """
