"""Feed damaged files and messages to every reader, until something breaks.

    uv run python -m tools.fuzz                      # each target for a minute
    uv run python -m tools.fuzz video restore --minutes 20

Each target starts from good inputs, changes them (hypothesis: it shrinks what fails) and asks the
program to read them. A reader may refuse in its own words; anything else is a fault: another
exception, a crash, too long a time. What failed is written into `tests/fuzz/TARGET/`, where a test
reads it again from then on. Exit status 1 where something failed.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path

import av
import cv2
import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from posture import analyse_landmarks, load_analysis, received
from posture.batch.sheet import read_sheet
from posture.errors import PostureError
from posture.landmarks.store import load_landmarks, save_landmarks
from posture.settings import load_answers, load_settings
from posture.store import backup, open_store
from posture.store.backup import restore
from posture.validation.lab import read_lab
from posture.validation.sheet import read_references
from posture.video.probe import VideoSettings, probe
from posture.video.source import pictures
from posture.web.live.messages import (
    BadMessage,
    packed,
    read_care,
    read_fps,
    read_frame,
    read_mark,
    read_text,
)
from tests.make import filmed, seconds
from tests.stick import bending, standing, walking
from tests.store.make import analysed

TOP = Path(__file__).parent.parent
FOUND = TOP / "tests" / "fuzz"
_OLD = TOP / "tests" / "data" / "version_0.1" / "made"
_ENOUGH = 5  # faults of one target before it is left
_PICTURES = 20  # of a clip
_ROUND = 50  # inputs between two looks at the clock
_SLOW_S = 30.0  # no reader of a file this small takes so long; ours
_LONGEST = 400_000  # bytes of a seed: damage in a larger file is seldom where it matters
_TOKENS = (
    *(
        b"NaN",
        b"1e400",
        b"-1",
        b"9" * 400,
        b"null",
        b"{}",
        b"[]",
        b"[" * 60,
        b'"',
        b"'",
        b"\\ud800",
    ),
    *(b"\0", b"\xff\xfe", b"\xe2\x80\xae", b"../", b"\r\n", b",", b";", b"=", b"%s", b"true"),
)
_WHOLE = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One reader: good inputs, and what is done with an input."""

    seeds: Callable[[], Sequence[bytes]]
    read: Callable[[bytes, Path], None]  # raises only what it may not
    is_zip: bool = False


def edits(longest: int) -> st.SearchStrategy[list[tuple[int, str, bytes]]]:
    """Return changes of a file: where, what, with which bytes."""
    content = st.one_of(
        st.sampled_from(_TOKENS),
        st.binary(max_size=16),
        st.sampled_from(_WHOLE).flatmap(
            lambda n: st.sampled_from([n.to_bytes(4, "big"), n.to_bytes(4, "little")])
        ),
    )
    what = st.sampled_from(["put", "insert", "cut", "double", "end"])
    return st.lists(st.tuples(st.integers(0, longest), what, content), min_size=1, max_size=8)


def edited(data: bytes, changes: Sequence[tuple[int, str, bytes]]) -> bytes:
    """Return the file with the changes made, one after another."""
    for place, what, content in changes:
        at = place % (len(data) + 1)
        end = min(len(data), at + max(1, len(content)))
        data = {
            "put": data[:at] + content + data[end:],
            "insert": data[:at] + content + data[at:],
            "cut": data[:at] + data[end:],
            "double": data[:end] + data[at:],
            "end": data[:at],
        }[what]
        data = data[: 2 * _LONGEST]
    return data


def rezipped(data: bytes, member: int, changes: Sequence[tuple[int, str, bytes]]) -> bytes:
    """Return an archive with one of its files changed, its checksums right."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for number, entry in enumerate(old.infolist()):
            content = old.read(entry)
            is_it = number == member % len(old.infolist())
            new.writestr(entry.filename, edited(content, changes) if is_it else content)
    return out.getvalue()


@st.composite
def inputs(draw: st.DrawFn, target: Target) -> bytes:
    """Draw a damaged input."""
    data = draw(st.sampled_from(list(target.seeds())))
    changes = draw(edits(len(data)))
    if target.is_zip and draw(st.booleans()):
        return rezipped(data, draw(st.integers(0, 40)), changes)
    return edited(data, changes)


# what is read -----------------------------------------------------------------------------------


def _read_video(data: bytes, folder: Path) -> None:
    path = folder / "clip.mp4"
    path.write_bytes(data)
    with suppress(PostureError):
        source = probe(path, VideoSettings())
        for _ in pictures(source, 0, 8):
            pass


def _read_landmarks(data: bytes, folder: Path) -> None:
    path = folder / "landmarks.npz"
    path.write_bytes(data)
    with suppress(PostureError):
        analyse_landmarks(load_landmarks(path))


def _read_analysis(data: bytes, folder: Path) -> None:
    for beside in ("landmarks.npz", "signals.npz"):
        shutil.copy(_OLD / beside, folder)
    (folder / "analysis.json").write_bytes(data)
    with suppress(PostureError):
        load_analysis(folder)


def _read_json(data: bytes, _: Path) -> None:
    with suppress(ValueError):
        json.dumps(received.readable(received.parsed(data)), allow_nan=False)
    with suppress(BadMessage, UnicodeDecodeError):
        told = read_text(data.decode())
        read_care(told)
        read_fps(told)
        read_mark(told)
    received.recalled(data.decode("utf-8", "replace"))


def _read_frame(data: bytes, _: Path) -> None:
    with suppress(BadMessage):
        read_frame(data)


def _read_backup(data: bytes, folder: Path) -> None:
    path = folder / "backup.zip"
    path.write_bytes(data)
    home = folder / "data"
    home.mkdir(exist_ok=True)
    try:
        restore(path, home)
    except PostureError:
        left = [p for p in home.rglob("*") if p.is_file()]
        if left:
            raise AssertionError(f"a refused backup left {left[0]}") from None
    if any(path != home and path.name != "backup.zip" for path in folder.iterdir()):
        raise AssertionError("something was unpacked outside")


def _read_tables(data: bytes, folder: Path) -> None:
    path = folder / "table.csv"
    path.write_bytes(data)
    for reader in (read_sheet, read_references, read_lab, load_answers):
        with suppress(PostureError):
            reader(path)
    with suppress(PostureError):
        load_settings({"POSTURE_SETTINGS": str(path)})
    for ending in (".trc", ".mot", ".sto"):
        path = path.rename(path.with_suffix(ending))
        with suppress(PostureError):
            read_lab(path)


# good inputs ------------------------------------------------------------------------------------


@cache
def _videos() -> tuple[bytes, ...]:
    small = [p for p in sorted((TOP / "samples").glob("*.mp4")) if p.stat().st_size < _LONGEST]
    stills = (
        cv2.imencode(kind, np.tile(np.arange(96, dtype=np.uint8), (64, 1)))[1].tobytes()
        for kind in (".jpg", ".png", ".webp")
    )
    return (*(_short(path) for path in small[:4]), *stills)


def _short(path: Path) -> bytes:
    """Return the first second of a clip, small enough that damage is where it matters."""
    out = io.BytesIO()
    with av.open(str(path)) as old, av.open(out, "w", format="mp4") as new:
        video = new.add_stream("libx264", rate=30, width=160, height=120, pix_fmt="yuv420p")
        for number, frame in enumerate(old.decode(video=0)):
            if number >= _PICTURES:
                break
            small = frame.reformat(160, 120, "yuv420p")
            small.pts, small.time_base = number, Fraction(1, 30)
            for packet in video.encode(small):
                new.mux(packet)
        for packet in video.encode(None):
            new.mux(packet)
    return out.getvalue()


@cache
def _landmark_files() -> tuple[bytes, ...]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "landmarks.npz"
        for body in (standing(seconds(1.5)), bending(seconds(4.0)), walking(seconds(3.0)).figure):
            save_landmarks(path, filmed(body))
            found.append(path.read_bytes())
    return tuple(found)


@cache
def _backups() -> tuple[bytes, ...]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with open_store(home) as store:
            analysed(store)
        return (backup(home, Path(folder) / "b.zip").read_bytes(),)


@cache
def _analyses() -> tuple[bytes, ...]:
    return ((_OLD / "analysis.json").read_bytes(),)


_MESSAGES = (
    b'{"type":"mark","what":"start","x":0.5,"y":0.25}',
    b'{"type":"hello","camera_fps":29.97,"care":["calf","sole"],"what":"pause"}',
    b'{"client":null,"answers":{"height_cm":171.5,"pain":2,"flags":["trauma"],"age":41}}',
)
_TABLES = (
    b"file,client,height_cm,age,sex,side,activity\nbend.mp4,Aki,171,41,f,right,bend\n",
    "ファイル,file;height_cm\nあ.mp4,a.mp4;170\n".encode("cp932"),
    b"clip,measure,value,unit,tool\nbend.mp4,fingertip_floor,12,cm,tape\n",
    b"clip,measure,file,channel\nwalk.mp4,peak_dorsiflexion,lab.mot,ankle_angle_r\n",
    (
        b"PathFileType\t4\t(X/Y/Z)\tlab.trc\nDataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\n"
        b"100\t100\t2\t1\tmm\nFrame#\tTime\tHeel\n\t\tX1\tY1\tZ1\n1\t0.00\t1\t2\t3\n2\t0.01\t1\t2\t4\n"
    ),
    b"lab\nversion=1\nnRows=2\nnColumns=2\ninDegrees=yes\nendheader\ntime\tankle\n0\t1\n0.01\t2\n",
    b'height_m = 1.7\nactivity = "walking"\n[video]\nmax_minutes = 10.0\n',
    b'age = 41\nsex = "f"\npain = 2\nconditions = ["glaucoma"]\n',
)


def _frames() -> tuple[bytes, ...]:
    return (packed(7, 1234.5, b"\xff\xd8\xff\xe0" + bytes(60)), packed(0, 0.0, b""))


TARGETS = {
    "video": Target(seeds=_videos, read=_read_video),
    "landmarks": Target(seeds=_landmark_files, read=_read_landmarks, is_zip=True),
    "analysis": Target(seeds=_analyses, read=_read_analysis),
    "json": Target(seeds=lambda: _MESSAGES, read=_read_json),
    "frame": Target(seeds=_frames, read=_read_frame),
    "restore": Target(seeds=_backups, read=_read_backup, is_zip=True),
    "tables": Target(seeds=lambda: _TABLES, read=_read_tables),
}


# the run ----------------------------------------------------------------------------------------


def read_again(name: str, data: bytes) -> None:
    """Let a target read one input; raises where it does what it may not."""
    with tempfile.TemporaryDirectory(prefix="posture-fuzz-") as folder:
        began = time.monotonic()
        TARGETS[name].read(data, Path(folder))
        took = time.monotonic() - began
    if took > _SLOW_S:
        raise AssertionError(f"took {took:.0f} s")


@contextmanager
def _written_down(note: Path, data: bytes) -> Iterator[None]:
    """Keep the input on disk while it is read: a crash leaves it there."""
    note.write_bytes(data)
    yield
    note.unlink()


def try_inputs(name: str, minutes: float, first: int, note: Path, told: Path) -> None:
    """Try inputs until the time is up; in a process of its own, which may crash.

    The input under way is in `note`, how many were tried in `told`.
    """
    tried = 0
    number = first
    TARGETS[name].seeds()  # the time begins when there is something to try
    until = time.time() + 60 * minutes
    while time.time() < until:

        @seed(number)
        @settings(
            max_examples=_ROUND,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        @given(inputs(TARGETS[name]))
        def once(data: bytes) -> None:
            nonlocal tried
            if time.time() >= until:
                return
            tried += 1
            with _written_down(note, data):
                read_again(name, data)

        once()
        number += 1
        told.write_text(str(tried))


def run(name: str, minutes: float, first: int) -> tuple[int, list[Path]]:
    """Try one target; return how many inputs, and the files of those that failed."""
    found: list[Path] = []
    until = time.time() + 60 * minutes
    tried = 0
    with tempfile.TemporaryDirectory(prefix="posture-fuzz-") as folder:
        note, told = Path(folder) / "input", Path(folder) / "tried"
        while time.time() < until and len(found) < _ENOUGH:
            told.write_text("0")
            child = multiprocessing.get_context("spawn").Process(
                target=try_inputs,
                args=(name, max(0.01, (until - time.time()) / 60), first, note, told),
            )
            child.start()
            child.join(max(0.0, until - time.time()) + 4 * _SLOW_S)
            hangs = child.is_alive()
            if hangs:
                child.kill()
                child.join()
            tried += int(told.read_text() or 0)
            if child.exitcode == 0:
                break
            first += 1000
            if not note.exists():
                raise RuntimeError(f"{name}: nothing could be tried")
            if note.exists():
                data = note.read_bytes()
                kept = FOUND / name / sha256(data).hexdigest()[:12]
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(data)
                found.append(kept)
                note.unlink()
    return tried, found


def main() -> int:
    """Try the targets named, one after another."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=1.0, help="for each target")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the first round")
    asked = parser.parse_args()
    if unknown := set(asked.targets) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    failed = False
    for name in asked.targets or TARGETS:
        began = time.monotonic()
        tried, found = run(name, asked.minutes, asked.seed)
        took_s = time.monotonic() - began
        sys.stdout.write(f"{name:10} {tried:7} inputs {took_s:6.0f} s  {len(found)} failed\n")
        for path in found:
            sys.stdout.write(f"  {path.relative_to(TOP)}\n")
        sys.stdout.flush()
        failed = failed or bool(found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
