"""Options that several commands take, and how they become settings."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from posture.activities import TEST_NAMES
from posture.errors import BadSettings, CannotWrite, PostureError
from posture.language import language_of
from posture.machine import locale_name, without_native_chatter
from posture.outputs.words import LANGUAGES, Words, load_words
from posture.received import BELT_KMH, HEIGHT_CM, WORST_PAIN
from posture.types import VARIANTS, Activity, Side
from posture.web.config import Config, config_from

if TYPE_CHECKING:
    from posture.settings import Settings
    from posture.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])

ACTIVITIES = ("auto", *TEST_NAMES)

LANG = click.option("--lang", type=click.Choice(LANGUAGES), help="Language of what is said.")
DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the data. Default: POSTURE_DATA_DIR, else one in your home.",
)


def _speed(context: click.Context, _: click.Parameter, value: float | None) -> float | None:
    """Refuse a playback speed that no clip has, in one sentence."""
    from posture.settings import Settings  # noqa: PLC0415 - loads all that measures

    try:
        Settings(speed=value)
    except BadSettings as trouble:
        sentence = words_for(context.params.get("lang")).sentence(trouble.reason)
        raise click.BadParameter(sentence) from trouble
    return value


_OPTIONS = (
    click.option(
        "--out",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("posture-results"),
        show_default=True,
        help="Folder for the results.",
    ),
    click.option(
        "--activity",
        type=click.Choice(ACTIVITIES),
        help="Which test to measure. Default: auto, which finds out.",
    ),
    click.option(
        "--variant",
        type=click.Choice(VARIANTS),
        help="calibration: the client stands, then tilts the pelvis fully back and fully forward. "
        "soft_knee, heel_wedge: a forward bend with soft knees, with the heels on a wedge; `check` "
        "takes such clips by options of their own.",
    ),
    click.option(
        "--height-cm",
        type=click.FloatRange(*HEIGHT_CM),
        help="The person's height; gives lengths in cm. Without it they are relative.",
    ),
    click.option(
        "--model",
        metavar="lite|full|heavy|PATH",
        help="Pose model. Default: full.",
    ),
    click.option(
        "--near-side",
        type=click.Choice(["auto", "left", "right"]),
        help="The person's side towards the camera. Default: auto, which finds out.",
    ),
    click.option(
        "--belt-speed",
        type=click.FloatRange(0, BELT_KMH, min_open=True),
        metavar="KM_H",
        help="Speed of the treadmill's belt; with a height gives speed and step length.",
    ),
    click.option(
        "--speed",
        type=float,
        callback=_speed,
        metavar="FACTOR",
        help="Speed at which the clip plays: 0.5 for slow motion at half speed, 2 for double. "
        "Default: what the file says, else 1.",
    ),
    click.option(
        "--pain",
        type=click.FloatRange(0, WORST_PAIN),
        metavar="0-10",
        help="Pain today, 0 to 10. Above 3 the numbers of the bend are marked: a body in pain "
        "guards itself, and guarding looks like stiffness. The app and `check --answers` judge "
        "nothing then.",
    ),
    click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        is_eager=True,  # what is wrong with another option is said in it
        help="Language of what people read. Default: this machine's, else English.",
    ),
    click.option(
        "--blur-face",
        is_flag=True,
        help="Blur the client's head in every picture and film that is written. Other people in "
        "them are not blurred; the clip itself stays as it is.",
    ),
    click.option("--quiet", is_flag=True, help="Print neither results nor progress."),
)


def shared_options(command: Command) -> Command:
    """Add the options every analysing command takes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def settings_from(asked: Mapping[str, Any]) -> Settings:
    """Return the settings of POSTURE_SETTINGS with what the options ask for over them."""
    from posture.settings import Settings, load_settings  # noqa: PLC0415 - as above

    base = load_settings(os.environ, Settings(language=words_for(None).language))
    changes: dict[str, Any] = {}
    if asked["activity"]:
        changes["activity"] = None if asked["activity"] == "auto" else Activity(asked["activity"])
    if asked["near_side"]:
        changes["near_side"] = None if asked["near_side"] == "auto" else Side(asked["near_side"])
    if asked["height_cm"]:
        changes["height_m"] = asked["height_cm"] / 100
    if asked["belt_speed"]:
        changes["belt_m_s"] = asked["belt_speed"] / 3.6
    if asked["speed"] is not None:
        changes["speed"] = asked["speed"]
    if asked["pain"] is not None:
        changes["pain"] = asked["pain"]
    plain = {"variant": "variant", "blur_face": "blur_face", "model": "model", "lang": "language"}
    changes |= {name: asked[option] for option, name in plain.items() if asked[option]}
    return replace(base, **changes)


def words_for(lang: str | None) -> Words:
    """Return the words in the language asked for, or this machine's."""
    told = language_of(os.environ, locale_name)
    return load_words("ja" if lang == "ja" else "en" if lang else told)


_NO_PATH = frozenset({errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.EILSEQ, errno.ENOTDIR})


@contextmanager
def told(words: Words, what: str = "") -> Iterator[None]:
    """Turn this package's errors, and a path no system takes, into one line and exit status 1."""
    try:
        yield
    except PostureError as trouble:
        tell(words, what, trouble)
        raise SystemExit(1) from trouble
    except OSError as trouble:
        if trouble.filename is None or trouble.errno not in _NO_PATH:
            raise  # a fault of ours, or an output that is closed
        why = trouble.strerror or type(trouble).__name__
        tell(words, what, CannotWrite("path_unusable", path=str(trouble.filename), why=why))
        raise SystemExit(1) from trouble


def tell(words: Words, what: str, trouble: PostureError) -> None:
    """Print what went wrong with `what`, one line."""
    sentence = words.sentence(trouble.reason)
    click.echo(f"{what}: {sentence}" if what else sentence, err=True)


def configured(data: Path | None) -> Config:
    """Return the web app's configuration, with its data where `--data` says."""
    config = config_from(os.environ)
    return config if data is None else replace(config, data_dir=data)


@contextmanager
def opened(data: Path | None, words: Words) -> Iterator[Store]:
    """Open what is kept; a trouble with it is told in one line."""
    from posture.store import open_store  # noqa: PLC0415 - loads the database's library

    config = configured(data)
    with told(words), open_store(config.data_dir) as store:
        yield store


class Bar:
    """Progress on standard error, only where it is a terminal."""

    def __init__(self, words: Words, what: str, *, shown: bool) -> None:
        console = Console(stderr=True)
        self._words = words
        self._what = what
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=not (shown and console.is_terminal),
        )
        self._task = self._bar.add_task(what, total=None)

    def __call__(self, stage: str, done: int, of: int) -> None:
        """Show how far a stage is; its name is a code of the words' table `ui`."""
        told = f"{self._what}: {self._words.ui(stage)}"
        self._bar.update(self._task, description=told, completed=done, total=of)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


quietly = without_native_chatter
