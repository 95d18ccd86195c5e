"""The listening socket: one device of the network cannot take all lines."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from posture.web import serve
from posture.web.serve import Door

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="there asyncio does not ask the socket to accept"
)
# A server that may open 60 files more, and 100 lines that stay open and say nothing.
CROWDED = """
import asyncio, logging, resource, socket, sys
from posture.web.serve import Door
logging.basicConfig(stream=sys.stdout, format="%(message)s")
sock = Door(socket.AF_INET) if sys.argv[1] == "door" else socket.socket()
sock.bind(("127.0.0.1", 0))
async def quiet(reader, writer):
    await reader.read()
async def crowd():
    server = await asyncio.start_server(quiet, sock=sock)
    resource.setrlimit(resource.RLIMIT_NOFILE, (60, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    print(sock.getsockname()[1], flush=True)
    async with server:
        await asyncio.sleep(4)
asyncio.run(crowd())
"""
SAID = "out of system resource"


@pytest.fixture
def listens() -> Iterator[Door]:
    with Door(socket.AF_INET, most=3) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock


def asks(listens: Door, accepted: list[socket.socket]) -> socket.socket:
    """Open a line to it; what was accepted is added."""
    line = socket.create_connection(listens.getsockname(), timeout=5)
    try:
        accepted.append(listens.accept()[0])
    except ConnectionAbortedError:
        assert line.recv(1) == b""  # it was closed
    return line


def closed(*lines: socket.socket) -> None:
    for line in lines:
        line.close()


def test_a_device_has_a_few_lines_and_gets_another_for_one_it_closes(
    listens: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_is_here", lambda _: False)
    accepted: list[socket.socket] = []

    lines = [asks(listens, accepted) for _ in range(5)]
    assert len(accepted) == 3
    accepted.pop().close()
    lines.append(asks(listens, accepted))
    assert len(accepted) == 3

    closed(*lines, *accepted)


def test_this_machine_itself_is_never_shut_out(listens: Door) -> None:
    accepted: list[socket.socket] = []

    lines = [asks(listens, accepted) for _ in range(8)]
    assert len(accepted) == 8

    closed(*lines, *accepted)


@pytest.mark.parametrize("kind", ["door", "plain"])
def test_where_no_file_is_left_who_waits_is_turned_away_without_a_word_in_the_log(
    kind: str,
) -> None:
    pytest.importorskip("resource")
    with subprocess.Popen(
        [sys.executable, "-c", CROWDED, kind], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        lines = []
        for _ in range(100):
            line = socket.socket()
            line.settimeout(5)
            line.connect_ex(("127.0.0.1", port))
            lines.append(line)
        said = server.stdout.read().count(SAID)
        closed(*lines)

    assert server.returncode == 0
    assert (said > 0) is (kind == "plain")
