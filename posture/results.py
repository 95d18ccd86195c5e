"""The files of one analysis: everything that stays after it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from posture.errors import UnusableClip
from posture.files import explained, whole_file, write_text
from posture.formats.analysis import analysis_json, session_json
from posture.formats.key_pictures import load_key_pictures, save_key_pictures
from posture.formats.places import ANALYSIS, LANDMARKS, SESSION, SIGNALS
from posture.formats.signals import save_signals
from posture.landmarks.store import load_landmarks, save_landmarks
from posture.outputs.faces import Faces
from posture.outputs.figures import Figure, figure_of
from posture.outputs.overlay import Overlay, key_frames, scene_of
from posture.outputs.portrait import portrait_of
from posture.outputs.report import joint_report_html, report_html
from posture.outputs.tables import measures_csv
from posture.outputs.words import Language, load_words
from posture.pipeline import Progress
from posture.received import NAME_BYTES, cut
from posture.settings import Settings
from posture.signals.clean import clean
from posture.types import Analysis, Floats, Ints, Rgb, Session
from posture.video.ahead import ahead, behind
from posture.video.probe import Source, probe
from posture.video.sink import Sink
from posture.video.source import pictures_at

_OVERLAY_SIDE_PX = 1280  # ours; letters stay sharp, and drawing keeps up with a laptop's camera
_OVERLAY_RATE_HZ = 31.0  # ours; of faster clips so many pictures are drawn, as most films have


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Where the files of one analysis lie."""

    folder: Path
    report: Path
    overlay: Path | None
    figures: tuple[Figure, ...] = ()  # key pictures, in the order of the clip


def write_results(
    analysis: Analysis,
    path: Path,
    out: Path,
    settings: Settings,
    progress: Progress | None = None,
    *,
    called: str = "",
) -> Results:
    """Write all files of an analysis into a folder of their own under `out`.

    `path` is the clip, or the landmarks.npz it came from; then nothing is drawn. Each file takes
    its place when it is whole. The folder is called as the clip is, or `called`.

    Raises
    ------
    CannotWrite
        Disk full, no permission, something in the way.
    """
    folder = _begun(analysis, out, called)
    with whole_file(folder / SIGNALS) as part:
        save_signals(part, analysis.signals, analysis.curves)
    overlay: Path | None = None
    figures: list[Figure] = []
    if path.suffix != ".npz" and settings.draw != "nothing":
        overlay, figures = _draw(analysis, path, folder, settings, progress)
    words = load_words(settings.language)
    save_key_pictures(folder, figures)
    write_text(folder / "measures.csv", measures_csv(analysis))
    write_text(folder / "report.html", report_html(analysis, figures, words))
    write_text(folder / ANALYSIS, analysis_json(analysis))
    return Results(
        folder=folder, report=folder / "report.html", overlay=overlay, figures=tuple(figures)
    )


def write_numbers(analysis: Analysis, out: Path, *, called: str = "") -> Path:
    """Write only points and record, landmarks.npz and analysis.json; return their folder.

    It is called as the clip is, or `called`.

    Raises
    ------
    CannotWrite
        Disk full, no permission, something in the way.
    """
    folder = _begun(analysis, out, called)
    write_text(folder / ANALYSIS, analysis_json(analysis))
    return folder


def write_corrected(analysis: Analysis, out: Path, pictures: Path, language: Language) -> None:
    """Write the files that follow from an analysis's numbers into `out`.

    `pictures` is the folder with the key pictures of the clip, which stay what they are, as do its
    film and its body points.

    Raises
    ------
    CannotWrite
        Disk full, no permission, something in the way.
    """
    words = load_words(language)
    figures = [
        Figure(shows=one.shows, jpeg=one.jpeg, size_px=one.size_px, portrait=one.portrait)
        for one in load_key_pictures(pictures)
        if one.shows and one.size_px is not None
    ]
    with whole_file(out / SIGNALS) as part:
        save_signals(part, analysis.signals, analysis.curves)
    write_text(out / "measures.csv", measures_csv(analysis))
    write_text(out / "report.html", report_html(analysis, figures, words))
    write_text(out / ANALYSIS, analysis_json(analysis))


def _begun(analysis: Analysis, out: Path, called: str) -> Path:
    """Make the folder of an analysis with the points in it; return it."""
    folder = result_folder(out, analysis, called)
    try:
        # first, as it says whose the folder is
        with whole_file(folder / LANDMARKS) as part:
            save_landmarks(part, analysis.landmarks)
    finally:
        with suppress(OSError):
            folder.rmdir()  # only where nothing came of it
    return folder


def write_session(
    session: Session,
    out: Path,
    figures: Sequence[Sequence[Figure]] = (),
    language: Language = "en",
    *,
    is_sample: bool = False,
) -> Path:
    """Write session.json and the report of all clips together into `out`; return the report.

    `figures` are the key pictures of each clip; the report of a sample says that it is one.
    """
    write_text(out / SESSION, session_json(session))
    report = out / "report.html"
    write_text(
        report, joint_report_html(session, figures, load_words(language), is_sample=is_sample)
    )
    return report


def result_folder(out: Path, analysis: Analysis, called: str = "") -> Path:
    """Make `out`/<stem of the clip, or of what it is `called`>.

    With part of its checksum where another clip's results lie.

    Raises
    ------
    CannotWrite
        Disk full, no permission, something in the way.
    """
    sha256 = analysis.clip.sha256
    for folder in _folders(out, called or analysis.clip.file, sha256):
        with explained(folder):
            try:
                folder.mkdir(parents=True)  # who makes it has it, whatever runs beside
            except FileExistsError:
                if not folder.is_dir():
                    raise
                if _sha256_in(folder) != sha256:
                    continue
        break
    return folder


def folder_with(out: Path, called: str, sha256: str) -> Path | None:
    """Return where `result_folder` has put a clip's results before; None where there are none."""
    for folder in _folders(out, called, sha256):
        if (folder / LANDMARKS).is_file() and _sha256_in(folder) == sha256:
            return folder
    return None


def _folders(out: Path, called: str, sha256: str) -> list[Path]:
    stem = Path(called).stem.lstrip(".") or "clip"
    marks = ("", f"-{sha256[:8]}", f"-{sha256}")
    return [out / f"{cut(stem, NAME_BYTES - len(mark))}{mark}" for mark in marks]


def _sha256_in(folder: Path) -> str:
    """Return the checksum of the clip whose results lie in a folder; empty where none do."""
    try:
        return load_landmarks(folder / LANDMARKS).clip.sha256
    except UnusableClip:
        return ""


@dataclass(slots=True)
class _Artist:
    """Draws on the pictures that pass by and keeps the key ones."""

    overlay: Overlay
    wanted: Mapping[int, str]  # what a key frame shows
    rows: Ints  # of each picture of the clip, its row in the landmarks
    progress: Progress | None
    figures: list[Figure]
    faces: Faces | None = None  # to be blurred

    def drawn(self, shown: Iterable[tuple[int, Rgb]]) -> Iterator[tuple[int, Rgb]]:
        """Yield the pictures with the findings on them."""
        for frame, picture in shown:
            if self.faces is not None:
                self.faces.blur(picture, int(self.rows[frame]))
            row = int(self.rows[frame])
            wanted = frame in self.wanted
            portrait = portrait_of(picture, self.overlay.scene, row) if wanted else None
            self.overlay.draw(picture, row)
            if wanted:
                self.figures.append(figure_of(picture, self.wanted[frame], portrait))
            if self.progress is not None:
                self.progress("drawing", frame + 1, len(self.rows))
            yield frame, picture


def key_pictures(analysis: Analysis, path: Path, settings: Settings) -> tuple[Figure, ...]:
    """Return a clip's key pictures with the findings drawn on them; no file is written.

    Raises
    ------
    UnusableClip
        The clip cannot be read any more.
    """
    source, artist = _artist(analysis, path, settings, None)
    deque(artist.drawn(pictures_at(source, sorted(artist.wanted))), maxlen=0)
    return tuple(artist.figures)


def _artist(
    analysis: Analysis, path: Path, settings: Settings, progress: Progress | None
) -> tuple[Source, _Artist]:
    """Return the clip as it is drawn, and who draws on it."""
    source = _sized(probe(path, settings.video))
    words = load_words(settings.language)
    cleaned = clean(analysis.landmarks, settings.clean)
    scene = scene_of(analysis, cleaned, words, source.size_px, settings.level)
    rows = _rows(source.time_s, analysis.landmarks.time_s)
    wanted = {0: "clip"} if source.clip.is_still else {}
    for shows, row in key_frames(scene):
        wanted.setdefault(int(np.searchsorted(rows, row)), shows)
    faces = Faces.of(analysis.landmarks, source.size_px) if settings.blur_face else None
    return source, _Artist(Overlay.of(scene), wanted, rows, progress, [], faces)


def _draw(
    analysis: Analysis,
    path: Path,
    folder: Path,
    settings: Settings,
    progress: Progress | None,
) -> tuple[Path | None, list[Figure]]:
    """Draw the overlay and keep its key pictures."""
    source, artist = _artist(analysis, path, settings, progress)
    wanted = artist.wanted
    if source.clip.is_still or settings.draw == "pictures":
        deque(artist.drawn(pictures_at(source, sorted(wanted))), maxlen=0)
        return _picture(folder, source, artist.figures), artist.figures
    rate_hz = 1 / float(np.median(np.diff(source.time_s)))
    every = max(1, round(rate_hz / _OVERLAY_RATE_HZ))
    filmed = set(range(0, source.clip.frames, every))
    with whole_file(folder / "overlay.mp4") as part:
        drawn = artist.drawn(ahead(pictures_at(source, sorted(filmed | set(wanted)), quickly=True)))
        _film(part, source, rate_hz / every, (one for one in drawn if one[0] in filmed))
    return folder / "overlay.mp4", artist.figures


def _rows(shown_s: Floats, measured_s: Floats) -> Ints:
    """Return for each picture of a clip its row in the landmarks: a repeat has the first's."""
    if len(shown_s) == len(measured_s):
        return np.arange(len(shown_s))
    rows = np.searchsorted(measured_s, shown_s + _SAME_TIME_S, side="right") - 1
    return np.clip(rows, 0, len(measured_s) - 1)


_SAME_TIME_S = 1e-4  # less than any two pictures are apart


def _picture(folder: Path, source: Source, figures: Sequence[Figure]) -> Path | None:
    """Write the overlay of a still picture."""
    if not source.clip.is_still or not figures:
        return None
    with whole_file(folder / "overlay.jpg") as part:
        part.write_bytes(figures[0].jpeg)
    return folder / "overlay.jpg"


def _film(path: Path, source: Source, rate_hz: float, drawn: Iterator[tuple[int, Rgb]]) -> None:
    start_s = float(source.time_s[0])
    with Sink(path, source.size_px, rate_hz, quick=True) as sink:

        def add(shown: tuple[int, Rgb]) -> None:
            sink.add(shown[1], float(source.time_s[shown[0]]) - start_s)

        with behind(add) as put:
            for shown in drawn:
                put(shown)


def _sized(source: Source) -> Source:
    """Return the source with pictures of the overlay's size, both sides even."""
    scale = min(1.0, _OVERLAY_SIDE_PX / max(source.size_px))
    width, height = (max(2, round(side * scale) // 2 * 2) for side in source.size_px)
    return replace(source, size_px=(width, height))
