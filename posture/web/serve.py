"""The server: one process, one port, the page opened in the browser."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import threading
import weakref
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn
from filelock import FileLock, Timeout

from posture import machine
from posture.errors import PostureError
from posture.web import create_app
from posture.web.access.lan import OnLan, on_lan, opened_to_lan
from posture.web.access.tls import Tls
from posture.web.config import Config
from posture.web.server_file import announced

_LAST_PORT = 65535
_LOCK = "server.lock"
_FRAME_BYTES = 512 * 1024  # one JPEG of a live check, as agreed with the page
LINES_EACH = 64  # ours; a browser opens six at once, and a tablet has a live check beside them
_NONE_LEFT = frozenset({errno.EMFILE, errno.ENFILE})
_STOP_S = 3  # ours; open sockets are told and then closed


class CannotServe(PostureError):
    """The port or the address cannot be used."""


def serve(
    config: Config,
    *,
    start: str = "/",
    ready: Callable[[str], None] | None = None,
    lan_ready: Callable[[OnLan], None] | None = None,
    no_browser: Callable[[str], None] | None = None,
) -> None:
    """Serve until stopped, by a signal, from the settings page or by `ask_to_stop`.

    `ready` is told the address once it can be opened.

    `no_browser` is told it where no browser could be opened.

    With `config.lan` it answers to the local network too, over TLS only; `lan_ready` is told where.

    Raises
    ------
    CannotServe
        The port is taken, the address is none of this machine, or another server runs over the
        data directory.
    NoNetwork
        The local network was asked for and there is none.
    StoreTrouble
        The data directory cannot be used.
    """
    tls: Tls | None = None
    if config.lan:
        config, tls = opened_to_lan(config)
    with listening(config) as sock, alone_over(config.data_dir):
        app = create_app(config)
        address = address_of(config, sock.getsockname()[1])
        if ready is not None:
            ready(address)
        if tls is not None and lan_ready is not None:
            lan_ready(on_lan(app.state.admission, tls, sock.getsockname()[1]))
        if config.open_browser:
            # the socket listens already, so the browser finds somebody however fast it is
            opening = threading.Thread(
                target=_open, args=(address + start, no_browser), daemon=True
            )
            opening.start()
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                ws="websockets-sansio",
                ws_max_size=_FRAME_BYTES + 64,
                ws_per_message_deflate=False,  # frames are packed already
                log_level="warning",
                access_log=False,  # addresses hold ids of clients
                server_header=False,
                proxy_headers=False,  # nobody stands in front of it
                timeout_graceful_shutdown=_STOP_S,
                ssl_certfile=tls.certificate if tls else None,
                ssl_keyfile=tls.key if tls else None,
            )
        )

        def stop() -> None:
            server.should_exit = True

        app.state.stop = stop
        with announced(config.data_dir, address, stop):
            server.run(sockets=[sock])


def _open(address: str, no_browser: Callable[[str], None] | None) -> None:
    """Open a page in the browser; a machine may have none, or none that it would choose."""
    is_open = False
    with suppress(webbrowser.Error, OSError):
        is_open = webbrowser.open(address)
    if not is_open and no_browser is not None:
        no_browser(address)


def listening(config: Config) -> socket.socket:
    """Return a socket that listens, before anything slow is done.

    Raises
    ------
    CannotServe
        The port is taken, or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    machine.allow_files()
    sock = Door(family)
    machine.own_port(sock)
    try:
        sock.bind((config.host, config.port))
        sock.listen(128)
    except OSError as trouble:
        sock.close()
        if trouble.errno in {errno.EADDRINUSE, errno.EACCES}:
            url = address_of(config, config.port)
            other = config.port + 1 if config.port < _LAST_PORT else config.port - 1
            raise CannotServe(
                "serve_port_taken", port=config.port, other=other, url=url
            ) from trouble
        why = trouble.strerror or type(trouble).__name__
        raise CannotServe("serve_no_address", host=config.host, why=why) from trouble
    sock.set_inheritable(False)
    return sock


@contextmanager
def alone_over(data_dir: Path) -> Iterator[None]:
    """Be the only server over a data directory: two would take each other's uploads for leftovers.

    Raises
    ------
    CannotServe
        Another one runs.
    """
    lock = FileLock(data_dir / _LOCK, timeout=0)
    with suppress(OSError):  # where nothing can be written, the store says why
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            lock.acquire()
        except Timeout as trouble:
            raise CannotServe("serve_already", path=str(data_dir)) from trouble
    try:
        yield
    finally:
        lock.release()


def address_of(config: Config, port: int) -> str:
    """Return the address to open on this machine."""
    host = "127.0.0.1" if config.lan else config.host
    host = f"[{host}]" if ":" in host else host
    return f"{'https' if config.secure else 'http'}://{host}:{port}"


class Door(socket.socket):
    """A listening socket that closes lines at once of which a device of the network has too many.

    Where no file can be opened any more, whoever waits is turned away by one that was kept for it:
    asyncio by itself would try a thousand times a second and write a line into the log each time.
    On Windows, where asyncio has the system accept, it is a socket as any other.
    """

    def __init__(self, family: int, most: int = LINES_EACH) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._most = most
        self._lines: dict[str, list[weakref.ref[socket.socket]]] = {}
        self._kept = _a_file()

    def accept(self) -> tuple[socket.socket, Any]:
        """Return the next line.

        Raises
        ------
        ConnectionAbortedError
            There was one, and it was closed.
        """
        try:
            line, address = super().accept()
        except OSError as trouble:
            if trouble.errno not in _NONE_LEFT:
                raise
            self._turn_one_away()
            raise ConnectionAbortedError(errno.ECONNABORTED, "no file left") from trouble
        if not self._has_room(address[0]):
            line.close()
            raise ConnectionAbortedError(errno.ECONNABORTED, "too many lines")
        if not _is_here(address[0]):
            self._lines.setdefault(address[0], []).append(weakref.ref(line))
        return line, address

    def close(self) -> None:
        """Close it."""
        self._let_go()
        super().close()

    def _has_room(self, host: str) -> bool:
        open_still = [line for line in self._lines.get(host, ()) if _is_open(line())]
        if open_still:
            self._lines[host] = open_still
        else:
            self._lines.pop(host, None)
        return len(open_still) < self._most

    def _turn_one_away(self) -> None:
        self._let_go()
        with suppress(OSError):
            super().accept()[0].close()
        self._kept = _a_file()

    def _let_go(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            os.close(kept)


def _is_open(line: socket.socket | None) -> bool:
    return line is not None and line.fileno() >= 0


def _is_here(host: str) -> bool:
    """Whether a line comes from this machine, which nobody shall be shut out of."""
    return ipaddress.ip_address(host.partition("%")[0]).is_loopback


def _a_file() -> int | None:
    """Return an open file that can be let go of; None where there is none left."""
    with suppress(OSError):
        return os.open(os.devnull, os.O_RDONLY)
    return None
