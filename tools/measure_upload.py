"""What an upload of 500 MB costs the server: its memory, and how long other pages take meanwhile.

`python tools/measure_upload.py [MB]` starts `posture serve` on a free port, over a folder of its
own. The same pages are asked for before, for this machine may be busy with other things.
"""

from __future__ import annotations

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_BLOCK = bytes(1 << 20)
_PAGES = ("/", "/recordings", "/api/queue")
_QUIET = 40
_HEAD = b"\0\0\0\x20ftypisom\0\0\0\0"


def main() -> None:
    """Print one line of figures."""
    size_mb = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "posture", "serve", "--no-browser", "--port", "0"]
        server = subprocess.Popen(  # noqa: S603 - this program itself
            [*command, "--data", folder, "--lang", "en"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            told = server.stdout.readline() if server.stdout else ""
            _measure(told.split("//")[1].split("/")[0], server.pid, size_mb)
        finally:
            server.terminate()
            server.wait()


def _measure(address: str, pid: int, size_mb: int) -> None:
    for path in _PAGES:
        _seconds(address, path)  # once, so that templates are loaded
    before_mb, share = _resident_mb(pid), _share_of_a_core()
    quiet_s = [*_answers(address, lambda done: done < _QUIET)]
    highest_mb = before_mb
    sending = threading.Thread(target=_send, args=(address, size_mb))
    began_s = time.monotonic()
    sending.start()
    busy_s = []
    for answer_s in _answers(address, lambda _: sending.is_alive()):
        busy_s.append(answer_s)
        highest_mb = max(highest_mb, _resident_mb(pid))
    took_s = time.monotonic() - began_s
    sys.stdout.write(
        f"{size_mb} MB in {took_s:.1f} s; server {before_mb:.0f} -> {highest_mb:.0f} MB "
        f"(+{highest_mb - before_mb:.0f}); other pages meanwhile: {_told(busy_s)}; before: "
        f"{_told(quiet_s)}; share of a core: {share:.2f}; load {os.getloadavg()[0]:.1f}\n"
    )


def _answers(address: str, goes_on: Callable[[int], bool]) -> Iterator[float]:
    """Yield how long pages take, one after the other."""
    done = 0
    while goes_on(done):
        for path in _PAGES:
            yield _seconds(address, path)
        done += 1
        time.sleep(0.02)


def _told(answers_s: list[float]) -> str:
    ordered = sorted(answers_s)
    return (
        f"{len(ordered)}, median {1000 * statistics.median(ordered):.0f} ms, "
        f"p95 {1000 * ordered[int(0.95 * len(ordered))]:.0f}, longest {1000 * ordered[-1]:.0f}"
    )


def _send(address: str, size_mb: int) -> None:
    connection = http.client.HTTPConnection(address, timeout=600)
    headers = {"Content-Length": str(len(_HEAD) + size_mb * len(_BLOCK))}
    connection.request("POST", "/api/uploads?file_name=big.mp4", _body(size_mb), headers)
    answer = connection.getresponse()
    if answer.status != http.client.CREATED:
        raise SystemExit(answer.read().decode())
    connection.close()


def _body(size_mb: int) -> Iterator[bytes]:
    yield _HEAD
    for _ in range(size_mb):
        yield _BLOCK


def _seconds(address: str, path: str) -> float:
    began_s = time.monotonic()
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET", path)
    connection.getresponse().read()
    connection.close()
    return time.monotonic() - began_s


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _share_of_a_core() -> float:
    """Return how much of a core a loop gets on this machine now."""
    began_s, used_s = time.monotonic(), time.process_time()
    while time.monotonic() - began_s < 1:
        pass
    return time.process_time() - used_s


if __name__ == "__main__":
    main()
