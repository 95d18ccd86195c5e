"""What is asked of the operating system, also where it is none of POSIX."""

from __future__ import annotations

import builtins
import errno
import io
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from posture import machine
from posture.batch.clips import named
from posture.cli.spoken import speak_plainly
from posture.errors import CannotWrite
from posture.files import write_text
from posture.store.errors import StoreTrouble
from posture.store.files import remove_any

Patch = pytest.MonkeyPatch


def windows_says(winerror: int) -> PermissionError:
    """What Windows raises; Python knows `winerror` only there."""
    trouble = PermissionError(errno.EACCES, "Permission denied")
    trouble.winerror = winerror  # type: ignore[attr-defined,unused-ignore]
    return trouble


# --- what there is


@pytest.mark.linux
def test_the_cores_are_those_this_process_may_use() -> None:
    code = "from posture import machine; print(machine.cores())"
    one = min(os.sched_getaffinity(0))

    child = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {one}),
    )

    assert machine.cores() == len(os.sched_getaffinity(0))
    assert int(child.stdout) == 1


def test_where_nobody_is_bound_to_a_core_all_of_them_count(monkeypatch: Patch) -> None:
    def not_there(_: object) -> None:
        raise AttributeError("cpu_affinity")

    monkeypatch.setattr(psutil.Process, "cpu_affinity", not_there)  # as on macOS

    assert machine.cores() == os.cpu_count()


@pytest.mark.linux
def test_free_memory_is_what_the_kernel_calls_available() -> None:
    meminfo = Path("/proc/meminfo").read_text("ascii").splitlines()
    (kb,) = (int(row.split()[1]) for row in meminfo if row.startswith("MemAvailable:"))

    assert machine.free_memory_mb() == pytest.approx(kb * 1024 / 1e6, rel=0.2)


@pytest.mark.parametrize(
    ("name", "told", "system"),
    [
        ("Windows", {}, "windows"),
        ("Darwin", {}, "macos"),
        ("Linux", {"ID": "debian"}, "debian"),
        ("Linux", {"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "debian"),
        ("Linux", {"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "fedora"),
        ("Linux", {"ID": "arch"}, "linux"),
        ("Linux", None, "linux"),
    ],
)
def test_the_system_is_known_by_what_installs_its_libraries(
    monkeypatch: Patch, name: str, told: dict[str, str] | None, system: str
) -> None:
    def release() -> dict[str, str]:
        if told is None:
            raise OSError(errno.ENOENT, "no os-release")
        return told

    monkeypatch.setattr(platform, "system", lambda: name)
    monkeypatch.setattr(platform, "freedesktop_os_release", release)

    assert machine.system() == system


def test_an_interface_that_is_down_has_no_address(monkeypatch: Patch) -> None:
    row = SimpleNamespace(family=socket.AF_INET, address="192.0.2.7")
    link = SimpleNamespace(family=getattr(socket, "AF_PACKET", -1), address="02:00:00:00:00:01")
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"on": [link, row], "off": [row]})
    states = {"on": SimpleNamespace(isup=True), "off": SimpleNamespace(isup=False)}
    monkeypatch.setattr(psutil, "net_if_stats", lambda: states)

    assert list(machine.addresses()) == [("on", "192.0.2.7")]


def test_a_machine_without_a_network_has_no_address_that_leads_out(monkeypatch: Patch) -> None:
    def unreachable(*_: object) -> None:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", unreachable)

    assert machine.first_address() == ""


# --- what a process may take


HOLD = """
import os, sys, time
from posture import machine
{windows}
def over(limit):
    print(limit, flush=True)
    os._exit(7)
machine.hold_to({memory}, {cpu_s}, over)
{spend}
"""
SPEND = {
    "memory": "kept = bytearray(700 << 20)\nfor i in range(0, len(kept), 4096): kept[i] = 1\n"
    "time.sleep(20)",
    "time": "while True: pass",
}


@pytest.mark.parametrize("limit", ["memory", "time"])
def test_without_the_kernel_s_limits_a_thread_keeps_them(limit: str) -> None:
    code = HOLD.format(
        windows="sys.modules['resource'] = None",
        memory=500 << 20,
        cpu_s=1,
        spend=SPEND[limit],
    )

    child = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert (child.stdout.decode().strip(), child.returncode) == (limit, 7)


@pytest.mark.linux
def test_where_the_kernel_keeps_the_limits_its_signal_says_so() -> None:
    code = HOLD.format(windows="", memory=4 << 30, cpu_s=1, spend=SPEND["time"])

    child = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert machine.ran_out_of_time(child.returncode)
    assert not machine.ran_out_of_time(0)


@pytest.mark.linux
def test_stepping_back_adds_to_the_priority_it_had() -> None:
    code = "import os; from posture import machine; machine.step_back({}); print(os.nice(0))"
    told = [
        subprocess.run(
            [sys.executable, "-c", code.format(nice)], capture_output=True, check=True, text=True
        ).stdout
        for nice in (0, 5)
    ]
    before, after = map(int, told)

    assert after == min(19, before + 5)


@pytest.mark.linux
def test_killing_a_child_kills_what_it_started() -> None:
    code = (
        "import subprocess, sys\n"
        "one = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(one.pid, flush=True)\none.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        grandchild = psutil.Process(int(child.stdout.readline()))

        machine.kill(child.pid)

        assert child.wait(10) == -signal.SIGKILL
    psutil.wait_procs([grandchild], timeout=10)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE
    machine.kill(child.pid)  # gone already is as good


@pytest.mark.parametrize(
    ("code", "told", "crash"),
    [
        (1, "exit status 1", False),
        (-9, "SIGKILL", True),
        (-99, "signal 99", True),
        (0xC0000005, "exit status 0xC0000005", True),
    ],
)
def test_how_a_child_ended_is_written_as_its_system_writes_it(
    code: int, told: str, *, crash: bool
) -> None:
    assert (machine.ending(code), machine.is_crash(code)) == (told, crash)


@pytest.mark.linux
def test_a_child_apart_is_a_group_of_its_own_on_windows_too(monkeypatch: Patch) -> None:
    assert machine.apart() == {"start_new_session": True}
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 0x8000000, raising=False)
    assert machine.apart() == {"creationflags": 0x8000200}


# --- ports and files


def test_a_second_server_on_the_port_of_one_that_listens_is_refused() -> None:
    with socket.socket() as first, socket.socket() as second:
        machine.own_port(first)
        first.bind(("127.0.0.1", 0))
        first.listen()
        machine.own_port(second)
        with pytest.raises(OSError, match=r"in use|usage|forbidden"):  # as each system says it
            second.bind(first.getsockname())


def test_on_windows_a_port_is_asked_for_alone(monkeypatch: Patch) -> None:
    asked: list[tuple[int, int, int]] = []
    sock: Any = SimpleNamespace(setsockopt=lambda *option: asked.append(option))
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", -5, raising=False)

    machine.own_port(sock)

    assert asked == [(socket.SOL_SOCKET, -5, 1)]


def test_a_folder_that_cannot_be_opened_is_left_to_its_system(
    monkeypatch: Patch, tmp_path: Path
) -> None:
    machine.folder_to_disk(tmp_path)
    with monkeypatch.context() as patch:
        patch.delattr(os, "O_DIRECTORY", raising=False)
        patch.setattr(os, "open", lambda *_: pytest.fail("Windows opens no folder"))
        machine.folder_to_disk(tmp_path)


def test_a_file_is_settled_without_fcntl(monkeypatch: Patch, tmp_path: Path) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - as the real one
        if name == "fcntl":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with (tmp_path / "kept").open("wb") as file:
        machine.to_disk(file.fileno())


def failing(times: int, trouble: OSError) -> tuple[Callable[[], object], list[int]]:
    tries: list[int] = []

    def act() -> None:
        tries.append(1)
        if len(tries) <= times:
            raise trouble

    return act, tries


def test_a_file_that_is_open_elsewhere_is_tried_again_for_a_moment(monkeypatch: Patch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    act, tries = failing(3, windows_says(32))

    machine.patiently(act)

    assert len(tries) == 4


def test_a_file_without_permission_is_tried_once() -> None:
    act, tries = failing(1, PermissionError(errno.EACCES, "Permission denied"))

    with pytest.raises(PermissionError):
        machine.patiently(act)

    assert len(tries) == 1


def test_a_file_that_stays_open_elsewhere_is_told(monkeypatch: Patch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise windows_says(32)

    monkeypatch.setattr(machine, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)

    with pytest.raises(StoreTrouble) as kept:
        remove_any(tmp_path / "clip.bin")
    monkeypatch.undo()
    monkeypatch.setattr(machine, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(CannotWrite) as written:
        write_text(tmp_path / "batch.csv", "a,b")

    assert kept.value.reason.code == written.value.reason.code == "open_elsewhere"
    assert list(tmp_path.iterdir()) == []


def test_what_windows_hands_on_is_utf_8(monkeypatch: Patch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="cp1252"))
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(platform, "system", lambda: "Windows")

    speak_plainly()
    sys.stdout.write("立位 ± 1°")
    sys.stdout.flush()

    assert written.getvalue().decode("utf-8") == "立位 ± 1°"


@pytest.mark.parametrize(
    ("encoding", "errors", "told"),
    [
        ("ascii", "strict", b"\\u7acb\\u4f4d \\xb1 \\udce9"),
        ("ascii", "surrogateescape", b"\\u7acb\\u4f4d \\xb1 \\udce9"),  # as in the locale C
        ("cp932", "strict", "立位 ± \\udce9".encode("cp932")),
        ("latin-1", "strict", b"\\u7acb\\u4f4d \xb1 \\udce9"),
        ("utf-8", "strict", "立位 ± \\udce9".encode()),
        ("utf-8", "surrogateescape", "立位 ± ".encode() + b"\xe9"),  # a file's name as it is
    ],
)
def test_letters_that_an_output_cannot_show_are_escaped_there(
    monkeypatch: Patch, encoding: str, errors: str, told: bytes
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding, errors=errors))

    speak_plainly()
    sys.stdout.write("立位 ± \udce9")
    sys.stdout.flush()

    assert written.getvalue() == told


# --- what a child took


@pytest.mark.parametrize("posix", [True, False])
def test_what_a_child_took_is_known_on_every_system(monkeypatch: Patch, *, posix: bool) -> None:
    if not posix:
        monkeypatch.delattr(os, "wait4", raising=False)
    code = (
        "import time\nkept = bytearray(200 << 20)\n"
        "while time.process_time() < 1.0: pass\nraise SystemExit(3)"
    )
    # a child begins as a copy of this process, and Linux counts that into its peak
    resource = pytest.importorskip("resource")
    ours_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    child = subprocess.Popen([sys.executable, "-c", code])

    used = machine.waited_for(child)

    assert child.returncode == 3
    assert used.cpu_s == pytest.approx(1.0, abs=0.2)
    assert 200 < used.peak_bytes / 2**20 < max(300, ours_mb + 50)


def test_clips_on_several_drives_have_names_of_their_own(monkeypatch: Patch) -> None:
    def several(_: object) -> str:
        raise ValueError("Paths don't have the same drive")

    monkeypatch.setattr(os.path, "commonpath", several)
    clips = named(["/C:/a/walk.mp4", "/D:/a/walk.mp4"])

    assert [clip.name for clip in clips] == ["/C/a/walk.mp4", "/D/a/walk.mp4"]


POOL = """
import multiprocessing, time
from concurrent.futures import ProcessPoolExecutor
from posture import machine
if __name__ == "__main__":
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn, initializer=machine.end_with_the_parent) as pool:
        waiting = [pool.submit(time.sleep, n) for n in (0, 600, 600)]
        waiting[0].result()
        print("at work", flush=True)
"""


@pytest.mark.linux
def test_children_of_a_pool_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "pool.py"
    script.write_text(POOL, "utf-8")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"at work\n"
        children = psutil.Process(parent.pid).children(recursive=True)
        parent.kill()

    assert len(children) >= 2
    assert psutil.wait_procs(children, timeout=20)[1] == []


def test_every_pool_of_the_program_ends_with_its_parent() -> None:
    house = Path(machine.__file__).parent
    pools = [
        part
        for path in house.rglob("*.py")
        for part in path.read_text("utf-8").split("ProcessPoolExecutor(")[1:]
    ]

    assert pools
    asked = [pool.partition(" as ")[0] for pool in pools]
    assert all("initializer=machine.end_with_the_parent" in one for one in asked)
