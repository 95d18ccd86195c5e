"""What this machine has, what it lacks and the command that mends it.

`look` gathers the facts and touches the world; `checkup` judges them and touches nothing.
"""

from __future__ import annotations

import errno
import importlib.util
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from posture import libraries
from posture.distribution import TRUTH
from posture.errors import ModelTrouble
from posture.landmarks.models import ModelFile, Places, find_model, load_manifest, places
from posture.machine import System, cores, ending, free_memory_mb, is_crash, system
from posture.printing import has_japanese_font
from posture.pythons import FIRST, LAST
from posture.types import Reason

MEDIAPIPE = "0.10.33"  # the last seen to send nothing; 0.10.35 does (google-ai-edge/mediapipe#6291)
OPENCV = "opencv-contrib-python"  # the one mediapipe asks for; it holds what the others hold
_OPENCV_NAMES = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
# FFmpeg's own "av1" needs a graphics card, so a software decoder has to be there by name.
_DECODERS = {
    "h264": "h264",
    "hevc": "hevc",
    "vp9": "vp9",
    "av1": "libdav1d libaom-av1",
    "mjpeg": "mjpeg",
    "prores": "prores",
}
_DRAWS = """
import sys, moderngl
options = dict(one.split("=") for one in sys.argv[1:])
moderngl.create_standalone_context(**options).release()
"""
_CHILDREN = {
    "mediapipe": """
from mediapipe.tasks.python import vision
from mediapipe.tasks.python.core import mediapipe_c_bindings
mediapipe_c_bindings.load_raw_library()
""",
    "cv2": """
import cv2, numpy
cv2.resize(numpy.zeros((2, 2), numpy.uint8), (4, 4))
""",
    # encodes three pictures, then says which codecs are not there
    "av": """
import io, sys, av, numpy
missing = []
for wanted in sys.argv[1:]:
    codec, _, decoders = wanted.partition("=")
    for name in decoders.split():
        try:
            av.codec.Codec(name, "r")
            break
        except ValueError:
            pass
    else:
        missing.append(codec)
try:
    with av.open(io.BytesIO(), "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=30)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        picture = av.VideoFrame.from_ndarray(numpy.zeros((64, 64, 3), numpy.uint8))
        packets = [*stream.encode(picture), *stream.encode(picture), *stream.encode()]
        out.mux(packets)
    if not packets:
        missing.append("libx264")
except (ValueError, av.error.FFmpegError):
    missing.append("libx264")
sys.stdout.write(", ".join(missing))
""",
}
_TRIAL_CODES = {
    "failed": "doctor_native_failed",
    "crashed": "doctor_native_crashed",
    "too_slow": "doctor_native_too_slow",
}
_PACKAGES = {"mediapipe": f"mediapipe=={MEDIAPIPE}", "cv2": OPENCV, "av": "av"}


# What is enough, each with the reason it has.
_MIN_MEMORY_MB = 1000.0  # ours; the heavy model on 1080p pictures peaked at 450 MB
_MIN_DISK_MB = 1000.0  # ours; overlay and landmarks of a long clip, several times over
_MIN_CORES = 2  # ours; one to decode, one for the model


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How a piece of Python ended in a process of its own."""

    ended: Literal["well", "failed", "crashed", "too_slow"]
    told: str = ""  # its output; the error's last line; the signal's name; the seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What was found, before anybody judges it."""

    python: tuple[int, int]
    system: System
    installer: str  # "uv pip" or "... -m pip"
    mediapipe: str | None  # version
    opencv: tuple[str, ...]  # distributions
    libraries_missing: tuple[str, ...]
    trials: dict[str, Trial]  # of mediapipe, cv2 and av
    models: tuple[tuple[str, bool, ModelFile | ModelTrouble], ...]  # name, must be there, found
    memory_mb: float  # free; NaN = not known
    disk_mb: float  # free where the results go
    results: Path
    results_trouble: str  # empty = can be written
    cores: int
    has_japanese_font: bool = True
    renderer: Trial | None = None  # of bodies of known truth; None = the extra is not installed


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool
    finding: Reason
    what_to_do: Reason | None = None  # None also where the finding itself names the command


def checkup(machine: Machine) -> tuple[Check, ...]:
    """Judge what was found, one check after the other."""
    return (
        _python(machine),
        _mediapipe(machine),
        _opencv(machine),
        _libraries(machine),
        *(_native(machine, module) for module in machine.trials),
        *(_model(name, found, needed=needed) for name, needed, found in machine.models),
        _memory(machine),
        _disk(machine),
        _results(machine),
        _cores(machine),
        _letters(machine),
        _renderer(machine),
    )


def look(results: Path, where: Places | None = None) -> Machine:
    """Gather what `checkup` judges; takes a few seconds, changes nothing.

    The native libraries are tried in processes of their own: a crash there is a fact like others.
    """
    drawn = [f"{name}={value}" for name, value in libraries.renderer_options(system()).items()]
    wanted = {"av": [f"{codec}={decoders}" for codec, decoders in _DECODERS.items()]}
    return Machine(
        python=sys.version_info[:2],
        system=system(),
        installer=libraries.installer(),
        mediapipe=version_of("mediapipe"),
        opencv=opencv_installed(),
        libraries_missing=libraries.missing_libraries(libraries.wanted(system())),
        trials={name: try_out(code, wanted.get(name, ())) for name, code in _CHILDREN.items()},
        models=models_found(where or places(os.environ)),
        memory_mb=free_memory_mb(),
        disk_mb=shutil.disk_usage(_nearest(results)).free / 1e6,
        results=results,
        results_trouble=write_trouble(results),
        cores=cores(),
        has_japanese_font=has_japanese_font(),
        renderer=try_out(_DRAWS, drawn) if importlib.util.find_spec("moderngl") else None,
    )


def version_of(distribution: str, search_path: Sequence[str] | None = None) -> str | None:
    """Return the version that is installed; None = none is."""
    where = sys.path if search_path is None else search_path
    found = metadata.distributions(name=distribution, path=list(where))
    return next((one.version for one in found), None)


def opencv_installed(search_path: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return which of the distributions that bring `cv2` are installed."""
    return tuple(name for name in _OPENCV_NAMES if version_of(name, search_path))


def models_found(where: Places) -> tuple[tuple[str, bool, ModelFile | ModelTrouble], ...]:
    """Return for every bundle its name, whether it must be there, and what was found."""
    try:
        variants = load_manifest(where)
    except ModelTrouble as trouble:
        return (("manifest", True, trouble),)
    return tuple((one.name, one.packaged, _model_or_trouble(one.name, where)) for one in variants)


def write_trouble(folder: Path) -> str:
    """Return why nothing can be written to a folder, there already or yet to be made, or ""."""
    if not _is_there(Path(folder.absolute().anchor)):
        return os.strerror(errno.ENOENT)  # Windows: a drive that is not plugged in
    try:
        with tempfile.TemporaryFile(dir=_nearest(folder)):
            return ""
    except OSError as trouble:
        return trouble.strerror or type(trouble).__name__


def try_out(code: str, arguments: Sequence[str] = (), timeout_s: float = 60.0) -> Trial:
    """Run a piece of Python in a process of its own and say how it ended."""
    command = [sys.executable, "-P", "-c", code, *arguments]
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter and our own code
            command,
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired:
        return Trial(ended="too_slow", told=f"{timeout_s:.0f}")
    if is_crash(child.returncode):
        return Trial(ended="crashed", told=ending(child.returncode))
    if child.returncode:
        return Trial(ended="failed", told=(child.stderr.strip().splitlines() or ["?"])[-1])
    return Trial(ended="well", told=child.stdout.strip())


def _python(machine: Machine) -> Check:
    low, high = (".".join(map(str, version)) for version in (FIRST, LAST))
    version = ".".join(map(str, machine.python))
    if FIRST <= machine.python <= LAST:
        return _fine("python", "doctor_python_right", version=version)
    mend = _run(f"uv venv --python {high}")
    return _wrong("python", "doctor_python_wrong", mend, version=version, low=low, high=high)


def _mediapipe(machine: Machine) -> Check:
    version, wanted = machine.mediapipe, MEDIAPIPE
    mend = _run(f"{machine.installer} install mediapipe=={wanted}")
    if version is None:
        return _wrong("mediapipe", "doctor_mediapipe_missing", mend, wanted=wanted)
    if version == wanted:
        return _fine("mediapipe", "doctor_mediapipe_right", version=version)
    later = _numbers(version) > _numbers(wanted)
    code = "doctor_mediapipe_later" if later else "doctor_mediapipe_earlier"
    return _wrong("mediapipe", code, mend, version=version, wanted=wanted)


def _opencv(machine: Machine) -> Check:
    names = ", ".join(machine.opencv)
    install = f"{machine.installer} install {OPENCV}"
    if len(machine.opencv) == 1:
        return _fine("opencv", "doctor_opencv_right", distribution=names)
    if not machine.opencv:
        return _wrong("opencv", "doctor_opencv_missing", _run(install), wanted=OPENCV)
    # They share one folder, so taking one away breaks the other: all go, one comes back.
    unasked = "" if machine.installer.startswith("uv") else "-y "
    remove = f"{machine.installer} uninstall {unasked}{' '.join(machine.opencv)}"
    mend = _run(f"{remove} && {install}")
    return _wrong(
        "opencv", "doctor_opencv_several", mend, count=len(machine.opencv), distributions=names
    )


def _libraries(found: Machine) -> Check:
    missing, needed = found.libraries_missing, libraries.wanted(found.system)
    if not needed:
        return _fine("libraries", "doctor_libraries_none")
    if not missing:
        return _fine("libraries", "doctor_libraries_right", libraries=", ".join(needed))
    mend = libraries.bring(missing, found.system)
    return _wrong("libraries", "doctor_libraries_missing", mend, libraries=", ".join(missing))


def _native(machine: Machine, module: str) -> Check:
    trial, name = machine.trials[module], f"native_{module}"
    reinstall = _run(f"{machine.installer} install --force-reinstall {_PACKAGES[module]}")
    # without its library no reinstalling helps
    mend = libraries.mend_of(trial.told, machine.system) or _libraries(machine).what_to_do
    mend = mend or reinstall
    if trial.ended != "well":
        code = _TRIAL_CODES[trial.ended]
        return _wrong(name, code, mend, module=module, why=trial.told)
    if trial.told:  # the trial of av names the codecs that are not there
        return _wrong(name, "doctor_codecs_missing", mend, codecs=trial.told)
    if module == "av":
        return _fine(name, "doctor_codecs_right", codecs=", ".join(_DECODERS))
    return _fine(name, "doctor_native_right", module=module)


def _renderer(machine: Machine) -> Check:
    """Never a fault: only bodies of known truth are drawn with it."""
    if machine.renderer is None:
        command = f"{machine.installer} install {' '.join(TRUTH)}"
        return _fine("renderer", "doctor_renderer_missing", command=command)
    if machine.renderer.ended != "well":
        mend = libraries.bring_renderer(machine.system)
        return Check(
            name="renderer", ok=True, finding=Reason("doctor_renderer_broken"), what_to_do=mend
        )
    return _fine("renderer", "doctor_renderer_right")


def _model(name: str, found: ModelFile | ModelTrouble, *, needed: bool) -> Check:
    if isinstance(found, ModelFile):
        return _fine(f"model_{name}", "doctor_model_right", model=name, path=str(found.path))
    if found.reason.code == "model_missing" and not needed:
        command = found.reason.values["command"]
        return _fine(f"model_{name}", "doctor_model_optional", model=name, command=command)
    return Check(name=f"model_{name}", ok=False, finding=found.reason)


def _memory(machine: Machine) -> Check:
    free_gb, needed_gb = machine.memory_mb / 1000, _MIN_MEMORY_MB / 1000
    if math.isnan(free_gb):
        return _fine("memory", "doctor_memory_unknown")
    if free_gb >= needed_gb:
        return _fine("memory", "doctor_memory_right", free_gb=free_gb)
    mend = Reason("doctor_close_programs")
    return _wrong("memory", "doctor_memory_low", mend, free_gb=free_gb, needed_gb=needed_gb)


def _disk(machine: Machine) -> Check:
    free_gb, needed_gb = machine.disk_mb / 1000, _MIN_DISK_MB / 1000
    path, mend = str(machine.results), Reason("doctor_make_room")
    if free_gb >= needed_gb:
        return _fine("disk", "doctor_disk_right", path=path, free_gb=free_gb)
    return _wrong("disk", "doctor_disk_low", mend, path=path, free_gb=free_gb, needed_gb=needed_gb)


def _results(machine: Machine) -> Check:
    path, why = str(machine.results), machine.results_trouble
    if not why:
        return _fine("results", "doctor_results_right", path=path)
    mend = Reason("doctor_other_folder")
    return _wrong("results", "doctor_results_blocked", mend, path=path, why=why)


def _cores(machine: Machine) -> Check:
    if machine.cores >= _MIN_CORES:
        return _fine("cores", "doctor_cores_right", count=machine.cores)
    # nothing is wrong with such a machine, it is slow
    found = Reason("doctor_cores_few", {"count": machine.cores})
    return Check(name="cores", ok=True, finding=found)


def _letters(machine: Machine) -> Check:
    """No fault of a machine whose reports and clients have no Japanese in them."""
    if machine.has_japanese_font:
        return _fine("letters", "doctor_letters_right")
    return _fine("letters", "doctor_letters_missing", command="sudo apt-get install fonts-noto-cjk")


def _fine(name: str, code: str, /, **values: float | str) -> Check:
    return Check(name=name, ok=True, finding=Reason(code, values))


def _wrong(name: str, code: str, mend: Reason, /, **values: float | str) -> Check:
    return Check(name=name, ok=False, finding=Reason(code, values), what_to_do=mend)


def _run(command: str) -> Reason:
    return Reason("doctor_run", {"command": command})


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def _model_or_trouble(name: str, where: Places) -> ModelFile | ModelTrouble:
    try:
        return find_model(name, where)
    except ModelTrouble as trouble:
        return trouble


def _nearest(folder: Path) -> Path:
    """Return the folder, or what of its path is there already."""
    path = folder.absolute()
    return next((place for place in (path, *path.parents) if _is_there(place)), Path("/"))


def _is_there(place: Path) -> bool:
    try:
        return place.exists()
    except PermissionError:
        return False
