"""What is asked of the operating system, in one way for Linux, macOS and Windows.

Whether a system can do something is asked of the system, not guessed from its name.
"""

from __future__ import annotations

import contextlib
import ctypes
import locale
import multiprocessing
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil

from posture.forgiving import forgiving_text

System = Literal["debian", "fedora", "linux", "macos", "windows"]
Limit = Literal["memory", "time"]

_LOOK_EVERY_S = 0.25  # ours; a decoder takes some hundred MB in such a time
_FILES = 4096  # ours; a line of a tablet is one, and so is each file of the database
_SAMPLE_S = 0.02  # ours; what is missed at the end of a run of seconds
_PATIENCE_S = 3.0  # ours; a virus scanner lets a new file go within a second
_AGAIN_AFTER_S = 0.1
_USED_ELSEWHERE = (32, 33)  # winerror.h: a sharing violation, a locked part of a file
_DENIED = 5  # winerror.h: also said of a file that is open


def system() -> System:
    """Return which system this is, as far as it decides what installs a library."""
    if platform.system() == "Windows":
        return "windows"
    if platform.system() == "Darwin":
        return "macos"
    with contextlib.suppress(OSError):
        told = platform.freedesktop_os_release()
        names = {told.get("ID", ""), *told.get("ID_LIKE", "").split()}
        if names & {"debian", "ubuntu"}:
            return "debian"
        if names & {"fedora", "rhel", "centos"}:
            return "fedora"
    return "linux"


def cores() -> int:
    """Return how many cores this process may use."""
    with contextlib.suppress(AttributeError, psutil.Error):  # macOS binds nobody to a core
        return max(1, len(psutil.Process().cpu_affinity() or ()))
    return os.cpu_count() or 1


def load() -> float:
    """Return how many processes ran or waited for a core over the last minute.

    On Windows psutil counts them itself, from the first call on.
    """
    return float(psutil.getloadavg()[0])


def free_memory_mb() -> float:
    """Return how much memory can still be had."""
    return float(psutil.virtual_memory().available) / 1e6


def memory_mb(pid: int) -> float:
    """Return how much memory a process holds, without its children."""
    return float(psutil.Process(pid).memory_info().rss) / 1e6


def whole_memory_mb() -> float:
    """Return how much memory this machine has, or this process may have of it."""
    whole = float(psutil.virtual_memory().total)
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):  # a container's; elsewhere there is none
            whole = min(whole, float(Path(limit).read_text("ascii")))
    return whole / 1e6


def memory_mb_or_none(pid: int) -> float | None:
    """Return how much memory a process holds, without its children; None where it is gone."""
    try:
        return memory_mb(pid)
    except psutil.Error:
        return None


def host() -> str:
    """Return this machine's name in its network."""
    return platform.node() or "?"


def cpu_s(pid: int) -> float:
    """Return how much processor time a process has taken, without its children."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def is_running(pid: int) -> bool:
    """Whether there is a process of this number."""
    return bool(psutil.pid_exists(pid))


def addresses() -> Iterator[tuple[str, str]]:
    """Yield the IPv4 addresses of the interfaces that are up, each with its interface's name."""
    states = psutil.net_if_stats()
    for name, rows in psutil.net_if_addrs().items():
        if name in states and states[name].isup:
            yield from ((name, row.address) for row in rows if row.family == socket.AF_INET)


def first_address() -> str:
    """Return the address that leads out of the local network; empty where none does.

    A datagram socket that is connected sends nothing: the kernel only looks up its routes.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("198.51.100.1", 9))  # an address that nobody has (RFC 5737)
        except OSError:
            return ""
        return str(asking.getsockname()[0])


def own_port(sock: socket.socket) -> None:
    """Let a port that has just been let go be taken, but never one that somebody listens at."""
    # On Windows SO_REUSEADDR lets a second server in beside the first.
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    sock.setsockopt(socket.SOL_SOCKET, exclusive or socket.SO_REUSEADDR, 1)


def allow_files() -> None:
    """Let this process open as many files as it may, up to some thousand; macOS begins with 256."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has no such limit
        import resource  # noqa: PLC0415 - not on Windows

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def is_root() -> bool:
    """Whether this is POSIX's root; Windows has none."""
    asked = getattr(os, "geteuid", None)
    return asked is not None and asked() == 0


def step_back(nice: int) -> None:
    """Let other processes go first; `nice` as POSIX counts, where 0 changes nothing."""
    if nice <= 0:
        return
    process = psutil.Process()
    with contextlib.suppress(psutil.Error, OSError):
        below = getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", None)
        process.nice(below if below is not None else min(19, int(process.nice() or 0) + nice))


def hold_to(memory_bytes: int, cpu_s: int, over: Callable[[Limit], None]) -> None:
    """Hold this process to so much memory and processor time.

    Linux does it itself: memory fails to be had, and running out of time ends the process by a
    signal of its own. Elsewhere a thread looks, and calls `over` from there when it is too much.
    """
    if not _kernel_holds_to(memory_bytes, cpu_s):
        watch = threading.Thread(target=_watch, args=(memory_bytes, cpu_s, over), daemon=True)
        watch.start()


def _kernel_holds_to(memory_bytes: int, cpu_s: int) -> bool:
    """Set the kernel's limits; whether it keeps all of them."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return False
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a picture of somebody would lie in it
    if platform.system() != "Linux":
        return False  # macOS takes a limit on memory and does not keep it
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    return True


def _watch(memory_bytes: int, cpu_s: int, over: Callable[[Limit], None]) -> None:
    process = psutil.Process()
    while True:
        if process.memory_info().rss > memory_bytes:
            over("memory")
            return
        if time.process_time() > cpu_s:
            over("time")
            return
        time.sleep(_LOOK_EVERY_S)


def apart() -> Mapping[str, Any]:
    """Return how a child is started that Ctrl+C does not reach, and that opens no window."""
    group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", None)
    if group is None:
        return {"start_new_session": True}
    return {"creationflags": group | getattr(subprocess, "CREATE_NO_WINDOW", 0)}


def kill(pid: int) -> None:
    """Kill a process and all that it started; gone already is as good."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        started = process.children(recursive=True)
        for one in (process, *started):
            with contextlib.suppress(psutil.Error):
                one.kill()


def can_fork_beside_libraries() -> bool:
    """Whether a process that has read in OpenCV and MediaPipe can be made two of.

    Windows has no fork, and Apple's frameworks, which they use on macOS, refuse it.
    """
    return hasattr(os, "fork") and platform.system() != "Darwin"


def fork_server_runs() -> bool:
    """Start the process that others are made from, unless it runs; whether it could be.

    It needs a socket in the folder for temporary files.
    """
    from multiprocessing import forkserver  # noqa: PLC0415 - POSIX alone has it

    try:
        forkserver.ensure_running()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def interrupts_kept_from_children() -> Iterator[None]:
    """Start children here that Ctrl+C, or an end asked of a whole group, does not reach.

    They would tell of it, each in twenty lines; their parent ends them. Nothing that arrives
    meanwhile is lost to this process.
    """
    mask = getattr(signal, "pthread_sigmask", None)
    if mask is None:
        with _console_without_interrupts():
            yield
        return
    # started by itself and at once: it takes the mask off
    from multiprocessing import resource_tracker  # noqa: PLC0415 - POSIX alone has it

    resource_tracker.ensure_running()
    before = mask(signal.SIG_BLOCK, _ENDINGS)
    try:
        yield
    finally:
        mask(signal.SIG_SETMASK, before)


_ENDINGS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def _console_without_interrupts() -> Iterator[None]:
    """Have children ignore Ctrl+C on Windows: what holds here as they start is theirs."""
    kernel = getattr(getattr(ctypes, "windll", None), "kernel32", None)
    if kernel is None:
        yield
        return
    kernel.SetConsoleCtrlHandler(None, True)  # noqa: FBT003 - Windows' own signature
    try:
        yield
    finally:
        kernel.SetConsoleCtrlHandler(None, False)  # noqa: FBT003


def leave_interrupts_to_the_parent() -> None:
    """Heed neither Ctrl+C nor an end asked of the whole group: the parent ends this process."""
    for ending_ in _ENDINGS:
        signal.signal(ending_, signal.SIG_IGN)


def end_with_the_parent() -> None:
    """End this process of `multiprocessing` when the one that asked for it has, however it did."""
    threading.Thread(target=_follow_the_parent, daemon=True).start()


def _follow_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def be_killed_with_the_parent() -> None:
    """Have the system kill this process as soon as the thread that made it has ended.

    Where it does such a thing; it does so even while native code lets no thread of ours run.
    """
    if platform.system() != "Linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


@contextlib.contextmanager
def ended_in_order() -> Iterator[None]:
    """Have an end that is asked for (SIGTERM, a closed terminal) arrive as SystemExit."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    asked = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # what is ignored stays so: nohup asks for it
    asked = [number for number in asked if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, leave) for number in asked}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a child took until it ended."""

    cpu_s: float
    peak_bytes: float


def waited_for(child: subprocess.Popen[bytes]) -> Used:
    """Wait for a child's end and return what it took.

    POSIX systems say it at the end; on Windows it is looked at until then.
    """
    wait4 = getattr(os, "wait4", None)
    if wait4 is None:
        return _looked_at(child)
    _, status, used = wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if platform.system() == "Darwin" else 1024  # macOS counts bytes, Linux KiB
    return Used(cpu_s=used.ru_utime + used.ru_stime, peak_bytes=used.ru_maxrss * unit)


def _looked_at(child: subprocess.Popen[bytes]) -> Used:
    cpu_s = peak = 0.0
    while child.poll() is None:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(child.pid)
            times, memory = process.cpu_times(), process.memory_info()
            cpu_s = times.user + times.system
            peak = max(peak, memory.rss, getattr(memory, "peak_wset", 0))
        time.sleep(_SAMPLE_S)
    return Used(cpu_s=cpu_s, peak_bytes=peak)


def ran_out_of_time(code: int) -> bool:
    """Whether a child with this exit status was ended by the limit on its processor time."""
    limit = getattr(signal, "SIGXCPU", None)
    return limit is not None and code == -limit


def ending(code: int) -> str:
    """Return how a child ended: a signal's name, or its exit status as its system writes it."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
        return f"signal {-code}"
    if code > 0xFF:  # noqa: PLR2004 - Windows: an NTSTATUS such as 0xC0000005
        return f"exit status 0x{code:08X}"
    return f"exit status {code}"


def is_crash(code: int) -> bool:
    """Whether a child with this exit status was ended by its system, and not by itself."""
    return code < 0 or code > 0xFF  # noqa: PLR2004 - as above


def to_disk(handle: int) -> None:
    """Have what was written to an open file on the disk, so that a power cut takes none of it."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl  # noqa: PLC0415 - not on Windows

        # macOS: fsync leaves it in the drive's own cache
        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # type: ignore[attr-defined,unused-ignore]
        return
    os.fsync(handle)


def folder_to_disk(folder: Path) -> None:
    """Have a folder's entries on the disk; Windows does it by itself and opens no folder."""
    directory = getattr(os, "O_DIRECTORY", None)
    if directory is None:
        return
    handle = os.open(folder, os.O_RDONLY | directory)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def patiently(action: Callable[[], object]) -> None:
    """Do something to a file or folder, again and again while another program holds it open.

    Only Windows refuses such a thing; elsewhere it is done once.
    """
    deadline_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            action()
        except PermissionError as trouble:
            if not is_open_elsewhere(trouble) or time.monotonic() > deadline_s:
                raise
        else:
            return
        time.sleep(_AGAIN_AFTER_S)


def is_open_elsewhere(trouble: OSError) -> bool:
    """Whether a file could not be changed because a program has it open, as far as is said."""
    return getattr(trouble, "winerror", None) in (*_USED_ELSEWHERE, _DENIED)


@contextlib.contextmanager
def without_native_chatter() -> Iterator[None]:
    """Keep the native libraries' log lines off the terminal; Python's own still arrive.

    They are written to file descriptor 2 from native threads and heed no setting. Meant for a
    program's outermost frame, not for a library call: the descriptor belongs to the process.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    real_stderr = sys.stderr
    try:
        with (
            open(os.devnull, "wb") as nowhere,  # noqa: PTH123 - a device, not a path
            forgiving_text(os.dup(kept)) as ours,
        ):
            os.dup2(nowhere.fileno(), 2)
            sys.stderr = ours
            try:
                yield
            finally:
                with contextlib.suppress(ValueError):
                    ours.flush()
    finally:
        sys.stderr = real_stderr
        os.dup2(kept, 2)
        os.close(kept)


def locale_name() -> str:
    """Return the language that this system's user reads, such as ja_JP; empty where unknown.

    Where the environment names a locale, as on Linux, that one.
    """
    if platform.system() == "Darwin":  # a program that was clicked has no environment to ask
        asking = ["defaults", "read", "-g", "AppleLocale"]
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            told = subprocess.run(asking, capture_output=True, text=True, timeout=5, check=True)  # noqa: S603 - macOS's own
            return told.stdout.strip()
    with contextlib.suppress(ValueError):
        return locale.getlocale()[0] or ""  # Japanese_Japan on Windows
    return ""


def give_back_memory() -> None:
    """Hand freed memory back to the system, where glibc would keep it: 100 MB a pose model."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
