"""What the program stands on beside Python: system libraries and packages, and what brings them."""

from __future__ import annotations

import ctypes
import importlib.util
import re
import sys
from collections.abc import Iterable, Sequence

from posture.machine import System, system
from posture.types import Reason

# Needed by OpenCV and MediaPipe on Linux; on macOS and Windows their wheels bring all they need.
# As the loader knows it -> the package that brings it on Debian or Ubuntu, and on Fedora.
_PACKAGES = {
    "libGL.so.1": ("libgl1", "libglvnd-glx"),
    "libEGL.so.1": ("libegl1", "libglvnd-egl"),
    "libGLESv2.so.2": ("libgles2", "libglvnd-gles"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libxcb.so.1": ("libxcb1", "libxcb"),
    "libstdc++.so.6": ("libstdc++6", "libstdc++"),
    "libz.so.1": ("zlib1g", "zlib"),
}
# Come along with one of those, but may be what the loader names first.
_BROUGHT_BY = {
    "libgthread-2.0.so.0": "libglib-2.0.so.0",
    "libgobject-2.0.so.0": "libglib-2.0.so.0",
    "libGLX.so.0": "libGL.so.1",
    "libGLdispatch.so.0": "libGL.so.1",
    "libX11.so.6": "libGL.so.1",
    "libXext.so.6": "libGL.so.1",
}
# The module that is imported -> what is installed for it.
_DISTRIBUTIONS = {
    "cv2": "opencv-contrib-python",
    "mediapipe": "mediapipe==0.10.33",
    "argon2": "argon2-cffi",
    "markdown_it": "markdown-it-py",
    "sklearn": "scikit-learn",
}
_OURS = frozenset(
    {"alembic", "argon2", "av", "click", "cryptography", "cv2", "jinja2", "mediapipe", "moderngl"}
    | {"numpy", "platformdirs", "psutil", "pyarrow", "rich", "scipy", "segno", "sklearn"}
    | {"markdown_it", "sqlalchemy", "starlette", "trustme", "uvicorn", "websockets"}
)
_LIBRARY = re.compile(r"(lib[^\s:]+\.so[.\d]*): cannot open shared object file")
_DLL = "DLL load failed"  # what Python says on Windows, whatever its language
_DYLD = ("Library not loaded", "dlopen(")  # what macOS says
_WINDOWS_RUNTIME = "winget install --id Microsoft.VCRedist.2015+.x64"


def wanted(on: System) -> tuple[str, ...]:
    """Return the system libraries that have to be there."""
    return () if on in {"macos", "windows"} else tuple(_PACKAGES)


def missing_libraries(libraries: Iterable[str]) -> tuple[str, ...]:
    """Return which of the libraries the loader cannot find."""
    return tuple(library for library in libraries if not _loads(library))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def bring(libraries: Sequence[str], on: System) -> Reason:
    """Return what brings libraries: the line to run, or what to look for."""
    if on == "windows":
        return Reason("doctor_run_as_root_windows", {"command": _WINDOWS_RUNTIME})
    column = {"debian": 0, "fedora": 1}.get(on)
    known = dict.fromkeys(_BROUGHT_BY.get(library, library) for library in libraries)
    if column is None or not known:
        return Reason("library_by_hand", {"libraries": ", ".join(libraries)})
    install = "apt-get install -y" if column == 0 else "dnf install -y"
    packages = [
        _PACKAGES[one][column] if one in _PACKAGES else _unknown(one, column) for one in known
    ]
    if None in packages:
        return Reason("library_by_hand", {"libraries": ", ".join(libraries)})
    return Reason("doctor_run_as_root", {"command": f"{install} {' '.join(map(str, packages))}"})


def _unknown(library: str, column: int) -> str | None:
    """Return what asks for a library by its file; only Fedora's installer takes that."""
    return f"'{library}()(64bit)'" if column else None


def renderer_options(on: System) -> dict[str, str]:
    """Return how to ask for something to draw with; on Linux without a display."""
    return {} if on in {"macos", "windows"} else {"backend": "egl"}


def bring_renderer(on: System) -> Reason:
    """Return what brings something to draw with, where there is no graphics card."""
    command = {
        "debian": "apt-get install -y libegl1 libgl1-mesa-dri",
        "fedora": "dnf install -y libglvnd-egl mesa-dri-drivers",
    }.get(on)
    if command is not None:
        return Reason("doctor_run_as_root", {"command": command})
    return Reason("renderer_by_hand")


def mend_of(told: str, on: System) -> Reason | None:
    """Return what brings the library that a loader's words name; None where they name none."""
    if found := _LIBRARY.search(told):
        name = found[1]
        needed = wanted(on)
        gone = {name, *missing_libraries(library for library in needed if library != name)}
        unknown = () if name in needed else (name,)
        return bring((*(one for one in needed if one in gone), *unknown), on)
    return bring((), on) if on == "windows" and _DLL in told else None


def installer() -> str:
    """Return what installs packages into this Python."""
    return f"{sys.executable} -m pip" if importlib.util.find_spec("pip") else "uv pip"


def install_command(*packages: str) -> str:
    """Return the line that installs packages beside this program."""
    return f"{installer()} install {' '.join(packages)}"


def lacking(trouble: BaseException, on: System | None = None) -> Reason | None:
    """Return what an error says is missing, with what brings it; None where it says no such thing.

    The innermost error counts: a package may have put its own words around it.
    """
    on = on or system()
    told: list[BaseException] = []
    one: BaseException | None = trouble
    while one is not None and one not in told:
        told.append(one)
        one = one.__cause__ or one.__context__
    found = (_lacking(each, on) for each in reversed(told))
    return next((reason for reason in found if reason is not None), None)


def _lacking(trouble: BaseException, on: System) -> Reason | None:
    text = str(trouble)
    if isinstance(trouble, ImportError | OSError) and (found := _LIBRARY.search(text)):
        mend = mend_of(text, on)
        return mend and _with_mend("library_missing", {"library": found[1]}, mend)
    if not isinstance(trouble, ImportError):
        return None
    module = (trouble.name or "").partition(".")[0]
    if isinstance(trouble, ModuleNotFoundError):
        again = "install"
        code = "package_missing"
        if module not in _OURS:
            return None  # a fault of ours
    elif any(sign in text for sign in (_DLL, *_DYLD)):
        again = "install --force-reinstall"
        code = "package_broken"
    else:
        return None
    command = f"{installer()} {again} {_DISTRIBUTIONS.get(module, module)}"
    mend = mend_of(text, on) or Reason("doctor_run", {"command": command})
    return _with_mend(code, {"package": module or "?"}, mend)


def _with_mend(code: str, values: dict[str, str], mend: Reason) -> Reason:
    """Return a reason whose sentence ends with how to mend it."""
    return Reason(code, {**values, **mend.values, "because": mend.code})
