"""Linux with everything taken away that Windows or macOS does not have, for a child process.

What the package's own code asks of `os`, `signal`, `resource` and the like is not there, and
neither is /proc. Python's library and the packages keep theirs: they have code for each system.
Files behave as on Windows: one that is open can be neither moved nor removed, nothing is put in the
place of a folder, and only what was opened for writing can be settled on the disk.
"""

from __future__ import annotations

import builtins
import errno
import fcntl
import importlib
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

_MODULES = frozenset({"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog"})
_NAMES = {
    "os": {
        "O_DIRECTORY",
        "O_NOFOLLOW",
        "chown",
        "fork",
        "getegid",
        "geteuid",
        "getgid",
        "getloadavg",
        "getpgid",
        "getuid",
        "killpg",
        "mkfifo",
        "nice",
        "posix_fadvise",
        "posix_fallocate",
        "process_cpu_count",
        "sched_getaffinity",
        "sched_setaffinity",
        "setsid",
        "statvfs",
        "sysconf",
        "uname",
        "wait4",
        "waitpid",
    },
    "signal": {
        name for name in dir(signal) if name.startswith("SIG") and not name.startswith("SIG_")
    }
    - {"SIGABRT", "SIGFPE", "SIGILL", "SIGINT", "SIGSEGV", "SIGTERM"}
    | {"alarm", "setitimer", "pthread_sigmask", "sigwait"},
    "socket": {"AF_UNIX", "AF_PACKET", "SO_REUSEPORT"},
}
_SHARING, _DENIED = 32, 5  # winerror.h


def take_away() -> None:
    """Take it all away from this process, from here on."""
    _windows_files()
    _take_names()
    sys.addaudithook(_no_proc)


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a child, and of all that it starts, from which it is taken."""
    root = Path(__file__).parent.parent
    (folder / "sitecustomize.py").write_text(
        f"import sys\nsys.path.append({str(root)!r})\n"
        "from tests.not_posix import take_away\ntake_away()\n",
        "utf-8",
    )
    return {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{root}", "PYTHONUTF8": "0"}


def _is_ours(name: object) -> bool:
    return isinstance(name, str) and (name == "posture" or name.startswith("posture."))


def _take_names() -> None:
    """Have the package's modules import what is left of a module, where something was taken."""
    left = {name: _without(importlib.import_module(name), gone) for name, gone in _NAMES.items()}
    real = builtins.__import__

    def importing(
        name: str,
        globals: Any = None,  # noqa: A002, ANN401 - as the real one
        locals: Any = None,  # noqa: A002, ANN401
        fromlist: Any = (),  # noqa: ANN401
        level: int = 0,
    ) -> ModuleType:
        caller = (globals or {}).get("__name__")
        if caller == "__main__":
            caller = getattr((globals or {}).get("__spec__"), "name", None)
        if _is_ours(caller):
            if name in _MODULES:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            if name in left:
                return left[name]
        return real(name, globals, locals, fromlist, level)

    builtins.__import__ = importing


def _without(module: ModuleType, gone: set[str]) -> ModuleType:
    rest = ModuleType(module.__name__, module.__doc__)
    rest.__dict__.update({k: v for k, v in module.__dict__.items() if k not in gone})
    return rest


def _no_proc(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse /proc and /sys to the package, also where it asks through Python's library."""
    if event not in {"open", "os.listdir", "os.scandir"} or not isinstance(arguments[0], str):
        return
    if arguments[0].startswith(("/proc", "/sys/")) and _asked_by_us():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), arguments[0])


def _asked_by_us() -> bool:
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - there is no other way
    library = str(Path(os.__file__).parent)
    while frame is not None:
        file = frame.f_code.co_filename
        is_library = file.startswith((library, "<frozen")) and "site-packages" not in file
        if not is_library:
            return _is_ours(frame.f_globals.get("__name__"))
        frame = frame.f_back
    return False


def _windows_files() -> None:
    """Have files refuse what they refuse on Windows."""
    shutil._use_fd_functions = False  # type: ignore[attr-defined] # noqa: SLF001 - as on Windows
    replace, rename, remove, rmdir, fsync = os.replace, os.rename, os.remove, os.rmdir, os.fsync

    def replacing(source: Any, target: Any, **more: Any) -> None:  # noqa: ANN401 - as the real one
        _refuse_if_open(source, target)
        if os.path.isdir(target):  # noqa: PTH112 - Path would ask in here again
            raise _refusal(_DENIED, target)
        replace(source, target, **more)

    def renaming(source: Any, target: Any, **more: Any) -> None:  # noqa: ANN401
        _refuse_if_open(source)
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
        rename(source, target, **more)

    def guarded(real: Callable[..., None]) -> Callable[..., None]:
        def act(path: Any, **more: Any) -> None:  # noqa: ANN401
            _refuse_if_open(path)
            real(path, **more)

        return act

    def settling(handle: Any) -> None:  # noqa: ANN401
        number = handle if isinstance(handle, int) else handle.fileno()
        if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        fsync(handle)

    changed = {
        "replace": replacing,
        "rename": renaming,
        "remove": guarded(remove),
        "unlink": guarded(remove),
        "rmdir": guarded(rmdir),
        "fsync": settling,
    }
    for name, act in changed.items():
        setattr(os, name, act)


def _refusal(winerror: int, path: object) -> PermissionError:
    trouble = PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    trouble.winerror = winerror  # type: ignore[attr-defined,unused-ignore]
    return trouble


def _refuse_if_open(*paths: object) -> None:
    """Refuse where this process has one of the paths open, or a file below it."""
    opened = []
    for handle in os.listdir("/proc/self/fd"):  # noqa: PTH208 - Path would ask in here again
        try:
            opened.append(os.readlink(f"/proc/self/fd/{handle}"))  # noqa: PTH115
        except OSError:
            continue  # closed meanwhile
    for path in paths:
        if not isinstance(path, str | os.PathLike):
            continue
        real = os.path.abspath(path)  # noqa: PTH100 - as above
        if any(one == real or one.startswith(f"{real}/") for one in opened):
            raise _refusal(_SHARING, path)
