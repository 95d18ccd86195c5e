"""`posture`: clips in, lines out. Decides nothing, computes nothing."""

from __future__ import annotations

import click

from posture.cli.clips import analyse, check, demo
from posture.cli.icon import install_shortcut, open_app, stop
from posture.cli.keep import backup, restore
from posture.cli.machine import bench, conventions, doctor, models
from posture.cli.many import batch
from posture.cli.serve import live, serve, token
from posture.cli.truth import truth
from posture.cli.users import unlock, user
from posture.distribution import DISTRIBUTION


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name=DISTRIBUTION, prog_name="posture")
def main() -> None:
    """Measure posture and movement from video.

    A check, never a diagnosis. Results go to standard output, troubles and progress to standard
    error. Exit status: 0 done, 1 some clips could not be analysed (each named, with the reason),
    2 wrong call.
    """


for command in (
    analyse,
    check,
    demo,
    batch,
    models,
    doctor,
    conventions,
    bench,
    truth,
    serve,
    live,
    open_app,
    stop,
    install_shortcut,
    token,
    user,
    unlock,
    backup,
    restore,
):
    main.add_command(command)
